package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

// comp checks a comprehension; want is a type of its own constructor, or nil.
func (c *checker) comp(e *ast.Comp, want *types.Type) *types.Type {
	c.push()
	defer c.pop()
	c.generators(e.Gens, e.Kind == ast.ListComp)
	if e.Cond != nil {
		c.condition(e.Cond)
	}
	part := func(x ast.Expr, i int) *types.Type {
		if want == nil {
			return c.infer(x)
		}
		c.check(x, want.Args[i])
		return want.Args[i]
	}
	if e.Kind == ast.MapComp {
		key := c.asElement([]ast.Expr{e.Key}, part(e.Key, 0))
		return types.MapOf(key, part(e.Elem, 1))
	}
	elem := c.asElement([]ast.Expr{e.Elem}, part(e.Elem, 0))
	if culprit := notData(elem); culprit != nil && !isBad(elem) && !isFree(elem) {
		c.notAnElement(e.Elem, elem)
		return badType()
	}
	if e.Kind == ast.ListComp {
		return types.ListOf(elem)
	}
	return types.SetOf(elem)
}

// generators bind the names of `p in s, q in t` from left to right, in the
// innermost scope. What a pattern does not match is passed over.
func (c *checker) generators(gens []*ast.Gen, listsOnly bool) {
	for _, g := range gens {
		t := c.infer(g.In)
		c.pattern(g.Pat, c.drawn(g, t, listsOnly), true)
	}
}

// drawn is the type of what a generator takes out of its source. Of a map of
// IVars it is the bound entries, with the value as data; of other maps the
// value keeps its view.
func (c *checker) drawn(g *ast.Gen, t *types.Type, listsOnly bool) *types.Type {
	t = t.Resolve()
	switch {
	case isBad(t):
		return t
	case isFree(t):
		elem := c.fresh()
		if c.shapes[t.Var] != anyShape || !c.unify(t, types.SetOf(elem)) {
			c.typeUnknown(g.In)
			return badType()
		}
		return elem
	case t.Con == "List", t.Con == "Set" && !listsOnly:
		return t.Args[0]
	case t.Con == "Map" && !listsOnly:
		return types.TupleOf(t.Args[0], entryOf(t))
	case t.Con == "Stream" && c.body != nil && c.body.head:
		return t.Args[0]
	case t.Con == "IVar" && !listsOnly:
		if elem := c.drawnOnceBound(t.Args[0].Resolve()); elem != nil {
			c.noteCoerce(g.In, t, types.SetOf(elem))
			return elem
		}
	}
	c.notACollection(g.In, t, listsOnly)
	return badType()
}

// drawnOnceBound is the type of what a generator takes out of an IVar of a
// collection: nothing until it is bound, data then. Nil where it holds something
// else.
func (c *checker) drawnOnceBound(content *types.Type) *types.Type {
	switch content.Con {
	case "Set", "List":
		return content.Args[0]
	case "Map":
		return types.TupleOf(content.Args[0], dataOf(content.Args[1]))
	}
	return nil
}

func entryOf(m *types.Type) *types.Type {
	if v := m.Resolve().Args[1].Resolve(); v.Con != "IVar" {
		return v
	} else {
		return v.Args[0]
	}
}

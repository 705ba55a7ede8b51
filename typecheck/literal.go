package typecheck

import (
	"strconv"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
)

func litType(l *ast.Lit) *types.Type {
	switch l.Kind {
	case ast.BoolLit:
		return types.Bool
	case ast.FloatLit:
		return types.Float
	case ast.StringLit:
		return types.String
	case ast.DurationLit:
		return types.Duration
	}
	if l.Int < 0 {
		return types.Int
	}
	return types.Nat
}

// elements infers the common type of the parts of a literal.
func (c *checker) elements(xs []ast.Expr, want *types.Type) *types.Type {
	if want != nil {
		for _, x := range xs {
			c.check(x, want)
		}
		return want
	}
	ts := make([]*types.Type, len(xs))
	for i, x := range xs {
		ts[i] = c.infer(x)
	}
	return c.join(xs, ts)
}

func (c *checker) list(e *ast.List, want *types.Type) *types.Type {
	outer := c.places
	c.places = e.Open
	elem := c.asElement(e.Elems, c.elements(e.Elems, want))
	c.places = outer
	if e.Open {
		if !c.expecting() {
			c.onlyInExpect(e.Span(), "an open stream `[a, b, ...]`")
		}
		return types.StreamOf(elem)
	}
	return types.ListOf(elem)
}

func (c *checker) set(e *ast.Set, want *types.Type) *types.Type {
	if len(e.Elems) == 0 && want == nil {
		return c.freshOf(bracesLike)
	}
	return types.SetOf(c.asElement(e.Elems, c.elements(e.Elems, want)))
}

// asElement turns the type of items into what a collection holds: growing
// numbers are read as data there.
func (c *checker) asElement(xs []ast.Expr, t *types.Type) *types.Type {
	d := dataOf(t)
	if d == t.Resolve() || isFree(t) {
		return t
	}
	for _, x := range xs {
		c.noteCoerce(x, c.info.Types[x], d)
	}
	return d
}

func (c *checker) mapLit(e *ast.Map, key, val *types.Type) *types.Type {
	keys := make([]ast.Expr, len(e.Entries))
	vals := make([]ast.Expr, len(e.Entries))
	for i, entry := range e.Entries {
		keys[i], vals[i] = entry.Key, entry.Value
	}
	return types.MapOf(c.asElement(keys, c.elements(keys, key)), c.elements(vals, val))
}

func (c *checker) interp(e *ast.Interp) *types.Type {
	for _, part := range e.Parts {
		t := c.infer(part)
		if d := dataOf(t); d != t.Resolve() {
			c.noteCoerce(part, t, d)
		} else if culprit := notData(t); culprit != nil && !isBad(t) {
			c.notText(part, t)
		}
	}
	return types.String
}

func (c *checker) fieldOf(e *ast.FieldOf) *types.Type {
	whole := c.infer(e.X).Resolve()
	t := content(whole)
	if isBad(t) {
		return badType()
	}
	if t.Def != nil && len(t.Def.Ctors) == 1 {
		for _, f := range t.Def.Ctors[0].Fields {
			if f.Name == e.Name.Name {
				return lifted(whole, f.Type)
			}
		}
	}
	return c.noField(e, t)
}

// content is what an IVar holds once it is bound, and any other type itself.
func content(t *types.Type) *types.Type {
	if t = t.Resolve(); t.Con == "IVar" {
		return t.Args[0].Resolve()
	}
	return t
}

// lifted is the type of something computed from a part of type whole: where that
// is an IVar, the result waits for it.
func lifted(whole, t *types.Type) *types.Type {
	if whole.Is("IVar") && !isBad(t) {
		return types.IVarOf(t)
	}
	return t
}

func (c *checker) tupleItem(e *ast.TupleItem) *types.Type {
	whole := c.infer(e.X).Resolve()
	t := content(whole)
	switch {
	case isBad(t):
		return badType()
	case t.Con != types.Tuple && t.Con != types.Lex || e.N >= len(t.Args):
		c.noItem(e, t)
		return badType()
	}
	return lifted(whole, t.Args[e.N])
}

func (c *checker) index(e *ast.Index) *types.Type {
	whole := c.infer(e.X)
	key := c.infer(e.K)
	t := whole.Resolve()
	if t.Con == "IVar" {
		t = t.Args[0].Resolve()
	}
	if t.Con != "Map" && t.Con != "List" {
		if !isBad(t) {
			c.notIndexed(e, t)
		}
		return badType()
	}
	rows := c.ops.ByName("[]")
	if cellIndex := c.ops.ByID("cell.index"); cellIndex != nil && whole.Is("Map") && c.isCellEntry(e.X) {
		rows = []*op.Row{cellIndex}
	}
	return c.applyTypes(e, e.Span(), "[]", rows, []ast.Expr{e.X, e.K}, []*types.Type{whole, key}, nil)
}

// isCellEntry reports whether e is a cell or an entry of one: there an absent
// key reads as the bottom of its kind.
func (c *checker) isCellEntry(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Name:
		if l, ok := c.info.Uses[e].(*Let); ok {
			return l.Of != nil
		}
		_, ok := c.info.Uses[e].(*Cell)
		return ok
	case *ast.Index:
		return c.isCellEntry(e.X)
	case *ast.FieldOf:
		return c.isCellEntry(e.X)
	case *ast.TupleItem:
		return c.isCellEntry(e.X)
	}
	return false
}

// itemText renders an item number for messages.
func itemText(n int) string { return "." + strconv.Itoa(n) }

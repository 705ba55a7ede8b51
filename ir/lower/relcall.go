package lower

import (
	"maps"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/typecheck"
)

// Rows of the library with a relational form.
const (
	relUnion        = "set.union"
	relUnionMap     = "map.union"
	relIntersection = "set.intersection"
	relDifference   = "set.difference"
	relProduct      = "set.product"
	relJoinBy       = "set.join_by"
	relSemiJoin     = "set.semi_join"
	relSemiKeys     = "set.semi_join_keys"
	relFlatMapList  = "set.flat_map_list"
	relGroupBy      = "set.group_by"
	relMapMap       = "map.map"
	relMapFilter    = "map.filter"
	relMapKeys      = "map.keys"
	relMapValues    = "map.values"
)

// use is an application of a library row with canonical id and argument order.
type use struct {
	id   string
	args []ast.Expr
	call *typecheck.Call
}

// useOf finds the library row that an expression applies, or returns nil.
func (l *lowerer) useOf(e ast.Expr) *use {
	c := l.info.Calls[e]
	if c == nil || c.Row == nil || hasLift(c) {
		return nil
	}
	args := c.Args
	if args == nil {
		switch e := e.(type) {
		case *ast.Binary:
			args = []ast.Expr{e.L, e.R}
		case *ast.Unary:
			args = []ast.Expr{e.X}
		}
	}
	id, swap := l.rowOf(c.Row)
	if swap {
		args = append([]ast.Expr{args[1], args[0]}, args[2:]...)
	}
	return &use{id: id, args: args, call: c}
}

// tryRel lowers a collection to a relation; ok is false where it has no
// relational form.
func (l *lowerer) tryRel(e ast.Expr) (r rel, ok bool) {
	e = l.unwrap(e)
	if l.failed[e] {
		return rel{}, false
	}
	if p, is := e.(*ast.Paren); is {
		r, ok = l.tryRel(p.X)
	} else {
		r, ok = l.tryPlain(e)
	}
	if !ok {
		l.failed[e] = l.depth == 0
		return rel{}, false
	}
	if t := l.info.Coerce[e]; t != nil {
		to := l.newFrame().clean(t)
		if !sameValues(r.typ, to) {
			return rel{}, false
		}
		r.typ = to
	}
	return r, true
}

func (l *lowerer) tryPlain(e ast.Expr) (rel, bool) {
	t := l.newFrame().typeOf(e)
	if !t.Is("Set") && !t.Is("Map") {
		return rel{}, false
	}
	if n, ok := e.(*ast.Name); ok {
		return l.namedRel(n)
	}
	if over := l.info.Parts[e]; over != nil {
		return l.tryRel(over)
	}
	if c := l.info.Calls[e]; c != nil && c.Fn != nil && !c.Fn.Recursive && !hasLift(c) {
		return l.inlineRel(c)
	}
	if u := l.useOf(e); u != nil {
		switch u.id {
		case rowEver:
			if cell := l.historyOf(u.call); cell != nil {
				v, ok := l.history(e, cell)
				return relOfView(v), ok
			}
		case relUnion, relUnionMap:
			return l.union(e, u.id, t), true
		case relIntersection, relDifference:
			return l.selection(e, u), true
		case relGroupBy:
			return l.groupBy(e, u, t)
		case relMapKeys:
			return l.keysOf(l.relOf(u.args[0]), e), true
		}
		if r, ok := l.grouped(e, u, t); ok {
			return r, true
		}
	}
	if !l.isNest(e) && !l.isEntry(e) {
		return rel{}, false
	}
	s := l.newScope()
	if !l.isNest(e) {
		x := s.standIn(e)
		if x == nil && !s.bad {
			x = s.entry(e) // and not elements, which would come back here
		}
		return s.result(x, t, e)
	}
	return s.result(s.apart(e), t, e)
}

// result makes the relation of a scope with one element per row.
func (s *scope) result(elem *ir.Expr, t *types.Type, pos ast.Node) (rel, bool) {
	if s.bad || elem == nil {
		return rel{}, false
	}
	r := rel{typ: t, closed: -1}
	if t.Is("Set") {
		r.node, r.exact = s.project(s.flatten(elem, t.Args[0], nil), t.Args[0].Columns(nil), pos)
	} else {
		if isCollection(t.Args[1]) {
			return s.nested(elem, t, pos)
		}
		keys := s.flatten(item(elem, 0, t.Args[0]), t.Args[0], nil)
		r.exact, r.pos = s.keyed(keys), at(pos)
		r.node, _ = s.project(append(keys, item(elem, 1, t.Args[1])), append(t.Args[0].Columns(nil), t.Args[1]), pos)
	}
	if s.bad {
		return rel{}, false
	}
	return r, true
}

// nested makes a map of sets of the key and the set of a row; the keys are kept
// besides, because a set may be empty.
func (s *scope) nested(elem *ir.Expr, t *types.Type, pos ast.Node) (rel, bool) {
	v := t.Args[1].Resolve()
	if v.Con != "Set" {
		return rel{}, false
	}
	key, set := item(ir.CloneExpr(elem), 0, t.Args[0]), item(elem, 1, v)
	kcols := t.Args[0].Columns(nil)
	at := s.extend(s.flatten(key, t.Args[0], nil), pos)
	keys := make([]*ir.Expr, len(at))
	for i, c := range at {
		keys[i] = column(c, kcols[i])
	}
	r := rel{typ: t, closed: -1}
	k, _ := s.project(append([]*ir.Expr(nil), keys...), kcols, pos)
	k = s.l.add(&ir.Node{Kind: ir.Distinct, In: []int{k}, Cols: kcols, Pos: s.l.prog.Nodes[k].Pos})
	r.keys = []int{k}
	x := s.member1(set, v.Args[0], pos)
	if s.bad {
		return rel{}, false
	}
	r.node, _ = s.project(append(keys, s.flatten(x, v.Args[0], nil)...), v.Args[0].Columns(kcols[:len(kcols):len(kcols)]), pos)
	return r, !s.bad
}

// member1 is an element of a set of the row: the only one where it is written
// with one.
func (s *scope) member1(set *ir.Expr, elem *types.Type, pos ast.Node) *ir.Expr {
	if set.Op == ir.ESet && len(set.Args) == 1 {
		return set.Args[0]
	}
	if !set.Type.Is("Set") {
		s.bad = true
		return nil
	}
	off := s.each(set, elem, pos)
	return s.assemble(elem, &off)
}

// isEntry reports whether e is a collection in a map of the graph under a fixed
// key.
func (l *lowerer) isEntry(e ast.Expr) bool {
	ix, ok := e.(*ast.Index)
	return ok && l.readsGraph(ix.X) && isNested(l.newFrame().usedAs(ix.X))
}

func (l *lowerer) namedRel(n *ast.Name) (rel, bool) {
	switch o := l.info.Uses[n].(type) {
	case *typecheck.Cell:
		i, has := l.cells[o]
		if !has {
			return rel{}, false // a system cell that the program does not have
		}
		return relOfView(l.prog.Cells[i].View), true
	case *typecheck.Let:
		v, ok := l.lets[o]
		return relOfView(v), ok
	case *typecheck.Local:
		r, ok := l.rels[o]
		return r, ok
	}
	return rel{}, false
}

// inlineRel inlines a function that makes a collection. Collections among its
// arguments stay relations.
func (l *lowerer) inlineRel(c *typecheck.Call) (rel, bool) {
	if l.depth++; l.depth > maxInline {
		l.depth--
		return rel{}, false
	}
	defer func() { l.depth-- }()
	if len(c.TypeArgs) > 0 {
		return rel{}, false // its types are known only to code
	}
	// All arguments come first: one of them may inline the same function.
	rels, vars := map[*typecheck.Local]rel{}, map[*typecheck.Local]*ir.Expr{}
	for i, p := range c.Fn.Params {
		switch {
		case p.Type.Is("Set") || p.Type.Is("Map"):
			rels[p] = l.relOf(c.Args[i])
		case l.readsGraph(c.Args[i]):
			return rel{}, false
		default:
			x := l.newFrame().fnOrExpr(c.Args[i], p.Type)
			if x.Op != ir.ELambda && !isTrivial(x) {
				return rel{}, false
			}
			vars[p] = x
		}
	}
	maps.Copy(l.rels, rels)
	maps.Copy(l.fnVars, vars)
	return l.tryRel(c.Fn.Decl.Body)
}

func (f *frame) fnOrExpr(e ast.Expr, t *types.Type) *ir.Expr {
	if t.Is(types.Func) {
		return f.fnArg(e, f.clean(t))
	}
	return f.expr(e)
}

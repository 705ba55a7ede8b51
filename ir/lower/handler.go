package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/typecheck"
)

func rowColumns(t *types.Type) []*types.Type { return lattice.RowColumns(t) }

// handler lowers what runs when something happens.
func (l *lowerer) handler(h *typecheck.Handler) {
	out := &ir.Handler{Name: h.Name, Writer: h.Writer, Head: -1, Input: -1, Pos: at(h.Decl)}
	f := l.newFrame()
	var body *ast.Block
	switch d := h.Decl.(type) {
	case *ast.OnDecl:
		l.on(h, d, f, out)
		body = d.Body
	case *ast.WhenDecl:
		l.head(&headOf{gens: d.Gens, guard: d.Guard, cond: d.Cond, bound: d.Bound}, f, out, d)
		body = d.Body
	case *ast.ForDecl:
		l.head(&headOf{gens: d.Gens, guard: d.Guard}, f, out, d)
		body = d.Body
	}
	f.firing = out.Kind == ir.When
	out.Body = f.block(body)
	out.Slots = f.slots
	l.prog.Handlers = append(l.prog.Handlers, out)
}

// held lowers an invariant that is held where the order decides.
func (l *lowerer) held(inv *typecheck.Invariant) {
	f := l.newFrame()
	cond := f.convert(f.expr(inv.Held), types.Bool)
	l.prog.Handlers = append(l.prog.Handlers, &ir.Handler{
		Kind: ir.Held, Name: "invariant " + inv.Text(), Head: -1, Input: -1, Slots: f.slots, Pos: at(inv.Decl),
		Body: []*ir.Stmt{{Op: ir.SIf, Args: []*ir.Expr{cond}, Pos: at(inv.Decl)}},
	})
}

func (l *lowerer) on(h *typecheck.Handler, d *ast.OnDecl, f *frame, out *ir.Handler) {
	for _, p := range h.Params {
		f.bind(p)
	}
	switch {
	case d.Start:
		out.Kind = ir.OnStart
	case d.Every != nil:
		out.Kind = ir.OnEvery
		out.Period = int64(h.Period.Duration())
	default:
		out.Kind, out.Input = ir.OnInput, l.inputs[h.Input]
	}
}

// headOf is the head of a `when` or top-level `for`.
type headOf struct {
	gens  []*ast.Gen
	guard ast.Expr
	cond  ast.Expr   // the condition, or the IVar that bound names; nil for `for`
	bound *ast.Ident // of `when bound`
}

// head lowers a head to a relation with a row per firing: the data that the
// generators bind. Growing values are not part of it: they only decide whether
// there is a row.
func (l *lowerer) head(h *headOf, f *frame, out *ir.Handler, d ast.Decl) {
	out.Kind = ir.When
	keys := l.headVars(h)
	node, hidden, ok := l.headRows(h, keys, d)
	if !ok {
		node, hidden = l.headCode(h, keys, d), 0
	}
	out.HeadPat = &ir.Pattern{Op: ir.PTuple}
	for range hidden {
		out.HeadTypes = append(out.HeadTypes, types.Int)
		out.HeadPat.Args = append(out.HeadPat.Args, &ir.Pattern{Op: ir.PWild})
	}
	for _, v := range keys {
		out.HeadTypes = append(out.HeadTypes, f.clean(v.Type))
		out.HeadPat.Args = append(out.HeadPat.Args, &ir.Pattern{Op: ir.PBind, Slot: f.bind(v)})
	}
	cols := l.prog.Nodes[node].Cols
	out.Head = l.add(&ir.Node{Kind: ir.Sink, In: []int{node}, Cols: cols, Pos: at(d)})
}

// headVars are the variables of a head whose values are data: its key.
func (l *lowerer) headVars(h *headOf) []*typecheck.Local {
	var out []*typecheck.Local
	for _, g := range h.gens {
		l.eachBind(g.Pat, func(v *typecheck.Local) {
			if !isGrowing(v) {
				out = append(out, v)
			}
		})
	}
	if h.bound != nil {
		if v := l.boundVar(h); v != nil {
			out = append(out, v)
		}
	}
	return out
}

// boundVar is the variable of `when bound x = e`.
func (l *lowerer) boundVar(h *headOf) *typecheck.Local {
	if v, ok := l.info.Uses[h.bound].(*typecheck.Local); ok {
		return v
	}
	l.fail(h.bound, "the variable `%s` is not known", h.bound.Name)
	return nil
}

func isGrowing(v *typecheck.Local) bool {
	if v.Flow != nil && len(v.Flow.Leaves) > 0 {
		return true
	}
	switch v.Type.Resolve().Con {
	case "Max", "Min", "Flag", "IVar", "Stream":
		return true
	}
	return false
}

// headRows is the relational form of a head. In front of the columns of the
// variables stand hidden ones: the indexes of stream elements.
func (l *lowerer) headRows(h *headOf, keys []*typecheck.Local, d ast.Decl) (node, hidden int, ok bool) {
	s := l.newScope()
	s.generators(h.gens, h.guard)
	switch {
	case s.bad:
	case h.bound != nil:
		s.bindIVar(l.boundVar(h), h.cond)
	case h.cond != nil:
		s.condition(h.cond)
	}
	if s.bad {
		return 0, 0, false
	}
	var out []*ir.Expr
	var cols []*types.Type
	for _, c := range s.indexes {
		out, cols = append(out, column(c, types.Int)), append(cols, types.Int)
	}
	for _, v := range keys {
		t := s.f.clean(v.Type)
		out, cols = s.flatten(s.f.lookup(v), t, out), t.Columns(cols)
	}
	node, exact := s.project(out, cols, d)
	if s.bad {
		return 0, 0, false
	}
	if !exact {
		node = l.add(&ir.Node{Kind: ir.Distinct, In: []int{node}, Cols: cols, Pos: at(d)})
	}
	return node, len(s.indexes), true
}

// bindIVar ranges over the value of an IVar that does not depend on the row, or
// that lies in a map of the graph under a key of the row.
func (s *scope) bindIVar(v *typecheck.Local, e ast.Expr) {
	e = s.l.unwrap(e)
	t := s.f.clean(v.Type)
	if s.isClosed(e) {
		view := s.l.scalar(e, s.f.usedAs(e))
		off := s.from(relOfView(view), e)
		s.f.vars[v] = column(off, t)
		return
	}
	ix, ok := e.(*ast.Index)
	if !ok || !s.isClosed(ix.X) || !s.f.usedAs(ix.X).Is("Map") || !s.f.typeOf(e).Is("IVar") {
		s.bad = true
		return
	}
	m := s.l.relOf(ix.X)
	kt := m.typ.Resolve().Args[0]
	k := s.f.convert(s.f.expr(ix.K), kt)
	if s.bad {
		return
	}
	off := s.from(m, e)
	key := s.assemble(kt, &off)
	s.f.vars[v] = column(off, t)
	s.filter(s.f.row(rowEq, types.Bool, at(e), k, key), e)
}

// headCode computes a head from assembled views, as a set of tuples.
func (l *lowerer) headCode(h *headOf, keys []*typecheck.Local, d ast.Decl) int {
	f := l.newFrame()
	f.graph = true
	ts := make([]*types.Type, len(keys))
	for i, v := range keys {
		ts[i] = f.clean(v.Type)
	}
	t := types.SetOf(rowTypeOf(ts))
	x := f.headOver(h, 0, keys, t)
	return l.add(&ir.Node{
		Kind: ir.Compute, Out: []*ir.Expr{x}, Cols: rowColumns(t), Type: t, Quals: l.headQuals(h), Pos: at(d),
	})
}

// rowTypeOf is the type of an element that has several parts: there is no tuple
// of one.
func rowTypeOf(ts []*types.Type) *types.Type {
	if len(ts) == 1 {
		return ts[0]
	}
	return types.TupleOf(ts...)
}

// headOver lowers the generators of a head from the i-th on.
func (f *frame) headOver(h *headOf, i int, keys []*typecheck.Local, t *types.Type) *ir.Expr {
	if i < len(h.gens) {
		g := h.gens[i]
		src := f.source(g, "Set")
		if f.l.isRefutable(g.Pat) {
			src = f.onlyMatching(g, src)
		}
		return f.combine(src, "flat_map", t, func(inner *frame) (*ir.Pattern, *ir.Expr) {
			p := inner.pattern(g.Pat)
			return p, inner.headOver(h, i+1, keys, t)
		})
	}
	var x *ir.Expr
	if h.bound != nil {
		iv := f.expr(h.cond)
		src := &ir.Expr{Op: ir.EConvert, Type: types.SetOf(elemOf(iv.Type)), Args: []*ir.Expr{iv}, Pos: iv.Pos}
		x = f.combine(src, "map", t, func(inner *frame) (*ir.Pattern, *ir.Expr) {
			p := &ir.Pattern{Op: ir.PBind, Slot: inner.bind(f.l.boundVar(h))}
			return p, inner.headRow(keys, t)
		})
	} else {
		x = &ir.Expr{Op: ir.ESet, Type: t, Args: []*ir.Expr{f.headRow(keys, t)}}
		if h.cond != nil {
			x = f.only(h.cond, x, t)
		}
	}
	if h.guard != nil {
		x = f.only(h.guard, x, t)
	}
	return x
}

// headQuals are the qualifiers of a head: the checker has accepted it, so it is
// at most monotone in what it reads.
func (l *lowerer) headQuals(h *headOf) map[int]opQual {
	out := map[int]opQual{}
	see := func(e ast.Expr) {
		if e == nil {
			return
		}
		for c := range l.quals(e) {
			out[c] = op.Mono
		}
	}
	for _, g := range h.gens {
		see(g.In)
	}
	see(h.cond)
	see(h.guard)
	return out
}

// only is x where a condition holds and the empty set elsewhere.
func (f *frame) only(cond ast.Expr, x *ir.Expr, t *types.Type) *ir.Expr {
	empty := constant(&ir.Expr{Op: ir.ESet, Type: t, Pos: at(cond)})
	return &ir.Expr{Op: ir.EIf, Type: t, Args: []*ir.Expr{f.expr(cond), x, empty}, Pos: at(cond)}
}

func (f *frame) headRow(keys []*typecheck.Local, t *types.Type) *ir.Expr {
	if len(keys) == 1 {
		return f.lookup(keys[0])
	}
	row := &ir.Expr{Op: ir.ETuple, Type: t.Args[0]}
	for _, v := range keys {
		row.Args = append(row.Args, f.lookup(v))
	}
	return row
}

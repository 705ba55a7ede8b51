package conform

import (
	"slices"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// vars are the slots of a frame and their types.
type vars struct {
	types []*types.Type // by slot; nil where the slot cannot be read
	pure  bool          // views cannot be read here: row by row, or in a stream
}

// frame begins a frame whose first slots are columns.
func (g *generator) frame(cols []*types.Type) *vars {
	return &vars{types: slices.Clone(cols), pure: true}
}

// bind adds a slot.
func (f *vars) bind(t *types.Type) int {
	f.types = append(f.types, t)
	return len(f.types) - 1
}

// hide makes the slots from n on unreadable: their scope has ended.
func (f *vars) hide(n int) {
	for i := n; i < len(f.types); i++ {
		f.types[i] = nil
	}
}

func slotExpr(slot int, t *types.Type) *ir.Expr { return &ir.Expr{Op: ir.ELocal, Slot: slot, Type: t} }

func constant(t *types.Type, v value.Value) *ir.Expr {
	return &ir.Expr{Op: ir.EConst, Type: t, Value: v}
}

func (g *generator) call(id string, t *types.Type, args ...*ir.Expr) *ir.Expr {
	g.line++
	e := &ir.Expr{Op: ir.ECall, Name: id, Type: t, Args: args}
	e.Pos.Line = g.line
	return e
}

// value is a random small value of a type.
func (g *generator) value(t *types.Type) value.Value {
	switch t = t.Resolve(); t.Con {
	case "Bool", "Flag":
		return value.MakeBool(g.IntN(2) == 0)
	case "Int":
		return value.MakeInt(int64(g.IntN(8) - 2))
	case "Nat":
		return value.MakeInt(int64(g.IntN(6)))
	case "Float":
		return value.MakeFloat(float64(g.IntN(9)-3) / 2)
	case "String":
		return value.MakeString(g.pick("", "a", "b", "a b", "rovio"))
	case "Bytes":
		return value.MakeBytes([]byte(g.pick("", "x")))
	case "Node":
		return value.MakeNode(g.pick("a", "b"))
	case "Duration":
		return value.MakeDuration(time.Duration(g.IntN(4)) * time.Second)
	case "Max", "Min":
		if g.IntN(5) == 0 && !t.Args[0].Is("Nat") {
			return value.MakeUnset()
		}
		return g.value(t.Args[0])
	case "IVar":
		if g.IntN(4) == 0 {
			return value.MakeUnbound()
		}
		return g.value(t.Args[0])
	case "Option":
		if g.IntN(3) == 0 {
			return value.None()
		}
		return value.Some(g.value(t.Args[0]))
	case types.Tuple:
		return value.MakeTuple(g.values(len(t.Args), func(i int) *types.Type { return t.Args[i] })...)
	case "Map":
		return value.MakeMap(g.values(2*g.IntN(3), func(i int) *types.Type { return t.Args[i%2] }))
	}
	if t.Def != nil {
		c := t.Def.Ctors[g.IntN(len(t.Def.Ctors))]
		return value.MakeRecord(c.Value, g.values(len(c.Fields), func(i int) *types.Type { return c.Fields[i].Type })...)
	}
	xs := g.values(g.IntN(4), func(int) *types.Type { return t.Args[0] })
	switch {
	case t.Con == "Set":
		return value.MakeSet(xs)
	case t.Con == "Stream" && g.IntN(2) == 0:
		return value.MakeOpen(xs)
	}
	return value.MakeList(xs)
}

func (g *generator) values(n int, t func(int) *types.Type) []value.Value {
	xs := make([]value.Value, n)
	for i := range xs {
		xs[i] = g.value(t(i))
	}
	return xs
}

// expr is random code of type t with at most depth levels.
func (g *generator) expr(t *types.Type, f *vars, depth int) *ir.Expr {
	t = t.Resolve()
	if t.Con == types.Func {
		return g.lambda(t, f, depth)
	}
	if e := g.leaf(t, f); depth <= 0 || e != nil && g.IntN(3) == 0 {
		if e == nil {
			e = constant(t, g.value(t))
		}
		return e
	}
	for range 4 {
		if e := g.inner(t, f, depth-1); e != nil {
			return e
		}
	}
	return constant(t, g.value(t))
}

// leaf reads a slot, a parameter or a view of type t, if there is one.
func (g *generator) leaf(t *types.Type, f *vars) *ir.Expr {
	var all []*ir.Expr
	for slot, have := range f.types {
		if have != nil && types.Equal(have, t) {
			all = append(all, slotExpr(slot, t))
		}
	}
	if types.Equal(t, types.Int) && g.IntN(6) == 0 {
		all = append(all, &ir.Expr{Op: ir.EParam, Name: "limit", Type: t})
	}
	if !f.pure {
		for _, v := range g.view {
			if types.Equal(v.Type, t) {
				all = append(all, &ir.Expr{Op: ir.EView, Type: t, View: v})
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[g.IntN(len(all))]
}

// inner is an expression with parts, or nil when the die chose a form that does
// not fit the type.
func (g *generator) inner(t *types.Type, f *vars, depth int) *ir.Expr {
	switch g.IntN(12) {
	case 0:
		return &ir.Expr{Op: ir.EIf, Type: t, Args: []*ir.Expr{g.expr(types.Bool, f, depth), g.expr(t, f, depth), g.expr(t, f, depth)}}
	case 1:
		return g.match(t, f, depth)
	case 2:
		x := g.expr(g.colType(), f, depth)
		n := len(f.types)
		slot := f.bind(x.Type)
		e := &ir.Expr{Op: ir.ELet, Type: t, Pat: &ir.Pattern{Op: ir.PBind, Slot: slot}, Args: []*ir.Expr{x, g.expr(t, f, depth)}}
		f.hide(n)
		return e
	case 3:
		tuple := g.expr(types.TupleOf(types.String, t), f, depth)
		return &ir.Expr{Op: ir.EItem, N: 1, Type: t, Args: []*ir.Expr{tuple}}
	case 4:
		fn := g.lambda(types.FuncOf([]*types.Type{types.Int}, t), f, depth)
		return &ir.Expr{Op: ir.EApply, Type: t, Args: []*ir.Expr{fn, g.expr(types.Int, f, depth)}}
	case 5, 6:
		return g.build(t, f, depth)
	case 7:
		return g.read(t, f, depth)
	}
	return g.row(t, f, depth)
}

// build makes a composite or converts into t.
func (g *generator) build(t *types.Type, f *vars, depth int) *ir.Expr {
	e := &ir.Expr{Type: t}
	some := func(t *types.Type) {
		for range g.IntN(3) {
			e.Args = append(e.Args, g.expr(t, f, depth))
		}
	}
	switch t.Con {
	case types.Tuple:
		e.Op = ir.ETuple
		for _, a := range t.Args {
			e.Args = append(e.Args, g.expr(a, f, depth))
		}
	case "List":
		if g.IntN(3) == 0 {
			return &ir.Expr{Op: ir.EConvert, Type: t, Args: []*ir.Expr{g.expr(types.SetOf(t.Args[0]), f, depth)}}
		}
		e.Op = ir.EList
		some(t.Args[0])
	case "Set":
		if g.IntN(3) == 0 {
			return &ir.Expr{Op: ir.EConvert, Type: t, Args: []*ir.Expr{g.expr(types.ListOf(t.Args[0]), f, depth)}}
		}
		e.Op = ir.ESet
		some(t.Args[0])
	case "Map":
		e.Op = ir.EMap
		for range g.IntN(3) {
			e.Args = append(e.Args, g.expr(t.Args[0], f, depth), g.expr(t.Args[1], f, depth))
		}
	case "Option":
		e.Op, e.Ctor = ir.ECtor, value.SomeCtor
		e.Args = []*ir.Expr{g.expr(t.Args[0], f, depth)}
	case "Max", "Min":
		e.Op = ir.EConvert
		e.Args = []*ir.Expr{g.expr(t.Args[0], f, depth)}
	case "IVar":
		e.Op = ir.ELift
		fn := g.lambda(types.FuncOf([]*types.Type{types.Int, types.Int}, t.Args[0]), f, depth)
		iv := types.IVarOf(types.Int)
		e.Args = []*ir.Expr{fn, g.expr(iv, f, depth), g.expr(iv, f, depth)}
	default:
		return nil
	}
	return e
}

// read looks into a view, where views can be read.
func (g *generator) read(t *types.Type, f *vars, depth int) *ir.Expr {
	if f.pure {
		return nil
	}
	v := g.view[g.IntN(len(g.view))]
	vt := v.Type.Resolve()
	switch {
	case t.Con == "Bool" && (vt.Con == "Set" || vt.Con == "Map"):
		return &ir.Expr{Op: ir.EHas, Type: t, View: v, Args: []*ir.Expr{g.expr(vt.Args[0], f, depth)}}
	case vt.Con == "Map" && types.Equal(vt.Args[1], t):
		return &ir.Expr{Op: ir.ELookup, Type: t, View: v, Args: []*ir.Expr{g.expr(vt.Args[0], f, depth)}}
	case vt.Con == "Map" && vt.Args[1].Is("Map") && types.Equal(vt.Args[1].Resolve().Args[1], t):
		return &ir.Expr{Op: ir.ELookup, Type: t, View: v, Args: []*ir.Expr{g.expr(vt.Args[0], f, depth), g.expr(vt.Args[1].Resolve().Args[0], f, depth)}}
	}
	return nil
}

// match takes an Option, a list, a tuple or a number apart.
func (g *generator) match(t *types.Type, f *vars, depth int) *ir.Expr {
	n := len(f.types)
	arm := func(p func() *ir.Pattern, guard bool) ir.Arm {
		a := ir.Arm{Pat: p()}
		if guard && g.IntN(3) == 0 {
			a.Guard = g.expr(types.Bool, f, depth)
		}
		a.Body = g.expr(t, f, depth)
		f.hide(n)
		return a
	}
	bind := func(t *types.Type) *ir.Pattern { return &ir.Pattern{Op: ir.PBind, Slot: f.bind(t)} }
	wild := func() *ir.Pattern { return &ir.Pattern{Op: ir.PWild} }
	some := func() *ir.Pattern {
		return &ir.Pattern{Op: ir.PCtor, Ctor: value.SomeCtor, Args: []*ir.Pattern{bind(types.Int)}}
	}
	more := func() *ir.Pattern {
		return &ir.Pattern{Op: ir.PCons, Args: []*ir.Pattern{bind(types.Int), bind(types.ListOf(types.Int))}}
	}
	none := func() *ir.Pattern { return &ir.Pattern{Op: ir.PNil} }
	single := func() *ir.Pattern { return &ir.Pattern{Op: ir.PList, Args: []*ir.Pattern{bind(types.Int)}} }
	number := func() *ir.Pattern { return &ir.Pattern{Op: ir.PConst, Value: g.value(types.Int)} }
	first := func() *ir.Pattern { return &ir.Pattern{Op: ir.PTuple, Args: []*ir.Pattern{number(), wild()}} }
	both := func() *ir.Pattern {
		return &ir.Pattern{Op: ir.PTuple, Args: []*ir.Pattern{bind(types.Int), bind(types.String)}}
	}
	e := &ir.Expr{Op: ir.EMatch, Type: t}
	e.Pos.Line = g.line
	switch g.IntN(4) {
	case 0:
		e.Args = []*ir.Expr{g.expr(types.OptionOf(types.Int), f, depth)}
		e.Arms = []ir.Arm{arm(some, true), arm(wild, false)}
	case 1:
		e.Args = []*ir.Expr{g.expr(types.ListOf(types.Int), f, depth)}
		e.Arms = []ir.Arm{arm(none, false), arm(more, true)}
		if g.IntN(2) == 0 {
			e.Arms = append(e.Arms, arm(single, false))
		}
	case 2:
		e.Args = []*ir.Expr{g.expr(types.TupleOf(types.Int, types.String), f, depth)}
		e.Arms = []ir.Arm{arm(first, false), arm(both, false)}
	default:
		e.Args = []*ir.Expr{g.expr(types.Int, f, depth)}
		e.Arms = []ir.Arm{arm(number, false), arm(func() *ir.Pattern { return bind(types.Int) }, true)}
	}
	return e
}

// lambda captures everything that it may read.
func (g *generator) lambda(t *types.Type, f *vars, depth int) *ir.Expr {
	e := &ir.Expr{Op: ir.ELambda, Type: t}
	inner := &vars{pure: f.pure}
	for slot, have := range f.types {
		if have != nil && have.Con != types.Func {
			e.Captures = append(e.Captures, slot)
			inner.bind(have)
		}
	}
	for _, p := range t.Params() {
		e.Params = append(e.Params, &ir.Pattern{Op: ir.PBind, Slot: inner.bind(p.Resolve())})
	}
	e.Body = g.expr(t.Result(), inner, depth)
	e.Slots = len(inner.types)
	return e
}

// unusable are rows that have no value in derived state, or whose cost is not
// bounded by their arguments' size.
func unusable(r *op.Row) bool { return r.Nondet || r.Eval == nil }

// row applies a library row that gives t.
func (g *generator) row(t *types.Type, f *vars, depth int) *ir.Expr {
	rows := g.ops.Rows()
	for start, i := g.IntN(len(rows)), 0; i < len(rows); i++ {
		r := rows[(start+i)%len(rows)]
		if unusable(r) {
			continue
		}
		s, err := types.ParseScheme(r.Sig)
		if err != nil {
			continue
		}
		by := map[*types.TypeVar]*types.Type{}
		if !fits(s.Result, t, by) {
			continue
		}
		return g.applied(r, s, by, f, depth)
	}
	return nil
}

// applied is a row with random arguments; type variables that are still free
// become Int.
func (g *generator) applied(r *op.Row, s *types.Scheme, by map[*types.TypeVar]*types.Type, f *vars, depth int) *ir.Expr {
	for _, v := range s.Vars {
		if by[v] == nil {
			by[v] = types.Int
		}
	}
	params, result := s.Subst(by)
	e := g.call(r.ID, result)
	for _, p := range params {
		e.Args = append(e.Args, g.expr(p, f, depth))
	}
	return e
}

// fits matches a scheme's type with a ground type.
func fits(scheme, t *types.Type, by map[*types.TypeVar]*types.Type) bool {
	scheme, t = scheme.Resolve(), t.Resolve()
	if scheme.Con == types.Var {
		if have := by[scheme.Var]; have != nil {
			return types.Equal(have, t)
		}
		by[scheme.Var] = t
		return t.Con != types.Func && t.Con != "Stream"
	}
	if scheme.Con != t.Con || len(scheme.Args) != len(t.Args) {
		return false
	}
	for i := range scheme.Args {
		if !fits(scheme.Args[i], t.Args[i], by) {
			return false
		}
	}
	return true
}

// force adds a Compute node that applies the row.
func (g *generator) force(r *op.Row) {
	s, err := types.ParseScheme(r.Sig)
	if err != nil {
		return
	}
	e := g.applied(r, s, map[*types.TypeVar]*types.Type{}, &vars{}, 1)
	if e.Type.Is("Stream") {
		list := types.ListOf(e.Type.Resolve().Args[0])
		e = &ir.Expr{Op: ir.EConvert, Type: list, Args: []*ir.Expr{e}}
	}
	g.computed(e)
}

// total is a function that cannot fail, for streams.
func (g *generator) total(result *types.Type, params int) *ir.Expr {
	e := &ir.Expr{Op: ir.ELambda, Slots: params}
	var ps []*types.Type
	for i := range params {
		ps = append(ps, types.Int)
		e.Params = append(e.Params, &ir.Pattern{Op: ir.PBind, Slot: i})
	}
	e.Type = types.FuncOf(ps, result)
	x := slotExpr(params-1, types.Int)
	three := constant(types.Int, value.MakeInt(3))
	if result.Is("Bool") {
		e.Body = g.call("ne", types.Bool, g.call("int.mod", types.Int, x, three), constant(types.Int, value.MakeInt(int64(g.IntN(3)))))
		return e
	}
	e.Body = g.call("int.mod", types.Int, g.call("int.add", types.Int, x, slotExpr(0, types.Int)), constant(types.Int, value.MakeInt(50)))
	return e
}

// stream is a random stream of Int over the stream cell and stream views.
func (g *generator) stream(depth int) *ir.Expr {
	t := types.StreamOf(types.Int)
	if depth == 0 {
		if e := g.leaf(t, &vars{}); e != nil && g.IntN(4) > 0 {
			return e
		}
		return constant(t, g.value(t))
	}
	src := g.stream(depth - 1)
	n := constant(types.Nat, g.value(types.Nat))
	switch g.IntN(10) {
	case 0:
		return g.call("stream.map", t, src, g.total(types.Int, 1))
	case 1:
		return g.call("stream.filter", t, src, g.total(types.Bool, 1))
	case 2:
		return g.call("stream.scan", t, src, constant(types.Int, value.MakeInt(1)), g.total(types.Int, 2))
	case 3:
		return g.call("stream.take", t, src, n)
	case 4:
		return g.call("stream.drop", t, src, n)
	case 5:
		return &ir.Expr{Op: ir.ECons, Type: t, Args: []*ir.Expr{constant(types.Int, g.value(types.Int)), src}}
	case 6:
		zip := g.call("stream.zip", types.StreamOf(types.TupleOf(types.Int, types.Int)), src, g.stream(depth-1))
		first := g.total(types.Int, 2)
		first.Type = types.FuncOf([]*types.Type{types.TupleOf(types.Int, types.Int)}, types.Int)
		return g.call("stream.map", t, zip, first)
	case 7:
		return g.call("stream.buffer", t, src, n)
	case 8:
		return g.call("stream.paced", t, src, constant(types.MaxOf(types.Nat), value.MakeInt(int64(g.IntN(6)))))
	}
	return g.counting(src)
}

// counting applies a recursive stream function: f(n, s) puts n, n+1 .. in front
// of the elements of s.
func (g *generator) counting(src *ir.Expr) *ir.Expr {
	t := types.StreamOf(types.Int)
	if len(g.p.Funcs) == 0 {
		next := g.call("int.add", types.Int, slotExpr(0, types.Int), constant(types.Int, value.MakeInt(1)))
		again := &ir.Expr{Op: ir.EFunc, Type: t, N: 0, Args: []*ir.Expr{next, slotExpr(3, t)}}
		body := &ir.Expr{Op: ir.EMatch, Type: t, Args: []*ir.Expr{slotExpr(1, t)}, Arms: []ir.Arm{
			{Pat: &ir.Pattern{Op: ir.PNil}, Body: constant(t, value.MakeList(nil))},
			{Pat: &ir.Pattern{Op: ir.PCons, Args: []*ir.Pattern{{Op: ir.PBind, Slot: 2}, {Op: ir.PBind, Slot: 3}}},
				Body: &ir.Expr{Op: ir.ECons, Type: t, Args: []*ir.Expr{slotExpr(0, types.Int), {Op: ir.ECons, Type: t, Args: []*ir.Expr{slotExpr(2, types.Int), again}}}}},
		}}
		g.p.Funcs = []*ir.Func{{Name: "counting", Params: 2, Slots: 4, Type: types.FuncOf([]*types.Type{types.Int, t}, t), Body: body}}
	}
	return &ir.Expr{Op: ir.EFunc, Type: t, N: 0, Args: []*ir.Expr{constant(types.Int, g.value(types.Int)), src}}
}

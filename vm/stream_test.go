package vm

import (
	"testing"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

var streamInt = types.StreamOf(types.Int)

// sieveProgram is the sieve of the language's document, as IR.
func sieveProgram() *ir.Program {
	num, str := types.Int, streamInt
	from := &ir.Func{Name: "from", Params: 1, Slots: 1, Type: types.FuncOf([]*types.Type{num}, str)}
	from.Body = &ir.Expr{Op: ir.ECons, Type: str, Args: []*ir.Expr{local(0, num), {Op: ir.EFunc, Type: str, N: 0, Args: []*ir.Expr{apply("int.add", num, local(0, num), intConst(1))}}}}
	sieve := &ir.Func{Name: "sieve", Params: 1, Slots: 3, Type: types.FuncOf([]*types.Type{str}, str)}
	keep := &ir.Expr{Op: ir.ELambda, Type: types.FuncOf([]*types.Type{num}, types.Bool), Captures: []int{1}, Slots: 2,
		Params: []*ir.Pattern{{Op: ir.PBind, Slot: 1}},
		Body:   apply("ne", types.Bool, apply("int.mod", num, local(1, num), local(0, num)), intConst(0))}
	rest := apply("stream.filter", str, local(2, str), keep)
	sieve.Body = &ir.Expr{Op: ir.EMatch, Type: str, Args: []*ir.Expr{local(0, str)}, Arms: []ir.Arm{
		{Pat: &ir.Pattern{Op: ir.PNil}, Body: &ir.Expr{Op: ir.EConst, Type: str, Value: value.MakeList(nil)}},
		{Pat: &ir.Pattern{Op: ir.PCons, Args: []*ir.Pattern{{Op: ir.PBind, Slot: 1}, {Op: ir.PBind, Slot: 2}}},
			Body: &ir.Expr{Op: ir.ECons, Type: str, Args: []*ir.Expr{local(1, num), {Op: ir.EFunc, Type: str, N: 1, Args: []*ir.Expr{rest}}}}},
	}}
	b := newBuilder()
	b.p.Funcs = []*ir.Func{from, sieve}
	primes := b.add(&ir.Node{Kind: ir.Stream, Type: str, Cols: []*types.Type{num, num}, Out: []*ir.Expr{
		{Op: ir.EFunc, Type: str, N: 1, Args: []*ir.Expr{{Op: ir.EFunc, Type: str, N: 0, Args: []*ir.Expr{intConst(2)}}}}}})
	v := b.show("primes", str, primes)
	view := &ir.Expr{Op: ir.EView, Type: str, View: v}
	take := b.add(&ir.Node{Kind: ir.Stream, Type: str, Cols: []*types.Type{num, num}, Out: []*ir.Expr{
		apply("stream.take", str, apply("stream.drop", str, view, intConst(599)), intConst(1))}})
	b.show("last", str, take)
	return b.p
}

func TestSieve(t *testing.T) {
	m := mustNew(t, sieveProgram())
	start := time.Now()
	see(t, m, m.prog.Shows[1].View, "[4409]")
	t.Log("600 primes in", time.Since(start))
	got, err := m.View(m.prog.Shows[0].View)
	if err != nil || got.Kind() != value.Open || got.Len() != 1000 || got.Elems()[999].Int() != 7919 {
		t.Errorf("got %v (%d), %v; want the first 1,000 primes, open", got.Kind(), got.Len(), err)
	}
}

// A stream of a cell: open ends are asked again, closing is seen, a conflict at
// a place that was read begins the stream anew.
func TestStreamOfCell(t *testing.T) {
	b := newBuilder()
	src := b.add(&ir.Node{Kind: ir.Source, Cols: ints(2), Type: streamInt})
	closed := b.add(&ir.Node{Kind: ir.Source, Leaf: 1, Cols: ints(1)})
	v := ir.View{Type: streamInt, Node: src, Closed: closed}
	b.p.Cells = []*ir.Cell{{Name: "q", Kind: streamInt, View: v}}
	view := &ir.Expr{Op: ir.EView, Type: streamInt, View: v}
	double := &ir.Expr{Op: ir.ELambda, Type: types.FuncOf([]*types.Type{types.Int}, types.Int), Slots: 1,
		Params: []*ir.Pattern{{Op: ir.PBind, Slot: 0}}, Body: apply("int.div", types.Int, intConst(60), local(0, types.Int))}
	doubled := b.add(&ir.Node{Kind: ir.Stream, Type: streamInt, Cols: ints(2), Out: []*ir.Expr{apply("stream.map", streamInt, view, double)}})
	d := b.show("mapped", streamInt, doubled)
	list := types.IVarOf(types.ListOf(types.Int))
	sealed := b.add(&ir.Node{Kind: ir.Compute, Type: list, Cols: []*types.Type{list}, Out: []*ir.Expr{apply("stream.sealed", list, view)}})
	s := b.show("sealed", list, sealed)
	rows := b.add(&ir.Node{Kind: ir.Map, In: []int{doubled}, Cols: ints(2), Out: project(0, 1)})
	r := b.show("rows", types.SetOf(types.TupleOf(types.Int, types.Int)), rows)
	m := mustNew(t, b.p)
	leaf := func(c Change, leaf int) Change { c.Leaf = leaf; return c }
	step(t, m, change(0, 1, 0, 2), change(0, 1, 2, 4))
	see(t, m, d, "[30, ...]")
	see(t, m, s, "unbound")
	step(t, m, change(0, 1, 1, 3))
	see(t, m, d, "[30, 20, 15, ...]")
	see(t, m, r, "{(0, 30), (1, 20), (2, 15)}")
	step(t, m, change(0, 1, 3, 0), leaf(change(0, 1, 4), 1))
	see(t, m, d, "[30, 20, 15]")
	see(t, m, s, "[2, 3, 4, 0]")
	if errs := m.Errors(); len(errs) != 1 || errs[0].Code != "L0502" || errs[0].Element.Int() != 0 {
		t.Errorf("got %v; want one division by zero, of 0", errs)
	}
	step(t, m, change(0, 1, 1, 6))
	see(t, m, v, "[2, conflict(3, 6), 4, 0]")
}

// A tower of stages deeper than the bound is an error with a name, not the end
// of the process; one that is deep but bounded works.
func TestDeepTower(t *testing.T) {
	m := mustNew(t, newBuilder().p)
	m.fuel = 1 << 40
	tower := func(n int64) *place {
		p := listStream(value.MakeList([]value.Value{value.MakeInt(7)}))
		for range n {
			p = place{c: &chunk{by: &taken{p, 1}}}
		}
		return &p
	}
	p := tower(maxDepth / 2)
	if ok, err := m.x.look(p, 1); !ok || err != nil || p.value().Int() != 7 {
		t.Errorf("got %v, %v; want the element", ok, err)
	}
	yes := &function{code: &code{into: []ref{{bank: bankV}}, size: [5]int32{1, 0, 1, 0, 0}, out: ref{bank: bankW, kind: value.Bool}, consts: []constW{{0, 1}}}}
	yes.held = yes.code.frame()
	filters := func(n int) *place {
		p := listStream(value.MakeList([]value.Value{value.MakeInt(7), value.MakeInt(8)}))
		for range n {
			p = place{c: &chunk{by: &filtered{src: p, f: applied{fn: yes}}}}
		}
		return &p
	}
	for n, want := range map[int]error{1000: nil, maxDepth / 2: nil, 2 * maxDepth: errDeep} {
		p := filters(n)
		if _, err := m.x.look(p, 2); err != want || err == nil && p.value().Int() != 7 || m.x.depth != 0 || len(m.x.tower) != 0 {
			t.Errorf("%d filters: %v, want %v; %d levels are left", n, err, want, m.x.depth+len(m.x.tower))
		}
	}
	if _, err := m.x.look(tower(2*maxDepth), 1); err != errDeep {
		t.Errorf("got %v; want the error of depth", err)
	}
}

package vm

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/stdlib"
)

// shortest builds the least distances from node 0 over weighted edges.
func (b *builder) shortest(edges int) ir.View {
	least := types.MinOf(types.Int)
	cols := []*types.Type{types.Int, least}
	start := b.add(&ir.Node{Kind: ir.Const, Cols: cols, Rows: [][]value.Value{{value.MakeInt(0), value.MakeInt(0)}}})
	rec := b.add(&ir.Node{Kind: ir.Rec, Cols: cols})
	sum := apply("int.add", types.Int, local(1, types.Int), local(4, types.Int))
	join := b.add(&ir.Node{Kind: ir.Join, In: []int{rec, edges}, LKey: []int{0}, RKey: []int{0}, Cols: cols, Out: []*ir.Expr{local(3, types.Int), sum}})
	union := b.add(&ir.Node{Kind: ir.Union, In: []int{start, join}, Cols: cols})
	best := b.add(&ir.Node{Kind: ir.Group, In: []int{union}, Keys: 1, Cols: cols, Aggs: []ir.Aggregate{{Type: least, Arg: local(1, types.Int)}}})
	fix := b.add(&ir.Node{Kind: ir.Fix, In: []int{best}, Rec: rec, Body: []int{join, union, best}, Cols: cols})
	b.p.Nodes[rec].Rec = fix
	return b.show("dist", types.MapOf(types.Int, least), fix)
}

// A better value replaces the one before; a cycle that is cut off from its
// source disappears and does not count upwards.
func TestLeastDistances(t *testing.T) {
	for _, kind := range []string{"GSet", "AWSet"} {
		b := newBuilder()
		v := b.shortest(b.cell("edges", kind, types.TupleOf(ints(3)...)))
		m := mustNew(t, b.p)
		step(t, m, change(0, 1, 0, 1, 9), change(0, 1, 1, 2, 1), change(0, 1, 2, 3, 1), change(0, 1, 3, 1, 1))
		see(t, m, v, "{0: 0, 1: 9, 2: 10, 3: 11}")
		step(t, m, change(0, 1, 0, 2, 3))
		see(t, m, v, "{0: 0, 1: 5, 2: 3, 3: 4}")
		step(t, m, change(0, 1, 0, 1, 2))
		see(t, m, v, "{0: 0, 1: 2, 2: 3, 3: 4}")
		if kind == "GSet" {
			continue
		}
		step(t, m, change(0, -1, 0, 1, 9), change(0, -1, 0, 1, 2))
		see(t, m, v, "{0: 0, 1: 5, 2: 3, 3: 4}")
		step(t, m, change(0, -1, 0, 2, 3))
		see(t, m, v, "{0: 0}")
	}
}

// An element whose evaluation fails is dropped and recorded with its place as
// long as it is there; the rest stands.
func TestErrorOfOneElement(t *testing.T) {
	b := newBuilder()
	s := b.cell("s", "AWSet", types.Int)
	div := apply("int.div", types.Int, intConst(12), local(0, types.Int))
	div.Pos.File, div.Pos.Line, div.Pos.Column = "p.lasp", 3, 14
	n := b.add(&ir.Node{Kind: ir.Map, In: []int{s}, Cols: ints(1), Out: []*ir.Expr{div}})
	v := b.show("v", types.SetOf(types.Int), n)
	m := mustNew(t, b.p)
	step(t, m, change(0, 1, 0), change(0, 1, 3), change(0, 1, 4))
	see(t, m, v, "{3, 4}")
	errs := m.Errors()
	if len(errs) != 1 || errs[0].Code != "L0502" || errs[0].Pos.String() != "p.lasp:3:14" || errs[0].Element.String() != "(0)" && errs[0].Element.String() != "(0,)" {
		t.Errorf("got %v; want one division by zero at p.lasp:3:14", errs)
	}
	step(t, m, change(0, -1, 0), change(0, -1, 3))
	see(t, m, v, "{3}")
	if errs := m.Errors(); len(errs) != 0 {
		t.Errorf("got %v; the element is gone, and its error with it", errs)
	}
}

// An IVar with two values is a conflict in itself and in what depends on it.
func TestConflict(t *testing.T) {
	b := newBuilder()
	iv := types.IVarOf(types.Int)
	source := func(name string) int {
		id := b.add(&ir.Node{Kind: ir.Source, Cell: len(b.p.Cells), Cols: []*types.Type{iv}, Type: iv})
		b.p.Cells = append(b.p.Cells, &ir.Cell{Name: name, Kind: types.Of("IVar", types.Int), View: ir.View{Type: iv, Node: id, Closed: -1}})
		return id
	}
	x, y := source("x"), source("y")
	sum := apply("int.add", types.Int, local(0, types.Int), local(1, types.Int))
	n := b.add(&ir.Node{Kind: ir.Join, In: []int{x, y}, Cols: []*types.Type{iv}, Out: []*ir.Expr{sum}})
	v := b.show("z", iv, b.add(&ir.Node{Kind: ir.Distinct, In: []int{n}, Cols: []*types.Type{iv}}))
	m := mustNew(t, b.p)
	see(t, m, v, "unbound")
	step(t, m, change(0, 1, 40))
	see(t, m, v, "unbound")
	step(t, m, change(1, 1, 2))
	see(t, m, v, "42")
	step(t, m, change(1, 1, 3))
	see(t, m, v, "conflict(42, 43)")
}

// sums groups (key, number) by key and adds, and adds all.
func sums(kind string) (p *ir.Program, each, all ir.View) {
	b := newBuilder()
	s := b.cell("s", kind, types.TupleOf(ints(3)...)) // id, key, number
	by := b.add(&ir.Node{Kind: ir.Map, In: []int{s}, Cols: ints(2), Out: project(1, 2)})
	group := b.add(&ir.Node{Kind: ir.Group, In: []int{by}, Keys: 1, Cols: ints(2), Aggs: []ir.Aggregate{{Row: "set.sum_int", Type: types.Int, Arg: local(1, types.Int)}}})
	total := b.add(&ir.Node{Kind: ir.Group, In: []int{by}, Cols: ints(1), Aggs: []ir.Aggregate{{Row: "set.sum_int", Type: types.Int, Arg: local(1, types.Int)}}})
	return b.p, b.show("each", types.MapOf(types.Int, types.Int), group), b.show("all", types.Int, total)
}

// A group lives as long as it has rows, also when its sum is 0; sums pass beyond
// 64 bits and back; a sum that does not fit is an error of its group alone.
func TestGroups(t *testing.T) {
	p, each, all := sums("AWSet")
	m := mustNew(t, p)
	see(t, m, all, "0")
	see(t, m, each, "{}")
	step(t, m, change(0, 1, 1, 7, 5), change(0, 1, 2, 7, -5), change(0, 1, 3, 8, math.MaxInt64), change(0, 1, 4, 8, math.MaxInt64))
	see(t, m, each, "{7: 0}")
	if errs := m.Errors(); len(errs) != 2 || errs[0].Code != "L0501" {
		t.Errorf("got %v; want overflows of the group 8 and of the total", errs)
	}
	step(t, m, change(0, 1, 5, 8, -math.MaxInt64))
	see(t, m, each, "{7: 0, 8: 9223372036854775807}")
	step(t, m, change(0, -1, 1, 7, 5), change(0, -1, 2, 7, -5))
	see(t, m, each, "{8: 9223372036854775807}")
	if errs := m.Errors(); len(errs) != 0 {
		t.Errorf("got %v; the sums fit again", errs)
	}
}

// Whatever the order of arrival, and whatever came and went in between, the same
// state gives the same bytes.
func TestOrderOfArrival(t *testing.T) {
	var rows [][]int64
	r := rand.New(rand.NewPCG(3, 4))
	for i := range int64(60) {
		rows = append(rows, []int64{i, r.Int64N(7), r.Int64() - r.Int64()})
	}
	var want string
	for range 20 {
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		p, each, all := sums("AWSet")
		m := mustNew(t, p)
		for i := 0; i < len(rows); i += 5 {
			var cs []Change
			for _, row := range rows[i : i+5] {
				cs = append(cs, change(0, 1, row...))
			}
			passing := []int64{1000 + int64(i), int64(i % 9), math.MaxInt64}
			step(t, m, append(cs, change(0, 1, passing...))...)
			step(t, m, change(0, -1, passing...))
		}
		a, _ := m.View(each)
		b, _ := m.View(all)
		got := a.String() + b.String()
		if want == "" {
			want = got
		}
		if got != want {
			t.Fatalf("got %s after another order\nwant %s", got, want)
		}
	}
}

// A union of a set with its image, and the two halves of a filter, are whole at
// every moment; the head of a handler sees each row once.
func TestNoGlitches(t *testing.T) {
	b := newBuilder()
	s := b.cell("s", "AWSet", types.Int)
	odd := func(id string) int {
		e := apply(id, types.Bool, apply("int.mod", types.Int, local(0, types.Int), intConst(2)), intConst(1))
		return b.add(&ir.Node{Kind: ir.Map, In: []int{s}, Cols: ints(1), Cond: e, Out: project(0)})
	}
	both := b.add(&ir.Node{Kind: ir.Distinct, In: []int{odd("eq"), odd("ne")}, Cols: ints(1)})
	differ := b.add(&ir.Node{Kind: ir.AntiJoin, In: []int{s, both}, LKey: []int{0}, RKey: []int{0}, Cols: ints(1)})
	head := b.add(&ir.Node{Kind: ir.Sink, In: []int{differ}, Cols: ints(1)})
	b.p.Handlers = []*ir.Handler{{Kind: ir.When, Head: head, HeadTypes: ints(1)}}
	v := b.show("differ", types.SetOf(types.Int), differ)
	m := mustNew(t, b.p)
	r := rand.New(rand.NewPCG(1, 2))
	has := map[int64]bool{}
	for range 200 {
		var cs []Change
		for range 1 + r.IntN(4) {
			x := r.Int64N(10)
			n := int64(1)
			if has[x] {
				n = -1
			}
			has[x] = !has[x]
			cs = append(cs, change(0, n, x))
		}
		if turn := step(t, m, cs...); len(turn.Heads) > 0 {
			t.Fatalf("got %v: a head saw half of a turn", turn.Heads)
		}
		see(t, m, v, "{}")
	}
}

// Out of fuel is a state of the machine: what depends on the recursion shows
// nothing, the rest goes on, and with enough fuel the right value comes.
func TestOutOfFuel(t *testing.T) {
	t.Run("fuel", func(t *testing.T) { outOf(t, Options{Fuel: 200}) })
	t.Run("rows", func(t *testing.T) { outOf(t, Options{MaxRows: 100}) })
}

func outOf(t *testing.T, o Options) {
	b := newBuilder()
	edges := b.cell("edges", "AWSet", types.TupleOf(types.Int, types.Int))
	v := b.closure(edges)
	swapped := b.add(&ir.Node{Kind: ir.Map, In: []int{edges}, Cols: ints(2), Out: project(1, 0)})
	w := b.show("swapped", types.SetOf(types.TupleOf(types.Int, types.Int)), swapped)
	m, err := New(b.p, stdlib.Table(), o)
	if err != nil {
		t.Fatal(err)
	}
	var cs []Change
	for i := range int64(30) {
		cs = append(cs, change(0, 1, i, i+1))
	}
	step(t, m, cs...)
	if _, err := m.View(v); !errors.Is(err, ErrSuspended) {
		t.Errorf("got %v; want the view suspended", err)
	}
	if len(m.Suspended()) == 0 {
		t.Error("no node is reported as suspended")
	}
	got, err := m.View(w)
	if err != nil || got.Len() != 30 {
		t.Errorf("got %s, %v; the rest of the program goes on", got, err)
	}
	for i := range int64(27) { // what is left is within reach
		step(t, m, change(0, -1, i+3, i+4))
	}
	for range 100 {
		step(t, m)
	}
	see(t, m, v, "{(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)}")
	see(t, m, w, "{(1, 0), (2, 1), (3, 2)}")
	step(t, m, change(0, 1, 3, 4))
	see(t, m, w, "{(1, 0), (2, 1), (3, 2), (4, 3)}")
	if len(m.Suspended()) != 0 {
		t.Error("nodes are still suspended")
	}
}

// A better distance takes a node out of what is far, and out of a recursion over
// it: a replaced value is a loss for who asks for the old one.
func TestBetterValueIsALossForAntitoneReaders(t *testing.T) {
	b := newBuilder()
	dist := b.shortest(b.cell("edges", "GSet", types.TupleOf(ints(3)...)))
	far := b.add(&ir.Node{Kind: ir.Map, In: []int{dist.Node}, Cols: ints(1), Out: project(0),
		Cond: apply("lt", types.Bool, intConst(4), local(1, types.Int))})
	rec := b.add(&ir.Node{Kind: ir.Rec, Cols: ints(1)})
	union := b.add(&ir.Node{Kind: ir.Union, In: []int{far, rec}, Cols: ints(1)})
	fix := b.add(&ir.Node{Kind: ir.Fix, In: []int{union}, Rec: rec, Body: []int{union}, Cols: ints(1)})
	b.p.Nodes[rec].Rec = fix
	v := b.show("far", types.SetOf(types.Int), fix)
	m := mustNew(t, b.p)
	step(t, m, change(0, 1, 0, 1, 9), change(0, 1, 0, 2, 8))
	see(t, m, v, "{1, 2}")
	step(t, m, change(0, 1, 0, 1, 3))
	see(t, m, v, "{2}")
}

package vm

import (
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

func TestNonInjectiveMapKeepsItsImage(t *testing.T) {
	b := newBuilder()
	s := b.cell("s", "AWSet", types.Int)
	half := b.add(&ir.Node{Kind: ir.Map, In: []int{s}, Cols: ints(1), Out: []*ir.Expr{apply("int.div", types.Int, local(0, types.Int), intConst(2))}})
	d := b.add(&ir.Node{Kind: ir.Distinct, In: []int{half}, Cols: ints(1)})
	both := b.add(&ir.Node{Kind: ir.Union, In: []int{s, d}, Cols: ints(1)})
	all := b.add(&ir.Node{Kind: ir.Distinct, In: []int{both}, Cols: ints(1)})
	v := b.show("half", types.SetOf(types.Int), d)
	w := b.show("all", types.SetOf(types.Int), all)
	m := mustNew(t, b.p)
	step(t, m, change(0, 1, 4), change(0, 1, 5), change(0, 1, 8))
	see(t, m, v, "{2, 4}")
	see(t, m, w, "{2, 4, 5, 8}")
	step(t, m, change(0, -1, 4))
	see(t, m, v, "{2, 4}")
	see(t, m, w, "{2, 4, 5, 8}")
	step(t, m, change(0, -1, 5))
	see(t, m, v, "{4}")
	see(t, m, w, "{4, 8}")
	step(t, m, change(0, 1, 4), change(0, 1, 5), change(0, 1, 9), change(0, 1, 10), change(0, 1, 11))
	see(t, m, v, "{2, 4, 5}")
	step(t, m, change(0, -1, 4), change(0, -1, 8), change(0, -1, 10)) // more than are carried out at once
	see(t, m, v, "{2, 4, 5}")
	see(t, m, w, "{2, 4, 5, 9, 11}")
}

func TestClosureGrowsAndShrinks(t *testing.T) {
	for _, kind := range []string{"GSet", "AWSet"} {
		b := newBuilder()
		v := b.closure(b.cell("edges", kind, types.TupleOf(types.Int, types.Int)))
		m := mustNew(t, b.p)
		step(t, m, change(0, 1, 1, 2), change(0, 1, 2, 3))
		see(t, m, v, "{(1, 2), (1, 3), (2, 3)}")
		step(t, m, change(0, 1, 3, 2))
		see(t, m, v, "{(1, 2), (1, 3), (2, 2), (2, 3), (3, 2), (3, 3)}")
		if kind == "GSet" {
			continue
		}
		step(t, m, change(0, -1, 1, 2))
		see(t, m, v, "{(2, 2), (2, 3), (3, 2), (3, 3)}")
		step(t, m, change(0, -1, 2, 3), change(0, 1, 5, 6))
		see(t, m, v, "{(3, 2), (5, 6)}")
	}
}

// The rules of a pointer analysis, with facts for which the change of one
// recursive atom must meet the change of the other.
func TestDeltaMeetsDelta(t *testing.T) {
	b := newBuilder()
	pair := types.TupleOf(types.Int, types.Int)
	addr, assign := b.cell("addr", "GSet", pair), b.cell("assign", "GSet", pair)
	load, store := b.cell("load", "GSet", pair), b.cell("store", "GSet", pair)
	rec := b.add(&ir.Node{Kind: ir.Rec, Cols: ints(2)})
	join := func(l, r, lk, rk int, out ...int) int {
		return b.add(&ir.Node{Kind: ir.Join, In: []int{l, r}, LKey: []int{lk}, RKey: []int{rk}, Out: project(out...), Cols: ints(2)})
	}
	viaAssign := join(assign, rec, 1, 0, 0, 3)
	loaded := join(load, rec, 1, 0, 0, 3) // (v, w)
	viaLoad := join(loaded, rec, 1, 0, 0, 3)
	stored := join(store, rec, 0, 0, 1, 3) // (q, w)
	viaStore := join(stored, rec, 0, 0, 1, 3)
	union := b.add(&ir.Node{Kind: ir.Union, In: []int{addr, viaAssign, viaLoad, viaStore}, Cols: ints(2)})
	fix := b.add(&ir.Node{Kind: ir.Fix, In: []int{union}, Rec: rec, Body: []int{viaAssign, loaded, viaLoad, stored, viaStore, union}, Cols: ints(2)})
	v := b.show("pt", types.SetOf(pair), fix)
	m := mustNew(t, b.p)
	step(t, m, change(0, 1, 52, 18), change(0, 1, 19, 36), change(0, 1, 56, 38), change(1, 1, 36, 52), change(2, 1, 15, 38), change(3, 1, 56, 19))
	see(t, m, v, "{(15, 18), (19, 36), (36, 18), (38, 36), (52, 18), (56, 38)}")
}

// Rows that were said to be new and are not add up like others, wherever they
// are looked for.
func TestRowsThatCameTwice(t *testing.T) {
	tb := newTable(2)
	x := tb.index([]int{0})
	tb.extend([]value.Word{1, 2, 3, 4, 1, 2}, 3)
	tb.commit()
	if r, ok := tb.find([]value.Word{1, 2}); !ok || tb.now(r) != 2 || tb.live() != 2 {
		t.Errorf("found %t, %d rows; want one row with the count 2 and another", ok, tb.live())
	}
	n := 0
	for r := x.first([]value.Word{1}); r != 0; r = x.next[r-1] {
		n += int(tb.now(r - 1))
	}
	if n != 2 {
		t.Errorf("the index leads to the count %d, want 2", n)
	}
	tb.add([]value.Word{1, 2}, -2)
	tb.commit()
	tb.extend([]value.Word{5, 6}, 1)
	tb.add([]value.Word{7, 8}, 1)
	got := 0
	tb.each(func(uint32, int64) { got++ })
	if _, ok := tb.find([]value.Word{1, 2}); ok || got != 3 || tb.live() != 3 {
		t.Errorf("a row that left is found: %t; %d rows and %d by number, want 3", ok, got, tb.live())
	}
}

// TestPrepareIsWhatTheFirstChangeNeeds loads a relation that can lose rows and one that
// cannot. Prepare hashes the rows of the first only, and what a removal then brings about
// is the same as without.
func TestPrepareIsWhatTheFirstChangeNeeds(t *testing.T) {
	b := newBuilder()
	removable, growing := b.cell("removable", "AWSet", types.Int), b.cell("growing", "GSet", types.Int)
	left := b.show("left", types.SetOf(types.Int), b.add(&ir.Node{Kind: ir.AntiJoin, In: []int{growing, removable}, LKey: []int{0}, RKey: []int{0}, Cols: ints(1)}))
	load := []Change{{Cell: 0, Mult: 1}, {Cell: 1, Mult: 1}}
	for i := range 5000 {
		load[0].Row, load[1].Row = append(load[0].Row, value.Word(i)), append(load[1].Row, value.Word(i+10))
	}
	plain, prepared := mustNew(t, b.p), mustNew(t, b.p)
	for _, m := range []*Machine{plain, prepared} {
		step(t, m, load...)
	}
	prepared.Prepare()
	if tb := prepared.nodes[removable].table; tb.hashed != tb.n || tb.n != 5000 {
		t.Errorf("of %d rows that can leave %d are hashed", tb.n, tb.hashed)
	}
	for _, m := range []*Machine{plain, prepared} {
		step(t, m, change(0, -1, 77), change(0, -1, 4000))
	}
	for _, m := range []*Machine{plain, prepared} {
		see(t, m, left, "{77, 4000, 5000, 5001, 5002, 5003, 5004, 5005, 5006, 5007, 5008, 5009}")
	}
}

package vm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/stdlib"
)

// filtersOf is a program of many filters over a set of (Int, Int, String), with tests
// that can be told apart, tests that cannot, and such as fail for some rows.
func filtersOf(r *rand.Rand, n int) (*ir.Program, []ir.View) {
	b := newBuilder()
	cols := []*types.Type{types.Int, types.Int, types.String}
	s := b.cell("s", "AWSet", types.TupleOf(cols...))
	subjects := []func() *ir.Expr{
		func() *ir.Expr { return local(0, types.Int) },
		func() *ir.Expr { return apply("int.mod", types.Int, local(0, types.Int), local(1, types.Int)) },
		func() *ir.Expr { return apply("int.add", types.Int, local(0, types.Int), intConst(1)) },
	}
	bounds := []int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, 2, 3, math.MaxInt64 - 1, math.MaxInt64}
	test := func() *ir.Expr {
		if r.IntN(4) == 0 {
			text := &ir.Expr{Op: ir.EConst, Type: types.String, Value: value.MakeString(fmt.Sprint("t", r.IntN(4)))}
			return apply([]string{"eq", "ne"}[r.IntN(2)], types.Bool, local(2, types.String), text)
		}
		x, k := subjects[r.IntN(len(subjects))](), intConst(bounds[r.IntN(len(bounds))])
		op := []string{"eq", "eq", "lt", "le", "gt", "ge", "ne"}[r.IntN(7)]
		if r.IntN(3) == 0 {
			x, k = k, x
		}
		return apply(op, types.Bool, x, k)
	}
	var views []ir.View
	for i := range n {
		cond := test()
		for range r.IntN(3) {
			cond = &ir.Expr{Op: ir.EIf, Type: types.Bool, Args: []*ir.Expr{cond, test(), isTrue(false)}}
		}
		out := []*ir.Expr{local(0, types.Int), apply("int.add", types.Int, local(1, types.Int), intConst(int64(i)))}
		f := b.add(&ir.Node{Kind: ir.Map, In: []int{s}, Cols: ints(2), Cond: cond, Out: out})
		d := b.add(&ir.Node{Kind: ir.Distinct, In: []int{f}, Cols: ints(2)})
		views = append(views, b.show(fmt.Sprint("v", i), types.SetOf(types.TupleOf(types.Int, types.Int)), d))
	}
	return b.p, views
}

// A machine that wakes the filters that a row passes shows the same, turn by turn and
// to the last error, as one that offers every row to all.
func TestDispatch(t *testing.T) {
	woken := 0
	for seed := range seeds(t, 12) {
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		p, views := filtersOf(r, 5+r.IntN(40))
		m, twin := mustNew(t, p), mustNew(t, p)
		for _, n := range twin.nodes {
			n.dispatch = nil
		}
		for _, n := range m.nodes {
			if n.dispatch != nil {
				woken++
			}
		}
		held := map[[3]int64]bool{}
		numbers := []int64{math.MinInt64, -1, 0, 1, 2, 3, 4, 5, math.MaxInt64}
		for turn := range 40 {
			var ours, theirs []Change
			for range 1 + r.IntN(4)*r.IntN(40) {
				row := [3]int64{numbers[r.IntN(len(numbers))], int64(r.IntN(4)), int64(r.IntN(4))}
				mult := int64(1)
				if held[row] {
					mult = -1
				}
				held[row] = !held[row]
				words := func(m *Machine) []value.Word {
					return []value.Word{value.Word(row[0]), value.Word(row[1]), m.in.Word(value.MakeString(fmt.Sprint("t", row[2])))}
				}
				ours = append(ours, Change{Row: words(m), Mult: mult})
				theirs = append(theirs, Change{Row: words(twin), Mult: mult})
			}
			a, b := step(t, m, ours...), step(t, twin, theirs...)
			if fmt.Sprint(a) != fmt.Sprint(b) {
				t.Fatalf("seed %d, turn %d: %v, and %v without dispatch", seed, turn, a, b)
			}
			for i, v := range views {
				got, _ := m.View(v)
				want, _ := twin.View(v)
				if !value.Equal(got, want) {
					t.Fatalf("seed %d, turn %d: view %d is %s, and %s without dispatch; it is where %s", seed, turn, i, got, want,
						ir.PrintExpr(p, p.Nodes[p.Nodes[views[i].Node].In[0]].Cond, p.Nodes[0].Cols))
				}
			}
			if got, want := fmt.Sprint(m.Errors()), fmt.Sprint(twin.Errors()); got != want {
				t.Fatalf("seed %d, turn %d: errors %s, and %s without dispatch", seed, turn, got, want)
			}
		}
	}
	if woken == 0 {
		t.Error("no program had filters to tell apart")
	}
}

// A change wakes the filters that it passes, and none of the others.
func TestDispatchWakesWhatPasses(t *testing.T) {
	b := newBuilder()
	s := b.cell("s", "AWSet", types.Int)
	const n = 1000
	for i := range n {
		cond := apply("eq", types.Bool, apply("int.mod", types.Int, local(0, types.Int), intConst(n)), intConst(int64(i)))
		b.show(fmt.Sprint("v", i), types.SetOf(types.Int), b.add(&ir.Node{Kind: ir.Map, In: []int{s}, Cols: ints(1), Cond: cond, Out: project(0)}))
	}
	m, err := New(b.p, stdlib.Table(), Options{Stats: true})
	if err != nil {
		t.Fatal(err)
	}
	step(t, m)
	for x := range int64(10) {
		step(t, m, change(0, 1, x))
	}
	for _, n := range m.Stats().Nodes {
		if n.Kind == ir.Map && n.Runs > 1 {
			t.Errorf("a filter ran %d times, and one row passes it", n.Runs)
		}
	}
	if ran := len(m.Stats().Nodes); ran != 1+10 {
		t.Errorf("%d nodes ran, want the source and 10 filters", ran)
	}
}

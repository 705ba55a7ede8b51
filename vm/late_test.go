package vm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/stdlib"
)

// latePlan is a random condition on rows of two integers with a set of the rows that
// pass, thinned to some columns, and counts of all that pass and of the set.
func latePlan(seed uint64) *ir.Program {
	c := &coder{rand.New(rand.NewPCG(seed, 17))}
	b := newBuilder()
	pair := types.TupleOf(types.Int, types.Int)
	src := b.cell("s", []string{"GSet", "AWSet"}[seed%2], pair)
	orders := []string{"lt", "ge", "eq", "ne"}
	cond := apply(orders[c.r.IntN(4)], types.Bool, apply([]string{"int.div", "int.mod", "int.mul"}[c.r.IntN(3)], types.Int, intConst(60), local(1, types.Int)), intConst(int64(c.r.IntN(9))))
	if c.r.IntN(2) == 0 {
		cond = &ir.Expr{Op: ir.EIf, Type: types.Bool, Args: []*ir.Expr{cond, apply("gt", types.Bool, local(0, types.Int), intConst(3)), isTrue(false)}}
	}
	outs := [][]*ir.Expr{project(0), project(1), project(1, 0)}[c.r.IntN(3)]
	cols := ints(len(outs))
	for _, set := range []bool{false, true} {
		n := b.add(&ir.Node{Kind: ir.Map, In: []int{src}, Cond: cond, Out: outs, Cols: cols})
		if set {
			n = b.add(&ir.Node{Kind: ir.Distinct, In: []int{n}, Cols: cols})
			elem := types.Int
			if len(cols) == 2 {
				elem = pair
			}
			b.show("set", types.SetOf(elem), n)
		}
		count := types.MaxOf(types.Nat)
		b.show(fmt.Sprint("count ", set), count, b.add(&ir.Node{Kind: ir.Group, In: []int{n}, Cols: []*types.Type{count}, Aggs: []ir.Aggregate{{Row: "set.size", Type: count}}}))
	}
	return b.p
}

// What passes and is not spelled out is what passes one by one: in sets, in counts,
// in failures, where rows leave too, and in what is counted of the work.
func TestLateIsRows(t *testing.T) {
	picked, numbered, failed := 0, 0, 0
	for seed := range uint64(seeds(t, 60)) {
		p := latePlan(seed)
		many, one := statsMachine(t, p), statsMachine(t, p)
		for _, n := range many.nodes {
			picked += int(bit(n.hands == handPicks))
			numbered += int(bit(n.hands == handNumber))
		}
		r := rand.New(rand.NewPCG(seed, 18))
		held := map[[2]int64]bool{}
		for range 4 {
			var turn []Change
			for range r.IntN(3 * batchRows) {
				row := [2]int64{r.Int64N(40), r.Int64N(60) - 3}
				if held[row] && (seed%2 == 0 || r.IntN(3) > 0) {
					continue
				}
				c := change(0, 1, row[0], row[1])
				if held[row] {
					c.Mult = -1
				}
				held[row] = !held[row]
				turn = append(turn, c)
			}
			step(t, many, turn...)
			for _, c := range turn {
				step(t, one, c)
			}
			for _, s := range p.Shows {
				got, err := many.View(s.View)
				want, err2 := one.View(s.View)
				if err != nil || err2 != nil || !value.Equal(got, want) {
					t.Fatalf("seed %d: `%s` of many rows is %v, %v; row by row %v, %v", seed, s.Name, got, err, want, err2)
				}
			}
			got, want := failures(many), failures(one)
			if got != want {
				t.Fatalf("seed %d: many rows fail with\n%s\nrow by row\n%s", seed, got, want)
			}
			failed += len(many.Errors())
		}
	}
	if picked < 20 || numbered < 20 || failed < 20 {
		t.Errorf("%d sets, %d counts and %d failures show little", picked, numbered, failed)
	}
}

// failures are the errors of a machine, whichever of two nodes of one text tells them.
func failures(m *Machine) string {
	all := m.Errors()
	for i := range all {
		all[i].Node = 0
	}
	return fmt.Sprint(all)
}

func statsMachine(t *testing.T, p *ir.Program) *Machine {
	m, err := New(p, stdlib.Table(), Options{Stats: true})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The rows that pass are bounded also where they are not spelled out.
func TestLateIsBounded(t *testing.T) {
	m, err := New(numbersProgram(), stdlib.Table(), Options{MaxRows: 2 * batchRows})
	if err != nil {
		t.Fatal(err)
	}
	var words []value.Word
	for i := range 4 * batchRows {
		words = append(words, value.Word(i), 9) // all pass
	}
	step(t, m, Change{Row: words, Mult: 1})
	if len(m.Suspended()) == 0 {
		t.Error("twice as many rows as one relation may have passed")
	}
}

// A test of a range is each comparison with a constant, and nothing else.
func TestRangeIsComparison(t *testing.T) {
	ends := []int64{-1 << 63, -1<<63 + 1, -2, -1, 0, 1, 2, 1<<63 - 2, 1<<63 - 1}
	for mask := range int32(8) {
		for _, k := range ends {
			words := make([]value.Word, len(ends))
			for i, x := range ends {
				words[i] = value.Word(x)
			}
			got, want := make([]byte, len(ends)), make([]byte, len(ends))
			compareK(got, words, k, mask)
			for i, x := range ends {
				if x < k && mask&isLess != 0 || x == k && mask&isEqual != 0 || x > k && mask&isGreater != 0 {
					want[i] = 1
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("mask %d, %d: got %v, want %v", mask, k, got, want)
			}
		}
	}
}

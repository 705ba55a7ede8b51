package vm

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// TestRowsThatAreLentAreRead gives one machine the first rows of a cell in one
// change and another row by row, and goes on with small steps: both show the same,
// and nobody writes into the memory of the change, although rows leave and others
// come, also where they should not be able to. The memory of a cell that can lose
// rows is given something else to hold as soon as the step is over.
func TestRowsThatAreLentAreRead(t *testing.T) {
	for seed := range uint64(20) {
		for _, kind := range []string{"GSet", "AWSet"} {
			rnd := rand.New(rand.NewPCG(seed, 3))
			b := newBuilder()
			s := b.cell("s", kind, types.TupleOf(types.Int, types.Int))
			last := b.add(&ir.Node{Kind: ir.Map, In: []int{s}, Cols: ints(1), Out: project(1)})
			all := b.show("all", types.SetOf(types.TupleOf(types.Int, types.Int)), s)
			image := b.show("last", types.SetOf(types.Int), b.add(&ir.Node{Kind: ir.Distinct, In: []int{last}, Cols: ints(1)}))
			lent, one := mustNew(t, b.p), mustNew(t, b.p)
			n := lentRows + rnd.IntN(300)
			rows := make([]value.Word, 0, 2*n+100)
			var single []Change
			for i := range n {
				row := []value.Word{value.Word(i), value.Word(rnd.IntN(50))}
				rows, single = append(rows, row...), append(single, Change{Row: row, Mult: 1})
			}
			first := []Change{{Row: rows, Mult: 1}}
			if seed%3 == 0 { // something else of the cell comes with them
				extra := Change{Row: []value.Word{1 << 20, 7}, Mult: 1}
				first, single = slices.Insert(first, rnd.IntN(2), extra), append(single, extra)
			}
			step(t, lent, first...)
			step(t, one, single...)
			before := slices.Clone(rows[:cap(rows)])
			if kind == "AWSet" {
				for i := range rows {
					rows[i] = 99
				}
				before = slices.Clone(rows[:cap(rows)])
			}
			held := map[[2]int64]bool{}
			for turn := range 30 {
				at := [2]int64{rnd.Int64N(int64(n) + 40), 60}
				mult := int64(1)
				if held[at] {
					mult = -1
				}
				held[at] = !held[at]
				for _, m := range []*Machine{lent, one} {
					step(t, m, change(0, mult, at[0], at[1]))
				}
				if turn == 20 {
					for _, m := range []*Machine{lent, one} {
						step(t, m, Change{Row: slices.Clone(single[5].Row), Mult: -1})
						step(t, m, change(0, 1, 5, 70))
					}
				}
			}
			for _, v := range []ir.View{all, image} {
				want, err := one.View(v)
				if err != nil {
					t.Fatal(err)
				}
				see(t, lent, v, want.String())
			}
			if !slices.Equal(rows[:cap(rows)], before) {
				t.Fatalf("seed %d, %s: the rows of the change were written to", seed, kind)
			}
		}
	}
}

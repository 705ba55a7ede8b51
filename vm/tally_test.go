package vm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// TestGroupsAreCounted counts rows by one column and by two, and sums one, behind a
// projection that nothing spells out, and compares with a plain map: with groups
// that end and come again under other keys, negative keys, large ones, and steps of
// one row and of many.
func TestGroupsAreCounted(t *testing.T) {
	for seed := range uint64(seeds(t, 25)) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		b := newBuilder()
		count := types.Int
		s := b.cell("s", "AWSet", types.TupleOf(types.Int, types.Int, types.Int))
		one := b.add(&ir.Node{Kind: ir.Map, In: []int{s}, Cols: ints(1), Out: project(1)})
		two := b.add(&ir.Node{Kind: ir.Map, In: []int{s}, Cols: ints(2), Out: project(2, 1)})
		sum := b.add(&ir.Node{Kind: ir.Map, In: []int{s}, Cols: ints(2), Out: project(1, 2)})
		size := ir.Aggregate{Row: "set.size", Type: count}
		by1 := b.add(&ir.Node{Kind: ir.Group, In: []int{one}, Keys: 1, Cols: ints(2), Aggs: []ir.Aggregate{size}})
		by2 := b.add(&ir.Node{Kind: ir.Group, In: []int{two}, Keys: 2, Cols: ints(3), Aggs: []ir.Aggregate{size}})
		sums := b.add(&ir.Node{Kind: ir.Group, In: []int{sum}, Keys: 1, Cols: ints(2), Aggs: []ir.Aggregate{{Row: "set.sum_int", Type: types.Int, Arg: local(1, types.Int)}}})
		v1 := b.show("one", types.SetOf(types.TupleOf(types.Int, types.Int)), by1)
		v2 := b.show("two", types.SetOf(types.TupleOf(types.Int, types.Int, types.Int)), by2)
		v4 := b.show("all", types.Int, b.add(&ir.Node{Kind: ir.Group, In: []int{s}, Cols: ints(1), Aggs: []ir.Aggregate{size}}))
		v5 := b.show("projected", types.Int, b.add(&ir.Node{Kind: ir.Group, In: []int{b.add(&ir.Node{Kind: ir.Map, In: []int{s}, Cols: ints(1), Out: project(2)})}, Cols: ints(1), Aggs: []ir.Aggregate{size}}))
		v3 := b.show("sum", types.SetOf(types.TupleOf(types.Int, types.Int)), sums)
		m := mustNew(t, b.p)
		held := map[[3]int64]bool{}
		scale := []int64{1, 1, 1, -1, 1 << 40}[rnd.IntN(5)]
		for turn := range 12 {
			var changes []Change
			span := 1 + rnd.Int64N(1<<rnd.IntN(10))
			touched := map[[3]int64]bool{}
			for range 1 + rnd.IntN(1<<rnd.IntN(11)) {
				row := [3]int64{rnd.Int64N(2000), scale * rnd.Int64N(span), rnd.Int64N(4)}
				if touched[row] || held[row] && rnd.IntN(8) > turn {
					continue
				}
				touched[row] = true
				mult := int64(1)
				if held[row] {
					mult = -1
					delete(held, row)
				} else {
					held[row] = true
				}
				changes = append(changes, change(0, mult, row[:]...))
			}
			if turn%4 == 3 { // all of it leaves
				for row := range held {
					if !touched[row] {
						changes = append(changes, change(0, -1, row[:]...))
						delete(held, row)
					}
				}
			}
			step(t, m, changes...)
			n1, n2, n3 := map[[2]int64]int64{}, map[[2]int64]int64{}, map[[2]int64]int64{}
			for row := range held {
				n1[[2]int64{row[1]}]++
				n2[[2]int64{row[2], row[1]}]++
				n3[[2]int64{row[1]}] += row[2]
			}
			see(t, m, v1, spelled(n1, 1))
			see(t, m, v2, spelled(n2, 2))
			see(t, m, v3, spelled(n3, 1))
			see(t, m, v4, fmt.Sprint(len(held)))
			see(t, m, v5, fmt.Sprint(len(held)))
			if t.Failed() {
				t.Fatalf("seed %d, turn %d", seed, turn)
			}
		}
	}
}

// spelled is groups of so many keys and their results as a set.
func spelled(groups map[[2]int64]int64, keys int) string {
	var list []value.Value
	for k, n := range groups {
		row := []value.Value{value.MakeInt(k[0]), value.MakeInt(k[1])}
		list = append(list, value.MakeTuple(append(row[:keys:keys], value.MakeInt(n))...))
	}
	slices.SortFunc(list, value.Compare)
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = fmt.Sprint(v)
	}
	return "{" + strings.Join(texts, ", ") + "}"
}

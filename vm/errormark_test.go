package vm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
)

// TestErrorMarkSaysThatErrorsChange divides by a column and sums another one beyond
// what fits, so that rows and groups fail and recover and the errors of groups say
// something else, and compares the errors after each step with those before: where
// they are others the mark is another one. Steps that change no error leave it.
func TestErrorMarkSaysThatErrorsChange(t *testing.T) {
	b := newBuilder()
	num := types.Int
	s := b.cell("s", "AWSet", types.TupleOf(num, num, num))
	quotient := apply("int.div", num, local(0, num), local(1, num))
	b.show("quotients", types.SetOf(num), b.add(&ir.Node{Kind: ir.Distinct, In: []int{b.add(&ir.Node{Kind: ir.Map, In: []int{s}, Cols: ints(1), Out: []*ir.Expr{quotient}})}, Cols: ints(1)}))
	sum := ir.Aggregate{Row: "set.sum_int", Type: num, Arg: local(2, num)}
	b.show("sums", types.SetOf(types.TupleOf(num, num)), b.add(&ir.Node{Kind: ir.Group, In: []int{s}, Keys: 1, Cols: ints(2), Aggs: []ir.Aggregate{sum}}))
	m := mustNew(t, b.p)
	rnd := rand.New(rand.NewPCG(1, 13))
	held := map[[3]int64]bool{}
	changed, stayed := 0, 0
	for range 400 {
		row := [3]int64{rnd.Int64N(3), rnd.Int64N(9), []int64{1, 2, 3, 4, 5, 6, 7, math.MaxInt64}[rnd.IntN(8)]}
		mult := int64(1)
		if held[row] {
			mult = -1
		}
		held[row] = !held[row]
		mark, was := m.ErrorMark(), fmt.Sprint(m.Errors())
		step(t, m, change(0, mult, row[:]...))
		switch now := fmt.Sprint(m.Errors()); {
		case now != was && m.ErrorMark() == mark:
			t.Fatalf("the errors were %s and are %s, and the mark stays", was, now)
		case now != was:
			changed++
		case m.ErrorMark() == mark:
			stayed++
		}
	}
	if changed < 20 || stayed < 10 {
		t.Errorf("the errors changed in %d steps, and the mark stayed in %d", changed, stayed)
	}
}

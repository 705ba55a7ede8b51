package value

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestRowsTogetherAreRowsOneByOne holds AddAll against Add row by row: the same
// numbers, with rows that are there, that come twice, and with numbers to be used
// again, across growth of the index.
func TestRowsTogetherAreRowsOneByOne(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		width := 1 + rnd.IntN(3)
		one, all := NewRows(width), NewRows(width)
		for range 6 {
			n := rnd.IntN(1200)
			rows := make([]Word, n*width)
			for i := range rows {
				rows[i] = Word(rnd.IntN(40))
			}
			to, fresh := make([]uint32, n), make([]bool, n)
			added := all.AddAll(rows, to, fresh)
			for i := range n {
				at, is := one.Add(rows[i*width : (i+1)*width])
				if at != int(to[i]) || is != fresh[i] {
					t.Fatalf("seed %d: row %d is number %d, new %v; one by one it is %d, %v", seed, i, to[i], fresh[i], at, is)
				}
				if is {
					added--
				}
			}
			if added != 0 || one.Len() != all.Len() {
				t.Fatalf("seed %d: %d rows, one by one %d; the count of new ones is wrong by %d", seed, all.Len(), one.Len(), added)
			}
			for i := range one.Cap() {
				if one.Live(i) && rnd.IntN(2) == 0 {
					row := slices.Clone(one.Row(i))
					if !one.Delete(row) || !all.Delete(row) {
						t.Fatalf("seed %d: row %d cannot be deleted", seed, i)
					}
				}
			}
		}
	}
}

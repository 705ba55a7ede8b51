package value

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkRowsLoaded adds half a million rows in blocks, as a data file comes: in
// any order, and in order.
func BenchmarkRowsLoaded(b *testing.B) {
	const n, block = 500_000, 8192
	shapes := map[string]func(i int) Word{
		"any order": func(int) Word { return rand.Uint64N(100_000) },
		"in order":  func(i int) Word { return Word(i) },
	}
	for name, first := range shapes {
		data := make([]Word, 0, 3*n)
		for i := range n {
			data = append(data, first(i), rand.Uint64N(100_000), rand.Uint64N(100))
		}
		to, fresh := make([]uint32, block), make([]bool, block)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				rows := NewRows(3)
				rows.Reserve(n)
				for at := 0; at < n; at += block {
					k := min(block, n-at)
					rows.AddAll(data[3*at:3*(at+k)], to[:k], fresh[:k])
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
		})
	}
}

package feed

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/laspc/lasp/lang/value"
)

// BenchmarkPlainLines reads numbered words by one reader, from memory.
func BenchmarkPlainLines(b *testing.B) {
	const n = 300_000
	var data bytes.Buffer
	for i := range n {
		fmt.Fprintf(&data, "%d\tw%d\n", i, rand.IntN(50_000))
	}
	in := value.NewInterner()
	for b.Loop() {
		err := schema(b).LoadFrom("numbered", "n.tsv", bytes.NewReader(data.Bytes()), Sink{Interner: in, Rows: func(Rows) error { return nil }})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
}

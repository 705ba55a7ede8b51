package state

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// pairsOf is n different (Int, String) elements.
func pairsOf(n int) []value.Value {
	list := make([]value.Value, n)
	for i := range list {
		list[i] = value.MakeTuple(value.MakeInt(int64(i)), value.MakeString(fmt.Sprintf("w%d", i)))
	}
	return list
}

func storeOf(b *testing.B, name, kind string) *Store {
	s := New(lattice.Actor{Node: name, Inc: 1}, "", value.NewInterner())
	if err := s.Declare(CellSpec{ID: "c", Kind: kindOf(b, kind)}); err != nil {
		b.Fatal(err)
	}
	return s
}

// benchDelta is the delta of the last turn, as a replica holds it.
var benchDelta lattice.Delta

func mutate(b *testing.B, s *Store, path []value.Value, mutator string, args ...value.Value) *lattice.Delta {
	t := s.Begin(1, lattice.Firing{})
	if err := t.Mutate("c", path, mutator, args); err != nil {
		b.Fatal(err)
	}
	t.CommitTo(&benchDelta)
	return &benchDelta
}

// BenchmarkLoad puts a million (Int, String) elements into a set in one turn,
// and reports the memory that they take beside the interner and with it.
func BenchmarkLoad(b *testing.B) {
	const n = 1_000_000
	for _, kind := range []string{"GSet[(Int, String)]", "AWSet[(Int, String)]"} {
		b.Run(kind, func(b *testing.B) {
			elems := value.MakeList(pairsOf(n))
			for b.Loop() {
				s := storeOf(b, "a", kind)
				mutate(b, s, nil, "add_all", elems)
				b.ReportMetric(float64(s.Size().Bytes)/n, "store-B/elem")
				b.ReportMetric(float64(s.Size().Bytes+s.in.Size())/n, "B/elem")
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/elem")
		})
	}
}

func BenchmarkAddRemove(b *testing.B) {
	elems := pairsOf(100_000)
	s := storeOf(b, "a", "AWSet[(Int, String)]")
	b.Run("add", func(b *testing.B) {
		i := 0
		for b.Loop() {
			mutate(b, s, nil, "add", elems[i%len(elems)])
			i++
		}
	})
	b.Run("remove", func(b *testing.B) {
		i := 0
		for b.Loop() {
			mutate(b, s, nil, "remove", elems[i%len(elems)])
			i++
		}
	})
}

func BenchmarkIncrement(b *testing.B) {
	for kind, path := range map[string][]value.Value{"GCounter": nil, "GMap[String, GCounter]": {value.MakeString("k")}} {
		b.Run(kind, func(b *testing.B) {
			s := storeOf(b, "a", kind)
			for b.Loop() {
				mutate(b, s, path, "increment", value.MakeInt(1))
			}
		})
	}
}

// BenchmarkSync brings a million elements to another replica through encoded
// deltas and reports the bytes on the way.
func BenchmarkSync(b *testing.B) {
	const n = 1_000_000
	a := storeOf(b, "a", "AWSet[(Int, String)]")
	mutate(b, a, nil, "add_all", value.MakeList(pairsOf(n/2)))
	for _, v := range pairsOf(n)[n/2:] {
		mutate(b, a, nil, "add", v)
	}
	runtime.GC()
	for b.Loop() {
		c, size := storeOf(b, "c", "AWSet[(Int, String)]"), 0
		for d := range a.Since(c.Vector().Clone(), Limits{}) {
			enc, err := lattice.EncodeDelta(d)
			if err != nil {
				b.Fatal(err)
			}
			size += len(enc)
			back, err := lattice.DecodeDelta(enc, c, codec.Limits{})
			if err != nil {
				b.Fatal(err)
			}
			if _, _, err := c.Apply(back); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(size)/n, "wire-B/elem")
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/elem")
}

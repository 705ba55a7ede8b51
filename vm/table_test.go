package vm

import (
	"math/rand/v2"
	"runtime/debug"
	"testing"

	"github.com/laspc/lasp/lang/value"
)

// Rows that are hashed late take a loop, not a stack that grows with them.
func TestLateHashingTakesNoStack(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(8 << 20))
	const rows = 200_000
	tb := newTable(1)
	words := make([]value.Word, rows)
	for i := range words {
		words[i] = value.Word(3 * i)
	}
	tb.extend(words, rows)
	for i, w := range []value.Word{0, 3, 3 * (rows - 1)} {
		if r, ok := tb.find([]value.Word{w}); !ok || tb.row(r)[0] != w {
			t.Errorf("lookup %d: row %d (%t) for %d", i, r, ok, w)
		}
	}
	if _, ok := tb.find([]value.Word{1}); ok {
		t.Error("a row that is not there was found")
	}
}

// TestTableAgainstAMap takes rows in and out, one a step and several, and compares what
// a step changed, what is held and what an index finds with a plain map: with counts
// above one, rows that come and leave within a step, and ids that are used again.
func TestTableAgainstAMap(t *testing.T) {
	for seed := range uint64(seeds(t, 40)) {
		rnd := rand.New(rand.NewPCG(seed, 11))
		tb, set := newTable(2), rnd.IntN(2) == 0
		tb.loses = true
		x := tb.index([]int{1})
		held := map[[2]value.Word]int64{}
		span := 2 + rnd.IntN(60)
		for range 300 {
			d, was := delta{width: 2}, map[[2]value.Word]int64{}
			for range 1 + rnd.IntN(3)*rnd.IntN(4) {
				row, n := [2]value.Word{value.Word(rnd.IntN(span)), value.Word(rnd.IntN(3))}, int64(1)
				if held[row] > 0 && rnd.IntN(3) > 0 {
					n = -held[row]
				}
				if _, known := was[row]; !known {
					was[row] = held[row]
				}
				if held[row] += n; held[row] == 0 {
					delete(held, row)
				}
				d.add(row[:], n)
			}
			d.settle(tb, set)
			net := map[[2]value.Word]int64{}
			for i := range d.len() {
				net[[2]value.Word(d.row(i))] += d.mult[i]
			}
			for row, old := range was {
				want := held[row] - old
				if set {
					want = sign(held[row]) - sign(old)
				}
				if net[row] != want {
					t.Fatalf("seed %d: row %v changes by %d, want %d", seed, row, net[row], want)
				}
				delete(net, row)
			}
			tb.commit()
			if len(net) > 0 || tb.live() != len(held) {
				t.Fatalf("seed %d: beside that %v changes; %d rows are held, want %d", seed, net, tb.live(), len(held))
			}
		}
		found := 0
		for key := range value.Word(3) {
			for r := x.first([]value.Word{key}); r != 0; r = x.next[r-1] {
				row := [2]value.Word(tb.row(r - 1))
				if at, ok := tb.find(row[:]); row[1] != key || !ok || at != r-1 || tb.now(at) != held[row] {
					t.Fatalf("seed %d: under %d there is %v", seed, key, row)
				}
				found++
			}
		}
		if found != len(held) {
			t.Fatalf("seed %d: the index finds %d rows of %d", seed, found, len(held))
		}
	}
}

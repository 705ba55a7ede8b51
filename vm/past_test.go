package vm

import (
	"math/rand/v2"
	"testing"

	"github.com/laspc/lasp/lang/value"
)

// What a table counted before the step, what it counts now and what the step changed
// are those of two maps, whatever rows come, leave and come back in a step, few or
// many, and whatever ids they get.
func TestTableKeepsThePast(t *testing.T) {
	for seed := range seeds(t, 20) {
		r := rand.New(rand.NewPCG(uint64(seed), 3))
		tb := newTable(1)
		tb.loses = seed%2 == 0
		was, now := map[uint64]int64{}, map[uint64]int64{}
		for range 60 {
			for range r.IntN(3) * r.IntN(60) {
				key, n := uint64(r.IntN(100)), int64(1)
				if now[key] > 0 && r.IntN(2) == 0 {
					n = -now[key]
				}
				now[key] += n
				tb.add([]value.Word{value.Word(key)}, n)
				if r.IntN(4) == 0 {
					samePast(t, seed, tb, was, now)
				}
			}
			samePast(t, seed, tb, was, now)
			changed := map[uint64]bool{}
			tb.changes(func(row uint32, old, count int64) {
				key := uint64(tb.row(row)[0])
				if changed[key] || old == count || was[key] != old || now[key] != count {
					t.Fatalf("seed %d: %d went from %d to %d, and from %d to %d as the table tells", seed, key, was[key], now[key], old, count)
				}
				changed[key] = true
			})
			for key := range now {
				if was[key] != now[key] && !changed[key] {
					t.Fatalf("seed %d: the table does not tell that %d went from %d to %d", seed, key, was[key], now[key])
				}
			}
			tb.commit()
			for key, n := range now {
				if was[key] = n; n == 0 {
					delete(now, key)
					delete(was, key)
				}
			}
			if tb.live() != len(now) {
				t.Fatalf("seed %d: %d rows are held, want %d", seed, tb.live(), len(now))
			}
			samePast(t, seed, tb, was, now)
		}
	}
}

func samePast(t *testing.T, seed int, tb *table, was, now map[uint64]int64) {
	t.Helper()
	for key := range uint64(100) {
		row, ok := tb.find([]value.Word{value.Word(key)})
		switch {
		case !ok && (was[key] != 0 || now[key] != 0):
			t.Fatalf("seed %d: %d is not held, and counted %d and counts %d", seed, key, was[key], now[key])
		case ok && (tb.old(row) != was[key] || tb.now(row) != now[key]):
			t.Fatalf("seed %d: %d counted %d and counts %d, want %d and %d", seed, key, tb.old(row), tb.now(row), was[key], now[key])
		}
	}
}

package vm

import (
	"math/rand/v2"
	"testing"
)

// TestClimbQueueHandsOutAll: every item comes out once, the least rank first as
// long as no value comes against the order, and in the order of pushing once too
// many did.
func TestClimbQueueHandsOutAll(t *testing.T) {
	gaveUp := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 5))
		var q climbQueue
		q.begin(seed%5 != 0)
		held := map[climbItem]int{}
		var pushed []climbItem
		floor, back := uint64(0), r.IntN(3) == 0
		for range 2_000 {
			if r.IntN(5) < 3 {
				w := climbItem{floor + r.Uint64N(1<<r.IntN(30)), r.Uint32N(100)}
				if back {
					w.rank = r.Uint64()
				}
				q.push(w.rank, w.id)
				held[w]++
				pushed = append(pushed, w)
				continue
			}
			rank, id, ok := q.pop()
			if ok != (len(pushed) > 0) {
				t.Fatalf("seed %d: pop says %t with %d items held", seed, ok, len(pushed))
			}
			if !ok {
				continue
			}
			w := climbItem{rank, id}
			if held[w]--; held[w] < 0 {
				t.Fatalf("seed %d: %v came, which was not pushed", seed, w)
			}
			at := 0
			for i, o := range pushed {
				if o == w {
					at = i
				}
				if q.ordered && !back && o.rank < rank {
					t.Fatalf("seed %d: rank %d came before %d", seed, rank, o.rank)
				}
			}
			pushed = append(pushed[:at], pushed[at+1:]...)
			if !back {
				floor = rank
			}
		}
		if back && seed%5 != 0 && !q.ordered {
			gaveUp++
		}
		for range pushed {
			if _, _, ok := q.pop(); !ok {
				t.Fatalf("seed %d: items are missing", seed)
			}
		}
		if _, _, ok := q.pop(); ok {
			t.Fatalf("seed %d: an item too many", seed)
		}
	}
	if gaveUp == 0 {
		t.Error("no run gave up the order")
	}
}

// The numbers of a column get ids from an array, whatever had ids before.
func TestDenseExpectsAColumn(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 6))
		d := newDense()
		ids := map[uint64]uint32{}
		for range 6 {
			limit := uint64(1) << (1 + r.IntN(40))
			tb := newTable(2)
			for range r.IntN(3_000) {
				tb.add([]uint64{7, r.Uint64N(limit)}, 1)
			}
			d.expect(tb.words, 2, 1)
			for n := range tb.rows() {
				w := tb.row(n)[1]
				id := d.id(w)
				if was, ok := ids[w]; ok && was != id {
					t.Fatalf("seed %d: %d has the ids %d and %d", seed, w, was, id)
				}
				if ids[w] = id; d.words[id] != w {
					t.Fatalf("seed %d: the id of %d is of %d", seed, w, d.words[id])
				}
			}
		}
		if d.len() != len(ids)+1 {
			t.Fatalf("seed %d: %d ids of %d words", seed, d.len()-1, len(ids))
		}
	}
}

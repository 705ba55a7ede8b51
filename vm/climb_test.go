package vm

import (
	"math/rand/v2"
	"testing"
)

// TestClimbQueueHandsOutAll: every key that is offered comes out, those with the least
// rank first and together as long as no value comes against the order, and all that
// wait once too many did.
func TestClimbQueueHandsOutAll(t *testing.T) {
	gaveUp, together := 0, 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 5))
		k := &climb{ranks: ranking{on: true, flip: 1 << 63}, ids: newKeyIDs(1)}
		for w := range uint64(100) {
			k.ids.id([]uint64{w})
		}
		k.room()
		k.queue.begin(seed%5 != 0)
		due := map[uint32]uint64{}
		best := map[uint32]uint64{}
		floor, back := uint64(0), r.IntN(3) == 0
		take := func() int {
			ids, ordered := k.next(), k.queue.ordered && !back
			least := ^uint64(0)
			for _, rank := range due {
				least = min(least, rank)
			}
			for _, id := range ids {
				rank, ok := due[id]
				if !ok {
					t.Fatalf("seed %d: key %d came and is not due", seed, id)
				}
				if ordered && rank != least {
					t.Fatalf("seed %d: rank %d came before %d", seed, rank, least)
				}
				delete(due, id)
				floor = max(floor, rank)
			}
			for id, rank := range due {
				if rank == least && ordered || !k.queue.ordered {
					t.Fatalf("seed %d: key %d with rank %d did not come with the others", seed, id, rank)
				}
			}
			if len(ids) > 1 {
				together++
			}
			return len(ids)
		}
		for range 2_000 {
			if r.IntN(4) == 0 {
				take()
				continue
			}
			id, rank := 1+r.Uint32N(100), floor+r.Uint64N(1<<r.IntN(30))
			if back {
				rank = r.Uint64()
			}
			k.offer(id, rank^k.ranks.flip)
			if was, ok := best[id]; !ok || rank < was {
				best[id], due[id] = rank, rank
			}
			if len(best) == 100 && len(due) == 0 { // every key has its best value: begin again
				clear(best)
				clear(k.state)
			}
		}
		if back && !k.queue.ordered {
			gaveUp++
		}
		for len(due) > 0 {
			if take() == 0 {
				t.Fatalf("seed %d: %d keys are missing", seed, len(due))
			}
		}
		if len(k.next()) > 0 {
			t.Fatalf("seed %d: a key too many", seed)
		}
	}
	if gaveUp == 0 || together == 0 {
		t.Errorf("%d runs gave up the order, %d times keys came together", gaveUp, together)
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

package state

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// TestALoadIsOneEntry: what one turn brings into a set is found through a single
// entry, and taking elements out again neither reads nor cuts the rest.
func TestALoadIsOneEntry(t *testing.T) {
	r := newReplica(t, "a", "AWSet[Int]")
	var elems []value.Value
	for i := range 1000 {
		elems = append(elems, value.MakeInt(int64(i)))
	}
	r.do(nil, "add_all", value.MakeList(elems))
	if n := len(r.index[0].causal.entries); n != 1 {
		t.Fatalf("a turn that adds 1,000 elements takes %d entries, want 1", n)
	}
	for i := 0; i < 1000; i += 2 {
		r.do(nil, "remove", i)
	}
	if n := len(r.index[0].causal.entries); n != 1 {
		t.Errorf("after removals the turn takes %d entries, want 1", n)
	}
	if n := r.log.n; n != 500 {
		t.Errorf("the log has %d entries, want 500: what is alive lies between any two", n)
	}
}

// TestEntriesAgainstSingles holds runs of entries against the same things one by
// one: what lies between two places, and what a sweep keeps.
func TestEntriesAgainstSingles(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var list stampList
		var all []lattice.DotPos
		atom := uint32(0)
		for seq := uint64(1); seq < 8; seq++ {
			idx := uint32(rnd.IntN(3))
			for range rnd.IntN(6) {
				if rnd.IntN(4) == 0 {
					idx, atom = idx+uint32(rnd.IntN(3)), atom+uint32(rnd.IntN(3))
				}
				list.add(entry{seq, makeRef(0, atom), idx, 1})
				all = append(all, lattice.DotPos{Seq: seq, Index: idx})
				idx, atom = idx+1, atom+1
			}
		}
		from := lattice.DotPos{Seq: rnd.Uint64N(9), Index: rnd.Uint32N(9)}
		to := lattice.DotPos{Seq: rnd.Uint64N(9), Index: rnd.Uint32N(9)}
		if to.Before(from) {
			from, to = to, from
		}
		var got, want []lattice.DotPos
		for _, e := range list.spanning(from, to) {
			for e, i := e.clip(from, to), uint32(0); i < e.n; i++ {
				got = append(got, e.at(i).dot())
			}
		}
		for _, p := range all {
			if !p.Before(from) && !to.Before(p) {
				want = append(want, p)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("between %v and %v of %v: got %v, want %v", from, to, list.entries, got, want)
		}
	}
}

// TestSweepKeepsWhatIsAlive: a run of which little is left is cut, and nothing
// alive is lost on the way.
func TestSweepKeepsWhatIsAlive(t *testing.T) {
	r := newReplica(t, "a", "AWSet[Int]")
	for turn := range 200 {
		var elems []value.Value
		for i := range 20 {
			elems = append(elems, value.MakeInt(int64(turn*20+i)))
		}
		r.do(nil, "add_all", value.MakeList(elems))
		for i := range 18 {
			r.do(nil, "remove", turn*20+i)
		}
	}
	r.sweep()
	list := &r.index[0].causal
	if n := len(list.entries); n > 600 {
		t.Errorf("%d entries for 400 elements", n)
	}
	found := map[string]bool{}
	r.current(0, list.between(0, 1<<40), func(e entry) bool { found[fmt.Sprint(e.ref)] = true; return true })
	if len(found) != 400 {
		t.Errorf("%d of 400 elements are found through the index", len(found))
	}
}

// TestEntriesOutOfOrder holds the list against a set of entries that is sorted as
// a whole whenever it is read, for entries that come in any order and repeatedly.
func TestEntriesOutOfOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var list stampList
		all := map[entry]bool{}
		late := rnd.Uint64N(20)
		for i := range uint64(60) {
			e := entry{i + 1 + rnd.Uint64N(late+1), makeRef(firedRefs, uint32(i)), 0, 1}
			for range 1 + rnd.IntN(2) {
				list.add(e)
			}
			all[e] = true
			if rnd.IntN(8) > 0 {
				continue
			}
			lo, hi := rnd.Uint64N(60), rnd.Uint64N(80)
			var want []entry
			for e := range all {
				if lo <= e.seq && e.seq <= hi {
					want = append(want, e)
				}
			}
			slices.SortFunc(want, compareEntries)
			if got := list.between(lo, hi); !slices.Equal(got, want) {
				t.Fatalf("between %d and %d: got %v, want %v", lo, hi, got, want)
			}
		}
	}
}

// TestSearchNearIsSearch asks for every place of lists of every length up to 70, near
// every other place.
func TestSearchNearIsSearch(t *testing.T) {
	for n := range 70 {
		for want := range n + 1 {
			for near := range n + 3 {
				asked := 0
				got := searchNear(n, near, func(i int) bool {
					if asked++; i < 0 || i >= n {
						t.Fatalf("place %d of %d was asked for", i, n)
					}
					return i >= want
				})
				if got != want {
					t.Fatalf("of %d near %d: %d, want %d", n, near, got, want)
				}
				if far := max(want-near, near-want); asked > 3+2*bits.Len(uint(far)) {
					t.Fatalf("of %d near %d it took %d questions to find %d", n, near, asked, want)
				}
			}
		}
	}
}

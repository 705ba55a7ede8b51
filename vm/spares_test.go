package vm

import (
	"math/rand/v2"
	"testing"

	"github.com/laspc/lasp/lang/value"
)

// What a stage has passed is written over. Whoever else walks over the same stream,
// from whenever on and however far behind, sees none of that.
func TestPassedChunksAreNobodys(t *testing.T) {
	spared, met := 0, 0
	for seed := range uint64(seeds(t, 150)) {
		r := rand.New(rand.NewPCG(seed, 11))
		drop := int64(r.IntN(300))
		m, named, _, l := passedOver(t, seed, drop)
		reader := m.nodes[len(m.nodes)-1].op.(*streamOp)
		type walker struct {
			p    place
			want []int64
		}
		walkers := []*walker{{reader.stream(), l.want[min(int(drop), len(l.want)):]}}
		for range 4 * len(l.want) {
			if r.IntN(150) == 0 && len(walkers) < 5 {
				walkers = append(walkers, &walker{named.stream(), l.want})
				met++
			}
			w := walkers[r.IntN(len(walkers))]
			for range r.IntN(200) {
				ok, err := m.x.look(&w.p, 1+r.IntN(500))
				if err != nil {
					t.Fatal(err)
				}
				if ok != (len(w.want) > 0) {
					t.Fatalf("seed %d: an element %t, %d are left", seed, ok, len(w.want))
				}
				if !ok {
					break
				}
				if got := w.p.value().Int(); got != w.want[0] {
					t.Fatalf("seed %d: %d, want %d, %d before the end", seed, got, w.want[0], len(w.want))
				}
				w.p.i, w.want = w.p.i+1, w.want[1:]
			}
		}
		spared += len(m.spares.words)
	}
	if spared < 50 || met < 50 {
		t.Errorf("%d chunks were taken again, %d walkers began later, which shows little", spared, met)
	}
}

// A stream that goes on as another one which others read is not the reader's alone.
func TestSharedChunksStay(t *testing.T) {
	s := &spares{}
	head := &chunk{single: true}
	head.solely(s)
	shared := &chunk{}
	last := shared
	for i := range 3 * chunkSize {
		last = last.addWord(value.Int, value.Word(i))
	}
	last.close()
	other := place{c: shared}
	head.link(place{c: shared})
	p := place{c: head}
	for i := range 3 * chunkSize {
		if p.pass(); p.value().Int() != int64(i) {
			t.Fatalf("place %d holds %d", i, p.value().Int())
		}
		p.i++
	}
	for i := range 3 * chunkSize {
		if other.settle(); other.value().Int() != int64(i) {
			t.Fatalf("another place %d holds %d", i, other.value().Int())
		}
		other.i++
	}
	if len(s.words) > 0 {
		t.Errorf("%d chunks were taken that are not the reader's", len(s.words))
	}
}

package state

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// joinOf is a replica with the states of others, taken in order.
func joinOf(t *testing.T, kind *types.Type, states ...*replica) *replica {
	r := bareReplica(t, "x", kind, value.NewInterner())
	for _, s := range states {
		r.pull(s)
	}
	return r
}

// TestJoinLaws checks the laws of the join on random states of every kind. The
// states are complete: who knows a turn knows what that turn had seen. (A turn
// whose write was superseded brings nothing; whoever hears of it before the one
// that supersedes it lacks both for that while.)
func TestJoinLaws(t *testing.T) {
	for _, text := range kindsUnderTest() {
		t.Run(text, func(t *testing.T) {
			kind := kindOf(t, text)
			for seed := range 12 {
				w := newWorld(t, uint64(seed)+1000, kind, true)
				w.fires = true
				for range 15 {
					w.step()
				}
				a, b, c := w.reps[0], w.reps[1], w.reps[2]
				ab := joinOf(t, kind, a, b)
				same(t, "commutative", ab, joinOf(t, kind, b, a))
				same(t, "associative", joinOf(t, kind, ab, c), joinOf(t, kind, a, joinOf(t, kind, b, c)))
				same(t, "idempotent", ab, joinOf(t, kind, a, b, a, b, ab))
				if !ab.Vector().CoversAll(a.Vector()) || !ab.Vector().CoversAll(b.Vector()) {
					t.Error("not inflationary")
				}
				full := joinOf(t, kind, a)
				for d := range b.Snapshot(Limits{Atoms: 2}) {
					full.take(d)
				}
				same(t, "delta-join is full join", ab, full)
				decompose(t, w.rnd, kind, a)
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
		})
	}
}

func same(t *testing.T, law string, a, b *replica) {
	t.Helper()
	if a.digest() != b.digest() || a.view() != b.view() {
		t.Errorf("%s: %s and %s", law, a.view(), b.view())
	}
}

// decompose joins the parts of a state in any order, and checks that no part is
// implied by the others.
func decompose(t *testing.T, rnd *rand.Rand, kind *types.Type, a *replica) {
	parts := slices.Collect(a.Since(&lattice.Vector{}, Limits{Atoms: 1}))
	for left := -1; left < len(parts); left++ {
		rest := bareReplica(t, "x", kind, value.NewInterner())
		for _, i := range rnd.Perm(len(parts)) {
			if i != left {
				rest.take(parts[i])
			}
		}
		if left < 0 {
			same(t, "decomposition joins back", a, rest)
			continue
		}
		novel, _, err := rest.Apply(rest.travel(parts[left]))
		i := slices.IndexFunc(novel, func(d *lattice.Delta) bool { return slices.Equal(d.Covers, parts[left].Covers) })
		if err != nil || i < 0 || novel[i].Len() < parts[left].Len()-len(parts[left].Removals) {
			t.Errorf("part %d of %s is implied by the others: %v", left, a.view(), err)
		}
	}
}

// TestChunks brings a state over in small parts, in any order and in several
// goes, each asking anew.
func TestChunks(t *testing.T) {
	a := newReplica(t, "a", "GMap[String, AWSet[Int]]")
	for i := range 200 {
		a.do([]any{fmt.Sprint("k", i%7)}, "add", i)
		if i%3 == 0 {
			a.do([]any{fmt.Sprint("k", i%7)}, "remove", i/2)
		}
	}
	rnd := rand.New(rand.NewPCG(5, 6))
	b := newReplica(t, "b", "GMap[String, AWSet[Int]]")
	for round := 0; b.digest() != a.digest(); round++ {
		if round > 100 {
			t.Fatal("b never gets there")
		}
		chunks := slices.Collect(a.Since(b.Vector().Clone(), Limits{Atoms: 5}))
		for _, d := range chunks {
			if n := d.Len() - len(d.Removals); n > 5+2 {
				t.Errorf("a chunk has %d things", n)
			}
		}
		b.take(chunks[rnd.IntN(len(chunks))], chunks[rnd.IntN(len(chunks))])
	}
	b.want(a.view())
	if n := len(slices.Collect(a.Since(b.Vector(), Limits{}))); n != 0 {
		t.Errorf("%d chunks for somebody who knows all", n)
	}
}

// TestCatchUpCostsWhatWasMissed: what a peer that was away gets is in proportion
// to what it missed, not to the state.
func TestCatchUpCostsWhatWasMissed(t *testing.T) {
	a, b := newReplica(t, "a", "AWSet[Int]"), newReplica(t, "b", "AWSet[Int]")
	for i := range 20_000 {
		a.do(nil, "add", i)
	}
	b.pull(a)
	for i := range 100 {
		a.do(nil, "add", 20_000+i)
		a.do(nil, "remove", i)
	}
	size := 0
	for d := range a.Since(b.Vector().Clone(), Limits{}) {
		enc, err := lattice.EncodeDelta(d)
		if err != nil {
			t.Fatal(err)
		}
		size += len(enc)
		b.take(d)
	}
	t.Logf("%d bytes for 200 changes", size)
	if size > 4000 || b.digest() != a.digest() {
		t.Errorf("%d bytes for 200 changes", size)
	}
}

// TestNovelIsEnough: who follows another by what was new to that one ends with
// the same state.
func TestNovelIsEnough(t *testing.T) {
	for seed := range uint64(60) {
		w := newWorld(t, seed, kindOf(t, "ORMap[String, AWSet[Int]]"), false)
		for range 40 {
			w.step()
		}
		follower := bareReplica(t, "f", w.kind, value.NewInterner())
		log := slices.Clone(w.bag)
		for _, i := range w.rnd.Perm(len(log)) {
			follower.apply(log[i])
		}
		if want := joinOf(t, w.kind, w.reps...); follower.view() != want.view() {
			t.Fatalf("seed %d: %s, want %s", seed, follower.view(), want.view())
		}
	}
}

// FuzzDelta feeds bytes to the decoder; what it takes applies, to the cells of
// every kind, and encodes to itself once it was encoded canonically.
func FuzzDelta(f *testing.F) {
	kinds := kindsUnderTest()
	shapes := func(t testing.TB) *Store {
		s := New(lattice.Actor{Node: "f", Inc: 1}, "", value.NewInterner())
		for i, text := range kinds {
			if err := s.Declare(CellSpec{ID: fmt.Sprint("c", i), Kind: kindOf(t, text)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.DeclareOutput("out", types.String); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := shapes(f)
	for i, text := range kinds {
		for n, c := range callsOf(kindOf(f, text), nil) {
			fire := lattice.Firing{}
			if n%3 == 2 {
				fire = firingOf(fmt.Sprint(i, n))
			}
			turn := s.Begin(1, fire)
			if err := turn.Mutate(fmt.Sprint("c", i), vals(c.path), c.mutator, vals(c.args)); err != nil {
				turn.Abort()
				continue
			}
			if err := turn.Emit("out", [32]byte{byte(i), byte(n)}, value.MakeString("x")); err != nil {
				f.Fatal(err)
			}
			d, _ := turn.Commit()
			b, err := lattice.EncodeDelta(d)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := shapes(t)
		d, err := lattice.DecodeDelta(b, s, codec.Limits{Bytes: 1 << 16, Elements: 1 << 12})
		if err != nil {
			return
		}
		once, err := lattice.EncodeDelta(d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := lattice.DecodeDelta(once, s, codec.Limits{})
		if err != nil {
			t.Fatalf("what was encoded is refused: %v", err)
		}
		if twice, err := lattice.EncodeDelta(again); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("two encodings of one delta: %v", err)
		}
		for range 2 {
			if _, _, err := s.Apply(d); err != nil {
				return // refused as a whole: the store is as it was
			}
		}
		for range s.Snapshot(Limits{}) {
		}
		s.Stable()
		for i := range kinds {
			if _, err := s.Read(fmt.Sprint("c", i)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

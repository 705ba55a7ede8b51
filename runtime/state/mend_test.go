package state

import (
	"fmt"
	"slices"
	"testing"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// mend lets two replicas that know the same turns exchange all that they hold,
// in parts, in any order, and again.
func (w *world) mend() {
	const i, j = 0, 1
	x, y := slices.Collect(w.reps[i].Mend(Limits{Atoms: 3})), slices.Collect(w.reps[j].Mend(Limits{Atoms: 3}))
	for range 2 {
		for _, k := range w.rnd.Perm(len(x)) {
			w.apply(j, w.reps[j].travel(x[k]))
		}
		for _, k := range w.rnd.Perm(len(y)) {
			w.apply(i, w.reps[i].travel(y[k]))
		}
	}
}

// loseOne lets the last replica learn what the second knows and write over it;
// the first gets some parts of that before it is lost for good.
func (w *world) loseOne() {
	w.pull(2, 1, 100)
	for range 4 {
		w.mutate(2)
	}
	for d := range w.reps[2].Since(w.reps[0].Vector().Clone(), Limits{Atoms: 1}) {
		if w.rnd.IntN(2) == 0 {
			w.apply(0, w.reps[0].travel(d))
		}
	}
	w.reps = w.reps[:2]
}

// Replicas that count turns as known without having what they wrote come to
// agree by exchanging all they hold; those that agree change nothing by it.
func TestMend(t *testing.T) {
	broken := 0
	for _, text := range kindsUnderTest() {
		kind := kindOf(t, text)
		for seed := range uint64(20) {
			w := newWorld(t, seed+7000, kind, false)
			w.holes = true
			for range 10 + seed*3 {
				w.step()
			}
			w.loseOne()
			w.settle()
			x, y := w.reps[0], w.reps[1]
			if !x.Vector().Equal(y.Vector()) {
				t.Fatal("they know different turns")
			}
			before, other, whole := x.digest(), y.digest(), x.Sum() == y.Sum()
			bag := len(w.bag)
			if !whole {
				broken++
			}
			if whole && x.view() != y.view() || !whole && x.digest() == y.digest() {
				t.Errorf("%s, seed %d: the sums say otherwise than what they hold", text, seed)
			}
			w.mend()
			if x.Sum() != y.Sum() || x.view() != y.view() || x.digest() != y.digest() {
				t.Errorf("%s, seed %d: they hold %s and %s", text, seed, x.view(), y.view())
			}
			if before == other && (x.digest() != before || len(w.bag) != bag) {
				t.Errorf("%s, seed %d: a repair of what is whole changes it", text, seed)
			}
		}
	}
	if broken < 20 {
		t.Errorf("only %d pairs of replicas differed", broken)
	}
}

// A repair that comes to somebody who does not know the same turns yet waits.
func TestMendWaitsForTheSameTurns(t *testing.T) {
	a, b := newReplica(t, "a", "AWSet[Int]"), newReplica(t, "b", "AWSet[Int]")
	a.do(nil, "add", 1)
	b.pull(a)
	gone := b.do(nil, "remove", 1)
	a.do(nil, "add", 2)
	mends := slices.Collect(a.Mend(Limits{}))
	b.take(mends...)
	b.want("{}")
	b.pull(a)
	b.want("{2}")
	// A removal that the sender did not know is not undone.
	a.take(gone)
	a.take(slices.Collect(b.Mend(Limits{}))...)
	a.want("{2}")
	for _, d := range mends {
		d.Rests = nil
		if enc, err := lattice.EncodeDelta(d); err != nil {
			t.Fatal(err)
		} else if _, err := lattice.DecodeDelta(enc, a, codec.Limits{}); err == nil {
			t.Error("a repair that does not say what it rests on is read")
		}
	}
}

// Outputs that a repair brings once more are not new.
func TestMendOfOutputs(t *testing.T) {
	a, b := newReplica(t, "a", "GSet[Int]"), newReplica(t, "b", "GSet[Int]")
	for i := range 3 {
		turn := a.Begin(1, lattice.Firing{})
		if err := turn.Emit("out", [32]byte{byte(i)}, value.MakeString(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
		d, _ := turn.Commit()
		if i == 1 {
			d.Outputs = nil // lost
		}
		b.take(d)
	}
	for d := range a.Mend(Limits{}) {
		novel, _, err := b.Apply(b.travel(d))
		if err != nil || len(novel) != 1 || len(novel[0].Outputs) != 1 || novel[0].Outputs[0].Value.Str() != "1" {
			t.Fatalf("%+v, %v", novel, err)
		}
		b.travel(novel[0])
	}
	if a.Sum() != b.Sum() {
		t.Error("they differ still")
	}
}

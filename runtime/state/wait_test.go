package state

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// meet lets two replicas that are left over exchange all they know.
func meet(t *testing.T, a, b *replica) {
	t.Helper()
	for range 2 {
		a.pull(b)
		b.pull(a)
	}
	if !a.Vector().Equal(b.Vector()) {
		t.Fatal("they know different turns")
	}
	if a.view() != b.view() || a.digest() != b.digest() {
		t.Errorf("%s sees %s and %s sees %s for good", a.Actor().Node, a.view(), b.Actor().Node, b.view())
	}
}

// superseded are ways in which a write of b gives way to one of c before a
// hears of either.
var superseded = []struct {
	kind    string
	path    []any
	b, c    string
	args, m []any
}{
	{"Max[Int]", nil, "join", "join", []any{5}, []any{7}},
	{"LWW[Int]", nil, "set", "set", []any{5}, []any{7}},
	{"AWSet[Int]", nil, "add", "add", []any{5}, []any{5}},
	{"AWSet[Int]", nil, "add", "remove", []any{5}, []any{5}},
	{"ORMap[String, Max[Int]]", []any{"k"}, "join", "join", []any{5}, []any{7}},
	{"GMap[String, Max[Int]]", []any{"k"}, "join", "join", []any{5}, []any{7}},
}

// withFill is newReplica with a cell that makes transfers longer, and fill
// writes to it.
func withFill(t *testing.T, name, kind string) *replica {
	r := newReplica(t, name, kind)
	r.declare("fill", "GSet[String]")
	return r
}

func (r *replica) fill() {
	r.t.Helper()
	t := r.Begin(r.clock, lattice.Firing{})
	if err := t.Mutate("fill", nil, "add", vals([]any{r.Actor().Node})); err != nil {
		r.t.Fatal(err)
	}
	t.Commit()
}

// A transfer breaks off between the chunk that covers what was superseded and
// the one that brings what took its place, and the sender is lost for good.
func TestLostBetweenChunks(t *testing.T) {
	for _, s := range superseded {
		a, b, c := withFill(t, "a", s.kind), withFill(t, "b", s.kind), withFill(t, "c", s.kind)
		b.do(s.path, s.b, s.args...)
		b.fill()
		c.pull(b)
		c.do(s.path, s.c, s.m...)
		c.fill()
		chunks := slices.Collect(c.Since(a.Vector().Clone(), Limits{Atoms: 1}))
		if len(chunks) < 2 {
			t.Fatalf("%s: %d chunks", s.kind, len(chunks))
		}
		for _, first := range chunks {
			x := withFill(t, "x", s.kind)
			x.take(first)
			meet(t, x, b)
		}
	}
}

// What gave way at a replica in between before it was passed on is not taken
// for known while the winner is on another way, and got lost there.
func TestLostOnAnotherWay(t *testing.T) {
	for _, s := range superseded {
		a, b, c, d := newReplica(t, "a", s.kind), newReplica(t, "b", s.kind), newReplica(t, "c", s.kind), newReplica(t, "d", s.kind)
		first := b.do(s.path, s.b, s.args...)
		c.take(first)
		d.take(c.do(s.path, s.c, s.m...)) // sent to a as well, and lost
		sent := d.Vector().Clone()
		d.take(first)
		for delta := range d.Owed(&lattice.Vector{}, sent, Limits{}) {
			a.take(delta)
		}
		meet(t, a, b)
	}
}

// What was new at one replica, taken alone by another, does no harm either.
func TestNovelAlone(t *testing.T) {
	for _, s := range superseded {
		a, b, c, d := newReplica(t, "a", s.kind), newReplica(t, "b", s.kind), newReplica(t, "c", s.kind), newReplica(t, "d", s.kind)
		first := b.do(s.path, s.b, s.args...)
		c.take(first)
		d.take(c.do(s.path, s.c, s.m...))
		novel, _, err := d.Apply(d.travel(first))
		if err != nil {
			t.Fatal(err)
		}
		a.take(novel...)
		meet(t, a, b)
	}
}

// Turns of one writer who only adds are passed on without waiting, whole or in
// parts; so does a counter that goes on counting, if it is not cut.
func TestWholeTurnsDoNotWait(t *testing.T) {
	a, b := newReplica(t, "a", "AWSet[Int]"), newReplica(t, "b", "AWSet[Int]")
	for i := range 20 {
		a.do(nil, "add", i)
	}
	chunks := slices.Collect(a.Since(b.Vector().Clone(), Limits{Atoms: 3}))
	b.take(chunks[4])
	b.want("{12, 13, 14}")
	n, m := newReplica(t, "n", "GCounter"), newReplica(t, "m", "GCounter")
	n.do(nil, "increment", 1)
	sent := n.Vector().Clone()
	n.do(nil, "increment", 1)
	n.do(nil, "increment", 1)
	for d := range n.Owed(&lattice.Vector{}, sent, Limits{}) {
		if d.Hollow {
			t.Error("a counter's later turns count as hollow")
		}
		m.take(d)
	}
	m.want("3")
}

// A firing that a replica makes when it knows more already is held to be no less
// than it is elsewhere.
func TestFiringBelowWhatIsKnown(t *testing.T) {
	a, b, c, d := withFill(t, "a", "Max[Int]"), withFill(t, "b", "Max[Int]"), withFill(t, "c", "Max[Int]"), withFill(t, "d", "Max[Int]")
	fire := func(r *replica) *lattice.Delta {
		turn := r.Begin(1, firingOf("f"))
		for cell, arg := range map[CellID]any{"c": 6, "fill": "fired"} {
			mutator := map[CellID]string{"c": "join", "fill": "add"}[cell]
			if err := turn.Mutate(cell, nil, mutator, vals([]any{arg})); err != nil {
				t.Fatal(err)
			}
		}
		delta, _ := turn.Commit()
		return delta
	}
	b.take(d.do(nil, "join", 7)) // d is lost
	fired := fire(b)             // b is lost
	a.take(fired)
	fire(c)
	c.take(fired)
	meet(t, a, c)
}

// What waits does so within bounds, and goes when it is known from elsewhere.
func TestWaitingIsBounded(t *testing.T) {
	a, b := newReplica(t, "a", "Max[Int]"), newReplica(t, "b", "Max[Int]")
	b.do(nil, "join", 1)
	for i := range maxWaiting + 10 {
		a.apply(&lattice.Delta{Hollow: true, Covers: []lattice.Range{{Actor: b.Actor(), Lo: uint64(i + 1), Hi: uint64(i + 1)}},
			Rests: []lattice.Range{{Actor: lattice.Actor{Node: "gone", Inc: 1}, Lo: 1, Hi: 1}}})
	}
	if len(a.waiting) != maxWaiting {
		t.Errorf("%d wait", len(a.waiting))
	}
	for i := range maxWaiting + 10 {
		b.do(nil, "join", i+2)
	}
	a.pull(b)
	if len(a.waiting) != 0 || a.view() != b.view() {
		t.Errorf("%d wait still, it sees %s", len(a.waiting), a.view())
	}
}

// A delta is bounded in bytes as in atoms, but for a single turn.
func TestDeltasAreBoundedInBytes(t *testing.T) {
	a, b := newReplica(t, "a", "GMap[String, GSet[List[String]]]"), newReplica(t, "b", "GMap[String, GSet[List[String]]]")
	for i := range 200 {
		a.do([]any{strings.Repeat("k", 50)}, "add", value.MakeList(vals([]any{strings.Repeat("x", 100), fmt.Sprint(i)})))
	}
	a.do([]any{"one"}, "add", value.MakeList(vals([]any{strings.Repeat("x", 5000)})))
	chunks := 0
	for d := range a.Since(b.Vector().Clone(), Limits{Bytes: 2000}) {
		enc, err := lattice.EncodeDelta(d)
		if err != nil {
			t.Fatal(err)
		}
		if chunks++; len(enc) > 2500 && d.Len() > 1+1 {
			t.Errorf("a delta of %d things has %d bytes", d.Len(), len(enc))
		}
		b.take(d)
	}
	if b.want(a.view()); chunks < 10 {
		t.Errorf("%d deltas", chunks)
	}
}

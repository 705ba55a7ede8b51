package state

import (
	"testing"

	"github.com/laspc/lasp/lang/lattice"
)

// TestFiringsTakeNoRemovalBack: a firing leaves the same wherever it happens,
// whether the removal was seen there or not; only an event undoes one.
func TestFiringsTakeNoRemovalBack(t *testing.T) {
	for _, c := range []struct {
		kind, undo, remove string
		args               []any
		without, with      string
	}{
		{"RWSet[Int]", "add", "remove", []any{1}, "{}", "{1}"},
		{"DWFlag", "enable", "disable", nil, "false", "true"},
	} {
		saw, not := newReplica(t, "a", c.kind), newReplica(t, "b", c.kind)
		removal := saw.do(nil, c.remove, c.args...)
		for _, r := range []*replica{saw, not} {
			r.fire(firingOf("f"), nil, c.undo, c.args...)
		}
		not.take(removal)
		for _, r := range []*replica{saw, not} {
			r.want(c.without)
		}
		saw.pull(not)
		not.pull(saw)
		if saw.want(c.without); saw.digest() != not.digest() {
			t.Errorf("%s: two states", c.kind)
		}
		saw.take(not.fire(lattice.Firing{}, nil, c.undo, c.args...))
		saw.want(c.with)
		not.want(c.with)
	}
}

// TestMarksDoNotPileUp: an element that goes in and out for ever leaves one mark.
func TestMarksDoNotPileUp(t *testing.T) {
	for _, c := range []struct {
		kind, in, out string
		args          []any
	}{
		{"RWSet[Int]", "add", "remove", []any{1}},
		{"EWFlag", "enable", "disable", nil},
		{"DWFlag", "enable", "disable", nil},
		{"MVReg[Int]", "set", "set", []any{1}},
	} {
		r := newReplica(t, "a", c.kind)
		for range 2000 {
			r.do(nil, c.in, c.args...)
			r.do(nil, c.out, c.args...)
		}
		r.Stable()
		if z := r.Size(); z.Atoms > 1 || z.Removals > 1 {
			t.Errorf("%s: %d atoms and %d removals are left", c.kind, z.Atoms, z.Removals)
		}
	}
}

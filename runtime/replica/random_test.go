package replica

import (
	"testing"

	"github.com/laspc/lasp/lang/lattice"
)

// Events that differ in anything have other ids, however alike their clocks and
// numbers are. Of 64 bits alone a hundred thousand would rarely say more.
func TestIDsOfEventsDiffer(t *testing.T) {
	seen := map[string]string{}
	note := func(what string, s Seed) {
		f := factsOf(s)
		for range 2 {
			id := f.fresh()
			if other, ok := seen[id]; ok {
				t.Fatalf("%s and %s have the id %s", what, other, id)
			}
			if seen[id] = what; len(id) != 32 || f.random() >= 1 {
				t.Fatalf("%s has the id %q, which is not 128 bits", what, id)
			}
		}
	}
	for _, node := range []string{"a", "b", "aa"} {
		c := &Core{actor: lattice.Actor{Node: node, Inc: 1}}
		for clock := range uint64(150) {
			for number := range uint64(150) {
				note(node, mix(c.seed(), clock, number))
			}
		}
	}
	for _, req := range []string{"", "\x00", "12345678", "12345678\x00", "87654321", "1234567812345678"} {
		note("request "+req, mixText(Seed{}, req))
	}
	c := &Core{}
	note("a firing", c.firingSeed(lattice.Firing{Key: [16]byte{1}}))
	note("that of another handler", c.firingSeed(lattice.Firing{Handler: [16]byte{1}, Key: [16]byte{1}}))
}

// Both halves of a seed depend on every part of it: a collision of one half is
// none of the other.
func TestHalvesOfSeedsAreApart(t *testing.T) {
	for bit := range 64 {
		for _, s := range []Seed{{}, {A: 1}, {B: 1}, {A: 1 << 63, B: 1 << 63}} {
			was, is := mix(s, 0, 5), mix(s, 1<<bit, 5)
			if was.A == is.A || was.B == is.B {
				t.Errorf("bit %d of a part does not reach both halves of %v", bit, s)
			}
		}
	}
}

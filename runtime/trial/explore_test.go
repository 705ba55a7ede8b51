package trial

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/source"
)

// subjects compiles the tests of a program.
func subjects(t *testing.T, text string) []*subject {
	t.Helper()
	checked, ds := lasp.Check(source.NewFile("test.lasp", []byte(text)))
	for _, d := range ds {
		if d.Severity == 0 {
			t.Fatalf("%s: %s", d.Span.Position(), d.Title)
		}
	}
	p, err := lasp.Compile(checked)
	if err != nil {
		t.Fatal(err)
	}
	tests, err := lasp.Tests(p, checked)
	if err != nil {
		t.Fatal(err)
	}
	var out []*subject
	for _, one := range tests {
		s := &subject{ops: lasp.Ops(), test: one}
		if s.first, err = newVersion(p, one); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

// What a replica has seen decides what it says, so every order of events at a
// replica shows in the outputs.
const timing = `
shared s: GSet[Int]
shared n: GCounter
output seen: String
input look(x: Int)
on look(x) { emit "{me} {x} {peek(s, "the order is what we test")} {peek(n, "as well")}" to seen }
when n >= 2 { s.add(7) }
`

// The twin: every interleaving of steps and messages is run, nothing is left out.
// It sees no end that the exploration does not see, and the other way round.
func TestExploringMissesNothing(t *testing.T) {
	for _, s := range subjects(t, timing+`
test "three replicas" {
  replicas a, b, c
  at a { s.add(1) }
  at b { look(1) }
  at c { look(2) }
}
test "two syncs" {
  replicas a, b
  at a { s.add(1) s.add(2) }
  at b { look(1) }
  sync
  at b { s.add(3) }
  at a { look(2) }
}
test "a crash between" {
  replicas a, b
  at a { s.add(1) s.add(2) }
  crash b
  at a { s.add(3) }
  restart b
  at b { look(1) }
}
test "a firing" {
  replicas a, b
  at a { n.increment() }
  at b { n.increment() look(1) }
  expect at a n >= 1
  at a { look(2) }
}
`) {
		ends := func(naive bool) (map[string]bool, int) {
			x := newExplorer()
			x.naive = naive
			found, runs := map[string]bool{}, 0
			for len(x.todo) > 0 {
				if runs++; runs > 20_000 {
					t.Fatalf("%s is too large for the twin", s.test.Name)
				}
				o := x.next()
				var end string
				out := s.runOrderWatched(o, x, func(r *run) { end = r.ending() })
				if out.err == nil {
					found[end] = true
				} else if !out.err.known {
					t.Fatal(out.err.message)
				}
			}
			return found, runs
		}
		all, naive := ends(true)
		found, runs := ends(false)
		t.Logf("%s: %d ends, %d runs, %d without pruning", s.test.Name, len(found), runs, naive)
		if !maps.Equal(all, found) {
			t.Errorf("%s: every interleaving ends in %v, the exploration in %v", s.test.Name, slices.Sorted(maps.Keys(all)), slices.Sorted(maps.Keys(found)))
		}
		if len(all) < 2 || runs >= naive {
			t.Errorf("%s: %d ends in %d runs of %d show nothing", s.test.Name, len(all), runs, naive)
		}
	}
}

// runOrderWatched is runOrder with a look at the run before it is over.
func (s *subject) runOrderWatched(b branch, x *explorer, look func(*run)) outcome {
	s.look = look
	defer func() { s.look = nil }()
	return s.runOrder(b, x, false)
}

// ending is everything that was said, in order of values.
func (r *run) ending() string {
	var said []string
	if ns := r.w.Nodes(); len(ns) == 0 || !ns[0].Alive() {
		return ""
	}
	for _, e := range r.w.Nodes()[0].Core.Outputs("seen") {
		said = append(said, e.Value.String())
	}
	slices.Sort(said)
	return fmt.Sprint(said)
}

// Of a test that fails in one order among many the exploration finds that order,
// and its seed and its schedule show it again.
func TestExplorationFindsTheOneOrder(t *testing.T) {
	const text = `
shared s: GSet[Int]
shared odd: Flag
input look()
on look() { if peek(s, "the order is what we test") == {5} { odd.enable() } }
test "never the last alone" {
  replicas a, b
  at a { s.add(1) s.add(2) s.add(3) s.add(4) s.add(5) }
  at b { look() }
  sync
  expect not odd
}
`
	s := subjects(t, text)[0]
	r := s.explore(Options{Schedules: 2, Explore: maxExplored})
	if r.OK || r.Exhaustive || r.Seed < firstOrder {
		t.Fatalf("%+v", r)
	}
	f := r.Failure
	if !f.Smallest.Orders || len(f.Log) == 0 {
		t.Errorf("%+v", f)
	}
	for name, o := range map[string]Options{"seed": {Seed: r.Seed, Schedules: 1}, "schedule": {Replay: &f.Smallest}} {
		again := s.explore(o)
		if again.OK || again.Failure.Message != f.Message || !slices.Equal(again.Failure.Log, f.Log) {
			t.Errorf("by its %s: %+v", name, again)
		}
	}
	if r := s.explore(Options{Schedules: 2, Explore: -1}); !r.OK || r.Exhaustive {
		t.Errorf("without exploration: %+v", r)
	}
}

// The promised scope, three replicas and six messages between syncs, is explored
// whole; beyond it nothing is claimed.
func TestScopeOfExploration(t *testing.T) {
	const head = "shared s: AWSet[Int]\nshared n: GCounter\n"
	for _, c := range []struct {
		steps string
		whole bool
	}{
		{"replicas a, b, c\n at a { s.add(1) }\n at b { s.add(2) }\n at c { s.remove(1) }\n sync\n at c { s.add(4) s.add(5) s.add(6) }\n sync", true},
		{"replicas a, b\n at a { s.add(1) s.add(2) s.add(3) }\n at b { s.remove(1) s.add(4) s.remove(2) }\n sync", true},
		{"replicas a, b\n at a { s.add(1) s.add(2) s.add(3) s.add(4) s.add(5) s.add(6) }\n sync", true},
		{"replicas a, b\n at a { s.add(1) s.add(2) s.add(3) s.add(4) s.add(5) s.add(6) s.add(7) s.add(8) s.add(9) }\n sync", false},
		{"replicas a, b, c, d\n at a { s.add(1) }\n sync", false},
	} {
		s := subjects(t, head+"test \"t\" {\n "+c.steps+"\n}\n")[0]
		r := s.explore(Options{Schedules: 2, Explore: maxExplored})
		t.Logf("%d runs: %v", r.Orders, r.Exhaustive)
		if !r.OK || r.Exhaustive != c.whole {
			t.Errorf("%s\n%+v", c.steps, r)
		}
	}
}

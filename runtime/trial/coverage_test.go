package trial_test

import (
	"slices"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/runtime/trial"
)

// What tests exercise is told by declaration and by case, through crashes too;
// copies of one case count as one.
func TestCoverage(t *testing.T) {
	p, tests := load(t, "cover.lasp", `
type Ev = Add(n: Int) | Del(n: Int) | Nop
shared evs: GSet[Ev]
shared w: AWSet[Int]
input put(n: Int)
input zap(n: Int)
output o: Int
output never: String
fn size_of(e: Ev) -> Int = match e { Add(n) => n, Del(n) => 0 - n, Nop => 7 }
let adds = { n for Add(n) in evs }
let sizes = { size_of(e) for e in evs } | { size_of(e) + 1 for e in evs }
let big = { n for n in adds if n > 100 }
on put(n) { match n { 0 => { evs.add(Nop) }, 1 => { w.add(1) }, _ => { evs.add(Add(n: n)) } } }
on zap(n) { w.remove(n) }
for n in big { emit "big" to never }
for n in adds { emit n to o }
show sizes
test "t" {
  replicas a, b
  at a { put(5) put(0) }
  sync
  crash a
  restart a
  expect o == [5]
}
`)
	items, err := trial.Cover(p, tests, lasp.Ops(), trial.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var covered, missed []string
	for _, it := range items {
		if name := it.Kind + " " + it.Name; it.Covered {
			covered = append(covered, name)
		} else {
			missed = append(missed, name)
		}
	}
	wantCovered := []string{"input put", "output o", "case 1", "case 3", "let adds", "let sizes", "handler on put", "case 1", "case 3", "handler for n in adds"}
	wantMissed := []string{"input zap", "output never", "case 2", "let big", "case 2", "handler on zap", "handler for n in big"}
	if !slices.Equal(covered, wantCovered) || !slices.Equal(missed, wantMissed) {
		t.Errorf("covered %q,\nwant    %q\nmissed  %q,\nwant    %q", covered, wantCovered, missed, wantMissed)
	}
}

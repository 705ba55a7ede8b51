package replica_test

import (
	"fmt"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
)

const churn = `shared words: AWSet[String]
shared seen: GMap[String, Max[Int]]
output told: String
shared marked: GSet[String]
let long = { "{w}!" for w in words }
for w in marked { emit w to told }
show long
show seen
`

// TestValuesThatAreGoneGiveTheirMemoryBack: with words that come and go the
// interner stays in proportion to what is there; nothing that can be seen
// changes by it, and handlers do not fire again.
func TestValuesThatAreGoneGiveTheirMemoryBack(t *testing.T) {
	checked, ds := lasp.Check(source.NewFile("churn.lasp", []byte(churn)))
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	p, err := lasp.Compile(checked)
	if err != nil {
		t.Fatal(err)
	}
	run := func(above int) (c *replica.Core, emits []string) {
		c, err := replica.New(replica.Config{Actor: lattice.Actor{Node: "a", Inc: 1}, Ops: lasp.Ops(), Program: replica.Program{IR: p, Version: 1},
			Options: replica.Options{ReclaimAbove: above}}, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3000 {
			w := value.MakeString(fmt.Sprint("word ", i))
			ws := []replica.Mutation{{Cell: "words", Op: "add", Args: []value.Value{w}}}
			if i >= 50 {
				ws = append(ws, replica.Mutation{Cell: "words", Op: "remove", Args: []value.Value{value.MakeString(fmt.Sprint("word ", i-50))}})
			}
			if i%100 == 0 {
				ws = append(ws, replica.Mutation{Cell: "seen", Keys: []value.Value{w}, Op: "join", Args: []value.Value{value.MakeInt(int64(i))}},
					replica.Mutation{Cell: "marked", Op: "add", Args: []value.Value{w}})
			}
			if err := c.Step(replica.Mutate{Writes: ws}); err != nil {
				t.Fatal(err)
			}
			for _, e := range c.Ready().Emits {
				emits = append(emits, e.Value.String())
			}
			c.Advance()
			if i%10 == 0 {
				c.Reclaim()
			}
		}
		return c, emits
	}
	keeps, want := run(1 << 30)
	gives, got := run(100)
	if n := gives.Interner().Len(); n > 1500 || keeps.Interner().Len() < 6000 {
		t.Errorf("%d values are interned where 130 are in use, %d without giving back", n, keeps.Interner().Len())
	}
	if len(got) != 30 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%d words were told, want 30, each once and in order", len(got))
	}
	for _, name := range []string{"long", "seen", "words"} {
		a, errA := keeps.View(name)
		b, errB := gives.View(name)
		if errA != nil || errB != nil || !value.Equal(a, b) {
			t.Errorf("%s is %s (%v), want %s (%v)", name, b, errB, a, errA)
		}
	}
	if keeps.Digest() != gives.Digest() {
		t.Error("the states differ")
	}
}

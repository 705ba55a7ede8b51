package sim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

func TestBodiesAreAtomic(t *testing.T) {
	w := world(t, sim.Options{}, `
shared names: GSet[String]
shared n: GCounter
shared at: LWW[Int]
local mine: GSet[String]
input add(name: String) -> Bool
on add(name) {
  names.add(name)
  n.increment()
  mine.add(name)
  if name == "" { fail("a name is needed") }
  if length(name) > 3 { reply true }
  at.set(length(name))
  reply false
}
input twice() -> Option[Int]
on twice() {
  at.set(1)
  at.set(match peek(at, "own write") { Some(x) => x + 1, None => 0 })
  reply peek(at, "own write")
}
show names
`, "a", "b")
	a := w.Node("a")
	add := func(s string) replica.Event { return replica.Input{Name: "add", Args: []value.Value{text(s)}} }
	r := do(t, a, add(""))
	wantCode(t, r, "L0514")
	shows(t, w, "names", "{}")
	if r := do(t, a, add("long name")); !r[0].Value.Bool() {
		t.Errorf("reply %+v", r)
	}
	if r := do(t, a, add("ann")); r[0].Value.Bool() {
		t.Errorf("reply %+v", r)
	}
	settle(t, w)
	shows(t, w, "names", `{"ann", "long name"}`)
	shows(t, w, "n", "2")
	shows(t, w, "at", "Some(3)")
	for name, want := range map[string]string{"a": `{"ann", "long name"}`, "b": "{}"} {
		if v, _ := w.Node(name).Core.View("mine"); v.String() != want {
			t.Errorf("mine at %s is %s, want %s", name, v, want)
		}
	}
	wantCode(t, do(t, a, replica.Input{Name: "nope"}), "L0602")
	wantCode(t, do(t, a, replica.Input{Name: "add"}), "L0602")
}

func TestReplyWaitsForAnIVar(t *testing.T) {
	w := world(t, sim.Options{}, `
shared answer: IVar[Int]
shared asked: GCounter
input ask() -> Int
on ask() { asked.increment()  reply answer }
show answer
`, "a", "b")
	a := w.Node("a")
	ask := replica.Input{Req: "q", Name: "ask"}
	if r := do(t, a, ask); len(r) != 0 {
		t.Fatalf("answered early: %+v", r)
	}
	a.Stop()
	if err := a.Restart(false); err != nil {
		t.Fatal(err)
	}
	if r := do(t, a, ask); len(r) != 0 {
		t.Fatalf("answered early: %+v", r)
	}
	write(t, w.Node("b"), "answer", "bind", value.MakeInt(42))
	settle(t, w)
	r := do(t, a, replica.Roster{})
	if len(r) != 1 || r[0].Value.String() != "42" {
		t.Errorf("the waiting reply is %+v", r)
	}
	settle(t, w)
	if r := do(t, w.Node("b"), ask); len(r) != 1 || r[0].Value.String() != "42" {
		t.Errorf("the same request elsewhere: %+v", r)
	}
	shows(t, w, "asked", "1")
}

func TestTimedHandlersRunByVirtualTime(t *testing.T) {
	w := world(t, sim.Options{}, `
shared ticks, starts: GCounter
on every 200ms { ticks.increment() }
on start { starts.increment() }
show ticks
`, "a")
	w.Wait(time.Second)
	shows(t, w, "ticks", "5")
	a := w.Node("a")
	a.Stop()
	w.Wait(10 * time.Second)
	if err := a.Restart(false); err != nil {
		t.Fatal(err)
	}
	w.Wait(time.Millisecond)
	shows(t, w, "ticks", "6") // missed periods count as one
	shows(t, w, "starts", "1")
}

func TestChangedKindIsRefusedBeforeAnythingChanges(t *testing.T) {
	w := world(t, sim.Options{}, first, "a")
	a := w.Node("a")
	write(t, a, "s1", "add", value.MakeInt(1))
	deploy := func(version uint64, src string) []replica.Reply {
		return do(t, a, replica.Deploy{Program: replica.Program{IR: compile(t, src), Version: version, Hash: [32]byte{byte(version)}}})
	}
	wantCode(t, deploy(2, "shared fresh: GSet[Int]\nshared s1: AWSet[Int]\nshow s1\n"), "L0601")
	shows(t, w, "s2", "{2}")
	if r := deploy(3, "shared s1: GSet[Int]\nlet s2 = s1.map(x => x * 3)\nshow s2\n"); r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
	shows(t, w, "s2", "{3}")
	wantCode(t, deploy(2, first), "L0604")
	wantCode(t, deploy(4, "shared rooms: GMap[String, BCounter] sharded replicas 2\nshow rooms\n"), "L0513")
	wantCode(t, deploy(4, "shared s1: GSet[Int] at \"eu\"\nshow s1\n"), "L0601")
}

// TestChangedTypeIsAChangedKind: a declared type that keeps its name and changes
// its fields cannot read what is stored.
func TestChangedTypeIsAChangedKind(t *testing.T) {
	const before = `
type P { x: Int, y: Int }
type Sign = Plus | Minus
shared ps: GSet[P]
shared kv: GMap[String, LWW[Option[Sign]]]
input put(p: P)
on put(p) { ps.add(p) }
output seen: P
show ps
`
	w := world(t, sim.Options{}, before, "a")
	a := w.Node("a")
	deploy := func(v uint64, src string) []replica.Reply {
		return do(t, a, replica.Deploy{Program: version(t, v, src)})
	}
	for _, change := range []struct{ from, to string }{
		{"{ x: Int, y: Int }", "{ x: Int }"},
		{"{ x: Int, y: Int }", "{ x: Int, y: String }"},
		{"{ x: Int, y: Int }", "{ y: Int, x: Int }"},
		{"Plus | Minus", "Minus | Plus"},
		{"Plus | Minus", "Plus | Minus | Zero"},
	} {
		r := deploy(2, "shared fresh: GSet[Int]\n"+strings.Replace(before, change.from, change.to, 1))
		wantCode(t, r, "L0601")
		if v := a.Core.Program().Version; v != 1 {
			t.Fatalf("version %d is active after a refusal", v)
		}
	}
	if r := deploy(3, strings.Replace(before, "show ps", "let xs = ps.map(p => p.x)\nshow xs", 1)); r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
}

func TestErrorsOfBodiesHaveTheirPlace(t *testing.T) {
	w := world(t, sim.Options{}, `
shared n: GSet[Int]
input part(a: Int, b: Int)
on part(a, b) {
  n.add(a)
  n.add(a / b)
}
shared m: GMap[String, GCounter]
show n
`, "a")
	a := w.Node("a")
	r := do(t, a, replica.Input{Name: "part", Args: []value.Value{value.MakeInt(6), value.MakeInt(0)}})
	wantCode(t, r, "L0502")
	if at := r[0].Err.(*replica.Error).At; at != "test.lasp:6:9" && at != "test.lasp:6:3" {
		t.Errorf("the error is placed at %q", at)
	}
	shows(t, w, "n", "{}")
	one := []value.Value{value.MakeInt(1)}
	for _, wrong := range []replica.Mutation{
		{Cell: "nope", Op: "add", Args: one},
		{Cell: "n", Op: "increment", Args: one},
		{Cell: "n", Op: "add"},
		{Cell: "n", Keys: one, Op: "add", Args: one},
		{Cell: "m", Op: "increment", Args: one},
		{Cell: "m", Op: "seal"},
	} {
		wantCode(t, do(t, a, replica.Mutate{Writes: []replica.Mutation{{Cell: "n", Op: "add", Args: one}, wrong}}), "L0602")
	}
	shows(t, w, "n", "{}")
}

func TestOlderProgramOfTheConfiguration(t *testing.T) {
	w := world(t, sim.Options{}, first, "a")
	a := w.Node("a")
	if r := do(t, a, replica.Deploy{Program: version(t, 5, "shared s1: GSet[Int]\nlet s2 = s1.map(x => x * 5)\nshow s2\n")}); r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
	write(t, a, "s1", "add", value.MakeInt(1))
	a.Stop()
	if err := a.Restart(false); err != nil { // its configuration still says version 1
		t.Fatal(err)
	}
	shows(t, w, "s2", "{5}")
}

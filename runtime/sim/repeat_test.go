package sim_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

const orders = `
shared count: GMap[String, GCounter]
shared ids: GSet[String]
shared names: AWSet[String]
shared last: LWW[String]
local here: GCounter
output sent: (String, String)
input order(sku: String, n: Nat) -> String
on order(sku, n) {
  let id = fresh()
  if n == 0 { fail("nothing is ordered") }
  count[sku].increment(n)
  ids.add(id)
  names.add(sku)
  here.increment()
  emit (sku, id) to sent
  reply id
}
input rename(sku: String)
on rename(sku) { last.set(sku)  ids.add(fresh()) }
show count
`

// The first node does the work and dies before it says so; the client asks the
// second one; the first one comes back. The order counts once, under one id.
func TestRetryElsewhereWhileTheFirstOneHasIt(t *testing.T) {
	w := world(t, sim.Options{}, orders, "a", "b")
	settle(t, w)
	order := replica.Input{Req: "r1", Name: "order", Args: []value.Value{text("pen"), value.MakeInt(2)}}
	a, b := w.Node("a"), w.Node("b")
	a.Crash = sim.BeforeSend
	_, _ = a.Do(order)
	if a.Alive() {
		t.Fatal("a did not crash")
	}
	r := do(t, b, order)
	if len(r) != 1 || r[0].Err != nil {
		t.Fatalf("%+v", r)
	}
	if err := a.Restart(false); err != nil {
		t.Fatal(err)
	}
	settle(t, w)
	shows(t, w, "count", `{"pen": 2}`)
	shows(t, w, "names", `{"pen"}`)
	outputs(t, w, "sent", `("pen", `+r[0].Value.String()+`)`)
	for _, n := range w.Nodes() {
		if again := do(t, n, order); again[0].Value.String() != r[0].Value.String() {
			t.Errorf("at %s the answer is %s, it was %s", n.Name, again[0].Value, r[0].Value)
		}
	}
	// Another request is another order, also of the same thing.
	order.Req = "r2"
	do(t, a, order)
	settle(t, w)
	shows(t, w, "count", `{"pen": 4}`)

	// What failed is not remembered: it may succeed later.
	wantCode(t, do(t, a, replica.Input{Req: "r3", Name: "order", Args: []value.Value{text("pen"), value.MakeInt(0)}}), "L0514")
	do(t, a, replica.Input{Req: "r3", Name: "order", Args: []value.Value{text("ink"), value.MakeInt(1)}})
	settle(t, w)
	shows(t, w, "count", `{"ink": 1, "pen": 4}`)
}

// A body that depends on where it runs has no identity; once the table of
// requests has arrived it counts once all the same.
func TestRetryOfABodyWithoutIdentity(t *testing.T) {
	w := world(t, sim.Options{}, orders, "a", "b")
	rename := replica.Input{Req: "r1", Name: "rename", Args: []value.Value{text("x")}}
	do(t, w.Node("a"), rename)
	settle(t, w)
	do(t, w.Node("b"), rename)
	settle(t, w)
	for _, n := range w.Nodes() {
		if v, err := n.Core.View("ids"); err != nil || v.Len() != 1 {
			t.Errorf("%s has the ids %v, %v", n.Name, v, err)
		}
	}
}

// TestRequestsAreForgottenAfterADay: everywhere alike, so that what remembers
// them does not grow for ever.
func TestRequestsAreForgottenAfterADay(t *testing.T) {
	w := world(t, sim.Options{}, orders, "a", "b", "c")
	a, b := w.Node("a"), w.Node("b")
	for _, n := range w.Nodes() {
		do(t, n, replica.Roster{Nodes: []string{"a", "b", "c"}})
	}
	rename := replica.Input{Req: "r0", Name: "rename", Args: []value.Value{text("x")}}
	do(t, a, rename)
	settle(t, w)
	before := a.Core.Status().State.Atoms
	for i := range 200 {
		rename.Req = fmt.Sprintf("r%d", i+1)
		// The same text again and again: only the table of answers grows, and ids.
		do(t, a, rename)
	}
	w.Run(23 * time.Hour)
	rename.Args[0] = text("y")
	do(t, b, rename)
	settle(t, w)
	shows(t, w, "last", `Some("x")`)
	w.Run(9 * time.Hour)
	settle(t, w)
	for _, n := range w.Nodes() {
		if z := n.Core.Status().State; z.Atoms > before+200 || z.Removals > 8 {
			t.Errorf("%s holds %d atoms and %d removals; before the requests there were %d", n.Name, z.Atoms, z.Removals, before)
		}
	}
	do(t, b, rename)
	settle(t, w)
	shows(t, w, "last", `Some("y")`)
}

// What these requests do depends on what the node holds: its rights, and what it sees.
const depends = `
shared stock:   GMap[String, BCounter]
shared spare:   BCounter
shared moved:   GMap[String, PNCounter]
shared points:  GCounter
shared taken:   GSet[(Int, String)]
shared level:   PNCounter
input up(n: Nat)
output sent:    Int
input fill(k: String, n: Nat)
input fillSpare(n: Nat)
input take(id: Int, k: String, n: Nat) -> Bool
input score(n: Nat)
input shift(id: Int) -> Int
input pass(a: String, b: String, n: Nat) -> Bool
on fill(k, n) { stock[k].increment(n) }
on fillSpare(n) { spare.increment(n) }
on take(id, k, n) {
  stock[k].decrement(n) else {
    spare.decrement(n) else reply false
    taken.add((id, "spare"))
    reply true
  }
  taken.add((id, k))
  reply true
}
on up(n) { level.increment(n) }
on score(n) {
  points.increment(n)
  points.increment(to_nat(peek(level, "a test")))
}
on shift(id) {
  let n = to_nat(peek(level, "a test"))
  moved["from"].decrement(n)
  if n % 2 == 0 { moved["even"].increment(n) } else { moved["odd"].increment(n) }
  emit n to sent
  reply n
}
on pass(a, b, n) {
  stock[a].decrement(n) else reply false
  stock[b].increment(n)
  reply true
}
show stock
show points
`

// twice runs a request at a, which is killed before anybody hears of it, and, under
// the same id, at b; then a comes back.
func twice(t *testing.T, w *sim.World, in replica.Input) (second value.Value) {
	t.Helper()
	a, b := w.Node("a"), w.Node("b")
	a.Crash = sim.BeforeSend
	if _, _ = a.Do(in); a.Alive() {
		t.Fatal("a did not crash")
	}
	r := do(t, b, in)
	if len(r) != 1 || r[0].Err != nil {
		t.Fatalf("%+v", r)
	}
	w.Run(time.Second)
	if err := a.Restart(false); err != nil {
		t.Fatal(err)
	}
	a.Crash = sim.NoCrash
	do(t, a, replica.Roster{Nodes: []string{"a", "b", "c"}})
	settle(t, w)
	return r[0].Value
}

func dependsWorld(t *testing.T) *sim.World {
	w := world(t, sim.Options{}, depends, "a", "b", "c")
	for _, n := range w.Nodes() {
		do(t, n, replica.Roster{Nodes: []string{"a", "b", "c"}})
	}
	fill := func(node, k string, n int64) {
		do(t, w.Node(node), replica.Input{Name: "fill", Args: []value.Value{text(k), value.MakeInt(n)}})
	}
	fill("a", "x", 10)
	fill("b", "x", 10)
	fill("a", "y", 10)
	do(t, w.Node("b"), replica.Input{Name: "fillSpare", Args: []value.Value{value.MakeInt(10)}})
	settle(t, w)
	return w
}

// TestRetryElsewhereOfWhatDependsOnTheNode: whatever the two nodes did, one of it
// counts, all of it and everywhere alike; a third node that asks for the same has it
// answered.
func TestRetryElsewhereOfWhatDependsOnTheNode(t *testing.T) {
	ask := func(req, name string, args ...value.Value) replica.Input {
		return replica.Input{Req: req, Name: name, Args: args}
	}
	n := value.MakeInt
	for _, c := range []struct {
		name  string
		in    replica.Input
		shows map[string]string
	}{
		{"each pays with its own rights", ask("r", "take", n(1), text("x"), n(3)), map[string]string{"stock": `{"x": 17, "y": 10}`, "spare": "10"}},
		{"one takes here and the other there", ask("r", "take", n(1), text("y"), n(3)), map[string]string{"stock": `{"x": 20, "y": 7}`, "spare": "10"}},
		{"both sides of a transfer", ask("r", "pass", text("x"), text("z"), n(4)), map[string]string{"stock": `{"x": 16, "y": 10, "z": 4}`}},
		{"rights that are made", ask("r", "fill", text("x"), n(5)), map[string]string{"stock": `{"x": 25, "y": 10}`}},
		{"a count that only grows", ask("r", "score", n(5)), map[string]string{"points": "5"}},
	} {
		w := dependsWorld(t)
		twice(t, w, c.in)
		for view, want := range c.shows {
			shows(t, w, view, want)
		}
		before, _ := w.Node("c").Core.View("stock")
		if r := do(t, w.Node("c"), c.in); r[0].Err != nil {
			t.Errorf("%s: a third time: %v", c.name, r[0].Err)
		}
		settle(t, w)
		if after, _ := w.Node("c").Core.View("stock"); after.String() != before.String() {
			t.Errorf("%s: a third time it is %s after %s", c.name, after, before)
		}
		for _, node := range w.Nodes() {
			for _, k := range []string{"x", "y"} {
				list, err := node.Core.Holdings("stock", text(k))
				if err != nil {
					t.Fatal(err)
				}
				sum, v := int64(0), value.Value{}
				for _, h := range list {
					sum += h.Down
				}
				all, _ := node.Core.View("stock")
				if v, _ = all.Get(text(k)); v.Int() != sum {
					t.Errorf("%s: of %s there are %s, and rights to %d: %+v", c.name, k, v, sum, list)
				}
			}
		}
	}
}

// The two nodes see different things and do different things; of what is counted and
// emitted, one counts, and it is the same one for all of it.
func TestRetryElsewhereOfWhatIsSeenOtherwise(t *testing.T) {
	w := dependsWorld(t)
	a, b := w.Node("a"), w.Node("b")
	w.Partition([][]string{{"a"}, {"b", "c"}})
	do(t, a, replica.Input{Name: "up", Args: []value.Value{value.MakeInt(2)}})
	do(t, b, replica.Input{Name: "up", Args: []value.Value{value.MakeInt(1)}})
	for i, node := range []*sim.Node{a, b} {
		if r := do(t, node, replica.Input{Req: "r", Name: "shift", Args: []value.Value{value.MakeInt(0)}}); r[0].Err != nil || r[0].Value.Int() != int64(2-i) {
			t.Fatalf("%+v", r)
		}
		do(t, node, replica.Input{Req: "s", Name: "score", Args: []value.Value{value.MakeInt(5)}})
	}
	shows1 := func(n *sim.Node, want string) {
		t.Helper()
		if v, err := n.Core.View("moved"); err != nil || v.String() != want {
			t.Errorf("%s has moved %s, %v; want %s", n.Name, v, err, want)
		}
	}
	shows1(a, `{"even": 2, "from": -2}`)
	shows1(b, `{"from": -1, "odd": 1}`)
	w.Heal()
	settle(t, w)
	shows(t, w, "moved", `{"even": 2, "from": -2, "odd": 0}`)
	shows(t, w, "points", "7")
	outputs(t, w, "sent", "1")
	for _, n := range w.Nodes() { // and after a start from a checkpoint, and from the log
		n.Checkpoint()
		n.Stop()
		if err := n.Restart(false); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, w)
	shows(t, w, "moved", `{"even": 2, "from": -2, "odd": 0}`)
}

const others = `
shared hits: GCounter
shared last: LWW[Int]
shared stock: BCounter
coordinated kv: LWW[Int]
input hit(n: Nat)
input asked(n: Nat) -> Nat
input set(n: Int)
input use(n: Nat)
input put(n: Int)
on hit(n) { hits.increment(n) }
on asked(n) { hits.increment(n)  reply n }
on set(n) { last.set(n) }
on use(n) { stock.increment(n) }
on put(n) { coordinate { kv.set(n) } }
show hits
`

// TestOtherRequestsOfOneId: an id that was used for something else is refused,
// wherever the first request is known, after a start from the log and from a
// checkpoint, and nothing is done.
func TestOtherRequestsOfOneId(t *testing.T) {
	names := []string{"a", "b"}
	p := compile(t, others)
	w := sim.NewWorld(sim.Options{Config: func(string) replica.Config {
		return replica.Config{Ops: lasp.Ops(), Program: replica.Program{IR: p, Version: 1, Hash: [32]byte{1}}, Voters: names}
	}})
	for _, name := range names {
		if _, err := w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range w.Nodes() {
		do(t, n, replica.Roster{Nodes: names})
	}
	w.Run(5 * time.Second)
	a, b := w.Node("a"), w.Node("b")
	ask := func(name string, n int64) replica.Input {
		return replica.Input{Req: name, Name: name, Args: []value.Value{value.MakeInt(n)}}
	}
	inputs := []string{"hit", "asked", "set", "use", "put"}
	for _, name := range inputs {
		if r := answers(t, w, a, ask(name, 1)); len(r) != 1 || r[0].Err != nil {
			t.Fatalf("%s: %+v", name, r)
		}
	}
	raw := replica.Mutate{Req: "raw", Writes: []replica.Mutation{{Cell: "hits", Op: "increment", Args: []value.Value{value.MakeInt(1)}}}}
	do(t, a, raw)
	settle(t, w)
	shows(t, w, "hits", "3")
	for _, again := range []func(*sim.Node){
		func(*sim.Node) {},
		func(n *sim.Node) { n.Stop(); restart(t, n, names) },
		func(n *sim.Node) { n.Checkpoint(); n.Stop(); restart(t, n, names) },
	} {
		for _, n := range []*sim.Node{a, b} {
			again(n)
			settle(t, w)
			for _, name := range inputs {
				wantCode(t, answers(t, w, n, ask(name, 2)), "L0637")
				other := ask(name, 1)
				other.Req = inputs[(slices.Index(inputs, name)+1)%len(inputs)]
				wantCode(t, answers(t, w, n, other), "L0637")
				if r := answers(t, w, n, ask(name, 1)); len(r) != 1 || r[0].Err != nil {
					t.Errorf("%s again at %s: %+v", name, n.Name, r)
				}
			}
			changed := raw
			changed.Writes = []replica.Mutation{{Cell: "hits", Op: "increment", Args: []value.Value{value.MakeInt(2)}}}
			wantCode(t, answers(t, w, n, changed), "L0637")
			wantCode(t, answers(t, w, n, replica.Input{Req: "raw", Name: "hit", Args: []value.Value{value.MakeInt(1)}}), "L0637")
		}
	}
	settle(t, w)
	shows(t, w, "hits", "3")
}

func restart(t *testing.T, n *sim.Node, roster []string) {
	t.Helper()
	if err := n.Restart(false); err != nil {
		t.Fatal(err)
	}
	do(t, n, replica.Roster{Nodes: roster})
}

// answers is what a node answers, perhaps after it was decided.
func answers(t *testing.T, w *sim.World, n *sim.Node, ev replica.Event) []replica.Reply {
	t.Helper()
	r := do(t, n, ev)
	for i := 0; len(r) == 0 && i < 100; i++ {
		w.Run(100 * time.Millisecond)
		r = n.Replies()
	}
	return r
}

// TestRefusalIsNotTheLastWord: b lacks the rights that a used for the same request;
// once it has heard of that, the answer is that of a.
func TestRefusalIsNotTheLastWord(t *testing.T) {
	w := dependsWorld(t)
	a, b := w.Node("a"), w.Node("b")
	w.Partition([][]string{{"a"}, {"b", "c"}})
	take := replica.Input{Req: "r", Name: "pass", Args: []value.Value{text("y"), text("z"), value.MakeInt(2)}}
	for i, n := range []*sim.Node{a, b} {
		if r := do(t, n, take); r[0].Err != nil || r[0].Value.Bool() != (i == 0) {
			t.Fatalf("%s: %+v", n.Name, r)
		}
	}
	w.Heal()
	settle(t, w)
	shows(t, w, "stock", `{"x": 20, "y": 8, "z": 2}`)
	for _, n := range w.Nodes() {
		if r := do(t, n, take); r[0].Err != nil || !r[0].Value.Bool() {
			t.Errorf("%s: %+v", n.Name, r)
		}
	}
}

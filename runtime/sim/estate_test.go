package sim_test

import (
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// rooms has counters with room between 0 and both bounds, which the founders share.
const rooms = `
shared n: GMap[String, BCounter]
invariant n[_] >= -3 and n[_] <= 9
input add(k: String, d: Nat) -> Bool
input take(k: String, d: Nat) -> Bool
on add(k, d)  { n[k].increment(d) else reply false
                reply true }
on take(k, d) { n[k].decrement(d) else reply false
                reply true }
`

// founded makes nodes of a program that found its order and share its rights.
func founded(t *testing.T, text string, names ...string) *sim.World {
	t.Helper()
	p := version(t, 1, text)
	w := sim.NewWorld(sim.Options{Config: func(string) replica.Config {
		return replica.Config{Ops: lasp.Ops(), Agreed: true, Voters: names, Founders: names, Program: p}
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
	return w
}

// done is one operation, and whether it was done.
func done(t *testing.T, n *sim.Node, input string, args ...value.Value) bool {
	t.Helper()
	r := do(t, n, replica.Input{Name: input, Args: args})
	if len(r) != 1 || r[0].Err != nil {
		t.Fatalf("%s is answered by %+v", input, r)
	}
	return r[0].Value.Bool()
}

// used is how many ones an operation takes at some nodes until all refuse it.
func used(t *testing.T, w *sim.World, input, key string, names ...string) (n int) {
	t.Helper()
	for idle := 0; idle < 6; idle++ {
		for _, name := range names {
			for done(t, w.Node(name), input, value.MakeString(key), value.MakeInt(1)) {
				n, idle = n+1, 0
			}
		}
		w.Run(3 * time.Second)
	}
	return n
}

// The rights of a node that is down wait for it. When it is retired they go on, once
// each: those that it made, and its share of what nobody made, of counters that are
// there and of those that come; what it used after it was cut off is void.
func TestEstateOfARetiredNode(t *testing.T) {
	w := founded(t, rooms, "a", "b", "c")
	if !done(t, w.Node("c"), "add", value.MakeString("x"), value.MakeInt(3)) {
		t.Fatal("c has a share of the room")
	}
	w.Run(2 * time.Second)
	w.Partition([][]string{{"a", "b"}, {"c"}})
	w.Run(time.Second)
	if n := used(t, w, "take", "x", "a", "b"); n != 2 {
		t.Fatalf("%d are taken while c, which holds 4 of 6, is away", n)
	}
	if !done(t, w.Node("c"), "take", value.MakeString("x"), value.MakeInt(4)) {
		t.Fatal("c may use its rights while it is cut off")
	}
	if _, err := replyTo(t, w, w.Node("b"), replica.Retire{Nodes: []string{"c"}}); err != nil {
		t.Fatal(err)
	}
	w.Run(2 * time.Second)
	if n := used(t, w, "take", "x", "b", "a"); n != 4 {
		t.Errorf("%d are taken of the 4 that c left", n)
	}
	if n := used(t, w, "add", "new", "a", "b"); n != 9 {
		t.Errorf("%d are added to a counter with room for 9", n)
	}
	w.Heal()
	w.Run(5 * time.Second)
	c := w.Node("c")
	if c.Alive() || c.Retired.Lost == 0 {
		t.Fatalf("c says %+v", c.Retired)
	}
	if err := c.Restart(false); err != nil {
		t.Fatal(err)
	}
	do(t, c, replica.Roster{Nodes: []string{"a", "b", "c"}})
	w.Run(10 * time.Second)
	if n := used(t, w, "take", "x", "c", "a", "b"); n != 0 {
		t.Errorf("%d are taken again", n)
	}
	if n := used(t, w, "take", "new", "c", "b"); n != 12 {
		t.Errorf("%d are taken of 9 and the room of 3", n)
	}
	settle(t, w)
	for _, n := range w.Nodes() {
		if v, err := n.Core.View("n"); err != nil || v.String() != `{"new": -3, "x": -3}` {
			t.Errorf("%s: %s %v", n.Name, v, err)
		}
	}
}

// Whoever was left an estate and is itself given up leaves that as well.
func TestEstateIsLeftOn(t *testing.T) {
	w := founded(t, rooms, "a", "b", "c", "d", "e")
	w.Node("e").Stop()
	w.Run(2 * time.Second)
	if _, err := replyTo(t, w, w.Node("a"), replica.Retire{Nodes: []string{"e"}}); err != nil {
		t.Fatal(err)
	}
	settle(t, w)
	leader := w.Node(w.Node("a").Core.Order().Leader)
	leader.Stop()
	w.Run(5 * time.Second)
	var rest []string
	for _, n := range w.Nodes() {
		if n.Alive() {
			rest = append(rest, n.Name)
		}
	}
	if _, err := replyTo(t, w, w.Node(rest[1]), replica.Retire{Nodes: []string{leader.Name}}); err != nil {
		t.Fatal(err)
	}
	w.Run(2 * time.Second)
	if n := used(t, w, "add", "x", rest...); n != 9 {
		t.Errorf("%d are added where there is room for 9", n)
	}
}

// pool is a counter that is moved with and without the order.
const pool = `
shared n: BCounter
invariant n >= 0
input add(d: Nat)
input take(d: Nat) -> Bool
input agree(d: Nat) -> Bool
input back(d: Nat)
on add(d)   { n.increment(d) }
on take(d)  { n.decrement(d) else reply false
              reply true }
on agree(d) { coordinate { n.decrement(d) else reply false
                           reply true } }
on back(d)  { coordinate { n.increment(d) } }
`

// Rights that the order was given go back to nodes that ask for them.
func TestOrderGivesRightsBack(t *testing.T) {
	w := founded(t, pool, "a", "b", "c")
	do(t, w.Node("b"), replica.Input{Name: "back", Args: []value.Value{value.MakeInt(10)}}) // they are the order's
	w.Run(2 * time.Second)
	b := w.Node("b")
	b.Replies()
	if done(t, b, "take", value.MakeInt(4)) {
		t.Fatal("b has no rights")
	}
	w.Run(3 * time.Second)
	if !done(t, b, "take", value.MakeInt(4)) {
		list, _ := b.Core.Holdings("n")
		t.Fatalf("the order does not give: %+v", list)
	}
	v, err := replyTo(t, w, w.Node("c"), replica.Input{Name: "agree", Args: []value.Value{value.MakeInt(6)}})
	if err != nil || !v.Bool() {
		// What b holds beyond what it used is asked for.
		w.Run(3 * time.Second)
		v, err = replyTo(t, w, w.Node("c"), replica.Input{Name: "agree", Args: []value.Value{value.MakeInt(6)}})
	}
	if err != nil || !v.Bool() {
		t.Errorf("the rest is refused: %v, %v", v, err)
	}
	settle(t, w)
	for _, n := range w.Nodes() {
		if v, err := n.Core.View("n"); err != nil || v.Int() != 0 || done(t, n, "take", value.MakeInt(1)) {
			t.Errorf("%s: %v %v", n.Name, v, err)
		}
	}
}

// A node that waits for rights which do not come, because their holder is down,
// does not keep what it has from others however often it asks.
func TestUnmetWantDoesNotKeepRights(t *testing.T) {
	w := stockWorld(t, "a", "b", "c")
	a, b, c := w.Node("a"), w.Node("b"), w.Node("c")
	take(t, b, 2)
	take(t, c, 1)
	w.Run(5 * time.Second)
	a.Stop() // with 2; b holds 2, c 1
	for range 8 {
		take(t, b, 4)
		w.Run(time.Second)
		if take(t, c, 3) {
			return
		}
		w.Run(4 * time.Second)
		if take(t, c, 3) {
			return
		}
	}
	list, err := b.Core.Holdings("stock")
	t.Errorf("c is refused what b has and does not use: %+v %v", list, err)
}

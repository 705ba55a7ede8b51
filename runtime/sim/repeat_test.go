package sim_test

import (
	"fmt"
	"testing"
	"time"

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

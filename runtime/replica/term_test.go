package replica

import (
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/runtime/order"
	"github.com/laspc/lasp/runtime/wire"
)

// newCounter makes the only voter of an order that counts.
func newCounter(t *testing.T) (c *Core, shows func(want string)) {
	t.Helper()
	checked, ds := lasp.Check(source.NewFile("n.lasp", []byte("coordinated n: PNCounter\ninput up()\non up() { coordinate { n.increment() } }\nshow n\n")))
	if diag.HasErrors(ds) {
		t.Fatal(ds[0].Title)
	}
	p, err := lasp.Compile(checked)
	if err != nil {
		t.Fatal(err)
	}
	c, err = New(Config{Actor: lattice.Actor{Node: "a", Inc: 1}, Ops: lasp.Ops(), Program: Program{IR: p, Version: 1}, Voters: []string{"a"}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	shows = func(want string) {
		t.Helper()
		for r := c.Ready(); !r.Empty(); r = c.Ready() {
			c.Advance()
		}
		if v, err := c.View("n"); err != nil || v.String() != want {
			t.Errorf("n is %v, %v; want %s", v, err, want)
		}
	}
	shows("0")
	return c, shows
}

func askUp(id string) *asked {
	return &asked{req: wire.OrderRequest{ID: id, Kind: wire.RunInput, Name: "up", Origin: "a", Hash: make([]byte, 32)}, deadline: never}
}

// An entry that was evaluated in another term than it is committed in has no
// effect: something may have been decided between the two.
func TestEntryOfAnotherTermIsVoid(t *testing.T) {
	c, shows := newCounter(t)
	if err := c.Step(Input{Name: "up"}); err != nil {
		t.Fatal(err)
	}
	shows("1")
	for i, ahead := range []uint64{1, 0} {
		q := askUp(string(rune('x' + i)))
		a, delta, known := c.evaluate(q)
		if a == nil || a.Code != "" || delta == nil || known {
			t.Fatalf("the request gives %+v, %v, %v", a, delta, known)
		}
		en := wire.OrderEntry{Term: c.ord.group.Term() - ahead, Seq: c.orderMark() + 1, Delta: encodeDelta(delta), Answers: []wire.OrderAnswer{*a}}
		if !c.ord.group.Propose(wire.EncodePart(&en)) {
			t.Fatal("the only voter does not lead")
		}
		shows([]string{"1", "2"}[i])
	}
}

// Nothing of an entry that is void counts, and all of its requests are decided
// again, in their order.
func TestSharedEntryIsVoidAsAWhole(t *testing.T) {
	c, shows := newCounter(t)
	b := &batch{t: &turn{c: c, clock: c.tickClock()}}
	for _, id := range []string{"x", "y", "z"} {
		if !c.evaluateIn(b, askUp(id)) {
			t.Fatal("a request does not share the entry")
		}
	}
	term := c.ord.group.Term()
	en := wire.OrderEntry{Term: term, Seq: c.orderMark() + 1, Delta: encodeDelta(b.t.draft()), Answers: b.answers}
	c.ord.flight = &flight{taken: b.taken, term: term}
	c.applyEntry(order.Entry{Index: 9, Term: term + 1, Data: wire.EncodePart(&en)})
	if c.orderMark() == en.Seq || len(c.ord.queue) != 3 {
		t.Fatalf("the void entry counts, or only %d of its requests wait again", len(c.ord.queue))
	}
	shows("3")
	if len(c.ord.queue) > 0 || c.ord.flight != nil {
		t.Errorf("%d requests wait", len(c.ord.queue))
	}
	for _, id := range []string{"x", "y", "z"} {
		if _, known, err := c.recall(askUp(id)); !known || err != nil {
			t.Errorf("%s is not remembered: %v", id, err)
		}
	}
}

// The entries of earlier versions, which each decide one request, are read.
func TestEntryOfOneRequestIsRead(t *testing.T) {
	c, shows := newCounter(t)
	a, delta, _ := c.evaluate(askUp("x"))
	one := map[int]any{1: c.ord.group.Term(), 2: c.orderMark() + 1, 3: c.clock, 4: encodeDelta(delta),
		5: []any{map[int]any{1: a.ID, 7: c.orderMark() + 1}}}
	if !c.ord.group.Propose(wire.EncodePart(one)) {
		t.Fatal("the only voter does not lead")
	}
	shows("1")
}

// A request that was decided and is asked for again has its answer, also where the
// leader lacks what its origin wrote since; and what a leader gives up on says so,
// for an origin that has asked several to know that another may have decided it.
func TestDecidedRequestIsNotRefused(t *testing.T) {
	c, shows := newCounter(t)
	if err := c.Step(Input{Req: "x", Name: "up", Ref: 1}); err != nil {
		t.Fatal(err)
	}
	shows("1")
	far := encodeVector(lattice.VectorOf(lattice.Range{Actor: lattice.Actor{Node: "b", Inc: 1}, Lo: 1, Hi: 5}))
	for _, x := range []struct {
		id          string
		known, late bool
	}{{"x", true, false}, {"y", false, true}} {
		q := askUp(x.id)
		q.req.Vector, q.deadline = far, c.now
		if got := c.decidable(q); got != x.known {
			t.Errorf("%s can be decided: %v", x.id, got)
		}
		p := &pending{req: q.req, deadline: never}
		c.ord.queue, c.ord.pending = []*asked{q}, []*pending{p}
		c.tickQueue()
		if p.answer == nil || p.answer.Late != x.late || (p.answer.Code == "") != x.known {
			t.Errorf("%s is answered by %+v", x.id, p.answer)
		}
		c.ord.pending = nil
	}
}

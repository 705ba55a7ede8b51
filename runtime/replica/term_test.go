package replica

import (
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/runtime/wire"
)

// An entry that was evaluated in another term than it is committed in has no
// effect: something may have been decided between the two.
func TestEntryOfAnotherTermIsVoid(t *testing.T) {
	checked, ds := lasp.Check(source.NewFile("n.lasp", []byte("coordinated n: PNCounter\ninput up()\non up() { coordinate { n.increment() } }\nshow n\n")))
	if diag.HasErrors(ds) {
		t.Fatal(ds[0].Title)
	}
	p, err := lasp.Compile(checked)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{Actor: lattice.Actor{Node: "a", Inc: 1}, Ops: lasp.Ops(), Program: Program{IR: p, Version: 1}, Voters: []string{"a"}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	pump := func() {
		for r := c.Ready(); !r.Empty(); r = c.Ready() {
			c.Advance()
		}
	}
	shows := func(want string) {
		t.Helper()
		pump()
		if v, err := c.View("n"); err != nil || v.String() != want {
			t.Errorf("n is %v, %v; want %s", v, err, want)
		}
	}
	pump()
	if err := c.Step(Input{Name: "up"}); err != nil {
		t.Fatal(err)
	}
	shows("1")
	for i, ahead := range []uint64{1, 0} {
		q := &asked{req: wire.OrderRequest{ID: string(rune('x' + i)), Kind: wire.RunInput, Name: "up", Origin: "a"}}
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

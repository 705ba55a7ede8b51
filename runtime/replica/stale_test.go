package replica_test

import (
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/wire"
)

// A replica whose log is an older copy notices when it is sent turns of its own,
// although it never heard the greeting of who sends them.
func TestOwnTurnsFromAPeerShowAnOlderCopy(t *testing.T) {
	checked, _ := lasp.Check(source.NewFile("test.lasp", []byte("shared n: GCounter\nshow n\n")))
	p, err := lasp.Compile(checked)
	if err != nil {
		t.Fatal(err)
	}
	a := lattice.Actor{Node: "a", Inc: 1}
	for actor, stale := range map[lattice.Actor]string{a: "b", {Node: "a", Inc: 2}: "", {Node: "c", Inc: 1}: ""} {
		c, err := replica.New(replica.Config{Actor: a, Ops: lasp.Ops(), Program: replica.Program{IR: p, Version: 1}}, 1)
		if err != nil {
			t.Fatal(err)
		}
		data, err := lattice.EncodeDelta(&lattice.Delta{Covers: []lattice.Range{{Actor: actor, Lo: 1, Hi: 3}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range []replica.Event{replica.PeerUp{Peer: "b"}, replica.Receive{From: "b", Msg: &wire.Batch{Delta: data}}} {
			if err := c.Step(ev); err != nil {
				t.Fatal(err)
			}
			c.Ready()
			c.Advance()
		}
		if c.Stale() != stale {
			t.Errorf("after turns of %v the copy is older than what %q has, want %q", actor, c.Stale(), stale)
		}
	}
}

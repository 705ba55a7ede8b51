package sim_test

import (
	"testing"
	"time"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
	"github.com/laspc/lasp/runtime/wire"
)

const superseded = `
shared best: Max[Int]
shared set:  AWSet[Int]
shared more: GSet[Int]
show b = best
`

// c holds what took the place of b's writes, and is lost for good after any
// number of messages of a transfer to a, which are lost themselves here and
// there or come in another order. a and b, who are left, come to agree.
func TestSenderIsLostWithinATransfer(t *testing.T) {
	p := compile(t, superseded)
	for seed := range 40 {
		ch := sim.Seeded(uint64(seed))
		w := sim.NewWorld(sim.Options{Chooser: ch, Config: func(name string) replica.Config {
			c := config(p)(name)
			c.Options = replica.Options{BatchAtoms: 1}
			return c
		}})
		for _, name := range []string{"a", "b", "c"} {
			if _, err := w.Add(name); err != nil {
				t.Fatal(err)
			}
		}
		settle(t, w)
		w.Partition([][]string{{"a"}, {"b", "c"}})
		for i, name := range []string{"b", "c"} {
			n := w.Node(name)
			write(t, n, "best", "join", value.MakeInt(5+2*int64(i)))
			write(t, n, "set", "add", value.MakeInt(1))
			write(t, n, "set", "add", value.MakeInt(2+int64(i)))
			write(t, n, "more", "add", value.MakeInt(int64(i)))
			settle(t, w)
			w.Partition(nil)
		}
		write(t, w.Node("c"), "set", "remove", value.MakeInt(2))
		w.Partition([][]string{{"a", "c"}, {"b"}})
		for n := seed / 2; n > 0 && w.Flights() > 0; n-- {
			if ch.Choose(6) == 0 {
				w.Drop(ch.Choose(w.Flights()))
			} else {
				w.Deliver(ch.Choose(w.Flights()))
			}
		}
		w.Node("c").Stop()
		w.Heal()
		if err := w.Settle(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// forge makes a node count turns of a peer as known that brought nothing.
func forge(t *testing.T, n *sim.Node, of lattice.Actor, lo, hi uint64) {
	t.Helper()
	data, err := lattice.EncodeDelta(&lattice.Delta{Covers: []lattice.Range{{Actor: of, Lo: lo, Hi: hi}}})
	if err != nil {
		t.Fatal(err)
	}
	do(t, n, replica.Receive{From: of.Node, Msg: &wire.Batch{Delta: data}})
}

// Nodes that know the same turns and hold different states, by whatever fault,
// notice by their sums and mend each other; what was mended is in the log.
func TestNodesMendEachOther(t *testing.T) {
	w := worldWith(t, replica.Options{BatchAtoms: 2}, "a", "b")
	w.Run(time.Second)
	a, b := w.Node("a"), w.Node("b")
	w.Partition(nil)
	addNumbers(t, a, 0, 50)
	addNumbers(t, b, 100, 150)
	forge(t, a, lattice.Actor{Node: "b", Inc: 1}, 2, 40)
	forge(t, b, lattice.Actor{Node: "a", Inc: 1}, 30, 60)
	w.Heal()
	w.Run(5 * time.Second)
	shows(t, w, "n", "100")
	if err := w.Converged(); err != nil {
		t.Error(err)
	}
	if len(a.Core.Status().Peers) != 1 || a.Core.Status().Peers[0].Differs {
		t.Errorf("%+v", a.Core.Status())
	}
	before := w.Bytes
	w.Run(20 * time.Second)
	if sent := w.Bytes - before; sent > 2000 {
		t.Errorf("after the repair they send %d bytes in 20 seconds", sent)
	}
	for _, n := range w.Nodes() {
		digest := n.Core.Digest()
		n.Stop()
		if err := n.Restart(false); err != nil {
			t.Fatal(err)
		}
		if n.Core.Digest() != digest {
			t.Errorf("%s holds something else after a restart", n.Name)
		}
	}
}

// A difference that stays after all was exchanged is told, and is not worked on
// for ever.
func TestDifferenceThatStays(t *testing.T) {
	cfg := config(compile(t, numbers))("a")
	cfg.Actor.Node, cfg.Actor.Inc = "a", 1
	now := int64(time.Second)
	core, err := replica.New(cfg, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := core.Step(replica.PeerUp{Peer: "b"}); err != nil {
		t.Fatal(err)
	}
	var groups []wire.GroupVector
	batches, told := 0, 0
	for range 600 {
		r := *core.Ready()
		core.Advance()
		for _, n := range r.Notes {
			if n.Code == "L0609" {
				told++
			}
		}
		for _, e := range r.Send {
			switch m := e.Msg.(type) {
			case *wire.Batch:
				batches++
			case *wire.Hello:
				groups = []wire.GroupVector{{Vector: m.Vectors[0].Vector, Sum: make([]byte, 16)}}
				err = core.Step(replica.Receive{From: "b", Msg: &wire.Hello{Node: "b", Inc: 1, Vectors: groups}})
			case *wire.Vectors:
				err = core.Step(replica.Receive{From: "b", Msg: &wire.Vectors{Vectors: groups}})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		now += int64(time.Second / 4)
		core.Tick(now)
	}
	if batches != 3 || told != 4 {
		t.Errorf("%d batches were sent, and it was told %d times", batches, told)
	}
	if ps := core.Status().Peers; len(ps) != 1 || !ps[0].Differs {
		t.Errorf("%+v", ps)
	}
}

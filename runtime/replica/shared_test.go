package replica_test

import (
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/wire"
)

// group is replicas whose messages a test passes on.
type group struct {
	t     testing.TB
	cores map[string]*replica.Core
}

func newGroup(t testing.TB, program string, names ...string) *group {
	checked, _ := lasp.Check(source.NewFile("test.lasp", []byte(program)))
	p, err := lasp.Compile(checked)
	if err != nil {
		t.Fatal(err)
	}
	g := &group{t, map[string]*replica.Core{}}
	for _, name := range names {
		cfg := replica.Config{Actor: lattice.Actor{Node: name, Inc: 1}, Ops: lasp.Ops(), Program: replica.Program{IR: p, Version: 1, Hash: [32]byte{1}}}
		if g.cores[name], err = replica.New(cfg, 1); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names {
		for _, peer := range names {
			if peer != name {
				g.step(name, replica.PeerUp{Peer: peer})
			}
		}
	}
	return g
}

func (g *group) step(name string, ev replica.Event) {
	g.t.Helper()
	if err := g.cores[name].Step(ev); err != nil {
		g.t.Fatal(err)
	}
}

// ready is what a replica sends, with what it logs.
func (g *group) ready(name string) replica.Ready {
	r := *g.cores[name].Ready()
	g.cores[name].Advance()
	return r
}

// settle passes messages on, but for those to one replica, until there are none.
func (g *group) settle(deaf string) {
	g.t.Helper()
	for again := true; again; {
		again = false
		for name := range g.cores {
			for _, e := range g.ready(name).Send {
				if again = true; e.To != deaf {
					g.step(e.To, replica.Receive{From: name, Msg: e.Msg})
				}
			}
		}
	}
}

func (g *group) inc(name string) {
	g.t.Helper()
	g.step(name, replica.Mutate{Writes: []replica.Mutation{{Cell: "n", Op: "increment", Args: []value.Value{value.MakeInt(1)}}}, Ref: 1})
}

func batches(r replica.Ready) map[string]*wire.Batch {
	found := map[string]*wire.Batch{}
	for _, e := range r.Send {
		if b, ok := e.Msg.(*wire.Batch); ok {
			found[e.To] = b
		}
	}
	return found
}

const oneCounter = "shared n: GCounter\nshow n\n"

// Peers to whom the same was sent get one batch, which is made once; one that was
// sent something else gets its own. A lost acknowledgement makes no difference.
func TestPeersShareABatch(t *testing.T) {
	g := newGroup(t, oneCounter, "a", "b", "c")
	g.settle("")
	for round := range 3 {
		g.inc("a")
		r := g.ready("a")
		sent := batches(r)
		if len(sent) != 2 || sent["b"] != sent["c"] {
			t.Fatalf("round %d: %d batches, shared: %v", round, len(sent), sent["b"] == sent["c"])
		}
		for _, e := range r.Send {
			g.step(e.To, replica.Receive{From: "a", Msg: e.Msg})
		}
		g.ready("c") // its acknowledgement is lost
	}
	g.step("a", replica.PeerDown{Peer: "c"})
	g.inc("a")
	g.settle("c")
	g.step("a", replica.PeerUp{Peer: "c"})
	g.step("c", replica.PeerUp{Peer: "a"})
	g.inc("a") // before c has said what it holds
	if sent := batches(g.ready("a")); sent["b"] == nil || sent["c"] == sent["b"] {
		t.Errorf("c is sent what b lacks: %v", sent)
	}
	g.settle("")
	for name, c := range g.cores {
		if v, err := c.View("n"); err != nil || v.String() != "5" {
			t.Errorf("%s has %v, %v, want 5", name, v, err)
		}
	}
}

// What comes whole goes to the log as it came; what is known in part does not.
func TestWholeDeltasAreLoggedAsTheyCame(t *testing.T) {
	g := newGroup(t, oneCounter, "a", "b")
	g.settle("")
	logged := func(msg wire.Message) []byte {
		t.Helper()
		g.step("b", replica.Receive{From: "a", Msg: msg})
		r := g.ready("b")
		if len(r.Persist) == 0 {
			return nil
		}
		if len(r.Persist) != 1 || len(r.Persist[0].Deltas) != 1 {
			t.Fatalf("logged %+v", r.Persist)
		}
		return r.Persist[0].Deltas[0].Delta
	}
	g.inc("a")
	first := batches(g.ready("a"))["b"]
	if data := logged(first); string(data) != string(first.Delta) {
		t.Errorf("logged %x of %x", data, first.Delta)
	}
	if data := logged(first); data != nil {
		t.Errorf("logged %x again", data)
	}
}

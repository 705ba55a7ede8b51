package sim_test

import (
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// compile compiles a program given as text.
func compile(t testing.TB, text string) *ir.Program {
	t.Helper()
	p, ds := lasp.Check(source.NewFile("test.lasp", []byte(text)))
	if diag.HasErrors(ds) {
		t.Fatalf("%v: %s", ds[0].Code, ds[0].Title)
	}
	c, err := lasp.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// world starts nodes with a program.
func world(t testing.TB, o sim.Options, text string, names ...string) *sim.World {
	t.Helper()
	o.Config = config(compile(t, text))
	w := sim.NewWorld(o)
	for _, name := range names {
		if _, err := w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// config runs p as version 1.
func config(p *ir.Program) func(string) replica.Config {
	return func(string) replica.Config {
		return replica.Config{Ops: lasp.Ops(), Program: replica.Program{IR: p, Version: 1, Hash: [32]byte{1}}}
	}
}

func ints(ns ...int64) value.Value {
	vs := make([]value.Value, len(ns))
	for i, n := range ns {
		vs[i] = value.MakeInt(n)
	}
	return value.MakeList(vs)
}

// write does one operation at a node and fails the test when it is refused.
func write(t testing.TB, n *sim.Node, cell, op string, args ...value.Value) {
	t.Helper()
	for _, r := range do(t, n, replica.Mutate{Writes: []replica.Mutation{{Cell: cell, Op: op, Args: args}}}) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
}

func do(t testing.TB, n *sim.Node, ev replica.Event) []replica.Reply {
	t.Helper()
	replies, err := n.Do(ev)
	if err != nil {
		t.Fatal(err)
	}
	return replies
}

// shows fails the test unless a view reads as want at every live node.
func shows(t testing.TB, w *sim.World, name, want string) {
	t.Helper()
	for _, n := range w.Nodes() {
		if !n.Alive() {
			continue
		}
		v, err := n.Core.View(name)
		if err != nil {
			t.Fatal(err)
		}
		if v.String() != want {
			t.Errorf("at %s, %s is %s, want %s", n.Name, name, v, want)
		}
	}
}

func settle(t testing.TB, w *sim.World) {
	t.Helper()
	if err := w.Settle(); err != nil {
		t.Fatal(err)
	}
}

const first = `
shared s1: GSet[Int]
let s2 = s1.map(x => x * 2)
show s2
`

func TestFirstProgramOnThreeNodes(t *testing.T) {
	w := world(t, sim.Options{}, first, "a", "b", "c")
	write(t, w.Node("a"), "s1", "add_all", ints(1, 2, 3))
	settle(t, w)
	shows(t, w, "s2", "{2, 4, 6}")
	w.Node("b").Stop()
	write(t, w.Node("c"), "s1", "add_all", ints(4, 5, 6))
	if err := w.Node("b").Restart(false); err != nil {
		t.Fatal(err)
	}
	settle(t, w)
	shows(t, w, "s2", "{2, 4, 6, 8, 10, 12}")
}

func TestTimedRunDeliversAndRepeats(t *testing.T) {
	run := func() [32]byte {
		w := world(t, sim.Options{Chooser: sim.Seeded(7)}, first, "a", "b", "c")
		w.Cut("a", "b", true)
		w.Run(100 * time.Millisecond)
		write(t, w.Node("a"), "s1", "add_all", ints(1, 2))
		w.Run(3 * time.Second)
		shows(t, w, "s2", "{2, 4}") // by way of c
		return w.Trace()
	}
	first, second := run(), run()
	if first != second {
		t.Error("the same run has two traces")
	}
}

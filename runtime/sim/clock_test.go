package sim_test

import (
	"testing"
	"time"

	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

const stamped = `
shared at: LWW[Int]
shared by: GMap[String, LWW[Int]]
shared n: GSet[Int]
shared times: GSet[Duration]
shared ticks: GCounter
input set(v: Int)
on set(v) { at.set(v) }
input put(v: Int)
on put(v) { by["k"].set(v) }
input time()
on time() { times.add(now()) }
input add(v: Int)
on add(v) { n.add(v) }
on every 10s { ticks.increment() }
show at
show n
show ticks
`

func ask(t *testing.T, n *sim.Node, name string, args ...value.Value) []replica.Reply {
	t.Helper()
	return do(t, n, replica.Input{Name: name, Args: args})
}

// TestClockOutOfRange: a node whose clock is wrong refuses what its clock would
// stamp and nothing else, and the others refuse nothing.
func TestClockOutOfRange(t *testing.T) {
	for _, skew := range []time.Duration{time.Hour, -time.Hour} {
		w := world(t, sim.Options{}, stamped, "a", "b", "c")
		c := w.Node("c")
		one, two := value.MakeInt(1), value.MakeInt(2)
		settle(t, w)
		if r := ask(t, c, "set", one); r[0].Err != nil {
			t.Fatal(r[0].Err)
		}
		c.Skew = skew
		w.Run(time.Minute)
		for _, name := range []string{"set", "put"} {
			wantCode(t, ask(t, c, name, two), "L0606")
		}
		wantCode(t, ask(t, c, "time"), "L0606")
		wantCode(t, do(t, c, replica.Mutate{Writes: []replica.Mutation{{Cell: "at", Op: "set", Args: []value.Value{two}}}}), "L0606")
		if r := ask(t, c, "add", two); r[0].Err != nil {
			t.Fatal(r[0].Err)
		}
		a := w.Node("a")
		if r := ask(t, a, "set", value.MakeInt(3)); r[0].Err != nil {
			t.Fatal("the clocks of a and b are right:", r[0].Err)
		}
		w.Run(time.Minute)
		shows(t, w, "at", "Some(3)")
		shows(t, w, "n", "{2}")
		if skew > 0 { // alone it does not forget that its clock is wrong
			w.Partition([][]string{{"a", "b"}})
			wantCode(t, ask(t, c, "set", two), "L0606")
			w.Heal()
		}
		c.Skew = 0
		w.Run(time.Minute)
		if r := ask(t, c, "set", value.MakeInt(4)); r[0].Err != nil {
			t.Fatal("the clock is right again:", r[0].Err)
		}
		w.Run(time.Minute)
		shows(t, w, "at", "Some(4)")
	}
}

// TestClockSetBack: what a node does by the clock does not wait until the clock
// shows again what it showed before.
func TestClockSetBack(t *testing.T) {
	w := world(t, sim.Options{}, stamped, "a", "b")
	a := w.Node("a")
	a.Skew = time.Hour
	w.Run(time.Minute)
	a.Skew = 0
	w.Run(time.Minute)
	before, _ := a.Core.View("ticks")
	if r := ask(t, a, "add", value.MakeInt(1)); r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
	w.Run(time.Minute)
	shows(t, w, "n", "{1}")
	after, _ := a.Core.View("ticks")
	if after.Int() < before.Int()+10 { // of two nodes in a minute
		t.Errorf("timed handlers ran %d times in a minute", after.Int()-before.Int())
	}
}

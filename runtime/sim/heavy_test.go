package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

const laborious = `
coordinated n: PNCounter
input up(v: Nat) -> Int
input toil(v: Nat) -> Int
on up(v) { coordinate { n.increment(v) reply n } }
on toil(v) { coordinate { n.increment(1000) for x in 0 .. v { for y in 0 .. v { } } reply n } }
show n
`

// A request that takes more fuel than those have that share an entry is decided
// after them, alone: whether it comes to an end or not, they do not wait for it,
// and it has all the fuel that a body may have.
func TestHeavyRequestsAreDecidedAlone(t *testing.T) {
	p := compile(t, laborious)
	w := sim.NewWorld(sim.Options{Config: func(string) replica.Config {
		return replica.Config{Ops: lasp.Ops(), Voters: []string{"a", "b", "c"}, Options: replica.Options{Fuel: 5_000_000},
			Program: replica.Program{IR: p, Version: 1, Hash: [32]byte{1}}}
	}})
	for _, name := range []string{"a", "b", "c"} {
		if _, err := w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	w.Run(2 * time.Second)
	const ends, never = 2_100, 30_000 // 4.4 million rounds; too many
	var got []string
	for i, in := range []replica.Input{
		{Name: "toil", Args: []value.Value{value.MakeInt(never)}}, // at once, as nothing waits
		{Name: "up", Args: []value.Value{value.MakeInt(1)}},
		{Name: "toil", Args: []value.Value{value.MakeInt(ends)}},
		{Name: "up", Args: []value.Value{value.MakeInt(1)}},
		{Name: "toil", Args: []value.Value{value.MakeInt(never)}},
		{Name: "up", Args: []value.Value{value.MakeInt(1)}},
	} {
		in.Req, in.Ref = fmt.Sprint("r", i), fmt.Sprint(i, ": ")
		gather(do(t, w.Node("a"), in), &got)
	}
	w.Run(2 * time.Second)
	gather(w.Node("a").Replies(), &got)
	want := []string{"0: " + op.OutOfFuel, "1: 1", "3: 2", "5: 3", "2: 1003", "4: " + op.OutOfFuel}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("answered %q, want %q", got, want)
	}
	shows(t, w, "n", "1003")
}

package sim_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// Every operation that is not refused leaves an entry in the same turn, so what
// the entries add up to is what the counters are without their bounds: a view
// could hide that one was passed.
const escrowed = `
shared seats:   GMap[String, BCounter]
shared entries: GSet[(String, Int, String)]
invariant seats[_] >= -3 and seats[_] <= 9
input add(k: String, n: Nat) -> Bool
input take(k: String, n: Nat) -> Bool
on add(k, n)  { seats[k].increment(n) else reply false
                entries.add((k, n, fresh()))
                reply true }
on take(k, n) { seats[k].decrement(n) else reply false
                entries.add((k, 0 - n, fresh()))
                reply true }
`

const (
	escrowLower, escrowUpper = -3, 9
	escrowKeys               = 2
)

// escrowWorld is nodes that book seats while the network and they themselves
// fail.
type escrowWorld struct {
	*sim.World
	t     *testing.T
	seed  uint64
	ch    *sim.Chooser
	names []string
	ends  []func()
}

func newEscrowWorld(t *testing.T, seed uint64) *escrowWorld {
	e := &escrowWorld{t: t, seed: seed, ch: sim.Seeded(seed)}
	for i := range 3 + int(seed%3) {
		e.names = append(e.names, string(rune('a'+i)))
	}
	p := compile(t, escrowed)
	e.World = sim.NewWorld(sim.Options{Chooser: e.ch, Net: sim.Net{Seed: seed, Loss: 0.05, Twice: 0.1}, Config: func(name string) replica.Config {
		c := config(p)(name)
		c.Founders, c.Seed = e.names, seed
		return c
	}})
	for _, name := range e.names {
		if _, err := e.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// order is one operation at a node, and reports whether it was done.
func (e *escrowWorld) order(n *sim.Node, input, key string, amount int64) bool {
	for _, r := range do(e.t, n, replica.Input{Name: input, Args: []value.Value{value.MakeString(key), value.MakeInt(amount)}}) {
		if r.Err != nil {
			e.t.Fatalf("seed %d: %v", e.seed, r.Err)
		}
		return r.Value.Bool()
	}
	return false
}

func (e *escrowWorld) step(lossy bool) {
	n := e.Nodes()[e.ch.Choose(len(e.names))]
	if n.Alive() {
		e.order(n, []string{"add", "take"}[e.ch.Choose(2)], fmt.Sprint(e.ch.Choose(escrowKeys)), int64(e.ch.Choose(4)+1))
	}
	if e.ch.Choose(6) == 0 {
		table := sim.Faults()
		if lossy {
			table = append(table, sim.LossyFaults()...)
		}
		if end := table[e.ch.Choose(len(table))].Strike(e.World, e.ch); end != nil {
			e.ends = append(e.ends, end)
		}
	}
	if len(e.ends) > 0 && e.ch.Choose(4) == 0 {
		e.ends[0]()
		e.ends = e.ends[1:]
	}
	e.run(time.Duration(e.ch.Choose(400)) * time.Millisecond)
}

// run lets time pass and looks at every view.
func (e *escrowWorld) run(d time.Duration) {
	e.tellRoster()
	e.Run(d)
	for _, n := range e.Nodes() {
		if !n.Alive() {
			continue
		}
		v, err := n.Core.View("seats")
		if err != nil {
			e.t.Fatal(err)
		}
		for i := 1; i < len(v.Elems()); i += 2 {
			if c := v.Elems()[i].Int(); c < escrowLower || c > escrowUpper {
				e.t.Fatalf("seed %d: %s sees %s", e.seed, n.Name, v)
			}
		}
	}
}

func (e *escrowWorld) tellRoster() {
	for _, n := range e.Nodes() {
		if n.Alive() {
			do(e.t, n, replica.Roster{Nodes: e.names})
		}
	}
}

// counts is what the entries of a key add up to.
func (e *escrowWorld) counts(n *sim.Node, key string) int64 {
	v, err := n.Core.View("entries")
	if err != nil {
		e.t.Fatal(err)
	}
	sum := int64(0)
	for _, x := range v.Elems() {
		if x.Elems()[0].Str() == key {
			sum += x.Elems()[1].Int()
		}
	}
	return sum
}

// heal ends all trouble and waits until everybody agrees.
func (e *escrowWorld) heal() {
	for _, end := range e.ends {
		end()
	}
	e.Heal()
	for _, n := range e.Nodes() {
		n.Pause(false)
		if !n.Alive() {
			if err := n.Restart(false); err != nil {
				e.t.Fatal(err)
			}
		}
	}
	e.run(30 * time.Second)
	if err := e.Converged(); err != nil {
		e.t.Fatalf("seed %d: %v", e.seed, err)
	}
}

// check holds counters, entries and rights against each other.
func (e *escrowWorld) check() {
	n := e.Nodes()[0]
	for k := range escrowKeys {
		key := fmt.Sprint(k)
		sum := e.counts(n, key)
		v, err := n.Core.View("seats")
		if err != nil {
			e.t.Fatal(err)
		}
		seats, _ := v.Get(value.MakeString(key))
		if sum < escrowLower || sum > escrowUpper || seats.IsValid() && seats.Int() != sum {
			e.t.Fatalf("seed %d: the entries of %s add up to %d, its counter is %v", e.seed, key, sum, seats)
		}
		list, err := n.Core.Holdings("seats", value.MakeString(key))
		if err != nil {
			e.t.Fatal(err)
		}
		var down, up int64
		for _, h := range list {
			if down, up = down+h.Down, up+h.Up; h.Down < 0 || h.Up < 0 {
				e.t.Fatalf("seed %d: %v holds less than nothing: %+v", e.seed, h.Actor, list)
			}
		}
		if down != sum-escrowLower || up != escrowUpper-sum {
			e.t.Fatalf("seed %d: at %d there are %d and %d rights: %+v", e.seed, sum, down, up, list)
		}
	}
}

// drain takes everything at one node: all rights can be had there, whoever
// holds them, lives that are over included.
func (e *escrowWorld) drain(n *sim.Node) {
	for k := range escrowKeys {
		key := fmt.Sprint(k)
		left := e.counts(n, key) - escrowLower
		for try := 0; left > 0 && !e.order(n, "take", key, left); try++ {
			if try == 20 {
				list, _ := n.Core.Holdings("seats", value.MakeString(key))
				e.t.Fatalf("seed %d: %s does not get the %d that are left: %+v", e.seed, n.Name, left, list)
			}
			e.run(3 * time.Second)
		}
	}
	e.run(10 * time.Second)
}

// TestEscrow books seats at 3 to 5 nodes under losses, duplicates, partitions,
// pauses and crashes, every second seed with lost disks as well. No view leaves
// the bounds, no more is done than they allow, no right is made or lost, and in
// the end all of them can be had at any node. LASP_SEEDS says how many seeds.
func TestEscrow(t *testing.T) {
	seeds := 30
	if s, err := strconv.Atoi(os.Getenv("LASP_SEEDS")); err == nil {
		seeds = s
	}
	for seed := range seeds {
		e := newEscrowWorld(t, uint64(seed))
		for range 60 {
			e.step(seed%2 == 1)
		}
		e.heal()
		e.check()
		e.drain(e.Nodes()[seed%len(e.names)])
		e.check()
	}
}

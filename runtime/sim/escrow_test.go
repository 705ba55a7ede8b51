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
	r := do(e.t, n, replica.Input{Name: input, Args: []value.Value{value.MakeString(key), value.MakeInt(amount)}})
	if len(r) == 0 {
		return false
	}
	if r[0].Err != nil {
		e.t.Fatalf("seed %d: %v", e.seed, r[0].Err)
	}
	return r[0].Value.Bool()
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

const bounded = `
shared stock: BCounter
invariant stock >= 0
input add(n: Nat)
input take(n: Nat) -> Bool
on add(n)  { stock.increment(n) }
on take(n) { stock.decrement(n) else reply false
             reply true }
`

// take tries an operation on the counter of bounded.
func take(t *testing.T, n *sim.Node, amount int64) bool {
	t.Helper()
	r := do(t, n, replica.Input{Name: "take", Args: []value.Value{value.MakeInt(amount)}})
	if len(r) == 0 {
		return false
	}
	if r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
	return r[0].Value.Bool()
}

func stockWorld(t *testing.T, names ...string) *sim.World {
	w := world(t, sim.Options{}, bounded, names...)
	for _, n := range w.Nodes() {
		do(t, n, replica.Roster{Nodes: names})
	}
	do(t, w.Node("a"), replica.Input{Name: "add", Args: []value.Value{value.MakeInt(5)}})
	w.Run(5 * time.Second)
	return w
}

// a uses its rights, tells c alone, and loses its disk. While c cannot be asked,
// the next life of a does not know what was used and uses nothing.
func TestLostDiskDoesNotDoubleRights(t *testing.T) {
	w := stockWorld(t, "a", "b", "c")
	a, b := w.Node("a"), w.Node("b")
	w.Partition([][]string{{"a", "c"}, {"b"}})
	if !take(t, a, 5) {
		t.Fatal("a may take what it added")
	}
	w.Run(5 * time.Second)
	a.Stop()
	w.Partition([][]string{{"a", "b"}, {"c"}})
	if err := a.Restart(true); err != nil {
		t.Fatal(err)
	}
	do(t, a, replica.Roster{Nodes: []string{"a", "b", "c"}})
	for range 3 {
		w.Run(5 * time.Second)
		if take(t, a, 5) || take(t, a, 1) || take(t, b, 1) {
			t.Fatal("rights were used twice")
		}
	}
	w.Heal()
	w.Run(5 * time.Second)
	for _, n := range w.Nodes() {
		if v, err := n.Core.View("stock"); err != nil || v.Int() != 0 || take(t, n, 1) {
			t.Errorf("%s: %v %v", n.Name, v, err)
		}
	}
}

// What a life that is over had not used is the next one's, once that has heard
// from everybody; a node that is down delays it.
func TestNextLifeInherits(t *testing.T) {
	w := stockWorld(t, "a", "b", "c")
	a, c := w.Node("a"), w.Node("c")
	c.Stop()
	a.Stop()
	if err := a.Restart(true); err != nil {
		t.Fatal(err)
	}
	do(t, a, replica.Roster{Nodes: []string{"a", "b", "c"}})
	w.Run(5 * time.Second)
	if take(t, a, 1) {
		t.Fatal("c may know more than a does")
	}
	if err := c.Restart(false); err != nil {
		t.Fatal(err)
	}
	w.Run(5 * time.Second)
	if !take(t, a, 2) {
		t.Error("a has heard from everybody")
	}
	take(t, w.Node("b"), 3)
	w.Run(5 * time.Second)
	if !take(t, w.Node("b"), 3) {
		t.Error("a gives what it inherited")
	}
}

// Rights stay where they were made until somebody asks, move while nobody waits,
// and a want that nobody could hear is met after the partition; of a crash of
// either side with its disk nothing is left.
func TestWantsAreMet(t *testing.T) {
	w := stockWorld(t, "a", "b", "c")
	a, b := w.Node("a"), w.Node("b")
	held := func(n *sim.Node) int64 {
		list, err := n.Core.Holdings("stock")
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range list {
			if h.Actor.Node == n.Name {
				return h.Down
			}
		}
		return 0
	}
	if held(a) != 5 || held(b) != 0 {
		t.Fatalf("a holds %d, b %d", held(a), held(b))
	}
	w.Partition([][]string{{"a"}, {"b", "c"}})
	if take(t, b, 2) {
		t.Fatal("b has no rights")
	}
	w.Run(5 * time.Second)
	for _, n := range []*sim.Node{a, b} {
		n.Stop()
		if err := n.Restart(false); err != nil {
			t.Fatal(err)
		}
	}
	w.Heal()
	w.Run(5 * time.Second)
	if held(a) != 3 || held(b) != 2 {
		t.Errorf("a holds %d, b %d", held(a), held(b))
	}
	if !take(t, b, 2) || take(t, b, 1) || !take(t, a, 3) {
		t.Error("everybody uses what it holds")
	}
}

// A steady demand is refused seldom: each time it asks for twice as much.
func TestSteadyDemand(t *testing.T) {
	w := stockWorld(t, "a", "b")
	do(t, w.Node("a"), replica.Input{Name: "add", Args: []value.Value{value.MakeInt(2000)}})
	w.Run(time.Second)
	refused := 0
	for range 1000 {
		if !take(t, w.Node("b"), 1) {
			refused++
			w.Run(time.Second)
		}
	}
	if refused > 12 {
		t.Errorf("%d of 1000 operations were refused", refused)
	}
	before := w.Bytes
	for range 1000 {
		take(t, w.Node("b"), 5000)
	}
	w.Run(time.Second)
	if sent := w.Bytes - before; sent > 5000 {
		t.Errorf("a thousand refusals of the same put %d bytes on the network", sent)
	}
}

package sim_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/internal/history"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// deed is one request of a client, until it is answered.
type deed struct {
	*history.Request
	args []value.Value
	node string // where it was last sent
	sent int64  // when
	err  error
}

// chaos is one run with clients and faults.
type chaos struct {
	t       testing.TB
	w       *sim.World
	rng     *rand.Rand
	names   []string
	clients []*deed
	history *history.History
	ends    []ending
	faults  int
}

type ending struct {
	at  int64
	end func()
}

func newChaos(t testing.TB, p *ir.Program, seed uint64, verbose bool) *chaos {
	c := &chaos{t: t, rng: rand.New(rand.NewPCG(seed, 77)), history: history.New(seed)}
	n := 3 + c.rng.IntN(5)
	for i := range n {
		c.names = append(c.names, fmt.Sprintf("n%d", i+1))
	}
	voters := c.names
	if c.rng.IntN(3) == 0 {
		voters = c.names[:1] // the others are taken in one by one
	}
	c.w = sim.NewWorld(sim.Options{
		Config: func(string) replica.Config {
			return replica.Config{Ops: lasp.Ops(), Program: replica.Program{IR: p, Version: 1, Hash: [32]byte{1}}, Voters: voters, Seed: seed}
		},
		Net:     sim.Net{Seed: seed, Loss: float64(c.rng.IntN(3)) * 0.04, Twice: float64(c.rng.IntN(3)) * 0.04},
		Disk:    sim.Disk{Seed: seed, Sync: time.Duration(c.rng.IntN(3)) * 5 * time.Millisecond},
		Verbose: verbose,
	})
	for _, name := range c.names {
		if _, err := c.w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	c.tellRoster()
	c.clients = make([]*deed, 4)
	return c
}

// run lets clients work while faults strike, ends the faults, and waits until
// everything is answered.
func (c *chaos) run(d time.Duration) error {
	for end := c.w.Now() + int64(d); c.w.Now() < end; {
		c.w.Run(time.Duration(10+c.rng.IntN(40)) * time.Millisecond)
		c.serve(true)
		c.trouble()
	}
	for _, e := range c.ends {
		e.end()
	}
	c.w.Heal()
	for _, n := range c.w.Nodes() {
		n.Pause(false)
		n.Skew = 0
		if !n.Alive() {
			if err := n.Restart(false); err != nil {
				return err
			}
		}
	}
	c.tellRoster()
	for end := c.w.Now() + int64(60*time.Second); c.w.Now() < end; {
		c.w.Run(100 * time.Millisecond)
		c.serve(false)
		if !slices.ContainsFunc(c.clients, func(d *deed) bool { return d != nil }) && c.quiet() {
			return nil
		}
	}
	for _, d := range c.clients {
		if d != nil {
			for _, n := range c.w.Nodes() {
				c.t.Logf("%s: %+v", n.Name, n.Core.Order())
			}
			return fmt.Errorf("%s %s was not answered within a minute after the last fault: %v", d.ID, d.Input, d.err)
		}
	}
	return errors.New("the nodes do not come to rest within a minute after the last fault")
}

func (c *chaos) quiet() bool {
	return c.w.Converged() == nil && !slices.ContainsFunc(c.w.Nodes(), func(n *sim.Node) bool { return n.Core.Undecided(nil) })
}

// serve takes answers and sends requests: new ones while more is asked for, and
// again those that were not answered, through any node.
func (c *chaos) serve(more bool) {
	for _, n := range c.w.Nodes() {
		c.take(n.Replies())
	}
	for i := range c.clients {
		d := c.clients[i]
		if d == nil {
			if !more || c.rng.IntN(4) != 0 {
				continue
			}
			d = c.draw(i)
			c.clients[i] = d
			c.send(d)
			continue
		}
		if c.w.Now()-d.sent > int64(2*time.Second)+c.rng.Int64N(int64(5*time.Second)) {
			c.send(d)
		}
	}
}

// draw makes the next request of a client.
func (c *chaos) draw(client int) *deed {
	d := &deed{Request: c.history.Draw(client, c.w.Now())}
	for _, a := range d.Args {
		switch a := a.(type) {
		case int64:
			d.args = append(d.args, value.MakeInt(a))
		case string:
			d.args = append(d.args, value.MakeString(a))
		}
	}
	return d
}

// tellRoster tells every node which nodes there are, as its membership would.
func (c *chaos) tellRoster() {
	for _, n := range c.w.Nodes() {
		if n.Alive() {
			c.take(do(c.t, n, replica.Roster{Nodes: c.names}))
		}
	}
}

func (c *chaos) send(d *deed) {
	n := c.w.Nodes()[c.rng.IntN(len(c.names))]
	d.sent = c.w.Now()
	if !n.Alive() {
		return
	}
	d.node = n.Name
	d.Sent++
	replies, err := n.Do(replica.Input{Req: d.ID, Name: d.Input, Args: d.args, Ref: d})
	if err != nil && n.Alive() {
		c.t.Fatal(err)
	}
	c.take(replies)
}

// take notes answers. A refusal by which nothing was done ends a request that
// was sent once; any other is asked again.
func (c *chaos) take(replies []replica.Reply) {
	for _, r := range replies {
		d, ok := r.Ref.(*deed)
		if !ok || c.clients[d.Client] != d {
			continue
		}
		if c.rng.IntN(20) == 0 {
			d.sent = c.w.Now() - int64(7*time.Second) // the answer is lost, and it is soon asked again
			continue
		}
		var e *replica.Error
		if errors.As(r.Err, &e) {
			d.err = e
			switch e.Code {
			case "L0631": // unknown: ask again
				continue
			case "L0516", "L0630", "L0632", "L0633":
				if d.Sent > 1 {
					continue
				}
				c.clients[d.Client] = nil // it never was
				continue
			case "L0503":
			default:
				c.t.Fatalf("%s %s: %v", d.ID, d.Input, e)
			}
		}
		c.clients[d.Client] = nil
		if r.Err != nil {
			continue
		}
		c.history.Answer(d.Request, d.node, plain(r.Value), c.w.Now())
	}
}

// plain is an answer as the history takes it.
func plain(v value.Value) any {
	switch v.Kind() {
	case value.Int:
		return v.Int()
	case value.Bool:
		return v.Bool()
	case value.Set:
		return slices.Sorted(maps.Keys(members(v)))
	}
	return nil
}

// trouble makes faults strike and end.
func (c *chaos) trouble() {
	c.ends = slices.DeleteFunc(c.ends, func(e ending) bool {
		if e.at <= c.w.Now() {
			e.end()
		}
		return e.at <= c.w.Now()
	})
	if c.rng.IntN(25) != 0 || len(c.ends) > 2 {
		return
	}
	c.faults++
	n := c.w.Nodes()[c.rng.IntN(len(c.names))]
	o := c.w.Nodes()[c.rng.IntN(len(c.names))]
	until := func(end func()) {
		c.ends = append(c.ends, ending{c.w.Now() + int64(200*time.Millisecond) + c.rng.Int64N(int64(6*time.Second)), end})
	}
	restart := func(blank bool) func() {
		return func() {
			if !n.Alive() {
				if err := n.Restart(blank); err != nil {
					c.t.Fatal(err)
				}
				c.tellRoster()
			}
		}
	}
	switch c.rng.IntN(9) {
	case 0, 1:
		n.Stop()
		until(restart(false))
	case 2:
		n.Crash = []sim.CrashPoint{sim.BeforePersist, sim.BeforeSend}[c.rng.IntN(2)]
		until(func() { n.Crash = sim.NoCrash; restart(false)() })
	case 3:
		c.split()
	case 4:
		c.w.Mute(n.Name, o.Name, true)
		until(func() { c.w.Mute(n.Name, o.Name, false) })
	case 5:
		n.Pause(true)
		until(func() { n.Pause(false) })
	case 6:
		n.Skew = time.Duration(c.rng.IntN(40)-20) * time.Second
		until(func() { n.Skew = 0 })
	case 7:
		if n.Alive() {
			n.Checkpoint()
		}
	case 8:
		c.lose(n)
	}
}

// split parts the nodes in two.
func (c *chaos) split() {
	var groups [2][]string
	for _, name := range c.names {
		g := c.rng.IntN(2)
		groups[g] = append(groups[g], name)
	}
	c.w.Partition([][]string{groups[0], groups[1]})
	c.ends = append(c.ends, ending{c.w.Now() + c.rng.Int64N(int64(8*time.Second)), c.w.Heal})
}

// lose takes a node's disk, where every other node has its own and the order has
// recovered from the last such loss: a majority that loses its disks has lost
// what it decided.
func (c *chaos) lose(n *sim.Node) {
	for _, x := range c.w.Nodes() {
		if !x.Alive() || !x.Core.Ordered() {
			return
		}
	}
	if len(c.ends) > 0 {
		return
	}
	c.history.LoseDisk(n.Name)
	n.Stop()
	if err := n.Restart(true); err != nil {
		c.t.Fatal(err)
	}
	c.tellRoster()
}

// check holds what happened, and what the nodes hold, against what must hold.
func (c *chaos) check() error {
	var finals []history.Final
	for _, n := range c.w.Nodes() {
		finals = append(finals, c.final(n))
	}
	return c.history.Check(finals)
}

// final is what a node holds.
func (c *chaos) final(n *sim.Node) history.Final {
	view := func(name string) value.Value {
		v, err := n.Core.View(name)
		if err != nil {
			c.t.Fatal(err)
		}
		return v
	}
	f := history.Final{Node: n.Name, KV: amounts(view("kv")), Bank: amounts(view("bank")), Stock: amounts(view("stock")), Booked: map[int64]history.Booking{},
		Seen: members(view("seen")), Words: members(view("words")), Done: members(view("done"))}
	if s := view("s"); s.Kind() != value.Unbound {
		f.Seal = members(s)
	}
	for _, b := range view("booked").Elems() {
		f.Booked[b.Elems()[0].Int()] = history.Booking{Key: b.Elems()[1].Str(), N: b.Elems()[2].Int()}
	}
	for _, e := range n.Core.Outputs("paid") {
		f.Paid = append(f.Paid, e.Value.Int())
	}
	return f
}

// members is a set of numbers.
func members(v value.Value) map[int64]bool {
	set := map[int64]bool{}
	for _, e := range v.Elems() {
		set[e.Int()] = true
	}
	return set
}

// amounts is a map of numbers, of which some may be None.
func amounts(v value.Value) map[string]int64 {
	all := map[string]int64{}
	for e := range slices.Chunk(v.Elems(), 2) {
		n := e[1]
		if n.Kind() == value.Record {
			n = n.Elems()[0]
		}
		all[e[0].Str()] = n.Int()
	}
	return all
}

// seeds is how many runs a test makes: LASP_SEEDS, or a few.
func seeds(few int) int {
	if n, err := strconv.Atoi(os.Getenv("LASP_SEEDS")); err == nil {
		return n
	}
	return few
}

// TestOrder lets clients work on 3 to 7 nodes while these crash, with and
// without their disks, are cut off, muted, paused and set wrong, and messages are
// lost and come twice; then everything that was promised must hold.
func TestOrder(t *testing.T) {
	p := compile(t, history.Program)
	first, _ := strconv.Atoi(os.Getenv("LASP_FIRST"))
	acts, faults := 0, 0
	for seed := range seeds(6) {
		seed += first
		c := newChaos(t, p, uint64(seed), false)
		err := c.run(40 * time.Second)
		if err == nil {
			err = c.check()
		}
		if err != nil {
			t.Errorf("seed %d, %d nodes: %v", seed, len(c.names), err)
		}
		acts, faults = acts+len(c.history.Answered), faults+c.faults
	}
	t.Logf("%d requests answered, %d faults", acts, faults)
	if acts == 0 || faults == 0 {
		t.Error("nothing happened")
	}
}

// One seed is one run.
func TestOrderRepeats(t *testing.T) {
	p := compile(t, history.Program)
	run := func() [32]byte {
		c := newChaos(t, p, 3, false)
		if err := c.run(10 * time.Second); err != nil {
			t.Fatal(err)
		}
		return c.w.Trace()
	}
	if first, again := run(), run(); first != again {
		t.Error("the same run has two traces")
	}
}

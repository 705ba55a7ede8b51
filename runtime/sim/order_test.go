package sim_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// agreed has everything that is decided in the order: registers, money that is
// moved, what was said before a barrier, and a set that is sealed.
const agreed = `
coordinated kv: GMap[String, LWW[Int]]
coordinated bank: GMap[String, PNCounter]
shared seen: GSet[Int]
shared words: GSet[Int]
shared done: GSet[Int]
output paid: Int
input put(k: String, v: Int) -> Int
input get(k: String) -> Int
input cas(k: String, old: Int, new: Int) -> Bool
input move(id: Int, a: String, b: String, n: Nat) -> Bool
input total() -> Int
input note(n: Int)
input count() -> Set[Int]
input word(n: Int)
input close()
input tick(n: Int)
fn at(x: Option[Int]) -> Int = match x { Some(v) => v, None => 0 }
on put(k, v) { coordinate { let was = at(kv[k]) kv[k].set(v) reply was } }
on get(k) { coordinate { reply at(kv[k]) } }
on cas(k, old, new) { coordinate { if at(kv[k]) == old { kv[k].set(new) reply true } else { reply false } } }
on move(id, a, b, n) {
  coordinate {
    if bank[a] + 100 >= n { bank[a].decrement(n) bank[b].increment(n) emit id to paid reply true } else { reply false }
  }
}
on total() { coordinate { reply bank["x"] + bank["y"] + bank["z"] } }
on note(n) { seen.add(n) }
on count() { coordinate by barrier { reply seen } }
on word(n) { words.add(n) }
on close() { seal words by barrier }
on tick(n) { done.add(n) }
when size(done) >= n for n in {3, 6, 9} { coordinate { bank["x"].increment(n) bank["y"].decrement(n) } }
show s = sealed(words)
show bank
`

// deed is one request of a client, until it is answered.
type deed struct {
	req    string
	client int
	input  string
	args   []value.Value
	call   int64 // when it was first sent
	back   int64 // when it was answered; 0 for not yet
	node   string
	tried  int // how often it was sent
	sent   int64
	out    value.Value
	err    error
	must   map[int64]bool // of a count: what was noted before it
}

func (d *deed) n(i int) int64 { return d.args[i].Int() }

// chaos is one run with clients and faults.
type chaos struct {
	t       testing.TB
	w       *sim.World
	rng     *rand.Rand
	names   []string
	clients []*deed
	history []*deed
	next    int64
	ends    []ending
	lost    map[string]bool  // nodes that ever lost their disk
	noted   map[int64]string // acknowledged notes, and where
	worded  map[int64]string
	closed  bool
	faults  int
}

type ending struct {
	at  int64
	end func()
}

func newChaos(t testing.TB, p *ir.Program, seed uint64, verbose bool) *chaos {
	c := &chaos{t: t, rng: rand.New(rand.NewPCG(seed, 77)), lost: map[string]bool{}, noted: map[int64]string{}, worded: map[int64]string{}}
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
		Verbose: verbose,
	})
	for _, name := range c.names {
		if _, err := c.w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
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
			return fmt.Errorf("%s %s was not answered within a minute after the last fault: %v", d.req, d.input, d.err)
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
			d = c.invent(i)
			c.clients[i] = d
			c.send(d)
			continue
		}
		if c.w.Now()-d.sent > int64(2*time.Second)+c.rng.Int64N(int64(5*time.Second)) {
			c.send(d)
		}
	}
}

func (c *chaos) invent(client int) *deed {
	c.next++
	d := &deed{client: client, req: fmt.Sprintf("r%d", c.next), call: c.w.Now()}
	key := value.MakeString([]string{"x", "y", "z"}[c.rng.IntN(3)])
	other := value.MakeString([]string{"x", "y", "z"}[c.rng.IntN(3)])
	num := value.MakeInt(c.next)
	switch k := c.rng.IntN(20); {
	case k < 4:
		d.input, d.args = "put", []value.Value{key, num}
	case k < 8:
		d.input, d.args = "get", []value.Value{key}
	case k < 11:
		d.input, d.args = "cas", []value.Value{key, value.MakeInt(max(0, c.next-1-c.rng.Int64N(6))), num}
	case k < 14:
		d.input, d.args = "move", []value.Value{num, key, other, value.MakeInt(c.rng.Int64N(60))}
	case k < 15:
		d.input = "total"
	case k < 17:
		d.input, d.args = "note", []value.Value{num}
	case k < 18:
		d.input, d.must = "count", map[int64]bool{}
		for n := range c.noted {
			d.must[n] = true
		}
	case k < 19 && c.next > 60:
		d.input = "close"
	case k < 19:
		d.input, d.args = "tick", []value.Value{num}
	default:
		d.input, d.args = "word", []value.Value{num}
	}
	return d
}

func (c *chaos) send(d *deed) {
	n := c.w.Nodes()[c.rng.IntN(len(c.names))]
	d.sent = c.w.Now()
	if !n.Alive() {
		return
	}
	d.node, d.tried = n.Name, d.tried+1
	replies, err := n.Do(replica.Input{Req: d.req, Name: d.input, Args: d.args, Ref: d})
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
		if !ok || c.clients[d.client] != d {
			continue
		}
		var e *replica.Error
		if errors.As(r.Err, &e) {
			d.err = e
			switch e.Code {
			case "L0631": // unknown: ask again
				continue
			case "L0630", "L0632", "L0633":
				if d.tried > 1 {
					continue
				}
				c.clients[d.client] = nil // it never was
				continue
			case "L0503":
			default:
				c.t.Fatalf("%s %s: %v", d.req, d.input, e)
			}
		}
		c.clients[d.client] = nil
		if r.Err != nil {
			continue
		}
		d.out, d.back = r.Value, c.w.Now()
		c.history = append(c.history, d)
		switch d.input {
		case "note":
			c.noted[d.n(0)] = d.node
		case "word":
			c.worded[d.n(0)] = d.node
		case "close":
			c.closed = true
		}
	}
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
	for what, at := range c.noted {
		if at == n.Name {
			delete(c.noted, what)
		}
	}
	for what, at := range c.worded {
		if at == n.Name {
			delete(c.worded, what)
		}
	}
	for _, d := range c.clients {
		if d != nil {
			d.must = nil
		}
	}
	c.lost[n.Name] = true
	n.Stop()
	if err := n.Restart(true); err != nil {
		c.t.Fatal(err)
	}
}

// check holds what happened against what must hold.
func (c *chaos) check() error {
	return cmp.Or(c.registers(), c.money(), c.barriers(), c.seals())
}

type step struct {
	input    string
	old, new int64
}

// registers says that the history of kv is linearizable, key by key.
func (c *chaos) registers() error {
	model := porcupine.Model{
		Init: func() any { return int64(0) },
		Step: func(state, in, out any) (bool, any) {
			s, op, v := state.(int64), in.(step), out.(value.Value)
			switch op.input {
			case "put":
				return v.Int() == s, op.new
			case "get":
				return v.Int() == s, s
			}
			if s == op.old {
				return v.Bool(), op.new
			}
			return !v.Bool(), s
		},
	}
	byKey := map[string][]porcupine.Operation{}
	for _, d := range c.history {
		op := step{input: d.input}
		switch d.input {
		case "put":
			op.new = d.n(1)
		case "get":
		case "cas":
			op.old, op.new = d.n(1), d.n(2)
		default:
			continue
		}
		k := d.args[0].Str()
		byKey[k] = append(byKey[k], porcupine.Operation{ClientId: d.client, Input: op, Call: d.call, Output: d.out, Return: d.back})
	}
	for k, ops := range byKey {
		if porcupine.CheckOperationsTimeout(model, ops, 20*time.Second) == porcupine.Illegal {
			return fmt.Errorf("the history of kv[%q] is not linearizable: %d operations", k, len(ops))
		}
	}
	return nil
}

// money says that transfers are done once each, and none without an answer.
func (c *chaos) money() error {
	bank := map[string]int64{}
	paid := map[int64]bool{}
	for _, d := range c.history {
		if d.input == "total" && d.out.Int() != 0 {
			return fmt.Errorf("%s saw a total of %d", d.req, d.out.Int())
		}
		if d.input == "move" && d.out.Bool() {
			paid[d.n(0)] = true
			bank[d.args[1].Str()] -= d.n(3)
			bank[d.args[2].Str()] += d.n(3)
		}
	}
	n := c.w.Nodes()[0]
	for _, e := range n.Core.Outputs("paid") {
		if !paid[e.Value.Int()] {
			return fmt.Errorf("transfer %d was paid twice, or never asked for", e.Value.Int())
		}
		delete(paid, e.Value.Int())
	}
	if len(paid) > 0 {
		return fmt.Errorf("%d transfers were acknowledged and not paid", len(paid))
	}
	done, err := n.Core.View("done")
	if err != nil {
		return err
	}
	for _, at := range []int64{3, 6, 9} {
		if int64(done.Len()) >= at {
			bank["x"] += at
			bank["y"] -= at
		}
	}
	for _, n := range c.w.Nodes() {
		v, err := n.Core.View("bank")
		if err != nil {
			return err
		}
		for e := range slices.Chunk(v.Elems(), 2) {
			if bank[e[0].Str()] != e[1].Int() {
				return fmt.Errorf("at %s, the bank holds %s, by the answers it is %v", n.Name, v, bank)
			}
		}
	}
	return nil
}

// barriers says that what was acknowledged before a barrier began is in its cut.
func (c *chaos) barriers() error {
	for _, d := range c.history {
		if d.input != "count" {
			continue
		}
		for n := range d.must {
			if !d.out.Has(value.MakeInt(n)) {
				return fmt.Errorf("%s, a barrier, missed %d, which was acknowledged before it began", d.req, n)
			}
		}
	}
	return nil
}

// seals says that what is sealed is all that was acknowledged, the same
// everywhere, and nothing else.
func (c *chaos) seals() error {
	var all value.Value
	for i, n := range c.w.Nodes() {
		s, err := n.Core.View("s")
		if err != nil {
			return err
		}
		words, err := n.Core.View("words")
		if err != nil {
			return err
		}
		if s.Kind() == value.Unbound {
			if c.closed {
				return fmt.Errorf("at %s, words is not sealed, though it was acknowledged", n.Name)
			}
			continue
		}
		if !value.Equal(s, words) {
			return fmt.Errorf("at %s, words is %s and was sealed as %s", n.Name, words, s)
		}
		if i > 0 && !value.Equal(all, s) {
			return fmt.Errorf("at %s, words is sealed as %s, elsewhere as %s", n.Name, s, all)
		}
		all = s
		for w := range c.worded {
			if !s.Has(value.MakeInt(w)) {
				return fmt.Errorf("the seal misses %d, which was acknowledged", w)
			}
		}
	}
	return nil
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
	p := compile(t, agreed)
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
		acts, faults = acts+len(c.history), faults+c.faults
	}
	t.Logf("%d requests answered, %d faults", acts, faults)
	if acts == 0 || faults == 0 {
		t.Error("nothing happened")
	}
}

// One seed is one run.
func TestOrderRepeats(t *testing.T) {
	p := compile(t, agreed)
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

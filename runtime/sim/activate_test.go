package sim_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// agreeing makes nodes whose order decides which program is active; n1 founds it
// alone where founders is 1.
func agreeing(t testing.TB, o sim.Options, founders int, names ...string) *sim.World {
	t.Helper()
	o.Config = func(name string) replica.Config {
		cfg := replica.Config{Ops: lasp.Ops(), Agreed: true}
		if founders > 1 || name == names[0] {
			cfg.Voters = names[:founders]
		}
		return cfg
	}
	w := sim.NewWorld(o)
	for _, name := range names {
		if _, err := w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// replyTo gives a node an event and waits for its one reply.
func replyTo(t testing.TB, w *sim.World, n *sim.Node, ev replica.Event) (value.Value, error) {
	t.Helper()
	replies := do(t, n, ev)
	for range 200 {
		if len(replies) > 0 {
			return replies[0].Value, replies[0].Err
		}
		w.Run(50 * time.Millisecond)
		replies = n.Replies()
	}
	t.Fatalf("%s does not answer", n.Name)
	return value.Value{}, nil
}

// refusedAs says that an error has a code and names something.
func refusedAs(t testing.TB, err error, code string, names ...string) {
	t.Helper()
	var e *replica.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("it is answered by %v, want %s", err, code)
	}
	for _, name := range names {
		if !strings.Contains(e.Message, name) {
			t.Errorf("%q does not name %s", e.Message, name)
		}
	}
}

// One node deploys at once, whether others are there or not, and needs nobody; and
// who joins later runs what was decided before it came.
func TestAgreedDeploymentOfOneNode(t *testing.T) {
	w := agreeing(t, sim.Options{}, 1, "a")
	began := w.Now()
	v, err := replyTo(t, w, w.Node("a"), replica.Deploy{Program: version(t, 0, v1)})
	if err != nil || v.Int() != 1 || w.Now() != began {
		t.Fatalf("it is version %v after %s, %v", v, time.Duration(w.Now()-began), err)
	}
	write(t, w.Node("a"), "gone", "add", value.MakeInt(7))
	if v, err = replyTo(t, w, w.Node("a"), replica.Deploy{Program: version(t, 0, v1)}); err != nil || v.Int() != 1 {
		t.Errorf("what is active already is version %v, %v", v, err)
	}
	if v, err = replyTo(t, w, w.Node("a"), replica.Deploy{Program: version(t, 0, v2)}); err != nil || v.Int() != 2 {
		t.Fatalf("the next one is version %v, %v", v, err)
	}
	if _, err := w.Add("b"); err != nil {
		t.Fatal(err)
	}
	settle(t, w)
	deployed(t, w, 2)
	a := w.Node("a")
	a.Stop()
	if err := a.Restart(false); err != nil {
		t.Fatal(err)
	}
	deployed(t, w, 2)
	if got := a.Core.Deployments(); len(got) != 2 || got[0].By != "a" || got[1].By != "a" {
		t.Errorf("the versions are %v", got)
	}
}

// Of two programs that disagree about a cell and are deployed on two sides of a
// cut, the one with a majority becomes active; the other is refused with the names
// of who is missing, and after the cut with what took its place.
func TestDeploymentsOnTwoSidesOfACut(t *testing.T) {
	const other = "shared s: PNCounter\nshow s\n"
	w := agreeing(t, sim.Options{}, 3, "a", "b", "c")
	w.Run(3 * time.Second)
	w.Partition([][]string{{"a", "b"}, {"c"}})
	w.Run(200 * time.Millisecond)
	if _, err := replyTo(t, w, w.Node("b"), replica.Deploy{Program: version(t, 0, v1)}); err != nil {
		t.Fatal(err)
	}
	write(t, w.Node("a"), "s", "add", value.MakeInt(1))
	before := w.Now()
	_, err := replyTo(t, w, w.Node("c"), replica.Deploy{Program: version(t, 0, other)})
	refusedAs(t, err, "L0630", "a", "b")
	if d := time.Duration(w.Now() - before); d > 8*time.Second {
		t.Errorf("it was refused after %s", d)
	}
	ask := replica.Deploy{Program: version(t, 0, other), Ref: "late"} // c does not know that there is one
	do(t, w.Node("c"), ask)
	w.Heal()
	var late []replica.Reply
	for range 100 {
		w.Run(50 * time.Millisecond)
		late = append(late, w.Node("c").Replies()...)
	}
	if len(late) != 1 {
		t.Fatalf("there are %d answers", len(late))
	}
	refusedAs(t, late[0].Err, "L0634", "version 1", "at b")
	settle(t, w)
	deployed(t, w, 1)
	shows(t, w, "d", "{2}")
	_, err = replyTo(t, w, w.Node("c"), replica.Deploy{Program: version(t, 0, other)})
	refusedAs(t, err, "L0601", "s")
}

// A deployment, and a return, that is asked for again under its id at another node
// is done once.
func TestDeploymentIsDoneOnce(t *testing.T) {
	w := agreeing(t, sim.Options{}, 1, "a", "b", "c")
	settle(t, w)
	ask := func(node string, ev replica.Event, want int64) {
		t.Helper()
		if v, err := replyTo(t, w, w.Node(node), ev); err != nil || v.Int() != want {
			t.Errorf("%s answers %v, %v; want version %d", node, v, err, want)
		}
	}
	ask("b", replica.Deploy{Req: "d1", Program: version(t, 0, v1)}, 1)
	ask("c", replica.Deploy{Req: "d1", Program: version(t, 0, v1)}, 1)
	ask("a", replica.Deploy{Req: "d2", Program: version(t, 0, v2), Over: 1}, 2)
	ask("c", replica.Deploy{Req: "d2", Program: version(t, 0, v2), Over: 1}, 2)
	ask("c", replica.Deploy{Program: version(t, 0, v2), Over: 1}, 2) // it is what was asked for
	_, err := replyTo(t, w, w.Node("c"), replica.Deploy{Program: version(t, 0, v1), Over: 1})
	refusedAs(t, err, "L0634", "version 2")
	ask("b", replica.Rollback{Req: "r1"}, 3)
	ask("c", replica.Rollback{Req: "r1"}, 3)
	settle(t, w)
	deployed(t, w, 3)
	if got := w.Node("b").Core.Deployments(); len(got) != 3 {
		t.Errorf("the versions are %v", got)
	}
}

// A version that a node cannot start is given up once, by the order.
func TestAgreedVersionThatFailsIsGivenUp(t *testing.T) {
	old := oldNode("c")
	names := []string{"a", "b", "c"}
	w := sim.NewWorld(sim.Options{Config: func(name string) replica.Config {
		cfg := old(name)
		cfg.Agreed, cfg.Voters = true, names
		return cfg
	}})
	for _, name := range names {
		if _, err := w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	w.Run(3 * time.Second)
	for _, text := range []string{v1, v2} {
		if _, err := replyTo(t, w, w.Node("b"), replica.Deploy{Program: version(t, 0, text)}); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, w)
	deployed(t, w, 3)
	all := w.Node("b").Core.Deployments()
	if len(all) != 3 || all[1].Failed["c"] == "" || all[2].Hash != all[0].Hash {
		t.Errorf("the versions are %v", all)
	}
}

// contest is one run in which nodes deploy programs that disagree with each other.
type contest struct {
	w      *sim.World
	rng    *rand.Rand
	names  []string
	tried  int
	won    map[uint64][32]byte // by version, as acknowledged
	lost   map[[32]byte]bool   // hashes of what was refused
	wrote  map[string][]int64  // acknowledged additions, by cell
	ends   []ending
	faults int
	nth    int64
}

func newContest(t testing.TB, seed uint64) *contest {
	c := &contest{rng: rand.New(rand.NewPCG(seed, 4)), won: map[uint64][32]byte{}, lost: map[[32]byte]bool{}, wrote: map[string][]int64{}}
	for i := range 3 + c.rng.IntN(3) {
		c.names = append(c.names, fmt.Sprintf("n%d", i+1))
	}
	founders := 1
	if c.rng.IntN(2) == 0 {
		founders = len(c.names)
	}
	c.w = agreeing(t, sim.Options{Net: sim.Net{Seed: seed, Loss: float64(c.rng.IntN(2)) * 0.04, Twice: float64(c.rng.IntN(2)) * 0.04}}, founders, c.names...)
	return c
}

// next is a program with the cells of the one that runs at a node, and one more,
// whose kind is drawn: so two nodes make programs that cannot follow each other.
func (c *contest) next(t testing.TB, n *sim.Node) replica.Program {
	text, count := "", 0
	if p := n.Core.Program().IR; p != nil {
		for _, cell := range p.Cells {
			text += fmt.Sprintf("shared %s: %s\n", cell.Name, cell.Kind)
			count++
		}
	}
	kind := []string{"GSet[Int]", "AWSet[Int]", "RWSet[Int]"}[c.rng.IntN(3)]
	text += fmt.Sprintf("shared x%d: %s\nlet all%d = size(x%d)\nshow all%d\n", count, kind, c.tried, count, c.tried)
	return version(t, 0, text)
}

type try struct {
	hash [32]byte
	cell string
	n    int64
}

func (c *contest) act(t testing.TB) {
	n := c.w.Nodes()[c.rng.IntN(len(c.names))]
	if !n.Alive() {
		return
	}
	var ev replica.Event
	if p := n.Core.Program().IR; c.rng.IntN(8) == 0 || p == nil {
		next := c.next(t, n)
		c.tried++
		ev = replica.Deploy{Program: next, Ref: &try{hash: next.Hash}}
	} else {
		c.nth++
		cell := p.Cells[c.rng.IntN(len(p.Cells))].Name
		ev = replica.Mutate{Writes: []replica.Mutation{{Cell: cell, Op: "add", Args: []value.Value{value.MakeInt(c.nth)}}}, Ref: &try{cell: cell, n: c.nth}}
	}
	replies, err := n.Do(ev)
	if err != nil && n.Alive() {
		t.Fatal(err)
	}
	c.take(t, replies)
}

func (c *contest) take(t testing.TB, replies []replica.Reply) {
	for _, r := range replies {
		d := r.Ref.(*try)
		var e *replica.Error
		switch {
		case r.Err == nil && d.cell != "":
			c.wrote[d.cell] = append(c.wrote[d.cell], d.n)
		case r.Err == nil:
			v := uint64(r.Value.Int())
			if was, twice := c.won[v]; twice && was != d.hash {
				t.Fatalf("two programs were acknowledged as version %d", v)
			}
			c.won[v] = d.hash
		case !errors.As(r.Err, &e):
			t.Fatal(r.Err)
		case e.Code == "L0634" || e.Code == "L0630" || e.Code == "L0601":
			c.lost[d.hash] = true
		case e.Code != "L0631":
			t.Fatal(r.Err)
		}
	}
}

// trouble cuts nodes off, in both directions or one, and lets them crash.
func (c *contest) trouble() {
	c.ends = slices.DeleteFunc(c.ends, func(e ending) bool {
		if e.at <= c.w.Now() {
			e.end()
		}
		return e.at <= c.w.Now()
	})
	if c.rng.IntN(12) != 0 || len(c.ends) > 2 {
		return
	}
	c.faults++
	n, o := c.w.Nodes()[c.rng.IntN(len(c.names))], c.names[c.rng.IntN(len(c.names))]
	until := func(end func()) {
		c.ends = append(c.ends, ending{c.w.Now() + int64(300*time.Millisecond) + c.rng.Int64N(int64(8*time.Second)), end})
	}
	switch c.rng.IntN(4) {
	case 0:
		c.w.Partition([][]string{c.names[:1+c.rng.IntN(len(c.names)-1)]})
		until(c.w.Heal)
	case 1:
		c.w.Mute(n.Name, o, true)
		until(func() { c.w.Mute(n.Name, o, false) })
	case 2:
		n.Crash = []sim.CrashPoint{sim.BeforePersist, sim.BeforeSend}[c.rng.IntN(2)]
		until(func() {
			n.Crash = sim.NoCrash
			_ = n.Restart(false)
		})
	default:
		n.Stop()
		until(func() { _ = n.Restart(false) })
	}
}

func (c *contest) run(t testing.TB, d time.Duration) error {
	for end := c.w.Now() + int64(d); c.w.Now() < end; {
		c.w.Run(time.Duration(10+c.rng.IntN(60)) * time.Millisecond)
		for _, n := range c.w.Nodes() {
			c.take(t, n.Replies())
		}
		c.act(t)
		c.trouble()
	}
	for _, e := range c.ends {
		e.end()
	}
	c.w.Heal()
	for _, n := range c.w.Nodes() {
		if n.Crash = sim.NoCrash; !n.Alive() {
			if err := n.Restart(false); err != nil {
				return err
			}
		}
	}
	for range 300 {
		c.w.Run(100 * time.Millisecond)
		for _, n := range c.w.Nodes() {
			c.take(t, n.Replies())
		}
		if c.w.Converged() == nil {
			break
		}
	}
	return c.check()
}

// check says that the versions are one line, which holds what was acknowledged and
// nothing that was refused, that all run its end, and that no addition is lost.
func (c *contest) check() error {
	if err := c.w.Converged(); err != nil {
		return err
	}
	all := c.w.Nodes()[0].Core.Deployments()
	for i, d := range all {
		if d.Version != uint64(i+1) {
			return fmt.Errorf("the versions are no line: %v", all)
		}
		if hash, acknowledged := c.won[d.Version]; acknowledged && hash != d.Hash {
			return fmt.Errorf("version %d is %x, and %x was acknowledged", d.Version, d.Hash[:4], hash[:4])
		}
		if len(d.Failed) > 0 {
			return fmt.Errorf("version %d could not be started: %v", d.Version, d.Failed)
		}
		if c.lost[d.Hash] {
			return fmt.Errorf("version %d was refused", d.Version)
		}
	}
	for v := range c.won {
		if v > uint64(len(all)) {
			return fmt.Errorf("version %d was acknowledged and is not there", v)
		}
	}
	for _, n := range c.w.Nodes() {
		if p := n.Core.Program(); len(all) > 0 && (p.Version != uint64(len(all)) || p.Hash != all[len(all)-1].Hash) {
			return fmt.Errorf("%s runs version %d of %d", n.Name, p.Version, len(all))
		}
		for cell, added := range c.wrote {
			v, err := n.Core.View(cell)
			if err != nil {
				return err
			}
			for _, x := range added {
				if !v.Has(value.MakeInt(x)) {
					return fmt.Errorf("%s has lost %d, which was acknowledged, from %s", n.Name, x, cell)
				}
			}
		}
	}
	return nil
}

// TestContestedDeployments has nodes deploy programs against each other while they
// are cut off and crash.
func TestContestedDeployments(t *testing.T) {
	tried, won, lost, faults := 0, 0, 0, 0
	for seed := range seeds(6) {
		c := newContest(t, uint64(seed))
		if err := c.run(t, 12*time.Second); err != nil {
			t.Errorf("seed %d, %d nodes: %v", seed, len(c.names), err)
		}
		tried, won, lost, faults = tried+c.tried, won+len(c.won), lost+len(c.lost), faults+c.faults
	}
	t.Logf("%d deployments: %d acknowledged, %d refused; %d faults", tried, won, lost, faults)
	if won == 0 || lost == 0 || faults == 0 {
		t.Error("nothing was contested")
	}
}

// twoClusters makes two nodes that each begin a cluster of their own.
func twoClusters(t *testing.T) *sim.World {
	t.Helper()
	w := sim.NewWorld(sim.Options{Verbose: true, Config: func(name string) replica.Config {
		return replica.Config{Ops: lasp.Ops(), Agreed: true, Voters: []string{name}}
	}})
	for _, name := range []string{"a", "x"} {
		if _, err := w.Add(name); err != nil {
			t.Fatal(err)
		}
		w.Partition([][]string{{"a"}, {"x"}})
	}
	return w
}

// Two clusters that are joined by mistake say so and exchange nothing.
func TestTwoClustersAreKeptApart(t *testing.T) {
	w := twoClusters(t)
	texts := map[string]string{"a": v1, "x": "shared s: PNCounter\nshow s\n"}
	for name, text := range texts {
		if _, err := replyTo(t, w, w.Node(name), replica.Deploy{Program: version(t, 0, text)}); err != nil {
			t.Fatal(err)
		}
	}
	write(t, w.Node("a"), "s", "add", value.MakeInt(1))
	write(t, w.Node("x"), "s", "increment", value.MakeInt(5))
	w.Heal()
	w.Run(20 * time.Second)
	for name, other := range map[string]string{"a": "x", "x": "a"} {
		n := w.Node(name)
		if want := version(t, 0, texts[name]).Hash; n.Core.Program().Hash != want || n.Core.Program().Version != 1 {
			t.Errorf("%s runs another program", name)
		}
		said := slices.ContainsFunc(w.Log(), func(line string) bool {
			return strings.Contains(line, name+": L0635 "+other+" belongs to another cluster")
		})
		if !said {
			t.Errorf("%s does not say that %s is of another cluster:\n%s", name, other, strings.Join(w.Log(), "\n"))
		}
		if len(n.Core.Deployments()) != 1 {
			t.Errorf("%s has heard of %v", name, n.Core.Deployments())
		}
	}
	if v, err := w.Node("a").Core.View("d"); err != nil || v.String() != "{2}" {
		t.Errorf("at a, d is %s, %v", v, err)
	}
	if v, err := w.Node("x").Core.View("s"); err != nil || v.String() != "5" {
		t.Errorf("at x, s is %s, %v", v, err)
	}
}

// A node that began a cluster of its own, in which nothing was decided, joins the
// one that it meets, and keeps to it.
func TestFirstNodeThatStartsAnewJoins(t *testing.T) {
	w := twoClusters(t)
	if _, err := replyTo(t, w, w.Node("a"), replica.Deploy{Program: version(t, 0, v1)}); err != nil {
		t.Fatal(err)
	}
	write(t, w.Node("a"), "s", "add", value.MakeInt(1))
	w.Heal()
	settle(t, w)
	deployed(t, w, 1)
	for range 2 {
		x := w.Node("x")
		for range 100 {
			if o := x.Core.Order(); slices.Equal(o.Voters, []string{"a", "x"}) {
				break
			}
			w.Run(100 * time.Millisecond)
		}
		if o := x.Core.Order(); !slices.Equal(o.Voters, []string{"a", "x"}) || !slices.Equal(o.Members, []string{"a", "x"}) {
			t.Fatalf("the order of x is %+v", o)
		}
		x.Checkpoint()
		x.Stop()
		if err := x.Restart(false); err != nil {
			t.Fatal(err)
		}
		settle(t, w)
	}
	if v, err := replyTo(t, w, w.Node("x"), replica.Deploy{Program: version(t, 0, v2)}); err != nil || v.Int() != 2 {
		t.Fatalf("x deploys version %v, %v", v, err)
	}
	settle(t, w)
	deployed(t, w, 2)
}

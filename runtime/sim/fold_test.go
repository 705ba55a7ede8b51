package sim_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// What these requests count does not depend on the node, but for `move`, which takes
// from wherever there is more as far as the node knows, and `take`.
const tills = `
shared total: GCounter
shared hits:  GMap[String, GCounter]
shared level: PNCounter
shared side:  GMap[String, PNCounter]
shared stock: BCounter
local mine:   GCounter
input add(k: String, n: Nat)
input move(n: Nat)
input take(n: Nat)
on add(k, n) { total.increment(n)  hits[k].increment(n)  mine.increment(n) }
on move(n) {
  if peek(level, "a test") > 0 { level.decrement(n)  side["a"].increment(n) }
  else { side["b"].decrement(n)  level.increment(n) }
}
on take(n) { stock.increment(n)  stock.decrement(n) else { total.increment(0) } }
show total
show hits
show level
show side
show stock
`

// till is one client that sends requests under keys, again and again within a day.
type till struct {
	t     *testing.T
	w     *sim.World
	rng   *rand.Rand
	names []string
	open  []*sale // within their day
	next  int
	total int64
	hits  map[string]int64
	sent  int
	again int
}

type sale struct {
	input replica.Input
	first int64
	known bool // it was answered
}

const foldDay = 23 * time.Hour

func newTill(t *testing.T, p *ir.Program, seed uint64, names ...string) *till {
	l := &till{t: t, rng: rand.New(rand.NewPCG(seed, 5)), names: names, hits: map[string]int64{}}
	l.w = sim.NewWorld(sim.Options{
		Config: func(string) replica.Config {
			return replica.Config{Ops: lasp.Ops(), Program: replica.Program{IR: p, Version: 1, Hash: [32]byte{1}}, Voters: names[:1], Seed: seed,
				Options: replica.Options{AntiEntropy: 2 * time.Minute}}
		},
		Net:  sim.Net{Seed: seed, Loss: float64(l.rng.IntN(2)) * 0.05, Twice: float64(l.rng.IntN(2)) * 0.1},
		Disk: sim.Disk{Seed: seed},
	})
	for _, name := range names {
		if _, err := l.w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	l.roster()
	return l
}

func (l *till) roster() {
	for _, n := range l.w.Nodes() {
		if n.Alive() {
			do(l.t, n, replica.Roster{Nodes: l.names})
		}
	}
}

func (l *till) alive() []*sim.Node {
	return slices.DeleteFunc(slices.Clone(l.w.Nodes()), func(n *sim.Node) bool { return !n.Alive() })
}

// sell sends a new request, or one again that was first sent less than a day ago.
func (l *till) sell() {
	l.open = slices.DeleteFunc(l.open, func(s *sale) bool { return s.known && l.w.Now()-s.first > int64(foldDay) })
	var s *sale
	if len(l.open) > 0 && l.rng.IntN(3) == 0 {
		s = l.open[l.rng.IntN(len(l.open))]
		l.again++
	} else {
		n := int64(1 + l.rng.IntN(5))
		s = &sale{first: l.w.Now(), input: replica.Input{Req: fmt.Sprint("k", l.next), Name: "move", Args: []value.Value{value.MakeInt(n)}}}
		switch l.rng.IntN(4) {
		case 0:
		case 1:
			s.input.Name = "take"
		default:
			k := fmt.Sprint("h", l.rng.IntN(4))
			s.input.Name, s.input.Args = "add", []value.Value{text(k), value.MakeInt(n)}
			l.total += n
			l.hits[k] += n
		}
		l.next++
		l.open = append(l.open, s)
	}
	l.send(s)
}

func (l *till) send(s *sale) {
	alive := l.alive()
	if len(alive) == 0 {
		return
	}
	n := alive[l.rng.IntN(len(alive))]
	if l.rng.IntN(12) == 0 {
		n.Crash = sim.BeforeSend
	}
	l.sent++
	replies, err := n.Do(s.input)
	if err != nil && n.Alive() {
		l.t.Fatal(err)
	}
	for _, r := range replies {
		switch e, _ := r.Err.(*replica.Error); {
		case e == nil, e.Code == "L0520", e.Code == "L0519":
			s.known = true
		case e.Code != "L0516":
			s.known = s.known || e.Code == "L0638"
			l.t.Logf("%s is answered %s: %v", s.input.Req, e.Code, e)
		}
	}
}

// ask sends what was not answered, so that it is not sent again after its day.
func (l *till) ask() {
	for _, s := range l.open {
		for !s.known {
			if len(l.alive()) == 0 {
				l.mend()
			}
			l.send(s)
		}
	}
}

// settled sends what was never answered, until everything was, and compares with what
// the requests add up to.
func (l *till) settled() {
	l.t.Helper()
	l.mend()
	for tries := 0; ; tries++ {
		open := 0
		for _, s := range l.open {
			if !s.known {
				open++
				l.send(s)
			}
		}
		l.mend()
		l.w.Run(10 * time.Minute)
		if open == 0 {
			break
		}
		if tries > 20 {
			l.t.Fatalf("%d requests are not answered", open)
		}
	}
	for range 20 {
		if l.w.Converged() == nil {
			break
		}
		l.w.Run(10 * time.Minute)
	}
	if err := l.w.Converged(); err != nil {
		l.t.Fatal(err)
	}
	for _, n := range l.w.Nodes() {
		view := func(name string) value.Value {
			v, err := n.Core.View(name)
			if err != nil {
				l.t.Fatal(err)
			}
			return v
		}
		if view("total").Int() != l.total || view("stock").Int() != 0 {
			l.t.Fatalf("%s has %s and %s in stock, want %d and 0", n.Name, view("total"), view("stock"), l.total)
		}
		for k, want := range l.hits {
			if v, _ := view("hits").Get(text(k)); v.Int() != want {
				l.t.Fatalf("%s has %s for %s, want %d", n.Name, v, k, want)
			}
		}
		sum := view("level").Int()
		for _, k := range []string{"a", "b"} {
			if v, ok := view("side").Get(text(k)); ok {
				sum += v.Int()
			}
		}
		if sum != 0 {
			l.t.Fatalf("%s: what was moved adds up to %d", n.Name, sum)
		}
	}
}

// mend ends all faults.
func (l *till) mend() {
	l.w.Heal()
	for _, n := range l.w.Nodes() {
		if n.Crash = sim.NoCrash; !n.Alive() {
			if err := n.Restart(false); err != nil {
				l.t.Fatal(err)
			}
		}
	}
	l.roster()
}

// trouble lets something happen to the nodes that may last for days.
func (l *till) trouble() {
	nodes := l.w.Nodes()
	n := nodes[l.rng.IntN(len(nodes))]
	switch l.rng.IntN(8) {
	case 0, 1:
		var groups [2][]string
		for _, name := range l.names {
			g := l.rng.IntN(2)
			groups[g] = append(groups[g], name)
		}
		l.w.Partition(groups[:])
	case 2, 3:
		l.w.Heal()
	case 4:
		if n.Alive() {
			n.Checkpoint()
		}
	case 5:
		if n.Alive() {
			n.Stop()
		}
	case 6:
		if !n.Alive() {
			if err := n.Restart(false); err != nil {
				l.t.Fatal(err)
			}
			do(l.t, n, replica.Roster{Nodes: l.names})
		}
	}
}

// TestFoldedRequestsCountOnce sends requests over days, each of them perhaps again
// within its day and at another node, while nodes are apart for days, die, and come
// back from checkpoints. Each counts once, at every node, and all that is left after
// a few days is what they add up to.
func TestFoldedRequestsCountOnce(t *testing.T) {
	p := compile(t, tills)
	first, seeds := 0, 3
	if s := os.Getenv("LASP_SEEDS"); s != "" {
		seeds, _ = strconv.Atoi(s)
		first, _ = strconv.Atoi(os.Getenv("LASP_FIRST"))
	}
	for seed := first; seed < first+seeds; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newTill(t, p, uint64(seed), "a", "b", "c")
			most := 0
			for range 60 + l.rng.IntN(60) {
				for range l.rng.IntN(6) {
					l.sell()
				}
				l.trouble()
				l.ask()
				l.w.Run(time.Duration(1+l.rng.IntN(180)) * time.Minute)
				for _, n := range l.alive() {
					most = max(most, n.Core.Status().State.Firings)
				}
			}
			l.settled()
			for range 12 {
				l.w.Run(6 * time.Hour)
				l.roster()
			}
			l.settled()
			for _, n := range l.w.Nodes() {
				if z := n.Core.Status().State; z.Firings > 20 {
					t.Errorf("%s remembers %d of %d requests; %d were the most", n.Name, z.Firings, l.next, most)
				}
			}
		})
	}
}

// quiet is a till without faults of its own.
func quietTill(t *testing.T, names ...string) *till {
	l := newTill(t, compile(t, tills), 1, names...)
	l.w.Run(time.Minute)
	return l
}

func (l *till) add(node, key string) replica.Reply {
	l.t.Helper()
	rs := do(l.t, l.w.Node(node), replica.Input{Req: key, Name: "add", Args: []value.Value{text("x"), value.MakeInt(1)}})
	if len(rs) != 1 {
		l.t.Fatalf("%d answers", len(rs))
	}
	return rs[0]
}

func (l *till) remembers(node string, some bool) {
	l.t.Helper()
	if n := l.w.Node(node).Core.Status().Requests.Remembered; (n > 0) != some {
		l.t.Errorf("%s remembers %d requests one by one", node, n)
	}
}

// A member that is away may hold another run of a request, so nothing that it does
// not know is folded before it is back, however long that takes.
func TestFoldWaitsForWhoIsAway(t *testing.T) {
	l := quietTill(t, "a", "b", "c")
	l.w.Partition([][]string{{"a", "b"}, {"c"}})
	l.add("a", "k")
	l.add("c", "k")
	for range 20 {
		l.w.Run(6 * time.Hour)
	}
	l.remembers("a", true)
	if s := l.w.Node("a").Core.Status().Requests; !slices.Equal(s.Waits, []string{"c"}) {
		t.Errorf("a says that it waits for %v, want c", s.Waits)
	}
	l.w.Heal()
	l.w.Run(time.Hour)
	shows(t, l.w, "total", "1")
	for range 10 {
		l.w.Run(6 * time.Hour)
		shows(t, l.w, "total", "1")
	}
	for _, name := range l.names {
		l.remembers(name, false)
	}
}

// What is counted in cells that are a node's own is folded by its age: members that were
// asked for nothing, or are away, say nothing of it.
func TestWhatIsCountedHereIsFoldedAlone(t *testing.T) {
	l := newTill(t, compile(t, "local mine: GCounter\ninput add(k: String, n: Nat)\non add(k, n) { mine.increment(n) }\nshow mine"), 1, "a", "b")
	l.w.Run(time.Minute)
	l.add("a", "k")
	l.add("a", "k")
	l.w.Run(23 * time.Hour)
	l.remembers("a", true)
	l.w.Partition([][]string{{"a"}, {"b"}})
	l.w.Run(4 * time.Hour)
	l.remembers("a", false)
	a := l.w.Node("a")
	if waits := a.Core.Status().Requests.Waits; len(waits) > 0 {
		t.Errorf("a waits for %v", waits)
	}
	if v, err := a.Core.View("mine"); err != nil || v.Int() != 1 {
		t.Errorf("a counted %v, %v, want 1", v, err)
	}
}

// After its day, and some hours, an id is a new request: the same at every node, also
// where two of them do it again at once.
func TestRequestAfterItsDayIsAnother(t *testing.T) {
	l := quietTill(t, "a", "b", "c")
	l.add("a", "k")
	l.w.Run(23 * time.Hour)
	l.add("b", "k")
	l.w.Run(time.Hour)
	shows(t, l.w, "total", "1")
	for range 8 {
		l.w.Run(6 * time.Hour)
	}
	l.remembers("c", false)
	l.add("b", "k")
	l.add("c", "k")
	l.w.Run(time.Hour)
	shows(t, l.w, "total", "2")
	for range 10 {
		l.w.Run(6 * time.Hour)
	}
	shows(t, l.w, "total", "2")
	l.remembers("a", false)
}

// A node without its disk does not know what was done, and does not count before it
// has heard that; two such nodes do not take each other's word.
func TestBlankNodeDoesNotCount(t *testing.T) {
	l := quietTill(t, "a", "b", "c")
	l.add("a", "k")
	l.w.Run(time.Minute)
	for _, name := range []string{"b", "c"} {
		l.w.Node(name).Stop()
	}
	l.w.Partition([][]string{{"a"}, {"b", "c"}})
	for _, name := range []string{"b", "c"} {
		if err := l.w.Node(name).Restart(true); err != nil {
			t.Fatal(err)
		}
	}
	l.roster()
	l.w.Run(time.Hour)
	for _, name := range []string{"b", "c"} {
		if r := l.add(name, "k"); r.Err == nil || r.Err.(*replica.Error).Code != "L0516" {
			t.Errorf("%s answers %+v", name, r)
		}
	}
	l.w.Heal()
	l.w.Run(time.Hour)
	if r := l.add("b", "k"); r.Err != nil {
		t.Error(r.Err)
	}
	l.w.Run(time.Hour)
	shows(t, l.w, "total", "1")
}

// TestWhatRequestsLeaveIsBounded sends LASP_OPS requests over five days: what a node
// remembers, and its checkpoint, is in proportion to those of a day and a half.
func TestWhatRequestsLeaveIsBounded(t *testing.T) {
	ops := 5000
	if s := os.Getenv("LASP_OPS"); s != "" {
		ops, _ = strconv.Atoi(s)
	}
	l := quietTill(t, "a", "b")
	const days, turns = 5, 24
	sizes := make([]int, days)
	for day := range days {
		for hour := range turns {
			for n := range ops / days / turns {
				l.add(l.names[n%2], fmt.Sprint(day, ".", hour, ".", n))
				l.total++
				if n%500 == 499 {
					l.w.Run(time.Second)
				}
			}
			l.w.Run(time.Hour)
		}
		a := l.w.Node("a")
		a.Checkpoint()
		for _, chunk := range a.Core.Snapshot() {
			sizes[day] += len(chunk)
		}
		z := a.Core.Status().State
		t.Logf("day %d: %d of %d requests remembered, %d atoms, %d bytes in memory, %d in the checkpoint", day+1, z.Firings, l.total, z.Atoms, z.Bytes, sizes[day])
		if day > 1 && (z.Firings > 2*ops/days || sizes[day] > 13*sizes[1]/10) {
			t.Errorf("on day %d %d requests are remembered, and the checkpoint has %d bytes; on day 2 %d", day+1, z.Firings, sizes[day], sizes[1])
		}
	}
	shows(t, l.w, "total", fmt.Sprint(l.total))
}

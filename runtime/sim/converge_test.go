package sim_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

var worlds = flag.Int("worlds", 60, "random worlds per convergence test")

const mixed = `
shared grow:  GSet[Int]
shared set:   AWSet[Int]
shared count: PNCounter
shared total: GCounter
shared best:  Max[Int]
shared reg:   LWW[Int]
shared tags:  ORMap[String, AWSet[Int]]
shared hits:  GMap[String, GCounter]
shared once:  GSet[Int]
shared wins:  RWSet[Int]
shared gone:  TwoPSet[Int]
shared vals:  MVReg[Int]
shared safe:  DWFlag
shared tally: GMap[String, Bag[Int]]
shared clock: VClock
output seen: Int
for x in grow { once.add(x * 10)  emit x to seen }
when n >= 2 for (k, n) in hits { total.increment(100) }
show double = set.map(x => x * 2)
`

// model is the plain meaning of the operations that commute.
type model struct {
	grow  map[int64]bool
	count int64
	total int64
	best  int64
	hits  map[int64]int64
}

// random does one operation at a node and in the model.
func random(t *testing.T, n *sim.Node, ch *sim.Chooser, m *model) {
	t.Helper()
	k := int64(ch.Choose(5))
	key := value.MakeString(fmt.Sprint("k", k%2))
	v := value.MakeInt(k)
	var wr replica.Mutation
	switch ch.Choose(17) {
	case 0:
		wr = replica.Mutation{Cell: "grow", Op: "add", Args: []value.Value{v}}
		m.grow[k] = true
	case 1:
		wr = replica.Mutation{Cell: "set", Op: "add", Args: []value.Value{v}}
	case 2:
		wr = replica.Mutation{Cell: "set", Op: "remove", Args: []value.Value{v}}
	case 3:
		wr = replica.Mutation{Cell: "count", Op: "decrement", Args: []value.Value{v}}
		m.count -= k
	case 4:
		wr = replica.Mutation{Cell: "total", Op: "increment", Args: []value.Value{v}}
		m.total += k
	case 5:
		wr = replica.Mutation{Cell: "best", Op: "join", Args: []value.Value{v}}
		m.best = max(m.best, k)
	case 6:
		wr = replica.Mutation{Cell: "reg", Op: "set", Args: []value.Value{v}}
	case 7:
		wr = replica.Mutation{Cell: "tags", Keys: []value.Value{key}, Op: "add", Args: []value.Value{v}}
	case 8:
		wr = replica.Mutation{Cell: "tags", Op: "remove", Args: []value.Value{key}}
	case 9:
		wr = replica.Mutation{Cell: "hits", Keys: []value.Value{key}, Op: "increment", Args: []value.Value{value.MakeInt(1)}}
		m.hits[k%2]++
	case 10:
		wr = replica.Mutation{Cell: "wins", Op: "add", Args: []value.Value{v}}
	case 11:
		wr = replica.Mutation{Cell: "wins", Op: "remove", Args: []value.Value{v}}
	case 12:
		wr = replica.Mutation{Cell: "gone", Op: []string{"add", "remove"}[k%2], Args: []value.Value{value.MakeInt(k / 2)}}
	case 13:
		wr = replica.Mutation{Cell: "vals", Op: "set", Args: []value.Value{v}}
	case 14:
		wr = replica.Mutation{Cell: "safe", Op: []string{"enable", "disable"}[k%2]}
	case 15:
		wr = replica.Mutation{Cell: "tally", Keys: []value.Value{key}, Op: "add", Args: []value.Value{v, value.MakeInt(1)}}
	case 16:
		wr = replica.Mutation{Cell: "clock", Op: "tick"}
	}
	for _, r := range do(t, n, replica.Mutate{Writes: []replica.Mutation{wr}}) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
}

// Under every fault of the table, replicas that are connected again hold the
// same bytes, and what commutes is what a plain program computes.
func TestRandomWorldsConverge(t *testing.T) {
	p := compile(t, mixed)
	for seed := range *worlds {
		w, m := randomWorld(t, p, seed, sim.Faults())
		agree(t, w, m, seed)
		if t.Failed() {
			return
		}
	}
}

func randomWorld(t *testing.T, p *ir.Program, seed int, faults []sim.Fault) (*sim.World, *model) {
	t.Helper()
	ch := sim.Seeded(uint64(seed))
	w := sim.NewWorld(sim.Options{Chooser: ch, Config: config(p)})
	for _, name := range []string{"a", "b", "c"} {
		if _, err := w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	m := &model{grow: map[int64]bool{}, hits: map[int64]int64{}, best: -1}
	disturb(t, w, ch, m, faults)
	settle(t, w)
	return w, m
}

// Lost disks lose what nobody else had; what is left is still the same
// everywhere, and no identity is used twice.
func TestWorldsWithLostDisksConverge(t *testing.T) {
	p := compile(t, mixed)
	for seed := range *worlds {
		w, m := randomWorld(t, p, seed, append(sim.Faults(), sim.LossyFaults()...))
		for _, name := range []string{"count", "total", "set", "tags", "double"} {
			want := ""
			for _, n := range w.Nodes() {
				v, err := n.Core.View(name)
				if err != nil {
					t.Fatal(err)
				}
				if want == "" {
					want = v.String()
				}
				if v.String() != want {
					t.Fatalf("seed %d: %s at %s is %s, elsewhere %s", seed, name, n.Name, v, want)
				}
			}
		}
		if v, _ := w.Nodes()[0].Core.View("count"); v.Int() < m.count {
			t.Fatalf("seed %d: count is %s, below %d", seed, v, m.count)
		}
	}
}

// The same seed is the same run to the last byte on the network.
func TestRunsRepeatByteForByte(t *testing.T) {
	p := compile(t, mixed)
	for seed := range 10 {
		a, _ := randomWorld(t, p, seed, sim.Faults())
		b, _ := randomWorld(t, p, seed, sim.Faults())
		if a.Trace() != b.Trace() || a.Bytes != b.Bytes {
			t.Errorf("seed %d: two runs differ", seed)
		}
	}
}

// Removals are forgotten once every member has them, and the state stays small
// however often a key comes and goes.
func TestRemovalsAreForgotten(t *testing.T) {
	w := world(t, sim.Options{Net: sim.Net{Delay: 5 * time.Millisecond}}, "shared s: AWSet[Int]\nshow s\n", "a", "b")
	for _, n := range w.Nodes() {
		do(t, n, replica.Roster{Nodes: []string{"a", "b"}})
	}
	w.Run(time.Second)
	for i := range int64(200) {
		write(t, w.Nodes()[i%2], "s", "add", value.MakeInt(i%3))
		w.Run(10 * time.Millisecond)
		write(t, w.Nodes()[(i+1)%2], "s", "remove", value.MakeInt(i%3))
	}
	w.Run(25 * time.Second)
	for _, n := range w.Nodes() {
		if size := n.Core.Status().State; size.Removals > 0 || size.Atoms > 2 { // which program is active, and that it was deployed
			t.Errorf("%s holds %d removals and %d atoms", n.Name, size.Removals, size.Atoms)
		}
	}
}

// disturb mixes operations, deliveries in any order, and faults.
func disturb(t *testing.T, w *sim.World, ch *sim.Chooser, m *model, table []sim.Fault) {
	var ends []func()
	for range 60 {
		switch ch.Choose(4) {
		case 0:
			if n := w.Nodes()[ch.Choose(3)]; n.Alive() && n.Crash == sim.NoCrash {
				random(t, n, ch, m)
			}
		case 1:
			if end := table[ch.Choose(len(table))].Strike(w, ch); end != nil {
				ends = append(ends, end)
			}
		case 2:
			if len(ends) > 0 {
				i := ch.Choose(len(ends))
				ends[i]()
				ends = append(ends[:i], ends[i+1:]...)
			}
		default:
			for range ch.Choose(8) {
				if w.Flights() > 0 {
					w.Deliver(ch.Choose(w.Flights()))
				}
			}
		}
	}
	for _, end := range ends {
		end()
	}
	w.Heal()
}

func agree(t *testing.T, w *sim.World, m *model, seed int) {
	t.Helper()
	var once, seen []value.Value
	for k := range m.grow {
		once, seen = append(once, value.MakeInt(k*10)), append(seen, value.MakeInt(k))
	}
	for _, n := range m.hits {
		if n >= 2 {
			m.total += 100
		}
	}
	want := map[string]string{
		"once":  value.MakeSet(once).String(),
		"count": fmt.Sprint(m.count),
		"total": fmt.Sprint(m.total),
		"best":  fmt.Sprint(m.best),
	}
	if m.best < 0 {
		want["best"] = "unset"
	}
	for _, name := range []string{"once", "count", "total", "best", "set", "reg", "tags", "hits", "double"} {
		for _, n := range w.Nodes() {
			v, err := n.Core.View(name)
			if err != nil {
				t.Fatal(err)
			}
			if want[name] == "" {
				want[name] = v.String() // of the first node, for the others
			}
			if v.String() != want[name] {
				t.Errorf("seed %d: %s at %s is %s, want %s", seed, name, n.Name, v, want[name])
			}
		}
	}
	for _, n := range w.Nodes() {
		if got := len(n.Core.Outputs("seen")); got != len(seen) {
			t.Errorf("seed %d: %d outputs at %s, want %d", seed, got, n.Name, len(seen))
		}
	}
}

// A node that was away gets what it missed, not the whole state.
func TestCatchingUpCostsWhatWasMissed(t *testing.T) {
	w := world(t, sim.Options{}, "shared s: GSet[Int]\nshow size(s)\n", "a", "b")
	a := w.Node("a")
	add := func(from, to int64) {
		for i := from; i < to; i++ {
			write(t, a, "s", "add", value.MakeInt(i))
		}
	}
	cost := func(from, to int64) int64 {
		w.Node("b").Stop()
		add(from, to)
		before := w.Bytes
		if err := w.Node("b").Restart(false); err != nil {
			t.Fatal(err)
		}
		settle(t, w)
		return w.Bytes - before
	}
	all := cost(0, 20_000)
	some := cost(20_000, 22_000)
	few := cost(22_000, 22_020)
	t.Logf("20,000 updates cost %d bytes to catch up, 2,000 more %d, 20 more %d", all, some, few)
	if some > all/5 || few > some/5 {
		t.Errorf("the bytes are not in proportion: %d, %d, %d", all, some, few)
	}
}

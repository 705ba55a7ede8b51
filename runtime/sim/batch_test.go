package sim_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// entries has requests that depend on those before them, in what they answer and in
// whether they are done at all.
const entries = `
coordinated kv: GMap[String, LWW[Int]]
coordinated n: PNCounter
coordinated tags: AWSet[Int]
shared done: GSet[Int]
output log: Int
input put(k: String, v: Int) -> Int
input cas(k: String, old: Int, new: Int) -> Bool
input fails(k: String, v: Int) -> Int
input over(k: String, v: Int) -> Int
input spins(v: Int) -> Int
input up(v: Nat) -> Int
input tag(v: Int) -> Set[Int]
input untag(v: Int) -> Set[Int]
input derived() -> Set[Int]
input both(v: Int) -> Set[Int]
input barred() -> Int
input tick(v: Int)
fn at(x: Option[Int]) -> Int = match x { Some(v) => v, None => 0 }
let tens = { t * 10 for t in tags }
on put(k, v) { coordinate { let was = at(kv[k]) kv[k].set(v) emit v to log reply was } }
on cas(k, old, new) {
  coordinate { if at(kv[k]) == old { kv[k].set(new) reply true } else { reply false } }
}
on fails(k, v) { coordinate { kv[k].set(v) n.increment(7) tags.add(v) emit v to log fail("not this") } }
on over(k, v) { coordinate { kv[k].set(v) n.increment(9) reply (9223372036854775807 - 40) + v * v } }
on spins(v) { coordinate { tags.add(v) for x in 0 .. (v * v * v) { n.increment(1) } reply v } }
on up(v) { coordinate { n.increment(v) reply n } }
on tag(v) { coordinate { tags.add(v) reply tags } }
on untag(v) { coordinate { tags.remove(v) reply tags } }
on derived() { coordinate { reply tens } }
on both(v) { coordinate { tags.add(v) reply tens } }
on barred() { coordinate by barrier { n.increment(1) reply n } }
on tick(v) { done.add(v) }
when size(done) >= x for x in {3, 6, 9} { coordinate { n.increment(x) } }
invariant size(tags) <= 6
show kv
show n
show tags
`

func entriesConfig(p *ir.Program) replica.Config {
	return replica.Config{Ops: lasp.Ops(), Options: replica.Options{Fuel: 10_000}, Program: replica.Program{IR: p, Version: 1, Hash: [32]byte{1}}}
}

// drawRequest makes a request by chance.
func drawRequest(rng *rand.Rand) replica.Input {
	key := value.MakeString([]string{"x", "y"}[rng.IntN(2)])
	v := value.MakeInt(rng.Int64N(10))
	switch rng.IntN(16) {
	case 0, 1, 2:
		return replica.Input{Name: "put", Args: []value.Value{key, v}}
	case 3, 4:
		return replica.Input{Name: "cas", Args: []value.Value{key, value.MakeInt(rng.Int64N(10)), v}}
	case 5, 6:
		return replica.Input{Name: "fails", Args: []value.Value{key, v}}
	case 7:
		return replica.Input{Name: "over", Args: []value.Value{key, v}}
	case 8:
		return replica.Input{Name: "spins", Args: []value.Value{v}}
	case 9:
		return replica.Input{Name: "up", Args: []value.Value{v}}
	case 10, 11:
		return replica.Input{Name: "tag", Args: []value.Value{v}}
	case 12:
		return replica.Input{Name: "untag", Args: []value.Value{v}}
	case 13:
		return replica.Input{Name: "derived"}
	case 14:
		return replica.Input{Name: "both", Args: []value.Value{v}}
	}
	if rng.IntN(3) == 0 {
		return replica.Input{Name: "barred"}
	}
	return replica.Input{Name: "tick", Args: []value.Value{v}}
}

func outcome(r replica.Reply) string {
	if e := (*replica.Error)(nil); errors.As(r.Err, &e) {
		return e.Code
	}
	return r.Value.String()
}

// However many requests share an entry, they are answered as if each had one for
// itself. Requests that need a barrier wait for it, others overtake them; here they
// are sent when nothing else waits.
func TestSharedEntriesAreLikeSingleOnes(t *testing.T) {
	p := compile(t, entries)
	waits, asked := 0, 0
	for seed := range uint64(seeds(4)) {
		rng := rand.New(rand.NewPCG(seed, 3))
		config := entriesConfig(p)
		config.Embedded, config.Actor = true, lattice.Actor{Node: "alone", Inc: 1}
		alone, err := replica.New(config, 1)
		if err != nil {
			t.Fatal(err)
		}
		w := entriesWorld(t, p, seed)
		syncs := w.Node("a").Syncs
		for range 30 {
			asked += burst(t, w, alone, rng)
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		waits += w.Node("a").Syncs - syncs
		w.Run(10 * time.Second)
		for _, show := range []string{"kv", "n", "tags"} {
			want, err := alone.View(show)
			if err != nil {
				t.Fatal(err)
			}
			shows(t, w, show, want.String())
		}
	}
	t.Logf("%d requests, %d waits for the leader's disk", asked, waits)
	if 2*waits > asked {
		t.Error("few requests have shared an entry")
	}
}

func entriesWorld(t *testing.T, p *ir.Program, seed uint64) *sim.World {
	t.Helper()
	w := sim.NewWorld(sim.Options{Net: sim.Net{Seed: seed}, Disk: sim.Disk{Seed: seed, Sync: 3 * time.Millisecond}, Config: func(string) replica.Config {
		config := entriesConfig(p)
		config.Voters = []string{"a", "b", "c"}
		return config
	}})
	for _, name := range []string{"a", "b", "c"} {
		if _, err := w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	w.Run(2 * time.Second)
	return w
}

// burst sends a number of requests at once to the leader of a world and, one by
// one, to a replica that stands for all nodes, and compares the answers.
func burst(t *testing.T, w *sim.World, alone *replica.Core, rng *rand.Rand) (asked int) {
	t.Helper()
	var want, got []string
	for i := range 1 + rng.IntN(20) {
		in := drawRequest(rng)
		if i > 0 && (in.Name == "barred" || in.Name == "tick") {
			continue
		}
		asked++
		if err := alone.Step(in); err != nil {
			t.Fatal(err)
		}
		for r := alone.Ready(); !r.Empty(); r = alone.Ready() {
			for _, reply := range r.Replies {
				want = append(want, fmt.Sprintf("%d %v: %s", i, in, outcome(reply)))
			}
			alone.Advance()
		}
		in.Ref = fmt.Sprintf("%d %v: ", i, in)
		gather(do(t, w.Node("a"), in), &got)
		if in.Name == "barred" || in.Name == "tick" {
			break
		}
	}
	w.Run(2 * time.Second)
	gather(w.Node("a").Replies(), &got)
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || want[i] != got[i] {
			t.Errorf("the answers are\n%q, want\n%q", got, want)
			break
		}
	}
	return asked
}

func gather(replies []replica.Reply, into *[]string) {
	for _, r := range replies {
		*into = append(*into, r.Ref.(string)+outcome(r))
	}
}

// Requests that wait at the leader share what a decision costs.
func TestRequestsThatWaitShareAnEntry(t *testing.T) {
	w := entriesWorld(t, compile(t, entries), 1)
	a := w.Node("a")
	syncs, sent := a.Syncs, w.Bytes
	const n = 200
	for i := range int64(n) {
		do(t, a, replica.Input{Name: "up", Args: []value.Value{value.MakeInt(i)}})
	}
	w.Run(2 * time.Second)
	rs := a.Replies()
	if len(rs) != n || rs[n-1].Err != nil || rs[n-1].Value.Int() != n*(n-1)/2 {
		t.Fatalf("%d answers, the last %+v", len(rs), rs[max(0, len(rs)-1)])
	}
	if got := a.Syncs - syncs; got > 3 {
		t.Errorf("the leader waited %d times for its disk", got)
	}
	if per := (w.Bytes - sent) / n; per > 600 {
		t.Errorf("%d bytes were sent for each request", per)
	}
}

// A request that waits in the queue of the leader and is asked for again through
// another node is done once.
func TestRequestThatWaitsIsDoneOnce(t *testing.T) {
	w := entriesWorld(t, compile(t, entries), 1)
	up := func(name, req string) {
		do(t, w.Node(name), replica.Input{Req: req, Name: "up", Args: []value.Value{value.MakeInt(1)}})
	}
	for i := range 5 {
		up("a", fmt.Sprint("r", i))
	}
	for i := range 5 {
		up("b", fmt.Sprint("r", i))
		up("c", fmt.Sprint("r", i))
	}
	w.Run(5 * time.Second)
	shows(t, w, "n", "5")
	for _, n := range w.Nodes() {
		rs := n.Replies()
		if len(rs) != 5 {
			t.Fatalf("%s answers %d requests", n.Name, len(rs))
		}
		for _, r := range rs {
			if want := r.Req[1] - '0' + 1; r.Err != nil || r.Value.Int() != int64(want) {
				t.Errorf("%s answers %s with %v, %v; want %d", n.Name, r.Req, r.Value, r.Err, want)
			}
		}
	}
}

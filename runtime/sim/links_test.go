package sim_test

import (
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
	"github.com/laspc/lasp/runtime/wire"
)

const numbers = "shared s: GSet[Int]\nshow n = size(s)\n"

// worldWith starts nodes whose replicas have the given options.
func worldWith(t *testing.T, o replica.Options, names ...string) *sim.World {
	t.Helper()
	inner := config(compile(t, numbers))
	w := sim.NewWorld(sim.Options{Config: func(name string) replica.Config {
		c := inner(name)
		c.Options = o
		return c
	}})
	for _, name := range names {
		if _, err := w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func addNumbers(t *testing.T, n *sim.Node, from, to int64) {
	t.Helper()
	for i := from; i < to; i++ {
		write(t, n, "s", "add", value.MakeInt(i))
	}
}

// Every message of two seconds is lost: the period makes good for it, without a
// new link.
func TestLostMessagesAreMadeGoodByPeriod(t *testing.T) {
	w := worldWith(t, replica.Options{}, "a", "b")
	w.Run(time.Second)
	addNumbers(t, w.Node("a"), 0, 100)
	for end := w.Now() + int64(2*time.Second); w.Now() < end; {
		for w.Flights() > 0 {
			w.Drop(0)
		}
		w.Run(time.Millisecond)
	}
	if v, _ := w.Node("b").Core.View("n"); v.String() != "0" {
		t.Fatalf("b knows %s already", v)
	}
	w.Run(3 * time.Second)
	shows(t, w, "n", "100")
}

// One direction is deaf while the link seems to stand.
func TestOneWayPartitionHeals(t *testing.T) {
	w := worldWith(t, replica.Options{}, "a", "b")
	w.Run(time.Second)
	w.Mute("a", "b", true)
	addNumbers(t, w.Node("a"), 0, 50)
	addNumbers(t, w.Node("b"), 50, 60)
	w.Run(5 * time.Second)
	if v, _ := w.Node("a").Core.View("n"); v.String() != "60" {
		t.Errorf("a hears %s of 60", v)
	}
	w.Mute("a", "b", false)
	w.Run(3 * time.Second)
	shows(t, w, "n", "60")
}

// A large transfer goes in bounded chunks and goes on after an interruption
// with what is missing.
func TestTransferGoesOnWhereItStopped(t *testing.T) {
	w := worldWith(t, replica.Options{BatchAtoms: 100}, "a")
	a := w.Node("a")
	addNumbers(t, a, 0, 10_000)
	if _, err := w.Add("b"); err != nil {
		t.Fatal(err)
	}
	for range 30 { // hellos and some of the 100 chunks
		w.Deliver(0)
	}
	before := part(t, w.Node("b"))
	if before == 0 || before == 10_000 {
		t.Fatalf("b has %d of 10,000 when the link breaks", before)
	}
	w.Cut("a", "b", true)
	sent := w.Bytes
	w.Heal()
	settle(t, w)
	shows(t, w, "n", "10000")
	if rest, all := w.Bytes-sent, sent*10_000/before; rest > all {
		t.Errorf("the rest cost %d bytes, the whole about %d", rest, all)
	}
}

func part(t *testing.T, n *sim.Node) int64 {
	t.Helper()
	v, err := n.Core.View("n")
	if err != nil {
		t.Fatal(err)
	}
	return v.Int()
}

// In a full mesh nobody passes on what the origin sends itself, and a broken
// link is still made good within some periods.
func TestMeshPassesOnOnlyWhatIsMissing(t *testing.T) {
	cost := func(mesh bool) int64 {
		w := worldWith(t, replica.Options{Mesh: mesh}, "a", "b", "c", "d")
		w.Run(time.Second)
		before := w.Bytes
		for i := range int64(200) {
			addNumbers(t, w.Node("a"), i, i+1)
			w.Run(20 * time.Millisecond)
		}
		w.Run(time.Second)
		shows(t, w, "n", "200")
		return w.Bytes - before
	}
	plain, mesh := cost(false), cost(true)
	t.Logf("200 updates on 4 nodes: %d bytes, %d as a mesh", plain, mesh)
	if mesh > plain*3/4 {
		t.Errorf("a mesh sends %d bytes, others %d", mesh, plain)
	}
	w := worldWith(t, replica.Options{Mesh: true}, "a", "b", "c")
	w.Cut("a", "b", true)
	addNumbers(t, w.Node("a"), 0, 10)
	w.Run(4 * time.Second)
	shows(t, w, "n", "10")
}

// Without the exchange of vectors what was missed stays missing: so it is that
// exchange which heals, and nothing by accident.
func TestWithoutExchangeNothingHeals(t *testing.T) {
	w := worldWith(t, replica.Options{AntiEntropy: -1}, "a", "b")
	addNumbers(t, w.Node("a"), 0, 5)
	w.Run(time.Second)
	shows(t, w, "n", "5")
	w.Cut("a", "b", true)
	addNumbers(t, w.Node("a"), 5, 10)
	w.Heal()
	w.Run(5 * time.Second)
	if got := part(t, w.Node("b")); got != 5 {
		t.Errorf("b has %d", got)
	}
}

// An idle link costs little.
func TestIdleCost(t *testing.T) {
	w := worldWith(t, replica.Options{Mesh: true}, "a", "b", "c")
	addNumbers(t, w.Node("a"), 0, 100)
	w.Run(5 * time.Second)
	before := w.Bytes
	w.Run(100 * time.Second)
	perNode := (w.Bytes - before) / 100 / 3
	t.Logf("an idle node sends %d bytes per second", perNode)
	if perNode > 100 {
		t.Errorf("an idle node sends %d bytes per second", perNode)
	}
}

// Whatever a peer sends, a replica refuses it with a reason or takes it, and
// goes on.
func TestGarbageFromAPeer(t *testing.T) {
	w := worldWith(t, replica.Options{}, "a", "b")
	settle(t, w)
	addNumbers(t, w.Node("b"), 0, 3)
	settle(t, w)
	core := w.Node("a").Core
	digest := core.Digest()
	for name, m := range map[string]wire.Message{
		"delta that is none":     &wire.Batch{Delta: []byte("nonsense")},
		"empty delta":            &wire.Batch{},
		"other group":            &wire.Batch{Group: "eu", Delta: []byte{0xa0}},
		"vector that is none":    &wire.Vectors{Vectors: []wire.GroupVector{{Vector: []byte{1, 2, 3}}}},
		"hello without a vector": &wire.Hello{Node: "b", Vectors: []wire.GroupVector{{Vector: []byte{0xff}}}},
		"artifact that is none":  &wire.Program{Artifact: []byte("nonsense")},
	} {
		if err := core.Step(replica.Receive{From: "b", Msg: m}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	for _, m := range []wire.Message{&wire.Ping{N: 1}, &wire.Pong{N: 2}, &wire.ProgramWant{Hash: make([]byte, 32)}} {
		if err := core.Step(replica.Receive{From: "stranger", Msg: m}); err != nil {
			t.Error(err)
		}
	}
	if core.Digest() != digest {
		t.Error("the state changed")
	}
	addNumbers(t, w.Node("b"), 3, 5)
	settle(t, w)
	shows(t, w, "n", "5")
}

// Acknowledgement follows durability: in one Ready the record of a write stands
// beside its reply and its messages, and never in a later one.
func TestPersistComesWithTheReply(t *testing.T) {
	cfg := config(compile(t, numbers))("a")
	cfg.Actor.Node, cfg.Actor.Inc, cfg.Ops = "a", 1, lasp.Ops()
	core, err := replica.New(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	core.Ready()
	core.Advance()
	for i := range int64(3) {
		_ = core.Step(replica.Mutate{Writes: []replica.Mutation{{Cell: "s", Op: "add", Args: []value.Value{value.MakeInt(i)}}}})
	}
	r := core.Ready()
	if len(r.Persist) != 3 || len(r.Replies) != 3 {
		t.Errorf("%d records and %d replies in one Ready", len(r.Persist), len(r.Replies))
	}
	_ = core.Step(replica.Mutate{Writes: []replica.Mutation{{Cell: "s", Op: "add", Args: []value.Value{value.MakeInt(9)}}}})
	if r := core.Ready(); !r.Empty() {
		t.Errorf("a second Ready before Advance holds %+v", r)
	}
	core.Advance()
	if r := core.Ready(); len(r.Persist) != 1 || len(r.Replies) != 1 {
		t.Errorf("after Advance: %+v", r)
	}
}

// With a flush interval, what several turns wrote goes out together, and an idle
// replica does not want to be woken for it.
func TestFlushGathers(t *testing.T) {
	w := worldWith(t, replica.Options{Flush: 5 * time.Millisecond}, "a", "b")
	w.Run(time.Second)
	a := w.Node("a")
	before := w.Bytes
	addNumbers(t, a, 0, 1)
	one := w.Bytes - before
	addNumbers(t, a, 1, 100)
	if w.Bytes != before+one {
		t.Errorf("99 more turns at the same moment sent %d bytes at once", w.Bytes-before-one)
	}
	if wake := a.Core.Wake(); wake > w.Now()+int64(5*time.Millisecond) {
		t.Errorf("the replica wants to be woken in %v", time.Duration(wake-w.Now()))
	}
	w.Run(100 * time.Millisecond)
	shows(t, w, "n", "100")
	w.Run(10 * time.Second)
	if wake := a.Core.Wake(); wake < w.Now()+int64(time.Second) {
		t.Errorf("the idle replica wants to be woken in %v", time.Duration(wake-w.Now()))
	}
}

// A network that loses a fifth of all messages and doubles a tenth costs time
// and nothing else, and the same seed is the same run.
func TestBadNetwork(t *testing.T) {
	p := compile(t, numbers)
	run := func(seed uint64) [32]byte {
		w := sim.NewWorld(sim.Options{Config: config(p), Net: sim.Net{Seed: seed, Delay: 300 * time.Millisecond, Loss: 0.2, Twice: 0.1}})
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			if _, err := w.Add(name); err != nil {
				t.Fatal(err)
			}
		}
		for i := range int64(50) {
			addNumbers(t, w.Nodes()[i%5], i, i+1)
			w.Run(50 * time.Millisecond)
		}
		w.Run(20 * time.Second)
		shows(t, w, "n", "50")
		return w.Trace()
	}
	if once, again := run(1), run(1); once != again || once == run(2) {
		t.Error("runs do not follow their seed")
	}
}

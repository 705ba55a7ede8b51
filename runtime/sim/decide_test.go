package sim_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/internal/history"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// ordered starts three nodes that have begun their order; a leads.
func ordered(t *testing.T, prompt bool) *sim.World {
	t.Helper()
	return orderedWith(t, prompt, replica.Options{})
}

func orderedWith(t *testing.T, prompt bool, o replica.Options) *sim.World {
	t.Helper()
	p := compile(t, history.Program)
	w := sim.NewWorld(sim.Options{Prompt: prompt, Config: func(string) replica.Config {
		return replica.Config{Ops: lasp.Ops(), Program: replica.Program{IR: p, Version: 1, Hash: [32]byte{1}}, Voters: []string{"a", "b", "c"}, Options: o}
	}})
	for _, name := range []string{"a", "b", "c"} {
		if _, err := w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	w.Run(2 * time.Second)
	if o := w.Node("b").Core.Order(); o.Leader != "a" {
		t.Fatalf("b follows %+v", o)
	}
	return w
}

// A leader that slept while others decided does not answer from what it knew.
func TestLeaderThatSleptDoesNotAnswerAlone(t *testing.T) {
	w := ordered(t, false)
	key := value.MakeString("x")
	w.Node("a").Pause(true)
	do(t, w.Node("b"), replica.Input{Name: "put", Args: []value.Value{key, value.MakeInt(7)}})
	w.Run(5 * time.Second)
	put := w.Node("b").Replies()
	if o := w.Node("b").Core.Order(); o.Leader == "a" || len(put) != 1 || put[0].Err != nil {
		t.Fatalf("b and c have decided nothing: %+v, %+v", put, o)
	}
	w.Node("a").Pause(false)
	w.Node("a").Tick()
	for _, r := range do(t, w.Node("a"), replica.Input{Name: "get", Args: []value.Value{key}}) {
		t.Fatalf("a answers %v alone", r.Value)
	}
	w.Run(5 * time.Second)
	rs := w.Node("a").Replies()
	if len(rs) != 1 || rs[0].Err != nil || rs[0].Value.Int() != 7 {
		t.Errorf("a answers %+v, want 7", rs)
	}
}

// A member that has told what it holds of a cell that is being sealed takes no
// more into it, also after it was stopped and started again.
func TestMemberFreezesBeforeItReports(t *testing.T) {
	w := ordered(t, false)
	word := replica.Input{Name: "word", Args: []value.Value{value.MakeInt(1)}}
	w.Mute("c", "a", true) // so that the barrier is not complete
	do(t, w.Node("a"), replica.Input{Name: "close"})
	w.Run(500 * time.Millisecond)
	for round := range 2 {
		rs := do(t, w.Node("b"), word)
		var e *replica.Error
		if len(rs) != 1 || !errors.As(rs[0].Err, &e) || e.Code != "L0633" {
			t.Fatalf("round %d: b answers %+v, want L0633", round, rs)
		}
		w.Node("b").Stop()
		if err := w.Node("b").Restart(false); err != nil {
			t.Fatal(err)
		}
	}
	w.Run(20 * time.Second) // the barrier is given up, and b hears of it
	if rs := do(t, w.Node("b"), word); len(rs) != 1 || rs[0].Err != nil {
		t.Errorf("b answers %+v after the barrier came to nothing", rs)
	}
	w.Heal()
	do(t, w.Node("c"), replica.Input{Name: "close"})
	w.Run(10 * time.Second)
	shows(t, w, "s", "{1}")
}

// Where reports come before what they speak of, the barrier waits for that.
func TestBarrierWaitsForWhatWasReported(t *testing.T) {
	w := ordered(t, true) // messages of the order overtake all others
	do(t, w.Node("c"), replica.Input{Name: "note", Args: []value.Value{value.MakeInt(7)}})
	for _, r := range do(t, w.Node("a"), replica.Input{Name: "count"}) {
		t.Fatalf("the barrier is over with %v, %v", r.Value, r.Err)
	}
	w.Run(time.Second)
	rs := w.Node("a").Replies()
	if len(rs) != 1 || rs[0].Err != nil || rs[0].Value.String() != "{7}" {
		t.Errorf("the barrier gives %+v, want {7}", rs)
	}
}

// A barrier does not wait for the next flush of those that have something that it
// waits for.
func TestBarrierDoesNotWaitForFlush(t *testing.T) {
	w := orderedWith(t, false, replica.Options{Flush: time.Second})
	for i := range int64(2) { // the first is sent at once, the second gathers
		do(t, w.Node("c"), replica.Input{Name: "note", Args: []value.Value{value.MakeInt(i)}})
	}
	do(t, w.Node("a"), replica.Input{Name: "count"})
	w.Run(100 * time.Millisecond)
	rs := w.Node("a").Replies()
	if len(rs) != 1 || rs[0].Err != nil || rs[0].Value.String() != "{0, 1}" {
		t.Errorf("after 100 ms the barrier gives %+v, want {0, 1}", rs)
	}
}

// A member that is gone for good holds barriers up until it is retired, at any
// node; when it does come back it takes part again.
func TestRetiredMemberIsNotWaitedFor(t *testing.T) {
	w := ordered(t, false)
	count := func(name string) replica.Reply {
		t.Helper()
		do(t, w.Node(name), replica.Input{Name: "count"})
		w.Run(12 * time.Second)
		rs := w.Node(name).Replies()
		if len(rs) != 1 {
			t.Fatalf("the barrier has %d answers", len(rs))
		}
		return rs[0]
	}
	w.Node("c").Stop()
	w.Run(3 * time.Second)
	var e *replica.Error
	if r := count("a"); !errors.As(r.Err, &e) || e.Code != "L0632" || !strings.Contains(e.Message, "c") {
		t.Fatalf("the barrier is answered with %v, %v; want L0632 that names c", r.Value, r.Err)
	}
	for _, name := range []string{"a", "b"} { // one of them does not lead
		do(t, w.Node(name), replica.Retire{Nodes: []string{"c"}})
	}
	w.Run(3 * time.Second)
	if r := count("b"); r.Err != nil {
		t.Fatalf("after c was retired the barrier is refused: %v", r.Err)
	}
	for range 2 { // it hears that it was retired, and begins anew
		if err := w.Node("c").Restart(false); err != nil {
			t.Fatal(err)
		}
		w.Run(10 * time.Second)
	}
	if r := count("c"); r.Err != nil {
		t.Errorf("c came back, and its barrier is refused: %v", r.Err)
	}
}

// A decision is durable at each voter once, and at the leader while the others
// write it: between question and answer of a node that does not lead there is one
// disk and two times there and back.
func TestDecisionWaitsForOneSync(t *testing.T) {
	w := ordered(t, false)
	syncs := func() (all []int) {
		for _, n := range w.Nodes() {
			all = append(all, n.Syncs)
		}
		return all
	}
	put := func(i int64) {
		t.Helper()
		do(t, w.Node("b"), replica.Input{Name: "put", Args: []value.Value{value.MakeString("x"), value.MakeInt(i)}})
		w.Run(150 * time.Millisecond)
		if rs := w.Node("b").Replies(); len(rs) != 1 || rs[0].Err != nil {
			t.Fatalf("put %d gives %+v", i, rs)
		}
	}
	put(1)                 // the first request of a life without an id makes its number durable
	w.Run(5 * time.Second) // and everybody has told everybody what it holds
	before := syncs()
	const n = 5
	for i := range int64(n) {
		put(i)
	}
	for i, after := range syncs() {
		if after-before[i] != n {
			t.Errorf("%s waited %d times for its disk to decide %d requests", w.Nodes()[i].Name, after-before[i], n)
		}
	}
}

// What a leader has sent and not written is lost with it, and holds where the
// others wrote it.
func TestEntryOutlivesLeaderThatHadNotWrittenIt(t *testing.T) {
	w := ordered(t, false)
	a, key := w.Node("a"), value.MakeString("x")
	a.Slow = time.Hour
	put := replica.Input{Req: "r", Name: "put", Args: []value.Value{key, value.MakeInt(7)}}
	if rs := do(t, a, put); len(rs) != 0 {
		t.Fatalf("the leader answers %+v by itself", rs)
	}
	w.Run(100 * time.Millisecond)
	a.Stop()
	w.Run(10 * time.Second)
	if o := w.Node("b").Core.Order(); o.Leader == "" || o.Leader == "a" {
		t.Fatalf("b follows %+v", o)
	}
	a.Slow = 0
	if err := a.Restart(false); err != nil {
		t.Fatal(err)
	}
	w.Run(5 * time.Second)
	for _, ask := range []struct {
		of   replica.Input
		want int64
	}{{put, 0}, {replica.Input{Name: "get", Args: []value.Value{key}}, 7}} {
		rs := do(t, a, ask.of)
		w.Run(5 * time.Second)
		if rs = append(rs, a.Replies()...); len(rs) != 1 || rs[0].Err != nil || rs[0].Value.Int() != ask.want {
			t.Errorf("after the restart a answers %s with %+v, want %d", ask.of.Name, rs, ask.want)
		}
	}
}

// Where every node was told to join others none founds the order, and the refusal
// says what is to be done.
func TestClusterThatNobodyFounded(t *testing.T) {
	p := compile(t, history.Program)
	w := sim.NewWorld(sim.Options{Config: func(string) replica.Config {
		return replica.Config{Ops: lasp.Ops(), Program: replica.Program{IR: p, Version: 1, Hash: [32]byte{1}}}
	}})
	for _, name := range []string{"a", "b", "c"} {
		if _, err := w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	w.Run(2 * time.Second)
	_, err := await(t, w, w.Node("b"), func(ref any) replica.Event {
		return replica.Input{Name: "get", Args: []value.Value{value.MakeString("x")}, Ref: ref}
	})
	if err == nil || !strings.Contains(err.Error(), "no agreed order yet") || !strings.Contains(err.(*replica.Error).Hint, "without --join") {
		t.Errorf("the refusal is %v", err)
	}
}

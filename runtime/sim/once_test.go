package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

const credits = `
shared names: GSet[String]
shared credits: GCounter
output welcome: String
input join(name: String) -> Nat
for n in names { credits.increment()  emit n to welcome }
on join(name) { names.add(name)  reply 7 }
show credits
`

func text(s string) value.Value { return value.MakeString(s) }

// outputs checks what an output holds at every live node, and that the ids are
// the same everywhere.
func outputs(t *testing.T, w *sim.World, name string, want ...string) {
	t.Helper()
	ids := ""
	for _, n := range w.Nodes() {
		if !n.Alive() {
			continue
		}
		var got []string
		all := ""
		for _, e := range n.Core.Outputs(name) {
			got = append(got, e.Value.String())
			all += e.ID + " "
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("at %s, %s holds %v, want %v", n.Name, name, got, want)
		}
		if ids == "" {
			ids = all
		}
		if all != ids {
			t.Errorf("at %s, %s has other ids: %s, not %s", n.Name, name, all, ids)
		}
	}
}

func TestHandlersFireOnceHoweverOftenTheyAreSeen(t *testing.T) {
	w := world(t, sim.Options{}, credits, "a", "b", "c")
	// All three learn of the same name by themselves, so all three fire.
	w.Partition([][]string{{"a"}, {"b"}, {"c"}})
	for _, n := range w.Nodes() {
		write(t, n, "names", "add", text("ann"))
	}
	shows(t, w, "credits", "1")
	w.Heal()
	settle(t, w)
	shows(t, w, "credits", "1")
	outputs(t, w, "welcome", `"ann"`)

	b := w.Node("b")
	for range 2 {
		b.Stop()
		if err := b.Restart(false); err != nil {
			t.Fatal(err)
		}
		if len(b.Emits) > 0 {
			t.Errorf("the restart emitted again: %v", b.Emits)
		}
	}
	b.Checkpoint()
	b.Stop()
	if err := b.Restart(false); err != nil {
		t.Fatal(err)
	}
	settle(t, w)
	shows(t, w, "credits", "1")
	outputs(t, w, "welcome", `"ann"`)
}

func TestRedeploymentDoesNotFireAgain(t *testing.T) {
	w := world(t, sim.Options{}, credits, "a", "b")
	write(t, w.Node("a"), "names", "add", text("ann"))
	settle(t, w)
	// Another cell, other names of variables, other positions: the same handler.
	next := compile(t, `
shared other: GSet[Int]
shared names: GSet[String]
shared credits: GCounter
output welcome: String


for member in names { credits.increment()
   emit member to welcome }
show size(other)
show credits
`)
	for _, n := range w.Nodes() {
		for _, r := range do(t, n, replica.Deploy{Program: replica.Program{IR: next, Version: 2, Hash: [32]byte{2}}}) {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
		}
	}
	settle(t, w)
	shows(t, w, "credits", "1")
	write(t, w.Node("b"), "names", "add", text("bo"))
	settle(t, w)
	shows(t, w, "credits", "2")
	outputs(t, w, "welcome", `"ann"`, `"bo"`)
}

func TestRequestCountsOnceThroughAnyReplica(t *testing.T) {
	w := world(t, sim.Options{}, credits, "a", "b")
	join := replica.Input{Req: "r1", Name: "join", Args: []value.Value{text("ann")}}
	for _, name := range []string{"a", "a", "b"} {
		replies := do(t, w.Node(name), join)
		if len(replies) != 1 || replies[0].Err != nil || replies[0].Value.String() != "7" {
			t.Fatalf("at %s: %+v", name, replies)
		}
		settle(t, w)
	}
	a := w.Node("a")
	a.Stop()
	if err := a.Restart(false); err != nil {
		t.Fatal(err)
	}
	if replies := do(t, a, join); replies[0].Value.String() != "7" {
		t.Errorf("after a restart: %+v", replies)
	}
	shows(t, w, "credits", "1")
}

// A crash before the log is written loses the input, and the client knows
// nothing; one after it keeps the input, and the client knows nothing either.
// The retry counts once in both cases.
func TestCrashAroundTheLog(t *testing.T) {
	for _, at := range []sim.CrashPoint{sim.BeforePersist, sim.BeforeSend} {
		w := world(t, sim.Options{}, `
shared hits: GCounter
input hit()
on hit() { hits.increment() }
show hits
`, "a", "b")
		settle(t, w)
		a := w.Node("a")
		a.Crash = at
		hit := replica.Input{Req: "r", Name: "hit"}
		if replies, _ := a.Do(hit); len(replies) != 0 || a.Alive() {
			t.Fatalf("the crash did not come before the reply: %v", replies)
		}
		if err := a.Restart(false); err != nil {
			t.Fatal(err)
		}
		settle(t, w)
		kept := "0"
		if at == sim.BeforeSend {
			kept = "1"
		}
		shows(t, w, "hits", kept)
		do(t, a, hit)
		settle(t, w)
		shows(t, w, "hits", "1")
	}
}

// An answer waits for the disk, however long that takes; what the disk did not
// have is not answered and not told to others.
func TestTurnWaitsForTheDisk(t *testing.T) {
	w := world(t, sim.Options{}, "shared hits: GCounter\ninput hit()\non hit() { hits.increment() }\nshow hits\n", "a", "b")
	settle(t, w)
	a := w.Node("a")
	a.Slow = 10 * time.Second
	if rs := do(t, a, replica.Input{Name: "hit"}); len(rs) != 0 {
		t.Fatalf("the answer is %+v before the disk has it", rs)
	}
	w.Run(9 * time.Second)
	if v, err := w.Node("b").Core.View("hits"); err != nil || v.String() != "0" || len(a.Replies()) != 0 {
		t.Fatalf("b has %v, %v, or a has answered", v, err)
	}
	w.Run(2 * time.Second)
	if rs := a.Replies(); len(rs) != 1 || rs[0].Err != nil {
		t.Fatalf("then the answers are %+v", rs)
	}
	a.Slow = 0
	settle(t, w)
	shows(t, w, "hits", "1")
}

func TestLostDiskDoesNotReuseIdentities(t *testing.T) {
	w := world(t, sim.Options{}, "shared hits: GCounter\nshow hits\n", "a", "b")
	a := w.Node("a")
	for range 5 {
		write(t, a, "hits", "increment", value.MakeInt(1))
	}
	settle(t, w)
	a.Stop()
	if err := a.Restart(true); err != nil {
		t.Fatal(err)
	}
	write(t, a, "hits", "increment", value.MakeInt(1))
	settle(t, w)
	shows(t, w, "hits", "6")
}

func TestWriterThatLostItsDiskWaitsForAPeer(t *testing.T) {
	w := world(t, sim.Options{}, "shared q: Stream[Int] written by \"a\"\nshow q\n", "a", "b")
	a := w.Node("a")
	write(t, a, "q", "append", value.MakeInt(1))
	settle(t, w)
	a.Stop()
	w.Cut("a", "b", true)
	if err := a.Restart(true); err != nil {
		t.Fatal(err)
	}
	more := replica.Mutate{Writes: []replica.Mutation{{Cell: "q", Op: "append", Args: []value.Value{value.MakeInt(2)}}}}
	wantCode(t, do(t, a, more), "L0516")
	a.Stop() // the refusal survives a restart
	if err := a.Restart(false); err != nil {
		t.Fatal(err)
	}
	wantCode(t, do(t, a, more), "L0516")
	w.Heal()
	settle(t, w)
	if r := do(t, a, more); r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
	settle(t, w)
	shows(t, w, "q", "[1, 2, ...]")
	wantCode(t, do(t, w.Node("b"), more), "L0505")
}

func wantCode(t *testing.T, replies []replica.Reply, code string) {
	t.Helper()
	if len(replies) == 0 || replies[0].Err == nil || replies[0].Err.(*replica.Error).Code != code {
		t.Errorf("%+v, want a refusal with %s", replies, code)
	}
}

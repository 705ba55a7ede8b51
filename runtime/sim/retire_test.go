package sim_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

const oneSet = "shared s: GSet[Int]\nshow s\n"

// retiring makes nodes that run a program and are all members.
func retiring(t testing.TB, names ...string) *sim.World {
	t.Helper()
	w := agreeing(t, sim.Options{}, 1, names...)
	if _, err := replyTo(t, w, w.Node(names[0]), replica.Deploy{Program: version(t, 0, oneSet)}); err != nil {
		t.Fatal(err)
	}
	membersAre(t, w, names...)
	return w
}

// membersAre waits until some node knows that these are the members.
func membersAre(t testing.TB, w *sim.World, names ...string) {
	t.Helper()
	for range 200 {
		for _, n := range w.Nodes() {
			if n.Alive() && slices.Equal(n.Core.Order().Members, names) && w.Converged() == nil {
				return
			}
		}
		w.Run(100 * time.Millisecond)
	}
	t.Fatalf("the members do not become %v: %+v", names, w.Nodes()[0].Core.Order())
}

func add(t testing.TB, w *sim.World, name string, n int64) {
	t.Helper()
	write(t, w.Node(name), "s", "add", value.MakeInt(n))
}

// What a node did while it was cut off and retired is refused when it comes back;
// it says so and what is lost, and begins anew.
func TestRetiredWhileCutOff(t *testing.T) {
	w := retiring(t, "a", "b", "c")
	add(t, w, "c", 1)
	settle(t, w)
	w.Partition([][]string{{"a", "b"}, {"c"}})
	w.Run(200 * time.Millisecond)
	add(t, w, "c", 2)
	add(t, w, "c", 3)
	if _, err := replyTo(t, w, w.Node("b"), replica.Retire{Nodes: []string{"c"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := replyTo(t, w, w.Node("a"), replica.Retire{Nodes: []string{"c"}}); err != nil {
		t.Fatalf("again, it is answered by %v", err)
	}
	add(t, w, "a", 4)
	w.Heal()
	w.Run(5 * time.Second)
	c := w.Node("c")
	if c.Alive() || c.Retired == nil || c.Retired.Lost != 2 || !slices.Equal(c.Retired.Cells, []string{"s"}) {
		t.Fatalf("c runs: %v; it says %+v", c.Alive(), c.Retired)
	}
	if text := c.Retired.Error(); !strings.Contains(text, "2 turns") || !strings.Contains(text, "they wrote s") {
		t.Errorf("c says %q", text)
	}
	shows(t, w, "s", "{1, 4}")
	if err := c.Restart(false); err != nil {
		t.Fatal(err)
	}
	membersAre(t, w, "a", "b", "c")
	add(t, w, "c", 5)
	settle(t, w)
	shows(t, w, "s", "{1, 4, 5}")
}

// Turns of a retired node do not come by way of a node that the others had not
// taken in when they said what they hold.
func TestRetiredTurnsAreNotSmuggled(t *testing.T) {
	w := retiring(t, "a", "b", "c")
	w.Partition([][]string{{"a", "b"}, {"c"}})
	if _, err := w.Add("d"); err != nil {
		t.Fatal(err)
	}
	w.Partition([][]string{{"a", "b"}, {"c", "d"}})
	w.Run(2 * time.Second)
	add(t, w, "c", 1)
	add(t, w, "d", 2)
	w.Run(5 * time.Second)
	if v, err := w.Node("d").Core.View("s"); err != nil || v.String() != "{1, 2}" {
		t.Fatalf("d holds %v, %v", v, err)
	}
	w.Node("c").Stop()
	if _, err := replyTo(t, w, w.Node("a"), replica.Retire{Nodes: []string{"c"}}); err != nil {
		t.Fatal(err)
	}
	w.Heal()
	w.Run(5 * time.Second)
	d := w.Node("d")
	if d.Alive() || d.Retired == nil || d.Retired.Of != "c" || !strings.Contains(d.Retired.Error(), "turns of c") {
		t.Fatalf("d runs: %v; it says %+v", d.Alive(), d.Retired)
	}
	shows(t, w, "s", "{}")
	if err := d.Restart(false); err != nil {
		t.Fatal(err)
	}
	membersAre(t, w, "a", "b", "d")
	shows(t, w, "s", "{}")
}

// A member that has said what it holds of a node takes nothing more from it, also
// while another one keeps the entry waiting.
func TestMemberStopsBeforeItSaysWhatItHolds(t *testing.T) {
	w := retiring(t, "a", "b", "c", "d")
	for _, other := range []string{"a", "c"} {
		w.Cut("d", other, true)
		w.Cut(other, "d", true)
	}
	w.Node("c").Pause(true)
	w.Run(200 * time.Millisecond)
	do(t, w.Node("a"), replica.Retire{Nodes: []string{"d"}, Ref: "retire"})
	w.Run(time.Second)
	add(t, w, "d", 1)
	w.Run(time.Second)
	w.Node("c").Pause(false)
	w.Run(5 * time.Second)
	if rs := w.Node("a").Replies(); len(rs) != 1 || rs[0].Err != nil {
		t.Fatalf("the retirement is answered by %+v", rs)
	}
	if d := w.Node("d"); d.Alive() || d.Retired.Lost != 1 {
		t.Errorf("d says %+v", d.Retired)
	}
	if !w.Node("b").Alive() {
		t.Errorf("b says %+v", w.Node("b").Retired)
	}
	shows(t, w, "s", "{}")
}

// Nodes of which one would be waited for to retire the other are retired at once,
// and one that was not retired after all is listened to again.
func TestRetireTogether(t *testing.T) {
	w := retiring(t, "a", "b", "c", "d", "e")
	w.Node("d").Stop()
	w.Node("e").Stop()
	w.Run(time.Second)
	_, err := replyTo(t, w, w.Node("b"), replica.Retire{Nodes: []string{"d"}})
	refusedAs(t, err, "L0632", "retire d", "e must say")
	var e *replica.Error
	if errors.As(err, &e); !strings.Contains(e.Hint, "laspc retire d e") {
		t.Errorf("the hint is %q", e.Hint)
	}
	w.Run(5 * time.Second)
	if err := w.Node("d").Restart(false); err != nil {
		t.Fatal(err)
	}
	add(t, w, "d", 1)
	settle(t, w)
	shows(t, w, "s", "{1}")
	w.Node("d").Stop()
	w.Run(time.Second)
	if _, err := replyTo(t, w, w.Node("c"), replica.Retire{Nodes: []string{"d", "e"}}); err != nil {
		t.Fatal(err)
	}
	membersAre(t, w, "a", "b", "c")
	add(t, w, "a", 2)
	settle(t, w)
	shows(t, w, "s", "{1, 2}")
}

// A leader does not retire itself, and nobody retires who is not known.
func TestWhoIsNotRetired(t *testing.T) {
	w := retiring(t, "a", "b", "c")
	_, err := replyTo(t, w, w.Node("b"), replica.Retire{Nodes: []string{"a"}})
	refusedAs(t, err, "L0602", "a answers")
	_, err = replyTo(t, w, w.Node("b"), replica.Retire{Nodes: []string{"x"}})
	refusedAs(t, err, "L0602", `"x"`)
	w.Partition([][]string{{"a", "b"}, {"c"}})
	w.Run(time.Second)
	_, err = replyTo(t, w, w.Node("c"), replica.Retire{Nodes: []string{"b"}})
	refusedAs(t, err, "L0630", "a", "b")
}

// season is one run in which nodes are given up while faults strike.
type season struct {
	*contest
	t     testing.TB
	acked map[string]map[int64]bool // by node and life
	lost  map[string]uint64         // turns that a life said are lost
	ended map[string]bool           // lives that were retired
	asked int
	done  int
}

func life(n *sim.Node) string { return fmt.Sprintf("%s %d", n.Name, n.Core.Status().Inc) }

type put struct {
	life string
	n    int64
}

func (s *season) step() {
	for _, n := range s.w.Nodes() {
		for _, r := range n.Replies() {
			s.heard(r)
		}
		if n.Retired != nil { // its next start is another life
			for l := range s.acked {
				if strings.HasPrefix(l, n.Name+" ") {
					s.ended[l] = true
				}
			}
			s.lost[n.Name] += n.Retired.Lost
			if err := n.Restart(false); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	n := s.w.Nodes()[s.rng.IntN(len(s.names))]
	if !n.Alive() || n.Core.Program().IR == nil {
		return
	}
	var ev replica.Event
	if s.rng.IntN(60) == 0 && s.asked < 4 {
		s.asked++
		ev = replica.Retire{Nodes: []string{s.names[s.rng.IntN(len(s.names))]}, Ref: "retire"}
		if ev.(replica.Retire).Nodes[0] == n.Name {
			return
		}
	} else {
		s.nth++
		ev = replica.Mutate{Writes: []replica.Mutation{{Cell: "s", Op: "add", Args: []value.Value{value.MakeInt(s.nth)}}}, Ref: &put{life(n), s.nth}}
	}
	replies, err := n.Do(ev)
	if err != nil && n.Alive() {
		s.t.Fatal(err)
	}
	for _, r := range replies {
		s.heard(r)
	}
}

func (s *season) heard(r replica.Reply) {
	if p, ok := r.Ref.(*put); ok && r.Err == nil {
		if s.acked[p.life] == nil {
			s.acked[p.life] = map[int64]bool{}
		}
		s.acked[p.life][p.n] = true
	}
	if r.Ref == "retire" && r.Err == nil {
		s.done++
	}
}

// check says that all nodes hold the same, that it has everything that lives
// acknowledged which were not retired, and that of the others no more is missing
// than they said.
func (s *season) check() error {
	if err := s.w.Converged(); err != nil {
		return err
	}
	v, err := s.w.Nodes()[0].Core.View("s")
	if err != nil {
		return err
	}
	missing := map[string]uint64{}
	for l, all := range s.acked {
		name, _, _ := strings.Cut(l, " ")
		for n := range all {
			if v.Has(value.MakeInt(n)) {
				continue
			}
			if !s.ended[l] {
				return fmt.Errorf("%d is lost, which life %s acknowledged, and that was not retired", n, l)
			}
			missing[name]++
		}
	}
	for name, n := range missing {
		if n > s.lost[name] {
			return fmt.Errorf("%d turns of %s are missing, and it said that %d are", n, name, s.lost[name])
		}
	}
	return nil
}

// TestRetirements has nodes given up, some of them for good and some too early,
// while all are cut off and crash.
func TestRetirements(t *testing.T) {
	done, lost, faults := 0, uint64(0), 0
	for seed := range seeds(3) {
		s := &season{t: t, contest: &contest{rng: rand.New(rand.NewPCG(uint64(seed), 5))}, acked: map[string]map[int64]bool{}, lost: map[string]uint64{}, ended: map[string]bool{}}
		for i := range 3 + s.rng.IntN(3) {
			s.names = append(s.names, fmt.Sprintf("n%d", i+1))
		}
		s.w = retiring(t, s.names...)
		for end := s.w.Now() + int64(30*time.Second); s.w.Now() < end; {
			s.w.Run(time.Duration(10+s.rng.IntN(120)) * time.Millisecond)
			s.step()
			s.trouble()
		}
		for _, e := range s.ends {
			e.end()
		}
		s.w.Heal()
		for range 400 {
			for _, n := range s.w.Nodes() {
				if n.Crash = sim.NoCrash; !n.Alive() && n.Retired == nil {
					if err := n.Restart(false); err != nil {
						t.Fatal(err)
					}
				}
			}
			s.w.Run(100 * time.Millisecond)
			s.step()
		}
		if err := s.w.Settle(); err != nil {
			t.Errorf("seed %d, %d nodes: %v", seed, len(s.names), err)
			continue
		}
		s.step()
		if err := s.w.Settle(); err != nil {
			t.Fatal(err)
		}
		if err := s.check(); err != nil {
			t.Errorf("seed %d, %d nodes: %v", seed, len(s.names), err)
		}
		done, faults = done+s.done, faults+s.faults
		for _, n := range s.lost {
			lost += n
		}
	}
	t.Logf("%d retirements, %d turns lost, %d faults", done, lost, faults)
	if done == 0 || lost == 0 || faults == 0 {
		t.Error("nothing happened")
	}
}

package cluster

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/laspc/lasp/runtime/overlay"
)

// recorder is a handler that keeps what happened.
type recorder struct {
	mu     sync.Mutex
	up     map[string]int // links that came up, by peer
	down   map[string]int
	frames []string
	lines  []string
	roster []Member
}

func (r *recorder) LinkUp(peer string, _ uint64) { r.note(func() { r.up[peer]++ }) }

func (r *recorder) LinkDown(peer string, why error) { r.note(func() { r.down[peer]++ }) }

func (r *recorder) Frame(peer string, frame []byte) {
	text := string(frame)
	if len(text) > 64 {
		text = fmt.Sprintf("%d bytes", len(text))
	}
	r.note(func() { r.frames = append(r.frames, peer+": "+text) })
}

func (r *recorder) Roster(members []Member) { r.note(func() { r.roster = members }) }

func (r *recorder) log(sentence string, pairs ...any) {
	r.note(func() { r.lines = append(r.lines, fmt.Sprint(sentence, pairs)) })
}

func (r *recorder) note(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

func (r *recorder) read(f func() bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return f()
}

type testNode struct {
	*Cluster
	*recorder
}

func startNode(t *testing.T, net Network, name string, change func(*Options)) *testNode {
	t.Helper()
	r := &recorder{up: map[string]int{}, down: map[string]int{}}
	ov, err := overlay.New("full", name)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Node: name, Inc: 1, Cluster: "test", Network: net, Overlay: ov, Handler: r, Log: r.log}
	if change != nil {
		change(&o)
	}
	c, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &testNode{c, r}
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("not within 20 s: %s", what)
}

func linked(n *testNode, peers ...string) func() bool {
	return func() bool {
		count := 0
		for _, m := range n.Members() {
			for _, p := range peers {
				if m.Name == p && m.Linked {
					count++
				}
			}
		}
		return count == len(peers)
	}
}

func seeds(addr ...string) func(*Options) { return func(o *Options) { o.Seeds = addr } }

func TestNodesFindEachOtherAndExchangeFrames(t *testing.T) {
	hub := NewHub()
	a := startNode(t, hub.Network("a"), "a", nil)
	b := startNode(t, hub.Network("b"), "b", seeds(a.Addr()))
	c := startNode(t, hub.Network("c"), "c", seeds(a.Addr()))
	eventually(t, "full mesh", func() bool {
		return linked(a, "b", "c")() && linked(b, "a", "c")() && linked(c, "a", "b")()
	})
	if err := b.Send("c", true, make([]byte, 3<<20)); err != nil {
		t.Fatal(err)
	}
	if err := b.Send("c", false, []byte("small")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "frames", func() bool {
		return c.read(func() bool { return len(c.frames) == 2 })
	})
	if err := a.Send("nobody", false, nil); err == nil || err.Error() != "there is no link to nobody" {
		t.Fatal(err)
	}
	if got := c.Traffic().ReceivedBytes.Load(); got < 3<<20 {
		t.Errorf("%d bytes counted", got)
	}
	if err := c.Leave(time.Second); err != nil {
		t.Fatal(err)
	}
	eventually(t, "c is forgotten", func() bool { return len(a.Members()) == 1 && len(b.Members()) == 1 })
}

// TestCutAndMended cuts a node off in one and in both directions, long enough
// for gossip to give it up; links and gossip come back by themselves.
func TestCutAndMended(t *testing.T) {
	for _, ways := range []string{"both", "one"} {
		t.Run(ways, func(t *testing.T) {
			t.Parallel()
			hub := NewHub()
			a := startNode(t, hub.Network("a"), "a", nil)
			b := startNode(t, hub.Network("b"), "b", seeds(a.Addr()))
			eventually(t, "link", func() bool { return linked(a, "b")() && linked(b, "a")() && len(b.members.Members()) == 2 })
			hub.Cut("a", "b", true)
			hub.Cut("b", "a", ways == "both")
			eventually(t, "link is down on both ends", func() bool { return !linked(a, "b")() && !linked(b, "a")() })
			eventually(t, "gossip gives up", func() bool { return len(a.members.Members()) == 1 && len(b.members.Members()) == 1 })
			if got := a.Members(); len(got) != 1 || got[0].Alive {
				t.Fatalf("the dead stay in the roster: %+v", got)
			}
			hub.Cut("a", "b", false)
			hub.Cut("b", "a", false)
			eventually(t, "link is back", func() bool { return linked(a, "b")() && linked(b, "a")() })
			eventually(t, "gossip is whole", func() bool { return len(a.members.Members()) == 2 && len(b.members.Members()) == 2 })
		})
	}
}

// TestRestartAtAnotherAddress: a node that knows the roster from before comes
// back elsewhere, without seeds, and the others take it.
func TestRestartAtAnotherAddress(t *testing.T) {
	hub := NewHub()
	a := startNode(t, hub.Network("a"), "a", nil)
	b := startNode(t, hub.Network("b"), "b", seeds(a.Addr()))
	eventually(t, "link", func() bool { return linked(a, "b")() && linked(b, "a")() })
	known := a.Members()
	a.Close()
	eventually(t, "b sees it", func() bool { return !linked(b, "a")() })
	again := startNode(t, hub.Network("a"), "a", func(o *Options) { o.Known, o.Inc = known, 2 })
	eventually(t, "link again", func() bool { return linked(again, "b")() && linked(b, "a")() })
	ms := b.Members()
	if ms[0].Inc != 2 || ms[0].Addr != again.Addr() {
		t.Fatalf("%+v", ms)
	}
	eventually(t, "gossip again", func() bool { return len(again.members.Members()) == 2 && len(b.members.Members()) == 2 })
}

func TestGateCutsOffAndLetsBack(t *testing.T) {
	hub := NewHub()
	gate := NewGate(hub.Network("a"))
	a := startNode(t, gate, "a", nil)
	b := startNode(t, hub.Network("b"), "b", seeds(a.Addr()))
	eventually(t, "link", func() bool { return linked(a, "b")() && linked(b, "a")() })
	gate.Shut(true)
	eventually(t, "cut", func() bool { return !linked(a, "b")() && !linked(b, "a")() })
	gate.Shut(false)
	eventually(t, "back", func() bool { return linked(a, "b")() && linked(b, "a")() })
}

func TestStrangersAreRefusedWithASentence(t *testing.T) {
	hub := NewHub()
	a := startNode(t, hub.Network("a"), "a", nil)
	other := startNode(t, hub.Network("b"), "b", func(o *Options) {
		o.Cluster = "other"
		o.Known = []Member{{Member: overlay.Member{Name: "a", Addr: a.Addr()}}}
	})
	impostor := startNode(t, hub.Network("x"), "b", func(o *Options) {
		o.Known = []Member{{Member: overlay.Member{Name: "a", Addr: a.Addr()}}}
	})
	says := func(n *testNode, text string) func() bool {
		return func() bool {
			return n.read(func() bool { return strings.Contains(strings.Join(n.lines, "\n"), text) })
		}
	}
	eventually(t, "other cluster", says(other, "it belongs to cluster other and this node to cluster test"))
	eventually(t, "other cluster, told at a", says(a, "it belongs to cluster other"))
	eventually(t, "impostor", says(impostor, `it says it is "b", but its certificate is that of "x"`))
	if linked(a, "b")() {
		t.Fatal("a stranger got a link")
	}
}

// TestCopyOfANodeIsRefused: two processes of one name and incarnation, as a
// copied data directory makes them: the second is told, with both addresses.
func TestCopyOfANodeIsRefused(t *testing.T) {
	hub := NewHub()
	a := startNode(t, hub.Network("a"), "a", nil)
	b := startNode(t, hub.Network("b"), "b", seeds(a.Addr()))
	eventually(t, "link", func() bool { return linked(a, "b")() && linked(b, "a")() })
	twin := startNode(t, hub.Network("a"), "a", func(o *Options) { o.Known = a.Members() })
	eventually(t, "the copy is told", func() bool {
		return twin.read(func() bool {
			said := strings.Join(twin.lines, "\n")
			return strings.Contains(said, "of the same incarnation at "+a.Addr()) && strings.Contains(said, twin.Addr())
		})
	})
	if !linked(b, "a")() || linked(twin, "b")() {
		t.Fatal("the first must keep its link, and the copy get none")
	}
}

// TestBothEndsDialAtOnce: as after a restart of all nodes. Both ends keep the
// same one of the two links.
func TestBothEndsDialAtOnce(t *testing.T) {
	for range 20 {
		hub := NewHub()
		na, nb := hub.Network("a"), hub.Network("b")
		knows := func(name, addr string) func(*Options) {
			return func(o *Options) { o.Known = []Member{{Member: overlay.Member{Name: name, Addr: addr}}} }
		}
		a := startNode(t, na, "a", knows("b", nb.Addr()))
		b := startNode(t, nb, "b", knows("a", na.Addr()))
		eventually(t, "link", func() bool { return linked(a, "b")() && linked(b, "a")() })
		// A frame may be lost with a link that gives way; one of a few arrives.
		sent := 0
		eventually(t, "frames both ways", func() bool {
			sent++
			a.Send("b", false, fmt.Appendf(nil, "%d", sent))
			b.Send("a", true, fmt.Appendf(nil, "%d", sent))
			got := func(n *testNode) bool { return n.read(func() bool { return len(n.frames) > 0 }) }
			return got(a) && got(b)
		})
		if ups := a.read(func() bool { return a.up["b"] <= 2 }) && b.read(func() bool { return b.up["a"] <= 2 }); !ups {
			t.Fatalf("links came up %d and %d times", a.up["b"], b.up["a"])
		}
		a.Close()
		b.Close()
	}
}

package sim_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// version packs a program as `laspc build` does.
func version(t testing.TB, n uint64, text string) replica.Program {
	t.Helper()
	p := compile(t, text)
	artifact, err := ir.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	return replica.Program{IR: p, Version: n, Hash: sha256.Sum256(artifact), Artifact: artifact}
}

func bare(string) replica.Config { return replica.Config{Ops: lasp.Ops()} }

func emptyWorld(t *testing.T, names ...string) *sim.World {
	t.Helper()
	w := sim.NewWorld(sim.Options{Config: bare})
	for _, name := range names {
		if _, err := w.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func deployed(t *testing.T, w *sim.World, n uint64) {
	t.Helper()
	for _, node := range w.Nodes() {
		if node.Alive() && node.Core.Program().Version != n {
			t.Errorf("%s runs version %d, want %d", node.Name, node.Core.Program().Version, n)
		}
	}
}

const v1 = `
shared s: GSet[Int]
shared gone: AWSet[Int]
shared n: GCounter
for x in s { n.increment() }
let d = s.map(x => x * 2)
show d
show n
`

const v2 = `
shared s: GSet[Int]
shared n: GCounter
shared more: GMap[String, GCounter]
for y in s { n.increment() }
let d = s.map(x => x * 3)
show d
show n
`

// One node is told; the others learn of it from the system cell and ask for the
// artifact. Data that comes before its program waits.
func TestProgramsTravel(t *testing.T) {
	w := emptyWorld(t, "a", "b", "c")
	a := w.Node("a")
	wantCode(t, do(t, a, replica.Input{Name: "x"}), "L0603")
	for _, r := range do(t, a, replica.Deploy{Program: version(t, 1, v1)}) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	write(t, a, "s", "add", value.MakeInt(1))
	write(t, a, "gone", "add", value.MakeInt(7))
	settle(t, w)
	deployed(t, w, 1)
	shows(t, w, "d", "{2}")

	// The next version while c is away, and a down-and-up node with the log of
	// both versions.
	w.Node("c").Stop()
	do(t, w.Node("b"), replica.Deploy{Program: version(t, 2, v2)})
	settle(t, w)
	deployed(t, w, 2)
	for _, name := range []string{"a", "b"} {
		n := w.Node(name)
		n.Stop()
		if err := n.Restart(false); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Node("c").Restart(false); err != nil {
		t.Fatal(err)
	}
	if got := w.Node("c").Core.Program().Version; got != 1 {
		t.Errorf("c comes back with version %d, want the 1 of its log", got)
	}
	write(t, w.Node("c"), "s", "add", value.MakeInt(2))
	settle(t, w)
	deployed(t, w, 2)
	shows(t, w, "d", "{3, 6}")
	shows(t, w, "n", "2")

	// Back to the first one, as a later version: its cells kept their contents.
	do(t, w.Node("c"), replica.Deploy{Program: version(t, 3, v1)})
	settle(t, w)
	deployed(t, w, 3)
	shows(t, w, "gone", "{7}")
	shows(t, w, "d", "{2, 4}")
	for _, n := range w.Nodes() {
		n.Checkpoint()
		n.Stop()
	}
	for _, n := range w.Nodes() {
		if err := n.Restart(false); err != nil {
			t.Fatal(err)
		}
	}
	deployed(t, w, 3)
	shows(t, w, "gone", "{7}")
	shows(t, w, "n", "2")
}

// Who joins late reads the contents of cells that the active program does not
// declare any more, though it knows no program but that one at first.
func TestLateJoinerReadsCellsOfEarlierPrograms(t *testing.T) {
	w := emptyWorld(t, "a", "b")
	do(t, w.Node("a"), replica.Deploy{Program: version(t, 1, v1)})
	write(t, w.Node("a"), "s", "add", value.MakeInt(1))
	write(t, w.Node("a"), "gone", "add", value.MakeInt(7))
	do(t, w.Node("a"), replica.Deploy{Program: version(t, 2, v2)})
	settle(t, w)
	if _, err := w.Add("d"); err != nil {
		t.Fatal(err)
	}
	settle(t, w)
	deployed(t, w, 2)
	shows(t, w, "d", "{3}")
	do(t, w.Node("d"), replica.Deploy{Program: version(t, 3, v1)})
	settle(t, w)
	shows(t, w, "gone", "{7}")
}

// Two nodes that are deployed to at once agree on one of the two.
func TestConcurrentDeploymentsAgree(t *testing.T) {
	w := emptyWorld(t, "a", "b")
	w.Partition([][]string{{"a"}, {"b"}})
	do(t, w.Node("a"), replica.Deploy{Program: version(t, 1, v1)})
	do(t, w.Node("b"), replica.Deploy{Program: version(t, 1, v2)})
	write(t, w.Node("a"), "s", "add", value.MakeInt(1))
	write(t, w.Node("b"), "s", "add", value.MakeInt(2))
	w.Heal()
	settle(t, w)
	if a, b := w.Node("a").Core.Program(), w.Node("b").Core.Program(); a.Hash != b.Hash {
		t.Errorf("a runs %x, b %x", a.Hash[:4], b.Hash[:4])
	}
	shows(t, w, "n", "2")
}

// A program whose cell has another kind cannot follow: the node says so and
// goes on with its own.
func TestConflictOfKindsIsTold(t *testing.T) {
	w := emptyWorld(t, "a", "b")
	w.Partition([][]string{{"a"}, {"b"}})
	do(t, w.Node("a"), replica.Deploy{Program: version(t, 1, v1)})
	do(t, w.Node("b"), replica.Deploy{Program: version(t, 2, "shared s: AWSet[Int]\nshow s\n")})
	write(t, w.Node("a"), "s", "add", value.MakeInt(1))
	w.Heal()
	_ = w.Settle() // they cannot agree
	if got := w.Node("a").Core.Program(); got.Hash != version(t, 1, v1).Hash {
		t.Errorf("a runs version %d, want its own", got.Version)
	}
	if v, err := w.Node("a").Core.View("d"); err != nil || v.String() != "{2}" {
		t.Errorf("d at a is %v, %v", v, err)
	}
}

// A deployment and its first data are everywhere at once, not after periods.
func TestDeploymentDoesNotWaitForPeriods(t *testing.T) {
	w := emptyWorld(t, "a", "b", "c")
	w.Run(time.Second)
	do(t, w.Node("a"), replica.Deploy{Program: version(t, 1, v1)})
	write(t, w.Node("a"), "s", "add", value.MakeInt(1))
	w.Run(200 * time.Millisecond)
	deployed(t, w, 1)
	shows(t, w, "d", "{2}")
}

// The version of the active program may be known before its artifact is here,
// and whoever was asked for the artifact may not have heard it. Nothing newer is
// announced later, so it is asked for again until it is here.
func TestArtifactOfAKnownVersionIsAskedForAgain(t *testing.T) {
	w := emptyWorld(t, "a", "b", "c")
	settle(t, w)
	w.Partition([][]string{{"a", "b"}, {"c"}})
	w.Run(100 * time.Millisecond)
	w.Mute("a", "b", true) // b is heard by a, and does not hear it
	do(t, w.Node("b"), replica.Deploy{Program: version(t, 1, v1)})
	w.Run(200 * time.Millisecond)
	w.Partition([][]string{{"a", "c"}, {"b"}})
	w.Run(3 * time.Second)
	for _, name := range []string{"a", "c"} {
		if p := w.Node(name).Core.Program(); p.Version != 0 {
			t.Fatalf("%s runs version %d, and nobody gave it the artifact: the test shows nothing", name, p.Version)
		}
	}
	w.Mute("a", "b", false)
	w.Heal()
	settle(t, w)
	deployed(t, w, 1)
}

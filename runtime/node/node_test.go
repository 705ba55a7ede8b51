package node_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/cluster"
	"github.com/laspc/lasp/runtime/disk"
	"github.com/laspc/lasp/runtime/node"
	"github.com/laspc/lasp/runtime/replica"
)

// In these tests the artifact of a program is its source, compiled where an
// artifact is decoded.
func decode(artifact []byte) (*ir.Program, error) {
	p, ds := lasp.Check(source.NewFile("test.lasp", artifact))
	if diag.HasErrors(ds) {
		return nil, errors.New(ds[0].Message)
	}
	c, err := lasp.Compile(p)
	if err != nil {
		return nil, err
	}
	return c, nil
}

const counterProgram = `
shared n: GCounter
shared seen: GSet[Int]
shared by_key: GMap[String, GCounter]
let twice = seen.map(x => x * 2)
input add(x: Int)
input bump(k: String) -> String
on add(x) { n.increment() seen.add(x) }
on bump(k) { by_key[k].increment() reply k }
show n
show twice
show by_key
`

// world is a network in memory with nodes that can stop and come back.
type world struct {
	t   *testing.T
	hub *cluster.Hub
	dir string

	mu    sync.Mutex
	addrs []string
	lines []string
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, hub: cluster.NewHub(), dir: t.TempDir()}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(strings.Join(w.lines, "\n"))
		}
	})
	return w
}

func (w *world) data(name string) string { return filepath.Join(w.dir, name) }

// start starts a node in its own directory; it joins those started before.
func (w *world) start(name string, change ...func(*node.Options)) *node.Node {
	w.t.Helper()
	w.mu.Lock()
	seeds := append([]string(nil), w.addrs...)
	w.mu.Unlock()
	o := node.Options{Name: name, Data: w.data(name), Join: seeds, Network: w.hub.Network(name), Decode: decode}
	o.Log = func(sentence string, pairs ...any) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.lines = append(w.lines, fmt.Sprint(name, ": ", sentence, " ", pairs))
	}
	for _, c := range change {
		c(&o)
	}
	n, err := node.Start(o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	w.addrs = append(w.addrs, n.Addr())
	w.mu.Unlock()
	w.t.Cleanup(func() { n.Close() })
	return n
}

func deploy(t *testing.T, n *node.Node, program string) {
	t.Helper()
	if _, err := n.Deploy(t.Context(), "", []byte(program), 0); err != nil {
		t.Fatal(err)
	}
}

func view(n *node.Node, name string) string {
	text := "?"
	n.Do(context.Background(), func(c *replica.Core) error {
		v, err := c.View(name)
		if text = v.String(); err != nil {
			text = err.Error()
		}
		return nil
	})
	return text
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

func shows(t *testing.T, n *node.Node, name, want string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s = %s (now %s)", name, want, view(n, name)), func() bool { return view(n, name) == want })
}

func add(t *testing.T, n *node.Node, req string, x int64) {
	t.Helper()
	if _, err := n.Input(t.Context(), nil, req, "add", []value.Value{value.MakeInt(x)}); err != nil {
		t.Fatal(err)
	}
}

func TestThreeNodesConvergeAndOneComesBack(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.start("a"), w.start("b"), w.start("c")
	deploy(t, a, counterProgram)
	for _, n := range []*node.Node{b, c} {
		shows(t, n, "n", "0")
	}
	add(t, a, "", 1)
	add(t, b, "", 2)
	add(t, c, "", 3)
	for _, n := range []*node.Node{a, b, c} {
		shows(t, n, "twice", "{2, 4, 6}")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	add(t, a, "", 4)
	c = w.start("c")
	shows(t, c, "twice", "{2, 4, 6, 8}")
	add(t, c, "", 5)
	for _, n := range []*node.Node{a, b, c} {
		shows(t, n, "n", "5")
	}
	da, _ := a.Digest(t.Context())
	eventually(t, "equal digests", func() bool {
		dc, err := c.Digest(t.Context())
		return err == nil && da == dc
	})
}

func TestLostDirectoryDoesNotReuseIdentities(t *testing.T) {
	w := newWorld(t)
	a, b := w.start("a"), w.start("b")
	deploy(t, a, counterProgram)
	for i := range 5 {
		add(t, a, "", int64(i))
	}
	shows(t, b, "n", "5")
	before, _ := a.Status(t.Context())
	a.Close()
	if err := os.RemoveAll(w.data("a")); err != nil {
		t.Fatal(err)
	}
	a = w.start("a")
	after, err := a.Status(t.Context())
	if err != nil || after.Incarnation <= before.Incarnation {
		t.Fatalf("incarnation %d after %d, %v", after.Incarnation, before.Incarnation, err)
	}
	shows(t, a, "n", "5")
	add(t, a, "", 9)
	shows(t, a, "n", "6")
	shows(t, b, "n", "6")
}

func TestRequestsUnderOneIDCountOnce(t *testing.T) {
	w := newWorld(t)
	a, b := w.start("a"), w.start("b")
	deploy(t, a, counterProgram)
	shows(t, b, "n", "0")
	bump := func(n *node.Node) string {
		t.Helper()
		v, err := n.Input(t.Context(), nil, "r1", "bump", []value.Value{value.MakeString("k")})
		if err != nil {
			t.Fatal(err)
		}
		return v.String()
	}
	first := bump(a)
	shows(t, b, "by_key", `{"k": 1}`)
	if again, there := bump(a), bump(b); again != first || there != first {
		t.Fatalf("replies %s, %s and %s", first, again, there)
	}
	a.Close()
	a = w.start("a")
	if again := bump(a); again != first || view(a, "by_key") != `{"k": 1}` {
		t.Fatalf("after a restart: %s %s", again, view(a, "by_key"))
	}
}

func TestRedeploymentKeepsCellsAndRefusesChangedKinds(t *testing.T) {
	w := newWorld(t)
	a, b := w.start("a"), w.start("b")
	deploy(t, a, counterProgram)
	add(t, a, "", 1)
	shows(t, b, "n", "1")
	_, err := b.Deploy(t.Context(), "", []byte(strings.Replace(counterProgram, "seen: GSet[Int]", "seen: AWSet[Int]", 1)), 0)
	if err == nil || !strings.Contains(err.Error(), "seen") {
		t.Fatalf("a changed kind is refused: %v", err)
	}
	for _, n := range []*node.Node{a, b} {
		if st, _ := n.Status(t.Context()); st.Replica.Version != 1 || view(n, "twice") != "{2}" {
			t.Fatalf("nothing changes: %+v %s", st.Replica, view(n, "twice"))
		}
	}
	deploy(t, b, strings.Replace(counterProgram, "x * 2", "x * 3", 1))
	for _, n := range []*node.Node{a, b} {
		shows(t, n, "twice", "{3}")
		shows(t, n, "n", "1")
	}
	if _, err := a.Deploy(t.Context(), "", []byte("shared x: Nonsense"), 0); err == nil || !strings.Contains(err.Error(), "artifact is refused") {
		t.Fatalf("a bad artifact is refused: %v", err)
	}
}

// TestCatchUpIsProportional: a node that was away for 10,000 updates gets what
// it missed, not the state.
func TestCatchUpIsProportional(t *testing.T) {
	w := newWorld(t)
	none := func(o *node.Options) { o.Durability = disk.None }
	a, b := w.start("a", none), w.start("b", none)
	deploy(t, a, counterProgram)
	shows(t, b, "n", "0")
	load := func(from, to int64) {
		t.Helper()
		var waiting []*node.Pending
		for x := from; x < to; x++ {
			p, err := a.SubmitInput(nil, "", "add", []value.Value{value.MakeInt(x)})
			if err != nil {
				t.Fatal(err)
			}
			waiting = append(waiting, p)
		}
		for _, p := range waiting {
			if _, err := p.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	caughtUp := func(n string) {
		t.Helper()
		eventually(t, "b has "+n, func() bool { return view(b, "n") == n })
	}
	const state, missed = 40_000, 10_000
	load(0, state)
	caughtUp(fmt.Sprint(state))
	b.Close()
	load(state, state+missed)
	before := a.Counters().BytesSent
	b = w.start("b", none)
	caughtUp(fmt.Sprint(state + missed))
	away := a.Counters().BytesSent - before
	b.Close()
	load(state+missed, state+missed+1000)
	before = a.Counters().BytesSent
	b = w.start("b", none)
	caughtUp(fmt.Sprint(state + missed + 1000))
	short := a.Counters().BytesSent - before
	t.Logf("state of %d elements; away for %d updates: %d bytes (%.1f per update); away for 1,000: %d bytes (%.1f per update)",
		state, missed, away, float64(away)/missed, short, float64(short)/1000)
	if away > 60*missed || short > 100*1000 {
		t.Errorf("catching up took %d bytes for %d updates and %d for 1,000", away, missed, short)
	}
}

// flaky is a file system whose disk can be full.
type flaky struct {
	disk.FS
	full *sync.Map
}

type flakyFile struct {
	disk.File
	full *sync.Map
}

func (f flaky) Create(path string) (disk.File, error) {
	file, err := f.FS.Create(path)
	return flakyFile{file, f.full}, err
}

func (f flakyFile) Write(p []byte) (int, error) {
	if _, full := f.full.Load("full"); full {
		return 0, errors.New("no space left on device")
	}
	return f.File.Write(p)
}

func TestFullDiskMakesTheNodeReadOnlyUntilThereIsSpace(t *testing.T) {
	for _, d := range []disk.Durability{disk.None, disk.Group, disk.Fsync} {
		t.Run(string(d), func(t *testing.T) { fillDisk(t, d) })
	}
}

func fillDisk(t *testing.T, d disk.Durability) {
	w := newWorld(t)
	var full sync.Map
	a := w.start("a", func(o *node.Options) { o.Files, o.Durability = flaky{disk.OS{}, &full}, d })
	deploy(t, a, counterProgram)
	full.Store("full", true)
	pending, err := a.SubmitInput(nil, "", "add", []value.Value{value.MakeInt(1)})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "read-only", func() bool { s, _ := a.Status(t.Context()); return s.ReadOnly != "" })
	_, err = a.Input(t.Context(), nil, "", "add", []value.Value{value.MakeInt(2)})
	if err == nil || !strings.Contains(err.Error(), "read-only") || !strings.Contains(err.Error(), "no space left") {
		t.Fatalf("an input while the disk is full: %v", err)
	}
	full.Delete("full")
	if _, err := pending.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	add(t, a, "", 3)
	shows(t, a, "twice", "{2, 6}")
}

func TestDirectoryInUse(t *testing.T) {
	w := newWorld(t)
	w.start("a")
	_, err := node.Start(node.Options{Name: "a", Data: w.data("a"), Network: w.hub.Network("a"), Decode: decode})
	if !errors.Is(err, disk.ErrInUse) {
		t.Fatal(err)
	}
}

func TestCheckpointsReplaceTheLog(t *testing.T) {
	w := newWorld(t)
	small := func(o *node.Options) { o.CheckpointBytes = 4 << 10 }
	a := w.start("a", small)
	deploy(t, a, counterProgram)
	for i := range 200 {
		add(t, a, "", int64(i))
	}
	eventually(t, "a checkpoint", func() bool { return a.Counters().Checkpoints > 0 })
	a.Close()
	a = w.start("a", small)
	shows(t, a, "n", "200")
}

// TestCheckpointsKeepStepWithTheState: the work of checkpoints stays in proportion
// to what is logged, however large the state is.
func TestCheckpointsKeepStepWithTheState(t *testing.T) {
	const least = 1 << 10
	w := newWorld(t)
	a := w.start("a")
	deploy(t, a, counterProgram)
	addAll := func(from, to int64) {
		t.Helper()
		var all []*node.Pending
		for i := from; i < to; i++ {
			p, err := a.SubmitInput(nil, "", "add", []value.Value{value.MakeInt(i * i * 7919)})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
		for _, p := range all {
			if _, err := p.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	addAll(0, 2000)
	a.Close() // with a checkpoint of all of it
	a = w.start("a", func(o *node.Options) { o.CheckpointBytes = least })
	addAll(2000, 2020)
	a.Close()
	if c := a.Counters(); c.LogBytes < least || c.Checkpoints > 0 {
		t.Errorf("%d checkpoints of %d bytes of log, below one of 2,000 elements", c.Checkpoints, c.LogBytes)
	}
	a = w.start("a")
	shows(t, a, "n", "2020")
}

func TestCutOffNodeAcceptsInputsAndComesBack(t *testing.T) {
	w := newWorld(t)
	a, b := w.start("a"), w.start("b")
	deploy(t, a, counterProgram)
	shows(t, b, "n", "0")
	b.Isolate(true)
	add(t, a, "", 1)
	add(t, b, "", 2)
	if view(a, "twice") != "{2}" || view(b, "twice") != "{4}" {
		t.Fatalf("while cut off: %s and %s", view(a, "twice"), view(b, "twice"))
	}
	b.Isolate(false)
	shows(t, a, "twice", "{2, 4}")
	shows(t, b, "twice", "{2, 4}")
}

// TestOlderCopyOfTheDirectoryIsNoticed: a directory restored from a copy would
// use stamps again that others have seen; its node stops and begins anew.
func TestOlderCopyOfTheDirectoryIsNoticed(t *testing.T) {
	w := newWorld(t)
	a, b := w.start("a"), w.start("b")
	deploy(t, a, counterProgram)
	add(t, a, "", 1)
	a.Close()
	copied := filepath.Join(w.dir, "copy")
	if err := os.CopyFS(copied, os.DirFS(w.data("a"))); err != nil {
		t.Fatal(err)
	}
	a = w.start("a")
	add(t, a, "", 2)
	add(t, a, "", 3)
	shows(t, b, "n", "3")
	before, _ := a.Status(t.Context())
	a.Close()
	if err := errors.Join(os.RemoveAll(w.data("a")), os.Rename(copied, w.data("a"))); err != nil {
		t.Fatal(err)
	}
	a = w.start("a")
	select {
	case <-a.Failed():
	case <-time.After(20 * time.Second):
		t.Fatal("the older copy is not noticed")
	}
	if err := a.Close(); err == nil || !strings.Contains(err.Error(), "older copy") {
		t.Fatal(err)
	}
	a = w.start("a")
	after, _ := a.Status(t.Context())
	if after.Incarnation <= before.Incarnation {
		t.Fatalf("incarnation %d after %d", after.Incarnation, before.Incarnation)
	}
	shows(t, a, "n", "3")
	add(t, a, "", 4)
	shows(t, b, "n", "4")
}

// TestStoreIsLostUnderTheLog: where the file with the checkpoint is damaged, and with
// it the declarations that the log above it rests on, the node starts nevertheless and
// gets what it lacks from the others.
func TestStoreIsLostUnderTheLog(t *testing.T) {
	w := newWorld(t)
	a, b := w.start("a"), w.start("b")
	deploy(t, a, counterProgram)
	shows(t, b, "n", "0")
	for range 3 { // each stop makes a checkpoint, and the log below the last is kept
		a.Close()
		a = w.start("a")
		add(t, a, "", 1)
	}
	shows(t, b, "n", "3")
	crashed := filepath.Join(w.dir, "crashed")
	if err := os.CopyFS(crashed, os.DirFS(w.data("a"))); err != nil {
		t.Fatal(err)
	}
	a.Close()
	err := errors.Join(os.RemoveAll(w.data("a")), os.Rename(crashed, w.data("a")),
		os.WriteFile(filepath.Join(w.data("a"), "lasp.db"), bytes.Repeat([]byte("lost"), 10_000), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	for want := 4; want < 6; want++ { // and once more, when that was mended
		a = w.start("a")
		shows(t, a, "n", fmt.Sprint(want-1))
		add(t, a, "", 1)
		shows(t, b, "n", fmt.Sprint(want))
		a.Close()
	}
}

// TestRequestsMadeForAnotherProgram: what was read by the types of one program,
// or compiled against its cells, is refused once another one is active.
func TestRequestsMadeForAnotherProgram(t *testing.T) {
	w := newWorld(t)
	a := w.start("a")
	deploy(t, a, counterProgram)
	var before *ir.Program
	if err := a.Do(t.Context(), func(c *replica.Core) error { before = c.Program().IR; return nil }); err != nil {
		t.Fatal(err)
	}
	deploy(t, a, "shared words: GSet[String]\ninput add(x: String)\non add(x) { words.add(x) }\nshow words\n")
	code := func(err error) string {
		if err == nil {
			return ""
		}
		return node.AsError(err).Code
	}
	_, err := a.Input(t.Context(), before, "", "add", []value.Value{value.MakeInt(1)})
	if code(err) != "L0604" {
		t.Errorf("an input: %v", err)
	}
	_, err = a.Query(t.Context(), before, &ir.Expr{Op: ir.EView, Type: before.Shows[0].View.Type, View: before.Shows[0].View})
	if code(err) != "L0604" {
		t.Errorf("a query: %v", err)
	}
	p, err := a.SubmitMutate(before, "", []replica.Mutation{{Cell: "words", Op: "add", Args: []value.Value{value.MakeInt(1)}}})
	if err == nil {
		_, err = p.Wait(t.Context())
	}
	if code(err) != "L0604" {
		t.Errorf("a write: %v", err)
	}
	shows(t, a, "words", "{}")
}

// TestRetiredNodeComesBack: a node that was retired while it was cut off says what is
// lost of its work and stops; then it begins anew.
func TestRetiredNodeComesBack(t *testing.T) {
	w := newWorld(t)
	a := w.start("a")
	b, c := w.start("b"), w.start("c")
	deploy(t, a, counterProgram)
	for _, n := range []*node.Node{a, b, c} {
		eventually(t, "all are members", func() bool {
			s, err := n.Status(t.Context())
			return err == nil && len(s.Order.Members) == 3 && len(s.Order.Voters) == 3
		})
		eventually(t, "the program runs", func() bool { return view(n, "n") == "0" })
	}
	add(t, c, "", 1)
	shows(t, a, "n", "1")
	before, _ := c.Status(t.Context())
	c.Isolate(true)
	add(t, c, "", 2)
	if err := a.Retire(t.Context(), "", []string{"c"}); err != nil {
		t.Fatal(err)
	}
	c.Isolate(false)
	select {
	case <-c.Failed():
	case <-time.After(20 * time.Second):
		t.Fatal("c does not hear that it was retired")
	}
	err := c.Close()
	for _, want := range []string{"this node was retired, and 1 turn", "it wrote n, seen", "begins anew"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("c ends with %v, want %q", err, want)
		}
	}
	c = w.start("c")
	after, _ := c.Status(t.Context())
	if after.Incarnation <= before.Incarnation || !strings.Contains(after.NewBecause, "retired") {
		t.Errorf("incarnation %d after %d, because %s", after.Incarnation, before.Incarnation, after.NewBecause)
	}
	shows(t, c, "n", "1")
	add(t, c, "", 3)
	shows(t, a, "n", "2")
	if kept, err := filepath.Glob(filepath.Join(w.data("c"), "quarantine", "retired-*")); err != nil || len(kept) < 2 {
		t.Errorf("of its state it keeps %v, %v", kept, err)
	}
}

// TestTwoClustersJoinedByMistake: nodes of two clusters, which began without each
// other and have one authority, say so and keep what they have.
func TestTwoClustersJoinedByMistake(t *testing.T) {
	w := newWorld(t)
	alone := func(o *node.Options) { o.Join = nil }
	a, x := w.start("a"), w.start("x", alone)
	deploy(t, a, counterProgram)
	deploy(t, x, "shared n: PNCounter\ninput add(x: Int)\non add(x) { n.decrement(2) }\nshow n\n")
	add(t, a, "", 1)
	add(t, x, "", 1)
	x.Close()
	x = w.start("x") // and now with the address of a
	says := func(who, of string) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return slices.ContainsFunc(w.lines, func(line string) bool {
			return strings.HasPrefix(line, who+": "+of+" belongs to another cluster") && strings.Contains(line, "L0635")
		})
	}
	eventually(t, "both say that the other is of another cluster", func() bool { return says("a", "x") && says("x", "a") })
	add(t, a, "", 2)
	add(t, x, "", 2)
	for n, want := range map[*node.Node]string{a: "2", x: "-4"} {
		if got := view(n, "n"); got != want {
			t.Errorf("n is %s, want %s", got, want)
		}
	}
}

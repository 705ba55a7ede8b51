package vm

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
)

// passedOver is a random pipeline with a name, and what is behind its first elements.
func passedOver(t *testing.T, seed uint64, drop int64) (m *Machine, named *streamOp, last ir.View, l *pipeline) {
	t.Helper()
	l = anyPipeline(seed)
	v := l.p.Shows[0].View
	l.p.Shows, l.p.Lets = nil, []*ir.Named{{Name: "s", View: v, Lazy: true}}
	b := &builder{l.p}
	rest := apply("stream.drop", streamInt, &ir.Expr{Op: ir.EView, Type: streamInt, View: v}, intConst(drop))
	last = b.show("rest", streamInt, b.add(&ir.Node{Kind: ir.Stream, Type: streamInt, Cols: ints(2), Out: []*ir.Expr{rest}}))
	m = mustNew(t, l.p)
	m.fuel = 1 << 40
	return m, m.nodes[0].op.(*streamOp), last, l
}

// A stream that somebody walked over is not kept, and who asks for it again finds the
// same elements and the same failures.
func TestPassedIsNotKept(t *testing.T) {
	gone, failed := 0, 0
	for seed := range uint64(seeds(t, 60)) {
		m, named, last, l := passedOver(t, seed, 2*chunkSize)
		twin, kept, _, _ := passedOver(t, seed, 2*chunkSize)
		kept.fleeting = false
		for range 3 {
			for _, v := range []ir.View{last, l.p.Lets[0].View} {
				got, err := m.View(v)
				want, err2 := twin.View(v)
				if fmt.Sprint(err) != fmt.Sprint(err2) || err == nil && !value.Equal(got, want) {
					t.Fatalf("seed %d: got %v, %v; where it is kept %v, %v", seed, got, err, want, err2)
				}
				runtime.GC()
				gone += int(bit(named.begun.Value() == nil))
			}
			if got, want := failures(m), failures(twin); got != want {
				t.Fatalf("seed %d: got the failures %s; where it is kept %s", seed, got, want)
			}
			failed += len(m.Errors())
		}
		if n := len(l.want); len(named.drops) > 4*(n+len(l.drops)+1) {
			t.Errorf("seed %d: %d failures are kept of a stream of %d elements", seed, len(named.drops), n)
		}
		xs, _ := walk(t, m, named.stream(), math.MaxInt, 50)
		if !slices.Equal(xs, l.want) {
			t.Fatalf("seed %d: the stream is another one when it is asked for again", seed)
		}
		runtime.KeepAlive(m)
	}
	if gone < 60 || failed < 20 {
		t.Errorf("%d beginnings were let go, with %d failures, which shows little", gone, failed)
	}
}

// A stream that is read twice, or by code that runs more than once, or is shown, is
// kept: to find it anew each time could take for ever.
func TestSharedIsKept(t *testing.T) {
	m := mustNew(t, sieveProgram())
	if m.nodes[0].op.(*streamOp).fleeting {
		t.Error("a stream that is shown is not kept")
	}
	l := anyPipeline(1)
	v := l.p.Shows[0].View
	l.p.Shows = nil
	b := &builder{l.p}
	view := &ir.Expr{Op: ir.EView, Type: streamInt, View: v}
	within := fn(streamInt.Args[0], &ir.Expr{Op: ir.ECall, Type: streamInt.Args[0], Name: "int.add", Args: []*ir.Expr{num(0), num(0)}}, 1)
	for name, out := range map[string]*ir.Expr{
		"once":  apply("stream.map", streamInt, apply("stream.take", streamInt, view, intConst(3)), within),
		"twice": apply("stream.zip", streamInt, view, apply("stream.drop", streamInt, view, intConst(1))),
		"cons":  {Op: ir.ECons, Type: streamInt, Args: []*ir.Expr{intConst(1), view}},
	} {
		d := b.p.Nodes[b.add(&ir.Node{Kind: ir.Stream, Type: streamInt, Cols: ints(2), Out: []*ir.Expr{out}})]
		if got := m.takesUpOnce(d, v.Node); got != (name == "once") {
			t.Errorf("%s: taken up once is %v", name, got)
		}
	}
}

package state

import (
	"fmt"
	"testing"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// replica is a store with the declarations of a test.
type replica struct {
	*Store
	t     *testing.T
	clock int64
}

func kindOf(t testing.TB, text string) *types.Type {
	k, err := types.ParseType(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// newReplica declares a cell "c" of the given kind, and an output "out".
func newReplica(t *testing.T, name, kind string) *replica {
	r := &replica{Store: New(lattice.Actor{Node: name, Inc: 1}, "", value.NewInterner()), t: t}
	r.declare("c", kind)
	if err := r.DeclareOutput("out", types.String); err != nil {
		t.Fatal(err)
	}
	return r
}

// bareReplica is newReplica without an output and with a shared interner.
func bareReplica(t *testing.T, name string, kind *types.Type, in *value.Interner) *replica {
	r := &replica{Store: New(lattice.Actor{Node: name, Inc: 1}, "", in), t: t}
	if err := r.Declare(CellSpec{ID: "c", Kind: kind}); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *replica) declare(cell, kind string) {
	r.t.Helper()
	if err := r.Declare(CellSpec{ID: cell, Kind: kindOf(r.t, kind)}); err != nil {
		r.t.Fatal(err)
	}
}

// do runs one mutation as a turn of its own and returns its delta, which may be
// nil. Path and args are written as ints and strings.
func (r *replica) do(path []any, mutator string, args ...any) *lattice.Delta {
	r.t.Helper()
	return r.fire(lattice.Firing{}, path, mutator, args...)
}

func (r *replica) fire(f lattice.Firing, path []any, mutator string, args ...any) *lattice.Delta {
	r.t.Helper()
	r.clock++
	t := r.Begin(r.clock, f)
	if err := t.Mutate("c", vals(path), mutator, vals(args)); err != nil {
		t.Abort()
		if _, refused := err.(*lattice.Refusal); !refused {
			r.t.Fatal(err)
		}
		return nil
	}
	d, _ := t.Commit()
	return d
}

func vals(xs []any) []value.Value {
	vs := make([]value.Value, len(xs))
	for i, x := range xs {
		switch x := x.(type) {
		case int:
			vs[i] = value.MakeInt(int64(x))
		case string:
			vs[i] = value.MakeString(x)
		case value.Value:
			vs[i] = x
		default:
			panic(fmt.Sprint("no value for ", x))
		}
	}
	return vs
}

// take applies deltas after a trip through their encoding.
func (r *replica) take(ds ...*lattice.Delta) {
	r.t.Helper()
	for _, d := range ds {
		r.apply(r.travel(d))
	}
}

// travel encodes and decodes a delta, which may be nil.
func (r *replica) travel(d *lattice.Delta) *lattice.Delta {
	r.t.Helper()
	if d == nil {
		return nil
	}
	b, err := lattice.EncodeDelta(d)
	if err != nil {
		r.t.Fatal(err)
	}
	back, err := lattice.DecodeDelta(b, r, codec.Limits{})
	if err != nil {
		r.t.Fatal(err)
	}
	return back
}

func (r *replica) apply(ds ...*lattice.Delta) {
	r.t.Helper()
	for _, d := range ds {
		if d == nil {
			continue
		}
		if _, _, err := r.Apply(d); err != nil {
			r.t.Fatal(err)
		}
	}
}

// pull takes everything that o knows and r does not.
func (r *replica) pull(o *replica) {
	r.t.Helper()
	for d := range o.Since(r.Vector().Clone(), Limits{Atoms: 4}) {
		r.take(d)
	}
}

func (r *replica) view() string {
	r.t.Helper()
	v, err := r.Read("c")
	if err != nil {
		r.t.Fatal(err)
	}
	return v.String()
}

func (r *replica) want(view string) {
	r.t.Helper()
	if got := r.view(); got != view {
		r.t.Errorf("%s sees %s, want %s", r.Actor().Node, got, view)
	}
}

func (r *replica) digest() [32]byte {
	r.t.Helper()
	d, err := r.Digest()
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

// bytes is the store's snapshot, encoded.
func (r *replica) bytes() string {
	r.t.Helper()
	var out []byte
	for d := range r.Snapshot(Limits{}) {
		b, err := lattice.EncodeDelta(d)
		if err != nil {
			r.t.Fatal(err)
		}
		out = append(out, b...)
	}
	return string(out)
}

func firingOf(s string) (f lattice.Firing) {
	copy(f.Handler[:], "handler")
	copy(f.Key[:], s)
	return f
}

func TestRemoveOvertakesAdd(t *testing.T) {
	a, b, c := newReplica(t, "a", "AWSet[Int]"), newReplica(t, "b", "AWSet[Int]"), newReplica(t, "c", "AWSet[Int]")
	add := a.do(nil, "add", 1)
	b.take(add)
	remove := b.do(nil, "remove", 1)
	c.take(remove, add)
	c.want("{}")
	a.take(remove)
	if a.digest() != c.digest() {
		t.Error("a and c differ")
	}
	c.take(a.do(nil, "add", 1), remove, add)
	c.want("{1}")
}

func TestAddAndRemoveForever(t *testing.T) {
	a := newReplica(t, "a", "AWSet[String]")
	for range 1_000_000 {
		a.do(nil, "add", "x")
		a.do(nil, "remove", "x")
	}
	if n := len(a.bytes()); n > 100 {
		t.Errorf("the state takes %d bytes", n)
	}
	if z := a.Size(); z.Bytes > 10_000 {
		t.Errorf("the store takes %d bytes: %+v", z.Bytes, z)
	}
	b := newReplica(t, "b", "AWSet[String]")
	b.pull(a)
	b.want("{}")
	if b.bytes() != a.bytes() {
		t.Error("b differs from a")
	}
}

func TestLostDisk(t *testing.T) {
	b := newReplica(t, "b", "GCounter")
	a := newReplica(t, "a", "GCounter")
	for range 5 {
		b.take(a.do(nil, "increment", 1))
	}
	reborn := &replica{Store: New(lattice.Actor{Node: "a", Inc: 2}, "", value.NewInterner()), t: t}
	reborn.declare("c", "GCounter")
	b.take(reborn.do(nil, "increment", 1))
	b.want("6")
	reborn.pull(b)
	reborn.want("6")
}

func TestFiringCountsOnce(t *testing.T) {
	rs := []*replica{newReplica(t, "a", "GCounter"), newReplica(t, "b", "GCounter"), newReplica(t, "c", "GCounter")}
	var ds []*lattice.Delta
	for _, r := range rs {
		ds = append(ds, r.fire(firingOf("k1"), nil, "increment", 1))
	}
	ds = append(ds, rs[1].fire(firingOf("k2"), nil, "increment", 2))
	for i, r := range rs {
		for j := range ds {
			r.take(ds[(i+j)%len(ds)])
		}
		r.want("3")
		if r.digest() != rs[0].digest() {
			t.Errorf("replica %d differs", i)
		}
		if !r.Fired(firingOf("k2")) || r.Fired(firingOf("k3")) {
			t.Error("what fired is not known")
		}
	}
}

// A removal of what a firing added holds also where the firing is heard of, or
// made, only afterwards.
func TestRemoveOfFiring(t *testing.T) {
	a, b, c, d := newReplica(t, "a", "AWSet[Int]"), newReplica(t, "b", "AWSet[Int]"), newReplica(t, "c", "AWSet[Int]"), newReplica(t, "d", "AWSet[Int]")
	fired := a.fire(firingOf("k"), nil, "add", 1)
	b.take(fired)
	b.want("{1}")
	remove := b.do(nil, "remove", 1)
	c.take(remove)
	own := c.fire(firingOf("k"), nil, "add", 1)
	c.want("{}")
	d.take(own, fired)
	d.take(remove)
	for _, r := range []*replica{a, b, c, d} {
		r.take(fired, own, remove)
		r.want("{}")
		if r.digest() != d.digest() {
			t.Errorf("%s differs", r.Actor().Node)
		}
	}
}

// Whoever lacks a removal that was forgotten gets the whole state and loses
// what was removed.
func TestRemovalBelowTheFloor(t *testing.T) {
	a, b := newReplica(t, "a", "AWSet[Int]"), newReplica(t, "b", "AWSet[Int]")
	for i := range 10 {
		b.take(a.do(nil, "add", i))
	}
	for i := range 9 {
		a.do(nil, "remove", i)
	}
	b.do(nil, "add", 100)
	a.Stable()
	if a.Size().Removals != 0 {
		t.Error("removals are kept though everybody knows them")
	}
	b.pull(a)
	b.want("{9, 100}")
	a.pull(b)
	a.want("{9, 100}")
	// b cannot tell either, and says so.
	c := newReplica(t, "c", "AWSet[Int]")
	for d := range b.Since(&lattice.Vector{}, Limits{}) {
		if !d.Full {
			t.Error("b gives a difference that it does not know")
		}
		c.take(d)
	}
	c.want("{9, 100}")
	if c.digest() != a.digest() || c.digest() != b.digest() {
		t.Error("they differ")
	}
}

func TestConcurrentIncrementSurvivesRemove(t *testing.T) {
	a, b := newReplica(t, "a", "ORMap[String, GCounter]"), newReplica(t, "b", "ORMap[String, GCounter]")
	k := []any{"k"}
	b.take(a.do(k, "increment", 5))
	inc := a.do(k, "increment", 1)
	remove := b.do(nil, "remove", "k")
	b.want("{}")
	a.take(remove)
	b.take(inc)
	a.want(`{"k": 1}`)
	b.want(`{"k": 1}`)
	if a.digest() != b.digest() {
		t.Error("they differ")
	}
	b.do(nil, "remove", "k")
	a.pull(b)
	a.want("{}")
	// Both forget in two steps, and the counter starts anew.
	for range 2 {
		a.Stable(b.Vector())
		b.Stable(a.Vector())
	}
	if n := a.Size().Atoms + b.Size().Atoms; n != 0 {
		t.Errorf("%d atoms are left of a removed counter", n)
	}
	a.do(k, "increment", 2)
	b.pull(a)
	b.want(`{"k": 2}`)
}

// One forgets, the writer goes on, and a third one has not heard of anything.
func TestCounterAfterForgetting(t *testing.T) {
	kind, k := "ORMap[String, PNCounter]", []any{"k"}
	a, b, c := newReplica(t, "a", kind), newReplica(t, "b", kind), newReplica(t, "c", kind)
	b.take(a.do(k, "increment", 5))
	c.pull(b)
	a.take(b.do(nil, "remove", "k"))
	a.do(k, "decrement", 2)
	b.pull(a)
	c.pull(b)
	for _, r := range []*replica{a, b, c} {
		r.want(`{"k": -2}`)
	}
	if a.digest() != b.digest() || b.digest() != c.digest() {
		t.Error("they differ")
	}
}

func TestAbortRestoresBytes(t *testing.T) {
	for _, kind := range []string{"AWSet[Int]", "GMap[Int, AWSet[Int]]", "ORMap[Int, AWSet[Int]]"} {
		a := newReplica(t, "a", kind)
		path := []any{7}
		if kind == "AWSet[Int]" {
			path = nil
		}
		for i := range 5 {
			a.do(path, "add", i)
		}
		before := a.bytes()
		turn := a.Begin(99, lattice.Firing{})
		for i := range 7 {
			for _, m := range []string{"remove", "add"} {
				if err := turn.Mutate("c", vals(path), m, vals([]any{i})); err != nil {
					t.Fatal(err)
				}
			}
		}
		sp := turn.Savepoint()
		if err := turn.Mutate("c", vals(path), "clear", nil); err != nil {
			t.Fatal(err)
		}
		seen := map[string]int64{}
		count := func() {
			for _, c := range turn.Changes() {
				seen[fmt.Sprint(c.Leaf, c.Row)] += c.Mult
			}
		}
		count()
		turn.Rollback(sp)
		count()
		if err := turn.Emit("out", [32]byte{1}, value.MakeString("x")); err != nil {
			t.Fatal(err)
		}
		turn.Abort()
		for _, c := range a.changes.take() {
			seen[fmt.Sprint(c.Leaf, c.Row)] += c.Mult
		}
		if after := a.bytes(); after != before {
			t.Errorf("%s: the aborted turn left a trace", kind)
		}
		for row, n := range seen {
			if n != 0 {
				t.Errorf("%s: row %s is off by %d", kind, row, n)
			}
		}
	}
}

func TestPresence(t *testing.T) {
	a := newReplica(t, "a", "GMap[String, AWSet[Int]]")
	k := []any{"k"}
	a.do(k, "remove", 1)
	a.want("{}")
	a.do(k, "add", 1)
	a.do(k, "remove", 1)
	a.want(`{"k": {}}`)
	b := newReplica(t, "b", "ORMap[String, GMap[String, AWSet[Int]]]")
	b.do([]any{"o", "k"}, "add", 1)
	b.do([]any{"o", "k"}, "clear")
	b.want(`{"o": {"k": {}}}`)
	b.do(nil, "remove", "o")
	b.want("{}")
}

func TestConflictNamesWriters(t *testing.T) {
	a, b := newReplica(t, "a", "IVar[Int]"), newReplica(t, "b", "IVar[Int]")
	a.do(nil, "bind", 1)
	b.do(nil, "bind", 2)
	a.pull(b)
	a.want("conflict(1, 2)")
	ws, err := a.Writers("c", nil)
	if err != nil || len(ws) != 2 || ws[0].Actor.Node != "a" || ws[1].Actor.Node != "b" {
		t.Errorf("writers: %v %v", ws, err)
	}
	if a.do(nil, "bind", 1) != nil {
		t.Error("binding the same value again wrote something")
	}
}

func TestStream(t *testing.T) {
	a, b := newReplica(t, "a", "Stream[Int]"), newReplica(t, "b", "Stream[Int]")
	d0, d1, d2 := a.do(nil, "append", 10), a.do(nil, "append", 11), a.do(nil, "close")
	b.take(d1)
	b.want("[...]")
	b.take(d2, d0)
	b.want("[10, 11]")
	if a.do(nil, "append", 12) != nil {
		t.Error("a closed stream took another item")
	}
	a.want("[10, 11]")
}

func TestOutputsOnce(t *testing.T) {
	a, b := newReplica(t, "a", "Flag"), newReplica(t, "b", "Flag")
	for _, r := range []*replica{a, b} {
		turn := r.Begin(1, firingOf("k"))
		if err := turn.Emit("out", [32]byte{9}, value.MakeString("x")); err != nil {
			t.Fatal(err)
		}
		if d, _ := turn.Commit(); d == nil {
			t.Fatal("an output is no effect")
		}
	}
	a.pull(b)
	b.pull(a)
	n := 0
	b.Outputs("out", func([32]byte, value.Value, lattice.Stamp) bool { n++; return true })
	if n != 1 || a.digest() != b.digest() {
		t.Errorf("%d outputs", n)
	}
}

func TestRefusedDeltasChangeNothing(t *testing.T) {
	a := newReplica(t, "a", "GSet[Int]")
	a.declare("other", "GSet[Int]")
	turn := a.Begin(1, lattice.Firing{})
	for _, c := range []string{"c", "other"} {
		if err := turn.Mutate(c, nil, "add", vals([]any{1})); err != nil {
			t.Fatal(err)
		}
	}
	d, _ := turn.Commit()
	b := newReplica(t, "b", "GSet[Int]")
	_, _, err := b.Apply(d)
	if _, unknown := err.(*lattice.UnknownError); !unknown {
		t.Errorf("error: %v", err)
	}
	b.want("{}")
	if !b.Vector().IsEmpty() {
		t.Error("the vector advanced")
	}
	if err := b.Declare(CellSpec{ID: "c", Kind: kindOf(t, "GSet[String]")}); err == nil {
		t.Error("the kind of a cell changed")
	}
}

// Of two writes of one turn the later wins, also where it says less; a turn that
// follows at once wins over both.
func TestLaterWriteOfATurnWins(t *testing.T) {
	r := newReplica(t, "a", "LWW[Int]")
	set := func(clock int64, values ...int) *Turn {
		turn := r.Begin(clock, lattice.Firing{})
		for _, v := range values {
			if err := turn.Mutate("c", nil, "set", vals([]any{v})); err != nil {
				t.Fatal(err)
			}
		}
		return turn
	}
	holds := func(want string) {
		t.Helper()
		if v, err := r.Read("c"); err != nil || v.String() != want {
			t.Errorf("it holds %v, %v; want %s", v, err, want)
		}
	}
	first := set(7, 5, 3)
	first.Commit()
	holds("Some(3)")
	set(first.Clock()+1, 9, 2, 1).Commit()
	holds("Some(1)")
	undone := set(first.Clock()+9, 8)
	undone.Abort()
	holds("Some(1)")
}

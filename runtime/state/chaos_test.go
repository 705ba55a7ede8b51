package state

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

var rounds = flag.Int("chaos.rounds", 30, "random runs per kind")

// world is replicas of one cell under random operations and deliveries. What
// each replica's changes add up to is kept beside it.
type world struct {
	t      *testing.T
	rnd    *rand.Rand
	kind   *types.Type
	calls  []call
	reps   []*replica
	seen   []map[string]int64      // rows by relation, from changes
	acked  [][]*lattice.Vector     // acked[i][j]: what j last told i
	events []*event                // for the model
	knows  []map[int]bool          // events that a replica knows
	bag    []*lattice.Delta        // deltas under way
	fired  map[lattice.Firing]call // what a firing does, the same everywhere
	holes  bool                    // deltas come without what they rest on
	causal bool                    // deliveries keep "happened before"
	fires  bool                    // firings happen also then
	asked  int                     // runs of requests
}

func newWorld(t *testing.T, seed uint64, kind *types.Type, causal bool) *world {
	w := &world{t: t, rnd: rand.New(rand.NewPCG(seed, 1)), kind: kind, calls: callsOf(kind, nil), causal: causal, fired: map[lattice.Firing]call{}}
	for i := range 3 {
		w.reps = append(w.reps, bareReplica(t, string(rune('a'+i)), kind, value.NewInterner()))
		w.seen = append(w.seen, map[string]int64{})
		w.knows = append(w.knows, map[int]bool{})
		w.acked = append(w.acked, make([]*lattice.Vector, 3))
		for j := range w.acked[i] {
			w.acked[i][j] = &lattice.Vector{}
		}
	}
	return w
}

func (w *world) note(i int, changes []Change) {
	for _, c := range changes {
		w.seen[i][w.rowText(i, c.Leaf, c.Row)] += c.Mult
	}
}

// rowText renders a row by values, because replicas number them differently.
func (w *world) rowText(i, leaf int, row []value.Word) string {
	text := fmt.Sprint(leaf)
	for j, t := range w.reps[i].Shape("c").Relations[leaf].Cols {
		k, _ := t.RawKind()
		text += " " + w.reps[i].in.Value(row[j], k).String()
	}
	return text
}

func (w *world) step() {
	i := w.rnd.IntN(len(w.reps))
	defer w.counted(i)()
	defer func() { w.checkSum(i) }()
	switch n := w.rnd.IntN(20); {
	case n < 7:
		w.mutate(i)
	case n < 9 && (!w.causal || w.fires):
		if w.firing(i); w.rnd.IntN(2) == 0 {
			w.request(i)
		}
	case n < 10:
		w.abort(i)
	case n < 13:
		w.pull(i, w.rnd.IntN(len(w.reps)), w.rnd.IntN(3)+1)
	case n < 17 && !w.causal && len(w.bag) > 0:
		w.apply(i, w.bag[w.rnd.IntN(len(w.bag))])
	case n < 18:
		w.stable(i)
	case n < 19:
		w.restart(i)
	default:
		j := w.rnd.IntN(len(w.reps))
		w.acked[i][j] = w.reps[j].Vector().Clone()
	}
}

// counted says that what a step changed can be told from the counts of edits.
func (w *world) counted(i int) (after func()) {
	r := w.reps[i]
	look := func() (view string, cell uint64, vector *lattice.Vector, stamps uint64) {
		v, err := r.Read("c")
		if err != nil {
			w.t.Fatal(err)
		}
		return v.String(), r.Edits("c"), r.Vector().Clone(), r.Vector().Edits()
	}
	view, cell, vector, stamps := look()
	return func() {
		if r != w.reps[i] {
			return // it was started anew
		}
		newView, newCell, newVector, newStamps := look()
		if newView != view && newCell == cell {
			w.t.Errorf("%s became %s, which does not count as an edit", view, newView)
		}
		if !newVector.Equal(vector) && newStamps == stamps {
			w.t.Errorf("the vector %v became %v, which does not count as an edit", vector, newVector)
		}
	}
}

func (w *world) mutate(i int) {
	c := w.calls[w.rnd.IntN(len(w.calls))]
	r := w.reps[i]
	for j := range w.knows[i] {
		r.clock = max(r.clock, w.events[j].clock)
	}
	r.clock++
	held := heldAt(r, c)
	turn := r.Begin(r.clock, lattice.Firing{})
	err := turn.Mutate("c", vals(c.path), c.mutator, vals(c.args))
	if err != nil {
		if _, refused := err.(*lattice.Refusal); !refused {
			w.t.Fatal(err)
		}
		turn.Abort()
	} else {
		w.commit(i, turn)
	}
	e := &event{rep: i, clock: r.clock, path: vals(c.path), mutator: c.mutator, args: vals(c.args), seen: maps.Clone(w.knows[i]), held: held}
	e.index, e.refused = placeOf(w.kind, w.events, e)
	w.knows[i][len(w.events)] = true
	w.events = append(w.events, e)
}

func (w *world) commit(i int, turn *Turn) {
	d, changes := turn.Commit()
	w.note(i, changes)
	if d = w.reps[i].travel(d); d != nil {
		w.bag = append(w.bag, d)
	}
}

// firing makes one of a few firings that has not happened here.
func (w *world) firing(i int) {
	f := firingOf(fmt.Sprint(w.rnd.IntN(6)))
	c, known := w.fired[f]
	if !known {
		for {
			c = w.calls[w.rnd.IntN(len(w.calls))]
			k := w.kind
			for range c.path {
				k = k.Resolve().Args[1]
			}
			if m := lattice.Lookup(k.Resolve().Con).Mutator(c.mutator); m.Grows {
				break
			}
			if !slices.ContainsFunc(lattice.Lookup(k.Resolve().Con).Mutators, func(m lattice.Mutator) bool { return m.Grows }) {
				return
			}
		}
		w.fired[f] = c
	}
	if w.reps[i].Fired(f) {
		return
	}
	turn := w.reps[i].Begin(1, f)
	if err := turn.Mutate("c", vals(c.path), c.mutator, vals(c.args)); err != nil {
		w.t.Fatal(err)
	}
	w.commit(i, turn)
}

// request runs one of a few requests that has not been run here; what it does there
// is another thing each time.
func (w *world) request(i int) {
	f := firingOf(fmt.Sprint("request", w.rnd.IntN(6)))
	r := w.reps[i]
	if r.Fired(f) {
		return
	}
	r.clock++
	turn := r.BeginRun(r.clock, f)
	for range 1 + w.rnd.IntN(3) {
		c := w.calls[w.rnd.IntN(len(w.calls))]
		sp := turn.Savepoint()
		_ = turn.Mutate("c", vals(c.path), c.mutator, vals(c.args))
		if w.rnd.IntN(5) == 0 {
			turn.Rollback(sp)
		}
	}
	if w.rnd.IntN(6) == 0 {
		turn.Abort()
		return
	}
	w.asked++
	w.commit(i, turn)
}

// abort does several things, takes part of them back, then all.
func (w *world) abort(i int) {
	r := w.reps[i]
	before := r.bytes()
	turn := r.Begin(r.clock+1, lattice.Firing{})
	if f := firingOf(fmt.Sprint("request", w.rnd.IntN(6))); w.rnd.IntN(2) == 0 && !r.Fired(f) {
		turn.Abort()
		turn = r.BeginRun(r.clock+1, f)
	}
	var sp Savepoint
	for n := range 4 {
		if n == 2 {
			sp = turn.Savepoint()
			w.note(i, turn.Changes())
		}
		c := w.calls[w.rnd.IntN(len(w.calls))]
		_ = turn.Mutate("c", vals(c.path), c.mutator, vals(c.args))
	}
	if w.rnd.IntN(2) == 0 {
		turn.Rollback(sp)
	}
	turn.Abort()
	w.note(i, r.changes.take())
	if r.bytes() != before {
		w.t.Fatal("an aborted turn left a trace")
	}
}

// pull brings what j knows to i, in chunks in random order; each more than
// once. Without causal order some may be lost.
func (w *world) pull(i, j, atoms int) {
	chunks := slices.Collect(w.reps[j].Since(w.reps[i].Vector().Clone(), Limits{Atoms: atoms}))
	w.rnd.Shuffle(len(chunks), func(a, b int) { chunks[a], chunks[b] = chunks[b], chunks[a] })
	for n, d := range chunks {
		if !w.causal && w.rnd.IntN(8) == 0 {
			continue
		}
		w.apply(i, w.reps[j].travel(d))
		w.apply(i, w.reps[j].travel(chunks[w.rnd.IntN(n+1)]))
	}
	maps.Copy(w.knows[i], w.knows[j])
}

func (w *world) apply(i int, d *lattice.Delta) {
	if w.holes && d.Hollow {
		c := *d
		c.Hollow, c.Rests = false, nil
		d = &c
	}
	novel, changes, err := w.reps[i].Apply(d)
	if err != nil {
		w.t.Fatal(err)
	}
	w.note(i, changes)
	for _, n := range novel {
		w.bag = append(w.bag, w.reps[i].travel(n))
	}
}

func (w *world) stable(i int) {
	var others []*lattice.Vector
	for j := range w.reps {
		if j != i {
			others = append(others, w.acked[i][j])
		}
	}
	w.reps[i].Stable(others...)
}

// restart replaces a replica by one restored from its snapshot.
func (w *world) restart(i int) {
	old := w.reps[i]
	r := bareReplica(w.t, old.Actor().Node, w.kind, value.NewInterner())
	r.clock = old.clock
	w.reps[i] = r
	w.seen[i] = map[string]int64{}
	for d := range old.Snapshot(Limits{Atoms: 3}) {
		_, changes, err := r.Apply(old.travel(d))
		if err != nil {
			w.t.Fatal(err)
		}
		w.note(i, changes)
	}
	if r.bytes() != old.bytes() {
		w.t.Fatal("the restored store differs")
	}
}

// settle lets everybody know everything.
func (w *world) settle() {
	w.causal = true
	for range 2 {
		for i := range w.reps {
			for j := range w.reps {
				w.pull(i, j, 100)
			}
		}
	}
}

func (w *world) check(model bool) {
	for i, r := range w.reps {
		if r.view() != w.reps[0].view() || r.digest() != w.reps[0].digest() || r.Sum() != w.reps[0].Sum() {
			w.t.Errorf("%d sees %s, 0 sees %s", i, r.view(), w.reps[0].view())
		}
		rows := map[string]int64{}
		for leaf := range r.Shape("c").Relations {
			if err := r.Rows("c", leaf, func(row []value.Word) bool { rows[w.rowText(i, leaf, row)]++; return true }); err != nil {
				w.t.Fatal(err)
			}
		}
		maps.DeleteFunc(w.seen[i], func(_ string, n int64) bool { return n == 0 })
		if !maps.Equal(rows, w.seen[i]) {
			w.t.Errorf("%d has rows %v, its changes add up to %v", i, rows, w.seen[i])
		}
	}
	if want := expect(w.kind, w.events).String(); model && w.reps[0].view() != want {
		w.t.Errorf("they see %s, want %s", w.reps[0].view(), want)
	}
}

// TestChaos runs random operations, firings, requests, aborts, deliveries in any order and
// number, forgetting and restarts; at the end all replicas agree, to the byte
// where it is said so, and with the model where deliveries were causal.
func TestChaos(t *testing.T) {
	for _, text := range kindsUnderTest() {
		t.Run(text, func(t *testing.T) {
			kind := kindOf(t, text)
			asked := 0
			for seed := range *rounds {
				w := newWorld(t, uint64(seed), kind, seed%2 == 0)
				model := w.causal
				for range 10 + seed%90 {
					w.step()
				}
				w.settle()
				if w.check(model); t.Failed() {
					t.Fatalf("seed %d", seed)
				}
				asked += w.asked
			}
			if asked == 0 {
				t.Error("no request was run")
			}
		})
	}
}

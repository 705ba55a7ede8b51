package state

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// folds are replicas that fold, each beside a twin that never does: a store of its
// own that is given the turns which the replica knows, one by one as they were made.
// In the twin a request that is run again after its fold is another request.
type folds struct {
	t      *testing.T
	rnd    *rand.Rand
	kind   string
	bounds *lattice.Bounds
	reps   []*replica
	twins  []*replica
	given  []*lattice.Vector // what the twins were given
	turns  map[lattice.Range]*lattice.Delta
	made   map[string][]madeRun // by request
	bag    []*lattice.Delta     // deltas that may come at any time, anywhere
	plan   []*foldPlan          // by replica
	lives  uint64
	folded int // how often
	again  int // runs of requests that were forgotten
	late   int // runs that came after they were folded
}

type madeRun struct {
	at  lattice.Range
	gen int
}

// foldPlan is what a replica may fold once it knows all that everybody knew when all
// knew that.
type foldPlan struct{ old, all *lattice.Vector }

func newFolds(t *testing.T, kind string, seed uint64) *folds {
	w := &folds{t: t, rnd: rand.New(rand.NewPCG(seed, 31)), kind: kind, turns: map[lattice.Range]*lattice.Delta{}, made: map[string][]madeRun{}, lives: 1}
	w.bounds = &lattice.Bounds{Lower: lattice.Limit{Set: true, At: -40}, Founders: []string{"a", "b", "c"}}
	if seed%3 == 0 {
		w.bounds = rightsBounds
	}
	for _, name := range []string{"a", "b", "c"} {
		w.join(name)
	}
	return w
}

func (w *folds) fresh(name string, life uint64) *replica {
	r := &replica{Store: New(lattice.Actor{Node: name, Inc: life}, "", value.NewInterner()), t: w.t}
	r.declare("c", w.kind)
	r.Bound("c", w.bounds)
	if name < "x" {
		r.SetHeir()
	}
	return r
}

func (w *folds) join(name string) {
	w.reps, w.twins = append(w.reps, w.fresh(name, w.lives)), append(w.twins, w.fresh(name, w.lives))
	w.given, w.plan = append(w.given, &lattice.Vector{}), append(w.plan, nil)
}

// write makes a turn of replica i, a run of a request where one is named, here and in
// the twin.
func (w *folds) write(i int, request string, ds ...doing) {
	r, twin := w.reps[i], w.twins[i]
	at := lattice.Range{Actor: r.Actor(), Lo: r.NextSeq(), Hi: r.NextSeq()}
	gen, before := 0, false
	if request != "" {
		if r.Fired(firingOf(request)) {
			return
		}
		for _, m := range w.made[request] {
			if r.Vector().CoversRange(m.at) {
				gen, before = max(gen, m.gen+1), true
			}
		}
	}
	do := func(r *replica, request string) (*lattice.Delta, []bool) {
		r.clock++
		turn := r.Begin(r.clock, lattice.Firing{})
		if request != "" {
			turn.Abort()
			turn = r.BeginRun(r.clock, firingOf(request))
		}
		var done []bool
		for _, o := range ds {
			err := turn.Mutate("c", vals(o.path), o.mutator, vals(o.args))
			if _, refused := err.(*lattice.Refusal); err != nil && !refused {
				w.t.Fatal(err)
			}
			done = append(done, err == nil)
		}
		d, _ := turn.Commit()
		return d, done
	}
	d, done := do(r, request)
	name := request
	if request != "" {
		name = fmt.Sprint(request, "#", gen)
	}
	twinned, same := do(twin, name)
	if !slices.Equal(done, same) || (d == nil) != (twinned == nil) {
		w.t.Fatalf("%s does %v, the twin %v", r.Actor().Node, done, same)
	}
	if d == nil {
		return
	}
	w.turns[at] = twin.travel(twinned)
	w.given[i].Add(at)
	w.bag = append(w.bag, r.travel(d))
	if request != "" {
		if before {
			w.again++
		}
		w.made[request] = append(w.made[request], madeRun{at, gen})
	}
}

// deliver gives a delta to a replica, and its twin the turns that it knows by then.
func (w *folds) deliver(i int, d *lattice.Delta) {
	r := w.reps[i]
	for _, f := range d.Runs {
		if r.folded.Covers(d.Actors[f.Who], f.Seq) {
			w.late++
		}
	}
	if _, _, err := r.Apply(d); err != nil {
		w.t.Fatal(err)
	}
	w.feed(i)
}

// feed gives the twin of a replica the turns that it knows.
func (w *folds) feed(i int) {
	for _, g := range w.given[i].Missing(w.reps[i].Vector()) {
		for seq := g.Lo; seq <= g.Hi; seq++ {
			at := lattice.Range{Actor: g.Actor, Lo: seq, Hi: seq}
			if d := w.turns[at]; d != nil { // not a fold
				w.twins[i].apply(d)
			}
			w.given[i].Add(at)
		}
	}
}

// pull gives replica i some of what it lacks of what j knows.
func (w *folds) pull(i, j int, all bool) {
	var ds []*lattice.Delta
	o := w.reps[j]
	switch {
	case !all && w.rnd.IntN(8) == 0 && w.reps[i].Vector().CoversAll(o.Vector()):
		ds = slices.Collect(o.Mend(Limits{Atoms: 1 + w.rnd.IntN(8)}))
	case !all && w.rnd.IntN(8) == 0:
		ds = slices.Collect(o.Since(&lattice.Vector{}, Limits{Atoms: 1 + w.rnd.IntN(8)}))
		for _, d := range ds {
			w.bag = append(w.bag, w.reps[i].travel(d))
		}
	default:
		ds = slices.Collect(o.Since(w.reps[i].Vector().Clone(), Limits{Atoms: 1 + w.rnd.IntN(8)}))
	}
	w.rnd.Shuffle(len(ds), func(x, y int) { ds[x], ds[y] = ds[y], ds[x] })
	for _, d := range ds {
		if all || w.rnd.IntN(5) > 0 {
			w.deliver(i, w.reps[i].travel(d))
		}
	}
}

// fold lets replica i plan a fold, or carry it out when it may.
func (w *folds) fold(i, limit int) {
	r, p := w.reps[i], w.plan[i]
	if p == nil {
		p = &foldPlan{old: r.Vector().Clone(), all: &lattice.Vector{}}
		for _, o := range w.reps {
			p.old = p.old.Meet(o.Vector())
			p.all.Join(o.Vector())
		}
		w.plan[i] = p
		return
	}
	if !r.Vector().CoversAll(p.all) {
		return
	}
	r.clock++
	d, changes := r.Fold(r.clock, p.old, limit)
	w.plan[i] = nil
	if len(changes) > 0 {
		w.t.Fatalf("a fold is seen: %v", changes)
	}
	if d != nil {
		w.folded++
		w.given[i].Add(d.Covers[0])
		w.bag = append(w.bag, r.travel(d))
	}
}

// restart makes replica i anew from its checkpoint.
func (w *folds) restart(i int) {
	old := w.reps[i]
	r := w.fresh(old.Actor().Node, old.Actor().Inc)
	r.clock = old.clock
	for d := range old.Snapshot(Limits{Atoms: 1 + w.rnd.IntN(20)}) {
		r.take(d)
	}
	if r.digest() != old.digest() || r.Sum() != old.Sum() {
		w.t.Fatal("a restart changes the state")
	}
	w.reps[i] = r
}

// joiner comes without anything, hears from this and that replica, and takes part from
// then on.
func (w *folds) joiner() {
	w.lives++
	i, from := len(w.reps), w.rnd.IntN(len(w.reps))
	w.join("x")
	target := w.reps[from].Vector().Clone()
	for range 3 {
		w.pull(i, w.rnd.IntN(i), false)
		w.deliver(i, w.bag[w.rnd.IntN(len(w.bag))])
		w.check(i)
	}
	for n := 0; !w.reps[i].Vector().CoversAll(target); n++ {
		if w.pull(i, from, true); n > 3 {
			w.t.Fatal("a replica that joins does not get what the others know")
		}
	}
	w.plan = make([]*foldPlan, len(w.reps)) // it is waited for as well
}

// check compares a replica with its twin.
func (w *folds) check(i int) {
	w.t.Helper()
	r, twin := w.reps[i], w.twins[i]
	if r.view() != twin.view() {
		w.t.Fatalf("%s: %s sees %s, the twin %s", w.kind, r.Actor().Node, r.view(), twin.view())
	}
	if r.cells["c"].leaf.kind.Bounded == nil || len(r.cells["c"].levels) > 0 {
		return
	}
	have, _ := r.Holdings("c", nil)
	want, _ := twin.Holdings("c", nil)
	if !slices.Equal(have, want) {
		w.t.Fatalf("%s: at %s the rights are %+v, those of the twin %+v", w.kind, r.Actor().Node, have, want)
	}
}

func (w *folds) step() {
	i := w.rnd.IntN(len(w.reps))
	calls := callsOf(kindOf(w.t, w.kind), nil)
	draw := func() doing { return doing(calls[w.rnd.IntN(len(calls))]) }
	switch n := w.rnd.IntN(20); {
	case n < 5:
		w.write(i, fmt.Sprint("r", w.rnd.IntN(10)), draw(), draw())
	case n < 6:
		w.write(i, "", draw())
	case n < 13:
		w.pull(i, w.rnd.IntN(len(w.reps)), false)
	case n < 15:
		if len(w.bag) > 0 {
			w.deliver(i, w.bag[w.rnd.IntN(len(w.bag))])
		}
	case n < 19:
		w.fold(i, 1+w.rnd.IntN(4))
	case w.rnd.IntN(3) == 0:
		w.restart(i)
	case w.rnd.IntN(4) == 0 && len(w.bag) > 0 && len(w.reps) < 6:
		w.joiner()
	}
	for i := range w.reps {
		w.check(i)
	}
}

// end lets everybody hear everything, folds what is left, and compares.
func (w *folds) end() {
	for range 3 {
		for i := range w.reps {
			for j := range w.reps {
				w.pull(i, j, true)
			}
			w.check(i)
		}
	}
	for range 2 {
		for i := range w.reps {
			w.plan[i] = nil
			w.fold(i, 100)
			w.fold(i, 100)
			for j := range w.reps {
				w.pull(j, i, true)
				w.check(j)
			}
		}
	}
	for range 20 {
		i := w.rnd.IntN(len(w.reps))
		w.deliver(i, w.bag[w.rnd.IntN(len(w.bag))])
		w.check(i)
	}
	for i, r := range w.reps {
		if r.Runs() != 0 || r.Size().Firings > 4*len(w.reps) {
			w.t.Fatalf("%s: %s remembers %d runs and %d names", w.kind, r.Actor().Node, r.Runs(), r.Size().Firings)
		}
		if r.digest() != w.reps[0].digest() || r.Sum() != w.reps[0].Sum() {
			w.t.Fatalf("%s: %s and %s differ: %s, %s", w.kind, r.Actor().Node, w.reps[0].Actor().Node, r.view(), w.reps[0].view())
		}
		w.check(i)
	}
}

// foldKinds are the kinds whose counters can be folded.
var foldKinds = []string{"GCounter", "PNCounter", "BCounter", "GMap[String, GCounter]", "GMap[String, PNCounter]",
	"GMap[String, BCounter]", "Bag[Int]", "ORMap[String, BCounter]"}

// TestFoldsAreNotSeen compares replicas that fold with twins that do not, in every
// state, while requests are repeated before and after they are forgotten, deltas come
// in any order, late, twice or never, replicas fold at the same time, begin anew from
// checkpoints in between, and others join.
func TestFoldsAreNotSeen(t *testing.T) {
	for _, kind := range foldKinds {
		folded, again, late := 0, 0, 0
		for seed := range uint64(*rounds) {
			w := newFolds(t, kind, seed)
			if t.Failed() {
				return
			}
			func() {
				defer func() {
					if t.Failed() {
						t.Logf("seed %d", seed)
					}
				}()
				for range 60 + seed%100 {
					w.step()
				}
				w.end()
			}()
			folded, again, late = folded+w.folded, again+w.again, late+w.late
		}
		if folded < *rounds || again < *rounds/4 || late < *rounds {
			t.Errorf("%s: only %d folds, %d runs of what was forgotten, %d that came after their fold", kind, folded, again, late)
		}
	}
}

// Runs that count further than numbers go are folded where the counter only goes up,
// which shows the greatest number before and after.
func TestFoldAtTheGreatestNumber(t *testing.T) {
	for _, c := range []struct {
		kind string
		left int
	}{{"GCounter", 0}, {"PNCounter", 3}} {
		r := &replica{Store: New(lattice.Actor{Node: "a", Inc: 1}, "", value.NewInterner()), t: t}
		r.declare("c", c.kind)
		shows := func() int64 {
			v, err := r.Read("c")
			if err != nil {
				t.Fatal(err)
			}
			return v.Int()
		}
		for _, request := range []string{"x", "y", "z"} {
			r.clock++
			turn := r.BeginRun(r.clock, firingOf(request))
			if err := turn.Mutate("c", nil, "increment", []value.Value{value.MakeInt(math.MaxInt64 - 1)}); err != nil {
				t.Fatal(err)
			}
			turn.Commit()
		}
		for range 2 {
			if got := shows(); got != math.MaxInt64 {
				t.Errorf("a %s shows %d", c.kind, got)
			}
			r.clock++
			r.Fold(r.clock, r.Vector(), 100)
		}
		if r.Runs() != c.left {
			t.Errorf("%d runs of a %s are left, want %d", r.Runs(), c.kind, c.left)
		}
	}
}

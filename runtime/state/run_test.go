package state

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// doing is one operation in a run.
type doing struct {
	path    []any
	mutator string
	args    []any
}

// ask runs a request; what is refused is left out.
func (r *replica) ask(id string, ds ...doing) (d *lattice.Delta, done []doing) {
	r.t.Helper()
	r.clock++
	turn := r.BeginRun(r.clock, firingOf(id))
	for _, o := range ds {
		err := turn.Mutate("c", vals(o.path), o.mutator, vals(o.args))
		if _, refused := err.(*lattice.Refusal); err != nil && !refused {
			r.t.Fatal(err)
		}
		if err == nil {
			done = append(done, o)
		}
	}
	d, _ = turn.Commit()
	return d, done
}

// Two nodes run one request, each in its own way; of what is counted one run
// counts, whatever arrives first, and all of that run.
func TestOneRunCounts(t *testing.T) {
	for _, c := range []struct {
		kind       string
		bound      *lattice.Bounds
		before     []doing // known to both
		one, other []doing // at a and at b
		want       string
	}{
		{"GCounter", nil, nil, []doing{{nil, "increment", []any{2}}}, []doing{{nil, "increment", []any{2}}}, "2"},
		{"GCounter", nil, nil, []doing{{nil, "increment", []any{2}}}, []doing{{nil, "increment", []any{3}}}, "3"},
		{"GCounter", nil, nil, []doing{{nil, "increment", []any{2}}, {nil, "increment", []any{2}}}, []doing{{nil, "increment", []any{3}}}, "4"},
		{"GMap[String, GCounter]", nil, nil, []doing{{[]any{"x"}, "increment", []any{1}}}, []doing{{[]any{"y"}, "increment", []any{1}}}, `{"x": 1, "y": 1}`},
		{"Bag[Int]", nil, nil, []doing{{nil, "add", []any{7, 1}}}, []doing{{nil, "add", []any{7, 1}}}, `{7: 1}`},
		{"PNCounter", nil, nil, []doing{{nil, "decrement", []any{2}}}, []doing{{nil, "decrement", []any{5}}}, "-2"},
		{"GMap[String, PNCounter]", nil, nil,
			[]doing{{[]any{"x"}, "decrement", []any{3}}, {[]any{"y"}, "increment", []any{3}}},
			[]doing{{[]any{"x"}, "decrement", []any{4}}, {[]any{"z"}, "increment", []any{4}}}, `{"x": -3, "y": 3, "z": 0}`},
		{"ORMap[String, PNCounter]", nil, nil, []doing{{[]any{"x"}, "decrement", []any{2}}}, []doing{{[]any{"x"}, "decrement", []any{5}}}, `{"x": -2}`},
		{"BCounter", halves, nil, []doing{{nil, "decrement", []any{3}}}, []doing{{nil, "decrement", []any{3}}}, "-3"},
		{"GMap[String, BCounter]", halves, nil,
			[]doing{{[]any{"x"}, "decrement", []any{3}}, {[]any{"y"}, "increment", []any{3}}},
			[]doing{{[]any{"x"}, "decrement", []any{4}}, {[]any{"z"}, "increment", []any{4}}}, `{"x": -3, "y": 3, "z": 0}`},
		// What may be taken back is, but for nothing that was done in another turn.
		{"BCounter", nil, []doing{{nil, "increment", []any{5}}}, []doing{{nil, "decrement", []any{2}}}, []doing{{nil, "increment", []any{2}}}, "3"},
	} {
		var states []*replica
		for _, first := range []int{0, 1} {
			a, b := newReplica(t, "a", c.kind), newReplica(t, "b", c.kind)
			for _, r := range []*replica{a, b} {
				r.Bound("c", c.bound)
				r.SetHeir()
			}
			for _, o := range c.before {
				a.do(o.path, o.mutator, o.args...)
			}
			b.pull(a)
			da, done := a.ask("r", c.one...)
			if len(done) != len(c.one) {
				t.Fatalf("%s: a did %v", c.kind, done)
			}
			db, _ := b.ask("r", c.other...)
			x := newReplica(t, "x", c.kind)
			x.Bound("c", c.bound)
			x.pull(a)
			for i := range 2 {
				x.take([]*lattice.Delta{da, db}[(first+i)%2])
			}
			a.pull(b)
			b.pull(a)
			states = append(states, a, b, x)
		}
		for i, r := range states {
			if r.view() != c.want || r.digest() != states[0].digest() || r.Sum() != states[0].Sum() {
				t.Errorf("%s: %d sees %s, want %s (same state: %v)", c.kind, i, r.view(), c.want, r.digest() == states[0].digest())
			}
		}
	}
}

// halves gives a and b ten rights each way.
var halves = &lattice.Bounds{Lower: lattice.Limit{Set: true, At: -20}, Upper: lattice.Limit{Set: true, At: 20}, Founders: []string{"a", "b"}}

// A firing of the same identity, which is the same everywhere, makes every run void,
// and removing a key around counters ends what runs counted below it.
func TestRunsBesideFiringsAndRemovals(t *testing.T) {
	a, b := newReplica(t, "a", "ORMap[String, PNCounter]"), newReplica(t, "b", "ORMap[String, PNCounter]")
	a.ask("r", doing{[]any{"x"}, "increment", []any{4}})
	b.fire(firingOf("r"), []any{"x"}, "increment", 1)
	a.pull(b)
	b.pull(a)
	a.want(`{"x": 1}`)
	b.want(`{"x": 1}`)
	a.ask("s", doing{[]any{"x"}, "increment", []any{5}})
	b.ask("s", doing{[]any{"x"}, "increment", []any{7}})
	b.pull(a)
	b.want(`{"x": 6}`)
	b.do(nil, "remove", "x")
	a.pull(b)
	b.want("{}")
	a.want("{}")
	b.pull(a)
	if a.digest() != b.digest() {
		t.Error("two states")
	}
	a.Stable(b.Vector())
	if a.want("{}"); a.digest() != b.digest() || a.Sum() != b.Sum() {
		t.Error("what was forgotten is missed")
	}
}

// An addition that two nodes did counts once also where the rights that the void run
// made have moved on: its node asks for as many, and gets what nobody has used.
func TestVoidRunAsksForRightsThatMovedOn(t *testing.T) {
	for _, c := range []struct {
		used int
		want string
	}{{0, "7"}, {5, "2"}, {7, "0"}, {14, "0"}} {
		var reps []*replica
		for _, name := range []string{"a", "b", "c"} {
			r := newReplica(t, name, "BCounter")
			r.SetHeir()
			reps = append(reps, r)
		}
		settle := func(r *replica, way lattice.Way, n int64) {
			r.clock += 1000
			turn := r.Begin(r.clock, lattice.Firing{})
			if err := turn.Escrow("c", nil, r.Actor(), way, n); err != nil {
				t.Fatal(err)
			}
			turn.Commit()
		}
		exchange := func(who ...*replica) {
			for range 6 {
				for _, r := range who {
					for _, o := range who {
						if o != r {
							r.pull(o)
						}
					}
					settle(r, lattice.NoWay, 0)
				}
			}
		}
		add := doing{nil, "increment", []any{7}}
		for _, r := range reps[:2] {
			r.ask("fill", add)
		}
		reps[2].pull(reps[1]) // c hears of what b made, and wants all of it
		settle(reps[2], lattice.Down, 7)
		exchange(reps[1:]...)
		if c.used > 7 {
			reps[0].do(nil, "decrement", c.used-7)
		}
		reps[2].do(nil, "decrement", min(c.used, 7))
		exchange(reps...)
		for _, r := range reps {
			r.want(c.want)
		}
	}
}

// TestManyRunsCostNoMoreEach: a bounded counter is read from sums, however many runs
// of requests counted in it.
func TestManyRunsCostNoMoreEach(t *testing.T) {
	a := newReplica(t, "a", "GMap[String, BCounter]")
	a.do([]any{"x"}, "increment", 10_000)
	n := func() int {
		c := a.cells["c"]
		return len(c.leaf.boundedAtoms(uint32(c.find([]value.Word{a.in.Word(value.MakeString("x"))}, 1))))
	}
	for i := range 2000 {
		a.ask(fmt.Sprint(i), doing{[]any{"x"}, "decrement", []any{1}})
	}
	if a.want(`{"x": 8000}`); n() > 2 {
		t.Errorf("it is read from %d atoms", n())
	}
}

// once is replicas of a bounded counter among which requests are repeated. The model
// beside it knows what was done and by whom, and nothing of runs.
type once struct {
	*rightsWorld
	bounds *lattice.Bounds
	asked  map[string]int64 // request: what it adds
	ran    map[string][]int // replicas that did it
}

func (w *once) request(i int, id string) {
	r := w.reps[i]
	if r.Fired(firingOf(id)) {
		return
	}
	n := w.asked[id]
	o := doing{nil, "increment", []any{int(max(n, -n))}}
	if n < 0 {
		o.mutator = "decrement"
	}
	d, done := r.ask(id, o)
	if d != nil {
		w.bag = append(w.bag, r.travel(d))
	}
	if len(done) > 0 {
		w.ran[id] = append(w.ran[id], i)
		w.settle(i, lattice.NoWay, 0)
		return
	}
	way := lattice.Down
	if n > 0 {
		way = lattice.Up
	}
	w.settle(i, way, max(n, -n))
}

// looks checks what holds in every state.
func (w *once) looks() { w.within(w.bounds) }

// TestRequestsThatAreRunTwice lets replicas use, make, ask for and move rights in
// requests that are repeated elsewhere before anybody has heard of them, while
// deltas are lost, repeated and overtake each other. No view leaves the bounds and
// nobody has less than no rights. In the end all agree and the rights are what the
// view says; where only taking is bounded, and nothing was added in two runs, the view
// is what the requests add up to, each once. Where rights that a void run made were
// used, it may be off by what such runs made, and by no more.
func TestRequestsThatAreRunTwice(t *testing.T) {
	twice := 0
	for seed := range *rounds * 8 {
		w := &once{rightsWorld: newRightsWorld(t, uint64(seed)+500), bounds: rightsBounds, asked: map[string]int64{}, ran: map[string][]int{}}
		oneWay := seed%2 == 0
		if oneWay {
			w.bounds = &lattice.Bounds{Lower: lattice.Limit{Set: true, At: -30}, Founders: []string{"a", "b", "c"}}
			for _, r := range w.reps {
				r.Bound("c", w.bounds)
			}
		}
		for i := range 12 {
			n := int64(w.rnd.IntN(4) + 1)
			if oneWay || w.rnd.IntN(2) == 0 {
				n = -n
			}
			w.asked[fmt.Sprint(i)] = n
		}
		for range 30 + seed%60 {
			if w.rnd.IntN(2) == 0 || len(w.bag) == 0 {
				w.request(w.rnd.IntN(3), fmt.Sprint(w.rnd.IntN(12)))
			} else {
				w.deliver(w.rnd.IntN(3), w.bag[w.rnd.IntN(len(w.bag))])
			}
			w.looks()
		}
		for range 8 { // rights still move for a while
			for i := range w.reps {
				for j := range w.reps {
					for d := range w.reps[j].Since(w.reps[i].Vector().Clone(), Limits{}) {
						w.deliver(i, w.reps[j].travel(d))
					}
				}
			}
			w.looks()
		}
		twice += w.ends(seed, oneWay)
	}
	if twice < *rounds {
		t.Errorf("only %d requests were run twice", twice)
	}
}

// ends checks the state in which everybody knows everything, and counts the requests
// that were run more than once.
func (w *once) ends(seed int, exact bool) (twice int) {
	sum, slack := int64(0), int64(0)
	for id, by := range w.ran {
		sum += w.asked[id]
		if len(by) > 1 {
			twice++
			slack += int64(len(by)-1) * max(w.asked[id], -w.asked[id])
		}
	}
	if exact {
		slack = 0
	}
	v, _ := w.reps[0].Read("c")
	if off := v.Int() - sum; max(off, -off) > slack {
		w.t.Errorf("seed %d: the view is %s, the requests add up to %d, and runs that are void to %d", seed, v, sum, slack)
	}
	list, _ := w.reps[0].Holdings("c", nil)
	var down, up int64
	for _, h := range list {
		if down, up = down+h.Down, up+h.Up; h.Down < 0 || h.Up < 0 {
			w.t.Errorf("seed %d: %+v", seed, list)
		}
	}
	if down != v.Int()-w.bounds.Lower.At || w.bounds.Upper.Set && up != w.bounds.Upper.At-v.Int() {
		w.t.Errorf("seed %d: at %s there are %d and %d rights: %+v", seed, v, down, up, list)
	}
	for i, r := range w.reps {
		if x, err := r.Read("c"); err != nil || x.Int() != v.Int() || r.Sum() != w.reps[0].Sum() || r.digest() != w.reps[0].digest() {
			w.t.Errorf("seed %d: %d sees %v, %v; the first sees %s", seed, i, x, err, v)
		}
	}
	return twice
}

// TestRunsOfOneRequestJoin checks the laws of the join on states of three replicas
// each of which ran the same requests in another way: any order, with repetitions.
func TestRunsOfOneRequestJoin(t *testing.T) {
	for _, text := range []string{"GCounter", "PNCounter", "BCounter", "GMap[String, PNCounter]", "GMap[String, BCounter]", "ORMap[String, GCounter]", "ORMap[String, PNCounter]", "ORMap[String, BCounter]", "Bag[Int]"} {
		kind := kindOf(t, text)
		for seed := range uint64(*rounds) {
			rnd := rand.New(rand.NewPCG(seed, 9))
			calls := callsOf(kind, nil)
			var reps []*replica
			for i := range 3 {
				r := bareReplica(t, string(rune('a'+i)), kind, value.NewInterner())
				r.do(calls[0].path, calls[0].mutator, calls[0].args...)
				r.do(calls[0].path, calls[0].mutator, calls[0].args...)
				for n := range 3 {
					c := calls[rnd.IntN(len(calls))]
					r.ask(fmt.Sprint(n), doing(calls[0]), doing(c))
				}
				reps = append(reps, r)
			}
			a, b, c := reps[0], reps[1], reps[2]
			ab := joinOf(t, kind, a, b)
			same(t, text+" commutative", ab, joinOf(t, kind, b, a))
			all := joinOf(t, kind, ab, c)
			same(t, text+" associative", all, joinOf(t, kind, a, joinOf(t, kind, b, c)))
			same(t, text+" idempotent", all, joinOf(t, kind, c, a, b, a, ab, c))
			parts := slices.Collect(all.Since(&lattice.Vector{}, Limits{Atoms: 1}))
			any := bareReplica(t, "x", kind, value.NewInterner())
			for range 2 {
				for _, i := range rnd.Perm(len(parts)) {
					any.take(parts[i])
				}
			}
			same(t, text+" in parts", all, any)
			whole := bareReplica(t, "x", kind, value.NewInterner())
			for d := range all.Snapshot(Limits{Atoms: 2}) {
				whole.take(d)
			}
			if same(t, text+" from a snapshot", all, whole); whole.Sum() != all.Sum() {
				t.Errorf("%s: another sum", text)
			}
		}
	}
}

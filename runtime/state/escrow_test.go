package state

import (
	"math/rand/v2"
	"testing"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// rightsWorld is replicas of one counter between two bounds, among which deltas
// travel in any order and number. The model beside it knows only what was done.
type rightsWorld struct {
	t    *testing.T
	rnd  *rand.Rand
	reps []*replica
	bag  []*lattice.Delta
	sum  int64 // of everything that was not refused
}

var rightsBounds = &lattice.Bounds{Lower: lattice.Limit{Set: true, At: -2}, Upper: lattice.Limit{Set: true, At: 5}, Founders: []string{"a", "b"}}

func newRightsWorld(t *testing.T, seed uint64) *rightsWorld {
	w := &rightsWorld{t: t, rnd: rand.New(rand.NewPCG(seed, 3))}
	for i := range 3 {
		r := bareReplica(t, string(rune('a'+i)), kindOf(t, "BCounter"), value.NewInterner())
		r.Bound("c", rightsBounds)
		r.SetHeir()
		w.reps = append(w.reps, r)
	}
	return w
}

func (w *rightsWorld) commit(r *replica, turn *Turn) {
	if d, _ := turn.Commit(); d != nil {
		w.bag = append(w.bag, r.travel(d))
	}
}

// operate counts by n one way; where that is refused the rights are asked for.
func (w *rightsWorld) operate(i int, way lattice.Way, n int64) {
	r := w.reps[i]
	r.clock += int64(w.rnd.IntN(5)) * 1e9
	name, by := "increment", n
	if way == lattice.Down {
		name, by = "decrement", -n
	}
	turn := r.Begin(r.clock, lattice.Firing{})
	err := turn.Mutate("c", nil, name, []value.Value{value.MakeInt(n)})
	if err == nil {
		w.sum += by
		w.commit(r, turn)
		w.settle(i, lattice.NoWay, 0)
		return
	}
	turn.Abort()
	if _, refused := err.(*lattice.Refusal); !refused {
		w.t.Fatal(err)
	}
	w.settle(i, way, n)
}

func (w *rightsWorld) settle(i int, way lattice.Way, n int64) {
	r := w.reps[i]
	turn := r.Begin(r.clock, lattice.Firing{})
	if err := turn.Escrow("c", nil, r.Actor(), way, n); err != nil {
		w.t.Fatal(err)
	}
	w.commit(r, turn)
}

func (w *rightsWorld) deliver(i int, d *lattice.Delta) {
	if _, _, err := w.reps[i].Apply(d); err != nil {
		w.t.Fatal(err)
	}
	w.settle(i, lattice.NoWay, 0)
}

// looks checks what holds in every state, however little of it is known.
func (w *rightsWorld) looks() {
	w.within(rightsBounds)
	if !rightsBounds.Holds(w.sum) {
		w.t.Fatalf("what was done adds up to %d", w.sum)
	}
}

// within checks that every replica sees the bounds kept, and has used no more than it
// had.
func (w *rightsWorld) within(b *lattice.Bounds) {
	for _, r := range w.reps {
		v, err := r.Read("c")
		if err != nil || !b.Holds(v.Int()) {
			w.t.Fatalf("%v sees %s, %v", r.Actor(), v, err)
		}
		list, err := r.Holdings("c", nil)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, h := range list {
			if h.Actor == r.Actor() && (h.Down < 0 || h.Up < 0) {
				w.t.Fatalf("%v knows of itself that it used more than it had: %+v", r.Actor(), h)
			}
		}
	}
}

// TestRightsUnderAnyDelivery uses, asks for and moves rights while deltas are
// lost, repeated and overtake each other. No bound is passed, in no view and in
// no sum; in the end all rights are there, once, and nobody waits for what
// somebody else could give.
func TestRightsUnderAnyDelivery(t *testing.T) {
	for seed := range *rounds * 5 {
		w := newRightsWorld(t, uint64(seed))
		for range 20 + seed%60 {
			switch i := w.rnd.IntN(3); {
			case w.rnd.IntN(2) == 0 || len(w.bag) == 0:
				w.operate(i, lattice.Way(1+w.rnd.IntN(2)), int64(w.rnd.IntN(4)+1))
			default:
				w.deliver(i, w.bag[w.rnd.IntN(len(w.bag))])
			}
			w.looks()
		}
		for quiet := 0; quiet < 3; quiet++ {
			before := len(w.bag)
			for i := range w.reps {
				for j := range w.reps {
					for d := range w.reps[j].Since(w.reps[i].Vector().Clone(), Limits{}) {
						w.deliver(i, w.reps[j].travel(d))
					}
				}
			}
			if w.looks(); len(w.bag) > before {
				quiet = 0
			}
			if len(w.bag) > 5000 {
				t.Fatalf("seed %d: rights move for ever", seed)
			}
		}
		w.ends(seed)
	}
}

// ends checks the state in which everybody knows everything.
func (w *rightsWorld) ends(seed int) {
	list, err := w.reps[0].Holdings("c", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	var down, up int64
	for _, h := range list {
		down, up = down+h.Down, up+h.Up
	}
	for i, r := range w.reps {
		if v, err := r.Read("c"); err != nil || v.Int() != w.sum || r.Sum() != w.reps[0].Sum() {
			w.t.Errorf("seed %d: %d sees %v, %v; done was %d", seed, i, v, err, w.sum)
		}
	}
	if down != w.sum-rightsBounds.Lower.At || up != rightsBounds.Upper.At-w.sum {
		w.t.Errorf("seed %d: at %d there are %d and %d rights: %+v", seed, w.sum, down, up, list)
	}
	waits := 0 // what is there and somebody waits for; of two that do, one has it
	for _, h := range list {
		others := lattice.Holding{}
		for _, o := range list {
			if o.Actor.Node != h.Actor.Node {
				others.Down, others.Up = others.Down+o.Down, others.Up+o.Up
			}
		}
		if h.WantDown > 0 && h.WantDown <= others.Down || h.WantUp > 0 && h.WantUp <= others.Up {
			waits++
		}
	}
	if waits > 0 {
		w.t.Errorf("seed %d: somebody waits for what there is: %+v", seed, list)
	}
}

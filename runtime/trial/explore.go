package trial

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/runtime/sim"
)

// A test in a small scope is explored: every delivery schedule is run, in place
// of a sample. A schedule says for each message that carries state before which
// step of the test it arrives at whom, and in which order. How replicas find out
// who lacks what carries no state and is delivered at once; every replica has a
// link to every other, so nothing is passed on that the origin sends itself.
//
// The search is depth first and stateless: a schedule is a list of decisions, a
// run begins at the start, and whatever it might have decided otherwise is run
// later. Events at different replicas commute, so of the schedules that give
// every replica the same events in the same order (a Mazurkiewicz trace) one is
// run: sleep sets hold what need not be decided, because a sibling decided it
// first (Godefroid 1996). A run also stops where another was in the same state:
// the same step, the same past of every replica, the same messages on their way.
// Once everything has arrived, the past of a replica is what it holds. Faults
// are left to the sampled schedules.

const (
	maxExplored = 2000 // runs of one test, where no other bound is set
	maxReplicas = 3    // of a test that is explored
	maxMessages = 8    // between two syncs of one; 6 are within maxExplored
	// firstOrder is the seed of the first explored schedule: a failure that was
	// found by exploration has a seed too.
	firstOrder = uint64(1) << 32
)

// errKnown ends a run that came to a state in which another run has been.
var errKnown = errors.New("this state is known")

// explorer is the memory of an exploration.
type explorer struct {
	seen     map[[32]byte]asleep
	todo     []branch
	messages int  // the most between two syncs, in any run
	naive    bool // every interleaving is run: the plain twin of the tests
}

// branch is what is still to be run: decisions, and what sleeps after them.
type branch struct {
	script []int
	asleep asleep
}

// asleep is a set of choices that need not be made, by what they are: a message,
// or going on with the test.
type asleep map[string]bool

// onward is the choice to go on with the test.
const onward = ""

func newExplorer() *explorer { return &explorer{seen: map[[32]byte]asleep{}, todo: []branch{{}}} }

// next takes the branch that was left last.
func (x *explorer) next() branch {
	b := x.todo[len(x.todo)-1]
	x.todo = x.todo[:len(x.todo)-1]
	return b
}

// known reports whether a state was left with no more asleep than now.
func (x *explorer) known(key [32]byte, now asleep) bool {
	then, seen := x.seen[key]
	if !seen {
		x.seen[key] = now
		return false
	}
	both := asleep{}
	for c := range then {
		if now[c] {
			both[c] = true
		}
	}
	x.seen[key] = both
	return len(both) == len(then)
}

// order is one schedule under exploration.
type order struct {
	x      *explorer // nil when one schedule is run again
	prefix int       // decisions that were made by an earlier run
	made   int
	asleep asleep
	heard  int               // messages since the last sync
	shy    map[string]bool   // replicas without their disk: they hear nothing before a sync
	past   map[string][]byte // of each replica, a hash of its events
}

// small reports whether a test is in the scope that is explored.
func (s *subject) small() bool {
	n := 0
	for _, st := range s.test.Steps {
		n += len(st.Names)
	}
	if n > maxReplicas {
		return false
	}
	if coordinates(s.first.prog) || ordered(s.test) {
		return false
	}
	for _, v := range s.later {
		if coordinates(v.prog) {
			return false
		}
	}
	return true
}

// coordinates reports whether a program needs agreement, or asks other nodes for
// what they hold: such messages and timeouts are no deliveries of state.
func coordinates(p *ir.Program) bool {
	if slices.ContainsFunc(p.Cells, func(c *ir.Cell) bool { return c.Scope == "coordinated" || c.Shards > 0 || c.Tag != "" }) {
		return true
	}
	return slices.ContainsFunc(p.Handlers, func(h *ir.Handler) bool { return ir.Decided(h.Body) })
}

// ordered reports whether statements of the test itself need agreement.
func ordered(t *ir.Test) bool {
	return slices.ContainsFunc(t.Steps, func(st *ir.Step) bool {
		return slices.ContainsFunc(st.Actions, func(a *ir.Action) bool { return ir.Decided(a.Body) })
	})
}

// exploration is what came of exploring a test.
type exploration struct {
	runs     int
	complete bool
	plain    *outcome
	failed   *outcome // the failing schedule with the fewest decisions
}

// exploreOrders runs every delivery schedule, or gives up after so many runs.
func (s *subject) exploreOrders(limit int, x *explorer) exploration {
	e := exploration{complete: true}
	for len(x.todo) > 0 {
		if e.runs >= limit || x.messages > maxMessages {
			e.complete = false
			return e
		}
		out := s.runOrder(x.next(), x, false)
		out.seed = firstOrder + uint64(e.runs)
		e.runs++
		if out.err != nil && out.err.known {
			continue
		}
		if e.plain == nil {
			e.plain = &out
		}
		if out.err == nil {
			out.err = compareFinal(e.plain, &out)
		}
		if out.err != nil && (e.failed == nil || plainer(out.decisions, e.failed.decisions)) {
			e.failed = &out
		}
	}
	return e
}

// orderOf runs the explored schedule of one seed again.
func (s *subject) orderOf(seed uint64) (outcome, bool) {
	x := newExplorer()
	for n := firstOrder; len(x.todo) > 0 && n <= seed; n++ {
		if out := s.runOrder(x.next(), x, false); n == seed {
			out.seed = seed
			return out, out.err == nil || !out.err.known
		}
	}
	return outcome{}, false
}

// plainer orders schedules: the fewer decisions the better, then the earlier
// they end.
func plainer(a, b []int) bool {
	count := func(ds []int) (n int) {
		for _, d := range ds {
			if d != 0 {
				n++
			}
		}
		return n
	}
	if n, m := count(a), count(b); n != m {
		return n < m
	}
	return len(trim(a)) < len(trim(b))
}

// runOrder runs the test once with messages delivered as the script says.
func (s *subject) runOrder(b branch, x *explorer, verbose bool) outcome {
	return s.runWith(sim.Scripted(b.script), verbose, &order{x: x, prefix: len(b.script), asleep: b.asleep, past: map[string][]byte{}, shy: map[string]bool{}})
}

// happened notes an event in the past of a replica.
func (o *order) happened(name string, event ...any) {
	if o == nil {
		return
	}
	sum := sha256.Sum256(fmt.Append(o.past[name], event...))
	o.past[name] = sum[:]
}

// everywhere notes a step that all replicas may have felt: a cut link, another
// program, time that passed.
func (r *run) everywhere(event ...any) {
	if r.order == nil {
		return
	}
	for _, n := range r.w.Nodes() {
		r.order.happened(n.Name, event...)
	}
}

// deltas are the messages on their way that carry state; what carries none is
// delivered first. A replica that lost its disk would hear everything at once
// that way, so it hears nothing until the next sync.
func (r *run) deltas() []int {
	shy := func(f *sim.Flight) bool { return r.order.shy[f.From] || r.order.shy[f.To] }
	for i := 0; i < r.w.Flights(); {
		if f := r.w.Flight(i); f.Delta || shy(f) {
			i++
			continue
		}
		r.w.Deliver(i)
		i = 0
	}
	var out []int
	for i := range r.w.Flights() {
		if !shy(r.w.Flight(i)) {
			out = append(out, i)
		}
	}
	return out
}

// deliverSome lets any messages arrive between two steps; the choice 0 goes on
// with the test. Before a sync there is nothing to choose: it delivers them all.
func (r *run) deliverSome() error {
	for r.upcoming() != nobody {
		ds := r.deltas()
		if len(ds) == 0 {
			if o := r.order; o.made >= o.prefix && o.asleep[onward] {
				return errKnown // a sibling went on before what was delivered here
			}
			return nil
		}
		k, err := r.decide(append([]string{onward}, r.identities(ds)...))
		if err != nil || k == 0 {
			return err
		}
		r.deliverDelta(ds[k-1])
	}
	return nil
}

// deliverAll lets all messages arrive, in any order.
func (r *run) deliverAll() error {
	clear(r.order.shy)
	for ds := r.deltas(); len(ds) > 0; ds = r.deltas() {
		k, err := r.decide(r.identities(ds))
		if err != nil {
			return err
		}
		r.deliverDelta(ds[k])
	}
	r.order.heard = 0
	if err := r.w.Settle(); err != nil {
		return err
	}
	for _, n := range r.w.Nodes() {
		if n.Alive() {
			digest := n.Core.Digest()
			r.order.past[n.Name] = append(digest[:], strings.Join(r.private(n), "\n")...)
		}
	}
	return nil
}

// private is what a replica holds that its digest does not tell: local cells,
// and outputs in the order in which they became known.
func (r *run) private(n *sim.Node) []string {
	var out []string
	for _, c := range r.version.prog.Cells {
		if c.Group != "" {
			if text, ok := r.looksLike(n, c.Name); ok {
				out = append(out, text)
			}
		}
	}
	for _, e := range n.Emits {
		out = append(out, e.ID)
	}
	return out
}

// Who is touched by the next step, where that is not one replica.
const (
	nobody   = "-"
	everyone = "*"
)

// upcoming is the replica that the next action or step is about.
func (r *run) upcoming() string {
	steps := r.s.test.Steps
	if r.acting && r.action < len(steps[r.step].Actions) {
		return steps[r.step].Replica
	}
	if r.step+1 >= len(steps) { // the last sync
		return nobody
	}
	switch st := steps[r.step+1]; st.Op {
	case ir.TSync:
		return nobody
	case ir.TAt, ir.TFails, ir.TExpect:
		if st.Replica != "" && !r.timed() {
			return st.Replica
		}
	}
	return everyone
}

// identities name messages on their way.
func (r *run) identities(flights []int) []string {
	out := make([]string, len(flights))
	for i, n := range flights {
		f := r.w.Flight(n)
		out[i] = f.To + " " + f.From + " " + string(f.Data)
	}
	return out
}

func (r *run) deliverDelta(i int) {
	f := r.w.Flight(i)
	if o := r.order; o.x != nil {
		o.heard++
		o.x.messages = max(o.x.messages, o.heard)
	}
	r.order.happened(f.To, "hears ", f.From, f.Data)
	r.w.Deliver(i)
}

// decide makes one of the choices. Beyond what an earlier run decided, it stops
// in a state that is known, and leaves the other choices for later.
func (r *run) decide(choices []string) (int, error) {
	o := r.order
	o.made++
	if o.made <= o.prefix || o.x == nil {
		return r.ch.Choose(len(choices)), nil
	}
	if !o.x.naive && o.x.known(r.state(), o.asleep) {
		return 0, errKnown
	}
	first := -1
	before := maps.Clone(o.asleep)
	if before == nil {
		before = asleep{}
	}
	var later []branch
	for k, c := range choices {
		if before[c] {
			continue
		}
		after := r.awakened(before, c)
		before[c] = !o.x.naive
		if first < 0 {
			first, o.asleep = k, after
			continue
		}
		later = append(later, branch{append(slices.Clone(r.ch.Made()), k), after})
	}
	if first < 0 {
		return 0, errKnown
	}
	slices.Reverse(later)
	o.x.todo = append(o.x.todo, later...)
	r.ch.Take(first)
	return first, nil
}

// awakened is what still sleeps after choice c was made: what commutes with it.
func (r *run) awakened(set asleep, c string) asleep {
	at := func(c string) string {
		if c == onward {
			return r.upcoming()
		}
		name, _, _ := strings.Cut(c, " ")
		return name
	}
	out := asleep{}
	for d, yes := range set {
		if a, b := at(c), at(d); yes && d != c && a != b && a != everyone && b != everyone {
			out[d] = true
		}
	}
	return out
}

// state tells apart what can differ between two runs.
func (r *run) state() [32]byte {
	h := sha256.New()
	part := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	part(binary.BigEndian.AppendUint64(nil, uint64(r.step)<<32|uint64(r.action)))
	for _, n := range r.w.Nodes() {
		part(r.order.past[n.Name])
	}
	all := make([]int, r.w.Flights())
	for i := range all {
		all[i] = i
	}
	flights := r.identities(all)
	slices.Sort(flights)
	for _, f := range flights {
		part([]byte(f))
	}
	return [32]byte(h.Sum(nil))
}

package replica

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/wire"
)

// A barrier is over when the leader holds everything that any member had when it
// was asked, and what handlers made of it. Each member reports its vector; the
// leader waits until it has all of that. Handlers that run at every replica have
// then run at the leader. One that runs at a single node, because it writes what
// only that node may, has perhaps not: so the members are asked again, each to
// report once it holds what all held, until nobody has anything new to add, at
// most once for each such handler.

// barrier is the one that the leader waits for at present.
type barrier struct {
	q       *asked
	id      uint64
	round   int
	after   *lattice.Vector // what members must hold before they report
	reports map[string]*lattice.Vector
	gone    map[string]*retired // what members hold of nodes that are to be retired
	asked   int64               // when those that have not answered were last asked
}

// barrierStands reports whether what q must rest on is here; the barrier is begun
// where none is.
func (c *Core) barrierStands(q *asked) bool {
	o := &c.ord
	if o.barrier == nil {
		o.figures.barriers++
		o.barrier = &barrier{q: q, id: c.barrierID(), reports: map[string]*lattice.Vector{}, gone: map[string]*retired{}}
		c.askMembers()
	}
	b := o.barrier
	if b.q != q || len(c.barrierWaits()) > 0 {
		return false
	}
	union := &lattice.Vector{}
	for _, v := range b.reports {
		union.Join(v)
	}
	if !c.vector().CoversAll(union) {
		return false
	}
	if c.prog != nil && b.round < c.prog.singleHandlers && (b.after == nil || !b.after.CoversAll(union)) {
		b.round++
		b.after, b.reports = c.vector().Clone(), map[string]*lattice.Vector{}
		c.askMembers()
		return len(c.barrierWaits()) == 0
	}
	// What handlers decide in the order comes first.
	return !slices.ContainsFunc(o.queue, func(x *asked) bool { return x.req.Kind == wire.RunFiring && x != q && !x.req.Barrier })
}

// barrierID is above all that this order has given so far.
func (c *Core) barrierID() uint64 {
	c.ord.figures.started++
	return c.ord.group.Term()<<24 | c.ord.figures.started
}

// needBarrier puts a request back that turned out to need a barrier.
func (c *Core) needBarrier(q *asked, need *orderNeeded) {
	c.dropBarrier(q)
	q.req.Barrier = q.req.Barrier || need.barrier
	q.req.Freeze = append(q.req.Freeze, need.freeze...)
	if len(need.freeze) == 0 && !need.barrier {
		panic("replica: a decision needs what it has")
	}
	c.ord.queue = append(c.ord.queue, q)
}

// barrierWaits names the members that have not reported.
func (c *Core) barrierWaits() []string {
	b := c.ord.barrier
	_, all := c.members()
	var waits []string
	for _, m := range all {
		if b.reports[m.Name] == nil && m.Name != c.actor.Node && !slices.Contains(b.q.req.Gone, m.Name) {
			waits = append(waits, m.Name)
		}
	}
	slices.Sort(waits)
	return waits
}

// askMembers asks those that have not reported.
func (c *Core) askMembers() {
	b := c.ord.barrier
	b.asked = c.now
	want := wire.OrderBarrier{ID: b.id, Round: b.round, Freeze: b.q.req.Freeze}
	if b.after != nil {
		want.After = encodeVector(b.after)
	}
	c.freeze(b.id, b.q.req.Freeze)
	for _, name := range c.barrierWaits() {
		c.sendOrder(wire.OrderWant, name, wire.EncodePart(&want))
	}
}

// tickBarrier asks again.
func (c *Core) tickBarrier() {
	if b := c.ord.barrier; b != nil && c.now-b.asked >= int64(beatOfQueue) {
		c.askMembers()
	}
	c.tickFrozen()
}

// reportTo freezes what a barrier asks for and tells the leader what is held.
func (c *Core) reportTo(leader string, want *wire.OrderBarrier) error {
	if len(want.After) > 0 {
		v, err := lattice.DecodeVector(want.After, codec.Limits{})
		if err != nil {
			return err
		}
		if !c.vector().CoversAll(v) {
			return nil // it asks again
		}
	}
	if len(c.heads) > 0 || c.lags() {
		return nil
	}
	c.freeze(want.ID, want.Freeze)
	r := wire.OrderReported{ID: want.ID, Round: want.Round, Vector: encodeVector(c.vector()), Member: c.ord.self.ID}
	for _, p := range want.Freeze {
		if name, _ := nodeOf(p); name != "" {
			of := &retired{}
			c.heldOf(name, of)
			r.Of = append(r.Of, wire.OrderHeld{Node: name, Inc: of.inc, Groups: of.list()})
		}
	}
	c.sendOrder(wire.OrderReport, leader, wire.EncodePart(&r))
	c.sendNow() // the leader waits until it has what is reported
	return nil
}

// takeReport notes what a member holds.
func (c *Core) takeReport(from string, r *wire.OrderReported) error {
	if r.ID == 0 {
		c.thawLost(r.Frozen)
		return nil
	}
	b := c.ord.barrier
	_, all := c.members()
	if b == nil || b.id != r.ID || b.round != r.Round || !slices.Contains(all, wire.OrderMember{Name: from, ID: r.Member}) {
		return nil
	}
	v, err := lattice.DecodeVector(r.Vector, codec.Limits{})
	if err != nil {
		return err
	}
	for _, of := range r.Of {
		if b.gone[of.Node] == nil {
			b.gone[of.Node] = &retired{}
		}
		if err := b.gone[of.Node].join(of.Inc, of.Groups); err != nil {
			return err
		}
	}
	b.reports[from] = v
	return nil
}

// dropBarrier ends the barrier of a request.
func (c *Core) dropBarrier(q *asked) {
	if b := c.ord.barrier; b != nil && b.q == q {
		c.ord.barrier = nil
		c.proposeThaw(b.id, q.req.Freeze)
	}
}

// tellWaits tells the origin of a request whom its barrier waits for.
func (c *Core) tellWaits(q *asked) {
	b := c.ord.barrier
	if b == nil || b.q != q || c.now-q.told < int64(time.Second) {
		return
	}
	if waits := c.barrierWaits(); len(waits) > 0 {
		q.told = c.now
		c.tell(q.req.Origin, &wire.OrderAnswer{ID: q.req.ID, Waits: waits})
	}
}

// barrierLate says which members kept a barrier from being complete.
func (c *Core) barrierLate(waits []string) error {
	msg := "the barrier is not complete: what members hold has not all arrived"
	if len(waits) > 0 {
		msg = fmt.Sprintf("the barrier waited %s for what %s holds", time.Duration(c.orderWait()), strings.Join(waits, ", "))
	}
	return &Error{Code: codeBarrier, Message: msg, Hint: "nothing was done: bring the missing node back, or retire it for good, and try again"}
}

// retireLate says which members kept nodes from being retired.
func (c *Core) retireLate(gone, waits []string) error {
	return &Error{Code: codeBarrier, Message: fmt.Sprintf("to retire %s, %s must say what it holds of it, and did not within %s", strings.Join(gone, ", "), strings.Join(waits, ", "), time.Duration(c.orderWait())),
		Hint: "nothing was done: bring it back, or retire both at once: `laspc retire " + strings.Join(append(slices.Clone(gone), waits...), " ") + "`"}
}

// singles counts the handlers that one node runs alone.
func singles(p *ir.Program) (n int) {
	for _, h := range p.Handlers {
		if h.Kind == ir.When && h.Writer != "" {
			n++
		}
	}
	return n
}

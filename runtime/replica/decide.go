package replica

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// asked is a request in the queue of the leader.
type asked struct {
	req      wire.OrderRequest
	work     func(*turn) (*body, error) // nil until it is decided, for one of another node
	firing   lattice.Firing
	internal bool // asked by the leader itself; nobody waits for it
	deadline int64
	told     int64  // when its origin last heard that it waits
	artifact []byte // the program that becomes active by the decision, nil for none
	heavy    bool   // it takes more fuel than those that share an entry have
}

// decision is what the order needs to know of a turn.
type decision struct {
	q      *asked
	dry    bool // nothing is decided: the body runs to find its reply
	locals []wire.OrderWrite
	// early says that the body read derived state that others in the same entry
	// have a part in.
	early bool
	// share is what fuel each body has at most, 0 for all that a body may have, and
	// fuel what the last one has left.
	share int64
	fuel  *int64
}

// coordinate runs a block that is decided in the order: here and now if this is
// where it is decided.
func (b *body) coordinate(s *ir.Stmt) (flow, error) {
	d := b.t.order
	if b.c.cfg.Embedded {
		b.c.ord.figures.here(place(s.Pos))
		f, err := b.run(s.Then)
		if err == nil {
			err = b.t.hold()
		}
		return f, err
	}
	if d == nil || s.Barrier && !d.dry && !d.q.req.Barrier {
		return ended, &orderNeeded{barrier: s.Barrier, at: s.Pos}
	}
	return b.run(s.Then)
}

// timeOf is the wall time of the event that a turn belongs to.
func (c *Core) timeOf(t *turn) int64 {
	if t != nil && t.order != nil {
		return t.order.q.req.Now
	}
	return c.now
}

// enqueue takes a request into the queue of the leader, unless it waits there.
func (c *Core) enqueue(q *asked) {
	o := &c.ord
	same := func(x *asked) bool { return x.req.ID == q.req.ID }
	if o.flight.holds(same) || slices.ContainsFunc(o.queue, same) {
		return
	}
	if _, was := o.refused[q.attempt()]; was {
		return // its origin was told that nothing was done
	}
	q.deadline = c.now + c.orderWait()
	o.queue = append(o.queue, q)
}

// proposeMember asks for a change of the members: a member with an id comes, one
// without goes.
func (c *Core) proposeMember(m wire.OrderMember) {
	if c.ord.group.Leader() != c.actor.Node {
		return
	}
	_, all := c.members()
	known := slices.ContainsFunc(all, func(x wire.OrderMember) bool { return x.Name == m.Name && (m.ID == 0 || x.ID == m.ID) })
	if known == (m.ID == 0) {
		q := &asked{req: wire.OrderRequest{ID: fmt.Sprintf("$member %s %x", m.Name, m.ID), Kind: wire.RunMember, Origin: c.actor.Node, Now: c.now}, internal: true}
		q.work = func(t *turn) (*body, error) { return nil, c.changeMembers(t, m) }
		c.enqueue(q)
	}
}

// changeMembers writes the list of members with m in it, in place of an earlier
// life of the same node, or without.
func (c *Core) changeMembers(t *turn, m wire.OrderMember) error {
	version, all := c.members()
	all = slices.DeleteFunc(slices.Clone(all), func(x wire.OrderMember) bool { return x.Name == m.Name })
	if m.ID != 0 {
		all = append(all, m)
	}
	return c.writeMembers(t, version+1, all)
}

// writeMembers writes a version of the list of members.
func (c *Core) writeMembers(t *turn, version int64, all []wire.OrderMember) error {
	v := value.MakeTuple(value.MakeInt(version), value.MakeBytes(wire.EncodePart(all)))
	return t.in(everywhere).Mutate(cellID(deployment, sysMembers), nil, "join", []value.Value{v})
}

// decide lets the leader decide the next request, once the last decision is in
// the log of a majority and applied here.
func (c *Core) decide() {
	o := &c.ord
	g := o.group
	if g.Leader() != c.actor.Node {
		o.queue, o.flight, o.barrier = nil, nil, nil // the origins ask again
		return
	}
	if !g.Leads() || c.lags() {
		return
	}
	if c.cfg.Agreed && (o.judged != g.Term() || c.now >= o.judgeAt) {
		c.judge()
	}
	if o.flight != nil && o.flight.term != g.Term() {
		// All that was committed before this term is applied, so it was not.
		o.queue = slices.Insert(o.queue, 0, o.flight.taken...)
		o.flight = nil
	}
	if b := o.barrier; b != nil && !slices.Contains(o.queue, b.q) && !o.flight.holds(func(q *asked) bool { return q == b.q }) {
		c.dropBarrier(b.q) // it was known, or refused
	}
	for o.flight == nil && len(o.queue) > 0 {
		if ok, _ := g.Quorum(); !ok {
			g.Poke()
			return
		}
		if !c.decideNext() {
			return
		}
	}
}

// decidable reports whether everything is here that a decision must rest on.
func (c *Core) decidable(q *asked) bool {
	switch {
	case q.req.Kind == wire.RunMember:
		return true
	case q.req.Kind == wire.RunDeploy:
		return c.knowsVersions(q)
	case q.req.Kind == wire.RunRetire:
		return c.barrierStands(q)
	case c.prog == nil:
		return false
	}
	if !bytes.Equal(q.req.Hash, c.prog.Hash[:]) {
		return false
	}
	if len(q.req.Vector) > 0 {
		v, err := lattice.DecodeVector(q.req.Vector, codec.Limits{})
		if err != nil || !c.vector().CoversAll(v) {
			_, known, _ := c.recall(q) // then nothing more is decided, and it has its answer
			return known
		}
		q.req.Vector = nil
	}
	return !q.req.Barrier && len(q.req.Freeze) == 0 || c.barrierStands(q)
}

// decideOne evaluates a request on what is applied, and proposes the outcome.
// What it writes is taken back: it comes to be when the entry is applied.
func (c *Core) decideOne(q *asked) {
	a, delta, known := c.evaluate(q)
	switch {
	case a == nil: // it needs a barrier first, and waits again
	case known:
		c.tell(q.req.Origin, a)
	default:
		c.propose([]*asked{q}, []wire.OrderAnswer{*a}, delta)
	}
}

// evaluate runs a request as a turn of the order. A request that was decided
// before is known, and gets its answer again.
func (c *Core) evaluate(q *asked) (a *wire.OrderAnswer, delta *lattice.Delta, known bool) {
	a, known, err := c.recall(q)
	if known {
		return a, nil, true
	}
	if err != nil {
		return answerError(a, err), nil, false
	}
	t := &turn{c: c, firing: q.firing, clock: c.tickClock(), as: q.req.As, order: &decision{q: q}}
	b, err := q.work(t)
	if need, ok := errors.AsType[*orderNeeded](err); ok {
		t.abort()
		c.needBarrier(q, need)
		return nil, nil, false
	}
	if err == nil {
		err = c.finishDecision(t, q, b, a)
	}
	if err != nil {
		t.abort()
		return answerError(a, err), nil, false
	}
	return a, t.draft(), false
}

// recall finds what a request runs, and the answer that it has where it was
// decided before.
func (c *Core) recall(q *asked) (a *wire.OrderAnswer, known bool, err error) {
	a = &wire.OrderAnswer{ID: q.req.ID, Seq: c.orderMark()}
	if err := c.findWork(q); err != nil {
		return a, false, err
	}
	if !q.firing.IsZero() && c.stores[everywhere].Fired(q.firing) {
		return a, true, nil
	}
	if was, done := c.done(q.req.ID); done && q.firing.IsZero() && !q.internal {
		switch {
		case was.differs(printOfAsked(&q.req)):
			return a, false, errOtherInput()
		case was.kind == replyLost:
			return a, false, nil
		}
		if a.Pending = was.kind == replyPending; was.kind == replyValue {
			a.Value = was.value
		}
		return a, true, nil
	}
	return a, false, nil
}

// finishDecision puts the outcome of a body into its answer, and remembers that
// the request is done in the same turn.
func (c *Core) finishDecision(t *turn, q *asked, b *body, a *wire.OrderAnswer) error {
	a.Local = t.order.locals
	if err := t.hold(); err != nil {
		return err
	}
	var v value.Value
	if b != nil {
		v = b.reply
	}
	if a.Pending = v.Kind() == value.Unbound; !a.Pending && v.IsValid() {
		a.Value = codec.EncodeValue(nil, v)
	}
	if !q.firing.IsZero() || q.internal {
		return nil
	}
	return c.remember(t, &request{req: q.req.ID, print: printOfAsked(&q.req)}, v, a.Pending)
}

func answerError(a *wire.OrderAnswer, err error) *wire.OrderAnswer {
	e := asError(err)
	return &wire.OrderAnswer{ID: a.ID, Code: e.Code, Message: e.Message, Hint: e.Hint, At: e.At, Late: a.Late}
}

// tickQueue refuses what has waited too long at the leader: nothing of it was
// done, unless it is known here as done before.
func (c *Core) tickQueue() {
	for _, q := range slices.Clone(c.ord.queue) {
		if c.now < q.deadline {
			c.tellWaits(q)
			continue
		}
		a, known, _ := c.recall(q)
		why := c.giveUpOn(q)
		switch {
		case known:
			c.tell(q.req.Origin, a)
		case q.req.Kind == wire.RunDeploy && q.internal:
			c.ord.judged = 0
		case q.req.Kind != wire.RunMember:
			c.ord.refused[q.attempt()] = c.now
			c.tell(q.req.Origin, answerError(&wire.OrderAnswer{ID: q.req.ID, Late: true}, why))
		}
	}
	for attempt, at := range c.ord.refused {
		if c.now-at > 4*c.orderWait() {
			delete(c.ord.refused, attempt)
		}
	}
}

// giveUpOn takes a request out of the queue and says what it waited for in vain.
func (c *Core) giveUpOn(q *asked) error {
	why := c.late(q)
	c.ord.queue = slices.DeleteFunc(c.ord.queue, func(x *asked) bool { return x == q })
	c.dropBarrier(q)
	return why
}

// attempt names an ask: a request that is sent again after it was refused is
// another one, a copy that was under way meanwhile is not.
func (q *asked) attempt() string { return fmt.Sprintf("%s %s %d", q.req.ID, q.req.Origin, q.req.Now) }

// late says what a request at the leader has waited for in vain.
func (c *Core) late(q *asked) error {
	if ok, _ := c.ord.group.Quorum(); !ok {
		return c.noMajority()
	}
	if b := c.ord.barrier; b != nil && b.q == q {
		if waits := c.barrierWaits(); q.req.Kind == wire.RunRetire && len(waits) > 0 {
			return c.retireLate(q.req.Gone, waits)
		}
		return c.barrierLate(c.barrierWaits())
	}
	if c.prog == nil || !bytes.Equal(q.req.Hash, c.prog.Hash[:]) {
		return &Error{Code: codeOldVersion, Message: "the nodes do not run the same version of the program", Hint: "nothing was done: try again once `laspc status` shows one version everywhere"}
	}
	return &Error{Code: CodeNoMajority, Message: fmt.Sprintf("what %s wrote before has not arrived at %s, which decides", q.req.Origin, c.actor.Node),
		Hint: "nothing was done: try again"}
}

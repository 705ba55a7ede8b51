package replica

import (
	"errors"
	"slices"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/runtime/wire"
)

// While an entry is on its way to a majority, requests gather at the leader. They
// are then evaluated one after the other, each on what those before it bring
// about, and go into one entry: one turn of the order, whose delta is theirs
// together, with an answer to each. So what a decision costs in disks and messages
// is shared by all that wait, and the order is the same as if each had an entry of
// its own: that of the answers.
//
// A request that fails is taken back to where it began, which leaves nothing of it
// to those after it, and has its refusal among the answers. An entry is void as a
// whole or not at all, as its term is that of all of it.
//
// Some decisions have an entry for themselves: those of handlers, whose turns have
// the identity of their firing; those that rest on a barrier; changes of members
// and programs; and what reads derived state that depends on the writes of others
// in the entry, since that state is known once they are applied.

// What one entry takes at most. A request that is larger has one for itself.
const (
	batchRequests = 1024
	batchBytes    = 512 << 10 // of requests and answers
	batchSteps    = 16 << 10  // changes of cells, as they are made
	// batchFuel is the fuel of those that share an entry, together but for the
	// last, and of each: less than half a second of work. A request that takes more
	// is decided alone, after those that wait with it, so that no other comes to its
	// limit of time through it.
	batchFuel = 4_000_000
)

// batch is an entry in the making.
type batch struct {
	t       *turn
	taken   []*asked
	answers []wire.OrderAnswer
	bytes   int
	fuel    int64 // spent
}

// joins reports whether a request may share its entry.
func (c *Core) joins(q *asked) bool {
	switch q.req.Kind {
	case wire.RunInput, wire.RunWrites, wire.RunTimed, wire.RunCode:
		return !q.heavy && !q.req.Barrier && len(q.req.Freeze) == 0 && !q.internal && c.prog != nil && !c.prog.placed
	}
	return false
}

// decideNext decides what it can of the queue in one entry. It reports false where
// nothing can be decided now.
func (c *Core) decideNext() bool {
	queue := c.ord.queue
	first := slices.IndexFunc(queue, c.decidable)
	if first < 0 {
		return false
	}
	if q := queue[first]; !c.joins(q) {
		c.ord.queue = slices.Delete(queue, first, first+1)
		c.decideOne(q)
		return true
	}
	picked := c.pick(first)
	b := &batch{t: &turn{c: c, clock: c.tickClock()}}
	for i, q := range picked {
		if !b.room() || !c.evaluateIn(b, q) {
			c.ord.queue = slices.Insert(c.ord.queue, 0, picked[i:]...)
			break
		}
	}
	if len(b.taken) == 0 {
		b.t.abort()
		return true
	}
	c.propose(b.taken, b.answers, b.t.draft())
	return true
}

// pick takes requests that may share an entry out of the queue, from the first on
// and up to one that can be decided and may not.
func (c *Core) pick(first int) (picked []*asked) {
	var rest []*asked
	for i, q := range c.ord.queue[first:] {
		switch {
		case len(picked) == batchRequests, i > 0 && !c.decidable(q):
			rest = append(rest, q)
			continue
		case !c.joins(q):
			c.ord.queue = slices.Concat(c.ord.queue[:first], rest, c.ord.queue[first+i:])
			return picked
		}
		picked = append(picked, q)
	}
	c.ord.queue = append(c.ord.queue[:first:first], rest...)
	return picked
}

// room reports whether one more request may share the entry.
func (b *batch) room() bool {
	return len(b.taken) < batchRequests && b.bytes < batchBytes && b.t.steps() < batchSteps && b.fuel < batchFuel
}

// evaluateIn evaluates a request on what those before it in an entry bring about.
// It reports false where the request must wait until those are applied.
func (c *Core) evaluateIn(b *batch, q *asked) bool {
	a, known, err := c.recall(q)
	if known {
		c.tell(q.req.Origin, a)
		return true
	}
	if err == nil {
		err = c.tryIn(b.t, q, a)
		b.fuel += b.t.order.spent()
	}
	if need, ok := errors.AsType[*orderNeeded](err); ok {
		c.needBarrier(q, need)
		return true
	}
	if err != nil && asError(err).Code == op.OutOfFuel && c.fuel() > batchFuel {
		q.heavy = true
		c.ord.queue = append(c.ord.queue, q)
		return true
	}
	if b.t.order != nil && b.t.order.early {
		return false
	}
	if err != nil {
		a = answerError(a, err)
	}
	b.taken, b.answers = append(b.taken, q), append(b.answers, *a)
	b.bytes += len(a.Value) + len(a.Message) + len(a.Hint)
	for _, arg := range q.req.Args {
		b.bytes += len(arg)
	}
	return true
}

// spent is the fuel that a request took in an entry that it shares.
func (d *decision) spent() int64 {
	if d.fuel == nil {
		return 0
	}
	return d.share - max(*d.fuel, 0)
}

// tryIn runs a request as the next part of a turn; on an error nothing is left of
// it.
func (c *Core) tryIn(t *turn, q *asked, a *wire.OrderAnswer) error {
	undo := t.nextRequest(q)
	b, err := q.work(t)
	if err == nil {
		err = c.finishDecision(t, q, b, a)
	}
	if err != nil || t.order.early {
		undo()
	}
	return err
}

// nextRequest goes on with another request in the same turn. What that does can be
// taken back.
func (t *turn) nextRequest(q *asked) (undo func()) {
	t.before = t.before || t.wrote
	t.wrote, t.cells = false, nil
	t.order = &decision{q: q, share: min(t.c.fuel(), batchFuel)}
	st := t.groups[everywhere]
	var at state.Savepoint
	if st != nil {
		at = st.Savepoint()
	}
	return func() {
		t.wrote, t.scratch = false, nil
		if t.groups[everywhere] != nil {
			t.groups[everywhere].Rollback(at)
		}
	}
}

// steps is how much the turn has done to cells.
func (t *turn) steps() int {
	if t.groups[everywhere] == nil {
		return 0
	}
	return t.groups[everywhere].Steps()
}

// propose puts the outcome of requests at the end of the log as one entry.
func (c *Core) propose(taken []*asked, answers []wire.OrderAnswer, delta *lattice.Delta) {
	g := c.ord.group
	en := wire.OrderEntry{Term: g.Term(), Clock: c.clock, Answers: answers}
	seq := c.orderMark()
	if delta != nil {
		seq++
		en.Seq, en.Delta = seq, encodeDelta(delta)
	}
	ids := make(map[string]bool, len(taken))
	for i, q := range taken {
		answers[i].Seq, ids[q.req.ID] = seq, true
		if len(q.artifact) > 0 {
			en.Artifacts = append(en.Artifacts, q.artifact)
		}
	}
	if !g.Propose(wire.EncodePart(&en)) {
		c.ord.queue = slices.Insert(c.ord.queue, 0, taken...)
		return
	}
	c.ord.flight = &flight{taken: taken, term: en.Term}
	for _, p := range c.ord.pending {
		if ids[p.req.ID] {
			c.noteAsked(p)
		}
	}
}

// flight is what is decided in an entry that is proposed and not yet applied.
type flight struct {
	taken []*asked
	term  uint64
}

// holds reports whether some request on its way is such.
func (f *flight) holds(such func(*asked) bool) bool {
	return f != nil && slices.ContainsFunc(f.taken, such)
}

// is reports whether an entry is the one on its way.
func (f *flight) is(en *wire.OrderEntry) bool {
	return f != nil && f.term == en.Term && len(f.taken) == len(en.Answers) && f.taken[0].req.ID == en.Answers[0].ID
}

// land ends the flight whose entry is committed, and returns its requests.
func (o *ordering) land(en *wire.OrderEntry) (taken []*asked) {
	if o.flight.is(en) {
		taken, o.flight = o.flight.taken, nil
	}
	return taken
}

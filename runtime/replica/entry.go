package replica

import (
	"slices"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/order"
	"github.com/laspc/lasp/runtime/wire"
)

// What every node does with an entry that is agreed on.

// tell sends an answer to where the request came from.
func (c *Core) tell(origin string, a *wire.OrderAnswer) {
	if origin == c.actor.Node {
		c.told(a)
		return
	}
	c.sendOrder(wire.OrderTell, origin, wire.EncodePart(a))
}

// applyEntry makes a committed entry part of the state, unless it was evaluated
// in another term than it was committed in: then something may have come between
// the two, and it is void on every replica alike.
func (c *Core) applyEntry(e order.Entry) {
	o := &c.ord
	var en wire.OrderEntry
	if err := wire.DecodePart(e.Data, &en); err != nil {
		panic("replica: an entry of the order that was agreed on cannot be read: " + err.Error())
	}
	taken := o.land(&en)
	if en.Term != e.Term {
		o.queue = slices.Insert(o.queue, 0, taken...)
		return
	}
	o.figures.entries++
	o.figures.decided += uint64(len(en.Answers))
	c.seeClock(en.Clock)
	if len(en.Delta) > 0 {
		c.applyAgreed(en.Delta)
		c.sparePeers(en.Seq)
	}
	c.toldAll(en.Answers)
	c.tellOrigins(taken, en.Answers)
	for _, artifact := range en.Artifacts {
		c.takeArtifact(artifact)
		c.follow()
	}
	for _, q := range taken {
		c.dropBarrier(q)
	}
}

// tellOrigins sends answers to where requests came from. Voters have them with the
// log.
func (c *Core) tellOrigins(taken []*asked, answers []wire.OrderAnswer) {
	voters := c.ord.group.Voters()
	for i, q := range taken {
		if !slices.Contains(voters, q.req.Origin) {
			c.sendAhead(wire.OrderTell, q.req.Origin, wire.EncodePart(&answers[i]))
		}
	}
}

// sparePeers notes that a turn of the order is on its way to the voters with the
// log, so that it need not be sent to them as a delta; one that lacks it later
// gets it as it does any other.
func (c *Core) sparePeers(seq uint64) {
	if c.orderMark() < seq {
		return // it could not be applied
	}
	covers := lattice.VectorOf(lattice.Range{Actor: c.orderActor(), Lo: seq, Hi: seq})
	for _, p := range c.peers {
		if c.ord.group.Votes(c.ord.lives[p.name]) {
			p.sent.Join(covers)
		}
	}
}

// applyAgreed applies the delta of an entry. One that speaks of cells of a
// program that is not here yet comes again, as all deltas do.
func (c *Core) applyAgreed(data []byte) {
	d, err := c.decodeDelta(everywhere, data)
	if err != nil {
		c.note("", "a decision cannot be applied yet: "+err.Error())
		return
	}
	novel, changes, err := c.stores[everywhere].Apply(d)
	if err != nil {
		c.note("", "a decision cannot be applied yet: "+err.Error())
		return
	}
	for _, d := range novel {
		c.logAgain(everywhere, d) // with the entry
		c.lookAtDelta(everywhere, d)
		c.noteOutputs(d)
	}
	c.holders.stale = c.holders.stale || slices.ContainsFunc(changes, isHolders)
	c.feed(changes)
	if slices.ContainsFunc(changes, isRetirement) {
		c.readRetired()
	}
}

package replica

import (
	"slices"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/order"
	"github.com/laspc/lasp/runtime/wire"
	"github.com/laspc/lasp/vm"
)

// What a program does inside `coordinate` is decided by one node, the leader of
// the agreed order, and written into one log that a majority of the voters holds
// before anything follows from it (runtime/order).
//
// An entry says what a decision brought about, never what was asked: a delta of
// the replicated cells, and the answers. The turns of the order are those of an
// actor of their own, numbered by the log. So the delta of an entry is the same
// on every replica, whether it comes with the log or, to those that are no
// voters, with all other deltas, and vectors, acknowledgements and restarts treat
// it like any other turn.
//
// A body that comes to `coordinate` is taken back where it began, at its origin,
// and run as a whole by the leader, with the facts of its origin. One that does
// not come there needs nobody.

// orderNode is the node of the actor of the order; no node can have that name.
const orderNode = "$order"

// ordering is this replica's part in the order.
type ordering struct {
	group   *order.Group
	logs    []wire.OrderLog // from the log, until the group is made
	self    wire.OrderMember
	joined  bool // the order that this node began was given up for another
	inReady bool // the Ready that is out holds something of the group's

	pending []*pending // requests of this node, oldest first
	number  uint64     // of requests without an id
	// counted says that the number of this life, which makes their ids new, is
	// durable; counting, that it is in the Ready that is out.
	counted, counting bool
	heard             map[string]int64
	sent              uint64
	lives             map[string]uint64 // ids of nodes that were heard last
	known             memberList
	founders          []wire.OrderMember // once they were computed
	frozen            []frozen
	late              []vm.HeadRow // whose handlers wait until a cell is thawed
	admitAt           int64        // when this node next asks to be taken in

	// Of the leader.
	queue   []*asked // oldest first
	flight  *flight  // the entry that is proposed and not yet applied
	barrier *barrier
	refused map[string]int64 // asks that were given up, and when
	judged  uint64           // the term in which the active program was last judged
	judgeAt int64            // when it is judged again
	figures orderFigures
}

// timerOrder numbers the lives of a node, for requests without an id.
const timerOrder = "$order"

// orderWait bounds how long something that needs agreement waits.
func (c *Core) orderWait() int64 {
	if c.cfg.OrderWait > 0 {
		return int64(c.cfg.OrderWait)
	}
	return int64(5 * time.Second)
}

// replayOrder remembers a part of the order's log until the group is made.
func (c *Core) replayOrder(part *wire.OrderLog) {
	if part.Reset {
		c.ord.logs, c.ord.frozen, c.ord.joined = nil, nil, true
	}
	if part.ID != 0 {
		c.ord.self.ID = part.ID
	}
	for _, f := range part.Frozen {
		c.refreeze(f)
	}
	c.ord.logs = append(c.ord.logs, *part)
}

// openOrder goes on with the order that the log knows.
func (c *Core) openOrder() error {
	if c.cfg.OrderLost {
		c.ord.logs, c.ord.self, c.ord.frozen = nil, wire.OrderMember{}, nil
	}
	if c.ord.self.ID == 0 {
		return nil
	}
	return c.makeGroup()
}

// startOrder takes part in the order: from the start where it decides about
// programs, else from the first program on that needs it.
func (c *Core) startOrder() error {
	if c.ord.group != nil || c.cfg.Embedded || !c.cfg.Agreed && !c.cfg.Ordered && (c.prog == nil || !c.prog.coordinates) {
		return nil
	}
	inc := c.actor.Inc
	if len(c.cfg.Voters) > 1 && slices.Contains(c.cfg.Voters, c.actor.Node) && !c.cfg.OrderLost && !c.cfg.Blank {
		inc = 0 // what every founder can compute
	}
	c.ord.self.ID = order.ID(c.actor.Node, inc)
	if err := c.makeGroup(); err != nil {
		return err
	}
	c.keepOrder(&wire.OrderLog{ID: c.ord.self.ID})
	return nil
}

func (c *Core) founders() []wire.OrderMember {
	var all []wire.OrderMember
	if c.ord.joined {
		return nil
	}
	if len(c.cfg.Voters) == 1 && c.cfg.Voters[0] == c.actor.Node && (!c.cfg.OrderLost || c.cfg.Lone) {
		return []wire.OrderMember{c.ord.self} // an order of its own, like no other
	}
	if len(c.ord.founders) == len(c.cfg.Voters) {
		return c.ord.founders
	}
	for _, name := range c.cfg.Voters {
		all = append(all, wire.OrderMember{Name: name, ID: order.ID(name, 0)})
	}
	c.ord.founders = all
	return all
}

func (c *Core) makeGroup() error {
	o := &c.ord
	o.self.Name = c.actor.Node
	o.heard, o.lives = map[string]int64{}, map[string]uint64{}
	o.refused = map[string]int64{}
	g, err := order.New(order.Options{
		Self: o.self, Founders: c.founders(), Seed: mix(c.seed(), uint64(c.now)).A,
		Reachable: c.reachableLife, Name: c.memberName, Mark: c.orderMark,
	}, c.now, o.logs)
	o.group, o.logs = g, nil
	if err == nil {
		g.Tick(c.now) // a single voter leads at once
	}
	return err
}

// keepOrder puts a part of the order's log into the record of the present event.
func (c *Core) keepOrder(part *wire.OrderLog) {
	c.firm = true
	c.noteOrder(part)
}

// noteOrder is keepOrder for a part that may be lost in a crash.
func (c *Core) noteOrder(part *wire.OrderLog) {
	if c.cfg.Volatile {
		return
	}
	r := c.record.Order
	if r == nil || part.Reset {
		c.record.Order = part
		return
	}
	if len(part.Snap)+len(part.Entries) > 0 && len(r.Snap)+len(r.Entries) > 0 {
		c.closeRecord() // parts are applied in turn, and entries follow a snapshot
		c.record.Order = part
		return
	}
	merge(r, part)
}

// merge adds what a later part says to an earlier one.
func merge(to, from *wire.OrderLog) {
	set(&to.ID, from.ID)
	set(&to.Genesis, from.Genesis)
	set(&to.Applied, from.Applied)
	for _, f := range []struct{ to, from *[]byte }{{&to.Snap, &from.Snap}, {&to.Hard, &from.Hard}, {&to.Conf, &from.Conf}} {
		if len(*f.from) > 0 {
			*f.to = *f.from
		}
	}
	to.Entries = append(to.Entries, from.Entries...)
	to.Frozen = append(to.Frozen, from.Frozen...)
}

func set(to *uint64, v uint64) {
	if v != 0 {
		*to = v
	}
}

// orderCheckpoint stands for all parts of the order's log so far, nil without an
// order.
func (c *Core) orderCheckpoint() *wire.OrderLog {
	if c.ord.group == nil {
		return nil
	}
	part := c.ord.group.Checkpoint()
	part.Reset = c.ord.joined
	for _, f := range c.ord.frozen {
		part.Frozen = append(part.Frozen, wire.OrderFrozen{Place: f.place, ID: f.id})
	}
	return part
}

// orderActor is the actor whose turns are those of the order.
func (c *Core) orderActor() lattice.Actor {
	return lattice.Actor{Node: orderNode, Inc: c.ord.group.Genesis()}
}

// orderMark is the last turn of the order up to which all are here.
func (c *Core) orderMark() uint64 {
	if c.ord.group == nil {
		return 0
	}
	for _, r := range c.vector().Ranges() {
		if r.Actor == c.orderActor() {
			if r.Lo > 1 {
				return 0
			}
			return r.Hi
		}
	}
	return 0
}

// orderLink hears that a link came or went.
func (c *Core) orderLink(peer string, up bool) {
	if g := c.ord.group; g != nil {
		if up {
			c.sendOrder(wire.OrderAdmit, peer, wire.EncodePart(&c.ord.self))
		}
		g.Link(peer, up)
		c.askAgain(up)
	}
}

// orderRoster hears which nodes there are. Who was among them and is not any more
// has left for good.
func (c *Core) orderRoster(nodes []string) {
	if c.ord.group == nil {
		return
	}
	for _, name := range c.roster {
		if !slices.Contains(nodes, name) {
			c.proposeMember(wire.OrderMember{Name: name})
		}
	}
}

// tickOrder lets time pass in the order.
func (c *Core) tickOrder() {
	o := &c.ord
	if o.group == nil {
		return
	}
	o.group.Tick(c.now)
	if !c.isMember() && c.now >= o.admitAt {
		o.admitAt = c.now + int64(time.Second)
		c.sendOrder(wire.OrderAdmit, "", wire.EncodePart(&o.self))
		c.proposeMember(o.self) // an order that was begun anew has members of before
	}
	if o.group.Leads() {
		if _, all := c.members(); !o.group.Settled(all) {
			o.group.Conform(all)
		}
	}
	c.tickPending()
	c.tickQueue()
	c.tickBarrier()
}

// wakeOrder is when the order next wants to be told the time.
func (c *Core) wakeOrder() int64 {
	o := &c.ord
	if o.group == nil {
		return never
	}
	next := o.group.Wake()
	for i := range o.frozen {
		next = min(next, o.frozen[i].since+frozenPatience)
	}
	if !c.isMember() {
		next = min(next, max(o.admitAt, c.now+1))
	}
	for _, p := range o.pending {
		next = min(next, p.wake())
	}
	_, all := c.members()
	if len(o.queue) > 0 || o.barrier != nil || o.group.Leads() && !o.group.Settled(all) {
		next = min(next, c.now+int64(beatOfQueue))
	}
	return max(next, c.now+int64(time.Millisecond)) // what is overdue was tried
}

// turnOrder does what the order is ready for, and reports whether anything of
// the state changed.
func (c *Core) turnOrder() (changed bool) {
	g := c.ord.group
	if g == nil || c.loading {
		return false
	}
	for {
		if err := g.Unhold(); err != nil {
			c.note("", err.Error())
		}
		c.decide()
		r := g.Ready()
		if r.Empty() {
			return changed
		}
		if r.Log != nil {
			c.firm, c.hurry = c.firm || r.Sync, c.hurry || r.Sync
			c.noteOrder(r.Log)
		}
		for _, m := range r.Send {
			switch {
			case m.Poke:
				c.sendOrder(wire.OrderPoke, m.To, m.Body)
			case m.Ahead:
				c.sendAhead(wire.OrderRaft, m.To, m.Body)
			default:
				c.sendOrder(wire.OrderRaft, m.To, m.Body)
			}
		}
		for _, e := range r.Entries {
			c.applyEntry(e)
			changed = true
		}
	}
}

// coordinates reports whether a program needs the order.
func coordinates(p *ir.Program) bool {
	for _, cell := range p.Cells {
		if cell.Scope == ir.Coordinated {
			return true
		}
	}
	return slices.ContainsFunc(p.Handlers, func(h *ir.Handler) bool { return ir.Decided(h.Body) })
}

// limits of what comes from other nodes.
var orderLimits = codec.Limits{Bytes: wire.MaxMessage}

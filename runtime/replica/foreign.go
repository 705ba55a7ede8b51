package replica

import (
	"fmt"

	"github.com/laspc/lasp/runtime/order"
	"github.com/laspc/lasp/runtime/wire"
)

// Two clusters that each began by themselves have two orders, and what one decides
// the other may contradict. Nodes tell each other which order they are in when a
// link is made: those of two orders exchange nothing else, and say so.
//
// A node that founded an order in which nothing was decided yet gives that up for
// the one that it meets: it is the first node of a cluster whose directory was lost
// and which was started again as it was the first time.

// codeForeign says that a peer belongs to another cluster.
const codeForeign = "L0635"

// meet compares the order that a peer told with this node's. It returns an error
// where the two may not have to do with each other.
func (c *Core) meet(p *peer, m *wire.Hello) error {
	g := c.ord.group
	if p.shut = false; g == nil || m.Order == 0 || g.Genesis() == m.Order {
		return nil
	}
	if g.Genesis() == 0 {
		g.Join(m.Order)
		return nil
	}
	if c.isYoung() && (m.Decided > 0 || m.Order < g.Genesis()) {
		c.note("", fmt.Sprintf("the order that this node began is given up for that of %s", p.name))
		return c.joinOrder(m.Order)
	}
	if m.Decided == 0 && c.isYoung() {
		return nil // it gives up its own
	}
	if m.Decided == 0 {
		return nil
	}
	e := &Error{Code: codeForeign, Message: fmt.Sprintf("%s belongs to another cluster, which began without this one; nothing is exchanged with it", p.name),
		Hint: "keep the two apart, or empty the data directories of the one to be given up and let its nodes join"}
	c.note(codeForeign, e.Message)
	p.shut, p.hello, p.owesVectors = true, false, false
	p.outbox = []wire.Message{c.greeting(p)} // so that it notices, too
	return e
}

// isYoung reports whether nothing was decided in this node's order yet.
func (c *Core) isYoung() bool {
	o := &c.ord
	return len(c.cfg.Voters) == 1 && !o.joined && c.orderMark() == 0 && o.flight == nil && o.group.Alone()
}

// joinOrder gives up the order of this node and asks to be taken into another.
func (c *Core) joinOrder(genesis uint64) error {
	o := &c.ord
	o.joined = true
	o.self.ID = order.ID(c.actor.Node, c.actor.Inc)
	o.queue, o.barrier, o.logs = nil, nil, nil
	part := &wire.OrderLog{Reset: true, ID: o.self.ID, Genesis: genesis}
	o.logs = []wire.OrderLog{*part}
	if err := c.makeGroup(); err != nil {
		return err
	}
	c.keepOrder(part)
	for _, p := range o.pending {
		p.again, p.at = c.now, ""
	}
	return nil
}

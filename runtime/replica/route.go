package replica

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/laspc/lasp/runtime/wire"
)

const (
	maxHops = 3
	never   = int64(math.MaxInt64)
	// beatOfQueue is how often a leader looks at what waits.
	beatOfQueue = 200 * time.Millisecond
)

// sendOrder sends something about the order to a node, or, with to empty, to
// whoever leads. It reports whether there was a way to send it; that it arrives
// is never sure.
func (c *Core) sendOrder(kind wire.OrderKind, to string, body []byte) bool {
	c.hurry = true
	return c.sendBy(&c.ready.Send, kind, to, body)
}

// sendAhead is sendOrder for what speaks of nothing that is only here: it goes
// out at once.
func (c *Core) sendAhead(kind wire.OrderKind, to string, body []byte) bool {
	return c.sendBy(&c.early, kind, to, body)
}

func (c *Core) sendBy(queue *[]Envelope, kind wire.OrderKind, to string, body []byte) bool {
	m := &wire.Order{Kind: kind, From: c.actor.Node, To: to, Hops: maxHops, Genesis: c.ord.group.Genesis(), Body: body, Life: c.ord.self.ID}
	if to == c.actor.Node {
		return false
	}
	return c.passOn(queue, m, "")
}

// passOn puts a message into a queue towards where it goes, not back to the
// neighbour that it came from.
func (c *Core) passOn(queue *[]Envelope, m *wire.Order, from string) bool {
	to := m.To
	if to == "" {
		to = c.ord.group.Leader()
	}
	var ways []string
	for _, p := range c.peers {
		if !p.up || p.shut || p.name == from || p.name == m.From {
			continue
		}
		if p.name == to {
			ways = []string{to}
			break
		}
		ways = append(ways, p.name)
	}
	if m.Hops == 0 || len(ways) == 0 {
		return false
	}
	if len(ways) > 1 {
		ways = c.bestWays(ways)
	}
	// Another way each time, since this one may lead nowhere.
	c.ord.sent++
	way := ways[c.ord.sent%uint64(len(ways))]
	*queue = append(*queue, Envelope{To: way, Msg: m})
	return true
}

// bestWays prefers voters, which know who leads.
func (c *Core) bestWays(ways []string) []string {
	_, all := c.members()
	var best []string
	for _, m := range all {
		if slices.Contains(ways, m.Name) {
			best = append(best, m.Name)
		}
	}
	if len(best) == 0 {
		return ways
	}
	return best
}

// receiveOrder takes something about the order in, or passes it on.
func (c *Core) receiveOrder(from string, m *wire.Order) error {
	g := c.ord.group
	if g == nil {
		return nil // the program that needs the order is not here yet
	}
	if own := g.Genesis(); m.Genesis != 0 && own != 0 && m.Genesis != own {
		return fmt.Errorf("it takes part in another order than this node: two clusters were joined; keep them apart")
	}
	if m.Genesis != 0 {
		g.Join(m.Genesis)
	}
	c.ord.heard[m.From] = c.now
	if m.Life != 0 {
		c.ord.lives[m.From] = m.Life
	}
	if m.To != c.actor.Node && !(m.To == "" && g.Leader() == c.actor.Node) {
		on := *m
		if on.Hops--; m.Hops > 0 && m.From != c.actor.Node {
			if !g.IsVoter() && m.To == "" || m.To != "" || g.Leader() != "" {
				c.passOn(&c.early, &on, from)
			} else {
				g.Worry()
			}
		}
		return nil
	}
	return c.takeOrder(m)
}

// takeOrder does what a message that is meant for this node says.
func (c *Core) takeOrder(m *wire.Order) error {
	switch m.Kind {
	case wire.OrderRaft:
		return c.ord.group.Step(m.From, m.Body)
	case wire.OrderPoke:
		c.ord.group.Poke()
	case wire.OrderAsk:
		var q wire.OrderRequest
		if err := wire.DecodePart(m.Body, &q); err != nil {
			return err
		}
		c.enqueue(&asked{req: q})
	case wire.OrderTell:
		var a wire.OrderAnswer
		if err := wire.DecodePart(m.Body, &a); err != nil {
			return err
		}
		c.told(&a)
	case wire.OrderAdmit:
		var member wire.OrderMember
		if err := wire.DecodePart(m.Body, &member); err != nil {
			return err
		}
		c.proposeMember(member)
	case wire.OrderWant:
		var b wire.OrderBarrier
		if err := wire.DecodePart(m.Body, &b); err != nil {
			return err
		}
		return c.reportTo(m.From, &b)
	case wire.OrderReport:
		var r wire.OrderReported
		if err := wire.DecodePart(m.Body, &r); err != nil {
			return err
		}
		return c.takeReport(m.From, &r)
	}
	return nil
}

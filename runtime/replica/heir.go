package replica

import (
	"slices"

	"github.com/laspc/lasp/lang/lattice"
)

// A life of a node that is over has left rights of bounded counters behind. They
// go to the next life of the node, to nobody else, and only once that knows all
// that the earlier ones did: what they used and nobody told it would be used
// twice. It knows once every member has said, over a link that was made in this
// life, what it holds of the earlier lives (a link of theirs is over then, so
// that a member hears of them only what other members hold), and all of that has
// arrived here. Members that cannot be reached delay it; rights that this life
// earns itself are not touched by it.

// timerHeir is the timer that names the last life which was the heir. A log may
// come from an earlier life.
const timerHeir = "$heir"

// becomeHeir finds out whether this life knows all that earlier ones did.
func (c *Core) becomeHeir() {
	if c.heir {
		return
	}
	if inc := int64(c.actor.Inc); c.timers[timerHeir] != inc {
		if !c.knowsEarlierLives() {
			return
		}
		c.setTimer(timerHeir, inc)
	}
	c.heir = true
	for _, st := range c.stores[:groupCount] {
		st.SetHeir()
	}
}

// becomeHeirFor is becomeHeir before an operation on cell number n.
func (c *Core) becomeHeirFor(n int) {
	if c.prog.bounded[n] {
		c.becomeHeir()
	}
}

func (c *Core) knowsEarlierLives() bool {
	if c.cfg.First || c.cfg.Embedded {
		return true
	}
	if len(c.roster) == 0 || c.blank {
		return false
	}
	for _, name := range c.roster {
		if p := c.peer(name); name != c.actor.Node && !c.isGone(name) && (!p.heard || !c.vector().CoversAll(p.earlier)) {
			return false
		}
	}
	return true
}

func (c *Core) isEarlier(r lattice.Range) bool {
	return r.Actor.Node == c.actor.Node && r.Actor.Inc < c.actor.Inc
}

// hearOfEarlier notes what a peer holds of this node's earlier lives, from the
// first time on that it is told over a link of this one.
func (c *Core) hearOfEarlier(p *peer, told *lattice.Vector) {
	if p.heard || !p.up {
		return
	}
	p.heard = true
	p.earlier = lattice.VectorOf(slices.DeleteFunc(told.Ranges(), func(r lattice.Range) bool { return !c.isEarlier(r) })...)
}

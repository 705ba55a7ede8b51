package replica

import (
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
		if name != c.actor.Node && !c.isGone(name) && !c.knowsWhatHeard(c.peer(name)) {
			return false
		}
	}
	return true
}

// isEarlier reports whether turns are of a life that left its rights to this one.
func (c *Core) isEarlier(r lattice.Range) bool {
	return c.estates.Node(r.Actor) == c.actor.Node && (r.Actor.Node != c.actor.Node || r.Actor.Inc < c.actor.Inc)
}

// knowsWhatHeard reports whether a peer has said what it holds, and what of that is
// of such lives is here.
func (c *Core) knowsWhatHeard(p *peer) bool {
	if !p.heard {
		return false
	}
	for _, r := range p.earlier.Ranges() {
		if c.isEarlier(r) && !c.vector().CoversRange(r) {
			return false
		}
	}
	return true
}

// hearOfEarlier notes what a peer holds of this node's earlier lives, from the
// first time on that it is told over a link of this one.
func (c *Core) hearOfEarlier(p *peer, told *lattice.Vector) {
	if p.heard || !p.up {
		return
	}
	p.heard = true
	p.earlier = told.Clone() // of which nodes it is the heir this one may not know yet
}

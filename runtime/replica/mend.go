package replica

import (
	"bytes"
	"fmt"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/runtime/wire"
)

// Vectors say which turns a replica knows, sums what it holds. Two replicas
// with equal vectors and different sums have lost something on the way, which
// no rule of this package allows: a damaged disk, a fault of memory, an error
// in here. They exchange all that they hold, and take in what they lack.

// maxMends bounds how often all is sent to a peer before it is told to people
// that this does not help.
const maxMends = 3

// mending is what is done about a peer that holds something else.
type mending struct {
	tries   int
	next    int64 // when it may be tried again
	queue   []*wire.Batch
	differs bool // given up, and told
}

// mends reports whether a peer is being mended.
func (p *peer) mends() bool {
	if p.mending.mends() {
		return true
	}
	for _, part := range p.parts {
		if part.mending.mends() {
			return true
		}
	}
	return false
}

func (m *mending) mends() bool { return m.tries > 0 && !m.differs }

// compare looks at the sum that a peer, whose vector is v, has of a group.
func (c *Core) compare(p *peer, group int, m *mending, v *lattice.Vector, theirs []byte) {
	st := c.stores[group]
	if len(theirs) == 0 || !c.exchanges() || !v.Equal(st.Vector()) {
		return
	}
	ours := st.Sum()
	switch {
	case bytes.Equal(theirs, ours[:]):
		if m.tries > 0 {
			c.note("", fmt.Sprintf("this node and %s hold the same again", p.name))
		}
		*m = mending{}
	case m.differs || len(m.queue) > 0 || c.now < m.next:
	case m.tries == maxMends:
		m.differs = true
		c.note(codeDiffers, fmt.Sprintf("this node and %s know the same updates and hold different states (sums %x and %x), and exchanging all of it %d times did not help: "+
			"compare `laspc status --digest` of all nodes, keep the data directory of the one that differs, and start that node with an empty one", p.name, ours, theirs, maxMends))
	default:
		m.tries++
		m.next = c.now + c.period()
		c.note(codeDiffers, fmt.Sprintf("this node and %s know the same updates and hold different states (sums %x and %x): they exchange all of it", p.name, ours, theirs))
		for d := range st.Mend(state.Limits{Atoms: c.cfg.BatchAtoms}) {
			m.queue = append(m.queue, &wire.Batch{Group: d.Group, Delta: encodeDelta(d)})
		}
		// So that it looks at our sum, and sends us all that it holds.
		p.owesVectors, p.wantsAnswer = true, true
	}
}

// sendMends sends parts of what mends a peer, as many as its window takes.
func (c *Core) sendMends(p *peer) {
	c.sendMending(p, &p.mending)
	for g := groupCount; g < len(c.stores); g++ {
		if part := p.parts[g]; part != nil {
			c.sendMending(p, &part.mending)
		}
	}
}

func (c *Core) sendMending(p *peer, m *mending) {
	for ; p.batches < window && len(m.queue) > 0; p.batches++ {
		b := m.queue[0]
		b.Clock = c.clock
		p.outbox = append(p.outbox, b)
		m.queue = m.queue[1:]
	}
}

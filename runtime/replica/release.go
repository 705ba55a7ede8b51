package replica

import (
	"bytes"
	"slices"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/wire"
)

// How a group is given away. A node that holds a group and is no owner of it any
// more sends the owners what they lack, as to any peer, and may forget it only
// when nothing of it can be lost by that. Acknowledgements are not enough: two
// nodes whose lists of members differ could each count on the other and both
// forget. So the holder asks every owner, in a message with a number of its own,
// to keep the group; an owner answers once it has all that the holder had, and
// only while it goes by the same list of members. The holder forgets when all
// have answered, and neither its list nor its state has changed since it asked.
//
// Why this is safe: suppose that A forgets counting on B, B counting on C, and so
// on to somebody counting on A. Each forgets by answers that it got after it had
// asked, and asks after it stopped to be an owner, that is after every answer
// that it gave as an owner. So the question of A is after A's answer, which is
// after the question of the last in the circle, ... which is after the question
// of A.

// release is where giving away a group stands; the zero release is not begun.
type release struct {
	n       uint64 // the number of the question
	at      int64  // when it was asked
	version uint64 // of what is given away
	kept    []string
}

// giveAway goes on giving a group away.
func (c *Core) giveAway(g int) {
	owners, pl := c.owners(g), c.holdings[g]
	if len(owners) == 0 {
		return
	}
	st := c.stores[g]
	if st.Vector().IsEmpty() {
		c.drop(g)
		return
	}
	if slices.ContainsFunc(owners, func(name string) bool { return !c.peer(name).talks() }) {
		return
	}
	if pl.release.n != 0 && pl.release.version == pl.version && c.now-pl.release.at < c.period() {
		return
	}
	for _, name := range owners {
		if part := c.peer(name).parts[g]; part == nil || !part.known.CoversAll(st.Vector()) {
			return // it is being sent, or not acknowledged yet
		}
	}
	c.asked++
	pl.release = release{n: c.asked, at: c.now, version: pl.version}
	for _, name := range owners {
		p := c.peer(name)
		p.outbox = append(p.outbox, &wire.Release{N: c.asked, Clock: c.tickClock(), Group: c.groups.name(g), Members: c.holders.hash[:],
			Vector: encodeVector(st.Vector()), Ready: pl.ready})
	}
}

// receiveRelease answers a node that gives a group away, where it may.
func (c *Core) receiveRelease(p *peer, m *wire.Release) error {
	c.seeClock(m.Clock)
	v, err := lattice.DecodeVector(m.Vector, codec.Limits{})
	if err != nil {
		return err
	}
	g, err := c.findGroup(m.Group)
	if err != nil {
		return err
	}
	c.settlePlaces()
	if c.stores[g] == nil || !c.owns(c.actor.Node, g) || !bytes.Equal(m.Members, c.holders.hash[:]) || !c.stores[g].Vector().CoversAll(v) {
		p.owe(g) // so that it learns what is missing, or who is a member
		return nil
	}
	if pl := c.holdings[g]; m.Ready && !pl.ready {
		c.complete(g)
	}
	p.outbox = append(p.outbox, &wire.Keep{N: m.N, Clock: c.tickClock(), Group: m.Group})
	return nil
}

// receiveKeep takes the answer of an owner.
func (c *Core) receiveKeep(p *peer, m *wire.Keep) error {
	c.seeClock(m.Clock)
	g, err := c.findGroup(m.Group)
	if err != nil {
		return err
	}
	pl := c.holdings[g]
	if pl == nil || m.N == 0 || pl.release.n != m.N || pl.release.version != pl.version || !c.owns(p.name, g) {
		return nil
	}
	if !slices.Contains(pl.release.kept, p.name) {
		pl.release.kept = append(pl.release.kept, p.name)
	}
	if len(pl.release.kept) == len(c.owners(g)) {
		c.drop(g)
	}
	return nil
}

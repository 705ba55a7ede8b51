package replica

import (
	"fmt"
	"maps"
	"slices"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/runtime/wire"
)

// part is what is known about a placed group at a peer, as for the group that is
// everywhere.
type part struct {
	known, sent *lattice.Vector
	life        int64  // of the peer's holding; see holding.life
	ready       bool   // see holding.ready
	told        uint64 // version of our holding that it was told, plus 1
	through     uint64 // version of our holding of which all is sent, plus 1
	mending     mending
	owed        bool // it is to be told what we hold, whether or not that changed
}

// talks reports whether a peer hears and answers.
func (p *peer) talks() bool { return p.up && p.hello }

// part finds or makes the part of a peer in a group.
func (p *peer) part(g int) *part {
	if p.parts == nil {
		p.parts = map[int]*part{}
	}
	if p.parts[g] == nil {
		p.parts[g] = &part{known: &lattice.Vector{}, sent: &lattice.Vector{}}
	}
	return p.parts[g]
}

// owe notes that a peer is to be told what we hold of a group.
func (p *peer) owe(g int) {
	p.part(g).owed = true
	p.owesVectors = true
}

// forgetParts begins anew with a peer whose link came up.
func (p *peer) forgetParts() {
	p.parts, p.toldAll, p.tellAll = nil, false, true
	p.heardAsks, p.heardUpTo = nil, 0
}

func (c *Core) peersTellAll() {
	for _, p := range c.peers {
		p.tellAll, p.owesVectors = true, true
	}
}

// placedVectors lists what is held of placed groups, in order of names: all of
// it, or what a peer was not told yet.
func (c *Core) placedVectors(p *peer) []wire.GroupVector {
	var all []wire.GroupVector
	for _, g := range c.heldPlaces() {
		pl, part := c.holdings[g], p.part(g)
		if !p.tellAll && !part.owed && part.told == pl.version+1 {
			continue
		}
		part.told, part.owed = pl.version+1, false
		sum := c.stores[g].Sum()
		all = append(all, wire.GroupVector{Group: c.groups.name(g), Vector: encodeVector(c.stores[g].Vector()), Sum: sum[:], Life: pl.life, Ready: pl.ready})
	}
	return all
}

// heldPlaces lists the placed groups that are held here, in order of names.
func (c *Core) heldPlaces() []int {
	if c.held != nil {
		return c.held
	}
	held := []int{}
	for _, name := range slices.Sorted(maps.Keys(c.groups.number)) {
		if g := c.groups.number[name]; g >= groupCount && c.stores[g] != nil {
			held = append(held, g)
		}
	}
	c.held = held
	return held
}

// receives reports whether a peer is to have what we hold of a group.
func (c *Core) receives(p *peer, g int) bool { return c.stores[g] != nil && c.owns(p.name, g) }

// owesParts reports whether something of placed groups is to be sent to a peer.
func (c *Core) owesParts(p *peer) bool {
	for g := groupCount; g < len(c.stores); g++ {
		if c.receives(p, g) && c.lacksPart(p, g, false) {
			return true
		}
	}
	return false
}

// lacksPart reports whether a peer lacks turns of a group: known to it, or sent.
func (c *Core) lacksPart(p *peer, g int, known bool) bool {
	part := p.parts[g]
	switch {
	case part == nil:
		return !c.stores[g].Vector().IsEmpty()
	case known:
		return !part.known.CoversAll(c.stores[g].Vector())
	case part.through == c.holdings[g].version+1:
		return false
	case part.sent.CoversAll(c.stores[g].Vector()):
		part.through = c.holdings[g].version + 1
		return false
	}
	return true
}

// lacksAny reports whether a peer has not acknowledged all that it is to have of
// the placed groups.
func (c *Core) lacksAny(p *peer) bool {
	for g := groupCount; g < len(c.stores); g++ {
		if c.receives(p, g) && c.lacksPart(p, g, true) {
			return true
		}
	}
	return false
}

// resendParts takes back that what a peer has not acknowledged is on its way.
func (p *peer) resendParts() {
	for _, part := range p.parts {
		part.sent, part.through = part.known.Clone(), 0
	}
}

// sendParts is sendOwed for placed groups.
func (c *Core) sendParts(p *peer) {
	for g := groupCount; g < len(c.stores); g++ {
		if !c.receives(p, g) || !c.lacksPart(p, g, false) {
			continue
		}
		part := p.part(g)
		for d := range c.stores[g].Owed(part.known, part.sent.Clone(), state.Limits{Atoms: c.cfg.BatchAtoms}) {
			if p.batches >= window {
				return
			}
			p.outbox = append(p.outbox, &wire.Batch{Clock: c.clock, Group: d.Group, Delta: encodeDeltaFor(d, p.reads), Whole: d.Full})
			part.sent.Join(lattice.VectorOf(d.Covers...))
			p.batches++
		}
	}
}

// learnPart takes in what a peer says it holds of a placed group.
func (c *Core) learnPart(p *peer, g int, v *lattice.Vector, m wire.GroupVector) {
	part := p.part(g)
	switch {
	case m.Life < part.life:
		return // it was on its way while the peer gave the group away
	case m.Life > part.life:
		part.begin(m.Life)
	}
	part.known.Join(v)
	part.sent.Join(v)
	part.ready = m.Ready
	st := c.stores[g]
	if st == nil {
		return
	}
	if v.Max(c.actor) >= st.NextSeq() {
		c.stale = p.name
	}
	if c.owns(p.name, g) && c.owns(c.actor.Node, g) {
		c.compare(p, g, &part.mending, v, m.Sum)
	}
}

// learnAll takes in that a peer holds nothing but the groups that it listed.
func (p *peer) learnAll(listed map[int]bool) {
	p.toldAll = true
	for g, part := range p.parts {
		if !listed[g] {
			part.begin(part.life)
		}
	}
}

// begin says that the peer holds nothing of the group, or begins to hold it.
func (part *part) begin(life int64) {
	part.life, part.ready, part.through = life, false, 0
	part.known, part.sent = &lattice.Vector{}, &lattice.Vector{}
}

// isHolders reports whether a change is one of the list of members.
func isHolders(ch state.Change) bool { return ch.Cell == holdersID }

var holdersID = cellID(deployment, sysHolders)

// receivePart applies a delta of a placed group. One that is no owner by its own
// list of members takes it in all the same: it may not have heard yet that it is.
// What must not be here at all is refused.
func (c *Core) receivePart(p *peer, g int, m *wire.Batch) error {
	if !c.mayHold(g) {
		return fmt.Errorf("the contents of %q are not for this node, which does not carry the tag", m.Group)
	}
	if c.stores[g] == nil {
		c.hold(g)
	}
	p.owe(g)
	d, err := c.readBatch(p, g, m)
	if d == nil {
		return err
	}
	if name := c.void(g, d.Covers, p.name); name != "" {
		return errVoid(name)
	}
	covers := lattice.VectorOf(d.Covers...)
	if covers.Max(c.actor) >= c.stores[g].NextSeq() {
		c.stale = p.name
	}
	novel, changes, err := c.stores[g].Apply(d)
	if err != nil {
		return err
	}
	part := p.part(g)
	part.known.Join(covers)
	part.sent.Join(covers)
	for _, d := range novel {
		c.log(g, d)
	}
	if len(novel) > 0 {
		c.touched(g)
	}
	c.feed(changes)
	return nil
}

// forgetPlaced is forget for placed groups: what all their owners have.
func (c *Core) forgetPlaced() {
	for g := groupCount; g < len(c.stores); g++ {
		if c.stores[g] == nil || !c.owns(c.actor.Node, g) {
			continue
		}
		var acked []*lattice.Vector
		for _, name := range c.owners(g) {
			if name != c.actor.Node {
				acked = append(acked, c.peer(name).part(g).known)
			}
		}
		for _, p := range c.peers { // and who has not given it away yet
			if part := p.parts[g]; part != nil && part.life != 0 && !c.owns(p.name, g) {
				acked = append(acked, part.known)
			}
		}
		c.stores[g].Stable(acked...)
	}
}

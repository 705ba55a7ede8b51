package replica

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/runtime/wire"
)

// peer is what is known about another replica. What its link owes is never
// queued: it is the question which stamps of ours are not in sent.
type peer struct {
	name  string
	up    bool
	hello bool   // its vectors are known since the link came up
	reads uint64 // up to which version it reads deltas, as its last Hello said
	older bool   // .. which is less than this version writes
	blank bool   // it has not heard yet what was done before its life, as it said last
	told  []byte // the hash of the active program that the last Hello named
	// known is what it holds durably; sent is that and what is on its way.
	known, sent *lattice.Vector
	hasAll      coverage // that known covers all of ours
	sentAll     coverage // .. and sent
	batches     int      // sent and not yet acknowledged in any way
	owesVectors bool     // it is to be told what we hold
	wantsAnswer bool     // .. and asked for the same
	lastSend    int64
	late        bool            // it lacked something at the last exchange
	lacked      *lattice.Vector // what it should have had then
	inc         uint64          // the life that its Hello named, 0 for none yet
	shut        bool            // it is of another cluster (foreign.go) or was retired (retire.go)
	version     uint64
	hash        []byte
	mending     mending
	heard       bool            // it has said what it holds of this node's earlier lives:
	earlier     *lattice.Vector // .. these stamps
	timed       bool            // it told its wall time
	ahead       int64           // how far that is ahead of ours, ns
	outbox      []wire.Message
	parts       map[int]*part           // of placed groups
	toldAll     bool                    // it listed all groups that it holds, since the link came up
	tellAll     bool                    // it is to be told all that we hold
	heardAsks   map[uint64]*wire.Answer // its last questions, with what was answered
	heardUpTo   uint64                  // older ones are not looked at
}

// coverage remembers that one vector covers another. It is asked at every event,
// of every peer, and the answer rarely changes.
type coverage struct {
	by, all *lattice.Vector
	edits   uint64 // of all, when by covered it
}

func (m *coverage) of(by, all *lattice.Vector) bool {
	if m.by == by && m.all == all && m.edits == all.Edits() {
		return true // by loses nothing
	}
	if !by.CoversAll(all) {
		return false
	}
	*m = coverage{by, all, all.Edits()}
	return true
}

const (
	window        = 16 // batches on their way to one peer
	defaultPeriod = time.Second
	idlePeriods   = 10 // exchanges that may be left out while nothing changes
)

// peer finds or makes a peer.
func (c *Core) peer(name string) *peer {
	i, ok := slices.BinarySearchFunc(c.peers, name, func(p *peer, name string) int { return strings.Compare(p.name, name) })
	if !ok {
		c.peers = slices.Insert(c.peers, i, &peer{name: name, known: &lattice.Vector{}, sent: &lattice.Vector{}})
	}
	return c.peers[i]
}

func (p *peer) down() {
	p.told, p.shut = nil, false
	p.up, p.hello, p.owesVectors, p.batches, p.outbox = false, false, false, 0, nil
	p.mending.queue = nil
	p.forgetParts()
}

// exchanges reports whether vectors are exchanged at all.
func (c *Core) exchanges() bool { return c.cfg.AntiEntropy >= 0 }

func (c *Core) period() int64 {
	if c.cfg.AntiEntropy > 0 {
		return int64(c.cfg.AntiEntropy)
	}
	return int64(defaultPeriod)
}

func (c *Core) vector() *lattice.Vector { return c.stores[everywhere].Vector() }

// vectors is what a peer is told of what we hold. full says that it is all.
func (c *Core) vectors(p *peer) (all []wire.GroupVector, full bool) {
	sum := c.stores[everywhere].Sum()
	all = []wire.GroupVector{{Group: c.groups.name(everywhere), Vector: encodeVector(c.vector()), Sum: sum[:]}}
	if c.placing() {
		all = append(all, c.placedVectors(p)...)
	}
	full, p.tellAll = p.tellAll, false
	return all, full
}

// peerUp greets a peer. Without exchange of vectors it is taken to have what we
// have: it gets what comes from now on.
func (c *Core) peerUp(name string) {
	p := c.peer(name)
	p.down()
	p.up = true
	if !c.exchanges() {
		p.hello, p.sent = true, c.vector().Clone()
	}
	p.lastSend = c.now
	p.outbox = append(p.outbox, c.greeting(p))
}

// greeting tells a peer which program runs here and what is held.
func (c *Core) greeting(p *peer) *wire.Hello {
	version, hash := c.activeProgram()
	p.told = hash
	h := &wire.Hello{Node: c.actor.Node, Inc: c.actor.Inc, Clock: c.clock, Wall: c.now, Version: version, Hash: hash, Reads: lattice.DeltaVersion, Blank: c.blank}
	if c.ord.group != nil {
		h.Order, h.Decided = c.ord.group.Genesis(), c.orderMark()
	}
	if c.exchanges() && !p.shut {
		p.tellAll = true
		h.Vectors, _ = c.vectors(p)
	}
	return h
}

// wantProgram asks all peers for an artifact.
func (c *Core) wantProgram(hash [32]byte) {
	if _, known := c.artifacts[hash]; known {
		return
	}
	for _, p := range c.peers {
		if p.up {
			p.outbox = append(p.outbox, &wire.ProgramWant{Hash: hash[:]})
		}
	}
}

// lacksProgram reports whether the artifact of the active program is not here.
func (c *Core) lacksProgram() (hash [32]byte, lacks bool) {
	version, h := c.activeProgram()
	if version == 0 {
		return hash, false
	}
	hash = [32]byte(h)
	_, known := c.artifacts[hash]
	return hash, !known && (c.prog == nil || c.prog.Hash != hash)
}

// exchange runs the periodic anti-entropy: peers that lack something for more
// than a period get it again, and everybody is told what we hold.
func (c *Core) exchange() {
	if !c.exchanges() {
		return
	}
	c.forget()
	if hash, lacks := c.lacksProgram(); lacks && c.now-c.wanted >= c.period() {
		c.wanted = c.now
		c.wantProgram(hash) // whoever was asked before may not have had it
	}
	for _, p := range c.peers {
		if !p.up || p.shut || c.now-p.lastSend < c.period() {
			continue
		}
		if !p.hello {
			p.outbox = append(p.outbox, c.greeting(p))
			continue
		}
		lacks := !p.hasAll.of(p.known, c.vector()) || c.lacksAny(p)
		if lacks && p.late && (!p.known.CoversAll(p.lacked) || c.lacksAny(p)) {
			p.sent, p.batches = p.known.Clone(), 0
			p.resendParts()
		}
		if p.late = lacks; lacks {
			p.lacked = c.vector().Clone()
		}
		if lacks || p.mends() || c.now-p.lastSend >= idlePeriods*c.period() {
			p.owesVectors, p.wantsAnswer, p.tellAll = true, true, true
		}
	}
}

func (c *Core) nextExchange() int64 {
	next := int64(math.MaxInt64)
	if _, lacks := c.lacksProgram(); lacks && c.exchanges() {
		next = max(c.wanted+c.period(), c.now+1)
	}
	for _, p := range c.peers {
		if !p.up || p.shut || !c.exchanges() {
			continue
		}
		wait := idlePeriods * c.period()
		if !p.hello || p.mends() || !p.hasAll.of(p.known, c.vector()) || c.lacksAny(p) {
			wait = c.period()
		}
		next = min(next, max(p.lastSend+wait, c.now+1))
	}
	for _, q := range c.questions {
		next = min(next, max(min(q.until, q.at+c.repeatAfter()), c.now+1))
	}
	if len(c.parcels) > 0 {
		next = min(next, max(c.postedAt+c.period(), c.now+1))
	}
	if c.flushAt > c.now && c.owes() {
		next = min(next, c.flushAt)
	}
	return next
}

// owes reports whether there is anything to send.
func (c *Core) owes() bool {
	if len(c.peers) == 0 {
		return false
	}
	_, active := c.activeProgram()
	return slices.ContainsFunc(c.peers, func(p *peer) bool {
		return p.up && (len(p.outbox) > 0 || p.owesVectors || c.exchanges() && !p.shut && !bytes.Equal(p.told, active) ||
			p.hello && p.batches < window && (!p.sentAll.of(p.sent, c.vector()) || c.owesParts(p)))
	})
}

// send fills Ready with what the links owe, at most once per flush interval.
func (c *Core) send() {
	if c.now < c.flushAt || !c.owes() {
		return
	}
	c.flushAt = c.now + int64(c.cfg.Flush)
	_, active := c.activeProgram()
	var made madeFor
	for _, p := range c.peers {
		if !p.up {
			continue
		}
		if c.exchanges() && !p.shut && !bytes.Equal(p.told, active) {
			// Before the first delta that speaks of the new program's cells: who
			// cannot read that does not learn of the program by it.
			p.outbox = append(p.outbox, c.greeting(p))
		}
		if p.owesVectors {
			held, full := c.vectors(p)
			p.outbox = append(p.outbox, &wire.Vectors{Clock: c.clock, Wall: c.now, Vectors: held, Answer: p.wantsAnswer, Full: full, Blank: c.blank})
			p.owesVectors, p.wantsAnswer = false, false
		}
		if p.hello {
			c.sendOwed(p, &made)
			c.sendParts(p)
			c.sendMends(p)
		}
		for _, m := range p.outbox {
			c.ready.Send = append(c.ready.Send, Envelope{To: p.name, Msg: m})
			p.lastSend = c.now
		}
		p.outbox = nil
	}
}

// sendNow makes the next Ready send what is owed, however little has gathered:
// somebody waits for it.
func (c *Core) sendNow() { c.flushAt = min(c.flushAt, c.now) }

// madeFor is the batch that one peer was sent just now: others, to whom the same
// was sent before, get it too.
type madeFor struct {
	batch  *wire.Batch
	covers *lattice.Vector
	sent   *lattice.Vector // before
	reads  uint64
}

// suits reports whether the batch is all that a peer is to be sent.
func (m *madeFor) suits(p *peer) bool {
	return m.batch != nil && m.reads == p.reads && m.sent.Equal(p.sent)
}

// sendOwed puts the stamps that a peer lacks into batches, as many as its
// window takes; the rest follows when it has acknowledged some.
func (c *Core) sendOwed(p *peer, made *madeFor) {
	if p.batches >= window || p.sentAll.of(p.sent, c.vector()) {
		return
	}
	if made.suits(p) {
		p.outbox = append(p.outbox, made.batch)
		p.sent.Join(made.covers)
		p.batches++
		return
	}
	sent, n := p.sent.Clone(), 0
	for d := range c.stores[everywhere].Owed(c.knownBy(p), sent, state.Limits{Atoms: c.cfg.BatchAtoms}) {
		batch := &wire.Batch{Clock: c.clock, Group: d.Group, Delta: encodeDeltaFor(d, p.reads), Whole: d.Full}
		covers := lattice.VectorOf(d.Covers...)
		p.outbox = append(p.outbox, batch)
		p.sent.Join(covers)
		if *made, n = (madeFor{batch, covers, sent, p.reads}), n+1; n > 1 {
			*made = madeFor{}
		}
		if p.batches++; p.batches >= window {
			*made = madeFor{}
			return
		}
	}
}

// knownBy is what a peer knows, and all those to whom the same was sent: a delta
// that rests on the rest is for all of them.
func (c *Core) knownBy(p *peer) *lattice.Vector {
	known := p.known
	for _, q := range c.peers {
		if q != p && q.up && q.hello && q.reads == p.reads && q.sent.Equal(p.sent) {
			known = known.Meet(q.known)
		}
	}
	return known
}

package replica

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/wire"
)

// receive takes a message from a peer.
func (c *Core) receive(from string, m wire.Message) error {
	p := c.peer(from)
	_, greets := m.(*wire.Hello)
	if _, feeds := m.(*wire.Batch); p.shut && !greets || feeds && c.isFrozenNode(from) {
		return nil
	}
	var err error
	switch m := m.(type) {
	case *wire.Hello:
		err = c.receiveHello(p, m)
	case *wire.Batch:
		err = c.receiveBatch(p, m)
	case *wire.Vectors:
		p.blank = m.Blank
		c.seeClock(m.Clock)
		c.hearTime(p, m.Wall)
		if m.Answer {
			p.owesVectors = true
		}
		err = c.learn(p, m.Vectors, m.Full)
	case *wire.Release:
		err = c.receiveRelease(p, m)
	case *wire.Keep:
		err = c.receiveKeep(p, m)
	case *wire.Ask:
		err = c.receiveAsk(p, m)
	case *wire.Answer:
		c.receiveAnswer(p, m)
	case *wire.ProgramWant:
		c.giveProgram(p, [32]byte(m.Hash))
	case *wire.Program:
		err = c.receiveProgram(m)
	case *wire.Ping:
		p.outbox = append(p.outbox, &wire.Pong{N: m.N, Clock: c.clock})
	case *wire.Pong:
		c.seeClock(m.Clock)
	case *wire.Order:
		err = c.receiveOrder(from, m)
	case *wire.Retired:
		err = c.receiveRetired(m)
	}
	if !p.up {
		p.outbox, p.owesVectors = nil, false // the link broke meanwhile
	}
	if err != nil {
		return fmt.Errorf("%s of %s: %w", wire.Name(m), from, err)
	}
	return nil
}

func (c *Core) receiveHello(p *peer, m *wire.Hello) error {
	if err := c.meet(p, m); err != nil {
		return err
	}
	if p.inc = m.Inc; c.isRetired(p.name, m.Inc) {
		c.shutOut(p)
		return nil
	}
	c.seeClock(m.Clock)
	c.hearTime(p, m.Wall)
	if older := m.Reads < lattice.DeltaVersion; older && !(p.older && p.reads == m.Reads) {
		c.note("", fmt.Sprintf("%s runs an earlier version of laspc, which refuses some of what this one writes (its log says so): upgrade it; until then it may lag behind, and old requests are not forgotten", p.name))
	}
	p.older = m.Reads < lattice.DeltaVersion
	p.version, p.hash, p.reads, p.blank = m.Version, m.Hash, m.Reads, m.Blank
	// The version may be known already, by a delta that came by way of somebody
	// who does not have the artifact itself.
	if version, _ := c.activeProgram(); m.Version >= version && len(m.Hash) == 32 {
		c.wantProgram([32]byte(m.Hash))
	}
	if !c.exchanges() || len(m.Vectors) == 0 {
		return nil
	}
	if p.hello {
		p.owesVectors = true // it seems not to have heard our greeting
	}
	p.hello, p.batches = true, 0
	p.known = &lattice.Vector{}
	if err := c.learn(p, m.Vectors, true); err != nil {
		return err
	}
	p.sent = p.known.Clone()
	return nil
}

// learn takes in what a peer says it holds.
func (c *Core) learn(p *peer, groups []wire.GroupVector, full bool) error {
	var told *lattice.Vector
	var sum []byte
	listed := map[int]bool{}
	for _, g := range groups {
		v, err := lattice.DecodeVector(g.Vector, codec.Limits{})
		if err != nil {
			return err
		}
		if n, err := c.findGroup(g.Group); err != nil {
			return err
		} else if n != everywhere {
			listed[n] = true
			c.learnPart(p, n, v, g)
			continue
		}
		if v.Max(c.actor) > c.vector().Max(c.actor) {
			c.stale = p.name
		}
		told, sum = v, g.Sum
		p.known.Join(v)
		if c.exchanges() {
			p.sent.Join(v)
		}
	}
	if !p.hello && c.exchanges() {
		p.hello, p.sent = true, p.known.Clone()
	}
	p.batches = 0
	if full {
		p.learnAll(listed)
	}
	if told != nil {
		c.hearOfEarlier(p, told)
		c.compare(p, everywhere, &p.mending, told, sum)
	}
	c.settleBlank(p)
	return nil
}

// settleBlank ends the time in which single-writer cells refuse writes, and requests
// that count are: once we hold everything that one peer held who was not blank, or all
// members where none of them knows more.
func (c *Core) settleBlank(p *peer) {
	if c.blank && (!p.blank && c.holdsAllOf(p) || c.holdsAllOfAll()) {
		c.synced()
	}
}

func (c *Core) holdsAllOf(p *peer) bool { return p.hello && c.vector().CoversAll(p.known) }

func (c *Core) holdsAllOfAll() bool {
	for _, name := range c.roster {
		if name != c.actor.Node && !c.isGone(name) && !c.holdsAllOf(c.peer(name)) {
			return false
		}
	}
	return len(c.roster) > 0
}

func (c *Core) synced() {
	c.blank = false
	c.setTimer(timerBlank, 0)
	c.heads = append(c.heads, c.deferred...)
	c.deferred = nil
}

// unsynced reports whether this replica may have written what it does not know.
func (c *Core) unsynced() bool {
	return c.blank && !(len(c.roster) == 1 && c.roster[0] == c.actor.Node)
}

// forget drops what every member has acknowledged, once a period.
func (c *Core) forget() {
	if len(c.roster) == 0 || c.now-c.forgotten < c.period() {
		return
	}
	c.forgotten = c.now
	var acked []*lattice.Vector
	for _, name := range c.roster {
		if name != c.actor.Node && !c.isGone(name) {
			acked = append(acked, c.peer(name).known)
		}
	}
	c.stores[everywhere].Stable(acked...)
	c.forgetPlaced()
}

// receiveBatch applies a delta. What of it is new is logged and is owed to the
// other links, never to the one that it came from.
func (c *Core) receiveBatch(p *peer, m *wire.Batch) error {
	c.seeClock(m.Clock)
	group, err := c.findGroup(m.Group)
	switch {
	case err != nil:
		return err
	case group == here:
		return fmt.Errorf("the group %q is not for others", m.Group)
	case group != everywhere:
		return c.receivePart(p, group, m)
	}
	p.owesVectors = true
	d, err := c.readBatch(p, group, m)
	if d == nil {
		return err
	}
	if name := c.void(everywhere, d.Covers, p.name); name != "" {
		return errVoid(name)
	}
	covers := lattice.VectorOf(d.Covers...)
	if covers.Max(c.actor) > c.vector().Max(c.actor) {
		// The greeting that would have told us was lost, and once these turns
		// are taken in nothing shows any more that the log lacked them.
		c.stale = p.name
	}
	novel, changes, err := c.stores[everywhere].Apply(d)
	if err != nil {
		return err
	}
	p.known.Join(covers)
	p.sent.Join(covers)
	if c.cfg.Mesh {
		for _, other := range c.peers {
			other.sent.Join(covers)
		}
	}
	for _, n := range novel {
		if n == d {
			c.logEncoded(everywhere, m.Delta)
		} else {
			c.log(everywhere, n)
		}
		c.lookAtDelta(everywhere, n)
		c.noteOutputs(n)
	}
	if c.placing() {
		c.holders.stale = c.holders.stale || slices.ContainsFunc(changes, isHolders)
	}
	c.feed(changes)
	if slices.ContainsFunc(changes, isRetirement) {
		c.readRetired()
	}
	c.follow()
	c.settleBlank(p)
	return nil
}

// everyProgram asks for all programs that a peer has, instead of one by its hash:
// contents of cells stay when a program without them becomes active, and cannot be
// read without the program that declared them.
var everyProgram [32]byte

// giveProgram sends the programs that a peer asks for.
func (c *Core) giveProgram(p *peer, hash [32]byte) {
	for _, h := range slices.SortedFunc(maps.Keys(c.artifacts), func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) }) {
		if hash == h || hash == everyProgram {
			p.outbox = append(p.outbox, &wire.Program{Artifact: c.artifacts[h]})
		}
	}
}

// readBatch reads the delta of a batch; nil where it is of a later program.
func (c *Core) readBatch(p *peer, group int, m *wire.Batch) (*lattice.Delta, error) {
	d, err := c.decodeDelta(group, m.Delta)
	if unknown := (*lattice.UnknownError)(nil); errors.As(err, &unknown) {
		// It speaks of a cell of a later program than ours, or of one that was
		// gone before we came. It is owed again once we have that.
		var hash [32]byte
		if copy(hash[:], p.hash); c.artifacts[hash] == nil {
			c.wantProgram(hash)
		} else if p.up {
			p.outbox = append(p.outbox, &wire.ProgramWant{Hash: everyProgram[:]})
		}
		c.note("", fmt.Sprintf("changes of the %s %q came before the program that declares it, as they do while a node joins; they come again with it", unknown.What, unknown.Name))
		return nil, nil
	}
	return d, err
}

func (c *Core) receiveProgram(m *wire.Program) error {
	hash := sha256.Sum256(m.Artifact)
	if _, known := c.artifacts[hash]; known {
		return nil
	}
	p, err := c.decodeProgram(m.Artifact)
	if err == nil {
		err = c.declare(p)
	}
	if err != nil {
		if version, active := c.activeProgram(); bytes.Equal(active, hash[:]) {
			c.startFailed(version, active, err)
			c.follow()
		}
		return err
	}
	c.keepArtifact(Program{Hash: hash, Artifact: m.Artifact})
	c.follow()
	// A greeting asks again for what was refused for want of the program.
	for _, q := range c.peers {
		if q.up && c.exchanges() {
			q.outbox = append(q.outbox, c.greeting(q))
		}
	}
	return nil
}

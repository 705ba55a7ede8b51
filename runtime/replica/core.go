package replica

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/runtime/wire"
	"github.com/laspc/lasp/vm"
)

// Codes of refusals that only a replica gives.
const (
	codeNotWriter   = op.NotWriter
	codeLater       = op.NotRun
	codeUnsynced    = op.Unsynced
	codeKindChanged = "L0601"
	codeUnknown     = "L0602" // no such input, cell or output
	codeNoProgram   = "L0603"
	codeOldVersion  = "L0604"
	codeBadProgram  = "L0605"
	codeClock       = "L0606"
	codeDiffers     = "L0609"
	codeBarrier     = "L0632" // a barrier that waited for a member in vain
	codeFrozen      = "L0633" // a cell that is being sealed
)

// Codes of refusals of what needs agreement, for drivers whose clients must know
// whether it may have happened.
const (
	CodeNoMajority = "L0630" // no majority, or no answer, in time: nothing was done
	CodeUndecided  = "L0631" // no answer in time: it may have been done, or be done yet
)

// Core is one replica. It is not safe for concurrent use.
type Core struct {
	cfg   Config
	actor lattice.Actor
	now   int64 // wall time as last told
	clock int64 // hybrid logical time
	// clockWrong is why writes that the clock stamps are refused; nil while the
	// clock is in range.
	clockWrong *Error
	in         *value.Interner
	stores     []*state.Store // by number of group; nil where it is not held here
	groups     groups
	holdings   []*holding // by number of group; nil for those that every node holds
	holders    holders
	known      map[state.CellID]knownCell // cells of all programs that were seen
	leaving    bool
	held       []int  // placed groups that are held, in order of names; nil to be found again
	settled    bool   // they are those that are owned, and complete
	asked      uint64 // number of the last question to a peer
	questions  []*question
	parcels    map[string]*parcel
	postedAt   int64
	prog       *program
	active     activeProgram

	artifacts map[[32]byte][]byte
	peers     []*peer // in order of names
	roster    []string
	stale     string // see Stale
	blank     bool   // see Config.Blank; cleared once a peer told what it knows
	events    uint64
	print     []byte // memory for what fingerprints are made of
	rebuilt   uint64 // see Status.Rebuilt
	leftOut   int    // see LeftOut
	reclaimed reclaimed

	loaded   []vm.Change // changes of a load that goes on
	loading  bool
	gathers  bool         // stores keep the changes of the load
	heads    []vm.HeadRow // rows whose handlers have not run yet
	deferred []vm.HeadRow // .. whose handlers wait until this replica is synced
	flushAt  int64        // when deltas are sent next
	wanted   int64        // when the artifact of the active program was last asked for
	broken   uint64       // the version that cannot be started here, 0 for none
	// answersSeen is when spans of answers were last looked for that are over.
	answersSeen  int64
	foldAt       int64    // when it is looked next for what may be folded, see fold.go
	foldWaits    []string // who is waited for, see RequestsStatus
	marked       int64    // the last hour in which this node said what it holds
	forgotten    int64    // when what everybody has was last forgotten
	changed      []bool   // by show: it changed since the last Ready
	changedShows []int    // these
	timers       map[string]int64
	waiting      []*waiting // replies that wait for an IVar
	escrow       escrow
	heir         bool // see heir.go
	ord          ordering
	gone         map[string]*retired // nodes that were retired, see retire.go
	estates      *lattice.Estates    // of them
	retirement   *Retirement         // of this node, nil while it was not retired
	record       wire.Record
	delta        lattice.Delta // of the last turn
	firm         bool          // something of the next Ready must be durable first
	early        []Envelope    // see Early
	hurry        bool          // see Hurry
	ready        *Ready        // what the next Ready has so far
	taken        bool          // a Ready is out and not yet advanced
	out          *Ready        // that one; else memory for the next
	none         Ready
	spare        spare
	rows         []vm.Change // memory for the changes of a turn
}

// New makes an empty replica and starts its program, if it has one. now is wall
// time in ns since the epoch.
func New(cfg Config, now int64) (*Core, error) { return Restore(cfg, now, nil, nil) }

// Restore makes a replica from a snapshot and the records that were persisted
// after it, in order. What it decides on the way (handlers that had not fired)
// is in the first Ready.
func Restore(cfg Config, now int64, snapshot [][]byte, records []wire.Record) (*Core, error) {
	c := &Core{
		cfg: cfg, actor: cfg.Actor, now: now, in: value.NewInterner(), blank: cfg.Blank,
		ready: &Ready{}, out: &Ready{}, estates: &lattice.Estates{}, artifacts: map[[32]byte][]byte{}, known: map[state.CellID]knownCell{}, parcels: map[string]*parcel{}, timers: map[string]int64{},
	}
	for range groupCount {
		c.stores, c.holdings = append(c.stores, nil), append(c.holdings, nil)
	}
	c.groups.init()
	for g := range groupCount {
		c.stores[g] = state.New(cfg.Actor, c.groups.name(g), c.in)
		if cfg.Embedded && cfg.Volatile {
			c.stores[g].Alone()
		}
	}
	for _, cell := range systemCells() {
		if err := c.stores[c.groups.number[cell.Group]].Declare(cellSpec(&cell)); err != nil {
			return nil, err
		}
	}
	if err := c.replay(snapshot, records); err != nil {
		return nil, err
	}
	if c.blank = cfg.Blank || c.timers[timerBlank] != 0; cfg.Blank {
		c.setTimer(timerBlank, 1)
	}
	for g, h := range c.holdings {
		if h != nil {
			h.ready = c.timers[timerReady+c.groups.name(g)] != 0
		}
	}
	c.asked = uint64(max(c.now, 0)) // so that no answer to an earlier life is taken for one
	c.readRetired()
	c.openOutbox()
	if err := c.openOrder(); err != nil {
		return nil, err
	}
	if err := c.boot(); err != nil {
		return nil, err
	}
	c.Prepare()
	c.finish()
	return c, nil
}

// boot starts the program that the log names, or that of the configuration when
// it is later.
func (c *Core) boot() error {
	if err := c.startOrder(); err != nil {
		return err
	}
	if version, _ := c.activeProgram(); c.cfg.Program.IR != nil && c.cfg.Program.Version >= version {
		err := c.deploy(c.cfg.Program)
		if e := (*Error)(nil); !errors.As(err, &e) || e.Code != codeOldVersion {
			return err
		}
	}
	c.follow()
	return nil
}

// Step takes an event. Its error is about the event as such (a message that
// cannot be read, an event that is not known); a request that is refused is
// answered by a Reply.
func (c *Core) Step(ev Event) error {
	var err error
	if c.loading = isPart(ev); c.loading {
		c.gather()
	} else {
		c.derive(c.gathered())
	}
	switch ev := ev.(type) {
	case Input:
		c.events++
		c.input(&ev)
	case *Input:
		c.events++
		c.input(ev)
	case Mutate:
		c.events++
		c.mutate(&ev)
	case *Mutate:
		c.events++
		c.mutate(ev)
	case Load:
		c.events++
		c.loadRows(ev)
	case Body:
		c.events++
		c.runBody(ev)
	case Retire:
		c.retire(ev)
	case Look:
		c.look(ev)
	case Deploy:
		if err := c.deployAs(ev); err != nil {
			c.answer(ev.Req, ev.Ref, value.Value{}, err)
		}
	case Rollback:
		if err := c.rollback(ev); err != nil {
			c.answer(ev.Req, ev.Ref, value.Value{}, err)
		}
	case Receive:
		err = c.receive(ev.From, ev.Msg)
	case PeerUp:
		c.lostPeer(ev.Peer)
		c.peerUp(ev.Peer)
		c.orderLink(ev.Peer, true)
	case PeerDown:
		c.peer(ev.Peer).down()
		c.orderLink(ev.Peer, false)
		c.lostPeer(ev.Peer)
	case Roster:
		c.orderRoster(ev.Nodes)
		c.roster = slices.Clone(ev.Nodes)
	default:
		return fmt.Errorf("replica: %T is no event", ev)
	}
	c.finish()
	return err
}

// finish fires what is to be fired, takes the agreed order as far as it goes, and
// closes the log record of the event.
func (c *Core) finish() {
	if c.isIdle() {
		c.closeRecord()
		return
	}
	for more := true; more; {
		c.settlePlaces()
		c.thaw()
		c.fire()
		c.moveRights()
		c.answerWaiting()
		more = c.turnOrder()
		more = c.settlePending() || more
	}
	if c.placing() {
		c.sendOutbox()
	}
	c.closeRecord()
}

// isIdle reports whether nothing but the log record is left to do for an event, as
// after most writes of a replica without an order.
func (c *Core) isIdle() bool {
	o := &c.ord
	return len(c.heads)+len(c.waiting)+len(c.escrow.look)+len(o.frozen)+len(o.pending) == 0 && o.group == nil && !c.placing()
}

// closeRecord hands the log record of the present event on.
func (c *Core) closeRecord() {
	if r := &c.record; len(r.Deltas)+len(r.Timers)+len(r.Artifact) == 0 && r.Order == nil {
		return
	}
	if !c.cfg.Volatile {
		c.record.Clock = c.clock
		c.ready.Persist = append(c.ready.Persist, c.record)
	}
	c.record = wire.Record{}
}

// Ready returns what is to be done now, never nil. It stays the driver's until
// Advance, which takes its memory back.
func (c *Core) Ready() *Ready {
	if c.taken {
		return &c.none
	}
	for {
		if c.ord.group != nil {
			c.finish()
		}
		c.send()
		c.reportShows()
		if c.taken = !c.ready.Empty(); c.taken {
			r := c.ready
			c.ready, c.out = c.out, r
			r.Lazy, c.firm, c.hurry = !c.firm, false, false
			c.ord.inReady = c.ord.group != nil && c.ord.group.Taken()
			c.ord.counting = c.ord.number > 0
			return r
		}
		if c.ord.group == nil || !c.ord.group.Taken() {
			return &c.none
		}
		c.ord.group.Advance() // nothing of it had to be done
	}
}

// Early takes the messages that wait for nothing to be durable, in order per
// peer. It may be called at any time, also while a Ready is out, and is after
// every Step, Tick and Ready.
func (c *Core) Early() []Envelope {
	early := c.early
	c.early = nil
	return early
}

// Hurry reports whether another node, or a request that is decided, waits for
// the next Ready, so that it must not be put off for more to gather.
func (c *Core) Hurry() bool { return c.hurry || c.ord.group != nil && c.ord.group.HasReady() }

// Asked is how many somebodies here the next Ready has something for: requests, and
// those who listen to outputs.
func (c *Core) Asked() int { return len(c.ready.Replies) + len(c.ready.Emits) + len(c.ready.Notes) }

// Advance says that the last Ready was done.
func (c *Core) Advance() {
	c.taken = false
	c.recycle()
	c.ord.counted = c.ord.counted || c.ord.counting
	if c.ord.inReady {
		c.ord.inReady = false
		c.ord.group.Advance()
	}
}

// maxSpare is up to how many replies or names the memory of a Ready is kept.
const maxSpare = 1 << 10

// recycle keeps the memory of the Ready that was done for the one after the next.
func (c *Core) recycle() {
	r := c.out
	if len(r.Persist)+len(r.Send)+len(r.Emits)+len(r.Notes) > 0 {
		r.Persist, r.Send, r.Emits, r.Notes = nil, nil, nil, nil
	}
	if cap(r.Replies)+cap(r.Changed) > maxSpare {
		r.Replies, r.Changed = nil, nil
	}
	clear(r.Replies)
	r.Replies, r.Changed = r.Replies[:0], r.Changed[:0]
}

// log adds a delta to the record of the present event.
func (c *Core) log(group int, d *lattice.Delta) {
	c.firm = true
	c.logAgain(group, d)
}

// logEncoded is log for a delta in the form in which it came.
func (c *Core) logEncoded(group int, data []byte) {
	c.firm = true
	if !c.cfg.Volatile {
		c.record.Deltas = append(c.record.Deltas, wire.GroupDelta{Group: c.groups.name(group), Delta: data})
	}
}

// logAgain is log for a delta that comes again after a crash.
func (c *Core) logAgain(group int, d *lattice.Delta) {
	if c.cfg.Volatile {
		return
	}
	c.record.Deltas = append(c.record.Deltas, wire.GroupDelta{Group: c.groups.name(group), Delta: encodeDelta(d)})
}

// feed takes changes of cells into the dataflow as one consistent turn.
func (c *Core) feed(changes []state.Change) {
	if c.prog == nil || len(changes) == 0 {
		return
	}
	rows := c.relevant(c.rows[:0], changes)
	c.derive(rows)
	if len(rows) != 1 || len(rows[0].Row) > maxSpare { // one small row holds little
		clear(rows)
	}
	if c.rows = rows[:0]; cap(rows) > maxSpare {
		c.rows = nil
	}
}

// relevant appends changes of cells of the program, as the dataflow knows them.
func (c *Core) relevant(rows []vm.Change, changes []state.Change) []vm.Change {
	if c.prog == nil {
		return rows
	}
	for _, ch := range changes {
		if n, ok := c.prog.cells[ch.Cell]; ok {
			rows = append(rows, vm.Change{Cell: n, Leaf: ch.Leaf, Row: ch.Row, Mult: ch.Mult})
		}
	}
	return rows
}

// derive runs one turn of the dataflow, unless a load goes on: its changes are
// kept for one turn at its end.
func (c *Core) derive(rows []vm.Change) {
	if c.loading || len(c.loaded) > 0 {
		for _, ch := range rows { // several rows are the store's only until it changes
			ch.Row = slices.Clone(ch.Row)
			c.loaded = append(c.loaded, ch)
		}
		rows = c.loaded
	}
	if c.loading || len(rows) == 0 {
		return
	}
	c.loaded = nil
	turn, err := c.prog.machine.Step(rows)
	if err == nil {
		c.noteTurn(&turn)
		err = c.refresh(rows)
	}
	if err != nil {
		panic("replica: the store and the program disagree about a cell: " + err.Error())
	}
}

// noteTurn takes up what a turn of the dataflow brought about.
func (c *Core) noteTurn(t *vm.Turn) {
	c.heads = append(c.heads, t.Heads...)
	for _, i := range t.Shows {
		c.noteShow(i)
	}
}

// noteShow says that a show has changed since the last Ready.
func (c *Core) noteShow(i int) {
	if !c.changed[i] {
		c.changed[i] = true
		c.changedShows = append(c.changedShows, i)
	}
}

func (c *Core) reportShows() {
	if c.prog == nil || len(c.changedShows) == 0 {
		return
	}
	if !slices.IsSorted(c.changedShows) {
		slices.Sort(c.changedShows)
	}
	for _, i := range c.changedShows {
		c.ready.Changed = append(c.ready.Changed, c.prog.ir.Shows[i].Name)
		c.changed[i] = false
	}
	c.changedShows = c.changedShows[:0]
}

// nextN numbers replies and emits of one Ready.
func (c *Core) nextN() int { return len(c.ready.Replies) + len(c.ready.Emits) }

func (c *Core) note(code, message string) {
	c.ready.Notes = append(c.ready.Notes, Note{Code: code, Message: message})
}

func (c *Core) answer(req string, ref any, v value.Value, err error) {
	if to, asked := ref.(remoteRef); asked {
		a := &wire.Answer{}
		if v.IsValid() && err == nil {
			a.Value = encodeView(v)
		}
		c.answerPeer(to, a, err)
		return
	}
	n := c.nextN()
	c.ready.Replies = append(c.ready.Replies, Reply{})
	r := &c.ready.Replies[len(c.ready.Replies)-1]
	if r.Req, r.Ref, r.Value, r.N = req, ref, v, n; err != nil {
		r.Err = asError(err)
	}
}

// defaultFuel bounds the statements, rounds and writes of one body.
const defaultFuel = 100_000_000

func (c *Core) fuel() int64 {
	return cmp.Or(c.cfg.Fuel, defaultFuel)
}

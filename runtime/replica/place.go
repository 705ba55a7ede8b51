package replica

import (
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/vm"
)

// holding is a placed group that is held here.
type holding struct {
	// life is when it began to be held here: what was acknowledged in an
	// earlier life was given away since.
	life int64
	// version counts changes of the vector.
	version uint64
	// ready says that all is here that there was when it began to be held, so
	// that an absent key is absent, and not on its way.
	ready   bool
	release release
}

// The timers that remember, in the log, what a node does about a group: that it
// holds all of it, and, when it was given away, the last stamp that was used in it.
const (
	timerReady = "$ready "
	timerGiven = "$given "
)

// placing reports whether anything here is placed.
func (c *Core) placing() bool { return c.prog != nil && c.prog.placed || len(c.stores) > groupCount }

// known is what is known of a cell that some program declared.
type knownCell struct {
	home home
	spec state.CellSpec
}

// hold begins to hold a placed group, with nothing in it.
func (c *Core) hold(g int) {
	name := c.groups.name(g)
	st := state.New(c.actor, name, c.in)
	if c.cfg.Embedded && c.cfg.Volatile {
		st.Alone()
	}
	st.Resume(uint64(c.timers[timerGiven+name]))
	c.stores[g], c.held, c.settled = st, nil, false
	c.holdings[g] = &holding{life: c.clock, ready: c.timers[timerReady+name] != 0}
	if err := c.declareAll(st, g); err != nil {
		panic("replica: a cell that was declared before cannot be: " + err.Error())
	}
}

// declareAll declares the cells of a group in a store of it.
func (c *Core) declareAll(st *state.Store, g int) error {
	name := c.groups.name(g)
	tag, replicas, _, _ := parseGroup(name)
	specs := []state.CellSpec{{ID: answersID, Kind: answersType, Shape: c.stores[everywhere].Shape(answersID)}}
	for _, k := range c.known {
		if tag != "" && k.home.group == name || tag == "" && k.home.shards == replicas {
			specs = append(specs, k.spec)
		}
	}
	for _, spec := range specs {
		if err := st.Declare(spec); err != nil {
			return err
		}
	}
	return nil
}

// drop forgets a group that others hold, and takes what it held out of the
// dataflow. The last stamp that was used in it is remembered: a group that comes
// back goes on behind it.
func (c *Core) drop(g int) {
	st, name := c.stores[g], c.groups.name(g)
	rows := c.relevant(nil, st.Gathered())
	if c.prog != nil {
		rows = append(rows, rowsOf(c.prog, st, -1)...)
	}
	c.stores[g], c.holdings[g], c.held = nil, nil, nil
	c.setTimer(timerGiven+name, int64(st.NextSeq()-1))
	if c.timers[timerReady+name] != 0 {
		c.setTimer(timerReady+name, 0)
	}
	for _, p := range c.peers {
		p.tellAll = true
		if part := p.parts[g]; part != nil {
			part.told, part.owed = 0, false
		}
	}
	c.derive(rows)
}

// rowsOf lists the rows of a store in the cells of a program.
func rowsOf(p *program, st *state.Store, mult int64) []vm.Change {
	var all []vm.Change
	if st == nil {
		return nil
	}
	for _, id := range st.Cells() {
		n, mine := p.cells[id]
		if !mine {
			continue
		}
		rows := cellRows(st, id, n)
		for i := range rows {
			rows[i].Mult = mult
		}
		all = append(all, rows...)
	}
	return all
}

// touched notes that the turns of a group that are known changed.
func (c *Core) touched(g int) {
	if p := c.holdings[g]; p != nil {
		p.version++
	}
}

// carries reports whether this node carries a tag.
func (c *Core) carries(tag string) bool { return c.cfg.Embedded || slices.Contains(c.cfg.Tags, tag) }

// mayHold reports whether the contents of a group may be here at all.
func (c *Core) mayHold(g int) bool {
	tag, _, _, err := parseGroup(c.groups.name(g))
	return err == nil && (tag == "" || c.carries(tag))
}

// settlePlaces brings what is held here in line with the list of members.
func (c *Core) settlePlaces() {
	if !c.placing() {
		return
	}
	if c.holders.stale && c.readHolders() {
		c.peersTellAll()
	}
	if c.enrolMyself() && c.readHolders() {
		c.peersTellAll()
	}
	if c.settled {
		return
	}
	c.settled = true
	me := c.actor.Node
	for g := groupCount; g < len(c.stores); g++ {
		switch held := c.stores[g] != nil; {
		case !held && c.owns(me, g) && c.mayHold(g):
			c.hold(g)
		case !held || c.owns(me, g):
			if held {
				c.holdings[g].release = release{}
			}
		default:
			c.giveAway(g)
		}
		if pl := c.holdings[g]; pl != nil && !pl.ready && c.mayBeReady(g) {
			c.complete(g)
		}
		if pl := c.holdings[g]; pl != nil && (!pl.ready || !c.owns(me, g)) {
			c.settled = false // it is looked at after every event until that is over
		}
	}
}

// complete notes that everything of a group is here, and tells everybody.
func (c *Core) complete(g int) {
	c.holdings[g].ready = true
	c.setTimer(timerReady+c.groups.name(g), 1)
	c.touched(g)
	for _, p := range c.peers {
		p.owe(g)
	}
}

// enrolMyself writes this node's entry into the list of members where it is
// missing or not right, and reports whether it did.
func (c *Core) enrolMyself() bool {
	if c.prog == nil || !c.prog.placed || c.leaving || c.cfg.Embedded {
		return false
	}
	tags := slices.Sorted(slices.Values(c.cfg.Tags))
	m, there := c.holders.find(c.actor.Node)
	if there && slices.Equal(m.tags, tags) {
		return false
	}
	c.enrol(c.actor.Node, true, tags)
	return true
}

// mayBeReady reports whether everything is here that anybody had of a group: one
// member that is ready has told what it has and all of that is here; or there is
// nobody else to ask; or all others have told, none is ready, and nothing that
// they have is missing.
func (c *Core) mayBeReady(g int) bool {
	if c.unsynced() {
		return false
	}
	own := c.stores[g].Vector()
	asked := true
	for _, m := range c.holders.list {
		if m.name == c.actor.Node {
			continue
		}
		p := c.peer(m.name)
		part := p.parts[g]
		told := p.up && p.toldAll
		if told && part != nil && part.ready && own.CoversAll(part.known) {
			return true
		}
		asked = asked && told && (part == nil || !part.ready && own.CoversAll(part.known))
	}
	return asked
}

// declareIn remembers a cell of a program, and declares it in the groups of it
// that are held.
func (c *Core) declareIn(cell *ir.Cell) error {
	homes := []home{homeOf(cell)}
	if err := c.numberHomes(homes); err != nil {
		return &Error{Code: codeBadProgram, Message: err.Error(), At: place(cell.Pos)}
	}
	h, spec := homes[0], cellSpec(cell)
	if h.placed() {
		var err error
		if spec.Shape, err = lattice.ShapeOf(cell.Kind); err != nil {
			return err
		}
	}
	c.known[spec.ID] = knownCell{home: h, spec: spec}
	groups := []int{h.number}
	if h.shards > 0 {
		groups = c.groups.shards[h.shards][:]
	}
	for _, g := range groups {
		if c.stores[g] == nil {
			continue
		}
		if err := c.stores[g].Declare(spec); err != nil {
			return err
		}
	}
	return nil
}

// movedCell refuses a cell that an earlier program placed elsewhere, or gave
// another kind.
func (c *Core) movedCell(cell *ir.Cell) error {
	k, known := c.known[cellID(deployment, cell.Name)]
	if !known {
		return nil
	}
	if d := types.Difference(k.spec.Kind, cell.Kind); d != "" {
		return errKindChanged(cell, k.spec.Kind, d)
	}
	if h := homeOf(cell); !h.same(k.home) {
		return errPlaceChanged(cell, k.home, h)
	}
	return nil
}

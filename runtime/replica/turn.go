package replica

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/vm"
)

// turn is one atomic piece of work: a state turn in each placement group that
// it writes. It is committed as a whole or has no effect.
type turn struct {
	c      *Core
	firing lattice.Firing
	run    bool   // it is a run of the request that firing stands for
	as     string // the node it acts as, "" for this one
	clock  int64
	groups [groupCount]*state.Turn
	placed []placedTurn // in the order in which they were begun
	job    *job         // what it is part of, nil for one that cannot wait
	away   []effect     // writes to groups that are served elsewhere
	wrote  bool
	cells  []int // that it wrote, by number
	// before says that requests wrote which share the turn and come before the
	// present one; wrote and cells are of that alone.
	before  bool
	emitted int // outputs of all requests
	// order is what the turn is decided for in the agreed order; nil outside.
	order *decision
	// lent says that a reader of the turn was given out, which lives as long as
	// what was read by it.
	lent bool
	// scratch is a machine that sees this turn's own writes; nil until an
	// expression reads after a write, and again after the next write.
	scratch *vm.Machine
}

// placedTurn is the part of a turn in a placed group.
type placedTurn struct {
	group int
	*state.Turn
}

func (c *Core) begin(firing lattice.Firing) *turn {
	t := c.spare.turn
	if c.spare.turn = nil; t == nil {
		t = &turn{c: c}
	}
	t.firing, t.clock = firing, c.tickClock()
	return t
}

// reuse takes a turn that is over for the next one. Nobody may hold it.
func (c *Core) reuse(t *turn) {
	if t.lent {
		return
	}
	placed, cells := t.placed[:0], t.cells[:0]
	*t = turn{}
	t.c, t.placed, t.cells = c, placed, cells
	c.spare.turn = t
}

func (t *turn) in(group int) *state.Turn {
	if group >= groupCount {
		return t.inPlaced(group)
	}
	if t.groups[group] == nil {
		t.groups[group] = t.beginIn(group)
	}
	return t.groups[group]
}

func (t *turn) beginIn(group int) *state.Turn {
	if t.run {
		return t.c.stores[group].BeginRun(t.clock, t.firing)
	}
	return t.c.stores[group].BeginAs(t.actor(), t.clock, t.firing)
}

// actor is whose turn it is: this replica's, the agreed order's, or that of the
// node that an embedded replica acts as.
func (t *turn) actor() lattice.Actor {
	switch c := t.c; {
	case t.agreed():
		return c.orderActor()
	case c.cfg.Embedded && t.as != "":
		return lattice.Actor{Node: t.as, Inc: c.actor.Inc}
	default:
		return c.actor
	}
}

func (t *turn) inPlaced(group int) *state.Turn {
	for _, p := range t.placed {
		if p.group == group {
			return p.Turn
		}
	}
	st := t.beginIn(group)
	t.placed = append(t.placed, placedTurn{group, st})
	return st
}

// open reports whether the turn has written to a group.
func (t *turn) open(group int) bool {
	if group < groupCount {
		return t.groups[group] != nil
	}
	return slices.ContainsFunc(t.placed, func(p placedTurn) bool { return p.group == group })
}

// known reports whether the turn is a firing whose effects on a group are there
// already: another replica fired first, which says nothing about local cells.
func (t *turn) known(group int) bool {
	return !t.firing.IsZero() && !t.open(group) && t.c.stores[group].Fired(t.firing)
}

// write applies a mutator to cell number n of the program.
func (t *turn) write(n int, keys []value.Value, name string, args []value.Value) error {
	cell := t.c.prog.ir.Cells[n]
	if err := t.mayWrite(cell, keys); err != nil {
		return err
	}
	if err := t.c.mayStamp(cell, len(keys), name); err != nil {
		return err
	}
	if name == "seal" {
		name = "close"
	}
	if err := t.maySeal(n, keys, name, args); err != nil {
		return err
	}
	group, err := t.c.groupOfWrite(n, keys, args)
	switch {
	case err != nil:
		return err
	case t.agreed() && group == here:
		t.order.writeLocal(cell, keys, name, args)
		return nil
	case t.needsOrder(cell):
		return &orderNeeded{}
	case group >= groupCount && t.agreed():
		return errPlacedInOrder(cell.Name)
	case group >= groupCount && !t.c.serves(group):
		return t.writeAway(group, Mutation{Cell: cell.Name, Keys: keys, Op: name, Args: args})
	case t.known(group):
		return nil
	}
	t.c.becomeHeirFor(n)
	err = t.in(group).Mutate(t.c.prog.ids[n], keys, name, args)
	if t.wroteCounter(n, keys, err); err != nil {
		return err
	}
	if h, kept := t.c.prog.histories[n]; kept && toldTo(cell, name) != "" {
		if err := t.in(group).Mutate(t.c.prog.ids[h], keys, toldTo(cell, name), args); err != nil {
			return err
		}
	}
	t.wrote, t.scratch = true, nil
	if !slices.Contains(t.cells, n) {
		t.cells = append(t.cells, n)
	}
	return nil
}

// toldTo is the operation by which the history of a set cell hears of one on the
// cell, "" where that adds nothing.
func toldTo(cell *ir.Cell, name string) string {
	if k := lattice.Lookup(cell.Kind.Resolve().Con); k != nil && k.Mutator(name) != nil {
		return k.Mutator(name).Ever
	}
	return ""
}

// writerOf is the one node that may write there, "" for any and where it is
// whoever comes first.
func writerOf(cell *ir.Cell, keys []value.Value) string {
	if cell.ByKey && len(keys) > 0 && keys[0].Kind() == value.Node {
		return keys[0].Str()
	}
	return cell.Writer
}

// mayWrite enforces `written by`.
func (t *turn) mayWrite(cell *ir.Cell, keys []value.Value) error {
	c := t.c
	if c.cfg.Embedded && t.as == "" {
		return nil
	}
	me, writer := c.acting(t), writerOf(cell, keys)
	switch {
	case writer == "" && !cell.ByKey:
		return nil
	case writer != "" && writer != me:
		return &Error{Code: codeNotWriter, Message: "`" + cell.Name + "` is written by " + writer + " only, and this is " + me,
			Hint: "send the input to " + writer}
	case !t.agreed() && c.unsynced():
		return &Error{Code: codeUnsynced, Message: "`" + cell.Name + "` has one writer, and " + me + " has lost its disk and does not know yet what it wrote before",
			Hint: "connect it to a peer and try again"}
	}
	return nil
}

// emit adds an output under an id that every replica gives to the same effect.
func (t *turn) emit(output string, index int, v value.Value) error {
	if t.known(everywhere) {
		return nil
	}
	t.wrote = true
	st := t.in(everywhere)
	if t.agreed() && t.firing.IsZero() {
		t.emitted++
		index = t.emitted
	}
	return st.Emit(output, t.effectID(output, index), v)
}

// effectID names the index-th effect of a turn: by the firing where there is
// one, else by the stamp.
func (t *turn) effectID(output string, index int) [32]byte {
	h := sha256.New()
	if !t.firing.IsZero() {
		f := t.firing.Identity()
		h.Write(f.Handler[:])
		h.Write(f.Key[:])
	} else {
		a, seq := t.actor(), t.c.stores[everywhere].NextSeq()
		switch {
		case t.agreed():
			seq = t.c.orderMark() + 1
		case a != t.c.actor:
			seq = t.c.stores[everywhere].Vector().Max(a) + 1
		}
		h.Write([]byte(a.Node))
		h.Write(binary.BigEndian.AppendUint64([]byte{0}, a.Inc))
		h.Write(binary.BigEndian.AppendUint64(nil, seq))
	}
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(index)))
	h.Write([]byte(output))
	return [32]byte(h.Sum(nil))
}

// acting is the node that a turn acts as.
func (c *Core) acting(t *turn) string {
	switch {
	case t != nil && t.as != "" && c.cfg.Embedded:
		return t.as
	case t != nil && t.order != nil:
		return t.order.q.req.Origin
	}
	return c.actor.Node
}

func (t *turn) abort() {
	for _, st := range t.groups {
		if st != nil {
			st.Abort()
		}
	}
	for _, p := range t.placed {
		p.Abort()
	}
}

// needsOrder reports whether a cell is written in the agreed order only, and the
// turn is outside of it. A replica that stands for all nodes is in agreement with
// itself.
func (t *turn) needsOrder(cell *ir.Cell) bool {
	return cell.Scope == ir.Coordinated && t.order == nil && !t.c.cfg.Embedded
}

// agreed reports whether this is a turn of the agreed order.
func (t *turn) agreed() bool { return t.order != nil && !t.order.dry }

// draft takes the turn back and returns what it would have brought about in the
// replicated cells, nil for nothing.
func (t *turn) draft() *lattice.Delta {
	if t.groups[everywhere] == nil {
		if t.firing.IsZero() {
			return nil
		}
		t.in(everywhere)
	}
	t.c.seeClock(t.groups[everywhere].Clock())
	return t.groups[everywhere].Draft()
}

// commit makes the turn part of the state: its deltas go to the log record of
// the present event, its changes to the machine. It reports whether it wrote.
func (t *turn) commit() (wrote bool) {
	for g, st := range t.groups {
		if st != nil {
			wrote = t.commitIn(g, st) || wrote
		}
	}
	for _, p := range t.placed {
		wrote = t.commitIn(p.group, p.Turn) || wrote
		t.c.touched(p.group)
	}
	return wrote
}

func (t *turn) commitIn(group int, st *state.Turn) (wrote bool) {
	t.c.seeClock(st.Clock())
	wrote, changes := st.CommitTo(&t.c.delta)
	if wrote {
		t.c.log(group, &t.c.delta)
		t.c.noteOutputs(&t.c.delta)
	}
	t.c.feed(changes)
	return wrote
}

package replica

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/runtime/wire"
)

// escrow lets the rights of bounded counters move (lang/lattice/escrow.go says
// how) in turns of their own, behind the event that gives rise to it: no input
// waits for rights. What a counter's state asks of this replica is looked at
// when the state has changed, by a write here or by a delta.
type escrow struct {
	look  []counter
	known map[string]bool // what is in look
	asked map[string]askedFor
	// refused counts operations that were refused for want of rights, and moved
	// the turns in which rights were asked for or given.
	refused, moved uint64
}

// isBounded reports whether the counters of a cell of some kind keep bounds, and
// how many maps lie around them.
func isBounded(kind *types.Type) (bounded bool, depth int) {
	shape, err := lattice.ShapeOf(kind)
	if err != nil {
		return false, 0
	}
	return shape.Leaf.Bounded != nil, len(shape.Levels)
}

// counter is a bounded counter to look at; with a way, n rights were missing.
type counter struct {
	group int
	id    state.CellID
	path  []value.Value
	way   lattice.Way
	n     int64
	order bool // it was the order that was refused
}

// lookAt remembers a counter until the end of the event.
func (c *Core) lookAt(k counter) {
	name := fmt.Sprintf("%d %s %s %d %v", k.group, k.id, value.MakeList(k.path), k.way, k.order)
	if c.escrow.known == nil {
		c.escrow.known = map[string]bool{}
	}
	if !c.escrow.known[name] {
		c.escrow.known[name] = true
		c.escrow.look = append(c.escrow.look, k)
	}
}

// lookAtDelta remembers the counters of which a delta has something.
func (c *Core) lookAtDelta(group int, d *lattice.Delta) {
	look := func(id state.CellID, path []value.Value) { c.lookAt(counter{group: group, id: id, path: path}) }
	c.stores[group].EachBounded(d, look)
	c.stores[group].EachFreed(look)
}

// wroteCounter notes the outcome of an operation on cell number n.
func (t *turn) wroteCounter(n int, keys []value.Value, err error) {
	if !t.c.prog.bounded[n] || len(keys) != t.c.prog.depths[n] {
		return // or a key around counters was removed
	}
	k := counter{group: groupOf(t.c.prog.ir.Cells[n].Group), id: t.c.prog.ids[n], path: keys}
	if refusal := (*lattice.Refusal)(nil); errors.As(err, &refusal) && refusal.Way != lattice.NoWay {
		k.way, k.n, k.order = refusal.Way, refusal.N, t.order != nil
		t.c.escrow.refused++
	}
	if err == nil || k.way != lattice.NoWay {
		t.c.lookAt(k)
	}
}

// moveRights does what the counters that were looked at ask for.
func (c *Core) moveRights() {
	if len(c.escrow.look) == 0 {
		return
	}
	c.becomeHeir()
	for len(c.escrow.look) > 0 {
		look := c.escrow.look
		c.escrow.look, c.escrow.known = nil, nil
		for _, k := range look {
			c.moveRightsOf(k)
		}
	}
}

func (c *Core) moveRightsOf(k counter) {
	c.settleOrder(k)
	by := c.actor
	if k.order {
		by = c.orderActor()
	}
	if k.way != lattice.NoWay && !c.mayAsk(k) && c.stores[k.group].Waits(k.id, k.path, by, k.way) {
		k.way = lattice.NoWay
	}
	t := c.begin(lattice.Firing{})
	if err := t.in(k.group).Escrow(k.id, k.path, by, k.way, k.n); err != nil {
		panic("replica: a bounded counter is none: " + err.Error())
	}
	if t.commit() {
		c.escrow.moved++
		c.sendNow()
	}
}

// askAfter is how often one counter may ask for the same again.
const askAfter = 2 * time.Second

// mayAsk reports whether a counter that waits for rights may ask again: not for the
// same at once, since each time it writes.
func (c *Core) mayAsk(k counter) bool {
	name := fmt.Sprintf("%d %s %s %d %v", k.group, k.id, value.MakeList(k.path), k.way, k.order)
	e := &c.escrow
	if was, ok := e.asked[name]; ok && was.n == k.n && c.now >= was.at && c.now-was.at < int64(askAfter) {
		return false
	}
	if e.asked == nil || len(e.asked) > maxAskedFor {
		e.asked = map[string]askedFor{}
	}
	e.asked[name] = askedFor{k.n, c.now}
	return true
}

// askedFor is what a counter asked for last, and when.
type askedFor struct{ n, at int64 }

// maxAskedFor bounds what is remembered of it; what is forgotten is asked for again.
const maxAskedFor = 4096

// settleOrder has the leader give, by an entry, what others want of the rights that
// the order holds.
func (c *Core) settleOrder(k counter) {
	g := c.ord.group
	if g == nil || !g.Leads() || k.group != everywhere || !c.stores[k.group].Wanted(k.id, k.path, c.orderActor()) {
		return
	}
	q := &asked{req: wire.OrderRequest{ID: fmt.Sprintf("$give %s %s", k.id, value.MakeList(k.path)), Kind: wire.RunMember, Origin: c.actor.Node, Now: c.now}, internal: true}
	q.work = func(t *turn) (*body, error) {
		return nil, t.in(k.group).Escrow(k.id, k.path, c.orderActor(), lattice.NoWay, 0)
	}
	c.enqueue(q)
}

// lookAtAll looks at every bounded counter, once who has which rights has changed.
func (c *Core) lookAtAll() {
	if c.prog == nil || !slices.Contains(c.prog.bounded, true) {
		return
	}
	for i, cell := range c.prog.ir.Cells {
		if g := groupOf(cell.Group); c.prog.bounded[i] && c.prog.depths[i] == 0 && c.stores[g] != nil {
			c.lookAt(counter{group: g, id: c.prog.ids[i]})
		}
	}
	for g, st := range c.stores[:groupCount] {
		for d := range st.Snapshot(state.Limits{}) {
			c.lookAtDelta(g, d)
		}
	}
}

// findBounds computes between which bounds the counters of a program are kept,
// and refuses bounds that those of the running program may have passed.
func (c *Core) findBounds(next *program) error {
	for i, cell := range next.ir.Cells {
		if !next.bounded[i] {
			continue
		}
		b, err := c.boundsOf(cell, next)
		if err != nil {
			return err
		}
		if was := c.boundsNow(cell.Name); was != nil && isTighter(was, b) {
			return &Error{Code: codeKindChanged, At: place(cell.Pos), Message: fmt.Sprintf("the counters of `%s` may already be beyond the new bound", cell.Name),
				Hint: "a bound can be loosened only; give the counter with the tighter bound another name"}
		}
		next.bounds[cell.Name] = b
	}
	return nil
}

// bound tells the stores the bounds of a program that is about to run.
func (c *Core) bound(next *program) {
	for i, cell := range next.ir.Cells {
		if next.bounded[i] {
			c.stores[groupOf(cell.Group)].Bound(next.ids[i], next.bounds[cell.Name])
		}
	}
}

// boundsNow are the bounds under which the program that runs keeps a cell, nil
// where it has none of that name.
func (c *Core) boundsNow(name string) *lattice.Bounds {
	if c.prog == nil {
		return nil
	}
	return c.prog.bounds[name]
}

func isTighter(was, next *lattice.Bounds) bool {
	return next.Lower.Set && (!was.Lower.Set || next.Lower.At > was.Lower.At) ||
		next.Upper.Set && (!was.Upper.Set || next.Upper.At < was.Upper.At)
}

func (c *Core) boundsOf(cell *ir.Cell, p *program) (*lattice.Bounds, error) {
	lower, upper, hasLower, hasUpper := cell.Limits(p.ir, p.params)
	if !hasLower && !hasUpper {
		b := lattice.DefaultBounds()
		b.Estates = c.estates
		return b, nil
	}
	b := &lattice.Bounds{Lower: lattice.Limit{Set: hasLower, At: lower}, Upper: lattice.Limit{Set: hasUpper, At: upper}}
	if !hasLower {
		b.Lower.At = 0
	}
	if !hasUpper {
		b.Upper.At = 0
	}
	if !b.Holds(0) {
		return nil, &Error{Code: codeBadProgram, At: place(cell.Pos), Message: fmt.Sprintf("the counters of `%s` start at 0, which the invariant excludes with these parameters", cell.Name),
			Hint: "set parameters that let 0 pass"}
	}
	b.Founders, b.Estates = c.cfg.Founders, c.estates
	if groupOf(cell.Group) == here || c.cfg.Embedded {
		b.Founders = []string{c.actor.Node}
	}
	return b, nil
}

// Holdings lists who holds rights of the bounded counter of a cell under keys,
// and who asks for some.
func (c *Core) Holdings(cell string, keys ...value.Value) ([]lattice.Holding, error) {
	if c.prog == nil {
		return nil, errNoProgram()
	}
	n := c.cellNumber(cell)
	if n < 0 || !c.prog.bounded[n] {
		return nil, &Error{Code: codeUnknown, Message: fmt.Sprintf("the program has no bounded counters `%s`", cell)}
	}
	return c.stores[groupOf(c.prog.ir.Cells[n].Group)].Holdings(c.prog.ids[n], keys)
}

// EscrowStatus is how the bounded counters of a replica are doing since it
// started.
type EscrowStatus struct {
	Bounded bool   // the program has bounded counters
	Refused uint64 // operations that were refused for want of rights
	Moved   uint64 // turns in which rights were asked for, given or inherited
	// Unheard are the members that have not said yet what they know of earlier
	// lives of this node, whose rights wait for it.
	Unheard []string
}

func (c *Core) escrowStatus() EscrowStatus {
	s := EscrowStatus{Refused: c.escrow.refused, Moved: c.escrow.moved}
	if c.prog == nil || !slices.Contains(c.prog.bounded, true) {
		return s
	}
	s.Bounded = true
	if c.heir || c.knowsEarlierLives() {
		return s
	}
	for _, name := range c.roster {
		if p := c.peer(name); name != c.actor.Node && !c.isGone(name) && !c.knowsWhatHeard(p) {
			s.Unheard = append(s.Unheard, name)
		}
	}
	return s
}

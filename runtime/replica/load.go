package replica

import (
	"fmt"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/vm"
)

// Interner gives values the words that Load takes. It is the replica's own: use
// it from the goroutine that steps the replica, for values that are to be kept.
func (c *Core) Interner() *value.Interner { return c.in }

// Loads reports whether a cell of the program takes rows by Load.
func (c *Core) Loads(cell string) bool {
	if c.prog == nil {
		return false
	}
	n := c.cellNumber(cell)
	if n < 0 {
		return false
	}
	if c.prog.homes[n].placed() {
		return false
	}
	st := c.stores[groupOf(c.prog.ir.Cells[n].Group)]
	h, kept := c.prog.histories[n]
	return st.Loads(c.prog.ids[n]) && (!kept || st.Loads(c.prog.ids[h])) && (c.prog.depths[n] == 0 || c.loadsBelow(n))
}

// loadsBelow reports whether writes below the maps of a cell are allowed or not
// whatever the key, and nothing but the cell hears of them.
func (c *Core) loadsBelow(n int) bool {
	_, kept := c.prog.histories[n]
	return !kept && !c.prog.ir.Cells[n].ByKey && !c.prog.bounded[n] && !c.prog.barred[n] && len(c.prog.seals[n]) == 0
}

// maxLeft bounds for how many elements room is made before they come.
const maxLeft = 1 << 24

// loadRows carries out a Load.
func (c *Core) loadRows(ev Load) {
	if c.prog == nil {
		c.answer("", ev.Ref, value.Value{}, errNoProgram())
		return
	}
	c.request(&request{ref: ev.Ref}, func(t *turn) (*body, error) {
		n := c.cellNumber(ev.Cell)
		if n < 0 {
			return nil, &Error{Code: codeUnknown, Message: fmt.Sprintf("the program has no cell `%s`", ev.Cell)}
		}
		return nil, t.load(n, ev)
	})
}

// load carries out ev on cell number n of the program, and on its history where one
// is kept.
func (t *turn) load(n int, ev Load) error {
	cell, depth := t.c.prog.ir.Cells[n], t.c.prog.depths[n]
	op := loadOp(cell, depth)
	if !t.c.Loads(ev.Cell) {
		return &Error{Code: codeUnknown, Message: fmt.Sprintf("`%s` takes no rows", cell.Name)}
	}
	if err := t.mayWrite(cell, nil); err != nil {
		return err
	}
	if err := t.c.mayStamp(cell, depth, op); err != nil {
		return err
	}
	if t.needsOrder(cell) {
		return &orderNeeded{}
	}
	st, left := t.in(groupOf(cell.Group)), min(max(ev.Left, 0), maxLeft)
	if err := st.Load(t.c.prog.ids[n], ev.Arg, ev.Rows, left); err != nil {
		return err
	}
	if h, kept := t.c.prog.histories[n]; kept && toldTo(cell, op) != "" {
		if err := st.Load(t.c.prog.ids[h], ev.Arg, ev.Rows, left); err != nil {
			return err
		}
	}
	t.wrote, t.scratch = true, nil
	return nil
}

// loadOp is the operation by which data is loaded, depth maps deep in a cell.
func loadOp(cell *ir.Cell, depth int) string {
	t := cell.Kind.Resolve()
	for range depth {
		t = t.Args[len(t.Args)-1].Resolve()
	}
	return lattice.Lookup(t.Con).Load
}

// Prepare makes now what the first change after a load, or after a start, would have to
// make before anything else, which takes as long as there are elements. A load that
// nothing follows is better off without.
func (c *Core) Prepare() {
	for _, st := range c.stores {
		if st != nil {
			st.Prepare()
		}
	}
	if c.prog != nil && c.prog.machine != nil {
		c.prog.machine.Prepare()
	}
}

// gather lets stores keep changes until the load is complete, so that the dataflow
// takes them once and, where it can, from where they lie.
func (c *Core) gather() {
	if c.gathers {
		return
	}
	c.gathers = true
	for _, st := range c.stores {
		if st != nil {
			st.Gather()
		}
	}
}

// gathered ends it and returns what has changed.
func (c *Core) gathered() (rows []vm.Change) {
	if !c.gathers {
		return nil
	}
	c.gathers = false
	for _, st := range c.stores {
		if st != nil {
			rows = c.relevant(rows, st.Gathered())
		}
	}
	return rows
}

// lags reports whether a load went on with the last event, so that the dataflow does
// not show all of the cells.
func (c *Core) lags() bool { return c.gathers || len(c.loaded) > 0 }

// isPart reports whether an event is a part of a load that goes on.
func isPart(ev Event) bool {
	switch ev := ev.(type) {
	case Mutate:
		return ev.More
	case *Mutate:
		return ev.More
	case Load:
		return ev.More
	}
	return false
}

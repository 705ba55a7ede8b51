package replica

import (
	"math/bits"

	"github.com/laspc/lasp/lang/value"
)

// The interner gives every value that comes by an id and never forgets one, so
// what is long gone from the cells would stay in memory. When most of it seems to
// be of that kind, state and dataflow move to a new interner: the tables are
// rewritten in place, and derived state is built once more from the cells, which
// gives the same. It costs as much as the state is large and is done only after
// the interner has doubled, so each new value pays for a bounded part of it.

// reclaimed is what the interner was like after it was last looked at.
type reclaimed struct {
	all     int // values
	derived int // values that are in no cell, after it was last replaced
}

const defaultReclaim = 1 << 16

// Reclaim gives back the memory of values that are gone, if it is worth it. A
// checkpoint does it; a driver without checkpoints may ask for it now and then.
// Words that the driver has from Interner are void when it has happened. Where
// work is counted nothing is given back, because the counts would start anew.
func (c *Core) Reclaim() {
	floor := c.cfg.ReclaimAbove
	if floor == 0 {
		floor = defaultReclaim
	}
	if len(c.questions) > 0 { // what was fetched for a job waits with it
		return
	}
	if c.cfg.Stats || c.loading || c.lags() || c.in.Len() <= 2*c.reclaimed.all+floor {
		return
	}
	live := c.liveValues()
	if c.in.Len() > 2*(live+c.reclaimed.derived)+floor {
		c.reintern()
		c.reclaimed.derived = c.in.Len() - live
	}
	c.reclaimed.all = c.in.Len()
}

// liveValues counts the different values in the cells that have ids.
func (c *Core) liveValues() (n int) {
	seen := make([]uint64, c.in.Len()>>6+1)
	for _, st := range c.stores {
		if st != nil {
			st.Interned(func(id value.Word) { seen[id>>6] |= 1 << (id & 63) })
		}
	}
	for _, w := range seen {
		n += bits.OnesCount64(w)
	}
	return n
}

// reintern moves everything to a new interner. Handlers see nothing of it: every
// row at their heads was offered before.
func (c *Core) reintern() {
	c.in = value.NewInterner()
	for _, st := range c.stores {
		if st != nil {
			st.Reintern(c.in)
		}
	}
	if c.prog == nil {
		return
	}
	m, err := c.newMachine(c.prog.ir, c.prog.params)
	if err == nil {
		c.prog.machine, c.prog.system = m, newSystem(c.prog.ir)
		_, err = m.Step(c.allRows(c.prog))
	}
	if err == nil {
		err = c.refresh(nil)
	}
	if err != nil {
		panic("replica: a program that ran cannot be built again from its cells: " + err.Error())
	}
}

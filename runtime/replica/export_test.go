package replica

import (
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// OwnView reads a cell as a body does that wrote before, and as everybody does.
func (c *Core) OwnView(cell string) (own, derived value.Value, err error) {
	t := c.begin(lattice.Firing{})
	defer t.abort()
	v := c.prog.ir.Cells[c.cellNumber(cell)].View
	if own, err = t.reader().View(v); err == nil {
		derived, err = c.prog.machine.View(v)
	}
	return own, derived, err
}

package replica

import (
	"errors"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/vm"
)

// reader gives expressions the state with the turn's own writes.
func (t *turn) reader() vm.Reader {
	t.lent = true
	return ownWrites{t}
}

// ownWrites reads cells from the store, which holds the turn's writes already,
// at the cost of what is read. Only derived state is evaluated, on a machine of
// its own made from the tentative state: that costs as much as the state is
// large, and happens only in bodies that read it after they wrote.
type ownWrites struct{ t *turn }

// cellOf finds the cell whose view v is.
func (o ownWrites) cellOf(v ir.View) (st *state.Store, id state.CellID, ok bool) {
	p := o.t.c.prog
	n, ok := p.sources[v.Node]
	if !ok {
		return nil, "", false
	}
	cell := p.ir.Cells[n]
	same := v.Closed == cell.View.Closed && slices.Equal(v.Keys, cell.View.Keys) && types.Equal(v.Type, cell.View.Type)
	group, one := o.t.c.groupOf(n, nil)
	if !one || !o.t.c.serves(group) {
		return nil, "", false
	}
	return o.t.c.stores[group], p.ids[n], same
}

// View implements vm.Reader.
func (o ownWrites) View(v ir.View) (value.Value, error) {
	if st, id, ok := o.cellOf(v); ok {
		return st.Read(id)
	}
	m, err := o.machine()
	if err != nil {
		return value.Value{}, err
	}
	return m.View(v)
}

// Lookup implements vm.Reader.
func (o ownWrites) Lookup(v ir.View, keys ...value.Value) (value.Value, bool, error) {
	if st, id, ok := o.cellOf(v); ok {
		return st.Lookup(id, keys)
	}
	m, err := o.machine()
	if err != nil {
		return value.Value{}, false, err
	}
	return m.Lookup(v, keys...)
}

// Has implements vm.Reader.
func (o ownWrites) Has(v ir.View, elem value.Value) (bool, error) {
	if st, id, ok := o.cellOf(v); ok {
		if has, can, err := st.Has(id, elem); can || err != nil {
			return has, err
		}
	}
	m, err := o.machine()
	if err != nil {
		return false, err
	}
	return m.Has(v, elem)
}

// errEarly ends a body that reads derived state which others in the same entry of
// the order have a part in. It is run again once that is known.
var errEarly = errors.New("this is derived from what is not decided yet")

// machine makes the machine for derived state.
func (o ownWrites) machine() (*vm.Machine, error) {
	t := o.t
	if t.before {
		t.order.early = true
		return nil, errEarly
	}
	if t.scratch != nil {
		return t.scratch, nil
	}
	m, err := t.c.newMachine(t.c.prog.ir, t.c.prog.params)
	if err != nil {
		return nil, err
	}
	if _, err := m.Step(t.c.allRows(t.c.prog)); err != nil {
		return nil, err
	}
	t.c.rebuilt++
	t.scratch = m
	return m, nil
}

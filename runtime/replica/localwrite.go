package replica

import (
	"fmt"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// Writes as they travel in requests and entries of the order, and those of them that
// are for the origin of a request alone.

// writeLocal remembers a write to a cell of the origin alone.
func (d *decision) writeLocal(cell *ir.Cell, keys []value.Value, name string, args []value.Value) {
	d.locals = append(d.locals, encodeWrite(cell.Name, keys, name, args))
}

func encodeWrite(cell string, keys []value.Value, name string, args []value.Value) wire.OrderWrite {
	w := wire.OrderWrite{Cell: cell, Op: name}
	for _, k := range keys {
		w.Keys = append(w.Keys, codec.EncodeValue(nil, k))
	}
	for _, a := range args {
		w.Args = append(w.Args, codec.EncodeValue(nil, a))
	}
	return w
}

// decodeWrite reads a write to a cell of the active program.
func (c *Core) decodeWrite(w *wire.OrderWrite) (Mutation, error) {
	m := Mutation{Cell: w.Cell, Op: w.Op}
	n := c.cellNumber(w.Cell)
	if n < 0 {
		return m, &Error{Code: codeUnknown, Message: fmt.Sprintf("the program has no cell `%s`", w.Cell)}
	}
	t := c.prog.ir.Cells[n].Kind.Resolve()
	for _, data := range w.Keys {
		k := lattice.Lookup(t.Con)
		if k == nil || !k.Map {
			return m, errNoPlace
		}
		v, err := codec.DecodeValue(data, t.Args[0], orderLimits)
		if err != nil {
			return m, err
		}
		m.Keys, t = append(m.Keys, v), t.Args[len(t.Args)-1].Resolve()
	}
	k := lattice.Lookup(t.Con)
	if k == nil || k.Mutator(w.Op) == nil || len(k.Mutator(w.Op).Params) != len(w.Args) {
		return m, errNoPlace
	}
	vars := map[string]*types.Type{}
	for i, p := range k.Params {
		vars[p] = t.Args[i]
	}
	for i, p := range k.Mutator(w.Op).Params {
		pt, err := types.ParseType(p.Type, vars)
		if err != nil {
			return m, err
		}
		v, err := codec.DecodeValue(w.Args[i], pt, orderLimits)
		if err != nil {
			return m, err
		}
		m.Args = append(m.Args, v)
	}
	return m, nil
}

func (c *Core) writeLocal(t *turn, w *wire.OrderWrite) error {
	m, err := c.decodeWrite(w)
	if err != nil {
		return err
	}
	return t.write(c.cellNumber(m.Cell), m.Keys, m.Op, m.Args)
}

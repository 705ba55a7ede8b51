package conform

import (
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// View assembles a view.
func (o *Oracle) View(v ir.View) (value.Value, error) {
	if n := o.prog.Nodes[v.Node]; n.Kind == ir.Stream {
		s, err := o.streamOf(n)
		if err != nil {
			return value.Value{}, err
		}
		return s.known()
	}
	rows := rowsOf(o.relation(v.Node))
	var keys [][][]value.Value
	for _, id := range v.Keys {
		keys = append(keys, rowsOf(o.relation(id)))
	}
	var closed [][]value.Value
	if v.Closed >= 0 {
		closed = rowsOf(o.relation(v.Closed))
	}
	return assemble(v.Type, rows, keys, closed), nil
}

// viewOf is a view as code reads it: the failure of a scalar is one of its reader.
func (o *Oracle) viewOf(v ir.View) (value.Value, error) {
	got, err := o.View(v)
	if failed := o.failed[v.Node]; failed != nil {
		return got, failed
	}
	return got, err
}

func rowsOf(b bag) [][]value.Value {
	var rows [][]value.Value
	for _, e := range b.rows() {
		rows = append(rows, e.row)
	}
	return rows
}

// unflatten builds a value of data type t from columns and returns the rest.
func unflatten(t *types.Type, cols []value.Value) (value.Value, []value.Value) {
	t = t.Resolve()
	if t.Con != types.Tuple {
		return cols[0], cols[1:]
	}
	xs := make([]value.Value, len(t.Args))
	for i, a := range t.Args {
		xs[i], cols = unflatten(a, cols)
	}
	return value.MakeTuple(xs...), cols
}

func assemble(t *types.Type, rows [][]value.Value, keys [][][]value.Value, closed [][]value.Value) value.Value {
	t = t.Resolve()
	switch t.Con {
	case "Set":
		var xs []value.Value
		for _, r := range rows {
			x, _ := unflatten(t.Args[0], r)
			xs = append(xs, x)
		}
		return value.MakeSet(xs)
	case "Map":
		return assembleMap(t, rows, keys, closed)
	case "Stream":
		return assembleStream(t, rows, closed)
	}
	var xs []value.Value
	for _, r := range rows {
		xs = append(xs, r[0])
	}
	switch {
	case len(xs) == 1:
		return xs[0]
	case len(xs) > 1:
		return value.MakeConflict(xs)
	}
	return bottomOf(t)
}

func bottomOf(t *types.Type) value.Value {
	if v, ok := lattice.BottomView(t); ok {
		return v
	}
	if t.Is("List") {
		return value.MakeList(nil)
	}
	if t.Is("Nat") {
		return value.MakeInt(0)
	}
	return value.Value{}
}

func assembleMap(t *types.Type, rows [][]value.Value, keys [][][]value.Value, closed [][]value.Value) value.Value {
	var all []value.Value
	below := func(rows [][]value.Value, key value.Value) (out [][]value.Value) {
		for _, r := range rows {
			if k, rest := unflatten(t.Args[0], r); value.Equal(k, key) {
				out = append(out, rest)
			}
		}
		return out
	}
	for _, group := range append(append([][][]value.Value{rows}, keys...), closed) {
		for _, r := range group {
			k, _ := unflatten(t.Args[0], r)
			all = append(all, k)
		}
	}
	var kvs []value.Value
	for _, k := range value.MakeSet(all).Elems() {
		var inner [][][]value.Value
		for level := 1; level < len(keys); level++ {
			inner = append(inner, below(keys[level], k))
		}
		kvs = append(kvs, k, assemble(t.Args[1], below(rows, k), inner, below(closed, k)))
	}
	return value.MakeMap(kvs)
}

func assembleStream(t *types.Type, rows, closed [][]value.Value) value.Value {
	items := []value.Value{}
	for {
		var at []value.Value
		for _, r := range rows {
			if r[0].Int() == int64(len(items)) {
				x, _ := unflatten(t.Args[0], r[1:])
				at = append(at, x)
			}
		}
		if len(at) == 0 {
			break
		}
		if at = value.MakeSet(at).Elems(); len(at) > 1 {
			items = append(items, value.MakeConflict(slices.Clone(at)))
		} else {
			items = append(items, at[0])
		}
	}
	for _, c := range closed {
		if c[0].Int() <= int64(len(items)) {
			return value.MakeList(items)
		}
	}
	return value.MakeOpen(items)
}

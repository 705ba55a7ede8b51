package vm

import (
	"errors"
	"fmt"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// View assembles a view as one canonical value: equal states give equal values,
// whatever the order of arrival. A stream shows its known prefix, a scalar whose
// evaluation failed an Error.
func (m *Machine) View(v ir.View) (value.Value, error) {
	got, err := m.view(v)
	if l := (*located)(nil); errors.As(err, &l) {
		e := m.evalError(m.nodes[v.Node], err, value.Value{})
		return value.MakeError(e.Code, e.Message), nil
	}
	return got, err
}

// view is View, but the failure of a scalar is an error.
func (m *Machine) view(v ir.View) (value.Value, error) {
	if err := m.ready(v); err != nil {
		return value.Value{}, err
	}
	if n := m.nodes[v.Node]; n.kind() == ir.Stream {
		return m.streamView(n)
	}
	p := parts{rows: m.nodes[v.Node].tails(nil)}
	for _, id := range v.Keys {
		p.keys = append(p.keys, m.nodes[id].tails(nil))
	}
	if v.Closed >= 0 && hasStream(v.Type) {
		p.closed = m.nodes[v.Closed].tails(nil)
	}
	return m.assemble(v.Type, p), m.failure(v)
}

// readable checks that a view can be read and has a value.
func (m *Machine) readable(v ir.View) error {
	if err := m.ready(v); err != nil {
		return err
	}
	return m.failure(v)
}

// failure is why a computed view has no value.
func (m *Machine) failure(v ir.View) error {
	if o, ok := m.nodes[v.Node].op.(*computeOp); ok && o.failed != nil {
		return m.x.locate(o.failed, m.nodes[v.Node].ir.Pos)
	}
	return nil
}

// Lookup reads a map view at a key, or a nested one below several, at the cost
// of what lies there. ok is false where the key is absent.
func (m *Machine) Lookup(v ir.View, keys ...value.Value) (got value.Value, ok bool, err error) {
	if err := m.readable(v); err != nil {
		return value.Value{}, false, err
	}
	t := v.Type.Resolve()
	var words []value.Word
	for _, k := range keys {
		if t.Con != "Map" {
			return value.Value{}, false, fmt.Errorf("vm: %s has no keys", t)
		}
		if words, ok = m.find(words, t.Args[0], k); !ok {
			return value.Value{}, false, nil
		}
		t = t.Args[1].Resolve()
	}
	p := parts{rows: m.nodes[v.Node].tails(words)}
	ok = len(p.rows) > 0
	for i, id := range v.Keys {
		rows := m.nodes[id].tails(words)
		ok = ok || len(rows) > 0
		if i >= len(keys) {
			p.keys = append(p.keys, rows)
		}
	}
	if v.Closed >= 0 && hasStream(v.Type) {
		p.closed = m.nodes[v.Closed].tails(words)
		ok = ok || len(p.closed) > 0
	}
	if !ok {
		return value.Value{}, false, nil
	}
	return m.assemble(t, p), true, nil
}

// Has reports whether a set view holds an element, or a map view a key.
func (m *Machine) Has(v ir.View, elem value.Value) (bool, error) {
	if err := m.readable(v); err != nil {
		return false, err
	}
	t := v.Type.Resolve()
	switch t.Con {
	case "Map":
		_, ok, err := m.Lookup(v, elem)
		return ok, err
	case "Set":
		row, ok := m.find(nil, t.Args[0], elem)
		if !ok {
			return false, nil
		}
		tb := m.nodes[v.Node].table
		r, ok := tb.find(row)
		return ok && tb.now(r) > 0, nil
	}
	got, err := m.View(v)
	return slices.ContainsFunc(elements(got), func(x value.Value) bool { return value.Equal(x, elem) }), err
}

// ready checks that a view can be read, and evaluates what depends on no cell
// when nothing was stepped yet.
func (m *Machine) ready(v ir.View) error {
	if !m.started {
		if _, err := m.Step(nil); err != nil {
			return err
		}
	}
	if v.Type == nil || v.Node < 0 || v.Node >= len(m.nodes) {
		return errors.New("vm: this view is not part of the running program")
	}
	if !m.stepping {
		m.fuel = m.opt.Fuel
	}
	for _, n := range m.viewNodes(v) {
		if n.suspended {
			return n.why
		}
		if n.table == nil && n.kind() != ir.Stream {
			return errors.New("vm: this view is not kept by the running program")
		}
		if n.lazy != nil {
			n.op.(*fixOp).c.compose.sync()
		}
	}
	return nil
}

// parts are the rows of a view, or of a part of it below some keys: the columns
// that follow those keys. They lie in the tables and are not copied.
type parts struct {
	rows   [][]value.Word
	keys   [][][]value.Word // presence of keys, by level
	closed [][]value.Word   // lengths of closed streams
}

// tails lists the rows of a node that begin with key, without it.
func (n *node) tails(key []value.Word) [][]value.Word {
	var rows [][]value.Word
	t := n.table
	switch {
	case t == nil || len(key) > t.width:
	case len(key) == 0:
		t.each(func(r uint32, _ int64) { rows = append(rows, t.row(r)) })
	default:
		cols := make([]int, len(key))
		for i := range cols {
			cols[i] = i
		}
		x := t.index(cols)
		for r := x.first(key); r != 0; r = x.next[r-1] {
			if t.now(r-1) > 0 {
				rows = append(rows, t.row(r - 1)[len(key):])
			}
		}
	}
	return rows
}

func (m *Machine) assemble(t *types.Type, p parts) value.Value {
	t = t.Resolve()
	switch t.Con {
	case "Set":
		return value.MakeSet(m.takeAll(t.Args[0], p.rows))
	case "Map":
		return m.assembleMap(t, p)
	case "Stream":
		return m.assembleStream(t, p)
	case "IVar":
		return ivar(m.scalars(t, p.rows))
	}
	switch vs := m.scalars(t, p.rows); len(vs) {
	case 0:
		return bottom(t)
	case 1:
		return vs[0]
	default:
		return value.MakeConflict(vs)
	}
}

// takeAll assembles one value of data type t per row.
func (m *Machine) takeAll(t *types.Type, rows [][]value.Word) []value.Value {
	vs := make([]value.Value, len(rows))
	for i, row := range rows {
		vs[i], _ = m.take(t, row)
	}
	return vs
}

// scalars assembles rows of one column that holds values of type t whole.
func (m *Machine) scalars(t *types.Type, rows [][]value.Word) []value.Value {
	k, _ := t.RawKind()
	vs := make([]value.Value, len(rows))
	for i, row := range rows {
		vs[i] = m.in.Value(row[0], k)
	}
	return vs
}

// assembleMap sorts the rows of a map by key and assembles the rest of each.
func (m *Machine) assembleMap(t *types.Type, p parts) value.Value {
	width := len(t.Args[0].Columns(nil))
	keys := newTable(width)
	var below []parts
	at := func(row []value.Word) *parts {
		k, fresh := keys.add(row[:width], 1)
		if fresh {
			below = append(below, parts{keys: make([][][]value.Word, max(0, len(p.keys)-1))})
		}
		return &below[k]
	}
	for _, row := range p.rows {
		b := at(row)
		b.rows = append(b.rows, row[width:])
	}
	for level, rows := range p.keys {
		for _, row := range rows {
			if b := at(row); level > 0 {
				b.keys[level-1] = append(b.keys[level-1], row[width:])
			}
		}
	}
	for _, row := range p.closed {
		b := at(row)
		b.closed = append(b.closed, row[width:])
	}
	kvs := make([]value.Value, 0, 2*len(below))
	for i := range below {
		k, _ := m.take(t.Args[0], keys.row(uint32(i)))
		kvs = append(kvs, k, m.assemble(t.Args[1], below[i]))
	}
	return value.MakeMap(kvs)
}

// assembleStream is the known prefix: the items up to the first gap, a conflict
// where one place has several values, closed when its length is known and
// reached.
func (m *Machine) assembleStream(t *types.Type, p parts) value.Value {
	rows := slices.Clone(p.rows)
	slices.SortFunc(rows, func(a, b []value.Word) int { return int(int64(a[0]) - int64(b[0])) })
	items := []value.Value{}
	for i := 0; i < len(rows); {
		if int64(rows[i][0]) != int64(len(items)) {
			break
		}
		var at []value.Value
		for index := rows[i][0]; i < len(rows) && rows[i][0] == index; i++ {
			v, _ := m.take(t.Args[0], rows[i][1:])
			at = append(at, v)
		}
		items = append(items, ivar(at))
	}
	for _, c := range p.closed {
		if int64(len(items)) >= int64(c[0]) {
			return value.MakeList(items)
		}
	}
	return value.MakeOpen(items)
}

package vm

import (
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// take assembles a value of data type t from the columns at the head of row and
// returns the columns after it.
func (m *Machine) take(t *types.Type, row []value.Word) (value.Value, []value.Word) {
	t = t.Resolve()
	if t.Con != types.Tuple {
		k, _ := t.RawKind()
		return m.in.Value(row[0], k), row[1:]
	}
	xs := make([]value.Value, len(t.Args))
	for i, a := range t.Args {
		xs[i], row = m.take(a, row)
	}
	return value.MakeTuple(xs...), row
}

// put appends the columns of a value of data type t.
func (m *Machine) put(to []value.Word, t *types.Type, v value.Value) []value.Word {
	t = t.Resolve()
	if t.Con != types.Tuple {
		return append(to, m.word(v, t.IsRaw()))
	}
	for i, a := range t.Args {
		to = m.put(to, a, v.Elems()[i])
	}
	return to
}

// find is put without interning; ok is false where a part was never seen.
func (m *Machine) find(to []value.Word, t *types.Type, v value.Value) (words []value.Word, ok bool) {
	t = t.Resolve()
	if t.Con != types.Tuple {
		if t.IsRaw() {
			return append(to, value.RawWord(v)), true
		}
		w, ok := m.in.Find(v)
		return append(to, w), ok
	}
	if v.Kind() != value.Tuple || len(v.Elems()) != len(t.Args) {
		return to, false
	}
	for i, a := range t.Args {
		if to, ok = m.find(to, a, v.Elems()[i]); !ok {
			return to, false
		}
	}
	return to, true
}

// tuple assembles a row as one value: a tuple of its columns.
func (m *Machine) tuple(cols []*types.Type, row []value.Word) value.Value {
	xs := make([]value.Value, len(cols))
	for i, t := range cols {
		k, _ := t.RawKind()
		xs[i] = m.in.Value(row[i], k)
	}
	return value.MakeTuple(xs...)
}

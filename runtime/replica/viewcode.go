package replica

import (
	"encoding/binary"
	"errors"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Views travel as answers. They hold what is no data (unset, unbound, conflicts,
// open streams), so they have a form of their own: the kind of a value, then its
// number, its text, or its parts. Constructors are named.

// maxViewDepth bounds the nesting of a view that is read.
const maxViewDepth = 256

var errView = errors.New("the value cannot be read")

func encodeView(v value.Value) []byte { return appendView(nil, v) }

func appendView(b []byte, v value.Value) []byte {
	b = append(b, byte(v.Kind()))
	switch v.Kind() {
	case value.Bool, value.Int, value.Float, value.Duration:
		return binary.LittleEndian.AppendUint64(b, uint64(value.RawWord(v)))
	case value.String, value.Bytes, value.Node:
		return appendText(b, v.Str())
	case value.Record:
		b = appendText(b, v.Ctor().Name)
	case value.Error:
		b = appendText(b, v.Str())
	}
	b = binary.AppendUvarint(b, uint64(len(v.Elems())))
	for _, x := range v.Elems() {
		b = appendView(b, x)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// viewReader reads one view.
type viewReader struct {
	b []byte
	p *ir.Program
}

func decodeView(b []byte, p *ir.Program) (value.Value, error) {
	r := &viewReader{b, p}
	v, err := r.value(0)
	if err == nil && len(r.b) > 0 {
		err = errView
	}
	return v, err
}

func (r *viewReader) count() (int, error) {
	n, used := binary.Uvarint(r.b)
	if used <= 0 || n > uint64(len(r.b)-used) {
		return 0, errView
	}
	r.b = r.b[used:]
	return int(n), nil
}

func (r *viewReader) text() (string, error) {
	n, err := r.count()
	if err != nil {
		return "", err
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s, nil
}

func (r *viewReader) value(depth int) (value.Value, error) {
	if len(r.b) == 0 || depth > maxViewDepth {
		return value.Value{}, errView
	}
	kind := value.Kind(r.b[0])
	r.b = r.b[1:]
	var name string
	var err error
	switch kind {
	case value.Bool, value.Int, value.Float, value.Duration:
		if len(r.b) < 8 {
			return value.Value{}, errView
		}
		w := binary.LittleEndian.Uint64(r.b)
		r.b = r.b[8:]
		return value.FromRaw(kind, value.Word(w)), nil
	case value.String, value.Bytes, value.Node:
		s, err := r.text()
		return textValue(kind, s), err
	case value.Record, value.Error:
		if name, err = r.text(); err != nil {
			return value.Value{}, err
		}
	}
	n, err := r.count()
	xs := make([]value.Value, 0, n)
	for range n {
		if err != nil {
			return value.Value{}, err
		}
		var x value.Value
		x, err = r.value(depth + 1)
		xs = append(xs, x)
	}
	if err != nil {
		return value.Value{}, err
	}
	return r.build(kind, name, xs)
}

func textValue(kind value.Kind, s string) value.Value {
	switch kind {
	case value.Bytes:
		return value.MakeBytes([]byte(s))
	case value.Node:
		return value.MakeNode(s)
	}
	return value.MakeString(s)
}

// build makes a value of its parts.
func (r *viewReader) build(kind value.Kind, name string, xs []value.Value) (value.Value, error) {
	switch kind {
	case value.Tuple:
		return value.MakeTuple(xs...), nil
	case value.List:
		return value.MakeList(xs), nil
	case value.Set:
		return value.MakeSet(xs), nil
	case value.Map:
		if len(xs)%2 == 0 {
			return value.MakeMap(xs), nil
		}
	case value.Record:
		return r.record(name, xs)
	case value.Unset:
		return value.MakeUnset(), nil
	case value.Unbound:
		return value.MakeUnbound(), nil
	case value.Conflict:
		return value.MakeConflict(xs), nil
	case value.Open:
		return value.MakeOpen(xs), nil
	case value.Error:
		if len(xs) == 1 {
			return value.MakeError(name, xs[0].Str()), nil
		}
	}
	return value.Value{}, errView
}

func (r *viewReader) record(name string, xs []value.Value) (value.Value, error) {
	if name == "Some" && len(xs) == 1 {
		return value.Some(xs[0]), nil
	}
	if name == "None" && len(xs) == 0 {
		return value.None(), nil
	}
	for _, d := range append(r.p.Defs[:len(r.p.Defs):len(r.p.Defs)], types.ErrorInfo, types.ConflictInfo) {
		for _, k := range d.Ctors {
			if k.Name == name && len(k.Fields) == len(xs) {
				return value.MakeRecord(k.Value, xs...), nil
			}
		}
	}
	return value.Value{}, errView
}

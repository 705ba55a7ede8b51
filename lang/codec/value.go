package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
	"unicode/utf8"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// EncodeValue appends the encoding of a data value to dst. The type is not in
// it; DecodeValue needs the same one. A value has one encoding, and values of
// one type are equal when their encodings are:
//
//	Bool, Int, Nat, Float    themselves; a Float has always 8 bytes
//	String, Node; Bytes      text; byte string
//	Duration                 nanoseconds
//	tuples, List, records    array of their parts
//	Set; Map                 array of the elements; of keys and values in turn, in order
//	Option                   null, or an array of the value
//	variants                 array of the constructor's name and the fields
func EncodeValue(dst []byte, v value.Value) []byte {
	switch v.Kind() {
	case value.Bool:
		if v.Bool() {
			return append(dst, simpleTrue)
		}
		return append(dst, simpleFalse)
	case value.Int:
		return appendInt(dst, v.Int())
	case value.Duration:
		return appendInt(dst, int64(v.Duration()))
	case value.Float:
		return binary.BigEndian.AppendUint64(append(dst, headFloat64), math.Float64bits(v.Float()))
	case value.String, value.Node:
		return append(appendHead(dst, majorText, uint64(len(v.Str()))), v.Str()...)
	case value.Bytes:
		return append(appendHead(dst, majorBytes, uint64(len(v.Str()))), v.Str()...)
	case value.Record:
		return encodeRecord(dst, v)
	}
	return encodeElems(dst, v.Elems())
}

func encodeElems(dst []byte, xs []value.Value) []byte {
	dst = appendHead(dst, majorArray, uint64(len(xs)))
	for _, x := range xs {
		dst = EncodeValue(dst, x)
	}
	return dst
}

func encodeRecord(dst []byte, v value.Value) []byte {
	c := v.Ctor()
	switch {
	case v.IsNone() && c.Type == "Option":
		return append(dst, simpleNull)
	case c.Type == "Option" || c.Type == c.Name:
		return encodeElems(dst, v.Elems())
	}
	dst = appendHead(dst, majorArray, uint64(len(v.Elems())+1))
	dst = append(appendHead(dst, majorText, uint64(len(c.Name))), c.Name...)
	for _, x := range v.Elems() {
		dst = EncodeValue(dst, x)
	}
	return dst
}

// DecodeValue reads one value of data type t and nothing else from b.
func DecodeValue(b []byte, t *types.Type, l Limits) (value.Value, error) {
	d := newDecoder(b, l)
	v, err := d.value(t, d.limits.Depth)
	if err == nil && len(d.rest) > 0 {
		err = fmt.Errorf("%d bytes follow the value", len(d.rest))
	}
	if err != nil {
		return value.Value{}, fmt.Errorf("value of type %s: %w", t, err)
	}
	return v, nil
}

// decoder reads typed values from the front of rest and counts what it makes.
type decoder struct {
	rest   []byte
	limits Limits
	left   int // parts that may still be made
}

func newDecoder(b []byte, l Limits) *decoder {
	l = l.Fill()
	return &decoder{rest: b, limits: l, left: l.Elements}
}

func (d *decoder) value(t *types.Type, depth int) (value.Value, error) {
	if depth == 0 {
		return value.Value{}, fmt.Errorf("nested deeper than %d: %w", d.limits.Depth, ErrLimit)
	}
	t = t.Resolve()
	switch t.Con {
	case "Bool", "Flag":
		return d.bool()
	case "Int", "Nat", "Duration":
		return d.int(t.Con)
	case "Float":
		return d.float()
	case "String", "Node", "Bytes":
		return d.text(t.Con)
	case "Option":
		return d.option(t, depth)
	case types.Tuple:
		xs, err := d.fields(t.Args, depth)
		return value.MakeTuple(xs...), err
	case "List", "Set":
		return d.elements(t, depth)
	case "Map":
		return d.mapOf(t, depth)
	case "Max", "Min":
		return d.value(t.Args[0], depth)
	}
	if j := t.Joined(); j != nil {
		return d.value(j.Of, depth-1)
	}
	if t.Def == nil {
		return value.Value{}, fmt.Errorf("%s is not a type of data", t)
	}
	return d.record(t.Def, depth)
}

func (d *decoder) head(major byte, what string) (uint64, error) {
	m, n, rest, err := readHead(d.rest)
	if err != nil {
		return 0, err
	}
	if m != major {
		return 0, errors.New(what + " is expected")
	}
	d.rest = rest
	return n, nil
}

func (d *decoder) bool() (value.Value, error) {
	if len(d.rest) == 0 {
		return value.Value{}, errTruncated
	}
	c := d.rest[0]
	if c != simpleFalse && c != simpleTrue {
		return value.Value{}, errors.New("a Bool is expected")
	}
	d.rest = d.rest[1:]
	return value.MakeBool(c == simpleTrue), nil
}

func (d *decoder) int(con string) (value.Value, error) {
	major, n, rest, err := readHead(d.rest)
	switch {
	case err != nil:
		return value.Value{}, err
	case major > majorNeg || major == majorNeg && con == "Nat":
		return value.Value{}, errors.New("a number of type " + con + " is expected")
	case n > math.MaxInt64:
		return value.Value{}, errors.New("the number does not fit 64 bits")
	}
	d.rest = rest
	i := int64(n)
	if major == majorNeg {
		i = ^i
	}
	if con == "Duration" {
		return value.MakeDuration(time.Duration(i)), nil
	}
	return value.MakeInt(i), nil
}

func (d *decoder) float() (value.Value, error) {
	if len(d.rest) < 9 || d.rest[0] != headFloat64 {
		return value.Value{}, errors.New("a Float of 8 bytes is expected")
	}
	bits := binary.BigEndian.Uint64(d.rest[1:])
	v := value.MakeFloat(math.Float64frombits(bits))
	if math.Float64bits(v.Float()) != bits {
		return value.Value{}, errors.New("the Float is another form of NaN or 0")
	}
	d.rest = d.rest[9:]
	return v, nil
}

func (d *decoder) text(con string) (value.Value, error) {
	major := byte(majorText)
	if con == "Bytes" {
		major = majorBytes
	}
	n, err := d.head(major, "a value of type "+con)
	if err != nil {
		return value.Value{}, err
	}
	if n > uint64(len(d.rest)) {
		return value.Value{}, errTruncated
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	if con == "Bytes" {
		return value.MakeBytes(b), nil
	}
	if !utf8.Valid(b) {
		return value.Value{}, errors.New("the text is not valid UTF-8")
	}
	if con == "Node" {
		return value.MakeNode(string(b)), nil
	}
	return value.MakeString(string(b)), nil
}

// array reads the head of an array. Every part takes at least a byte, so what
// is allocated is bounded by the input.
func (d *decoder) array() (int, error) {
	n, err := d.head(majorArray, "an array")
	if err != nil {
		return 0, err
	}
	if n > uint64(len(d.rest)) {
		return 0, errTruncated
	}
	if d.left -= int(n); d.left < 0 {
		return 0, fmt.Errorf("more than %d parts: %w", d.limits.Elements, ErrLimit)
	}
	return int(n), nil
}

func (d *decoder) fields(ts []*types.Type, depth int) ([]value.Value, error) {
	n, err := d.array()
	if err != nil {
		return nil, err
	}
	if n != len(ts) {
		return nil, fmt.Errorf("%d parts where %d are expected", n, len(ts))
	}
	xs := make([]value.Value, n)
	for i, t := range ts {
		if xs[i], err = d.value(t, depth-1); err != nil {
			return nil, err
		}
	}
	return xs, nil
}

func (d *decoder) elements(t *types.Type, depth int) (value.Value, error) {
	n, err := d.array()
	if err != nil {
		return value.Value{}, err
	}
	xs := make([]value.Value, n)
	for i := range xs {
		if xs[i], err = d.value(t.Args[0], depth-1); err != nil {
			return value.Value{}, err
		}
		if t.Con == "Set" && i > 0 && value.Compare(xs[i-1], xs[i]) >= 0 {
			return value.Value{}, errors.New("the elements of a set are out of order")
		}
	}
	if t.Con == "Set" {
		return value.MakeSet(xs), nil
	}
	return value.MakeList(xs), nil
}

func (d *decoder) mapOf(t *types.Type, depth int) (value.Value, error) {
	n, err := d.array()
	if err != nil {
		return value.Value{}, err
	}
	if n%2 != 0 {
		return value.Value{}, errors.New("a key of a map has no value")
	}
	xs := make([]value.Value, n)
	for i := range xs {
		if xs[i], err = d.value(t.Args[i%2], depth-1); err != nil {
			return value.Value{}, err
		}
		if i%2 == 0 && i > 0 && value.Compare(xs[i-2], xs[i]) >= 0 {
			return value.Value{}, errors.New("the keys of a map are out of order")
		}
	}
	return value.MakeMap(xs), nil
}

func (d *decoder) option(t *types.Type, depth int) (value.Value, error) {
	if len(d.rest) > 0 && d.rest[0] == simpleNull {
		d.rest = d.rest[1:]
		return value.None(), nil
	}
	xs, err := d.fields(t.Args, depth)
	if err != nil {
		return value.Value{}, err
	}
	return value.Some(xs[0]), nil
}

func (d *decoder) record(def *types.Def, depth int) (value.Value, error) {
	if def.Record {
		xs, err := d.fields(fieldTypes(def.Ctors[0]), depth)
		if err != nil {
			return value.Value{}, err
		}
		return value.MakeRecord(def.Ctors[0].Value, xs...), nil
	}
	n, err := d.array()
	if err != nil {
		return value.Value{}, err
	}
	if n == 0 {
		return value.Value{}, errors.New("a variant has no constructor")
	}
	name, err := d.text("String")
	if err != nil {
		return value.Value{}, err
	}
	for _, c := range def.Ctors {
		if c.Name != name.Str() {
			continue
		}
		if len(c.Fields) != n-1 {
			return value.Value{}, fmt.Errorf("%s has %d fields, not %d", c.Name, len(c.Fields), n-1)
		}
		xs := make([]value.Value, n-1)
		for i, f := range c.Fields {
			if xs[i], err = d.value(f.Type, depth-1); err != nil {
				return value.Value{}, err
			}
		}
		return value.MakeRecord(c.Value, xs...), nil
	}
	return value.Value{}, fmt.Errorf("%s has no constructor %q", def.Name, name.Str())
}

func fieldTypes(c *types.Ctor) []*types.Type {
	ts := make([]*types.Type, len(c.Fields))
	for i, f := range c.Fields {
		ts[i] = f.Type
	}
	return ts
}

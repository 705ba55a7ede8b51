package feed

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Write is one operation on a cell that comes from data.
type Write struct {
	Cell string
	Keys []value.Value
	Op   string
	Args []value.Value
}

// Sink takes what a data file holds, in chunks, in the order of the file.
type Sink struct {
	// Write takes operations.
	Write func([]Write) error
	// Rows takes elements of the cell as words of Interner; nil: all of it comes as
	// operations. It is for cells that take words.
	Rows     func(Rows) error
	Interner *value.Interner
}

// Rows is a part of a data file.
type Rows struct {
	Cell string
	// Arg is the type of what a row has behind the keys of maps: the element, or the
	// argument of the operation by which data is loaded.
	Arg *types.Type
	// Words are the rows, one behind the other; they are the reader's again
	// afterwards. N is how many they are, and Left about how many will follow, as far
	// as the size of the file tells.
	Words   []value.Word
	N, Left int
}

// batch is how many elements go into a set by one operation.
const batch = 1 << 16

// Load reads the data file of a cell, by the ending of its name: .tsv, .csv or
// .jsonl. Each row gives the keys of the maps around the contents, then the
// element or value.
func (s *Schema) Load(cell, path string, to Sink) error {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("there is no file %s", path)
		}
		return &Error{File: path, Message: "it cannot be read: " + reason(err)}
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return &Error{File: path, Message: "it is a folder; name a data file in it"}
	}
	return s.LoadFrom(cell, path, f, to)
}

// reason is an error of the system without the name of the file.
func reason(err error) string {
	if of := (*os.PathError)(nil); errors.As(err, &of) {
		return of.Err.Error()
	}
	return err.Error()
}

// LoadFrom is Load of an open file.
func (s *Schema) LoadFrom(cell, name string, r io.Reader, to Sink) error {
	l, err := s.open(cell, name, r, to)
	if err != nil {
		return &Error{File: name, Message: err.Error()}
	}
	return l.load()
}

// open prepares to read an open file.
func (s *Schema) open(cell, name string, r io.Reader, to Sink) (*loader, error) {
	l, err := s.loader(cell)
	if err != nil {
		return nil, err
	}
	f, ok := formats[filepath.Ext(name)]
	if !ok {
		return nil, errors.New("the ending says what a data file holds: .tsv, .csv or .jsonl")
	}
	l.to, l.name, l.format, l.file = to, name, f, newSource(r)
	if to.Rows != nil {
		l.quick = l.quickColumns()
		l.readers = l.readersWanted()
	}
	return l, nil
}

// load reads the whole file.
func (l *loader) load() error {
	err := l.read()
	if err == nil {
		err = l.flush()
	}
	if placed := (*Error)(nil); err != nil && !errors.As(err, &placed) {
		err = &Error{File: l.name, Message: err.Error()}
	}
	return err
}

// loader turns rows into operations.
type loader struct {
	cell string
	op   string
	typ  *types.Type // of a whole row: keys and element as one tuple, or the element
	arg  *types.Type // of the element
	keys int
	rest []value.Value // arguments behind the element, which have defaults
	cols []*types.Type
	to   Sink

	name    string // of the file
	format  format
	file    *source
	quick   []quickColumn // see quick.go; nil: each line is taken apart first
	readers int           // how many read at once, see apart.go; up to 1: the caller does
	lines   int           // whose rows were handed on
	all     int           // elements that were

	gathers bool          // the kind has add_all
	elems   []value.Value // what was gathered for it
	writes  []Write
}

func (s *Schema) loader(cell string) (*loader, error) {
	c, err := s.Cell(cell)
	if err != nil {
		return nil, err
	}
	l := &loader{cell: cell}
	var parts []*types.Type
	kind := c.Kind.Resolve()
	for k := lattice.Lookup(kind.Con); k != nil && k.Map; k = lattice.Lookup(kind.Con) {
		parts = append(parts, kind.Args[0])
		kind = kind.Args[1].Resolve()
	}
	l.keys = len(parts)
	if k := lattice.Lookup(kind.Con); k != nil {
		l.op, l.gathers = k.Load, k.Load == "add" && k.Mutator("add_all") != nil
	}
	if l.op == "" {
		return nil, fmt.Errorf("%s is a %s; data cannot be loaded into it", cell, c.Kind)
	}
	for _, p := range lattice.Lookup(kind.Con).Mutator(l.op).Params[1:] {
		l.rest = append(l.rest, p.Default)
	}
	o, err := s.operation(cell, l.op, l.keys)
	if err != nil {
		return nil, err
	}
	l.arg = o.params[0]
	parts = append(parts, l.arg)
	l.typ = parts[0]
	if len(parts) > 1 {
		l.typ = types.TupleOf(parts...)
	}
	l.cols = columns(l.typ)
	return l, nil
}

// columns are the fields of a row of type t: tuples are taken apart, and a
// record that stands alone gives its fields.
func columns(t *types.Type) []*types.Type {
	if t = t.Resolve(); t.Def != nil && t.Def.Record {
		var cols []*types.Type
		for _, f := range t.Def.Ctors[0].Fields {
			cols = append(cols, f.Type)
		}
		return cols
	}
	return t.Columns(nil)
}

func (l *loader) take(in row) error {
	v, err := l.value(in)
	if err != nil {
		return err
	}
	w := Write{Cell: l.cell, Op: l.op, Args: []value.Value{v}}
	if l.keys > 0 {
		parts := v.Elems()
		w.Keys, w.Args = parts[:l.keys:l.keys], parts[l.keys:len(parts):len(parts)]
	}
	w.Args = append(w.Args, l.rest...)
	if l.gathers && l.keys == 0 {
		if l.elems == nil {
			l.elems = make([]value.Value, 0, 1024)
		}
		l.elems = append(l.elems, v)
	} else {
		l.writes = append(l.writes, w)
	}
	if len(l.elems)+len(l.writes) >= batch {
		return l.flush()
	}
	return nil
}

func (l *loader) isRecord() bool {
	t := l.typ.Resolve()
	return t.Def != nil && t.Def.Record
}

// fit reports whether fields are in the range of their columns, so that reading
// them gives no error that speaks of fields.
func (l *loader) fit(fields [][]byte) bool {
	for i, t := range l.cols {
		if con := t.Resolve().Con; con == "Int" || con == "Nat" {
			if n, ok := number(fields[i]); !ok || n < 0 && con == "Nat" {
				return false
			}
		}
	}
	return true
}

// number reads a whole number that is short enough to be in range.
func number(text []byte) (n int64, ok bool) {
	digits := text
	if len(text) > 0 && text[0] == '-' {
		digits = text[1:]
	}
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false
	}
	for _, c := range digits {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = 10*n + int64(c)
	}
	if len(digits) < len(text) {
		n = -n
	}
	return n, true
}

func (l *loader) flush() error {
	ws := l.writes
	if len(l.elems) > 0 {
		ws = append(ws, Write{Cell: l.cell, Op: "add_all", Args: []value.Value{value.MakeList(l.elems)}})
	}
	l.elems, l.writes = nil, nil
	if len(ws) == 0 {
		return nil
	}
	return l.to.Write(ws)
}

// value reads a row as one value.
func (l *loader) value(in row) (value.Value, error) {
	if in.fields == nil {
		return types.FromJSON(l.typ, in.json)
	}
	if len(in.fields) != len(l.cols) {
		return value.Value{}, fmt.Errorf("%s, where %s has %d", counted(len(in.fields), "field"), l.typ, len(l.cols))
	}
	vs := make([]value.Value, len(in.fields))
	for i, text := range in.fields {
		v, err := field(l.cols[i], string(text))
		if err != nil {
			return value.Value{}, fmt.Errorf("field %d: %w", i+1, err)
		}
		vs[i] = v
	}
	v, _ := assemble(l.typ, vs)
	return v, nil
}

// counted is a number of things.
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// field reads one field: text as it stands, everything else as JSON, but
// without quotes around durations, nodes and numbers. An empty field is None
// where there may be none.
func field(t *types.Type, text string) (value.Value, error) {
	switch t = t.Resolve(); t.Con {
	case "Option":
		if text == "" {
			return value.None(), nil
		}
		if inner := t.Args[0].Resolve(); inner.Con != "Option" && text != "null" {
			v, err := field(inner, text)
			return value.Some(v), err
		}
	case "Float":
		if x, err := strconv.ParseFloat(text, 64); err == nil && (math.IsNaN(x) || math.IsInf(x, 0)) {
			return value.MakeFloat(x), nil
		}
	case "String":
		return value.MakeString(strings.ToValidUTF8(text, "\uFFFD")), nil
	case "Node":
		return value.MakeNode(strings.ToValidUTF8(text, "\uFFFD")), nil
	case "Int", "Nat":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && (n >= 0 || t.Con == "Int") {
			return value.MakeInt(n), nil
		}
	case "Duration":
		return types.FromJSON(t, []byte(strconv.Quote(text)))
	}
	return types.FromJSON(t, []byte(text))
}

// assemble builds a value of type t from its columns and returns what is left.
func assemble(t *types.Type, cols []value.Value) (value.Value, []value.Value) {
	t = t.Resolve()
	switch {
	case t.Con == types.Tuple:
		parts := make([]value.Value, len(t.Args))
		for i, a := range t.Args {
			if a.Resolve().Con == types.Tuple {
				parts[i], cols = assemble(a, cols)
			} else {
				parts[i], cols = cols[0], cols[1:]
			}
		}
		return value.MakeTuple(parts...), cols
	case t.Def != nil && t.Def.Record:
		c := t.Def.Ctors[0]
		return value.MakeRecord(c.Value, cols[:len(c.Fields)]...), cols[len(c.Fields):]
	}
	return cols[0], cols[1:]
}

package feed

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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

// batch is how many elements go into a set by one operation.
const batch = 1 << 16

// Load reads the data file of a cell, by the ending of its name: .tsv, .csv or
// .jsonl. Each row gives the keys of the maps around the contents, then the
// element or value. It calls write with chunks of operations.
func (s *Schema) Load(cell, path string, write func([]Write) error) error {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("there is no file %s", path)
		}
		return err
	}
	defer f.Close()
	return s.LoadFrom(cell, path, f, write)
}

// LoadFrom is Load of an open file.
func (s *Schema) LoadFrom(cell, name string, r io.Reader, write func([]Write) error) error {
	l, err := s.loader(cell)
	if err != nil {
		return &Error{File: name, Message: err.Error()}
	}
	read := map[string]func(*loader, io.Reader, func(row) error) error{".tsv": readTabs, ".csv": readCommas, ".jsonl": readLines}[filepath.Ext(name)]
	if read == nil {
		return &Error{File: name, Message: "the ending says what a data file holds: .tsv, .csv or .jsonl"}
	}
	l.write = write
	err = read(l, r, func(in row) error {
		if err := l.take(in); err != nil {
			return &Error{File: name, Line: in.line, Message: err.Error()}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.flush()
}

// loader turns rows into operations.
type loader struct {
	cell  string
	op    string
	typ   *types.Type // of a whole row: keys and element as one tuple, or the element
	keys  int
	rest  []value.Value // arguments behind the element, which have defaults
	cols  []*types.Type
	write func([]Write) error

	gathers bool          // the kind has add_all
	elems   []value.Value // what was gathered for it
	writes  []Write
}

// row is one row of a file: fields, or JSON of the whole.
type row struct {
	line   int
	fields []string
	json   []byte
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
	parts = append(parts, o.params[0])
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

func (l *loader) flush() error {
	ws := l.writes
	if len(l.elems) > 0 {
		ws = append(ws, Write{Cell: l.cell, Op: "add_all", Args: []value.Value{value.MakeList(l.elems)}})
	}
	l.elems, l.writes = nil, nil
	if len(ws) == 0 {
		return nil
	}
	return l.write(ws)
}

// value reads a row as one value.
func (l *loader) value(in row) (value.Value, error) {
	if in.fields == nil {
		return types.FromJSON(l.typ, in.json)
	}
	if len(in.fields) != len(l.cols) {
		return value.Value{}, fmt.Errorf("%d fields, where %s has %d", len(in.fields), l.typ, len(l.cols))
	}
	vs := make([]value.Value, len(in.fields))
	for i, text := range in.fields {
		v, err := field(l.cols[i], text)
		if err != nil {
			return value.Value{}, fmt.Errorf("field %d: %w", i+1, err)
		}
		vs[i] = v
	}
	v, _ := assemble(l.typ, vs)
	return v, nil
}

// field reads one field: text as it stands, everything else as JSON, but
// without quotes around durations, nodes and numbers.
func field(t *types.Type, text string) (value.Value, error) {
	switch t = t.Resolve(); t.Con {
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

// readTabs reads lines of fields between tabs, without quoting.
func readTabs(l *loader, r io.Reader, yield func(row) error) error {
	return eachLine(r, func(n int, text []byte) error {
		return yield(row{line: n, fields: splitTabs(string(text), len(l.cols))})
	})
}

func splitTabs(text string, n int) []string {
	fields := make([]string, 0, n)
	for {
		i := strings.IndexByte(text, '\t')
		if i < 0 {
			return append(fields, text)
		}
		fields = append(fields, text[:i])
		text = text[i+1:]
	}
}

func readLines(_ *loader, r io.Reader, yield func(row) error) error {
	return eachLine(r, func(n int, text []byte) error { return yield(row{line: n, json: text}) })
}

func eachLine(r io.Reader, f func(n int, text []byte) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 256<<10), maxLine)
	for n := 1; sc.Scan(); n++ {
		text := sc.Bytes()
		if k := len(text); k > 0 && text[k-1] == '\r' {
			text = text[:k-1]
		}
		if len(text) == 0 {
			continue
		}
		if err := f(n, text); err != nil {
			return err
		}
	}
	return sc.Err()
}

// readCommas reads RFC 4180 text. A first row that names the fields of the
// record is a heading and says their order.
func readCommas(l *loader, r io.Reader, yield func(row) error) error {
	cr := csv.NewReader(r)
	cr.FieldsPerRecord = -1
	var order []int
	for first := true; ; first = false {
		fields, err := cr.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		line, _ := cr.FieldPos(0)
		if first {
			if order = heading(l.typ, fields); order != nil {
				continue
			}
		}
		if order != nil && len(fields) == len(order) {
			in := slices.Clone(fields)
			for i, at := range order {
				fields[at] = in[i]
			}
		}
		if err := yield(row{line: line, fields: fields}); err != nil {
			return err
		}
	}
}

// heading returns for each column the index of the field of the record that it
// names, nil where the row is no heading.
func heading(t *types.Type, names []string) []int {
	if t = t.Resolve(); t.Def == nil || !t.Def.Record || len(names) != len(t.Def.Ctors[0].Fields) {
		return nil
	}
	var order []int
	for _, name := range names {
		i := slices.IndexFunc(t.Def.Ctors[0].Fields, func(f types.Field) bool { return f.Name == strings.TrimSpace(name) })
		if i < 0 || slices.Contains(order, i) {
			return nil
		}
		order = append(order, i)
	}
	return order
}

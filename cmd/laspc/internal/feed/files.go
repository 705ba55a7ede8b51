package feed

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/types"
)

// row is one row of a file: fields, or JSON of the whole. It is the reader's
// again when the next one is read.
type row struct {
	line   int
	fields [][]byte
	json   []byte
	first  bool // of a kind of file that may have a heading
}

// format is how the lines of a kind of file are read.
type format struct {
	by     byte // between the fields of a line; 0: a line is JSON
	quotes bool // fields may be in quotes, and the first line may be a heading
}

// formats are how data files are read, by the ending of their names.
var formats = map[string]format{
	".tsv": {by: '\t'}, ".csv": {by: ',', quotes: true}, ".jsonl": {},
}

// errQuoted says that a line has quotes in a file where they mean something.
var errQuoted = errors.New("a quoted line")

// lineReader makes rows of lines. Text between commas is RFC 4180: a first row that
// names the fields of the record is a heading and says their order, and lines are
// taken apart at their commas only as long as none has a quote; from there on the
// library reads.
type lineReader struct {
	l      *loader
	yield  func(row) error
	flat   bool // rows of JSON are taken apart where they can be
	fields [][]byte
	begun  bool  // a first row was there
	order  []int // by column: the field of the record, nil for the declared order
	in     [][]byte
}

// line reads line n, which is not empty.
func (c *lineReader) line(n int, text []byte) error {
	f := c.l.format
	switch {
	case f.by == 0:
		return c.json(n, text)
	case f.quotes && bytes.IndexByte(text, '"') >= 0:
		return errQuoted
	}
	c.fields = split(c.fields[:0], text, f.by)
	return c.take(n, c.fields)
}

// json reads a line of JSON. Where words are wanted, flat rows come as fields.
func (c *lineReader) json(n int, text []byte) error {
	if c.flat {
		var ok bool
		if c.fields, ok = flatFields(c.fields[:0], c.l.typ, text); ok && c.l.fit(c.fields) {
			return c.yield(row{line: n, fields: c.fields})
		}
	}
	return c.yield(row{line: n, json: text})
}

// take reads the fields of line n.
func (c *lineReader) take(n int, fields [][]byte) error {
	if !c.l.format.quotes {
		return c.yield(row{line: n, fields: fields})
	}
	first := !c.begun
	if c.begun = true; first {
		if c.order = heading(c.l.typ, fields); c.order != nil {
			return nil
		}
	}
	if c.order != nil && len(fields) == len(c.order) {
		c.in = append(c.in[:0], fields...)
		for i, at := range c.order {
			fields[at] = c.in[i]
		}
	}
	return c.yield(row{line: n, fields: fields, first: first})
}

// split appends the fields of a line.
func split(fields [][]byte, text []byte, by byte) [][]byte {
	for {
		i := bytes.IndexByte(text, by)
		if i < 0 {
			return append(fields, text)
		}
		fields = append(fields, text[:i])
		text = text[i+1:]
	}
}

// quoted reads what has quotes, behind so many lines.
func (c *lineReader) quoted(r io.Reader, before int) error {
	cr := csv.NewReader(r)
	cr.FieldsPerRecord, cr.ReuseRecord = -1, true
	var fields [][]byte
	for {
		texts, err := cr.Read()
		if err == io.EOF {
			return nil
		}
		if bad := (*csv.ParseError)(nil); errors.As(err, &bad) {
			return c.misquoted(bad, before)
		}
		if err != nil {
			return err
		}
		fields = fields[:0]
		for _, text := range texts {
			fields = append(fields, []byte(text))
		}
		line, _ := cr.FieldPos(0)
		if err := c.take(before+line, fields); err != nil {
			return err
		}
	}
}

// misquoted says what is wrong with the quotes of a row, behind so many lines.
func (c *lineReader) misquoted(bad *csv.ParseError, before int) error {
	e := &Error{File: c.l.name, Line: bad.StartLine + before}
	switch {
	case errors.Is(bad.Err, csv.ErrBareQuote):
		e.Line = bad.Line + before
		e.Message = fmt.Sprintf("column %d: there is a quote within a field; put the field into quotes and write the quote twice", bad.Column)
	case errors.Is(bad.Err, csv.ErrQuote) && bad.StartLine == bad.Line:
		e.Message = fmt.Sprintf("column %d: a quoted field goes on behind its quote, or is not closed; a quote in it is written twice", bad.Column)
	case errors.Is(bad.Err, csv.ErrQuote):
		e.Message = fmt.Sprintf("a quoted field begins in this row and is not closed up to line %d, or goes on behind its quote there", bad.Line+before)
	default:
		e.Message = bad.Err.Error()
	}
	return e
}

// aboutHeading says what a heading looks like, where a first row that is no data
// seems to be meant as one.
func aboutHeading(t *types.Type, in row) string {
	if t = t.Resolve(); !in.first || t.Def == nil || !t.Def.Record {
		return ""
	}
	var known []string
	for _, f := range t.Def.Ctors[0].Fields {
		known = append(known, f.Name)
	}
	meant := func(name []byte) bool { return slices.Contains(known, strings.TrimSpace(string(name))) }
	if !slices.ContainsFunc(in.fields, meant) {
		return ""
	}
	return fmt.Sprintf("; if this is a heading, it must name the fields of %s: %s", t, strings.Join(known, ", "))
}

// aboutLineEnds says what is wrong with a row that has several lines in it.
func aboutLineEnds(in row) string {
	inside := func(text []byte) bool { return bytes.IndexByte(text, '\r') >= 0 }
	if !inside(in.json) && !slices.ContainsFunc(in.fields, inside) {
		return ""
	}
	return "; there are carriage returns within the line: lines end with LF or CR LF"
}

// heading returns for each column the index of the field of the record that it
// names, nil where the row is no heading.
func heading(t *types.Type, names [][]byte) []int {
	if t = t.Resolve(); t.Def == nil || !t.Def.Record || len(names) != len(t.Def.Ctors[0].Fields) {
		return nil
	}
	var order []int
	for _, name := range names {
		i := slices.IndexFunc(t.Def.Ctors[0].Fields, func(f types.Field) bool { return f.Name == strings.TrimSpace(string(name)) })
		if i < 0 || slices.Contains(order, i) {
			return nil
		}
		order = append(order, i)
	}
	return order
}

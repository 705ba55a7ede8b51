package feed

import (
	"bufio"
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

// reading calls a function with the rows of a file until it fails.
type reading func(*loader, io.Reader, func(row) error) error

// readers are how data files are read, by the ending of their names.
var readers = map[string]reading{
	".tsv": readTabs, ".csv": readCommas, ".jsonl": readLines,
}

// readTabs reads lines of fields between tabs, without quoting.
func readTabs(l *loader, r io.Reader, yield func(row) error) error {
	fields := make([][]byte, 0, len(l.cols))
	return eachLine(bufio.NewReaderSize(r, bufferSize), func(n int, text []byte) error {
		fields = split(fields[:0], text, '\t')
		return yield(row{line: n, fields: fields})
	})
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

// readLines reads lines of JSON. Where words are wanted, flat rows come as fields.
func readLines(l *loader, r io.Reader, yield func(row) error) error {
	flat := l.to.Rows != nil && flatRow(l.typ)
	fields := make([][]byte, 0, len(l.cols))
	return eachLine(bufio.NewReaderSize(r, bufferSize), func(n int, text []byte) error {
		if flat {
			var ok bool
			if fields, ok = flatFields(fields[:0], l.typ, text); ok && l.fit(fields) {
				return yield(row{line: n, fields: fields})
			}
		}
		return yield(row{line: n, json: text})
	})
}

// bufferSize is how much of a file is read at once.
const bufferSize = 256 << 10

// byteOrderMark is what some programs write in front of UTF-8.
var byteOrderMark = []byte("\uFEFF")

// errStop ends eachLine early, without an error.
var errStop = errors.New("enough lines")

// eachLine calls f with the lines that are not empty, without their ends.
func eachLine(r *bufio.Reader, f func(n int, text []byte) error) error {
	var long []byte // a line that is longer than the buffer
	for n := 1; ; n++ {
		text, err := r.ReadSlice('\n')
		for long = long[:0]; err == bufio.ErrBufferFull; text, err = r.ReadSlice('\n') {
			if long = append(long, text...); len(long) > maxLine {
				return fmt.Errorf("line %d is longer than %d bytes", n, maxLine)
			}
		}
		if err != nil && err != io.EOF {
			return err
		}
		if len(long) > 0 {
			text = append(long, text...)
		}
		if n == 1 {
			text = bytes.TrimPrefix(text, byteOrderMark)
		}
		if text := bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r")); len(text) > 0 {
			if stop := f(n, text); stop != nil {
				return stop
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// readCommas reads RFC 4180 text. A first row that names the fields of the
// record is a heading and says their order. Lines are taken apart at their
// commas; from the first one that has a quote on, the library reads.
func readCommas(l *loader, r io.Reader, yield func(row) error) error {
	c := &commas{l: l, first: true, yield: yield}
	buf := bufio.NewReaderSize(r, bufferSize)
	var rest []byte
	fields := make([][]byte, 0, len(l.cols))
	before := 0
	err := eachLine(buf, func(n int, text []byte) error {
		if bytes.IndexByte(text, '"') >= 0 {
			rest, before = append(bytes.Clone(text), '\n'), n-1
			return errStop
		}
		fields = split(fields[:0], text, ',')
		return c.take(n, fields)
	})
	if err != errStop {
		return err
	}
	return c.quoted(io.MultiReader(bytes.NewReader(rest), buf), before)
}

// commas is a comma separated file that is being read.
type commas struct {
	l     *loader
	first bool
	order []int // by column: the field of the record, nil for the declared order
	in    [][]byte
	yield func(row) error
}

// quoted reads what has quotes, behind so many lines.
func (c *commas) quoted(r io.Reader, before int) error {
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
func (c *commas) misquoted(bad *csv.ParseError, before int) error {
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

func (c *commas) take(line int, fields [][]byte) error {
	first := c.first
	if c.first = false; first {
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
	return c.yield(row{line: line, fields: fields, first: first})
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

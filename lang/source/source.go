// Package source holds program text and the positions in it. It is the ground
// that every diagnostic stands on: a Span names bytes of one File, a Position
// is what a person reads.
package source

import (
	"fmt"
	"sort"
	"unicode/utf8"
)

// File is one source text. It is immutable after NewFile; spans keep a pointer
// to it.
type File struct {
	Name  string // as the user gave it, used in messages
	Text  []byte // the bytes as read; not necessarily valid UTF-8
	lines []int  // byte offset of the start of each line
}

// NewFile indexes the lines of text. It keeps text, which the caller must not
// change afterwards.
func NewFile(name string, text []byte) *File {
	f := &File{Name: name, Text: text, lines: []int{0}}
	for i, b := range text {
		if b == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	return f
}

// Position converts a byte offset into a line and a column. Offsets outside the
// text are clamped.
func (f *File) Position(offset int) Position {
	if f == nil {
		return Position{}
	}
	offset = max(0, min(offset, len(f.Text)))
	line := sort.SearchInts(f.lines, offset+1) - 1
	return Position{
		File:   f.Name,
		Line:   line + 1,
		Column: utf8.RuneCount(f.Text[f.lines[line]:offset]) + 1,
	}
}

// Line returns the text of the 1-based line without its line end, or nil when
// there is no such line.
func (f *File) Line(n int) []byte {
	if f == nil || n < 1 || n > len(f.lines) {
		return nil
	}
	start, end := f.lines[n-1], len(f.Text)
	if n < len(f.lines) {
		end = f.lines[n] - 1
	}
	if end > start && f.Text[end-1] == '\r' {
		end--
	}
	return f.Text[start:end]
}

// LineStart returns the byte offset at which the 1-based line begins.
func (f *File) LineStart(n int) int { return f.lines[n-1] }

// LineCount returns the number of lines; an empty file has one.
func (f *File) LineCount() int { return len(f.lines) }

// Span is the half-open byte range [Start, End) of File. The zero Span means
// "no position".
type Span struct {
	File       *File
	Start, End int
}

// IsZero reports whether s names no position.
func (s Span) IsZero() bool { return s.File == nil }

// Position is the place of the first byte of s.
func (s Span) Position() Position { return s.File.Position(s.Start) }

// EndPosition is the place just after the last byte of s.
func (s Span) EndPosition() Position { return s.File.Position(s.End) }

// Text returns the bytes that s covers as a string.
func (s Span) Text() string {
	if s.File == nil {
		return ""
	}
	start := max(0, min(s.Start, len(s.File.Text)))
	end := max(start, min(s.End, len(s.File.Text)))
	return string(s.File.Text[start:end])
}

// To returns the span from the start of s to the end of t, which must be of the
// same file.
func (s Span) To(t Span) Span {
	if s.File == nil {
		return t
	}
	if t.File == nil {
		return s
	}
	return Span{File: s.File, Start: s.Start, End: max(s.End, t.End)}
}

// Position is a place in a file as people count: lines and columns from 1,
// columns in code points. The zero Position means "unknown". It is also the
// form in which positions travel in the IR, where no File is at hand.
type Position struct {
	File   string `cbor:"1,keyasint,omitempty" json:"file"`
	Line   int    `cbor:"2,keyasint,omitempty" json:"line"`
	Column int    `cbor:"3,keyasint,omitempty" json:"column"`
}

// String renders file:line:column, the form that editors understand.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

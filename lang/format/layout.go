package format

import (
	"bytes"
	"strings"
)

// A doc is text with possible line breaks, after Wadler, "A prettier printer"
// (2003): a group is printed on one line if it fits, else all its own breaks
// become new lines. Comments force that, and they force a new line behind them,
// whatever comes next.
type doc struct {
	kind docKind
	text string
	kids []doc
	hard bool // holds something that cannot be on one line
}

type docKind uint8

const (
	docText    docKind = iota
	docLine            // a space, or a new line in a broken group
	docSoft            // nothing, or a new line in a broken group
	docHard            // a new line
	docBlank           // an empty line
	docBroken          // text that only a broken group shows
	docCat             // one after the other
	docNest            // indented by one step
	docGroup           // on one line or broken
	docComment         // at the end of the line
	docOwn             // a comment on a line of its own
)

const step = "  "

var (
	nothing = doc{kind: docCat}
	line    = doc{kind: docLine}
	soft    = doc{kind: docSoft}
	hard    = doc{kind: docHard, hard: true}
	blank   = doc{kind: docBlank, hard: true}
)

func text(s string) doc   { return doc{kind: docText, text: s} }
func broken(s string) doc { return doc{kind: docBroken, text: s} }

func of(kind docKind, kids []doc) doc {
	d := doc{kind: kind, kids: kids}
	for i := range kids {
		d.hard = d.hard || kids[i].hard
	}
	return d
}

func cat(kids ...doc) doc   { return of(docCat, kids) }
func nest(kids ...doc) doc  { return of(docNest, kids) }
func group(kids ...doc) doc { return of(docGroup, kids) }

func (d doc) empty() bool { return d.kind == docCat && len(d.kids) == 0 }

// frame is a doc that is still to be printed.
type frame struct {
	doc    doc
	indent int
	flat   bool
}

// renderer holds the text so far.
type renderer struct {
	out       []byte
	column    int  // columns on the current line
	mustBreak bool // a comment was printed: nothing may follow on this line
}

// render prints d, breaking groups that pass the width.
func render(d doc, width int) string {
	r := &renderer{}
	stack := []frame{{doc: d}}
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		switch top.doc.kind {
		case docCat, docNest, docGroup:
			stack = append(stack, r.open(top, stack, width)...)
		case docText:
			r.write(top.doc.text, top.indent)
		case docBroken:
			if !top.flat {
				r.write(top.doc.text, top.indent)
			}
		case docLine, docSoft:
			if !top.flat || r.mustBreak {
				r.newline(top.indent)
			} else if top.doc.kind == docLine {
				r.write(" ", top.indent)
			}
		case docHard:
			r.newline(top.indent)
		case docBlank:
			r.newline(0)
			r.newline(top.indent)
		case docComment, docOwn:
			r.comment(top)
		}
	}
	return string(bytes.TrimRight(r.out, " \n"))
}

// open turns a compound into the frames of its parts, the first on top.
func (r *renderer) open(top frame, below []frame, width int) []frame {
	inner := frame{indent: top.indent, flat: top.flat}
	switch top.doc.kind {
	case docNest:
		inner.indent++
	case docGroup:
		inner.flat = !top.doc.hard && (top.flat || fits(top.doc, below, width-r.column))
	}
	frames := make([]frame, len(top.doc.kids))
	for i, kid := range top.doc.kids {
		frames[len(frames)-1-i] = frame{kid, inner.indent, inner.flat}
	}
	return frames
}

// write prints text; behind a comment it goes to a new line.
func (r *renderer) write(s string, indent int) {
	if r.mustBreak {
		r.newline(indent)
		s = strings.TrimLeft(s, " ")
	}
	r.out = append(r.out, s...)
	r.column += len([]rune(s))
}

func (r *renderer) newline(indent int) {
	r.mustBreak = false
	r.out = append(bytes.TrimRight(r.out, " "), '\n')
	r.out = append(r.out, strings.Repeat(step, indent)...)
	r.column = indent * len(step)
}

// comment prints a comment behind what stands on the line, or on its own.
func (r *renderer) comment(top frame) {
	atStart := r.column == top.indent*len(step) && !r.mustBreak
	switch {
	case r.mustBreak, top.doc.kind == docOwn && !atStart:
		r.newline(top.indent)
	case !atStart:
		r.write(" ", top.indent)
	}
	r.write(top.doc.text, top.indent)
	r.mustBreak = true
}

// fits tells whether d on one line, and what follows up to the next possible
// break, has room.
func fits(d doc, below []frame, room int) bool {
	stack := []frame{{doc: d, flat: true}}
	for rest := len(below); room >= 0; {
		if len(stack) == 0 {
			if rest == 0 {
				return true
			}
			rest--
			stack = append(stack, below[rest])
			continue
		}
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		switch top.doc.kind {
		case docText:
			room -= len([]rune(top.doc.text))
		case docBroken:
			if !top.flat {
				room -= len([]rune(top.doc.text))
			}
		case docLine, docSoft:
			if !top.flat {
				return true
			}
			if top.doc.kind == docLine {
				room--
			}
		case docHard, docBlank, docComment, docOwn:
			return true
		default:
			flat := top.flat && !(top.doc.kind == docGroup && top.doc.hard)
			for i := len(top.doc.kids) - 1; i >= 0; i-- {
				stack = append(stack, frame{doc: top.doc.kids[i], flat: flat})
			}
		}
	}
	return false
}

// flat prints d on one line; there are no comments in it.
func flat(d doc) string {
	var out strings.Builder
	var walk func(d doc)
	walk = func(d doc) {
		switch d.kind {
		case docText:
			out.WriteString(d.text)
		case docLine, docHard, docBlank:
			out.WriteString(" ")
		}
		for _, kid := range d.kids {
			walk(kid)
		}
	}
	walk(d)
	return out.String()
}

package diag

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/laspc/lasp/lang/source"
	"github.com/mattn/go-runewidth"
)

// Style says how diagnostics are printed. The zero Style is plain text at 80
// columns.
type Style struct {
	Colour bool
	Width  int // columns; 0 means 80
}

const (
	tabWidth = 4
	minWidth = 40
	maxName  = 24 // columns of the names in a blame path
)

// Render prints diagnostics for people, an empty line after each. Source lines
// are shown with carets below the span; lines longer than the width are cut
// around it. Tabs count as four columns, wide characters as two.
func Render(w io.Writer, ds []Diagnostic, style Style) error {
	if style.Width == 0 {
		style.Width = 80
	}
	style.Width = max(style.Width, minWidth)
	var b strings.Builder
	for i := range ds {
		p := printer{b: &b, style: style}
		p.diagnostic(&ds[i])
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Columns is how many columns text takes on a terminal, where some characters
// are two wide and some none.
func Columns(text string) int { return runewidth.StringWidth(text) }

type printer struct {
	b      *strings.Builder
	style  Style
	gutter int // width of the line numbers
}

// The colours, as SGR parameters.
const (
	bold   = "1"
	red    = "1;31"
	yellow = "1;33"
	blue   = "1;34"
	green  = "1;32"
)

func (p *printer) paint(sgr, s string) string {
	if !p.style.Colour || s == "" {
		return s
	}
	return "\x1b[" + sgr + "m" + s + "\x1b[0m"
}

func (p *printer) diagnostic(d *Diagnostic) {
	tone := red
	if d.Severity == Warning {
		tone = yellow
	}
	head := fmt.Sprintf("%s[%s]", d.Severity, d.Code)
	for i, line := range wrapWords(head+": "+d.Title, p.style.Width, 2) {
		if i == 0 {
			line = p.paint(tone, head) + p.paint(bold, strings.TrimPrefix(line, head))
		} else {
			line = "  " + p.paint(bold, line)
		}
		p.line(line)
	}
	p.gutter = 1
	for _, s := range append([]source.Span{d.Span}, relatedSpans(d)...) {
		if !s.IsZero() {
			p.gutter = max(p.gutter, len(strconv.Itoa(s.Position().Line)))
		}
	}
	if !d.Span.IsZero() {
		p.place(d.Span)
		p.snippet(d.Span, d.Label, tone)
	}
	for _, r := range d.Related {
		if r.Span.IsZero() {
			p.note("note", r.Text)
			continue
		}
		p.place(r.Span)
		p.snippet(r.Span, r.Text, blue)
	}
	if d.Message != "" && d.Message != d.Label && d.Message != d.Title {
		p.note("", d.Message)
	}
	p.blame(d.Blame)
	if d.Help != "" {
		p.note("help", d.Help)
	}
	p.fixes(d.Fixes)
}

func relatedSpans(d *Diagnostic) []source.Span {
	var out []source.Span
	for _, r := range d.Related {
		out = append(out, r.Span)
	}
	return out
}

func (p *printer) line(s string) {
	p.b.WriteString(strings.TrimRight(s, " "))
	p.b.WriteByte('\n')
}

func (p *printer) pad() string { return strings.Repeat(" ", p.gutter) }

func (p *printer) place(s source.Span) {
	p.line(p.pad() + p.paint(blue, "--> ") + s.Position().String())
}

// note prints a wrapped paragraph under a word such as "help".
func (p *printer) note(word, text string) {
	prefix := p.pad() + " "
	if word != "" {
		word += ": "
	}
	for i, line := range wrapWords(word+text, p.style.Width-len(prefix), len(word)) {
		if i == 0 {
			line = p.paint(bold, word) + strings.TrimPrefix(line, word)
		} else {
			line = strings.Repeat(" ", len(word)) + line
		}
		p.line(prefix + line)
	}
}

// snippet prints the source line of a span with carets below it.
func (p *printer) snippet(s source.Span, label, tone string) {
	pos := s.Position()
	text := s.File.Line(pos.Line)
	start := s.Start - s.File.LineStart(pos.Line)
	end := min(max(s.End-s.File.LineStart(pos.Line), start), len(text))
	start = min(start, len(text))
	before, on, after := expand(text[:start], 0), "", ""
	at := Columns(before)
	on = expand(text[start:end], at)
	after = expand(text[end:], at+Columns(on))
	room := p.style.Width - p.gutter - 4
	before, on, after = window(before, on, after, room)
	p.line(p.paint(blue, fmt.Sprintf("%*d | ", p.gutter+1, pos.Line)) + before + on + after)
	bar := p.paint(blue, p.pad()+"  | ")
	indent := Columns(before)
	carets := strings.Repeat("^", max(1, min(Columns(on), room-indent)))
	p.label(bar, indent, carets, label, room, tone)
}

// label prints the carets with the label beside them, or below where it does
// not fit.
func (p *printer) label(bar string, indent int, carets, label string, room int, tone string) {
	lead := strings.Repeat(" ", indent)
	if label == "" || indent+len(carets)+1+Columns(label) <= room {
		text := carets
		if label != "" {
			text += " " + label
		}
		p.line(bar + lead + p.paint(tone, text))
		return
	}
	p.line(bar + lead + p.paint(tone, carets))
	if room-indent < 30 {
		lead = strings.Repeat(" ", max(0, room-60))
	}
	for _, line := range wrapWords(label, room-len(lead), 0) {
		p.line(bar + lead + p.paint(tone, line))
	}
}

// window cuts a long source line so that the span and some text around it fit.
func window(before, on, after string, room int) (string, string, string) {
	const ellipsis = "..."
	if Columns(before)+Columns(on)+Columns(after) <= room {
		return before, on, after
	}
	on = cutRight(on, room-2*len(ellipsis))
	left := max(0, room-Columns(on)-2*len(ellipsis))
	keepBefore := min(Columns(before), max(left/2, left-Columns(after)))
	if Columns(before) > keepBefore {
		before = ellipsis + cutLeft(before, keepBefore)
	}
	rest := room - Columns(before) - Columns(on)
	if Columns(after) > rest {
		after = cutRight(after, max(0, rest-len(ellipsis))) + ellipsis
	}
	return before, on, after
}

func (p *printer) blame(path []Blame) {
	if len(path) == 0 {
		return
	}
	const word = "blame:  "
	names := 0
	for _, step := range path {
		names = max(names, min(Columns(step.Name), maxName))
	}
	for i, step := range path {
		lead := strings.Repeat(" ", len(word))
		if i == 0 {
			lead = p.paint(bold, "blame:") + "  "
		}
		name := step.Name
		if Columns(name) > maxName {
			name = cutRight(name, maxName-3) + "..."
		}
		prefix := p.pad() + " "
		indent := p.gutter + 1 + len(word) + names + 2
		where := ""
		if !step.Span.IsZero() {
			where = step.Span.Position().String()
		}
		lines := wrapWords(step.Text, max(20, p.style.Width-indent), 0)
		last := lines[len(lines)-1]
		if where != "" && indent+Columns(last)+2+len(where) <= p.style.Width {
			gap := p.style.Width - indent - Columns(last) - len(where)
			lines[len(lines)-1] = last + strings.Repeat(" ", min(gap, max(2, 44-Columns(last)))) + where
		} else if where != "" {
			lines = append(lines, where)
		}
		p.line(prefix + lead + name + strings.Repeat(" ", names-Columns(name)+2) + lines[0])
		for _, l := range lines[1:] {
			p.line(strings.Repeat(" ", indent) + l)
		}
	}
}

func (p *printer) fixes(fixes []Fix) {
	if len(fixes) == 0 {
		return
	}
	p.line(p.pad() + " " + p.paint(green, "ways out:"))
	for i, f := range fixes {
		prefix := fmt.Sprintf("%s   %d. ", p.pad(), i+1)
		text := f.Title
		if f.Cost != "" {
			text += "    " + f.Cost
		}
		lines := []string{text}
		if Columns(prefix+text) > p.style.Width {
			lines = wrapWords(f.Title, p.style.Width-len(prefix), 0)
			if f.Cost != "" {
				lines = append(lines, "cost: "+f.Cost)
			}
		}
		for j, l := range lines {
			if j > 0 {
				prefix = strings.Repeat(" ", len(prefix))
			}
			p.line(prefix + l)
		}
	}
}

// expand turns bytes of source into printable text: tabs into spaces to the
// next stop, control characters and invalid bytes into a replacement.
func expand(text []byte, at int) string {
	var b strings.Builder
	for _, r := range string(text) {
		switch {
		case r == '\t':
			n := tabWidth - at%tabWidth
			b.WriteString(strings.Repeat(" ", n))
			at += n
			continue
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			r = '\uFFFD'
		}
		b.WriteRune(r)
		at += runewidth.RuneWidth(r)
	}
	return b.String()
}

func cutRight(s string, n int) string { return runewidth.Truncate(s, max(n, 0), "") }

func cutLeft(s string, n int) string {
	drop := Columns(s) - n
	for i, r := range s {
		if drop <= 0 {
			return s[i:]
		}
		drop -= runewidth.RuneWidth(r)
	}
	return ""
}

// wrapWords breaks text at spaces into lines of at most n columns, the lines
// after the first shorter by hang. A word longer than a line stays whole. Runs
// of spaces inside backquotes are kept.
func wrapWords(text string, n, hang int) []string {
	var lines []string
	line, room := "", n
	for _, word := range strings.Split(text, " ") {
		word = cutWord(word, 4*n)
		switch {
		case line == "":
			line = word
		case Columns(line)+1+Columns(word) > room:
			lines = append(lines, line)
			line, room = word, n-hang
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// cutWord shortens a word of more than n bytes: names may be as long as the file.
func cutWord(word string, n int) string {
	if len(word) <= n || n <= 0 {
		return word
	}
	keep := n / 2
	for keep > 0 && !utf8.RuneStart(word[keep]) {
		keep--
	}
	return word[:keep] + ".."
}

package parser

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
)

// number reads an integer, a float or a duration. After a dot only digits
// belong to it: `t.0.1` is an index of an index.
func (s *scanner) number() lexer.Token {
	end := s.digits(s.pos)
	if s.afterDot {
		return s.take(intLit, end)
	}
	typ := intLit
	if end+1 < len(s.text) && s.text[end] == '.' && isDigit(s.text[end+1]) {
		typ, end = floatLit, s.exponent(s.digits(end+1))
	}
	tail := end
	for tail < len(s.text) && isWordByte(s.text[tail]) {
		tail++
	}
	body, unit := s.text[s.pos:end], s.text[end:tail]
	switch {
	case strings.HasSuffix(body, "_") || strings.Contains(body, "__") || strings.Contains(body, "_."):
		unit = "_"
	case unit == "":
		return s.take(typ, end)
	case isUnit(unit):
		return s.take(duration, tail)
	}
	s.note(malformedNumber(s.span(s.pos, tail), body, unit))
	return s.take(bad, tail)
}

func (s *scanner) digits(at int) int {
	for at < len(s.text) && (isDigit(s.text[at]) || s.text[at] == '_') {
		at++
	}
	return at
}

// exponent passes over `e10`, `e-3` behind the digits of a float.
func (s *scanner) exponent(at int) int {
	if at >= len(s.text) || s.text[at] != 'e' && s.text[at] != 'E' {
		return at
	}
	digits := at + 1
	if digits < len(s.text) && (s.text[digits] == '+' || s.text[digits] == '-') {
		digits++
	}
	if digits < len(s.text) && isDigit(s.text[digits]) {
		return s.digits(digits)
	}
	return at
}

// isUnit reports whether a word is a unit of time.
func isUnit(word string) bool {
	_, ok := value.ParseDuration("0" + word)
	return ok
}

// intValue decodes an integer; ok is false when it has more than 64 bits.
func intValue(text string) (n int64, ok bool) {
	n, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64)
	return n, err == nil
}

// floatValue decodes a float; ok is false when it is beyond the largest.
func floatValue(text string) (x float64, ok bool) {
	x, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
	return x, err == nil
}

// durationValue decodes a duration in nanoseconds, exactly; ok is false when it
// does not fit or is finer than a nanosecond.
func durationValue(text string) (ns int64, ok bool) {
	d, ok := value.ParseDuration(strings.ReplaceAll(text, "_", ""))
	return int64(d), ok
}

// string reads a piece of a string: from a quote, or from the brace that ends an
// interpolation, to the next quote (type whole) or to the brace that begins the
// next interpolation (type cut).
func (s *scanner) string(whole, cut lexer.TokenType) lexer.Token {
	begin, at := s.pos, s.pos+1
	for ; at < len(s.text) && s.text[at] != '\n'; at++ {
		switch s.text[at] {
		case '\\':
			at += s.escapeLength(at) - 1
		case '"':
			s.checkPiece(begin+1, at)
			return s.take(whole, at+1)
		case '{':
			s.checkPiece(begin+1, at)
			s.open = append(s.open, bracket{'"', at})
			s.holes++
			return s.take(cut, at+1)
		}
	}
	limit := begin + len(strings.TrimRight(s.text[begin:at], " \t\r"))
	if s.holes > 0 { // the quote was meant to end the string around
		s.take(bad, limit)
		return s.brokenInterpolation()
	}
	s.note(unclosedString(s.span(begin, limit)))
	return s.take(bad, limit)
}

// escapeLength is the length of the escape at an offset, such that a brace or
// quote in it means nothing; a backslash at the end of a line stands alone.
func (s *scanner) escapeLength(at int) int {
	rest := s.text[at:min(at+10, len(s.text))]
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	_, n, _ := escape(rest)
	return max(n, 1)
}

// checkPiece reports what is wrong inside a piece of a string.
func (s *scanner) checkPiece(begin, end int) {
	unquote(s.text[begin:end], func(at, length int) {
		sp := s.span(begin+at, begin+at+length)
		if sp.File.Text[sp.Start] == '\\' {
			s.note(unknownEscape(sp))
		} else {
			s.note(strayCharacter(sp, s.text[sp.Start:sp.End]))
		}
	})
}

// closesInterpolation tells whether the `}` that stands here ends an
// interpolation, and if so closes it with whatever was left open inside.
func (s *scanner) closesInterpolation() bool {
	for i := len(s.open) - 1; i >= 0 && s.holes > 0; i-- {
		switch s.open[i].kind {
		case '{':
			return false
		case '"':
			s.open = s.open[:i]
			s.holes--
			return true
		}
	}
	return false
}

// brokenInterpolation closes the interpolation that a new line interrupts.
func (s *scanner) brokenInterpolation() lexer.Token {
	for i, b := range s.open {
		if b.kind == '"' {
			s.note(brokenInterpolation(s.span(b.offset, b.offset+1)))
			s.open, s.holes = s.open[:i], 0
			break
		}
	}
	return s.take(bad, s.pos)
}

// unquote decodes the inside of a string. What cannot be decoded is left out and
// handed to report as an offset and a length; report may be nil.
func unquote(text string, report func(at, length int)) string {
	if strings.IndexByte(text, '\\') < 0 && plain(text) {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		ok := r >= ' ' && r != 0x7f && !(r == utf8.RuneError && n == 1) || r == '\t'
		if r == '\\' {
			r, n, ok = escape(text[i:])
		}
		if ok {
			out.WriteRune(r)
		} else if report != nil {
			report(i, n)
		}
		i += n
	}
	return out.String()
}

// plain tells whether text holds nothing but valid, printable characters.
func plain(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < ' ' && text[i] != '\t' || text[i] == 0x7f {
			return false
		}
	}
	return utf8.ValidString(text)
}

// escape decodes the escape at the start of text and tells its length.
func escape(text string) (r rune, length int, ok bool) {
	if len(text) < 2 {
		return 0, len(text), false
	}
	switch c := text[1]; c {
	case 'n':
		return '\n', 2, true
	case 't':
		return '\t', 2, true
	case 'r':
		return '\r', 2, true
	case '0':
		return 0, 2, true
	case '"', '\\', '{', '}':
		return rune(c), 2, true
	case 'u':
		if i := strings.IndexByte(text, '}'); i >= 3 && i <= 9 && text[2] == '{' {
			n, err := strconv.ParseUint(text[3:i], 16, 32)
			if err == nil && utf8.ValidRune(rune(n)) {
				return rune(n), i + 1, true
			}
			return 0, i + 1, false
		}
	}
	_, n := utf8.DecodeRuneInString(text[1:])
	return 0, 1 + n, false
}

// spanOf is the text of tok.
func spanOf(f *source.File, tok *lexer.Token) source.Span {
	return source.Span{File: f, Start: tok.Pos.Offset, End: end(tok)}
}

package ir

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// scanner takes tokens off the front of a line.
type scanner struct{ rest string }

func (s *scanner) skip() { s.rest = strings.TrimLeft(s.rest, " \t") }

// accept takes a token: a symbol, or a whole word.
func (s *scanner) accept(token string) bool {
	s.skip()
	rest, ok := strings.CutPrefix(s.rest, token)
	if !ok || isWordChar(rune(token[len(token)-1])) && rest != "" && isWordChar(rune(rest[0])) {
		return false
	}
	s.rest = rest
	return true
}

func isWordChar(c rune) bool {
	return c == '_' || c == '.' || unicode.IsLetter(c) || unicode.IsDigit(c)
}

// word takes letters, digits, `_` and `.`.
func (s *scanner) word() string {
	s.skip()
	end := 0
	for end < len(s.rest) {
		c, n := utf8.DecodeRuneInString(s.rest[end:])
		if !isWordChar(c) {
			break
		}
		end += n
	}
	w := s.rest[:end]
	s.rest = s.rest[end:]
	return w
}

// peekWord is the word at the front.
func (s *scanner) peekWord() string {
	c := *s
	return c.word()
}

// number takes a number with its sign, point and unit.
func (s *scanner) number() string {
	s.skip()
	end := 0
	if strings.HasPrefix(s.rest, "-") {
		end = 1
	}
	for end < len(s.rest) && isWordChar(rune(s.rest[end])) && s.rest[end] < utf8.RuneSelf {
		end++
	}
	w := s.rest[:end]
	s.rest = s.rest[end:]
	return w
}

// str takes a quoted string.
func (s *scanner) str() (string, bool) {
	s.skip()
	if !strings.HasPrefix(s.rest, `"`) {
		return "", false
	}
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		c := s.rest[i]
		switch {
		case c == '"':
			s.rest = s.rest[i+1:]
			return b.String(), true
		case c != '\\':
			b.WriteByte(c)
		case i+1 < len(s.rest):
			i++
			i += unescape(&b, s.rest[i:])
		}
	}
	return "", false
}

// unescape writes what an escape stands for and returns how many bytes after
// its first it has.
func unescape(b *strings.Builder, s string) int {
	switch s[0] {
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'u':
		end := strings.IndexByte(s, '}')
		if end < 2 || s[1] != '{' {
			return 0
		}
		c, err := strconv.ParseUint(s[2:end], 16, 32)
		if err != nil {
			return 0
		}
		b.WriteRune(rune(c))
		return end
	default:
		b.WriteByte(s[0])
	}
	return 0
}

// typeText takes a type: a word or brackets, brackets after it, and what follows
// an arrow.
func (s *scanner) typeText() string {
	s.skip()
	start := s.rest
	for {
		s.word()
		for strings.HasPrefix(s.rest, "[") || strings.HasPrefix(s.rest, "(") {
			s.brackets()
		}
		if !s.accept("->") {
			break
		}
		s.skip()
	}
	return strings.TrimSpace(start[:len(start)-len(s.rest)])
}

// brackets takes a balanced pair of brackets.
func (s *scanner) brackets() {
	depth := 0
	for i := 0; i < len(s.rest); i++ {
		switch s.rest[i] {
		case '[', '(':
			depth++
		case ']', ')':
			depth--
		}
		if depth == 0 {
			s.rest = s.rest[i+1:]
			return
		}
	}
	s.rest = ""
}

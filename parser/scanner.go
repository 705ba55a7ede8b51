package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
)

// Limits of a source text. They keep hostile input cheap: a megabyte of `(` or
// `-` ends after some hundred tokens.
const (
	maxBytes  = 16 << 20 // of one file
	maxTokens = 4 << 20  // of one file: 100,000 lines of forty tokens
	maxDepth  = 400      // brackets inside each other; prefix operators in a row
)

// scanner cuts a text into tokens. It never stops at a mistake: a lexical error
// becomes a token of type bad, its diagnostic is kept in diags, and scanning goes
// on behind it. Only a passed limit ends the tokens early. Comments are collected
// aside; no token carries space.
type scanner struct {
	file     *source.File
	text     string
	pos      int
	line     int
	open     []bracket // brackets and interpolations that are not closed yet
	holes    int       // how many of open are interpolations
	count    int       // tokens so far
	run      int       // length of the unbroken run of prefix tokens
	afterDot bool      // the last token was `.`: digits are an index, words are names
	over     bool      // a limit was passed: nothing follows
	comments []ast.Comment
	diags    []diag.Diagnostic
	unsaid   int // diagnostics that were found behind the first maxReports
}

// bracket is an open `(`, `[` or `{`, or the `{` of an interpolation, which is
// written as `"`.
type bracket struct {
	kind   byte
	offset int
}

func newScanner(f *source.File) *scanner {
	s := &scanner{file: f, line: 1}
	if len(f.Text) > maxBytes {
		s.over = true
		s.note(tooLarge(f))
		return s
	}
	s.text = string(f.Text)
	if strings.HasPrefix(s.text, "\ufeff") { // some editors begin files with it
		s.pos = len("\ufeff")
	}
	return s
}

// Next returns the next token, and EOF for ever at the end. The error is always nil.
func (s *scanner) Next() (lexer.Token, error) {
	s.skipSpace()
	if s.over || s.pos >= len(s.text) {
		return lexer.EOFToken(s.at(s.pos)), nil
	}
	tok := s.scan()
	s.afterDot = tok.Type == punct && tok.Value == "."
	s.countRun(&tok)
	return tok, nil
}

// note keeps a diagnostic, unless there are more than anybody reads.
func (s *scanner) note(d diag.Diagnostic) {
	if len(s.diags) > maxReports && d.Code != diag.OverLimit {
		s.unsaid++
		return
	}
	s.diags = append(s.diags, d)
}

// at is the library's position of an offset on the current line. Columns are
// computed from the offset when somebody reads them.
func (s *scanner) at(offset int) lexer.Position {
	return lexer.Position{Filename: s.file.Name, Offset: offset, Line: s.line}
}

func (s *scanner) span(start, end int) source.Span {
	return source.Span{File: s.file, Start: start, End: end}
}

// take makes a token of everything up to end.
func (s *scanner) take(typ lexer.TokenType, end int) lexer.Token {
	tok := lexer.Token{Type: typ, Value: s.text[s.pos:end], Pos: s.at(s.pos)}
	s.pos = end
	return tok
}

// skipSpace passes over white space and comments. A new line inside an
// interpolation closes it: strings end on their line.
func (s *scanner) skipSpace() {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '\n':
			if s.holes > 0 {
				return
			}
			s.line++
			s.pos++
		case c == ' ' || c == '\t' || c == '\r':
			s.pos++
		case strings.HasPrefix(s.text[s.pos:], "//"):
			s.comment()
		default:
			return
		}
	}
}

// comment collects one comment, up to the end of its line.
func (s *scanner) comment() {
	end := s.lineEnd()
	text := strings.TrimRight(s.text[s.pos:end], " \t\r")
	if i := badByte(text); i >= 0 {
		s.note(strayCharacter(s.span(s.pos+i, s.pos+i+1), text[i:]))
	}
	s.comments = append(s.comments, ast.Comment{
		At:   ast.At{Sp: s.span(s.pos, s.pos+len(text))},
		Text: text,
		Doc:  strings.HasPrefix(text, "///") && !strings.HasPrefix(text, "////"),
	})
	s.pos = end
}

func (s *scanner) lineEnd() int {
	if i := strings.IndexByte(s.text[s.pos:], '\n'); i >= 0 {
		return s.pos + i
	}
	return len(s.text)
}

// badByte finds the first byte that may stand nowhere in a text: NUL and what
// is not UTF-8. It returns -1 when there is none.
func badByte(text string) int {
	nul := strings.IndexByte(text, 0)
	if utf8.ValidString(text) {
		return nul
	}
	for i, r := range text {
		if i == nul {
			return i
		}
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(text[i:]); n == 1 {
				return i
			}
		}
	}
	return -1
}

// scan reads the token that begins here; there is one.
func (s *scanner) scan() lexer.Token {
	switch c := s.text[s.pos]; {
	case c == '\n': // only inside an interpolation
		return s.brokenInterpolation()
	case isLetter(c) || c == '_':
		return s.word()
	case isDigit(c):
		return s.number()
	case c == '"':
		return s.string(str, strHead)
	case c == '}' && s.closesInterpolation():
		return s.string(strTail, strMid)
	}
	if strings.HasPrefix(s.text[s.pos:], "/*") {
		return s.blockComment()
	}
	for _, p := range punctuation {
		if strings.HasPrefix(s.text[s.pos:], p) {
			s.bracket(p[0])
			return s.take(punct, s.pos+len(p))
		}
	}
	return s.stray()
}

func (s *scanner) word() lexer.Token {
	end := s.pos
	for end < len(s.text) && isWordByte(s.text[end]) {
		end++
	}
	switch w := s.text[s.pos:end]; {
	case w == "_":
		return s.take(blank, end)
	case w[0] >= 'A' && w[0] <= 'Z':
		return s.take(upper, end)
	case isKeyword(w):
		return s.take(keyword, end)
	}
	return s.take(ident, end)
}

// bracket follows the nesting. A closing bracket closes the innermost open one
// of its kind, and with it whatever was left open inside.
func (s *scanner) bracket(c byte) {
	switch c {
	case '(', '[', '{':
		s.open = append(s.open, bracket{c, s.pos})
	case ')', ']', '}':
		partner := map[byte]byte{')': '(', ']': '[', '}': '{'}[c]
		for i := len(s.open) - 1; i >= 0 && s.open[i].kind != '"'; i-- {
			if s.open[i].kind == partner {
				s.open = s.open[:i]
				return
			}
		}
	}
}

// countRun ends the tokens when brackets or prefix operators stand deeper inside
// each other than any person writes.
func (s *scanner) countRun(tok *lexer.Token) {
	switch tok.Value {
	case "-", "not", "(", "[", "{", "=>", "::", "->", "if":
		s.run++
	default:
		s.run = 0
	}
	if s.count++; s.count > maxTokens {
		s.note(tooManyTokens(s.span(tok.Pos.Offset, end(tok))))
		tok.Type = bad
		s.over = true
	}
	if s.run > maxDepth || len(s.open) > maxDepth {
		s.note(tooDeep(s.span(tok.Pos.Offset, end(tok))))
		tok.Type = bad
		s.over = true
	}
}

// stray makes one token, and one diagnostic, of a run of characters that have
// no meaning.
func (s *scanner) stray() lexer.Token {
	end := s.quoted()
	inWord := s.text[s.pos] >= utf8.RuneSelf
	for end == s.pos || end < len(s.text) && s.text[s.pos] != '\'' && (s.isStray(end) || inWord && isWordByte(s.text[end])) {
		_, n := utf8.DecodeRuneInString(s.text[end:])
		end += n
	}
	s.note(strayCharacter(s.span(s.pos, end), s.text[s.pos:end]))
	return s.take(bad, end)
}

// quoted is the end of a string in the quotes of another language that begins
// here, or else the place itself.
func (s *scanner) quoted() int {
	if s.text[s.pos] != '\'' {
		return s.pos
	}
	for at := s.pos + 1; at < len(s.text) && s.text[at] != '\n'; at++ {
		if s.text[at] == '\'' {
			return at + 1
		}
	}
	return s.pos
}

func (s *scanner) isStray(at int) bool {
	c := s.text[at]
	if isWordByte(c) || strings.IndexByte("\" \t\r\n", c) >= 0 {
		return false
	}
	for _, p := range punctuation {
		if strings.HasPrefix(s.text[at:], p) {
			return false
		}
	}
	return true
}

// blockComment passes over a comment of another language, so that it is one
// mistake however long it is.
func (s *scanner) blockComment() lexer.Token {
	begin, line := s.pos, s.line
	s.note(strayCharacter(s.span(begin, begin+2), "/*"))
	end := len(s.text)
	if i := strings.Index(s.text[s.pos+2:], "*/"); i >= 0 {
		end = s.pos + 2 + i + 2
	}
	tok := s.take(bad, end)
	s.line = line + strings.Count(tok.Value, "\n")
	return tok
}

func isWordByte(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' }

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

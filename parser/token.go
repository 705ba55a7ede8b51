package parser

import (
	"io"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/source"
)

// The types of tokens. Keywords and punctuation are matched by their text.
const (
	ident    lexer.TokenType = iota + 1 // lower-case word that is not a keyword
	upper                               // capitalised word: a type or constructor
	keyword                             // reserved word
	blank                               // `_`
	intLit                              // 50_000
	floatLit                            // 2.5
	duration                            // 200ms
	str                                 // "a string without interpolation"
	strHead                             // "text {
	strMid                              // } text {
	strTail                             // } text"
	punct                               // operators, brackets, separators
	bad                                 // a lexical mistake; its diagnostic has been recorded
)

// symbols names the token types for the grammar's struct tags.
func symbols() map[string]lexer.TokenType {
	return map[string]lexer.TokenType{
		"EOF": lexer.EOF, "Ident": ident, "Upper": upper, "Keyword": keyword, "Blank": blank,
		"Int": intLit, "Float": floatLit, "Duration": duration, "String": str,
		"StrHead": strHead, "StrMid": strMid, "StrTail": strTail, "Punct": punct, "Bad": bad,
	}
}

// definition is the lexer that the grammar is built with. Parse makes its
// scanner itself, in order to keep the comments and the diagnostics; this way
// in serves the parser library alone.
type definition struct{}

// Symbols returns the token types by name.
func (definition) Symbols() map[string]lexer.TokenType { return symbols() }

// Lex scans everything that r holds.
func (definition) Lex(name string, r io.Reader) (lexer.Lexer, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return newScanner(source.NewFile(name, text)), nil
}

// isKeyword tells whether a lower-case word is reserved. Other words of the
// language (rec, bound, every, start, by, at, ...) are words only in their place.
func isKeyword(word string) bool {
	switch word {
	case "if", "then", "else", "match", "for", "in", "not", "and", "or", "let", "true", "false",
		"emit", "reply", "seal", "coordinate", "expect", "test", "on", "when", "show", "fn", "type",
		"lattice", "shared", "coordinated", "local", "param", "input", "output", "invariant",
		"import", "pub", "lazy":
		return true
	}
	return false
}

// startsDecl tells whether a word begins a declaration at the top level.
func startsDecl(word string) bool {
	switch word {
	case "shared", "coordinated", "local", "param", "input", "output", "let", "lazy", "fn", "type",
		"lattice", "invariant", "on", "when", "for", "show", "import", "pub", "test":
		return true
	}
	return false
}

// punctuation, longest first where one begins another.
var punctuation = [...]string{
	"...", "..", "=>", "==", "!=", "<=", ">=", "::", "|>", "->",
	"(", ")", "[", "]", "{", "}", ",", ":", ".", "=", "<", ">", "+", "-", "*", "/", "%", "|", "&", "?",
}

// isWord tells whether tok may name a field or follow a dot: any word may.
func isWord(tok *lexer.Token) bool {
	return tok.Type == ident || tok.Type == upper || tok.Type == keyword
}

// end is the byte offset just after tok.
func end(tok *lexer.Token) int { return tok.Pos.Offset + len(tok.Value) }

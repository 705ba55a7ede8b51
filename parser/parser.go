// Package parser turns program text into lang/ast.
//
// Two kinds of reading meet here. Declarations, types and patterns are read by
// participle from the grammar in grammar.go, whose structs build.go turns into
// the tree; expressions, blocks and the steps of tests are read by hand (climb.go
// climbs the precedence table of lang/ast) and enter the grammar behind interface
// types. A hand-written scanner feeds both; it makes tokens of lexical errors
// too, so nothing ever stops it.
//
// No input makes the parser fail, only diagnose: it returns a tree and what is
// wrong with the text, at most one diagnostic for one mistake. After a mistake it
// goes on at the next declaration, and a BadDecl stands for the text between.
package parser

import (
	"regexp"
	"sync"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
)

// Parse reads a whole file. The tree is never nil; where diagnostics hold an
// error it has gaps (BadDecl) and must not be run.
func Parse(f *source.File) (*ast.File, []diag.Diagnostic) {
	if len(f.Text) >= longText {
		if file, ok := parseLong(f, windowTokens); ok {
			return file, nil
		}
	}
	return parseWhole(f)
}

// ParseExpr reads a text that is one expression: a query, an example.
func ParseExpr(f *source.File) (ast.Expr, []diag.Diagnostic) {
	p := newParser(f)
	defer p.release()
	p.begin()
	e := p.expression()
	if !p.failed && !p.lex.Peek().EOF() {
		p.unexpected("the end of the expression", "")
	}
	p.noBlanks()
	return e, p.diagnostics()
}

// parser is the state of one parse.
type parser struct {
	file  *source.File
	scan  *scanner
	lex   *lexer.PeekingLexer
	gram  *grammar
	diags []diag.Diagnostic

	margin int // the smallest indentation of a declaration so far

	// Of the declaration that is being read:
	failed   bool          // a mistake has been reported: every token reads as the end
	cutShort bool          // the mistake is that the text ends
	depth    int           // of the recursion
	links    int           // operators and postfix forms chained beyond the first few
	blanks   []source.Span // `_` that may still turn out to be patterns
	place    place
}

// place is what the surroundings of an expression change about its reading.
type place struct {
	direct bool // in a statement block: a new line before `(`, `[`, `-` ends the expression
	guard  bool // before the `=>` of an arm: `x =>` is not a lambda
}

var grammars = sync.Pool{New: func() any { return newGrammar() }}

func newGrammar() *grammar { return &grammar{readers: map[*production]reader{}} }

// gens is a list of generators as the grammar holds it.
type gens []*ast.Gen

func (g gens) gens() []*ast.Gen { return g }

// reported is the error that tells participle to stop: the diagnostic is kept
// already.
type reported struct{}

func (reported) Error() string { return "reported" }

// enter runs a hand-written function on the tokens where participle stands.
func enter[T any](p *parser, lex *lexer.PeekingLexer, read func() T) (T, error) {
	outer := p.lex
	p.lex = lex
	result := read()
	p.lex = outer
	if p.failed {
		return result, reported{}
	}
	return result, nil
}

func newParser(f *source.File) *parser {
	p := &parser{file: f, scan: newScanner(f), gram: grammars.Get().(*grammar), margin: maxBytes}
	p.gram.p = p
	p.lex, _ = lexer.Upgrade(p.scan) // the scanner has no error to return
	return p
}

// release gives the grammar back; p must not read any more.
func (p *parser) release() {
	p.gram.p = nil
	grammars.Put(p.gram)
	p.gram = nil
}

// begin forgets what belonged to the declaration before.
func (p *parser) begin() {
	p.failed, p.cutShort, p.depth, p.links, p.blanks, p.place = false, false, 0, 0, nil, place{}
}

func (p *parser) atEnd() bool { return p.lex.Peek().EOF() }

// declaration reads one declaration, or passes over one that is wrong.
func (p *parser) declaration() ast.Decl {
	start, known := p.lex.MakeCheckpoint(), len(p.diags)
	if first := p.lex.Peek(); p.startsLine(first) {
		p.margin = min(p.margin, p.indent(first))
	}
	if d := p.readDecl(); !p.failed {
		return d
	}
	gap := p.recover(start)
	if p.scan.over && p.atEnd() {
		p.diags = p.diags[:known] // a passed limit says enough about this text
	}
	return gap
}

// readDecl reads one declaration; after a mistake p has failed, and the cursor
// stands near it.
func (p *parser) readDecl() ast.Decl {
	p.begin()
	if first := p.lex.Peek(); !p.beginsDecl(first) {
		p.noDecl()
		return nil
	}
	node, err := p.gram.read(p.lex)
	if err != nil {
		p.explain(err)
		return nil
	}
	p.noBlanks()
	return p.build(node)
}

const declWords = "`shared local coordinated param input output let fn type lattice invariant on when for show import assume test`"

// recover passes over the rest of a broken declaration: up to the next line that
// begins with a word of a declaration and is not indented deeper than those before.
func (p *parser) recover(start lexer.Checkpoint) ast.Decl {
	if p.atEnd() || p.lex.RawCursor() == start.RawCursor() {
		// A bracket that swallowed the rest of the file does not hide it; and at
		// least one token is passed over.
		p.lex.LoadCheckpoint(start)
		p.lex.Next()
	}
	first := &p.lex.Range(start.RawCursor(), start.RawCursor()+1)[0]
	for !p.atEnd() && !p.opensDecl(p.lex.Peek(), p.margin) {
		p.lex.Next()
	}
	return &ast.BadDecl{At: ast.At{Sp: spanOf(p.file, first).To(spanOf(p.file, p.prev()))}}
}

// assumption is what follows `assume`, which is a word only there.
var assumption = regexp.MustCompile(`^assume[ \t]+monotone\b`)

// beginsDecl tells whether tok is the first word of a declaration.
func (p *parser) beginsDecl(tok *lexer.Token) bool {
	if tok.Type == keyword {
		return startsDecl(tok.Value)
	}
	return tok.Value == "assume" && assumption.Match(p.file.Text[tok.Pos.Offset:])
}

// opensDecl tells whether tok looks like the begin of a declaration: a word of
// one, first on its line, with at most margin bytes before it.
func (p *parser) opensDecl(tok *lexer.Token, margin int) bool {
	return p.beginsDecl(tok) && p.indent(tok) <= margin && p.startsLine(tok)
}

// indent is the number of bytes before tok on its line.
func (p *parser) indent(tok *lexer.Token) int {
	return tok.Pos.Offset - p.file.LineStart(tok.Pos.Line)
}

// startsLine tells whether only space stands before tok on its line.
func (p *parser) startsLine(tok *lexer.Token) bool {
	for i := p.file.LineStart(tok.Pos.Line); i < tok.Pos.Offset; i++ {
		if c := p.file.Text[i]; c != ' ' && c != '\t' {
			return false
		}
	}
	return true
}

// prev is the token that was consumed last; there must be one.
func (p *parser) prev() *lexer.Token {
	at := p.lex.RawCursor()
	return &p.lex.Range(at-1, at)[0]
}

package parser

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/source"
)

// The hand-written functions look at tokens through these; once a mistake has
// been reported, the text ends for them.

var noMore = lexer.Token{Type: lexer.EOF}

func (p *parser) peek() *lexer.Token {
	if p.failed {
		return &noMore
	}
	return p.lex.Peek()
}

// peekAt is the token n behind the next one.
func (p *parser) peekAt(n int) *lexer.Token {
	ahead := *p.lex
	for ; n > 0; n-- {
		ahead.Next()
	}
	if p.failed {
		return &noMore
	}
	return ahead.Peek()
}

func (p *parser) next() *lexer.Token {
	if p.failed {
		return &noMore
	}
	return p.lex.Next()
}

// expect consumes the keyword or symbol, or reports that it is missing.
func (p *parser) expect(value, help string) *lexer.Token {
	if tok := p.peek(); tok.Value == value && (tok.Type == punct || tok.Type == keyword || tok.Type == ident) {
		return p.next()
	}
	p.unexpected("`"+value+"`", help)
	return &noMore
}

// from is the span from start to the token that was consumed last.
func (p *parser) from(start *lexer.Token) ast.At {
	if p.lex.RawCursor() == 0 || start == &noMore {
		return ast.At{}
	}
	sp := source.Span{File: p.file, Start: start.Pos.Offset, End: end(p.prev())}
	sp.End = max(sp.End, sp.Start)
	return ast.At{Sp: sp}
}

package parser

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/ast"
)

const (
	lowest = 1 // the level of an expression that may hold every operator

	maxNest  = 1200   // calls of climb inside each other; brackets count twice at most
	maxLinks = 20_000 // operators and postfix forms beyond freeLinks, in one declaration

	// The first links of each chain are not counted, for they add little to the
	// height of the tree: at most freeLinks for each of the maxNest levels.
	freeLinks = 8
)

// expression reads one whole expression. Where there is none it reports that and
// returns a BadExpr, as every function here: after the first mistake all tokens
// read as the end of the text, so everything returns by itself.
func (p *parser) expression() ast.Expr { return p.climb(lowest) }

// climb reads operands joined by infix operators of at least the given level:
// precedence climbing over the table in lang/ast.
func (p *parser) climb(level int) ast.Expr {
	start := p.peek()
	if p.depth++; p.depth > maxNest {
		p.fail(tooDeep(spanOf(p.file, start)))
	}
	defer func() { p.depth-- }()
	left := p.operand()
	for n := 0; ; n++ {
		op, ok := p.infix()
		if !ok || op.Level < level {
			return left
		}
		opTok := p.next()
		opAt := spanOf(p.file, opTok)
		if op.Symbol == "not in" {
			opAt = opAt.To(spanOf(p.file, p.next()))
		}
		p.link(n)
		if op.Symbol == "|>" {
			left = p.pipe(start, left)
			continue
		}
		tighter := op.Level + 1
		if op.Right {
			tighter = op.Level
		}
		right := p.climb(tighter)
		left = &ast.Binary{At: p.from(start), Op: op.Symbol, OpAt: opAt, L: left, R: right}
		if next, ok := p.infix(); ok && !op.Chain && next.Level == op.Level {
			p.fail(chained(spanOf(p.file, p.peek()), op.Symbol, next.Symbol))
		}
	}
}

// link counts the n-th link of a chain, which makes the tree one higher without
// a recursion here: those who walk the tree later would recurse.
func (p *parser) link(n int) {
	if n < freeLinks {
		return
	}
	if p.links++; p.links > maxLinks {
		p.fail(tooLong(spanOf(p.file, p.peek())))
	}
}

// infix is the operator that stands next, if the expression goes on with it.
func (p *parser) infix() (ast.Operator, bool) {
	tok := p.peek()
	if tok.Type != punct && tok.Type != keyword || p.endsHere(tok) {
		return ast.Operator{}, false
	}
	symbol := tok.Value
	if symbol == "not" {
		if p.peekAt(1).Value != "in" {
			return ast.Operator{}, false
		}
		symbol = "not in"
	}
	return ast.InfixOf(symbol)
}

// endsHere tells whether tok ends an expression that is complete before it: in a
// statement block a `(`, `[` or `-` at the start of a line belongs to what
// follows.
func (p *parser) endsHere(tok *lexer.Token) bool {
	if !p.place.direct || tok.Type != punct {
		return false
	}
	switch tok.Value {
	case "(", "[", "-":
		return tok.Pos.Line > p.prev().Pos.Line
	}
	return false
}

// pipe reads what stands behind `|>`: a function's name, or a call of one.
func (p *parser) pipe(start *lexer.Token, x ast.Expr) ast.Expr {
	tok := p.peek()
	if tok.Type != ident && tok.Type != upper {
		if !p.failed && tok.Type != bad && !tok.EOF() {
			p.fail(notCallable(spanOf(p.file, tok), "Behind `|>` stands a function, as in `x |> f` or `x |> f(a)`."))
		}
		p.unexpected("a function's name", "")
		return p.badExpr()
	}
	call := &ast.Call{Form: ast.PipeBare, Fn: p.ident(p.next()), Args: []*ast.Arg{{At: ast.At{Sp: x.Span()}, Value: x}}}
	if tok := p.peek(); tok.Value == "(" && !p.endsHere(tok) {
		call.Form = ast.Pipe
		call.Args = append(call.Args, p.args()...)
	}
	call.At = p.from(start)
	next := p.peek()
	if op, ok := p.infix(); ok && op.Level > lowest || next.Value == "." || next.Value == "[" && !p.endsHere(next) {
		p.fail(notCallable(spanOf(p.file, next), "`|>` binds loosest; write `(x |> f) ...` to go on with its result."))
	}
	return call
}

// operand reads a prefix operator and its operand, or a primary expression with
// what is attached to it.
func (p *parser) operand() ast.Expr {
	tok := p.peek()
	switch {
	case tok.Value == "-" && tok.Type == punct:
		p.next()
		if num := p.peek(); num.Type == intLit {
			if _, ok := intValue(num.Value); !ok { // only the smallest Int, and mistakes
				lit := p.negative(tok, p.next())
				return lit
			}
		}
		x := p.climb(ast.LevelNeg)
		return &ast.Unary{At: p.from(tok), Op: "-", X: x}
	case tok.Value == "not" && tok.Type == keyword:
		p.next()
		x := p.climb(ast.LevelNot)
		return &ast.Unary{At: p.from(tok), Op: "not", X: x}
	}
	return p.postfix(tok, p.primary())
}

// postfix reads fields, methods and indices behind x, which began at start.
func (p *parser) postfix(start *lexer.Token, x ast.Expr) ast.Expr {
	for n := 0; ; n++ {
		tok := p.peek()
		if tok.Type != punct || p.endsHere(tok) {
			return x
		}
		switch tok.Value {
		case ".":
			p.next()
			x = p.member(start, x)
		case "[":
			p.next()
			k := p.index()
			x = &ast.Index{At: p.from(start), X: x, K: k}
		case "(":
			p.fail(notCallable(spanOf(p.file, tok), "Call functions by name, as in `f(x)` or `x.f()`; if this begins something new, a `,` or an operator is missing before it."))
		default:
			return x
		}
		p.link(n)
	}
}

// member reads what follows a dot.
func (p *parser) member(start *lexer.Token, x ast.Expr) ast.Expr {
	tok := p.peek()
	switch {
	case tok.Type == intLit:
		p.next()
		n, ok := intValue(tok.Value)
		if !ok || n > 1<<16 {
			p.report(outOfRange(spanOf(p.file, tok), "the index of a tuple"))
		}
		return &ast.TupleItem{At: p.from(start), X: x, N: int(n)}
	case !isWord(tok):
		p.unexpected("a field, a method or an index", "")
		return x
	}
	name := p.ident(p.next())
	if open := p.peek(); open.Value == "(" && !p.endsHere(open) {
		args := append([]*ast.Arg{{At: ast.At{Sp: x.Span()}, Value: x}}, p.args()...)
		return &ast.Call{At: p.from(start), Form: ast.Method, Fn: name, Args: args}
	}
	return &ast.FieldOf{At: p.from(start), X: x, Name: name}
}

// index reads the inside of `[k]` and the bracket that closes it.
func (p *parser) index() ast.Expr {
	var k ast.Expr
	open := p.prev()
	p.inside(func() {
		if tok := p.peek(); tok.Type == blank && p.peekAt(1).Value == "]" {
			p.next()
			k = &ast.Blank{At: p.from(tok)}
		} else {
			k = p.expression()
		}
		p.close(open, "]")
	})
	return k
}

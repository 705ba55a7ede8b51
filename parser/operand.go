package parser

import (
	"math"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/ast"
)

// primary reads an operand without prefix operators and without what is attached
// to it.
func (p *parser) primary() ast.Expr {
	tok := p.peek()
	switch tok.Type {
	case intLit, floatLit, duration, str:
		return p.literal(p.next())
	case strHead:
		return p.interpolation()
	case ident, upper:
		return p.name()
	case blank:
		return p.blank()
	}
	switch tok.Value {
	case "true", "false":
		return p.literal(p.next())
	case "(":
		return p.parens()
	case "[":
		return p.list()
	case "{":
		return p.braces()
	case "if":
		return p.ifExpr()
	case "match":
		return p.matchExpr()
	}
	p.unexpected("an expression", p.operandHelp(tok))
	return p.badExpr()
}

// operandHelp guesses what somebody meant who wrote tok where a value belongs.
func (p *parser) operandHelp(tok *lexer.Token) string {
	switch {
	case tok.Value == "&" || tok.Value == "|":
		return "\"and\" is written `and`, \"or\" is written `or`; `&` and `|` join sets."
	case tok.Type == strTail || tok.Type == strMid:
		return "Write `\\{` for a brace in a string."
	case tok.Type == keyword && !p.startsLine(tok):
		return "`" + tok.Value + "` is a keyword and cannot be used as a name."
	}
	return ""
}

func (p *parser) badExpr() ast.Expr {
	return &ast.BadExpr{At: ast.At{Sp: spanOf(p.file, p.lex.Peek())}}
}

// literal decodes a literal token.
func (p *parser) literal(tok *lexer.Token) *ast.Lit {
	lit := &ast.Lit{At: ast.At{Sp: spanOf(p.file, tok)}, Text: tok.Value}
	ok, what := true, ""
	switch tok.Type {
	case intLit:
		lit.Kind, what = ast.IntLit, "an Int"
		lit.Int, ok = intValue(tok.Value)
	case floatLit:
		lit.Kind, what = ast.FloatLit, "a Float"
		lit.Float, ok = floatValue(tok.Value)
	case duration:
		lit.Kind, what = ast.DurationLit, "a Duration"
		lit.Int, ok = durationValue(tok.Value)
	case str:
		lit.Kind, lit.Str = ast.StringLit, content(tok)
	default:
		lit.Kind, lit.Bool = ast.BoolLit, tok.Value == "true"
	}
	if !ok {
		p.report(outOfRange(lit.Sp, what))
	}
	return lit
}

// negative decodes a number with a minus before it; without one it is literal.
func (p *parser) negative(minus, num *lexer.Token) *ast.Lit {
	if minus == nil {
		return p.literal(num)
	}
	at := ast.At{Sp: spanOf(p.file, minus).To(spanOf(p.file, num))}
	text := "-" + num.Value
	if num.Type == intLit {
		n, ok := intValue(text)
		if !ok {
			p.report(outOfRange(at.Sp, "an Int"))
		}
		return &ast.Lit{At: at, Kind: ast.IntLit, Text: text, Int: n}
	}
	lit := p.literal(num)
	lit.At, lit.Text, lit.Int, lit.Float = at, text, -lit.Int, -lit.Float
	if lit.Float == 0 {
		lit.Float = math.Abs(lit.Float) // there is no -0
	}
	return lit
}

// interpolation reads `"text {e} text {f} text"`.
func (p *parser) interpolation() ast.Expr {
	head := p.next()
	x := &ast.Interp{}
	p.piece(x, head)
	p.inside(func() {
		for {
			x.Parts = append(x.Parts, p.expression())
			tok := p.peek()
			if tok.Type != strMid && tok.Type != strTail {
				p.unexpected("`}`", "Write `\\{` for a brace in a string.")
				return
			}
			p.piece(x, p.next())
			if tok.Type == strTail {
				return
			}
		}
	})
	x.At = p.from(head)
	return x
}

// piece adds the text of a string token to x, unless it is empty.
func (p *parser) piece(x *ast.Interp, tok *lexer.Token) {
	text := tok.Value[1 : len(tok.Value)-1]
	if text == "" {
		return
	}
	sp := spanOf(p.file, tok)
	sp.Start, sp.End = sp.Start+1, sp.End-1
	x.Parts = append(x.Parts, &ast.Lit{At: ast.At{Sp: sp}, Kind: ast.StringLit, Text: text, Str: unquote(text, nil)})
}

// name reads a name, a call by name, or a lambda of one parameter.
func (p *parser) name() ast.Expr {
	tok := p.next()
	switch next := p.peek(); {
	case next.Value == "=>" && !p.place.guard:
		return p.lambda(tok, []ast.Expr{&ast.Name{At: p.from(tok), Name: tok.Value}})
	case next.Value == "(" && !p.endsHere(next):
		call := &ast.Call{Fn: p.ident(tok), Args: p.args()}
		call.At = p.from(tok)
		return call
	}
	return &ast.Name{At: p.from(tok), Name: tok.Value}
}

// blank reads `_`, which is a value nowhere: it must turn out to be a pattern of
// a lambda.
func (p *parser) blank() ast.Expr {
	tok := p.next()
	b := &ast.Blank{At: p.from(tok)}
	if p.peek().Value == "=>" && !p.place.guard {
		return p.lambda(tok, []ast.Expr{b})
	}
	p.blanks = append(p.blanks, b.Sp)
	return b
}

// noBlanks reports a `_` that did not turn out to be a pattern.
func (p *parser) noBlanks() {
	if len(p.blanks) > 0 {
		p.fail(misplacedBlank(p.blanks[0]))
	}
}

// lambda reads `=> body` behind the parameters, which were read as expressions.
func (p *parser) lambda(start *lexer.Token, params []ast.Expr) ast.Expr {
	p.next()
	l := &ast.Lambda{}
	for _, e := range params {
		l.Params = append(l.Params, p.toPattern(e))
	}
	l.Body = p.expression()
	l.At = p.from(start)
	return l
}

// ifExpr reads `if c then a else b`.
func (p *parser) ifExpr() ast.Expr {
	start := p.next()
	x := &ast.If{}
	x.Cond = p.expression()
	help := "An `if` that gives a value is written `if c then a else b`."
	p.expect("then", help)
	x.Then = p.expression()
	p.expect("else", help)
	x.Else = p.expression()
	x.At = p.from(start)
	return x
}

// matchExpr reads `match e { p => x, .. }`.
func (p *parser) matchExpr() ast.Expr {
	start := p.next()
	m := &ast.Match{Subject: p.expression()}
	open := p.expect("{", "The cases of a `match` stand in braces: `match e { p => x, q => y }`.")
	p.inside(func() {
		p.items(open, "}", func() {
			arm := &ast.Arm{}
			first := p.peek()
			arm.Pat, arm.Guard = p.armHead()
			arm.Body = p.expression()
			arm.At = p.from(first)
			m.Arms = append(m.Arms, arm)
		})
	})
	m.At = p.from(start)
	return m
}

// armHead reads `p =>` or `p if c =>`.
func (p *parser) armHead() (pat ast.Pattern, guard ast.Expr) {
	pat = p.pattern()
	if p.peek().Value == "if" {
		p.next()
		outer := p.place
		p.place.guard = true
		guard = p.expression()
		p.place = outer
	}
	p.expect("=>", "A case is written `pattern => value`.")
	return pat, guard
}

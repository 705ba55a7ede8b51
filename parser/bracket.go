package parser

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/ast"
)

// inside reads what stands in brackets: there new lines mean nothing and `=>`
// makes lambdas again.
func (p *parser) inside(read func()) {
	outer := p.place
	p.place = place{}
	read()
	p.place = outer
}

// items reads item, item, ... up to the closing bracket, which it consumes. A
// comma may stand behind the last.
func (p *parser) items(open *lexer.Token, closing string, item func()) {
	for p.peek().Value != closing && !p.failed {
		item()
		if p.peek().Value != "," {
			break
		}
		p.next()
	}
	p.close(open, closing)
}

// close consumes the bracket that closes open.
func (p *parser) close(open *lexer.Token, closing string) {
	tok := p.peek()
	if p.failed || tok.Value == closing && tok.Type == punct {
		p.next()
		return
	}
	if p.isLost(tok) {
		p.cutShort = tok.EOF()
		p.fail(unclosed(p.file, bracket{open.Value[0], open.Pos.Offset}))
		return
	}
	if p.prev() == open {
		p.unexpected("`"+closing+"`", "")
	} else {
		p.unexpected("`,` or `"+closing+"`", "")
	}
}

// isLost tells whether a bracket that is still open at tok was forgotten: the
// text ends, or a new declaration begins at the margin.
func (p *parser) isLost(tok *lexer.Token) bool {
	return tok.EOF() || p.opensDecl(tok, 0)
}

// args reads `(a, label: b)`.
func (p *parser) args() []*ast.Arg {
	open := p.next()
	var args []*ast.Arg
	p.inside(func() {
		p.items(open, ")", func() {
			first := p.peek()
			arg := &ast.Arg{}
			if isWord(first) && p.peekAt(1).Value == ":" {
				arg.Label = p.ident(p.next())
				p.next()
			}
			arg.Value = p.expression()
			arg.At = p.from(first)
			args = append(args, arg)
		})
	})
	return args
}

// parens reads `(x)`, a tuple, or the parameters of a lambda, which look like one.
func (p *parser) parens() ast.Expr {
	open := p.next()
	mark := len(p.blanks)
	var elems []ast.Expr
	p.inside(func() {
		p.items(open, ")", func() { elems = append(elems, p.expression()) })
	})
	at := p.from(open)
	if p.peek().Value == "=>" && !p.place.guard {
		p.blanks = p.blanks[:mark]
		return p.lambda(open, elems)
	}
	if len(elems) == 1 {
		return &ast.Paren{At: at, X: elems[0]}
	}
	return &ast.Tuple{At: at, Elems: elems}
}

// list reads `[a, b]`, `[a, b, ...]` or `[e for ..]`.
func (p *parser) list() ast.Expr {
	open := p.next()
	x := &ast.List{}
	var comp *ast.Comp
	p.inside(func() {
		p.items(open, "]", func() {
			if p.peek().Value == "..." {
				p.next()
				x.Open = true
				if p.peek().Value != "]" {
					p.unexpected("`]`", "`...` stands at the end of an open stream.")
				}
				return
			}
			x.Elems = append(x.Elems, p.expression())
			if len(x.Elems) == 1 && p.peek().Value == "for" {
				comp = p.comprehension(&ast.Comp{Kind: ast.ListComp, Elem: x.Elems[0]})
			}
		})
	})
	if comp != nil {
		comp.At = p.from(open)
		return comp
	}
	x.At = p.from(open)
	return x
}

// braces reads a set, a map or a comprehension of either.
func (p *parser) braces() ast.Expr {
	open := p.next()
	set, m := &ast.Set{}, &ast.Map{}
	var comp *ast.Comp
	p.inside(func() {
		p.items(open, "}", func() {
			first := p.peek()
			e := p.expression()
			isEntry := p.peek().Value == ":" && len(set.Elems) == 0 || len(m.Entries) > 0
			if !isEntry {
				set.Elems = append(set.Elems, e)
				if len(set.Elems) == 1 && p.peek().Value == "for" {
					comp = p.comprehension(&ast.Comp{Kind: ast.SetComp, Elem: e})
				}
				return
			}
			p.expect(":", "Each entry of a map is written `key: value`.")
			v := p.expression()
			m.Entries = append(m.Entries, &ast.MapEntry{At: p.from(first), Key: e, Value: v})
			if len(m.Entries) == 1 && p.peek().Value == "for" {
				comp = p.comprehension(&ast.Comp{Kind: ast.MapComp, Key: e, Elem: v})
			}
		})
	})
	at := p.from(open)
	switch {
	case comp != nil:
		comp.At = at
		return comp
	case len(m.Entries) > 0:
		m.At = at
		return m
	}
	set.At = at
	return set
}

// comprehension reads `for gens if c` into c; no comma follows.
func (p *parser) comprehension(c *ast.Comp) *ast.Comp {
	p.next()
	c.Gens = p.generators()
	if p.peek().Value == "if" {
		p.next()
		c.Cond = p.expression()
	}
	if p.peek().Value == "," {
		p.unexpected("the end of the comprehension", "A comprehension has one condition; join several with `and`.")
	}
	return c
}

// generators reads `p in e, q in f`.
func (p *parser) generators() []*ast.Gen {
	var all []*ast.Gen
	for !p.failed {
		first := p.peek()
		g := &ast.Gen{Pat: p.pattern()}
		p.expect("in", "A generator is written `name in collection`.")
		g.In = p.expression()
		g.At = p.from(first)
		all = append(all, g)
		if p.peek().Value != "," {
			break
		}
		p.next()
	}
	return all
}

// toPattern reads an expression that turned out to stand before `=>`.
func (p *parser) toPattern(e ast.Expr) ast.Pattern {
	at := ast.At{Sp: e.Span()}
	switch e := e.(type) {
	case *ast.Blank:
		return &ast.WildPat{At: at}
	case *ast.Name:
		if c := e.Name[0]; c >= 'A' && c <= 'Z' {
			return &ast.CtorPat{At: at, Name: &ast.Ident{At: at, Name: e.Name}}
		}
		return &ast.BindPat{At: at, Name: e.Name}
	case *ast.Lit:
		return &ast.LitPat{At: at, Lit: e}
	case *ast.Unary:
		if lit, ok := e.X.(*ast.Lit); ok && e.Op == "-" && lit.Kind != ast.StringLit && lit.Kind != ast.BoolLit {
			return &ast.LitPat{At: at, Lit: &ast.Lit{At: at, Kind: lit.Kind, Text: "-" + lit.Text, Int: -lit.Int, Float: -lit.Float}}
		}
	case *ast.Paren:
		return p.toPattern(e.X)
	case *ast.Tuple:
		return &ast.TuplePat{At: at, Elems: p.toPatterns(e.Elems)}
	case *ast.List:
		if !e.Open {
			return &ast.ListPat{At: at, Elems: p.toPatterns(e.Elems)}
		}
	case *ast.Binary:
		if e.Op == "::" {
			return &ast.ConsPat{At: at, Head: p.toPattern(e.L), Tail: p.toPattern(e.R)}
		}
	case *ast.Call:
		if e.Form == ast.Plain && e.Fn.Name[0] >= 'A' && e.Fn.Name[0] <= 'Z' {
			pat := &ast.CtorPat{At: at, Name: e.Fn}
			for _, a := range e.Args {
				pat.Args = append(pat.Args, &ast.PatArg{At: a.At, Label: a.Label, Pat: p.toPattern(a.Value)})
			}
			return pat
		}
	}
	p.fail(notAPattern(e.Span()))
	return &ast.WildPat{At: at}
}

func (p *parser) toPatterns(es []ast.Expr) []ast.Pattern {
	var pats []ast.Pattern
	for _, e := range es {
		pats = append(pats, p.toPattern(e))
	}
	return pats
}

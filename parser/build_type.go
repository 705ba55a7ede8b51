package parser

import (
	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/ast"
)

// typeExpr builds a type; nil stays nil.
func (p *parser) typeExpr(n *typeNode) ast.TypeExpr {
	if n == nil {
		return nil
	}
	if !p.fits(len(n.Parts), n.Tokens) {
		return p.typeAtom(n.Parts[0])
	}
	last := len(n.Parts) - 1
	result := p.typeAtom(n.Parts[last])
	to := &n.Parts[last].Tokens[len(n.Parts[last].Tokens)-1]
	for i := last - 1; i >= 0; i-- {
		from := n.Parts[i]
		result = &ast.FuncType{
			At:     ast.At{Sp: spanOf(p.file, &from.Tokens[0]).To(spanOf(p.file, to))},
			Params: p.funcParams(from),
			Result: result,
		}
	}
	return result
}

// fits reports a list of parts that would become a tree of that height.
func (p *parser) fits(n int, toks []lexer.Token) bool {
	if n > maxDepth {
		p.fail(tooDeep(spanOf(p.file, &toks[0])))
		return false
	}
	return true
}

// funcParams reads the left of an arrow: `(A, B)` are two parameters, anything
// else is one.
func (p *parser) funcParams(n *typeAtomNode) []ast.TypeExpr {
	if n.Paren == nil {
		return []ast.TypeExpr{p.typeAtom(n)}
	}
	var params []ast.TypeExpr
	for _, e := range n.Elems {
		params = append(params, p.typeExpr(e))
	}
	return params
}

func (p *parser) typeAtom(n *typeAtomNode) ast.TypeExpr {
	if n.Paren != nil {
		elems := p.funcParams(n)
		if len(elems) == 1 { // parentheses around a type group it
			return elems[0]
		}
		return &ast.TupleType{At: p.at(n.Tokens), Elems: elems}
	}
	t := &ast.NamedType{At: p.at(n.Tokens), Name: p.ident(n.Name)}
	for _, a := range n.Args {
		t.Args = append(t.Args, p.typeExpr(a))
	}
	return t
}

// pattern reads a pattern with participle, wherever the hand-written functions
// want one.
func (p *parser) pattern() ast.Pattern {
	start := p.lex.Peek()
	wild := &ast.WildPat{At: ast.At{Sp: spanOf(p.file, start)}}
	if p.failed {
		return wild
	}
	if !startsPattern(start) {
		p.unexpected("a pattern", "")
		return wild
	}
	n, err := p.gram.patterns().ParseFromLexer(p.lex, participle.AllowTrailing(true))
	if err != nil {
		p.explain(err)
		return wild
	}
	return p.buildPattern(n)
}

func startsPattern(tok *lexer.Token) bool {
	switch tok.Type {
	case blank, ident, upper, intLit, floatLit, duration, str:
		return true
	}
	switch tok.Value {
	case "-", "(", "[", "true", "false":
		return true
	}
	return false
}

func (p *parser) buildPattern(n *patternNode) ast.Pattern {
	last := len(n.Parts) - 1
	result := p.patternAtom(n.Parts[last])
	if !p.fits(len(n.Parts), n.Tokens) {
		return result
	}
	to := n.Parts[last].Tokens
	for i := last - 1; i >= 0; i-- {
		from := n.Parts[i].Tokens
		result = &ast.ConsPat{
			At:   ast.At{Sp: spanOf(p.file, &from[0]).To(spanOf(p.file, &to[len(to)-1]))},
			Head: p.patternAtom(n.Parts[i]),
			Tail: result,
		}
	}
	return result
}

func (p *parser) patternAtom(n *patAtomNode) ast.Pattern {
	at := p.at(n.Tokens)
	switch {
	case n.Blank != nil:
		return &ast.WildPat{At: at}
	case n.Number != nil:
		return &ast.LitPat{At: at, Lit: p.negative(n.Minus, n.Number)}
	case n.Lit != nil:
		return &ast.LitPat{At: at, Lit: p.literal(n.Lit)}
	case n.Ctor != nil:
		pat := &ast.CtorPat{At: at, Name: p.ident(n.Ctor)}
		for _, a := range n.Args {
			arg := &ast.PatArg{At: p.at(a.Tokens), Pat: p.buildPattern(a.Pat)}
			if a.Label != nil {
				arg.Label = p.ident(a.Label)
			}
			pat.Args = append(pat.Args, arg)
		}
		return pat
	case n.Name != nil:
		return &ast.BindPat{At: at, Name: n.Name.Value}
	case n.Square != nil:
		return &ast.ListPat{At: at, Elems: p.patterns(n.List)}
	}
	elems := p.patterns(n.Tuple)
	if len(elems) == 1 {
		return elems[0]
	}
	return &ast.TuplePat{At: at, Elems: elems}
}

func (p *parser) patterns(nodes []*patternNode) []ast.Pattern {
	var pats []ast.Pattern
	for _, n := range nodes {
		pats = append(pats, p.buildPattern(n))
	}
	return pats
}

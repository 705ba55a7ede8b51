package format

import (
	"strings"

	"github.com/laspc/lasp/lang/ast"
)

// expr prints an expression and the comments before it.
func (p *printer) expr(e ast.Expr) doc {
	lead := p.beforeNode(e)
	body := p.bare(e)
	if lead.empty() {
		return body
	}
	return cat(lead, body)
}

func (p *printer) bare(e ast.Expr) doc {
	switch e := e.(type) {
	case *ast.Name:
		return text(e.Name)
	case *ast.Lit:
		return text(literal(e))
	case *ast.Interp:
		return p.interp(e)
	case *ast.Blank:
		return text("_")
	case *ast.Paren:
		return p.enclosed("(", e.X, ")", e)
	case *ast.Tuple:
		return p.list("(", ")", soft, p.exprs(e.Elems), false, lastByte(e))
	case *ast.List:
		return p.listExpr(e)
	case *ast.Set:
		return p.list("{", "}", soft, p.exprs(e.Elems), true, lastByte(e))
	case *ast.Map:
		var items []item
		for _, m := range e.Entries {
			items = append(items, item{m, func() doc { return p.pair(m.Key, m.Value) }})
		}
		return p.list("{", "}", soft, items, true, lastByte(e))
	case *ast.Comp:
		return p.comp(e)
	case *ast.Lambda:
		return p.lambda(e)
	case *ast.If:
		return group(text("if "), p.expr(e.Cond), nest(line, text("then "), p.expr(e.Then)), nest(line, text("else "), p.expr(e.Else)))
	case *ast.Match:
		return p.match(e)
	case *ast.Unary:
		op := e.Op
		if op == "not" {
			op = "not "
		}
		return cat(text(op), p.operand(e.X, unaryNeedsParens(e)))
	case *ast.Binary:
		return p.binary(e)
	case *ast.BadExpr:
		return text(e.Sp.Text())
	}
	return p.postfix(e)
}

// lastByte is the offset of the closing bracket of a node that ends with one.
func lastByte(n ast.Node) int {
	if sp := n.Span(); !sp.IsZero() {
		return sp.End - 1
	}
	return 0
}

func (p *printer) exprs(es []ast.Expr) []item {
	var items []item
	for _, e := range es {
		items = append(items, item{e, func() doc { return p.expr(e) }})
	}
	return items
}

// enclosed prints one expression between brackets.
func (p *printer) enclosed(open string, x ast.Expr, closing string, around ast.Node) doc {
	inner := p.expr(x)
	rest := nothing
	if end := lastByte(around); end > 0 {
		rest = p.before(end)
	}
	return cat(text(open), nest(inner, rest), text(closing))
}

// operand prints x, in parentheses where the tree needs them and has none.
func (p *printer) operand(x ast.Expr, parens bool) doc {
	if parens {
		return cat(text("("), nest(p.expr(x)), text(")"))
	}
	return p.expr(x)
}

// interp prints a string with expressions in it, which stays on its line.
func (p *printer) interp(e *ast.Interp) doc {
	var out strings.Builder
	out.WriteByte('"')
	for _, part := range e.Parts {
		lit, ok := part.(*ast.Lit)
		isQuoted := ok && strings.HasPrefix(lit.Text, `"`) // a string inside of braces
		switch {
		case ok && lit.Kind == ast.StringLit && !isQuoted && lit.Text != "":
			out.WriteString(lit.Text)
		case ok && lit.Kind == ast.StringLit && !isQuoted:
			out.WriteString(escaped(lit.Str))
		default:
			out.WriteString("{" + flat(p.expr(part)) + "}")
		}
	}
	out.WriteByte('"')
	return text(out.String())
}

func (p *printer) listExpr(e *ast.List) doc {
	items := p.exprs(e.Elems)
	if e.Open {
		items = append(items, item{&ast.BadExpr{}, func() doc { return text("...") }})
	}
	return p.list("[", "]", soft, items, !e.Open, lastByte(e))
}

func (p *printer) pair(k, v ast.Expr) doc {
	return cat(p.expr(k), text(": "), p.expr(v))
}

func (p *printer) comp(e *ast.Comp) doc {
	open, closing, pad := "{", "}", line
	if e.Kind == ast.ListComp {
		open, closing, pad = "[", "]", soft
	}
	var elem doc
	if e.Kind == ast.MapComp {
		elem = p.pair(e.Key, e.Elem)
	} else {
		elem = p.expr(e.Elem)
	}
	parts := []doc{pad, elem, line, text("for "), p.gens(e.Gens)}
	if e.Cond != nil {
		parts = append(parts, line, text("if "), p.expr(e.Cond))
	}
	if end := lastByte(e); end > 0 {
		parts = append(parts, p.before(end))
	}
	return group(text(open), nest(parts...), pad, text(closing))
}

// gens prints generators, broken after each comma where they do not fit.
func (p *printer) gens(gens []*ast.Gen) doc {
	var parts []doc
	for i, g := range gens {
		if i > 0 {
			parts = append(parts, text(","), line)
		}
		parts = append(parts, p.pattern(g.Pat), text(" in "), p.expr(g.In))
	}
	return group(nest(parts...))
}

func (p *printer) lambda(e *ast.Lambda) doc {
	var head doc
	if len(e.Params) == 1 {
		head = p.lambdaParam(e.Params[0])
	} else {
		head = p.list("(", ")", soft, p.patterns(e.Params), false, 0)
	}
	return p.assigned(cat(head, text(" =>")), e.Body)
}

// lambdaParam prints the one parameter of a lambda; patterns that have more than
// one token stand in parentheses, so that they read as parameters.
func (p *printer) lambdaParam(pat ast.Pattern) doc {
	switch pat.(type) {
	case *ast.BindPat, *ast.WildPat:
		return p.pattern(pat)
	}
	return cat(text("("), p.pattern(pat), text(")"))
}

// assigned prints a value behind `=` or `=>`: on the same line if it has brackets
// to break in, else on the next line where it does not fit.
func (p *printer) assigned(head doc, value ast.Expr) doc {
	behind := p.behind(value)
	v := p.expr(value)
	if hugs(value) {
		return cat(head, text(" "), nest(behind), v)
	}
	return group(head, nest(behind, line, v))
}

// hugs tells whether an expression begins on the line before it when it is broken.
func hugs(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.If, *ast.Binary, *ast.Unary:
		return false
	case *ast.Call:
		return e.Form == ast.Plain || e.Form == ast.Method
	}
	return true
}

func (p *printer) match(e *ast.Match) doc {
	head := cat(text("match "), p.expr(e.Subject), text(" {"))
	var items []item
	for _, arm := range e.Arms {
		items = append(items, item{arm, func() doc { return p.assigned(p.armHead(arm.Pat, arm.Guard), arm.Body) }})
	}
	body := p.list("", "}", line, items, true, lastByte(e))
	if !p.inOneLine(e, e.Subject) && len(items) > 0 {
		body.hard = true
	}
	return cat(head, body)
}

func (p *printer) armHead(pat ast.Pattern, guard ast.Expr) doc {
	head := p.pattern(pat)
	if guard != nil {
		head = cat(head, text(" if "), p.operand(guard, hasOpenLambda(guard)))
	}
	return cat(head, text(" =>"))
}

// binary prints a chain of operators of one level as one group.
func (p *printer) binary(e *ast.Binary) doc {
	op, _ := ast.InfixOf(e.Op)
	var chain []*ast.Binary
	first := ast.Expr(e)
	for {
		b, ok := first.(*ast.Binary)
		if !ok {
			break
		}
		inner, _ := ast.InfixOf(b.Op)
		if inner.Level != op.Level || op.Right && b != e {
			break
		}
		chain = append(chain, b)
		first = b.L
		if needsParens(b, b.L, true) {
			break
		}
	}
	last := chain[len(chain)-1]
	parts := []doc{p.operand(first, needsParens(last, first, true))}
	for i := len(chain) - 1; i >= 0; i-- {
		b := chain[i]
		behind := p.behind(b.R)
		right := p.operand(b.R, needsParens(b, b.R, false))
		if b.Op == ".." {
			parts = append(parts, text(".."), behind, right)
			continue
		}
		parts = append(parts, text(" "+b.Op), behind, nest(line, right))
	}
	return group(parts...)
}

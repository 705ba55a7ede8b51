package format

import "github.com/laspc/lasp/lang/ast"

func (p *printer) typ(t ast.TypeExpr) doc {
	lead := p.beforeNode(t)
	switch t := t.(type) {
	case *ast.NamedType:
		if len(t.Args) == 0 {
			return cat(lead, text(t.Name.Name))
		}
		return cat(lead, text(t.Name.Name), p.list("[", "]", soft, p.types(t.Args), false, lastByte(t)))
	case *ast.TupleType:
		return cat(lead, p.list("(", ")", soft, p.types(t.Elems), false, lastByte(t)))
	case *ast.FuncType:
		var from doc
		if len(t.Params) == 1 {
			from = p.funcParam(t.Params[0])
		} else {
			from = p.list("(", ")", soft, p.types(t.Params), false, 0)
		}
		return cat(lead, from, text(" -> "), p.typ(t.Result))
	}
	return lead
}

// funcParam prints the one parameter of a function type. A tuple or a function
// stands in parentheses there: `(A, B) -> C` has two parameters.
func (p *printer) funcParam(t ast.TypeExpr) doc {
	if _, ok := t.(*ast.NamedType); ok {
		return p.typ(t)
	}
	return cat(text("("), p.typ(t), text(")"))
}

func (p *printer) types(ts []ast.TypeExpr) []item {
	var items []item
	for _, t := range ts {
		items = append(items, item{t, func() doc { return p.typ(t) }})
	}
	return items
}

func (p *printer) pattern(pat ast.Pattern) doc {
	lead := p.beforeNode(pat)
	switch pat := pat.(type) {
	case *ast.WildPat:
		return cat(lead, text("_"))
	case *ast.BindPat:
		return cat(lead, text(pat.Name))
	case *ast.LitPat:
		return cat(lead, text(literal(pat.Lit)))
	case *ast.CtorPat:
		return cat(lead, text(pat.Name.Name), p.patArgs(pat))
	case *ast.TuplePat:
		return cat(lead, p.list("(", ")", soft, p.patterns(pat.Elems), false, lastByte(pat)))
	case *ast.ListPat:
		return cat(lead, p.list("[", "]", soft, p.patterns(pat.Elems), false, lastByte(pat)))
	case *ast.ConsPat:
		head := p.pattern(pat.Head)
		if _, ok := pat.Head.(*ast.ConsPat); ok {
			head = cat(text("("), head, text(")"))
		}
		return cat(lead, head, text(" :: "), p.pattern(pat.Tail))
	}
	return lead
}

func (p *printer) patArgs(pat *ast.CtorPat) doc {
	var items []item
	for _, a := range pat.Args {
		items = append(items, item{a, func() doc {
			if a.Label == nil {
				return p.pattern(a.Pat)
			}
			return cat(p.ident(a.Label), text(": "), p.pattern(a.Pat))
		}})
	}
	if len(items) == 0 {
		return nothing
	}
	return p.list("(", ")", soft, items, false, lastByte(pat))
}

func (p *printer) patterns(pats []ast.Pattern) []item {
	var items []item
	for _, pat := range pats {
		items = append(items, item{pat, func() doc { return p.pattern(pat) }})
	}
	return items
}

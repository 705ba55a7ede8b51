package format

import "github.com/laspc/lasp/lang/ast"

// block prints a body: on one line if it was on one and fits.
func (p *printer) block(b *ast.Block) doc {
	lead := p.beforeNode(b)
	var items []item
	for _, s := range b.Stmts {
		items = append(items, item{s, func() doc { return p.stmt(s) }})
	}
	return cat(lead, p.body(items, b, nil))
}

// body prints items in braces; around is the node that ends with the closing one,
// and head what it holds before the opening one.
func (p *printer) body(items []item, around, head ast.Node) doc {
	end := lastByte(around)
	if p.inOneLine(around, head) && len(items) > 0 && !p.commentBefore(end) {
		var parts []doc
		for _, it := range items {
			parts = append(parts, line, it.build())
		}
		return group(text("{"), nest(parts...), line, text("}"))
	}
	open := p.opening(items, end)
	rows := p.rows(items, end)
	if len(rows) == 0 && open.empty() {
		return text("{}")
	}
	if len(rows) == 0 {
		return cat(text("{"), open, hard, text("}"))
	}
	return cat(text("{"), open, nest(hard, cat(rows...)), hard, text("}"))
}

// opening takes the comment that stands behind the opening brace on its line.
func (p *printer) opening(items []item, end int) doc {
	limit := end
	if len(items) > 0 {
		limit = items[0].node.Span().Start
	}
	if !p.commentBefore(limit) || p.startsLine(p.comments[0].Sp.Start) {
		return nothing
	}
	return p.comment()
}

func (p *printer) stmt(s ast.Stmt) doc {
	lead := p.beforeNode(s)
	body := p.bareStmt(s)
	if lead.empty() {
		return body
	}
	return cat(lead, body)
}

func (p *printer) bareStmt(s ast.Stmt) doc {
	switch s := s.(type) {
	case *ast.ExprStmt:
		d := p.expr(s.X)
		if s.Else != nil {
			d = cat(d, text(" else "), p.stmt(s.Else))
		}
		return d
	case *ast.EmitStmt:
		return cat(text("emit "), p.expr(s.Value), text(" to "), p.ident(s.Output))
	case *ast.ReplyStmt:
		return cat(text("reply "), p.expr(s.Value))
	case *ast.SealStmt:
		return cat(text("seal "), p.expr(s.Target), byBarrier(s.Barrier))
	case *ast.IfStmt:
		d := cat(text("if "), p.expr(s.Cond), text(" "), p.block(s.Then))
		if s.Else != nil {
			d = cat(d, text(" else "), p.stmt(s.Else))
		}
		return d
	case *ast.ForStmt:
		return cat(p.forHead(s.Gens, s.Guard), p.block(s.Body))
	case *ast.LetStmt:
		return p.assigned(cat(text("let "), p.pattern(s.Pat), text(" =")), s.Value)
	case *ast.MatchStmt:
		return p.matchStmt(s)
	case *ast.CoordStmt:
		return cat(text("coordinate"), byBarrier(s.Barrier), text(" "), p.block(s.Body))
	case *ast.BlockStmt:
		return p.block(s.Block)
	case *ast.BadStmt:
		return text(s.Sp.Text())
	}
	return nothing
}

func byBarrier(is bool) doc {
	if is {
		return text(" by barrier")
	}
	return nothing
}

func (p *printer) matchStmt(s *ast.MatchStmt) doc {
	head := cat(text("match "), p.expr(s.Subject), text(" "))
	var items []item
	for i, arm := range s.Arms {
		items = append(items, item{arm, func() doc {
			d := cat(p.armHead(arm.Pat, arm.Guard), text(" "), p.stmt(arm.Body))
			if i+1 < len(s.Arms) || !p.inOneLine(s, s.Subject) {
				d = cat(d, text(","))
			}
			return d
		}})
	}
	return cat(head, p.body(items, s, s.Subject))
}

package format

import (
	"strconv"

	"github.com/laspc/lasp/lang/ast"
)

// postfix prints calls, fields and indices.
func (p *printer) postfix(e ast.Expr) doc {
	switch e := e.(type) {
	case *ast.FieldOf:
		return cat(p.receiver(e.X), text("."), p.ident(e.Name))
	case *ast.TupleItem:
		dot := "."
		if lit, ok := e.X.(*ast.Lit); ok && lit.Kind == ast.IntLit {
			dot = " ." // 1.0 is a Float
		}
		return cat(p.receiver(e.X), p.within(e), text(dot+strconv.Itoa(e.N)))
	case *ast.Index:
		return cat(p.receiver(e.X), p.enclosed("[", e.K, "]", e))
	case *ast.Call:
		return p.call(e)
	}
	return nothing
}

// receiver prints what a dot or an index is attached to.
func (p *printer) receiver(x ast.Expr) doc {
	return p.operand(x, level(x) < ast.LevelPostfix)
}

func (p *printer) call(e *ast.Call) doc {
	switch e.Form {
	case ast.Plain:
		return cat(p.ident(e.Fn), p.args(e.Args, e))
	case ast.Method:
		return p.chain(e)
	}
	x := e.Args[0].Value
	head := p.operand(x, level(x) < 1 || opensRight(x) <= 1)
	tail := cat(text("|> "), p.ident(e.Fn))
	if e.Form == ast.Pipe {
		tail = cat(tail, p.args(e.Args[1:], e))
	}
	return group(head, nest(line, tail))
}

// chain prints `x.f(..).g(..)`, broken before each dot where it does not fit.
func (p *printer) chain(e *ast.Call) doc {
	calls := []*ast.Call{e}
	for {
		x, ok := calls[len(calls)-1].Args[0].Value.(*ast.Call)
		if !ok || x.Form != ast.Method {
			break
		}
		calls = append(calls, x)
	}
	first := calls[len(calls)-1].Args[0].Value
	parts := []doc{p.receiver(first)}
	for i := len(calls) - 1; i >= 0; i-- {
		c := calls[i]
		link := cat(text("."), p.ident(c.Fn), p.args(c.Args[1:], c))
		if len(calls) > 1 {
			link = nest(soft, link)
		}
		parts = append(parts, link)
	}
	if len(calls) == 1 {
		return cat(parts...)
	}
	return group(parts...)
}

// args prints `(a, label: b)`. A single argument with brackets of its own is not
// put on a line of its own.
func (p *printer) args(args []*ast.Arg, call *ast.Call) doc {
	var items []item
	for _, a := range args {
		items = append(items, item{a, func() doc {
			if a.Label == nil {
				return p.expr(a.Value)
			}
			return cat(p.ident(a.Label), text(": "), p.expr(a.Value))
		}})
	}
	if len(args) == 1 && args[0].Label == nil && hasBrackets(args[0].Value) && !p.commentBefore(lastByte(call)) {
		return cat(text("("), p.expr(args[0].Value), text(")"))
	}
	return p.list("(", ")", soft, items, true, lastByte(call))
}

// hasBrackets tells whether an expression breaks inside brackets of its own.
func hasBrackets(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.List, *ast.Set, *ast.Map, *ast.Comp, *ast.Match, *ast.Tuple:
		return true
	case *ast.Lambda:
		return hasBrackets(e.Body)
	}
	return false
}

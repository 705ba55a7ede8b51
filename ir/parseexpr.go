package ir

import (
	"strings"

	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
)

// code reads code at the root of a frame whose first slots have types cols.
func (r *reader) code(cols []*types.Type) *Expr {
	known := slotTypes{}
	for i, t := range cols {
		known[i] = t
	}
	e := r.expr(known)
	Settle(e, 0)
	return e
}

// expr reads an expression with its type and position.
func (r *reader) expr(known slotTypes) *Expr {
	if r.err != nil {
		return noCode
	}
	e := &Expr{}
	r.form(e, known)
	if r.err != nil {
		return noCode
	}
	if r.accept(":") {
		e.Type = r.suffix()
	} else {
		e.Type = plainType(e, known)
	}
	if e.Type == nil {
		r.fail("the type of code before %q is missing", r.tok.rest)
		return noCode
	}
	if e.Op == ELocal && known[e.Slot] == nil {
		known[e.Slot] = e.Type
	}
	if r.accept("@") {
		e.Pos = r.codePos()
	}
	return e
}

func (r *reader) suffix() *types.Type {
	if !r.accept("<") {
		return r.typ()
	}
	end := strings.Index(r.tok.rest, ">") // an arrow may come first
	for end > 0 && r.tok.rest[end-1] == '-' {
		next := strings.Index(r.tok.rest[end+1:], ">")
		if next < 0 {
			end = -1
			break
		}
		end += 1 + next
	}
	if end < 0 {
		r.fail("`>` is missing")
		return types.Unit
	}
	t, err := types.ParseType(r.tok.rest[:end], r.defs)
	if err != nil {
		r.fail("%v", err)
		return types.Unit
	}
	r.tok.rest = r.tok.rest[end+1:]
	return t
}

// codePos reads `12:3` or `"file":12:3`.
func (r *reader) codePos() source.Position {
	p := source.Position{File: r.file}
	if strings.HasPrefix(r.tok.rest, `"`) {
		p.File = r.str()
		r.expect(":")
	}
	p.Line = r.int()
	r.expect(":")
	p.Column = r.int()
	return p
}

func (r *reader) args(end string, known slotTypes) []*Expr {
	var out []*Expr
	for !r.accept(end) && r.err == nil {
		if len(out) > 0 {
			r.expect(",")
		}
		out = append(out, r.expr(known))
	}
	return out
}

// form reads what an expression is.
func (r *reader) form(e *Expr, known slotTypes) {
	switch {
	case r.accept("$"):
		e.Op, e.Slot = ELocal, r.int()
		return
	case r.accept("("):
		e.Op, e.Args = ETuple, r.args(")", known)
		return
	case r.accept("["):
		e.Op, e.Args = EList, r.args("]", known)
		return
	case r.accept("{"):
		e.Op, e.Args = ESet, r.args("}", known)
		return
	case r.isConstant():
		e.Op, e.Value = EConst, r.constant()
		return
	}
	w := r.word()
	switch w {
	case "param":
		e.Op, e.Name = EParam, r.word()
	case "view", "lookup", "has":
		e.Op = map[string]ExprOp{"view": EView, "lookup": ELookup, "has": EHas}[w]
		r.read(e, known)
	case "call":
		e.Op, e.N = EFunc, r.int()
		r.parts(e, known)
	case "new":
		e.Op, e.Ctor = ECtor, r.ctor()
		r.parts(e, known)
	case "map":
		r.expect("{")
		e.Op, e.Args = EMap, r.args("}", known)
	case "field", "item":
		if e.Op = EItem; w == "field" {
			e.Op = EField
		}
		e.N = r.int()
		r.parts(e, known)
	case "match":
		r.match(e, known)
	case "fn":
		r.lambda(e)
	case "let":
		e.Op = ELet
		r.expect("(")
		e.Pat = r.pattern()
		r.expect("=")
		e.Args = append(e.Args, r.expr(known))
		r.expect(";")
		e.Args = append(e.Args, r.expr(known))
		r.expect(")")
	case "me":
		e.Op = EMe
	case "special":
		e.Op, e.Name = ESpecial, r.word()
		e.N = r.int()
		r.parts(e, known)
	case "":
		r.fail("%q is no code", r.tok.rest)
	default:
		e.Op = ECall
		for o, word := range callWords {
			if w == word {
				e.Op = o
			}
		}
		if e.Op == ECall {
			e.Name = w
		}
		r.parts(e, known)
	}
}

func (r *reader) parts(e *Expr, known slotTypes) {
	r.expect("(")
	e.Args = r.args(")", known)
}

func (r *reader) read(e *Expr, known slotTypes) {
	r.expect("(")
	e.View = r.view()
	for r.accept(";") {
		e.Args = append(e.Args, r.expr(known))
	}
	r.expect(")")
}

func (r *reader) match(e *Expr, known slotTypes) {
	e.Op = EMatch
	r.expect("(")
	e.Args = []*Expr{r.expr(known)}
	for r.accept(";") {
		a := Arm{Pat: r.pattern()}
		if r.accept("if") {
			a.Guard = r.expr(known)
		}
		r.expect("=>")
		a.Body = r.expr(known)
		e.Arms = append(e.Arms, a)
	}
	r.expect(")")
}

func (r *reader) lambda(e *Expr) {
	e.Op = ELambda
	r.expect("[")
	for !r.accept("]") && r.err == nil {
		if len(e.Captures) > 0 {
			r.expect(",")
		}
		e.Captures = append(e.Captures, r.int())
	}
	e.Slots = r.int()
	r.expect("(")
	for !r.accept("=>") && r.err == nil {
		if len(e.Params) > 0 {
			r.expect(",")
		}
		e.Params = append(e.Params, r.pattern())
	}
	e.Body = r.expr(slotTypes{})
	r.expect(")")
}

package ir

import (
	"fmt"
	"strings"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// code writes an expression that stands at the root of a frame whose first
// slots have the types cols.
func (w *printer) code(e *Expr, cols []*types.Type) {
	known := slotTypes{}
	for i, t := range cols {
		known[i] = t
	}
	w.expr(e, known)
}

// slotTypes are the types of the slots of a frame, as far as they were written.
type slotTypes map[int]*types.Type

// expr writes an expression, with its type where that does not follow.
func (w *printer) expr(e *Expr, known slotTypes) {
	plain := plainType(e, known)
	w.form(e, known)
	if plain == nil || !types.Equal(plain, e.Type) {
		w.f(":%s", suffixText(e.Type))
	}
	if e.Op == ELocal && known[e.Slot] == nil {
		known[e.Slot] = e.Type
	}
	if hasPosition(e.Op) && e.Pos.Line != 0 && w.bare == nil {
		w.f("@")
		if e.Pos.File != w.file {
			w.f("%s:", quote(e.Pos.File))
		}
		w.f("%d:%d", e.Pos.Line, e.Pos.Column)
	}
}

// suffixText writes a type behind an expression; functions need parentheses.
func suffixText(t *types.Type) string {
	if t.Is(types.Func) {
		return "<" + typeText(t) + ">"
	}
	return typeText(t)
}

// hasPosition reports whether code of this operator can fail by itself, so that
// its position is kept.
func hasPosition(o ExprOp) bool {
	switch o {
	case ECall, EFunc, EApply, ELookup, EMatch, EField, EConvert:
		return true
	}
	return false
}

// plainType is the type that an expression has when none is written.
func plainType(e *Expr, known slotTypes) *types.Type {
	switch e.Op {
	case EConst:
		return literalType(e.Value)
	case ELocal:
		return known[e.Slot]
	case EView, EHas, EMe, ETuple, EIf, ELet:
		return structuralType(e)
	case ECall:
		if len(e.Args) > 0 && e.Args[0].Op != ELambda {
			return e.Args[0].Type
		}
	}
	return nil
}

// structuralType is the type that follows from the parts of an expression.
func structuralType(e *Expr) *types.Type {
	switch e.Op {
	case EView:
		return e.View.Type
	case EHas:
		return types.Bool
	case EMe:
		return types.Node
	case EIf, ELet:
		return e.Args[1].Type
	}
	ts := make([]*types.Type, len(e.Args))
	for i, a := range e.Args {
		ts[i] = a.Type
	}
	return types.TupleOf(ts...)
}

func literalType(v value.Value) *types.Type {
	switch v.Kind() {
	case value.Bool:
		return types.Bool
	case value.Int:
		return types.Int
	case value.Float:
		return types.Float
	case value.String:
		return types.String
	case value.Duration:
		return types.Duration
	}
	return nil
}

// callWords are the operators that are written as a word with arguments.
var callWords = map[ExprOp]string{
	EApply: "apply", EIf: "if", ECons: "cons", EConvert: "as", ELift: "lift",
}

func (w *printer) form(e *Expr, known slotTypes) {
	switch e.Op {
	case EConst:
		w.constant(e)
	case ELocal:
		w.f("$%d", e.Slot)
	case EParam:
		w.f("param %s", e.Name)
	case EView, ELookup, EHas:
		w.read(e, known)
	case ECall:
		w.f("%s", e.Name)
		w.args("(", e.Args, ")", known)
	case EFunc:
		w.f("call %s", w.funcName(e.N))
		w.args("(", e.Args, ")", known)
	case ECtor:
		w.f("new %s", e.Ctor.Name)
		w.args("(", e.Args, ")", known)
	case ETuple:
		w.args("(", e.Args, ")", known)
	case EList:
		w.args("[", e.Args, "]", known)
	case ESet:
		w.args("{", e.Args, "}", known)
	case EMap:
		w.args("map{", e.Args, "}", known)
	case EField:
		w.f("field %d", e.N)
		w.args("(", e.Args, ")", known)
	case EItem:
		w.f("item %d", e.N)
		w.args("(", e.Args, ")", known)
	case EMatch:
		w.match(e, known)
	case ELambda:
		w.lambda(e)
	case ELet:
		w.f("let(")
		w.pattern(e.Pat)
		w.f(" = ")
		w.expr(e.Args[0], known)
		w.f("; ")
		w.expr(e.Args[1], known)
		w.f(")")
	case EMe:
		w.f("me")
	case ESpecial:
		w.f("special %s %d", e.Name, e.N)
		w.args("(", e.Args, ")", known)
	default:
		w.f("%s", callWords[e.Op])
		w.args("(", e.Args, ")", known)
	}
}

func (w *printer) funcName(n int) string {
	if w.bare != nil {
		return w.bare.fn(n)
	}
	return itoa(n)
}

func (w *printer) constant(e *Expr) {
	w.f("%s", ConstText(e.Value))
}

// ConstText is a constant in the text form. What looks the same and is not is
// told apart: nodes from strings, sets from maps.
func ConstText(v value.Value) string {
	switch v.Kind() {
	case value.Bool, value.Int, value.Float, value.String, value.Duration:
		return v.String()
	}
	var b strings.Builder
	b.WriteByte('\'')
	writeConst(&b, v)
	return b.String()
}

func writeConst(b *strings.Builder, v value.Value) {
	open, end := "", ")"
	switch v.Kind() {
	case value.Node:
		open = "node("
		b.WriteString(open + quote(v.Str()) + end)
		return
	case value.Tuple:
		open = "("
	case value.List:
		open, end = "[", "]"
	case value.Set:
		open, end = "{", "}"
	case value.Map:
		open, end = "map{", "}"
	case value.Record:
		open = v.Ctor().Name + "("
	default:
		b.WriteString(v.String())
		return
	}
	b.WriteString(open)
	for i, x := range v.Elems() {
		if i > 0 {
			b.WriteString(", ")
		}
		writeConst(b, x)
	}
	b.WriteString(end)
}

func (w *printer) read(e *Expr, known slotTypes) {
	w.f("%s(", map[ExprOp]string{EView: "view", ELookup: "lookup", EHas: "has"}[e.Op])
	w.view(&e.View)
	for _, a := range e.Args {
		w.f("; ")
		w.expr(a, known)
	}
	w.f(")")
}

func (w *printer) args(open string, es []*Expr, end string, known slotTypes) {
	w.f("%s", open)
	for i, a := range es {
		if i > 0 {
			w.f(", ")
		}
		w.expr(a, known)
	}
	w.f("%s", end)
}

func (w *printer) match(e *Expr, known slotTypes) {
	w.f("match(")
	w.expr(e.Args[0], known)
	for _, a := range e.Arms {
		w.f("; ")
		w.pattern(a.Pat)
		if a.Guard != nil {
			w.f(" if ")
			w.expr(a.Guard, known)
		}
		w.f(" => ")
		w.expr(a.Body, known)
	}
	w.f(")")
}

// lambda writes `fn[captured slots] slots (patterns) => body`.
func (w *printer) lambda(e *Expr) {
	w.f("fn%s %d (", strings.ReplaceAll(fmt.Sprint(e.Captures), " ", ", "), e.Slots)
	for i, p := range e.Params {
		if i > 0 {
			w.f(", ")
		}
		w.pattern(p)
	}
	w.f(" => ")
	w.expr(e.Body, slotTypes{})
	w.f(")")
}

func (w *printer) pattern(p *Pattern) {
	switch p.Op {
	case PWild:
		w.f("_")
	case PBind:
		w.f("$%d", p.Slot)
	case PConst:
		w.f("%s", ConstText(p.Value))
	case PCtor:
		w.f("new %s", p.Ctor.Name)
		w.patterns("(", p.Args, ")")
	case PTuple:
		w.patterns("(", p.Args, ")")
	case PNil:
		w.f("nil")
	case PCons:
		w.patterns("cons(", p.Args, ")")
	case PList:
		w.patterns("[", p.Args, "]")
	}
}

func (w *printer) patterns(open string, ps []*Pattern, end string) {
	w.f("%s", open)
	for i, p := range ps {
		if i > 0 {
			w.f(", ")
		}
		w.pattern(p)
	}
	w.f("%s", end)
}

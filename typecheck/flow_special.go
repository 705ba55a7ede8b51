package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/op"
)

// foldFlow is the fold of a set into a lattice: `fold(s, b, (acc, x) => acc | e)`
// moves with the set and as e does.
func (j *judge) foldFlow(e ast.Expr, call *Call) (*Flow, bool) {
	if call.Row.Name != "fold" || len(call.Args) != 3 || !j.info.Types[call.Args[0]].Is("Set") {
		return nil, false
	}
	l, ok := ast.Unparen(call.Args[2]).(*ast.Lambda)
	if !ok || len(l.Params) != 2 {
		return nil, false
	}
	acc, ok := l.Params[0].(*ast.BindPat)
	if !ok {
		return nil, false
	}
	step := joinStep(j, ast.Unparen(l.Body), acc.Name)
	if step == nil || mentions(step, acc.Name) {
		return nil, false
	}
	j.bindFlows(l.Params[0], nil)
	j.bindFlows(l.Params[1], nil)
	j.lambdas++
	own := j.flow(step)
	j.lambdas--
	// What a step captures is met by every element: linear in each of the two,
	// so only monotone in a cell that is in both.
	return combine(combine(j.flow(call.Args[0]), own, false), j.flow(call.Args[1]), true), true
}

// joinStep finds e in `acc | e` and `e | acc`, `max(acc, e)` on Max and
// `min(acc, e)` on Min.
func joinStep(j *judge, body ast.Expr, acc string) ast.Expr {
	call := j.info.Calls[body]
	if call == nil || call.Row == nil || len(call.Args) != 2 {
		return nil
	}
	t := j.info.Types[body]
	switch name := call.Row.Name; {
	case name == "|" || name == "union":
	case name == "max" && t.Is("Max"), name == "min" && t.Is("Min"):
	default:
		return nil
	}
	for i, a := range call.Args {
		if n, ok := ast.Unparen(a).(*ast.Name); ok && n.Name == acc {
			return call.Args[1-i]
		}
	}
	return nil
}

// factFlow is now(), random() and the like: recorded with the event in `on`.
func (j *judge) factFlow(e ast.Expr, call *Call) *Flow {
	if j.facts || j.frozen {
		return nil
	}
	return &Flow{Nondet: &Cause{Span: e.Span(), Name: textOf(e.Span()), Text: "differs from time to time and from node to node"}}
}

func (j *judge) peekFlow(e ast.Expr, call *Call) *Flow {
	j.flow(call.Args[0])
	reason := ""
	if lit, ok := ast.Unparen(call.Args[1]).(*ast.Lit); ok {
		reason = lit.Str
	}
	if j.handler == nil || !j.facts {
		j.errorAt(diag.EffectPlace, e.Span(), "`peek` outside of an `on` body", "", "What is peeked at depends on the moment, and only an event happens at one.",
			"Use the value itself, or peek where the event is handled.")
		return nil
	}
	j.handler.Peeks = append(j.handler.Peeks, reason)
	return nil
}

// everFlow is the history of a declared set cell, a stable leaf of its own.
func (j *judge) everFlow(e ast.Expr, call *Call) *Flow {
	j.flow(call.Args[0])
	cell, _ := j.asCell(call.Args[0])
	if cell == nil {
		j.errorAt(diag.WrongPlace, call.Args[0].Span(), "`ever` takes a declared set cell", "", "History is kept of what is written, not of what follows from it.", "Name the cell itself.")
		return nil
	}
	if j.frozen {
		return nil
	}
	return leaf(cell, op.Hom, &Cause{Span: e.Span(), Name: textOf(e.Span()), Text: "every element that was ever added, still open"})
}

// sealedFlow: the seal comes once, and what it seals is data from then on.
func (j *judge) sealedFlow(e ast.Expr, call *Call, f *Flow) *Flow {
	cell, _ := j.asCell(call.Args[0])
	if cell == nil {
		j.errorAt(diag.WrongPlace, call.Args[0].Span(), "`sealed` takes a declared cell or a stream", "", "Only what is written can be sealed; what follows from it is complete once its cells are.",
			"Seal the cells, and compute from their sealed content.")
		return nil
	}
	if f == nil {
		return nil
	}
	return leaf(cell, op.Hom, j.cellCauseOf(cell))
}

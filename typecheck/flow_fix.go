package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/op"
)

// fixpointFlow is recursion within an expression. As for `let rec`, the step must
// grow with what it is given and invent no values; the least solution is monotone
// in whatever the step is monotone in.
func (j *judge) fixpointFlow(e ast.Expr, call *Call) *Flow {
	seed := j.argFlow(call, call.Args[0])
	l, ok := ast.Unparen(call.Args[1]).(*ast.Lambda)
	if !ok || len(l.Params) != 1 {
		j.errorAt(diag.WrongPlace, call.Args[1].Span(), "the step of `fixpoint` is written as a lambda", "", "How it moves, and that it ends, must be seen where it is used.", "Write `x => ..`.")
		return seed
	}
	self := &Cell{Name: textOf(l.Params[0].Span()), Stable: true}
	j.bindFlows(l.Params[0], leaf(self, op.Hom, &Cause{Span: l.Params[0].Span(), Name: self.Name, Text: "what the step is given"}))
	j.lambdas++
	own := j.flow(l.Body)
	j.lambdas--
	if q := own.leafOf(self).Qual; q == op.Anti || q == op.Any {
		j.stepShrinks(l, self.Name, own.leafOf(self))
	} else {
		j.stepInvents(l, self.Name)
	}
	return compose(op.Mono, combine(seed, without(own, []*Cell{self}), false), nil)
}

// stepShrinks reports a step that does not grow with what it is given.
func (j *judge) stepShrinks(l *ast.Lambda, self string, q Leaf) {
	j.add(diag.Diagnostic{Code: diag.NegativeCycle, Span: l.Body.Span(), Title: "this step depends on what is not there yet", Label: "is not monotone in `" + self + "`",
		Message: "An element could be the reason why it is not there, so the rounds need not come to one answer.",
		Help:    "Let the step go through operators that grow with `" + self + "` only.",
		Blame:   blamePath(q.Cause)})
}

// stepInvents asks for a reason why the rounds end.
func (j *judge) stepInvents(l *ast.Lambda, self string) {
	w := &invention{j: j, tainted: map[*Local]bool{}}
	w.taint(l.Params[0])
	w.expr(l.Body, true)
	if w.found == nil {
		return
	}
	what := textOf(w.found.Span())
	j.add(diag.Diagnostic{Code: diag.InventsValues, Span: w.found.Span(), Title: "this fixpoint may never be complete", Label: "makes a new value in every round",
		Message: "`" + what + "` is computed from `" + self + "` and goes back into it, so there may always be one more.",
		Help:    "Join values that exist already instead of computing `" + what + "`, or keep the smallest sum per key: a map into `Min[Nat]`.",
		Blame:   []diag.Blame{{Span: w.found.Span(), Name: what, Text: "invents a value in the step"}}})
}

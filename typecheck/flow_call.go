package typecheck

import (
	"fmt"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
)

func (j *judge) callFlow(e ast.Expr) *Flow {
	call := j.info.Calls[e]
	switch {
	case call == nil:
		return nil
	case call.Row != nil:
		return j.rowFlow(e, call)
	case call.Fn != nil:
		return j.fnCallFlow(e, call)
	case call.Ctor != nil:
		return j.asData(e, call.Args)
	case call.Local != nil:
		return combine(call.Local.Flow, j.asData(e, call.Args), true)
	}
	return nil
}

// rowFlow applies the qualifiers of a library row.
func (j *judge) rowFlow(e ast.Expr, call *Call) *Flow {
	switch call.Row.ID {
	case "peek":
		return j.peekFlow(e, call)
	case "ever":
		return j.everFlow(e, call)
	}
	if call.Row.Nondet {
		return j.factFlow(e, call)
	}
	if f, ok := j.foldFlow(e, call); ok {
		return f
	}
	flows := make([]*Flow, len(call.Args))
	for i, a := range call.Args {
		if call.Params[i].Is(types.Func) {
			flows[i] = j.functionFlow(a, j.paramFlows(call, i, flows))
		} else {
			flows[i] = j.argFlow(call, a)
		}
	}
	if strings.HasSuffix(call.Row.ID, ".sealed") && !call.Params[0].Is("Stream") {
		return j.sealedFlow(e, call, flows[0])
	}
	return j.applyQuals(e, call, flows)
}

// argFlow is the flow of an argument; of a map cell only the keys, where the row
// asks for no more.
func (j *judge) argFlow(call *Call, a ast.Expr) *Flow {
	f := j.flow(a)
	switch call.Row.Name {
	case "keys", "in", "not in", "contains":
		if cell, whole := j.asCell(a); whole && j.info.Types[a].Is("Map") {
			return j.keysFlow(cell)
		}
	}
	return f
}

// applyQuals composes and combines what a row says about its arguments.
func (j *judge) applyQuals(e ast.Expr, call *Call, flows []*Flow) *Flow {
	lifted := false
	for _, l := range call.Lift {
		lifted = lifted || l
	}
	quals := j.rowQuals(call, flows)
	var f *Flow
	for i, a := range call.Args {
		q := op.Any
		switch {
		case call.Lift[i]:
			q = op.Hom
		case lifted:
		case j.isRead(call, i):
		default:
			q = quals[i]
		}
		f = combine(f, compose(q, flows[i], j.blame(e, func() string { return rowText(call.Row, q, e, a) })), call.Row.Joint || lifted)
	}
	return f
}

// isRead reports whether a growing number stands for the data that it holds now.
func (j *judge) isRead(call *Call, i int) bool {
	t := j.info.Types[call.Args[i]]
	return call.Row.QualsOf == nil && t != nil && (t.Is("Max") || t.Is("Min")) && !call.Params[i].IsLattice() && !call.Params[i].Is(types.Var)
}

func (j *judge) rowQuals(call *Call, flows []*Flow) []op.Qual {
	row := call.Row
	if row.QualsOf == nil {
		return row.Quals
	}
	ctx := op.Context{Types: make([]*types.Type, len(flows)), Fixed: make([]bool, len(flows)), NonNeg: make([]bool, len(flows))}
	for i, a := range call.Args {
		t := j.info.Types[a]
		if to := j.info.Coerce[a]; to != nil && to.IsLattice() {
			t = to
		}
		ctx.Types[i] = t
		ctx.Fixed[i] = flows[i].IsFixed()
		ctx.NonNeg[i] = j.info.Types[a].Is("Nat")
	}
	return row.QualsOf(ctx)
}

// rowText is the clause for the blame of a row.
func rowText(row *op.Row, q op.Qual, e, arg ast.Expr) string {
	text := row.Why
	switch {
	case text != "":
	case q == op.Anti:
		text = "`{expr}` is antitone in `{arg}`"
	default:
		text = "`{expr}` may change either way when `{arg}` grows"
	}
	return strings.NewReplacer("{expr}", shortText(e), "{arg}", shortText(arg)).Replace(text)
}

// functionFlow is how the result of a function argument moves, by what it
// captures and by the parameters that move.
func (j *judge) functionFlow(a ast.Expr, params []*Flow) *Flow {
	if l, ok := ast.Unparen(a).(*ast.Lambda); ok {
		return j.lambdaFlow(l, params)
	}
	name, ok := ast.Unparen(a).(*ast.Name)
	if !ok {
		return j.flow(a)
	}
	switch o := j.info.Uses[name].(type) {
	case *Fn:
		f := j.fnFlows[o]
		for i, p := range params {
			q := op.Any
			if i < len(o.Quals) {
				q = o.Quals[i]
			}
			f = combine(f, compose(q, p, nil), false)
		}
		return f
	case *RowObj:
		var f *Flow
		for _, p := range params {
			f = combine(f, compose(op.Any, p, nil), false)
		}
		return f
	}
	return j.flow(a)
}

// lambdaFlow judges the body with the flows of the parameters; nil is data.
func (j *judge) lambdaFlow(l *ast.Lambda, params []*Flow) *Flow {
	for i, p := range l.Params {
		switch {
		case len(l.Params) == len(params):
			j.bindFlows(p, params[i])
		case len(l.Params) == 1 && len(params) > 1:
			j.bindSpread(p, params)
		default:
			j.bindFlows(p, firstMoving(params))
		}
	}
	j.lambdas++
	defer func() { j.lambdas-- }()
	return j.flow(l.Body)
}

// bindSpread binds one pattern to several parameters.
func (j *judge) bindSpread(p ast.Pattern, params []*Flow) {
	if t, ok := p.(*ast.TuplePat); ok && len(t.Elems) == len(params) {
		for i, q := range t.Elems {
			j.bindFlows(q, params[i])
		}
		return
	}
	j.bindFlows(p, firstMoving(params))
}

func firstMoving(params []*Flow) *Flow {
	var f *Flow
	for _, p := range params {
		f = combine(f, p, true)
	}
	return f
}

// paramFlows are the flows of the parameters of the i-th argument, a function:
// elements are data; what has the type of a map's values moves as the map does;
// the accumulator of a fold moves as its start.
func (j *judge) paramFlows(call *Call, i int, flows []*Flow) []*Flow {
	scheme := j.scheme(call.Row)
	params := scheme.Params[i].Type.Params()
	out := make([]*Flow, len(params))
	for k, p := range params {
		if !p.Is(types.Var) {
			continue
		}
		for m := range call.Args[:i] {
			t := scheme.Params[m].Type
			switch {
			case t.Is("Map") && sameVar(t.Args[1], p):
				_, values := j.drawnOf(call.Args[m], flows[m])
				out[k] = combine(out[k], values, true)
			case sameVar(t, p):
				out[k] = combine(out[k], flows[m], true)
			}
		}
	}
	return out
}

func sameVar(a, b *types.Type) bool {
	a, b = a.Resolve(), b.Resolve()
	return a.Con == types.Var && b.Con == types.Var && a.Var == b.Var
}

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

// fnCallFlow applies the qualifiers that were inferred for a function.
func (j *judge) fnCallFlow(e ast.Expr, call *Call) *Flow {
	f := j.fnFlows[call.Fn]
	lifted := false
	for _, l := range call.Lift {
		lifted = lifted || l
	}
	var moving *Flow
	flows := make([]*Flow, len(call.Args))
	for i, a := range call.Args {
		if !call.Params[i].Is(types.Func) {
			flows[i] = j.flow(a)
			moving = combine(moving, flows[i], true)
		}
	}
	for i, a := range call.Args {
		arg := flows[i]
		if call.Params[i].Is(types.Func) {
			arg = j.functionFlow(a, j.latticeParams(call.Params[i], compose(op.Any, moving, nil)))
		}
		q := op.Any
		switch {
		case call.Lift[i]:
			q = op.Hom
		case lifted:
		case i < len(call.Fn.Quals):
			q = call.Fn.Quals[i]
		default: // a recursive function on its first round
			q = op.Const
		}
		f = combine(f, compose(q, arg, j.blame(e, func() string { return fnText(call.Fn, q, a) })), lifted)
	}
	return f
}

func fnText(f *Fn, q op.Qual, arg ast.Expr) string {
	if q == op.Anti {
		return fmt.Sprintf("`%s` is antitone in `%s`", f.Name, shortText(arg))
	}
	return fmt.Sprintf("`%s` may change either way when `%s` grows", f.Name, shortText(arg))
}

// latticeParams gives the growing parameters of a function argument a flow.
func (j *judge) latticeParams(fn *types.Type, f *Flow) []*Flow {
	params := fn.Params()
	out := make([]*Flow, len(params))
	for i, p := range params {
		if p.IsLattice() {
			out[i] = f
		}
	}
	return out
}

package typecheck

import (
	"fmt"
	"strings"

	"github.com/laspc/lasp/lang/ast"
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
	case call.Ctor != nil && call.Ctor.Def != nil && call.Ctor.Def.Lattice:
		return j.joint(call.Args)
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
	if call.Row.Name == "fixpoint" {
		return j.fixpointFlow(e, call)
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
		if j.info.Types[a].Is("Map") {
			if keys, ok := j.keysOf(a); ok {
				return keys
			}
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
	if lifted {
		return j.liftedFlow(e, call, flows, quals)
	}
	var f *Flow
	for i, a := range call.Args {
		q := quals[i]
		if j.isRead(call, i) {
			q = op.Any
		}
		f = combine(f, compose(q, flows[i], j.blame(e, func() string { return j.rowText(call.Row, q, e, a) })), call.Row.Joint)
	}
	return f
}

// liftedFlow is the flow of a row over IVars. It is bound once they are; what
// moves besides is read as data then. Used as what it opens into (a set that was
// empty before, a truth) it moves with the rest as the row says.
func (j *judge) liftedFlow(e ast.Expr, call *Call, flows []*Flow, quals []op.Qual) *Flow {
	text := func(q op.Qual, a ast.Expr) func(Leaf) *Cause {
		return j.blame(e, func() string { return j.rowText(call.Row, q, e, a) })
	}
	var f, content *Flow
	moves := false
	for i, a := range call.Args {
		q, open := op.Any, quals[i]
		if j.isRead(call, i) {
			open = op.Any
		}
		inner := flows[i]
		switch {
		case !call.Lift[i]:
			moves = moves || !inner.IsFixed()
		case inner != nil && inner.Content != nil:
			q, moves, inner = op.Hom, true, inner.Content
		default:
			q, open = op.Hom, op.Hom
		}
		f = combine(f, compose(q, flows[i], text(q, a)), true)
		content = combine(content, compose(open, inner, text(open, a)), call.Row.Joint)
	}
	return f.opening(content, moves)
}

// opening is the flow f of an IVar with the flow of its content where that goes
// on moving.
func (f *Flow) opening(content *Flow, moves bool) *Flow {
	if f == nil || content == nil || f.Content == nil && !moves {
		return f
	}
	out := *f
	out.Content = content
	if !moves {
		out.Content = nil
	}
	return &out
}

// isRead reports whether a growing number stands for the data that it holds now.
func (j *judge) isRead(call *Call, i int) bool {
	t := content(j.info.Types[call.Args[i]])
	if t != nil && crossesJoin(t, call.Params[i]) {
		return true
	}
	return call.Row.QualsOf == nil && t != nil && (t.Is("Max") || t.Is("Min")) && !call.Params[i].IsLattice() && !call.Params[i].Is(types.Var)
}

// crossesJoin reports whether a value of one type stands for one of another that
// is ordered otherwise: that of a hand-written lattice for its data, or data for it.
func crossesJoin(from, to *types.Type) bool {
	from, to = from.Resolve(), to.Resolve()
	if from == nil || to == nil || to.Con == types.Var || from.Con == types.Var {
		return false
	}
	if (from.Joined() == nil) != (to.Joined() == nil) {
		return true
	}
	for i := range min(len(from.Args), len(to.Args)) {
		if crossesJoin(from.Args[i], to.Args[i]) {
			return true
		}
	}
	return false
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
		fixed := flows[i].IsFixed()
		if call.Lift[i] {
			t, fixed = content(t), flows[i] == nil || flows[i].Content == nil
		}
		ctx.Types[i], ctx.Fixed[i], ctx.NonNeg[i] = t, fixed, content(j.info.Types[a]).Is("Nat")
	}
	return row.QualsOf(ctx)
}

// rowText is the clause for the blame of a row.
func (j *judge) rowText(row *op.Row, q op.Qual, e, arg ast.Expr) string {
	text, grows, ask := row.Why, "grows", "`>=`"
	if t := content(j.info.Types[arg]); t != nil && t.Is("Min") {
		grows, ask = "falls", "`<=`"
	}
	switch {
	case text != "":
	case q == op.Anti:
		text = "`{expr}` is antitone in `{arg}`"
	default:
		text = "`{expr}` may change either way when `{arg}` " + grows
	}
	return strings.NewReplacer("{expr}", shortText(e), "{arg}", shortText(arg), "{threshold}", ask+" of a value that "+grows).Replace(text)
}

// fnCallFlow applies the qualifiers that were inferred for a function.
func (j *judge) fnCallFlow(e ast.Expr, call *Call) *Flow {
	f := call.Fn.Reads
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
		case crossesJoin(j.info.Types[a], call.Params[i]):
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

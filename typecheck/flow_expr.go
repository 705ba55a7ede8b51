package typecheck

import (
	"fmt"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
)

func (j *judge) flowOf(e ast.Expr) *Flow {
	switch e := e.(type) {
	case *ast.Paren:
		return j.flow(e.X)
	case *ast.Name:
		return j.nameFlow(e)
	case *ast.Interp:
		return j.asData(e, e.Parts)
	case *ast.Tuple:
		return j.joint(e.Elems)
	case *ast.List:
		return j.asData(e, e.Elems)
	case *ast.Set:
		return j.asData(e, e.Elems)
	case *ast.Map:
		return j.mapFlow(e)
	case *ast.Comp:
		return j.compFlow(e)
	case *ast.FieldOf:
		f := j.flow(e.X)
		if f != nil && f.Content != nil && j.info.Types[e.X].Is("IVar") {
			return f.opening(j.data(e, e.X, f.Content), true)
		}
		if t := j.info.Types[e.X]; t.Is("IVar") || t.IsLattice() {
			return j.itemFlow(e, e.X, f)
		}
		return j.data(e, e.X, f)
	case *ast.TupleItem:
		return j.itemFlow(e, e.X, j.flow(e.X))
	case *ast.If:
		return j.ifFlow(e)
	case *ast.Match:
		return j.matchFlow(e)
	case *ast.Lambda:
		return j.lambdaFlow(e, nil)
	case *ast.Call, *ast.Binary, *ast.Unary, *ast.Index:
		return j.callFlow(e)
	}
	return nil
}

// data is the flow of something of flow f that is used as data by whole.
func (j *judge) data(whole, part ast.Expr, f *Flow) *Flow {
	return compose(op.Any, f, j.blame(whole, func() string {
		return fmt.Sprintf("takes `%s` as data while it may still change", textOf(part.Span()))
	}))
}

// joint is a construct that grows with each of its parts.
func (j *judge) joint(parts []ast.Expr) *Flow {
	var f *Flow
	for _, x := range parts {
		f = combine(f, j.flow(x), true)
	}
	return f
}

// asData is a construct that takes all its parts as data.
func (j *judge) asData(whole ast.Expr, parts []ast.Expr) *Flow {
	var f *Flow
	for _, x := range parts {
		f = combine(f, j.data(whole, x, j.flow(x)), true)
	}
	return f
}

func (j *judge) mapFlow(e *ast.Map) *Flow {
	var f *Flow
	for _, entry := range e.Entries {
		f = combine(f, j.data(e, entry.Key, j.flow(entry.Key)), true)
		f = combine(f, j.flow(entry.Value), true)
	}
	return f
}

func (j *judge) nameFlow(e *ast.Name) *Flow {
	switch o := j.info.Uses[e].(type) {
	case *Local:
		return o.Flow
	case *Cell:
		return j.cellFlow(o)
	case *Let:
		return o.Flow.named(o)
	case *Show:
		return j.flow(o.Value)
	case *Fn:
		return o.Reads
	case *Special:
		if o.Name == "me" && !j.facts && !j.frozen {
			return &Flow{Nondet: &Cause{Span: e.Span(), Name: "me", Text: "differs from node to node"}}
		}
	}
	return nil
}

// ifFlow: a growing condition may only switch from nothing to something.
func (j *judge) ifFlow(e *ast.If) *Flow {
	c, a, b := j.flow(e.Cond), j.flow(e.Then), j.flow(e.Else)
	switch {
	case j.info.Types[e.Cond].Is("IVar"):
		f := combine(c, combine(j.data(e, e.Then, a), j.data(e, e.Else, b), true), true)
		moves := !a.IsFixed() || !b.IsFixed() || c != nil && c.Content != nil
		if c != nil && c.Content != nil {
			return f.opening(combine(j.data(e, e.Cond, c.Content), combine(a, b, true), true), moves)
		}
		return f.opening(combine(c, combine(a, b, true), true), moves)
	case c.IsFixed():
		return combine(a, b, true)
	case onlyQuals(c, op.Hom, op.Mono) && j.isBottom(e.Else):
		return combine(compose(op.Mono, c, nil), compose(op.Mono, a, nil), true)
	case onlyQuals(c, op.Anti) && j.isBottom(e.Then):
		return combine(compose(op.Anti, c, nil), compose(op.Mono, b, nil), true)
	}
	f := compose(op.Any, c, j.blame(e, func() string {
		return fmt.Sprintf("the condition `%s` may change, and with it the branch", textOf(e.Cond.Span()))
	}))
	return combine(f, combine(a, b, true), true)
}

func onlyQuals(f *Flow, allowed ...op.Qual) bool {
	if f.Nondet != nil {
		return false
	}
	for _, l := range f.Leaves {
		ok := false
		for _, q := range allowed {
			ok = ok || l.Qual == q
		}
		if !ok {
			return false
		}
	}
	return true
}

// isBottom recognises the least value of a lattice where it is written out.
func (j *judge) isBottom(e ast.Expr) bool {
	t := j.info.Types[e]
	if to := j.info.Coerce[e]; to != nil {
		t = to
	}
	switch x := ast.Unparen(e).(type) {
	case *ast.Set:
		return len(x.Elems) == 0
	case *ast.Lit:
		return x.Kind == ast.BoolLit && !x.Bool || x.Kind == ast.IntLit && x.Int == 0 && t.Is("Max") && t.Resolve().Args[0].Is("Nat")
	}
	return false
}

func (j *judge) matchFlow(e *ast.Match) *Flow {
	subject := j.flow(e.Subject)
	stream, waits := j.info.Types[e.Subject].Is("Stream"), j.info.Types[e.Subject].Is("IVar")
	var f *Flow
	for _, arm := range e.Arms {
		var inside *Flow
		if stream {
			inside = subject
		}
		j.bindArm(arm.Pat, inside)
		if arm.Guard != nil {
			f = combine(f, j.data(e, arm.Guard, j.flow(arm.Guard)), true)
		}
		body := j.flow(arm.Body)
		if waits {
			body = j.data(e, arm.Body, body)
		}
		f = combine(f, body, true)
	}
	if stream || waits {
		return combine(subject, f, true)
	}
	return combine(j.data(e, e.Subject, subject), f, true)
}

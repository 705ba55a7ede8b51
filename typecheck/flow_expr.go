package typecheck

import (
	"fmt"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
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
		var f *Flow
		for _, x := range e.Elems {
			f = combine(f, j.flow(x), true)
		}
		return f
	case *ast.List:
		return j.asData(e, e.Elems)
	case *ast.Set:
		return j.asData(e, e.Elems)
	case *ast.Map:
		return j.mapFlow(e)
	case *ast.Comp:
		return j.compFlow(e)
	case *ast.FieldOf:
		return j.data(e, e.X, j.flow(e.X))
	case *ast.TupleItem:
		return j.flow(e.X)
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
		return o.Flow
	case *Fn:
		return j.fnFlows[o]
	case *Special:
		if o.Name == "me" && !j.facts && !j.frozen {
			return &Flow{Nondet: &Cause{Span: e.Span(), Name: "me", Text: "differs from node to node"}}
		}
	}
	return nil
}

// cellFlow is what reading a whole cell means.
func (j *judge) cellFlow(c *Cell) *Flow {
	if j.frozen {
		return nil
	}
	q := op.Hom
	if !c.Stable || c.Scope == ast.Coordinated {
		q = op.Any
	}
	f := leaf(c, q, j.cellCauseOf(c))
	if c.Scope == ast.Local {
		f.Nondet = j.cellCauseOf(c)
	}
	return f
}

// keysFlow is what reading only the keys of a map cell means: they stay though
// the values may change either way.
func (j *judge) keysFlow(c *Cell) *Flow {
	f := j.cellFlow(c)
	if f == nil || c.Scope == ast.Coordinated || !c.Kind.Is("GMap") {
		return f
	}
	out := leaf(c, op.Hom, j.cellCauseOf(c))
	out.Nondet = f.Nondet
	return out
}

func (j *judge) cellCauseOf(c *Cell) *Cause {
	cause := j.cellCause[c]
	if cause == nil {
		cause = &Cause{Name: c.Name, Text: cellText(c)}
		if c.Ident != nil {
			cause.Span = c.Ident.Span()
		}
		j.cellCause[c] = cause
	}
	return cause
}

// cellText says in a clause why a cell is not data.
func cellText(c *Cell) string {
	scope := c.Scope.Keyword()
	switch {
	case c.Scope == ast.Coordinated:
		return "coordinated: outside `coordinate` its answer may be out of date"
	case c.Scope == ast.Local:
		return "local: every node has its own"
	case c.Stable:
		return scope + ", still open"
	}
	return scope + ", " + removal(leafKind(c.Kind))
}

// leafKind is the first kind, from outside in, whose view can shrink.
func leafKind(kind *types.Type) *types.Type {
	for {
		k := kindNamed(kind.Con)
		if k == nil || !k.Map || !k.Stable {
			return kind
		}
		kind = kind.Args[1]
	}
}

func removal(kind *types.Type) string {
	switch kind.Con {
	case "AWSet":
		return "an AWSet: elements can be removed again"
	case "PNCounter":
		return "a PNCounter: it can go down again"
	case "BCounter":
		return "a BCounter: it can go down again"
	case "LWW":
		return "an LWW register: the next write replaces its value"
	case "ORMap":
		return "an ORMap: keys can be removed again"
	}
	return "a " + kind.Con + ": its view can change either way"
}

// drawnFlows are the flows of a generator's source: of what appears (elements,
// keys) and of the values that entries carry.
func (j *judge) drawnFlows(in ast.Expr) (elems, values *Flow) { return j.drawnOf(in, j.flow(in)) }

// drawnOf is drawnFlows of a source whose flow f is known.
func (j *judge) drawnOf(in ast.Expr, f *Flow) (elems, values *Flow) {
	t := j.info.Types[in]
	switch {
	case t.Is("List"):
		return j.data(in, in, f), nil
	case !t.Is("Map"):
		return f, nil
	}
	elem := t.Resolve().Args[1].Resolve()
	if elem.Con == "IVar" {
		return f, nil
	}
	if cell, whole := j.asCell(in); cell != nil {
		if whole {
			return j.keysFlow(cell), f
		}
		return f, f
	}
	if !elem.IsLattice() {
		return f, nil // entries of data are like elements: they come and go whole
	}
	return f, f
}

// asCell finds the cell that e names, wholly or by an entry.
func (j *judge) asCell(e ast.Expr) (cell *Cell, whole bool) {
	switch e := ast.Unparen(e).(type) {
	case *ast.Name:
		cell, whole = j.info.Uses[e].(*Cell)
		return cell, whole
	case *ast.Index:
		cell, _ = j.asCell(e.X)
	}
	return cell, false
}

// bindFlows gives the names of a pattern their flows: data has none; values of
// map entries carry that of the map.
func (j *judge) bindFlows(p ast.Pattern, f *Flow) {
	switch p := p.(type) {
	case *ast.BindPat:
		if l := j.info.Binds[p]; l != nil {
			l.Flow = f
		}
	case *ast.TuplePat:
		for _, q := range p.Elems {
			j.bindFlows(q, f)
		}
	case *ast.CtorPat:
		for _, a := range p.Args {
			j.bindFlows(a.Pat, f)
		}
	case *ast.ListPat:
		for _, q := range p.Elems {
			j.bindFlows(q, f)
		}
	case *ast.ConsPat:
		j.bindFlows(p.Head, f)
		j.bindFlows(p.Tail, f)
	}
}

// bindDrawn binds the pattern of a generator: of a map entry the key is data,
// the value moves with the map.
func (j *judge) bindDrawn(p ast.Pattern, in ast.Expr, values *Flow) {
	t, isTuple := p.(*ast.TuplePat)
	if values != nil && j.info.Types[in].Is("Map") && isTuple && len(t.Elems) == 2 {
		j.bindFlows(t.Elems[0], nil)
		j.bindFlows(t.Elems[1], values)
		return
	}
	j.bindFlows(p, values)
}

func (j *judge) compFlow(e *ast.Comp) *Flow {
	var f *Flow
	var drawn standIns
	for _, g := range e.Gens {
		elems, values := j.drawnFlows(g.In)
		f = combine(f, elems, false)
		if values != nil && e.Kind == ast.MapComp {
			values = drawn.add(values)
		}
		j.bindDrawn(g.Pat, g.In, values)
	}
	j.lambdas++
	defer func() { j.lambdas-- }()
	if e.Cond != nil {
		f = combine(f, drawn.expand(j, j.conditionFlow(e, e.Cond), true), true)
	}
	if e.Kind == ast.MapComp {
		f = combine(f, drawn.expand(j, j.data(e, e.Key, j.flow(e.Key)), true), true)
		// The values of an entry move with the entry; what is captured meets
		// every entry, and is only monotone in a cell that the entries come from.
		value := j.flow(e.Elem)
		f = combine(f, drawn.expand(j, value, false), true)
		f = combine(f, without(value, drawn.cells), false)
	} else {
		f = combine(f, j.data(e, e.Elem, j.flow(e.Elem)), true)
	}
	if e.Kind == ast.ListComp {
		return j.data(e, e.Gens[0].In, f)
	}
	return f
}

// conditionFlow is the flow of a filter: it lets more through as its condition
// grows.
func (j *judge) conditionFlow(whole, cond ast.Expr) *Flow {
	return compose(op.Mono, j.flow(cond), j.blame(whole, func() string { return fmt.Sprintf("filters by `%s`", textOf(cond.Span())) }))
}

// ifFlow: a growing condition may only switch from nothing to something.
func (j *judge) ifFlow(e *ast.If) *Flow {
	c, a, b := j.flow(e.Cond), j.flow(e.Then), j.flow(e.Else)
	switch {
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
	stream := j.info.Types[e.Subject].Is("Stream")
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
		f = combine(f, j.flow(arm.Body), true)
	}
	if stream {
		return combine(subject, f, true)
	}
	return combine(j.data(e, e.Subject, subject), f, true)
}

// bindArm binds the names of a match arm: the rest of a stream goes on moving,
// items that are there are data.
func (j *judge) bindArm(p ast.Pattern, stream *Flow) {
	switch p := p.(type) {
	case *ast.ConsPat:
		j.bindFlows(p.Head, nil)
		j.bindArm(p.Tail, stream)
	case *ast.BindPat:
		j.bindFlows(p, stream)
	default:
		j.bindFlows(p, nil)
	}
}

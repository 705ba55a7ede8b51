package typecheck

import (
	"fmt"
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
)

// drawnFlows are the flows of a generator's source: of what appears (elements,
// keys) and of the values that entries carry.
func (j *judge) drawnFlows(in ast.Expr) (elems, values *Flow) { return j.drawnOf(in, j.flow(in)) }

// drawnOf is drawnFlows of a source whose flow f is known.
func (j *judge) drawnOf(in ast.Expr, f *Flow) (elems, values *Flow) {
	t := j.info.Types[in]
	switch {
	case t.Is("IVar"): // what is in it is data once it is bound
		return f, nil
	case t.Is("List"):
		return j.data(in, in, f), nil
	case !t.Is("Map"):
		return f, nil
	}
	elem := t.Resolve().Args[1].Resolve()
	if elem.Con == "IVar" {
		return f, nil
	}
	if keys, ok := j.keysOf(in); ok {
		return keys, f
	}
	if cell, _ := j.asCell(in); cell != nil {
		return f, f
	}
	if !canMove(elem) {
		return f, nil // entries of data are like elements: they come and go whole
	}
	return f, f
}

// canMove reports whether a value of type t in a computed map may move while its
// entry stays: what has a lattice, a truth that is still open, and tuples with
// such a part. All other types move as data, which makes the whole map `?`.
func canMove(t *types.Type) bool {
	t = t.Resolve()
	return t.IsLattice() || t.Con == "Bool" || t.Con == types.Tuple && slices.ContainsFunc(t.Args, canMove)
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
		part, _ := j.info.partUnder(in)
		if cell, _ := j.asCell(in); cell == nil && part == nil {
			j.bindValue(t.Elems[1], j.info.Types[in].Resolve().Args[1], values)
		} else {
			j.bindFlows(t.Elems[1], values)
		}
		return
	}
	j.bindFlows(p, values)
}

// bindValue binds the pattern of a value of a computed map: the parts of a tuple
// that cannot move are data.
func (j *judge) bindValue(p ast.Pattern, t *types.Type, values *Flow) {
	t = t.Resolve()
	parts, isTuple := p.(*ast.TuplePat)
	switch {
	case !canMove(t):
		j.bindFlows(p, nil)
	case isTuple && t.Con == types.Tuple && len(parts.Elems) == len(t.Args):
		for i, q := range parts.Elems {
			j.bindValue(q, t.Args[i], values)
		}
	default:
		j.bindFlows(p, values)
	}
}

// patternFlow is what it means that a generator's pattern looks into the values
// of entries, which may still move: whether an entry passes may change with them.
func (j *judge) patternFlow(g *ast.Gen, values *Flow) *Flow {
	t, isTuple := g.Pat.(*ast.TuplePat)
	if values.IsFixed() || !isTuple || len(t.Elems) != 2 || !j.mayNotMatch(t.Elems[1]) {
		return nil
	}
	return j.data(g.In, g.In, values)
}

// mayNotMatch reports whether a pattern leaves out values of its type.
func (j *judge) mayNotMatch(p ast.Pattern) bool {
	out := false
	walkPattern(p, func(q ast.Pattern) {
		switch q := q.(type) {
		case *ast.LitPat, *ast.ListPat, *ast.ConsPat:
			out = true
		case *ast.CtorPat:
			o, ok := j.info.Uses[q.Name].(*CtorObj)
			out = out || ok && (o.Def == nil || len(o.Def.Ctors) > 1)
		}
	})
	return out
}

func (j *judge) compFlow(e *ast.Comp) *Flow {
	var f *Flow
	var drawn standIns
	for _, g := range e.Gens {
		elems, values := j.drawnFlows(g.In)
		f = combine(f, elems, false)
		f = combine(f, j.patternFlow(g, values), true)
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
		if !j.oneValue(e) {
			f = compose(op.Any, f, j.blame(e, func() string {
				return fmt.Sprintf("drops the key `%s` where it is given a second value", textOf(e.Key.Span()))
			}))
		}
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

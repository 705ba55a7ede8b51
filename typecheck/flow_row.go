package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
)

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
		f := o.Reads
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

package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

func (c *checker) ifExpr(e *ast.If) *types.Type {
	c.condition(e.Cond)
	branches := []ast.Expr{e.Then, e.Else}
	return c.join(branches, []*types.Type{c.infer(e.Then), c.infer(e.Else)})
}

// match checks the arms; without a wish they agree on a type among themselves.
func (c *checker) match(e *ast.Match, want *types.Type) *types.Type {
	subject := c.infer(e.Subject)
	if subject.Is("IVar") {
		c.outside(e.Subject.Span(), "`match` on an IVar is not part of this version", "Apply a function to it: the result is an IVar that is bound once this one is.")
		subject = badType()
	}
	bodies := make([]ast.Expr, len(e.Arms))
	ts := make([]*types.Type, len(e.Arms))
	pats := make([]ast.Pattern, len(e.Arms))
	guarded := make([]bool, len(e.Arms))
	for i, arm := range e.Arms {
		c.push()
		c.pattern(arm.Pat, subject, true)
		if arm.Guard != nil {
			c.condition(arm.Guard)
		}
		if bodies[i] = arm.Body; want != nil {
			c.check(arm.Body, want)
		} else {
			ts[i] = c.infer(arm.Body)
		}
		c.pop()
		pats[i], guarded[i] = arm.Pat, arm.Guard != nil
	}
	c.exhaustive(e.Span(), subject, pats, guarded)
	if want != nil {
		return want
	}
	if len(e.Arms) == 0 {
		return badType()
	}
	return c.join(bodies, ts)
}

// lambda checks a function written in place against the parameter types that
// its use gives; result may be nil. Several patterns take one tuple apart, and
// one pattern takes several parameters as a tuple.
func (c *checker) lambda(e *ast.Lambda, params []*types.Type, result *types.Type) *types.Type {
	c.push()
	defer c.pop()
	whole := types.FuncOf(params, c.fresh())
	if ts, ok := c.spread(len(e.Params), params); ok {
		for i, p := range e.Params {
			c.pattern(p, ts[i], false)
		}
	} else {
		c.lambdaArity(e, params)
		for _, p := range e.Params {
			c.pattern(p, badType(), false)
		}
	}
	if result == nil {
		whole.Args[len(params)] = c.infer(e.Body)
		return whole
	}
	whole.Args[len(params)] = result
	c.check(e.Body, result)
	return whole
}

// spread fits n patterns to the parameters of a function type.
func (c *checker) spread(n int, params []*types.Type) ([]*types.Type, bool) {
	switch {
	case n == len(params):
		return params, true
	case n == 1:
		return []*types.Type{types.TupleOf(params...)}, true
	case len(params) != 1:
		return nil, false
	}
	t := params[0].Resolve()
	switch {
	case t.Con == bad:
		ts := make([]*types.Type, n)
		for i := range ts {
			ts[i] = t
		}
		return ts, true
	case isFree(t):
		ts := freshes(c, n)
		return ts, c.unify(t, types.TupleOf(ts...))
	case t.Con == types.Tuple && len(t.Args) == n:
		return t.Args, true
	}
	return nil, false
}

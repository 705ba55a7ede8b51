package typecheck

import (
	"fmt"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
)

// ifExpr checks a choice; over an IVar it waits for the condition.
func (c *checker) ifExpr(e *ast.If, want *types.Type) *types.Type {
	cond := c.infer(e.Cond)
	if cond.Is("IVar") {
		c.coerce(e.Cond, cond, types.IVarOf(types.Bool))
	} else {
		c.condition(e.Cond)
	}
	branches := []ast.Expr{e.Then, e.Else}
	if want = branchWish(cond, want); want != nil {
		c.check(e.Then, want)
		c.check(e.Else, want)
		return lifted(cond, want)
	}
	t := c.join(branches, []*types.Type{c.infer(e.Then), c.infer(e.Else)})
	return lifted(cond, c.notWaiting(cond, t, e.Span()))
}

// branchWish is the wish that a choice over subject hands on to its branches.
func branchWish(subject, want *types.Type) *types.Type {
	if want == nil || !subject.Is("IVar") {
		return want
	}
	if !want.Is("IVar") {
		return nil
	}
	return want.Resolve().Args[0]
}

// notWaiting refuses branches of type t that wait themselves where the choice
// between them waits already.
func (c *checker) notWaiting(subject, t *types.Type, at source.Span) *types.Type {
	if subject.Is("IVar") && !isBad(t) && t.IsLattice() && !t.Is("Set") && !t.Is("Map") {
		c.errorAt(diag.WrongType, at, fmt.Sprintf("this waits for a choice, and each branch is a `%s`", t), "",
			"What a choice over an IVar yields is data.", "Name the chosen data in the branches, and combine it with what else waits in a function of both.")
		return badType()
	}
	return t
}

// match checks the arms, over an IVar those for its content; without a wish they agree on a type among themselves.
func (c *checker) match(e *ast.Match, want *types.Type) *types.Type {
	whole := c.infer(e.Subject)
	subject := content(whole)
	want = branchWish(whole, want)
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
		return lifted(whole, want)
	}
	if len(e.Arms) == 0 {
		return badType()
	}
	to := c.common(bodies, ts)
	for i, arm := range e.Arms {
		if !isBad(to) && !types.Equal(ts[i], to) {
			c.push()
			c.pattern(arm.Pat, subject, true)
			c.settle(arm.Body, ts[i], to)
			c.pop()
		}
	}
	return lifted(whole, c.notWaiting(whole, to, e.Span()))
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

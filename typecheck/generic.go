package typecheck

import (
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

// The type variables of a generic function are bound by its arguments, and a
// whole number that is written out is a Nat that may serve as an Int. So the first
// argument cannot always decide: in `f({1}, s)` the set s does, in `f(x => x - 5, 3)`
// what the function yields.

// argTypes gives the types of the arguments that have one of their own and the
// order in which all are held against their parameters. Of a generic function the
// variables are bound by the first way of reading the arguments that fits; if none
// does, they are left to be bound from left to right.
func (c *checker) argTypes(call *Call, args []ast.Expr) (order []int, ts []*types.Type) {
	ts = make([]*types.Type, len(args))
	var values, functions, written []int
	for i, a := range args {
		switch {
		case c.isFunction(a) && call.Params[i].Is(types.Func):
			functions = append(functions, i)
		case isCollection(a):
			written = append(written, i)
		default:
			ts[i] = c.infer(a)
			values = append(values, i)
		}
	}
	if len(call.TypeArgs) == 0 {
		for i := range args {
			order = append(order, i)
		}
		return order, ts
	}
	if len(args) > 1 {
		c.bindArgs(call, args, ts, values, written, functions)
	}
	return slices.Concat(values, written, functions), ts
}

// bindArgs tries the ways of reading the arguments of a generic function. What a
// function is applied to may be a collection that is written out.
func (c *checker) bindArgs(call *Call, args []ast.Expr, ts []*types.Type, values, written, functions []int) {
	if len(functions) > 0 && len(written) > 0 && c.trials < maxTrials {
		ts = slices.Clone(ts)
		for _, i := range written {
			ts[i] = c.tried(args[i])
		}
		values = slices.Concat(values, written)
		slices.Sort(values)
	}
	backwards := slices.Clone(values)
	slices.Reverse(backwards)
	asInt := literalsAsInt(args, ts)
	for _, way := range []struct {
		ts    []*types.Type
		order []int
	}{
		{ts, slices.Concat(values, functions)},
		{ts, slices.Concat(backwards, functions)},
		{asInt, slices.Concat(values, functions)},
		{ts, slices.Concat(functions, values)},
	} {
		mark := c.mark()
		if c.argsFit(call, args, way.ts, way.order) {
			return
		}
		c.undo(mark)
	}
}

func (c *checker) argsFit(call *Call, args []ast.Expr, ts []*types.Type, order []int) bool {
	for _, i := range order {
		t, param := ts[i], call.Params[i]
		switch {
		case t == nil:
			if !c.functionFits(args[i], param) {
				return false
			}
		case t.Is("IVar") && !param.Is("IVar") && !isFree(param):
			if !c.fits(args[i], t.Resolve().Args[0], param, widen) {
				return false
			}
		case !c.fits(args[i], t, param, widen):
			return false
		}
	}
	return true
}

// functionFits tries a function against its parameter. A lambda of which not all
// is known, or which has mistakes of its own, is left for the check that follows.
func (c *checker) functionFits(a ast.Expr, param *types.Type) bool {
	l, ok := unparen(a).(*ast.Lambda)
	if !ok {
		name, _ := unparen(a).(*ast.Name)
		if name != nil && c.lookup(name.Name) == nil {
			return true // an overload of the library
		}
		t := c.infer(a).Resolve()
		return isBad(t) || c.unify(t, param) || c.acceptsMore(t, param) || !t.Is(types.Func) || len(t.Args) != len(param.Args)
	}
	if c.trials >= maxTrials || slices.ContainsFunc(param.Params(), isFree) {
		return true
	}
	before := len(c.diags)
	c.trials++
	body := c.lambda(l, param.Params(), nil).Result()
	c.trials--
	if len(c.diags) > before {
		c.diags = c.diags[:before]
		return true
	}
	return isBad(body) || c.fits(l.Body, body, param.Result(), widen)
}

// tried is the type of an expression that is checked once more afterwards.
func (c *checker) tried(e ast.Expr) *types.Type {
	before := len(c.diags)
	c.trials++
	t := c.infer(e)
	c.trials--
	c.diags = c.diags[:before]
	return t
}

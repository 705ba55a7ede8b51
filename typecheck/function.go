package typecheck

import (
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
)

// maxTrials bounds how deep lambdas in lambdas are tried for what they yield:
// each level multiplies the work.
const maxTrials = 2

// yields tries whether a lambda's result fits a row that wants numbers of one
// type, or collections of one sort: that is how `sum_by` over Nat and over Int,
// and `flat_map` into sets and into lists, are told apart. Mistakes inside the
// lambda are left for the check that follows the choice.
func (c *checker) yields(arg ast.Expr, param *types.Type, allow steps) bool {
	l, ok := unparen(arg).(*ast.Lambda)
	if !ok {
		return c.anyYield || c.namedServes(arg, param)
	}
	want := param.Result().Resolve()
	sort := want.Con == "Set" || want.Con == "List"
	if c.anyYield || c.trials >= maxTrials || want.Con == types.Var || want.Con == "Bool" || len(want.Args) > 0 && !sort {
		return true
	}
	for _, p := range param.Params() {
		if isFree(p) {
			return true
		}
	}
	before := len(c.diags)
	c.trials++
	body := c.lambda(l, param.Params(), nil).Result()
	c.trials--
	if len(c.diags) > before {
		c.diags = c.diags[:before]
		return true
	}
	if sort {
		return isBad(body) || isFree(body) || body.Is(want.Con)
	}
	return c.fits(l.Body, body, want, allow)
}

// functionArg checks a function that is handed to a row. What it yields is read
// as data where the row collects it.
func (c *checker) functionArg(a ast.Expr, param, result *types.Type) {
	param = param.Resolve()
	l, ok := unparen(a).(*ast.Lambda)
	if !ok {
		c.namedFunction(a, param)
		return
	}
	ret := param.Result()
	if !isFree(ret) {
		c.note(l, c.lambda(l, param.Params(), ret))
	} else {
		t := c.lambda(l, param.Params(), nil)
		c.note(l, t)
		body := t.Result()
		if collected(result, ret.Resolve().Var) && dataOf(body) != body.Resolve() {
			c.noteCoerce(l.Body, body, dataOf(body))
			body = dataOf(body)
			t.Args[len(t.Args)-1] = body
		}
		if !c.unify(ret, body) {
			c.mismatch(l.Body, body, ret)
		}
	}
	if p, ok := a.(*ast.Paren); ok {
		c.note(p, c.info.Types[l])
	}
}

// collected reports whether variable v of a row's result names elements or
// keys, which are data.
func collected(t *types.Type, v *types.TypeVar) bool {
	t = t.Resolve()
	for i, a := range t.Args {
		holds := t.Con == "Set" || t.Con == "List" || t.Con == "Option" || t.Con == "Map" && i == 0
		if holds && occurs(v, a) || collected(a, v) {
			return true
		}
	}
	return false
}

// namedFunction checks a function that is handed over by name.
func (c *checker) namedFunction(a ast.Expr, param *types.Type) {
	name, ok := unparen(a).(*ast.Name)
	if ok && c.lookup(name.Name) == nil {
		c.note(a, c.rowFor(name, param))
		return
	}
	if t := c.infer(a); !isBad(t) && !c.serves(t, param) {
		c.mismatch(a, t, param)
	}
}

// serves reports whether a function of type t can be handed over. One of several
// parameters takes a tuple apart, as a lambda does.
func (c *checker) serves(t, param *types.Type) bool {
	if c.unify(t, param) || c.acceptsMore(t.Resolve(), param) {
		return true
	}
	return t.Is(types.Func) && len(param.Params()) == 1 && len(t.Params()) > 1 &&
		c.unify(types.FuncOf([]*types.Type{types.TupleOf(t.Params()...)}, t.Result()), param)
}

// namedServes tries whether a function that is handed over by name fits a row;
// the check that follows the choice decides.
func (c *checker) namedServes(a ast.Expr, param *types.Type) bool {
	name, ok := unparen(a).(*ast.Name)
	if !ok {
		return true
	}
	mark, before := c.mark(), len(c.diags)
	defer func() {
		c.undo(mark)
		c.diags = c.diags[:before]
	}()
	if c.lookup(name.Name) == nil {
		return slices.ContainsFunc(c.ops.ByName(name.Name), func(row *op.Row) bool {
			params, result := c.scheme(row).Instantiate()
			return c.unify(types.FuncOf(params, result), param)
		})
	}
	t := c.infer(a)
	return isBad(t) || c.serves(t, param)
}

// acceptsMore reports whether function t takes what a place hands over by the
// usual steps: a function of Int serves where it gets Nats.
func (c *checker) acceptsMore(t, place *types.Type) bool {
	if t.Con != types.Func || len(t.Args) != len(place.Args) {
		return false
	}
	mark := c.mark()
	for i, p := range place.Params() {
		if !c.fits(nil, p, t.Args[i], widen) {
			c.undo(mark)
			return false
		}
	}
	if !c.unify(t.Result(), place.Result()) {
		c.undo(mark)
		return false
	}
	return true
}

// rowFor picks the overload of a library function that is handed over by name.
func (c *checker) rowFor(name *ast.Name, param *types.Type) *types.Type {
	for _, row := range c.ops.ByName(name.Name) {
		params, result := c.scheme(row).Instantiate()
		if t := types.FuncOf(params, result); c.unify(t, param) {
			c.info.Uses[name] = &RowObj{Row: row}
			return c.note(name, t)
		}
	}
	c.noOverload(name, param)
	return c.note(name, badType())
}

// rowAsValue is a library function named where no function is wanted.
func (c *checker) rowAsValue(e *ast.Name, rows []*op.Row) *types.Type {
	if len(rows) == 1 {
		c.info.Uses[e] = &RowObj{Row: rows[0]}
		params, result := c.scheme(rows[0]).Instantiate()
		return types.FuncOf(params, result)
	}
	c.functionAsValue(e)
	return badType()
}

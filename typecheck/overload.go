package typecheck

import (
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
)

// apply infers the arguments that are values and picks the row.
func (c *checker) apply(e ast.Expr, at ast.Node, name string, rows []*op.Row, args []ast.Expr, want *types.Type) *types.Type {
	ts := make([]*types.Type, len(args))
	for i, a := range args {
		if !c.isFunction(a) {
			ts[i] = c.infer(a)
		}
	}
	return c.applyTypes(e, at.Span(), name, rows, args, ts, want)
}

// isFunction tells lambdas and names of functions, whose types depend on the
// row that takes them.
func (c *checker) isFunction(e ast.Expr) bool {
	switch e := unparen(e).(type) {
	case *ast.Lambda:
		return true
	case *ast.Name:
		switch o := c.lookup(e.Name).(type) {
		case *Fn:
			return true
		case *Local:
			return o.Type.Is(types.Func)
		case *CtorObj:
			return len(o.Ctor.Fields) > 0
		case nil:
			return c.isRowName(e.Name)
		}
	}
	return false
}

func (c *checker) isRowName(name string) bool {
	switch name {
	case "me", "unset", "unbound", "errors", "conflicts":
		return false
	}
	return len(c.ops.ByName(name)) > 0
}

// choice is a row that fits, with its instance.
type choice struct {
	row    *op.Row
	params []*types.Type
	result *types.Type
	lift   []bool
}

// applyTypes picks the row and notes the call.
func (c *checker) applyTypes(e ast.Expr, at source.Span, name string, rows []*op.Row, args []ast.Expr, ts []*types.Type, want *types.Type) *types.Type {
	for _, t := range ts {
		if t != nil && isBad(t) {
			c.functionsAsBad(args, ts)
			return badType()
		}
	}
	if len(ts) > 0 && ts[0] != nil && isFree(ts[0]) && c.shapes[ts[0].Resolve().Var] == anyShape && len(rows) > 1 {
		c.functionsAsBad(args, ts)
		c.typeUnknown(args[0])
		return badType()
	}
	ch := c.choose(name, rows, args, ts, want)
	for _, as := range append([][]*types.Type{literalsAsInt(args, ts)}, widened(ts)...) {
		if ch == nil {
			ch = c.choose(name, rows, args, as, want)
		}
	}
	if ch == nil && slices.Contains(ts, nil) { // the mistake may be in a function: say so there
		c.anyYield = true
		ch = c.choose(name, rows, args, ts, want)
		c.anyYield = false
	}
	if ch == nil {
		c.functionsAsBad(args, ts)
		c.noRow(e, at, name, rows, args, ts)
		return badType()
	}
	c.agree(args, ts, ch.params)
	lifted := false
	for i, a := range args {
		switch {
		case ts[i] == nil:
			c.functionArg(a, ch.params[i], ch.result)
		case ch.lift[i]:
			lifted = true
			c.noteCoerce(a, ts[i], types.IVarOf(ch.params[i]))
		default:
			c.settle(a, ts[i], ch.params[i])
		}
	}
	if name == "sealed" && len(ch.params) == 1 {
		ch.result = types.IVarOf(types.Content(ch.params[0]))
	}
	c.noteCall(e, &Call{Row: ch.row, Args: args, Params: ch.params, Lift: ch.lift})
	if lifted && !ch.result.Is("IVar") {
		return types.IVarOf(ch.result)
	}
	return ch.result
}

// literalsAsInt takes the numbers that are written out as Ints: `fold(xs, 0, ..)`
// may go below zero though 0 is a Nat.
func literalsAsInt(args []ast.Expr, ts []*types.Type) []*types.Type {
	out := append([]*types.Type(nil), ts...)
	for i, a := range args {
		if l, ok := unparen(a).(*ast.Lit); ok && l.Kind == ast.IntLit && ts[i].Is("Nat") {
			out[i] = types.Int
		}
	}
	return out
}

// functionsAsBad looks into the function arguments of a call that was refused.
func (c *checker) functionsAsBad(args []ast.Expr, ts []*types.Type) {
	for i, a := range args {
		if ts[i] == nil {
			c.inferAll([]ast.Expr{unparen(a)})
		}
	}
}

// choose tries the rows in order: first as the types are, then with implicit
// steps, then with growing values read as data. In each round the arguments
// bind the row's variables from left to right and, if that fails, from right to
// left, so that `{1} | s` finds the Int of s.
func (c *checker) choose(name string, rows []*op.Row, args []ast.Expr, ts []*types.Type, want *types.Type) *choice {
	for _, allow := range []steps{exactly, widen, read} {
		for _, row := range rows {
			for _, backwards := range []bool{false, true} {
				for _, wish := range []*types.Type{want, nil} {
					mark := c.mark()
					if ch := c.tryRow(name, row, args, ts, wish, allow, backwards); ch != nil {
						return ch
					}
					c.undo(mark)
					if want == nil {
						break
					}
				}
				if allow == exactly || len(args) < 2 {
					break
				}
			}
		}
	}
	return nil
}

func (c *checker) tryRow(name string, row *op.Row, args []ast.Expr, ts []*types.Type, wish *types.Type, allow steps, backwards bool) *choice {
	scheme := c.scheme(row)
	if len(scheme.Params) != len(args) {
		return nil
	}
	params, result := scheme.Instantiate()
	if wish != nil && (isFree(wish) || !result.Is(wish.Resolve().Con) || !c.unify(result, wish)) {
		return nil
	}
	ch := &choice{row: row, params: params, result: result, lift: make([]bool, len(args))}
	var values, functions []int
	for i := range args {
		if ts[i] == nil {
			functions = append(functions, i)
		} else {
			values = append(values, i)
		}
	}
	if backwards {
		slices.Reverse(values)
	}
	for _, i := range append(values, functions...) { // functions see what the values bound
		if !c.argFits(name, ch, i, args[i], ts[i], allow) {
			return nil
		}
	}
	return ch
}

// argFits holds one argument against its parameter. An IVar stands for its
// value where the parameter is not an IVar itself: the call is lifted.
func (c *checker) argFits(name string, ch *choice, i int, arg ast.Expr, t *types.Type, allow steps) bool {
	param := ch.params[i].Resolve()
	if t == nil {
		return param.Con == types.Func && c.functionMayFit(arg, param) && c.yields(arg, param, allow)
	}
	if param.Con == types.Func {
		return false
	}
	if t.Is("IVar") && param.Con != "IVar" && !c.comparesViews(name) {
		ch.lift[i] = true
		t = t.Resolve().Args[0]
	}
	return c.fits(arg, t, param, allow)
}

// comparesViews reports whether an operator of an expectation compares views as
// they are, instead of waiting for IVars.
func (c *checker) comparesViews(name string) bool {
	return c.expecting() && (name == "==" || name == "!=")
}

// functionMayFit compares the number of parameters.
func (c *checker) functionMayFit(arg ast.Expr, param *types.Type) bool {
	l, ok := unparen(arg).(*ast.Lambda)
	if !ok {
		return true
	}
	ps := param.Params()
	if len(l.Params) == len(ps) || len(l.Params) == 1 {
		return true
	}
	if len(ps) != 1 {
		return false
	}
	t := ps[0].Resolve()
	return isFree(t) || t.Con == types.Tuple && len(t.Args) == len(l.Params)
}

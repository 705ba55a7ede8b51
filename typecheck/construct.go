package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

// construct resolves `Ad(id: x, publisher: y)` and `Some(x)`.
func (c *checker) construct(e *ast.Call) *types.Type {
	args := argValues(e.Args)
	o, known := c.bound[e.Fn].(*CtorObj)
	if !known {
		o = c.ctor(e.Fn.Name)
	}
	if o == nil {
		c.inferAll(args)
		return c.unknownName(e.Fn.Name, e.Fn.Span())
	}
	c.use(e.Fn, o)
	result, fields := c.ctorType(o)
	ordered := make([]ast.Expr, len(fields))
	failed := false
	for i, a := range e.Args {
		f := c.fieldIndex(o, a.Label, i, len(e.Args))
		switch {
		case f < 0:
			if !failed {
				c.noLabel(a.Label, a.Value.Span(), o)
			}
			c.infer(a.Value)
			failed = true
		case ordered[f] != nil:
			c.declaredTwice(o.Ctor.Fields[f].Name, a.Span(), ordered[f].Span())
			failed = true
		default:
			ordered[f] = a.Value
			c.check(a.Value, fields[f])
		}
	}
	if missing := missingFields(o, ordered); len(missing) > 0 && !failed {
		c.fieldsMissing(e, o, missing)
	}
	c.noteCall(e, &Call{Ctor: o, Args: ordered, Params: fields, Lift: make([]bool, len(fields))})
	return result
}

func missingFields(o *CtorObj, args []ast.Expr) []string {
	var missing []string
	for i, a := range args {
		if a == nil {
			missing = append(missing, o.Ctor.Fields[i].Name)
		}
	}
	return missing
}

// callFn applies a declared function.
func (c *checker) callFn(e *ast.Call, f *Fn, args []ast.Expr) *types.Type {
	c.use(e.Fn, f)
	params, result, typeArgs := c.instance(f)
	call := &Call{Fn: f, TypeArgs: typeArgs}
	return c.applyParams(e, call, f.Name, params, result, args)
}

// callLocal applies a parameter of function type.
func (c *checker) callLocal(e *ast.Call, l *Local, args []ast.Expr) *types.Type {
	c.use(e.Fn, l)
	t := l.Type.Resolve()
	if isFree(t) {
		c.unify(t, types.FuncOf(freshes(c, len(args)), c.fresh()))
		t = t.Resolve()
	}
	if t.Con != types.Func {
		if !isBad(t) {
			c.notAFunction(e.Fn, l)
		}
		c.inferAll(args)
		return badType()
	}
	return c.applyParams(e, &Call{Local: l}, l.Name, t.Params(), t.Result(), args)
}

// callInput is an input called in a test.
func (c *checker) callInput(e *ast.Call, in *Input, args []ast.Expr) *types.Type {
	c.use(e.Fn, in)
	if !c.testing() {
		c.inputOutsideTest(e)
		c.inferAll(args)
		return badType()
	}
	params := make([]*types.Type, len(in.Params))
	for i, p := range in.Params {
		params[i] = p.Type
	}
	result := in.Reply
	if result == nil {
		result = types.Unit
	}
	return c.applyParams(e, &Call{Input: in}, in.Name, params, result, args)
}

// applyParams checks arguments against known parameter types, lifting over
// IVars.
func (c *checker) applyParams(e *ast.Call, call *Call, name string, params []*types.Type, result *types.Type, args []ast.Expr) *types.Type {
	if len(args) != len(params) {
		c.argCount(e, name, len(params), len(args))
		c.inferAll(args)
		return result
	}
	call.Args, call.Params, call.Lift = args, params, make([]bool, len(args))
	lifted := false
	var functions []int
	order, ts := c.argTypes(call, args)
	for _, i := range order {
		a := args[i]
		switch t := ts[i]; {
		case t == nil && c.isFunction(a) && params[i].Is(types.Func):
			functions = append(functions, i)
		case t == nil:
			c.check(a, params[i]) // never an IVar: one look is enough
		case t.Is("IVar") && !params[i].Is("IVar") && !isFree(params[i]):
			call.Lift[i], lifted = true, true
			c.coerce(a, t, types.IVarOf(params[i]))
		case !types.Equal(t, params[i]):
			c.check(a, params[i])
		}
	}
	for _, i := range functions { // when the values have said what they are applied to
		c.functionArg(args[i], params[i], result)
	}
	c.noteCall(e, call)
	if lifted && !result.Is("IVar") {
		return types.IVarOf(result)
	}
	return result
}

// isCollection tells the expressions that hand a wish on to their parts.
func isCollection(e ast.Expr) bool {
	switch unparen(e).(type) {
	case *ast.List, *ast.Set, *ast.Map, *ast.Tuple, *ast.Comp:
		return true
	}
	return false
}

// peek is `peek(e, "why")`: the value that e has now, admitted.
func (c *checker) peek(e *ast.Call, args []ast.Expr) *types.Type {
	if len(args) != 2 {
		c.argCount(e, "peek", 2, len(args))
		c.inferAll(args)
		return badType()
	}
	t := c.infer(args[0])
	c.infer(args[1])
	if lit, ok := unparen(args[1]).(*ast.Lit); !ok || lit.Kind != ast.StringLit || lit.Str == "" {
		c.peekReason(args[1])
	}
	call := &Call{Row: c.ops.ByID("peek"), Args: args, Params: []*types.Type{t, types.String}, Lift: make([]bool, 2)}
	if call.Row == nil {
		call.Special = "peek"
	}
	c.noteCall(e, call)
	return t
}

// conflict is `conflict(a, b)` in an expectation.
func (c *checker) conflict(e *ast.Call, args []ast.Expr) *types.Type {
	if !c.expecting() {
		c.onlyInExpect(e.Fn.Span(), "`conflict(..)`")
	}
	place := c.places
	c.places = false
	elem := c.elements(args, nil)
	c.places = place
	params := make([]*types.Type, len(args))
	for i := range params {
		params[i] = elem
	}
	c.noteCall(e, &Call{Special: "conflict", Args: args, Params: params, Lift: make([]bool, len(args))})
	if place {
		return elem
	}
	return types.IVarOf(elem)
}

package typecheck

import (
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
)

// call resolves an application by name; want is the wish of its place, or nil.
// Names after a dot or a pipe are functions and built-ins, never values.
func (c *checker) call(e *ast.Call, want *types.Type) *types.Type {
	delete(c.info.Calls, e)
	name := e.Fn.Name
	if isCapital(name) {
		return c.construct(e)
	}
	for _, a := range e.Args {
		if a.Label != nil {
			c.labelOutsideCtor(a.Label, name)
		}
	}
	args := argValues(e.Args)
	if e.Form == ast.Plain {
		if l := c.local(name); l != nil {
			return c.callLocal(e, l, args)
		}
	}
	switch o := c.globals[name].(type) {
	case *Fn:
		return c.callFn(e, o, args)
	case *Input:
		return c.callInput(e, o, args)
	case nil:
	default:
		if len(c.ops.ByName(name)) == 0 {
			c.notAFunction(e.Fn, o)
			c.inferAll(args)
			return badType()
		}
	}
	switch name {
	case "peek":
		return c.peek(e, args)
	case "conflict":
		return c.conflict(e, args)
	case "fail":
		c.failInside(e)
		c.inferAll(args)
		return badType()
	}
	rows := c.ops.ByName(name)
	if len(rows) == 0 {
		c.inferAll(args)
		return c.unknownFunction(e)
	}
	return c.apply(e, e.Fn, name, rows, args, want)
}

func argValues(args []*ast.Arg) []ast.Expr {
	xs := make([]ast.Expr, len(args))
	for i, a := range args {
		xs[i] = a.Value
	}
	return xs
}

// inferAll gives arguments of a refused call their types, so that mistakes
// inside them are found as well.
func (c *checker) inferAll(args []ast.Expr) {
	for _, a := range args {
		if l, ok := a.(*ast.Lambda); ok {
			params := make([]*types.Type, len(l.Params))
			for i := range params {
				params[i] = badType()
			}
			c.note(l, c.lambda(l, params, nil))
			continue
		}
		c.infer(a)
	}
}

func (c *checker) noteCall(e ast.Expr, call *Call) {
	c.info.Calls[e] = call
}

// binary resolves an infix operator. `::` builds lists and streams alike.
func (c *checker) binary(e *ast.Binary, want *types.Type) *types.Type {
	if want != nil {
		switch w := want.Resolve(); {
		case e.Op == "::" && (w.Con == "List" || w.Con == "Stream"):
			c.check(e.L, w.Args[0])
			c.check(e.R, w)
			return c.consOf(e, w)
		case (e.Op == "|" && (w.Con == "Set" || w.Con == "Map")) || (w.Con == "Set" && (e.Op == "&" || e.Op == "-")):
			if c.check(e.L, want) && c.check(e.R, want) {
				return c.applyTypes(e, e.OpAt, e.Op, c.ops.ByName(e.Op), []ast.Expr{e.L, e.R}, []*types.Type{w, w}, want)
			}
			return badType()
		case isFree(w) && e.Op == "|":
			return c.operator(e, e.Op, []ast.Expr{e.L, e.R}, nil)
		}
	} else if e.Op == "::" {
		return c.cons(e)
	}
	return c.operator(e, e.Op, []ast.Expr{e.L, e.R}, want)
}

func (c *checker) cons(e *ast.Binary) *types.Type {
	head := c.infer(e.L)
	tail := c.infer(e.R).Resolve()
	switch {
	case isBad(tail):
		return tail
	case isFree(tail):
		c.unify(tail, types.ListOf(c.fresh()))
		tail = tail.Resolve()
	}
	if tail.Con != "List" && tail.Con != "Stream" {
		c.mismatch(e.R, tail, types.ListOf(head))
		return badType()
	}
	elem := c.join([]ast.Expr{e.L, nil}, []*types.Type{head, tail.Args[0]})
	whole := types.Of(tail.Con, elem)
	c.settle(e.R, tail, whole)
	return c.consOf(e, whole)
}

// consOf notes the row of `::` that fits a list or stream type, if the library
// has one.
func (c *checker) consOf(e *ast.Binary, whole *types.Type) *types.Type {
	for _, row := range c.ops.ByName("::") {
		params, result := c.scheme(row).Instantiate()
		if c.unify(result, whole) {
			c.noteCall(e, &Call{Row: row, Args: []ast.Expr{e.L, e.R}, Params: params, Lift: make([]bool, 2)})
			break
		}
	}
	return whole
}

// operator resolves a symbol over its operands.
func (c *checker) operator(e ast.Expr, symbol string, args []ast.Expr, want *types.Type) *types.Type {
	return c.apply(e, operatorSpan{opSpan(e)}, symbol, c.ops.ByName(symbol), args, want)
}

// operatorSpan is the place of a symbol that has no node of its own.
type operatorSpan struct{ at source.Span }

func (o operatorSpan) Span() source.Span { return o.at }

func opSpan(e ast.Expr) source.Span {
	if b, ok := e.(*ast.Binary); ok {
		return b.OpAt
	}
	return e.Span()
}

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
	if ch == nil {
		ch = c.choose(name, rows, args, literalsAsInt(args, ts), want)
	}
	if ch == nil {
		c.functionsAsBad(args, ts)
		c.noRow(e, at, name, rows, args, ts)
		return badType()
	}
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

// yields tries whether a lambda's result fits a row that wants numbers of one
// type, or a set and not a list: that is how `sum_by` over Nat and over Int, and
// the `flat_map`s of a set, are told apart. Mistakes
// inside the lambda are left for the check that follows the choice.
func (c *checker) yields(arg ast.Expr, param *types.Type, allow steps) bool {
	l, ok := unparen(arg).(*ast.Lambda)
	want := param.Result().Resolve()
	if !ok || want.Con == types.Var || want.Con == "Bool" || len(want.Args) > 0 && want.Con != "Set" {
		return true
	}
	for _, p := range param.Params() {
		if isFree(p) {
			return true
		}
	}
	before := len(c.diags)
	body := c.lambda(l, param.Params(), nil).Result()
	if len(c.diags) > before {
		c.diags = c.diags[:before]
		return true
	}
	if want.Con == "Set" {
		return !body.Is("List")
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
	t := c.infer(a)
	if isBad(t) || c.unify(t, param) || c.acceptsMore(t.Resolve(), param) {
		return
	}
	// A function of several parameters takes a tuple apart, as a lambda does.
	if ps := param.Params(); t.Is(types.Func) && len(ps) == 1 && len(t.Params()) > 1 &&
		c.unify(types.FuncOf([]*types.Type{types.TupleOf(t.Params()...)}, t.Result()), param) {
		return
	}
	c.mismatch(a, t, param)
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

// construct resolves `Ad(id: x, publisher: y)` and `Some(x)`.
func (c *checker) construct(e *ast.Call) *types.Type {
	args := argValues(e.Args)
	o := c.ctor(e.Fn.Name)
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
	for i, a := range args {
		if c.isFunction(a) && params[i].Is(types.Func) {
			functions = append(functions, i)
			continue
		}
		if isCollection(a) {
			c.check(a, params[i]) // never an IVar: one look is enough
			continue
		}
		t := c.infer(a)
		if t.Is("IVar") && !params[i].Is("IVar") && !isFree(params[i]) {
			call.Lift[i], lifted = true, true
			c.coerce(a, t, types.IVarOf(params[i]))
			continue
		}
		if !types.Equal(t, params[i]) {
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
	elem := c.elements(args, nil)
	params := make([]*types.Type, len(args))
	for i := range params {
		params[i] = elem
	}
	c.noteCall(e, &Call{Special: "conflict", Args: args, Params: params, Lift: make([]bool, len(args))})
	return types.IVarOf(elem)
}

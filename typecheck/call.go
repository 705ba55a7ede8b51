package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
)

// call resolves an application by name; want is the wish of its place, or nil.
// Names after a dot or a pipe are functions and built-ins, never values.
func (c *checker) call(e *ast.Call, want *types.Type) *types.Type {
	delete(c.info.Calls, e)
	name := e.Fn.Name
	if rows := c.rows[e]; rows != nil {
		return c.apply(e, e.Fn, name, rows, argValues(e.Args), want)
	}
	if fn, ok := c.bound[e.Fn].(*Fn); ok {
		return c.callFn(e, fn, argValues(e.Args))
	}
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

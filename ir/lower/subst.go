package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
)

// letIn is body with a pattern bound to a value. What is free to compute is put
// in place, so that a function that is named and one that is written out are the
// same code.
func letIn(p *ir.Pattern, arg, body *ir.Expr) *ir.Expr {
	switch {
	case p.Op == ir.PWild && isTrivial(arg):
		return body
	case p.Op == ir.PTuple && (arg.Op == ir.ETuple || isTrivial(arg)) && arg.Type.Is(types.Tuple):
		for i := len(p.Args) - 1; i >= 0; i-- {
			body = letIn(p.Args[i], item(ir.CloneExpr(arg), i, arg.Type.Resolve().Args[i]), body)
		}
		return body
	case p.Op == ir.PBind && isTrivial(arg) && canReplace(body, p.Slot, arg):
		return replaceSlot(body, p.Slot, arg)
	}
	return &ir.Expr{Op: ir.ELet, Type: body.Type, Pat: p, Args: []*ir.Expr{arg, body}, Pos: arg.Pos}
}

// canReplace reports whether a slot may be replaced by an expression: lambdas
// capture slots only.
func canReplace(e *ir.Expr, slot int, by *ir.Expr) bool {
	ok := true
	ir.WalkExpr(e, func(x *ir.Expr) bool {
		if x.Op != ir.ELambda {
			return ok
		}
		for _, c := range x.Captures {
			ok = ok && (c != slot || by.Op == ir.ELocal)
		}
		return false
	})
	return ok
}

// replaceSlot replaces the reads of a slot in the frame of e. It changes e.
func replaceSlot(e *ir.Expr, slot int, by *ir.Expr) *ir.Expr {
	switch e.Op {
	case ir.ELocal:
		if e.Slot == slot {
			return ir.CloneExpr(by)
		}
		return e
	case ir.ELambda:
		for i, c := range e.Captures {
			if c == slot {
				e.Captures[i] = by.Slot
			}
		}
		return e
	}
	for i := range e.Args {
		e.Args[i] = replaceSlot(e.Args[i], slot, by)
	}
	for i := range e.Arms {
		if g := e.Arms[i].Guard; g != nil {
			e.Arms[i].Guard = replaceSlot(g, slot, by)
		}
		e.Arms[i].Body = replaceSlot(e.Arms[i].Body, slot, by)
	}
	if e.Op == ir.EItem && e.Args[0].Op == ir.ETuple {
		return e.Args[0].Args[e.N]
	}
	return e
}

package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/typecheck"
)

// frame is one piece of code with its own slots: the body of a handler, of a
// lambda or of a stream function, a query, or the code of a node. A variable
// stands for an expression over the slots, not only for a slot: the variables
// of a lambda that is applied to rows stand for columns, which makes a
// comprehension and the combinators the same code.
type frame struct {
	l     *lowerer
	up    *frame // enclosing frame of a lambda
	vars  map[*typecheck.Local]*ir.Expr
	subst map[*types.TypeVar]*types.Type // of the generic function being inlined
	slots int
	caps  []int // slots of up that are copied in
	// scope is set in the code of a node over rows: what does not depend on the
	// row but on the graph becomes a column of the scope.
	scope *scope
	// graph is set in the code of Compute and Stream nodes: collections that do
	// not depend on variables become nodes of their own.
	graph bool
	// firing is set in the body of a `when` or top-level `for`.
	firing bool
}

// capBase separates captured slots from own ones until the lambda is closed and
// the number of its captures is known.
const capBase = 1 << 30

func (l *lowerer) newFrame() *frame {
	return &frame{l: l, vars: map[*typecheck.Local]*ir.Expr{}}
}

// lambda opens the frame of a lambda inside f.
func (f *frame) lambda() *frame {
	return &frame{l: f.l, up: f, vars: map[*typecheck.Local]*ir.Expr{}, subst: f.subst, graph: f.graph}
}

// close finishes a lambda: captured slots become the first ones of its frame.
func (f *frame) close(params []*ir.Pattern, body *ir.Expr, t *types.Type) *ir.Expr {
	n := len(f.caps)
	move := func(s int) int {
		if s >= capBase {
			return s - capBase
		}
		return s + n
	}
	for _, p := range params {
		ir.RemapPattern(p, move)
	}
	ir.RemapSlots(body, move)
	return &ir.Expr{Op: ir.ELambda, Type: t, Params: params, Body: body, Captures: f.caps, Slots: f.slots + n, Pos: body.Pos}
}

// slot allocates a slot of the frame.
func (f *frame) slot() int {
	f.slots++
	return f.slots - 1
}

// lookup returns the expression that a variable stands for, as a fresh tree, or
// nil when no frame knows it.
func (f *frame) lookup(v *typecheck.Local) *ir.Expr {
	if e := f.vars[v]; e != nil {
		return ir.CloneExpr(e)
	}
	if f.up == nil {
		return ir.CloneExpr(f.l.fnVars[v])
	}
	e := f.up.lookup(v)
	if e == nil {
		return nil
	}
	return f.capture(e)
}

// capture rewrites an expression over the slots of the enclosing frame into one
// over copies of them; slots that its own patterns bind become slots of f. It
// takes over e.
func (f *frame) capture(e *ir.Expr) *ir.Expr {
	own := map[int]int{}
	bound := func(p *ir.Pattern) {
		ir.WalkPattern(p, func(p *ir.Pattern) {
			if p.Op == ir.PBind {
				own[p.Slot] = f.slot()
			}
		})
	}
	ir.WalkExpr(e, func(x *ir.Expr) bool {
		if x.Op == ir.ELambda {
			return false // its patterns bind slots of its own frame
		}
		bound(x.Pat)
		for _, a := range x.Arms {
			bound(a.Pat)
		}
		return true
	})
	ir.RemapSlots(e, func(s int) int {
		if mine, ok := own[s]; ok {
			return mine
		}
		for i, c := range f.caps {
			if c == s {
				return capBase + i
			}
		}
		f.caps = append(f.caps, s)
		return capBase + len(f.caps) - 1
	})
	return e
}

// root is the outermost frame around f.
func (f *frame) root() *frame {
	for f.up != nil {
		f = f.up
	}
	return f
}

// fromRoot brings an expression over the slots of the root frame into f.
func (f *frame) fromRoot(e *ir.Expr) *ir.Expr {
	if f.up == nil {
		return e
	}
	return f.capture(f.up.fromRoot(e))
}

// bind makes a fresh slot for a variable.
func (f *frame) bind(v *typecheck.Local) int {
	s := f.slot()
	f.vars[v] = &ir.Expr{Op: ir.ELocal, Slot: s, Type: f.clean(v.Type)}
	return s
}

// let gives a variable a value: by substitution where that is free, by ELet
// otherwise. The returned function wraps the body.
func (f *frame) let(v *typecheck.Local, e *ir.Expr) func(*ir.Expr) *ir.Expr {
	if isTrivial(e) || e.Op == ir.ELambda {
		f.vars[v] = e
		return func(body *ir.Expr) *ir.Expr { return body }
	}
	pat := &ir.Pattern{Op: ir.PBind, Slot: f.bind(v)}
	return func(body *ir.Expr) *ir.Expr {
		return &ir.Expr{Op: ir.ELet, Type: body.Type, Pat: pat, Args: []*ir.Expr{e, body}, Pos: e.Pos}
	}
}

// isTrivial reports whether evaluating e twice costs nothing.
func isTrivial(e *ir.Expr) bool {
	switch e.Op {
	case ir.ELocal, ir.EConst, ir.EParam, ir.EView, ir.EMe:
		return true
	case ir.EField, ir.EItem:
		return isTrivial(e.Args[0])
	case ir.ETuple:
		for _, a := range e.Args {
			if !isTrivial(a) {
				return false
			}
		}
		return true
	}
	return false
}

// clean resolves all variables of inference and of the generic function that is
// being inlined. What nothing has decided is the unit type.
func (f *frame) clean(t *types.Type) *types.Type {
	t = t.Subst(f.subst)
	if t.Con == types.Var {
		return types.Unit
	}
	for i, a := range t.Args {
		if b := f.clean(a); b != a {
			out := *t
			out.Args = append([]*types.Type(nil), t.Args...)
			out.Args[i] = b
			for j := i + 1; j < len(out.Args); j++ {
				out.Args[j] = f.clean(out.Args[j])
			}
			return &out
		}
	}
	return t
}

// typeOf is the type of an expression before coercion.
func (f *frame) typeOf(e ast.Expr) *types.Type {
	t := f.l.info.Types[e]
	if t == nil {
		f.l.fail(e, "the type of this expression is not known")
		return types.Unit
	}
	return f.clean(t)
}

// usedAs is the type of an expression after coercion.
func (f *frame) usedAs(e ast.Expr) *types.Type {
	if t := f.l.info.Coerce[e]; t != nil {
		return f.clean(t)
	}
	return f.typeOf(e)
}

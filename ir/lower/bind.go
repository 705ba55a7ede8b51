package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

// applied applies the i-th argument of a use, a function, to an element.
func (s *scope) applied(u *use, i int, x *ir.Expr) *ir.Expr {
	if s.bad || x == nil {
		s.bad = true
		return nil
	}
	if lam, ok := ast.Unparen(u.args[i]).(*ast.Lambda); ok {
		s.params(lam, x)
		if s.bad {
			return nil
		}
		return s.f.expr(lam.Body)
	}
	t := s.f.clean(u.call.Params[i])
	fn := s.f.fnArg(u.args[i], t)
	return s.f.beta(fn, takeApart([]*ir.Expr{x}, len(t.Params())), t.Result(), at(u.args[i]))
}

// params binds the parameters of a lambda to an element: several of them to the
// parts of a tuple.
func (s *scope) params(lam *ast.Lambda, x *ir.Expr) {
	if len(lam.Params) == 1 {
		s.bind(lam.Params[0], x)
		return
	}
	for i, p := range lam.Params {
		s.bind(p, item(ir.CloneExpr(x), i, x.Type.Resolve().Args[i]))
	}
}

// bind gives the names of a pattern parts of an element; what the pattern
// demands becomes a condition.
func (s *scope) bind(p ast.Pattern, x *ir.Expr) {
	if s.bad || x == nil {
		s.bad = true
		return
	}
	switch p := p.(type) {
	case *ast.WildPat:
	case *ast.BindPat:
		if v := s.l.info.Binds[p]; v != nil {
			s.f.vars[v] = x
		} else {
			s.filter(s.f.matches(p, x), p)
		}
	case *ast.LitPat:
		v := &ir.Expr{Op: ir.EConst, Type: x.Type, Value: s.f.litPat(p), Pos: at(p)}
		s.filter(s.f.row(rowEq, types.Bool, at(p), x, v), p)
	case *ast.TuplePat:
		for i, q := range p.Elems {
			s.bind(q, item(ir.CloneExpr(x), i, x.Type.Resolve().Args[i]))
		}
	case *ast.CtorPat:
		s.bindCtor(p, x)
	default:
		s.bad = true
	}
}

func (s *scope) bindCtor(p *ast.CtorPat, x *ir.Expr) {
	c := s.l.ctorOf(p)
	if c == nil {
		s.bad = true
		return
	}
	if !s.l.isOnlyCtor(p) {
		any := make([]*ir.Pattern, len(c.Fields))
		for i := range any {
			any[i] = &ir.Pattern{Op: ir.PWild}
		}
		s.filter(isCtor(x, &ir.Pattern{Op: ir.PCtor, Ctor: c.Value, Args: any}), p)
	}
	for i, a := range p.Args {
		if n := fieldOfArg(c, a.Label, i); n >= 0 {
			s.bind(a.Pat, &ir.Expr{Op: ir.EField, Type: s.fieldType(x.Type, c, n), N: n, Args: []*ir.Expr{ir.CloneExpr(x)}, Pos: at(p)})
		}
	}
}

// fieldType is the type of a field of a constructor of t.
func (s *scope) fieldType(t *types.Type, c *types.Ctor, n int) *types.Type {
	if t = t.Resolve(); t.Con == "Option" {
		return t.Args[0]
	}
	return s.f.clean(c.Fields[n].Type)
}

func isCtor(x *ir.Expr, p *ir.Pattern) *ir.Expr {
	return &ir.Expr{Op: ir.EMatch, Type: types.Bool, Args: []*ir.Expr{ir.CloneExpr(x)}, Pos: x.Pos, Arms: []ir.Arm{
		{Pat: p, Body: boolean(true, x.Pos)},
		{Pat: &ir.Pattern{Op: ir.PWild}, Body: boolean(false, x.Pos)},
	}}
}

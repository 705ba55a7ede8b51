package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/types"
)

// pattern gives p and its parts types and binds its names in the innermost
// scope. Where it may not match (generators, parameters, let) refutable is
// false and patterns that could fail are refused.
func (c *checker) pattern(p ast.Pattern, t *types.Type, refutable bool) {
	c.info.Patterns[p] = t
	switch p := p.(type) {
	case *ast.BindPat:
		if c.scope.locals[p.Name] != nil && c.scope.locals[p.Name].At != p.Span() {
			c.declaredTwice(p.Name, p.Span(), c.scope.locals[p.Name].At)
		}
		c.info.Binds[p] = c.bindLocal(p.Name, t, p.Span())
	case *ast.LitPat:
		c.mayFail(p, refutable)
		lit := litType(p.Lit)
		if !c.fits(p.Lit, lit, t, widen) || t.IsLattice() {
			c.patternMismatch(p, lit, t)
		}
	case *ast.TuplePat:
		c.parts(p, p.Elems, t, refutable)
	case *ast.CtorPat:
		c.ctorPattern(p, t, refutable)
	case *ast.ListPat:
		c.mayFail(p, refutable)
		elem := c.itemsOf(p, t)
		for _, q := range p.Elems {
			c.pattern(q, elem, refutable)
		}
	case *ast.ConsPat:
		c.mayFail(p, refutable)
		elem := c.itemsOf(p, t)
		c.pattern(p.Head, elem, refutable)
		c.pattern(p.Tail, t, refutable)
	}
}

func (c *checker) mayFail(p ast.Pattern, refutable bool) {
	if !refutable {
		c.errorAt(diag.MissingCase, p.Span(), "a pattern that may not match has no place here", "", "There is no other case that could be taken.", "Bind a name and test it with `if`, or use `match`.")
	}
}

func (c *checker) parts(p ast.Pattern, elems []ast.Pattern, t *types.Type, refutable bool) {
	t = t.Resolve()
	if isFree(t) {
		c.unify(t, types.TupleOf(freshes(c, len(elems))...))
		t = t.Resolve()
	}
	fits := t.Con == types.Tuple && len(t.Args) == len(elems)
	if !fits && !isBad(t) {
		c.patternShape(p, len(elems), t)
	}
	for i, q := range elems {
		if fits {
			c.pattern(q, t.Args[i], refutable)
		} else {
			c.pattern(q, badType(), refutable)
		}
	}
}

// itemsOf is the type of the items of the list or stream that p matches.
func (c *checker) itemsOf(p ast.Pattern, t *types.Type) *types.Type {
	t = t.Resolve()
	if isFree(t) {
		c.unify(t, types.ListOf(c.fresh()))
		t = t.Resolve()
	}
	if t.Con == "List" || t.Con == "Stream" {
		return t.Args[0]
	}
	if !isBad(t) {
		c.patternMismatch(p, types.ListOf(c.fresh()), t)
	}
	return badType()
}

func (c *checker) ctorPattern(p *ast.CtorPat, t *types.Type, refutable bool) {
	args := p.Args
	o := c.ctor(p.Name.Name)
	if o == nil {
		c.unknownName(p.Name.Name, p.Name.Span())
		c.badParts(args, refutable)
		return
	}
	c.use(p.Name, o)
	if o.Def == nil || len(o.Def.Ctors) > 1 {
		c.mayFail(p, refutable)
	}
	result, fields := c.ctorType(o)
	if !c.unify(t, result) {
		c.patternMismatch(p, result, t)
		c.badParts(args, refutable)
		return
	}
	if len(args) == 0 && len(fields) > 0 || len(args) > len(fields) {
		c.ctorPatternArity(p, o)
	}
	for i, a := range args {
		field := c.fieldIndex(o, a.Label, i, len(args))
		if field < 0 {
			c.noLabel(a.Label, a.Pat.Span(), o)
			c.pattern(a.Pat, badType(), refutable)
			continue
		}
		c.pattern(a.Pat, fields[field], refutable)
	}
}

func (c *checker) badParts(args []*ast.PatArg, refutable bool) {
	for _, a := range args {
		c.pattern(a.Pat, badType(), refutable)
	}
}

// fieldIndex finds the field that an argument of a constructor means. Without a
// label only a constructor of one field is clear.
func (c *checker) fieldIndex(o *CtorObj, label *ast.Ident, i, n int) int {
	if label == nil {
		if len(o.Ctor.Fields) == 1 && n == 1 {
			return 0
		}
		return -1
	}
	for j, f := range o.Ctor.Fields {
		if f.Name == label.Name {
			return j
		}
	}
	return -1
}

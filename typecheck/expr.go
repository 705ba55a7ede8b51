package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

// infer gives e a type from its parts. A second look at e replaces what the
// first one noted.
func (c *checker) infer(e ast.Expr) *types.Type {
	if c.fuel--; c.fuel <= 0 {
		c.outOfFuel(e)
		return c.note(e, badType())
	}
	delete(c.info.Coerce, e)
	return c.note(e, c.inferNew(e))
}

func (c *checker) note(e ast.Expr, t *types.Type) *types.Type {
	c.info.Types[e] = t
	return t
}

func (c *checker) inferNew(e ast.Expr) *types.Type {
	switch e := e.(type) {
	case *ast.Paren:
		return c.infer(e.X)
	case *ast.Lit:
		return litType(e)
	case *ast.Interp:
		return c.interp(e)
	case *ast.Name:
		return c.name(e)
	case *ast.Tuple:
		parts := make([]*types.Type, len(e.Elems))
		for i, x := range e.Elems {
			parts[i] = c.infer(x)
		}
		return types.TupleOf(parts...)
	case *ast.List:
		return c.list(e, nil)
	case *ast.Set:
		return c.set(e, nil)
	case *ast.Map:
		return c.mapLit(e, nil, nil)
	case *ast.Comp:
		return c.comp(e, nil)
	case *ast.FieldOf:
		return c.overParts(e, c.fieldOf(e))
	case *ast.TupleItem:
		return c.overParts(e, c.tupleItem(e))
	case *ast.Index:
		return c.overParts(e, c.index(e))
	case *ast.Call:
		return c.call(e, nil)
	case *ast.Lambda:
		return c.lambda(e, freshes(c, len(e.Params)), nil)
	case *ast.If:
		return c.ifExpr(e, nil)
	case *ast.Match:
		return c.match(e, nil)
	case *ast.Binary:
		return c.binary(e, nil)
	case *ast.Unary:
		return c.operator(e, e.Op, []ast.Expr{e.X}, nil)
	case *ast.Blank:
		return c.fresh()
	}
	return badType() // *ast.BadExpr: reported by the parser
}

func freshes(c *checker, n int) []*types.Type {
	ts := make([]*types.Type, n)
	for i := range ts {
		ts[i] = c.fresh()
	}
	return ts
}

// check gives e the type that its place wants; the wish reaches through
// parentheses, literals, comprehensions, `|`, if and match. It reports whether
// e fits.
func (c *checker) check(e ast.Expr, want *types.Type) bool {
	if c.pushes(e, want) {
		return true
	}
	var t *types.Type
	switch e := e.(type) {
	case *ast.Call:
		delete(c.info.Coerce, e)
		t = c.note(e, c.call(e, want))
	case *ast.Binary:
		delete(c.info.Coerce, e)
		t = c.note(e, c.binary(e, want))
	default:
		t = c.infer(e)
	}
	return c.coerce(e, t, want)
}

// coerce notes that e of type t stands where want is wanted, or reports that it
// cannot.
func (c *checker) coerce(e ast.Expr, t, want *types.Type) bool {
	if !c.fits(e, t, want, read) {
		c.mismatch(e, t, want)
		return false
	}
	c.noteCoerce(e, t, want)
	return true
}

func (c *checker) noteCoerce(e ast.Expr, t, want *types.Type) {
	if !types.Equal(t, want) {
		c.info.Coerce[e] = want
	}
}

// pushes handles the expressions that hand a wish on to their parts; it reports
// whether e was one of them.
func (c *checker) pushes(e ast.Expr, want *types.Type) bool {
	w := want.Resolve()
	done := func(t *types.Type) bool {
		delete(c.info.Coerce, e)
		c.note(e, t)
		if isBad(t) {
			return true
		}
		c.coerce(e, t, want)
		return true
	}
	switch e := e.(type) {
	case *ast.Paren:
		c.check(e.X, want)
		delete(c.info.Coerce, e)
		c.note(e, want)
		return true
	case *ast.If:
		if isFree(w) {
			return false
		}
		return done(c.ifExpr(e, want))
	case *ast.Match:
		if isFree(w) {
			return false
		}
		return done(c.match(e, want))
	case *ast.Tuple:
		if w.Con != types.Tuple && w.Con != types.Lex || len(w.Args) != len(e.Elems) {
			return false
		}
		for i, x := range e.Elems {
			c.check(x, w.Args[i])
		}
		return done(want)
	case *ast.List:
		if w.Con != "List" && w.Con != "Stream" {
			return false
		}
		return done(c.list(e, w.Args[0]))
	case *ast.Set:
		switch {
		case len(e.Elems) == 0 && w.Con == "Map":
			return done(want)
		case w.Con == "Set":
			return done(c.set(e, w.Args[0]))
		}
	case *ast.Map:
		if w.Con == "Map" {
			return done(c.mapLit(e, w.Args[0], w.Args[1]))
		}
	case *ast.Comp:
		if con := [...]string{"Set", "Map", "List"}[e.Kind]; w.Con == con {
			return done(c.comp(e, w))
		}
	case *ast.Lambda:
		if w.Con == types.Func {
			return done(c.lambda(e, w.Params(), w.Result()))
		}
	}
	return false
}

// condition checks an expression that decides.
func (c *checker) condition(e ast.Expr) { c.check(e, types.Bool) }

// join is a type that all of xs have, and notes the conversions into it.
func (c *checker) join(xs []ast.Expr, ts []*types.Type) *types.Type {
	to := c.common(xs, ts)
	if !isBad(to) {
		for i, x := range xs {
			c.settle(x, ts[i], to)
		}
	}
	return to
}

// common finds the first of ts that all others fit, or else the least type that all
// of them fit.
func (c *checker) common(xs []ast.Expr, ts []*types.Type) *types.Type {
	if len(ts) == 0 {
		return c.fresh()
	}
	for _, allow := range []steps{exactly, widen} {
		for _, to := range ts {
			if c.allFit(xs, ts, to, allow) {
				return to
			}
		}
	}
	if to := widest(ts); c.allFit(xs, ts, to, widen) {
		return to
	}
	for i := range ts {
		if !c.fits(xs[i], ts[i], ts[0], widen) {
			c.unlikeParts(xs[i], ts[i], xs[0], ts[0])
			break
		}
	}
	return badType()
}

// allFit reports whether all of ts fit one type; where not, nothing is bound.
func (c *checker) allFit(xs []ast.Expr, ts []*types.Type, to *types.Type, allow steps) bool {
	mark := c.mark()
	for i, t := range ts {
		if !c.fits(xs[i], t, to, allow) {
			c.undo(mark)
			return false
		}
	}
	return true
}

// settle notes that x, inferred as t, is used as want. Literals whose parts
// convert are checked again, so that the parts carry the conversion.
func (c *checker) settle(x ast.Expr, t, want *types.Type) {
	if types.Equal(t, want) || isBad(t) {
		return
	}
	switch unparen(x).(type) {
	case *ast.List, *ast.Set, *ast.Map, *ast.Tuple, *ast.Comp, *ast.If, *ast.Match:
		c.check(x, want)
	default:
		c.noteCoerce(x, t, want)
	}
}

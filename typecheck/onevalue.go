package typecheck

import (
	"slices"

	"github.com/laspc/lasp/lang/ast"
)

// A map comprehension over data drops a key that is given two different values,
// so an entry can go when another element comes. That cannot happen where the
// key says what the value is: because the value is made of what the key is made
// of, or because the key tells which row of the generators it comes from.

// oneValue reports whether no key of a map comprehension is ever given two
// values that cannot be joined. (Two values of one IVar are a conflict of the
// IVar, wherever they go.)
func (j *judge) oneValue(e *ast.Comp) bool {
	t := j.info.Types[e]
	if to := j.info.Coerce[e]; to != nil {
		t = to
	}
	if !t.Is("Map") || t.Resolve().Args[1].Joins() {
		return true
	}
	drawn := map[Object]bool{}
	for _, g := range e.Gens {
		walkPattern(g.Pat, func(p ast.Pattern) {
			if l := j.info.Binds[p]; l != nil {
				drawn[l] = true
			}
		})
	}
	known := map[Object]bool{}
	j.parts(e.Key, known)
	for j.equated(e.Cond, drawn, known) {
	}
	if j.madeOf(e.Elem, drawn, known) {
		return true
	}
	return !slices.ContainsFunc(e.Gens, func(g *ast.Gen) bool { return !j.tellsRow(g, known) })
}

// parts collects the variables that can be read off the value of e.
func (j *judge) parts(e ast.Expr, known map[Object]bool) {
	switch e := ast.Unparen(e).(type) {
	case *ast.Name:
		known[j.info.Uses[e]] = true
	case *ast.Tuple:
		for _, x := range e.Elems {
			j.parts(x, known)
		}
	case *ast.Call:
		if c := j.info.Calls[e]; c != nil && c.Ctor != nil {
			for _, x := range c.Args {
				j.parts(x, known)
			}
		}
	}
}

// equated adds variables that a condition sets equal to what is known. It reports
// whether it found one.
func (j *judge) equated(cond ast.Expr, drawn, known map[Object]bool) bool {
	b, ok := ast.Unparen(cond).(*ast.Binary)
	if !ok {
		return false
	}
	switch b.Op {
	case "and":
		left := j.equated(b.L, drawn, known)
		return j.equated(b.R, drawn, known) || left
	case "==":
		return j.equal(b.L, b.R, drawn, known) || j.equal(b.R, b.L, drawn, known)
	}
	return false
}

func (j *judge) equal(to, from ast.Expr, drawn, known map[Object]bool) bool {
	n, ok := ast.Unparen(to).(*ast.Name)
	if !ok || !drawn[j.info.Uses[n]] || known[j.info.Uses[n]] || !j.madeOf(from, drawn, known) {
		return false
	}
	known[j.info.Uses[n]] = true
	return true
}

// madeOf reports whether all drawn variables in e are known.
func (j *judge) madeOf(e ast.Expr, drawn, known map[Object]bool) bool {
	ok := true
	walk(e, func(x ast.Expr) {
		if n, is := x.(*ast.Name); is && drawn[j.info.Uses[n]] && !known[j.info.Uses[n]] {
			ok = false
		}
	})
	return ok
}

// tellsRow reports whether the known variables say which element of a generator
// they come from: of a map its key is enough.
func (j *judge) tellsRow(g *ast.Gen, known map[Object]bool) bool {
	p := g.Pat
	if t, ok := p.(*ast.TuplePat); ok && j.info.Types[g.In].Is("Map") && len(t.Elems) == 2 {
		p = t.Elems[0]
	}
	return j.tells(p, known)
}

func (j *judge) tells(p ast.Pattern, known map[Object]bool) bool {
	switch p := p.(type) {
	case *ast.BindPat:
		return known[j.info.Binds[p]]
	case *ast.LitPat:
		return true
	case *ast.TuplePat:
		return !slices.ContainsFunc(p.Elems, func(q ast.Pattern) bool { return !j.tells(q, known) })
	case *ast.ListPat:
		return !slices.ContainsFunc(p.Elems, func(q ast.Pattern) bool { return !j.tells(q, known) })
	case *ast.ConsPat:
		return j.tells(p.Head, known) && j.tells(p.Tail, known)
	case *ast.CtorPat:
		c, ok := j.info.Uses[p.Name].(*CtorObj)
		return ok && c.Def != nil && len(p.Args) == len(c.Ctor.Fields) &&
			!slices.ContainsFunc(p.Args, func(a *ast.PatArg) bool { return !j.tells(a.Pat, known) })
	}
	return false
}

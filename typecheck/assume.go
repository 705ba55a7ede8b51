package typecheck

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// `assume monotone f` takes on trust what the qualifiers cannot show. The trust
// is tested: for each growing parameter all pairs of up to 64 small values, one
// below the other, then 10,000 larger random ones, with the other parameters held
// still. What passes is marked as assumed wherever the report speaks of it.

// findAssumed gives the functions that are named their mark.
func (c *checker) findAssumed() {
	for _, d := range c.decls.assumed {
		c.enter(d.Span())
		f, ok := c.globals[d.Fn.Name].(*Fn)
		switch {
		case !ok:
			c.unknownAssumed(d)
		case f.Module != c.names.module.Name:
			c.errorAt(diag.WrongPlace, d.Fn.Span(), fmt.Sprintf("`%s` belongs to another module", f.Name), "", "What a function does is for the file to know in which it stands.", "Put the assumption beside the function.")
		default:
			c.use(d.Fn, f)
			f.Assumed, c.assumes = d, true
		}
	}
}

func (c *checker) unknownAssumed(d *ast.AssumeDecl) {
	var names []string
	for name, o := range c.globals {
		if isFn(o) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	help := "It names a function of this file: `fn f(x: Set[Int]) -> Bool = ..`."
	if near := diag.Nearest(d.Fn.Name, names); near != "" {
		help = fmt.Sprintf("Did you mean `%s`?", near)
	}
	c.errorAt(diag.UnknownName, d.Fn.Span(), fmt.Sprintf("no function `%s` to assume something of", d.Fn.Name), "", "Only a declared function can be assumed to be monotone.", help)
}

// holdAssumed tests the assumptions of a program without other errors.
func (c *checker) holdAssumed() {
	if diag.HasErrors(c.diags) {
		return
	}
	for _, j := range c.joins { // while they are tried; a machine binds the compiled ones
		j.def.Join.Bind(j.join)
		defer j.def.Join.Unbind()
	}
	for _, f := range c.info.Fns {
		if f.Assumed != nil {
			c.enter(f.Assumed.Span())
			c.holdMonotone(f)
		}
	}
}

func (c *checker) holdMonotone(f *Fn) {
	moves := slices.ContainsFunc(f.Params, func(p *Local) bool { return p.Type.IsLattice() })
	switch {
	case len(f.Vars) > 0 || f.Recursive:
		c.cannotAssume(f, "it is generic or recursive, so there are no values to try it with", "Write a function of definite types that calls it.")
		return
	case !moves:
		c.cannotAssume(f, "no parameter of it grows", "A parameter grows when its type is a set, a map, `Max`, `Min`, `Flag` or a `lattice`.")
		return
	case !f.Result.IsLattice() && !f.Result.Is("Bool"):
		c.cannotAssume(f, fmt.Sprintf("its result is a `%s`, which has no order to grow in", f.Result), "Let it yield a `Bool`, `Max[..]`, `Min[..]`, a set, a map or a `lattice`.")
		return
	}
	t := &monotoneTest{c: c, f: f}
	for i, p := range f.Params {
		if p.Type.IsLattice() {
			t.param(i)
		}
	}
	switch {
	case t.failed != "":
		c.cannotAssume(f, t.failed, "Let it be a function of its parameters alone, defined for all of them.")
	case t.against != "":
		c.add(diag.Diagnostic{Code: diag.NotMonotone, Span: f.Assumed.Fn.Span(), Title: fmt.Sprintf("`%s` is not monotone", f.Name), Label: "assumed here",
			Message: "Growing arguments make it fall: " + t.against + ".", Help: "Take the assumption back, or mend the function.",
			Related: []diag.Related{{Span: f.Decl.Name.Span(), Text: "the function"}}})
	}
}

func (c *checker) cannotAssume(f *Fn, why, help string) {
	c.add(diag.Diagnostic{Code: diag.NotMonotone, Span: f.Assumed.Fn.Span(), Title: fmt.Sprintf("`%s` cannot be assumed to be monotone", f.Name),
		Message: "An assumption is tested before it is believed, and " + why + ".", Help: help,
		Related: []diag.Related{{Span: f.Decl.Name.Span(), Text: "the function"}}})
}

// monotoneTest tries one function. It keeps the first example against it.
type monotoneTest struct {
	c       *checker
	f       *Fn
	against string
	failed  string
}

// param tries pairs of the i-th parameter.
func (t *monotoneTest) param(i int) {
	typ := t.f.Params[i].Type
	small := smallValues(typ, 64)
	rest := t.others(i)
	for n := range small {
		for m := 0; m <= n; m++ {
			for _, others := range rest {
				if !t.pair(i, small[m], small[n], others) || !t.pair(i, small[n], small[m], others) {
					return
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		x := randomValue(r, typ, 3)
		y, err := lattice.JoinViews(typ, x, randomValue(r, typ, 3))
		others := make([]value.Value, len(t.f.Params))
		for k, p := range t.f.Params {
			others[k] = randomValue(r, p.Type, 3)
		}
		if err == nil && y.Kind() != value.Error && !t.pair(i, x, y, others) {
			return
		}
	}
}

// others are some choices for the parameters but the i-th.
func (t *monotoneTest) others(i int) [][]value.Value {
	ts := make([]*types.Type, len(t.f.Params))
	for k, p := range t.f.Params {
		ts[k] = p.Type
		if k == i {
			ts[k] = types.Unit
		}
	}
	if len(ts) == 1 {
		return [][]value.Value{make([]value.Value, 1)}
	}
	return smallProducts(ts, 16)
}

// pair tries x below y; it reports whether to go on.
func (t *monotoneTest) pair(i int, x, y value.Value, others []value.Value) bool {
	if t.against != "" || t.failed != "" {
		return false
	}
	if !lattice.LeqViews(t.f.Params[i].Type, x, y) {
		return true
	}
	low, okLow := t.apply(i, x, others)
	high, okHigh := t.apply(i, y, others)
	if okLow && okHigh && !lattice.LeqViews(t.f.Result, low, high) {
		t.against = fmt.Sprintf("%s is %s, but %s is %s", t.call(i, x, others), low, t.call(i, y, others), high)
	}
	return t.against == "" && t.failed == ""
}

func (t *monotoneTest) apply(i int, x value.Value, others []value.Value) (value.Value, bool) {
	args := slices.Clone(others)
	args[i] = x
	v, err := eval{info: t.c.info, env: map[Object]value.Value{}}.apply(t.f, args)
	if err != nil {
		t.failed = fmt.Sprintf("%s gave: %s", t.call(i, x, others), err)
	}
	return v, err == nil
}

func (t *monotoneTest) call(i int, x value.Value, others []value.Value) string {
	args := make([]string, len(others))
	for k, v := range others {
		args[k] = v.String()
	}
	args[i] = x.String()
	return t.f.Name + "(" + strings.Join(args, ", ") + ")"
}

// trusting marks a line of the report that is about something which calls
// functions that are assumed to be monotone.
func (c *checker) trusting(r Report, es ...ast.Expr) Report {
	if !c.assumes {
		return r
	}
	seen := map[Object]bool{}
	var names []string
	var look func(e ast.Expr)
	look = func(e ast.Expr) {
		o := c.info.Uses[e]
		if call := c.info.Calls[e]; call != nil && call.Fn != nil {
			o = call.Fn
		}
		if o == nil || seen[o] {
			return
		}
		seen[o] = true
		switch o := o.(type) {
		case *Let:
			walk(o.Decl.Value, look)
		case *Fn:
			if o.Assumed != nil {
				names = append(names, "`"+o.Name+"`")
			}
			walk(o.Decl.Body, look)
		}
	}
	for _, e := range es {
		if e != nil {
			walk(e, look)
		}
	}
	if slices.Sort(names); len(names) > 0 {
		r.Coordination += "; trusts that " + strings.Join(names, " and ") + " is monotone"
	}
	return r
}

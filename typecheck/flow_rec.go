package typecheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
)

// let judges a definition. A recursive one is judged twice: first with itself
// as a leaf, which tells how it moves with itself, then by iteration from
// nothing, which tells how the least solution moves with the cells.
func (j *judge) let(l *Let) {
	if !l.Decl.Rec {
		l.Flow = j.throughLet(l, j.flow(l.Decl.Value))
		l.Class = l.Flow.Class()
		return
	}
	self := &Cell{Name: l.Name, Stable: true, Ident: l.Decl.Name}
	l.Flow = leaf(self, op.Hom, &Cause{Span: l.Decl.Name.Span(), Name: l.Name, Text: "the definition itself"})
	body := j.flow(l.Decl.Value)
	switch q := body.leafOf(self); {
	case q.Qual == op.Anti || q.Qual == op.Any:
		j.negativeCycle(l, q)
	case l.Limit == 0:
		j.terminates(l)
	}
	l.Flow = nil
	for range 8 { // the order of qualifiers is 4 high, so this suffices
		next := j.throughLet(l, j.flow(l.Decl.Value))
		if sameQuals(next, l.Flow) {
			break
		}
		l.Flow = next
	}
	l.Class = l.Flow.Class()
}

func (f *Flow) leafOf(c *Cell) Leaf {
	if f == nil {
		return Leaf{}
	}
	return f.Leaves[c]
}

// throughLet puts the definition's name on the chains of causes: on the operator
// that decided, or as a step of its own.
func (j *judge) throughLet(l *Let, f *Flow) *Flow {
	if f.IsFixed() {
		return nil
	}
	out := &Flow{Leaves: make(map[*Cell]Leaf, len(f.Leaves)), Nondet: f.Nondet}
	var growing []string
	for _, c := range f.cells() {
		if q := f.Leaves[c].Qual; q == op.Hom || q == op.Mono {
			growing = append(growing, "`"+c.Name+"`")
		}
	}
	for c, lf := range f.Leaves {
		top := *lf.Cause
		if j.exprAt[lf.Cause] != nil && top.Name != l.Name {
			top.Name = l.Name
			j.exprAt[&top] = j.exprAt[lf.Cause]
			lf.Cause = &top
		} else if top.Name != l.Name {
			text := "changes with `" + c.Name + "`"
			if lf.Qual == op.Hom || lf.Qual == op.Mono {
				text = grows(growing)
			}
			lf.Cause = &Cause{Span: l.Decl.Name.Span(), Name: l.Name, Text: text, Below: lf.Cause}
		}
		out.Leaves[c] = lf
	}
	return out
}

func grows(names []string) string {
	if len(names) == 1 {
		return "grows when " + names[0] + " grows"
	}
	return "grows when " + strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1] + " grow"
}

// negativeCycle reports a definition that does not grow with itself.
func (j *judge) negativeCycle(l *Let, q Leaf) {
	blame := blamePath(q.Cause)
	if len(blame) > 0 {
		blame[0].Name = l.Name
	}
	symbol := "an operator"
	at := l.Decl.Name.Span()
	if j.exprAt[q.Cause] != nil {
		at = q.Cause.Span
		symbol = "`" + q.Cause.Span.Text() + "`"
		if len(q.Cause.Span.Text()) > 10 {
			symbol = "`" + q.Cause.Name + "`"
		}
	}
	j.add(diag.Diagnostic{Code: diag.NegativeCycle, Span: at, Title: fmt.Sprintf("`%s` depends on its own absence", l.Name), Label: "the cycle goes through here",
		Message: fmt.Sprintf("The cycle %s -> %s passes through %s, which is not monotone: an element could be the reason why it is not there.", l.Name, l.Name, symbol),
		Help:    "Let the recursion go through operators that grow with their arguments only.",
		Related: []diag.Related{{Span: l.Decl.Name.Span(), Text: "the recursive definition"}},
		Blame:   blame,
		Fixes: []diag.Fix{
			{Title: fmt.Sprintf("compute what grows in `let rec %s`, and subtract from it in a definition of its own", l.Name)},
			{Title: "if the recursion goes down levels, make the levels a cell and derive each from the one before", Cost: "one definition per level"},
		}})
}

// terminates asks for a reason why the recursion ends: no value is computed on
// the cycle, except as the value of a map into a lattice that it can only
// improve a bounded number of times.
func (j *judge) terminates(l *Let) {
	w := &invention{j: j, tainted: map[*Local]bool{}, let: l}
	w.expr(l.Decl.Value, true)
	if w.found == nil {
		return
	}
	what := textOf(w.found.Span())
	j.add(diag.Diagnostic{Code: diag.InventsValues, Span: w.found.Span(), Title: fmt.Sprintf("`%s` may never be complete", l.Name), Label: "makes a new value in every round",
		Message: fmt.Sprintf("`%s` is computed from `%s` and goes back into it, so there may always be one more.", what, l.Name),
		Help:    fmt.Sprintf("Bound the rounds with `limit`, or join values that exist already instead of computing `%s`.", what),
		Blame:   []diag.Blame{{Span: w.found.Span(), Name: what, Text: "invents a value on the cycle " + l.Name + " -> " + l.Name}},
		Fixes: []diag.Fix{
			{Title: fmt.Sprintf("bound the rounds: `let rec %s limit 1000 = ..`", l.Name), Cost: "what takes more rounds is missing, and reported",
				Edits: []diag.Edit{{Span: l.Decl.Name.Span(), New: l.Name + " limit 1000"}}},
			{Title: "draw the values from a set that exists, with one more generator"},
			{Title: "keep the smallest sum per key: a map into `Min[Nat]`"},
		}})
}

// invention looks for a computed value that depends on the elements of the
// recursive definition and becomes one of them.
type invention struct {
	j       *judge
	let     *Let
	tainted map[*Local]bool
	found   ast.Expr
}

// expr walks e; result says that what e yields flows back into the definition.
func (w *invention) expr(e ast.Expr, result bool) {
	if w.found != nil || e == nil {
		return
	}
	switch e := e.(type) {
	case *ast.Comp:
		w.comp(e, result)
		return
	case *ast.Lambda:
		w.expr(e.Body, result)
		return
	case *ast.If:
		w.expr(e.Then, result)
		w.expr(e.Else, result)
		return
	case *ast.Interp:
		w.report(e, result, e.Parts)
		return
	case *ast.List:
		w.report(e, result, e.Elems)
		return
	case *ast.Match:
		for _, arm := range e.Arms {
			if w.depends(e.Subject) {
				w.taint(arm.Pat)
			}
			w.expr(arm.Body, result)
		}
		return
	}
	if call := w.j.info.Calls[e]; call != nil {
		w.call(e, call, result)
		return
	}
	for _, x := range children(e) {
		w.expr(x, result)
	}
}

func (w *invention) report(e ast.Expr, result bool, parts []ast.Expr) {
	if result && slices.ContainsFunc(parts, w.depends) {
		w.found = e
	}
}

func (w *invention) comp(e *ast.Comp, result bool) {
	for _, g := range e.Gens {
		if w.depends(g.In) {
			w.taint(g.Pat)
		}
	}
	if e.Kind != ast.MapComp {
		w.expr(e.Elem, result)
		return
	}
	w.expr(e.Key, result)
	if !w.improves(e) {
		w.expr(e.Elem, result)
	}
}

// improves reports whether the values of a map comprehension are sums into
// Min[Nat]: they cannot fall below zero, so each key improves finitely often.
func (w *invention) improves(e *ast.Comp) bool {
	t := w.j.info.Types[e]
	if to := w.j.info.Coerce[e]; to != nil {
		t = to
	}
	return t.Is("Map") && t.Resolve().Args[1].Is("Min") && t.Resolve().Args[1].Resolve().Args[0].Is("Nat") && !w.multiplies(e.Elem)
}

func (w *invention) multiplies(e ast.Expr) bool {
	found := false
	walk(e, func(x ast.Expr) {
		call := w.j.info.Calls[x]
		if call != nil && call.Row != nil && call.Row.Invents && call.Row.Name != "+" && slices.ContainsFunc(call.Args, w.depends) {
			found = true
		}
	})
	return found
}

func (w *invention) call(e ast.Expr, call *Call, result bool) {
	switch {
	case call.Row != nil && (call.Row.Invents || call.Row.Name == "::"):
		w.report(e, result, call.Args)
		return
	case call.Ctor != nil && recursiveType(call.Ctor.Def):
		w.report(e, result, call.Args)
		return
	case call.Fn != nil:
		if result && slices.ContainsFunc(call.Args, w.depends) && !w.j.projects(call.Fn) {
			w.found = e
		}
		return
	case call.Row != nil && !resultMatters(call.Row):
		return
	}
	for i, a := range call.Args {
		if l, ok := ast.Unparen(a).(*ast.Lambda); ok && i > 0 {
			if w.depends(call.Args[0]) {
				for _, p := range l.Params {
					w.taint(p)
				}
			}
			if !call.Params[i].Result().Is("Bool") {
				w.expr(l.Body, result)
			}
			continue
		}
		w.expr(a, result)
	}
}

// resultMatters tells operators whose arguments become results from tests.
func resultMatters(row *op.Row) bool { return !strings.HasSuffix(row.Sig, "-> Bool") }

// projects reports whether a function computes no new value.
func (j *judge) projects(f *Fn) bool {
	computes := false
	walk(f.Decl.Body, func(x ast.Expr) {
		call := j.info.Calls[x]
		_, text := x.(*ast.Interp)
		_, list := x.(*ast.List)
		computes = computes || text || list || call != nil && (call.Fn != nil || call.Row != nil && (call.Row.Invents || call.Row.Name == "::"))
	})
	return !computes
}

func recursiveType(d *types.Def) bool {
	if d == nil {
		return false
	}
	seen := map[*types.Def]bool{}
	var reaches func(t *types.Type) bool
	reaches = func(t *types.Type) bool {
		t = t.Resolve()
		if t.Def == d {
			return true
		}
		if t.Def != nil && !seen[t.Def] {
			seen[t.Def] = true
			for _, ctor := range t.Def.Ctors {
				for _, f := range ctor.Fields {
					if reaches(f.Type) {
						return true
					}
				}
			}
		}
		return slices.ContainsFunc(t.Args, reaches)
	}
	for _, ctor := range d.Ctors {
		for _, f := range ctor.Fields {
			if reaches(f.Type) {
				return true
			}
		}
	}
	return false
}

func (w *invention) taint(p ast.Pattern) {
	walkPattern(p, func(q ast.Pattern) {
		if l := w.j.info.Binds[q]; l != nil {
			w.tainted[l] = true
		}
	})
}

// depends reports whether e uses the definition or something drawn from it.
func (w *invention) depends(e ast.Expr) bool {
	found := false
	walk(e, func(x ast.Expr) {
		switch o := w.j.info.Uses[x].(type) {
		case *Let:
			found = found || o == w.let
		case *Local:
			found = found || w.tainted[o]
		}
	})
	return found
}

func walkPattern(p ast.Pattern, f func(ast.Pattern)) {
	f(p)
	switch p := p.(type) {
	case *ast.TuplePat:
		for _, q := range p.Elems {
			walkPattern(q, f)
		}
	case *ast.ListPat:
		for _, q := range p.Elems {
			walkPattern(q, f)
		}
	case *ast.ConsPat:
		walkPattern(p.Head, f)
		walkPattern(p.Tail, f)
	case *ast.CtorPat:
		for _, a := range p.Args {
			walkPattern(a.Pat, f)
		}
	}
}

// fn infers how a function moves with each parameter, once for all uses: the
// parameters stand as leaves of their own while the body is judged.
func (j *judge) fn(f *Fn) {
	if f.Recursive {
		j.guarded(f)
	}
	cells := make([]*Cell, len(f.Params))
	for i, p := range f.Params {
		cells[i] = &Cell{Name: p.Name, Stable: true, Ident: f.Decl.Params[i].Name}
		p.Flow = leaf(cells[i], op.Hom, &Cause{Span: p.At, Name: p.Name, Text: "a parameter"})
	}
	f.Quals = make([]op.Qual, len(f.Params))
	j.lambdas++
	defer func() { j.lambdas-- }()
	for range 8 {
		body := j.flow(f.Decl.Body)
		quals := make([]op.Qual, len(f.Params))
		for i, c := range cells {
			quals[i] = body.leafOf(c).Qual
		}
		done := slices.Equal(quals, f.Quals)
		f.Quals = quals
		j.fnFlows[f] = without(body, cells)
		if done || !f.Recursive {
			break
		}
	}
	j.asserted(f)
}

// without drops leaves.
func without(f *Flow, cells []*Cell) *Flow {
	if f == nil {
		return nil
	}
	out := &Flow{Leaves: map[*Cell]Leaf{}, Nondet: f.Nondet}
	for c, l := range f.Leaves {
		if !slices.Contains(cells, c) {
			out.Leaves[c] = l
		}
	}
	if out.IsFixed() {
		return nil
	}
	return out
}

// asserted holds inferred qualifiers against those that are written.
func (j *judge) asserted(f *Fn) {
	for i, p := range f.Decl.Params {
		for q := op.Const; q <= op.Any; q++ {
			if p.Qual == q.String() && op.Lub(q, f.Quals[i]) != q {
				j.errorAt(diag.QualifierAsserted, p.Span(), fmt.Sprintf("`%s` is `%s` in `%s`, not `%s`", f.Name, f.Quals[i], p.Name.Name, q), "",
					"The body does not move with this parameter as its declaration says.", "Change the body or the qualifier.")
			}
		}
	}
}

// guarded checks that a recursive function makes a stream and calls itself only
// behind `::`.
func (j *judge) guarded(f *Fn) {
	if !f.Result.Is("Stream") {
		freeNames(f.Decl.Body, nil, func(name string, at ast.Node) {
			if name == f.Name {
				j.usesItself(f, at)
			}
		})
		return
	}
	if call := unguardedCall(j, f.Decl.Body, f); call != nil {
		j.errorAt(diag.Unguarded, call.Span(), fmt.Sprintf("`%s` calls itself before it yields", f.Name), "this call is made at once",
			"A stream is computed as far as somebody asks; a call in front of any element never gives one.", "Put an element before it: `x :: "+textOf(call.Span())+"`.")
	}
}

// unguardedCall finds a call of a recursive function that no `::` delays.
func unguardedCall(j *judge, e ast.Expr, f *Fn) ast.Expr {
	if b, ok := e.(*ast.Binary); ok && b.Op == "::" {
		return unguardedCall(j, b.L, f)
	}
	if call := j.info.Calls[e]; call != nil && call.Fn != nil && call.Fn.Recursive && (call.Fn == f || !call.Fn.Result.Is("Stream")) {
		return e
	}
	for _, x := range inside(e) {
		if call := unguardedCall(j, x, f); call != nil {
			return call
		}
	}
	return nil
}

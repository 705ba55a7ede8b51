package typecheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/op"
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
	if j.judged[l.together()[0]]++; j.judged[l.together()[0]] == len(l.together()) {
		j.recursion(l.together())
	}
}

// recursion judges definitions that are recursive together, when all that they
// use has been judged.
func (j *judge) recursion(lets []*Let) {
	selves := make([]*Cell, len(lets))
	for i, l := range lets {
		selves[i] = &Cell{Name: l.Name, Stable: true, Ident: l.Decl.Name}
		l.Flow = leaf(selves[i], op.Hom, &Cause{Span: l.Decl.Name.Span(), Name: l.Name, Text: "the definition itself"})
	}
	bodies := make([]*Flow, len(lets))
	for i, l := range lets {
		bodies[i] = j.flow(l.Decl.Value)
	}
	if !j.cycles(lets, selves, bodies) {
		for _, l := range lets {
			if l.Limit == 0 && j.invents(l) {
				break
			}
		}
	}
	for _, l := range lets {
		l.Flow = nil
	}
	for changed, n := true, 0; changed && n < 8*len(lets); n++ { // the order of qualifiers is 4 high, so this suffices
		changed = false
		for _, l := range lets {
			next := j.throughLet(l, j.flow(l.Decl.Value))
			changed = changed || !sameQuals(next, l.Flow)
			l.Flow = next
		}
	}
	for _, l := range lets {
		l.Class = l.Flow.Class()
	}
}

// cycles reports the first use of a definition by itself or by a peer that does
// not grow, with the way back.
func (j *judge) cycles(lets []*Let, selves []*Cell, bodies []*Flow) bool {
	for i, l := range lets {
		for k := range lets {
			if q := bodies[i].leafOf(selves[k]); q.Qual == op.Anti || q.Qual == op.Any {
				names := []string{l.Name}
				for _, n := range wayBack(k, i, selves, bodies) {
					names = append(names, lets[n].Name)
				}
				j.negativeCycle(l, q, strings.Join(names, " -> "))
				return true
			}
		}
	}
	return false
}

// wayBack is a shortest path from one definition to another along what they use.
func wayBack(from, to int, selves []*Cell, bodies []*Flow) []int {
	paths := [][]int{{from}}
	seen := map[int]bool{from: true}
	for len(paths) > 0 {
		path := paths[0]
		paths = paths[1:]
		last := path[len(path)-1]
		if last == to {
			return path
		}
		for k, c := range selves {
			if !seen[k] && bodies[last].leafOf(c).Qual != op.Const {
				seen[k] = true
				paths = append(paths, append(slices.Clone(path), k))
			}
		}
	}
	return []int{from, to}
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
	out := &Flow{Leaves: make(map[*Cell]Leaf, len(f.Leaves)), Nondet: f.Nondet, Direct: f.Direct}
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
	if f.Content != nil {
		out.Content = j.throughLet(l, f.Content)
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
func (j *judge) negativeCycle(l *Let, q Leaf, cycle string) {
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
		Message: fmt.Sprintf("The cycle %s passes through %s, which is not monotone: an element could be the reason why it is not there.", cycle, symbol),
		Help:    "Let the recursion go through operators that grow with their arguments only.",
		Related: []diag.Related{{Span: l.Decl.Name.Span(), Text: "the recursive definition"}},
		Blame:   blame,
		Fixes: []diag.Fix{
			{Title: fmt.Sprintf("compute what grows in `let rec %s`, and subtract from it in a definition of its own", l.Name)},
			{Title: "if the recursion goes down levels, make the levels a cell and derive each from the one before", Cost: "one definition per level"},
		}})
}

// invents asks for a reason why the recursion ends: no value is computed on
// the cycle, except as the value of a map into a lattice that it can only
// improve a bounded number of times.
func (j *judge) invents(l *Let) bool {
	w := &invention{j: j, tainted: map[*Local]bool{}, let: l}
	w.expr(l.Decl.Value, true)
	if w.found == nil {
		return false
	}
	what := textOf(w.found.Span())
	head := l.Decl.Name.Span() // up to the type, if one is written
	if l.Decl.Type != nil {
		head = head.To(l.Decl.Type.Span())
	}
	j.add(diag.Diagnostic{Code: diag.InventsValues, Span: w.found.Span(), Title: fmt.Sprintf("`%s` may never be complete", l.Name), Label: "makes a new value in every round",
		Message: fmt.Sprintf("`%s` is computed from `%s` and goes back into it, so there may always be one more.", what, l.Name),
		Help:    fmt.Sprintf("Bound the rounds with `limit`, or join values that exist already instead of computing `%s`.", what),
		Blame:   []diag.Blame{{Span: w.found.Span(), Name: what, Text: "invents a value on the cycle " + l.Name + " -> " + l.Name}},
		Fixes: []diag.Fix{
			{Title: fmt.Sprintf("bound the rounds: `let rec %s limit 1000 = ..`", textOf(head)), Cost: "what takes more rounds is missing, and reported",
				Edits: []diag.Edit{{Span: head, New: head.Text() + " limit 1000"}}},
			{Title: "draw the values from a set that exists, with one more generator"},
			{Title: "keep the smallest sum per key: a map into `Min[Nat]`"},
		}})
	return true
}

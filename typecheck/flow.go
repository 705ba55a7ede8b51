package typecheck

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
)

// The second judgement. Every expression carries a map from the cells that it
// reads to a qualifier and a chain of causes. Maps are built bottom up: an
// operator composes its own qualifier per argument with those of the argument,
// and combines the arguments by its joint or multi bit. A nil Flow is data.

// IsFixed reports whether nothing can change the expression.
func (f *Flow) IsFixed() bool { return f == nil || len(f.Leaves) == 0 && f.Nondet == nil }

// Class sums a flow up: what a later message can do to the answer.
func (f *Flow) Class() Class {
	switch {
	case f.IsFixed():
		return Fixed
	case f.Nondet != nil:
		return Nondet
	}
	for _, l := range f.Leaves {
		if l.Qual == op.Anti || l.Qual == op.Any {
			return Eventual
		}
	}
	return Stable
}

// cells are those of the flow, in the order of their declaration.
func (f *Flow) cells() []*Cell {
	if f == nil {
		return nil
	}
	cells := make([]*Cell, 0, len(f.Leaves))
	for c := range f.Leaves {
		cells = append(cells, c)
	}
	slices.SortFunc(cells, byPlace)
	return cells
}

// byPlace orders cells as they stand in their files.
func byPlace(a, b *Cell) int {
	return cmp.Or(a.place()-b.place(), strings.Compare(a.Name, b.Name))
}

func (c *Cell) place() int {
	if c.Ident == nil {
		return -1
	}
	return c.Ident.Span().Start
}

// leaf is the flow of a single cell.
func leaf(c *Cell, q op.Qual, cause *Cause) *Flow {
	return &Flow{Leaves: map[*Cell]Leaf{c: {Qual: q, Cause: cause}}, Direct: map[Object]op.Qual{c: q}}
}

// compose is the flow of an operator of qualifier outer applied to something of
// flow f. step makes the cause for a leaf where the operator is to blame.
func compose(outer op.Qual, f *Flow, step func(inner Leaf) *Cause) *Flow {
	if f.IsFixed() || outer == op.Const {
		return nil
	}
	if outer == op.Hom {
		return f
	}
	out := &Flow{Leaves: make(map[*Cell]Leaf, len(f.Leaves)), Nondet: f.Nondet, Direct: composeDirect(outer, f.Direct)}
	for c, l := range f.Leaves {
		q := op.Compose(outer, l.Qual)
		if step != nil && (outer == op.Anti || outer == op.Any && l.Qual != op.Any) {
			l.Cause = step(l)
		}
		out.Leaves[c] = Leaf{Qual: q, Cause: l.Cause}
	}
	return out
}

// combine is the flow of something that uses both a and b. Where a cell is used
// by both, the graver cause stays.
func combine(a, b *Flow, joint bool) *Flow {
	switch {
	case a.IsFixed():
		return b
	case b.IsFixed():
		return a
	}
	out := &Flow{Leaves: make(map[*Cell]Leaf, len(a.Leaves)+len(b.Leaves)), Nondet: a.Nondet, Direct: combineDirect(a.Direct, b.Direct, joint)}
	if out.Nondet == nil {
		out.Nondet = b.Nondet
	}
	for c, l := range a.Leaves {
		out.Leaves[c] = l
	}
	for c, l := range b.Leaves {
		if have, both := out.Leaves[c]; both {
			q := op.Combine(have.Qual, l.Qual, joint)
			if gravity(have.Qual) >= gravity(l.Qual) {
				l = have
			}
			l.Qual = q
		}
		out.Leaves[c] = l
	}
	return out
}

// gravity orders qualifiers by how much they ask for blame.
func gravity(q op.Qual) int { return [...]int{0, 1, 2, 3, 4}[q] }

// sameQuals reports whether two flows say the same, causes aside.
func sameQuals(a, b *Flow) bool {
	if a.Class() == Nondet != (b.Class() == Nondet) || len(a.cells()) != len(b.cells()) {
		return false
	}
	for _, c := range a.cells() {
		if l, ok := b.Leaves[c]; !ok || l.Qual != a.Leaves[c].Qual {
			return false
		}
	}
	return true
}

// judge computes flows. It knows where it stands: inside a body, what is known
// there, and inside a lambda, whose expressions are not noted.
type judge struct {
	*checker
	lambdas   int                 // depth of lambdas and function bodies around
	facts     bool                // in `on`: now() and the like are recorded with the event
	growing   bool                // removable kinds count as growing
	frozen    bool                // inside coordinate: everything is fixed
	handler   *Handler            // whose body or head is judged
	exprAt    map[*Cause]ast.Expr // of causes that are operators, not names
	cellCause map[*Cell]*Cause
	appends   map[*Cell]*Handler // the handler whose firings append to a stream
	judged    map[*Let]int       // of a recursion, by its first definition, how many had their turn
}

func newJudge(c *checker) *judge {
	return &judge{checker: c, exprAt: map[*Cause]ast.Expr{}, cellCause: map[*Cell]*Cause{}, appends: map[*Cell]*Handler{}, judged: map[*Let]int{}}
}

// judgeAll judges definitions in dependency order, then the sinks. What has a
// mistake in names or types, or uses something that has, is passed over.
func (c *checker) judgeAll() {
	j := newJudge(c)
	broken := c.findBroken()
	for _, l := range c.joins {
		if !l.refused {
			j.fn(l.fn)
		}
	}
	for _, cell := range c.info.Composites {
		if !broken.uses(cell.Parts.View, cell.Decl, cell.Parts.View.Decl.Value) {
			j.composite(cell)
		}
	}
	for _, o := range c.defined {
		switch o := o.(type) {
		case *Let:
			if !broken.uses(o, o.Decl, o.Decl.Value) {
				j.let(o)
			}
		case *Fn:
			if !broken.uses(o, o.Decl, o.Decl.Body) {
				j.fn(o)
			}
		}
	}
	for _, inv := range c.info.Invariants {
		if !broken.uses(nil, inv.Decl, inv.Decl.Cond) {
			j.judgeInvariant(inv)
		}
	}
	c.orderSeals()
	for _, h := range c.info.Handlers {
		if !broken.handler(h.Decl) {
			j.judgeHandler(h)
		}
	}
	for _, s := range c.info.Shows {
		if !broken.uses(nil, s.Decl, s.Value) {
			j.judgeShow(s)
		}
	}
	j.warnWriters()
	j.placement()
}

// flow is the flow of e.
func (j *judge) flow(e ast.Expr) *Flow {
	f := j.flowOf(e)
	if to := j.info.Coerce[e]; to != nil && f != nil && f.Content != nil && !to.Is("IVar") && j.info.Types[e].Is("IVar") {
		f = f.Content
	}
	if to := j.info.Coerce[e]; to != nil && !f.IsFixed() && crossesJoin(j.info.Types[e], to) {
		f = compose(op.Any, f, j.blame(e, func() string { return fmt.Sprintf("is ordered otherwise as a `%s`", to) }))
	}
	if j.lambdas == 0 {
		j.info.Flows[e] = f
	}
	return f
}

// blame makes a cause of an operator: e, at the place of its symbol. The clause
// is built only where there is something to blame.
func (j *judge) blame(e ast.Expr, text func() string) func(Leaf) *Cause {
	return func(inner Leaf) *Cause {
		c := &Cause{Span: opSpan(e), Name: shortText(e), Text: text(), Below: inner.Cause}
		j.exprAt[c] = e
		return c
	}
}

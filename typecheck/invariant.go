package typecheck

import (
	"fmt"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/op"
)

// Invariant is what a program says is always true, and what that takes.
type Invariant struct {
	Decl *ast.InvariantDecl
	// Held is the condition with `_` spelled out: for every entry.
	Held ast.Expr
	// Escrow is set where it is a bound of counters, which rights keep.
	Escrow bool
	// Cells are those that it speaks of, in the order of their declaration.
	Cells []*Cell
	// Guarded are the handlers that could break it and therefore write inside
	// coordinate, where it is held.
	Guarded []*Handler
	flow    *Flow
}

// typeInvariant gives the condition of an invariant its types. Bounds of
// counters were found before (boundCells).
func (c *checker) typeInvariant(d *ast.InvariantDecl) {
	c.condition(d.Cond)
	inv := &Invariant{Decl: d, Held: d.Cond, Escrow: c.isBound(d)}
	c.info.Invariants = append(c.info.Invariants, inv)
	if held := everyEntry(d.Cond); held != nil && !inv.Escrow {
		inv.Held = held
		c.condition(held)
	}
}

// Text is the condition on one line.
func (inv *Invariant) Text() string { return textOf(inv.Decl.Cond.Span()) }

// everyEntry spells `m[_] >= 0` out: `all(m, (_, x) => x >= 0)`; nil where there
// is no `_`.
func everyEntry(cond ast.Expr) ast.Expr {
	x := &spelling{of: map[string]string{}}
	body := x.expr(cond)
	if len(x.entries) == 0 {
		return nil
	}
	at := ast.At{Sp: cond.Span()}
	for i := len(x.entries) - 1; i >= 0; i-- {
		entry := x.entries[i]
		each := &ast.Lambda{At: at, Params: []ast.Pattern{&ast.WildPat{At: at}, &ast.BindPat{At: at, Name: entry.name}}, Body: body}
		body = &ast.Call{At: at, Fn: &ast.Ident{At: at, Name: "all"}, Args: []*ast.Arg{{At: at, Value: entry.of}, {At: at, Value: each}}}
	}
	return body
}

// spelling replaces each entry of a map by a name that goes over all of them.
type spelling struct {
	entries []spelled         // outermost first
	of      map[string]string // names by the text of the entry
}

type spelled struct {
	name string
	of   ast.Expr
}

func (x *spelling) expr(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.Paren:
		return &ast.Paren{At: e.At, X: x.expr(e.X)}
	case *ast.Binary:
		out := *e
		out.L, out.R = x.expr(e.L), x.expr(e.R)
		return &out
	case *ast.Unary:
		out := *e
		out.X = x.expr(e.X)
		return &out
	case *ast.Index:
		if _, all := e.K.(*ast.Blank); all {
			return x.entry(e)
		}
	}
	return e
}

func (x *spelling) entry(e *ast.Index) ast.Expr {
	text := e.Span().Text()
	name, known := x.of[text]
	if !known {
		from := x.expr(e.X)
		name = fmt.Sprintf("$%d", len(x.entries))
		x.of[text] = name
		x.entries = append(x.entries, spelled{name, from})
	}
	return &ast.Name{At: e.At, Name: name}
}

// isBound reports whether an invariant is a bound of counters.
func (c *checker) isBound(d *ast.InvariantDecl) bool {
	for _, cell := range c.decls.cells {
		for _, b := range append(cell.Lower[:len(cell.Lower):len(cell.Lower)], cell.Upper...) {
			if b.Decl == d {
				return true
			}
		}
	}
	return false
}

// drift is what an operation does to the view of its cell.
type drift uint8

const (
	upward drift = iota
	downward
	anyway
)

// drifts lists the operations that do not only add.
var drifts = map[string]drift{"remove": downward, "clear": downward, "disable": downward, "decrement": downward, "set": anyway}

// keeps is the table of invariant confluence (Bailis et al. 2014) by the shape
// of the invariant, which is its qualifier in a cell, and the operation on the
// cell: whether it can only make a true invariant truer. What two replicas do
// of such operations is then true of both together, so nobody needs to ask.
var keeps = map[op.Qual]map[drift]bool{
	op.Const: {upward: true, downward: true, anyway: true},
	op.Hom:   {upward: true},
	op.Mono:  {upward: true},
	op.Anti:  {downward: true},
}

// judgeInvariant finds how the condition moves with each cell. Removable kinds
// count as growing here: the operation says which way it goes.
func (j *judge) judgeInvariant(inv *Invariant) {
	j.growing = true
	inv.flow = j.flow(inv.Decl.Cond)
	j.growing = false
	inv.Cells = inv.flow.cells()
	switch {
	case inv.Escrow:
	case inv.flow.IsFixed():
		j.invariantForm(inv, "this says nothing about the state", "No cell is named, so it is true or false once and for all.", "Name the cells that it is about, or take it out.")
	case inv.flow.Nondet != nil:
		j.invariantForm(inv, "this differs from node to node", fmt.Sprintf("`%s` %s, so no two nodes would mean the same.", inv.flow.Nondet.Name, inv.flow.Nondet.Text),
			"Speak of replicated cells.")
	}
}

func (j *judge) invariantForm(inv *Invariant, title, message, help string) {
	j.errorAt(diag.InvariantForm, inv.Decl.Cond.Span(), title, "", message, help)
}

// holdInvariants examines a write against the invariants that speak of its cell.
func (b *bodyJudge) holdInvariants(s *ast.ExprStmt, m *MutatorCall) {
	for _, inv := range b.info.Invariants {
		l, overlaps := inv.flow.leaf(m.Cell)
		if inv.Escrow || !overlaps || keeps[l.Qual][driftOf(m)] {
			continue
		}
		if b.frozen || m.Cell.Scope == ast.Coordinated {
			inv.Guarded = appendNew(inv.Guarded, b.h)
			continue
		}
		b.mayBreak(s, m, inv)
	}
}

func (f *Flow) leaf(c *Cell) (Leaf, bool) {
	if f == nil {
		return Leaf{}, false
	}
	l, ok := f.Leaves[c]
	return l, ok
}

func driftOf(m *MutatorCall) drift {
	if d, ok := drifts[m.Name]; ok {
		return d
	}
	return upward
}

func (b *bodyJudge) mayBreak(s *ast.ExprStmt, m *MutatorCall, inv *Invariant) {
	text, what := textOf(s.X.Span()), textOf(inv.Decl.Cond.Span())
	d := diag.Diagnostic{Code: diag.BreaksInvariant, Span: s.X.Span(), Title: fmt.Sprintf("`%s` can break the invariant `%s`", text, what),
		Message: fmt.Sprintf("`%s` runs where it arrives, and two nodes that do it at the same time may break what each of them has seen to hold.", b.h.Name),
		Help:    "Write it inside `coordinate { .. }`, where the invariant is held: what would break it is refused.",
		Related: []diag.Related{{Span: inv.Decl.Cond.Span(), Text: "the invariant"}},
		Fixes: []diag.Fix{{Title: "coordinate { " + text + " }", Cost: costConsensus,
			Edits: []diag.Edit{{Span: s.X.Span(), New: "coordinate { " + s.X.Span().Text() + " }"}}}}}
	if counter := counterOf(m.Cell); counter == "PNCounter" || counter == "GCounter" {
		d.Fixes = append([]diag.Fix{{Title: fmt.Sprintf("escrow: bound `%s` by a number, `invariant %s >= 0`, with the kind `%s`", m.Cell.Name, boundText(m.Cell), asBounded(m.Cell.Kind)), Cost: costEscrow}}, d.Fixes...)
	}
	b.add(d)
}

// boundText names every counter of a cell.
func boundText(c *Cell) string {
	text := c.Name
	for range mapDepth(c.Kind) {
		text += "[_]"
	}
	return text
}

// invariantReport says what keeps an invariant.
func invariantReport(inv *Invariant) Report {
	r := Report{Name: textOf(inv.Decl.Cond.Span()), Kind: "invariant", Type: "Bool", Class: Fixed, At: inv.Decl.Cond.Span()}
	switch {
	case inv.Escrow:
		r.Coordination = "escrow: " + costEscrow
	case len(inv.Guarded) == 0:
		r.Coordination = "none: no operation of a handler can break it"
	default:
		r.Coordination = "held inside coordinate by"
		for i, h := range inv.Guarded {
			if i > 0 {
				r.Coordination += ","
			}
			r.Coordination += fmt.Sprintf(" `%s`", h.Name)
		}
	}
	return r
}

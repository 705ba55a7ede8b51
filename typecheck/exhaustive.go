package typecheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Whether the arms of a match cover every value is decided on a matrix of
// patterns, column by column (Maranget 2007, "Warnings for pattern matching"):
// a column is split by the constructors of its type, and rows that could match
// each of them go on with its parts.

// exhaustive reports a case that no arm covers.
func (c *checker) exhaustive(at source.Span, t *types.Type, pats []ast.Pattern, guarded []bool) {
	if isBad(t) || isFree(t) {
		return
	}
	var rows [][]ast.Pattern
	for i, p := range pats {
		if !guarded[i] {
			rows = append(rows, []ast.Pattern{p})
		}
	}
	c.unreached(t, pats, guarded)
	m := &matrix{budget: 20_000}
	missing, found := m.uncovered(rows, []*types.Type{c.resolved(t)})
	if !found {
		return
	}
	head := source.Span{File: at.File, Start: at.Start, End: min(at.End, at.Start+len("match"))}
	c.errorAt(diag.MissingCase, head, fmt.Sprintf("the case `%s` is missing", missing[0]), "", "A match covers every value that its subject can have.",
		fmt.Sprintf("Add `%s => ..`, or `_ => ..` for the rest.", missing[0]))
}

// unreached warns of arms whose values earlier ones have taken.
func (c *checker) unreached(t *types.Type, pats []ast.Pattern, guarded []bool) {
	var before [][]ast.Pattern
	for i, p := range pats {
		m := &matrix{budget: 20_000}
		if !m.useful(before, []ast.Pattern{p}, []*types.Type{c.resolved(t)}) {
			c.add(diag.Diagnostic{Code: diag.Unreached, Severity: diag.Warning, Span: p.Span(), Title: "this case is never reached",
				Message: "Arms are tried from the first on, and earlier ones take every value that it matches.", Help: "Take it out, or put it before the wider ones."})
		}
		if !guarded[i] {
			before = append(before, []ast.Pattern{p})
		}
	}
}

// useful reports whether a row matches a value that none of rows does; where the
// search is too long, it says so.
func (m *matrix) useful(rows [][]ast.Pattern, row []ast.Pattern, cols []*types.Type) bool {
	if m.budget--; m.budget < 0 {
		return true
	}
	if len(cols) == 0 {
		return len(rows) == 0
	}
	shapes := shapesOf(cols[0])
	if lit, ok := row[0].(*ast.LitPat); ok && shapes == nil {
		return m.useful(withLiteral(rows, lit), row[1:], cols[1:])
	}
	if shapes == nil || !anySplits(rows) && !anySplits([][]ast.Pattern{row}) {
		return m.useful(defaults(rows), row[1:], cols[1:])
	}
	for _, s := range shapes {
		parts, ok := partsFor(row[0], s)
		sub := append(append([]*types.Type(nil), s.parts...), cols[1:]...)
		if ok && m.useful(specialise(rows, s), append(parts, row[1:]...), sub) {
			return true
		}
	}
	return false
}

// withLiteral keeps the rows that match a literal of a type without end.
func withLiteral(rows [][]ast.Pattern, lit *ast.LitPat) [][]ast.Pattern {
	var out [][]ast.Pattern
	for _, r := range rows {
		if same, ok := r[0].(*ast.LitPat); ok && value.Equal(litValue(same.Lit), litValue(lit.Lit)) {
			out = append(out, r[1:])
		}
	}
	return append(out, defaults(rows)...)
}

// matrix counts its steps: patterns can be built for which the search is long,
// and then the answer is "covered".
type matrix struct{ budget int }

// shapeOf is one way in which a value of a column can be built.
type shapeOf struct {
	name   string
	parts  []*types.Type
	fields []string // labels of the parts, for constructors that have them
	text   func(parts []string) string
}

// uncovered finds values, as text, that match no row.
func (m *matrix) uncovered(rows [][]ast.Pattern, cols []*types.Type) ([]string, bool) {
	if m.budget--; m.budget < 0 {
		return nil, false
	}
	if len(cols) == 0 {
		return nil, len(rows) == 0
	}
	shapes := shapesOf(cols[0])
	if shapes == nil || !anySplits(rows) {
		rest, found := m.uncovered(defaults(rows), cols[1:])
		return append([]string{"_"}, rest...), found
	}
	for _, s := range shapes {
		sub := append(append([]*types.Type(nil), s.parts...), cols[1:]...)
		if missing, found := m.uncovered(specialise(rows, s), sub); found {
			n := len(s.parts)
			return append([]string{s.text(missing[:n])}, missing[n:]...), true
		}
	}
	return nil, false
}

func anySplits(rows [][]ast.Pattern) bool {
	for _, r := range rows {
		switch r[0].(type) {
		case *ast.WildPat, *ast.BindPat:
		default:
			return true
		}
	}
	return false
}

// defaults keeps the rows that match whatever is in the first column. Literals
// of endless types cover nothing for good.
func defaults(rows [][]ast.Pattern) [][]ast.Pattern {
	var out [][]ast.Pattern
	for _, r := range rows {
		switch r[0].(type) {
		case *ast.WildPat, *ast.BindPat:
			out = append(out, r[1:])
		}
	}
	return out
}

// shapesOf lists the constructors of a type, or nil where they have no end.
func shapesOf(t *types.Type) []shapeOf {
	t = t.Resolve()
	fixed := func(text string) func([]string) string { return func([]string) string { return text } }
	switch {
	case t.Con == "Bool":
		return []shapeOf{{name: "true", text: fixed("true")}, {name: "false", text: fixed("false")}}
	case t.Con == types.Tuple:
		return []shapeOf{{name: "()", parts: t.Args, text: func(ps []string) string { return "(" + strings.Join(ps, ", ") + ")" }}}
	case t.Con == "List" || t.Con == "Stream":
		return []shapeOf{{name: "[]", text: fixed("[]")}, {name: "::", parts: []*types.Type{t.Args[0], t}, text: func(ps []string) string { return ps[0] + " :: " + ps[1] }}}
	case t.Con == "Option":
		return []shapeOf{{name: "None", text: fixed("None")}, {name: "Some", parts: t.Args, fields: []string{"value"}, text: func(ps []string) string { return "Some(" + ps[0] + ")" }}}
	case t.Def == nil:
		return nil
	}
	var shapes []shapeOf
	for _, ctor := range t.Def.Ctors {
		s := shapeOf{name: ctor.Name}
		for _, f := range ctor.Fields {
			s.parts, s.fields = append(s.parts, f.Type), append(s.fields, f.Name)
		}
		s.text = func(ps []string) string {
			if len(ps) == 0 {
				return ctor.Name
			}
			args := make([]string, len(ps))
			for i, p := range ps {
				args[i] = ctor.Fields[i].Name + ": " + p
			}
			return ctor.Name + "(" + strings.Join(args, ", ") + ")"
		}
		shapes = append(shapes, s)
	}
	return shapes
}

// specialise keeps the rows that match values of one shape, with the patterns
// of its parts in place of the first column.
func specialise(rows [][]ast.Pattern, s shapeOf) [][]ast.Pattern {
	var out [][]ast.Pattern
	for _, r := range rows {
		if parts, ok := partsFor(r[0], s); ok {
			out = append(out, append(parts, r[1:]...))
		}
	}
	return out
}

func partsFor(p ast.Pattern, s shapeOf) ([]ast.Pattern, bool) {
	parts := make([]ast.Pattern, len(s.parts))
	for i := range parts {
		parts[i] = &ast.WildPat{}
	}
	switch p := p.(type) {
	case *ast.WildPat, *ast.BindPat:
		return parts, true
	case *ast.LitPat:
		return parts, p.Lit.Kind == ast.BoolLit && s.name == fmt.Sprint(p.Lit.Bool)
	case *ast.TuplePat:
		return append([]ast.Pattern(nil), p.Elems...), s.name == "()" && len(p.Elems) == len(parts)
	case *ast.ListPat:
		if len(p.Elems) == 0 {
			return parts, s.name == "[]"
		}
		return []ast.Pattern{p.Elems[0], &ast.ListPat{At: p.At, Elems: p.Elems[1:]}}, s.name == "::"
	case *ast.ConsPat:
		return []ast.Pattern{p.Head, p.Tail}, s.name == "::"
	case *ast.CtorPat:
		if p.Name.Name != s.name {
			return nil, false
		}
		for i, a := range p.Args {
			if j := ctorPart(a, s, i); j >= 0 {
				parts[j] = a.Pat
			}
		}
		return parts, true
	}
	return nil, false
}

// ctorPart finds the place of an argument of a constructor pattern.
func ctorPart(a *ast.PatArg, s shapeOf, i int) int {
	if a.Label != nil {
		return slices.Index(s.fields, a.Label.Name)
	}
	if i < len(s.parts) {
		return i
	}
	return -1
}

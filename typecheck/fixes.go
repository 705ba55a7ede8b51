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

// What the ways out cost, in the words of the report.
const (
	costConsensus = "one round of agreement per event; a minority side refuses"
	costBarrier   = "one round over all members"
	costSeal      = "every member reports once; nobody writes afterwards"
	costEscrow    = "none while rights last; they move in the background"
	costPeek      = "the answer may be out of date"
)

// fixes lists the ways out in the order of preference: rewrite, seal,
// coordinate, escrow, admit.
func (v *violation) fixes() []diag.Fix {
	var fs []diag.Fix
	if v.flow.Nondet != nil {
		return []diag.Fix{{Title: fmt.Sprintf("record it with the event: read `%s` in an `on` body and write it into a cell", v.flow.Nondet.Name)}}
	}
	fs = append(fs, v.rewrites()...)
	if f, ok := v.sealFix(); ok {
		fs = append(fs, f)
	}
	fs = append(fs, v.coordinateFix())
	if f, ok := v.escrowFix(); ok {
		fs = append(fs, f)
	}
	if !v.firing && !v.sink.head && !v.checkThenAct() {
		text := textOf(v.expr.Span())
		fs = append(fs, diag.Fix{Title: fmt.Sprintf("admit it: `peek(%s, \"why a stale answer is fine here\")`", text), Cost: costPeek,
			Edits: []diag.Edit{{Span: v.expr.Span(), New: "peek(" + v.expr.Span().Text() + ", \"why a stale answer is fine here\")"}}})
	}
	return fs
}

// rewrites are the monotone questions that could be asked instead.
func (v *violation) rewrites() []diag.Fix {
	var fs []diag.Fix
	say := func(format string, args ...any) { fs = append(fs, diag.Fix{Title: fmt.Sprintf(format, args...)}) }
	culprit := v.operatorToBlame()
	switch b, ok := culprit.(*ast.Binary); {
	case ok && v.isSetOrder(b) && v.openSide(b) != "":
		open := v.openSide(b)
		say("fix what is compared with: make `%s` a constant, `let %s = {..}`, or a param; then the question is a threshold", open, open)
	case ok && isOrder(b.Op) && v.mixed(b):
		say("fix the side that must not grow: make `%s` a constant or a param; then the question is a threshold", v.sideToFix(b))
	case ok && isOrder(b.Op) && v.leaf.Qual == op.Anti:
		fs = append(fs, instead(b, opposite(b.Op), "ask the opposite, which stays true once it is"))
	case ok && b.Op == "==" && v.leaf.Qual == op.Any && v.cell.Stable:
		fs = append(fs, v.threshold(b))
	case ok && isNegation(b.Op) && !v.cell.Stable:
		return append(fs, v.positive(b)...)
	case ok && isNegation(b.Op):
		say("ask the monotone question: `%s` is stable, `%s` is not", textOf(b.R.Span()), v.subject())
	}
	if c, ok := culprit.(*ast.Comp); ok && c.Kind == ast.MapComp && v.cell.Stable {
		say("keep every value of a key: `{ %s: {%s} for .. }`", textOf(c.Key.Span()), textOf(c.Elem.Span()))
	}
	if i, ok := culprit.(*ast.If); ok && v.cell.Stable {
		base, more := v.asSet(i.Else), v.asSet(i.Then)
		say("keep what is always true and add to it: `%s | (if %s then %s else {})`", base, textOf(i.Cond.Span()), more)
		say("move the test into the head: `when %s { .. }`", textOf(i.Cond.Span()))
	} else if !v.sink.head && (v.leaf.Qual == op.Hom || v.leaf.Qual == op.Mono) {
		fs = append(fs, v.toHead()...)
	}
	return append(fs, v.otherKind()...)
}

func isOrder(symbol string) bool { return opposite(symbol) != "" }

func isNegation(symbol string) bool { return symbol == "-" || symbol == "not in" }

// instead proposes the same comparison with another symbol.
func instead(b *ast.Binary, symbol, why string) diag.Fix {
	return diag.Fix{Title: fmt.Sprintf("%s: `%s %s %s`", why, textOf(b.L.Span()), symbol, textOf(b.R.Span())),
		Edits: []diag.Edit{{Span: opSpan(b), New: symbol}}}
}

// threshold proposes the order that stays true once it is, in place of an
// equality, where one side is what the other may move up or down to.
func (v *violation) threshold(b *ast.Binary) diag.Fix {
	fixed := func(e ast.Expr) bool { f := v.info.Flows[e]; return f == nil || f.IsFixed() }
	symbol, moving := ">=", b.L
	switch {
	case fixed(b.R):
	case fixed(b.L):
		symbol, moving = "<=", b.R
	default:
		return diag.Fix{Title: fmt.Sprintf("fix one side: make `%s` a constant or a param; then ask `%s >= %[1]s`", textOf(b.R.Span()), textOf(b.L.Span()))}
	}
	if t := v.info.Types[moving]; t != nil && t.Is("Min") {
		symbol = map[string]string{">=": "<=", "<=": ">="}[symbol]
	}
	return instead(b, symbol, "ask for a threshold, which stays true once it is")
}

// mixed reports whether a comparison grows with one cell and shrinks with
// another: then its opposite is no way out.
func (v *violation) mixed(b *ast.Binary) bool {
	f := v.info.Flows[b]
	if f.IsFixed() {
		return false
	}
	for _, l := range f.Leaves {
		if l.Qual == op.Hom || l.Qual == op.Mono {
			return true
		}
	}
	return false
}

// sideToFix is the side of a comparison that names the cell to blame, or else
// the one which must not grow.
func (v *violation) sideToFix(b *ast.Binary) string {
	side := b.R
	if b.Op == "<" || b.Op == "<=" {
		side = b.L
	}
	for _, e := range []ast.Expr{b.L, b.R} {
		if f := v.info.Flows[e]; f != nil && len(f.Leaves) == 1 && f.Leaves[v.cell].Cause != nil {
			side = e
		}
	}
	return textOf(side.Span())
}

// positive proposes what can be asked where the absence from a removable set was
// asked for: not even its history knows what will be added.
func (v *violation) positive(b *ast.Binary) []diag.Fix {
	var fs []diag.Fix
	name := v.cell.Name
	if k := leafKind(v.cell.Kind).Con; k == "AWSet" || k == "RWSet" || k == "TwoPSet" {
		question := textOf(b.L.Span()) + " in ever(" + name + ")"
		if b.Op == "-" {
			question = textOf(b.L.Span()) + " & ever(" + name + ")"
		}
		fs = append(fs, diag.Fix{Title: fmt.Sprintf("ask the positive question of the history, which only grows: `%s`", question), Cost: "the history of `" + name + "` is kept"})
	}
	return fs
}

// negated is a negation up to its right side.
func negated(b *ast.Binary) string { return textOf(b.L.Span()) + " " + b.Op }

// toHead proposes a handler that waits for what the body asks.
func (v *violation) toHead() []diag.Fix {
	t := v.info.Types[v.expr]
	text := textOf(v.expr.Span())
	switch {
	case t.Is("Bool") || t.Is("Flag"):
		return []diag.Fix{{Title: fmt.Sprintf("move the test into the head: `when %s { .. }`", text)}}
	case t.Is("Set") || t.Is("Map") || t.Is("Stream"):
		return []diag.Fix{{Title: fmt.Sprintf("move the generator to the top: `for x in %s { .. }` runs once for each element, as it appears", text)}}
	case t.Is("IVar"):
		return []diag.Fix{{Title: fmt.Sprintf("wait for the value: `when bound x = %s { .. }`", text)}}
	case t.Is("Max"):
		return []diag.Fix{{Title: fmt.Sprintf("ask for a threshold in the head: `when %s >= .. { .. }`", text)}}
	}
	return nil
}

// otherKind proposes a kind or a history that grows.
func (v *violation) otherKind() []diag.Fix {
	if v.cell.Stable || v.cell.Scope == ast.Coordinated {
		return nil
	}
	name := v.cell.Name
	switch k := leafKind(v.cell.Kind); k.Con {
	case "AWSet", "RWSet", "TwoPSet":
		text := textOf(v.expr.Span())
		question := "ever(" + name + ")"
		if strings.Contains(text, " in "+name) {
			question = strings.Replace(text, " in "+name, " in ever("+name+")", 1)
		}
		return []diag.Fix{{Title: fmt.Sprintf("ask the history, which only grows: `%s`", question), Cost: "the history of `" + name + "` is kept"},
			{Title: fmt.Sprintf("keep what is taken out in a grow-only set of its own, `retired: GSet[..]`, instead of removing it from `%s`", name)}}
	case "PNCounter":
		if v.checkThenAct() {
			return nil
		}
		return []diag.Fix{{Title: fmt.Sprintf("count what only grows: declare `%s` with `%s`", name, strings.Replace(v.cell.Kind.String(), "PNCounter", "GCounter", 1))}}
	case "LWW", "MVReg":
		return []diag.Fix{{Title: fmt.Sprintf("bind once instead of overwriting: declare `%s` with `%s`", name, strings.Replace(v.cell.Kind.String(), k.Con, "IVar", 1))}}
	case "EWFlag", "DWFlag":
		return []diag.Fix{{Title: fmt.Sprintf("raise it for good: declare `%s` with `%s`", name, strings.Replace(v.cell.Kind.String(), k.Con, "Flag", 1))}}
	}
	return nil
}

// sealFix closes the cell to blame.
func (v *violation) sealFix() (diag.Fix, bool) {
	k := leafKind(v.cell.Kind)
	switch {
	case v.cell.Kind.Is("Stream"):
		return diag.Fix{Title: fmt.Sprintf("close the stream and use `sealed(%s)`, which is bound then", v.cell.Name)}, true
	case v.cell.Scope != ast.Shared || !v.cell.Stable && k.Con != "AWSet":
		return diag.Fix{}, false
	case v.cell.Writer != "":
		return diag.Fix{Title: fmt.Sprintf("close the input: `seal %s` at %q, if the program knows that it is complete%s", v.cell.Name, v.cell.Writer, v.onceSealed())}, true
	}
	return diag.Fix{Title: fmt.Sprintf("close the inputs: `seal %s by barrier`, if the program knows they are complete%s", v.cell.Name, v.onceSealed()), Cost: costSeal}, true
}

// onceSealed is how a negation is written when its right side is sealed.
func (v *violation) onceSealed() string {
	b, ok := v.operatorToBlame().(*ast.Binary)
	if !ok || !isNegation(b.Op) {
		return ""
	}
	n, ok := ast.Unparen(b.R).(*ast.Name)
	if !ok || n.Name != v.cell.Name {
		return ""
	}
	return fmt.Sprintf("; then ask `%s sealed(%s)`", negated(b), n.Name)
}

// asSet is the text of e as a set: of one element where it is none.
func (v *violation) asSet(e ast.Expr) string {
	text := textOf(e.Span())
	if v.info.Types[e].Is("Set") || v.info.Types[e].Is("Map") {
		return text
	}
	return "{" + text + "}"
}

// coordinateFix pays for agreement.
func (v *violation) coordinateFix() diag.Fix {
	switch {
	case v.sink.head:
		test := "if " + textOf(v.expr.Span())
		if t := v.info.Types[v.expr]; t.IsLattice() && !t.Is("Flag") {
			test = "for .. in " + textOf(v.expr.Span())
		}
		return diag.Fix{Title: "pay for agreement: `on` an event, `coordinate by barrier { " + test + " { .. } }`", Cost: costBarrier}
	case v.leaf.Qual == op.Anti:
		return diag.Fix{Title: "pay for agreement: `coordinate by barrier { .. }`", Cost: costBarrier}
	}
	return diag.Fix{Title: "pay for agreement: `coordinate { .. }`", Cost: costConsensus}
}

// escrowFix bounds a counter that is tested and then decremented.
func (v *violation) escrowFix() (diag.Fix, bool) {
	if !v.checkThenAct() || leafKind(v.cell.Kind).Con != "PNCounter" {
		return diag.Fix{}, false
	}
	entry, bound := v.cell.Name, v.cell.Name
	if v.cell.Kind.Is("GMap") {
		entry, bound = v.cell.Name+"[..]", v.cell.Name+"[_]"
	}
	return diag.Fix{Title: fmt.Sprintf("escrow: `invariant %s >= 0`, `%s: %s`, and `%s.decrement(n) else fail(\"..\")` instead of the test", bound, v.cell.Name,
		strings.Replace(v.cell.Kind.String(), "PNCounter", "BCounter", 1), entry), Cost: costEscrow}, true
}

// checkThenAct recognises a test whose body decrements what was tested.
func (v *violation) checkThenAct() bool {
	if v.sink.body == nil {
		return false
	}
	return slices.ContainsFunc(v.sink.body.Stmts, func(s ast.Stmt) bool {
		x, ok := s.(*ast.ExprStmt)
		if !ok {
			return false
		}
		call := v.info.Calls[ast.Unparen(x.X)]
		return call != nil && call.Mutator != nil && call.Mutator.Cell == v.cell && call.Mutator.Name == "decrement"
	})
}

// operatorToBlame finds the expression of the first operator on the path.
func (v *violation) operatorToBlame() ast.Expr {
	for cause := v.leaf.Cause; cause != nil; cause = cause.Below {
		if e := v.exprAt[cause]; e != nil {
			return e
		}
	}
	return nil
}

// subject is the name that is asked about.
func (v *violation) subject() string { return textOf(v.expr.Span()) }

func (v *violation) isSetOrder(b *ast.Binary) bool {
	t := v.info.Types[b.L]
	return (b.Op == "<" || b.Op == "<=" || b.Op == ">" || b.Op == ">=") && t != nil && (t.Is("Set") || t.Is(types.Var))
}

// openSide is the side of a comparison of sets that must not grow, if it is a
// name.
func (v *violation) openSide(b *ast.Binary) string {
	side := b.R
	if b.Op == "<" || b.Op == "<=" {
		side = b.L
	}
	if n, ok := ast.Unparen(side).(*ast.Name); ok {
		return n.Name
	}
	return ""
}

func opposite(symbol string) string {
	return map[string]string{"<": ">=", "<=": ">", ">": "<=", ">=": "<"}[symbol]
}

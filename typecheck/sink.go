package typecheck

import (
	"fmt"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
)

// sink is a place that states the class it needs.
type sink struct {
	word    string // the word that is named: emit, when, if, or a mutator
	what    string // what it needs, as in "a fixed value"
	head    bool   // in the head of a handler
	body    *ast.Block
	mutator *MutatorCall
}

// need reports e where its class is beyond what its place allows.
func (b *bodyJudge) need(e ast.Expr, f *Flow, want Class, s sink) {
	if b.frozen || f.Class() <= want {
		return
	}
	cell, lf := worst(f, want)
	code := diag.NotFixed
	switch {
	case f.Nondet != nil:
		code = diag.NotRepeatable
		lf.Cause = f.Nondet
	case s.head:
		code = diag.NotStable
	}
	v := &violation{bodyJudge: b, expr: e, sink: s, flow: f, cell: cell, leaf: lf, want: want}
	s = v.irrevocable(s)
	v.sink = s
	d := diag.Diagnostic{
		Code: code, Span: e.Span(), Label: v.label(), Message: v.why(),
		Title: fmt.Sprintf("`%s` needs %s, but `%s` %s", s.word, s.what, textOf(e.Span()), v.moves()),
		Blame: blameOf(e, lf.Cause, v.moves()),
		Fixes: v.fixes(),
	}
	b.add(d)
}

// worst picks the leaf to blame: the gravest qualifier, and of equals the cell
// that is declared last.
func worst(f *Flow, want Class) (*Cell, Leaf) {
	var cell *Cell
	var found Leaf
	for _, c := range f.cells() {
		l := f.Leaves[c]
		if want == Stable && (l.Qual == op.Hom || l.Qual == op.Mono) {
			continue
		}
		if cell == nil || gravity(l.Qual) >= gravity(found.Qual) {
			cell, found = c, l
		}
	}
	return cell, found
}

// violation is one expression at a place that needs more of it.
type violation struct {
	*bodyJudge
	expr ast.Expr
	sink sink
	flow *Flow
	cell *Cell // nil where only a nondeterministic source is to blame
	leaf Leaf
	want Class
}

// irrevocable names the statement inside a `for` or `if` that cannot be taken
// back: it is what the reader thinks of.
func (v *violation) irrevocable(s sink) sink {
	if s.body == nil {
		return s
	}
	if word := firstEffect(s.body); word == "emit" || word == "reply" {
		return sink{word: word, what: "a fixed value", body: s.body}
	}
	return s
}

func firstEffect(b *ast.Block) string {
	for _, s := range b.Stmts {
		switch s := s.(type) {
		case *ast.EmitStmt:
			return "emit"
		case *ast.ReplyStmt:
			return "reply"
		case *ast.ForStmt:
			if w := firstEffect(s.Body); w != "" {
				return w
			}
		case *ast.IfStmt:
			if w := firstEffect(s.Then); w != "" {
				return w
			}
		}
	}
	return ""
}

// moves says in a verb how the expression may change.
func (v *violation) moves() string {
	t := v.info.Types[v.expr]
	switch {
	case v.flow.Nondet != nil:
		return "depends on timing"
	case v.leaf.Qual == op.Hom || v.leaf.Qual == op.Mono:
		if t.Is("Bool") || t.Is("Flag") {
			return "can still become true"
		}
		return "can still grow"
	case v.leaf.Qual == op.Any:
		return "can change"
	case t.Is("Bool"):
		return "can become false again"
	case t.Is("Max") || t.Is("Min") || t.Is("Int"):
		return "can go back"
	}
	return "can shrink"
}

// label stands beside the carets.
func (v *violation) label() string {
	loop := v.sink.body != nil && v.info.Types[v.expr].IsLattice()
	name := textOf(v.expr.Span())
	switch {
	case v.flow.Nondet != nil:
		return "another answer at another time or node"
	case loop && v.leaf.Qual == op.Anti:
		return "an element reported here may later turn out not to be in `" + name + "`"
	case loop:
		return "more elements may come, or other ones"
	case v.leaf.Qual == op.Anti && v.info.Types[v.expr].Is("Bool"):
		return "true now, perhaps false when more has arrived"
	case v.leaf.Qual == op.Any:
		return "may be another answer when more has arrived"
	case v.leaf.Qual == op.Anti:
		return "may be less when more has arrived"
	}
	return "may be more when more has arrived"
}

// why is one sentence about the place.
func (v *violation) why() string {
	switch {
	case v.flow.Nondet != nil:
		return "Replicas would do different things here, and disagree for good."
	case v.sink.head:
		return "A handler fires once and for good, at every replica, so what it waits for must stay true."
	case v.sink.word == "emit":
		return "What is emitted cannot be taken back when a message that is still on its way changes the answer."
	case v.sink.word == "reply":
		return "A reply cannot be taken back when a message that is still on its way changes the answer."
	case v.sink.word == "if" || v.sink.word == "match" || v.sink.word == "for":
		return "The body acts on what this replica has seen; another replica may have seen, and done, something else meanwhile."
	}
	return fmt.Sprintf("`%s` writes for good what this replica has seen so far.", v.sink.word)
}

// blameOf is the path from the sink to the cell.
func blameOf(e ast.Expr, cause *Cause, moves string) []diag.Blame {
	path := blamePath(cause)
	if name := textOf(e.Span()); len(path) > 0 && path[0].Name != name {
		path = append([]diag.Blame{{Span: e.Span(), Name: name, Text: moves + " because of `" + path[0].Name + "`"}}, path...)
	}
	return path
}

// blamePath turns a chain of causes into steps, each text once.
func blamePath(cause *Cause) []diag.Blame {
	var path []diag.Blame
	for ; cause != nil; cause = cause.Below {
		step := diag.Blame{Span: cause.Span, Name: cause.Name, Text: cause.Text}
		if n := len(path); n > 0 && path[n-1] == step {
			continue
		}
		path = append(path, step)
	}
	return path
}

// notAlike reports a write that replicas would not make alike.
func (b *bodyJudge) notAlike(s *ast.ExprStmt, m *MutatorCall, ordered bool) {
	word := headWord(b.h.Decl)
	d := diag.Diagnostic{Code: diag.EffectPlace, Span: s.X.Span(), Title: fmt.Sprintf("`%s` of `%s` has no place in `%s`", m.Name, m.Kind, word), Label: "every replica would do this, each at its own time",
		Message: fmt.Sprintf("A `%s` runs at every replica. Writes that only grow count once; `%s` would undo or overwrite what others did meanwhile.", word, m.Name)}
	if ordered {
		b.add(outOfOrder(d, s, m))
		return
	}
	grows := growingMutators(m.Kind)
	if grows == "" {
		d.Fixes = append(d.Fixes, diag.Fix{Title: fmt.Sprintf("keep a cell that only grows beside it, such as `retired: GSet[..]`, and subtract it where `%s` is read", m.Cell.Name)})
	}
	d.Fixes = append(d.Fixes,
		diag.Fix{Title: fmt.Sprintf("let one node do it: declare `%s` with `written by \"..\"`", m.Cell.Name), Cost: "waits while that node is away"},
		diag.Fix{Title: "coordinate { " + textOf(s.X.Span()) + " }", Cost: costConsensus},
	)
	b.add(d)
}

// outOfOrder completes d for an append whose order depends on what arrives first.
func outOfOrder(d diag.Diagnostic, s *ast.ExprStmt, m *MutatorCall) diag.Diagnostic {
	d.Label = "the order would be that of arrival"
	d.Message = fmt.Sprintf("What is appended stays in its order, and the order in which things arrive differs from run to run. "+
		"Only a single `for x in STREAM` appends to `%s` in one order.", m.Cell.Name)
	d.Fixes = []diag.Fix{
		{Title: fmt.Sprintf("draw the elements from a stream: `for x in feed { %s.append(x) }`", m.Cell.Name)},
		{Title: "keep them in a set, with their places: `Set[(producer, index, value)]`"},
		{Title: "coordinate { " + textOf(s.X.Span()) + " }", Cost: costConsensus},
	}
	return d
}

// twoAppend reports a second handler whose firings append to one stream.
func (b *bodyJudge) twoAppend(s *ast.ExprStmt, m *MutatorCall, other *Handler) {
	d := outOfOrder(diag.Diagnostic{Code: diag.EffectPlace, Span: s.X.Span(), Title: fmt.Sprintf("two handlers `append` to `%s`", m.Cell.Name)}, s, m)
	d.Related = []diag.Related{{Span: headSpan(other.Decl), Text: "the other one"}}
	d.Fixes[0].Title = "give each of them a stream of its own"
	b.add(d)
}

func growingMutators(kind *types.Type) string {
	k := lattice.Lookup(kind.Con)
	for _, m := range k.Mutators {
		if m.Grows {
			return m.Name
		}
	}
	return ""
}

func headWord(d ast.Decl) string {
	switch d.(type) {
	case *ast.WhenDecl:
		return "when"
	case *ast.ForDecl:
		return "for"
	}
	return "on"
}

// headSpan is the text of a handler before its body.
func headSpan(d ast.Decl) source.Span {
	var body *ast.Block
	switch d := d.(type) {
	case *ast.OnDecl:
		body = d.Body
	case *ast.WhenDecl:
		body = d.Body
	case *ast.ForDecl:
		body = d.Body
	}
	s := d.Span()
	if body != nil && body.Span().Start > s.Start {
		s.End = body.Span().Start
		for s.End > s.Start && (s.File.Text[s.End-1] == ' ' || s.File.Text[s.End-1] == '\n') {
			s.End--
		}
	}
	return s
}

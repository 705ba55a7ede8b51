package typecheck

import (
	"fmt"
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
)

// bodyJudge holds the statements of one handler against what its place needs.
type bodyJudge struct {
	*judge
	h      *Handler
	firing bool // `when` or top-level `for`: runs at every replica
	// single is set where the handler is a lone `for x in STREAM`: its elements
	// come in one order everywhere, so appends are alike as well.
	single bool
}

// judgeHandler judges the head, then the body.
func (j *judge) judgeHandler(h *Handler) {
	b := &bodyJudge{judge: j, h: h}
	j.handler = h
	defer func() { j.handler, j.facts, j.frozen = nil, false, false }()
	switch d := h.Decl.(type) {
	case *ast.OnDecl:
		j.facts = true
		if d.Every != nil {
			b.need(d.Every, j.flow(d.Every), Fixed, sink{word: "on every", what: "a fixed period"})
		}
		b.block(d.Body)
	case *ast.WhenDecl:
		b.firing = true
		b.when(d)
		b.block(d.Body)
	case *ast.ForDecl:
		b.firing = true
		b.headGens(d.Gens)
		b.single = len(d.Gens) == 1 && j.info.Types[d.Gens[0].In].Is("Stream")
		if d.Guard != nil {
			b.single = b.single && j.flow(d.Guard).IsFixed() // else the first to pass may not be the first
			b.need(d.Guard, j.flow(d.Guard), Stable, sink{word: "for", what: "a stable condition", head: true})
		}
		b.block(d.Body)
	}
	b.writers()
	j.reads(h)
}

// headGens judges the generators of a head: what appears in a stable source
// stays, so it is data in the body; values of entries go on growing.
func (b *bodyJudge) headGens(gens []*ast.Gen) {
	for _, g := range gens {
		elems, values := b.drawnFlows(g.In)
		word := "for"
		if _, ok := b.h.Decl.(*ast.WhenDecl); ok {
			word = "when"
		}
		s := sink{word: word, what: "a stable source", head: true}
		b.need(g.In, elems, Stable, s)
		if test := b.patternFlow(g, values); elems.Class() <= Stable {
			b.need(g.In, test, Stable, s)
		}
		b.bindDrawn(g.Pat, g.In, values)
	}
}

func (b *bodyJudge) when(d *ast.WhenDecl) {
	b.headGens(d.Gens)
	s := sink{word: "when", what: "a stable condition", head: true}
	if d.Bound != nil {
		s.what = "a stable value"
	}
	b.need(d.Cond, b.flow(d.Cond), Stable, s)
	if d.Guard != nil {
		b.need(d.Guard, b.flow(d.Guard), Stable, s)
	}
}

func (b *bodyJudge) block(blk *ast.Block) {
	if blk == nil {
		return
	}
	for _, s := range blk.Stmts {
		b.stmt(s)
	}
}

func (b *bodyJudge) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.ExprStmt:
		b.exprStmt(s)
	case *ast.EmitStmt:
		b.need(s.Value, b.flow(s.Value), Fixed, sink{word: "emit", what: "a fixed value"})
	case *ast.ReplyStmt:
		want := Fixed
		if b.info.Types[s.Value].Is("IVar") {
			want = Stable // it answers when it is bound
		}
		b.need(s.Value, b.flow(s.Value), want, sink{word: "reply", what: "a fixed value"})
	case *ast.SealStmt:
		b.seal(s)
	case *ast.IfStmt:
		b.need(s.Cond, b.flow(s.Cond), Fixed, sink{word: "if", what: "a fixed condition", body: s.Then})
		b.block(s.Then)
		if s.Else != nil {
			b.stmt(s.Else)
		}
	case *ast.ForStmt:
		b.forStmt(s)
	case *ast.LetStmt:
		b.bindFlows(s.Pat, b.flow(s.Value))
	case *ast.MatchStmt:
		b.need(s.Subject, b.flow(s.Subject), Fixed, sink{word: "match", what: "a fixed subject"})
		for _, arm := range s.Arms {
			b.bindFlows(arm.Pat, nil)
			if arm.Guard != nil {
				b.need(arm.Guard, b.flow(arm.Guard), Fixed, sink{word: "match", what: "a fixed guard"})
			}
			b.stmt(arm.Body)
		}
	case *ast.CoordStmt:
		b.h.Coordinate = true
		was := b.frozen
		b.frozen = true
		b.block(s.Body)
		b.frozen = was
	case *ast.BlockStmt:
		b.block(s.Block)
	}
}

func (b *bodyJudge) forStmt(s *ast.ForStmt) {
	for _, g := range s.Gens {
		elems, _ := b.drawnFlows(g.In)
		b.need(g.In, elems, Fixed, sink{word: "for", what: "a fixed source", body: s.Body})
		b.bindFlows(g.Pat, nil)
	}
	if s.Guard != nil {
		b.need(s.Guard, b.flow(s.Guard), Fixed, sink{word: "for", what: "a fixed condition", body: s.Body})
	}
	b.block(s.Body)
}

func (b *bodyJudge) exprStmt(s *ast.ExprStmt) {
	call := b.info.Calls[ast.Unparen(s.X)]
	if s.Else != nil {
		defer b.stmt(s.Else)
	}
	switch {
	case call == nil:
	case call.Special == "fail":
		b.flow(call.Args[0]) // ends the body whatever it says
	case call.Mutator != nil:
		b.mutate(s, call.Mutator)
	}
}

// mutate judges one write: its keys and arguments, and whether it may stand
// where it stands.
func (b *bodyJudge) mutate(s *ast.ExprStmt, m *MutatorCall) {
	b.h.Writes = appendNew(b.h.Writes, m.Cell)
	for _, also := range m.Also {
		b.mutate(s, also)
	}
	word := m.Name
	for _, k := range m.Path {
		if slices.Contains(m.Seen, k) {
			b.readsItself(s, m, k)
			continue
		}
		b.need(k, b.flow(k), Fixed, sink{word: word, what: "a fixed key", mutator: m})
	}
	for _, a := range m.Args {
		if a == nil {
			continue
		}
		want := Fixed
		if k := kindNamed(m.Kind.Con); k != nil && !k.Stable && !b.firing {
			want = Eventual // read-modify-write, admitted
			if f := b.flow(a); f.Class() > Fixed && f.Class() <= Eventual {
				b.h.Peeks = append(b.h.Peeks, "`"+textOf(s.X.Span())+"` reads and writes")
			}
		}
		b.need(a, b.flow(a), want, sink{word: word, what: "a fixed argument", mutator: m})
	}
	b.mayStand(s, m)
	b.holdInvariants(s, m)
}

// readsItself admits that an event writes below a value that the cell has at this
// moment, and refuses that replicas do, each with what it has by then.
func (b *bodyJudge) readsItself(s *ast.ExprStmt, m *MutatorCall, k ast.Expr) {
	switch b.flow(k); {
	case b.frozen:
	case b.firing:
		b.errorAt(diag.EffectPlace, s.X.Span(), "every replica would write this under another first part", "",
			"A `when` runs at every replica, each with what it has by then of the first part of a `Lex`.",
			"Name the value of the first part: `cell[v]."+m.Name+"(..)`.")
	default:
		b.h.Peeks = appendNew(b.h.Peeks, "`"+textOf(s.X.Span())+"` writes beside the present first part")
	}
}

// mayStand refuses writes that replicas would not make alike, and writes of
// coordinated cells outside coordinate.
func (b *bodyJudge) mayStand(s *ast.ExprStmt, m *MutatorCall) {
	if b.frozen {
		return
	}
	if m.Cell.Scope == ast.Coordinated {
		b.add(diag.Diagnostic{Code: diag.NeedsCoordinate, Span: s.X.Span(), Title: fmt.Sprintf("`%s` is written outside of `coordinate`", m.Cell.Name),
			Message: "Coordinated cells are written in one agreed order only.", Help: "Put the statement into `coordinate { .. }`.",
			Related: []diag.Related{{Span: m.Cell.Ident.Span(), Text: "declared as coordinated"}},
			Fixes: []diag.Fix{{Title: "coordinate { " + textOf(s.X.Span()) + " }", Cost: costConsensus,
				Edits: []diag.Edit{{Span: s.X.Span(), New: "coordinate { " + s.X.Span().Text() + " }"}}}}})
		return
	}
	if !b.firing {
		return
	}
	k := kindNamed(m.Kind.Con).Mutator(m.Name)
	switch {
	case k.Ordered:
		b.inOrder(s, m)
	case !k.Grows && m.Cell.Writer == "":
		b.notAlike(s, m, false)
	}
}

// inOrder asks for one order of what firings append: that of a single stream.
// One writer is not enough, for it would append as things arrive at it.
func (b *bodyJudge) inOrder(s *ast.ExprStmt, m *MutatorCall) {
	switch other := b.appends[m.Cell]; {
	case !b.single:
		b.notAlike(s, m, true)
	case len(m.Path) > 0:
	case other != nil && other != b.h:
		b.twoAppend(s, m, other)
	default:
		b.appends[m.Cell] = b.h
	}
}

func (b *bodyJudge) seal(s *ast.SealStmt) {
	if s.Barrier {
		b.h.Coordinate = true
		return
	}
	b.h.Coordinate = b.h.Coordinate || b.info.OrderedSeals[s]
	if cell, _ := b.asCell(s.Target); b.firing && !b.frozen && cell != nil && cell.Writer == "" {
		b.errorAt(diag.EffectPlace, s.Span(), "every replica would seal this at another moment", "", "A `when` runs at every replica, each with what it has by then.",
			fmt.Sprintf("Write `seal %s by barrier`.", textOf(s.Target.Span())))
	}
}

// writers finds the node at which a firing runs and refuses two.
func (b *bodyJudge) writers() {
	var first *Cell
	for _, c := range b.h.Writes {
		switch {
		case c.Writer == "":
		case first == nil:
			first = c
		case first.Writer != c.Writer:
			b.add(diag.Diagnostic{Code: diag.TwoWriters, Span: headSpan(b.h.Decl), Title: fmt.Sprintf("`%s` and `%s` have different writers", first.Name, c.Name),
				Message: fmt.Sprintf("One body runs at one node, and `%s` is written by %q, `%s` by %q.", first.Name, first.Writer, c.Name, c.Writer),
				Help:    "Write them in two handlers.",
				Related: []diag.Related{{Span: first.Decl.Writer.Span(), Text: "one writer"}, {Span: c.Decl.Writer.Span(), Text: "the other"}}})
		}
	}
	if first != nil && b.firing {
		b.h.Writer = first.Writer
	}
}

func appendNew[T comparable](xs []T, x T) []T {
	for _, have := range xs {
		if have == x {
			return xs
		}
	}
	return append(xs, x)
}

// judgeShow judges a live view: everything that replicated state decides.
func (j *judge) judgeShow(s *Show) {
	f := j.flow(s.Value)
	s.Class = f.Class()
	if f == nil || f.Nondet == nil {
		return
	}
	for _, c := range f.cells() {
		if c.Scope == ast.Local {
			return // this node's own, and marked as such
		}
	}
	j.errorAt(diag.ShownNondet, s.Value.Span(), fmt.Sprintf("`%s` would differ from node to node", textOf(s.Value.Span())), "",
		fmt.Sprintf("`%s` %s, so no two replicas would show the same.", f.Nondet.Name, f.Nondet.Text),
		"Record it where the event happens: in `on`, write it into a cell, and show that.")
}

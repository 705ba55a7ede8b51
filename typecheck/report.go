package typecheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
)

// reads finds what a handler reads: cells, and the definitions between them.
func (j *judge) reads(h *Handler) {
	seen := map[Object]bool{}
	var visit func(e ast.Expr)
	visit = func(e ast.Expr) {
		o := j.info.Uses[e]
		if call := j.info.Calls[e]; call != nil && call.Fn != nil {
			o = call.Fn
		}
		if o == nil || seen[o] {
			return
		}
		seen[o] = true
		switch o := o.(type) {
		case *Cell:
			h.Reads = append(h.Reads, o)
		case *Let:
			walk(o.Decl.Value, visit)
			h.Lets = append(h.Lets, o) // after what it uses
		case *Fn:
			walk(o.Decl.Body, visit)
		}
	}
	visitor{expr: visit}.handler(h.Decl)
	slices.SortFunc(h.Reads, byPlace)
}

// report writes the coordination report: one line per declaration.
func (c *checker) report() {
	byDecl := map[ast.Decl]func(){}
	line := func(d ast.Decl, r func() Report) {
		before := byDecl[d]
		byDecl[d] = func() {
			if before != nil {
				before()
			}
			c.info.Reports = append(c.info.Reports, r())
		}
	}
	for _, x := range c.decls.cells {
		line(x.Decl, func() Report { return cellReport(x) })
	}
	for _, x := range c.info.Params {
		line(x.Decl, func() Report { return plainReport(x.Name, "param", x.Type.String(), x.Decl.Name.Span()) })
	}
	for _, x := range c.info.Inputs {
		line(x.Decl, func() Report { return plainReport(x.Name, "input", inputType(x), x.Decl.Name.Span()) })
	}
	for _, x := range c.info.Outputs {
		line(x.Decl, func() Report { return plainReport(x.Name, "output", x.Type.String(), x.Decl.Name.Span()) })
	}
	for _, x := range c.info.Fns {
		if x.Joins {
			continue
		}
		line(x.Decl, func() Report { return fnReport(x) })
	}
	for _, x := range c.info.Lets {
		if x.Of != nil {
			continue
		}
		line(x.Decl, func() Report {
			return c.trusting(flowReport(x.Name, "let", x.Type, x.Flow, x.Decl.Name.Span()), x.Decl.Value)
		})
	}
	for _, x := range c.info.Shows {
		line(x.Decl, func() Report {
			return c.trusting(flowReport(x.Name, "show", x.Type, c.info.Flows[x.Value], x.Value.Span()), x.Value)
		})
	}
	for _, x := range c.info.Invariants {
		line(x.Decl, func() Report { return invariantReport(x) })
	}
	for _, x := range c.info.Handlers {
		line(x.Decl, func() Report { return c.handlerReport(x) })
	}
	for _, d := range c.decls.order {
		if c.isLibrary(d) {
			continue
		}
		if write := byDecl[d]; write != nil {
			write()
			delete(byDecl, d)
		}
	}
}

func plainReport(name, kind, typ string, at source.Span) Report {
	return Report{Name: name, Kind: kind, Type: typ, Class: Fixed, Coordination: "none", At: at}
}

func cellReport(c *Cell) Report {
	r := Report{Name: c.Name, Kind: c.Scope.Keyword(), Type: c.Kind.String(), Class: Eventual, Coordination: "none", At: c.Ident.Span()}
	switch {
	case c.Scope == ast.Coordinated:
		r.Coordination = "written in one agreed order"
	case c.Scope == ast.Local:
		r.Class = Nondet
	case c.Stable:
		r.Class = Stable
	}
	if counterOf(c) == "BCounter" {
		r.Coordination = "escrow: rights move in the background"
	}
	return r
}

func inputType(in *Input) string {
	parts := make([]string, len(in.Params))
	for i, p := range in.Params {
		parts[i] = p.Name + ": " + p.Type.String()
	}
	text := "(" + strings.Join(parts, ", ") + ")"
	if in.Reply != nil {
		text += " -> " + in.Reply.String()
	}
	return text
}

func fnReport(f *Fn) Report {
	parts := make([]string, len(f.Params))
	for i, p := range f.Params {
		parts[i] = p.Name + ": " + f.Quals[i].String() + " " + p.Type.String()
	}
	r := plainReport(f.Name, "fn", "("+strings.Join(parts, ", ")+") -> "+f.Result.String(), f.Decl.Name.Span())
	if f.Assumed != nil {
		r.Coordination += "; assumed monotone, not shown"
	}
	return r
}

func flowReport(name, kind string, t *types.Type, f *Flow, at source.Span) Report {
	r := Report{Name: name, Kind: kind, Type: t.String(), Class: f.Class(), Coordination: "none", At: at}
	r.Qualifiers = f.Quals()
	return r
}

// readsAll reports whether a composite cell is in the flow with all its parts.
func (f *Flow) readsAll(cell *Cell) bool {
	all := true
	cell.Parts.root.leaves(func(leaf *Cell) {
		_, has := f.Leaves[leaf]
		all = all && has
	})
	return all
}

// Quals are the qualifiers of a flow by the names of the cells; parts of a
// composite cell are named where not all of them are read.
func (f *Flow) Quals() map[string]op.Qual {
	if f.IsFixed() {
		return nil
	}
	quals := make(map[string]op.Qual, len(f.Leaves))
	for c, l := range f.Leaves {
		name := c.Name
		if c.Of != nil && f.readsAll(c.Of) {
			name = c.Of.Name
		}
		quals[name] = op.Lub(quals[name], l.Qual)
	}
	return quals
}

// handlerReport counts the handler and says what it waits for.
func (c *checker) handlerReport(h *Handler) Report {
	c.info.Total++
	kind := headWord(h.Decl)
	r := Report{Name: strings.TrimPrefix(h.Name, kind+" "), Kind: kind, Class: Fixed, At: headSpan(h.Decl), Coordination: c.waitsFor(h)}
	var f *Flow
	visitHead(h.Decl, func(e ast.Expr) { f = combine(f, c.info.Flows[e], true) })
	if r.Qualifiers = f.Quals(); f != nil {
		r.Class = f.Class()
	}
	if !h.Coordinate {
		c.info.Free++
	}
	var heads []ast.Expr
	visitHead(h.Decl, func(e ast.Expr) { heads = append(heads, e) })
	return c.trusting(r, heads...)
}

func visitHead(d ast.Decl, f func(ast.Expr)) {
	var gens []*ast.Gen
	switch d := d.(type) {
	case *ast.WhenDecl:
		gens = d.Gens
		f(d.Cond)
		if d.Guard != nil {
			f(d.Guard)
		}
	case *ast.ForDecl:
		gens = d.Gens
		if d.Guard != nil {
			f(d.Guard)
		}
	}
	for _, g := range gens {
		f(g.In)
	}
}

// waitsFor says in a phrase what a handler coordinates, and what it admits.
func (c *checker) waitsFor(h *Handler) string {
	var parts []string
	visitor{stmt: func(s ast.Stmt) {
		switch s := s.(type) {
		case *ast.CoordStmt:
			if s.Barrier {
				parts = appendNew(parts, "coordinate by barrier: "+costBarrier)
			} else {
				parts = appendNew(parts, "coordinate: "+costConsensus)
			}
		case *ast.SealStmt:
			switch {
			case s.Barrier:
				parts = appendNew(parts, "seal "+textOf(s.Target.Span())+" by barrier: "+costSeal)
			case c.info.OrderedSeals[s]:
				parts = appendNew(parts, "seal "+textOf(s.Target.Span())+", which a `coordinate` writes: "+costSeal)
			}
		}
	}}.handler(h.Decl)
	if len(parts) == 0 {
		parts = append(parts, "none")
	}
	if h.Writer != "" {
		parts = append(parts, fmt.Sprintf("runs at %q only", h.Writer))
	}
	for _, cell := range h.Reads {
		if cell.Shards > 0 || cell.Tag != "" {
			parts = append(parts, "reads `"+cell.Name+"` from a holder")
		}
	}
	for _, why := range h.Peeks {
		parts = appendNew(parts, "admitted: "+why)
	}
	return strings.Join(parts, "; ")
}

// warnUnused finds definitions that nothing names and inputs without a handler.
func (c *checker) warnUnused() {
	for _, l := range c.decls.lets {
		if !c.used[l] && !l.Decl.Pub {
			c.add(diag.Diagnostic{Code: diag.Unused, Severity: diag.Warning, Span: l.Decl.Name.Span(), Title: fmt.Sprintf("nothing uses `%s`", l.Name),
				Message: "No other part of the program names this definition.", Help: fmt.Sprintf("Show it, `show %s`, or take it out.", l.Name)})
		}
	}
	handled := map[*Input]bool{}
	for _, h := range c.info.Handlers {
		handled[h.Input] = true
	}
	for _, in := range c.decls.inputs {
		if !handled[in] {
			c.add(diag.Diagnostic{Code: diag.Unhandled, Severity: diag.Warning, Span: in.Decl.Name.Span(), Title: fmt.Sprintf("nobody handles `%s`", in.Name),
				Message: "Events of this input are accepted and do nothing.", Help: fmt.Sprintf("Write `on %s(..) { .. }`.", in.Name)})
		}
	}
}

// warnWriters finds IVars that several nodes may bind.
func (j *judge) warnWriters() {
	for _, h := range j.info.Handlers {
		_, event := h.Decl.(*ast.OnDecl)
		for _, cell := range h.Writes {
			leaf := cell.Kind
			for kindNamed(leaf.Con).Map {
				leaf = leaf.Args[1]
			}
			if event && leaf.Con == "IVar" && cell.Writer == "" && !cell.ByKey && cell.Scope == ast.Shared {
				j.add(diag.Diagnostic{Code: diag.SeveralWriters, Severity: diag.Warning, Span: cell.Ident.Span(), Title: fmt.Sprintf("several nodes may bind `%s`", cell.Name),
					Message: "Two different values make it a conflict, everywhere and for good.", Help: "Say who binds it: `written by \"n1\"`, for maps `written by key`.",
					Related: []diag.Related{{Span: headSpan(h.Decl), Text: "runs at any node"}}})
			}
		}
	}
}

package typecheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
)

// Dataflow is the graph of a program as its author wrote it: declarations, and
// what goes from one to the other. Functions are looked through.
type Dataflow struct {
	Nodes []FlowNode // in source order
	Edges []FlowEdge // by source node, then by target
}

// FlowNode is a declaration.
type FlowNode struct {
	ID           string // unique in the graph: letters, digits and _
	Kind         string // shared, coordinated, local, input, let, on, when, for, output, show
	Name         string // as the report names it; the input of an `on`
	Type         string // "" for handlers
	Class        Class  // of its value; of the head for handlers
	Coordination string // what it waits for, "none" for nothing
	Writer       string // the only node that writes it or runs it, "" for any
	At           source.Span
}

// FlowEdge is a way that data takes.
type FlowEdge struct {
	From, To string // the IDs of nodes
	Does     string // reads, waits, starts, writes, emits, seals, replies
	// Qual is how To moves with From, of what reads or waits. What is read
	// inside `coordinate` is data there: constant.
	Qual op.Qual
	// Revised marks a step that is not monotone: what To makes of From may be
	// taken back or changed when From grows.
	Revised bool
	// Coordinated marks a step that nodes agree on.
	Coordinated bool
	// Admitted marks a read by `peek`.
	Admitted bool
	// Text are the mutators of what writes, the phrase of what seals.
	Text string
}

// Dataflow draws a program that was checked without errors.
func (p *Program) Dataflow() *Dataflow {
	d := &drawing{info: p.Info, ids: map[any]string{}, taken: map[string]bool{}}
	d.nodes()
	for _, l := range p.Info.Lets {
		if l.Of != nil {
			continue // the cell itself
		}
		d.reads(d.ids[l], "reads", l.Flow, nil, l.Decl.Value)
	}
	for _, s := range p.Info.Shows {
		d.reads(d.ids[s], "reads", p.Info.Flows[s.Value], nil, s.Value)
	}
	for _, h := range p.Info.Handlers {
		d.handler(h)
	}
	place := map[string]int{}
	for i, n := range d.graph.Nodes {
		place[n.ID] = i
	}
	slices.SortStableFunc(d.graph.Edges, func(a, b FlowEdge) int {
		if a.From != b.From {
			return place[a.From] - place[b.From]
		}
		return place[a.To] - place[b.To]
	})
	return &d.graph
}

type drawing struct {
	info  *Info
	graph Dataflow
	ids   map[any]string // by *Cell, *Let, *Input, *Output, *Show, *Handler
	taken map[string]bool
}

// nodes makes a node of each declaration that data passes.
func (d *drawing) nodes() {
	reports := map[source.Span]Report{}
	for _, r := range d.info.Reports {
		reports[r.At] = r
	}
	add := func(of any, id string, at source.Span, writer string) {
		r := reports[at]
		if r.Kind == "on" {
			r.Name, _, _ = strings.Cut(r.Name, "(")
		}
		n := FlowNode{ID: d.unique(id), Kind: r.Kind, Name: r.Name, Type: r.Type, Class: r.Class, Coordination: r.Coordination, Writer: writer, At: at}
		d.ids[of] = n.ID
		d.graph.Nodes = append(d.graph.Nodes, n)
	}
	for _, x := range d.info.Cells {
		if x.Of == nil {
			add(x, x.Name, x.Ident.Span(), x.Writer)
		}
	}
	for _, x := range d.info.Composites {
		add(x, x.Name, x.Ident.Span(), x.Writer)
		d.ids[x.Parts.View] = d.ids[x]
		x.Parts.root.leaves(func(leaf *Cell) { d.ids[leaf] = d.ids[x] })
	}
	for _, x := range d.info.Inputs {
		add(x, x.Name, x.Decl.Name.Span(), "")
	}
	for _, x := range d.info.Outputs {
		add(x, x.Name, x.Decl.Name.Span(), "")
	}
	for _, x := range d.info.Lets {
		if x.Of != nil {
			continue
		}
		add(x, x.Name, x.Decl.Name.Span(), "")
	}
	for i, x := range d.info.Handlers {
		add(x, fmt.Sprintf("%s_%d", headWord(x.Decl), i+1), headSpan(x.Decl), x.Writer)
	}
	for i, x := range d.info.Shows {
		add(x, fmt.Sprintf("show_%d", i+1), x.Value.Span(), "")
	}
	order := map[*source.File]int{}
	for _, r := range d.info.Reports {
		if _, seen := order[r.At.File]; !seen {
			order[r.At.File] = len(order)
		}
	}
	slices.SortStableFunc(d.graph.Nodes, func(a, b FlowNode) int {
		if a.At.File != b.At.File {
			return order[a.At.File] - order[b.At.File]
		}
		return a.At.Start - b.At.Start
	})
}

// unique keeps the ids of handlers and shows apart from names of the program.
func (d *drawing) unique(id string) string {
	for d.taken[id] {
		id += "_"
	}
	d.taken[id] = true
	return id
}

// reads draws what expressions name, each source once. f is how they move with
// it; within is the coordinate statement around them.
func (d *drawing) reads(to, does string, f *Flow, within *ast.CoordStmt, es ...ast.Expr) {
	seen := map[Object]bool{}
	var look func(e ast.Expr, admitted bool)
	look = func(e ast.Expr, admitted bool) {
		o := d.info.Uses[e]
		if call := d.info.Calls[e]; call != nil {
			admitted = admitted || call.Special == "peek" || call.Row != nil && call.Row.ID == "peek"
			if call.Fn != nil {
				o = call.Fn
			}
		}
		if o != nil && !seen[o] {
			seen[o] = true
			if fn, ok := o.(*Fn); ok {
				look(fn.Decl.Body, admitted)
			} else if from := d.ids[o]; from != "" {
				edge := FlowEdge{From: from, To: to, Does: does, Coordinated: within != nil, Admitted: admitted}
				if f != nil && within == nil {
					edge.Qual = f.direct(o)
				}
				edge.Revised = edge.Qual == op.Anti || edge.Qual == op.Any
				d.edge(edge)
			}
		}
		for _, x := range inside(e) {
			look(x, admitted)
		}
	}
	for _, e := range es {
		if e != nil {
			look(e, false)
		}
	}
}

// edge adds an edge, or what it says to the one that is there.
func (d *drawing) edge(e FlowEdge) {
	for i := range d.graph.Edges {
		have := &d.graph.Edges[i]
		if have.From != e.From || have.To != e.To || have.Does != e.Does || have.Coordinated != e.Coordinated {
			continue
		}
		have.Qual = op.Combine(have.Qual, e.Qual, true)
		have.Revised = have.Revised || e.Revised
		have.Admitted = have.Admitted || e.Admitted
		if e.Text != "" && !slices.Contains(strings.Split(have.Text, ", "), e.Text) {
			have.Text += ", " + e.Text
		}
		return
	}
	d.graph.Edges = append(d.graph.Edges, e)
}

// handler draws what starts a handler, what it reads and what it does.
func (d *drawing) handler(h *Handler) {
	id := d.ids[h]
	if h.Input != nil {
		d.edge(FlowEdge{From: d.ids[h.Input], To: id, Does: "starts"})
	}
	visitHead(h.Decl, func(e ast.Expr) { d.reads(id, "waits", d.info.Flows[e], nil, e) })
	var body *ast.Block
	switch decl := h.Decl.(type) {
	case *ast.OnDecl:
		body = decl.Body
	case *ast.WhenDecl:
		body = decl.Body
	case *ast.ForDecl:
		body = decl.Body
	}
	d.body(h, body, nil)
}

// body draws the statements of a block, those inside `coordinate` by themselves.
func (d *drawing) body(h *Handler, b *ast.Block, within *ast.CoordStmt) {
	id := d.ids[h]
	inner := map[ast.Stmt]bool{} // inside a coordinate statement: drawn with it
	var outside []*ast.CoordStmt
	visitor{stmt: func(s ast.Stmt) {
		if c, ok := s.(*ast.CoordStmt); ok && !inner[s] {
			outside = append(outside, c)
			visitor{stmt: func(s ast.Stmt) { inner[s] = true }}.block(c.Body)
		}
	}}.block(b)
	visitor{stmt: func(s ast.Stmt) {
		if !inner[s] {
			d.effect(h, s, within)
		}
	}}.block(b)
	drawn := map[ast.Expr]bool{} // with what is around them, or inside coordinate
	for _, c := range outside {
		visitor{expr: func(e ast.Expr) { drawn[e] = true }}.block(c.Body)
	}
	visitor{expr: func(e ast.Expr) {
		if !drawn[e] {
			walk(e, func(part ast.Expr) { drawn[part] = true })
			d.reads(id, "reads", d.info.Flows[e], within, e)
		}
	}}.block(b)
	for _, c := range outside {
		d.body(h, c.Body, c)
	}
}

// effect draws what one statement does.
func (d *drawing) effect(h *Handler, s ast.Stmt, within *ast.CoordStmt) {
	id := d.ids[h]
	switch s := s.(type) {
	case *ast.ExprStmt:
		if call := d.info.Calls[ast.Unparen(s.X)]; call != nil && call.Mutator != nil {
			d.edge(FlowEdge{From: id, To: d.ids[call.Mutator.Cell], Does: "writes", Coordinated: within != nil, Text: call.Mutator.Name})
		}
	case *ast.EmitStmt:
		if out := d.info.Uses[s.Output]; out != nil {
			d.edge(FlowEdge{From: id, To: d.ids[out], Does: "emits", Coordinated: within != nil})
		}
	case *ast.ReplyStmt:
		d.edge(FlowEdge{From: id, To: d.ids[h.Input], Does: "replies", Coordinated: within != nil})
	case *ast.SealStmt:
		e := FlowEdge{From: id, Does: "seals", Coordinated: within != nil || s.Barrier || d.info.OrderedSeals[s]}
		if s.Barrier {
			e.Text = "by barrier"
		}
		visitor{expr: func(x ast.Expr) {
			if c, ok := d.info.Uses[x].(*Cell); ok && e.To == "" {
				e.To = d.ids[c]
			}
		}}.exprs(s.Target)
		if e.To != "" {
			d.edge(e)
		}
	}
}

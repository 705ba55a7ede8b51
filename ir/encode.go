package ir

import (
	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// encoder builds the tables of the binary form. Entries are made in the order of
// one walk, so equal programs give equal tables.
type encoder struct {
	p     *Program
	w     wireProgram
	files map[string]int
	types map[string]int
}

func newEncoder(p *Program) *encoder {
	return &encoder{p: p, files: map[string]int{}, types: map[string]int{}}
}

func (c *encoder) program() *wireProgram {
	p, w := c.p, &c.w
	w.Name = p.Name
	for _, d := range p.Defs {
		out := wireDef{Name: d.Name, Record: d.Record, Lattice: d.Lattice}
		if j := d.Join; j != nil {
			out.Of, out.Bottom, out.Code = c.typ(j.Of)+1, codec.EncodeValue(nil, j.Bottom), j.Code
		}
		for _, k := range d.Ctors {
			out.Ctors = append(out.Ctors, wireCtor{Name: k.Name, Fields: c.fields(k.Fields)})
		}
		w.Defs = append(w.Defs, out)
	}
	for _, x := range p.Cells {
		w.Cells = append(w.Cells, wireCell{
			Name: x.Name, Kind: c.typ(x.Kind), View: c.view(&x.View), Group: x.Group, Scope: x.Scope,
			Writer: x.Writer, ByKey: x.ByKey, Shards: x.Shards, Tag: x.Tag, Pos: c.pos(x.Pos), Lower: wireBounds(x.Lower), Upper: wireBounds(x.Upper),
		})
	}
	for _, q := range p.Params {
		out := wireParam{Name: q.Name, Type: c.typ(q.Type)}
		if q.Default.IsValid() {
			out.Default = codec.EncodeValue(nil, q.Default)
		}
		w.Params = append(w.Params, out)
	}
	for _, in := range p.Inputs {
		w.Inputs = append(w.Inputs, wireInput{Name: in.Name, Params: c.fields(in.Params), Reply: c.optType(in.Reply)})
	}
	for _, o := range p.Outputs {
		w.Outputs = append(w.Outputs, wireField{Name: o.Name, Type: c.typ(o.Type)})
	}
	for _, n := range p.Nodes {
		w.Nodes = append(w.Nodes, c.node(n))
	}
	for _, fn := range p.Funcs {
		w.Funcs = append(w.Funcs, wireFunc{
			Name: fn.Name, Key: fn.Key, Params: fn.Params, Body: c.expr(fn.Body), Type: c.typ(fn.Type), Pos: c.pos(fn.Pos),
		})
	}
	for _, h := range p.Handlers {
		w.Handlers = append(w.Handlers, c.handler(h))
	}
	for _, s := range p.Shows {
		w.Shows = append(w.Shows, wireNamed{Name: s.Name, View: c.view(&s.View), Class: s.Class, Pos: c.pos(s.Pos)})
	}
	for _, l := range p.Lets {
		w.Lets = append(w.Lets, wireNamed{Name: l.Name, View: c.view(&l.View), Class: l.Class, Lazy: l.Lazy, Pos: c.pos(l.Pos)})
	}
	return w
}

func (c *encoder) fields(fs []types.Field) []wireField {
	var out []wireField
	for _, f := range fs {
		out = append(out, wireField{Name: f.Name, Type: c.typ(f.Type)})
	}
	return out
}

// typ is the place of a type in the table.
func (c *encoder) typ(t *types.Type) int {
	text := t.String()
	i, ok := c.types[text]
	if !ok {
		i = len(c.w.Types)
		c.types[text] = i
		c.w.Types = append(c.w.Types, text)
	}
	return i
}

func (c *encoder) optType(t *types.Type) int {
	if t == nil {
		return 0
	}
	return c.typ(t) + 1
}

func (c *encoder) typs(ts []*types.Type) []int {
	var out []int
	for _, t := range ts {
		out = append(out, c.typ(t))
	}
	return out
}

func (c *encoder) pos(p source.Position) wirePos {
	if p.Line == 0 {
		return nil
	}
	i, ok := c.files[p.File]
	if !ok {
		i = len(c.w.Files)
		c.files[p.File] = i
		c.w.Files = append(c.w.Files, p.File)
	}
	return wirePos{i + 1, p.Line, p.Column}
}

func (c *encoder) view(v *View) wireView {
	return wireView{Type: c.typ(v.Type), Node: v.Node, Keys: v.Keys, Closed: v.Closed + 1}
}

func (c *encoder) optExpr(e *Expr) int {
	if e == nil {
		return 0
	}
	return c.expr(e) + 1
}

func (c *encoder) exprs(es []*Expr) []int {
	var out []int
	for _, e := range es {
		out = append(out, c.expr(e))
	}
	return out
}

// expr appends code, parts first, and returns its place.
func (c *encoder) expr(e *Expr) int {
	out := wireExpr{Op: int(e.Op), Type: c.typ(e.Type), Name: e.Name, N: e.N, Captures: e.Captures, Pos: c.pos(e.Pos)}
	switch e.Op {
	case EConst:
		out.Value = codec.EncodeValue(nil, e.Value)
	case ELocal:
		out.N = e.Slot
	case ECtor:
		out.Name = e.Ctor.Name
	case EView, ELookup, EHas:
		v := c.view(&e.View)
		out.View = &v
	}
	for _, q := range e.Params {
		out.Params = append(out.Params, c.pattern(q))
	}
	if e.Pat != nil {
		out.Pat = c.pattern(e.Pat) + 1
	}
	out.Args = c.exprs(e.Args)
	for _, a := range e.Arms {
		out.Arms = append(out.Arms, wireArm{Pat: c.pattern(a.Pat), Guard: c.optExpr(a.Guard), Body: c.expr(a.Body)})
	}
	out.Body = c.optExpr(e.Body)
	c.w.Exprs = append(c.w.Exprs, out)
	return len(c.w.Exprs) - 1
}

func (c *encoder) pattern(p *Pattern) int {
	out := wirePattern{Op: int(p.Op), Slot: p.Slot}
	if p.Op == PConst {
		out.Type, out.Value = c.typ(constType(p.Value))+1, codec.EncodeValue(nil, p.Value)
	}
	if p.Op == PCtor {
		out.Ctor = p.Ctor.Name
	}
	for _, a := range p.Args {
		out.Args = append(out.Args, c.pattern(a))
	}
	c.w.Pats = append(c.w.Pats, out)
	return len(c.w.Pats) - 1
}

// constType is the type of the value of a literal in a pattern.
func constType(v value.Value) *types.Type {
	if v.Kind() == value.Node {
		return types.Node
	}
	return literalType(v)
}

func (c *encoder) stmts(ss []*Stmt) []int {
	var out []int
	for _, s := range ss {
		out = append(out, c.stmt(s))
	}
	return out
}

func (c *encoder) stmt(s *Stmt) int {
	out := wireStmt{
		Op: int(s.Op), Cell: s.Cell, Keys: c.exprs(s.Keys), Name: s.Name, N: s.N, Args: c.exprs(s.Args),
		Cond: c.optExpr(s.Cond), Barrier: s.Barrier, Pos: c.pos(s.Pos),
	}
	if s.Pat != nil {
		out.Pat = c.pattern(s.Pat) + 1
	}
	out.Then, out.Else = c.stmts(s.Then), c.stmts(s.Else)
	for _, k := range s.Cases {
		out.Cases = append(out.Cases, wireCase{Pat: c.pattern(k.Pat), Guard: c.optExpr(k.Guard), Body: c.stmts(k.Body)})
	}
	c.w.Stmts = append(c.w.Stmts, out)
	return len(c.w.Stmts) - 1
}

func (c *encoder) node(n *Node) wireNode {
	out := wireNode{
		Kind: int(n.Kind), In: n.In, Cols: c.typs(n.Cols), Type: c.optType(n.Type), Cell: n.Cell, Leaf: n.Leaf,
		Cond: c.optExpr(n.Cond), Each: c.optExpr(n.Each), Out: c.exprs(n.Out), HasOut: n.Out != nil,
		LKey: n.LKey, RKey: n.RKey, Keys: n.Keys, Rec: n.Rec, Peers: n.Peers, Limit: n.Limit,
		Class: n.Class, Algebra: int(n.Algebra), Rule: int(n.Rule), Pos: c.pos(n.Pos),
	}
	for _, r := range n.Rows {
		row := make([][]byte, len(r))
		for i, v := range r {
			row[i] = codec.EncodeValue(nil, v)
		}
		out.Rows = append(out.Rows, row)
	}
	for _, a := range n.Aggs {
		out.Aggs = append(out.Aggs, wireAggregate{Row: a.Row, Arg: c.optExpr(a.Arg), Type: c.typ(a.Type)})
	}
	if len(n.Quals) > 0 {
		out.Quals = make(map[int]int, len(n.Quals))
		for k, q := range n.Quals {
			out.Quals[k] = int(q)
		}
	}
	return out
}

func (c *encoder) handler(h *Handler) wireHandler {
	out := wireHandler{
		Kind: int(h.Kind), Name: h.Name, Input: h.Input, Period: h.Period, Head: h.Head, Types: c.typs(h.HeadTypes),
		Writer: h.Writer, Slots: h.Slots, Pos: c.pos(h.Pos),
	}
	if h.HeadPat != nil {
		out.HeadPat = c.pattern(h.HeadPat) + 1
	}
	out.Body = c.stmts(h.Body)
	return out
}

package ir

import (
	"errors"
	"fmt"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// decoder rebuilds a program from the tables. It keeps the first error and goes
// on with stand-ins. Every entry of the tables of code, patterns and statements
// is used exactly once and after its parts, so the result is a forest no larger
// than the tables.
type decoder struct {
	w     *wireProgram
	p     *Program
	types []*types.Type
	ctors map[string]*types.Ctor
	exprs uses
	pats  uses
	stmts uses
	err   error
}

// uses tells which entries of a table were used.
type uses []bool

func newDecoder(w *wireProgram) *decoder {
	return &decoder{
		w: w, p: &Program{Name: w.Name}, ctors: map[string]*types.Ctor{},
		exprs: make(uses, len(w.Exprs)), pats: make(uses, len(w.Pats)), stmts: make(uses, len(w.Stmts)),
	}
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

// take uses entry i of a table; parts must stand before limit.
func (d *decoder) take(u uses, i, limit int, what string) bool {
	if d.err != nil {
		return false
	}
	if i < 0 || i >= limit || i >= len(u) || u[i] {
		d.fail("%s %d does not exist, comes after what it is part of, or is used twice", what, i)
		return false
	}
	u[i] = true
	return true
}

var errUnused = errors.New("parts of the tables belong to nothing")

func (d *decoder) program() (*Program, error) {
	d.definitions()
	for i := range d.w.Cells {
		d.cell(&d.w.Cells[i])
	}
	d.declarations()
	for i := range d.w.Nodes {
		d.p.Nodes = append(d.p.Nodes, d.node(i, &d.w.Nodes[i]))
	}
	for _, f := range d.w.Funcs {
		d.p.Funcs = append(d.p.Funcs, &Func{
			Name: f.Name, Key: f.Key, Params: f.Params, Body: d.root(f.Body), Type: d.typ(f.Type), Pos: d.pos(f.Pos),
		})
		d.check(f.Params >= 0 && f.Params <= maxSlots, "a function has %d parameters", f.Params)
	}
	for i := range d.w.Handlers {
		d.handler(&d.w.Handlers[i])
	}
	for _, s := range d.w.Shows {
		d.p.Shows = append(d.p.Shows, &Show{Name: s.Name, View: d.view(&s.View), Class: s.Class, Pos: d.pos(s.Pos)})
	}
	for _, l := range d.w.Lets {
		d.p.Lets = append(d.p.Lets, &Named{Name: l.Name, View: d.view(&l.View), Class: l.Class, Lazy: l.Lazy, Pos: d.pos(l.Pos)})
	}
	for _, u := range []uses{d.exprs, d.pats, d.stmts} {
		for _, used := range u {
			if !used && d.err == nil {
				d.err = errUnused
			}
		}
	}
	return d.p, d.err
}

func (d *decoder) check(ok bool, format string, args ...any) {
	if !ok {
		d.fail(format, args...)
	}
}

// definitions reads the declared types first, since all other types may name
// them and they one another.
func (d *decoder) definitions() {
	named := map[string]*types.Type{}
	for _, w := range d.w.Defs {
		def := &types.Def{Name: w.Name, Record: w.Record, Lattice: w.Lattice}
		d.check(named[w.Name] == nil, "the type `%s` is declared twice", w.Name)
		d.check(w.Of > 0 == (len(w.Ctors) == 0) && (!w.Record || len(w.Ctors) == 1), "the type `%s` has the wrong constructors", w.Name)
		named[w.Name] = &types.Type{Con: w.Name, Def: def}
		d.p.Defs = append(d.p.Defs, def)
	}
	for _, text := range d.w.Types {
		t, err := types.ParseType(text, named)
		if err != nil {
			d.fail("%w", err)
			t = types.Unit
		}
		d.check(t.String() == text, "the type %q is not in its canonical form", text)
		d.types = append(d.types, t)
	}
	for i, w := range d.w.Defs {
		if w.Of > 0 {
			d.p.Defs[i].Join = &types.Join{Of: d.typ(w.Of - 1), Code: w.Code}
		}
		for _, k := range w.Ctors {
			c := &types.Ctor{Name: k.Name, Fields: d.fields(k.Fields), Value: &value.Ctor{Name: k.Name, Type: w.Name}}
			for _, f := range c.Fields {
				c.Value.Fields = append(c.Value.Fields, f.Name)
			}
			d.check(d.ctors[k.Name] == nil && k.Name != "Some" && k.Name != "None", "the constructor `%s` is declared twice", k.Name)
			d.ctors[k.Name] = c
			d.p.Defs[i].Ctors = append(d.p.Defs[i].Ctors, c)
		}
	}
	for i, w := range d.w.Defs {
		if w.Of > 0 {
			d.p.Defs[i].Join.Bottom = d.value(w.Bottom, d.p.Defs[i].Join.Of)
		}
	}
}

func (d *decoder) fields(ws []wireField) []types.Field {
	var out []types.Field
	for _, w := range ws {
		out = append(out, types.Field{Name: w.Name, Type: d.typ(w.Type)})
	}
	return out
}

func (d *decoder) typ(i int) *types.Type {
	if i < 0 || i >= len(d.types) {
		d.fail("type %d does not exist", i)
		return types.Unit
	}
	return d.types[i]
}

func (d *decoder) optType(i int) *types.Type {
	if i == 0 {
		return nil
	}
	return d.typ(i - 1)
}

func (d *decoder) typs(is []int) []*types.Type {
	var out []*types.Type
	for _, i := range is {
		out = append(out, d.typ(i))
	}
	return out
}

func (d *decoder) pos(w wirePos) source.Position {
	if len(w) == 0 {
		return source.Position{}
	}
	if len(w) != 3 || w[0] < 1 || w[0] > len(d.w.Files) || w[1] < 1 || w[2] < 0 {
		d.fail("a position is malformed")
		return source.Position{}
	}
	return source.Position{File: d.w.Files[w[0]-1], Line: w[1], Column: w[2]}
}

func (d *decoder) value(b []byte, t *types.Type) value.Value {
	v, err := codec.DecodeValue(b, dataType(t), codec.Limits{})
	if err != nil {
		d.fail("%w", err)
	}
	return v
}

// dataType is the type of the data that constants of t are written as.
func dataType(t *types.Type) *types.Type {
	if t.Is("IVar") {
		return t.Resolve().Args[0]
	}
	return t
}

func (d *decoder) view(w *wireView) View {
	return View{Type: d.typ(w.Type), Node: w.Node, Keys: w.Keys, Closed: w.Closed - 1}
}

func (d *decoder) cell(w *wireCell) {
	d.p.Cells = append(d.p.Cells, &Cell{
		Name: w.Name, Kind: d.typ(w.Kind), View: d.view(&w.View), Group: w.Group, Scope: w.Scope,
		Writer: w.Writer, ByKey: w.ByKey, Shards: w.Shards, Tag: w.Tag, Pos: d.pos(w.Pos),
		Lower: boundsOf(w.Lower), Upper: boundsOf(w.Upper),
	})
}

func (d *decoder) declarations() {
	for _, w := range d.w.Params {
		q := &Param{Name: w.Name, Type: d.typ(w.Type)}
		if len(w.Default) > 0 {
			q.Default = d.value(w.Default, q.Type)
		}
		d.p.Params = append(d.p.Params, q)
	}
	for _, w := range d.w.Inputs {
		d.p.Inputs = append(d.p.Inputs, &Input{Name: w.Name, Params: d.fields(w.Params), Reply: d.optType(w.Reply)})
	}
	for _, w := range d.w.Outputs {
		d.p.Outputs = append(d.p.Outputs, &Output{Name: w.Name, Type: d.typ(w.Type)})
	}
}

func (d *decoder) node(id int, w *wireNode) *Node {
	n := &Node{
		ID: id, Kind: NodeKind(w.Kind), In: w.In, Cols: d.typs(w.Cols), Type: d.optType(w.Type), Cell: w.Cell, Leaf: w.Leaf,
		Cond: d.optRoot(w.Cond), Each: d.optRoot(w.Each), LKey: w.LKey, RKey: w.RKey, Keys: w.Keys, Rec: w.Rec, Peers: w.Peers,
		Limit: w.Limit, Class: w.Class, Algebra: Algebra(w.Algebra), Rule: op.Rule(w.Rule), Pos: d.pos(w.Pos),
	}
	d.check(w.Kind >= 0 && w.Kind < len(nodeNames) && w.Algebra >= 0 && w.Algebra < len(algebraNames) &&
		w.Rule >= 0 && w.Rule < len(ruleNames), "node %d is of an unknown kind", id)
	if w.HasOut {
		n.Out = []*Expr{}
	}
	for _, i := range w.Out {
		n.Out = append(n.Out, d.root(i))
	}
	for _, r := range w.Rows {
		d.check(len(r) == len(n.Cols), "a row of node %d has %d values for %d columns", id, len(r), len(n.Cols))
		if d.err != nil {
			break
		}
		row := make([]value.Value, len(r))
		for i, b := range r {
			row[i] = d.value(b, n.Cols[i])
		}
		n.Rows = append(n.Rows, row)
	}
	for _, a := range w.Aggs {
		n.Aggs = append(n.Aggs, Aggregate{Row: a.Row, Arg: d.optRoot(a.Arg), Type: d.typ(a.Type)})
	}
	for c, q := range w.Quals {
		d.check(c >= 0 && c < len(d.p.Cells) && q >= 0 && q <= int(op.Any), "node %d has an unknown qualifier", id)
		if n.Quals == nil {
			n.Quals = map[int]op.Qual{}
		}
		n.Quals[c] = op.Qual(q)
	}
	return n
}

func (d *decoder) handler(w *wireHandler) {
	h := &Handler{
		Kind: HandlerKind(w.Kind), Name: w.Name, Input: w.Input, Period: w.Period, Head: w.Head, HeadTypes: d.typs(w.Types),
		Writer: w.Writer, Slots: w.Slots, Pos: d.pos(w.Pos),
	}
	d.check(w.Kind >= 0 && w.Kind < len(handlerNames), "a handler is of an unknown kind")
	if w.HeadPat > 0 {
		h.HeadPat = d.pattern(w.HeadPat-1, len(d.w.Pats))
	}
	h.Body = d.body(w.Body, len(d.w.Stmts))
	d.p.Handlers = append(d.p.Handlers, h)
}

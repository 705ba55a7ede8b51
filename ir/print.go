package ir

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// The text form of a program. It reads back with Parse to an equal program.
//
//	n3 = map n1 {int.mul($0, 2)@3:22} : Set[Int] (Int) ; H in s1, stable, lattice, linear, first.lasp:3:10
//
// `$0` is a slot; in the code of a node the columns of its input are the first
// slots. An expression shows its type where that does not follow from its parts
// (see plainType). Positions of code are those of its calls, `@line:column` in
// the file of the program's first declaration unless one is named.

// Print renders a program.
func Print(p *Program) string {
	w := &printer{p: p, file: mainFile(p)}
	w.decls()
	for _, n := range p.Nodes {
		w.node(n)
	}
	w.tail()
	return w.b.String()
}

// mainFile is the file that positions belong to where none is written.
func mainFile(p *Program) string {
	for _, c := range p.Cells {
		if c.Pos.File != "" {
			return c.Pos.File
		}
	}
	for _, n := range p.Nodes {
		if n.Pos.File != "" {
			return n.Pos.File
		}
	}
	return ""
}

// PrintExpr renders one piece of code whose first slots have the given types.
func PrintExpr(p *Program, e *Expr, cols []*types.Type) string {
	w := &printer{p: p, file: mainFile(p)}
	w.code(e, cols)
	return w.b.String()
}

// printer writes the text form. bare leaves out positions and writes views and
// cells by what they are instead of their numbers: the form that is hashed.
type printer struct {
	p    *Program
	b    strings.Builder
	file string
	bare *hasher
}

func (w *printer) f(format string, args ...any) { fmt.Fprintf(&w.b, format, args...) }

func (w *printer) decls() {
	p := w.p
	w.f("program %s file %s\n", quote(p.Name), quote(w.file))
	for _, d := range p.Defs {
		w.def(d)
	}
	for _, c := range p.Cells {
		w.f("cell %s: %s %s group %s", c.Name, typeText(c.Kind), c.Scope, quote(c.Group))
		if c.Writer != "" {
			w.f(" writer %s", quote(c.Writer))
		}
		if c.ByKey {
			w.f(" bykey")
		}
		if c.Shards != 0 {
			w.f(" shards %d", c.Shards)
		}
		if c.Tag != "" {
			w.f(" tag %s", quote(c.Tag))
		}
		w.bounds("lower", c.Lower)
		w.bounds("upper", c.Upper)
		w.f(" = ")
		w.view(&c.View)
		w.pos(c.Pos)
	}
	for _, q := range p.Params {
		w.f("param %s: %s", q.Name, typeText(q.Type))
		if q.Default.IsValid() {
			w.f(" = %s", ConstText(q.Default))
		}
		w.f("\n")
	}
	for _, in := range p.Inputs {
		w.f("input %s(", in.Name)
		w.fields(in.Params)
		w.f(")")
		if in.Reply != nil {
			w.f(" -> %s", typeText(in.Reply))
		}
		w.f("\n")
	}
	for _, o := range p.Outputs {
		w.f("output %s: %s\n", o.Name, typeText(o.Type))
	}
}

func (w *printer) def(d *types.Def) {
	kind := "variant"
	switch {
	case d.Lattice:
		kind = "lattice"
	case d.Record:
		kind = "record"
	}
	w.f("type %s %s", d.Name, kind)
	if j := d.Join; j != nil {
		w.f(" = %s bottom %s code %s\n", typeText(j.Of), ConstText(j.Bottom), quote(j.Code))
		return
	}
	for i, c := range d.Ctors {
		if i > 0 {
			w.f(" |")
		}
		w.f(" %s(", c.Name)
		w.fields(c.Fields)
		w.f(")")
	}
	w.f("\n")
}

func (w *printer) fields(fs []types.Field) {
	for i, f := range fs {
		if i > 0 {
			w.f(", ")
		}
		w.f("%s: %s", f.Name, typeText(f.Type))
	}
}

func (w *printer) pos(at interface{ String() string }) {
	w.f(" ; %s\n", at)
}

// view writes `n3`, with its further relations and its type.
func (w *printer) view(v *View) {
	if w.bare != nil {
		w.f("%s", w.bare.view(v))
	} else {
		w.f("n%d", v.Node)
		if len(v.Keys) > 0 {
			w.f(" keys%s", refs(v.Keys))
		}
		if v.Closed >= 0 {
			w.f(" closed n%d", v.Closed)
		}
	}
	w.f(" as %s", typeText(v.Type))
}

func refs(ids []int) string {
	var b strings.Builder
	for _, id := range ids {
		fmt.Fprintf(&b, " n%d", id)
	}
	return b.String()
}

func (w *printer) node(n *Node) {
	w.f("n%d = %s", n.ID, nodeNames[n.Kind])
	w.body(n)
	if n.Type != nil {
		w.f(" : %s", typeText(n.Type))
	}
	w.f(" (")
	for i, c := range n.Cols {
		if i > 0 {
			w.f(", ")
		}
		w.f("%s", typeText(c))
	}
	w.f(")")
	w.labels(n)
	w.f("\n")
}

// body writes what a node does: the part of it that makes it what it is.
func (w *printer) body(n *Node) {
	switch n.Kind {
	case Source:
		if w.bare != nil {
			w.f(" %s.%d", w.bare.cell(n.Cell), n.Leaf)
		} else {
			w.f(" %s.%d", w.p.Cells[n.Cell].Name, n.Leaf)
		}
	case Const:
		w.f(" [")
		for i, r := range n.Rows {
			if i > 0 {
				w.f(", ")
			}
			w.f("%s", rowText(r))
		}
		w.f("]")
	}
	if w.bare == nil {
		w.f("%s", refs(n.In))
	}
	if n.Kind == Fix {
		w.fix(n)
	}
	if len(n.LKey)+len(n.RKey) > 0 {
		w.f(" on %v = %v", n.LKey, n.RKey)
	}
	if n.Kind == Group {
		w.f(" keys %d", n.Keys)
	}
	for _, a := range n.Aggs {
		w.aggregate(n, a)
	}
	if n.Each != nil {
		w.f(" each {")
		w.code(n.Each, w.p.inputCols(n))
		w.f("}")
	}
	cols := w.p.rowCols(n)
	if n.Cond != nil {
		w.f(" if {")
		w.code(n.Cond, cols)
		w.f("}")
	}
	if n.Out != nil {
		w.f(" {")
		for i, e := range n.Out {
			if i > 0 {
				w.f(", ")
			}
			w.code(e, cols)
		}
		w.f("}")
	}
}

func (w *printer) fix(n *Node) {
	if w.bare == nil {
		w.f(" rec n%d", n.Rec)
		if len(n.Peers) > 0 {
			w.f(" peers%s", refs(n.Peers))
		}
	}
	if n.Limit > 0 {
		w.f(" limit %d", n.Limit)
	}
}

func (w *printer) aggregate(n *Node, a Aggregate) {
	row := a.Row
	if row == "" {
		row = "join"
	}
	w.f(" [%s", row)
	if a.Arg != nil {
		w.f(" ")
		w.code(a.Arg, w.p.inputCols(n))
	}
	w.f("]:%s", typeText(a.Type))
}

// rowText writes the values of the columns of a row.
func rowText(r []value.Value) string {
	parts := make([]string, len(r))
	for i, v := range r {
		parts[i] = ConstText(v)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func (w *printer) labels(n *Node) {
	w.f(" ; ")
	cells := make([]int, 0, len(n.Quals))
	for c := range n.Quals {
		cells = append(cells, c)
	}
	sort.Ints(cells)
	for _, c := range cells {
		w.f("%s in %s, ", n.Quals[c], w.p.Cells[c].Name)
	}
	w.f("%s, %s, %s", n.Class, algebraNames[n.Algebra], ruleNames[n.Rule])
	if s := n.Pos.String(); s != "" {
		w.f(", %s", s)
	}
}

func (w *printer) tail() {
	for i, fn := range w.p.Funcs {
		w.f("func %d %s %s params %d slots %d: %s {", i, fn.Name, quote(fn.Key), fn.Params, fn.Slots, typeText(fn.Type))
		w.code(fn.Body, nil)
		w.f("}")
		w.pos(fn.Pos)
	}
	for _, l := range w.p.Lets {
		w.f("let %s = ", l.Name)
		w.view(&l.View)
		w.f(" class %s", l.Class)
		if l.Lazy {
			w.f(" lazy")
		}
		w.pos(l.Pos)
	}
	for _, s := range w.p.Shows {
		w.f("show %s = ", quote(s.Name))
		w.view(&s.View)
		w.f(" class %s", s.Class)
		w.pos(s.Pos)
	}
	for _, h := range w.p.Handlers {
		w.handler(h)
	}
}

func (w *printer) handler(h *Handler) {
	w.f("%s %s", handlerNames[h.Kind], quote(h.Name))
	switch h.Kind {
	case OnInput:
		w.f(" input %s", w.p.Inputs[h.Input].Name)
	case OnEvery:
		w.f(" period %d", h.Period)
	case When:
		w.f(" head n%d (", h.Head)
		for i, t := range h.HeadTypes {
			if i > 0 {
				w.f(", ")
			}
			w.f("%s", typeText(t))
		}
		w.f(") ")
		w.pattern(h.HeadPat)
		w.f(" id %x", h.ID)
	}
	if h.Writer != "" {
		w.f(" writer %s", quote(h.Writer))
	}
	w.f(" slots %d", h.Slots)
	w.pos(h.Pos)
	w.stmts(h.Body, 1)
	w.f("end\n")
}

func typeText(t *types.Type) string { return t.String() }

func quote(s string) string { return string(value.AppendQuoted(nil, s)) }

func itoa(i int) string { return strconv.Itoa(i) }

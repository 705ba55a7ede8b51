package ir

import (
	"strconv"
	"strings"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// node reads `n3 = map n1 ..` where the word is `n3`.
func (r *reader) node(word string) {
	n := &Node{ID: len(r.p.Nodes)}
	if word != "n"+itoa(n.ID) {
		r.fail("n%d is expected, not %q", n.ID, word)
		return
	}
	r.expect("=")
	kind := r.word()
	n.Kind = NodeKind(indexOf(nodeNames[:], kind))
	if int(n.Kind) >= len(nodeNames) {
		r.fail("%q is no kind of node", kind)
		return
	}
	r.p.Nodes = append(r.p.Nodes, n)
	r.operands(n)
	r.codeOf(n)
	if r.accept(":") {
		n.Type = r.typ()
	}
	r.expect("(")
	n.Cols = r.types(")")
	r.labels(n)
}

func indexOf(words []string, w string) int {
	for i, x := range words {
		if x == w {
			return i
		}
	}
	return len(words)
}

func (r *reader) types(end string) []*types.Type {
	var out []*types.Type
	for !r.accept(end) && r.err == nil {
		if len(out) > 0 {
			r.expect(",")
		}
		out = append(out, r.typ())
	}
	return out
}

// operands reads what stands before the code of a node.
func (r *reader) operands(n *Node) {
	switch n.Kind {
	case Source:
		r.source(n)
	case Const:
		r.rows(n)
	}
	n.In = r.refs()
	if r.accept("rec") {
		n.Rec = r.ref()
		if n.Rec < len(r.p.Nodes) {
			r.p.Nodes[n.Rec].Rec = n.ID
		}
	}
	if r.accept("peers") {
		n.Peers = r.refs()
	}
	if r.accept("limit") {
		n.Limit = r.int()
	}
	if r.accept("on") {
		n.LKey = r.places()
		r.expect("=")
		n.RKey = r.places()
	}
	if r.accept("keys") {
		n.Keys = r.int()
	}
}

func (r *reader) source(n *Node) {
	w := r.word()
	i := strings.LastIndexByte(w, '.')
	if i < 0 {
		r.fail("%q is no relation of a cell", w)
		return
	}
	leaf, err := strconv.Atoi(w[i+1:])
	cell, known := r.cells[w[:i]]
	if err != nil || !known {
		r.fail("%q is no relation of a cell", w)
	}
	n.Cell, n.Leaf = cell, leaf
}

func (r *reader) rows(n *Node) {
	r.expect("[")
	for !r.accept("]") && r.err == nil {
		if len(n.Rows) > 0 {
			r.expect(",")
		}
		r.expect("(")
		row := []value.Value{}
		for !r.accept(")") && r.err == nil {
			if len(row) > 0 {
				r.expect(",")
			}
			row = append(row, r.constant())
		}
		n.Rows = append(n.Rows, row)
	}
}

// places reads `[0 2]`.
func (r *reader) places() []int {
	var out []int
	r.expect("[")
	for !r.accept("]") && r.err == nil {
		out = append(out, r.int())
	}
	return out
}

// codeOf reads the code of a node.
func (r *reader) codeOf(n *Node) {
	for _, in := range n.In {
		if in < 0 || in >= n.ID {
			r.fail("n%d does not stand before n%d", in, n.ID)
			return
		}
	}
	for r.accept("[") {
		n.Aggs = append(n.Aggs, r.aggregate(n))
	}
	if r.accept("each") {
		r.expect("{")
		n.Each = r.code(r.p.inputCols(n))
		r.expect("}")
	}
	if r.err != nil {
		return
	}
	cols := r.p.rowCols(n)
	if r.accept("if") {
		r.expect("{")
		n.Cond = r.code(cols)
		r.expect("}")
	}
	if r.accept("{") {
		n.Out = []*Expr{}
		for !r.accept("}") && r.err == nil {
			if len(n.Out) > 0 {
				r.expect(",")
			}
			n.Out = append(n.Out, r.code(cols))
		}
	}
}

func (r *reader) aggregate(n *Node) Aggregate {
	a := Aggregate{Row: r.word()}
	if a.Row == "join" {
		a.Row = ""
	}
	if !r.accept("]") {
		a.Arg = r.code(r.p.inputCols(n))
		r.expect("]")
	}
	r.expect(":")
	a.Type = r.typ()
	return a
}

// labels reads `H in s1, stable, lattice, linear, POSITION`.
func (r *reader) labels(n *Node) {
	rest := r.tail
	for {
		item, after, more := strings.Cut(rest, ", ")
		q, cell, isQual := strings.Cut(item, " in ")
		if !isQual || !more {
			break
		}
		i, known := r.cells[cell]
		if !known {
			r.fail("%q is no cell", cell)
			return
		}
		if n.Quals == nil {
			n.Quals = map[int]op.Qual{}
		}
		n.Quals[i] = qualOf(q)
		rest = after
	}
	parts := strings.SplitN(rest, ", ", 4)
	if len(parts) < 3 {
		r.fail("the labels %q are not understood", rest)
		return
	}
	n.Class = parts[0]
	n.Algebra = Algebra(indexOf(algebraNames[:], parts[1]))
	n.Rule = op.Rule(indexOf(ruleNames[:], parts[2]))
	if len(parts) == 4 {
		n.Pos = r.position(parts[3])
	}
}

func qualOf(s string) op.Qual {
	for q := op.Const; q < op.Any; q++ {
		if q.String() == s {
			return q
		}
	}
	return op.Any
}

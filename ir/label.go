package ir

import (
	"maps"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
)

// label derives the labels of all nodes from their structure: qualifiers by
// cell, class, algebra and delta rule. Compute and Stream nodes, whose code the
// checker has judged, keep the qualifiers that they came with.
func label(p *Program, ops *op.Table) {
	grows := make([]bool, len(p.Nodes))
	for i := range grows {
		grows[i] = true // recursion is judged by the rest of its body
	}
	for changed := true; changed; {
		changed = false
		for _, n := range p.Nodes {
			if g := growsOnly(p, n, grows); g != grows[n.ID] {
				grows[n.ID], changed = g, true
			}
		}
	}
	for _, n := range p.Nodes {
		if n.Kind == Rec {
			n.Quals = nil
		}
	}
	for range 4 { // qualifiers of a recursion rise at most three times
		for _, n := range p.Nodes {
			labelNode(p, ops, n)
			if grows[n.ID] {
				n.Algebra = Lattice
			} else {
				n.Algebra = ZSet
			}
		}
	}
}

// growsOnly reports whether the rows of a node are never taken back.
func growsOnly(p *Program, n *Node, grows []bool) bool {
	switch n.Kind {
	case Source:
		return sourceGrows(p, n)
	case Const:
		return true
	case Compute, Stream, Group, Threshold, Seal, Decide:
		return false
	case AntiJoin:
		return grows[n.In[0]] && isConst(p.Nodes[n.In[1]])
	case Rec:
		return grows[n.Rec]
	}
	for _, in := range n.In {
		if !grows[in] {
			return false
		}
	}
	return true
}

// sourceGrows reports whether a leaf relation only gains rows: scalars replace
// theirs.
func sourceGrows(p *Program, n *Node) bool {
	c := p.Cells[n.Cell]
	rels := lattice.Relations(c.Kind, c.View.Type)
	if n.Leaf >= len(rels) || isRemovable(c) {
		return false
	}
	r := rels[n.Leaf]
	if r.Part != lattice.Values {
		return true
	}
	k := lattice.Lookup(r.Leaf.Resolve().Con)
	if k == nil {
		return false
	}
	switch k.Rows {
	case lattice.RowPerKey, lattice.RowPerVal, lattice.RowOfStream:
		return true
	}
	return false
}

// isRemovable reports whether the view of a cell can shrink or change otherwise
// than by growing.
func isRemovable(c *Cell) bool {
	for t := c.Kind.Resolve(); ; t = t.Args[1].Resolve() {
		k := lattice.Lookup(t.Con)
		if k == nil || !k.Stable {
			return true
		}
		if !k.Map {
			return false
		}
	}
}

func isConst(n *Node) bool { return n.Kind == Const || n.Kind == Compute && len(n.Quals) == 0 }

// labelNode derives qualifiers, class and rule of one node from its inputs.
func labelNode(p *Program, ops *op.Table, n *Node) {
	n.Rule = ruleOf(n)
	switch n.Kind {
	case Source:
		n.Quals = map[int]op.Qual{n.Cell: op.Hom}
	case Compute, Stream:
		n.Quals = codeQuals(p, n)
	case Rec:
		if fix := p.Nodes[n.Rec]; fix.Quals != nil {
			n.Quals = maps.Clone(fix.Quals)
		}
	default:
		n.Quals = nil
		for i, in := range n.In {
			outer, joint := argQual(ops, n, i)
			for c, q := range p.Nodes[in].Quals {
				n.addQual(c, op.Compose(outer, q), joint)
			}
		}
	}
	n.Class = classOf(p, n)
}

func (n *Node) addQual(cell int, q op.Qual, joint bool) {
	if n.Quals == nil {
		n.Quals = map[int]op.Qual{}
	}
	if old, ok := n.Quals[cell]; ok {
		q = op.Combine(old, q, joint)
	}
	n.Quals[cell] = q
}

// argQual is how a node moves with its i-th input, and whether using a cell
// through two inputs is joint.
func argQual(ops *op.Table, n *Node, i int) (q op.Qual, joint bool) {
	switch n.Kind {
	case Join, SemiJoin:
		return op.Hom, false
	case AntiJoin:
		if i == 1 {
			return op.Anti, false
		}
		return op.Hom, false
	case Group:
		for _, a := range n.Aggs {
			if r := ops.ByID(a.Row); r != nil && len(r.Quals) > 0 {
				q = op.Lub(q, r.Quals[0])
			} else {
				q = op.Lub(q, op.Hom)
			}
		}
		return q, true
	}
	return op.Hom, true
}

// codeQuals completes the qualifiers of code: of a cell that the checker has not
// judged for it, nothing is known.
func codeQuals(p *Program, n *Node) map[int]op.Qual {
	out := maps.Clone(n.Quals)
	for _, v := range n.Views {
		for c := range p.Nodes[v.Node].Quals {
			if _, ok := out[c]; ok {
				continue
			}
			if out == nil {
				out = map[int]op.Qual{}
			}
			out[c] = op.Any
		}
	}
	return out
}

// classOf is fixed, stable or eventual by the qualifiers.
func classOf(p *Program, n *Node) string {
	class := "fixed"
	for c, q := range n.Quals {
		switch {
		case q == op.Const:
		case q == op.Anti || q == op.Any || isRemovable(p.Cells[c]):
			return "eventual"
		default:
			class = "stable"
		}
	}
	return class
}

func ruleOf(n *Node) op.Rule {
	switch n.Kind {
	case Join, SemiJoin, AntiJoin:
		return op.Bilinear
	case Group:
		return op.Aggregate
	case Compute, Fix:
		return op.Recompute
	case Stream:
		return op.Unfold
	case Distinct:
		return op.Aggregate
	}
	return op.Linear
}

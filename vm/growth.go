package vm

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
)

// growth finds out, from the kinds of cells upwards, which nodes never lose a
// row. It decides how recursion runs, so it is derived here and not believed. A
// better value in the place of another is a loss: what follows may ask for less.
func (m *Machine) growth(n *node) {
	n.keeps = true
	for _, src := range n.in {
		n.keeps = n.keeps && src.keeps
	}
	switch n.kind() {
	case ir.Source:
		n.keeps = m.sourceKeeps(n.ir)
	case ir.AntiJoin, ir.Compute, ir.Stream, ir.Seal, ir.Decide, ir.Group:
		n.keeps = false
	case ir.Fix:
		c := n.op.(*fixOp).c
		n.keeps = c.limit == 0
		for _, b := range append(c.body[:len(c.body):len(c.body)], c.feeds...) {
			n.keeps = n.keeps && b.keeps
		}
	}
}

// improves tells view types whose aggregates only get better as rows come.
func improves(t *types.Type) bool {
	return t.Is("Max") || t.Is("Min") || t.Is("Flag")
}

func (m *Machine) sourceKeeps(d *ir.Node) bool {
	if d.Cell < 0 || d.Cell >= len(m.prog.Cells) {
		return false
	}
	t := m.prog.Cells[d.Cell].Kind.Resolve()
	for {
		k := lattice.Lookup(t.Con)
		if k == nil || !k.Stable {
			return false
		}
		if !k.Map {
			return k.Rows != lattice.RowOfRead && k.Rows != lattice.RowPerKeyRead
		}
		t = t.Args[len(t.Args)-1].Resolve()
	}
}

package vm

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
)

// growth finds out, from the kinds of cells upwards, which nodes never lose a
// row (keeps) and which lose one only for a better value of a lattice (grows).
// It decides how recursion runs, so it is derived here and not believed.
func (m *Machine) growth(n *node) {
	n.grows, n.keeps = true, true
	for _, src := range n.in {
		n.grows = n.grows && src.grows
		n.keeps = n.keeps && src.keeps
	}
	switch n.kind() {
	case ir.Source:
		n.grows, n.keeps = m.sourceGrowth(n.ir)
	case ir.AntiJoin, ir.Compute, ir.Stream, ir.Seal, ir.Decide:
		n.grows, n.keeps = false, false
	case ir.Group:
		n.keeps = false
		for _, a := range n.ir.Aggs {
			n.grows = n.grows && improves(a.Type)
		}
	case ir.Rec:
		// true until the component knows better: what is on the cycle grows
		// when what comes from outside does
	case ir.Fix:
		c := n.op.(*fixOp).c
		for _, b := range append(c.body, c.feeds...) {
			n.grows = n.grows && b.grows
			n.keeps = n.keeps && b.keeps
		}
		n.grows = n.grows && c.limit == 0
		n.keeps = n.keeps && c.limit == 0
	}
}

// improves tells view types whose aggregates only get better as rows come.
func improves(t *types.Type) bool {
	return t.Is("Max") || t.Is("Min") || t.Is("Flag")
}

func (m *Machine) sourceGrowth(d *ir.Node) (grows, keeps bool) {
	if d.Cell < 0 || d.Cell >= len(m.prog.Cells) {
		return false, false
	}
	t := m.prog.Cells[d.Cell].Kind.Resolve()
	for {
		k := lattice.Lookup(t.Con)
		if k == nil || !k.Stable {
			return false, false
		}
		if !k.Map {
			return true, k.Rows != lattice.RowOfRead && k.Rows != lattice.RowPerKeyRead
		}
		t = t.Args[len(t.Args)-1].Resolve()
	}
}

package trial

import (
	"slices"

	"github.com/laspc/lasp/ir"
)

// What a body does that spends rights or is decided in the agreed order depends
// on who came first, and is meant to: two schedules may end with another buyer of
// the last item. What such bodies write, and what follows from it, is therefore
// left out where schedules are compared. What was admitted by `peek` is not:
// a test that depends on it depends on timing.

// openCells marks the cells whose contents at the end depend on such bodies.
func openCells(p *ir.Program, t *ir.Test) map[int]bool {
	open := map[int]bool{}
	for _, h := range p.Handlers {
		if h.Kind != ir.Held && chooses(h.Body) {
			markWrites(h.Body, open)
		}
	}
	for _, st := range t.Steps {
		for _, a := range st.Actions {
			if chooses(a.Body) {
				markWrites(a.Body, open)
			}
		}
	}
	for before := -1; before < len(open); {
		before = len(open)
		for _, h := range p.Handlers {
			if h.Kind == ir.When && follows(p, h.Head, open) {
				markWrites(h.Body, open)
			}
		}
	}
	return open
}

// follows reports whether a node of the graph depends on one of the cells.
func follows(p *ir.Program, node int, open map[int]bool) bool {
	if node < 0 || node >= len(p.Nodes) {
		return false
	}
	for i := range p.Nodes[node].Quals {
		if open[i] {
			return true
		}
	}
	return false
}

// chooses reports whether statements may be refused for want of rights, or are
// decided in the agreed order.
func chooses(body []*ir.Stmt) bool {
	if ir.Decided(body) {
		return true
	}
	found := false
	ir.WalkStmts(body, func(s *ir.Stmt) { found = found || s.Op == ir.SMutate && len(s.Else) > 0 })
	return found
}

// markWrites marks the cells that statements write or seal.
func markWrites(body []*ir.Stmt, cells map[int]bool) {
	ir.WalkStmts(body, func(s *ir.Stmt) {
		if slices.Contains([]ir.StmtOp{ir.SMutate, ir.SSeal}, s.Op) {
			cells[s.Cell] = true
		}
	})
}

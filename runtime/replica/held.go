package replica

import (
	"slices"

	"fmt"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// held is an invariant that no rights keep. Whatever may break it is decided in
// the order, one thing after the other on a consistent cut, and is refused where
// the invariant would not be true afterwards.
type held struct {
	h     *ir.Handler
	cells map[int]bool // that it reads; nil where it reads derived state
}

// heldBy lists the invariants of a program, with the cells that they read.
func heldBy(p *ir.Program, sources map[int]int) []held {
	var all []held
	for _, h := range p.Handlers {
		if h.Kind != ir.Held {
			continue
		}
		inv := held{h: h, cells: map[int]bool{}}
		ir.WalkExpr(h.Body[0].Args[0], func(e *ir.Expr) bool {
			if e.Op != ir.EView && e.Op != ir.ELookup && e.Op != ir.EHas || inv.cells == nil {
				return true
			}
			if n, ok := sources[e.View.Node]; ok {
				inv.cells[n] = true
			} else {
				inv.cells = nil
			}
			return true
		})
		all = append(all, inv)
	}
	return all
}

// overlaps reports whether a turn wrote something that an invariant reads.
func (i *held) overlaps(t *turn) bool {
	if i.cells == nil {
		return t.wrote
	}
	return slices.ContainsFunc(t.cells, func(n int) bool { return i.cells[n] })
}

// hold refuses a turn after which an invariant would not be true.
func (t *turn) hold() error {
	if t.c.prog == nil {
		return nil
	}
	for i := range t.c.prog.held {
		inv := &t.c.prog.held[i]
		if !inv.overlaps(t) {
			continue
		}
		b := t.c.newBody(t, inv.h.Slots, nil, Seed{})
		v, err := b.eval(inv.h.Body[0].Args[0])
		if err != nil {
			return t.c.at(err, inv.h.Pos)
		}
		if v.Kind() != value.Bool || !v.Bool() {
			return &Error{Code: op.BrokenRule, At: place(inv.h.Pos), Message: fmt.Sprintf("the %s would not hold", inv.h.Name),
				Hint: "nothing was done; what stands in the way is part of the state that all nodes agree on"}
		}
	}
	return nil
}

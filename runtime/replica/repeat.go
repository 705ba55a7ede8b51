package replica

import (
	"crypto/sha256"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
)

// A client that gets no answer asks again, perhaps through another node, while
// the first one may have done the work and not told anybody yet. Where the
// effects of a request are the same on every replica, they get an identity made
// from the request's id, like those of a `when`: then both do the work, and it
// counts once. Where they depend on what a replica holds, what each did is a run
// of the request, under the same identity: what is counted in runs counts in one
// of them (runtime/state), and of what they emit one counts as well. What else
// they do adds up by nature, or the later one stands.

// once says by what a request is kept from counting twice.
type once uint8

const (
	byTable  once = iota // by the table of requests, wherever that has arrived
	byRun                // what it counts and emits belongs to a run of it
	byCount              // the same, and all runs do alike: there is no other effect that counts
	byFiring             // its effects are the same on every replica: those of a firing
)

// requestFiring is the identity of the effects of a request, with the fingerprint of
// what is asked for.
func requestFiring(req string, print uint32) lattice.Firing {
	sum := sha256.Sum256([]byte(req))
	return lattice.RequestFiring([16]byte(sum[:16]), print)
}

// repeatable reports whether a body has the same effects on every replica, given
// its slots and the id of the request.
func repeatable(p *ir.Program, body []*ir.Stmt) bool {
	for _, s := range body {
		if !repeatableStmt(p, s) || !repeatable(p, s.Then) || !repeatable(p, s.Else) {
			return false
		}
		for _, arm := range s.Cases {
			if arm.Guard != nil && !closed(arm.Guard) || !repeatable(p, arm.Body) {
				return false
			}
		}
	}
	return true
}

func repeatableStmt(p *ir.Program, s *ir.Stmt) bool {
	switch s.Op {
	case ir.SReply:
		return true // of two answers one is remembered
	case ir.SSeal, ir.SCoordinate:
		return false
	case ir.SMutate:
		if !growsAlike(p.Cells[s.Cell], len(s.Keys), s.Name) {
			return false
		}
	}
	for _, e := range append(append([]*ir.Expr{s.Cond}, s.Keys...), s.Args...) {
		if e != nil && !closed(e) {
			return false
		}
	}
	return true
}

// growsAlike reports whether every replica would do alike with a mutator, depth
// maps deep in a cell.
func growsAlike(cell *ir.Cell, depth int, name string) bool {
	m := mutatorOf(cell, depth, name)
	return m != nil && (m.Grows || m.Alike) && !m.Ordered && !m.Refusable
}

// onceOf is how the requests of an input count once, given what its handlers do.
func onceOf(p *ir.Program, bodies [][]*ir.Stmt) once {
	all, any := true, false
	for _, b := range bodies {
		all, any = all && repeatable(p, b), any || counts(p, b)
	}
	switch {
	case all && any && onlyCounts(p, bodies...):
		return byCount
	case all:
		return byFiring
	case any:
		return byRun
	}
	return byTable
}

// onlyCounts reports whether bodies do nothing that an identity of its own would keep
// from being done twice, but for counting: what else they write is the same thing
// however often it is written. Their runs can be folded (fold.go), firings cannot.
func onlyCounts(p *ir.Program, bodies ...[]*ir.Stmt) bool {
	for _, body := range bodies {
		for _, s := range body {
			if s.Op == ir.SMutate && !isPlain(p.Cells[s.Cell]) || !onlyCounts(p, s.Then, s.Else) {
				return false
			}
			for _, arm := range s.Cases {
				if !onlyCounts(p, arm.Body) {
					return false
				}
			}
		}
	}
	return true
}

// isPlain reports whether nothing can be removed from a cell, which every node holds
// or this one alone.
func isPlain(cell *ir.Cell) bool {
	shape, err := lattice.ShapeOf(cell.Kind)
	return err == nil && !shape.Causal && !homeOf(cell).placed() &&
		!slices.ContainsFunc(shape.Levels, func(l lattice.Level) bool { return l.Causal || l.Kind.Removable })
}

// counts reports whether a body may count something or emit it.
func counts(p *ir.Program, body []*ir.Stmt) bool {
	for _, s := range body {
		if s.Op == ir.SEmit || s.Op == ir.SMutate && isCounter(p.Cells[s.Cell]) || counts(p, s.Then) || counts(p, s.Else) {
			return true
		}
		for _, arm := range s.Cases {
			if counts(p, arm.Body) {
				return true
			}
		}
	}
	return false
}

// isCounter reports whether a cell holds counters.
func isCounter(cell *ir.Cell) bool {
	shape, err := lattice.ShapeOf(cell.Kind)
	return err == nil && shape.Leaf.PerWriter
}

// closed reports whether an expression depends on its slots and the facts of the
// request alone: not on cells, and not on where and when it runs.
func closed(e *ir.Expr) bool {
	ok := true
	ir.WalkExpr(e, func(x *ir.Expr) bool {
		switch x.Op {
		case ir.EView, ir.ELookup, ir.EHas, ir.EMe, ir.ESpecial, ir.EFunc:
			ok = false
		case ir.ECall:
			ok = ok && x.Name != "now"
		}
		return ok
	})
	return ok
}

// identity is that of a request, zero where its effects have none of their own. An
// embedded replica is the only one, and needs none.
func (c *Core) identity(r *request) lattice.Firing {
	if r.req == "" || r.once == byTable || r.once == byRun && c.cfg.Embedded {
		return lattice.Firing{}
	}
	return requestFiring(r.req, r.print)
}

// beginRequest opens the turn of a request.
func (c *Core) beginRequest(r *request, id *lattice.Firing) *turn {
	t := c.begin(*id)
	t.run = (r.once == byRun || r.once == byCount && !c.cfg.Embedded) && !id.IsZero()
	return t
}

// onceOfWrites is onceOf for writes without a handler.
func (c *Core) onceOfWrites(ws []Mutation) once {
	o, counts, plain := byFiring, false, true
	for _, w := range ws {
		n := c.cellNumber(w.Cell)
		switch {
		case n < 0:
			return byTable
		case !growsAlike(c.prog.ir.Cells[n], len(w.Keys), w.Op):
			o = byRun
		}
		counts, plain = counts || isCounter(c.prog.ir.Cells[n]), plain && isPlain(c.prog.ir.Cells[n])
	}
	if o == byFiring && counts && plain {
		return byCount
	}
	return o
}

package replica

import (
	"crypto/sha256"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
)

// A client that gets no answer asks again, perhaps through another node, while
// the first one may have done the work and not told anybody yet. Where the
// effects of a request are the same on every replica, they get an identity made
// from the request's id, like those of a `when`: then both do the work, and it
// counts once. Effects that depend on what a replica holds have no such
// identity; their requests are remembered in the table of requests, which counts
// them once wherever that has arrived.

// requestHandler is the first half of the identity of requests.
var requestHandler = [16]byte{'l', 'a', 's', 'p', ' ', 'r', 'e', 'q', 'u', 'e', 's', 't'}

// requestFiring is the identity of the effects of a request.
func requestFiring(req string) lattice.Firing {
	sum := sha256.Sum256([]byte(req))
	return lattice.Firing{Handler: requestHandler, Key: [16]byte(sum[:16])}
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
	return m != nil && m.Grows && !m.Ordered && !m.Refusable
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

// identity is the firing under which a request writes, zero where its effects
// have no identity of their own.
func (c *Core) identity(req string, repeatable bool) lattice.Firing {
	if req == "" || !repeatable {
		return lattice.Firing{}
	}
	return requestFiring(req)
}

// repeatableWrites is repeatable for writes without a handler.
func (c *Core) repeatableWrites(ws []Mutation) bool {
	for _, w := range ws {
		n := c.cellNumber(w.Cell)
		if n < 0 || !growsAlike(c.prog.ir.Cells[n], len(w.Keys), w.Op) {
			return false
		}
	}
	return true
}

package typecheck

import "github.com/laspc/lasp/lang/ast"

// A cell with one writer is sealed by that alone, unless something of it is decided
// in the agreed order as well: a `coordinate` that writes it, or one that the seal
// stands in. Then a write that the writer makes by itself and one that is decided
// for it elsewhere could cross with the seal. Such a seal is decided in the order
// too, behind the freeze of a seal by barrier, so that it comes before or after each
// of them.

// orderSeals finds the seals that the order decides.
func (c *checker) orderSeals() {
	agreed := map[*Cell]bool{}
	c.eachCoordinated(func(s ast.Stmt, _ bool) {
		if x, ok := s.(*ast.ExprStmt); ok {
			if call := c.info.Calls[ast.Unparen(x.X)]; call != nil && call.Mutator != nil {
				agreed[call.Mutator.Cell] = true
			}
		}
	}, true)
	c.eachCoordinated(func(s ast.Stmt, within bool) {
		seal, ok := s.(*ast.SealStmt)
		if !ok || seal.Barrier {
			return
		}
		cell := c.sealedCell(seal)
		if cell != nil && cell.Scope == ast.Shared && cell.Tag == "" && cell.Shards == 0 && (within || agreed[cell]) {
			c.info.OrderedSeals[seal] = true
		}
	}, false)
}

// sealedCell is the cell of which a statement seals something.
func (c *checker) sealedCell(s *ast.SealStmt) (cell *Cell) {
	visitor{expr: func(x ast.Expr) {
		if found, ok := c.info.Uses[x].(*Cell); ok && cell == nil {
			cell = found
		}
	}}.exprs(s.Target)
	return cell
}

// eachCoordinated calls f with the statements of all handlers, or only with those
// within a `coordinate`, and says which are.
func (c *checker) eachCoordinated(f func(s ast.Stmt, within bool), only bool) {
	for _, h := range c.info.Handlers {
		inside := map[ast.Stmt]bool{}
		visitor{stmt: func(s ast.Stmt) {
			if coord, ok := s.(*ast.CoordStmt); ok {
				visitor{stmt: func(s ast.Stmt) { inside[s] = true }}.block(coord.Body)
			}
		}}.handler(h.Decl)
		visitor{stmt: func(s ast.Stmt) {
			if inside[s] || !only {
				f(s, inside[s])
			}
		}}.handler(h.Decl)
	}
}

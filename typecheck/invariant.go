package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
)

// typeInvariant checks `invariant stock[_] >= 0`: a lower bound of counters,
// which escrow can keep without messages.
func (c *checker) typeInvariant(d *ast.InvariantDecl) {
	c.condition(d.Cond)
	b, ok := ast.Unparen(d.Cond).(*ast.Binary)
	if !ok || b.Op != ">=" {
		c.invariantShape(d)
		return
	}
	cell := c.boundedCell(b.L)
	if cell == nil || mentionsCells(c, b.R) {
		c.invariantShape(d)
		return
	}
	leaf := cell.Kind
	for !isBad(leaf) && kindNamed(leaf.Con).Map {
		leaf = leaf.Args[1]
	}
	if isBad(leaf) {
		return
	}
	if leaf.Con != "BCounter" {
		c.invariantKind(d, cell, leaf)
		return
	}
	cell.Bounded = true
}

// boundedCell finds the cell of `cell` or `cell[_]`.
func (c *checker) boundedCell(e ast.Expr) *Cell {
	switch e := ast.Unparen(e).(type) {
	case *ast.Name:
		cell, _ := c.info.Uses[e].(*Cell)
		return cell
	case *ast.Index:
		if _, all := e.K.(*ast.Blank); all {
			return c.boundedCell(e.X)
		}
	}
	return nil
}

func mentionsCells(c *checker, e ast.Expr) bool {
	found := false
	walk(e, func(x ast.Expr) {
		switch c.info.Uses[x].(type) {
		case *Cell, *Let:
			found = true
		}
	})
	return found
}

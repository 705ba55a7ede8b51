package typecheck

import (
	"fmt"
	"math"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
)

// Bound is one side of an invariant that escrow keeps: a number, or a parameter
// and a number that is added to it.
type Bound struct {
	Decl  *ast.InvariantDecl
	Param *Param // nil for a number alone
	Plus  int64
}

// boundCells finds the invariants that are bounds of counters, `stock[_] >= 0`,
// before bodies are looked at: such counters are kept by rights, whatever they
// were declared as, and may refuse.
func (c *checker) boundCells() {
	for _, d := range c.decls.invariants {
		c.enter(d.Span())
		bounds, ok := c.boundsOf(d.Cond)
		for _, b := range bounds {
			ok = ok && c.keepsBound(b.cell)
		}
		if !ok {
			continue
		}
		for _, b := range bounds {
			b.Decl = d
			c.setBound(b)
		}
	}
}

// cellBound is a bound with the cell that it is about.
type cellBound struct {
	Bound
	cell *Cell
	way  lattice.Way
}

// boundsOf reads `cell >= n`, the same the other way round, and several of them
// joined by `and`.
func (c *checker) boundsOf(e ast.Expr) ([]cellBound, bool) {
	b, ok := ast.Unparen(e).(*ast.Binary)
	if !ok {
		return nil, false
	}
	if b.Op == "and" {
		l, okL := c.boundsOf(b.L)
		r, okR := c.boundsOf(b.R)
		return append(l, r...), okL && okR
	}
	left, right, symbol := b.L, b.R, b.Op
	cell := c.cellNamed(left)
	if cell == nil {
		left, right, symbol = right, left, mirrored[symbol]
		cell = c.cellNamed(left)
	}
	out := cellBound{cell: cell}
	switch symbol {
	case ">", ">=":
		out.way = lattice.Down
	case "<", "<=":
		out.way = lattice.Up
	default:
		return nil, false
	}
	if cell == nil || !c.boundNumber(right, &out.Bound) {
		return nil, false
	}
	switch symbol {
	case ">":
		out.Plus++
	case "<":
		out.Plus--
	}
	return []cellBound{out}, true
}

var mirrored = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}

// cellNamed finds the cell of `cell` or `cell[_]`, every map around the counter
// indexed by `_`.
func (c *checker) cellNamed(e ast.Expr) *Cell {
	depth := 0
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Index:
			if _, all := x.K.(*ast.Blank); !all {
				return nil
			}
			depth++
			e = x.X
			continue
		case *ast.Name:
			cell, _ := c.lookup(x.Name).(*Cell)
			if cell == nil || isBad(cell.Kind) || mapDepth(cell.Kind) != depth {
				return nil
			}
			return cell
		}
		return nil
	}
}

func mapDepth(kind *types.Type) int {
	n := 0
	for k := kindNamed(kind.Con); k != nil && k.Map && !isBad(kind); k = kindNamed(kind.Con) {
		kind = kind.Args[1]
		n++
	}
	return n
}

// boundNumber reads a number, or the name of a parameter that is one.
func (c *checker) boundNumber(e ast.Expr, b *Bound) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.Lit:
		b.Plus = x.Int
		return x.Kind == ast.IntLit && x.Int < math.MaxInt64
	case *ast.Unary:
		if x.Op == "-" && c.boundNumber(x.X, b) && b.Param == nil {
			b.Plus = -b.Plus
			return true
		}
	case *ast.Name:
		p, ok := c.lookup(x.Name).(*Param)
		b.Param = p
		return ok && (p.Type.Is("Int") || p.Type.Is("Nat"))
	}
	return false
}

// keepsBound reports whether the counters of a cell can be kept by rights. What
// is written in one agreed order needs none.
func (c *checker) keepsBound(cell *Cell) bool {
	leaf := counterOf(cell)
	return cell.Scope != ast.Coordinated && (leaf == "BCounter" || leaf == "PNCounter")
}

// counterOf is the name of the kind below all maps of a cell.
func counterOf(cell *Cell) string {
	leaf := cell.Kind
	for range mapDepth(leaf) {
		leaf = leaf.Args[1]
	}
	return leaf.Con
}

func (c *checker) setBound(b cellBound) {
	b.cell.Kind = asBounded(b.cell.Kind)
	list, other := &b.cell.Lower, "above"
	if b.way == lattice.Up {
		list, other = &b.cell.Upper, "below"
	}
	*list = append(*list, b.Bound)
	if b.Param == nil && (b.way == lattice.Down && b.Plus > 0 || b.way == lattice.Up && b.Plus < 0) {
		c.add(diag.Diagnostic{Code: diag.InvariantForm, Span: b.Decl.Cond.Span(), Title: fmt.Sprintf("`%s` starts at 0, which this excludes", b.cell.Name),
			Message: "A counter that nobody has touched reads as 0, so the invariant would be broken from the beginning.",
			Help:    fmt.Sprintf("Count what is %s the bound: a counter of the distance has the bound 0.", other),
			Related: []diag.Related{{Span: b.cell.Ident.Span(), Text: "declared here"}}})
	}
}

// asBounded puts a BCounter in the place of the counter of a kind.
func asBounded(kind *types.Type) *types.Type {
	if mapDepth(kind) == 0 {
		return types.Of("BCounter")
	}
	return types.Of(kind.Con, kind.Args[0], asBounded(kind.Args[1]))
}

// mayRefuse reports whether an operation on a cell can be refused for want of
// rights. A counter of kind BCounter without an invariant stays at 0 or above.
func mayRefuse(cell *Cell, m *lattice.Mutator) bool {
	switch m.Against {
	case lattice.Down:
		return len(cell.Lower) > 0 || len(cell.Upper) == 0
	case lattice.Up:
		return len(cell.Upper) > 0
	}
	return m.Refusable
}

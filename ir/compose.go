package ir

import "github.com/laspc/lasp/lang/types"

// compose rewrites code over the nOld columns of a node into code over the
// columns that the node's own input has: outs[i] is what column i is there.
// Slots that the code and the outs make for themselves come after nNew. e and
// outs are left alone.
func compose(e *Expr, nOld int, outs []*Expr, nNew int) *Expr {
	c := &composer{nOld: nOld, outs: outs, next: nNew, nNew: nNew, own: map[int]int{}, lets: map[int]int{}}
	body := c.rewrite(CloneExpr(e))
	for i := len(c.order) - 1; i >= 0; i-- {
		col := c.order[i]
		pat := &Pattern{Op: PBind, Slot: c.lets[col]}
		body = &Expr{Op: ELet, Type: body.Type, Pat: pat, Args: []*Expr{c.out(col), body}, Pos: body.Pos}
	}
	return body
}

type composer struct {
	nOld, nNew, next int
	outs             []*Expr
	own              map[int]int // own slots of the code, by their old number
	lets             map[int]int // columns that lambdas capture and that are no plain columns below
	order            []int
}

func (c *composer) fresh() int {
	c.next++
	return c.next - 1
}

// out is a copy of the expression of a column, with own slots of its own.
func (c *composer) out(col int) *Expr {
	e, own := CloneExpr(c.outs[col]), map[int]int{}
	RemapSlots(e, func(s int) int {
		if s < c.nNew {
			return s
		}
		if _, ok := own[s]; !ok {
			own[s] = c.fresh()
		}
		return own[s]
	})
	return e
}

// slot is the new number of a slot that must stay one: of a pattern or capture.
func (c *composer) slot(s int) int {
	if s >= c.nOld {
		if _, ok := c.own[s]; !ok {
			c.own[s] = c.fresh()
		}
		return c.own[s]
	}
	if o := c.outs[s]; o.Op == ELocal {
		return o.Slot
	}
	if _, ok := c.lets[s]; !ok {
		c.lets[s] = c.fresh()
		c.order = append(c.order, s)
	}
	return c.lets[s]
}

func (c *composer) rewrite(e *Expr) *Expr {
	switch e.Op {
	case ELocal:
		if e.Slot < c.nOld {
			t := e.Type
			e = c.out(e.Slot)
			if e.Op == ELocal {
				e.Type = t
			}
			return e
		}
		e.Slot = c.slot(e.Slot)
		return e
	case ELambda:
		for i, s := range e.Captures {
			e.Captures[i] = c.slot(s)
		}
		return e
	}
	RemapPattern(e.Pat, c.slot)
	for _, a := range e.Arms {
		RemapPattern(a.Pat, c.slot)
	}
	e.children(func(x **Expr) { *x = c.rewrite(*x) })
	return fold(e)
}

// fold takes apart what composition has put together: the field or item of
// something that is constructed on the spot.
func fold(e *Expr) *Expr {
	switch {
	case e.Op == EItem && e.Args[0].Op == ETuple, e.Op == EField && e.Args[0].Op == ECtor:
		if e.N < len(e.Args[0].Args) {
			return e.Args[0].Args[e.N]
		}
	}
	return e
}

// columnExprs is one expression per column that copies it, shifted by off.
func columnExprs(cols []*types.Type, off int) []*Expr {
	out := make([]*Expr, len(cols))
	for i, t := range cols {
		out[i] = &Expr{Op: ELocal, Slot: i + off, Type: t}
	}
	return out
}

// conjuncts takes a condition apart into the conditions that must all hold.
func conjuncts(e *Expr, to []*Expr) []*Expr {
	if e == nil {
		return to
	}
	if e.Op == EIf && isFalse(e.Args[2]) {
		return conjuncts(e.Args[1], conjuncts(e.Args[0], to))
	}
	return append(to, e)
}

func isFalse(e *Expr) bool { return e.Op == EConst && e.Type.Is("Bool") && !e.Value.Bool() }

// conjunction is the inverse; nil where there is nothing to hold.
func conjunction(es []*Expr) *Expr {
	if len(es) == 0 {
		return nil
	}
	out := es[len(es)-1]
	for i := len(es) - 2; i >= 0; i-- {
		no := &Expr{Op: EConst, Type: types.Bool, Value: falseValue}
		out = &Expr{Op: EIf, Type: types.Bool, Args: []*Expr{es[i], out, no}, Pos: es[i].Pos}
	}
	return out
}

// isTrivial reports whether computing e twice costs nothing.
func isTrivial(e *Expr) bool {
	switch e.Op {
	case ELocal, EConst, EParam, EMe:
		return true
	case EField, EItem:
		return isTrivial(e.Args[0])
	}
	return false
}

// spans reports whether e reads slots below n from lo on, and others below n.
func spans(e *Expr, lo, hi, n int) (inside, outside bool) {
	UsedSlots(e, func(s int) {
		switch {
		case s >= n:
		case s >= lo && s < hi:
			inside = true
		default:
			outside = true
		}
	})
	return inside, outside
}

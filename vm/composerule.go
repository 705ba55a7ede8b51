package vm

import (
	"slices"

	"github.com/laspc/lasp/ir"
)

// newCompose prepares a component whose rules all compose relations of two
// columns, or returns nil.
func (m *Machine) newCompose(c *component) *compose {
	if c.lead.within != nil {
		return nil
	}
	k := &compose{c: c, ids: newDense(), ofNode: map[*node]*relation{}}
	for _, rec := range c.recs {
		if !k.relation(rec) {
			return nil
		}
		k.shown = append(k.shown, k.ofNode[rec])
	}
	for _, n := range c.body {
		if n.kind() == ir.Rec {
			continue
		}
		joined := slices.ContainsFunc(n.users, func(u *node) bool { return u.kind() == ir.Join && u.within == c })
		if n.within != c || len(n.reads) > 0 || m.named(n) || joined && !k.relation(n) {
			return nil
		}
	}
	for _, f := range c.feeds {
		k.feeds = append(k.feeds, feedRules{n: f})
	}
	for i := range k.feeds {
		f := &k.feeds[i]
		if !k.flow(f.n, feedRule{cols: allCols(f.n)}, func(r feedRule) bool { f.into = append(f.into, r); return true }) {
			return nil
		}
	}
	for _, n := range c.body {
		if !k.rules(n) {
			return nil
		}
	}
	return k
}

// lead makes what a component shows that of its grids.
func (k *compose) lead(m *Machine) {
	for i, fix := range k.c.fixes {
		k.eager = k.eager || !onlyCounted(fix) || m.isHead(fix)
		fix.lazy = k.shown[i]
	}
}

// onlyCounted reports whether all that reads a node wants the number of its rows.
func onlyCounted(n *node) bool {
	return !slices.ContainsFunc(n.users, func(u *node) bool { return !u.counts() })
}

// counts reports whether a node wants only the number of rows of its input.
func (n *node) counts() bool {
	return n.kind() == ir.Group && n.within == nil && n.ir.Keys == 0 && !slices.ContainsFunc(n.ir.Aggs, func(a ir.Aggregate) bool { return a.Arg != nil || a.Row == "" })
}

func allCols(n *node) []int {
	cols := make([]int, n.width())
	for i := range cols {
		cols[i] = i
	}
	return cols
}

// relation makes the relation of a node with one or two columns.
func (k *compose) relation(n *node) bool {
	if n.width() != 1 && n.width() != 2 {
		return false
	}
	k.ofNode[n] = k.newRelation(n.width() == 1)
	return true
}

func (k *compose) newRelation(unary bool) *relation {
	r := &relation{unary: unary}
	r.grid = grid{pool: &k.pool, ids: func() int { return k.ids.len() }}
	k.rels = append(k.rels, r)
	return r
}

// flow follows rows of n through maps and unions to the relations that they go
// into, and calls into for each. cols are the columns of the origin, or of the
// last map with code.
func (k *compose) flow(n *node, r feedRule, into func(feedRule) bool) bool {
	for i, fix := range k.c.fixes {
		if fix.in[0] == n {
			r.h = k.shown[i]
			if !into(r) {
				return false
			}
		}
	}
	for _, u := range n.users {
		if u.within != k.c {
			continue
		}
		next := r
		switch u.kind() {
		case ir.Join: // reads it as a relation, see rules
			continue
		case ir.Union, ir.Distinct:
		case ir.Map:
			f := u.op.(*mapOp).f
			if f.project == nil {
				if !sameCols(r.cols, n) {
					return false
				}
				next.chain = append(slices.Clone(r.chain), u)
				next.cols = allCols(u)
			} else {
				next.cols = make([]int, len(f.project))
				for i, c := range f.project {
					next.cols[i] = r.cols[c]
				}
			}
		default:
			return false
		}
		if next.h = k.ofNode[u]; next.h != nil {
			if !into(next) {
				return false
			}
			continue
		}
		if !k.flow(u, next, into) {
			return false
		}
	}
	return true
}

// sameCols reports whether cols are the columns of n as they stand, so that code
// can run on the row.
func sameCols(cols []int, n *node) bool { return slices.Equal(cols, allCols(n)) }

// rules makes the rules that read a node of the body.
func (k *compose) rules(n *node) bool {
	r := k.ofNode[n]
	if n.kind() == ir.Join {
		return k.joinRules(n)
	}
	if r == nil {
		return true
	}
	return k.flow(n, feedRule{cols: allCols(n)}, func(to feedRule) bool {
		if len(to.chain) > 0 {
			return false
		}
		cols := [2]int{2, to.cols[len(to.cols)-1]}
		if !to.h.unary {
			cols[0] = to.cols[0]
		}
		if r.unary { // its only column stands second
			for i := range cols {
				if cols[i] == 0 {
					cols[i] = 1
				}
			}
		}
		r.uses = append(r.uses, use{side: asIs, move: &move{h: to.h, cols: cols}})
		return true
	})
}

// joinRules makes the rules of a join, one for each relation that its rows go
// into.
func (k *compose) joinRules(n *node) bool {
	f := n.op.(*joinOp).f
	if f.project == nil || len(n.ir.LKey) != 1 {
		return false
	}
	add := func(to feedRule) bool {
		if len(to.chain) > 0 {
			return false
		}
		cols := make([]int, len(to.cols))
		for i, c := range to.cols {
			cols[i] = f.project[c]
		}
		return k.rule(n, to.h, cols)
	}
	if h := k.ofNode[n]; h != nil {
		return add(feedRule{h: h, cols: allCols(n)}) && k.flowOfRelation(n)
	}
	return k.flow(n, feedRule{cols: allCols(n)}, add)
}

// flowOfRelation lets a join that is itself joined reach other relations too.
func (k *compose) flowOfRelation(n *node) bool {
	r := k.ofNode[n]
	return k.flow(n, feedRule{cols: allCols(n)}, func(to feedRule) bool {
		if len(to.chain) > 0 || r.unary != to.h.unary || !sameCols(to.cols, n) {
			return false
		}
		r.uses = append(r.uses, use{side: asIs, move: &move{h: to.h, cols: [2]int{0, 1}}})
		return true
	})
}

// rule makes the rule of a join whose rows, columns picked from left and right in
// turn, go into h.
func (k *compose) rule(n *node, h *relation, cols []int) bool {
	left, right := n.in[0], n.in[1]
	w := left.width()
	sides := [2]struct {
		n   *node
		key int
	}{{left, n.ir.LKey[0]}, {right, n.ir.RKey[0]}}
	first := 0 // the side of a
	outs := [2]int{-1, -1}
	for i, c := range cols {
		side := 0
		if c >= w {
			side, c = 1, c-w
		}
		if len(cols) == 1 {
			first, outs[1] = 1-side, c
			break
		}
		if i == 0 {
			first = side
		} else if side == first {
			return false // both columns from one side: a semi-join
		}
		outs[i] = c
	}
	q := &rule{h: h}
	var ok bool
	if q.a, q.aKey, ok = k.side(sides[first].n, sides[first].key, outs[0]); !ok {
		return false
	}
	if q.b, q.bKey, ok = k.side(sides[1-first].n, sides[1-first].key, outs[1]); !ok {
		return false
	}
	q.a.uses = append(q.a.uses, use{rule: q, side: asA})
	q.b.uses = append(q.b.uses, use{rule: q, side: asB})
	return true
}

// side is the relation of one side of a join, whose key and other column are
// given, and the place of the key in it. out is -1 where no column is wanted,
// which only a relation of one column can give.
func (k *compose) side(n *node, key, out int) (*relation, int, bool) {
	r := k.ofNode[n]
	switch {
	case r == nil:
		return k.feedSide(n, key, out)
	case r.unary && out < 0:
		return r, 1, true
	case r.unary || out < 0 || key == out:
		return nil, 0, false
	}
	return r, key, true
}

// feedSide makes two columns of a feed a relation, the key first.
func (k *compose) feedSide(n *node, key, out int) (*relation, int, bool) {
	at := slices.IndexFunc(k.feeds, func(f feedRules) bool { return f.n == n })
	if at < 0 || key == out {
		return nil, 0, false
	}
	unary := out < 0
	cols := []int{key, out}
	if unary {
		cols = []int{key}
	}
	place := 0
	if unary {
		place = 1
	}
	for _, have := range k.feeds[at].into {
		if have.h.read && slices.Equal(have.cols, cols) {
			return have.h, place, true
		}
	}
	r := k.newRelation(unary)
	r.read = true
	r.bag = n.width() == len(cols) // rows of a feed are distinct
	k.feeds[at].into = append(k.feeds[at].into, feedRule{h: r, cols: cols})
	return r, place, true
}

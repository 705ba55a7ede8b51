package vm

import (
	"math"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
)

// newClimb prepares a component of one definition that keeps best values by key
// over feeds that only grow, each of whose rules has one recursive premise, or
// returns nil.
func (m *Machine) newClimb(c *component) *climb {
	fix := c.lead
	if len(c.fixes) != 1 || c.limit > 0 || fix.within != nil || fix.in[0].kind() != ir.Group ||
		slices.ContainsFunc(c.feeds, func(f *node) bool { return !f.keeps || f.table == nil }) {
		return nil
	}
	g := fix.in[0]
	aggs := g.ir.Aggs
	if len(aggs) != 1 || aggs[0].Row != "" || !improves(aggs[0].Type) || aggs[0].Arg == nil || aggs[0].Arg.Op != ir.ELocal {
		return nil
	}
	k := &climb{c: c, m: m, group: g, typ: aggs[0].Type, keys: g.ir.Keys, ids: newKeyIDs(g.ir.Keys)}
	if kind, ok := k.typ.RawKind(); ok && !k.typ.Is("Flag") && (kind == value.Int || kind == value.Duration) {
		k.ranks = ranking{on: true, flip: 1 << 63}
		if k.typ.Is("Max") {
			k.ranks.flip = math.MaxUint64 >> 1
		}
	}
	if !k.wire(m) {
		return nil
	}
	return k
}

// wire finds the rules and the starts; false where the body has anything else.
func (k *climb) wire(m *Machine) bool {
	c := k.c
	for _, n := range c.body {
		if n.within != c || len(n.reads) > 0 || n.kind() != ir.Rec && m.named(n) {
			return false
		}
		switch n.kind() {
		case ir.Rec, ir.Union, ir.Distinct, ir.Map:
		case ir.Group:
			if n != k.group {
				return false
			}
		case ir.Join:
			if !k.rule(n) {
				return false
			}
		default:
			return false
		}
	}
	for _, u := range c.recs[0].users {
		if u.kind() != ir.Join {
			return false
		}
	}
	for _, f := range c.feeds {
		at := feedRules{n: f}
		if !k.paths(f, nil, allCols(f), func(r feedRule) bool { at.into = append(at.into, r); return true }) {
			return false
		}
		k.starts = append(k.starts, at)
	}
	return true
}

// rule prepares a join of the recursive relation with a feed.
func (k *climb) rule(n *node) bool {
	rec := k.c.recs[0]
	side := slices.Index(n.in, rec)
	if side < 0 || n.in[1-side] == rec || !slices.Contains(k.c.feeds, n.in[1-side]) {
		return false
	}
	r := &climbRule{n: n, op: n.op.(*joinOp), feed: n.in[1-side], recKey: n.ir.LKey, feedKey: n.ir.RKey, feedAt: rec.width()}
	if side == 1 {
		r.recKey, r.feedKey, r.recAt, r.feedAt = n.ir.RKey, n.ir.LKey, n.in[0].width(), 0
	}
	if slices.Contains(r.recKey, k.keys) {
		return false // joined on the value, which changes
	}
	for col := range r.feed.width() {
		if !slices.Contains(r.feedKey, col) && n.readsSlot(r.feedAt+col) {
			r.needs = append(r.needs, col)
		}
	}
	r.joins = newKeyIDs(len(r.recKey))
	r.rows = grid{pool: &k.pool, bag: true}
	r.waits = grid{pool: &k.pool, bag: true}
	r.buf = make([]value.Word, len(r.recKey))
	paths := 0
	ok := k.paths(n, nil, allCols(n), func(to feedRule) bool {
		paths++
		r.cols = to.cols
		return len(to.chain) == 0
	})
	k.rules = append(k.rules, r)
	return ok && paths == 1
}

// readsSlot reports whether the code of a join reads a column of its joined row.
func (n *node) readsSlot(slot int) bool {
	if n.ir.Out == nil {
		return true
	}
	found := false
	n.ir.Exprs(func(e **ir.Expr) {
		ir.UsedSlots(*e, func(s int) { found = found || s == slot })
	})
	return found
}

// paths follows rows of n to the group.
func (k *climb) paths(n *node, chain []*node, cols []int, into func(feedRule) bool) bool {
	for _, u := range n.users {
		if u.within != k.c || u.kind() == ir.Join {
			continue
		}
		next, through := cols, chain
		switch u.kind() {
		case ir.Group:
			to := make([]int, k.keys+1)
			for i := range k.keys {
				to[i] = cols[i]
			}
			to[k.keys] = cols[k.group.ir.Aggs[0].Arg.Slot]
			if !into(feedRule{chain: chain, cols: to}) {
				return false
			}
			continue
		case ir.Map:
			f := u.op.(*mapOp).f
			if f.project == nil {
				if !sameCols(cols, n) {
					return false
				}
				through, next = append(slices.Clone(chain), u), allCols(u)
			} else {
				next = make([]int, len(f.project))
				for i, c := range f.project {
					next[i] = cols[c]
				}
			}
		}
		if !k.paths(u, through, next, into) {
			return false
		}
	}
	return true
}

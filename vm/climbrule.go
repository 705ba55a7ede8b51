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
			if !k.rule(m, n) {
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
func (k *climb) rule(m *Machine, n *node) bool {
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
	paths := 0
	ok := k.paths(n, nil, allCols(n), func(to feedRule) bool {
		paths++
		r.cols = to.cols
		return len(to.chain) == 0
	})
	if !ok || paths != 1 {
		return false
	}
	k.rules = append(k.rules, r)
	return k.layout(m, r)
}

// layout decides what of a feed a rule keeps.
func (k *climb) layout(m *Machine, r *climbRule) bool {
	r.whole = slices.Equal(r.recKey, countUp(k.keys))
	if !r.whole {
		r.joins = newKeyIDs(len(r.recKey))
	}
	r.late = grid{pool: &k.pool, bag: true}
	r.waits = grid{pool: &k.pool, bag: true}
	r.buf = make([]value.Word, max(len(r.recKey), k.keys))
	r.f = r.op.f
	if r.aim(m, k.keys) != nil {
		return false
	}
	for col := range r.feed.width() {
		if !slices.Contains(r.feedKey, col) && r.keeps(col, k.keys) {
			r.needs = append(r.needs, col)
		}
	}
	r.plan(k.keys)
	return true
}

// keeps reports whether a column of the feed stands in the rows of a rule: code
// needs those that it reads, and where it can fail all that tell which row failed.
func (r *climbRule) keeps(col, keys int) bool {
	if r.to == nil {
		return r.f.project == nil || r.n.readsSlot(r.feedAt+col)
	}
	if r.f.project == nil && !slices.Contains(r.to, col) {
		return true
	}
	read := false
	see := func(s int) { read = read || s == r.feedAt+col }
	ir.UsedSlots(r.outs()[r.cols[keys]], see)
	if r.n.ir.Cond != nil {
		ir.UsedSlots(r.n.ir.Cond, see)
	}
	return read
}

// outs are the columns that the join makes.
func (r *climbRule) outs() []*ir.Expr {
	if r.n.ir.Out != nil {
		return r.n.ir.Out
	}
	return columnsOf(slices.Concat(r.n.in[0].ir.Cols, r.n.in[1].ir.Cols))
}

// aim finds out whether the feed alone gives the key of what the rule derives,
// and then makes the value by itself.
func (r *climbRule) aim(m *Machine, keys int) error {
	outs := r.outs()
	to := make([]int, keys)
	for i, c := range r.cols[:keys] {
		to[i] = outs[c].Slot - r.feedAt
		if outs[c].Op != ir.ELocal || to[i] < 0 || to[i] >= r.feed.width() {
			return nil
		}
	}
	at := r.cols[keys]
	cols := slices.Concat(r.n.in[0].ir.Cols, r.n.in[1].ir.Cols)
	value := &node{ir: &ir.Node{Cols: r.n.ir.Cols[at : at+1], Views: r.n.ir.Views}}
	f, err := m.rowFunc(value, r.n.ir.Cond, outs[at:at+1], cols)
	r.to, r.f = to, f
	return err
}

// countUp is the numbers from 0 below n.
func countUp(n int) []int {
	cols := make([]int, n)
	for i := range cols {
		cols[i] = i
	}
	return cols
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

package vm

import (
	"slices"

	"github.com/laspc/lasp/ir"
)

// newCompose prepares a component of rules over relations that only grow, or
// returns nil where it holds something else. For one turn alone (once), in which
// what is asked of feeds does not change, rules may ask whether something is
// missing.
func (m *Machine) newCompose(c *component, once bool) *compose {
	if c.lead.within != nil {
		return nil
	}
	k := &compose{c: c, m: m, once: once, cols: newColPlan(c), ofNode: map[*node]*relation{}}
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
		if !c.isStep(n, once) || m.named(n) || c.joined(n) && !k.relation(n) {
			return nil
		}
	}
	for _, f := range c.feeds {
		k.feeds = append(k.feeds, feedRules{n: f})
	}
	k.adapt()
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
	k.closures()
	return k
}

// isStep reports whether a node of the body makes rows of rows, and nothing is lost.
func (c *component) isStep(n *node, once bool) bool {
	switch n.kind() {
	case ir.Join:
		if len(n.ir.LKey) == 0 {
			return false
		}
	case ir.SemiJoin, ir.AntiJoin:
		if len(n.ir.LKey) == 0 || !slices.Contains(c.feeds, n.in[1]) || slices.Contains(c.feeds, n.in[0]) || n.kind() == ir.AntiJoin && !once {
			return false
		}
	case ir.Map, ir.Union, ir.Distinct:
	default:
		return false
	}
	return n.within == c && len(n.reads) == 0
}

// joined reports whether rows of a node are looked up by rules of the component.
func (c *component) joined(n *node) bool {
	return slices.ContainsFunc(n.users, func(u *node) bool {
		k := u.kind()
		return u.within == c && (k == ir.Join || (k == ir.SemiJoin || k == ir.AntiJoin) && u.in[0] == n)
	})
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

// relation makes the relation of a node of the body; false where nothing is read
// of it.
func (k *compose) relation(n *node) bool {
	left, right, free := k.cols.parts(n)
	if len(right) == 0 {
		return false
	}
	r := k.newRelation(left, right)
	r.free = free
	for c, first := range k.cols.same[n] {
		if first != c {
			r.twins = append(r.twins, [2]int{first, c})
		}
	}
	r.whole = len(without(allCols(n), slices.Concat(left, right))) == len(r.twins)
	k.ofNode[n] = r
	return true
}

func (k *compose) newRelation(left, right []int) *relation {
	r := &relation{left: left, right: right, unary: len(left) == 0, lids: k.space(len(left)), rids: k.space(len(right))}
	r.grid = grid{pool: &k.pool, ids: func() int { return r.rids.len() }}
	k.rels = append(k.rels, r)
	return r
}

// space is the ids of so many words.
func (k *compose) space(words int) *keyIDs {
	for len(k.spaces) <= words {
		ids := newKeyIDs(len(k.spaces))
		k.spaces = append(k.spaces, &ids)
	}
	return k.spaces[words]
}

// flow follows rows of n through maps and unions to the relations that they go
// into, and calls into for each. cols are the columns of the origin, or of the
// last map with code.
func (k *compose) flow(n *node, r feedRule, into func(feedRule) bool) bool {
	for i, fix := range k.c.fixes {
		if fix.in[0] == n && !into(r.to(k.shown[i])) {
			return false
		}
	}
	for _, u := range n.users {
		if u.within != k.c {
			continue
		}
		next := r
		switch u.kind() {
		case ir.Join, ir.SemiJoin, ir.AntiJoin: // they read it as a relation, see rules
			continue
		case ir.Map:
			f := u.op.(*mapOp).f
			if f.project == nil {
				if !sameCols(r.cols, n) {
					return false
				}
				next.chain = append(slices.Clone(r.chain), u)
				next.cols = allCols(u)
			} else {
				next.cols = pickCols(r.cols, f.project)
			}
		}
		if h := k.ofNode[u]; h != nil {
			if !into(next.to(h)) {
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

// to is the way into a relation.
func (r feedRule) to(h *relation) feedRule {
	r.h, r.left, r.right = h, pickCols(r.cols, h.left), pickCols(r.cols, h.right)
	return r
}

// pickCols is some of the columns.
func pickCols(cols, which []int) []int {
	out := make([]int, len(which))
	for i, c := range which {
		out[i] = cols[c]
	}
	return out
}

// sameCols reports whether cols are the columns of n as they stand, so that code
// can run on the row.
func sameCols(cols []int, n *node) bool { return slices.Equal(cols, allCols(n)) }

// paths lists the ways of rows of n; ok is false where there is one that cannot be
// gone.
func (k *compose) paths(n *node) (ways []feedRule, ok bool) {
	ok = k.flow(n, feedRule{cols: allCols(n)}, func(r feedRule) bool { ways = append(ways, r); return true })
	return ways, ok
}

// rules makes the rules that make rows of a node of the body, where it is a join,
// and of its relation, where it has one.
func (k *compose) rules(n *node) bool {
	ways, ok := k.paths(n)
	r := k.ofNode[n]
	kind := n.kind()
	if joins := kind == ir.Join || kind == ir.SemiJoin || kind == ir.AntiJoin; ok && joins {
		if r == nil {
			return k.joinRules(n, ways)
		}
		ok = k.joinRules(n, []feedRule{feedRule{cols: allCols(n)}.to(r)})
	}
	if ok && r != nil {
		for _, way := range ways {
			k.passRule(n, r, way)
		}
	}
	return ok
}

// joinRules lets the rows of a join go their ways.
func (k *compose) joinRules(n *node, ways []feedRule) bool {
	var rest []feedRule
	for _, way := range ways {
		composed, ok := k.composed(n, way)
		if !ok {
			return false
		}
		if !composed {
			rest = append(rest, way)
		}
	}
	switch {
	case len(rest) == 0:
	case k.once && n.kind() != ir.Join:
		for _, way := range rest {
			k.rowPass(n.in[0], k.ofNode[n.in[0]], way).asks = n
		}
	default:
		k.rowJoin(n, rest)
	}
	return true
}

// passRule lets the rows of a relation go into another one.
func (k *compose) passRule(n *node, r *relation, way feedRule) {
	if len(way.chain) == 0 {
		left, right := r.part(k.cols.of(n, way.left)), r.part(k.cols.of(n, way.right))
		if left >= 0 && right >= 0 {
			r.uses = append(r.uses, use{side: asIs, move: &move{h: way.h, cols: [2]int{left, right}}})
			return
		}
	}
	k.rowPass(n, r, way)
}

// part tells which id of a pair stands for some columns: 0, 1, or 2 for no column.
// It is -1 where there is none.
func (r *relation) part(cols []int) int {
	switch {
	case len(cols) == 0:
		return 2
	case slices.Equal(cols, r.left):
		return 0
	case slices.Equal(cols, r.right):
		return 1
	}
	return -1
}

// fit is how a join composes: side is the input that gives the first id of what is
// derived; keys and outs are by input the columns that are joined and given.
type fit struct {
	side       int
	keys, outs [2][]int
}

// fits lists the ways in which a join could make both parts of rows of a relation,
// each from one side.
func (k *compose) fits(n *node, way feedRule) (fs []fit) {
	if n.kind() != ir.Join || len(way.chain) > 0 {
		return nil
	}
	left, ok := k.slots(n, way.left)
	right, ok2 := k.slots(n, way.right)
	if !ok || !ok2 {
		return nil
	}
	for side := range 2 {
		f := fit{side: side}
		if f.outs[side], ok = k.onSide(n, side, left); !ok {
			continue
		}
		if f.outs[1-side], ok = k.onSide(n, 1-side, right); !ok {
			continue
		}
		for _, keys := range k.orders(n) {
			f.keys = keys
			fs = append(fs, f)
		}
	}
	return fs
}

// slots are the slots of the joined row that columns of a join are copies of.
func (k *compose) slots(n *node, cols []int) ([]int, bool) {
	slots := slices.Clone(cols)
	for i, c := range cols {
		if n.ir.Out != nil {
			if n.ir.Out[c].Op != ir.ELocal {
				return nil, false
			}
			slots[i] = n.ir.Out[c].Slot
		}
		slots[i] = k.cols.root(n, slots[i])
	}
	return slots, true
}

// onSide is the columns of one input that are slots of the joined row, or are
// joined with them.
func (k *compose) onSide(n *node, side int, slots []int) ([]int, bool) {
	w := n.in[0].width()
	cols := make([]int, len(slots))
	for i, s := range slots { // roots: the left one of what is joined
		switch {
		case side == 0 && s < w:
			cols[i] = s
		case side == 1 && s >= w:
			cols[i] = s - w
		case side == 1:
			at := slices.Index(k.cols.of(n.in[0], n.ir.LKey), s)
			if at < 0 {
				return nil, false
			}
			cols[i] = k.cols.first(n.in[1], n.ir.RKey[at])
		default:
			return nil, false
		}
	}
	return cols, true
}

// orders are the keys of a join in the orders in which its inputs may hold them.
func (k *compose) orders(n *node) [][2][]int {
	own := [2][]int{k.cols.of(n.in[0], n.ir.LKey), k.cols.of(n.in[1], n.ir.RKey)}
	all := [][2][]int{own}
	for i, in := range n.in {
		r := k.ofNode[in]
		if r == nil {
			continue
		}
		for _, held := range [][]int{r.left, r.right} {
			if slices.Equal(held, own[i]) || len(held) != len(own[i]) || len(without(held, own[i])) > 0 {
				continue
			}
			var keys [2][]int
			for _, c := range held {
				at := slices.Index(own[i], c)
				keys[0], keys[1] = append(keys[0], own[0][at]), append(keys[1], own[1][at])
			}
			all = append(all, keys)
		}
	}
	return all
}

// place is where the key stands in an input that gives other columns by it; -1
// where it does not.
func (k *compose) place(in *node, key, out []int) int {
	r := k.ofNode[in]
	switch {
	case r == nil: // of a feed, any columns can be had
		if len(out) == 0 {
			return 1
		}
		return 0
	case slices.Equal(key, r.right) && slices.Equal(out, r.left):
		return 1
	case slices.Equal(key, r.left) && slices.Equal(out, r.right) && !r.unary:
		return 0
	}
	return -1
}

// adapt lets relations hold a column in both parts of their rows where joins then
// compose.
func (k *compose) adapt() {
	for range 3 {
		for _, n := range k.c.body {
			ways, ok := k.paths(n)
			if r := k.ofNode[n]; r != nil {
				ways = []feedRule{feedRule{cols: allCols(n)}.to(r)}
			}
			if !ok || n.kind() != ir.Join {
				continue
			}
			for _, way := range ways {
				k.adaptTo(n, k.fits(n, way))
			}
		}
	}
}

// adaptTo changes the parts of one relation if a join then composes in one of the
// given ways, and in none before.
func (k *compose) adaptTo(n *node, fs []fit) {
	for _, f := range fs {
		if k.place(n.in[0], f.keys[0], f.outs[0]) >= 0 && k.place(n.in[1], f.keys[1], f.outs[1]) >= 0 {
			return
		}
	}
	for _, f := range fs {
		for i := range 2 {
			if k.place(n.in[1-i], f.keys[1-i], f.outs[1-i]) >= 0 && k.hold(k.ofNode[n.in[i]], f.keys[i], f.outs[i]) {
				return
			}
		}
	}
}

// hold makes a relation hold some columns beside a key, if it holds the key and
// nothing is lost.
func (k *compose) hold(r *relation, key, out []int) bool {
	if r == nil || !r.free || len(out) == 0 || !slices.Equal(key, r.right) || len(without(r.left, slices.Concat(key, out))) > 0 {
		return false
	}
	r.left, r.lids = out, k.space(len(out))
	return true
}

// composed makes the rule of a join that composes. It reports whether it does.
func (k *compose) composed(n *node, way feedRule) (composed, ok bool) {
	for _, f := range k.fits(n, way) {
		a, b := n.in[f.side], n.in[1-f.side]
		q := &rule{h: way.h, aKey: k.place(a, f.keys[f.side], f.outs[f.side]), bKey: k.place(b, f.keys[1-f.side], f.outs[1-f.side])}
		if q.aKey < 0 || q.bKey < 0 {
			continue
		}
		if n.ir.Cond != nil {
			test, err := k.pairTest(n, way)
			if err != nil {
				return false, false
			}
			if test == nil {
				continue
			}
			q.test = test
		}
		q.a = k.side(a, f.keys[f.side], f.outs[f.side])
		q.b = k.side(b, f.keys[1-f.side], f.outs[1-f.side])
		q.a.uses = append(q.a.uses, use{rule: q, side: asA})
		q.b.uses = append(q.b.uses, use{rule: q, side: asB})
		return true, true
	}
	return false, true
}

// side is the relation of an input of a join: that of a node of the body, or of
// columns of a feed, which is made here, the key first.
func (k *compose) side(n *node, key, out []int) *relation {
	if r := k.ofNode[n]; r != nil {
		return r
	}
	f := &k.feeds[slices.IndexFunc(k.feeds, func(f feedRules) bool { return f.n == n })]
	left, right := key, out
	if len(out) == 0 {
		left, right = nil, key
	}
	for _, have := range f.into {
		if have.h.read && slices.Equal(have.left, left) && slices.Equal(have.right, right) {
			return have.h
		}
	}
	r := k.newRelation(left, right)
	r.read = true
	r.whole = len(without(allCols(n), slices.Concat(left, right))) == 0
	r.bag = r.whole // rows of a feed are distinct
	f.into = append(f.into, feedRule{h: r, cols: allCols(n), left: left, right: right})
	return r
}

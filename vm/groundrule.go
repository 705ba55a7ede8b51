package vm

import (
	"math"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
)

// grounds reports whether the body of a component is all rules, so that support
// can be counted (see ground.go): no negation or counting of what it derives, no
// inner recursion, no fixed number of rounds, no code over whole views.
func (m *Machine) grounds(c *component) bool {
	if c.limit > 0 || c.lead.within != nil {
		return false
	}
	for _, n := range c.body {
		if n.within != c || !c.isRule(n) || n.kind() != ir.Rec && m.named(n) {
			return false
		}
	}
	return !slices.ContainsFunc(c.feeds, func(f *node) bool { return f.table == nil })
}

// named reports whether a node can be asked for from outside.
func (m *Machine) named(n *node) bool {
	holds := func(v ir.View) bool { return slices.Contains(m.viewNodes(v), n) }
	return slices.ContainsFunc(m.views(), holds) || m.isHead(n)
}

// isHead reports whether a handler waits for rows of a node.
func (m *Machine) isHead(n *node) bool {
	return slices.ContainsFunc(m.prog.Handlers, func(h *ir.Handler) bool { return h.Kind == ir.When && h.Head == n.ir.ID })
}

// isRule reports whether a node of the body derives rows from rows one by one.
func (c *component) isRule(n *node) bool {
	if len(n.reads) > 0 || slices.ContainsFunc(n.users, func(u *node) bool { return u.within != c && u != c.lead }) {
		return false
	}
	switch n.kind() {
	case ir.Rec, ir.Join, ir.Map, ir.FlatMap, ir.Union, ir.Distinct:
		return true
	case ir.SemiJoin, ir.AntiJoin:
		return slices.Contains(c.feeds, n.in[1])
	case ir.Group:
		a := n.ir.Aggs
		return len(a) == 1 && a[0].Row == "" && improves(a[0].Type) && a[0].Arg != nil
	}
	return false
}

// ground gives a component of rules its stores: the recursive relations, which
// are shown outside as they are, what is joined on the way, and candidates.
func (m *Machine) ground(g *ground) error {
	c := g.c
	for _, rec := range c.recs {
		rec.store = g.newStore(rec, rec.table)
	}
	for _, n := range c.body {
		if n.kind() != ir.Rec && g.joined(n) {
			n.keep()
			n.store = g.newStore(n, n.table)
		}
	}
	cands := map[*node]*store{}
	for _, n := range c.body {
		if n.kind() == ir.Group {
			s, err := g.newChoice(m, n)
			if err != nil {
				return err
			}
			cands[n] = s
		}
		if o, ok := n.op.(*semiJoinOp); ok {
			g.semis = append(g.semis, o)
		}
	}
	g.rank()
	for _, n := range append(c.body[:len(c.body):len(c.body)], c.feeds...) {
		g.wire(n, cands)
	}
	g.first = g.loader(m)
	return nil
}

// joined reports whether the rows of a node are looked up by others.
func (g *ground) joined(n *node) bool {
	return slices.ContainsFunc(n.users, func(u *node) bool {
		k := u.kind()
		return u.within == g.c && (k == ir.Join || (k == ir.SemiJoin || k == ir.AntiJoin) && u.in[0] == n)
	})
}

func (g *ground) newStore(n *node, t *table) *store {
	s := &store{t: t, node: n, number: uint32(len(g.stores))}
	g.stores = append(g.stores, s)
	return s
}

// wire finds what the rows of a node go to.
func (g *ground) wire(n *node, cands map[*node]*store) {
	var hops []hop
	for _, u := range g.c.body {
		for side, in := range u.in {
			if in == n {
				h := g.hop(u, side)
				h.cands = cands[u]
				hops = append(hops, h)
			}
		}
	}
	for i, fix := range g.c.fixes {
		if fix.in[0] == n {
			hops = append(hops, hop{n: g.c.recs[i]})
		}
	}
	g.steps[n] = hops
}

func (g *ground) hop(u *node, which int) hop {
	h := hop{n: u, right: which == 1}
	other := func(n *node, x *index) {
		h.other = side{s: n.store, feed: slices.Index(g.c.feeds, n), n: n, x: x}
	}
	switch o := u.op.(type) {
	case *joinOp:
		o.look(u)
		if h.right {
			other(u.in[0], o.left)
		} else {
			other(u.in[1], o.right)
		}
	case *semiJoinOp:
		if h.right {
			other(u.in[0], o.left)
		} else {
			other(u.in[1], o.right)
		}
	}
	return h
}

// pass hands a change of the rows of n to what uses them. at is the row where it
// has a store.
func (g *ground) pass(m *Machine, n *node, row []value.Word, o order, k int32, at spot) error {
	hops := g.steps[n]
	for i := range hops {
		if err := g.take(m, &hops[i], row, o, k, at); err != nil {
			return err
		}
	}
	return nil
}

// fire hands a row of a store to the rules.
func (g *ground) fire(m *Machine, at spot, k int32) error {
	if err := m.x.spend(1); err != nil {
		return err
	}
	return g.pass(m, at.s.node, at.s.t.row(at.r), at.s.order(at.r), k, at)
}

// take lets one node see a change of its input.
func (g *ground) take(m *Machine, h *hop, row []value.Word, o order, k int32, at spot) error {
	switch op := h.n.op.(type) {
	case *joinOp:
		return g.join(m, h, op, row, o, k, at)
	case *semiJoinOp:
		return g.semiJoin(m, h, op, row, o, k)
	case *mapOp:
		return g.apply(m, h.n, op.f, row, o, k)
	case *flatMapOp:
		return g.expand(m, h.n, op, row, o, k)
	case *groupOp:
		return g.candidate(m, h, row, o, k)
	}
	return g.result(m, h.n, row, o, k) // Union, Distinct, Rec
}

// result is a row that n derives.
func (g *ground) result(m *Machine, n *node, row []value.Word, o order, k int32) error {
	if n.store != nil {
		return g.derive(m, n.store, row, o, k)
	}
	return g.pass(m, n, row, o, k, spot{})
}

func (g *ground) apply(m *Machine, n *node, f *rowFunc, row []value.Word, o order, k int32) error {
	out, ok, err := f.apply(&m.x, row)
	switch {
	case err == errOutOfFuel:
		return err
	case err != nil:
		n.errs.add(row, int64(k))
	case ok:
		return g.result(m, n, out, o, k)
	}
	return nil
}

func (g *ground) expand(m *Machine, n *node, op *flatMapOp, row []value.Word, o order, k int32) (err error) {
	e := op.expand(&m.x, row, func(long []value.Word) {
		switch {
		case err != nil:
		case op.then == nil:
			err = g.result(m, n, slices.Clone(long), o, k)
		default:
			out, ok, e := op.then.apply(&m.x, long)
			switch {
			case e == errOutOfFuel:
				err = e
			case e != nil:
				n.long.add(long, int64(k))
			case ok:
				err = g.result(m, n, out, o, k)
			}
		}
	})
	if err != nil || e == errOutOfFuel {
		return errOutOfFuel
	}
	if e != nil {
		n.errs.add(row, int64(k))
	}
	return nil
}

// join meets a changed row with the rows of the other side that are visible. A
// row meets itself when it comes from the left, not again from the right.
func (g *ground) join(m *Machine, h *hop, op *joinOp, row []value.Word, o order, k int32, at spot) error {
	mine, cols := op.row, op.lkey
	theirs := op.row[len(row):]
	if h.right {
		cut := len(op.row) - len(row)
		mine, theirs, cols = op.row[cut:], op.row, op.rkey
	}
	copy(mine, row)
	x, t := h.other.x, h.other.x.t
	for p := x.first(pick(op.key, row, cols)); p != 0; p = x.next[p-1] {
		at2 := o
		if s := h.other.s; s != nil {
			if s.foot[p-1].seq == 0 || h.right && s == at.s && p-1 == at.r {
				continue
			}
			at2 = later(o, s.order(p-1))
		} else if !g.visible(h, p-1) {
			continue
		}
		copy(theirs, t.row(p-1))
		if err := g.apply(m, h.n, op.f, op.row, at2, k); err != nil {
			return err
		}
	}
	return nil
}

// visible reports whether a row of a feed is there for the rule: while the feeds
// are counted those before the present one are new and those behind it are old.
func (g *ground) visible(h *hop, r uint32) bool {
	f := h.other
	if f.feed < g.feed || f.feed == g.feed && !h.right {
		return f.n.table.now(r) > 0
	}
	return !g.blank && f.n.table.old(r) > 0
}

// semiJoin passes rows of the left by the presence of their key in the feed on
// the right, or, when that changes, the rows of the left that have the key.
func (g *ground) semiJoin(m *Machine, h *hop, op *semiJoinOp, row []value.Word, o order, k int32) error {
	if !h.right {
		if g.present(h, pick(op.key, row, op.lkey)) != op.anti {
			return g.result(m, h.n, row, o, k)
		}
		return nil
	}
	key := pick(op.key, row, op.rkey)
	if _, fresh := op.seen.add(key, 1); !fresh {
		return nil
	}
	was, is := g.presence(op, h, key)
	if was == is {
		return nil
	}
	k = 1
	if is == op.anti {
		k = -1
	}
	x, left := h.other.x, h.n.in[0].store
	for p := x.first(key); p != 0; p = x.next[p-1] {
		at := order{}
		if left != nil {
			if left.foot[p-1].seq == 0 {
				continue
			}
			at = left.order(p - 1)
		} else if !g.visible(h, p-1) {
			continue
		}
		if err := g.result(m, h.n, x.t.row(p-1), at, k); err != nil {
			return err
		}
	}
	return nil
}

// present reports whether the feed on the right has a key, as the left sees it.
func (g *ground) present(h *hop, key []value.Word) bool {
	x := h.other.x
	for p := x.first(key); p != 0; p = x.next[p-1] {
		if g.visible(h, p-1) {
			return true
		}
	}
	return false
}

// presence is whether the feed on the right had a key before, and has it now.
func (g *ground) presence(op *semiJoinOp, h *hop, key []value.Word) (was, is bool) {
	t := op.right.t
	for p := op.right.first(key); p != 0; p = op.right.next[p-1] {
		was = was || !g.blank && t.old(p-1) > 0
		is = is || t.now(p-1) > 0
	}
	return was, is
}

// ranking tells which rows stand before others by a column.
type ranking struct {
	on   bool
	col  int
	flip uint64
}

// of is the rank of row r: small for better values.
func (k ranking) of(t *table, r uint32) uint64 {
	if !k.on {
		return 0
	}
	return uint64(t.words[int(r)*t.width+k.col]) ^ k.flip
}

// rank gives all stores a ranking, or none: an order needs the same of all.
func (g *ground) rank() {
	all := make([]ranking, len(g.stores))
	for i, s := range g.stores {
		for col, t := range s.node.ir.Cols {
			if kind, ok := t.RawKind(); ok && (t.Is("Min") || t.Is("Max")) && (kind == value.Int || kind == value.Duration) {
				all[i] = ranking{on: true, col: col, flip: 1 << 63}
				if t.Is("Max") {
					all[i].flip = math.MaxUint64 >> 1
				}
			}
		}
		if !all[i].on {
			return
		}
	}
	for i, s := range g.stores {
		s.ranks = all[i]
	}
	g.rising.ranked = true
}

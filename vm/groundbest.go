package vm

import (
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// choice is the best candidates of a Group, by key.
type choice struct {
	n      *node
	f      *rowFunc // from an input row to keys and value
	typ    *types.Type
	keys   int
	groups *table   // keys; the count is the number of visible candidates
	best   []uint32 // by group: the candidate that shows, + 1
	asks   []uint32 // groups that must choose anew
	x      *index   // of the candidates by key
}

// newChoice makes the store of the candidates of a group.
func (g *ground) newChoice(m *Machine, n *node) (*store, error) {
	keys := n.ir.Keys
	outs := columnsOf(n.in[0].ir.Cols[:keys])
	outs = append(outs, n.ir.Aggs[0].Arg)
	f, err := m.rowFunc(n, nil, outs, n.in[0].ir.Cols)
	if err != nil {
		return nil, err
	}
	s := g.newStore(n, newTable(keys+1))
	s.t.loses = true
	cols := make([]int, keys)
	for i := range cols {
		cols[i] = i
	}
	s.best = &choice{n: n, f: f, typ: n.ir.Aggs[0].Type, keys: keys, groups: newTable(keys), x: s.t.index(cols)}
	return s, nil
}

// candidate is an input row of a group.
func (g *ground) candidate(m *Machine, h *hop, row []value.Word, o order, k int32) error {
	out, ok, err := h.cands.best.f.apply(&m.x, row)
	switch {
	case err == errOutOfFuel:
		return err
	case err != nil:
		h.n.errs.add(row, int64(k))
	case ok:
		return g.derive(m, h.cands, out, o, k)
	}
	return nil
}

// join counts a visible candidate and returns its group.
func (c *choice) join(at spot) uint32 {
	gr, fresh := c.groups.add(at.s.t.row(at.r)[:c.keys], 1)
	if fresh {
		for uint32(len(c.best)) <= gr {
			c.best = append(c.best, 0)
		}
		c.best[gr] = 0
	}
	return gr
}

func (c *choice) ask(gr uint32) { c.asks = append(c.asks, gr) }

// prefer shows a new candidate where it is better than the one that shows.
func (g *ground) prefer(m *Machine, at spot) error {
	c := at.s.best
	gr := c.join(at)
	old := c.best[gr]
	if old != 0 && !c.better(m, at.s, at.r, old-1) {
		return nil
	}
	c.best[gr] = at.r + 1
	return g.swap(m, at.s, at.r+1, old)
}

// withdraw takes a candidate away. If it was the best, another shows: at once
// while rows rise, else when they begin to.
func (g *ground) withdraw(m *Machine, at spot) error {
	c := at.s.best
	gr, _ := c.groups.add(at.s.t.row(at.r)[:c.keys], -1)
	if c.best[gr] != at.r+1 {
		g.hide(at)
		return nil
	}
	o := at.s.order(at.r)
	g.hide(at)
	c.best[gr] = 0
	if g.phase == rises {
		c.best[gr] = c.scan(m, at.s, gr)
		if err := g.swap(m, at.s, c.best[gr], 0); err != nil {
			return err
		}
	} else {
		c.ask(gr)
	}
	return g.result(m, c.n, at.s.t.row(at.r), o, -1)
}

// rechoose lets the groups that ask show their best candidates.
func (g *ground) rechoose(m *Machine, s *store) error {
	c := s.best
	for _, gr := range c.asks {
		old := c.best[gr]
		c.best[gr] = c.scan(m, s, gr)
		if c.best[gr] == old {
			continue
		}
		if err := g.swap(m, s, c.best[gr], old); err != nil {
			return err
		}
	}
	c.asks = c.asks[:0]
	return nil
}

// swap puts one candidate in the place of another, each given + 1, the new one
// first.
func (g *ground) swap(m *Machine, s *store, now, old uint32) error {
	for i, r := range []uint32{now, old} {
		if r == 0 {
			continue
		}
		if err := g.result(m, s.best.n, s.t.row(r-1), s.order(r-1), 1-2*int32(i)); err != nil {
			return err
		}
	}
	return nil
}

// scan finds the best visible candidate of a group, + 1.
func (c *choice) scan(m *Machine, s *store, gr uint32) (best uint32) {
	for r := c.x.first(c.groups.row(gr)); r != 0; r = c.x.next[r-1] {
		if s.foot[r-1].seq != 0 && (best == 0 || c.better(m, s, r-1, best-1)) {
			best = r
		}
	}
	return best
}

// better compares two candidates of one group.
func (c *choice) better(m *Machine, s *store, a, b uint32) bool {
	if s.ranks.on {
		return s.ranks.of(s.t, a) < s.ranks.of(s.t, b)
	}
	k, _ := c.typ.RawKind()
	x, y := m.in.Value(s.t.row(a)[c.keys], k), m.in.Value(s.t.row(b)[c.keys], k)
	if c.typ.Is("Min") {
		x, y = y, x
	}
	return value.Compare(x, y) > 0
}

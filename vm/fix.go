package vm

import (
	"fmt"
	"slices"

	"github.com/laspc/lasp/ir"
)

// Recursion. A component is a set of Fix nodes (one, or the peers of a mutual
// recursion), their Rec nodes and the body between them. Its value is the least
// fixed point of the body F: the limit of X0 = nothing, X(k+1) = F(X(k)).
//
// The rounds are turns of the body in small: Rec shows the change from X(k-1) to
// X(k), every node of the body turns changes of inputs into its own change,
// exactly as in a turn, and the change of the body's result is the change from
// X(k) to X(k+1). Where everything only gains rows this is semi-naive
// evaluation: the change is what was not known before, and since a join meets
// the change of one side with the whole new other side, and the old side with
// the change of the other, two new facts meet exactly once. Where rows are
// replaced by better ones (Min, Max) the change is -old +new and the rounds are
// the naive iteration, computed by differences; from nothing upwards it reaches
// the least fixed point and never counts away from it.
//
// When inputs grow, the old fixed point lies below the new one and below its own
// image, so the rounds go on from it. When something may have left, facts could
// keep themselves alive. Where the body is all rules, which is the common case,
// a component that may lose rows does not run in rounds at all but counts
// support, at the cost of the change (ground.go). Elsewhere it is computed afresh
// and compared with what it showed before.
//
// Where nothing leaves and every rule composes two relations of two columns,
// rounds are not needed either: see compose.go. Best values by key over feeds that
// only grow have a form of their own, too: see climb.go.
type component struct {
	lead   *node // the first Fix; its turn in the order is the component's
	fixes  []*node
	recs   []*node // of fixes, in their order
	body   []*node // Rec nodes included
	feeds  []*node // outside nodes that the body reads
	limit  int
	shared bool // Rec and Fix share one table, which never loses a row
	held   []held

	ground  *ground  // counts support; nil where the body is not all rules
	compose *compose // runs on grids; nil where rules do more than compose
	climb   *climb   // keeps best values; nil where the component is not of that form
}

// held is what a feed looks like outside while rounds hide its change.
type held struct {
	out  delta
	mark uint32
	past past
}

type recOp struct{}

func newRec(*Machine, *node) (operator, error) { return recOp{}, nil }

func (recOp) step(*Machine, *node) error { return nil }
func (recOp) reset(*node)                {}

// fixOp runs the component at its lead and does nothing at its peers.
type fixOp struct {
	c *component
	// state is what the lead keeps beside its rows: a ground, compose or climb.
	state any
}

func newFix(_ *Machine, n *node) (operator, error) { return n.op, nil }

func (o *fixOp) step(m *Machine, n *node) error {
	if n != o.c.lead {
		return nil
	}
	return o.c.step(m)
}

func (o *fixOp) reset(n *node) {
	if n.due = n == o.c.lead; n.due {
		n.makeDue()
	}
	if n.due && o.c.ground != nil {
		o.c.ground.reset()
	}
	if n.due && o.c.compose != nil {
		o.c.compose.reset()
	}
	if n.due && o.c.climb != nil {
		o.c.climb.reset()
	}
}

// components finds the recursive components of the program.
func (m *Machine) components() error {
	for _, n := range m.nodes {
		if n.kind() != ir.Fix || n.op != nil {
			continue
		}
		c := &component{lead: n, limit: n.ir.Limit}
		peers := n.ir.Peers
		if len(peers) == 0 {
			peers = []int{n.ir.ID}
		}
		for _, id := range peers {
			fix := m.nodes[id]
			fix.op = &fixOp{c: c}
			c.fixes = append(c.fixes, fix)
			c.recs = append(c.recs, m.nodes[fix.ir.Rec])
		}
		m.enclose(c, n.ir.Body)
		n.makeDue()
	}
	for _, n := range m.nodes {
		if o, ok := n.op.(*fixOp); ok && o.c.lead == n {
			if err := m.wire(o.c); err != nil {
				return err
			}
		}
	}
	return nil
}

// enclose puts the body into the component; of nested components the inner one
// has a node.
func (m *Machine) enclose(c *component, ids []int) {
	ids = slices.Clone(ids)
	for _, r := range c.recs {
		ids = append(ids, r.ir.ID)
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		n := m.nodes[id]
		if n.within == nil || len(n.within.body) > len(ids) {
			n.within = c
		}
		c.body = append(c.body, n)
	}
}

// wire gives the component its tables and finds what it reads from outside.
func (m *Machine) wire(c *component) error {
	inside := map[*node]bool{}
	for _, n := range c.body {
		inside[n] = true
	}
	feed := func(n *node) {
		if !inside[n] && !slices.Contains(c.feeds, n) {
			c.feeds = append(c.feeds, n)
			n.keep()
		}
	}
	for _, n := range c.body {
		for _, src := range n.in {
			feed(src)
		}
		for _, v := range n.ir.Views {
			for _, src := range m.viewNodes(v) {
				feed(src)
			}
		}
	}
	for i, fix := range c.fixes {
		if len(fix.ir.In) != 1 {
			return fmt.Errorf("vm: recursion %d has no body", fix.ir.ID)
		}
		src := m.nodes[fix.ir.In[0]]
		fix.in = []*node{src}
		if !inside[src] {
			feed(src)
			src.users = append(src.users, c.lead)
		}
		rec := c.recs[i]
		rec.keep()
		rec.set, fix.set = true, true
		fix.keep()
	}
	return nil
}

// share decides, once growth is known, how the component runs and whether Rec and
// Fix can share a table.
func (c *component) share(m *Machine) {
	c.shared = c.limit == 0
	for _, n := range append(c.body, c.feeds...) {
		c.shared = c.shared && n.keeps
	}
	loses := slices.ContainsFunc(c.feeds, func(f *node) bool { return !f.keeps })
	loses = loses || slices.ContainsFunc(c.body, func(n *node) bool { return n.kind() == ir.AntiJoin })
	if !c.shared && loses && m.grounds(c) {
		c.ground = &ground{c: c, steps: map[*node][]hop{}}
	}
	if !c.shared && c.ground == nil {
		return
	}
	for i, fix := range c.fixes {
		fix.table, fix.owns = c.recs[i].table, true
	}
}

// step brings the component up to date with its feeds.
func (c *component) step(m *Machine) error {
	switch {
	case c.ground != nil:
		return c.ground.step(m)
	case c.compose != nil:
		return c.compose.step(m)
	case c.climb != nil:
		return c.climb.step(m)
	}
	marks := make([]uint32, len(c.fixes))
	for i, rec := range c.recs {
		marks[i] = rec.table.rows()
	}
	afresh := c.limit > 0
	for _, f := range c.feeds {
		afresh = afresh || f.out.len() > 0 && f.out.shrinks
	}
	if !afresh {
		c.hold(false)
		shrunk, err := c.rounds(m, true)
		c.release()
		if err != nil {
			return err
		}
		afresh = shrunk
	}
	if afresh {
		return c.afresh(m)
	}
	for i, fix := range c.fixes {
		c.publish(fix, c.recs[i], marks[i])
	}
	return nil
}

// publish makes the change of the component its outside change.
func (c *component) publish(fix, rec *node, mark uint32) {
	if !c.shared {
		fix.out.shrinks = fix.within == nil && fix.out.negative()
		if fix != c.lead { // the lead is finished by whoever ran it
			fix.finish()
		}
		return
	}
	t := rec.table
	for r := mark; r < t.rows(); r++ {
		fix.out.add(t.row(r), 1)
	}
	t.mark = mark
	fix.announce()
}

// afresh computes the component from the whole contents of its feeds and shows
// the difference to what it showed before.
func (c *component) afresh(m *Machine) error {
	for _, fix := range c.fixes {
		fix.out.clear()
	}
	if err := c.again(m); err != nil {
		return err
	}
	for i, fix := range c.fixes {
		if c.shared {
			return fmt.Errorf("vm: recursion %d lost a row that only grows", fix.ir.ID)
		}
		compare(fix, c.recs[i].table)
		if fix != c.lead {
			fix.finish()
		}
	}
	return nil
}

// again empties the relations of the component and computes them in rounds.
func (c *component) again(m *Machine) error {
	for _, n := range c.body {
		n.reset()
		n.makeDue()
	}
	c.hold(true)
	_, err := c.rounds(m, false)
	c.release()
	return err
}

// compare makes the difference between what fix shows and now its change.
func compare(fix *node, now *table) {
	fix.out.clear()
	fix.table.each(func(r uint32, _ int64) {
		row := fix.table.row(r)
		if k, ok := now.find(row); !ok || now.now(k) <= 0 {
			fix.out.add(row, -1)
			fix.out.shrinks = true
		}
	})
	now.each(func(r uint32, _ int64) {
		row := now.row(r)
		if k, ok := fix.table.find(row); !ok || fix.table.now(k) <= 0 {
			fix.out.add(row, 1)
		}
	})
}

// rounds runs the body until nothing changes, or for limit rounds. With watch it
// stops after the first round when something in the body may have left.
func (c *component) rounds(m *Machine, watch bool) (shrunk bool, err error) {
	for round := 1; ; round++ {
		if err := m.run(c.body, c); err != nil {
			return false, err
		}
		if watch && round == 1 && slices.ContainsFunc(c.body, func(n *node) bool { return n.out.shrinks && n.out.len() > 0 }) {
			c.hide()
			m.commit(c.body)
			return true, nil
		}
		more := false
		for i, fix := range c.fixes {
			c.advance(c.recs[i], fix.in[0], fix)
			more = more || c.recs[i].out.len() > 0
			if err := m.bounded(c.recs[i]); err != nil {
				return false, err
			}
		}
		c.close(m)
		if err := m.x.spend(1); err != nil {
			return false, err
		}
		if !more || round == c.limit {
			for _, rec := range c.recs {
				rec.table.commit()
				rec.out.clear()
				rec.changed = false
			}
			return false, nil
		}
		for _, rec := range c.recs {
			rec.announce()
		}
	}
}

// advance puts the change of the body's result into Rec: X(k) becomes X(k+1).
func (c *component) advance(rec, result, fix *node) {
	rec.table.commit()
	rec.out.clear()
	for i := range result.out.len() {
		row, n := result.out.row(i), result.out.mult[i]
		if !c.shared {
			rec.out.add(row, n)
		} else if n > 0 {
			if _, fresh := rec.table.hold(row, 1); fresh {
				rec.out.add(row, 1)
			}
		}
	}
	if !c.shared {
		rec.out.settle(rec.table, true)
		fix.out.words = append(fix.out.words, rec.out.words...)
		fix.out.mult = append(fix.out.mult, rec.out.mult...)
	}
}

// close ends a round for everything but Rec, whose change is the next round's.
func (c *component) close(m *Machine) {
	c.hide()
	for _, n := range c.body {
		if n.kind() != ir.Rec || !slices.Contains(c.recs, n) {
			m.commit([]*node{n})
		}
	}
}

// hold keeps aside how the feeds look outside. Within the rounds a feed shows
// its change in the first one, or everything when the component starts afresh.
func (c *component) hold(all bool) {
	c.held = c.held[:0]
	for _, f := range c.feeds {
		h := held{out: f.out}
		if f.table != nil {
			h.mark, h.past = f.table.mark, f.table.past
		}
		c.held = append(c.held, h)
		if !all {
			continue
		}
		f.out = delta{width: f.width()}
		if f.table != nil {
			f.table.each(func(r uint32, n int64) { f.out.add(f.table.row(r), f.weight(n)) })
			f.table.mark, f.table.past = 0, past{}
		}
	}
}

// hide makes the feeds look unchanged in the rounds that follow.
func (c *component) hide() {
	for _, f := range c.feeds {
		f.out = delta{width: f.width()}
		if f.table != nil {
			f.table.mark, f.table.past = f.table.rows(), past{}
		}
	}
}

// release shows the feeds to the outside again.
func (c *component) release() {
	for i, f := range c.feeds {
		f.out = c.held[i].out
		if f.table != nil {
			f.table.mark, f.table.past = c.held[i].mark, c.held[i].past
		}
	}
}

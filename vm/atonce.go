package vm

import (
	"slices"

	"github.com/laspc/lasp/lang/value"
)

// A step keeps what its tables held before it, which joins and recursion ask for, and
// ends with letting it go. Most tables have no such reader: what they hold is filtered,
// counted or shown. A change of a row or two, as most are, is carried out in them at
// once, and there is nothing to end.

// findAtOnce finds the nodes whose table nobody asks for what was before.
func (m *Machine) findAtOnce() {
	for _, n := range m.nodes {
		n.atOnce = n.table != nil && n.within == nil && n.lazy == nil && !slices.ContainsFunc(n.users, (*node).asksBack)
	}
}

// asksBack reports whether a node may ask what the tables of its inputs held before
// the step.
func (n *node) asksBack() bool {
	switch n.op.(type) {
	case *mapOp, *flatMapOp, unionOp, distinctOp, *groupOp, sinkOp:
		return n.within != nil
	}
	return true
}

// isSmall reports whether d is one row, or two different ones.
func (d *delta) isSmall() bool {
	switch len(d.mult) {
	case 1:
		return true
	case 2:
		return !slices.Equal(d.row(0), d.row(1))
	}
	return false
}

// settleAtOnce is settle of a small change, where nothing has changed in the step yet
// and nobody asks what was before.
func (d *delta) settleAtOnce(t *table, set bool) {
	d.own()
	kept := 0
	for i, n := range d.mult {
		row := d.row(i)
		_, old, now := t.addAtOnce(row, n)
		if set {
			old, now = sign(old), sign(now)
		}
		if old == now {
			continue
		}
		if kept < i {
			copy(d.words[kept*d.width:], row)
		}
		d.mult[kept] = now - old
		kept++
	}
	d.words, d.mult = d.words[:kept*d.width], d.mult[:kept]
}

// addAtOnce is add for good: a row whose count falls to zero leaves. It returns the
// row and its count before and now.
func (t *table) addAtOnce(key []value.Word, n int64) (r uint32, old, now int64) {
	held, spot, h := t.look(key)
	if held != 0 {
		old, now = t.changeAtOnce(held-1, int32(spot), n)
		return held - 1, old, now
	}
	r = t.enterNew(key, h, spot, n)
	t.past.list, t.minus, t.mark = t.past.list[:0], false, t.n
	return r, 0, n
}

// changeAtOnce is change for good of a row that is held, in the given spot or, where
// that is noSpot, somewhere.
func (t *table) changeAtOnce(r uint32, at int32, n int64) (old, now int64) {
	count := t.counts()
	old = count[r]
	now = old + n
	if count[r] = now; now == 0 {
		t.drop(r, at)
	}
	return old, now
}

package vm

import (
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
)

// joinOp is the equi-join: with A and B the inputs before the step and dA, dB
// their changes, the change is dA joined with B + dB, plus A joined with dB. So
// what is new on both sides meets exactly once.
type joinOp struct {
	left, right *index
	lkey, rkey  []int
	f           *rowFunc
	key, row    []value.Word
	met         delta // rows that go through f together
}

func newJoin(m *Machine, n *node) (operator, error) {
	a, b := n.in[0], n.in[1]
	a.keep()
	b.keep()
	o := &joinOp{
		lkey: n.ir.LKey, rkey: n.ir.RKey,
		key: make([]value.Word, len(n.ir.LKey)), row: make([]value.Word, a.width()+b.width()),
		met: delta{width: a.width() + b.width()},
	}
	cols := slices.Concat(a.ir.Cols, b.ir.Cols)
	var err error
	o.f, err = m.rowFunc(n, n.ir.Cond, n.ir.Out, cols)
	n.errs.cols, n.errs.again = cols, o.f.again
	return o, err
}

// look makes the indexes: not before they are used, since a recursion may never
// use them.
func (o *joinOp) look(n *node) {
	if o.left == nil {
		n.agenda.ahead.forget()
		o.left, o.right = n.in[0].table.index(o.lkey), n.in[1].table.index(o.rkey)
	}
}

func (o *joinOp) step(m *Machine, n *node) error {
	o.look(n)
	a, b := n.in[0], n.in[1]
	n.out.shrinks = n.out.shrinks || a.out.shrinks || b.out.shrinks
	for i := range a.out.len() {
		row := a.out.row(i)
		copy(o.row, row)
		for r := o.right.first(pick(o.key, row, o.lkey)); r != 0; r = o.right.next[r-1] {
			weight := b.weight(b.table.now(r-1)) * a.out.mult[i]
			if weight == 0 {
				continue
			}
			copy(o.row[len(row):], b.table.row(r-1))
			if err := n.emitLater(&m.x, o.f, &o.met, o.row, weight); err != nil {
				return err
			}
		}
	}
	if a.table.isNew() {
		return n.emitRest(&m.x, o.f, &o.met)
	}
	for i := range b.out.len() {
		row := b.out.row(i)
		copy(o.row[a.width():], row)
		for r := o.left.first(pick(o.key, row, o.rkey)); r != 0; r = o.left.next[r-1] {
			weight := a.weight(a.table.old(r-1)) * b.out.mult[i]
			if weight == 0 {
				continue
			}
			copy(o.row, a.table.row(r-1))
			if err := n.emitLater(&m.x, o.f, &o.met, o.row, weight); err != nil {
				return err
			}
		}
	}
	return n.emitRest(&m.x, o.f, &o.met)
}

func (o *joinOp) reset(*node) { o.met.clear() }

// pick copies the given columns of row into key.
func pick(key, row []value.Word, cols []int) []value.Word {
	for i, c := range cols {
		key[i] = row[c]
	}
	return key
}

// semiJoinOp keeps the rows of its left input whose key occurs on the right, or,
// as AntiJoin, those whose key does not.
type semiJoinOp struct {
	left, right *index
	lkey, rkey  []int
	anti        bool
	key         []value.Word
	seen        *table // keys of the right whose presence was looked at in this step
}

func newSemiJoin(_ *Machine, n *node) (operator, error) {
	a, b := n.in[0], n.in[1]
	a.keep()
	b.keep()
	return &semiJoinOp{
		left: a.table.index(n.ir.LKey), right: b.table.index(n.ir.RKey),
		lkey: n.ir.LKey, rkey: n.ir.RKey, anti: n.kind() == ir.AntiJoin,
		key: make([]value.Word, len(n.ir.LKey)), seen: newTable(len(n.ir.LKey)),
	}, nil
}

// step: a changed left row passes by the present state of the right; a key that
// came to or left the right passes the left rows as they were before.
func (o *semiJoinOp) step(m *Machine, n *node) error {
	a, b := n.in[0], n.in[1]
	n.out.shrinks = n.out.shrinks || a.out.shrinks || !o.anti && b.out.shrinks || o.anti && b.out.len() > 0
	for i := range a.out.len() {
		row := a.out.row(i)
		if now, _ := o.presence(b, pick(o.key, row, o.lkey)); now != o.anti {
			n.out.add(row, a.out.mult[i])
		}
	}
	for i := range b.out.len() {
		pick(o.key, b.out.row(i), o.rkey)
		if _, fresh := o.seen.add(o.key, 1); !fresh {
			continue
		}
		now, before := o.presence(b, o.key)
		if now == before {
			continue
		}
		mult := int64(1)
		if now == o.anti {
			mult = -1
		}
		for r := o.left.first(o.key); r != 0; r = o.left.next[r-1] {
			if w := a.weight(a.table.old(r - 1)); w != 0 {
				n.out.add(a.table.row(r-1), w*mult)
			}
		}
	}
	o.seen.reset()
	return m.x.spend(int64(a.out.len() + b.out.len() + n.out.len()))
}

// presence tells whether a key occurs on the right, now and before the step.
func (o *semiJoinOp) presence(b *node, key []value.Word) (now, before bool) {
	for r := o.right.first(key); r != 0 && !(now && before); r = o.right.next[r-1] {
		now = now || b.table.now(r-1) > 0
		before = before || b.table.old(r-1) > 0
	}
	return now, before
}

func (o *semiJoinOp) reset(*node) {}

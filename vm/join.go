package vm

import (
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/slab"
	"github.com/laspc/lasp/lang/value"
)

// joinOp is the equi-join: with A and B the inputs before the step and dA, dB
// their changes, the change is dA joined with B + dB, plus A joined with dB. So
// what is new on both sides meets exactly once. Where B was empty that is all of A
// joined with dB, where A was it is dA joined with all of B: an index of one side is
// enough, and the other one gets one when it is asked for.
type joinOp struct {
	left, right *index // nil as long as nobody has looked there
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

// look makes both indexes: not before they are used, since a recursion may never
// use them.
func (o *joinOp) look(n *node) {
	o.lookLeft(n)
	o.lookRight(n)
}

func (o *joinOp) lookLeft(n *node) *index {
	if o.left == nil {
		n.agenda.ahead.forget()
		o.left = n.in[0].table.index(o.lkey)
	}
	return o.left
}

func (o *joinOp) lookRight(n *node) *index {
	if o.right == nil {
		n.agenda.ahead.forget()
		o.right = n.in[1].table.index(o.rkey)
	}
	return o.right
}

func (o *joinOp) step(m *Machine, n *node) error {
	a, b := n.in[0], n.in[1]
	n.out.shrinks = n.out.shrinks || a.out.shrinks || b.out.shrinks
	if !n.keeps { // single changes of both sides are to be expected: the first one must not wait
		o.look(n)
	}
	fromLeft, fromRight, now := o.ways(n)
	if fromLeft {
		w := meeting{from: a, to: b, x: o.lookRight(n), key: o.lkey}
		if err := o.meet(m, n, w); err != nil {
			return err
		}
	}
	if fromRight {
		w := meeting{from: b, to: a, x: o.lookLeft(n), key: o.rkey, swapped: true, before: !now}
		if err := o.meet(m, n, w); err != nil {
			return err
		}
	}
	return n.emitRest(&m.x, o.f, &o.met)
}

// ways decides which changes look for rows of the other side: those of the left one
// for rows as they are now, those of the right one for rows as they are now or were
// before the step.
func (o *joinOp) ways(n *node) (fromLeft, fromRight, now bool) {
	a, b := n.in[0], n.in[1]
	switch newA, newB := a.table.isNew(), b.table.isNew(); {
	case a.out.len() == 0 || b.out.len() == 0:
		return a.out.len() > 0, b.out.len() > 0 && !newA, false
	case newA && newB: // the index is made of fewer rows
		left := b.out.len() <= a.out.len() || o.right != nil
		return left, !left, true
	case newA:
		return true, false, false
	case newB:
		return false, true, true
	}
	return true, true, false
}

// meeting is the change of one input of a join that looks for rows of the other.
type meeting struct {
	from, to *node
	x        *index // on the rows of to
	key      []int  // of the rows of from
	swapped  bool   // the columns of to come first
	before   bool   // rows of to count what they did before the step
}

// weight is what row r counts.
func (w *meeting) weight(r uint32) int64 {
	if w.before {
		return w.to.weight(w.to.table.old(r))
	}
	return w.to.weight(w.to.table.now(r))
}

// meet joins the rows of a change with those that they find.
func (o *joinOp) meet(m *Machine, n *node, w meeting) error {
	d, t, next := &w.from.out, w.to.table, w.x.next
	plain := t.count == nil && !w.before // each row counts 1
	for i := range d.len() {
		row := d.row(i)
		for r := w.x.first(pick(o.key, row, w.key)); r != 0; r = next[r-1] {
			weight := d.mult[i]
			if !plain {
				if weight *= w.weight(r - 1); weight == 0 {
					continue
				}
			}
			left, right := row, t.row(r-1)
			if w.swapped {
				left, right = right, left
			}
			if err := o.pair(m, n, left, right, weight); err != nil {
				return err
			}
		}
		if i == expectAt {
			n.expectLike(i, d.len())
		}
	}
	return nil
}

// pair lets two rows that meet go through f.
func (o *joinOp) pair(m *Machine, n *node, left, right []value.Word, weight int64) error {
	switch {
	case o.f.project != nil:
		out := &n.out
		for _, c := range o.f.project {
			if c < len(left) {
				out.words = append(out.words, left[c])
			} else {
				out.words = append(out.words, right[c-len(left)])
			}
		}
		if out.mult = append(out.mult, weight); len(out.mult) > n.most {
			return m.tooMany(n)
		}
		return m.x.spend(1)
	case o.f.batch != nil:
		o.met.words = append(append(o.met.words, left...), right...)
		if o.met.mult = append(o.met.mult, weight); o.met.len() < batchRows {
			return nil
		}
		return n.emitRest(&m.x, o.f, &o.met)
	}
	copy(o.row, left)
	copy(o.row[len(left):], right)
	return n.emit(&m.x, o.f, o.row, weight)
}

// expectAt is after how many rows of a change it is known what a row brings about, and
// expectMost how many words there is room made for, at most: a guess must cost little.
const (
	expectAt   = 4 * batchRows
	expectMost = 1 << 23
)

// expectLike makes room for what the rest of a change will bring, if it is like the
// first rows.
func (n *node) expectLike(rows, all int) {
	more := n.out.len() / rows * (all - rows)
	if frac := n.out.len() % rows; frac > 0 {
		more += int(int64(frac) * int64(all-rows) / int64(rows))
	}
	more = min(more+more/64, expectMost/max(1, n.out.width))
	n.out.words, n.out.mult = slab.Grow(n.out.words, more*n.out.width), slab.Grow(n.out.mult, more)
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

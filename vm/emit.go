package vm

import (
	"github.com/laspc/lasp/lang/slab"
	"github.com/laspc/lasp/lang/value"
)

// emitAll runs the rows of d through f into the change of n.
func (n *node) emitAll(x *exec, f *rowFunc, d *delta) error {
	if f.batch == nil || d.len() < batchMin {
		for i := range d.len() {
			if err := n.emit(x, f, d.row(i), d.mult[i]); err != nil {
				return err
			}
		}
		return nil
	}
	for lo := 0; lo < d.len(); lo += batchRows {
		hi := min(lo+batchRows, d.len())
		if err := x.batch(f.batch, d.words[lo*d.width:hi*d.width], hi-lo); err != nil {
			return err
		}
		if err := n.emitBatch(x, f, d, lo); err != nil {
			return err
		}
		if n.hands == handRows {
			n.expect(lo, hi, d.len())
		}
	}
	return nil
}

// emitLater runs a row through f as emit does, together with others: it waits in d
// until there is a batch, or emitRest is called.
func (n *node) emitLater(x *exec, f *rowFunc, d *delta, row []value.Word, mult int64) error {
	if f.batch == nil {
		return n.emit(x, f, row, mult)
	}
	if d.add(row, mult); d.len() < batchRows {
		return nil
	}
	return n.emitRest(x, f, d)
}

// emitRest runs the rows of d through f that wait there.
func (n *node) emitRest(x *exec, f *rowFunc, d *delta) error {
	err := n.emitAll(x, f, d)
	d.clear()
	return err
}

// batch evaluates n rows at once.
func (x *exec) batch(b *batch, rows []value.Word, n int) error {
	if err := x.spend(int64(n)); err != nil {
		return err
	}
	s := &x.m.columns
	s.prepare(b, n)
	s.fetch(b, rows)
	return s.run(x, b)
}

// expect makes room for what the rest of a change will add, if it is like what came
// before.
func (n *node) expect(before, now, all int) {
	if now < all && before == 0 {
		more := n.out.len() * (all/now + 1)
		n.out.words, n.out.mult = slab.Grow(n.out.words, more*n.out.width), slab.Grow(n.out.mult, more)
	}
}

// emitBatch adds the results of a batch, whose rows are those of d from lo on, in
// their order.
func (n *node) emitBatch(x *exec, f *rowFunc, d *delta, lo int) error {
	s := &x.m.columns
	switch {
	case f.batch.straight && !s.leaves:
		n.out.gatherAll(s, f.batch, d, lo)
	case n.hands == handPicks && !s.leaves:
		n.out.picks.pick(s.kept[:s.n], lo, d.len())
	case n.hands == handNumber && !s.leaves && n.out.number(s.kept, d.mult[lo:lo+s.n]):
	case s.leaves:
		for i := range s.n {
			switch {
			case s.left[i] != 0:
				if err := n.emit(x, f, d.row(lo+i), d.mult[lo+i]); err != nil {
					return err
				}
			case s.kept[i] != 0:
				n.out.add(s.row(f, d.row(lo+i), i), d.mult[lo+i])
			}
		}
	default:
		n.out.gather(s, f.batch, d, lo)
	}
	if n.out.size() > n.most {
		return x.m.tooMany(n)
	}
	return nil
}

// row is the result for one row of a batch. It is valid until the next one.
func (s *columns) row(f *rowFunc, in []value.Word, i int) []value.Word {
	for k, o := range f.batch.outs {
		f.buf[k] = s.at(o, in, i)
	}
	return f.buf
}

// at is a column of the result for one row.
func (s *columns) at(o outCol, in []value.Word, i int) value.Word {
	switch o.from {
	case outInput:
		return in[o.reg]
	case outWord:
		return s.words[o.reg][i]
	case outTruth:
		return value.Word(s.truths[o.reg][i])
	}
	return o.word
}

// gatherAll adds the results of a batch of which all rows are kept.
func (d *delta) gatherAll(s *columns, b *batch, from *delta, lo int) {
	n, w := len(d.mult), len(b.outs)
	d.mult = append(d.mult, from.mult[lo:lo+s.n]...)
	d.words = slab.Grow(d.words, s.n*w)[:(n+s.n)*w]
	for k, o := range b.outs {
		to := d.words[n*w+k:]
		for i := range s.n {
			to[i*w] = s.at(o, from.words[(lo+i)*from.width:], i)
		}
	}
}

// gather adds the results of a batch, none of whose rows left, a column at a time.
// Every row is written and the place moves on where it is kept, which costs less
// than to ask.
func (d *delta) gather(s *columns, b *batch, from *delta, lo int) {
	kept := s.kept[:s.n]
	n, w := len(d.mult), len(b.outs)
	d.mult = slab.Grow(d.mult, s.n)[:n+s.n]
	d.words = slab.Grow(d.words, s.n*w)[:(n+s.n)*w]
	at := n
	for i, m := range from.mult[lo : lo+s.n] {
		d.mult[at] = m
		at += int(kept[i])
	}
	for k, o := range b.outs {
		to := d.words[n*w+k:]
		j := 0
		switch o.from {
		case outInput:
			rows := from.words[lo*from.width+int(o.reg):]
			for i, on := range kept {
				to[j] = rows[i*from.width]
				j += w & -int(on)
			}
		case outWord:
			for i, x := range s.word(o.reg) {
				to[j] = x
				j += w & -int(kept[i])
			}
		case outTruth:
			for i, x := range s.truth(o.reg)[:len(kept)] {
				to[j] = value.Word(x)
				j += w & -int(kept[i])
			}
		case outConst:
			for _, on := range kept {
				to[j] = o.word
				j += w & -int(on)
			}
		}
	}
	d.mult, d.words = d.mult[:at], d.words[:at*w]
}

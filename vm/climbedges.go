package vm

import "github.com/laspc/lasp/lang/value"

// climbRule is a join of the recursive relation with a feed.
type climbRule struct {
	n       *node // the join
	op      *joinOp
	feed    *node
	recAt   int   // where the columns of the recursive relation begin in a joined row
	feedAt  int   // and those of the feed
	recKey  []int // its columns that the feed is joined on
	feedKey []int // and the feed's
	needs   []int // columns of the feed that are read
	cols    []int // of the joined row's result that are the group's keys, then its value
	whole   bool  // recKey is the key of the recursive relation, so ids of keys serve
	// to is the columns of the feed that are the key of the result, f makes the
	// value alone; to is nil where the key has to be made, too.
	to []int
	f  *rowFunc
	// reads and results are what batches of the rule read and make; reads is nil
	// where its code does not run on columns.
	reads   []climbRead
	results []outCol // the value, after the key where the rule makes it
	keyed   bool     // batches read the key of the recursive relation, too

	joins keyIDs // of join keys, unless whole
	edges climbEdges
	late  grid // rows of the feed that came after edges were laid out
	waits grid // by join key: keys that have a value, unless whole
	buf   []value.Word
}

// fewEdges is up to how many new rows nothing is laid out anew.
const fewEdges = 64

func (r *climbRule) reset() {
	if !r.whole {
		r.joins = newKeyIDs(len(r.recKey))
	}
	r.edges = climbEdges{}
	r.late.rows, r.waits.rows = nil, nil
}

// stride is how many words a row takes.
func (r *climbRule) stride(wide bool) int {
	n := len(r.needs)
	if wide {
		n *= 2
	}
	if r.to != nil {
		n++
	}
	return max(1, n)
}

// join is the id of the join key in the columns cols of a row.
func (k *climb) join(r *climbRule, row []value.Word, cols []int) uint32 {
	key := pick(r.buf[:len(cols)], row, cols)
	if r.whole {
		return k.ids.id(key)
	}
	return r.joins.id(key)
}

// target is the id of the key that a rule derives from a row of its feed.
func (k *climb) target(r *climbRule, row []value.Word) uint32 {
	return k.ids.id(pick(r.buf[:len(r.to)], row, r.to))
}

// take stores new rows of a rule's feed, and meets them with the keys that have
// a value already. Where the new rows are a good part of all, all are laid out
// anew, so that over time each is a few times only.
func (k *climb) take(m *Machine, r *climbRule) error {
	out := &r.feed.out
	if out.len() == 0 {
		return nil
	}
	if out.len() > fewEdges && out.len() > r.edges.rows/2 && k.layOut(r) {
		k.again()
		return m.x.spend(int64(out.len()))
	}
	for i := range out.len() {
		row := out.row(i)
		l := r.late.line(k.join(r, row, r.feedKey))
		if r.to != nil {
			r.late.push(l, k.target(r, row))
		}
		for _, c := range r.needs {
			r.late.push(l, uint32(row[c]))
			r.late.push(l, uint32(row[c]>>32))
		}
		if r.to == nil && len(r.needs) == 0 {
			r.late.push(l, 0)
		}
	}
	k.pool.settle()
	return k.meetNew(m, r)
}

// again lets all keys come that have met the rules: where a good part of the rows of a
// feed is new that costs less than to look for those that they concern.
func (k *climb) again() {
	for id, s := range k.state {
		if k.n > 0 && s&(climbMet|climbDue) == climbMet {
			k.state[id] = s | climbDue
			k.queue.push(uint32(id), k.rank(k.best[id]))
		}
	}
}

// meetNew meets the new rows of a feed with the keys that have met the rule.
func (k *climb) meetNew(m *Machine, r *climbRule) error {
	out := &r.feed.out
	for i := 0; k.n > 0 && i < out.len(); i++ {
		row := out.row(i)
		j := k.join(r, row, r.feedKey)
		one := [1]uint32{j}
		ids := one[:]
		if !r.whole {
			ids = r.waits.list(j, 0)
		} else if !k.is(j, climbMet) {
			continue
		}
		for _, id := range ids {
			k.place(r, id)
			copy(r.op.row[r.feedAt:], row)
			to := uint32(0)
			if r.to != nil {
				to = k.target(r, row)
			}
			if err := k.try(m, r, to); err != nil {
				return err
			}
		}
	}
	return m.x.spend(int64(out.len()))
}

// place puts the row of a key into the joined row of a rule, and what it is joined
// on into the columns of the feed.
func (k *climb) place(r *climbRule, id uint32) {
	rec, feed := r.op.row[r.recAt:], r.op.row[r.feedAt:]
	copy(rec, k.ids.key(id))
	rec[k.keys] = k.best[id]
	for i, c := range r.feedKey {
		feed[c] = rec[r.recKey[i]]
	}
}

// many reports whether so many rows of the feed meet a key that they are worth a
// batch.
func (r *climbRule) many(id uint32) bool {
	return !r.whole || len(r.edges.of(id)) > fewCandidates*r.stride(r.edges.wide)
}

// fire makes candidates of the value of a key.
func (k *climb) fire(m *Machine, r *climbRule, id uint32) error {
	k.place(r, id)
	j := id
	if !r.whole {
		j = k.join(r, r.op.row[r.recAt:], r.recKey)
	}
	if err := k.meet(m, r, r.edges.of(j), r.edges.wide); err != nil {
		return err
	}
	return k.meet(m, r, r.late.list(j, 0), true)
}

// meet runs a rule on the rows of a feed that are given as words.
func (k *climb) meet(m *Machine, r *climbRule, list []uint32, wide bool) error {
	at := r.op.row[r.feedAt:]
	for stride := r.stride(wide); len(list) > 0; list = list[stride:] {
		row := list[:stride]
		to := row[0]
		if r.to != nil {
			row = row[1:]
		}
		for i, c := range r.needs {
			if wide {
				at[c] = value.Word(row[2*i]) | value.Word(row[2*i+1])<<32
			} else {
				at[c] = value.Word(row[i])
			}
		}
		if err := k.try(m, r, to); err != nil {
			return err
		}
	}
	return nil
}

// try runs the code of a rule on its joined row, for the key to where the rule
// does not make it.
func (k *climb) try(m *Machine, r *climbRule, to uint32) error {
	out, ok, err := r.f.apply(&m.x, r.op.row)
	switch {
	case err == errOutOfFuel:
		return err
	case err != nil:
		if r.to != nil { // in the joined row it may be missing
			for i, c := range r.to {
				r.op.row[r.feedAt+c] = k.ids.key(to)[i]
			}
		}
		r.n.errs.add(r.op.row, 1)
	case ok && r.to != nil:
		k.room()
		k.offer(to, out[0])
	case ok:
		k.collect(out, r.cols)
	}
	return nil
}

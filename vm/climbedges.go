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
	to    []int
	f     *rowFunc
	joins keyIDs // of join keys, unless whole
	edges climbEdges
	late  grid // rows of the feed that came after edges were laid out
	waits grid // by join key: keys that have a value, unless whole
	buf   []value.Word
}

// climbEdges are the rows of a feed by join key, without what nobody reads: one
// array in the order of the keys, each row as many words of 32 bits as the next.
type climbEdges struct {
	start []uint32 // by join key
	words []uint32
	rows  int
	wide  bool // columns take two words each
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

// of is the rows with a join key.
func (e *climbEdges) of(j uint32) []uint32 {
	if int(j)+1 >= len(e.start) {
		return nil
	}
	return e.words[e.start[j]:e.start[j+1]]
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
		return k.meetNew(m, r)
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

// layOut sorts all rows of a feed by join key, counting first. It reports false
// where they do not fit.
func (k *climb) layOut(r *climbRule) bool {
	t := r.feed.table
	e := climbEdges{rows: t.live()}
	k.expect(r, t)
	for _, c := range r.needs {
		for at := c; at < len(t.words) && !e.wide; at += t.width {
			e.wide = t.words[at]>>32 != 0
		}
	}
	stride := uint32(r.stride(e.wide))
	if e.rows >= 1<<32/int(stride) {
		return false
	}
	joins := make([]uint32, t.rows())
	for n := range t.rows() {
		if t.now(n) <= 0 {
			continue
		}
		j := k.join(r, t.row(n), r.feedKey)
		for uint32(len(e.start)) <= j+1 {
			e.start = append(e.start, 0)
		}
		joins[n] = j
		e.start[j+1] += stride
	}
	for j := 1; j < len(e.start); j++ {
		e.start[j] += e.start[j-1]
	}
	k.fill(r, &e, joins)
	r.edges, r.late.rows = e, nil
	return true
}

// fill puts the rows of a feed, whose join keys are given, into their places.
func (k *climb) fill(r *climbRule, e *climbEdges, joins []uint32) {
	t := r.feed.table
	stride := uint32(r.stride(e.wide))
	e.words = make([]uint32, e.rows*int(stride))
	ends := append([]uint32(nil), e.start...)
	for n, j := range joins {
		if t.now(uint32(n)) <= 0 {
			continue
		}
		row := t.row(uint32(n))
		at := ends[j]
		ends[j] += stride
		if r.to != nil {
			e.words[at] = k.target(r, row)
			at++
		}
		for _, c := range r.needs {
			e.words[at] = uint32(row[c])
			if at++; e.wide {
				e.words[at] = uint32(row[c] >> 32)
				at++
			}
		}
	}
}

// expect prepares ids for the keys in the rows of a feed.
func (k *climb) expect(r *climbRule, t *table) {
	if r.whole && k.ids.one != nil {
		k.ids.one.expect(t.words, t.width, r.feedKey[0])
	}
	if r.to != nil && k.ids.one != nil {
		k.ids.one.expect(t.words, t.width, r.to[0])
	}
	if !r.whole && r.joins.one != nil {
		r.joins.one.expect(t.words, t.width, r.feedKey[0])
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

// place puts the row of a key into the joined row of a rule.
func (k *climb) place(r *climbRule, id uint32) {
	at := r.op.row[r.recAt:]
	copy(at, k.ids.key(id))
	at[k.keys] = k.best[id]
}

// fire makes candidates of the value of a key. A key that the rule has not met
// before waits from now on for rows of the feed.
func (k *climb) fire(m *Machine, r *climbRule, id uint32, met bool) error {
	k.place(r, id)
	j := id
	if !r.whole {
		j = k.join(r, r.op.row[r.recAt:], r.recKey)
		if !met {
			r.waits.push(r.waits.line(j), id)
		}
	}
	at := r.op.row[r.feedAt:]
	for i, c := range r.feedKey {
		at[c] = r.op.row[r.recAt+r.recKey[i]]
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
		k.offer(to, out[0])
	case ok:
		k.collect(out, r.cols)
	}
	return nil
}

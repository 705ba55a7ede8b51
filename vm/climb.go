package vm

import (
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Recursion that keeps the best value of each key (Min, Max, Flag) over relations
// that only grow: shortest paths, components by their least member.
//
// Values only get better, and what was made of a worse value is no better than
// what is made of the better one. So nothing is ever taken back: each key has one
// value in an array, a key whose value got better is queued, and when its turn
// comes the rules make candidates of the value that it has then. The queue is in
// the order of values, best first, where they are numbers: where values get no
// better along a rule, as lengths of paths do, each key comes once (Dijkstra's
// algorithm). Elsewhere a key may come again, with the same result.
//
// A rule joins the recursive relation with a feed. The feed's rows lie together
// by join key, without the columns that nobody reads. What changed in a turn is
// shown as the old row leaving and the new one coming.
type climb struct {
	c      *component
	m      *Machine
	group  *node
	typ    *types.Type
	ranks  ranking
	keys   int
	ids    keyIDs
	pool   pool
	best   []value.Word // by key
	state  []climbState // by key
	shown  []value.Word // by key: what is shown outside
	queue  climbQueue
	dirty  []uint32 // keys whose value is not shown yet
	rules  []*climbRule
	starts []feedRules // what goes into the group from feeds
	row    []value.Word
}

type climbState uint8

const (
	climbHas   climbState = 1 << iota // the key has a value
	climbDue                          // it is queued
	climbDirty                        // it is in dirty
	climbShown                        // it is shown
	climbMet                          // its first value has met the rules
)

// climbRule is a join of the recursive relation with a feed.
type climbRule struct {
	n       *node // the join
	op      *joinOp
	feed    *node
	recAt   int    // where the columns of the recursive relation begin in a joined row
	feedAt  int    // and those of the feed
	recKey  []int  // its columns that the feed is joined on
	feedKey []int  // and the feed's
	needs   []int  // columns of the feed that are read
	joins   keyIDs // of join keys
	rows    grid   // by join key: the needed columns, two numbers a word
	waits   grid   // by join key: keys that have a value
	cols    []int  // of the joined row's result that are the group's keys, then its value
	buf     []value.Word
}

// keyIDs gives keys of some columns dense ids.
type keyIDs struct {
	one *dense // of keys of one column
	all *table // of others
}

func newKeyIDs(width int) keyIDs {
	if width == 1 {
		return keyIDs{one: newDense()}
	}
	return keyIDs{all: newTable(width)}
}

func (k *keyIDs) id(key []value.Word) uint32 {
	if k.one != nil {
		return k.one.id(key[0])
	}
	r, _ := k.all.put(key)
	return r
}

func (k *keyIDs) key(id uint32) []value.Word {
	if k.one != nil {
		return k.one.words[id : id+1]
	}
	return k.all.row(id)
}

func (k *climb) reset() {
	k.ids = newKeyIDs(k.keys)
	k.pool = pool{}
	k.best, k.state, k.shown, k.dirty = nil, nil, nil, nil
	k.queue.reset()
	for _, r := range k.rules {
		r.joins = newKeyIDs(len(r.recKey))
		r.rows.rows, r.waits.rows = nil, nil
	}
}

// offer is a candidate for the value of a key.
func (k *climb) offer(key []value.Word, v value.Word) {
	id := k.ids.id(key)
	for uint32(len(k.best)) <= id {
		k.best, k.state, k.shown = append(k.best, 0), append(k.state, 0), append(k.shown, 0)
	}
	s := k.state[id]
	if s&climbHas != 0 && !k.better(v, k.best[id]) {
		return
	}
	k.best[id] = v
	if s&climbDirty == 0 {
		k.dirty = append(k.dirty, id)
	}
	if s&climbDue == 0 || k.ranks.on {
		k.queue.push(k.rank(v), id, k.ranks.on)
	}
	k.state[id] = s | climbHas | climbDue | climbDirty
}

func (k *climb) rank(v value.Word) uint64 {
	if !k.ranks.on {
		return 0
	}
	return v ^ k.ranks.flip
}

func (k *climb) better(a, b value.Word) bool {
	if k.ranks.on {
		return k.rank(a) < k.rank(b)
	}
	kind, _ := k.typ.RawKind()
	x, y := k.m.in.Value(a, kind), k.m.in.Value(b, kind)
	if k.typ.Is("Min") {
		x, y = y, x
	}
	return value.Compare(x, y) > 0
}

// step takes in the changes of the feeds and lets values climb.
func (k *climb) step(m *Machine) error {
	for _, r := range k.rules {
		if err := k.take(m, r); err != nil {
			return err
		}
	}
	for i := range k.starts {
		f := &k.starts[i]
		for n := range f.n.out.len() {
			for t := range f.into {
				row, ok, err := runChain(m, f.into[t].chain, f.n.out.row(n), f.n.out.mult[n])
				if err != nil {
					return err
				}
				if ok {
					k.collect(row, f.into[t].cols)
				}
			}
		}
	}
	for {
		rank, id, ok := k.queue.pop(k.ranks.on)
		if !ok {
			break
		}
		if k.state[id]&climbDue == 0 || k.ranks.on && rank != k.rank(k.best[id]) {
			continue // it came already with a better value
		}
		met := k.state[id]&climbMet != 0
		k.state[id] = k.state[id]&^climbDue | climbMet
		for _, r := range k.rules {
			if err := k.fire(m, r, id, met); err != nil {
				return err
			}
		}
		if len(k.best) > k.c.lead.most {
			return m.tooMany(k.c.lead)
		}
	}
	k.publish()
	return nil
}

// collect offers what a row of the group's input holds.
func (k *climb) collect(row []value.Word, cols []int) {
	k.row = k.row[:0]
	for _, c := range cols {
		k.row = append(k.row, row[c])
	}
	k.offer(k.row[:k.keys], k.row[k.keys])
}

// take stores new rows of a rule's feed, and meets them with the keys that have
// a value already.
func (k *climb) take(m *Machine, r *climbRule) error {
	out := &r.feed.out
	for i := range out.len() {
		row := out.row(i)
		j := r.joins.id(pick(r.buf[:len(r.feedKey)], row, r.feedKey))
		l := r.rows.line(j)
		for _, c := range r.needs {
			r.rows.push(l, uint32(row[c]))
			r.rows.push(l, uint32(row[c]>>32))
		}
		if len(r.needs) == 0 {
			r.rows.push(l, 0)
		}
		for _, id := range r.waits.list(j, 0) {
			k.place(r, id)
			copy(r.op.row[r.feedAt:], row)
			if err := k.try(m, r); err != nil {
				return err
			}
		}
	}
	k.pool.settle()
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
	j := r.joins.id(pick(r.buf[:len(r.recKey)], r.op.row[r.recAt:], r.recKey))
	if !met {
		r.waits.push(r.waits.line(j), id)
	}
	list := r.rows.list(j, 0)
	if len(r.needs) == 0 {
		for range list {
			if err := k.try(m, r); err != nil {
				return err
			}
		}
		return nil
	}
	at := r.op.row[r.feedAt:]
	for i, c := range r.feedKey {
		at[c] = r.op.row[r.recAt+r.recKey[i]]
	}
	for i := 0; i < len(list); {
		for _, c := range r.needs {
			at[c] = value.Word(list[i]) | value.Word(list[i+1])<<32
			i += 2
		}
		if err := k.try(m, r); err != nil {
			return err
		}
	}
	return nil
}

// try runs the code of a rule on its joined row.
func (k *climb) try(m *Machine, r *climbRule) error {
	out, ok, err := r.op.f.apply(&m.x, r.op.row)
	switch {
	case err == errOutOfFuel:
		return err
	case err != nil:
		r.n.errs.add(r.op.row, 1)
	case ok:
		k.collect(out, r.cols)
	}
	return nil
}

// publish shows the keys whose values changed, and forgets errors that came from
// values that have been replaced.
func (k *climb) publish() {
	fix := k.c.lead
	row := make([]value.Word, k.keys+1)
	show := func(id uint32, v value.Word, n int64) {
		copy(row, k.ids.key(id))
		row[k.keys] = v
		fix.table.add(row, n)
		fix.out.add(row, n)
	}
	for _, id := range k.dirty {
		s := k.state[id]
		k.state[id] = s&^climbDirty | climbShown
		if s&climbShown != 0 {
			show(id, k.shown[id], -1)
		}
		show(id, k.best[id], 1)
		k.shown[id] = k.best[id]
	}
	k.dirty = k.dirty[:0]
	fix.out.shrinks = fix.out.negative()
	for _, r := range k.rules {
		k.forget(r)
	}
}

// forget drops the errors of a rule whose row is no longer there.
func (k *climb) forget(r *climbRule) {
	if r.n.errs.rows == nil {
		return
	}
	var stale []value.Word
	width := r.n.errs.rows.width
	r.n.errs.rows.each(func(at uint32, n int64) {
		row := r.n.errs.rows.row(at)
		id := k.ids.id(row[r.recAt : r.recAt+k.keys])
		if k.best[id] != row[r.recAt+k.keys] {
			stale = append(stale, row...)
		}
	})
	for ; len(stale) > 0; stale = stale[width:] {
		at, _ := r.n.errs.rows.find(stale[:width])
		r.n.errs.add(stale[:width], -r.n.errs.rows.now(at))
	}
}

// climbQueue is the keys to come: a heap by rank, or a queue.
type climbQueue struct {
	items []climbItem
	next  int
}

type climbItem struct {
	rank uint64
	id   uint32
}

func (q *climbQueue) push(rank uint64, id uint32, ranked bool) {
	w := climbItem{rank, id}
	q.items = append(q.items, w)
	if !ranked {
		return
	}
	i := len(q.items) - 1
	for i > 0 {
		up := (i - 1) / 4
		if q.items[up].rank <= rank {
			break
		}
		q.items[i] = q.items[up]
		i = up
	}
	q.items[i] = w
}

func (q *climbQueue) pop(ranked bool) (rank uint64, id uint32, ok bool) {
	if q.next == len(q.items) {
		q.reset()
		return 0, 0, false
	}
	w := q.items[q.next]
	if !ranked {
		q.next++
		return w.rank, w.id, true
	}
	last := len(q.items) - 1
	end := q.items[last]
	if q.items = q.items[:last]; last > 0 {
		q.sift(end)
	}
	return w.rank, w.id, true
}

// sift puts w in the place of the first of the heap, in which each has four
// below it.
func (q *climbQueue) sift(w climbItem) {
	i := 0
	for {
		down := 4*i + 1
		if down >= len(q.items) {
			break
		}
		for c := down + 1; c < min(down+4-(down-4*i-1), len(q.items)); c++ {
			if q.items[c].rank < q.items[down].rank {
				down = c
			}
		}
		if w.rank <= q.items[down].rank {
			break
		}
		q.items[i] = q.items[down]
		i = down
	}
	q.items[i] = w
}

func (q *climbQueue) reset() {
	if cap(q.items) > 1<<16 {
		q.items = nil
	}
	q.items, q.next = q.items[:0], 0
}

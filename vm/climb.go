package vm

import (
	"github.com/laspc/lasp/lang/slab"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Recursion that keeps the best value of each key (Min, Max, Flag) over relations
// that only grow: shortest paths, components by their least member.
//
// Values only get better, and what was made of a worse value is no better than
// what is made of the better one. So nothing is ever taken back: each key has one
// value in an array, a key whose value got better is queued, and when its turn
// comes the rules make candidates of the value that it has then. In which order
// keys come does not change the result, since it is the least fixed point of
// monotone rules, but the cost: see climbQueue.
//
// A rule joins the recursive relation with a feed, whose rows lie together by
// join key (climbEdges), without the columns that nobody reads. Where the feed
// alone gives the key of what the rule derives, the id of that key stands in the
// row, and a candidate costs the code of the rule and one comparison. What changed
// in a turn is shown as the old row leaving and the new one coming.
type climb struct {
	c      *component
	m      *Machine
	group  *node
	typ    *types.Type
	ranks  ranking
	keys   int
	ids    keyIDs
	pool   pool
	n      int          // keys that have a value
	best   []value.Word // by key
	state  []climbState // by key
	shown  []value.Word // by key: what is shown outside
	queue  climbQueue
	dirty  []uint32 // keys whose value is not shown yet
	rules  []*climbRule
	starts []feedRules // what goes into the group from feeds
	row    []value.Word
	run    climbRun
}

type climbState uint8

const (
	climbHas   climbState = 1 << iota // the key has a value
	climbDue                          // it is queued
	climbDirty                        // it is in dirty
	climbShown                        // it is shown
	climbMet                          // its first value has met the rules
)

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
	r, _ := k.all.hold(key, 1)
	return r
}

// find returns the id of a key that has one.
func (k *keyIDs) find(key []value.Word) (uint32, bool) {
	if k.one != nil {
		return k.one.find(key[0])
	}
	return k.all.find(key)
}

func (k *keyIDs) key(id uint32) []value.Word {
	if k.one != nil {
		return k.one.words[id : id+1]
	}
	return k.all.row(id)
}

// len is one more than the greatest id.
func (k *keyIDs) len() int {
	if k.one != nil {
		return k.one.len()
	}
	return int(k.all.rows())
}

func (k *climb) reset() {
	k.ids = newKeyIDs(k.keys)
	k.pool = pool{}
	k.n, k.best, k.state, k.shown, k.dirty = 0, nil, nil, nil, nil
	k.queue = climbQueue{}
	for _, r := range k.rules {
		r.reset()
	}
}

// offer is a candidate for the value of a key, for which there is room.
func (k *climb) offer(id uint32, v value.Word) {
	s, old := k.state[id], k.best[id]
	if s&climbHas != 0 && !k.better(v, old) {
		return
	}
	k.best[id] = v
	if s&climbDirty == 0 {
		k.dirty = append(k.dirty, id)
	}
	if s&climbHas == 0 {
		k.n++
	}
	switch {
	case s&climbDue == 0:
		k.queue.push(id, k.rank(v))
	case k.queue.ordered:
		k.queue.move(id, k.rank(old), k.rank(v))
	}
	k.state[id] = s | climbHas | climbDue | climbDirty
}

// room makes room for all keys that have ids.
func (k *climb) room() {
	grow := k.ids.len() - len(k.best)
	if grow <= 0 {
		return
	}
	k.best, k.shown = append(k.best, make([]value.Word, grow)...), append(k.shown, make([]value.Word, grow)...)
	k.state = append(k.state, make([]climbState, grow)...)
	k.dirty = slab.Grow(k.dirty, grow)
}

// is reports whether a key is in a state.
func (k *climb) is(id uint32, s climbState) bool {
	return int(id) < len(k.state) && k.state[id]&s != 0
}

func (k *climb) rank(v value.Word) uint64 {
	if !k.ranks.on {
		return 0
	}
	return v ^ k.ranks.flip
}

func (k *climb) better(a, b value.Word) bool {
	if k.ranks.on {
		return a^k.ranks.flip < b^k.ranks.flip
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
	k.queue.begin(k.ranks.on)
	for _, r := range k.rules {
		if err := k.take(m, r); err != nil {
			return err
		}
	}
	for i := range k.starts {
		if err := k.start(m, &k.starts[i]); err != nil {
			return err
		}
	}
	for {
		ids := k.next()
		if len(ids) == 0 {
			break
		}
		if err := k.fireRun(m, ids); err != nil {
			return err
		}
		if k.n > k.c.lead.most {
			return m.tooMany(k.c.lead)
		}
	}
	k.publish(m)
	return nil
}

// fireRun makes candidates of the values of keys that came off the queue together.
func (k *climb) fireRun(m *Machine, ids []uint32) error {
	for _, r := range k.rules {
		k.wait(r, ids)
		if r.reads != nil && (len(ids) > 1 || r.many(ids[0])) {
			if err := k.fireAll(m, r, ids); err != nil {
				return err
			}
			continue
		}
		for _, id := range ids {
			if err := k.fire(m, r, id); err != nil {
				return err
			}
		}
	}
	for _, id := range ids {
		k.state[id] |= climbMet
	}
	return nil
}

// wait lets keys that a rule has not met before wait for new rows of its feed.
func (k *climb) wait(r *climbRule, ids []uint32) {
	if r.whole {
		return
	}
	for _, id := range ids {
		if k.state[id]&climbMet == 0 {
			k.place(r, id)
			r.waits.push(r.waits.line(k.join(r, r.op.row[r.recAt:], r.recKey)), id)
		}
	}
}

// start offers what goes into the group from a feed.
func (k *climb) start(m *Machine, f *feedRules) error {
	for t := range f.into {
		for n := range f.n.out.len() {
			row, ok, err := runChain(m, f.into[t].chain, f.n.out.row(n), f.n.out.mult[n])
			if err != nil {
				return err
			}
			if ok {
				k.collect(row, f.into[t].cols)
			}
		}
	}
	return nil
}

// collect offers what a row of the group's input holds.
func (k *climb) collect(row []value.Word, cols []int) {
	k.row = k.row[:0]
	for _, c := range cols {
		k.row = append(k.row, row[c])
	}
	id := k.ids.id(k.row[:k.keys])
	k.room()
	k.offer(id, k.row[k.keys])
}

// publish shows the keys whose values changed, and forgets errors that came from
// values that have been replaced.
func (k *climb) publish(m *Machine) {
	fix := k.c.lead
	if !k.publishNew(m) {
		row := make([]value.Word, k.keys+1)
		show := func(id uint32, v value.Word, n int64) {
			copy(row, k.ids.key(id))
			row[k.keys] = v
			fix.out.add(row, n)
			fix.table.add(row, n)
		}
		for _, id := range k.dirty {
			if k.state[id]&climbShown != 0 {
				show(id, k.shown[id], -1)
			}
			show(id, k.best[id], 1)
		}
	}
	for _, id := range k.dirty {
		k.state[id] = k.state[id]&^climbDirty | climbShown
		k.shown[id] = k.best[id]
	}
	if k.dirty = k.dirty[:0]; cap(k.dirty) > 1<<16 {
		k.dirty = nil
	}
	fix.out.shrinks = fix.out.negative()
	for _, r := range k.rules {
		k.forget(r)
	}
}

// publishNew is publish where no key is shown yet of those that are to be: false
// where that is not so. The table and the change then are the same memory.
func (k *climb) publishNew(m *Machine) bool {
	for _, id := range k.dirty {
		if k.state[id]&climbShown != 0 {
			return false
		}
	}
	out, n, w := &k.c.lead.out, len(k.dirty), k.keys+1
	out.words, out.mult = slab.Make[value.Word](n*w, n*w), m.once(n)
	row := out.words
	for _, id := range k.dirty {
		copy(row, k.ids.key(id))
		row[k.keys] = k.best[id]
		row = row[w:]
	}
	if t := k.c.lead.table; t.n == 0 {
		t.takeOver(out)
	} else {
		t.extend(out.words, n)
	}
	out.borrowed = true
	return true
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

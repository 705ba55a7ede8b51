package vm

import (
	"github.com/laspc/lasp/lang/slab"
	"github.com/laspc/lasp/lang/value"
)

// Groups that are only counted take the rows of a change in runs. Where they have
// one key, and that is an interned value or a number of a small range, the group of
// a word is looked up in an array: words of interned values are dense, so most of
// the array is in use. What it says is checked, and what it does not know the table
// of groups does.

// tally is what counting takes beside the table of groups.
type tally struct {
	small []uint32 // by word: its group plus one, as it was last seen
	words []value.Word
	mults []int64
}

// tallySpare is for how many words, beyond four for each group, there is an array.
const tallySpare = 1 << 10

// count is take where groups are only counted.
func (o *groupOp) count(in *delta) {
	if o.keys == 0 {
		o.countAll(in)
		return
	}
	o.countRows(in.len(), func(lo, n int) (keys []value.Word, stride int, mults []int64) {
		return in.words[lo*in.width:], in.width, in.mult[lo : lo+n]
	})
	t, p := &o.tally, &in.picks
	if p.len() == 0 {
		return
	}
	if t.mults == nil {
		t.words, t.mults = make([]value.Word, o.keys*runRows), make([]int64, runRows)
	}
	o.countRows(p.len(), func(lo, n int) (keys []value.Word, stride int, mults []int64) {
		p.mults(t.mults[:n], lo)
		for k := range o.keys {
			p.column(t.words[k:], o.keys, k, lo, n)
		}
		return t.words, o.keys, t.mults[:n]
	})
}

// countAll counts the rows of the one group that has no key.
func (o *groupOp) countAll(in *delta) {
	if in.spelled() == 0 {
		return
	}
	o.groups.add(nil, in.total()-in.more)
}

// countOne counts a change of one group, and shows its count in the place of the one
// before. It reports false, and does nothing, where several groups may change.
func (o *groupOp) countOne(m *Machine, n *node, in *delta) bool {
	t := o.groups
	if !t.isQuiet() || o.keys > 0 && in.spelled() != 1 || o.keys == 0 && t.n == 0 {
		return false
	}
	if o.keys == 0 {
		old, now := t.changeAtOnce(0, noSpot, in.total())
		o.settleCount(m, n, nil, old, now)
		return true
	}
	if len(o.buf) < in.width {
		o.buf = make([]value.Word, in.width)
	}
	row, k := in.nth(0, o.buf)
	old, now := o.countRow(row[:o.keys], k)
	o.settleCount(m, n, row[:o.keys], old, now)
	return true
}

// countRow counts a row in the group of a key, for good.
func (o *groupOp) countRow(key []value.Word, k int64) (old, now int64) {
	if o.keys == 1 {
		if g := o.tally.group(o.groups, key[0]); g != noGroup {
			return o.groups.changeAtOnce(g, noSpot, k)
		}
	}
	g, old, now := o.groups.addAtOnce(key, k)
	if o.keys == 1 {
		o.tally.learn(key[0], g)
	}
	return old, now
}

// total is how many rows come, less those that leave.
func (d *delta) total() int64 {
	n := d.more
	for _, k := range d.mult {
		n += k
	}
	for i := range d.picks.len() {
		n += d.picks.from.mult[d.picks.nth(i)]
	}
	return n
}

// settleCounts shows the counts that changed in the place of those before.
func (o *groupOp) settleCounts(m *Machine, n *node) {
	o.groups.changes(func(g uint32, old, now int64) { o.settleCount(m, n, o.groups.row(g), old, now) })
}

// settleCount shows the count of one group in the place of the one before.
func (o *groupOp) settleCount(m *Machine, n *node, key []value.Word, old, now int64) {
	if old == now {
		return
	}
	copy(o.row, key)
	if old > 0 {
		o.show(m, n, old, -1)
		n.out.shrinks = n.out.shrinks || !o.better || n.within == nil
	}
	if now > 0 {
		o.show(m, n, now, 1)
	}
}

// show adds the result of a group of so many rows to the change.
func (o *groupOp) show(m *Machine, n *node, count, mult int64) {
	if o.keys == 0 {
		count-- // what holds the one group
	}
	for k := range o.aggs {
		if o.row[o.keys+k] = value.Word(count); !o.aggs[k].raw {
			o.row[o.keys+k] = m.word(value.MakeInt(count), false)
		}
	}
	n.out.add(o.row, mult)
}

// countRows counts n rows, of which next gives a run: keys, how many words apart they
// are, and multiplicities.
func (o *groupOp) countRows(n int, next func(lo, n int) (keys []value.Word, stride int, mults []int64)) {
	for lo := 0; lo < n; lo += runRows {
		keys, stride, mults := next(lo, min(runRows, n-lo))
		o.groups.roomFor(len(mults))
		if o.keys == 1 {
			o.countWords(keys, stride, mults)
		} else {
			o.countKeys(keys, stride, mults)
		}
	}
}

// countKeys counts a run by hashing its keys.
func (o *groupOp) countKeys(keys []value.Word, stride int, mults []int64) {
	var hashes [runRows]uint32
	run := hashes[:len(mults)]
	o.groups.ahead(run, keys, stride)
	for i, h := range run {
		o.groups.addHashed(keys[i*stride:][:o.keys], h, mults[i])
	}
}

// countWords counts a run whose keys are single words.
func (o *groupOp) countWords(keys []value.Word, stride int, mults []int64) {
	t := o.groups
	for i, k := range mults {
		w := keys[i*stride]
		if g := o.tally.group(t, w); g != noGroup {
			t.change(g, k)
			continue
		}
		key := keys[i*stride:][:1]
		g, _ := t.addHashed(key, hashWords(key), k)
		o.tally.learn(w, g)
	}
}

// noGroup is the number of no group.
const noGroup = ^uint32(0)

// group is the group of a word as the array knows it, or noGroup.
func (t *tally) group(groups *table, w value.Word) uint32 {
	if w < value.Word(len(t.small)) {
		if g := t.small[w] - 1; g < groups.n && groups.words[g] == w && groups.now(g) > 0 {
			return g
		}
	}
	return noGroup
}

// learn notes the group of a word, if the array goes as far or may.
func (t *tally) learn(w value.Word, g uint32) {
	if n := len(t.small); w >= value.Word(n) && w < 4*value.Word(g)+tallySpare {
		more := max(2*n, int(w)+1, tallySpare) - n
		t.small = slab.Extend(t.small, more)
		clear(t.small[n:])
	}
	if w < value.Word(len(t.small)) {
		t.small[w] = g + 1
	}
}

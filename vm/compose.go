package vm

import (
	"slices"

	"github.com/laspc/lasp/lang/value"
)

// Recursion over relations that only grow.
//
// A component of rules over such relations runs on grids (grid.go): ids instead of
// words, rows of ids instead of rows of columns, no counts, since nothing leaves.
// A row of a relation is a pair of ids, each of which stands for the words of some
// columns (composecols.go); a relation of one column has pairs whose first id is
// always the same.
//
// Most rules then compose two relations, H(a, b) from A(a, k) and B(k, b), and take
// in whole rows of ids at a time, with a condition on a and b or without
// (composetest.go). The others put rows together word by word (composerow.go).
//
// Rules are driven by what is new. The new end of row x of A is met with rows of
// B: row a of H takes in row k of B. The new end of row k of B is taken in by the
// rows of H whose a stands with k. A row that was extended is queued, its rules
// see the new end once, and since both sides of a rule see all of the other side,
// two new pairs cannot miss each other. Which pairs are seen first does not
// matter, so a row goes on as long as it has news of its own: in the closure of a
// graph all that is reached from one node is found before the next, in memory
// that lies close by.
//
// Grids hold the columns that rules read, so a row that fails, by an overflow say,
// cannot be shown by them. Where one does, the component is computed anew in
// rounds, and stays with them (giveUp).
//
// A component whose feeds can lose rows uses the same for a first turn of many
// rows, see groundload.go.
//
// What the component shows is unpacked into rows of words only if somebody reads
// rows (eager). The number of rows is known without.
type compose struct {
	c       *component
	m       *Machine
	once    bool // see newCompose
	cols    *colPlan
	spaces  []*keyIDs // ids of words, by how many one stands for
	pool    pool
	rels    []*relation
	ofNode  map[*node]*relation
	feeds   []feedRules // by feed
	rows    []*rowRule
	shown   []*relation // of the fixes
	queue   []*relation // with due rows
	eager   bool        // somebody reads the rows
	pending bool        // rows are not all in the tables
	keeps   bool        // conditions keep what passed
	words   []value.Word
	buf     []value.Word
	passed  []uint32
	fed     bool // relations hold what the feeds hold
	closing []closing
	seen    []bool
	pair    [1]uint32
	one     [1]uint32
}

// relation is a relation of the component, or columns of a feed.
type relation struct {
	grid
	left, right []int // columns that the ids of a pair stand for; none on the left where it is unary
	lids, rids  *keyIDs
	twins       [][2]int // columns that are equal to others, which are held
	whole       bool     // all columns are known
	free        bool     // left may be other columns, see parts
	read        bool     // columns of a feed that rules read
	closed      bool     // it is a closure of what it is fed, see composeclose.go
	base        *pairs   // of such a relation: what came at first; the grid has the rest
	back        *grid    // by the second id, where a rule looks that way
	keyed       []*keyedRows
	due         []uint32 // rows with news
	busy        bool     // in the queue
	unary       bool
	uses        []use
}

// use is what a relation is premise of.
type use struct {
	rule  *rule
	side  role
	move  *move
	row   *rowRule
	which int // the side of row
}

type role uint8

const (
	asA role = iota
	asB
	asIs  // rows are moved to another relation, columns picked
	asRow // rows are put together
)

// rule is H(a, b) from A(a, k), B(k, b); aKey and bKey are the places of k.
type rule struct {
	h, a, b    *relation
	aKey, bKey int
	test       *pairTest // of (a, b); nil where there is none
}

// move is H(row[cols[0]], row[cols[1]]).
type move struct {
	h    *relation
	cols [2]int
}

// feedRules are the uses of a feed: columns of its rows, after code, go into
// relations.
type feedRules struct {
	n      *node
	into   []feedRule
	bulked *feedRule // that took the change of this step in bulk
}

type feedRule struct {
	h           *relation
	chain       []*node // maps on the way
	cols        []int   // where the columns of the place come from that is being followed
	left, right []int   // columns of the row that are the ids of h
}

// none is the id that stands for the missing column of a relation of one.
const none = 0

func (k *compose) reset() {
	for _, r := range k.rels {
		r.grid.rows, r.n, r.due, r.busy, r.back, r.base = nil, 0, nil, false, nil, nil
		for _, x := range r.keyed {
			x.grid.rows, x.laid = nil, false
		}
		for _, u := range r.uses {
			if u.rule != nil && u.rule.test != nil {
				u.rule.test.reset()
			}
		}
	}
	for _, q := range k.rows {
		q.met.clear()
		q.n.out.clear()
	}
	for width, ids := range k.spaces {
		*ids = newKeyIDs(width)
	}
	k.pool, k.queue, k.pending = pool{}, nil, false
}

// putLeft writes the columns of the first id of a pair into a row.
func (r *relation) putLeft(row []value.Word, x uint32) {
	if r.unary {
		return
	}
	for i, w := range r.lids.key(x) {
		row[r.left[i]] = w
	}
	for _, t := range r.twins {
		row[t[1]] = row[t[0]]
	}
}

// putRight writes the columns of the second id.
func (r *relation) putRight(row []value.Word, v uint32) {
	for i, w := range r.rids.key(v) {
		row[r.right[i]] = w
	}
	for _, t := range r.twins {
		row[t[1]] = row[t[0]]
	}
}

// width is how wide a row has to be for the columns of a relation.
func (r *relation) width() int {
	most := 0
	for _, c := range slices.Concat(r.left, r.right) {
		most = max(most, c)
	}
	for _, t := range r.twins {
		most = max(most, t[1])
	}
	return most + 1
}

// by is the relation by one of its ids. By the second it is made when a rule
// first looks that way: many never do, since a feed rarely has news of its own.
func (r *relation) by(col int) *grid {
	if col == 0 {
		return &r.grid
	}
	if r.back == nil {
		r.back = &grid{pool: r.pool, bag: true}
		r.base.each(func(x, v uint32) { r.back.push(r.back.line(v), x) })
		for x := range r.rows {
			for _, v := range r.list(uint32(x), 0) {
				r.back.push(r.back.line(v), uint32(x))
			}
		}
	}
	return r.back
}

// first is what the relation by one of its columns holds in base.
func (r *relation) first(col int) *pairs {
	if col == 0 {
		return r.base
	}
	return nil // by has it
}

// extend queues row x of a relation after it got more ids.
func (k *compose) extend(r *relation, x uint32, more int) {
	if more == 0 {
		return
	}
	l := &r.rows[x]
	if r.back != nil {
		for _, v := range r.list(x, l.n-uint32(more)) {
			r.back.push(r.back.line(v), x)
		}
	}
	for _, x2 := range r.keyed {
		if x2.laid {
			for _, v := range r.list(x, l.n-uint32(more)) {
				x2.put(r, x, v)
			}
		}
	}
	if !l.due {
		l.due = true
		r.due = append(r.due, x)
	}
	if !r.busy {
		r.busy = true
		k.queue = append(k.queue, r)
	}
}

// step takes in the changes of the feeds and runs the rules.
func (k *compose) step(m *Machine) error {
	before := make([]int, len(k.shown))
	for i, r := range k.shown {
		before[i] = r.n
	}
	switch err := k.derive(m); {
	case err == errRowFails:
		return k.giveUp(m, before)
	case err != nil:
		return err
	}
	for i, fix := range k.c.fixes {
		k.publish(fix, k.shown[i], before[i])
	}
	return nil
}

// derive takes in the changes of the feeds and runs the rules until nothing is new.
func (k *compose) derive(m *Machine) error {
	// What the rules read of feeds comes first: in the first turn the relations
	// are still empty, and a rule then has nothing to look for in them.
	for i := range k.feeds {
		k.feeds[i].bulked = nil
	}
	for _, read := range []bool{true, false} {
		k.fed = !read
		for i := range k.feeds {
			if err := k.feed(m, &k.feeds[i], read); err != nil {
				return err
			}
		}
		if err := k.run(m); err != nil {
			return err
		}
	}
	return nil
}

// run lets rules see what is new until nothing is.
func (k *compose) run(m *Machine) error {
	for {
		if err := k.follow(m); err != nil {
			return err
		}
		if err := k.rest(m); err != nil {
			return err
		}
		if len(k.queue) == 0 {
			return nil
		}
	}
}

// follow lets rules see what is new; rows may wait for the code of rules after it.
func (k *compose) follow(m *Machine) error {
	for len(k.queue) > 0 {
		r := k.queue[0]
		k.queue = k.queue[1:]
		r.busy = false
		due := k.inOrder(r, r.due)
		r.due = nil
		if err := k.followDue(m, r, due); err != nil {
			return err
		}
	}
	return nil
}

// followDue lets rules see what is new in rows of a relation.
func (k *compose) followDue(m *Machine, r *relation, due []uint32) error {
	fuel := *m.x.fuel
	for i, x := range due {
		if k.long(m, r, due, i, fuel-*m.x.fuel) {
			return k.followAll(m, r, due[i:])
		}
		if err := k.news(m, r, x, false); err != nil {
			return err
		}
		r.rows[x].due = false // not before: news sees what it adds to its own row
	}
	return nil
}

// feed takes what is new in a feed into the relations that rules read, or into
// the others.
func (k *compose) feed(m *Machine, f *feedRules, read bool) error {
	for t := range f.into {
		rule := &f.into[t]
		if rule.h.read != read || f.n.out.len() == 0 {
			continue
		}
		if k.bulk(f, rule) || k.same(f, rule) {
			if err := m.x.spend(int64(f.n.out.len())); err != nil {
				return err
			}
			continue
		}
		for i := range f.n.out.len() {
			if err := k.feedRow(m, rule, f.n.out.row(i), f.n.out.mult[i]); err != nil {
				return err
			}
		}
	}
	k.pool.settle()
	return nil
}

// feedRow takes a row of a feed into a relation.
func (k *compose) feedRow(m *Machine, rule *feedRule, row []value.Word, mult int64) error {
	row, ok, err := runChain(m, rule.chain, row, mult)
	if err != nil || !ok {
		return err
	}
	k.take(rule, row)
	return nil
}

// take puts a row into a relation.
func (k *compose) take(way *feedRule, row []value.Word) {
	h := way.h
	x, v := k.idsOf(way, row)
	k.pair[0] = v
	if h.addAll(x, k.pair[:]) > 0 {
		k.extend(h, x, 1)
	}
}

// idsOf is the pair of ids as which a row goes into a relation.
func (k *compose) idsOf(way *feedRule, row []value.Word) (x, v uint32) {
	x, v = none, way.h.rids.id(k.pick(row, way.right))
	if !way.h.unary {
		x = way.h.lids.id(k.pick(row, way.left))
	}
	return x, v
}

// pick is some words of a row, until it is called again.
func (k *compose) pick(row []value.Word, cols []int) []value.Word {
	k.buf = k.buf[:0]
	for _, c := range cols {
		k.buf = append(k.buf, row[c])
	}
	return k.buf
}

// runChain runs a row of a feed through maps.
func runChain(m *Machine, chain []*node, row []value.Word, mult int64) ([]value.Word, bool, error) {
	for _, n := range chain {
		out, ok, err := n.op.(*mapOp).f.apply(&m.x, row)
		switch {
		case err == errOutOfFuel:
			return nil, false, err
		case err != nil:
			n.errs.add(row, mult)
			return nil, false, nil
		case !ok:
			return nil, false, nil
		}
		row = out
	}
	return row, true, m.x.spend(1)
}

// news lets the rules of a relation see what is new in row x, which may have been
// followed already.
func (k *compose) news(m *Machine, r *relation, x uint32, followed bool) error {
	for ; r.rows[x].done < r.rows[x].n; followed = false {
		if !followed {
			if err := k.closeRow(m, r, x); err != nil {
				return err
			}
		}
		fresh := r.list(x, r.rows[x].done)
		r.rows[x].done = r.rows[x].n
		for i := range r.uses {
			if r.uses[i].closes(r) {
				continue
			}
			work, err := k.use(m, &r.uses[i], x, fresh)
			if err == nil {
				err = m.x.spend(int64(work))
			}
			if err != nil {
				return err
			}
		}
		if r.n > k.most(m) {
			return m.tooMany(k.c.lead)
		}
		k.pool.settle()
	}
	return nil
}

func (k *compose) use(m *Machine, u *use, x uint32, fresh []uint32) (work int, err error) {
	switch u.side {
	case asA:
		return k.asA(m, u.rule, x, fresh)
	case asB:
		return k.asB(m, u.rule, x, fresh)
	case asRow:
		return k.asRow(m, u, x, fresh)
	}
	return k.asIs(u.move, x, fresh), nil
}

// asA: (x, v) is (a, k) or, with the key first, (k, a).
func (k *compose) asA(m *Machine, q *rule, x uint32, fresh []uint32) (work int, err error) {
	if q.b.n == 0 {
		return 1, nil
	}
	from, base := q.b.by(q.bKey), q.b.first(q.bKey)
	if q.aKey == 0 {
		for _, v := range fresh {
			w, more := q.takeIn(q.into(), from, base, v, x)
			if more, err = k.derived(m, q, v, more); err != nil {
				return work, err
			}
			k.extend(q.h, v, more)
			work += w
		}
		return work, nil
	}
	all := 0
	for _, v := range fresh {
		w, more := q.takeIn(q.into(), from, base, x, v)
		work, all = work+w, all+more
	}
	if all, err = k.derived(m, q, x, all); err != nil {
		return work, err
	}
	k.extend(q.h, x, all)
	return work, nil
}

// takeIn lets row a of H, in the grid to, take in row key of B, which stands in a
// grid and in what was there before it.
func (q *rule) takeIn(to, from *grid, base *pairs, a, key uint32) (work, more int) {
	work = 1
	if ids := base.of(key); len(ids) > 0 {
		work += len(ids)
		more = q.addTo(to, a, ids)
	}
	if int(key) < len(from.rows) && from.rows[key].n > 0 {
		work += int(from.rows[key].n)
		if q.differ() {
			more += to.addLineBut(a, from, key)
		} else {
			more += to.addLine(a, from, key)
		}
	}
	return work, more
}

// addTo puts ids into row a of a grid.
func (q *rule) addTo(to *grid, a uint32, ids []uint32) int {
	if q.differ() {
		return to.addAllBut(a, ids)
	}
	return to.addAll(a, ids)
}

// asB: (x, v) is (k, b) or, with the key second, (b, k).
func (k *compose) asB(m *Machine, q *rule, x uint32, fresh []uint32) (work int, err error) {
	if q.a.n == 0 {
		return 1, nil
	}
	by, base := q.a.by(q.aKey), q.a.first(q.aKey)
	if q.bKey == 0 {
		for _, as := range [2][]uint32{base.of(x), by.list(x, 0)} {
			for _, a := range as {
				work += len(fresh)
				if err := k.give(m, q, a, fresh); err != nil {
					return work, err
				}
			}
		}
		return work + 1, nil
	}
	k.one[0] = x
	for _, key := range fresh {
		for _, as := range [2][]uint32{base.of(key), by.list(key, 0)} {
			work += len(as) + 1
			for _, a := range as {
				if err := k.give(m, q, a, k.one[:]); err != nil {
					return work, err
				}
			}
		}
	}
	return work, nil
}

// give derives all (a, id).
func (k *compose) give(m *Machine, q *rule, a uint32, ids []uint32) error {
	more, err := k.derived(m, q, a, q.addTo(q.into(), a, ids))
	if err == nil {
		k.extend(q.h, a, more)
	}
	return err
}

// most is how many pairs a relation may hold: a pair takes less than a row.
func (k *compose) most(m *Machine) int { return min(m.opt.MaxRows, int(m.opt.MaxBytes/64)) }

func (k *compose) asIs(mv *move, x uint32, fresh []uint32) int {
	if mv.cols == [2]int{0, 1} {
		k.extend(mv.h, x, mv.h.addAll(x, fresh))
		return len(fresh)
	}
	for _, v := range fresh {
		pair := [3]uint32{x, v, none}
		a := pair[mv.cols[0]]
		k.pair[0] = pair[mv.cols[1]]
		k.extend(mv.h, a, mv.h.addAll(a, k.pair[:]))
	}
	return len(fresh)
}

// publish makes what is new the component's change outside: rows where somebody
// reads rows, else their number.
func (k *compose) publish(fix *node, r *relation, before int) {
	k.pending = k.pending || r.n > before
	if k.eager {
		k.unpack(fix, r, func(row []value.Word) { fix.out.add(row, 1) })
	} else {
		fix.out.more = int64(r.n - before)
	}
	if fix != k.c.lead {
		fix.finish()
	}
}

// unpack puts rows that are not yet in the table of a fix there, and calls f.
func (k *compose) unpack(fix *node, r *relation, f func(row []value.Word)) {
	width := fix.width()
	for x := range r.rows {
		l := &r.rows[x]
		if l.told == l.n {
			continue
		}
		fresh := r.list(uint32(x), l.told)
		k.words = slices.Grow(k.words[:0], len(fresh)*width)[:len(fresh)*width]
		for i, v := range fresh {
			row := k.words[i*width : (i+1)*width]
			r.putLeft(row, uint32(x))
			r.putRight(row, v)
			f(row)
		}
		fix.table.extend(k.words, len(fresh))
		l.told = l.n
	}
}

// sync brings the tables of the fixes up to date for a reader.
func (k *compose) sync() {
	if !k.pending {
		return
	}
	k.pending = false
	for i, fix := range k.c.fixes {
		k.unpack(fix, k.shown[i], func([]value.Word) {})
		fix.table.commit()
	}
}

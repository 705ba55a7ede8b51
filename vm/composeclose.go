package vm

import (
	"cmp"
	"slices"
)

// Closures. A row of a relation that is extended by what it holds,
//
//	t(x, z) from t(x, y), e(y, z)
//
// is followed to its end, all that is reached from x before the next row. Where t
// gets nothing but the rows of e besides, it is the transitive closure of e, and
// what row y holds belongs to row x if y does, with all that follows from it. So a
// row that was followed already is taken over as it stands, a word of bits or a list
// at a time, and none of it is followed again: the work is that of the edges, times
// the rows that they take over, and where rows have much in common, in words of
// bits, little more than writing the result. (It is what Purdom, 1970, and Nuutila,
// 1995, do by strong components, without finding them first.)
//
// Rows that are followed in the order in which a search in depth leaves them have
// most of what they need before them, all of it where there are no cycles; of a
// cycle one row is followed and the others take it over. The order is a matter of
// speed alone: a row that has news yet is followed, not taken over. A row without
// news holds, for each of its ids y, all of row y of e that has been seen; what of e
// has not been seen yet is given to all rows that hold y when it is.
//
// The closure is the same whether rules recur on the left, on the right or on both
// sides, so all become the rule above. Where derivations will be counted
// (groundload.go) the rules stay as they are and every row is followed: rows that were
// taken over stand behind the rows that they come from, one behind the other in long
// chains, so that what loses an edge loses far more before it is found again. In the
// closure of 1,000 nodes with 3,000 edges one of a hundred removals then takes 13 ms
// in place of 3, for a load that is a tenth shorter.

// closes reports whether a use lets rows of r take in others by what they hold
// themselves, so that a row can be followed as it grows.
func (u *use) closes(r *relation) bool {
	q := u.rule
	return u.side == asA && q.h == r && q.aKey == 1 && q.into() == &r.grid && (q.b != r || q.bKey == 0)
}

// closing is a rule of a row that is followed, and where its other premise stands.
type closing struct {
	q    *rule
	from *grid
	base *pairs
}

// closings are the rules that let rows of r take in others by what they hold.
func (k *compose) closings(r *relation) []closing {
	k.closing = k.closing[:0]
	for i := range r.uses {
		if u := &r.uses[i]; u.closes(r) && u.rule.b.n > 0 {
			k.closing = append(k.closing, closing{u.rule, u.rule.b.by(u.rule.bKey), u.rule.b.first(u.rule.bKey)})
		}
	}
	return k.closing
}

// spendAt is after how much work fuel is counted.
const spendAt = 4096

// closeRow follows row x of a relation through the rules that extend it by what it
// holds, until they find nothing new: one id is often all that a step brings.
func (k *compose) closeRow(m *Machine, r *relation, x uint32) error {
	rules := k.closings(r)
	if len(rules) == 0 {
		return nil
	}
	l := &r.rows[x] // no row is added meanwhile
	was, work := l.n, 0
	var over overtaken
	for i := l.done; i < l.n; i++ {
		if i = over.skip(i); i == l.n {
			break
		}
		v := r.pool.at(l.list, i+1)[i]
		if r.closed && over.row != nil && r.holds(over.row, v) {
			continue
		}
		if r.followed(x, v) {
			work += over.take(r, x, v, rules[0].q.differ())
			if k.fed {
				continue // it has what the rules find by v
			}
		}
		for _, c := range rules {
			w, _ := c.q.takeIn(&r.grid, c.from, c.base, x, v)
			work += w
		}
		if work > spendAt {
			if err := m.x.spend(int64(work)); err != nil || r.n > k.most(m) {
				return cmp.Or(err, m.tooMany(k.c.lead))
			}
			work = 0
			k.pool.settle()
		}
	}
	k.extend(r, x, int(l.n-was))
	return m.x.spend(int64(work))
}

// followed reports whether row v of a closure may be taken over by row x.
func (r *relation) followed(x, v uint32) bool {
	return r.closed && v != x && int(v) < len(r.rows) && r.rows[v].n > 0 && r.rows[v].done == r.rows[v].n
}

// overtaken is what a row has taken over from others.
type overtaken struct {
	row   *line       // the longest of them
	parts [][2]uint32 // from where to where in the list, those that lie ahead
	space [4][2]uint32
}

// take lets row x take over row v.
func (t *overtaken) take(r *relation, x, v uint32, but bool) (work int) {
	l, from := &r.rows[x], &r.rows[v]
	was := l.n
	work = r.takeOver(x, v, but)
	if l.n > was {
		if t.parts == nil {
			t.parts = t.space[:0]
		}
		t.parts = append(t.parts, [2]uint32{was, l.n})
	}
	if t.row == nil || t.row.n < from.n {
		t.row = from
	}
	return work
}

// skip is the place from i on that was not taken over.
func (t *overtaken) skip(i uint32) uint32 {
	for len(t.parts) > 0 && t.parts[0][0] == i {
		i = t.parts[0][1]
		t.parts = t.parts[1:]
	}
	return i
}

// fewInOrder is up to how many rows their order does not matter.
const fewInOrder = 4

// inOrder puts the rows of a closure that have news into the order in which a
// search in depth leaves them.
func (k *compose) inOrder(r *relation, due []uint32) []uint32 {
	if !r.closed || len(due) < fewInOrder {
		return due
	}
	rules := k.closings(r)
	if len(rules) == 0 {
		return due
	}
	k.seen = slices.Grow(k.seen[:0], len(r.rows))[:len(r.rows)]
	clear(k.seen)
	var s depthFirst
	order := make([]uint32, 0, len(due))
	for _, x := range due {
		for s.open(k, r, x); len(s.rows) > 0; {
			top := &s.rows[len(s.rows)-1]
			if v, ok := top.next(rules); ok {
				s.open(k, r, v)
				continue
			}
			order = append(order, top.x)
			s.rows = s.rows[:len(s.rows)-1]
		}
	}
	return order
}

// depthFirst is a search in depth over rows that have news.
type depthFirst struct{ rows []visit }

// visit is a row that the search goes through: a list of what its rules take in.
type visit struct {
	x    uint32
	part int // of the lists of all rules, two each
	at   int
}

func (s *depthFirst) open(k *compose, r *relation, x uint32) {
	if int(x) < len(k.seen) && !k.seen[x] && r.rows[x].due {
		k.seen[x] = true
		s.rows = append(s.rows, visit{x: x})
	}
}

// next is the next row that is reached from one.
func (t *visit) next(rules []closing) (uint32, bool) {
	for ; t.part < 2*len(rules); t.part++ {
		c := &rules[t.part/2]
		ids := c.base.of(t.x)
		if t.part%2 == 1 {
			ids = c.from.list(t.x, 0)
		}
		if t.at < len(ids) {
			t.at++
			return ids[t.at-1], true
		}
		t.at = 0
	}
	return 0, false
}

// origin is columns of a feed as pairs.
type origin struct {
	f           *feedRules
	left, right []int
}

func (o origin) same(p origin) bool {
	return o.f == p.f && slices.Equal(o.left, p.left) && slices.Equal(o.right, p.right)
}

// closures finds the relations that are closures of what they are fed, and lets
// them follow their rows.
func (k *compose) closures() {
	if k.once { // derivations will be counted
		return
	}
	for _, r := range k.rels {
		if r.read || r.unary {
			continue
		}
		if c := k.closureOf(r); c != nil {
			r.closed = k.rewrite(c)
		}
	}
	k.drop()
}

// closure is what makes the rows of one.
type closure struct {
	h     *relation
	start []origin // what it is fed
	rules []*rule
	sides [2][]origin // what rules extend it by, at the end and at the beginning
}

// closureOf is r as a closure; nil where it holds anything else.
func (k *compose) closureOf(r *relation) *closure {
	c := &closure{h: r}
	for i := range k.feeds {
		for _, way := range k.feeds[i].into {
			if way.h != r {
				continue
			}
			if len(way.chain) > 0 {
				return nil
			}
			c.start = append(c.start, origin{&k.feeds[i], way.left, way.right})
		}
	}
	square := false
	for _, from := range k.rels {
		for i := range from.uses {
			u := &from.uses[i]
			switch {
			case !u.makes(r) || u.side == asB: // a rule is a use of both of its sides
			case u.side != asA || !c.adds(k, u.rule):
				return nil
			default:
				square = square || u.rule.a == r && u.rule.b == r
			}
		}
	}
	covers := func(side int) bool {
		return !slices.ContainsFunc(c.start, func(o origin) bool { return !slices.ContainsFunc(c.sides[side], o.same) })
	}
	switch {
	case len(c.start) == 0 || len(c.rules) == 0:
		return nil
	case !square && !covers(0) && !covers(1):
		return nil
	}
	return c
}

// makes reports whether a use puts rows into h.
func (u *use) makes(h *relation) bool {
	switch u.side {
	case asA, asB:
		return u.rule.h == h
	case asIs:
		return u.move.h == h
	}
	return slices.ContainsFunc(u.row.ways, func(w feedRule) bool { return w.h == h })
}

// adds takes a rule as one of a closure, if it extends pairs of h by such as h is
// fed, or by others of h.
func (c *closure) adds(k *compose, q *rule) bool {
	if q.test != nil && !q.test.differ || len(c.rules) > 0 && c.rules[0].differ() != q.differ() {
		return false
	}
	c.rules = append(c.rules, q)
	var o origin
	switch {
	case q.a == c.h && q.aKey != 1 || q.b == c.h && q.bKey != 0:
		return false
	case q.a == c.h && q.b == c.h:
		return true
	case q.a == c.h && q.b.read && q.bKey == 0:
		o = k.originOf(q.b)
		c.sides[0] = append(c.sides[0], o)
	case q.b == c.h && q.a.read && q.aKey == 0:
		o = k.originOf(q.a)
		o.left, o.right = o.right, o.left
		c.sides[1] = append(c.sides[1], o)
	}
	return slices.ContainsFunc(c.start, o.same)
}

// originOf is the columns of a feed that a relation is.
func (k *compose) originOf(r *relation) origin {
	for i := range k.feeds {
		f := &k.feeds[i]
		for _, way := range f.into {
			if way.h == r {
				return origin{f, way.left, way.right}
			}
		}
	}
	return origin{}
}

// rewrite makes the rules of a closure extend its rows at the end, by what it is
// fed.
func (k *compose) rewrite(c *closure) bool {
	if len(c.sides[0]) == len(c.rules) {
		return true
	}
	for _, r := range k.rels {
		r.uses = slices.DeleteFunc(r.uses, func(u use) bool { return u.makes(c.h) })
	}
	for i, o := range c.start {
		if slices.ContainsFunc(c.start[:i], o.same) {
			continue
		}
		q := &rule{h: c.h, a: c.h, b: k.side(o.f.n, o.left, o.right), aKey: 1, test: c.rules[0].test}
		q.a.uses = append(q.a.uses, use{rule: q, side: asA})
		q.b.uses = append(q.b.uses, use{rule: q, side: asB})
	}
	return true
}

// drop forgets columns of feeds that no rule reads any more.
func (k *compose) drop() {
	unread := func(r *relation) bool { return r.read && len(r.uses) == 0 }
	k.rels = slices.DeleteFunc(k.rels, unread)
	for i := range k.feeds {
		k.feeds[i].into = slices.DeleteFunc(k.feeds[i].into, func(w feedRule) bool { return unread(w.h) })
	}
}

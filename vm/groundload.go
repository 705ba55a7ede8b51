package vm

import (
	"math"
	"slices"

	"github.com/laspc/lasp/lang/value"
)

// A component that counts support and is still empty takes a first turn of many
// rows in bulk. Where its rules compose relations of two columns, the fixed point
// is computed on grids (compose.go), which note when each row came: since a row
// comes when something derives it from rows that are there, that is an order as
// ground.go wants it. Afterwards all derivations are enumerated once more, those of
// one row of a grid after the other, so that what is counted lies close by, and
// the tables are filled with rows that are known to be distinct.
type loadOrder struct {
	k     *compose
	clock uint32
	by    map[loadSide]*stamped
	at    []standing // by id: of the row of H that is being counted
	mark  []uint32   // by id: last round of marking
	round uint32
}

// loadSide is a relation by one of its columns.
type loadSide struct {
	r   *relation
	col int
}

// standing is the support of one pair, and when it came.
type standing struct{ came, total, well uint32 }

// stamped is pairs by their first id, with the time at which they came: 0 for
// what comes from a feed, which stands before all rows.
type stamped struct {
	pairs
	times []uint32
}

// derivations are what derives the rows of one relation.
type derivations struct {
	direct []*stamped // pairs as they are
	joins  []joined
}

// joined is A by a and B by k, for H(a, b) from A(a, k), B(k, b), and the rule.
type joined struct {
	a, b *stamped
	q    *rule
}

// fewLoaded is up to how many new rows a first turn is one like others.
const fewLoaded = 32

// loader prepares the bulk load, or returns nil where rules do not fit: joins have
// to compose, and relations to hold the same rows as the stores.
func (g *ground) loader(m *Machine) *compose {
	k := m.newCompose(g.c, true)
	if k == nil || slices.ContainsFunc(k.rows, func(q *rowRule) bool { return len(q.sides) > 1 }) {
		return nil
	}
	kept := 0
	for _, r := range k.rels {
		if !r.read {
			kept++
		}
	}
	for _, s := range g.stores {
		if h := k.ofNode[s.node]; s.best != nil || h == nil || !h.whole {
			return nil
		}
	}
	if kept != len(g.stores) {
		return nil
	}
	return k
}

// loads reports whether this turn is a first one of many rows.
func (g *ground) loads() bool {
	if g.first == nil || g.stuck || g.seq > 0 {
		return false
	}
	for _, s := range g.stores {
		if s.t.live() > 0 {
			return false
		}
	}
	rows := 0
	for _, f := range g.c.feeds {
		if f.out.len() != f.table.live() {
			return false
		}
		rows += f.out.len()
	}
	return rows > fewLoaded
}

// load brings the component from nothing to its fixed point.
func (g *ground) load(m *Machine) error {
	k := g.first
	k.reset()
	defer k.reset()
	o := &loadOrder{k: k, by: map[loadSide]*stamped{}}
	for _, r := range k.rels {
		if !r.read {
			r.clock = &o.clock
		}
	}
	k.keeps = true
	k.eager = false // the tables show the rows
	if err := k.derive(m); err != nil {
		return err
	}
	most := 0
	for _, ids := range k.spaces {
		most = max(most, ids.len())
	}
	o.at, o.mark = make([]standing, most), make([]uint32, most)
	for _, s := range g.stores {
		r := k.ofNode[s.node]
		if r.n > s.node.most {
			return m.tooMany(s.node)
		}
		d, err := o.derivations(m, r)
		if err == nil {
			err = o.fill(m, s, r, d)
		}
		if err != nil {
			return err
		}
		for n := range s.foot {
			if at := (spot{s, uint32(n)}); at.loose() {
				g.loose = append(g.loose, at)
			}
		}
	}
	g.seq = o.clock
	g.stuck, g.loose = len(g.loose) > 0, g.loose[:0] // never: a row comes after what derives it
	return nil
}

// derivations finds what derives the rows of h.
func (o *loadOrder) derivations(m *Machine, h *relation) (d derivations, err error) {
	for i := range o.k.feeds {
		f := &o.k.feeds[i]
		for t := range f.into {
			if f.into[t].h == h {
				s, err := o.fromFeed(m, f.n, &f.into[t])
				if err != nil {
					return d, err
				}
				d.direct = append(d.direct, s)
			}
		}
	}
	for _, r := range o.k.rels {
		for _, u := range r.uses {
			switch {
			case u.side == asIs && u.move.h == h:
				d.direct = append(d.direct, o.moved(r, u.move))
			case u.side == asA && u.rule.h == h: // each rule once
				q := u.rule
				d.joins = append(d.joins, joined{o.sorted(q.a, 1-q.aKey), o.sorted(q.b, q.bKey), q})
			case u.side == asRow && u.row.ways[0].h == h:
				s, err := o.made(m, r, u.row)
				if err != nil {
					return d, err
				}
				d.direct = append(d.direct, s)
			}
		}
	}
	return d, nil
}

// fromFeed is what a feed puts into a relation. What fails on the way was noted
// when the fixed point was computed.
func (o *loadOrder) fromFeed(m *Machine, f *node, rule *feedRule) (*stamped, error) {
	var xvt []uint32
	for i := range f.out.len() {
		row, ok, err := runChain(m, rule.chain, f.out.row(i), 0)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		x, v := o.k.idsOf(rule, row)
		xvt = append(xvt, x, v, 0)
	}
	return newStamped(xvt), nil
}

// made is what a rule makes of the rows of r, row by row.
func (o *loadOrder) made(m *Machine, r *relation, q *rowRule) (*stamped, error) {
	var xvt []uint32
	var failed error
	o.each(r, func(x, v, t uint32) {
		if failed != nil {
			return
		}
		r.putLeft(q.row, x)
		r.putRight(q.row, v)
		row, ok, err := q.row, q.passes(), error(nil)
		if ok && q.f != nil {
			if row, ok, err = q.f.apply(&m.x, row); err != nil && err != errOutOfFuel {
				return // noted when the fixed point was computed
			}
		}
		if ok && err == nil {
			row, ok, err = runChain(m, q.ways[0].chain, row, 0)
		}
		if failed = err; ok && err == nil {
			x, v := o.k.idsOf(&q.ways[0], row)
			xvt = append(xvt, x, v, t)
		}
	})
	return newStamped(xvt), failed
}

// moved is the rows of r as they go into another relation.
func (o *loadOrder) moved(r *relation, mv *move) *stamped {
	var xvt []uint32
	o.each(r, func(x, v, t uint32) {
		row := [3]uint32{x, v, none}
		xvt = append(xvt, row[mv.cols[0]], row[mv.cols[1]], t)
	})
	return newStamped(xvt)
}

// sorted is a relation by one of its columns.
func (o *loadOrder) sorted(r *relation, col int) *stamped {
	at := loadSide{r, col}
	if o.by[at] == nil {
		xvt := make([]uint32, 0, 3*r.n)
		put := func(x, v, t uint32) {
			if col == 1 {
				x, v = v, x
			}
			xvt = append(xvt, x, v, t)
		}
		if r.read && !r.bag {
			o.eachRead(r, put)
		} else {
			o.each(r, put)
		}
		o.by[at] = newStamped(xvt)
	}
	return o.by[at]
}

// eachRead calls f with the columns that rules read of each row of a feed: each row
// is a derivation of its own, also where these columns are the same.
func (o *loadOrder) eachRead(r *relation, f func(x, v, t uint32)) {
	for _, feed := range o.k.feeds {
		for i := range feed.into {
			if way := &feed.into[i]; way.h == r {
				for n := range feed.n.out.len() {
					x, v := o.k.idsOf(way, feed.n.out.row(n))
					f(x, v, 0)
				}
			}
		}
	}
}

// each calls f with all pairs of a relation and when they came.
func (o *loadOrder) each(r *relation, f func(x, v, t uint32)) {
	r.base.each(func(x, v uint32) { f(x, v, 0) })
	for x := range r.rows {
		var times []uint32
		if r.clock != nil {
			times = r.times(uint32(x))
		}
		for i, v := range r.list(uint32(x), 0) {
			t := uint32(0)
			if times != nil {
				t = times[i]
			}
			f(uint32(x), v, t)
		}
	}
}

// newStamped sorts triples of two ids and a time by the first id.
func newStamped(xvt []uint32) *stamped {
	places := make([]uint32, 0, len(xvt)/3*2)
	for i := 0; i < len(xvt); i += 3 {
		places = append(places, xvt[i], uint32(i))
	}
	s := &stamped{pairs: *newPairs(places), times: make([]uint32, len(xvt)/3)}
	for n, i := range s.ids {
		s.ids[n], s.times[n] = xvt[i+1], xvt[i+2]
	}
	return s
}

// at is the ids that stand with x, and when they came.
func (s *stamped) at(x uint32) (ids, times []uint32) {
	if int(x)+1 >= len(s.start) {
		return nil, nil
	}
	from, to := s.start[x], s.start[x+1]
	return s.ids[from:to], s.times[from:to]
}

// fill puts the rows of a relation into a store, each with its support.
func (o *loadOrder) fill(m *Machine, s *store, r *relation, d derivations) error {
	s.t.reserve(r.n)
	s.foot = make([]footing, 0, r.n)
	var words []value.Word
	width := s.t.width
	for x := range r.rows {
		list, times := r.list(uint32(x), 0), r.times(uint32(x))
		for i, v := range list {
			o.at[v] = standing{came: times[i]}
		}
		work := o.count(d, uint32(x))
		if err := m.x.spend(int64(work + len(list))); err != nil {
			return err
		}
		words = slices.Grow(words[:0], len(list)*width)[:len(list)*width]
		for i, v := range list {
			row := words[i*width : (i+1)*width]
			r.putLeft(row, uint32(x))
			r.putRight(row, v)
			at := o.at[v]
			if at.total > math.MaxInt32 {
				return m.tooMany(s.node)
			}
			s.foot = append(s.foot, footing{total: int32(at.total), near: int32(at.total), well: int32(at.well), seq: at.came})
		}
		s.t.extend(words, len(list))
	}
	s.t.hash()
	return nil
}

// count counts the derivations of the pairs (x, v), all of which are in at.
func (o *loadOrder) count(d derivations, x uint32) (work int) {
	for _, s := range d.direct {
		ids, times := s.at(x)
		o.met(ids, times, 0)
		work += len(ids)
	}
	for _, j := range d.joins {
		ks, came := j.a.at(x)
		passes := o.passes(j.q, x)
		for i, k := range ks {
			ids, times := j.b.at(k)
			if passes == nil {
				o.met(ids, times, came[i])
			} else {
				o.metSome(ids, times, came[i], passes)
			}
			work += len(ids)
		}
	}
	return work
}

// passes tells the ids with which x passes the condition of a rule; nil means all.
func (o *loadOrder) passes(q *rule, x uint32) func(v uint32) bool {
	switch {
	case q.test == nil:
		return nil
	case q.test.differ:
		return func(v uint32) bool { return v != x }
	}
	o.round++
	round := o.round
	for _, v := range q.test.kept.list(x, 0) {
		o.mark[v] = round
	}
	return func(v uint32) bool { return o.mark[v] == round }
}

// metSome is met of those ids that pass.
func (o *loadOrder) metSome(ids, times []uint32, came uint32, passes func(v uint32) bool) {
	for i, v := range ids {
		if passes(v) {
			o.met(ids[i:i+1], times[i:i+1], came)
		}
	}
}

// met counts one derivation of each id, which stands where the later of its
// premises does.
func (o *loadOrder) met(ids, times []uint32, came uint32) {
	for i, v := range ids {
		at := &o.at[v]
		at.total++
		at.well += uint32((uint64(max(came, times[i])) - uint64(at.came)) >> 63) // 1 if before
	}
}

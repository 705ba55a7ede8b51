package vm

import (
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
)

// rowRule is a rule that does not compose pairs of ids: its rows are put together
// column by column, code runs over many of them at once, and what it makes gets
// its ids from the words.
type rowRule struct {
	n     *node    // whose code makes the rows
	f     *rowFunc // that code; nil where columns are picked from row
	ways  []feedRule
	sides []rowSide // of a join, its inputs; else the relation that goes through
	row   []value.Word
	key   []value.Word
	met   delta // rows that wait for the code
	semi  bool  // it is enough that there is a row on the right
	whole bool  // rows have all of their columns, so that errors can tell them
	asks  *node // a semi-join or anti-join that lets rows pass by what a feed holds; nil where all do
}

// rowSide is an input of a rule.
type rowSide struct {
	r    *relation
	at   int     // where its columns begin in row
	look lookRow // how its rows are found from the other side
}

// lookRow is how the rows of a relation are found.
type lookRow struct {
	cols  []int // of the other side, in the order of the key
	mine  int   // the part of the other side's rows that the key is, or -1
	ids   *keyIDs
	place int // the part of the rows that the key is, or 2
	rows  *keyedRows
}

// keyedRows are the pairs of a relation by other columns than those of one id.
type keyedRows struct {
	cols []int
	ids  *keyIDs
	grid
	row  []value.Word
	laid bool // pairs are here
}

// rowJoin makes the rule of a join that does not compose.
func (k *compose) rowJoin(n *node, ways []feedRule) {
	q := &rowRule{n: n, ways: ways, semi: n.kind() == ir.SemiJoin, whole: true}
	width := n.in[0].width()
	q.row = make([]value.Word, width+n.in[1].width())
	keys := [2][]int{k.cols.of(n.in[0], n.ir.LKey), k.cols.of(n.in[1], n.ir.RKey)}
	for i := range n.in {
		q.sides = append(q.sides, rowSide{r: k.rowSide(n, i, keys[i]), at: i * width})
		q.whole = q.whole && (q.sides[i].r.whole || q.semi && i == 1)
	}
	for i := range q.sides {
		q.sides[i].look = k.look(q.sides[i].r, keys[i], q.sides[1-i].r, keys[1-i])
		q.sides[i].r.uses = append(q.sides[i].r.uses, use{side: asRow, row: q, which: i})
	}
	q.key = make([]value.Word, len(keys[0]))
	k.makes(q)
}

// rowSide is the relation of an input of a join, with all columns that are read.
func (k *compose) rowSide(n *node, which int, key []int) *relation {
	in := n.in[which]
	if k.ofNode[in] != nil {
		return k.ofNode[in]
	}
	var rest []int
	if n.kind() == ir.Join || which == 0 {
		rest = without(allCols(in), key)
	}
	if n.kind() == ir.Join && n.ir.Cond == nil && n.op.(*joinOp).f.project != nil {
		w := n.in[0].width()
		rest = slices.DeleteFunc(rest, func(c int) bool { return !n.readsSlot(which*w + c) })
	}
	return k.side(in, key, rest)
}

// look finds out how rows of r are found by a key, for rows of other.
func (k *compose) look(r *relation, key []int, other *relation, otherKey []int) lookRow {
	l := lookRow{cols: otherKey, place: 2, ids: k.space(len(key))}
	for place, held := range [][]int{r.left, r.right} {
		if order := reordered(key, held); order != nil && l.place == 2 {
			l.place, l.cols = place, pickCols(otherKey, order)
		}
	}
	if l.place == 2 {
		l.rows = r.keyedBy(k, key)
	}
	if l.mine = other.part(l.cols); l.mine == 2 {
		l.mine = -1
	}
	return l
}

// reordered gives for each column of held where it stands in key, or nil where these
// are not the same columns. A column that a key asks for twice, each time against
// another column of the other side, stands in two places.
func reordered(key, held []int) []int {
	if len(held) != len(key) {
		return nil
	}
	left, order := slices.Clone(key), make([]int, 0, len(held))
	for _, c := range held {
		at := slices.Index(left, c)
		if at < 0 {
			return nil
		}
		left[at] = -1
		order = append(order, at)
	}
	return order
}

// keyedBy is the pairs of a relation by some columns.
func (r *relation) keyedBy(k *compose, cols []int) *keyedRows {
	for _, x := range r.keyed {
		if slices.Equal(x.cols, cols) {
			return x
		}
	}
	x := &keyedRows{cols: cols, ids: k.space(len(cols)), row: make([]value.Word, r.width())}
	x.grid = grid{pool: &k.pool, bag: true}
	r.keyed = append(r.keyed, x)
	return x
}

// put notes a pair.
func (x *keyedRows) put(r *relation, a, v uint32) {
	r.putLeft(x.row, a)
	r.putRight(x.row, v)
	l := x.line(x.ids.id(pick(make([]value.Word, len(x.cols)), x.row, x.cols)))
	x.push(l, a)
	x.push(l, v)
}

// rowPass makes the rule of a relation whose rows go into another one, by other
// columns or through code.
func (k *compose) rowPass(n *node, r *relation, way feedRule) *rowRule {
	q := &rowRule{n: n, ways: []feedRule{way}, sides: []rowSide{{r: r}}, whole: r.whole, row: make([]value.Word, n.width())}
	r.uses = append(r.uses, use{side: asRow, row: q})
	if len(way.chain) > 0 {
		q.n, q.f = way.chain[0], way.chain[0].op.(*mapOp).f
		q.ways[0].chain = way.chain[1:]
	}
	k.ready(q)
	return q
}

// passes reports whether the row of a rule passes what the rule asks of a feed.
func (q *rowRule) passes() bool {
	if q.asks == nil {
		return true
	}
	o := q.asks.op.(*semiJoinOp)
	now, _ := o.presence(q.asks.in[1], pick(o.key, q.row, o.lkey))
	return now != o.anti
}

// makes decides how the rows of a join are made: where they only pick columns, the
// ways pick them from the joined row.
func (k *compose) makes(q *rowRule) {
	if q.n.kind() == ir.Join {
		q.f = q.n.op.(*joinOp).f
	}
	chained := slices.ContainsFunc(q.ways, func(w feedRule) bool { return len(w.chain) > 0 })
	if q.f != nil && q.f.project != nil && !chained {
		for i := range q.ways {
			w := &q.ways[i]
			w.left, w.right = pickCols(q.f.project, w.left), pickCols(q.f.project, w.right)
		}
		q.f = nil
	}
	k.ready(q)
}

func (k *compose) ready(q *rowRule) {
	q.met.width = len(q.row)
	k.rows = append(k.rows, q)
}

// asRow lets a rule see new pairs of one of its sides.
func (k *compose) asRow(m *Machine, u *use, x uint32, fresh []uint32) (work int, err error) {
	q := u.row
	me := &q.sides[u.which]
	at := q.row[me.at:]
	me.r.putLeft(at, x)
	for _, v := range fresh {
		me.r.putRight(at, v)
		work++
		if len(q.sides) == 1 {
			if q.passes() {
				err = k.made(m, q)
			}
		} else if other := &q.sides[1-u.which]; other.r.n > 0 {
			var met int
			met, err = k.meet(m, q, other, u.which, x, v)
			work += met
		}
		if err != nil {
			return work, err
		}
	}
	return work, nil
}

// meet joins the row of one side with those of the other.
func (k *compose) meet(m *Machine, q *rowRule, other *rowSide, which int, x, v uint32) (work int, err error) {
	look := &other.look
	if look.rows != nil {
		other.r.layOut(look.rows) // first: it is what gives keys of several columns their ids
	}
	key := v
	switch look.mine {
	case 0:
		key = x
	case -1:
		at, ok := look.ids.find(pick(q.key, q.row[q.sides[which].at:], look.cols))
		if !ok {
			return 0, nil
		}
		key = at
	}
	r, row, once := other.r, q.row[other.at:], q.semi && which == 0
	switch look.place {
	case 0:
		if !once {
			r.putLeft(row, key)
		}
		for _, vs := range [2][]uint32{r.base.of(key), r.list(key, 0)} {
			for _, w := range vs {
				if !once {
					r.putRight(row, w)
				}
				if err := k.made(m, q); err != nil || once {
					return 1, err
				}
			}
			work += len(vs)
		}
	case 1:
		as := r.by(1).list(key, 0)
		if !once && len(as) > 0 {
			r.putRight(row, key)
		}
		for _, a := range as {
			if !once && !r.unary {
				r.putLeft(row, a)
			}
			if err := k.made(m, q); err != nil || once {
				return 1, err
			}
		}
		work += len(as)
	default:
		pairs := look.rows.list(key, 0)
		for i := 0; i < len(pairs); i += 2 {
			r.putLeft(row, pairs[i])
			r.putRight(row, pairs[i+1])
			if err := k.made(m, q); err != nil || once {
				return 1, err
			}
		}
		work += len(pairs) / 2
	}
	return work, nil
}

// layOut puts the pairs of a relation by other columns when they are first read.
func (r *relation) layOut(x *keyedRows) {
	if x.laid {
		return
	}
	x.laid = true
	r.base.each(func(a, v uint32) { x.put(r, a, v) })
	for a := range r.rows {
		for _, v := range r.list(uint32(a), 0) {
			x.put(r, uint32(a), v)
		}
	}
}

// made takes in the row that a rule has put together.
func (k *compose) made(m *Machine, q *rowRule) error {
	if q.f == nil {
		return k.arrives(m, q, q.row)
	}
	if err := q.n.emitLater(&m.x, q.f, &q.met, q.row, 1); err != nil {
		return err
	}
	return k.drain(m, q)
}

// drain takes in what the code of a rule has made.
func (k *compose) drain(m *Machine, q *rowRule) error {
	if !q.whole && q.n.fails() {
		return errRowFails
	}
	out := &q.n.out
	for i := range out.len() {
		if err := k.arrives(m, q, out.row(i)); err != nil {
			return err
		}
	}
	out.clear()
	return nil
}

// rest runs the code of rules on the rows that wait.
func (k *compose) rest(m *Machine) error {
	for _, q := range k.rows {
		if q.met.len() == 0 {
			continue
		}
		if err := q.n.emitRest(&m.x, q.f, &q.met); err != nil {
			return err
		}
		if err := k.drain(m, q); err != nil {
			return err
		}
	}
	k.pool.settle()
	return nil
}

// arrives takes a row of a rule into the relations that it goes to.
func (k *compose) arrives(m *Machine, q *rowRule, row []value.Word) error {
	for i := range q.ways {
		w := &q.ways[i]
		if err := k.feedRow(m, w, row, 1); err != nil {
			return err
		}
		if !q.whole && slices.ContainsFunc(w.chain, (*node).fails) {
			return errRowFails
		}
	}
	return nil
}

package vm

import (
	"errors"
	"fmt"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// groupOp keeps one accumulator per group and aggregate. A group lives as long
// as it has rows; without keys there is one group, which lives always. The
// result of a group that changed replaces the one before.
type groupOp struct {
	keys   int
	groups *table // key rows; the count is the number of rows in the group
	aggs   []aggregate
	accs   []op.Acc     // len(aggs) by group
	shown  []value.Word // len(aggs) by group
	has    []bool       // by group: shown is in the output
	stamp  []uint32     // by group: the step in which it was last touched
	now    uint32
	dirty  []uint32
	row    []value.Word
	cols   []*types.Type
	begun  bool
	better bool // results of growing groups only get better
	counts bool // all results are the number of rows
	tally  tally
	vals   []value.Value
	was    []value.Word // scratch: what a group showed
	buf    []value.Word // scratch: a row of the input
}

// aggregate is one column.
type aggregate struct {
	make  func() op.Acc
	arg   *code // nil for a count
	frame *frame
	raw   bool
	rows  bool // it is the number of rows
}

func newGroup(m *Machine, n *node) (operator, error) {
	o := &groupOp{keys: n.ir.Keys, groups: newTable(n.ir.Keys), row: make([]value.Word, n.width()), cols: n.ir.Cols, better: true, counts: true}
	if n.ir.Keys == 0 {
		n.makeDue()
	}
	in := n.in[0].ir.Cols
	n.errs.cols, n.errs.again = in, o.againRow
	n.long.cols, n.long.again = n.ir.Cols[:o.keys], o.againGroup
	for i := range n.ir.Aggs {
		a, err := m.aggregate(&n.ir.Aggs[i], in, n.within != nil || n.in[0].keeps)
		if err != nil {
			return nil, err
		}
		a.raw = n.ir.Cols[o.keys+i].IsRaw()
		o.aggs = append(o.aggs, a)
		o.better = o.better && improves(n.ir.Aggs[i].Type)
		o.counts = o.counts && a.arg == nil && a.rows
	}
	return o, nil
}

// aggregate prepares one column. Where rows leave only for better ones (growing;
// in a recursion always, since it starts afresh when something else leaves) the
// best value is all that a joining aggregate has to know.
func (m *Machine) aggregate(d *ir.Aggregate, in []*types.Type, growing bool) (a aggregate, err error) {
	if d.Arg != nil {
		if a.arg, err = m.compileRow(nil, []*ir.Expr{d.Arg}, in, nil); err != nil {
			return a, err
		}
		a.frame = a.arg.frame()
	}
	t := d.Type
	if d.Row == "" && growing && improves(t) {
		a.make = func() op.Acc { return &bestAcc{t: t} }
		return a, nil
	}
	if d.Row == "" {
		a.make = func() op.Acc { return &joinAcc{t: t} }
		return a, nil
	}
	row := m.ops.ByID(d.Row)
	if row == nil || row.Agg == nil {
		return a, fmt.Errorf("there is no aggregate %q in the library of this engine", d.Row)
	}
	a.make, a.rows = func() op.Acc { return row.Agg.New(t) }, row.Agg.Rows
	return a, nil
}

func (o *groupOp) step(m *Machine, n *node) error {
	in := &n.in[0].out
	n.out.shrinks = n.out.shrinks || in.shrinks
	if o.counts && o.countOne(m, n, in) {
		return m.x.spend(int64(in.spelled()))
	}
	o.now++
	if o.keys == 0 && !o.begun {
		o.begun = true
		o.groups.add(nil, 1) // holds the one group for ever
		o.touch(0)
	}
	if in.more != 0 { // only counts are asked for: see node.counts
		o.groups.add(nil, in.more)
		o.touch(0)
		for k := range o.accs {
			o.accs[k].Add(value.Value{}, in.more)
		}
	}
	if err := o.take(m, n, in); err != nil {
		return err
	}
	if o.counts {
		o.settleCounts(m, n)
		o.groups.commit()
		return nil
	}
	for _, g := range o.dirty {
		o.settle(m, n, g)
	}
	o.dirty = o.dirty[:0]
	o.groups.commit()
	return nil
}

// take puts the rows of a change into their groups.
func (o *groupOp) take(m *Machine, n *node, in *delta) error {
	if o.counts {
		o.count(in)
		return m.x.spend(int64(in.spelled()))
	}
	if len(o.buf) < in.width {
		o.buf = make([]value.Word, in.width)
	}
	for i := range in.spelled() {
		if err := m.x.spend(1); err != nil {
			return err
		}
		row, mult := in.nth(i, o.buf)
		vals, err := o.args(&m.x, row)
		if err == errOutOfFuel {
			return err
		}
		if err != nil {
			n.errs.add(row, mult)
			continue
		}
		g, _ := o.groups.add(row[:o.keys], mult)
		o.touch(g)
		for k := range o.aggs {
			o.accs[int(g)*len(o.aggs)+k].Add(vals[k], mult)
		}
	}
	return nil
}

// args evaluates the arguments of the aggregates on a row. The slice is used
// again by the next call.
func (o *groupOp) args(x *exec, row []value.Word) ([]value.Value, error) {
	if o.vals == nil {
		o.vals = make([]value.Value, len(o.aggs))
	}
	vals := o.vals
	for k := range o.aggs {
		a := &o.aggs[k]
		if a.arg == nil {
			continue
		}
		copy(a.frame.w, row)
		if err := x.run(a.arg, a.frame); err != nil {
			return nil, err
		}
		vals[k] = x.m.boxed(a.arg.outs[0], a.frame)
	}
	return vals, nil
}

// touch notes that a group changed, and makes room for a new one. Groups that are
// only counted need neither: the table of groups knows what they counted before.
func (o *groupOp) touch(g uint32) {
	if o.counts {
		return
	}
	for uint32(len(o.stamp)) <= g {
		o.stamp = append(o.stamp, 0)
		o.has = append(o.has, false)
		for range o.aggs {
			o.shown, o.accs = append(o.shown, 0), append(o.accs, nil)
		}
	}
	if o.stamp[g] == o.now {
		return
	}
	o.stamp[g] = o.now
	o.dirty = append(o.dirty, g)
	for k, a := range o.aggs {
		if at := int(g)*len(o.aggs) + k; o.accs[at] == nil {
			o.accs[at] = a.make()
		}
	}
}

// settle replaces the shown result of a group by the present one.
func (o *groupOp) settle(m *Machine, n *node, g uint32) {
	at := int(g) * len(o.aggs)
	shown := o.shown[at : at+len(o.aggs)]
	copy(o.row, o.groups.row(g))
	had := o.has[g]
	o.was = append(o.was[:0], shown...)
	old := o.was
	ok, failed := o.results(m, g, shown)
	o.record(n, g, failed)
	if had && ok && slices.Equal(old, shown) {
		return
	}
	if had {
		copy(o.row[o.keys:], old)
		n.out.add(o.row, -1)
		n.out.shrinks = n.out.shrinks || !o.better || n.within == nil
	}
	if ok {
		copy(o.row[o.keys:], shown)
		n.out.add(o.row, 1)
	}
	o.has[g] = ok
	if o.groups.now(g) == 0 {
		clear(o.accs[at : at+len(o.aggs)])
	}
}

// results writes the results of a group into to; ok is false where one has
// none.
func (o *groupOp) results(m *Machine, g uint32, to []value.Word) (ok bool, failed error) {
	if o.groups.now(g) <= 0 {
		return false, nil
	}
	for k := range o.aggs {
		v, has, err := o.accs[int(g)*len(o.aggs)+k].Result()
		if err != nil {
			return false, err
		}
		if !has || isBottom(v) {
			return false, nil
		}
		to[k] = m.word(v, o.aggs[k].raw)
	}
	return true, nil
}

// record keeps the errors of groups: a group fails or it does not.
func (o *groupOp) record(n *node, g uint32, failed error) {
	key := o.groups.row(g)
	is := false
	if n.long.rows != nil {
		_, is = n.long.rows.find(key)
	}
	switch {
	case failed != nil && !is:
		n.long.add(key, 1)
	case failed != nil:
		n.long.edits++ // what it says may be something else
	case failed == nil && is:
		n.long.add(key, -1)
	}
}

func (o *groupOp) againRow(x *exec, row []value.Word) error {
	_, err := o.args(x, row)
	return err
}

func (o *groupOp) againGroup(x *exec, key []value.Word) error {
	g, ok := o.groups.find(key)
	if !ok {
		return nil
	}
	_, err := o.results(x.m, g, make([]value.Word, len(o.aggs)))
	if f := (*op.Failure)(nil); o.keys > 0 && errors.As(err, &f) {
		err = op.Fail(f.Code, "key %s: %s", keyText(x.m.tuple(o.cols[:o.keys], key)), f.Message)
	}
	return err
}

func (o *groupOp) reset(n *node) {
	o.groups.reset()
	clear(o.tally.small)
	o.accs, o.shown, o.has, o.stamp = o.accs[:0], o.shown[:0], o.has[:0], o.stamp[:0]
	o.dirty, o.begun = o.dirty[:0], false
	if n.due = o.keys == 0; n.due {
		n.makeDue()
	}
}

// bestAcc joins values that only get better: what leaves is below what came.
type bestAcc struct {
	t    *types.Type
	best value.Value
}

// Add implements op.Acc.
func (a *bestAcc) Add(v value.Value, n int64) {
	switch {
	case n <= 0:
	case !a.best.IsValid() || a.t.Is("Min") == (value.Compare(v, a.best) < 0):
		a.best = v
	}
}

// Result implements op.Acc.
func (a *bestAcc) Result() (value.Value, bool, error) { return a.best, a.best.IsValid(), nil }

// joinAcc joins lattice values, or holds the one value of a data type. It keeps
// all values with their counts, so that the best can leave again.
type joinAcc struct {
	t    *types.Type
	vals []value.Value // in order
	n    []int64
}

// Add implements op.Acc.
func (a *joinAcc) Add(v value.Value, n int64) {
	i, ok := slices.BinarySearchFunc(a.vals, v, value.Compare)
	if !ok {
		a.vals = slices.Insert(a.vals, i, v)
		a.n = slices.Insert(a.n, i, n)
		return
	}
	if a.n[i] += n; a.n[i] == 0 {
		a.vals = slices.Delete(a.vals, i, i+1)
		a.n = slices.Delete(a.n, i, i+1)
	}
}

// Result implements op.Acc.
func (a *joinAcc) Result() (v value.Value, ok bool, err error) {
	for i, x := range a.vals {
		if a.n[i] <= 0 {
			continue
		}
		if !ok {
			v, ok = x, true
			continue
		}
		if v, err = joinViews(a.t, v, x); err != nil {
			return value.Value{}, false, err
		}
	}
	return v, ok, nil
}

// keyText is a key as it is written: of one column without parentheses.
func keyText(key value.Value) string {
	if key.Len() == 1 {
		key = key.Elems()[0]
	}
	return key.String()
}

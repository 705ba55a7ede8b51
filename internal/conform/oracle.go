// Package conform holds the engine against its meaning: an oracle that computes
// every relation as a whole set from the contents of the cells, as plainly as
// possible, and programs, written and random, that must give the same on the
// oracle and on the engine after every turn.
package conform

import (
	"errors"
	"fmt"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Oracle is a naive evaluator of a program. It shares with the engine only the
// scalar functions of the library and the accumulators, which it uses afresh.
type Oracle struct {
	prog   *ir.Program
	ops    *op.Table
	params map[string]value.Value
	cells  map[[2]int]bag // by cell and leaf
	stays  map[int]bag    // rows that Threshold nodes have let through
	memo   map[int]bag    // relations of the present turn
	recs   map[int]bag    // what Rec nodes stand for at present
	errs   map[int][]string
	failed map[int]error // of Compute nodes
}

// bag is a relation: distinct rows with multiplicities, by their text.
type bag map[string]*entry

type entry struct {
	row []value.Value
	n   int64
}

func (b bag) add(row []value.Value, n int64) {
	k := value.MakeTuple(row...).String()
	if b[k] == nil {
		b[k] = &entry{row: slices.Clone(row)}
	}
	if b[k].n += n; b[k].n == 0 {
		delete(b, k)
	}
}

// rows lists the rows that are there, in the order of their text.
func (b bag) rows() []*entry {
	var all []*entry
	for _, k := range sortedKeys(b) {
		if b[k].n > 0 {
			all = append(all, b[k])
		}
	}
	return all
}

func sortedKeys(b bag) []string {
	keys := make([]string, 0, len(b))
	for k := range b {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// set is b with every multiplicity 1.
func (b bag) set() bag {
	s := bag{}
	for _, e := range b.rows() {
		s.add(e.row, 1)
	}
	return s
}

func (b bag) equal(o bag) bool {
	if len(b) != len(o) {
		return false
	}
	for k, e := range b {
		if o[k] == nil || o[k].n != e.n {
			return false
		}
	}
	return true
}

// NewOracle makes an oracle with empty cells.
func NewOracle(p *ir.Program, ops *op.Table, params map[string]value.Value) *Oracle {
	o := &Oracle{prog: p, ops: ops, params: map[string]value.Value{}, cells: map[[2]int]bag{}, stays: map[int]bag{}}
	for _, q := range p.Params {
		o.params[q.Name] = q.Default
		if v, ok := params[q.Name]; ok {
			o.params[q.Name] = v
		}
	}
	o.forget()
	return o
}

func (o *Oracle) forget() {
	o.memo, o.recs, o.errs, o.failed = map[int]bag{}, map[int]bag{}, map[int][]string{}, map[int]error{}
}

// Change changes a leaf relation; a turn ends with Turn.
func (o *Oracle) Change(cell, leaf int, row []value.Value, n int64) {
	k := [2]int{cell, leaf}
	if o.cells[k] == nil {
		o.cells[k] = bag{}
	}
	o.cells[k].add(row, n)
}

// Turn ends a turn: everything is computed anew when it is asked for.
func (o *Oracle) Turn() {
	o.forget()
	for _, n := range o.prog.Nodes {
		if n.Kind == ir.Threshold {
			o.relation(n.ID)
		}
	}
}

// Errors are the dropped elements, as "code element", sorted.
func (o *Oracle) Errors() []string {
	var all []string
	for _, n := range o.prog.Nodes {
		if n.Kind != ir.Rec {
			o.relation(n.ID)
		}
		all = append(all, o.errs[n.ID]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (o *Oracle) fail(n *ir.Node, err error, element []value.Value) {
	code := err.Error()
	if f := (*op.Failure)(nil); errors.As(err, &f) {
		code = f.Code
	}
	o.errs[n.ID] = append(o.errs[n.ID], fmt.Sprintf("%s %s", code, value.MakeTuple(element...)))
}

// relation computes a node, once per turn.
func (o *Oracle) relation(id int) bag {
	if b, ok := o.memo[id]; ok {
		return b
	}
	n := o.prog.Nodes[id]
	if n.Kind == ir.Rec {
		return o.recs[id]
	}
	o.errs[id] = nil
	b := o.compute(n)
	o.memo[id] = b
	return b
}

func (o *Oracle) compute(n *ir.Node) bag {
	out := bag{}
	switch n.Kind {
	case ir.Source:
		for _, e := range o.cells[[2]int{n.Cell, n.Leaf}].rows() {
			out.add(e.row, e.n)
		}
	case ir.Const:
		for _, row := range n.Rows {
			out.add(row, 1)
		}
	case ir.Map:
		for _, e := range o.relation(n.In[0]).rows() {
			o.emit(n, out, e.row, e.n)
		}
	case ir.FlatMap:
		o.flatMap(n, out)
	case ir.Join:
		for _, a := range o.relation(n.In[0]).rows() {
			for _, b := range o.relation(n.In[1]).rows() {
				if sameKey(a.row, n.LKey, b.row, n.RKey) {
					o.emit(n, out, slices.Concat(a.row, b.row), a.n*b.n)
				}
			}
		}
	case ir.SemiJoin, ir.AntiJoin:
		for _, a := range o.relation(n.In[0]).rows() {
			has := slices.ContainsFunc(o.relation(n.In[1]).rows(), func(b *entry) bool { return sameKey(a.row, n.LKey, b.row, n.RKey) })
			if has == (n.Kind == ir.SemiJoin) {
				out.add(a.row, a.n)
			}
		}
	case ir.Union, ir.Distinct, ir.Sink:
		for _, in := range n.In {
			for _, e := range o.relation(in).rows() {
				out.add(e.row, e.n)
			}
		}
		if n.Kind != ir.Union {
			out = out.set()
		}
	case ir.Group:
		o.group(n, out)
	case ir.Fix:
		o.fix(n)
		return o.memo[n.ID]
	case ir.Compute, ir.Seal:
		o.computed(n, out)
	case ir.Stream:
		s, err := o.streamOf(n)
		for i := int64(0); err == nil; i++ {
			var st status
			if st, err = s.force(); st != cons {
				break
			}
			if !isConflict(s.head) {
				out.add(flatten(append([]value.Value{value.MakeInt(i)}, s.head), []*types.Type{types.Int, n.Type.Resolve().Args[0]}), 1)
			}
			s = s.tail
		}
	case ir.Threshold:
		if o.stays[n.ID] == nil {
			o.stays[n.ID] = bag{}
		}
		for _, e := range o.relation(n.In[0]).rows() {
			o.emit(n, out, e.row, 1)
		}
		for _, e := range out.rows() {
			o.stays[n.ID].add(e.row, 1)
		}
		o.stays[n.ID] = o.stays[n.ID].set()
		return o.stays[n.ID]
	}
	return out
}

func sameKey(a []value.Value, ak []int, b []value.Value, bk []int) bool {
	for i := range ak {
		if !value.Equal(a[ak[i]], b[bk[i]]) {
			return false
		}
	}
	return true
}

// emit puts the result of Cond and Out on a row into out.
func (o *Oracle) emit(n *ir.Node, out bag, row []value.Value, k int64) {
	res, ok, err := o.rowOf(n, row)
	switch {
	case err != nil:
		o.fail(n, err, row)
	case ok:
		out.add(res, k)
	}
}

func (o *Oracle) rowOf(n *ir.Node, row []value.Value) (res []value.Value, ok bool, err error) {
	if n.Cond != nil {
		if v, err := o.onRow(n.Cond, row); err != nil || !v.Bool() {
			return nil, false, err
		}
	}
	if n.Out == nil {
		return row, true, nil
	}
	for _, e := range n.Out {
		v, err := o.onRow(e, row)
		if err != nil {
			return nil, false, err
		}
		res = append(res, v)
	}
	return res, !slices.ContainsFunc(res, isBottom), nil
}

func isBottom(v value.Value) bool {
	return v.Kind() == value.Unset || v.Kind() == value.Unbound || !v.IsValid()
}

func (o *Oracle) flatMap(n *ir.Node, out bag) {
	for _, e := range o.relation(n.In[0]).rows() {
		v, err := o.onRow(n.Each, e.row)
		if err != nil {
			o.fail(n, err, e.row)
			continue
		}
		elem := n.Each.Type.Resolve().Args[0]
		for _, x := range v.Elems() {
			o.emit(n, out, append(slices.Clone(e.row), flatten([]value.Value{x}, []*types.Type{elem})...), e.n)
		}
	}
}

// flatten takes tuples apart as columns do.
func flatten(vs []value.Value, ts []*types.Type) []value.Value {
	var out []value.Value
	for i, v := range vs {
		if t := ts[i].Resolve(); t.Con == types.Tuple {
			out = append(out, flatten(v.Elems(), t.Args)...)
		} else {
			out = append(out, v)
		}
	}
	return out
}

func (o *Oracle) group(n *ir.Node, out bag) {
	groups := map[string][]*entry{}
	keys := map[string][]value.Value{}
	if n.Keys == 0 {
		keys["()"] = nil
	}
	for _, e := range o.relation(n.In[0]).rows() {
		k := value.MakeTuple(e.row[:n.Keys]...).String()
		if _, err := o.aggArgs(n, e.row); err != nil {
			o.fail(n, err, e.row)
			continue
		}
		keys[k] = e.row[:n.Keys]
		groups[k] = append(groups[k], e)
	}
	for k, key := range keys {
		row, ok, err := o.aggregate(n, key, groups[k])
		switch {
		case err != nil:
			o.fail(n, err, key)
		case ok:
			out.add(row, 1)
		}
	}
}

func (o *Oracle) aggArgs(n *ir.Node, row []value.Value) ([]value.Value, error) {
	args := make([]value.Value, len(n.Aggs))
	for i, a := range n.Aggs {
		if a.Arg == nil {
			continue
		}
		var err error
		if args[i], err = o.onRow(a.Arg, row); err != nil {
			return nil, err
		}
	}
	return args, nil
}

func (o *Oracle) aggregate(n *ir.Node, key []value.Value, rows []*entry) (row []value.Value, ok bool, err error) {
	row = slices.Clone(key)
	for i, a := range n.Aggs {
		var all []value.Value
		var counts []int64
		for _, e := range rows {
			args, _ := o.aggArgs(n, e.row)
			all, counts = append(all, args[i]), append(counts, e.n)
		}
		v, ok, err := o.fold(a, all, counts)
		if err != nil || !ok || isBottom(v) {
			return nil, false, err
		}
		row = append(row, v)
	}
	return row, true, nil
}

// fold aggregates values. An aggregate without a library row joins.
func (o *Oracle) fold(a ir.Aggregate, vs []value.Value, counts []int64) (v value.Value, ok bool, err error) {
	if a.Row != "" {
		acc := o.ops.ByID(a.Row).Agg.New(a.Type)
		for i, v := range vs {
			acc.Add(v, counts[i])
		}
		return acc.Result()
	}
	for i, x := range vs {
		switch {
		case i == 0 || value.Equal(v, x):
			v = x
		case a.Type.Is("Max") || a.Type.Is("Flag"):
			if value.Compare(x, v) > 0 {
				v = x
			}
		case a.Type.Is("Min"):
			if value.Compare(x, v) < 0 {
				v = x
			}
		default:
			return v, false, op.Fail(op.TwoValues, "two values")
		}
	}
	return v, len(vs) > 0, nil
}

// fix iterates the body from nothing, all peers at once.
func (o *Oracle) fix(n *ir.Node) {
	peers := n.Peers
	if len(peers) == 0 {
		peers = []int{n.ID}
	}
	x := map[int]bag{}
	for round := 0; n.Limit == 0 || round < n.Limit; round++ {
		for _, id := range append(slices.Clone(n.Body), peers...) {
			delete(o.memo, id)
		}
		for _, id := range peers {
			if x[id] == nil {
				x[id] = bag{}
			}
			o.recs[o.prog.Nodes[id].Rec] = x[id]
		}
		next, same := map[int]bag{}, true
		for _, id := range peers {
			next[id] = o.relation(o.prog.Nodes[id].In[0]).set()
			same = same && next[id].equal(x[id])
		}
		if x = next; same {
			break
		}
	}
	for _, id := range peers {
		o.memo[id] = x[id]
	}
}

// computed takes the value of a Compute node apart into rows.
func (o *Oracle) computed(n *ir.Node, out bag) {
	v, err := o.eval(n.Out[0], frame{})
	if err == errWait {
		return
	}
	if err != nil {
		o.fail(n, err, nil)
		o.failed[n.ID] = err
		return
	}
	explode(n.Type, v, nil, out)
}

func explode(t *types.Type, v value.Value, prefix []value.Value, out bag) {
	t = t.Resolve()
	prefix = prefix[:len(prefix):len(prefix)]
	switch t.Con {
	case "Set":
		for _, x := range v.Elems() {
			out.add(append(prefix, flatten([]value.Value{x}, t.Args)...), 1)
		}
	case "Map":
		for i := 0; i < len(v.Elems()); i += 2 {
			explode(t.Args[1], v.Elems()[i+1], append(prefix, flatten(v.Elems()[i:i+1], t.Args)...), out)
		}
	case "IVar":
		vs := []value.Value{v}
		if v.Kind() == value.Conflict {
			vs = v.Elems()
		}
		for _, x := range vs {
			if !isBottom(x) {
				out.add(append(prefix, x), 1)
			}
		}
	case "Bool", "Flag":
		if v.Bool() {
			out.add(append(prefix, v), 1)
		}
	default:
		if !isBottom(v) {
			out.add(append(prefix, v), 1)
		}
	}
}

package vm

import (
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// flatMapOp evaluates Each per row to a collection and appends the columns of
// each element to the row.
type flatMapOp struct {
	each  *code
	frame *frame
	elem  *types.Type
	then  *rowFunc // nil without Cond and Out
	row   []value.Word
}

func newFlatMap(m *Machine, n *node) (operator, error) {
	in := n.in[0].ir.Cols
	o := &flatMapOp{elem: elementType(n.ir.Each.Type)}
	var err error
	if o.each, err = m.compileRow(nil, []*ir.Expr{n.ir.Each}, in, n.ir.Views); err != nil {
		return nil, err
	}
	o.frame = o.each.frame()
	n.errs.cols, n.errs.again = in, o.again
	if n.ir.Cond == nil && n.ir.Out == nil {
		return o, nil
	}
	long := o.elem.Columns(slices.Clone(in))
	o.then, err = m.rowFunc(n, n.ir.Cond, n.ir.Out, long)
	n.long.cols, n.long.again = long, o.then.again
	return o, err
}

// elementType is the type of the elements of a collection.
func elementType(t *types.Type) *types.Type {
	if t = t.Resolve(); t.Con == "Map" {
		return types.TupleOf(t.Args...)
	}
	return t.Args[0]
}

// elements lists what a collection of any kind holds.
func elements(v value.Value) []value.Value {
	switch v.Kind() {
	case value.Map:
		return entries(v)
	case value.Set, value.List, value.Open, value.Conflict, value.Record:
		return v.Elems() // a Record is an Option
	case value.Unbound, value.Unset:
		return nil
	}
	return []value.Value{v}
}

// expand evaluates Each on a row and calls f with every longer row. The first
// error of an element is the error of the row, which is dropped as a whole.
func (o *flatMapOp) expand(x *exec, row []value.Word, f func([]value.Word)) error {
	copy(o.frame.w, row)
	if err := x.run(o.each, o.frame); err != nil {
		return err
	}
	for _, e := range elements(x.m.boxed(o.each.outs[0], o.frame)) {
		if err := x.spend(1); err != nil {
			return err
		}
		o.row = x.m.put(append(o.row[:0], row...), o.elem, e)
		f(o.row)
	}
	return nil
}

func (o *flatMapOp) again(x *exec, row []value.Word) error {
	return o.expand(x, row, func([]value.Word) {})
}

func (o *flatMapOp) step(m *Machine, n *node) (err error) {
	in := &n.in[0].out
	n.out.shrinks = n.out.shrinks || in.shrinks
	for i := range in.len() {
		row, mult := in.row(i), in.mult[i]
		e := o.expand(&m.x, row, func(long []value.Word) {
			if o.then == nil {
				n.out.add(long, mult)
				return
			}
			out, ok, e := o.then.apply(&m.x, long)
			switch {
			case e == errOutOfFuel:
				err = e
			case e != nil:
				n.long.add(long, mult)
			case ok:
				n.out.add(out, mult)
			}
		})
		if err != nil || e == errOutOfFuel {
			return errOutOfFuel
		}
		if n.out.len() > n.most {
			return m.tooMany(n)
		}
		if e != nil {
			n.errs.add(row, mult)
		}
	}
	return nil
}

func (o *flatMapOp) reset(*node) {}

package vm

import (
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// computeOp evaluates an expression over assembled views whenever one of them
// changed, and shows the difference to the rows before.
type computeOp struct {
	code   *code
	typ    *types.Type
	rows   *table // of the present result
	failed error
}

func newCompute(m *Machine, n *node) (operator, error) {
	c, err := m.compileValue(n.ir.Out[0], 0, n.ir.Views)
	if err != nil {
		return nil, err
	}
	t := n.ir.Type
	if t == nil {
		t = n.ir.Out[0].Type
	}
	return newComputed(n, c, t), nil
}

// newComputed is the operator that shows the value of c, of view type t.
func newComputed(n *node, c *code, t *types.Type) *computeOp {
	n.makeDue()
	o := &computeOp{code: c, typ: t, rows: newTable(n.width())}
	n.errs.again = func(*exec, []value.Word) error { return o.failed }
	return o
}

func (o *computeOp) step(m *Machine, n *node) error {
	f := o.code.frame()
	err := m.x.run(o.code, f)
	var v value.Value
	switch {
	case err == errOutOfFuel:
		return err
	case err == errWait:
		v = bottom(o.typ)
	case err == nil:
		if v, err = m.x.result(o.code, f); err == errOutOfFuel {
			return err
		}
	}
	if err == errWait {
		err = nil
	}
	o.fail(n, err)
	if err == nil {
		m.explode(o.typ, v, nil, func(row []value.Word) { o.rows.add(row, 1) })
	}
	// Rows of both results have gained a count, those of the old one alone have
	// not, those of the new one alone are new in the table.
	for r := range o.rows.rows() {
		now, old := o.rows.now(r), o.rows.old(r)
		if now == 0 {
			continue
		}
		row := o.rows.row(r)
		switch {
		case old == 0:
			n.out.add(row, 1)
			o.rows.change(r, 1-now)
		case now == old:
			n.out.add(row, -1)
			o.rows.change(r, -now)
			n.out.shrinks = true
		default:
			o.rows.change(r, old-now)
		}
	}
	o.rows.commit()
	return nil
}

// fail keeps the error of the whole node in the place of an element. Who reads
// the node learns of it, although no row may change.
func (o *computeOp) fail(n *node, err error) {
	if err != nil || o.failed != nil {
		n.wake()
	}
	switch {
	case err != nil && o.failed == nil:
		n.errs.add(nil, 1)
	case err == nil && o.failed != nil:
		n.errs.add(nil, -1)
	}
	o.failed = err
}

func (o *computeOp) reset(n *node) {
	o.rows.reset()
	o.failed = nil
	n.makeDue()
}

// explode calls f with every row of a value of view type t: the opposite of
// assemble. Bottoms have no row. The row is valid until f returns.
func (m *Machine) explode(t *types.Type, v value.Value, prefix []value.Word, f func([]value.Word)) {
	t = t.Resolve()
	switch t.Con {
	case "Set":
		for _, e := range elements(v) {
			f(m.put(prefix, t.Args[0], e))
		}
	case "Map":
		for i := 0; i+1 < len(v.Elems()); i += 2 {
			m.explode(t.Args[1], v.Elems()[i+1], m.put(prefix, t.Args[0], v.Elems()[i]), f)
		}
	case "Stream":
		for i, e := range elements(v) {
			f(m.put(append(prefix, value.Word(i)), t.Args[0], e))
		}
	case "IVar":
		for _, e := range bound(v) {
			f(append(prefix, m.word(e, t.IsRaw())))
		}
	case "Bool", "Flag":
		if v.Bool() {
			f(append(prefix, 1))
		}
	default:
		if !isBottom(v) {
			f(append(prefix, m.word(v, t.IsRaw())))
		}
	}
}

// thresholdOp lets rows through that meet a condition; one that appeared stays.
type thresholdOp struct{ f *rowFunc }

func newThreshold(m *Machine, n *node) (operator, error) {
	f, err := m.rowFunc(n, n.ir.Cond, n.ir.Out, n.in[0].ir.Cols)
	if err != nil {
		return nil, err
	}
	n.keep()
	n.set = true
	n.errs.cols, n.errs.again = n.in[0].ir.Cols, f.again
	return &thresholdOp{f}, nil
}

func (o *thresholdOp) step(m *Machine, n *node) error {
	in := &n.in[0].out
	if !in.negative() {
		return n.emitAll(&m.x, o.f, in)
	}
	for i := range in.len() {
		if in.mult[i] < 0 {
			if n.errs.rows != nil {
				if _, failed := n.errs.rows.find(in.row(i)); failed {
					n.errs.add(in.row(i), in.mult[i])
				}
			}
			continue
		}
		if err := n.emit(&m.x, o.f, in.row(i), in.mult[i]); err != nil {
			return err
		}
	}
	return nil
}

func (o *thresholdOp) reset(*node) {}

// sinkOp marks the head of a handler: its input, each row once.
type sinkOp struct{}

func newSink(_ *Machine, n *node) (operator, error) {
	n.keep()
	n.set = true
	return sinkOp{}, nil
}

func (sinkOp) step(m *Machine, n *node) error { return unionOp{}.step(m, n) }
func (sinkOp) reset(*node)                    {}

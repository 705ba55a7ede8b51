package vm

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// sourceOp: Step itself brings the changes.
type sourceOp struct{}

func newSource(m *Machine, n *node) (operator, error) {
	m.addSource(n)
	n.keep()
	n.owns = true
	return sourceOp{}, nil
}

// addSource makes a source known by its cell and leaf.
func (m *Machine) addSource(n *node) {
	for len(m.sources) <= n.ir.Cell {
		m.sources = append(m.sources, nil)
	}
	of := &m.sources[n.ir.Cell]
	for len(*of) <= n.ir.Leaf {
		*of = append(*of, nil)
	}
	(*of)[n.ir.Leaf] = append((*of)[n.ir.Leaf], n)
}

// sourcesOf are the nodes that read a relation of a cell.
func (m *Machine) sourcesOf(c *Change) []*node {
	if c.Cell >= len(m.sources) || c.Leaf >= len(m.sources[c.Cell]) {
		return nil
	}
	return m.sources[c.Cell][c.Leaf]
}

// consolidate nets what came to a source in a turn. Rows of a source that never
// loses one are new, each once.
func (n *node) consolidate() {
	switch {
	case !n.keeps && n.out.isSmall() && n.table.isQuiet():
		if n.atOnce {
			n.out.settleAtOnce(n.table, false)
		} else {
			n.out.settle(n.table, false)
		}
		n.out.shrinks = n.out.negative()
		return
	case n.keeps && (n.out.borrowed || n.out.onlyOnes()):
		n.table.gain(&n.out)
		return
	case n.out.borrowed && n.table.n == 0:
		n.table.fill(&n.out)
		return
	}
	n.table.reserve(n.out.len())
	n.out.settle(n.table, false)
	n.out.shrinks = n.out.negative()
}

func (sourceOp) step(*Machine, *node) error { return nil }
func (sourceOp) reset(*node)                {}

// constOp emits its rows in the first turn.
type constOp struct{ rows []value.Word }

func newConst(m *Machine, n *node) (operator, error) {
	n.makeDue()
	c := &constOp{}
	for _, row := range n.ir.Rows {
		for _, v := range row {
			c.rows = append(c.rows, m.in.Word(v))
		}
	}
	return c, nil
}

func (c *constOp) step(_ *Machine, n *node) error {
	for i := range n.ir.Rows {
		n.out.add(c.rows[i*n.width():(i+1)*n.width()], 1)
	}
	return nil
}

func (c *constOp) reset(n *node) { n.makeDue() }

// rowFunc is Cond and Out of a node over a row: a projection where that is all
// there is, else code.
type rowFunc struct {
	project []int
	code    *code
	batch   *batch // nil where there is none
	frame   *frame
	cols    []*types.Type
	raw     []bool
	buf     []value.Word
}

func (m *Machine) rowFunc(n *node, cond *ir.Expr, outs []*ir.Expr, in []*types.Type) (*rowFunc, error) {
	f := &rowFunc{cols: n.ir.Cols, raw: make([]bool, len(outs)), buf: make([]value.Word, len(outs))}
	simple := cond == nil
	for i, e := range outs {
		f.raw[i] = i < len(n.ir.Cols) && n.ir.Cols[i].IsRaw()
		simple = simple && e.Op == ir.ELocal
	}
	if outs == nil {
		f.buf = nil
		outs = columnsOf(in)
		for i := range in {
			f.raw = append(f.raw, in[i].IsRaw())
			f.buf = append(f.buf, 0)
		}
	}
	if simple {
		for _, e := range outs {
			f.project = append(f.project, e.Slot)
		}
		return f, nil
	}
	var err error
	f.code, err = m.compileRow(cond, outs, in, n.ir.Views)
	if err == nil {
		f.frame = f.code.frame()
		f.batch = m.newBatch(f.code, in, f.raw)
	}
	return f, err
}

// apply computes the output row; ok is false when the row is dropped, by the
// condition or because a column is at the bottom, which is the absence of a row.
// The result is valid until the next call.
func (f *rowFunc) apply(x *exec, row []value.Word) (out []value.Word, ok bool, err error) {
	if f.code == nil {
		for i, c := range f.project {
			f.buf[i] = row[c]
		}
		return f.buf, true, x.spend(1)
	}
	copy(f.frame.w, row)
	f.frame.dropped = false
	if err := x.run(f.code, f.frame); err != nil || f.frame.dropped {
		return nil, false, err
	}
	for i, r := range f.code.outs {
		if r.bank == bankID && !f.raw[i] || r.bank == bankW && f.raw[i] {
			f.buf[i] = f.frame.w[r.reg]
			continue
		}
		v := x.m.boxed(r, f.frame)
		if isBottom(v) || f.raw[i] && !value.RawKind(v.Kind()) {
			return nil, false, nil
		}
		f.buf[i] = x.m.word(v, f.raw[i])
	}
	return f.buf, true, nil
}

// word is the word of v in a column that is raw or interned.
func (m *Machine) word(v value.Value, raw bool) value.Word {
	if raw {
		return value.RawWord(v)
	}
	return value.Word(m.in.ID(v))
}

// boxed is the value in a register of W or V.
func (m *Machine) boxed(r ref, f *frame) value.Value {
	switch r.bank {
	case bankW:
		return value.FromRaw(r.kind, f.w[r.reg])
	case bankID:
		return m.in.Value(f.w[r.reg], value.Invalid)
	}
	return f.v[r.reg]
}

// emit runs a row through f into the change of n.
func (n *node) emit(x *exec, f *rowFunc, row []value.Word, mult int64) error {
	out, ok, err := f.apply(x, row)
	switch {
	case err == errOutOfFuel:
		return err
	case err != nil:
		n.errs.add(row, mult)
	case ok:
		n.out.add(out, mult)
		if n.out.len() > n.most {
			return x.m.tooMany(n)
		}
	}
	return nil
}

// mapOp applies Cond and Out to each changed row.
type mapOp struct{ f *rowFunc }

func newMap(m *Machine, n *node) (operator, error) {
	f, err := m.rowFunc(n, n.ir.Cond, n.ir.Out, n.in[0].ir.Cols)
	n.errs.cols, n.errs.again = n.in[0].ir.Cols, f.again
	return &mapOp{f}, err
}

func (o *mapOp) step(m *Machine, n *node) error {
	in := &n.in[0].out
	n.out.shrinks = n.out.shrinks || in.shrinks
	if o.f.project != nil {
		if ok, err := n.passAll(&m.x, in); ok {
			return err
		}
	}
	return n.emitAll(&m.x, o.f, in)
}

func (o *mapOp) reset(*node) {}

// unionOp adds the multiplicities of its inputs.
type unionOp struct{}

func newUnion(*Machine, *node) (operator, error) { return unionOp{}, nil }

func (unionOp) step(m *Machine, n *node) error {
	changed, last := 0, 0
	for i, src := range n.in {
		n.out.shrinks = n.out.shrinks || src.out.shrinks
		if src.out.len() > 0 {
			changed, last = changed+1, i
		}
	}
	if changed == 1 && n.table == nil {
		n.out.borrow(&n.in[last].out)
		return m.x.spend(1)
	}
	for _, src := range n.in {
		n.out.words = append(n.out.words, src.out.words...)
		n.out.mult = append(n.out.mult, src.out.mult...)
		n.out.addPicks(&src.out)
	}
	return m.x.spend(int64(n.out.len()))
}

func (unionOp) reset(*node) {}

// distinctOp counts derivations and shows the rows that have one.
type distinctOp struct{}

func newDistinct(_ *Machine, n *node) (operator, error) {
	n.keep()
	n.set = true
	return distinctOp{}, nil
}

func (distinctOp) step(m *Machine, n *node) error { return unionOp{}.step(m, n) }
func (distinctOp) reset(*node)                    {}

// again evaluates a row for its error.
func (f *rowFunc) again(x *exec, row []value.Word) error {
	_, _, err := f.apply(x, row)
	return err
}

// columnsOf are expressions for the columns of a row as they are.
func columnsOf(cols []*types.Type) []*ir.Expr {
	var es []*ir.Expr
	for i, t := range cols {
		es = append(es, &ir.Expr{Op: ir.ELocal, Slot: i, Type: t})
	}
	return es
}

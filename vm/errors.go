package vm

import (
	"errors"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// errorRows are the input rows of a node whose evaluation failed, with their
// multiplicities. Messages are not kept: evaluating the row again gives them.
type errorRows struct {
	cols  []*types.Type
	rows  *table
	again func(x *exec, row []value.Word) error
	edits uint64 // see ErrorMark
}

// add counts a failure of row in (n > 0) or out.
func (e *errorRows) add(row []value.Word, n int64) {
	if e.rows == nil {
		e.rows = newTable(len(row))
	}
	e.rows.add(row, n)
	e.rows.commit()
	e.edits++
}

func (e *errorRows) reset() {
	e.edits++
	if e.rows != nil {
		e.rows.reset()
	}
}

// ErrorMark is a number that is another one whenever Errors may tell something else
// than it did.
func (m *Machine) ErrorMark() uint64 {
	mark := m.marks
	for _, n := range m.nodes {
		mark += n.errs.edits + n.long.edits
		if o, ok := n.op.(*streamOp); ok && len(o.drops) > 0 { // nobody counts what becomes of those
			m.marks++
			mark++
		}
	}
	return mark
}

// Errors lists the elements that are dropped at present because their
// evaluation failed, in canonical order.
func (m *Machine) Errors() []EvalError {
	var all []EvalError
	fuel := m.opt.Fuel
	x := &exec{m: m, read: m, fuel: &fuel, stop: m.opt.Interrupt}
	for _, n := range m.nodes {
		if o, ok := n.op.(*streamOp); ok {
			for _, d := range o.drops {
				all = append(all, m.evalError(n, d.err, d.element))
			}
		}
		for _, e := range []*errorRows{&n.errs, &n.long} {
			if e.rows == nil {
				continue
			}
			e.rows.each(func(r uint32, _ int64) {
				row := e.rows.row(r)
				if err := e.again(x, row); err != nil {
					all = append(all, m.evalError(n, err, m.tuple(e.cols, row)))
				}
			})
		}
	}
	slices.SortFunc(all, func(a, b EvalError) int {
		switch {
		case a.Pos.Line != b.Pos.Line:
			return a.Pos.Line - b.Pos.Line
		case a.Pos.Column != b.Pos.Column:
			return a.Pos.Column - b.Pos.Column
		}
		if c := value.Compare(a.Element, b.Element); c != 0 {
			return c
		}
		return strings.Compare(a.Message, b.Message)
	})
	return slices.CompactFunc(all, func(a, b EvalError) bool {
		return a.Pos == b.Pos && a.Code == b.Code && a.Message == b.Message && value.Equal(a.Element, b.Element)
	})
}

func (m *Machine) evalError(n *node, err error, element value.Value) EvalError {
	e := EvalError{Message: err.Error(), Pos: n.ir.Pos, Element: element, Node: n.ir.ID}
	if l := (*located)(nil); errors.As(err, &l) {
		e.Message = l.err.Error()
		if l.pos.Line != 0 {
			e.Pos = l.pos
		}
	}
	if f := (*op.Failure)(nil); errors.As(err, &f) {
		e.Code, e.Message = f.Code, f.Message
	}
	return e
}

// each calls f with every row that has a positive count.
func (t *table) each(f func(r uint32, count int64)) {
	for r := range t.rows() {
		if t.now(r) > 0 {
			f(r, t.now(r))
		}
	}
}

package vm

import (
	"fmt"
	"strconv"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/source"
)

// Suspension is why what depends on an evaluation shows nothing at present: the
// evaluation reached a bound. It is the error of such views; errors.Is finds
// ErrSuspended in it.
type Suspension struct {
	Node int // in ir.Program.Nodes: where the bound was reached
	Pos  source.Position
	In   []int // rows of its inputs: all that they hold, else what changed in the turn
	Rows int   // that one relation may hold; 0 when it was not the rows that ended it
	Fuel int64 // steps that an evaluation may take; 0 when it was interrupted
}

// Error tells the place, the sizes and the bound.
func (s *Suspension) Error() string {
	text := s.Pos.String() + ": "
	switch {
	case s.Rows == 0 && s.Fuel == 0:
		return text + "the evaluation was interrupted"
	case s.Rows == 0:
		return text + fmt.Sprintf("the evaluation took more than %s steps, from %s", grouped(s.Fuel), s.sizes())
	}
	return text + fmt.Sprintf("the evaluation made more than %s rows of %s, more than one relation may hold", grouped(int64(s.Rows)), s.sizes())
}

// Unwrap lets errors.Is find ErrSuspended.
func (s *Suspension) Unwrap() error { return ErrSuspended }

func (s *Suspension) sizes() string {
	text := ""
	for i, n := range s.In {
		if i > 0 {
			text += " and "
		}
		text += grouped(int64(n))
	}
	if text == "" {
		return "nothing"
	}
	return text
}

// grouped is a number with commas.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// bound sets how many rows each node may hold or change in a turn.
func (m *Machine) bound() {
	for _, n := range m.nodes {
		n.most = min(m.opt.MaxRows, int(m.opt.MaxBytes/4/int64(8*(n.width()+2))))
	}
}

// tooMany ends an evaluation that makes more rows than its relation may hold.
func (m *Machine) tooMany(n *node) error {
	m.full = n
	return errOutOfFuel
}

// bounded checks that a node does not hold more rows than it may, and after a
// large change that the program does not.
func (m *Machine) bounded(n *node) error {
	if n.out.size() > n.most || n.held() > n.most {
		return m.tooMany(n)
	}
	if n.out.len() >= 1<<16 {
		return m.boundedInAll(n)
	}
	return nil
}

// boundedInAll checks that all nodes together do not hold more than they may.
func (m *Machine) boundedInAll(n *node) error {
	var bytes int64
	for _, o := range m.nodes {
		bytes += int64(8 * cap(o.out.words))
		if o.table != nil {
			bytes += int64(8*(cap(o.table.words)+len(o.table.slots)) + 4*len(o.table.direct.at))
		}
	}
	if bytes > m.opt.MaxBytes {
		return m.tooMany(n)
	}
	return nil
}

// reason is why n is being suspended.
func (m *Machine) reason(n *node) *Suspension {
	s := &Suspension{Node: n.ir.ID, Pos: n.ir.Pos, Fuel: m.opt.Fuel}
	in := n.in
	if o, ok := n.op.(*fixOp); ok {
		in = o.c.feeds
	}
	if m.full != nil {
		s.Node, s.Pos, s.Rows = m.full.ir.ID, m.full.ir.Pos, m.full.most
		if m.full.within == nil && m.full.kind() != ir.Fix {
			in = m.full.in
		}
	}
	if m.opt.Interrupt != nil && m.opt.Interrupt.Load() && m.full == nil {
		s.Fuel = 0
	}
	m.full = nil
	for _, src := range in {
		s.In = append(s.In, max(src.held(), src.out.len()))
	}
	return s
}

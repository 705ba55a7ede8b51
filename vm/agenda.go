package vm

import (
	"math/bits"
	"slices"
)

// agenda is which nodes a turn has to look at. A program may have thousands of
// definitions of which a change concerns a few, so no step of a turn goes over all
// of them: those with changed inputs are bits in the order of the nodes, which is
// topological, and those that changed are listed as they do.
type agenda struct {
	due     []uint64 // by place: nodes outside of recursions that are due
	fed     []*node  // sources that rows have come to
	touched []*node  // that may have something to end, each once
	shows   []int    // memory for Turn.Shows
	ahead   ahead
	x       *exec // of the machine
}

// makeDue says that a node is to run.
func (n *node) makeDue() {
	n.due = true
	if n.within == nil {
		n.agenda.due[n.ir.ID>>6] |= 1 << (n.ir.ID & 63)
	}
}

// touch says that a node has changed in this step.
func (n *node) touch() {
	n.changed = true
	n.list()
}

// list says that a node has something to end at the end of the step.
func (n *node) list() {
	if !n.listed {
		n.listed = true
		n.agenda.touched = append(n.agenda.touched, n)
	}
}

// feed adds rows to a source.
func (n *node) feed(m *Machine, rows []uint64, mult int64) {
	if n.out.len() == 0 {
		n.agenda.fed = append(n.agenda.fed, n)
	}
	n.bring(m, rows, mult)
}

// runDue evaluates the nodes outside of recursions that are due, in order. Those
// that become due meanwhile follow in the same run, as they stand behind; one that
// becomes due behind its place waits for the next turn.
func (m *Machine) runDue() {
	for w := range m.agenda.due {
		for left := ^uint64(0); m.agenda.due[w]&left != 0; {
			at := bits.TrailingZeros64(m.agenda.due[w] & left)
			left = ^uint64(1) << at
			m.agenda.due[w] &^= 1 << at
			if n := m.nodes[w<<6|at]; n.due {
				m.runNode(n)
			}
		}
	}
}

// runNode evaluates a node outside of recursions. A lack of fuel suspends what
// depends on it.
func (m *Machine) runNode(n *node) {
	m.fuel = m.opt.Fuel
	if o, ok := n.op.(*fixOp); ok {
		for _, b := range o.c.body {
			b.list()
		}
	}
	if m.evaluate(n) != nil {
		m.suspend(n)
	}
}

// tell adds what the change of a node means outside.
func (m *Machine) tell(t *Turn, n *node) {
	for _, h := range n.heads {
		for k := range n.out.len() {
			if n.out.mult[k] > 0 {
				t.Heads = append(t.Heads, HeadRow{h, m.headRow(h, n.out.row(k))})
			}
		}
	}
	t.Shows = append(t.Shows, n.shows...)
}

// end closes a turn.
func (m *Machine) end() Turn {
	t := Turn{Shows: m.agenda.shows[:0]}
	for _, n := range m.agenda.touched {
		n.listed = false
		if n.changed {
			if len(n.shows)+len(n.heads) > 0 {
				m.tell(&t, n)
			}
			n.commit()
		}
		n.out.trim()
	}
	m.agenda.touched = m.agenda.touched[:0]
	if cap(m.ones) > 1<<16 {
		m.ones = nil
	}
	if !ascend(t.Shows) {
		slices.Sort(t.Shows)
		t.Shows = slices.Compact(t.Shows)
	}
	m.agenda.shows = t.Shows
	if len(t.Heads) > 1 {
		slices.SortStableFunc(t.Heads, compareHeads)
	}
	return t
}

// ascend reports whether each number is above the one before.
func ascend(ns []int) bool {
	for i := 1; i < len(ns); i++ {
		if ns[i] <= ns[i-1] {
			return false
		}
	}
	return true
}

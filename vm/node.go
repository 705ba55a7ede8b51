package vm

import "github.com/laspc/lasp/ir"

// operator is the behaviour of a node: step turns the changes of its inputs
// (their out) into changes of its own, reset forgets all state. An error of
// step is a lack of fuel; errors of elements are recorded by the node.
type operator interface {
	step(m *Machine, n *node) error
	reset(n *node)
}

// node is a node of the dataflow at run time.
type node struct {
	ir    *ir.Node
	in    []*node
	users []*node
	op    operator
	out   delta
	// table holds the rows, where somebody needs them: joins, views, recursion.
	table *table
	// set says that counts above zero show as one.
	set bool
	// unique says that no row can be there twice: one that comes is new.
	unique bool
	// owns says that the operator itself keeps the table and nets the change.
	owns bool
	// atOnce says that nobody asks what the table held before the step.
	atOnce bool
	// within is the component whose rounds drive this node.
	within    *component
	agenda    *agenda
	dispatch  *dispatch // of its users; nil where every change concerns all
	heads     []int     // handlers whose head this is
	shows     []int     // whose view this is a part of
	due       bool      // an input changed
	changed   bool      // ran with an effect in this step
	listed    bool      // it is among those touched in this step
	rewritten bool      // a stream that did not just go on, in this step
	hands     handing   // how it hands over what passes
	suspended bool
	why       *Suspension   // while it is suspended
	most      int           // rows that it may hold, or change in a turn
	keeps     bool          // never loses a row
	reads     []ir.View     // views that the code reads
	store     *store        // of a recursion that counts support
	lazy      *relation     // whose rows may not be in the table yet
	stream    *sourceStream // of a Source of stream elements that is read as one
	errs      errorRows     // input rows that failed
	long      errorRows     // of FlatMap: longer rows that failed in Cond or Out
}

func (n *node) kind() ir.NodeKind { return n.ir.Kind }
func (n *node) width() int        { return len(n.ir.Cols) }

// weight is the multiplicity that readers see for a count.
func (n *node) weight(count int64) int64 {
	if n.set {
		return sign(count)
	}
	return count
}

// finish nets the change of a step and tells the users.
func (n *node) finish() {
	if n.out.none() {
		n.out.shrinks = false
		return
	}
	if n.table != nil && !n.owns {
		switch {
		case n.bringsNew():
			n.table.gain(&n.out)
		case n.atOnce && n.out.isSmall() && n.table.isQuiet():
			n.out.settleAtOnce(n.table, n.set)
		default:
			n.out.settle(n.table, n.set)
		}
		n.touch() // counts may have moved although nothing shows
	}
	n.announce()
}

// bringsNew reports whether all rows of a change are known to be new, so that nobody
// has to look for them in the table. Where rows leave this holds for a first load.
func (n *node) bringsNew() bool {
	return n.unique && n.within == nil && (n.keeps || n.table.n == 0 && n.out.len() >= runRows) && n.out.onlyOnes()
}

// announce makes the users of a changed node due.
func (n *node) announce() {
	n.touch()
	if !n.out.none() {
		n.wake()
	}
}

// wake makes the users of a node due.
func (n *node) wake() {
	n.touch()
	if n.dispatch != nil && n.dispatch.wake(n) {
		return
	}
	for _, u := range n.users {
		n.wakeOne(u)
	}
}

// wakeOne makes a user of a node due.
func (n *node) wakeOne(u *node) {
	u.makeDue()
	for c := u.within; c != nil && c != n.within; c = c.lead.within {
		c.lead.makeDue()
	}
}

// reset forgets the state of a node.
func (n *node) reset() {
	n.op.reset(n)
	n.out.clear()
	n.suspended, n.why, n.changed = false, nil, false
	if n.table != nil && n.kind() != ir.Source {
		n.table.reset()
	}
	n.errs.reset()
	n.long.reset()
}

// held is the number of rows that a node holds.
func (n *node) held() int {
	switch {
	case n.lazy != nil:
		return n.lazy.n
	case n.table != nil:
		return n.table.live()
	}
	return 0
}

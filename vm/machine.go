// Package vm evaluates an IR program incrementally: it keeps every derived
// relation up to date under changes of the cells, one consistent turn at a
// time, and evaluates the expressions of handlers and queries on the state that
// it holds.
//
// A turn consolidates its changes at the sources and then runs every node whose
// inputs changed exactly once, in topological order, so that no node sees a mix
// of old and new (no glitches). Work is proportional to the changes of inputs
// and outputs, never to the state: relations are flat tables of interned words
// with counts (table.go, index.go), changes are flat buffers (delta.go),
// operators are linear, bilinear or per group, recursion is semi-naive (fix.go),
// streams unfold by need (stream.go), expressions run as register code (code.go,
// exec.go), a column at a time where there are many rows (batch.go).
package vm

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
)

// Options configure a machine. The zero value is right for a program without
// parameters.
type Options struct {
	// Interner gives values their words; rows of Step are made with it. Nil
	// makes a new one.
	Interner *value.Interner
	// Fuel bounds the work of one node in a turn (a recursion with its body is
	// one), in steps of about a row or a call; 0 is 10^10. What takes more is
	// suspended, and the rest of the program goes on.
	Fuel int64
	// MaxBytes bounds the memory of the program's relations, about: one relation or
	// one change may take a quarter of it; 0 is 4 GiB. What grows beyond is suspended
	// like what takes too much fuel.
	MaxBytes int64
	// MaxRows bounds the rows of one relation or of one change; 0 is 2^27. What
	// grows beyond is suspended like what takes too much fuel.
	MaxRows int
	// Params are the values of the program's parameters; a missing one takes
	// its default.
	Params map[string]value.Value
	// StreamView bounds how many elements of a stream a view shows beyond those
	// that came from outside; 0 is 1,000. It is for streams that go on for ever.
	StreamView int
	// Stats counts the work that is done, see Machine.Stats. Clock tells the time
	// in ns for it; nil counts no time.
	Stats bool
	Clock func() int64
	// Interrupt, where it is given, ends evaluations while it is set, as a lack
	// of fuel does. Another goroutine may set it.
	Interrupt *atomic.Bool
	// Pieces runs pieces of large evaluations; nil runs none apart.
	Pieces Pieces
}

const (
	defaultFuel       = 10_000_000_000
	defaultMaxRows    = 1 << 27
	defaultMaxBytes   = 4 << 30
	defaultStreamView = 1_000
)

// Change is a change of a leaf relation at the edge of the dataflow: of one row,
// or of several that lie one behind the other. Several are new and appear once
// each, unless another change of the same step says otherwise. The machine reads
// them until the step is over, and those of a cell that never loses a row from then
// on, too: their memory must stay as it is.
type Change struct {
	Cell int          // index in ir.Program.Cells
	Leaf int          // index in lattice.Relations of the cell
	Row  []value.Word // interned by the machine's interner
	Mult int64        // +1 for rows that appeared, -1 for such as left
}

// HeadRow is a row that newly appeared at the head of a handler.
type HeadRow struct {
	Handler int         // index in ir.Program.Handlers
	Row     value.Value // the tuple of the handler's HeadTypes
}

// Turn is what a step brought about.
type Turn struct {
	Heads []HeadRow
	// Shows are the indexes of shows whose view may have changed, in order. They
	// are valid until the next step.
	Shows []int
}

// EvalError is an element that was dropped because its evaluation failed. It is
// current as long as the element is there.
type EvalError struct {
	Code    string
	Message string
	Pos     source.Position
	Element value.Value // a tuple of the row's columns
	Node    int         // that dropped it, in ir.Program.Nodes
}

// ErrSuspended is the error of a view whose evaluation ran out of fuel. The
// changes that led there are kept, and the evaluation is tried again.
var ErrSuspended = errors.New("the evaluation of this view is suspended: it ran out of fuel")

// Machine holds the state of all nodes of a program. It is not safe for
// concurrent use.
type Machine struct {
	prog    *ir.Program
	ops     *op.Table
	in      *value.Interner
	params  map[string]value.Value
	opt     Options
	nodes   []*node
	sources [][][]*node // by cell and leaf
	agenda  agenda
	cache   map[*ir.Expr]*compiled
	spare   *evaluation // for the next Eval; nil while it is in use
	funcs   []*code
	brought map[string]int // in funcs: those that code from outside brought, by key
	x       exec           // of the present turn
	columns columns        // of batches
	spares  spares         // of streams
	fuel    int64
	ones    []int64 // see once
	started bool
	// stepping says that a turn is under way, whose fuel views take from.
	stepping bool
	retry    retry
	marks    uint64  // see ErrorMark
	full     *node   // that made too many rows, until the suspension says so
	fewSteps int64   // see the constant
	counts   *counts // nil where nothing is counted
}

// New builds a machine for a verified program. It fails when the program needs
// an operation that the table lacks or a parameter without a value.
func New(p *ir.Program, ops *op.Table, o Options) (*Machine, error) {
	m := &Machine{prog: p, ops: ops, in: o.Interner, opt: o, params: map[string]value.Value{}, cache: map[*ir.Expr]*compiled{}}
	if m.in == nil {
		m.in = value.NewInterner()
	}
	if m.opt.Fuel == 0 {
		m.opt.Fuel = defaultFuel
	}
	if m.opt.MaxRows == 0 {
		m.opt.MaxRows = defaultMaxRows
	}
	if m.opt.MaxBytes == 0 {
		m.opt.MaxBytes = defaultMaxBytes
	}
	if m.opt.StreamView == 0 {
		m.opt.StreamView = defaultStreamView
	}
	for _, q := range p.Params {
		v, ok := o.Params[q.Name]
		if !ok {
			v = q.Default
		}
		if v.IsValid() {
			m.params[q.Name] = v
		}
	}
	m.agenda.ahead.least, m.agenda.ahead.fewer = aheadSlots, aheadFewer
	m.fewSteps = fewSteps
	m.x = exec{m: m, read: m, fuel: &m.fuel, stop: m.opt.Interrupt}
	if err := bindJoins(p, ops); err != nil {
		return nil, err
	}
	if err := m.build(); err != nil {
		return nil, err
	}
	m.bound()
	if o.Stats {
		m.counts = newCounts(len(p.Nodes), o.Clock)
	}
	return m, nil
}

// Interner returns the interner that gives rows their words.
func (m *Machine) Interner() *value.Interner { return m.in }

// Prepare makes now what the first changes after a large step would make before anything
// else: it hashes the rows of relations that can lose some.
func (m *Machine) Prepare() {
	for _, n := range m.nodes {
		if n.table != nil && !n.keeps && n.table.hashed < n.table.n {
			n.table.hash()
		}
	}
}

// Step applies changes as one consistent turn. The first one also evaluates
// what depends on no cell. A change of a relation that the program does not
// read is ignored. The error is a broken row; an evaluation that fails drops
// its element (Errors) or is suspended (Suspended) and is no error here.
func (m *Machine) Step(changes []Change) (Turn, error) {
	for i := range changes {
		c := &changes[i]
		for _, n := range m.sourcesOf(c) {
			if w := n.width(); len(c.Row) != w && (w == 0 || len(c.Row)%w != 0) {
				return Turn{}, fmt.Errorf("vm: a row of %d columns for relation %d of cell `%s`, which has %d", len(c.Row), c.Leaf, m.prog.Cells[c.Cell].Name, w)
			}
			n.feed(m, c.Row, c.Mult)
		}
	}
	m.counts.turn()
	m.fuel, m.stepping = m.opt.Fuel, true
	defer func() { m.stepping = false }()
	for _, n := range m.agenda.fed {
		m.agenda.ahead.of(n)
	}
	for _, n := range m.agenda.fed {
		span := m.counts.begin()
		n.consolidate()
		n.rewrite()
		n.announce()
		m.counts.ran(n)
		m.counts.end(n, span)
	}
	m.agenda.fed = m.agenda.fed[:0]
	m.started = true
	if m.retry.due() {
		return m.rebuild()
	}
	m.runDue()
	return m.end(), nil
}

// run evaluates the nodes of a list that are due and belong to component c, in
// order; nodes of an inner component run when it does. A lack of fuel ends the run.
func (m *Machine) run(nodes []*node, c *component) error {
	for _, n := range nodes {
		if !n.due || n.within != c {
			continue
		}
		if err := m.evaluate(n); err != nil {
			return err
		}
	}
	return nil
}

// evaluate runs a node. It fails where that takes more than it may.
func (m *Machine) evaluate(n *node) (err error) {
	n.due = false
	if n.suspended {
		return errOutOfFuel
	}
	if m.counts == nil {
		if err = n.op.step(m, n); err == nil {
			n.finish()
			err = m.bounded(n)
		}
		return err
	}
	span := m.counts.begin()
	if err = n.op.step(m, n); err == nil {
		n.finish()
		m.counts.ran(n)
		err = m.bounded(n)
	}
	m.counts.end(n, span)
	return err
}

// compareHeads orders rows of heads by handler and value.
func compareHeads(a, b HeadRow) int {
	if a.Handler != b.Handler {
		return a.Handler - b.Handler
	}
	return value.Compare(a.Row, b.Row)
}

// commit ends the step of the given nodes.
func (m *Machine) commit(nodes []*node) {
	for _, n := range nodes {
		n.commit()
	}
}

// commit ends the step of a node.
func (n *node) commit() {
	if !n.changed {
		return
	}
	n.changed, n.rewritten = false, false
	if n.table != nil {
		n.table.commit()
	}
	n.out.clear()
}

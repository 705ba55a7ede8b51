package replica

import (
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/runtime/wire"
	"github.com/laspc/lasp/vm"
)

// Query evaluates an expression that was compiled against the active program,
// on the present state, with slots as its locals.
func (c *Core) Query(code *ir.Expr, slots ...value.Value) (value.Value, error) {
	if c.prog == nil {
		return value.Value{}, errNoProgram()
	}
	return c.evalExpr(code, nil, slots, nil)
}

// Elsewhere reports whether an error of Query, Eval or View says that what they
// need is held by other nodes: a Look finds it.
func Elsewhere(err error) bool { return elsewhere(err) }

// Facts are what now(), random() and fresh() give outside of handlers.
type Facts struct{ Seed Seed }

// Eval is Query with facts, for tests.
func (c *Core) Eval(code *ir.Expr, f Facts, slots ...value.Value) (value.Value, error) {
	if c.prog == nil {
		return value.Value{}, errNoProgram()
	}
	return c.evalExpr(code, &f, slots, nil)
}

// withOutputs puts the values of outputs, of `errors` and of `conflicts`, where
// they are not part of the dataflow, in the place of their names.
func (c *Core) withOutputs(code *ir.Expr) *ir.Expr {
	found := false
	ir.WalkExpr(code, func(e *ir.Expr) bool {
		_, is := c.outside(e)
		found = found || is
		return !found
	})
	if !found {
		return code
	}
	return ir.MapExpr(ir.CloneExpr(code), func(e *ir.Expr) *ir.Expr {
		if v, is := c.outside(e); is {
			return &ir.Expr{Op: ir.EConst, Type: e.Type, Value: v, Pos: e.Pos}
		}
		return e
	})
}

// outside is the present value of a name that is not part of the dataflow.
func (c *Core) outside(e *ir.Expr) (v value.Value, ok bool) {
	if e.Op != ir.ESpecial {
		return v, false
	}
	if e.Name != "output" {
		return c.systemValue(e.Name)
	}
	var list []value.Value
	for _, o := range c.Outputs(c.prog.ir.Outputs[e.N].Name) {
		list = append(list, o.Value)
	}
	return value.MakeList(list), true
}

// View returns the present view of a cell, let or show by name; `errors` and
// `conflicts` are always there.
func (c *Core) View(name string) (value.Value, error) {
	if c.prog == nil {
		return value.Value{}, errNoProgram()
	}
	v, sys, err := c.named(name)
	if sys.IsValid() || err != nil {
		return sys, err
	}
	var read vm.Reader = c.prog.machine
	if c.prog.placed {
		read = placedReader{c: c}
	}
	out, err := read.View(v)
	if err != nil && !elsewhere(err) {
		err = asError(err)
	}
	return out, err
}

func errNoView(name string) error {
	return &Error{Code: codeUnknown, Message: fmt.Sprintf("the program has no cell, definition or show `%s`", name)}
}

// About lists what a batch would tell this replica about: the cells, outputs and
// removals in it, each once, in order of appearance. What it knows already, it
// lists as well; what the run time keeps for itself is left out.
func (c *Core) About(m *wire.Batch) []string {
	g, err := c.findGroup(m.Group)
	if err != nil || c.stores[g] == nil {
		return nil
	}
	d, err := c.decodeDelta(g, m.Delta)
	if err != nil {
		return nil
	}
	var out []string
	add := func(what string) {
		if !slices.Contains(out, what) && !strings.HasPrefix(what, "$") {
			out = append(out, what)
		}
	}
	for _, p := range d.Pieces {
		add(p.Cell[strings.LastIndexByte(p.Cell, '/')+1:])
	}
	if len(d.Removals) > 0 {
		add("removals")
	}
	for _, o := range d.Outputs {
		add(o.Name)
	}
	return out
}

func (c *Core) find(name string) (ir.View, bool) {
	for _, s := range c.prog.ir.Shows {
		if s.Name == name {
			return s.View, true
		}
	}
	for _, l := range c.prog.ir.Lets {
		if l.Name == name {
			return l.View, true
		}
	}
	for _, cell := range c.prog.ir.Cells {
		if cell.Name == name {
			return cell.View, true
		}
	}
	return ir.View{}, false
}

// Errors lists the elements that are dropped at present because their
// evaluation failed.
func (c *Core) Errors() []vm.EvalError {
	if c.prog == nil {
		return nil
	}
	return c.prog.machine.Errors()
}

// Stats is the work of the dataflow since the program was activated, where
// Options.Stats asks for it.
func (c *Core) Stats() vm.Stats {
	if c.prog == nil {
		return vm.Stats{}
	}
	return c.prog.machine.Stats()
}

// Outputs lists what an output holds, in canonical order of values and ids.
func (c *Core) Outputs(name string) []Emit {
	var all []Emit
	c.stores[everywhere].Outputs(name, func(id [32]byte, v value.Value, _ lattice.Stamp) bool {
		all = append(all, Emit{Output: name, ID: fmt.Sprintf("%x", id), Value: v})
		return true
	})
	slices.SortFunc(all, func(a, b Emit) int {
		if n := value.Compare(a.Value, b.Value); n != 0 {
			return n
		}
		return slices.Compare([]byte(a.ID), []byte(b.ID))
	})
	return all
}

// Runs refuses, with L0604, what was made for another program than the one that
// runs: its types and numbers mean nothing in this one. A nil p is any program.
func (c *Core) Runs(p *ir.Program) error {
	if p == nil || c.prog != nil && c.prog.ir == p {
		return nil
	}
	return &Error{Code: codeOldVersion, Message: "another version of the program became active while the request was on its way", Hint: "send it again"}
}

// Program is the program that runs, its zero value when there is none.
func (c *Core) Program() Program {
	if c.prog == nil {
		return Program{}
	}
	return c.prog.Program
}

// Stale names a peer that knows turns of this replica's own incarnation which
// the replica lacks, "" if there is none. Its log is then an older copy, and the
// driver must end it before it uses the same stamps again.
func (c *Core) Stale() string { return c.stale }

// Digest is a hash of the replicated state: replicas that hold the same have
// the same digest.
func (c *Core) Digest() [32]byte {
	d, err := c.stores[everywhere].Digest()
	if err != nil {
		panic("replica: a state that this replica holds has no encoding: " + err.Error())
	}
	return d
}

// PeerStatus is what a replica knows about a peer.
type PeerStatus struct {
	Name string
	Up   bool
	// Lacks is the number of turns that we hold and the peer has not
	// acknowledged.
	Lacks   uint64
	Version uint64
	// Differs says that the peer knows the same turns and holds something else,
	// and that exchanging all of it did not help.
	Differs bool
}

// Status is a summary for people.
type Status struct {
	Node     string
	Inc      uint64
	Version  uint64
	Hash     [32]byte
	Clock    int64
	Turns    uint64     // known, of all actors
	State    state.Size // of the replicated cells
	Unsynced bool       // single-writer cells refuse writes, see Config.Blank
	// Rebuilt counts how often derived state was made anew from all cells, for a
	// body that read it after it wrote.
	Rebuilt uint64
	Escrow  EscrowStatus
	// Requests is what is remembered of requests that count.
	Requests RequestsStatus
	// Holds and Moving are the placed groups that this replica owns and holds, and
	// those that it gives away or has not got all of yet. Tags are its own.
	Holds, Moving, Tags []string
	// Outbox is the number of writes that wait for a holder.
	Outbox int
	Peers  []PeerStatus
}

// Status returns a summary for people.
func (c *Core) Status() Status {
	s := Status{Node: c.actor.Node, Inc: c.actor.Inc, Clock: c.clock, Unsynced: c.unsynced(), Rebuilt: c.rebuilt}
	if c.prog != nil {
		s.Version, s.Hash = c.prog.Version, c.prog.Hash
	}
	s.Escrow = c.escrowStatus()
	s.Requests = c.requestsStatus()
	s.Holds, s.Moving, s.Tags, s.Outbox = c.Owned(), c.Moving(), c.cfg.Tags, len(c.parcels)
	own := c.vector()
	s.State = c.stores[everywhere].Size()
	for _, r := range own.Ranges() {
		s.Turns += r.Hi - r.Lo + 1
	}
	for _, p := range c.peers {
		ps := PeerStatus{Name: p.name, Up: p.up, Version: p.version, Differs: p.mending.differs}
		for _, r := range p.known.Missing(own) {
			ps.Lacks += r.Hi - r.Lo + 1
		}
		s.Peers = append(s.Peers, ps)
	}
	return s
}

// Undecided reports whether something waits for a decision of the agreed order:
// the request with the given ref, or, for nil, anything.
func (c *Core) Undecided(ref any) bool {
	return slices.ContainsFunc(c.ord.pending, func(p *pending) bool { return ref == nil || slices.Contains(p.refs, ref) })
}

// Ordered reports whether the agreed order, where the program needs one, has
// begun: a leader is known, and the voters are those that the members make.
func (c *Core) Ordered() bool {
	if c.ord.group == nil {
		return true
	}
	_, all := c.members()
	return c.ord.group.Settled(all)
}

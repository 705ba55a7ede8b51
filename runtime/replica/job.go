package replica

import (
	"errors"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/runtime/wire"
	"github.com/laspc/lasp/vm"
)

// job is work that may read what other nodes hold: a request, a query, a firing.
// It is begun, and where it comes upon something that is not here it is taken
// back without effect, asks, and is begun anew with the answers, until it has all
// that it reads. So no work is half done while it waits, and what it reads here
// is one state.
type job struct {
	run  func(*job)
	fail func(error)
	// spread jobs write to other nodes and read from them, piece by piece; others
	// are given, as a whole, to a node that holds what they need.
	spread  bool
	facts   map[string]fact
	guests  map[int]*state.Store // contents of groups that are not held here
	fetched int                  // bytes of them, as they came
	machine *vm.Machine          // derived from what is held and from guests
	rounds  int
	asks    int // questions that are open
	failed  error
	prog    *program
}

// fact is the value under keys of a map cell.
type fact struct {
	v  value.Value
	ok bool
}

// maxRounds bounds how often a job is begun anew.
const maxRounds = 1000

// begin starts a job.
func (c *Core) beginJob(j *job) {
	j.prog = c.prog
	j.run(j)
}

// need says what a job must know before it can go on.
type need struct {
	reads  []needRead
	groups []int
}

type needRead struct {
	group int
	cell  int
	keys  []value.Value
}

// Error is never seen by people.
func (*need) Error() string { return "the work waits for what other nodes hold" }

// away says that a job reads or writes a group that is served elsewhere.
type away struct{ group int }

// Error is never seen by people: a job that may not be given away says
// errUnplaced.
func (*away) Error() string { return "the work is for another node" }

func elsewhere(err error) bool {
	var (
		n *need
		a *away
	)
	return errors.As(err, &n) || errors.As(err, &a)
}

// wait lets a job ask for what it needs. It reports false when err is a failure
// of the job itself.
func (c *Core) wait(j *job, err error) bool {
	var n *need
	if j == nil || !errors.As(err, &n) {
		return false
	}
	if j.rounds++; j.rounds > maxRounds {
		j.fail(&Error{Code: codeNoHolder, Message: "what the request needs moves from node to node faster than it can be read", Hint: "send it again"})
		return true
	}
	j.asks, j.failed = 1, nil
	for _, r := range n.reads {
		c.askRead(j, r)
	}
	for _, g := range n.groups {
		c.askGroup(j, g)
	}
	c.answered(j, nil)
	return true
}

// answered counts an answer; with the last one the job is begun anew.
func (c *Core) answered(j *job, err error) {
	if err != nil && j.failed == nil {
		j.failed = err
	}
	if j.asks--; j.asks > 0 {
		return
	}
	if j.failed == nil && j.prog != c.prog {
		j.failed = c.Runs(j.prog.ir)
	}
	if j.failed != nil {
		j.fail(j.failed)
		return
	}
	j.machine = nil
	j.run(j)
}

// factKey tells facts apart.
func factKey(cell int, keys []value.Value) string {
	return string(codec.EncodeValue(nil, value.MakeTuple(append([]value.Value{value.MakeInt(int64(cell))}, keys...)...)))
}

func encodeValues(vs []value.Value) [][]byte {
	out := make([][]byte, len(vs))
	for i, v := range vs {
		out[i] = codec.EncodeValue(nil, v)
	}
	return out
}

// askRead asks for one value.
func (c *Core) askRead(j *job, r needRead) {
	j.asks++
	msg := &wire.Read{Cell: c.prog.ir.Cells[r.cell].Name, Keys: encodeValues(r.keys)}
	c.inquire(&question{group: r.group, msg: func() *wire.Ask { return &wire.Ask{Read: msg} }, done: func(a *wire.Answer, err error) {
		if a != nil && j.prog == c.prog {
			f := fact{ok: len(a.Value) > 0}
			if f.ok {
				f.v, err = decodeView(a.Value, c.prog.ir)
			}
			if j.facts == nil {
				j.facts = map[string]fact{}
			}
			j.facts[factKey(r.cell, r.keys)] = f
		}
		c.answered(j, err)
	}})
}

// errPlacedInOrder refuses placed cells in the agreed order.
func errPlacedInOrder(cell string) error {
	return &Error{Code: codeNoPlace, Message: "`" + cell + "` is not on every node, and what is decided in the agreed order is",
		Hint: "write it in a handler of its own, or let every node hold it"}
}

// errUnplaced is the failure of work that cannot be done piece by piece.
func (c *Core) errUnplaced(g int) error {
	tag, _, _, _ := parseGroup(c.groups.name(g))
	return &Error{Code: codeNoPlace, Message: "the work needs what is at \"" + tag + "\", which does not leave the nodes with that tag, together with what only other nodes hold",
		Hint: "read it in a request, or in a handler, of its own"}
}

// forward gives a request to a node that holds what it needs.
func (c *Core) forward(r request, g int) {
	call := r.call()
	c.inquire(&question{group: g, once: call.Req == "", msg: func() *wire.Ask { return &wire.Ask{Call: call} }, done: func(a *wire.Answer, err error) {
		var v value.Value
		switch {
		case err != nil:
		case a == nil: // it is served here by now
			c.request(&r, r.work)
			return
		case len(a.Value) > 0 && c.prog != nil:
			v, err = decodeView(a.Value, c.prog.ir)
		}
		c.answer(r.req, r.ref, v, err)
	}})
}

// receiveAsk does what a peer asks for.
func (c *Core) receiveAsk(p *peer, m *wire.Ask) error {
	c.seeClock(m.Clock)
	if c.heard(p, m.N) {
		return nil
	}
	ref := remoteRef{p.name, m.N}
	if c.prog == nil || !slices.Equal(c.prog.Hash[:], m.Program) {
		c.answerPeer(ref, &wire.Answer{}, &Error{Code: codeOldVersion, Message: "another version of the program is active on " + c.actor.Node, Hint: "send the request again"})
		return nil
	}
	switch {
	case m.Call != nil:
		return c.receiveCall(ref, m.Call)
	case m.Read != nil:
		return c.receiveRead(ref, m.Read)
	case m.Write != nil:
		return c.receiveWrite(ref, m.Write)
	case m.Fetch != "":
		return c.receiveFetch(ref, m)
	}
	return c.receiveEval(ref, m.Eval)
}

func (c *Core) receiveCall(ref remoteRef, m *wire.Call) error {
	if m.Input == "" {
		writes := make([]Mutation, len(m.Writes))
		for i := range m.Writes {
			var err error
			if writes[i], err = c.readMutation(&m.Writes[i]); err != nil {
				return err
			}
		}
		c.mutate(&Mutate{Req: m.Req, Writes: writes, Ref: ref})
		return nil
	}
	n, ok := c.prog.inputs[m.Input]
	if !ok || len(m.Args) != len(c.prog.ir.Inputs[n].Params) {
		return &Error{Code: codeUnknown, Message: "there is no such input"}
	}
	args := make([]value.Value, len(m.Args))
	for i, f := range c.prog.ir.Inputs[n].Params {
		var err error
		if args[i], err = codec.DecodeValue(m.Args[i], f.Type, codec.Limits{}); err != nil {
			return err
		}
	}
	c.input(&Input{Req: m.Req, Name: m.Input, Args: args, Seed: m.Seed, Ref: ref})
	return nil
}

func (c *Core) receiveRead(ref remoteRef, m *wire.Read) error {
	n := c.cellNumber(m.Cell)
	if n < 0 || len(m.Keys) == 0 {
		return &Error{Code: codeUnknown, Message: "there is no such cell"}
	}
	keys, err := readKeys(c.prog.ir.Cells[n].Kind, m.Keys)
	if err != nil {
		return err
	}
	g, one := c.groupOf(n, keys)
	if !one || !c.serves(g) {
		c.answerPeer(ref, &wire.Answer{Away: true}, nil)
		return nil
	}
	if c.prog.homes[n].shards == 0 {
		return c.errUnplaced(g)
	}
	v, ok, err := c.prog.machine.Lookup(c.prog.ir.Cells[n].View, keys...)
	a := &wire.Answer{}
	if ok && err == nil {
		a.Value = encodeView(v)
	}
	c.answerPeer(ref, a, err)
	return nil
}

func (c *Core) receiveEval(ref remoteRef, code []byte) error {
	e, err := ir.DecodeExpr(c.prog.ir, c.cfg.Ops, code)
	if err != nil {
		return err
	}
	c.look(Look{Code: e, Ref: ref})
	return nil
}

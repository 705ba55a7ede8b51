package replica

import (
	"errors"
	"fmt"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// input runs the handlers of an input as one turn: all of them have their
// effect, or none.
func (c *Core) input(ev *Input) {
	if c.prog == nil {
		c.answer(ev.Req, ev.Ref, value.Value{}, errNoProgram())
		return
	}
	if err := c.Runs(ev.For); err != nil {
		c.answer(ev.Req, ev.Ref, value.Value{}, err)
		return
	}
	n, ok := c.prog.inputs[ev.Name]
	if !ok {
		c.answer(ev.Req, ev.Ref, value.Value{}, &Error{Code: codeUnknown, Message: fmt.Sprintf("the program has no input `%s`", ev.Name)})
		return
	}
	in := c.prog.ir.Inputs[n]
	if len(ev.Args) != len(in.Params) {
		c.answer(ev.Req, ev.Ref, value.Value{}, &Error{Code: codeUnknown, Message: fmt.Sprintf("`%s` takes %d arguments, not %d", ev.Name, len(in.Params), len(ev.Args))})
		return
	}
	seed := ev.Seed
	if ev.Req != "" {
		seed = mixText(Seed{}, ev.Req)
	}
	if seed == (Seed{}) {
		seed = mix(c.seed(), uint64(c.clock), c.events)
	}
	w := c.spare.input
	if c.spare.input = nil; w == nil {
		w = c.newInputWork()
	}
	w.ev, w.n, w.seed = ev, n, seed
	print := uint32(0)
	if ev.Req != "" {
		print = c.printOfInput(ev.Name, ev.Args)
	}
	if c.request(&request{req: ev.Req, print: print, ref: ev.Ref, reply: in.Reply, once: c.prog.once[n], ask: w.ask, call: w.call}, w.work) {
		own := *ev // the driver may fill its own in again
		w.ev = &own
		return
	}
	w.ev, c.spare.input = nil, w
}

// doInput runs the handlers of input n of the program.
func (c *Core) doInput(t *turn, n int, ev *Input, seed Seed) (*body, error) {
	t.as = ev.As
	var last *body
	for i, h := range c.prog.on[n] {
		handler := c.prog.ir.Handlers[h]
		b := c.newBody(t, handler.Slots, ev.Args, mix(seed, uint64(i)))
		if last != nil {
			b.emits, b.reply, b.replyCode = last.emits, last.reply, last.replyCode
		}
		if _, err := b.run(handler.Body); err != nil {
			return nil, c.at(err, handler.Pos)
		}
		last = b
	}
	return last, nil
}

func errNoProgram() error {
	return &Error{Code: codeNoProgram, Message: "no program runs here yet", Hint: "deploy one with `laspc deploy`"}
}

// mutate writes cells directly.
func (c *Core) mutate(ev *Mutate) {
	if c.prog == nil {
		c.answer(ev.Req, ev.Ref, value.Value{}, errNoProgram())
		return
	}
	if err := c.Runs(ev.For); err != nil {
		c.answer(ev.Req, ev.Ref, value.Value{}, err)
		return
	}
	w := c.spare.writes
	if c.spare.writes = nil; w == nil {
		w = c.newWriteWork()
	}
	w.ev = ev
	o, print := byTable, uint32(0)
	if ev.Req != "" {
		o, print = c.onceOfWrites(ev.Writes), c.printOfWrites(ev.Writes)
	}
	if c.request(&request{req: ev.Req, print: print, ref: ev.Ref, once: o, ask: w.ask, call: w.call}, w.work) {
		own := *ev // the driver may fill its own in again
		w.ev = &own
		return
	}
	w.ev, c.spare.writes = nil, w
}

// doWrites does writes without a handler.
func (c *Core) doWrites(t *turn, writes []Mutation, as string) error {
	t.as = as
	for i := range writes {
		w := &writes[i]
		n := c.cellNumber(w.Cell)
		if n < 0 {
			return &Error{Code: codeUnknown, Message: fmt.Sprintf("the program has no cell `%s`", w.Cell)}
		}
		if !c.prog.fits(n, w) {
			if err := checkWrite(c.prog.ir.Cells[n], w); err != nil {
				return err
			}
		}
		if as == "" && len(writes) == 1 && c.cfg.Embedded {
			t.as = writerOf(c.prog.ir.Cells[n], w.Keys)
		}
		if err := t.write(n, w.Keys, w.Op, w.Args); err != nil {
			return err
		}
	}
	return nil
}

// fits reports whether a write is one of an operation that the place in cell n has;
// checkWrite says of any other what it is.
func (p *program) fits(n int, w *Mutation) bool {
	if len(w.Keys) >= len(p.places[n]) {
		return false
	}
	m := p.places[n][len(w.Keys)].Mutator(w.Op)
	return m != nil && len(m.Params) == len(w.Args)
}

// placesOf is the kinds of the places of a cell, from the outermost map to the leaf.
func placesOf(t *types.Type) (ks []*lattice.Kind) {
	for {
		t = t.Resolve()
		k := lattice.Lookup(t.Con)
		if k == nil {
			return ks
		}
		if ks = append(ks, k); !k.Map {
			return ks
		}
		t = t.Args[len(t.Args)-1]
	}
}

// checkWrite holds a write that no compiler has seen against the kind of its
// cell. The types of keys and arguments are the driver's to check.
func checkWrite(cell *ir.Cell, w *Mutation) error {
	t := cell.Kind.Resolve()
	for range w.Keys {
		if k := lattice.Lookup(t.Con); k == nil || !k.Map {
			return &Error{Code: codeUnknown, Message: fmt.Sprintf("`%s` is a %s and has no place %d keys deep", cell.Name, cell.Kind, len(w.Keys))}
		}
		t = t.Args[len(t.Args)-1].Resolve()
	}
	k := lattice.Lookup(t.Con)
	if w.Op == "seal" && t.Con == "Stream" && len(w.Args) == 0 {
		return nil
	}
	m := k.Mutator(w.Op)
	if m == nil {
		return &Error{Code: codeUnknown, Message: fmt.Sprintf("a %s such as `%s` has no `%s`", t.Con, cell.Name, w.Op)}
	}
	if len(m.Params) != len(w.Args) {
		return &Error{Code: codeUnknown, Message: fmt.Sprintf("`%s` of a %s takes %d arguments, not %d", w.Op, t.Con, len(m.Params), len(w.Args))}
	}
	return nil
}

func (c *Core) cellNumber(name string) int {
	if n, ok := c.prog.numbers[name]; ok {
		return n
	}
	return -1
}

// runBody runs an action of a test.
func (c *Core) runBody(ev Body) {
	if c.prog == nil {
		c.answer("", ev.Ref, value.Value{}, errNoProgram())
		return
	}
	if ev.Action.Call != nil {
		c.call(ev)
		return
	}
	ask := func() wire.OrderRequest { return c.askCode(ev.Action, ev.Seed) }
	c.request(&request{ref: ev.Ref, ask: ask}, func(t *turn) (*body, error) {
		b := c.newBody(t, ev.Action.Slots, nil, ev.Seed)
		_, err := b.run(ev.Action.Body)
		return b, err
	})
}

// call evaluates the arguments of an input and sends it.
func (c *Core) call(ev Body) {
	t := c.begin(lattice.Firing{})
	b := c.newBody(t, ev.Action.Slots, nil, ev.Seed)
	_, err := b.run(ev.Action.Lets)
	t.abort()
	var args []value.Value
	if err == nil {
		args, err = b.evalAll(ev.Action.Call.Args)
	}
	if err != nil {
		c.answer("", ev.Ref, value.Value{}, c.at(err, ev.Action.Pos))
		return
	}
	c.input(&Input{Name: c.prog.ir.Inputs[ev.Action.Call.Input].Name, Args: args, Seed: ev.Seed, Ref: ev.Ref})
}

// keptHere says what became of writes that nobody could take.
func keptHere(err error) error {
	if err == nil || asError(err).Code != codeNoHolder {
		return err
	}
	e := *asError(err)
	e.Message += "; the write is kept here and done once it can be"
	return &e
}

// turnAway ends an attempt that failed: the work goes on when it knows more, is
// given to another node, or is refused.
func (c *Core) turnAway(r request, j *job, err error) {
	var a *away
	switch {
	case c.wait(j, err):
	case !errors.As(err, &a):
		c.answer(r.req, r.ref, value.Value{}, err)
	case r.call == nil || j.spread && c.isAsked(r.ref):
		c.answer(r.req, r.ref, value.Value{}, c.errUnplaced(a.group))
	default:
		c.forward(r, a.group)
	}
}

func (c *Core) isAsked(ref any) bool {
	_, asked := ref.(remoteRef)
	return asked
}

// resume waits for the answer of a request that was done before: the body runs
// once more, without effect, to find what it answers.
func (c *Core) resume(r request, work func(*turn) (*body, error), j *job) {
	t := c.begin(lattice.Firing{})
	t.job = j
	t.order = &decision{q: &asked{req: wire.OrderRequest{Origin: c.actor.Node, Now: c.now}}, dry: true}
	b, err := work(t)
	t.abort()
	if err != nil && elsewhere(err) {
		c.turnAway(r, j, err)
		return
	}
	if err != nil || b == nil || b.replyCode == nil {
		c.answer(r.req, r.ref, value.Value{}, err)
		return
	}
	c.waiting = append(c.waiting, &waiting{req: r.req, print: r.print, ref: r.ref, body: b})
}

// waiting is a request whose reply is an IVar without a value. What it wrote is
// done and durable; the answer is remembered once it is there. A client that
// asks again gets the same answer, after a crash too.
type waiting struct {
	req   string
	print uint32
	ref   any
	body  *body
}

// answerWaiting answers every waiting request whose value is there now.
func (c *Core) answerWaiting() {
	keep := c.waiting[:0]
	for _, w := range c.waiting {
		env := w.body.env
		env.Reader, env.Fuel = nil, nil
		if c.prog.placed {
			env.Reader = placedReader{c: c, job: w.body.t.job}
		}
		v, err := c.prog.machine.Eval(w.body.replyCode, env)
		if err == nil && v.Kind() == value.Unbound {
			keep = append(keep, w)
			continue
		}
		if err != nil && elsewhere(err) {
			err = &Error{Code: codeNoPlace, Message: "the answer waits for a value that other nodes hold", Hint: "ask for it again: send the request under the same id"}
		}
		if err == nil {
			c.rememberAlone(&request{req: w.req, print: w.print}, v, false)
		}
		c.answer(w.req, w.ref, v, err)
	}
	c.waiting = keep
}

// dropWaiting gives up waiting requests, whose code is that of another program.
func (c *Core) dropWaiting() {
	for _, w := range c.waiting {
		c.answer(w.req, w.ref, value.Value{}, &Error{Code: codeNoProgram, Message: "the program changed before there was an answer", Hint: "send the request again under the same id"})
	}
	c.waiting = nil
}

// noteOutputs lists the new outputs of a delta for Ready.
func (c *Core) noteOutputs(d *lattice.Delta) {
	for _, o := range d.Outputs {
		c.ready.Emits = append(c.ready.Emits, Emit{Output: o.Name, ID: fmt.Sprintf("%x", o.ID), Value: o.Value, N: c.nextN()})
	}
}

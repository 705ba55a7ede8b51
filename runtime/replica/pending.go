package replica

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/runtime/wire"
	"github.com/laspc/lasp/vm"
)

// orderNeeded ends a body that has come to something which is decided in the
// agreed order.
type orderNeeded struct {
	barrier bool
	freeze  []wire.OrderPlace
	at      source.Position
}

// Error is never seen by people.
func (*orderNeeded) Error() string { return "this is decided in the agreed order" }

// pending is a request of this node that waits for its decision.
type pending struct {
	req      wire.OrderRequest
	request  request
	refs     []any // all who asked
	work     func(*turn) (*body, error)
	firing   lattice.Firing
	began    int64
	deadline int64  // never for firings
	again    int64  // when it is asked for once more
	at       string // the leader and term that were asked, "" while nobody was
	many     bool   // several were asked, so no refusal of one of them is the last word
	answer   *wire.OrderAnswer
	giveUp   int64    // when the state behind the answer is not waited for any longer
	waits    []string // members that its barrier waits for, as last told
}

// askEvery is how often an unanswered request is sent again.
const askEvery = 500 * time.Millisecond

func (p *pending) wake() int64 {
	if p.answer != nil {
		return p.giveUp
	}
	return min(p.end(), p.again)
}

// end is when the request is given up.
func (p *pending) end() int64 {
	if p.at == "" || p.deadline == never {
		return p.deadline
	}
	return p.deadline + int64(lastWord)
}

// askInput is an input as the leader gets it.
func askInput(ev *Input, seed Seed) wire.OrderRequest {
	q := wire.OrderRequest{ID: ev.Req, Kind: wire.RunInput, Name: ev.Name, Seed: seed, As: ev.As}
	for _, a := range ev.Args {
		q.Args = append(q.Args, codec.EncodeValue(nil, a))
	}
	return q
}

// askCode is an action of a test as the leader gets it: a program whose only
// handler it is.
func (c *Core) askCode(a *ir.Action, seed Seed) wire.OrderRequest {
	p := *c.prog.ir
	p.Handlers = []*ir.Handler{{Kind: ir.OnStart, Name: "at", Slots: a.Slots, Body: a.Body, Pos: a.Pos}}
	code, err := ir.Encode(&p)
	if err != nil {
		panic("replica: an action of a test has no encoding: " + err.Error())
	}
	return wire.OrderRequest{Kind: wire.RunCode, Code: code, Seed: seed}
}

// submit asks for a decision.
func (c *Core) submit(r request, need *orderNeeded, work func(*turn) (*body, error)) {
	p := &pending{request: r, refs: []any{r.ref}, work: work, deadline: c.now + c.orderWait()}
	if r.ask != nil {
		p.req = r.ask()
	}
	p.req.ID = r.req
	if r.req == "" {
		p.req.ID = c.orderID()
	}
	c.ask(p, need)
}

// submitFiring asks for the decision of a handler that every replica runs alike.
func (c *Core) submitFiring(head vm.HeadRow, id lattice.Firing, need *orderNeeded) {
	h := c.prog.ir.Handlers[head.Handler]
	p := &pending{firing: id, deadline: never}
	p.req = wire.OrderRequest{ID: fmt.Sprintf("$firing %x %x", id.Handler, id.Key), Kind: wire.RunFiring, N: head.Handler,
		Row: codec.EncodeValue(nil, head.Row), Seed: c.firingSeed(id)}
	p.work = c.firingWork(h, head.Row, p.req.Seed)
	c.ask(p, need)
}

// submitTimed asks for the decision of a body that no input caused.
func (c *Core) submitTimed(h *ir.Handler, at int64, need *orderNeeded) {
	p := &pending{deadline: c.now + c.orderWait(), request: request{quiet: h}}
	p.req = wire.OrderRequest{ID: c.orderID(), Kind: wire.RunTimed, N: slices.Index(c.prog.ir.Handlers, h),
		Seed: mixText(mix(c.seed(), uint64(at)), h.Name)}
	p.work = c.timedWork(h, p.req.Seed)
	c.ask(p, need)
}

// orderID makes an id for a request without one, new in all lives of the node.
func (c *Core) orderID() string {
	o := &c.ord
	if o.number++; o.number == 1 {
		c.setTimer(timerOrder, c.timers[timerOrder]+1)
	}
	return fmt.Sprintf("$%s %d %d %d", c.actor.Node, c.actor.Inc, c.timers[timerOrder], o.number)
}

func (c *Core) ask(p *pending, need *orderNeeded) {
	for _, other := range c.ord.pending {
		if other.req.ID == p.req.ID {
			other.refs = append(other.refs, p.refs...)
			return
		}
	}
	if c.ord.group == nil { // a write to a coordinated cell without a program that coordinates
		c.answerPending(p, &Error{Code: op.NotRun, Message: "nothing is agreed on before a program runs that needs it", Hint: "write the cell inside `coordinate { .. }`"})
		return
	}
	q := &p.req
	q.Origin, q.Now = c.actor.Node, c.now
	if q.Kind != wire.RunDeploy && q.Kind != wire.RunRetire {
		q.Hash = slices.Clone(c.prog.Hash[:])
		q.Vector = encodeVector(c.vector())
	}
	q.Barrier, q.Freeze, q.Line = need.barrier, need.freeze, place(need.at)
	p.began = c.now
	c.ord.pending = append(c.ord.pending, p)
	c.askNow(p)
}

// askNow sends a request to whoever leads, or takes it here.
func (c *Core) askNow(p *pending) {
	p.again = c.now + int64(askEvery)
	g := c.ord.group
	switch leader := g.Leader(); {
	case leader == c.actor.Node:
		c.enqueue(&asked{req: p.req, work: p.work, firing: p.firing})
	case p.request.ask == nil && p.firing.IsZero() && p.request.quiet == nil:
		// It can be run here only, and another node leads.
		c.refuse(p, &Error{Code: op.NotRun, Message: "a coordinated cell is written inside `coordinate` only", Hint: "send an input whose handler does it"})
	default:
		send := c.sendAhead
		if c.ord.number > 0 && !c.ord.counted {
			send = c.sendOrder
		}
		if send(wire.OrderAsk, leader, wire.EncodePart(&p.req)) {
			c.noteAsked(p)
		}
	}
}

// noteAsked remembers that a leader has a request, or that this node leads and has
// proposed it. What one leader in one term refuses to
// decide is not decided; where another may have had it before, or may get a copy
// of the ask that is still under way, nobody can say.
func (c *Core) noteAsked(p *pending) {
	g := c.ord.group
	who := fmt.Sprintf("%s %d", g.Leader(), g.Term())
	p.many = p.many || g.Leader() == "" || p.at != "" && p.at != who
	p.at = who
}

// lastWord is how much longer than itself a node waits for the leader that it
// asked, which gives up by itself and then knows that nothing was done.
const lastWord = 2 * time.Second

// askAgain sends what waits as soon as that may help.
func (c *Core) askAgain(up bool) {
	for _, p := range c.ord.pending {
		if up && p.answer == nil {
			p.again = min(p.again, c.now)
		}
	}
}

// tickPending repeats what is not answered, and gives up what has waited too
// long.
func (c *Core) tickPending() {
	for _, p := range slices.Clone(c.ord.pending) {
		switch {
		case p.answer != nil:
			if c.now >= p.giveUp { // the state does not come
				c.refuse(p, c.outcomeUnknown(p))
			}
		case c.now >= p.end():
			c.refuse(p, c.overdue(p))
		case c.now >= p.again:
			if c.now-p.began >= int64(askEvery) {
				c.ord.group.Worry()
				c.pokeVoters()
			}
			c.askNow(p)
		}
	}
}

// pokeVoters makes the voters look whether their leader is there, all at once, so
// that they agree on another without waiting for each other.
func (c *Core) pokeVoters() {
	for _, name := range c.ord.group.Voters() {
		c.sendOrder(wire.OrderPoke, name, nil)
	}
}

func (c *Core) dropPending(p *pending) {
	c.ord.pending = slices.DeleteFunc(c.ord.pending, func(x *pending) bool { return x == p })
}

func (c *Core) handlerOf(p *pending) *ir.Handler {
	if p.req.Kind == wire.RunFiring && p.req.N < len(c.prog.ir.Handlers) {
		return c.prog.ir.Handlers[p.req.N]
	}
	return nil
}

// dropAsked gives up requests of a program that does not run any more.
func (c *Core) dropAsked() {
	for _, p := range slices.Clone(c.ord.pending) {
		switch {
		case p.answer != nil:
		case p.req.Kind == wire.RunDeploy || p.req.Kind == wire.RunRetire: // the leader decides about it
		case !p.firing.IsZero(): // it comes again, if the program still has it
			c.dropPending(p)
		default:
			c.refuse(p, &Error{Code: codeOldVersion, Message: "another version of the program became active while the request was on its way", Hint: "send it again under the same id"})
		}
	}
	c.ord.queue = slices.DeleteFunc(c.ord.queue, func(q *asked) bool {
		return q.work != nil && q.req.Kind != wire.RunMember && q.req.Kind != wire.RunDeploy && q.req.Kind != wire.RunRetire
	})
}

// writeLocals does what a decision writes to cells of this node alone.
func (c *Core) writeLocals(writes []wire.OrderWrite) {
	if len(writes) == 0 {
		return
	}
	t := c.begin(lattice.Firing{})
	for _, w := range writes {
		if err := c.writeLocal(t, &w); err != nil {
			e := asError(err)
			c.note(e.Code, fmt.Sprintf("`%s`: %s", w.Cell, e.Message))
		}
	}
	t.commit()
}

var errNoPlace = errors.New("there is no such place")

package replica

import (
	"errors"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// Most requests are done and answered within the step that brought them, in one
// turn. What they are made of is then used again by the next one, so that a change
// costs no memory: the event with its ways to be asked elsewhere, the turn, the
// replies. A request that somebody holds on to, because it waits or is sent on,
// keeps all of its own.

// request is what an event asks for.
type request struct {
	req   string
	print uint32 // of what is asked for, 0 without an id
	ref   any
	reply *types.Type // nil without one
	once  once
	// ask is the request as the leader of the order gets it; nil where it can be
	// run here only.
	ask func() wire.OrderRequest
	// quiet is the handler of a body that nobody waits for.
	quiet *ir.Handler
	// call is the request as another node takes it; nil where none can.
	call func() *wire.Call
	work func(*turn) (*body, error)
}

// spare is what the last request was made of, for the next one; nil while it is
// in use.
type spare struct {
	input  *inputWork
	writes *writeWork
	turn   *turn
	body   *body
}

// inputWork is an Input that is carried out.
type inputWork struct {
	ev   *Input // the driver's own, until somebody holds on to it
	n    int    // of the input
	seed Seed
	ask  func() wire.OrderRequest
	call func() *wire.Call
	work func(*turn) (*body, error)
}

func (c *Core) newInputWork() *inputWork {
	w := &inputWork{}
	w.ask = func() wire.OrderRequest { return askInput(w.ev, w.seed) }
	w.call = func() *wire.Call {
		return &wire.Call{Req: w.ev.Req, Input: w.ev.Name, Args: encodeValues(w.ev.Args), Seed: w.seed}
	}
	w.work = func(t *turn) (*body, error) { return c.doInput(t, w.n, w.ev, w.seed) }
	return w
}

// writeWork is a Mutate that is carried out.
type writeWork struct {
	ev   *Mutate // the driver's own, until somebody holds on to it
	ask  func() wire.OrderRequest
	call func() *wire.Call
	work func(*turn) (*body, error)
}

func (c *Core) newWriteWork() *writeWork {
	w := &writeWork{}
	w.ask = func() wire.OrderRequest {
		q := wire.OrderRequest{ID: w.ev.Req, Kind: wire.RunWrites, As: w.ev.As}
		for _, m := range w.ev.Writes {
			q.Writes = append(q.Writes, encodeWrite(m.Cell, m.Keys, m.Op, m.Args))
		}
		return q
	}
	w.call = func() *wire.Call {
		call := &wire.Call{Req: w.ev.Req}
		for _, m := range w.ev.Writes {
			call.Writes = append(call.Writes, wire.Mutation{Cell: m.Cell, Keys: encodeValues(m.Keys), Op: m.Op, Args: encodeValues(m.Args)})
		}
		return call
	}
	w.work = func(t *turn) (*body, error) { return nil, c.doWrites(t, w.ev.Writes, w.ev.As) }
	return w
}

// request does the work of a request in one turn and answers it. That it was
// done is part of the same turn, or of the same record in the log, so that no
// crash can part the two. It reports whether the request is held on to.
func (c *Core) request(r *request, work func(*turn) (*body, error)) (held bool) {
	if !c.prog.placed {
		return c.attempt(r, work, nil)
	}
	c.requestPlaced(*r, work)
	return true
}

// requestPlaced is request where the work may have to wait for other nodes.
func (c *Core) requestPlaced(r request, work func(*turn) (*body, error)) {
	r.work = work
	_, asked := r.ref.(remoteRef)
	c.beginJob(&job{
		spread: asked || r.call == nil,
		run:    func(j *job) { c.attempt(&r, work, j) },
		fail:   func(err error) { c.answer(r.req, r.ref, value.Value{}, err) },
	})
}

// attempt does the work of a request, unless it must wait for what other nodes
// hold or is done by one of them. It reports whether the request is held on to.
func (c *Core) attempt(r *request, work func(*turn) (*body, error), j *job) (held bool) {
	var id lattice.Firing
	if r.req != "" {
		id = c.identity(r)
		if a, done := c.done(r.req); done {
			return c.repeat(r, &a, work, j)
		}
		if err := c.mayRun(r); err != nil {
			c.turnAway(*r, j, err)
			return true
		}
	}
	t := c.beginRequest(r, &id)
	t.job = j
	b, err := work(t)
	if err != nil {
		if need, ok := errors.AsType[*orderNeeded](err); ok {
			t.abort()
			c.submit(*r, need, work)
			return true
		}
	}
	var v value.Value
	if err == nil && b != nil {
		v = b.reply
	}
	wait := r.reply != nil && v.Kind() == value.Unbound
	alone := r.once == byRun || id.IsZero() // its effects are its own, and the answer one of them
	if err == nil && alone {
		err = c.remember(t, r, v, wait)
	}
	if err != nil {
		t.abort()
		c.turnAway(*r, j, err)
		return true
	}
	t.commit()
	if !alone && (wait || v.IsValid()) {
		c.rememberAlone(r, v, wait)
	}
	switch {
	case len(t.away) > 0:
		c.postReply(t, *r, v, b, wait)
		return true
	case wait:
		c.waiting = append(c.waiting, &waiting{req: r.req, print: r.print, ref: r.ref, body: b})
		return true
	}
	c.answer(r.req, r.ref, v, nil)
	c.reuseBody(b)
	c.reuse(t)
	return false
}

// repeat answers a request that was done before, by what is remembered of it. It
// reports whether the request is held on to.
func (c *Core) repeat(r *request, a *answer, work func(*turn) (*body, error), j *job) (held bool) {
	v, err := value.Value{}, error(nil)
	switch lost := a.kind == replyLost && r.reply != nil; {
	case a.differs(r.print):
		err = errOtherInput()
	case lost && r.once == byRun:
		err = errDone()
	case lost || a.kind == replyPending:
		c.resume(*r, work, j)
		return true
	default:
		v, err = a.read(r.reply)
	}
	c.answer(r.req, r.ref, v, err)
	return false
}

// postReply answers a request once what it wrote elsewhere has arrived there.
func (c *Core) postReply(t *turn, r request, v value.Value, b *body, wait bool) {
	c.post(t, r.req, func(err error) {
		if err = keptHere(err); err == nil && wait {
			c.waiting = append(c.waiting, &waiting{req: r.req, print: r.print, ref: r.ref, body: b})
			return
		}
		c.answer(r.req, r.ref, v, err)
	})
}

// errDone is the answer to a request that was done, so that it is not done again,
// where nobody here knows what it was answered.
func errDone() error {
	return &Error{Code: codeAnswerLost, Message: "the request was done before, and what it was answered is not known here",
		Hint: "ask again under the same id if that was within a day, since the answer may be on its way; otherwise read what it changed"}
}

package node

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
)

// ErrStopped is what requests get from a node that stops.
var ErrStopped = &replica.Error{Code: "L0620", Message: "the node is stopping", Hint: "send the request to another node, with the same Idempotency-Key"}

// Input gives an event to the program's handlers and returns the reply, which
// is Invalid where the handler gives none. It returns once the effects are
// durable on this node. Requests with one id take effect once, in the cluster;
// an empty id is not remembered. The arguments have the types of p; where
// another program has become active they are refused, nil is any program.
func (n *Node) Input(ctx context.Context, p *ir.Program, req, name string, args []value.Value) (value.Value, error) {
	return n.request(ctx, func(ref chan replica.Reply) replica.Event {
		return replica.Input{Req: req, Name: name, Args: args, For: p, Ref: ref}
	})
}

// request submits an event and waits for its reply.
func (n *Node) request(ctx context.Context, event func(chan replica.Reply) replica.Event) (value.Value, error) {
	p, err := n.submit(event)
	if err != nil {
		return value.Value{}, err
	}
	return p.Wait(ctx)
}

// Pending is a request on its way.
type Pending struct {
	node *Node
	ref  chan replica.Reply
}

// SubmitInput is Input without waiting, so that many can be on their way.
func (n *Node) SubmitInput(p *ir.Program, req, name string, args []value.Value) (*Pending, error) {
	return n.submit(func(ref chan replica.Reply) replica.Event {
		return replica.Input{Req: req, Name: name, Args: args, For: p, Ref: ref}
	})
}

// SubmitMutate writes cells without a handler, as one turn; req and p are as in
// Input.
func (n *Node) SubmitMutate(p *ir.Program, req string, writes []replica.Mutation) (*Pending, error) {
	return n.submit(func(ref chan replica.Reply) replica.Event {
		return replica.Mutate{Req: req, Writes: writes, For: p, Ref: ref}
	})
}

// Sink takes the answers of requests that are given to a node by SubmitAll.
type Sink interface {
	// Answer is the answer to the request with a tag, given as by Pending.Wait.
	// It is called by the node's driver and must not block.
	Answer(tag uint64, v value.Value, err error)
	// Flush follows on answers that became known together.
	Flush()
}

// Request is one of many requests: an input, or writes without a handler.
type Request struct {
	Tag    uint64      // of the caller
	For    *ir.Program // as in Input
	ID     string      // the request's id, empty where it is not remembered
	Input  string
	Args   []value.Value
	Writes []replica.Mutation // in place of an input
}

// ticket is who waits for the answer of a Request.
type ticket struct {
	to  Sink
	tag uint64
}

// SubmitAll gives requests to the replica, in order, and returns without waiting.
// Unless it returns an error, each is answered to the sink once; a node that
// stops (Failed) may leave some without an answer. The requests are the node's
// from then on.
func (n *Node) SubmitAll(to Sink, requests []Request) error {
	if err := n.refuses(); err != nil {
		return err
	}
	tickets := make([]ticket, len(requests))
	ok := n.post(func() {
		for i := range requests {
			r := &requests[i]
			tickets[i] = ticket{to, r.Tag}
			if r.Writes != nil {
				n.step(replica.Mutate{Req: r.ID, Writes: r.Writes, For: r.For, Ref: &tickets[i]})
			} else {
				n.step(replica.Input{Req: r.ID, Name: r.Input, Args: r.Args, For: r.For, Ref: &tickets[i]})
			}
		}
	})
	if !ok {
		return ErrStopped
	}
	n.stats.requests.Add(int64(len(requests)))
	return nil
}

// refuses says why no request is taken at present.
func (n *Node) refuses() error {
	if b := n.blocked.Load(); b != nil {
		return &replica.Error{
			Code:    "L0621",
			Message: fmt.Sprintf("the node is read-only: %v", *b),
			Hint:    "make space on its disk; it goes on by itself",
		}
	}
	return nil
}

func (n *Node) submit(event func(chan replica.Reply) replica.Event) (*Pending, error) {
	if err := n.refuses(); err != nil {
		return nil, err
	}
	p := &Pending{node: n, ref: make(chan replica.Reply, 1)}
	e := event(p.ref)
	if !n.post(func() { n.step(e) }) {
		return nil, ErrStopped
	}
	n.stats.requests.Add(1)
	return p, nil
}

// Wait returns the reply once the effects are durable on this node.
func (p *Pending) Wait(ctx context.Context) (value.Value, error) {
	select {
	case r := <-p.ref:
		return r.Value, r.Err
	case <-ctx.Done():
		return value.Value{}, ctx.Err()
	case <-p.node.stopped:
		select {
		case r := <-p.ref: // the reply was its last act
			return r.Value, r.Err
		default:
			return value.Value{}, ErrStopped
		}
	}
}

// Program is the program that is active here, nil before one was deployed. A
// request for one that has just been replaced is refused by the replica.
func (n *Node) Program() *ir.Program { return n.active.Load() }

// Do runs f on the driver with the replica, which f may read and must not
// keep.
func (n *Node) Do(ctx context.Context, f func(*replica.Core) error) error {
	done := make(chan error, 1)
	if !n.post(func() { done <- f(n.core) }) {
		return ErrStopped
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-n.stopped:
		return ErrStopped
	}
}

// Query evaluates an expression, compiled for p, on what this node holds, or
// where what it needs is held.
func (n *Node) Query(ctx context.Context, p *ir.Program, e *ir.Expr) (v value.Value, err error) {
	err = n.Do(ctx, func(c *replica.Core) error {
		if err := c.Runs(p); err != nil {
			return err
		}
		v, err = c.Query(e)
		return err
	})
	if replica.Elsewhere(err) {
		return n.look(ctx, replica.Look{Code: e, For: p})
	}
	return v, err
}

// View reads a cell, let or show by name. remote says that other nodes hold part
// of it, so that its changes are not noticed here.
func (n *Node) View(ctx context.Context, name string) (v value.Value, remote bool, err error) {
	err = n.Do(ctx, func(c *replica.Core) error { v, err = c.View(name); return err })
	if !replica.Elsewhere(err) {
		return v, false, err
	}
	v, err = n.look(ctx, replica.Look{Name: name})
	return v, true, err
}

func (n *Node) look(ctx context.Context, l replica.Look) (value.Value, error) {
	return n.request(ctx, func(ref chan replica.Reply) replica.Event { l.Ref = ref; return l })
}

// Deploy activates a program given as an artifact and returns its version: that of
// the active one where it is the very same program. The program takes the place of
// version over, 0 for the one that is active here; where another one is active by
// then it is refused. req is as in Input.
func (n *Node) Deploy(ctx context.Context, req string, artifact []byte, over uint64) (version uint64, err error) {
	p, err := n.readProgram(artifact)
	if err != nil {
		return 0, err
	}
	return n.activation(ctx, func(ref chan replica.Reply) replica.Event {
		return replica.Deploy{Req: req, Program: replica.Program{IR: p, Hash: sha256.Sum256(artifact), Artifact: artifact}, Over: over, Ref: ref}
	})
}

// Rollback activates the program before the active one as a new version, which
// it returns. req is as in Input.
func (n *Node) Rollback(ctx context.Context, req string) (version uint64, err error) {
	return n.activation(ctx, func(ref chan replica.Reply) replica.Event { return replica.Rollback{Req: req, Ref: ref} })
}

func (n *Node) activation(ctx context.Context, event func(chan replica.Reply) replica.Event) (uint64, error) {
	v, err := n.request(ctx, event)
	if err != nil {
		return 0, err
	}
	return uint64(v.Int()), nil
}

// Plan says what deploying an artifact would change, and changes nothing.
func (n *Node) Plan(ctx context.Context, artifact []byte) (plan *replica.Plan, err error) {
	p, err := n.readProgram(artifact)
	if err != nil {
		return nil, err
	}
	err = n.Do(ctx, func(c *replica.Core) error {
		plan, err = c.Plan(replica.Program{IR: p, Hash: sha256.Sum256(artifact)})
		return err
	})
	return plan, err
}

func (n *Node) readProgram(artifact []byte) (*ir.Program, error) {
	p, err := n.o.Decode(artifact)
	if err != nil {
		return nil, &replica.Error{Code: "L0605", Message: "the artifact is refused: " + err.Error(), Hint: "build it again with `laspc build` of the same version as the nodes"}
	}
	return p, nil
}

// AsError returns err as an error with a code.
func AsError(err error) *replica.Error {
	var e *replica.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &replica.Error{Code: "L0622", Message: "the request was not answered in time; it may take effect later", Hint: "repeat it with the same Idempotency-Key"}
	}
	return &replica.Error{Code: "L0600", Message: err.Error()}
}

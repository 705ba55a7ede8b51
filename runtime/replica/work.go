package replica

import (
	"fmt"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// What a request that came from another node runs at the leader.

// findWork finds what a request of another node runs.
func (c *Core) findWork(q *asked) error {
	if q.work != nil {
		return nil
	}
	r := &q.req
	switch r.Kind {
	case wire.RunDeploy:
		q.work = c.deployWork(r)
		return nil
	case wire.RunRetire:
		q.work = c.retireWork(r)
		return nil
	}
	p := c.prog.ir
	switch r.Kind {
	case wire.RunInput:
		n, ok := c.prog.inputs[r.Name]
		if !ok || len(r.Args) != len(p.Inputs[n].Params) {
			return &Error{Code: codeUnknown, Message: fmt.Sprintf("the program has no input `%s` with %d arguments", r.Name, len(r.Args))}
		}
		ev := Input{Name: r.Name, As: r.As}
		for i, f := range p.Inputs[n].Params {
			v, err := codec.DecodeValue(r.Args[i], f.Type, orderLimits)
			if err != nil {
				return err
			}
			ev.Args = append(ev.Args, v)
		}
		q.work = func(t *turn) (*body, error) { return c.doInput(t, n, &ev, r.Seed) }
		return nil
	case wire.RunWrites:
		return c.findWrites(q)
	case wire.RunCode:
		code, err := ir.Decode(r.Code)
		if err != nil {
			return err
		}
		h := code.Handlers[0]
		q.work = func(t *turn) (*body, error) {
			b := c.newBody(t, h.Slots, nil, r.Seed)
			_, err := b.run(h.Body)
			return b, err
		}
		return nil
	}
	if r.N < 0 || r.N >= len(p.Handlers) {
		return &Error{Code: codeUnknown, Message: "the program has no such handler"}
	}
	h := p.Handlers[r.N]
	if r.Kind == wire.RunTimed {
		q.work = c.timedWork(h, r.Seed)
		return nil
	}
	row, err := codec.DecodeValue(r.Row, types.TupleOf(h.HeadTypes...), orderLimits)
	if err != nil {
		return err
	}
	q.firing = lattice.Firing{Handler: h.ID, Key: keyHash(row)}
	q.work = c.firingWork(h, row, r.Seed)
	return nil
}

// findWrites finds the writes of a request without a handler.
func (c *Core) findWrites(q *asked) error {
	var ws []Mutation
	for i := range q.req.Writes {
		m, err := c.decodeWrite(&q.req.Writes[i])
		if err != nil {
			return err
		}
		ws = append(ws, m)
	}
	as := q.req.As
	q.work = func(t *turn) (*body, error) { return nil, c.doWrites(t, ws, as) }
	return nil
}

// timedWork runs a body that no input caused.
func (c *Core) timedWork(h *ir.Handler, seed Seed) func(*turn) (*body, error) {
	return func(t *turn) (*body, error) {
		b := c.newBody(t, h.Slots, nil, seed)
		_, err := b.run(h.Body)
		return b, c.at(err, h.Pos)
	}
}

// firingWork runs a handler for a row of its head.
func (c *Core) firingWork(h *ir.Handler, row value.Value, seed Seed) func(*turn) (*body, error) {
	return func(t *turn) (*body, error) {
		b := c.newBody(t, h.Slots, nil, seed)
		if !bind(h.HeadPat, row, b.env.Slots) {
			return nil, nil
		}
		_, err := b.run(h.Body)
		return b, c.at(err, h.Pos)
	}
}

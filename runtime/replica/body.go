package replica

import (
	"fmt"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/vm"
)

// body runs the statements of one handler inside one turn. Expressions are the
// machine's; statements are here.
type body struct {
	c     *Core
	t     *turn
	env   vm.Env
	fuel  int64
	reply value.Value
	// replyCode is the expression of the reply.
	replyCode *ir.Expr
	emits     int
	facts     facts
}

// flow says how a statement ended.
type flow uint8

const (
	goesOn flow = iota
	ended       // by reply
)

// newBody prepares the run of a body. Facts of the event (now, random, fresh,
// me) are fixed here, once.
func (c *Core) newBody(t *turn, slots int, given []value.Value, seed Seed) *body {
	b := c.spare.body
	if c.spare.body = nil; b == nil {
		b = &body{c: c}
		b.env.Random, b.env.Fresh, b.env.Fuel = b.facts.random, b.facts.fresh, &b.fuel
	}
	b.t, b.fuel, b.facts = t, c.fuel(), factsOf(seed)
	frame := append(b.env.Slots[:0], given...)
	for len(frame) < slots {
		frame = append(frame, value.Value{})
	}
	if t != nil && t.order != nil && t.order.share > 0 { // a query has no turn
		b.fuel = t.order.share
		t.order.fuel = &b.fuel
	}
	e := &b.env
	e.Slots, e.Now, e.NoTime = frame, time.Duration(c.timeOf(t)), c.noTime()
	e.Me, e.Stop = c.acting(t), c.cfg.Limiter.next()
	return b
}

// reuseBody takes a body that is over, nil for none, for the next one. Nobody may
// hold it, nor its turn.
func (c *Core) reuseBody(b *body) {
	if b == nil || b.t.lent {
		return
	}
	clear(b.env.Slots)
	b.env.Reader, b.t, b.reply, b.replyCode, b.emits = nil, nil, value.Value{}, nil, 0
	c.spare.body = b
}

// writeFuel is what a write or an emit takes of the fuel besides the step that each
// statement is. It stays in memory until its turn ends, so the fuel bounds this,
// too: to some three million writes, which are less than a gigabyte.
const writeFuel = 31

// spend takes some of the fuel for s.
func (b *body) spend(fuel int64, s *ir.Stmt) error {
	if b.fuel -= fuel; b.fuel < 0 || b.env.Stop != nil && b.env.Stop.Load() {
		return b.errorAt(s.Pos, op.OutOfFuel, "the body did not come to an end within its fuel",
			"give it less at once: several inputs, each with a part")
	}
	return nil
}

// run executes statements in order until one ends the body.
func (b *body) run(stmts []*ir.Stmt) (flow, error) {
	for _, s := range stmts {
		if err := b.spend(1, s); err != nil {
			return ended, err
		}
		if f, err := b.stmt(s); f != goesOn || err != nil {
			return f, b.c.at(err, s.Pos)
		}
	}
	return goesOn, nil
}

func (b *body) stmt(s *ir.Stmt) (flow, error) {
	switch s.Op {
	case ir.SMutate:
		return b.mutate(s)
	case ir.SEmit:
		return goesOn, b.emit(s)
	case ir.SReply:
		v, err := b.eval(s.Args[0])
		b.reply, b.replyCode = v, s.Args[0]
		return ended, err
	case ir.SSeal:
		return goesOn, b.seal(s)
	case ir.SIf:
		return b.branch(s)
	case ir.SFor:
		return b.loop(s)
	case ir.SLet:
		v, err := b.eval(s.Args[0])
		if err == nil && !bind(s.Pat, v, b.env.Slots) {
			err = b.errorAt(s.Pos, op.NoCase, fmt.Sprintf("%s does not match the pattern of `let`", v), "")
		}
		return goesOn, err
	case ir.SMatch:
		return b.match(s)
	case ir.SCoordinate:
		return b.coordinate(s)
	case ir.SFail:
		v, err := b.eval(s.Args[0])
		if err == nil {
			err = b.errorAt(s.Pos, op.Failed, failText(v), "")
		}
		return ended, err
	}
	return ended, b.errorAt(s.Pos, op.NotRun, "this statement is not known to this version", "")
}

func failText(v value.Value) string {
	if v.Kind() == value.String {
		return v.Str()
	}
	return v.String()
}

// eval evaluates an expression with the body's facts. After a write of this
// body, what it reads includes that write.
func (b *body) eval(e *ir.Expr) (value.Value, error) {
	b.env.Reader = nil
	switch {
	case b.c.prog.placed:
		b.env.Reader = placedReader{c: b.c, t: b.t, job: b.t.job}
	case b.t.wrote || b.t.before:
		b.env.Reader = b.t.reader()
	}
	return b.c.prog.machine.Eval(e, b.env)
}

func (b *body) evalAll(es []*ir.Expr) ([]value.Value, error) {
	vs := make([]value.Value, len(es))
	for i, e := range es {
		v, err := b.eval(e)
		if err != nil {
			return nil, err
		}
		vs[i] = v
	}
	return vs, nil
}

func (b *body) mutate(s *ir.Stmt) (flow, error) {
	if err := b.spend(writeFuel, s); err != nil {
		return ended, err
	}
	keys, err := b.evalAll(s.Keys)
	if err != nil {
		return ended, err
	}
	args, err := b.evalAll(s.Args)
	if err != nil {
		return ended, err
	}
	err = b.t.write(s.Cell, keys, s.Name, args)
	if _, refused := err.(*lattice.Refusal); refused && len(s.Else) > 0 {
		return b.run(s.Else)
	}
	return goesOn, err
}

func (b *body) emit(s *ir.Stmt) error {
	if err := b.spend(writeFuel, s); err != nil {
		return err
	}
	v, err := b.eval(s.Args[0])
	if err != nil {
		return err
	}
	out := b.c.prog.ir.Outputs[s.N]
	b.emits++
	return b.t.emit(out.Name, b.emits, v)
}

func (b *body) branch(s *ir.Stmt) (flow, error) {
	v, err := b.eval(s.Args[0])
	if err != nil {
		return ended, err
	}
	if v.Bool() {
		return b.run(s.Then)
	}
	return b.run(s.Else)
}

func (b *body) loop(s *ir.Stmt) (flow, error) {
	v, err := b.eval(s.Args[0])
	if err != nil {
		return ended, err
	}
	for _, x := range elements(v) {
		if err := b.spend(1, s); err != nil {
			return ended, err
		}
		if !bind(s.Pat, x, b.env.Slots) {
			continue
		}
		if s.Cond != nil {
			c, err := b.eval(s.Cond)
			if err != nil {
				return ended, err
			}
			if !c.Bool() {
				continue
			}
		}
		if f, err := b.run(s.Then); f != goesOn || err != nil {
			return f, err
		}
	}
	return goesOn, nil
}

// elements lists what a `for` goes over; entries of a map are pairs.
func elements(v value.Value) []value.Value {
	xs := v.Elems()
	if v.Kind() != value.Map {
		return xs
	}
	pairs := make([]value.Value, 0, len(xs)/2)
	for i := 0; i+1 < len(xs); i += 2 {
		pairs = append(pairs, value.MakeTuple(xs[i], xs[i+1]))
	}
	return pairs
}

func (b *body) match(s *ir.Stmt) (flow, error) {
	v, err := b.eval(s.Args[0])
	if err != nil {
		return ended, err
	}
	for _, arm := range s.Cases {
		if !bind(arm.Pat, v, b.env.Slots) {
			continue
		}
		if arm.Guard != nil {
			g, err := b.eval(arm.Guard)
			if err != nil {
				return ended, err
			}
			if !g.Bool() {
				continue
			}
		}
		return b.run(arm.Body)
	}
	return ended, b.errorAt(s.Pos, op.NoCase, fmt.Sprintf("no case of `match` takes %s", v), "")
}

func (b *body) errorAt(pos source.Position, code, message, hint string) error {
	return &Error{Code: code, Message: message, Hint: hint, At: place(pos)}
}

// place renders a position, empty when there is none.
func place(pos source.Position) string {
	if pos.Line == 0 {
		return ""
	}
	return pos.String()
}

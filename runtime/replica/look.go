package replica

import (
	"errors"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
	"github.com/laspc/lasp/vm"
)

// Look evaluates an expression, or reads a view by its name, wherever what it
// needs is held; the Reply brings the value. Query and View do the same at once,
// on what is held here, and fail where that is not all.
type Look struct {
	Code  *ir.Expr
	Name  string // of a cell, let or show, where there is no code
	Slots []value.Value
	Facts *Facts      // for tests; nil outside of them
	For   *ir.Program // as in Input
	Ref   any
}

func (Look) event() {}

// look answers a Look.
func (c *Core) look(ev Look) {
	fail := func(err error) { c.answer("", ev.Ref, value.Value{}, err) }
	if c.prog == nil {
		fail(errNoProgram())
		return
	}
	if err := c.Runs(ev.For); err != nil {
		fail(err)
		return
	}
	if ev.Code == nil {
		v, sys, err := c.named(ev.Name)
		if sys.IsValid() || err != nil {
			c.answer("", ev.Ref, sys, err)
			return
		}
		ev.Code = &ir.Expr{Op: ir.EView, Type: v.Type, View: v}
	}
	c.beginJob(&job{spread: true, fail: fail, run: func(j *job) { c.lookOnce(ev, j) }})
}

func (c *Core) lookOnce(ev Look, j *job) {
	v, err := c.evalExpr(ev.Code, ev.Facts, ev.Slots, j)
	var a *away
	switch {
	case err == nil:
		c.answer("", ev.Ref, v, nil)
	case c.wait(j, err):
	case errors.As(err, &a):
		c.lookAway(ev, a.group)
	default:
		c.answer("", ev.Ref, value.Value{}, err)
	}
}

// lookAway lets a node evaluate that carries the tag: only the result leaves it.
func (c *Core) lookAway(ev Look, g int) {
	fail := func(err error) { c.answer("", ev.Ref, value.Value{}, err) }
	if _, asked := ev.Ref.(remoteRef); asked {
		fail(c.errUnplaced(g))
		return
	}
	code, err := ir.EncodeExpr(c.prog.ir, ir.WithSlots(ev.Code, ev.Slots))
	if err != nil {
		fail(err)
		return
	}
	prog := c.prog
	c.inquire(&question{group: g, msg: func() *wire.Ask { return &wire.Ask{Eval: code} }, done: func(a *wire.Answer, err error) {
		switch {
		case err != nil:
			fail(err)
		case a == nil:
			c.look(ev)
		case c.prog != prog:
			fail(c.Runs(prog.ir))
		default:
			v, err := decodeView(a.Value, prog.ir)
			c.answer("", ev.Ref, v, err)
		}
	}})
}

// evalExpr evaluates an expression outside of a body.
func (c *Core) evalExpr(code *ir.Expr, f *Facts, slots []value.Value, j *job) (value.Value, error) {
	env := vm.Env{Me: c.actor.Node, Stop: c.cfg.Limiter.next()}
	if f != nil {
		env = c.newBody(nil, 0, nil, f.Seed).env
	}
	env.Slots = make([]value.Value, max(code.Slots, len(slots)))
	copy(env.Slots, slots)
	if c.prog.placed {
		env.Reader = placedReader{c: c, job: j}
	}
	v, err := c.prog.machine.Eval(c.withOutputs(code), env)
	if err != nil && elsewhere(err) {
		return v, err
	}
	return v, c.at(err, code.Pos)
}

// named finds a view by name; sys is the value of a built-in one.
func (c *Core) named(name string) (v ir.View, sys value.Value, err error) {
	v, ok := c.find(name)
	if ok {
		return v, sys, nil
	}
	if sys, is := c.systemValue(name); is {
		return v, sys, nil
	}
	return v, sys, errNoView(name)
}

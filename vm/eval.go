package vm

import (
	"cmp"
	"errors"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
)

// Eval evaluates an expression on values: the body of a handler, a query, an
// expectation. It reads the views of env.Reader, or the machine's own. An error
// is an op.Failure with its place, ErrSuspended, or a lack of fuel.
func (m *Machine) Eval(e *ir.Expr, env Env) (value.Value, error) {
	if !m.started {
		if _, err := m.Step(nil); err != nil {
			return value.Value{}, err
		}
	}
	c := m.cache[e]
	if c == nil || len(c.into) < len(env.Slots) {
		code, err := m.compileValue(e, len(env.Slots), nil)
		if err != nil {
			return value.Value{}, err
		}
		c = &compiled{code: code}
		m.cache[e] = c
	}
	ev := m.evaluation()
	v, err := ev.of(m, c, &env)
	switch m.recycle(ev, c); {
	case err == errWait:
		return bottom(e.Type), nil
	case err != nil:
		return value.Value{}, err
	case !v.IsValid():
		return v, errors.New("vm: the expression has no value")
	}
	return v, nil
}

// compiled is the code of an expression, with registers that are free; nil while they
// are in use.
type compiled struct {
	*code
	spare *frame
}

// evaluation is what evaluating one expression takes, for the next one when it is
// over.
type evaluation struct {
	x    exec
	env  Env
	f    *frame
	fuel int64
}

// evaluation is memory for an evaluation. One may be begun while another goes on.
func (m *Machine) evaluation() *evaluation {
	ev := m.spare
	if m.spare = nil; ev == nil {
		ev = &evaluation{}
	}
	return ev
}

// of evaluates code.
func (ev *evaluation) of(m *Machine, c *compiled, env *Env) (value.Value, error) {
	x := &ev.x
	ev.env = *env
	x.m, x.env, x.read, x.fuel, x.stop = m, &ev.env, env.Reader, env.Fuel, cmp.Or(env.Stop, m.opt.Interrupt)
	if x.read == nil {
		x.read = m
	}
	if x.fuel == nil {
		ev.fuel = m.opt.Fuel
		x.fuel = &ev.fuel
	}
	if ev.f, c.spare = c.spare, nil; ev.f == nil {
		ev.f = c.frame()
	}
	for i, v := range env.Slots {
		ev.f.v[c.into[i].reg] = v
	}
	if err := x.run(c.code, ev.f); err != nil {
		return value.Value{}, err
	}
	return x.result(c.code, ev.f)
}

// recycle keeps the memory of an evaluation that is over. Functions and streams may
// hold on to theirs.
func (m *Machine) recycle(ev *evaluation, c *compiled) {
	if c.size[bankF]+c.size[bankS] > 0 {
		return
	}
	f := ev.f
	clear(f.v)
	f.dropped, f.exit = false, nil
	c.spare, m.spare = f, ev
	ev.x, ev.env, ev.f = exec{args: ev.x.args[:0]}, Env{}, nil
}

// lift compiles a function applied to IVars.
func (c *compiler) lift(e *ir.Expr) ref {
	cl := call{typ: e.Type}
	for i, a := range e.Args {
		r := c.expr(a)
		if i > 0 {
			r = c.toV(r)
		} else if r.bank != bankF {
			return c.fail("a value is lifted that is not a function")
		}
		cl.args = append(cl.args, r)
	}
	to := c.reg(bankV)
	c.code.calls = append(c.code.calls, cl)
	c.emit(opLift, to.reg, int32(len(c.code.calls)-1), 0, 0)
	return to
}

// convert compiles the use of a value as another type. Data is its own lattice
// value, so words stay words.
func (c *compiler) convert(e *ir.Expr) ref {
	r := c.expr(e.Args[0])
	from, to := e.Args[0].Type.Resolve(), e.Type.Resolve()
	if r.bank == bankW && to.Con != "Nat" && to.Con != "Set" && to.Con != "Option" {
		if k, raw := to.RawKind(); raw && k == r.kind {
			return r
		}
	}
	if to.Con == "Stream" {
		return c.toS(r)
	}
	if from.Con == "Nat" && to.Con == "Int" {
		return r
	}
	v := c.toV(r)
	at := c.reg(bankV)
	c.code.types = append(c.code.types, to)
	asSet := int32(0)
	if from.Con == "IVar" && to.Con == "Set" {
		asSet = 1 // its values are the elements, also where they are lists
	}
	c.emit(opConvert, at.reg, v.reg, int32(len(c.code.types)-1), asSet)
	return c.unboxed(at, to)
}

// special compiles the states of views that are no data, as expectations write
// them.
func (c *compiler) special(e *ir.Expr) ref {
	switch e.Name {
	case "unset":
		return c.constV(value.MakeUnset())
	case "unbound":
		return c.constV(value.MakeUnbound())
	case "conflict", "open":
		b := build{op: ir.ESpecial, typ: e.Type}
		for _, a := range e.Args {
			b.args = append(b.args, c.value(a))
		}
		b.open = e.Name == "open"
		to := c.reg(bankV)
		c.code.makes = append(c.code.makes, b)
		c.emit(opMake, to.reg, int32(len(c.code.makes)-1), 0, 0)
		return to
	}
	return c.fail("`%s` cannot be read here", e.Name)
}

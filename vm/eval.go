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
		var err error
		if c, err = m.compileValue(e, len(env.Slots), nil); err != nil {
			return value.Value{}, err
		}
		m.cache[e] = c
	}
	fuel := m.opt.Fuel
	x := &exec{m: m, env: &env, read: env.Reader, fuel: env.Fuel, stop: cmp.Or(env.Stop, m.opt.Interrupt)}
	if x.read == nil {
		x.read = m
	}
	if x.fuel == nil {
		x.fuel = &fuel
	}
	f := c.frame()
	for i, v := range env.Slots {
		f.v[c.into[i].reg] = v
	}
	err := x.run(c, f)
	if err == errWait {
		return bottom(e.Type), nil
	}
	if err != nil {
		return value.Value{}, err
	}
	v, err := x.result(c, f)
	if err == nil && !v.IsValid() {
		err = errors.New("vm: the expression has no value")
	}
	return v, err
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

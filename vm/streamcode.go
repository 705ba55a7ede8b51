package vm

import (
	"fmt"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
)

// unfold compiles a library row over streams.
func (c *compiler) unfold(e *ir.Expr, s stage) ref {
	var cl call
	cl.own = make([]bool, len(e.Args))
	for i, a := range e.Args {
		cl.own[i] = s != stageBuffer && ownStream(a) // a buffer has two places
		if s == stagePaced && i == 1 {
			cl.args = append(cl.args, c.delayed(a))
			continue
		}
		r := c.expr(a)
		switch {
		case a.Type.Is("Stream"):
			r = c.toS(r)
		case r.bank != bankF:
			r = c.toV(r)
		}
		cl.args = append(cl.args, r)
	}
	switch s {
	case stageList:
		return c.toS(cl.args[0])
	case stagePrefix:
		to := c.reg(bankV)
		c.emit(opPrefix, to.reg, cl.args[0].reg, c.toW(cl.args[1], value.Int).reg, 0)
		return to
	case stageSealed:
		to := c.reg(bankV)
		c.emit(opSealed, to.reg, cl.args[0].reg, 0, 0)
		return to
	}
	to := c.reg(bankS)
	c.code.calls = append(c.code.calls, cl)
	c.emit(opUnfold, to.reg, int32(len(c.code.calls)-1), int32(s), 0)
	return to
}

// cons compiles head :: tail. The tail becomes code of its own, run by need,
// with the registers that it uses.
func (c *compiler) cons(e *ir.Expr) ref {
	head := c.value(e.Args[0])
	rest := c.rest(e.Args[1])
	to := c.reg(bankS)
	c.emit(opCons, to.reg, head.reg, rest, 0)
	return to
}

// delayed compiles a value to a function without parameters, which finds out what
// the value is now.
func (c *compiler) delayed(e *ir.Expr) ref {
	l := c.apart(e, func(sub *compiler) { sub.code.out = sub.value(e) })
	to := c.reg(bankF)
	c.emit(opLambda, to.reg, l, 0, 0)
	return to
}

// apart compiles an expression as code of its own, as compile does it, and returns
// its place among the lambdas.
func (c *compiler) apart(e *ir.Expr, compile func(sub *compiler)) int32 {
	sub := &compiler{m: c.m, code: &code{}, slots: map[int]ref{}, views: c.views, pos: c.pos}
	var from []ref
	ir.UsedSlots(e, func(slot int) {
		r, bound := c.slots[slot]
		if _, twice := sub.slots[slot]; bound && !twice {
			from = append(from, r)
			sub.capture(slot, r)
		}
	})
	sub.code.typ = e.Type
	compile(sub)
	c.adopt(sub)
	c.code.lambdas = append(c.code.lambdas, lambda{sub.code, from})
	return int32(len(c.code.lambdas) - 1)
}

// function compiles the application of a recursive stream function: it is put
// off until somebody asks for the stream.
func (c *compiler) function(e *ir.Expr) ref {
	n, cl, ok := c.callOf(e)
	if !ok {
		return ref{bank: bankV}
	}
	to := c.reg(bankS)
	c.code.calls = append(c.code.calls, cl)
	c.emit(opFunc, to.reg, int32(len(c.code.calls)-1), int32(n), 0)
	return to
}

// callOf compiles the arguments of such an application; n is the number of the
// function.
func (c *compiler) callOf(e *ir.Expr) (n int, cl call, ok bool) {
	n = e.N
	if e.Func != nil {
		n = c.bring(e.Func)
	}
	if n < 0 || n >= len(c.m.funcs) {
		c.fail("function %d does not exist", n)
		return n, cl, false
	}
	f := c.m.funcs[n]
	if len(f.into) != len(e.Args) {
		c.fail("a function of %d parameters is given %d", len(f.into), len(e.Args))
		return n, cl, false
	}
	for i, a := range e.Args {
		cl.args = append(cl.args, c.to(c.expr(a), f.into[i]))
	}
	return n, cl, true
}

// bring compiles a function that code from outside brings along, once for each
// key, and returns its number.
func (c *compiler) bring(f *ir.Func) int {
	m := c.m
	if n, ok := m.brought[f.Key]; ok {
		return n
	}
	if m.brought == nil {
		m.brought = map[string]int{}
	}
	n := len(m.funcs)
	m.brought[f.Key] = n
	sub, err := m.entry(f)
	if err == nil {
		sub.yields(f.Body)
		if err = sub.err; err == nil {
			sub.code.loop = m.loopOf(sub.code)
		}
	}
	if err != nil {
		delete(m.brought, f.Key)
	}
	if c.err == nil {
		c.err = err
	}
	return n
}

// functions compiles the recursive stream functions of the program: first where
// their parameters go, since they call each other, then their bodies.
func (m *Machine) functions() error {
	var cs []*compiler
	var fs []*ir.Func
	for _, f := range m.prog.Funcs {
		c, err := m.entry(f)
		if err != nil {
			return err
		}
		if f.IsJoin() {
			continue // evaluated by value, see bindJoins
		}
		cs, fs = append(cs, c), append(fs, f)
	}
	for i, c := range cs {
		c.yields(fs[i].Body)
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

// entry makes the code of a function as far as its parameters.
func (m *Machine) entry(f *ir.Func) (*compiler, error) {
	c := &compiler{m: m, code: &code{}, slots: map[int]ref{}, pos: f.Pos}
	m.funcs = append(m.funcs, c.code)
	params := f.Type.Params()
	if len(params) != f.Params {
		return c, fmt.Errorf("vm: function `%s` has %d parameters and the type %s", f.Name, f.Params, f.Type)
	}
	for i, t := range params {
		r := c.home(t)
		c.slots[i] = r
		c.code.into = append(c.code.into, r)
	}
	return c, nil
}

// stream executes the instructions of bank S.
func (x *exec) stream(c *code, f *frame, i *instr) (err error) {
	switch i.op {
	case opCons:
		l := &c.lambdas[i.c]
		head := &chunk{}
		head.add(f.v[i.b]).by = x.later(l.code, f, l.from)
		f.s[i.a] = place{c: head}
	case opFunc:
		f.s[i.a] = place{c: &chunk{by: x.later(x.m.funcs[i.c], f, c.calls[i.b].args), single: true}}
	case opUncons:
		var ok bool
		p := &f.s[i.b]
		ok, err = x.look(p, 1)
		if f.w[i.a] = truth(ok); ok {
			f.v[i.c], f.s[i.d] = p.value(), place{p.c, p.i + 1}
			err = single(f.v[i.c])
		}
	case opUnfold:
		f.s[i.a] = x.begin(stage(i.c), &c.calls[i.b], f)
	case opPrefix:
		f.v[i.a], err = x.firstOf(f.s[i.b], int64(f.w[i.c]))
	case opSealed:
		f.v[i.a], err = x.sealed(f.s[i.b])
	case opAsStream:
		f.s[i.a] = listStream(f.v[i.b])
	case opAsValue:
		f.v[i.a], err = x.prefix(f.s[i.b])
	case opViewS:
		f.s[i.a], err = x.streamOf(c.views[i.b])
	}
	return err
}

// later puts code off with registers copied from f.
func (x *exec) later(c *code, f *frame, from []ref) *generator {
	g := &generator{code: c, frame: c.frame(), owner: x.owner}
	copyInto(g.frame, c.into, f, from)
	return g
}

// begin begins a stage with arguments from registers.
func (x *exec) begin(s stage, cl *call, f *frame) place {
	var streams []place
	var vals []value.Value
	var fns []*function
	for i, r := range cl.args {
		switch r.bank {
		case bankS:
			if cl.own[i] {
				f.s[r.reg].c.solely(&x.m.spares)
			}
			streams = append(streams, f.s[r.reg])
		case bankF:
			fns = append(fns, f.f[r.reg])
		default:
			vals = append(vals, f.v[r.reg])
		}
	}
	return s.begin(streams, vals, fns, x.owner)
}

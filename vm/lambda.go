package vm

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
)

// lambda compiles a function: the captured registers are copied into its frame,
// then its parameters, which arrive as values, are taken apart.
func (c *compiler) lambda(e *ir.Expr) ref {
	sub := &compiler{m: c.m, code: &code{}, slots: map[int]ref{}, views: c.views, pos: c.pos}
	var from []ref
	for i, slot := range e.Captures {
		r, ok := c.slots[slot]
		if !ok {
			return c.fail("slot %d is captured but never bound", slot)
		}
		from = append(from, r)
		sub.capture(i, r)
	}
	params := e.Type.Params()
	for i, p := range e.Params {
		var t *types.Type
		if i < len(params) {
			t = params[i]
		}
		r := sub.parameter(p, t)
		sub.code.into = append(sub.code.into, r)
		if misses := sub.pattern(p, r, t); len(misses) > 0 {
			sub.failIf(misses)
		}
	}
	sub.code.typ, sub.code.at = e.Body.Type, sub.pos
	sub.code.out = sub.expr(e.Body)
	c.adopt(sub)
	to := c.reg(bankF)
	c.code.lambdas = append(c.code.lambdas, lambda{sub.code, from})
	c.emit(opLambda, to.reg, int32(len(c.code.lambdas)-1), 0, 0)
	return to
}

// parameter is the register in which a parameter arrives: of W for data that is a
// word and has a name, else of V.
func (c *compiler) parameter(p *ir.Pattern, t *types.Type) ref {
	if t != nil && p.Op == ir.PBind && rawData(t.Resolve()) {
		return c.column(t.Resolve())
	}
	return c.reg(bankV)
}

// capture gives a register of the surrounding frame a place in this one.
func (c *compiler) capture(slot int, r ref) {
	b := r.bank
	if b == bankID {
		b = bankW
	}
	own := c.reg(b)
	own.bank, own.kind = r.bank, r.kind
	c.slots[slot] = own
	c.code.into = append(c.code.into, own)
}

func (c *compiler) adopt(sub *compiler) {
	if c.err == nil {
		c.err = sub.err
	}
}

package vm

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
)

// unless compiles e for where it leads and not for its value: what follows runs
// where e holds, and the jumps that are returned are taken where it does not. So
// `a and b`, which is a choice, costs a jump each and no register.
func (c *compiler) unless(e *ir.Expr) (misses []int) {
	switch {
	case isTruth(e, true):
		return nil
	case isTruth(e, false):
		return []int{c.emit(opJump, 0, 0, 0, 0)}
	case e.Op == ir.ECall && e.Name == notRow:
		return c.when(e.Args[0])
	case e.Op != ir.EIf:
		return []int{c.jumpNot(c.cond(e))}
	}
	not := c.unless(e.Args[0])
	if isTruth(e.Args[2], false) {
		return append(not, c.unless(e.Args[1])...)
	}
	misses = c.unless(e.Args[1])
	over := c.emit(opJump, 0, 0, 0, 0)
	c.landAll(not)
	misses = append(misses, c.unless(e.Args[2])...)
	c.land(over)
	return misses
}

// notRow is the negation of the library.
const notRow = "bool.not"

// when is the opposite of unless: the jumps are taken where e holds.
func (c *compiler) when(e *ir.Expr) (jumps []int) {
	not := c.unless(e)
	over := c.emit(opJump, 0, 0, 0, 0)
	c.landAll(not)
	return []int{over}
}

// negation compiles `not` of a word.
func (c *compiler) negation(a ref) ref {
	to, no := c.reg(bankW), c.reg(bankW)
	to.kind = value.Bool
	c.code.consts = append(c.code.consts, constW{no.reg, 0})
	c.emit(opCmpInt, to.reg, a.reg, no.reg, isEqual)
	return to
}

// jumpNot emits a jump that is taken unless r holds: one instruction where r has
// just been compared.
func (c *compiler) jumpNot(r ref) int {
	last := len(c.code.ins) - 1
	if last >= 0 {
		if i := &c.code.ins[last]; i.op == opCmpInt && i.a == r.reg {
			i.op, i.a = opUnless, 0
			return last
		}
	}
	return c.emit(opJumpNot, 0, r.reg, 0, 0)
}

// isTruth tells the constants true and false.
func isTruth(e *ir.Expr, truth bool) bool {
	return e.Op == ir.EConst && e.Type.Is("Bool") && e.Value.Bool() == truth
}

func (c *compiler) landAll(jumps []int) {
	for _, i := range jumps {
		c.land(i)
	}
}

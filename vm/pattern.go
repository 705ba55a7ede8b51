package vm

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// pattern compiles taking apart r, of type t (nil when unknown), and binds the
// slots of p. It returns the jumps that are taken when p does not match.
func (c *compiler) pattern(p *ir.Pattern, r ref, t *types.Type) []int {
	if t != nil {
		t = t.Resolve()
	}
	switch p.Op {
	case ir.PWild:
		return nil
	case ir.PBind:
		if t != nil {
			r = c.unboxed(r, t)
		}
		c.slots[p.Slot] = r
		return nil
	case ir.PConst:
		ok := c.reg(bankW)
		c.emit(opCmpV, ok.reg, c.toV(r).reg, c.constV(p.Value).reg, 1<<1)
		return []int{c.emit(opJumpNot, 0, ok.reg, 0, 0)}
	case ir.PCtor:
		return c.ctorPattern(p, c.toV(r), t)
	case ir.PTuple:
		return c.parts(p.Args, c.toV(r), func(i int) *types.Type { return tupleItem(t, i) })
	case ir.PNil, ir.PCons:
		if r.bank == bankS {
			return c.streamPattern(p, r, t)
		}
		return c.listPattern(p, c.toV(r), t)
	}
	r = c.toV(r)
	misses := c.length(r, len(p.Args), 0)
	return append(misses, c.parts(p.Args, r, func(int) *types.Type { return elemOf(t) })...)
}

func (c *compiler) ctorPattern(p *ir.Pattern, r ref, t *types.Type) []int {
	ok := c.reg(bankW)
	c.code.ctors = append(c.code.ctors, p.Ctor)
	c.emit(opIsCtor, ok.reg, r.reg, int32(len(c.code.ctors)-1), 0)
	misses := []int{c.emit(opJumpNot, 0, ok.reg, 0, 0)}
	return append(misses, c.parts(p.Args, r, func(i int) *types.Type { return fieldType(t, p.Ctor, i) })...)
}

// parts matches the parts of a composite in bank V.
func (c *compiler) parts(ps []*ir.Pattern, r ref, typ func(int) *types.Type) []int {
	var misses []int
	for i, p := range ps {
		if p.Op == ir.PWild {
			continue
		}
		item := c.reg(bankV)
		c.emit(opItem, item.reg, r.reg, int32(i), 0)
		misses = append(misses, c.pattern(p, item, typ(i))...)
	}
	return misses
}

func (c *compiler) length(r ref, n int, atLeast int32) []int {
	ok := c.reg(bankW)
	c.emit(opIsLen, ok.reg, r.reg, int32(n), atLeast)
	return []int{c.emit(opJumpNot, 0, ok.reg, 0, 0)}
}

func (c *compiler) listPattern(p *ir.Pattern, r ref, t *types.Type) []int {
	if p.Op == ir.PNil {
		return c.length(r, 0, 0)
	}
	misses := c.length(r, 1, 1)
	misses = append(misses, c.parts(p.Args[:1], r, func(int) *types.Type { return elemOf(t) })...)
	if p.Args[1].Op == ir.PWild {
		return misses
	}
	rest := c.reg(bankV)
	c.emit(opRest, rest.reg, r.reg, 0, 0)
	return append(misses, c.pattern(p.Args[1], rest, t)...)
}

// streamPattern forces the first cell of a stream; where the stream is open
// there, the evaluation waits.
func (c *compiler) streamPattern(p *ir.Pattern, r ref, t *types.Type) []int {
	is, head, tail := c.reg(bankW), c.reg(bankV), c.reg(bankS)
	c.emit(opUncons, is.reg, r.reg, head.reg, tail.reg)
	if p.Op == ir.PNil {
		over := c.emit(opJumpNot, 0, is.reg, 0, 0)
		miss := c.emit(opJump, 0, 0, 0, 0)
		c.land(over)
		return []int{miss}
	}
	misses := []int{c.emit(opJumpNot, 0, is.reg, 0, 0)}
	misses = append(misses, c.pattern(p.Args[0], head, elemOf(t))...)
	return append(misses, c.pattern(p.Args[1], tail, t)...)
}

func tupleItem(t *types.Type, i int) *types.Type {
	if t != nil && t.Con == types.Tuple && i < len(t.Args) {
		return t.Args[i]
	}
	return nil
}

func elemOf(t *types.Type) *types.Type {
	if t != nil && (t.Con == "List" || t.Con == "Stream" || t.Con == "Set") {
		return t.Args[0]
	}
	return nil
}

func fieldType(t *types.Type, ctor *value.Ctor, i int) *types.Type {
	switch {
	case t == nil:
	case t.Con == "Option" && ctor.Name == value.SomeCtor.Name:
		return t.Args[0]
	case t.Def != nil:
		for _, k := range t.Def.Ctors {
			if k.Name == ctor.Name && i < len(k.Fields) {
				return k.Fields[i].Type
			}
		}
	}
	return nil
}

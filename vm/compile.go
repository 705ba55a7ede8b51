package vm

import (
	"fmt"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// compiler turns one expression into code. Slots of the frame are bound to
// registers once, at the place that binds them.
type compiler struct {
	m     *Machine
	code  *code
	slots map[int]ref
	views []ir.View // of the node, by index
	pos   source.Position
	err   error
}

// compileRow makes code that turns a row of columns cols (slots 0..) into the
// words of outs, if cond (which may be nil) holds.
func (m *Machine) compileRow(cond *ir.Expr, outs []*ir.Expr, cols []*types.Type, views []ir.View) (*code, error) {
	c := &compiler{m: m, code: &code{}, slots: map[int]ref{}, views: views}
	for i, t := range cols {
		c.slots[i] = c.column(t)
	}
	var drops []int
	if cond != nil {
		drops = c.unless(cond)
	}
	for _, e := range outs {
		r := c.expr(e)
		if r.bank == bankS {
			r = c.toV(r)
		}
		c.code.outs = append(c.code.outs, r)
	}
	if len(drops) > 0 {
		c.emit(opEnd, 0, 0, 0, 0)
		c.landAll(drops)
		c.emit(opDrop, 0, 0, 0, 0)
	}
	return c.code, c.err
}

// compileValue makes code for e, whose slots 0..n-1 are values.
func (m *Machine) compileValue(e *ir.Expr, n int, views []ir.View) (*code, error) {
	c := &compiler{m: m, code: &code{typ: e.Type}, slots: map[int]ref{}, views: views}
	for i := range n {
		r := c.reg(bankV)
		c.slots[i] = r
		c.code.into = append(c.code.into, r)
	}
	c.code.out = c.expr(e)
	return c.code, c.err
}

// column is a fresh register for a word of a column of type t.
func (c *compiler) column(t *types.Type) ref {
	r := c.reg(bankW)
	if k, raw := t.RawKind(); raw {
		r.kind = k
	} else {
		r.bank = bankID
	}
	return r
}

// home is a fresh register in the bank where values of type t live: raw data in
// W, streams and functions in theirs, all else in V. Views with a bottom (Max,
// IVar ..) live in V, because the bottom is not a word.
func (c *compiler) home(t *types.Type) ref {
	if t == nil {
		return c.reg(bankV)
	}
	switch t = t.Resolve(); {
	case t.Con == "Stream":
		return c.reg(bankS)
	case t.Con == types.Func:
		return c.reg(bankF)
	case rawData(t):
		r := c.reg(bankW)
		r.kind, _ = t.RawKind()
		return r
	}
	return c.reg(bankV)
}

// rawData tells data types whose every value is a raw word.
func rawData(t *types.Type) bool {
	switch t.Con {
	case "Bool", "Int", "Nat", "Float", "Duration":
		return true
	}
	return false
}

func (c *compiler) reg(b bank) ref {
	r := ref{bank: b, reg: c.code.size[b]}
	c.code.size[b]++
	return r
}

func (c *compiler) emit(o opcode, a, b, x, d int32) int {
	c.code.ins = append(c.code.ins, instr{o, a, b, x, d})
	c.code.pos = append(c.code.pos, c.pos)
	return len(c.code.ins) - 1
}

// land makes the jump at index i go to the next instruction.
func (c *compiler) land(i int) { c.code.ins[i].a = int32(len(c.code.ins)) }

// fail records that e cannot be compiled; it is a broken program, not an
// evaluation error.
func (c *compiler) fail(format string, args ...any) ref {
	if c.err == nil {
		c.err = fmt.Errorf("%s: "+format, append([]any{c.pos}, args...)...)
	}
	return ref{bank: bankV}
}

// toV brings a value into bank V.
func (c *compiler) toV(r ref) ref {
	switch r.bank {
	case bankW:
		to := c.reg(bankV)
		c.emit(opBox, to.reg, r.reg, int32(r.kind), 0)
		return to
	case bankID:
		to := c.reg(bankV)
		c.emit(opDecode, to.reg, r.reg, 0, 0)
		return to
	case bankS:
		to := c.reg(bankV)
		c.emit(opAsValue, to.reg, r.reg, 0, 0)
		return to
	case bankF:
		return c.fail("a function is used as a value")
	}
	return r
}

// toW brings a value of a raw kind into bank W.
func (c *compiler) toW(r ref, k value.Kind) ref {
	if r.bank == bankW {
		return r
	}
	to := c.reg(bankW)
	to.kind = k
	c.emit(opUnbox, to.reg, c.toV(r).reg, 0, 0)
	return to
}

func (c *compiler) toS(r ref) ref {
	if r.bank == bankS {
		return r
	}
	to := c.reg(bankS)
	c.emit(opAsStream, to.reg, c.toV(r).reg, 0, 0)
	return to
}

// to brings a value into the bank of home.
func (c *compiler) to(r, home ref) ref {
	switch home.bank {
	case bankW:
		return c.toW(r, home.kind)
	case bankS:
		return c.toS(r)
	case bankF:
		return r
	}
	return c.toV(r)
}

// assign moves r into the register of home.
func (c *compiler) assign(home, r ref) {
	r = c.to(r, home)
	o := map[bank]opcode{bankW: opMoveW, bankID: opMoveW, bankV: opMoveV, bankF: opMoveF, bankS: opMoveS}[home.bank]
	c.emit(o, home.reg, r.reg, 0, 0)
}

func (c *compiler) value(e *ir.Expr) ref { return c.toV(c.expr(e)) }

func (c *compiler) cond(e *ir.Expr) ref { return c.toW(c.expr(e), value.Bool) }

// expr compiles e and returns the register of its value.
func (c *compiler) expr(e *ir.Expr) ref {
	defer func(p source.Position) { c.pos = p }(c.pos)
	if e.Pos.Line != 0 {
		c.pos = e.Pos
	}
	if f := exprs[e.Op]; f != nil {
		return f(c, e)
	}
	return c.fail("the engine does not know expression %d", e.Op)
}

// exprs is filled by init to break the cycle between the table and expr.
var exprs [ir.ESpecial + 1]func(*compiler, *ir.Expr) ref

func init() {
	exprs = [...]func(*compiler, *ir.Expr) ref{
		ir.EConst:   (*compiler).constant,
		ir.ELocal:   (*compiler).local,
		ir.EParam:   (*compiler).param,
		ir.EView:    (*compiler).view,
		ir.ELookup:  (*compiler).lookup,
		ir.EHas:     (*compiler).has,
		ir.ECall:    (*compiler).call,
		ir.EFunc:    (*compiler).function,
		ir.EApply:   (*compiler).apply,
		ir.ECtor:    (*compiler).build,
		ir.ETuple:   (*compiler).build,
		ir.EList:    (*compiler).build,
		ir.ESet:     (*compiler).build,
		ir.EMap:     (*compiler).build,
		ir.EField:   (*compiler).item,
		ir.EItem:    (*compiler).item,
		ir.EIf:      (*compiler).branch,
		ir.EMatch:   (*compiler).match,
		ir.ELambda:  (*compiler).lambda,
		ir.ELet:     (*compiler).let,
		ir.ECons:    (*compiler).cons,
		ir.EConvert: (*compiler).convert,
		ir.ELift:    (*compiler).lift,
		ir.EMe:      (*compiler).me,
		ir.ESpecial: (*compiler).special,
	}
}

func (c *compiler) constant(e *ir.Expr) ref {
	home := c.home(e.Type)
	if home.bank == bankW && value.RawKind(e.Value.Kind()) {
		c.code.consts = append(c.code.consts, constW{home.reg, value.RawWord(e.Value)})
		return home
	}
	return c.constV(e.Value)
}

func (c *compiler) constV(v value.Value) ref {
	to := c.reg(bankV)
	c.code.vals = append(c.code.vals, v)
	c.emit(opConstV, to.reg, int32(len(c.code.vals)-1), 0, 0)
	return to
}

func (c *compiler) local(e *ir.Expr) ref {
	r, ok := c.slots[e.Slot]
	if !ok {
		return c.fail("slot %d is read but never bound", e.Slot)
	}
	return c.unboxed(r, e.Type)
}

func (c *compiler) param(e *ir.Expr) ref {
	v, ok := c.m.params[e.Name]
	if !ok {
		return c.fail("parameter `%s` has no value", e.Name)
	}
	return c.constant(&ir.Expr{Op: ir.EConst, Type: e.Type, Value: v})
}

func (c *compiler) me(*ir.Expr) ref {
	to := c.reg(bankV)
	c.emit(opEnv, to.reg, envMe, 0, 0)
	return to
}

// viewOf is the index in the code of the view that e reads.
func (c *compiler) viewOf(e *ir.Expr) int32 {
	v := e.View
	if v.Type == nil && e.N < len(c.views) {
		v = c.views[e.N]
	}
	c.code.views = append(c.code.views, v)
	return int32(len(c.code.views) - 1)
}

func (c *compiler) view(e *ir.Expr) ref {
	if e.Type.Is("Stream") {
		to := c.reg(bankS)
		c.emit(opViewS, to.reg, c.viewOf(e), 0, 0)
		return to
	}
	to := c.reg(bankV)
	c.emit(opView, to.reg, c.viewOf(e), 0, 0)
	return to
}

func (c *compiler) lookup(e *ir.Expr) ref {
	at := c.viewOf(e)
	var keys build
	for _, a := range e.Args {
		keys.args = append(keys.args, c.value(a))
	}
	c.code.makes = append(c.code.makes, keys)
	to := c.reg(bankV)
	c.emit(opLookup, to.reg, at, int32(len(c.code.makes)-1), 0)
	return c.unboxed(to, e.Type)
}

func (c *compiler) has(e *ir.Expr) ref {
	at := c.viewOf(e)
	key := c.key(e.Args)
	to := c.reg(bankW)
	to.kind = value.Bool
	c.emit(opHas, to.reg, at, key.reg, 0)
	return to
}

// key is one value: the argument, or several as a tuple.
func (c *compiler) key(args []*ir.Expr) ref {
	if len(args) == 1 {
		return c.value(args[0])
	}
	return c.build(&ir.Expr{Op: ir.ETuple, Args: args})
}

func (c *compiler) build(e *ir.Expr) ref {
	b := build{op: e.Op, ctor: e.Ctor, typ: e.Type}
	for _, a := range e.Args {
		b.args = append(b.args, c.value(a))
	}
	to := c.reg(bankV)
	c.code.makes = append(c.code.makes, b)
	c.emit(opMake, to.reg, int32(len(c.code.makes)-1), 0, 0)
	return to
}

func (c *compiler) item(e *ir.Expr) ref {
	from := c.value(e.Args[0])
	to := c.reg(bankV)
	c.emit(opItem, to.reg, from.reg, int32(e.N), 0)
	return c.unboxed(to, e.Type)
}

// unboxed brings raw data out of V, so that what follows runs on words.
func (c *compiler) unboxed(r ref, t *types.Type) ref {
	if t == nil || r.bank != bankV {
		return r
	}
	if t = t.Resolve(); rawData(t) {
		k, _ := t.RawKind()
		return c.toW(r, k)
	}
	return r
}

func (c *compiler) branch(e *ir.Expr) ref {
	home := c.home(e.Type)
	no := c.unless(e.Args[0])
	c.assign(home, c.expr(e.Args[1]))
	end := c.emit(opJump, 0, 0, 0, 0)
	c.landAll(no)
	c.assign(home, c.expr(e.Args[2]))
	c.land(end)
	return home
}

func (c *compiler) let(e *ir.Expr) ref {
	r := c.expr(e.Args[0])
	if misses := c.pattern(e.Pat, r, e.Args[0].Type); len(misses) > 0 {
		c.failIf(misses)
	}
	return c.expr(e.Args[1])
}

// failIf makes the given jumps end in the error of a missing case.
func (c *compiler) failIf(misses []int) {
	over := c.emit(opJump, 0, 0, 0, 0)
	for _, i := range misses {
		c.land(i)
	}
	c.emit(opFail, 0, 0, 0, 0)
	c.land(over)
}

func (c *compiler) match(e *ir.Expr) ref {
	subject := c.expr(e.Args[0])
	home := c.home(e.Type)
	var ends []int
	for _, arm := range e.Arms {
		misses := c.pattern(arm.Pat, subject, e.Args[0].Type)
		if arm.Guard != nil {
			misses = append(misses, c.emit(opJumpNot, 0, c.cond(arm.Guard).reg, 0, 0))
		}
		c.assign(home, c.expr(arm.Body))
		ends = append(ends, c.emit(opJump, 0, 0, 0, 0))
		for _, i := range misses {
			c.land(i)
		}
	}
	c.emit(opFail, 0, 0, 0, 0)
	for _, i := range ends {
		c.land(i)
	}
	return home
}

// call compiles an application of a library row: on words where the row has a
// fast path and the operands are raw, else on values.
func (c *compiler) call(e *ir.Expr) ref {
	row := c.m.ops.ByID(e.Name)
	if row == nil {
		return c.fail("there is no operation %q in the library of this engine", e.Name)
	}
	if row.Nondet {
		to := c.reg(bankV)
		c.emit(opEnv, to.reg, envOf(row.Name), 0, 0)
		return c.unboxed(to, e.Type)
	}
	if s, ok := stages[row.ID]; ok {
		return c.unfold(e, s)
	}
	args := make([]ref, len(e.Args))
	for i, a := range e.Args {
		args[i] = c.expr(a)
	}
	if r, ok := c.fast(row, args); ok {
		return r
	}
	return c.slow(e, row, args)
}

// fast compiles comparisons and integer arithmetic on words.
func (c *compiler) fast(row *op.Row, args []ref) (ref, bool) {
	if row.ID == notRow && args[0].bank == bankW {
		return c.negation(args[0]), true
	}
	if len(args) != 2 {
		return ref{}, false
	}
	a, b := args[0], args[1]
	to := ref{bank: bankW, kind: value.Bool}
	switch {
	case row.Ints != nil && a.bank == bankW && b.bank == bankW && a.kind == value.Int && b.kind == value.Int:
		to = c.reg(bankW)
		to.kind = value.Int
		c.code.calls = append(c.code.calls, call{row: row, by: c.divisorOf(row, b)})
		c.emit(arithOps[knownArith(row)], to.reg, a.reg, b.reg, int32(len(c.code.calls)-1))
	case row.Floats != nil && a.bank == bankW && b.bank == bankW && a.kind == value.Float && b.kind == value.Float:
		to = c.reg(bankW)
		to.kind = value.Float
		c.code.calls = append(c.code.calls, call{row: row})
		c.emit(opFloats, to.reg, a.reg, b.reg, int32(len(c.code.calls)-1))
	case row.Cmp == nil:
		return ref{}, false
	case a.bank == bankID && b.bank == bankID && row.Cmp(-1) == row.Cmp(1):
		to.reg = c.reg(bankW).reg
		same := int32(0)
		if row.Cmp(0) {
			same = 1
		}
		c.emit(opSameW, to.reg, a.reg, b.reg, same)
	case a.bank == bankW && b.bank == bankW && a.kind == b.kind:
		to.reg = c.reg(bankW).reg
		o := opCmpInt
		if a.kind == value.Float {
			o = opCmpFloat
		}
		c.emit(o, to.reg, a.reg, b.reg, orders(row.Cmp))
	default:
		return ref{}, false
	}
	return to, true
}

// arithOps are the instructions of the arithmetic that the engine knows.
var arithOps = [...]opcode{unknownArith: opInts, arithAdd: opAddInt, arithSub: opSubInt, arithMul: opMulInt, arithDiv: opDivInt, arithMod: opModInt}

// divisorOf is what a row divides by if that is always the same, above 1, or nil.
func (c *compiler) divisorOf(row *op.Row, b ref) *divisor {
	if k := knownArith(row); k != arithDiv && k != arithMod {
		return nil
	}
	for _, k := range c.code.consts {
		if k.reg == b.reg && int64(k.word) > 1 {
			by := newDivisor(int64(k.word))
			return &by
		}
	}
	return nil
}

// orders is the set of orders for which a comparison holds: bit 0 less, 1
// equal, 2 greater.
func orders(cmp func(int) bool) int32 {
	var mask int32
	for i := range 3 {
		if cmp(i - 1) {
			mask |= 1 << i
		}
	}
	return mask
}

func (c *compiler) slow(e *ir.Expr, row *op.Row, args []ref) ref {
	if row.Eval == nil {
		return c.fail("`%s` cannot be computed here", row.Name)
	}
	cl := call{row: row, typ: e.Type}
	for _, a := range e.Args {
		cl.types = append(cl.types, a.Type)
	}
	for _, a := range args {
		if a.bank != bankF {
			a = c.toV(a)
		}
		cl.args = append(cl.args, a)
	}
	to := c.reg(bankV)
	cl.to = to.reg
	c.code.calls = append(c.code.calls, cl)
	c.emit(opCall, to.reg, int32(len(c.code.calls)-1), 0, 0)
	return c.unboxed(to, e.Type)
}

func (c *compiler) apply(e *ir.Expr) ref {
	f := c.expr(e.Args[0])
	if f.bank != bankF {
		return c.fail("a value is applied that is not a function")
	}
	cl := call{}
	for _, a := range e.Args[1:] {
		cl.args = append(cl.args, c.value(a))
	}
	to := c.reg(bankV)
	cl.to = to.reg
	c.code.calls = append(c.code.calls, cl)
	c.emit(opApply, f.reg, int32(len(c.code.calls)-1), 0, 0)
	return c.unboxed(to, e.Type)
}

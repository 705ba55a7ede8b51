package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// kindAt is the kind below n keys.
func kindAt(kind *types.Type, n int) *types.Type {
	for range n {
		if isBad(kind) {
			return kind
		}
		kind = kind.Args[1]
	}
	return kind
}

// mutator checks `cell[k1][k2].name(args)`.
func (c *checker) mutator(s *ast.ExprStmt, call *ast.Call, args []ast.Expr) {
	a := c.aimAt(args[0])
	args = args[1:]
	if a == nil {
		c.inferAll(args)
		return
	}
	mc, m := c.mutatorOf(call, a)
	if m == nil {
		c.inferAll(args)
		return
	}
	if s.Else != nil && !mayRefuse(mc.Cell, m) {
		c.elseWithoutRefusal(s, m.Name, a.kind)
	}
	if mayRefuse(mc.Cell, m) && s.Else == nil && !c.testing() {
		c.refusalWithoutElse(call, mc.Cell, m.Name, a.kind)
	}
	if !c.mutatorArgs(call, mc, kindNamed(mc.Kind.Con), m, args) {
		c.inferAll(args)
	}
	for _, also := range mc.Also {
		if also.Args == nil {
			also.Args, also.Defaults = mc.Args, mc.Defaults
		}
	}
	c.noteCall(call, &Call{Mutator: mc, Args: mc.Args})
	c.takesUp(call, mc, a)
	c.following(mc, a)
}

// mutatorOf finds what a call writes; the mutator is nil for what was reported.
// The operation of a map that is several cells is one on each of them.
func (c *checker) mutatorOf(call *ast.Call, a *aim) (*MutatorCall, *lattice.Mutator) {
	k := kindNamed(a.kind.Con)
	if k == nil {
		c.unknownPartMutator(call, a)
		return nil, nil
	}
	m := k.Mutator(call.Fn.Name)
	if m == nil || m.Name == lattice.TakeUp {
		c.unknownMutator(call, a.kind)
		return nil, nil
	}
	mc := &MutatorCall{Cell: a.cell, Path: a.keys, Kind: a.kind, Name: m.Name, Seen: a.seen}
	if a.part != nil {
		a.part.entries(func(leaf *Cell) {
			one := &MutatorCall{Cell: leaf, Path: a.keys, Kind: kindAt(leaf.Kind, len(a.keys)), Name: m.Name}
			if mc.Cell == nil {
				mc.Cell, mc.Kind = one.Cell, one.Kind
			} else {
				mc.Also = append(mc.Also, one)
			}
		})
	}
	return mc, m
}

// takesUp writes down what an event joins into a cell of a hand-written lattice:
// the join of what it sees with what is given.
func (c *checker) takesUp(call *ast.Call, mc *MutatorCall, a *aim) {
	if a.join == nil || mc.Args == nil || mc.Args[0] == nil {
		return
	}
	b := &viewBuilder{c: c, at: ast.At{Sp: call.Span()}}
	mc.Joined = b.joinCall(a.join, b.expr(a.join, again(a.keys)), mc.Args[0])
	c.check(mc.Joined, a.join.kind)
}

// following notes what a write of a part of a Lex does besides.
func (c *checker) following(mc *MutatorCall, a *aim) {
	if a.raise != nil {
		first := a.raise()
		mc.Also = append(mc.Also, &MutatorCall{
			Cell: first.cell, Path: first.keys, Kind: first.kind, Name: "join",
			Args: []ast.Expr{a.value}, Defaults: make([]value.Value, 1),
		})
	}
	for _, after := range a.after {
		s := after(again(a.keys))
		c.stmt(s)
		mc.After = append(mc.After, s)
	}
}

// mutatorArgs completes the arguments by defaults and checks them.
func (c *checker) mutatorArgs(call *ast.Call, mc *MutatorCall, k *lattice.Kind, m *lattice.Mutator, args []ast.Expr) bool {
	required := 0
	for _, p := range m.Params {
		if !p.Default.IsValid() {
			required++
		}
	}
	if len(args) < required || len(args) > len(m.Params) {
		c.mutatorArity(call, m, required, len(args))
		return false
	}
	mc.Args = make([]ast.Expr, len(m.Params))
	mc.Defaults = make([]value.Value, len(m.Params))
	for i, p := range m.Params {
		mc.Defaults[i] = p.Default
		if i >= len(args) {
			continue
		}
		mc.Args[i] = args[i]
		c.mutatorArg(args[i], overParams(k, mc.Kind, p.Type, false), k, mc.Kind, p)
	}
	return true
}

// mutatorArg checks one argument; some parameters accept a second type, as
// add_all takes a list or a set.
func (c *checker) mutatorArg(arg ast.Expr, want *types.Type, k *lattice.Kind, kind *types.Type, p lattice.Param) {
	if p.Or != "" {
		other := overParams(k, kind, p.Or, false)
		t := c.infer(arg)
		mark := c.mark()
		fits := c.fits(arg, t, want, read)
		c.undo(mark)
		if !fits && c.fits(arg, t, other, read) {
			want = other
		}
	}
	c.check(arg, want)
}

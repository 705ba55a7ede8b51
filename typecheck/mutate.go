package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// target resolves `cell[k1][k2]` to a cell and the keys, which it checks.
func (c *checker) target(e ast.Expr) (*Cell, []ast.Expr) {
	switch e := ast.Unparen(e).(type) {
	case *ast.Name:
		o := c.lookup(e.Name)
		cell, ok := o.(*Cell)
		switch {
		case o == nil:
			c.unknownName(e.Name, e.Span())
			return nil, nil
		case !ok:
			c.use(e, o)
			c.notACell(e, o)
			return nil, nil
		}
		c.use(e, cell)
		c.note(e, cell.View)
		return cell, nil
	case *ast.Index:
		cell, path := c.target(e.X)
		if cell == nil {
			c.infer(e.K)
			return nil, nil
		}
		kind := kindAt(cell.Kind, len(path))
		k := kindNamed(kind.Con)
		if k == nil || !k.Map {
			c.infer(e.K)
			if !isBad(kind) {
				c.notAMapKind(e, kind)
			}
			return nil, nil
		}
		c.check(e.K, kind.Args[0])
		c.note(e, viewOf(kind.Args[1]))
		return cell, append(path, e.K)
	default:
		c.infer(e)
		c.notACell(e, nil)
		return nil, nil
	}
}

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
	cell, path := c.target(args[0])
	args = args[1:]
	if cell == nil {
		c.inferAll(args)
		return
	}
	kind := kindAt(cell.Kind, len(path))
	k := kindNamed(kind.Con)
	if k == nil {
		c.inferAll(args)
		return
	}
	m := k.Mutator(call.Fn.Name)
	if m == nil {
		c.inferAll(args)
		c.unknownMutator(call, kind)
		return
	}
	if s.Else != nil && !m.Refusable {
		c.elseWithoutRefusal(s, m.Name, kind)
	}
	if m.Refusable && s.Else == nil && !c.testing() {
		c.refusalWithoutElse(call, m.Name, kind)
	}
	mc := &MutatorCall{Cell: cell, Path: path, Kind: kind, Name: m.Name}
	if !c.mutatorArgs(call, mc, k, m, args) {
		c.inferAll(args)
	}
	c.noteCall(call, &Call{Mutator: mc, Args: mc.Args})
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

package typecheck

import (
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

// aim is what the target of a write names: a cell, below some keys, or a part of
// a composite cell.
type aim struct {
	whole *Cell // as it is named
	part  *part // where in a composite cell; nil within a cell of the run time
	cell  *Cell // nil as long as part is set
	keys  []ast.Expr
	kind  *types.Type // of what is written

	join  *part      // of a hand-written lattice
	seen  []ast.Expr // keys that are read from the cell itself
	raise func() *aim
	value ast.Expr                    // of raise: what the first part becomes at least
	after []func(k keyExprs) ast.Stmt // to be done after a write below
}

// aimAt resolves `cell[k1].field[k2]`, and checks the keys. It returns nil for
// what was reported.
func (c *checker) aimAt(e ast.Expr) *aim {
	switch e := ast.Unparen(e).(type) {
	case *ast.Name:
		return c.aimName(e)
	case *ast.Index:
		a := c.aimAt(e.X)
		if a == nil {
			c.infer(e.K)
			return nil
		}
		return c.aimEntry(a, e)
	case *ast.FieldOf:
		if a := c.aimAt(e.X); a != nil {
			return c.aimPart(a, e, e.Name.Name)
		}
		return nil
	case *ast.TupleItem:
		if a := c.aimAt(e.X); a != nil {
			return c.aimPart(a, e, itemText(e.N)[1:])
		}
		return nil
	default:
		c.infer(e)
		c.notACell(e, nil)
		return nil
	}
}

func (c *checker) aimName(e *ast.Name) *aim {
	o := c.bound[e]
	if o == nil {
		o = c.lookup(e.Name)
	}
	cell, ok := o.(*Cell)
	switch {
	case o == nil:
		c.unknownName(e.Name, e.Span())
		return nil
	case !ok:
		c.use(e, o)
		c.notACell(e, o)
		return nil
	}
	c.use(e, cell)
	c.note(e, cell.View)
	if isBad(cell.Kind) {
		return nil
	}
	a := &aim{whole: cell, cell: cell, kind: cell.Kind}
	if cell.Parts != nil {
		a.to(cell.Parts.root)
	}
	return a
}

// to moves the aim to a part; where that is a leaf, to its cell.
func (a *aim) to(p *part) {
	a.part, a.cell, a.kind = p, nil, p.kind
	if p.leaf != nil {
		a.part, a.cell = nil, p.leaf
	}
	if p.join != nil {
		a.join, a.kind = p, types.Of(joinedKind, p.kind)
	}
}

// aimEntry goes on to the entry of a map, or in a Lex to the second part under
// a value of the first.
func (c *checker) aimEntry(a *aim, e *ast.Index) *aim {
	k := kindNamed(a.kind.Con)
	switch {
	case k != nil && k.Map:
		c.check(e.K, a.kind.Args[0])
		a.keys = append(a.keys, e.K)
		if a.part != nil {
			a.to(a.part.parts[0])
		} else {
			a.kind = a.kind.Args[1]
		}
		c.note(e, viewOf(a.kind))
		return a
	case a.part != nil && a.kind.Con == types.Lex && c.raises(a.part.parts[0].kind) != nil:
		return c.aimUnder(a, e)
	}
	c.infer(e.K)
	c.notAMapKind(e, a.kind)
	return nil
}

// raises is the type of data that a first part can be raised to, nil for kinds
// that are not written by one value.
func (c *checker) raises(kind *types.Type) *types.Type {
	if kind.Con == "Max" || kind.Con == "Min" {
		return kind.Args[0]
	}
	return nil
}

// aimUnder is `lex[v]`: the second part of what holds while the first part is v,
// which it is at least from then on.
func (c *checker) aimUnder(a *aim, e *ast.Index) *aim {
	p := a.part
	c.check(e.K, c.raises(p.parts[0].kind))
	keys := slices.Clone(a.keys)
	a.raise = func() *aim {
		first := &aim{whole: a.whole, keys: keys}
		first.to(p.parts[0])
		return first
	}
	a.value = e.K
	b := &viewBuilder{c: c, at: ast.At{Sp: e.Span()}}
	a.after = append(a.after, func(ks keyExprs) ast.Stmt { return b.dropStale(p, ks[:len(keys)]) })
	key := e.K
	if t, _ := lexKeyType(viewOf(p.parts[0].kind)); t.Con == "Option" {
		some := &ast.Call{At: b.at, Fn: b.ident("Some"), Args: []*ast.Arg{{At: b.at, Value: e.K}}}
		c.bound[some.Fn] = optionCtor("Some")
		c.check(some, t)
		key = some
	}
	a.keys = append(a.keys, key)
	a.to(p.parts[1])
	c.note(e, viewOf(a.kind))
	return a
}

// aimPart goes on to a part of a record, tuple or Lex.
func (c *checker) aimPart(a *aim, e ast.Expr, name string) *aim {
	var q *part
	if a.part != nil {
		q = a.part.find(name)
	}
	if q == nil {
		c.noPart(e, name, a)
		return nil
	}
	if p := a.part; p.kind.Con == types.Lex {
		b := &viewBuilder{c: c, at: ast.At{Sp: e.Span()}}
		n := len(a.keys)
		if name == "0" {
			a.after = append(a.after, func(ks keyExprs) ast.Stmt { return b.dropStale(p, ks[:n]) })
		} else {
			key := b.lexKey(p, again(a.keys))
			t, _ := lexKeyType(viewOf(p.parts[0].kind))
			c.check(key, t)
			a.keys, a.seen = append(a.keys, key), append(a.seen, key)
		}
	}
	a.to(q)
	c.note(e, viewOf(q.kind))
	return a
}

// again gives keys that were written once to everything that is derived from
// the target; they are evaluated each time, and data.
func again(keys []ast.Expr) keyExprs {
	var out keyExprs
	for _, k := range keys {
		out = out.and(func() ast.Expr { return k })
	}
	return out
}

// target resolves `cell[k1][k2]` to a cell of the run time and the keys, which
// it checks; nil where that is no such cell.
func (c *checker) target(e ast.Expr) (*Cell, []ast.Expr) {
	a := c.aimAt(e)
	if a == nil {
		return nil, nil
	}
	if a.cell == nil {
		c.notOneCell(e, a)
		return nil, nil
	}
	return a.cell, a.keys
}

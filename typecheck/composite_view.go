package typecheck

import (
	"fmt"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
)

// viewBuilder writes the definition of the view of a composite cell, as a
// program could have it. Names and callees that the program might give another
// meaning are bound to what they mean here (bound).
type viewBuilder struct {
	c    *checker
	at   ast.At
	vars int // variables of generators so far
}

// keyExprs make the keys of the maps around a part, new ones at every use.
type keyExprs []func() ast.Expr

func (ks keyExprs) and(k func() ast.Expr) keyExprs { return append(ks[:len(ks):len(ks)], k) }

// expr is the view of p under the keys of the maps around it.
func (b *viewBuilder) expr(p *part, keys keyExprs) ast.Expr {
	switch {
	case p.join != nil:
		return b.joined(p, keys)
	case p.leaf != nil:
		return b.entry(p.leaf, keys)
	case p.isMap():
		return b.mapOf(p, keys)
	}
	var parts []ast.Expr
	for i, q := range p.parts {
		below := keys
		if p.kind.Con == types.Lex && i == 1 {
			below = keys.and(func() ast.Expr { return b.lexKey(p, keys) })
		}
		parts = append(parts, b.expr(q, below))
	}
	if p.kind.Def == nil {
		return &ast.Tuple{At: b.at, Elems: parts}
	}
	args := make([]*ast.Arg, len(parts))
	for i, x := range parts {
		args[i] = &ast.Arg{At: b.at, Label: b.ident(p.names[i]), Value: x}
	}
	call := &ast.Call{At: b.at, Fn: b.ident(p.kind.Con), Args: args}
	b.c.bound[call.Fn] = &CtorObj{Def: p.kind.Def, Ctor: p.kind.Def.Ctors[0]}
	return call
}

func (b *viewBuilder) ident(name string) *ast.Ident { return &ast.Ident{At: b.at, Name: name} }

func (b *viewBuilder) name(name string, o Object) *ast.Name {
	n := &ast.Name{At: b.at, Name: name}
	if o != nil {
		b.c.bound[n] = o
	}
	return n
}

// call applies a row of the library, whatever its name means in the program.
func (b *viewBuilder) call(row string, args ...ast.Expr) *ast.Call {
	r := b.c.ops.ByID(row)
	if r == nil {
		panic("typecheck: the library has no row " + row)
	}
	call := &ast.Call{At: b.at, Fn: b.ident(r.Name)}
	for _, x := range args {
		call.Args = append(call.Args, &ast.Arg{At: b.at, Value: x})
	}
	b.c.rows[call] = []*op.Row{r}
	return call
}

// entry is a leaf at the given keys.
func (b *viewBuilder) entry(cell *Cell, keys keyExprs) ast.Expr {
	var e ast.Expr = b.name(cell.Name, cell)
	for _, k := range keys {
		e = &ast.Index{At: b.at, X: e, K: k()}
	}
	return e
}

// mapOf has an entry for each key that a leaf of the elements has.
func (b *viewBuilder) mapOf(p *part, keys keyExprs) ast.Expr {
	var all ast.Expr
	p.entries(func(leaf *Cell) {
		have := ast.Expr(b.call("map.keys", b.entry(leaf, keys)))
		if all != nil {
			have = &ast.Binary{At: b.at, Op: "|", OpAt: b.at.Sp, L: all, R: have}
		}
		all = have
	})
	k := b.variable()
	key := func() ast.Expr { return b.name(k, nil) }
	return &ast.Comp{
		At: b.at, Kind: ast.MapComp, Key: key(), Elem: b.expr(p.parts[0], keys.and(key)),
		Gens: []*ast.Gen{{At: b.at, Pat: &ast.BindPat{At: b.at, Name: k}, In: all}},
	}
}

// joined is the join of the values that the leaf of p keeps.
func (b *viewBuilder) joined(p *part, keys keyExprs) ast.Expr {
	acc, x := b.variable(), b.variable()
	step := &ast.Lambda{
		At: b.at, Params: []ast.Pattern{&ast.BindPat{At: b.at, Name: acc}, &ast.BindPat{At: b.at, Name: x}},
		Body: b.joinCall(p, b.name(acc, nil), b.name(x, nil)),
	}
	return b.call("set.fold", b.entry(p.leaf, keys), b.bottom(p), step)
}

// bottom is the least value of a hand-written lattice; the constant is known
// once all types are.
func (b *viewBuilder) bottom(p *part) ast.Expr {
	name := b.name(p.kind.Con+".bottom", nil)
	b.c.bound[name] = &Bottom{Def: p.kind.Def}
	return name
}

func (b *viewBuilder) joinCall(p *part, x, y ast.Expr) ast.Expr {
	call := &ast.Call{At: b.at, Fn: b.ident(p.join.Name), Args: []*ast.Arg{{At: b.at, Value: x}, {At: b.at, Value: y}}}
	b.c.bound[call.Fn] = p.join
	return call
}

// variable is a name that no program has.
func (b *viewBuilder) variable() string {
	b.vars++
	return fmt.Sprintf("key.%d", b.vars)
}

// overParts notes what an expression of type t is over the cells of its own, where
// it names a part of a composite cell: nobody needs the whole then.
func (c *checker) overParts(e ast.Expr, t *types.Type) *types.Type {
	if p, keys := c.info.partUnder(e); p != nil && !isBad(t) {
		b := &viewBuilder{c: c, at: ast.At{Sp: e.Span()}}
		over := b.expr(p, again(keys))
		c.check(over, t)
		c.info.Parts[e] = over
	}
	return t
}

// partUnder is the part of a composite cell that an expression names, under the
// keys of the maps around it; nil where it is something else, or the second part
// of a Lex, which is another one for each value of the first.
func (i *Info) partUnder(e ast.Expr) (p *part, keys []ast.Expr) {
	switch e := ast.Unparen(e).(type) {
	case *ast.Name:
		if l, ok := i.Uses[e].(*Let); ok && l.Of != nil {
			return l.Of.Parts.root, nil
		}
	case *ast.Index:
		if p, keys = i.partUnder(e.X); p != nil && p.isMap() {
			return p.parts[0], append(keys, e.K)
		}
	case *ast.FieldOf:
		if p, keys = i.partUnder(e.X); p != nil {
			return p.find(e.Name.Name), keys
		}
	case *ast.TupleItem:
		if p, keys = i.partUnder(e.X); p != nil && (p.kind.Con != types.Lex || e.N == 0) {
			return p.find(itemText(e.N)[1:]), keys
		}
	}
	return nil, nil
}

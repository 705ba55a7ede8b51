package typecheck

import (
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

// Data of two types that differ in Nat and Int has one type that both fit, which
// need not be that of either: of (Nat, Int) and (Int, Nat) it is (Int, Int).

// wider is the least type that a and b fit, as far as Nat and Int are what differs;
// where more does it is a.
func wider(a, b *types.Type) *types.Type {
	a, b = a.Resolve(), b.Resolve()
	switch {
	case a.Is("Nat") && b.Is("Int"):
		return b
	case a.Con != b.Con || len(a.Args) != len(b.Args) || !isContainer(a.Con):
		return a
	}
	args := slices.Clone(a.Args)
	for i := range args {
		args[i] = wider(a.Args[i], b.Args[i])
	}
	return types.Of(a.Con, args...)
}

// widest is wider of all.
func widest(ts []*types.Type) *types.Type {
	to := ts[0]
	for _, t := range ts[1:] {
		to = wider(to, t)
	}
	return to
}

// asInts is t with Int for Nat wherever data of type t fits that.
func asInts(t *types.Type) *types.Type {
	t = t.Resolve()
	if t.Is("Nat") {
		return types.Int
	}
	if !isContainer(t.Con) {
		return t
	}
	args := make([]*types.Type, len(t.Args))
	for i, a := range t.Args {
		args[i] = asInts(a)
	}
	return types.Of(t.Con, args...)
}

// isContainer reports whether data of a type is made of data of its arguments.
func isContainer(con string) bool {
	return con == "Set" || con == "List" || con == "Map" || con == "Option" || con == types.Tuple
}

// widened are the types of arguments as a call may take them that fits none as they
// are: each as wide as those of its shape, and all with Ints. Functions have none.
func widened(ts []*types.Type) [][]*types.Type {
	alike, ints := slices.Clone(ts), slices.Clone(ts)
	for i, t := range ts {
		if t == nil {
			continue
		}
		ints[i] = asInts(t)
		for _, other := range ts {
			if other != nil {
				alike[i] = wider(alike[i], other)
			}
		}
	}
	return [][]*types.Type{alike, ints}
}

// agree lets two functions that are to yield one type, such as the keys of a join,
// yield the wider one where one of them yields a Nat and the other an Int.
func (c *checker) agree(args []ast.Expr, ts, params []*types.Type) {
	firsts := map[*types.TypeVar]*types.Type{}
	for i, a := range args {
		l, ok := unparen(a).(*ast.Lambda)
		if ts[i] != nil || !ok || !params[i].Is(types.Func) || !isFree(params[i].Resolve().Result()) {
			continue
		}
		v := params[i].Resolve().Result().Resolve()
		before := len(c.diags)
		body := c.lambda(l, params[i].Resolve().Params(), nil).Result()
		bad := len(c.diags) > before
		c.diags = c.diags[:before] // they come again
		first, is := firsts[v.Var]
		if firsts[v.Var] = body; !is || bad {
			continue
		}
		if to := wider(first, body); !types.Equal(first, body) && c.fits(nil, first, to, widen) && c.fits(nil, body, to, widen) {
			c.unify(v, to)
		}
	}
}

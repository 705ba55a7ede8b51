package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

// A Lex keeps its second part in a map from values of the first: what was said
// while the first part was v lies under v, and the view is the entry of the
// value that the first part has. Joined pointwise that is the join of pairs in
// lexicographic order, also where two first parts are not above one another:
// nothing was said yet about their join. Entries under values that the first
// part has left are dead; the event that moves the first part takes them away
// (dropStale), for which the map is one that forgets.

// lexMap is the kind of the map that holds the second part.
func lexMap(kind *types.Type) *types.Type {
	key, _ := lexKeyType(viewOf(kind.Args[0]))
	return types.Of("ORMap", key, kind.Args[1])
}

// lexKeyType is the type of data that tells the values of a view apart; ok is
// false for views that cannot be the first part of a Lex.
func lexKeyType(view *types.Type) (key *types.Type, ok bool) {
	switch view = view.Resolve(); view.Con {
	case "Max", "Min":
		if view.Con == "Max" && view.Args[0].Is("Nat") {
			return types.Nat, true
		}
		return types.OptionOf(view.Args[0]), true
	case "Flag":
		return types.Bool, true
	case "Set":
		return view, true
	case "Map":
		elem, ok := lexKeyType(view.Args[1])
		return types.MapOf(view.Args[0], elem), ok && view.Args[1].Is("Max")
	case types.Tuple:
		parts := make([]*types.Type, len(view.Args))
		for i, a := range view.Args {
			if parts[i], ok = lexKeyType(a); !ok {
				return nil, false
			}
		}
		return types.TupleOf(parts...), true
	}
	return nil, false
}

// mayLead reports whether a kind can be the first part of a Lex.
func mayLead(kind *types.Type) bool {
	_, ok := lexKeyType(viewOf(kind))
	return ok && isStable(kind)
}

// lexKey is the key under which the second part of a Lex is found now.
func (b *viewBuilder) lexKey(p *part, keys keyExprs) ast.Expr {
	return b.asKey(b.expr(p.parts[0], keys), viewOf(p.parts[0].kind))
}

// asKey turns a value of a view type into its key.
func (b *viewBuilder) asKey(e ast.Expr, view *types.Type) ast.Expr {
	key, _ := lexKeyType(view)
	switch {
	case key.Con == "Option":
		return b.call(map[string]string{"Max": "max.held", "Min": "min.held"}[view.Con], e)
	case key.Con == types.Tuple:
		t := e.(*ast.Tuple)
		parts := make([]ast.Expr, len(t.Elems))
		for i, x := range t.Elems {
			parts[i] = b.asKey(x, view.Args[i])
		}
		return &ast.Tuple{At: b.at, Elems: parts}
	}
	return e
}

// dropStale is the statement that takes away what lies under values that the
// first part of a Lex has left.
func (b *viewBuilder) dropStale(p *part, keys keyExprs) ast.Stmt {
	var body []ast.Stmt
	p.parts[1].leaves(func(leaf *Cell) {
		k := b.variable()
		remove := &ast.Call{At: b.at, Form: ast.Method, Fn: b.ident("remove"), Args: []*ast.Arg{
			{At: b.at, Value: b.entry(leaf, keys)}, {At: b.at, Value: b.name(k, nil)},
		}}
		body = append(body, &ast.ForStmt{
			At:    b.at,
			Gens:  []*ast.Gen{{At: b.at, Pat: &ast.BindPat{At: b.at, Name: k}, In: b.call("map.keys", b.entry(leaf, keys))}},
			Guard: &ast.Binary{At: b.at, Op: "!=", OpAt: b.at.Sp, L: b.name(k, nil), R: b.lexKey(p, keys)},
			Body:  &ast.Block{At: b.at, Stmts: []ast.Stmt{&ast.ExprStmt{At: b.at, X: remove}}},
		})
	})
	return &ast.BlockStmt{Block: &ast.Block{At: b.at, Stmts: body}}
}

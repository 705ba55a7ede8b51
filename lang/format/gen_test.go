package format_test

import (
	"math/rand"
	"reflect"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/format"
	"github.com/laspc/lasp/lang/source"
)

// TestGeneratedTrees prints trees that no parser made, without positions or
// parentheses, and reads them back: but for the parentheses that the printer had
// to add, they are the same.
func TestGeneratedTrees(t *testing.T) {
	for seed := range *seeds * 20 {
		g := &gen{rand.New(rand.NewSource(int64(seed)))}
		file := &ast.File{Decls: []ast.Decl{
			&ast.LetDecl{Name: g.ident(), Type: g.maybeType(), Value: g.expr(4)},
			&ast.OnDecl{Event: g.ident(), Body: g.block(3)},
		}}
		text := string(format.File(file))
		again := reads(t, text)
		stripParens(reflect.ValueOf(again))
		stripTexts(reflect.ValueOf(again))
		if a, b := dump(file), dump(again); a != b {
			t.Fatalf("seed %d:\n%s\n%s", seed, text, firstDifference(a, b))
		}
		checkPrint(t, text)
	}
}

// gen draws trees.
type gen struct{ *rand.Rand }

func (g *gen) ident() *ast.Ident { return &ast.Ident{Name: g.name()} }

func (g *gen) name() string { return []string{"a", "b", "rec", "bound", "at", "x_1"}[g.Intn(6)] }

func (g *gen) ctor() string { return []string{"A", "Some", "None"}[g.Intn(3)] }

func (g *gen) lit() *ast.Lit {
	switch g.Intn(5) {
	case 0:
		return &ast.Lit{Kind: ast.BoolLit, Bool: g.Intn(2) == 0}
	case 1:
		return &ast.Lit{Kind: ast.FloatLit, Float: g.ExpFloat64() * 1e7}
	case 2:
		return &ast.Lit{Kind: ast.StringLit, Str: []string{"", "a{b}", "\"\\\n\t\x00é", "}"}[g.Intn(4)]}
	case 3:
		return &ast.Lit{Kind: ast.DurationLit, Int: int64(g.Intn(1e6)) * int64(g.Intn(1e6))}
	}
	return &ast.Lit{Kind: ast.IntLit, Int: int64(g.Intn(1000))}
}

func (g *gen) exprs(n, depth int) []ast.Expr {
	var all []ast.Expr
	for range n {
		all = append(all, g.expr(depth))
	}
	return all
}

func (g *gen) expr(depth int) ast.Expr {
	if depth == 0 {
		switch g.Intn(4) {
		case 0:
			return g.lit()
		case 1:
			return &ast.Name{Name: g.ctor()}
		}
		return &ast.Name{Name: g.name()}
	}
	d := depth - 1
	switch g.Intn(17) {
	case 0:
		return &ast.Tuple{Elems: g.exprs([]int{0, 2, 3}[g.Intn(3)], d)}
	case 1:
		return &ast.List{Elems: g.exprs(g.Intn(3), d), Open: g.Intn(4) == 0}
	case 2:
		return &ast.Set{Elems: g.exprs(g.Intn(3), d)}
	case 3:
		return &ast.Map{Entries: []*ast.MapEntry{{Key: g.expr(d), Value: g.expr(d)}, {Key: g.expr(d), Value: g.expr(d)}}}
	case 4:
		return g.comp(d)
	case 5:
		return &ast.FieldOf{X: g.expr(d), Name: g.ident()}
	case 6:
		return &ast.TupleItem{X: g.expr(d), N: g.Intn(3)}
	case 7:
		return &ast.Index{X: g.expr(d), K: g.expr(d)}
	case 8, 9:
		return g.call(d)
	case 10:
		return &ast.Lambda{Params: g.patterns(g.Intn(3), d), Body: g.expr(d)}
	case 11:
		return &ast.If{Cond: g.expr(d), Then: g.expr(d), Else: g.expr(d)}
	case 12:
		return &ast.Match{Subject: g.expr(d), Arms: []*ast.Arm{{Pat: g.pattern(d), Guard: g.expr(d), Body: g.expr(d)}, {Pat: g.pattern(d), Body: g.expr(d)}}}
	case 13:
		op := []string{"-", "not"}[g.Intn(2)]
		return &ast.Unary{Op: op, X: g.expr(d)}
	case 14:
		return &ast.Interp{Parts: []ast.Expr{&ast.Lit{Kind: ast.StringLit, Str: "a{\"", Text: `a\{\"`}, &ast.Name{Name: "b"}, &ast.Tuple{Elems: g.exprs(2, d)}}}
	}
	op := ast.Infix[1+g.Intn(len(ast.Infix)-1)] // pipes are calls
	return &ast.Binary{Op: op.Symbol, L: g.expr(d), R: g.expr(d)}
}

func (g *gen) comp(d int) ast.Expr {
	c := &ast.Comp{Kind: ast.CompKind(g.Intn(3)), Elem: g.expr(d), Gens: []*ast.Gen{{Pat: g.pattern(d), In: g.expr(d)}}}
	if c.Kind == ast.MapComp {
		c.Key = g.expr(d)
	}
	if g.Intn(2) == 0 {
		c.Cond = g.expr(d)
	}
	return c
}

func (g *gen) call(d int) *ast.Call {
	c := &ast.Call{Form: ast.CallForm(g.Intn(4)), Fn: g.ident()}
	if c.Form != ast.Plain {
		c.Args = append(c.Args, &ast.Arg{Value: g.expr(d)})
	}
	if c.Form != ast.PipeBare {
		c.Args = append(c.Args, &ast.Arg{Value: g.expr(d)}, &ast.Arg{Label: &ast.Ident{Name: "type"}, Value: g.expr(d)})
	}
	return c
}

func (g *gen) patterns(n, d int) []ast.Pattern {
	var all []ast.Pattern
	for range n {
		all = append(all, g.pattern(d))
	}
	return all
}

func (g *gen) pattern(depth int) ast.Pattern {
	d := max(depth-1, 0)
	switch g.Intn(8 - 4*(1-min(depth, 1))) {
	case 0:
		return &ast.WildPat{}
	case 1:
		return &ast.LitPat{Lit: g.lit()}
	case 2:
		return &ast.CtorPat{Name: &ast.Ident{Name: g.ctor()}}
	case 4:
		return &ast.TuplePat{Elems: g.patterns(2, d)}
	case 5:
		return &ast.ListPat{Elems: g.patterns(g.Intn(3), d)}
	case 6:
		return &ast.ConsPat{Head: g.pattern(d), Tail: g.pattern(d)}
	case 7:
		return &ast.CtorPat{Name: &ast.Ident{Name: g.ctor()}, Args: []*ast.PatArg{{Label: g.ident(), Pat: g.pattern(d)}, {Pat: g.pattern(d)}}}
	}
	return &ast.BindPat{Name: g.name()}
}

func (g *gen) maybeType() ast.TypeExpr {
	if g.Intn(2) == 0 {
		return nil
	}
	return g.typ(3)
}

func (g *gen) typ(depth int) ast.TypeExpr {
	if depth == 0 {
		return &ast.NamedType{Name: &ast.Ident{Name: g.ctor()}}
	}
	var args []ast.TypeExpr
	for range g.Intn(3) {
		args = append(args, g.typ(depth-1))
	}
	switch g.Intn(3) {
	case 0:
		return &ast.NamedType{Name: &ast.Ident{Name: g.ctor()}, Args: args}
	case 1:
		return &ast.TupleType{Elems: []ast.TypeExpr{g.typ(depth - 1), g.typ(depth - 1)}}
	}
	return &ast.FuncType{Params: args, Result: g.typ(depth - 1)}
}

func (g *gen) block(depth int) *ast.Block {
	b := &ast.Block{}
	for range g.Intn(4) {
		b.Stmts = append(b.Stmts, g.stmt(depth))
	}
	return b
}

func (g *gen) stmt(depth int) ast.Stmt {
	d := max(depth-1, 0)
	if depth == 0 {
		return &ast.ExprStmt{X: &ast.Call{Form: ast.Method, Fn: g.ident(), Args: []*ast.Arg{{Value: &ast.Name{Name: g.name()}}, {Value: g.expr(1)}}}}
	}
	switch g.Intn(9) {
	case 0:
		return &ast.ExprStmt{X: &ast.Call{Fn: g.ident()}, Else: g.stmt(d)}
	case 1:
		return &ast.EmitStmt{Value: g.expr(d), Output: g.ident()}
	case 2:
		return &ast.ReplyStmt{Value: g.expr(d)}
	case 3:
		return &ast.SealStmt{Target: g.expr(d), Barrier: g.Intn(2) == 0}
	case 4:
		return &ast.IfStmt{Cond: g.expr(d), Then: g.block(d), Else: &ast.BlockStmt{Block: g.block(d)}}
	case 5:
		return &ast.ForStmt{Gens: []*ast.Gen{{Pat: g.pattern(d), In: g.expr(d)}}, Guard: g.expr(d), Body: g.block(d)}
	case 6:
		return &ast.LetStmt{Pat: g.pattern(d), Value: g.expr(d)}
	case 7:
		return &ast.MatchStmt{Subject: g.expr(d), Arms: []*ast.StmtArm{{Pat: g.pattern(d), Guard: g.expr(d), Body: g.stmt(d)}, {Pat: g.pattern(d), Body: &ast.BlockStmt{Block: g.block(d)}}}}
	}
	return &ast.CoordStmt{Barrier: g.Intn(2) == 0, Body: g.block(d)}
}

// stripParens removes parentheses from a tree in place.
func stripParens(v reflect.Value) {
	visit(v, func(v reflect.Value) {
		if v.Type() == reflect.TypeFor[ast.Expr]() && !v.IsNil() {
			v.Set(reflect.ValueOf(ast.Unparen(v.Interface().(ast.Expr))))
		}
	})
}

// stripTexts forgets how literals were written, except for pieces of strings.
func stripTexts(v reflect.Value) {
	visit(v, func(v reflect.Value) {
		lit, ok := v.Interface().(*ast.Lit)
		if ok && lit != nil && (lit.Kind != ast.StringLit || strings.HasPrefix(lit.Text, `"`)) {
			lit.Text = ""
		}
	})
}

func visit(v reflect.Value, f func(reflect.Value)) {
	if !v.CanInterface() {
		return
	}
	f(v)
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && v.Type() != reflect.TypeFor[*source.File]() {
			visit(v.Elem(), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			visit(v.Field(i), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			visit(v.Index(i), f)
		}
	}
}

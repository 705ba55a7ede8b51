package typecheck

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/parser"
	"github.com/laspc/lasp/stdlib"
)

// withLibrary is a program of one file behind the parts of the library that it
// imports.
func withLibrary(t *testing.T, file *ast.File) []*Module {
	t.Helper()
	main := &Module{Files: []*ast.File{file}}
	var all []*Module
	for _, d := range file.Decls {
		im, ok := d.(*ast.ImportDecl)
		if !ok {
			continue
		}
		part, ds := parser.Parse(source.NewFile(im.Path, stdlib.Source(im.Path)))
		if diag.HasErrors(ds) {
			t.Fatal(ds)
		}
		m := &Module{Name: im.Path, Files: []*ast.File{part}, Library: true}
		main.Imports = append(main.Imports, Import{Decl: im, Module: m})
		all = append(all, m)
	}
	return append(all, main)
}

// TestInfoIsComplete: of an accepted program every expression has a type without
// variables, every name a meaning, every application what it applies.
func TestInfoIsComplete(t *testing.T) {
	paths, err := filepath.Glob("../examples/[^r]*/*.lasp")
	if err != nil || len(paths) == 0 {
		t.Fatal("no examples", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nimport ") {
			continue // what is imported is loaded above this package
		}
		file, _ := parser.Parse(source.NewFile(path, text))
		p, ds := CheckModules(withLibrary(t, file), stdlib.Table())
		if diag.HasErrors(ds) {
			t.Fatalf("%s: %s", path, ds[0].Title)
		}
		visit := func(e ast.Expr) { completeExpr(t, p.Info, e) }
		v := visitor{expr: visit}
		for _, l := range p.Info.Lets {
			walk(l.Decl.Value, visit)
		}
		for _, f := range p.Info.Fns {
			walk(f.Decl.Body, visit)
		}
		for _, s := range p.Info.Shows {
			walk(s.Value, visit)
		}
		for _, h := range p.Info.Handlers {
			v.handler(h.Decl)
		}
		for _, d := range p.Info.Tests {
			for _, s := range d.Steps {
				switch s := s.(type) {
				case *ast.AtStep:
					v.block(s.Body)
				case *ast.ExpectFailsStep:
					v.block(s.Body)
				case *ast.ExpectStep:
					v.exprs(s.Cond)
				}
			}
		}
	}
}

func completeExpr(t *testing.T, info *Info, e ast.Expr) {
	t.Helper()
	typ := info.Types[e]
	if typ == nil || hasFree(typ) {
		t.Errorf("%s: `%s` has type %v", e.Span().Position(), e.Span().Text(), typ)
	}
	switch e := e.(type) {
	case *ast.Name:
		if info.Uses[e] == nil {
			t.Errorf("%s: `%s` means nothing", e.Span().Position(), e.Name)
		}
	case *ast.Call, *ast.Binary, *ast.Unary, *ast.Index:
		call := info.Calls[e]
		if call == nil {
			t.Errorf("%s: `%s` applies nothing", e.Span().Position(), e.Span().Text())
		} else if call.Mutator == nil && (len(call.Args) != len(call.Params) || len(call.Lift) != len(call.Args)) {
			t.Errorf("%s: `%s` has %d arguments, %d parameters, %d lifts", e.Span().Position(), e.Span().Text(), len(call.Args), len(call.Params), len(call.Lift))
		}
	case *ast.Lambda:
		for _, p := range e.Params {
			walkPattern(p, func(q ast.Pattern) {
				if info.Patterns[q] == nil || hasFree(info.Patterns[q]) {
					t.Errorf("%s: a pattern without a type", q.Span().Position())
				}
			})
		}
	}
}

func hasFree(t *types.Type) bool {
	t = t.Resolve()
	if isFree(t) {
		return true
	}
	for _, a := range t.Args {
		if hasFree(a) {
			return true
		}
	}
	return false
}

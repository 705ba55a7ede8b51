package typecheck_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/parser"
	"github.com/laspc/lasp/stdlib"
	"github.com/laspc/lasp/typecheck"
)

// check parses and checks one text.
func check(t testing.TB, name, text string) (*typecheck.Program, []diag.Diagnostic) {
	t.Helper()
	file, ds := parser.Parse(source.NewFile(name, []byte(text)))
	if diag.HasErrors(ds) {
		return nil, ds
	}
	return typecheck.Check([]*ast.File{file}, stdlib.Table())
}

// examples reads the programs of a folder pattern under examples/.
func examples(t *testing.T, pattern string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "examples", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no examples at %s: %v", pattern, err)
	}
	texts := map[string]string{}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(p)] = string(text)
	}
	return texts
}

func TestExamplesAreAccepted(t *testing.T) {
	for name, text := range examples(t, "[^r]*/*.lasp") {
		p, ds := check(t, name, text)
		for _, d := range ds {
			if d.Severity == diag.Error {
				t.Errorf("%s: %s: %s", d.Span.Position(), d.Code, d.Title)
			}
		}
		if p == nil || len(p.Info.Types) == 0 {
			t.Errorf("%s: nothing was learned", name)
		}
	}
}

package format_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/parser"
)

// reads parses a text that must be right.
func reads(t *testing.T, text string) *ast.File {
	t.Helper()
	file, diags := parser.Parse(source.NewFile("x.lasp", []byte(text)))
	for _, d := range diags {
		t.Fatalf("%s: %s: %s\n%s", d.Span.Position(), d.Code, d.Title, text)
	}
	return file
}

// TestPrograms prints every program of the parser's tests: the tree, the comments
// and the second print are the same.
func TestPrograms(t *testing.T) {
	paths, err := filepath.Glob("../../parser/testdata/programs/*/*.lasp")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no programs: %v", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		checkPrint(t, string(text))
	}
}

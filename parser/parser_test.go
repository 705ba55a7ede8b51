package parser

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/laspc/lasp/lang/source"
)

// TestPrograms reads every program that the project keeps: also those that the
// checker refuses are well-formed.
func TestPrograms(t *testing.T) {
	paths, err := filepath.Glob("testdata/programs/*/*.lasp")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no programs: %v", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, diags := Parse(source.NewFile(path, text))
		for _, d := range diags {
			t.Errorf("%s: %s: %s", d.Span.Position(), d.Code, d.Title)
		}
		if len(file.Decls) < 2 {
			t.Errorf("%s: %d declarations", path, len(file.Decls))
		}
	}
}

package parser

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
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

// TestAtOnce parses in several goroutines: grammars are shared between parses,
// but never by two at a time.
func TestAtOnce(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 50 {
				text := fmt.Sprintf("let x_%d = { (a, %d) for (a, _) in s if a.b(x => x) }\ntype T { a: %d }", i, i, i)
				file, diags := Parse(source.NewFile("x.lasp", []byte(text)))
				if len(file.Decls) != 2 || len(diags) != 1 {
					t.Errorf("%s: %s", text, describe(diags))
				}
			}
		})
	}
	wg.Wait()
}

package parser

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata/errors")

// TestErrors reads the chunks of testdata/errors, which `---` lines separate, and
// compares the diagnostics with the `//!` lines at the end of each: line, columns
// from and to, code, title, and what to do.
func TestErrors(t *testing.T) {
	paths, err := filepath.Glob("testdata/errors/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no chunks: %v", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, chunk := range strings.Split(string(text), "\n---\n") {
			program, want, _ := strings.Cut(chunk, "\n//!")
			program = strings.TrimRight(program, "\n") + "\n"
			_, diags := Parse(source.NewFile("x.lasp", []byte(program)))
			got := describe(diags)
			if want != "" {
				want = "//!" + want
			}
			if got != strings.TrimRight(want, "\n") && !*update {
				t.Errorf("%s:\n%s\ngot:\n%s\nwant:\n%s", path, program, got, want)
			}
			out = append(out, program+got)
		}
		if *update {
			if err := os.WriteFile(path, []byte(strings.Join(out, "\n---\n")+"\n"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func describe(diags []diag.Diagnostic) string {
	var lines []string
	for _, d := range diags {
		from, to := d.Span.Position(), d.Span.EndPosition()
		lines = append(lines, fmt.Sprintf("//! %d:%d-%d %s: %s", from.Line, from.Column, to.Column, d.Code, d.Title))
		if d.Help != "" {
			lines = append(lines, "//!     "+d.Help)
		}
	}
	return strings.Join(lines, "\n")
}

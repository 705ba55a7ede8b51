package lower_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/ir/lower"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/stdlib"
	"github.com/laspc/lasp/typecheck"
)

// check parses and checks one source text.
func check(t testing.TB, name, text string) *typecheck.Program {
	t.Helper()
	p, diags := lasp.Check(source.NewFile(name, []byte(text)))
	for _, d := range diags {
		if d.Severity == 0 {
			t.Fatalf("%s: %s %s", d.Span.Position(), d.Code, d.Message)
		}
	}
	return p
}

// compile lowers one source text.
func compile(t testing.TB, name, text string) *ir.Program {
	t.Helper()
	p, err := lower.Program(check(t, name, text), stdlib.Table())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return p
}

func examples(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../examples/*/*.lasp")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	return slices.DeleteFunc(files, func(f string) bool { return strings.Contains(f, "rejected") })
}

// TestTests lowers the test blocks of every example program.
func TestTests(t *testing.T) {
	for _, file := range examples(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		checked := check(t, filepath.Base(file), string(text))
		p, err := lower.Program(checked, stdlib.Table())
		if err != nil {
			t.Fatal(err)
		}
		tests, err := lower.Tests(p, checked, stdlib.Table())
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for _, test := range tests {
			for _, s := range test.Steps {
				if s.Op == ir.TExpect && (s.Value == nil || !s.Value.Type.Is("Bool")) {
					t.Errorf("%s: `expect %s` is no condition", file, s.Text)
				}
			}
		}
	}
}

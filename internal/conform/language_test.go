package conform

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/runtime/trial"
)

// travelled is a program as a node has it, who knows the artifact and no source.
func travelled(t *testing.T, p *ir.Program) *ir.Program {
	t.Helper()
	artifact, err := ir.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	out, err := ir.Decode(artifact)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestLanguagePrograms runs the tests of programs that try the corners of the
// language on simulated replicas under many schedules; LASP_SCHEDULES sets how
// many.
func TestLanguagePrograms(t *testing.T) {
	paths, _ := filepath.Glob("testdata/language/*.lasp")
	if len(paths) == 0 {
		t.Fatal("no programs found")
	}
	schedules, orders := 20, 200
	if n, err := strconv.Atoi(os.Getenv("LASP_SCHEDULES")); err == nil {
		schedules, orders = n, 100*n
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			checked, ds := lasp.Check(source.NewFile(path, text))
			if diag.HasErrors(ds) {
				t.Fatalf("%s: %s: %s", ds[0].Span.Position(), ds[0].Code, ds[0].Title)
			}
			p, err := lasp.Compile(checked)
			if err != nil {
				t.Fatal(err)
			}
			p = travelled(t, p)
			tests, err := lasp.Tests(p, checked)
			if err != nil {
				t.Fatal(err)
			}
			results, err := trial.Run(p, tests, lasp.Ops(), trial.Options{Schedules: schedules, Explore: orders})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				if !r.OK {
					t.Errorf("%s: %s: %s (seed %d)", r.Test, r.Failure.At, r.Failure.Message, r.Seed)
				}
			}
		})
	}
}

package trial_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/runtime/trial"
	"github.com/laspc/lasp/typecheck"
)

// check reads a program.
func check(t testing.TB, name, text string) *typecheck.Program {
	t.Helper()
	checked, ds := lasp.Check(source.NewFile(name, []byte(text)))
	if diag.HasErrors(ds) {
		t.Fatalf("%s: %s: %s: %s", ds[0].Span.Position(), ds[0].Code, ds[0].Title, ds[0].Message)
	}
	return checked
}

// compile lowers a program and its tests.
func compile(t testing.TB, checked *typecheck.Program) (*ir.Program, []*ir.Test) {
	t.Helper()
	p, err := lasp.Compile(checked)
	if err != nil {
		t.Fatal(err)
	}
	tests, err := lasp.Tests(p, checked)
	if err != nil {
		t.Fatal(err)
	}
	return p, tests
}

func load(t testing.TB, name, text string) (*ir.Program, []*ir.Test) {
	t.Helper()
	return compile(t, check(t, name, text))
}

// run runs all tests of a program and returns the first failure.
func run(t testing.TB, text string, o trial.Options) *trial.Failure {
	t.Helper()
	p, tests := load(t, "test.lasp", text)
	results, err := trial.Run(p, tests, lasp.Ops(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if !r.OK {
			return r.Failure
		}
	}
	return nil
}

func TestPrograms(t *testing.T) {
	files, err := filepath.Glob("../../parser/testdata/programs/accepted/*.lasp")
	if err != nil || len(files) == 0 {
		t.Fatalf("no programs: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p, tests := load(t, file, string(text))
			start := time.Now()
			results, err := trial.Run(p, tests, lasp.Ops(), trial.Options{Schedules: 50})
			if err != nil {
				var later *ir.NotRunnable
				if !errors.As(err, &later) {
					t.Fatal(err)
				}
				t.Log(err) // waits for coordination and placement
				return
			}
			for _, r := range results {
				t.Logf("%s: %d schedules, %d distinct, %v", r.Test, r.Schedules, r.Distinct, time.Since(start).Round(time.Millisecond))
				if !r.OK {
					t.Errorf("%s: %s: %s\n%s", r.Test, r.Failure.At, r.Failure.Message, strings.Join(r.Failure.Log, "\n"))
				}
			}
		})
	}
}

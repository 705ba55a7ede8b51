package lasp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/runtime/trial"
)

// needsEvent are the rows whose examples mean something only where an event
// arrives.
var needsEvent = map[string]bool{"now": true, "random": true, "fresh": true, "me": true, "peek": true}

// needsCell are the rows whose argument must be a declared cell.
var needsCell = map[string]string{"ever": "shared c: AWSet[Int]"}

// TestLibraryExamples runs the examples of all rows through the whole compiler:
// each becomes an expectation of a test.
func TestLibraryExamples(t *testing.T) {
	ran := 0
	for _, r := range lasp.Ops().Rows() {
		for i, example := range r.Examples {
			src, want, _ := strings.Cut(example, " // ")
			body := fmt.Sprintf("expect (%s) == %s", src, want)
			decl := needsCell[r.ID]
			if decl != "" {
				body = "at a { c.add(1) c.remove(1) } expect ever(c) == {1}"
			}
			program := fmt.Sprintf("%s\ntest \"example\" { replicas a %s }\n", decl, body)
			if needsEvent[r.ID] {
				program = fmt.Sprintf("shared ok: Flag\non start { if (%s) == %s { ok.enable() } }\ntest \"example\" { replicas a sync expect ok }\n", src, want)
			}
			ran++
			t.Run(fmt.Sprintf("%s/%d", r.ID, i), func(t *testing.T) { runTest(t, program) })
		}
	}
	if ran < 150 {
		t.Errorf("only %d examples were run", ran)
	}
}

// runTest checks, compiles and runs the tests of a program.
func runTest(t *testing.T, program string) {
	t.Helper()
	checked, ds := lasp.Check(source.NewFile("example.lasp", []byte(program)))
	if diag.HasErrors(ds) {
		t.Fatalf("%s\n%s", program, rendered(ds))
	}
	p, err := lasp.Compile(checked)
	if err != nil {
		t.Fatalf("%s\n%v", program, err)
	}
	tests, err := lasp.Tests(p, checked)
	if err != nil {
		t.Fatalf("%s\n%v", program, err)
	}
	results, err := trial.Run(p, tests, lasp.Ops(), trial.Options{Schedules: 1})
	if err != nil {
		t.Fatalf("%s\n%v", program, err)
	}
	for _, r := range results {
		if !r.OK {
			t.Errorf("%s\n%s", program, r.Failure.Message)
		}
	}
}

func rendered(ds []diag.Diagnostic) string {
	var b strings.Builder
	_ = diag.Render(&b, ds, diag.Style{})
	return b.String()
}

// TestExamplesNameTheirRow makes sure that an example uses the row it stands in.
func TestExamplesNameTheirRow(t *testing.T) {
	for _, r := range lasp.Ops().Rows() {
		if op := strings.Trim(r.Name, "[]"); !strings.Contains(strings.Join(r.Examples, " "), op) {
			t.Errorf("the examples of %s do not use %s", r.ID, r.Name)
		}
	}
}

package lasp_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/runtime/trial"
)

// laspBlock matches a block of code of a page: what stands behind the fence, and the
// text.
var laspBlock = regexp.MustCompile("(?ms)^```lasp *([^\n]*)\n(.*?)^```$")

// runElsewhere are the pages whose blocks are parts of programs (the tutorial's,
// run with its sessions by the test of the command) or are generated from
// examples that are run where they stand.
var runElsewhere = map[string]bool{"tutorial.md": true, "diagnostics.md": true, "stdlib.md": true}

// TestDocumentsRun takes each block of Lasp in the documents as a program of its
// own: it checks, and its tests pass. A block marked with a code (```lasp L0301)
// is refused with it. The pages in runElsewhere have tests of their own.
func TestDocumentsRun(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	ran := map[string]int{}
	for _, page := range pages {
		if runElsewhere[filepath.Base(page)] {
			continue
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range laspBlock.FindAllStringSubmatchIndex(string(text), -1) {
			line := 1 + strings.Count(string(text[:m[0]]), "\n")
			mark, program := string(text[m[2]:m[3]]), string(text[m[4]:m[5]])
			ran[page]++
			t.Run(fmt.Sprintf("%s:%d", page, line), func(t *testing.T) {
				t.Parallel()
				if mark != "" {
					refusedWith(t, program, mark)
					return
				}
				runDocument(t, program)
			})
		}
	}
	if ran["docs/spec.md"] < 6 {
		t.Errorf("only %d blocks of the specification were found", ran["docs/spec.md"])
	}
}

// runDocument checks and compiles a program and runs its tests, if it has any,
// under some schedules.
func runDocument(t *testing.T, program string) {
	t.Helper()
	checked, ds := lasp.Check(source.NewFile("document.lasp", []byte(program)))
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
	if len(tests) == 0 {
		return
	}
	results, err := trial.Run(p, tests, lasp.Ops(), trial.Options{Schedules: 20})
	if err != nil {
		t.Fatalf("%s\n%v", program, err)
	}
	for _, r := range results {
		if !r.OK {
			t.Errorf("%s\n%s", program, r.Failure.Message)
		}
	}
}

// refusedWith wants that a program is refused with a code.
func refusedWith(t *testing.T, program, code string) {
	t.Helper()
	_, ds := lasp.Check(source.NewFile("document.lasp", []byte(program)))
	for _, d := range ds {
		if string(d.Code) == code {
			return
		}
	}
	t.Errorf("%s\nis not refused with %s:\n%s", program, code, rendered(ds))
}

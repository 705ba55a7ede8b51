package typecheck_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/laspc/lasp/lang/diag"
)

// Every edit that a diagnostic offers to machines mends what it is about: the
// edited program checks, or goes wrong elsewhere only.
func TestEditsMend(t *testing.T) {
	paths, _ := filepath.Glob("../internal/conform/testdata/rejected/*.lasp")
	more, _ := filepath.Glob("../examples/rejected/*.lasp")
	texts := map[string]string{}
	for _, path := range append(paths, more...) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(text)
	}
	for _, e := range diag.Codes() {
		texts[string(e.Code)] = e.Wrong
	}
	applied := map[string]int{}
	for name, text := range texts {
		_, ds := check(t, "program.lasp", text)
		for _, d := range ds {
			for _, f := range d.Fixes {
				if len(f.Edits) == 0 || d.Severity != diag.Error {
					continue
				}
				applied[string(d.Code)]++
				edited := edit(text, f.Edits)
				_, after := check(t, "program.lasp", edited)
				for _, a := range after {
					if a.Severity == diag.Error && (a.Code == d.Code && a.Span.Start == d.Span.Start || len(ds) == 1) {
						t.Errorf("%s: after `%s`\n%s\n%s: %s", name, f.Title, edited, a.Code, a.Title)
					}
				}
			}
		}
	}
	t.Logf("applied, by code: %v", applied)
	if len(applied) < 4 {
		t.Errorf("edits were offered for %v only", applied)
	}
}

// edit applies edits from the end of a text to its beginning.
func edit(text string, edits []diag.Edit) string {
	edits = slices.Clone(edits)
	slices.SortFunc(edits, func(a, b diag.Edit) int { return b.Span.Start - a.Span.Start })
	for _, e := range edits {
		text = text[:e.Span.Start] + e.New + text[e.Span.End:]
	}
	return text
}

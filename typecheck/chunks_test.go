package typecheck_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/typecheck"
)

// The files of testdata hold small programs, separated by lines of dashes. A
// comment at the end of a line says what is learned about it:
//
//	// L0302 text       an error or warning with this code, which says the text
//	// = stable s:H     the declaration's class and qualifiers
//	// : Set[Int]       the declaration's type
//
// Warnings need not be named.
var (
	wantCode  = regexp.MustCompile(`// (L0\d\d\d) ?(.*)$`)
	wantClass = regexp.MustCompile(`// = (.*)$`)
	wantType  = regexp.MustCompile(`// : (.*)$`)
)

func TestChunks(t *testing.T) {
	files, err := filepath.Glob("testdata/*.lasp")
	if err != nil || len(files) == 0 {
		t.Fatal("no chunks", err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		line := 1
		for _, chunk := range strings.Split(string(text), "\n---\n") {
			t.Run(fmt.Sprintf("%s:%d", filepath.Base(path), line), func(t *testing.T) { checkChunk(t, chunk) })
			line += strings.Count(chunk, "\n") + 2
		}
	}
}

func checkChunk(t *testing.T, text string) {
	p, ds := check(t, "chunk.lasp", text)
	found := map[int][]diag.Diagnostic{}
	for _, d := range ds {
		found[d.Span.Position().Line] = append(found[d.Span.Position().Line], d)
	}
	for i, l := range strings.Split(text, "\n") {
		here := found[i+1]
		if m := wantCode.FindStringSubmatch(l); m != nil {
			at := slices.IndexFunc(here, func(d diag.Diagnostic) bool {
				return string(d.Code) == m[1] && strings.Contains(said(d), m[2])
			})
			if at < 0 {
				t.Errorf("line %d: want %s %q\n%s", i+1, m[1], m[2], listed(here))
				continue
			}
			here = slices.Delete(here, at, at+1)
		}
		for _, d := range here {
			if d.Severity == diag.Error {
				t.Errorf("line %d: unexpected\n%s", i+1, listed([]diag.Diagnostic{d}))
			}
		}
		if m := wantClass.FindStringSubmatch(l); m != nil && p != nil {
			wantClassAt(t, p, i+1, m[1])
		}
		if m := wantType.FindStringSubmatch(l); m != nil && p != nil {
			if got := typeAt(p, i+1); got != m[1] {
				t.Errorf("line %d: the type is %q, want %q", i+1, got, m[1])
			}
		}
	}
}

func wantClassAt(t *testing.T, p *typecheck.Program, line int, want string) {
	t.Helper()
	for _, r := range p.Info.Reports {
		if r.At.Position().Line == line {
			if got := classText(r); got != want {
				t.Errorf("line %d: %s is %q, want %q", line, r.Name, got, want)
			}
			return
		}
	}
	t.Errorf("line %d: nothing is reported, want %q", line, want)
}

// typeAt is the type of the definition at a line.
func typeAt(p *typecheck.Program, line int) string {
	for _, l := range p.Info.Lets {
		if l.Decl.Span().Position().Line == line {
			return l.Type.String()
		}
	}
	return ""
}

// classText renders a report as the comments do: "stable a:H b:+".
func classText(r typecheck.Report) string {
	parts := []string{r.Class.String()}
	for _, cell := range slices.Sorted(maps.Keys(r.Qualifiers)) {
		parts = append(parts, cell+":"+r.Qualifiers[cell].String())
	}
	return strings.Join(parts, " ")
}

// said is everything that a diagnostic says.
func said(d diag.Diagnostic) string {
	parts := []string{d.Title, d.Label, d.Message, d.Help}
	for _, b := range d.Blame {
		parts = append(parts, b.Name+" "+b.Text)
	}
	for _, f := range d.Fixes {
		parts = append(parts, f.Title)
	}
	return strings.Join(parts, "\n")
}

func listed(ds []diag.Diagnostic) string {
	var b strings.Builder
	for _, d := range ds {
		fmt.Fprintf(&b, "  %s %s: %s\n", d.Span.Position(), d.Code, strings.ReplaceAll(said(d), "\n", "\n      "))
	}
	return b.String()
}

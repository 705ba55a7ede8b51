package lasp_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
)

var update = flag.Bool("update", false, "rewrite docs/diagnostics.md")

const diagnosticsHead = `# Diagnostics

Every code that the toolchain prints, with a program that gets it, what is said
then, and the program mended. A code never changes its meaning. ` + "`laspc explain CODE`" + `
prints the same. This page is made from the table in
[lang/diag](../lang/diag/codes.go) by ` + "`go test . -run Diagnostics -update`" + `.
`

// families are the chapters, by the first digits of a code.
var families = []struct{ prefix, title string }{
	{"L01", "Syntax"},
	{"L02", "Names and types"},
	{"L03", "Monotonicity and coordination"},
	{"L04", "Recursion and termination"},
	{"L05", "Run time"},
	{"L06", "Deployment and nodes"},
}

// TestDiagnosticsPage holds docs/diagnostics.md against the table of codes and
// against what is printed for the wrong programs.
func TestDiagnosticsPage(t *testing.T) {
	var b strings.Builder
	b.WriteString(diagnosticsHead)
	written := 0
	for _, f := range families {
		fmt.Fprintf(&b, "\n## %s\n", f.title)
		for _, e := range diag.Codes() {
			if strings.HasPrefix(string(e.Code), f.prefix) {
				writeEntry(t, &b, e)
				written++
			}
		}
	}
	if written != len(diag.Codes()) {
		t.Errorf("%d of %d codes stand in a chapter", written, len(diag.Codes()))
	}
	const path = "docs/diagnostics.md"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if line := firstDifference(string(have), b.String()); line != "" {
		t.Errorf("%s is not what the table of codes says; `go test . -run Diagnostics -update` rewrites it. First difference:\n%s", path, line)
	}
}

func writeEntry(t *testing.T, b *strings.Builder, e diag.Entry) {
	fmt.Fprintf(b, "\n### %s: %s\n\n%s\n", e.Code, e.Title, e.When)
	wrong, language := e.Wrong, "lasp"
	if strings.HasPrefix(string(e.Code), "L06") && !strings.HasPrefix(e.Wrong, "//") {
		language = "sh"
	}
	fmt.Fprintf(b, "\nWrong:\n\n%s", fenced(language, wrong))
	if language == "lasp" {
		if said := whatIsSaid(t, e); said != "" {
			fmt.Fprintf(b, "\n%s", fenced("text", said))
		}
	}
	fmt.Fprintf(b, "\nRight:\n\n%s", fenced(language, e.Right))
}

// whatIsSaid renders what the wrong program of a code gets. Codes of the run
// time that only data and peers give are said by nothing here.
func whatIsSaid(t *testing.T, e diag.Entry) string {
	_, ds := lasp.Check(source.NewFile("wrong.lasp", []byte(e.Wrong)))
	var own []diag.Diagnostic
	for _, d := range ds {
		if d.Code == e.Code {
			own = append(own, d)
		}
	}
	switch {
	case len(own) > 0:
		return rendered(own)
	case strings.HasPrefix(string(e.Code), "L05") && outside[e.Code] == "":
		return runSaying(t, e.Wrong)
	case strings.HasPrefix(string(e.Code), "L05"), strings.HasPrefix(string(e.Code), "L06"):
		return ""
	}
	t.Errorf("%s is not said about its wrong program", e.Code)
	return ""
}

// fenced is text as a block of a page. A program may hold backquotes, and may be
// one long string without a line end.
func fenced(language, text string) string {
	return "```" + language + "\n" + strings.TrimRight(text, "\n") + "\n```\n"
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(x), len(y)) {
		switch {
		case i >= len(x):
			return fmt.Sprintf("line %d is missing: %s", i+1, y[i])
		case i >= len(y):
			return fmt.Sprintf("line %d is too much: %s", i+1, x[i])
		case x[i] != y[i]:
			return fmt.Sprintf("line %d: %s\nwant: %s", i+1, x[i], y[i])
		}
	}
	return ""
}

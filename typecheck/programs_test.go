package typecheck_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/typecheck"
)

// check parses and checks one text.
func check(t testing.TB, name, text string) (*typecheck.Program, []diag.Diagnostic) {
	t.Helper()
	p, ds := lasp.Check(source.NewFile(name, []byte(text)))
	if p.Info.Types == nil {
		return nil, ds
	}
	return p, ds
}

// examples reads the programs of a folder pattern under examples/.
func examples(t *testing.T, pattern string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "examples", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no examples at %s: %v", pattern, err)
	}
	texts := map[string]string{}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(p)] = string(text)
	}
	return texts
}

func TestExamplesAreAccepted(t *testing.T) {
	for name, text := range examples(t, "[^r]*/*.lasp") {
		p, ds := check(t, name, text)
		for _, d := range ds {
			if d.Severity == diag.Error {
				t.Errorf("%s: %s: %s", d.Span.Position(), d.Code, d.Title)
			}
		}
		if p == nil || len(p.Info.Types) == 0 {
			t.Errorf("%s: nothing was learned", name)
		}
	}
}

// TestExamplesAreRefused holds diagnostics against the first line of each
// program: "// rejected: L03 at line 4, names `<` antitone in `bids`".
func TestExamplesAreRefused(t *testing.T) {
	header := regexp.MustCompile("^// rejected: (.*) at line ([0-9]+)")
	word := regexp.MustCompile("`([^` ]*)`")
	for name, text := range examples(t, "rejected/*.lasp") {
		t.Run(name, func(t *testing.T) {
			first, _, _ := strings.Cut(text, "\n")
			m := header.FindStringSubmatch(first)
			if m == nil {
				t.Fatalf("no header: %s", first)
			}
			line, _ := strconv.Atoi(m[2])
			families := strings.Split(m[1], " or ")
			_, ds := check(t, name, text)
			var d *diag.Diagnostic
			for i := range ds {
				if ds[i].Severity == diag.Error && slices.Contains(families, string(ds[i].Code[:3])) && ds[i].Span.Position().Line == line {
					d = &ds[i]
				}
			}
			if d == nil || len(ds) != 1 {
				t.Fatalf("want one error of %v at line %d, got %v", families, line, ds)
			}
			said := d.Title + "\n" + d.Message
			for _, b := range d.Blame {
				said += "\n" + b.Text
			}
			for _, f := range d.Fixes {
				said += "\n" + f.Title
			}
			for _, w := range word.FindAllStringSubmatch(first, -1) {
				if !strings.Contains(said, w[1]) {
					t.Errorf("the diagnostic does not name %s:\n%s", w[1], said)
				}
			}
		})
	}
}

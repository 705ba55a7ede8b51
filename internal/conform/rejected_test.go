package conform

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
)

// verdict is the first line of a rejected program: the family of the code, the
// line that it points at, and in backquotes what the message must name.
var verdict = regexp.MustCompile(`^// rejected: (L\d\d)(?: or (L\d\d))? at line (\d+)(.*)`)

// TestRejectedPrograms holds the first line of each program against the
// diagnostics: one error, of that family, at that line, which names the culprit.
func TestRejectedPrograms(t *testing.T) {
	paths, _ := filepath.Glob("testdata/rejected/*.lasp")
	if len(paths) == 0 {
		t.Fatal("no programs found")
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want := verdict.FindStringSubmatch(string(text))
			if want == nil {
				t.Fatal("the first line gives no verdict")
			}
			_, ds := lasp.Check(source.NewFile(path, text))
			var errors []diag.Diagnostic
			for _, d := range ds {
				if d.Severity == diag.Error {
					errors = append(errors, d)
				}
			}
			if len(errors) != 1 {
				t.Fatalf("%d errors, want 1: %v", len(errors), errors)
			}
			d := errors[0]
			if family := string(d.Code)[:3]; family != want[1] && family != want[2] {
				t.Errorf("%s: %s, want %s", d.Code, d.Title, want[1])
			}
			if line := strconv.Itoa(d.Span.Position().Line); line != want[3] {
				t.Errorf("line %s, want %s", line, want[3])
			}
			said := d.Title + "\n" + d.Message + "\n" + d.Help
			for _, b := range d.Blame {
				said += "\n" + b.Name + " " + b.Text
			}
			for _, f := range d.Fixes {
				said += "\n" + f.Title
			}
			for _, name := range regexp.MustCompile("`[^` ]+`").FindAllString(want[4], -1) {
				if !strings.Contains(said, strings.Trim(name, "`")) {
					t.Errorf("does not name %s:\n%s", name, said)
				}
			}
		})
	}
}

package format_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/format"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/parser"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// TestLayout prints the chunks of testdata/layout.txt: what stands before `=>`
// becomes what stands behind it.
func TestLayout(t *testing.T) {
	const path = "testdata/layout.txt"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, chunk := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n---\n") {
		in, want, _ := strings.Cut(chunk, "\n=>\n")
		got := strings.TrimSuffix(checkPrint(t, in+"\n"), "\n")
		if got != want && !*update {
			t.Errorf("%s\ngot:\n%s\nwant:\n%s", in, got, want)
		}
		out = append(out, in+"\n=>\n"+got)
	}
	if *update {
		if err := os.WriteFile(path, []byte(strings.Join(out, "\n---\n")+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestInMessages prints expressions on one line, whatever line breaks and comments
// they were written with.
func TestInMessages(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a  +\n // c\n b", "a + b"},
		{"{ x  for x in\n s if x>1 }", "{ x for x in s if x > 1 }"},
		{"match a {\n [] => 1,\n _ => 2,\n}", "match a { [] => 1, _ => 2 }"},
		{"f( \n a,\n)", "f(a)"},
		{"{}", "{}"},
		{"\"a {b + 1}\"", "\"a {b + 1}\""},
	} {
		e, diags := parser.ParseExpr(source.NewFile("x", []byte(c.text)))
		if len(diags) > 0 {
			t.Fatal(diags[0].Title)
		}
		if got := format.Expr(e); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

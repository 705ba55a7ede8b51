package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
)

func TestEntry(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"// nothing", ""},
		{"1 + 2", "Binary"},
		{"s.add(1)", "Call"},
		{"s.add(1) s.add(2)", "Call Call"},
		{"s.add(1)\n(1, 2)", "Call Tuple"},
		{"stock.decrement(1) else fail(\"no\")", "ExprStmt"},
		{"let x = 1\nx", "LetDecl Name"},
		{"shared s: GSet[Int]\ns.add(1)\nshow s", "CellDecl Call ShowDecl"},
		{"emit 1 to orders reply 2", "EmitStmt ReplyStmt"},
		{"if a then b else c", "If"},
		{"if a { s.add(1) }", "IfStmt"},
		{"match a { _ => 1 }", "Match"},
		{"(1,", "incomplete"},
		{"let x =", "incomplete"},
		{"on e() {", "incomplete"},
		{"on e() { s.add(1)\n", "incomplete"},
		{"if a then b", "incomplete"},
		{"a +", "incomplete"},
		{"{ x for x in s", "incomplete"},
		{"shared s: GSet[", "incomplete"},
		{"match a {\n  1 => 2,", "incomplete"},
		{"\"abc", "wrong"},
		{"\"a {b", "wrong"},
		{"let = 1", "wrong"},
		{"1 + )", "wrong"},
		{"_", "wrong"},
	} {
		e, diags := ParseEntry(source.NewFile("repl", []byte(c.text)))
		var kinds []string
		for _, n := range e.Items {
			kinds = append(kinds, strings.TrimPrefix(fmt.Sprintf("%T", n), "*ast."))
		}
		got := strings.Join(kinds, " ")
		switch {
		case e.Incomplete && len(diags) > 0:
			got = "incomplete"
		case len(diags) > 0:
			got = "wrong"
		}
		if got != c.want {
			t.Errorf("%q: got %s, want %s (%s)", c.text, got, c.want, describe(diags))
		}
	}
}

func TestExpr(t *testing.T) {
	e, diags := ParseExpr(source.NewFile("query", []byte("size(live) + 1 // comment")))
	if _, ok := e.(*ast.Binary); !ok || len(diags) > 0 {
		t.Errorf("got %T, %s", e, describe(diags))
	}
	for _, text := range []string{"", "1 2", "let x = 1", "a)"} {
		if _, diags := ParseExpr(source.NewFile("query", []byte(text))); len(diags) != 1 {
			t.Errorf("%q: %s", text, describe(diags))
		}
	}
}

// TestDocs: `///` on lines of their own belong to the declaration behind them.
func TestDocs(t *testing.T) {
	file, _ := Parse(source.NewFile("x.lasp", []byte("/// A.\n// not\n///\n/// B.\nlet x = 1 /// behind\n\nlet y = /// inside\n  2\n")))
	got := fmt.Sprintf("%q %q", file.Decls[0].(*ast.LetDecl).Doc, file.Decls[1].(*ast.LetDecl).Doc)
	if want := `"A.\n\nB." ""`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestCodes: the wrong program of every syntax code gets it and nothing else, the
// right one parses.
func TestCodes(t *testing.T) {
	for _, entry := range diag.Codes() {
		if !strings.HasPrefix(string(entry.Code), "L01") {
			continue
		}
		_, diags := Parse(source.NewFile("wrong.lasp", []byte(entry.Wrong)))
		found := false
		for _, d := range diags {
			found = found || d.Code == entry.Code
		}
		if !found || len(diags) > 1 && entry.Code != diag.MoreMistakes {
			t.Errorf("%s: %s", entry.Code, describe(diags))
		}
		if _, diags := Parse(source.NewFile("right.lasp", []byte(entry.Right))); len(diags) > 0 {
			t.Errorf("%s: the right program: %s", entry.Code, describe(diags))
		}
	}
}

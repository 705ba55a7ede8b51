package parser

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/source"
)

// seedCorpus adds every program and every wrong chunk of the tests.
func seedCorpus(f *testing.F) {
	for _, pattern := range []string{"testdata/programs/*/*.lasp", "testdata/errors/*.txt"} {
		paths, _ := filepath.Glob(pattern)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			for _, chunk := range strings.Split(string(text), "\n---\n") {
				f.Add([]byte(chunk))
			}
		}
	}
	f.Add([]byte("let x = \"a\x00{b\r\n\xff\ufeff"))
}

// FuzzLexer: tokens stand in the order of the text and hold just what it says;
// between them is nothing but space and comments, unless a diagnostic says so.
func FuzzLexer(f *testing.F) {
	seedCorpus(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		s := newScanner(source.NewFile("x.lasp", text))
		at := 0
		for {
			tok, err := s.Next()
			if err != nil {
				t.Fatal(err)
			}
			if tok.EOF() {
				break
			}
			if tok.Pos.Offset < at || end(&tok) > len(text) || string(text[tok.Pos.Offset:end(&tok)]) != tok.Value {
				t.Fatalf("token %q at %d, after %d", tok.Value, tok.Pos.Offset, at)
			}
			if tok.Pos.Line != s.file.Position(tok.Pos.Offset).Line {
				t.Fatalf("token %q on line %d, not %d", tok.Value, tok.Pos.Line, s.file.Position(tok.Pos.Offset).Line)
			}
			if tok.Type == bad && len(s.diags) == 0 {
				t.Fatalf("bad token %q without a diagnostic", tok.Value)
			}
			at = end(&tok)
		}
		checkGap(t, s, at)
	})
}

// checkGap looks at what is left behind the last token.
func checkGap(t *testing.T, s *scanner, at int) {
	if !s.over && s.pos != len(s.text) {
		t.Fatalf("stopped at %d of %d, last token ends at %d", s.pos, len(s.text), at)
	}
}

// FuzzParse: any text gives a tree whose nodes lie inside of each other, and
// diagnostics that lie inside of the text; a text without diagnostics has no gaps.
func FuzzParse(f *testing.F) {
	seedCorpus(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		src := source.NewFile("x.lasp", text)
		file, diags := Parse(src)
		for _, d := range diags {
			if d.Span.File != src || d.Span.Start < 0 || d.Span.Start > d.Span.End || d.Span.End > len(text) {
				t.Fatalf("%s at %d-%d of %d", d.Code, d.Span.Start, d.Span.End, len(text))
			}
			if d.Title == "" || d.Code == "" {
				t.Fatalf("a diagnostic without words: %+v", d)
			}
		}
		if len(diags) == 0 {
			whole := source.Span{File: src, End: len(text)}
			for _, d := range file.Decls {
				checkSpans(t, reflect.ValueOf(d), whole)
			}
		}
		_, _ = ParseExpr(src)
		_, _ = ParseEntry(src)
	})
}

// checkSpans tells whether every node below v lies inside of outer and begins and
// ends with a token.
func checkSpans(t *testing.T, v reflect.Value, outer source.Span) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() || v.Type() == reflect.TypeFor[*source.File]() {
			return
		}
		if n, ok := v.Interface().(ast.Node); ok && v.Kind() == reflect.Pointer {
			sp := n.Span()
			if sp.File != outer.File || sp.Start < outer.Start || sp.End > outer.End || sp.Start >= sp.End {
				t.Fatalf("%T at %d-%d in %d-%d: %q", n, sp.Start, sp.End, outer.Start, outer.End, outer.Text())
			}
			if s := sp.Text(); strings.TrimSpace(s) != s && !isPiece(n) {
				t.Fatalf("%T has space around it: %q", n, s)
			}
			if _, bad := n.(*ast.BadExpr); bad {
				t.Fatal("a gap without a diagnostic")
			}
			outer = sp
		}
		checkSpans(t, v.Elem(), outer)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Type != reflect.TypeFor[ast.At]() && f.Type != reflect.TypeFor[source.Span]() {
				checkSpans(t, v.Field(i), outer)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			checkSpans(t, v.Index(i), outer)
		}
	}
}

// isPiece tells whether n is the text between the braces of a string.
func isPiece(n ast.Node) bool {
	lit, ok := n.(*ast.Lit)
	return ok && lit.Kind == ast.StringLit && !strings.HasPrefix(lit.Text, `"`)
}

package diag

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/source"
	"github.com/mattn/go-runewidth"
)

var update = flag.Bool("update", false, "rewrite golden files")

func at(f *source.File, text string) source.Span {
	i := strings.Index(string(f.Text), text)
	if i < 0 {
		panic("test text lacks " + text)
	}
	return source.Span{File: f, Start: i, End: i + len(text)}
}

func samples() []Diagnostic {
	gc := source.NewFile("gc.lasp", []byte("shared refs: GSet[(Int, Int)]\nlet garbage  = objects - live\non collect() { for o in garbage { emit o to freed } }\n"))
	odd := source.NewFile("odd.lasp", []byte("let 名前\t= \"wide 文字\" + wrong\nlet long = "+strings.Repeat("abc + ", 40)+"bad + "+strings.Repeat("xyz + ", 40)+"1\nlet e ="))
	return []Diagnostic{
		{
			Code: "L0301", Span: at(gc, "garbage {"), Title: "`emit` needs a fixed value, but `garbage` can shrink",
			Label: "an element reported here may later turn out not to be garbage",
			Blame: []Blame{
				{at(gc, "objects - live"), "garbage", "`objects - live` is antitone in `live`"},
				{at(gc, "refs"), "refs", "shared, still open"},
				{source.Span{}, "a name that is much too long for its column", "a text that does not fit beside its place and so is broken over two lines of the path"},
			},
			Fixes: []Fix{
				{Title: "ask the monotone question: `live` is stable, garbage is not"},
				{Title: "pay for agreement: coordinate by barrier { ... }", Cost: "one round over all members"},
				{Title: "close the inputs: `seal refs by barrier`, if the program knows that they are complete", Cost: "one round over all members"},
			},
		},
		{Code: "L0201", Span: at(odd, "wrong"), Title: "`wrong` is not defined", Help: "did you mean `wring`?", Related: []Related{{at(odd, "名前"), "in this definition"}}},
		{Code: "L0202", Severity: Warning, Span: at(odd, "bad"), Title: "a long line is cut around its span", Message: "It shows what is around it, and says so with dots where text was left out of the line."},
		{Code: "L0101", Span: source.Span{File: odd, Start: len(odd.Text), End: len(odd.Text)}, Title: "expected an expression, found the end of the file"},
	}
}

func TestRenderGolden(t *testing.T) {
	for name, style := range map[string]Style{"plain": {}, "colour": {Colour: true}, "narrow": {Width: 50}} {
		var b strings.Builder
		if err := Render(&b, samples(), style); err != nil {
			t.Fatal(err)
		}
		path := "testdata/render_" + name + ".txt"
		if *update {
			if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("%s differs from %s; got\n%s", name, path, b.String())
		}
	}
}

func TestSnippetsFitTheWidth(t *testing.T) {
	for _, width := range []int{40, 60, 80, 120} {
		var b strings.Builder
		if err := Render(&b, samples(), Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(b.String(), "\n") {
			if strings.Contains(line, "|") && runewidth.StringWidth(line) > width {
				t.Errorf("%d columns in a width of %d: %s", runewidth.StringWidth(line), width, line)
			}
		}
	}
}

// TestCaretsStandUnderTheSpan finds the caret column again by hand.
func TestCaretsStandUnderTheSpan(t *testing.T) {
	f := source.NewFile("x", []byte("\t文 bad"))
	var b strings.Builder
	if err := Render(&b, []Diagnostic{{Code: "L0101", Span: at(f, "bad"), Title: "t"}}, Style{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if got, want := strings.Index(lines[3], "^"), len(" 1 | ")+4+2+1; got != want {
		t.Errorf("caret in column %d, want %d:\n%s", got, want, b.String())
	}
}

func TestControlCharactersAreNotPrinted(t *testing.T) {
	f := source.NewFile("x", []byte("a\x1b[31m\x00\xff\u202e b"))
	var b strings.Builder
	if err := Render(&b, []Diagnostic{{Code: "L0101", Span: at(f, "b"), Title: "t"}}, Style{}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\x00\u202e") {
		t.Errorf("control characters reach the terminal: %q", b.String())
	}
}

package parser

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/source"
)

// TestOneMistake makes one mistake in every program, at every fourth token: it is left
// out, or stands twice. That is at most one diagnostic, and the declarations
// behind it are still read.
func TestOneMistake(t *testing.T) {
	paths, _ := filepath.Glob("testdata/programs/*/*.lasp")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, tok := range scanAll(text) {
			if i%4 != len(path)%4 { // a quarter of the tokens shows as much, in a quarter of the time
				continue
			}
			if tok.Type == strHead || tok.Type == strMid || tok.Type == strTail {
				continue // half a string is another text altogether
			}
			from, to := tok.Pos.Offset, end(&tok)
			without := string(text[:from]) + string(text[to:])
			twice := string(text[:to]) + " " + string(text[from:])
			for _, wrong := range []string{without, twice} {
				file, diags := Parse(source.NewFile("x.lasp", []byte(wrong)))
				if len(diags) > 1 {
					t.Errorf("%s: with %q at %s left out or twice:\n%s", path, tok.Value, source.NewFile(path, text).Position(from), describe(diags))
				}
				if len(diags) > 0 && len(file.Decls) == 0 {
					t.Errorf("%s: nothing left", path)
				}
			}
		}
	}
}

// TestProductions: a declaration read by the grammar of its kind is what the whole
// grammar makes of it, with the same mistakes.
func TestProductions(t *testing.T) {
	whole := newGrammar()
	for _, kind := range productions {
		whole.readers[kind] = func(lex *lexer.PeekingLexer) (*declNode, error) {
			return whole.whole().ParseFromLexer(lex, participle.AllowTrailing(true))
		}
	}
	wrong := 0
	same := func(text string) {
		f := source.NewFile("x.lasp", []byte(text))
		file, diags := Parse(f)
		p := newParser(f)
		defer p.release()
		mine := p.gram
		p.gram, whole.p = whole, p
		twin := &ast.File{Src: f, Comments: p.scan.comments}
		for !p.atEnd() {
			twin.Decls = append(twin.Decls, p.declaration())
		}
		p.attachDocs(twin)
		p.gram = mine
		if got, want := describe(diags), describe(p.diagnostics()); got != want {
			t.Errorf("%q:\n%s\nand by the whole grammar:\n%s", text, got, want)
		}
		if !reflect.DeepEqual(file, twin) {
			t.Errorf("%q is another tree by the whole grammar", text)
		}
		wrong += len(diags)
	}
	for word := range productions {
		for _, text := range []string{word, "pub " + word, word + " x", word + " X = 3", "pub pub " + word, word + " " + word, "pub let " + word + " = 1"} {
			same(text)
		}
	}
	paths, _ := filepath.Glob("testdata/programs/*/*.lasp")
	for i, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		same(string(text))
		for k, tok := range scanAll(text) {
			if k%20 == i%20 {
				same(string(text[:tok.Pos.Offset]) + string(text[end(&tok):]))
			}
		}
	}
	if wrong < 300 {
		t.Errorf("%d mistakes show little", wrong)
	}
}

// TestWords: every production of the grammar has words for people.
func TestWords(t *testing.T) {
	g := newGrammar()
	for _, rule := range strings.Split(g.whole().String()+"\n"+g.patterns().String(), "\n") {
		name, _, _ := strings.Cut(rule, " = ")
		if wordsFor(name) == wordsFor("") {
			t.Errorf("no words for %s", name)
		}
	}
}

func scanAll(text []byte) []lexer.Token {
	toks, _ := lexer.ConsumeAll(newScanner(source.NewFile("x.lasp", text)))
	return toks[:len(toks)-1]
}

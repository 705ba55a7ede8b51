package parser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/participle/v2/lexer"

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

// TestWords: every production of the grammar has words for people.
func TestWords(t *testing.T) {
	g := newGrammar()
	for _, rule := range strings.Split(g.decl.String()+"\n"+g.pattern.String(), "\n") {
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

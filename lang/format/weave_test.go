package format_test

import (
	"flag"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/parser"
)

var seeds = flag.Int("seeds", 40, "texts with comments to try for each program, and trees to generate")

// TestCommentsEverywhere puts comments between the tokens of every program, at
// places drawn by seed, and prints the result.
func TestCommentsEverywhere(t *testing.T) {
	paths, _ := filepath.Glob("../../parser/testdata/programs/*/*.lasp")
	tried := 0
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for seed := range *seeds {
			woven := weave(string(text), rand.New(rand.NewSource(int64(seed))))
			if _, diags := parser.Parse(source.NewFile("x.lasp", []byte(woven))); len(diags) > 0 {
				continue // a new line before `(`, `[` or `-` ended an expression
			}
			tried++
			checkPrint(t, woven)
		}
	}
	if tried < 500 {
		t.Errorf("only %d texts were tried", tried)
	}
}

// weave replaces some of the space outside of strings and comments by comments.
func weave(text string, r *rand.Rand) string {
	var out strings.Builder
	inString, inComment, n := false, false, 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case inComment:
			inComment = c != '\n'
		case c == '"' && text[max(0, i-1)] != '\\':
			inString = !inString
		case strings.HasPrefix(text[i:], "//") && !inString:
			inComment = true
		case (c == ' ' || strings.IndexByte("([{", text[max(0, i-1)]) >= 0 || strings.IndexByte(")]},.", c) >= 0) && !inString && r.Intn(12) == 0:
			n++
			slashes := []string{"//", "///"}[r.Intn(2)]
			for range 1 + r.Intn(2) {
				fmt.Fprintf(&out, "%s%s %d%s", []string{"", " ", "\n", "\n\n  "}[r.Intn(4)], slashes, n, []string{"\n", "\n\n"}[r.Intn(2)])
			}
		}
		out.WriteByte(c)
	}
	return out.String()
}

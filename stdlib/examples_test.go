package stdlib

import (
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/parser"
)

// TestExamplesParse reads both sides of every example; that they are equal is
// tested where the whole compiler is at hand.
func TestExamplesParse(t *testing.T) {
	for _, r := range Table().Rows() {
		for _, e := range r.Examples {
			src, result, _ := strings.Cut(e, " // ")
			for _, text := range []string{src, result} {
				_, ds := parser.ParseExpr(source.NewFile(r.ID, []byte(text)))
				for _, d := range ds {
					t.Errorf("%s: %q: %s %s", r.ID, text, d.Title, d.Message)
				}
			}
		}
	}
}

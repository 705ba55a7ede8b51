package format_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/parser"
)

// FuzzFormat holds the promises of the printer for every text that parses.
func FuzzFormat(f *testing.F) {
	paths, _ := filepath.Glob("../../parser/testdata/programs/*/*.lasp")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, diags := parser.Parse(source.NewFile("x.lasp", []byte(text))); len(diags) == 0 {
			checkPrint(t, text)
		}
	})
}

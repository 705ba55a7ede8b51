package lower_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/laspc/lasp/ir"
)

var update = flag.Bool("update", false, "write the golden files")

// TestGolden holds the IR of every example program.
func TestGolden(t *testing.T) {
	for _, file := range examples(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".lasp")
		if dir := filepath.Base(filepath.Dir(file)); dir != name {
			name = dir + "-" + name
		}
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := ir.Print(compile(t, filepath.Base(file), string(text)))
			golden := filepath.Join("testdata", name+".ir")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the IR of %s changed; run with -update to accept:\n%s", name, got)
			}
		})
	}
}

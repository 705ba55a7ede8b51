package parser

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/source"
)

// TestWindowIsWhole: a text read through a window, of whatever size, is the tree that
// it is at once, with its comments; and one with a mistake is not read so.
func TestWindowIsWhole(t *testing.T) {
	paths, _ := filepath.Glob("testdata/programs/*/*.lasp")
	var all []byte
	through, wrong := 0, 0
	same := func(name string, text []byte) {
		f := source.NewFile("x.lasp", text)
		want, diags := parseWhole(f)
		for _, size := range []int{40, 101, 700, windowTokens} {
			got, ok := parseLong(f, size)
			switch {
			case ok && (len(diags) > 0 || !reflect.DeepEqual(got, want)):
				t.Errorf("%s in windows of %d tokens is another tree, or has %d mistakes", name, size, len(diags))
			case ok:
				through++
			case len(diags) > 0:
				wrong++
			case size == windowTokens:
				t.Errorf("%s has no mistake and is not read in windows of %d tokens", name, size)
			}
		}
	}
	for i, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		same(path, text)
		if i%3 == 0 {
			same(path+" cut off", text[:len(text)*2/3])
		}
		if _, diags := parseWhole(source.NewFile("x.lasp", text)); len(diags) == 0 {
			all = append(append(all, text...), '\n')
		}
	}
	same("all programs", all)
	same("all programs and a bracket", append(bytes.Clone(all), '('))
	for _, text := range []string{"", "\n", "// nothing\n", "let a =\n", "let a = (\nlet b = 2\n)\n", strings.Repeat("let a = 1 // one\n", 3000),
		"let a = f(\n" + strings.Repeat("1,\n", 20_000) + "2)\n", strings.Repeat("when a\nfor x in xs { b.add(x) }\n", 2000)} {
		f := source.NewFile("x.lasp", []byte(text))
		want, diags := parseWhole(f)
		got, again := Parse(f)
		if describe(diags) != describe(again) || !reflect.DeepEqual(got, want) {
			t.Errorf("%.40q is another tree", text)
		}
	}
	if through < 60 || wrong < 30 {
		t.Errorf("%d texts were read through windows, %d with mistakes were not, which shows little", through, wrong)
	}
}

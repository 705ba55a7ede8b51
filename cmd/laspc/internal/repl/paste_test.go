package repl

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestPasteBecomesOneLine(t *testing.T) {
	for _, c := range [][2]string{
		{"abc\r", "abc\r"},
		{"\x1b[200~let a = 1\nlet b = 2\x1b[201~\r", "let a = 1⏎let b = 2\r"},
		{"x\x1b[200~a\r\n\tb\x03\x1b[201~y", "xa⏎  by"},
		{"\x1b[A\x1b[Z\x1b", "\x1b[A\x1b[Z\x1b"},
		{"\x1b[200~never ended\n", "never ended⏎"},
	} {
		for name, r := range map[string]io.Reader{
			"at once":      strings.NewReader(c[0]),
			"byte by byte": iotest.OneByteReader(strings.NewReader(c[0])),
		} {
			if name == "byte by byte" && strings.Contains(c[0], "200~") {
				continue // the first two bytes of a mark may be the Escape key
			}
			got, err := io.ReadAll(&pasteReader{in: io.NopCloser(r)})
			if err != nil || string(got) != c[1] {
				t.Errorf("%q %s: %q, %v; want %q", c[0], name, got, err, c[1])
			}
		}
	}
}

func TestMarkInTwoReads(t *testing.T) {
	r := io.MultiReader(strings.NewReader("\x1b[200~a\nb\x1b[2"), strings.NewReader("01~\r"))
	got, _ := io.ReadAll(&pasteReader{in: io.NopCloser(r)})
	if string(got) != "a⏎b\r" {
		t.Errorf("read %q", got)
	}
}

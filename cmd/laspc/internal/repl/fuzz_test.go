package repl

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/laspc/lasp"
)

// FuzzLine gives a session any lines: each is taken, refused or asked to be
// finished, and the session goes on. Completion proposes something or nothing at
// any place, and what it proposes goes on where the line ends.
func FuzzLine(f *testing.F) {
	for _, seed := range []string{
		"1 + 2", "shared s: GSet[Int]\ns.add(3)\ns", "let d = s.map(x => x * 2)\n:check\n:graph\n:explain L0301", "input f(n: Int)\non f(n) { }\nf(3)",
		":watch s\n:inspect s\n:help\n:nothing", "shared m: ORMap[String, GSet[Int]]\nm[\"a\"].add(1)\nm.", "type P { x: Int }\nP(x: 1).", "fn f(n: Int) -> Stream[Int] = n :: f(n + 1)\nf(1)",
		"{", "\"", ":load \x00", "let rec a = a\na", "match 1 { 1 => ", "\xff\xfe", "[i for i in 1..3]", "shared 世界: GSet[Int]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return
		}
		nothing := errors.New("there is no file here")
		s, err := NewSession(Options{
			Out: io.Discard, Err: io.Discard,
			Read:    func(string) ([]byte, error) { return nil, nothing },
			Imports: lasp.Sources(func(string, string) ([]byte, error) { return nil, nothing }),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Plain(strings.NewReader(text)); err != nil {
			return // a line that is too long
		}
		for _, line := range strings.SplitN(text, "\n", 8) {
			runes := []rune(line)
			for at := range min(len(runes), 40) {
				if _, back := (completer{s}).Do(runes, at); back > at {
					t.Fatalf("%q: completion at %d replaces %d characters", line, at, back)
				}
			}
		}
		var out strings.Builder
		s.o.Out, s.o.Err = &out, io.Discard
		s.begin()
		if s.Eval("1 + 1"); !strings.Contains(out.String(), "2") {
			t.Fatalf("after %q the session answers %q", text, out.String())
		}
	})
}

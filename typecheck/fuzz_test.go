package typecheck_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// corpus are the texts of examples and chunks.
func corpus(t testing.TB) []string {
	t.Helper()
	var texts []string
	for _, pattern := range []string{"../examples/*/*.lasp", "testdata/*.lasp"} {
		paths, _ := filepath.Glob(pattern)
		for _, p := range paths {
			text, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, strings.Split(string(text), "\n---\n")...)
		}
	}
	return texts
}

var token = regexp.MustCompile(`//[^\n]*|"[^"\n]*"|\w+|\s+|::|=>|->|[<>=!]=|.`)

// mutate deletes, doubles, swaps and replaces tokens.
func mutate(r *rand.Rand, text string, all []string) string {
	ts := token.FindAllString(text, -1)
	for range 1 + r.IntN(4) {
		i, k := r.IntN(len(ts)), r.IntN(len(ts))
		switch r.IntN(4) {
		case 0:
			ts = slices.Delete(ts, i, i+1)
		case 1:
			ts[i], ts[k] = ts[k], ts[i]
		case 2:
			ts[i] = all[r.IntN(len(all))]
		case 3:
			ts = slices.Insert(ts, i, ts[k])
		}
		if len(ts) == 0 {
			return ""
		}
	}
	return strings.Join(ts, "")
}

// hangs is when a check that takes milliseconds is taken not to end, on whatever
// machine, so that its program is named and not only the test.
const hangs = 3 * time.Minute

// TestMutatedPrograms: whatever reads as a program is checked without a crash,
// and to an end.
func TestMutatedPrograms(t *testing.T) {
	texts := corpus(t)
	var all []string
	for _, text := range texts {
		all = append(all, token.FindAllString(text, -1)...)
	}
	const rounds = 1500
	r := rand.New(rand.NewPCG(7, 7))
	read := 0
	for range rounds {
		text := mutate(r, texts[r.IntN(len(texts))], all)
		hung := time.AfterFunc(hangs, func() { panic("the check does not end on\n" + text) })
		func() {
			defer hung.Stop()
			defer func() {
				if p := recover(); p != nil {
					t.Fatalf("%v in\n%s", p, text)
				}
			}()
			if p, _ := check(t, "mutated.lasp", text); p != nil {
				read++
			}
		}()
	}
	if read < rounds/20 {
		t.Errorf("only %d of %d mutated programs could be read", read, rounds)
	}
}

func FuzzCheck(f *testing.F) {
	for _, text := range corpus(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { check(t, "fuzz.lasp", text) })
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTutorial carries out docs/tutorial.md: in each block of the kind console
// the lines after "$ " are commands for a shell, the lines up to the next are
// what it prints. There "..." stands for any text, on a line of its own for any
// lines. Blocks of the kind lasp are parts of the programs.
func TestTutorial(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "tutorial.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "examples", "tutorial"))); err != nil {
		t.Fatal(err)
	}
	pipe, end, err := openLifeline(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	env := append(os.Environ(), "LASP_HOME="+filepath.Join(dir, "home"), "NO_COLOR=1", lifelineVar+"="+pipe)
	for _, b := range tutorialBlocks(string(text)) {
		if b.kind == "lasp" {
			quoted(t, dir, b.text)
			continue
		}
		for _, entry := range strings.Split("\n"+b.text, "\n$ ")[1:] {
			command, want, _ := strings.Cut(entry, "\n")
			cmd := exec.Command("sh", "-c", command)
			cmd.Dir, cmd.Env = dir, env
			got, _ := cmd.CombinedOutput() // some commands are mistakes: what they print is compared
			if !looksLike(string(got), want) {
				t.Fatalf("$ %s\nprints\n%s\nthe tutorial says\n%s", command, got, want)
			}
		}
	}
}

// block is a fenced part of a document.
type block struct{ kind, text string }

func tutorialBlocks(text string) []block {
	var all []block
	for _, m := range regexp.MustCompile("(?ms)^```(lasp|console)\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		all = append(all, block{m[1], m[2]})
	}
	return all
}

// quoted wants that a block stands in one of the programs.
func quoted(t *testing.T, dir, part string) {
	t.Helper()
	programs, err := filepath.Glob(filepath.Join(dir, "*.lasp"))
	if err != nil {
		t.Fatal(err)
	}
	refused, err := filepath.Glob(filepath.Join(dir, "refused", "*.lasp"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range append(programs, refused...) {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), part) {
			return
		}
	}
	t.Errorf("no program of the tutorial has this part:\n%s", part)
}

// looksLike compares line by line without regard to blanks at the ends.
func looksLike(got, want string) bool {
	pattern := regexp.QuoteMeta("\n" + strings.TrimSpace(want))
	pattern = strings.ReplaceAll(pattern, "\n"+`\.\.\.`, `(\n.*)*?`)
	pattern = strings.ReplaceAll(pattern, `\.\.\.`, ".*")
	lines := strings.Split(got, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return regexp.MustCompile("^" + pattern + "$").MatchString("\n" + strings.TrimSpace(strings.Join(lines, "\n")))
}

func TestLooksLike(t *testing.T) {
	for _, c := range []struct {
		got, want string
		ok        bool
	}{
		{"a\nb\n", "a\nb", true},
		{"a\nb\nc\n", "a\n...", true},
		{"a\nb\nc\n", "a\n...\nc\n", true},
		{"a\nb\nc\n", "...\nc\n", true},
		{"a\nb\nc\n", "a\n...\nb\n", false},
		{"n1  up  1234  \n", "n1  up  ...\n", true},
		{"a\nb\n", "a\n", false},
		{"a+\n", "aa\n", false},
	} {
		if got := looksLike(c.got, c.want); got != c.ok {
			t.Errorf("%q looks like %q: %t", c.got, c.want, got)
		}
	}
}

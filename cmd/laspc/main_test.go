package main

import (
	"bytes"
	"strings"
	"testing"
)

// laspc runs the command in this process and returns what it printed.
func laspc(stdin string, args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	code = run(args, strings.NewReader(stdin), &out, &errs)
	return out.String(), errs.String(), code
}

func TestMisspeltVerbIsSuggested(t *testing.T) {
	_, stderr, code := laspc("", "explian")
	if code != exitUsage || !strings.Contains(stderr, "laspc explain") {
		t.Errorf("exit %d, stderr %q; want exit 2 and the suggestion `laspc explain`", code, stderr)
	}
}

func TestUnknownFlagIsUsage(t *testing.T) {
	_, stderr, code := laspc("", "version", "--nope")
	if code != exitUsage || !strings.Contains(stderr, "usage: laspc version") {
		t.Errorf("exit %d, stderr %q; want exit 2 and the usage line", code, stderr)
	}
}

func TestHelpListsEveryVerb(t *testing.T) {
	stdout, _, code := laspc("", "help")
	if code != exitDone {
		t.Fatalf("exit %d", code)
	}
	for _, v := range verbs() {
		if !strings.Contains(stdout, "\n  "+v.name+" ") {
			t.Errorf("help does not list %s", v.name)
		}
		if h, _, code := laspc("", v.name, "--help"); code != exitDone || !strings.HasPrefix(h, "usage: laspc "+v.name) {
			t.Errorf("laspc %s --help: exit %d, %q", v.name, code, h)
		}
	}
}

func TestExplainUnknownCode(t *testing.T) {
	_, stderr, code := laspc("", "explain", "L9999")
	if code != exitUsage || !strings.Contains(stderr, "L9999") {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
}

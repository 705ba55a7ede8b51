package diag

import (
	"strings"
	"testing"
)

func TestEveryCodeIsExplained(t *testing.T) {
	seen := map[Code]bool{}
	for _, e := range Codes() {
		if seen[e.Code] {
			t.Errorf("%s is explained twice", e.Code)
		}
		seen[e.Code] = true
		if len(e.Code) != 5 || e.Code[0] != 'L' {
			t.Errorf("%q is not the form of a code", e.Code)
		}
		if e.Title == "" || e.When == "" || e.Wrong == "" || e.Right == "" {
			t.Errorf("%s lacks a title, an explanation or a program", e.Code)
		}
		if e.Wrong == e.Right {
			t.Errorf("%s: the wrong and the right program are the same", e.Code)
		}
		if strings.HasSuffix(e.Title, ".") || !strings.HasSuffix(e.When, ".") {
			t.Errorf("%s: a title has no full stop, an explanation ends with one", e.Code)
		}
	}
}

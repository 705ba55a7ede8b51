package main

import (
	"strings"
	"testing"
)

func TestReportFitsTheTerminal(t *testing.T) {
	report := func() [][]string {
		return [][]string{
			{"line", "what", "type", "class", "moves with", "waits for"},
			{"3", "shared posts", "GSet[Post]", "stable", "", "nothing"},
			{"12", "input post", "(id: String, author: String, text: String)", "fixed", "", "nothing"},
			{"28", "let visible", "Set[Post]", "eventual", "banned:? hidden:? posts:H", "nothing"},
		}
	}
	wide, narrow, waiting := report(), report(), report()
	fitReport(wide, 200)
	if wide[2][2] != report()[2][2] || len(wide[0]) != 6 {
		t.Errorf("what fits was changed: %v", wide)
	}
	fitReport(narrow, 80)
	if w := tableWidth(narrow); w > 80 {
		t.Errorf("the report is %d wide: %v", w, narrow)
	}
	if got := narrow[2][2]; !strings.HasPrefix(got, "(id: String") || !strings.HasSuffix(got, "..") {
		t.Errorf("the type reads %q", got)
	}
	if narrow[3][4] != report()[3][4] {
		t.Errorf("the last column was shortened without need: %v", narrow[3])
	}
	waiting[3][5] = "barrier"
	fitReport(waiting, 80)
	if waiting[3][5] != "barrier" {
		t.Errorf("what a declaration waits for was left out: %v", waiting[3])
	}
}

func TestShortenCountsColumns(t *testing.T) {
	for _, c := range [][2]string{{"abcdef", "abcdef"}, {"abcdefg", "abcd.."}, {"日本語日本", "日本.."}} {
		if got := shorten(c[0], 6); got != c[1] {
			t.Errorf("%s is shortened to %q, want %q", c[0], got, c[1])
		}
	}
}

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
	wide = fitReport(wide, 200)
	if wide[2][2] != report()[2][2] || len(wide[0]) != 6 {
		t.Errorf("what fits was changed: %v", wide)
	}
	narrow = fitReport(narrow, 80)
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
	waiting = fitReport(waiting, 80)
	if waiting[3][5] != "barrier" {
		t.Errorf("what a declaration waits for was left out: %v", waiting[3])
	}
}

func TestReportBreaksWhatMoves(t *testing.T) {
	rows := fitReport([][]string{
		{"line", "what", "type", "class", "moves with", "waits for"},
		{"28", "let everything_that_is_visible", "Set[Post]", "eventual", "banned:? hidden:? posts:H", "nothing"},
		{"29", "let b", "Set[Int]", "stable", "posts:H", "nothing"},
	}, 72)
	var moves []string
	for _, row := range rows {
		moves = append(moves, row[4])
	}
	if got := strings.Join(moves, "|"); got != "moves with|banned:?|hidden:?|posts:H|posts:H" {
		t.Errorf("the column reads %s", got)
	}
}

// TestHelpFits holds the help of all verbs to the width of a terminal.
func TestHelpFits(t *testing.T) {
	calls := [][]string{{"help"}}
	for _, v := range verbs() {
		calls = append(calls, []string{"help", v.name})
	}
	for _, args := range calls {
		var out strings.Builder
		run(args, strings.NewReader(""), &out, &out)
		for line := range strings.Lines(out.String()) {
			if n := len(strings.TrimRight(line, "\n")); n > 80 {
				t.Errorf("%v: a line of %d columns: %s", args, n, line)
			}
		}
	}
}

func TestShortenCountsColumns(t *testing.T) {
	for _, c := range [][2]string{{"abcdef", "abcdef"}, {"abcdefg", "abcd.."}, {"日本語日本", "日本.."}} {
		if got := shorten(c[0], 6); got != c[1] {
			t.Errorf("%s is shortened to %q, want %q", c[0], got, c[1])
		}
	}
}

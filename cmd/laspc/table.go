package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/diag"
	"golang.org/x/term"
)

// columnOfType and columnOfMoves are the columns of a report that may be made
// narrower; the others are short, or must be read as a whole.
const (
	columnOfType  = 2
	columnOfMoves = 4
)

// fitReport makes a report fit into width columns, if it can: it leaves out what
// the declarations wait for where none waits, then shortens types, then writes
// what moves them on several lines. The whole is in --json.
func fitReport(rows [][]string, width int) [][]string {
	if tableWidth(rows) <= width {
		return rows
	}
	last := len(rows[0]) - 1
	if !slices.ContainsFunc(rows[1:], func(row []string) bool { return row[last] != "nothing" }) {
		for i := range rows {
			rows[i] = rows[i][:last]
		}
	}
	if over := tableWidth(rows) - width; over > 0 {
		shortenColumn(rows, columnOfType, over)
	}
	if over := tableWidth(rows) - width; over > 0 {
		rows = wrapColumn(rows, columnOfMoves, columnWidth(rows, columnOfMoves)-over)
	}
	return rows
}

// wrapColumn breaks the words of a column, its title excepted, over rows of
// their own, so that it is room wide where no word is wider.
func wrapColumn(rows [][]string, column, room int) [][]string {
	all := [][]string{rows[0]}
	for _, row := range rows[1:] {
		lines := wrapWords(row[column], room)
		row[column] = lines[0]
		all = append(all, row)
		for _, line := range lines[1:] {
			more := make([]string, len(row))
			more[column] = line
			all = append(all, more)
		}
	}
	return all
}

// wrapWords fills lines of room columns with words; there is always a line.
func wrapWords(text string, room int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case diag.Columns(*last+" "+word) <= room:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}

// shortenColumn makes a column narrower by some columns, and no narrower than
// its title or 12.
func shortenColumn(rows [][]string, column, by int) {
	room := max(columnWidth(rows, column)-by, diag.Columns(rows[0][column]), 12)
	for _, row := range rows {
		row[column] = shorten(row[column], room)
	}
}

// shorten cuts text that is wider than room, and marks the cut.
func shorten(text string, room int) string {
	if diag.Columns(text) <= room {
		return text
	}
	cut := ""
	for _, r := range text {
		if diag.Columns(cut+string(r)) > room-len("..") {
			break
		}
		cut += string(r)
	}
	return cut + ".."
}

func columnWidth(rows [][]string, column int) int {
	w := 0
	for _, row := range rows {
		w = max(w, diag.Columns(row[column]))
	}
	return w
}

// tableWidth is the width of what printTable prints, at most.
func tableWidth(rows [][]string) int {
	w := 0
	for column := range rows[0] {
		w += 2 + columnWidth(rows, column)
	}
	return w
}

// terminalWidth is the number of columns of w if it is a terminal.
func terminalWidth(w io.Writer) (int, bool) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	n, _, err := term.GetSize(int(f.Fd()))
	return n, err == nil && n > 0
}

// printTable aligns columns with two spaces between them. The last column is
// not padded.
func printTable(c *call, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for column := range widths {
		widths[column] = columnWidth(rows, column)
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(strings.Repeat(" ", 2) + cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-diag.Columns(cell)))
			}
		}
		fmt.Fprintln(c.stdout, strings.TrimRight(b.String(), " "))
	}
}

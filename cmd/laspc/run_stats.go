package main

import (
	"fmt"

	"github.com/laspc/lasp/lang/source"
)

// printStats prints the work of the dataflow, a line for each node that ran, and
// how much of the streams was computed. Rows are changes: one that appears and
// goes again is two.
func (r *runner) printStats() {
	s := r.engine.Stats()
	rows := [][]string{{"line", "step", "runs", "rows in", "rows out", "held"}}
	for _, n := range s.Nodes {
		rows = append(rows, []string{placeOf(n.Pos), n.Kind.String(), fmt.Sprint(n.Runs), fmt.Sprint(n.In), fmt.Sprint(n.Out), fmt.Sprint(n.Held)})
	}
	out := *r.call
	out.stdout = r.stderr
	printTable(&out, rows)
	if s.Cells == 0 {
		return
	}
	fmt.Fprintf(r.stderr, "%s of streams computed; asked for, by line:\n", plural(int(s.Cells), "cell"))
	rows = nil
	for _, c := range s.Streams {
		rows = append(rows, []string{placeOf(c.Pos), fmt.Sprint(c.Cells)})
	}
	printTable(&out, rows)
}

// placeOf is a place in the program, short enough for a table.
func placeOf(p source.Position) string {
	if p.Line == 0 {
		return "-"
	}
	return fmt.Sprintf("%d:%d", p.Line, p.Column)
}

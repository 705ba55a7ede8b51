package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/laspc/lasp/lang/source"
)

// printStats prints the work of the dataflow, a line for each node that ran and
// for each index on its rows, and how much of the streams was computed. Rows are
// changes: one that appears and goes again is two. The time of a recursion is
// with the steps inside it, and what several steps share is counted once.
func (r *runner) printStats() {
	s := r.engine.Stats()
	rows := [][]string{{"line", "step", "runs", "rows in", "rows out", "held", "time", "memory"}}
	for _, n := range s.Nodes {
		rows = append(rows, []string{placeOf(n.Pos), n.Kind.String(), fmt.Sprint(n.Runs), fmt.Sprint(n.In), fmt.Sprint(n.Out), fmt.Sprint(n.Held),
			round(time.Duration(n.Nanos)).String(), sizeOf(n.Bytes)})
		for _, x := range n.Indexes {
			rows = append(rows, []string{"", "index " + columnsOf(x.Cols), "", "", "", "", "", sizeOf(x.Bytes)})
		}
	}
	out := *r.call
	out.stdout = r.stderr
	printTable(&out, rows)
	for _, p := range r.engine.Coordinations() {
		fmt.Fprintf(r.stderr, "%s  decided in agreement: %s; on one node that waits for nobody\n", filepath.Base(p.At), plural(int(p.Done), "time"))
	}
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

// columnsOf names the columns of an index, from 1.
func columnsOf(cols []int) string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = fmt.Sprint(c + 1)
	}
	return strings.Join(names, ",")
}

// sizeOf is a number of bytes in the largest unit of which there is one.
func sizeOf(n int64) string {
	units := []string{"B", "kB", "MB", "GB"}
	size, i := float64(n), 0
	for ; size >= 1000 && i+1 < len(units); i++ {
		size /= 1000
	}
	if i == 0 || size >= 100 {
		return fmt.Sprintf("%.0f %s", size, units[i])
	}
	return fmt.Sprintf("%.1f %s", size, units[i])
}

// placeOf is a place in the program, short enough for a table.
func placeOf(p source.Position) string {
	if p.Line == 0 {
		return "-"
	}
	return fmt.Sprintf("%d:%d", p.Line, p.Column)
}

package workload

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// Record is a line of W4b.
type Record struct {
	Name  string
	Score int64
}

// Numbers is the integers of W4a, below 1000.
func Numbers() []int64 {
	xs, _ := scores()
	return xs
}

// Records is the records of W4b, which go on where the numbers of W4a end.
func Records() []Record {
	_, rs := scores()
	return rs
}

func scores() ([]int64, []Record) {
	g := NewGen(12)
	xs := make([]int64, 1<<20)
	for i := range xs {
		xs[i] = g.N(1000)
	}
	names := []string{"rovio", "riak", "erlang", "derflow", "lasp", "crdt", "join", "meet"}
	rs := make([]Record, 1<<16)
	for i := range rs {
		name := names[g.N(8)]
		name += strconv.FormatInt(g.N(100), 10)
		rs[i] = Record{name, g.N(1000)}
	}
	return xs, rs
}

// numbered is rows (i, x), for sets that must not take equal numbers for one.
func numbered(xs []int64) [][]int64 {
	rows := make([][]int64, len(xs))
	for i, x := range xs {
		rows[i] = []int64{int64(i), x}
	}
	return rows
}

// WriteRecords writes lines (i, name, score).
func WriteRecords(w io.Writer, rs []Record) error {
	b := bufio.NewWriter(w)
	for i, r := range rs {
		fmt.Fprintf(b, "%d\t%s\t%d\n", i, r.Name, r.Score)
	}
	return b.Flush()
}

// Package workload makes the data of the engine's workloads, the same bytes on
// every machine: closures of chains, grids, trees and random graphs, shortest
// paths, a join of ads and contracts, word counts. Rows are integers (or
// strings); a file has one row a line, tab separated.
package workload

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// Gen is the 64-bit linear congruential generator of all workloads.
type Gen struct{ s uint64 }

// NewGen starts a generator at a seed.
func NewGen(seed uint64) *Gen { return &Gen{s: seed} }

// Next returns the next number, 31 bits wide.
func (g *Gen) Next() uint64 {
	g.s = g.s*6364136223846793005 + 1442695040888963407
	return g.s >> 33
}

// N returns a number below n.
func (g *Gen) N(n uint64) int64 { return int64(g.Next() % n) }

// Rnd is m pairs of nodes below n; duplicates and self-loops are kept.
func Rnd(seed uint64, n uint64, m int) [][]int64 {
	g := NewGen(seed)
	rows := make([][]int64, m)
	for i := range rows {
		a := g.N(n)
		rows[i] = []int64{a, g.N(n)}
	}
	return rows
}

// Chain is the edges i -> i+1 for i < n.
func Chain(n int64) [][]int64 {
	rows := make([][]int64, n)
	for i := range rows {
		rows[i] = []int64{int64(i), int64(i) + 1}
	}
	return rows
}

// Grid is the edges right and down of an n by n grid, row by row.
func Grid(n int64) [][]int64 {
	var rows [][]int64
	for y := int64(0); y < n; y++ {
		for x := int64(0); x < n; x++ {
			if x+1 < n {
				rows = append(rows, []int64{y*n + x, y*n + x + 1})
			}
			if y+1 < n {
				rows = append(rows, []int64{y*n + x, (y+1)*n + x})
			}
		}
	}
	return rows
}

// Tree is a random tree: node i in 1..n-1 with a parent below i.
func Tree(seed uint64, n int64) [][]int64 {
	g := NewGen(seed)
	rows := make([][]int64, 0, n-1)
	for i := int64(1); i < n; i++ {
		rows = append(rows, []int64{i, g.N(uint64(i))})
	}
	return rows
}

// Weighted is m edges over n nodes with weights 1..100.
func Weighted(seed uint64, n uint64, m int) [][]int64 {
	g := NewGen(seed)
	rows := make([][]int64, m)
	for i := range rows {
		a := g.N(n)
		b := g.N(n)
		rows[i] = []int64{a, b, g.N(100) + 1}
	}
	return rows
}

// Ads is ads lo..hi-1 of one publisher.
func Ads(lo, hi, publisher int64) [][]int64 {
	rows := make([][]int64, 0, hi-lo)
	for i := lo; i < hi; i++ {
		rows = append(rows, []int64{i, publisher})
	}
	return rows
}

// Contracts is (k, ad) for k < n, each for a random ad below n.
func Contracts(seed uint64, n int64) [][]int64 {
	g := NewGen(seed)
	rows := make([][]int64, n)
	for k := range rows {
		rows[k] = []int64{int64(k), g.N(uint64(n))}
	}
	return rows
}

// Words is n words with a skewed distribution.
func Words(seed uint64, n int) []string {
	g := NewGen(seed)
	words := make([]string, n)
	for i := range words {
		a := g.Next() % 50000
		words[i] = "w" + strconv.FormatUint(g.Next()%(a+1), 10)
	}
	return words
}

// WriteRows writes rows as tab-separated lines.
func WriteRows(w io.Writer, rows [][]int64) error {
	b := bufio.NewWriter(w)
	for _, row := range rows {
		for i, x := range row {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(strconv.FormatInt(x, 10))
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// WriteWords writes lines (i, word).
func WriteWords(w io.Writer, words []string) error {
	b := bufio.NewWriter(w)
	for i, s := range words {
		fmt.Fprintf(b, "%d\t%s\n", i, s)
	}
	return b.Flush()
}

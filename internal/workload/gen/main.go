// Command gen writes the data files of the engine's workloads into a folder:
//
//	go run ./internal/workload/gen DIR
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/laspc/lasp/internal/workload"
)

func main() {
	if len(os.Args) != 2 || strings.HasPrefix(os.Args[1], "-") {
		fmt.Fprintln(os.Stderr, "usage: gen DIR")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, rows := range map[string][][]int64{
		"w1a_edge":     workload.Chain(1000),
		"w1b_edge":     workload.Rnd(1, 1000, 3000),
		"w1c_edge":     workload.Grid(50),
		"w1d_edge":     workload.Rnd(2, 2000, 20000),
		"w1e_edge":     workload.Tree(13, 200_000),
		"w2_edge":      workload.Weighted(3, 100_000, 500_000),
		"w3_ads1":      workload.Ads(0, 50_000, 0),
		"w3_ads2":      workload.Ads(50_000, 100_000, 1),
		"w3_contracts": workload.Contracts(4, 100_000),
		"w7a_parent":   workload.Tree(7, 4000),
		"w7b_addr":     workload.Rnd(8, 2000, 800),
		"w7b_assign":   workload.Rnd(9, 2000, 1500),
		"w7b_load":     workload.Rnd(10, 2000, 120),
		"w7b_store":    workload.Rnd(11, 2000, 120),
	} {
		if err := create(dir, name, func(w io.Writer) error { return workload.WriteRows(w, rows) }); err != nil {
			return err
		}
	}
	return create(dir, "w6_words", func(w io.Writer) error {
		return workload.WriteWords(w, workload.Words(6, 1_000_000))
	})
}

func create(dir, name string, fill func(io.Writer) error) error {
	f, err := os.Create(filepath.Join(dir, name+".tsv"))
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

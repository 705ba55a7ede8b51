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
		if err := create(dir, name+".tsv", func(w io.Writer) error { return workload.WriteRows(w, rows) }); err != nil {
			return err
		}
	}
	words := workload.Words(6, 1_000_000)
	if err := create(dir, "w6_words.tsv", func(w io.Writer) error { return workload.WriteWords(w, words) }); err != nil {
		return err
	}
	for name, turns := range map[string][]workload.Turn{
		"w1b_turns": workload.RemoveAndAdd("edges", workload.Rnd(1, 1000, 3000), 50),
		"w2_turns":  workload.RemoveAndAdd("edges", workload.Weighted(3, 100_000, 500_000), 500),
		"w3_turns":  workload.ToggleAds(5, 10_000),
		"w6_turns":  workload.ToggleWords(words, 10_000),
	} {
		if err := create(dir, name+".jsonl", func(w io.Writer) error { return workload.WriteTurns(w, turns) }); err != nil {
			return err
		}
	}
	return nil
}

func create(dir, name string, fill func(io.Writer) error) error {
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

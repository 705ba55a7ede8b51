package workload

import (
	"io"
	"os"
	"path/filepath"
)

// WriteFiles writes the data of all workloads into a folder, which is made if it
// is not there: facts as .tsv, the turns of incremental variants as .jsonl.
func WriteFiles(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, rows := range map[string][][]int64{
		"w1a_edge":     Chain(1000),
		"w1b_edge":     Rnd(1, 1000, 3000),
		"w1c_edge":     Grid(50),
		"w1d_edge":     Rnd(2, 2000, 20000),
		"w1e_edge":     Tree(13, 200_000),
		"w2_edge":      Weighted(3, 100_000, 500_000),
		"w3_ads1":      Ads(0, 50_000, 0),
		"w3_ads2":      Ads(50_000, 100_000, 1),
		"w3_contracts": Contracts(4, 100_000),
		"w4a_xs":       numbered(Numbers()),
		"w7a_parent":   Tree(7, 4000),
		"w7b_addr":     Rnd(8, 2000, 800),
		"w7b_assign":   Rnd(9, 2000, 1500),
		"w7b_load":     Rnd(10, 2000, 120),
		"w7b_store":    Rnd(11, 2000, 120),
	} {
		if err := create(dir, name+".tsv", func(w io.Writer) error { return WriteRows(w, rows) }); err != nil {
			return err
		}
	}
	words := Words(6, 1_000_000)
	if err := create(dir, "w6_words.tsv", func(w io.Writer) error { return WriteWords(w, words) }); err != nil {
		return err
	}
	if err := create(dir, "w4b_records.tsv", func(w io.Writer) error { return WriteRecords(w, Records()) }); err != nil {
		return err
	}
	for name, turns := range map[string][]Turn{
		"w1b_turns": RemoveAndAdd("edges", Rnd(1, 1000, 3000), 50),
		"w2_turns":  RemoveAndAdd("edges", Weighted(3, 100_000, 500_000), 500),
		"w3_turns":  ToggleAds(5, 10_000),
		"w6_turns":  ToggleWords(words, 10_000),
	} {
		if err := create(dir, name+".jsonl", func(w io.Writer) error { return WriteTurns(w, turns) }); err != nil {
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

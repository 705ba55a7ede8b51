package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Variants are other programs and other files with the same rows in other words.
func TestVariantsAreRewritten(t *testing.T) {
	o := &outside{programs: t.TempDir(), data: t.TempDir()}
	const program = "shared edge: GSet[(Int, Int, Nat)]\nlet rec d: Map[Int, Min[Nat]] = { 0: 0 } | edge\nlet edges = edge\n"
	rows := []string{"1\t2\t3\n", "4\t5\t6\n", "7\t8\t9\n", "10\t11\t12\n", "13\t14\t15\n", "16\t17\t18\n"}
	w := &job{id: "W2", program: "p", loads: map[string]string{"edge": "e.tsv"}}
	var plain []byte
	for _, row := range rows {
		plain = append(plain, row...)
	}
	if err := os.WriteFile(filepath.Join(o.programs, "p.lasp"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.data, "e.tsv"), plain, 0o600); err != nil {
		t.Fatal(err)
	}
	want := map[string]struct{ text, cell, line string }{
		"rows shuffled": {program, "edge", ""},
		"cells renamed": {"shared my_edge: GSet[(Int, Int, Nat)]\nlet rec d: Map[Int, Min[Nat]] = { 0: 0 } | my_edge\nlet edges = my_edge\n", "my_edge", "1\t2\t3\n"},
		"strings":       {"shared edge: GSet[(String, String, Nat)]\nlet rec d: Map[String, Min[Nat]] = { \"n0\": 0 } | edge\nlet edges = edge\n", "edge", "n1\tn2\t3\n"},
	}
	for i := range variants {
		v := &variants[i]
		other, at, err := o.rewrite(w, v)
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(at.data)
		text, err := os.ReadFile(filepath.Join(at.programs, "p.lasp"))
		if err != nil || string(text) != want[v.figure].text {
			t.Errorf("%s: the program is %q (%v)", v.figure, text, err)
		}
		data, err := os.ReadFile(filepath.Join(at.data, other.loads[want[v.figure].cell]))
		if err != nil {
			t.Fatalf("%s: %v", v.figure, err)
		}
		lines := bytes.SplitAfter(data, []byte("\n"))
		if line := want[v.figure].line; line != "" && string(lines[0]) != line {
			t.Errorf("%s: the first line is %q, want %q", v.figure, lines[0], line)
		}
		if v.figure != "rows shuffled" {
			continue
		}
		var got []string
		for _, l := range lines[:len(lines)-1] {
			got = append(got, string(l))
		}
		if slices.Equal(got, rows) {
			t.Error("the rows stand as they stood")
		}
		slices.Sort(got)
		if sorted := slices.Sorted(slices.Values(rows)); !slices.Equal(got, sorted) {
			t.Errorf("the rows are %q, want %q in any order", got, sorted)
		}
	}
}

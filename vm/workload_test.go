package vm_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/internal/workload"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/vm"
)

// These benchmarks run the programs of examples/workloads on the machine alone,
// without files and replicas: rows go in as words, in one turn.

// program compiles a workload; removable turns its sets into observed-remove
// ones.
func program(b testing.TB, name string, removable bool) *ir.Program {
	b.Helper()
	text, err := os.ReadFile(filepath.Join("..", "examples", "workloads", name))
	if err != nil {
		b.Fatal(err)
	}
	if removable {
		text = []byte(strings.ReplaceAll(string(text), "GSet", "AWSet"))
	}
	p, ds := lasp.Check(source.NewFile(name, text))
	for _, d := range ds {
		b.Log(d.Message)
	}
	compiled, err := lasp.Compile(p)
	if err != nil {
		b.Fatal(err)
	}
	return compiled
}

// rows makes one change per distinct row of integers.
func rows(cell int, data [][]int64) []vm.Change {
	seen := map[[3]int64]bool{}
	var out []vm.Change
	for _, row := range data {
		var k [3]int64
		copy(k[:], row)
		if seen[k] {
			continue
		}
		seen[k] = true
		c := vm.Change{Cell: cell, Mult: 1}
		for _, x := range row {
			c.Row = append(c.Row, value.Word(x))
		}
		out = append(out, c)
	}
	return out
}

// words makes one change per line of text.
func words(m *vm.Machine, lines []string) []vm.Change {
	out := make([]vm.Change, len(lines))
	for i, w := range lines {
		out[i] = vm.Change{Mult: 1, Row: []value.Word{value.Word(i), m.Interner().Word(value.MakeString(w))}}
	}
	return out
}

func machine(b testing.TB, p *ir.Program) *vm.Machine {
	b.Helper()
	m, err := vm.New(p, lasp.Ops(), vm.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return m
}

func turn(b testing.TB, m *vm.Machine, changes ...vm.Change) {
	b.Helper()
	if _, err := m.Step(changes); err != nil {
		b.Fatal(err)
	}
}

// first is the text of the first live view.
func first(b testing.TB, m *vm.Machine, p *ir.Program) string {
	b.Helper()
	v, err := m.View(p.Shows[0].View)
	if err != nil {
		b.Fatal(err)
	}
	return v.String()
}

// loads are the workloads of one large turn: the file, its rows, and what the
// first view then shows.
var loads = []struct {
	name, file, want string
	data             func() []vm.Change
}{
	{"W1a-chain", "closure.lasp", "500500", func() []vm.Change { return rows(0, workload.Chain(1000)) }},
	{"W1b-random", "closure.lasp", "891135", func() []vm.Change { return rows(0, workload.Rnd(1, 1000, 3000)) }},
	{"W1c-grid", "closure.lasp", "1623125", func() []vm.Change { return rows(0, workload.Grid(50)) }},
	{"W1d-dense", "closure.lasp", "4000000", func() []vm.Change { return rows(0, workload.Rnd(2, 2000, 20000)) }},
	{"W1e-tree", "closure.lasp", "2518454", func() []vm.Change { return rows(0, workload.Tree(13, 200_000)) }},
	{"W2-shortest", "shortest.lasp", "99283", func() []vm.Change { return rows(0, workload.Weighted(3, 100_000, 500_000)) }},
	{"W3-join", "join.lasp", "89999", func() []vm.Change {
		return slices.Concat(rows(0, workload.Ads(0, 50_000, 0)), rows(1, workload.Ads(50_000, 100_000, 1)), rows(2, workload.Contracts(4, 100_000)))
	}},
	{"W7a-generation", "generation.lasp", "1502016", func() []vm.Change { return rows(0, workload.Tree(7, 4000)) }},
	{"W7b-pointers", "pointers.lasp", "302503", func() []vm.Change {
		return slices.Concat(rows(0, workload.Rnd(8, 2000, 800)), rows(1, workload.Rnd(9, 2000, 1500)), rows(2, workload.Rnd(10, 2000, 120)), rows(3, workload.Rnd(11, 2000, 120)))
	}},
}

func BenchmarkLoad(b *testing.B) {
	for _, w := range loads {
		for _, removable := range []bool{false, true} {
			name := w.name
			if removable {
				name += "-removable"
			}
			b.Run(name, func(b *testing.B) {
				p, changes := program(b, w.file, removable), w.data()
				b.ReportAllocs()
				for b.Loop() {
					m := machine(b, p)
					turn(b, m, changes...)
					if got := first(b, m, p); got != w.want {
						b.Fatalf("got %s, want %s", got, w.want)
					}
				}
			})
		}
	}
}

func BenchmarkLoadW6Words(b *testing.B) {
	p, lines := program(b, "words.lasp", false), workload.Words(6, 1_000_000)
	in := machine(b, p).Interner()
	for b.Loop() {
		b.StopTimer()
		m, err := vm.New(p, lasp.Ops(), vm.Options{Interner: in})
		if err != nil {
			b.Fatal(err)
		}
		changes := words(m, lines)
		b.StartTimer()
		turn(b, m, changes...)
		if got := first(b, m, p); got != "47632" {
			b.Fatalf("got %s", got)
		}
	}
}

// toggles removes and puts back rows, one turn each, and reports the median and
// the 99th percentile of a turn.
func toggles(b *testing.B, m *vm.Machine, pick func(i int) vm.Change, n int) {
	b.ResetTimer()
	var took []time.Duration
	for b.Loop() {
		for i := range n {
			start := time.Now()
			turn(b, m, pick(i))
			took = append(took, time.Since(start))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-us")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-us")
}

func benchToggle(b *testing.B, file string, changes []vm.Change, want string, turns int) {
	p := program(b, file, true)
	m := machine(b, p)
	turn(b, m, changes...)
	toggles(b, m, func(i int) vm.Change {
		c := changes[i/2]
		if i%2 == 0 {
			c.Mult = -1
		}
		return c
	}, turns)
	if got := first(b, m, p); got != want {
		b.Fatalf("got %s, want %s", got, want)
	}
}

func BenchmarkChangeW1b(b *testing.B) {
	benchToggle(b, "closure.lasp", rows(0, workload.Rnd(1, 1000, 3000)), "891135", 100)
}

func BenchmarkChangeW2(b *testing.B) {
	benchToggle(b, "shortest.lasp", rows(0, workload.Weighted(3, 100_000, 500_000)), "99283", 1000)
}

func BenchmarkChangeW3(b *testing.B) {
	p := program(b, "join.lasp", true)
	m := machine(b, p)
	ads := slices.Concat(rows(0, workload.Ads(0, 50_000, 0)), rows(1, workload.Ads(50_000, 100_000, 1)))
	contracts := rows(2, workload.Contracts(4, 100_000))
	turn(b, m, slices.Concat(ads, contracts)...)
	r := rand.New(rand.NewPCG(5, 5))
	gone := make([]bool, 200_000)
	toggles(b, m, func(i int) vm.Change {
		k := r.IntN(100_000)
		c := ads[k]
		if i%2 == 1 {
			c, k = contracts[k], k+100_000
		}
		if c.Mult = -1; gone[k] {
			c.Mult = 1
		}
		gone[k] = !gone[k]
		return c
	}, 10_000)
}

func BenchmarkChangeW6(b *testing.B) {
	p := program(b, "words.lasp", true)
	m := machine(b, p)
	all := words(m, workload.Words(6, 1_000_000))
	turn(b, m, all...)
	toggles(b, m, func(u int) vm.Change {
		c := all[(u/2*97)%1_000_000]
		if u%2 == 0 {
			c.Mult = -1
		}
		return c
	}, 10_000)
}

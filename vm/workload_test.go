package vm_test

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
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
	return compile(b, name, string(text))
}

func compile(b testing.TB, name, text string) *ir.Program {
	b.Helper()
	p, ds := lasp.Check(source.NewFile(name, []byte(text)))
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

// whole makes the rows of each cell one change, as a loaded file is.
func whole(changes []vm.Change) []vm.Change {
	var out []vm.Change
	for _, c := range changes {
		if k := len(out) - 1; k >= 0 && out[k].Cell == c.Cell {
			out[k].Row = append(out[k].Row, c.Row...)
		} else {
			c.Row = slices.Clone(c.Row)
			out = append(out, c)
		}
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
				p, changes := program(b, w.file, removable), whole(w.data())
				b.ReportAllocs()
				defer reportUser(b, userTime())
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

// TestFormsOfClosureAgree computes one closure by rules that recur on the left,
// on the right and on both sides, over sets that grow and sets that can lose
// rows, in one turn and in several, and counts what a search from each node
// finds. The graph is large enough for every form of row.
func TestFormsOfClosureAgree(t *testing.T) {
	const text = `let rec t = e | { (x, z) for (x, y) in A, (y2, z) in B if y == y2 }
show n = size(t)`
	for _, nodes := range []uint64{40, 160, 1500} {
		edges := workload.Rnd(nodes, nodes, int(nodes)*3/2)
		all, want := rows(0, edges), strconv.Itoa(reached(edges))
		for _, kind := range []string{"GSet", "AWSet"} {
			for _, sides := range [][2]string{{"t", "e"}, {"e", "t"}, {"t", "t"}} {
				if nodes == 1500 && (kind == "AWSet" || sides[0] == sides[1]) {
					continue // millions of derivations; the small graphs have them too
				}
				text := "shared e: " + kind + "[(Int, Int)]\n" + strings.NewReplacer("A", sides[0], "B", sides[1]).Replace(text)
				p := compile(t, "closure.lasp", text)
				for _, turns := range []int{1, 4} {
					m := machine(t, p)
					for i := range turns {
						turn(t, m, all[i*len(all)/turns:(i+1)*len(all)/turns]...)
					}
					if got := first(t, m, p); got != want {
						t.Errorf("%d nodes, %s, %v, %d turns: %s paths, want %s", nodes, kind, sides, turns, got, want)
					}
				}
			}
		}
	}
}

// TestShortestPathsAreShortest holds the distances in a random graph, loaded in
// one turn and in several, against relaxation until nothing changes; where rows
// can leave, an edge in two leaves and comes back on the way.
func TestShortestPathsAreShortest(t *testing.T) {
	const nodes = 500
	edges := workload.Weighted(3, nodes, 2000)
	want := map[int64]int64{0: 0}
	for again := true; again; {
		again = false
		for _, e := range edges {
			if d, ok := want[e[0]]; ok {
				if old, is := want[e[1]]; !is || d+e[2] < old {
					want[e[1]], again = d+e[2], true
				}
			}
		}
	}
	all := rows(0, edges)
	for _, removable := range []bool{false, true} {
		p := program(t, "shortest.lasp", removable)
		for _, turns := range []int{1, 7} {
			m := machine(t, p)
			for i := range turns {
				turn(t, m, all[i*len(all)/turns:(i+1)*len(all)/turns]...)
			}
			for i := 0; removable && i < len(all); i += 2 {
				gone := all[i]
				gone.Mult = -1
				turn(t, m, gone)
				turn(t, m, all[i])
			}
			dist, err := m.View(p.Lets[0].View)
			if err != nil {
				t.Fatal(err)
			}
			got := map[int64]int64{}
			for i := 0; i < len(dist.Elems()); i += 2 {
				got[dist.Elems()[i].Int()] = dist.Elems()[i+1].Int()
			}
			if !maps.Equal(got, want) {
				t.Errorf("removable %t, %d turns: %d distances differ from %d by search", removable, turns, len(got), len(want))
			}
		}
	}
}

// reached counts the pairs of a closure by a search from each node.
func reached(edges [][]int64) (n int) {
	next := map[int64][]int64{}
	for _, e := range edges {
		next[e[0]] = append(next[e[0]], e[1])
	}
	for from := range next {
		seen, todo := map[int64]bool{}, slices.Clone(next[from])
		for len(todo) > 0 {
			x := todo[len(todo)-1]
			if todo = todo[:len(todo)-1]; !seen[x] {
				seen[x] = true
				todo = append(todo, next[x]...)
			}
		}
		n += len(seen)
	}
	return n
}

func BenchmarkLoadW6Words(b *testing.B) {
	p, lines := program(b, "words.lasp", false), workload.Words(6, 1_000_000)
	in := machine(b, p)
	changes := whole(words(in, lines))
	b.ReportAllocs()
	defer reportUser(b, userTime())
	for b.Loop() {
		m, err := vm.New(p, lasp.Ops(), vm.Options{Interner: in.Interner()})
		if err != nil {
			b.Fatal(err)
		}
		turn(b, m, changes...)
		if got := first(b, m, p); got != "47632" {
			b.Fatalf("got %s", got)
		}
	}
}

// userTime is the processor time of this process so far: unlike the clock it does
// not depend on what else the machine does.
func userTime() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano())
}

func reportUser(b *testing.B, from time.Duration) {
	b.ReportMetric(float64((userTime()-from).Microseconds())/1e3/float64(b.N), "user-ms/op")
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

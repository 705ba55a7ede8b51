package vm

import (
	"testing"
	"time"

	"github.com/laspc/lasp/internal/workload"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/stdlib"
)

// load makes changes of rows of integers.
func load(cell int, rows [][]int64) []Change {
	seen := map[[3]int64]bool{}
	var out []Change
	for _, row := range rows {
		var k [3]int64
		copy(k[:], row)
		if !seen[k] {
			seen[k] = true
			out = append(out, change(cell, 1, row...))
		}
	}
	return out
}

// live is the number of rows that a view holds.
func (m *Machine) live(v ir.View) int { return m.nodes[v.Node].held() }

func benchClosure(b *testing.B, rows [][]int64, want int) {
	changes := load(0, rows)
	b.ReportAllocs()
	for b.Loop() {
		p := newBuilder()
		v := p.closure(p.cell("edges", "GSet", types.TupleOf(types.Int, types.Int)))
		m := mustNew(b, p.p)
		step(b, m, changes...)
		if n := m.live(v); n != want {
			b.Fatalf("got %d paths, want %d", n, want)
		}
	}
}

func BenchmarkW1aChain(b *testing.B)  { benchClosure(b, workload.Chain(1000), 500_500) }
func BenchmarkW1bRandom(b *testing.B) { benchClosure(b, workload.Rnd(1, 1000, 3000), 891_135) }
func BenchmarkW1cGrid(b *testing.B)   { benchClosure(b, workload.Grid(50), 1_623_125) }

// ads is the join of W3 over cells of the given kind.
func ads(kind string) (*ir.Program, ir.View) {
	p := newBuilder()
	pair := types.TupleOf(types.Int, types.Int)
	ads1, ads2, contracts := p.cell("ads1", kind, pair), p.cell("ads2", kind, pair), p.cell("contracts", kind, pair)
	union := p.add(&ir.Node{Kind: ir.Union, In: []int{ads1, ads2}, Cols: ints(2)})
	all := p.add(&ir.Node{Kind: ir.Distinct, In: []int{union}, Cols: ints(2)})
	num := types.Int
	// columns: ad, publisher, k, ad of the contract
	keep := apply("ne", types.Bool, apply("int.mod", num, apply("int.add", num, apply("int.mul", num, local(0, num), intConst(7)), local(2, num)), intConst(10)), intConst(0))
	join := p.add(&ir.Node{Kind: ir.Join, In: []int{all, contracts}, LKey: []int{0}, RKey: []int{1}, Cols: ints(3), Cond: keep, Out: project(0, 2, 1)})
	out := p.add(&ir.Node{Kind: ir.Distinct, In: []int{join}, Cols: ints(3)})
	return p.p, p.show("sold", types.SetOf(types.TupleOf(types.Int, types.Int, types.Int)), out)
}

func adsChanges() []Change {
	changes := append(load(0, workload.Ads(0, 50_000, 0)), load(1, workload.Ads(50_000, 100_000, 1))...)
	return append(changes, load(2, workload.Contracts(4, 100_000))...)
}

func BenchmarkW3Load(b *testing.B) {
	changes := adsChanges()
	b.ReportAllocs()
	for b.Loop() {
		p, v := ads("GSet")
		m := mustNew(b, p)
		step(b, m, changes...)
		if n := m.live(v); n != 89_999 {
			b.Fatalf("got %d, want 89,999", n)
		}
	}
}

// BenchmarkW3Update is one change of an ad or a contract, in a turn of its own.
func BenchmarkW3Update(b *testing.B) {
	p, _ := ads("AWSet")
	m := mustNew(b, p)
	changes := adsChanges()
	step(b, m, changes...)
	gone := make([]bool, len(changes))
	g := workload.NewGen(5)
	b.ReportAllocs()
	for b.Loop() {
		i := g.N(uint64(len(changes)))
		c := changes[i]
		if c.Mult = -1; gone[i] {
			c.Mult = 1
		}
		gone[i] = !gone[i]
		step(b, m, c)
	}
}

func BenchmarkW6Words(b *testing.B) {
	words := workload.Words(6, 1_000_000)
	b.ReportAllocs()
	for b.Loop() {
		p := newBuilder()
		line := types.TupleOf(types.Int, types.String)
		docs := p.cell("words", "GSet", line)
		count := types.MaxOf(types.Nat)
		word := p.add(&ir.Node{Kind: ir.Map, In: []int{docs}, Cols: []*types.Type{types.String}, Out: []*ir.Expr{local(1, types.String)}})
		group := p.add(&ir.Node{Kind: ir.Group, In: []int{word}, Keys: 1, Cols: []*types.Type{types.String, count}, Aggs: []ir.Aggregate{{Row: "set.size", Type: count}}})
		v := p.show("counts", types.MapOf(types.String, count), group)
		m := mustNew(b, p.p)
		changes := make([]Change, len(words))
		rows := make([]value.Word, 0, 2*len(words))
		for i, w := range words {
			rows = append(rows, value.Word(i), m.in.Word(value.MakeString(w)))
			changes[i] = Change{Row: rows[2*i : 2*i+2], Mult: 1}
		}
		step(b, m, changes...)
		if n := m.live(v); n != 47_632 {
			b.Fatalf("got %d words, want 47,632", n)
		}
	}
}

func BenchmarkSieve(b *testing.B) {
	for b.Loop() {
		m := mustNew(b, sieveProgram())
		see(b, m, m.prog.Shows[1].View, "[4409]")
	}
}

// numbersProgram is W4a: the numbers of pairs whose second is in a range and
// divisible, counted.
func numbersProgram() *ir.Program {
	p := newBuilder()
	num := types.Int
	cell := p.cell("xs", "GSet", types.TupleOf(num, num))
	big := apply("gt", types.Bool, apply("int.add", num, apply("int.mul", num, local(1, num), intConst(2)), intConst(1)), intConst(10))
	third := apply("eq", types.Bool, apply("int.mod", num, local(1, num), intConst(3)), intConst(0))
	no := &ir.Expr{Op: ir.EConst, Type: types.Bool, Value: value.MakeBool(false)}
	both := &ir.Expr{Op: ir.EIf, Type: types.Bool, Args: []*ir.Expr{big, third, no}}
	keep := p.add(&ir.Node{Kind: ir.Map, In: []int{cell}, Cols: ints(1), Cond: both, Out: project(0)})
	all := p.add(&ir.Node{Kind: ir.Distinct, In: []int{keep}, Cols: ints(1)})
	count := types.MaxOf(types.Nat)
	n := p.add(&ir.Node{Kind: ir.Group, In: []int{all}, Cols: []*types.Type{count}, Aggs: []ir.Aggregate{{Row: "set.size", Type: count}}})
	p.show("n", count, n)
	return p.p
}

// BenchmarkW4aBatch is the step that evaluates the lambda, in ns per row of a first
// load.
func BenchmarkW4aBatch(b *testing.B) {
	var words []value.Word
	for i, x := range workload.Numbers() {
		words = append(words, value.Word(i), value.Word(x))
	}
	least := int64(1 << 60)
	for b.Loop() {
		began := time.Now()
		m, err := New(numbersProgram(), stdlib.Table(), Options{Stats: true, Clock: func() int64 { return int64(time.Since(began)) }})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := m.Step([]Change{{Row: words, Mult: 1}}); err != nil {
			b.Fatal(err)
		}
		for _, n := range m.Stats().Nodes {
			if n.Kind == ir.Map {
				least = min(least, n.Nanos)
			}
		}
	}
	b.ReportMetric(float64(least)/float64(len(words)/2), "least-ns/row")
}

// BenchmarkW4aSingle is the same a turn each, the whole turn.
func BenchmarkW4aSingle(b *testing.B) {
	m := mustNew(b, numbersProgram())
	xs := workload.Numbers()
	row, i := make([]value.Word, 2), 0
	changes := []Change{{Row: row, Mult: 1}}
	b.ReportAllocs()
	for b.Loop() {
		row[0], row[1] = value.Word(i), value.Word(xs[i%len(xs)])
		if _, err := m.Step(changes); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

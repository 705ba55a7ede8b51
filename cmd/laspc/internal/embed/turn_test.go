package embed

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
)

// single is a program that is loaded, and the operations of which each is then a
// turn of its own, over and over.
type single struct {
	name    string
	program string
	load    map[string][]value.Value
	turns   []replica.Mutation
}

func ints(xs ...int) value.Value {
	vs := make([]value.Value, len(xs))
	for i, x := range xs {
		vs[i] = value.MakeInt(int64(x))
	}
	if len(vs) == 1 {
		return vs[0]
	}
	return value.MakeTuple(vs...)
}

// rows is n elements.
func rows(n int, of func(i int) value.Value) []value.Value {
	list := make([]value.Value, n)
	for i := range list {
		list[i] = of(i)
	}
	return list
}

// toggled removes and adds back every 7919th element.
func toggled(cell string, list []value.Value) (turns []replica.Mutation) {
	for i := range min(len(list), 20_000) {
		x := []value.Value{list[i*7919%len(list)]}
		turns = append(turns, replica.Mutation{Cell: cell, Op: "remove", Args: x}, replica.Mutation{Cell: cell, Op: "add", Args: x})
	}
	return turns
}

// derivedFrom is n filters of one cell, of which each element passes one.
func derivedFrom(n int) string {
	var b strings.Builder
	fmt.Fprintln(&b, "shared xs: AWSet[Int]")
	for i := range n {
		fmt.Fprintf(&b, "let d%d = { x + %d for x in xs if x %% %d == %d }\n", i, i, n, i)
	}
	fmt.Fprintf(&b, "show size(d0)\nshow size(d%d)\n", n-1)
	return b.String()
}

const joinProgram = `shared ads1, ads2: AWSet[(Int, Int)]
shared contracts: AWSet[(Int, Int)]
let ads = ads1 | ads2
let sold = ads.product(contracts).filter((a, c) => a.0 == c.1).filter((a, c) => (a.0 * 7 + c.0) % 10 != 0).map((a, c) => (a.0, c.0, a.1))
show size(sold)
`

const wordsProgram = `shared words: AWSet[(Int, String)]
let counts = words.count_by((i, w) => w)
show size(counts)
`

const setProgram = `shared xs: AWSet[Int]
let odd = { x * 2 for x in xs if x % 2 == 1 }
show size(xs)
show size(odd)
`

const countersProgram = `shared views: GMap[Int, GCounter]
show size(views)
`

// elementsOf is a set of n elements.
func elementsOf(n int) single {
	xs := rows(n, func(i int) value.Value { return ints(i) })
	return single{fmt.Sprintf("set of %d", n), setProgram, map[string][]value.Value{"xs": xs}, toggled("xs", xs)}
}

// singlesOf is programs over about n elements.
func singlesOf(n int) []single {
	ads := rows(n, func(i int) value.Value { return ints(i, i/(n/2)) })
	contracts := rows(n, func(i int) value.Value { return ints(i, i*7919%n) })
	words := rows(n, func(i int) value.Value {
		return value.MakeTuple(value.MakeInt(int64(i)), value.MakeString(fmt.Sprintf("w%d", i*7919%(n/20))))
	})
	var counts []replica.Mutation
	for i := range 2 * n {
		counts = append(counts, replica.Mutation{Cell: "views", Keys: []value.Value{ints(i * 7919 % n)}, Op: "increment", Args: []value.Value{value.MakeInt(1)}})
	}
	few := rows(n/100, func(i int) value.Value { return ints(i) })
	return []single{
		elementsOf(n),
		{"join", joinProgram, map[string][]value.Value{"ads1": ads[:n/2], "ads2": ads[n/2:], "contracts": contracts},
			append(toggled("contracts", contracts), toggled("ads1", ads[:n/2])...)},
		{"words", wordsProgram, map[string][]value.Value{"words": words}, toggled("words", words)},
		{"counters", countersProgram, nil, counts},
		{fmt.Sprintf("%d filters", n/100), derivedFrom(n / 100), map[string][]value.Value{"xs": few}, toggled("xs", few)},
	}
}

// engineOf starts and loads a program.
func (s *single) engineOf(tb testing.TB) *Engine {
	checked, ds := lasp.Check(source.NewFile("p.lasp", []byte(s.program)))
	if diag.HasErrors(ds) {
		tb.Fatal(ds)
	}
	p, err := lasp.Compile(checked)
	if err != nil {
		tb.Fatal(err)
	}
	e, err := New(Options{Program: p, Sink: Sink{Reply: func(r replica.Reply) {
		if r.Err != nil {
			tb.Fatal(r.Err)
		}
	}}})
	if err != nil {
		tb.Fatal(err)
	}
	e.Start()
	for cell, list := range s.load {
		step(tb, e, replica.Mutation{Cell: cell, Op: "add_all", Args: []value.Value{value.MakeList(list)}})
	}
	return e
}

func step(tb testing.TB, e *Engine, m replica.Mutation) {
	if err := e.Step(replica.Mutate{Writes: []replica.Mutation{m}}); err != nil {
		tb.Fatal(err)
	}
}

// stepper steps through the operations of a program over and over.
func (s *single) stepper(tb testing.TB) func() {
	e := s.engineOf(tb)
	var ev replica.Mutate
	i := 0
	return func() {
		ev = replica.Mutate{Writes: s.turns[i : i+1]}
		if err := e.Step(&ev); err != nil {
			tb.Fatal(err)
		}
		i = (i + 1) % len(s.turns)
	}
}

// BenchmarkTurn is one change of a cell, with all that follows from it. The median,
// in which looking at the clock has a part, says more than the mean where the machine
// does other things besides.
func BenchmarkTurn(b *testing.B) {
	all := append([]single{elementsOf(1_000), elementsOf(1_000_000)}, singlesOf(100_000)...)
	for _, s := range all {
		b.Run(s.name, func(b *testing.B) {
			next := s.stepper(b)
			b.ReportAllocs()
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				next()
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2]), "p50-ns")
		})
	}
}

// A change takes no memory of its own once what it needs has its size: half an
// allocation is left for what grows, a piece at a time.
func TestTurnTakesNoMemory(t *testing.T) {
	for _, s := range singlesOf(1_000) {
		next := s.stepper(t)
		for range 2 * len(s.turns) {
			next()
		}
		if n := testing.AllocsPerRun(1_000, next); n > 0.5 {
			t.Errorf("%s: %.1f allocations a turn", s.name, n)
		}
	}
}

const handlerProgram = `shared votes: GMap[String, GCounter]
input vote(who: String, n: Nat)
on vote(who, n) { if n > 0 { votes[who].increment(n) } }
show size(votes)
`

// An input that a handler carries out takes the memory of its keys and arguments, and
// little else.
func TestInputTakesLittleMemory(t *testing.T) {
	e := (&single{program: handlerProgram}).engineOf(t)
	ev := replica.Input{Name: "vote"}
	i := 0
	vote := func() {
		ev.Args = []value.Value{value.MakeString("ann"), value.MakeInt(int64(i%3 + 1))}
		if err := e.Step(&ev); err != nil {
			t.Fatal(err)
		}
		i++
	}
	vote()
	if n := testing.AllocsPerRun(1_000, vote); n > 4 {
		t.Errorf("%.1f allocations an input", n)
	}
	if v, err := e.View("votes"); err != nil || v.String() != fmt.Sprintf("{\"ann\": %d}", sumOfVotes(i)) {
		t.Errorf("the votes are %v, %v", v, err)
	}
}

// sumOfVotes is what n inputs of TestInputTakesLittleMemory come to.
func sumOfVotes(n int) (sum int) {
	for i := range n {
		sum += i%3 + 1
	}
	return sum
}

package lower_test

import (
	"flag"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/ir/lower"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/stdlib"
	"github.com/laspc/lasp/vm"
)

const twinCells = `
type P { a: Int, b: String }
type V = One(n: Int) | Two
param limit: Nat = 2
shared s, t: AWSet[Int]
shared e: AWSet[(Int, Int)]
shared names: AWSet[(Int, String)]
shared ps: AWSet[P]
shared vs: AWSet[V]
shared os: AWSet[Option[Int]]
shared m: GMap[Int, GCounter]
shared iv: GMap[Int, IVar[Int]]
shared c: GCounter
shared pn: PNCounter
shared r: LWW[Int]
shared x1, x2: IVar[Int]
shared best: Max[Int]
shared on1: Flag
shared nested: GMap[Int, AWSet[Int]]
shared deep: ORMap[Int, ORMap[Int, AWSet[Int]]]
fn double(x: Int) -> Int = x * 2
fn pairs(a: Set[Int], b: Set[Int]) -> Set[(Int, Int)] = { (x, y) for x in a, y in b if x < y }
fn apply(f: Int -> Int, a: Set[Int]) -> Set[Int] = a.map(f)
fn minus(a: Set[Int], b: Set[Int]) -> Set[Int] = a - b
fn count(a: Set[Int]) -> Int = size(a) + 0
fn near(x: Int, a: Set[Int]) -> Bool = x in a or x + 1 in a
fn above(a: Set[Int], k: Int) -> Set[Int] = a.filter(x => x > k)
`

// twins are definitions; the number in front says how many nodes of theirs are
// computed from whole collections instead of changes of them.
var twins = []struct {
	computed int
	text     string
}{
	{0, "s.map(x => x / 2)"},
	{0, "s.map(double).filter(x => x > 2)"},
	{0, "s | t | {1, 2}"},
	{0, "s & t"},
	{0, "s - t"},
	{0, "s.union(t).intersection(s)"},
	{0, "s.product(t).filter((a, b) => a == b + 1).map((a, b) => a * b)"},
	{0, "s.join_by(t, x => x % 3, y => y % 2)"},
	{0, "s.semi_join(e, x => x, (a, b) => b)"},
	{0, "s.semi_join(t, x => x / 2)"},
	{0, "{ x for x in s if x in t and x > 3 }"},
	{0, "{ x for x in s if not (x in t) }"},
	{0, "{ x for x in s if x not in t and x % 2 == 0 }"},
	{0, "{ x for x in s if (x, x + 1) in e }"},
	{0, "{ x for x in s if x in m }"},
	{0, "s.filter(x => t.contains(x))"},
	{0, "{ (x, z) for (x, y) in e, (y2, z) in e if y == y2 and x != z }"},
	{0, "{ (x, y) for x in s, y in t if x + y > 7 and x / y > 1 }"},
	{0, "{ x + y for x in s, y in 0..x }"},
	{0, "{ (i, j, w) for (i, text) in names, (j, w) in enumerate(text.split(\" \")) }"},
	{1, "{ x for x in s if x > c }"},
	{1, "{ x for x in s if x > pn }"},
	{1, "{ x for x in s if x > size(t) }"},
	{1, "{ x + c for x in s }.map(y => y * 2)"},
	{0, "{ x for x in s if x > limit }"},
	{0, "e.group_by((a, b) => a)"},
	{0, "e.count_by((a, b) => a)"},
	{0, "sum(m.values())"},
	{0, "size(m.values())"},
	{0, "(m.values()).max()"},
	{0, "e.count_by((a, b) => a).values() |> min"},
	{0, "e.count_by((a, b) => a).values().max_by(n => 0 - n)"},
	{0, "avg(e.sum_by((a, b) => a, (a, b) => b).values())"},
	{0, "e.sum_by((a, b) => a, (a, b) => 10 / b).values().any(n => n > 1)"},
	{0, "e.sum_by((a, b) => a, (a, b) => b).values().all(n => 12 / n > 1)"},
	{0, "e.sum_by((a, b) => a, (a, b) => b)"},
	{0, "{ k: n for (k, n) in m if n >= 2 }"},
	{0, "m.filter((k, n) => n >= 2)"},
	{0, "m.map((k, n) => n * 2)"},
	{0, "m.max_by((k, n) => n)"},
	{0, "m.min_by((k, n) => 6 / n)"},
	{0, "keys(m)"},
	{0, "m | m.filter((k, n) => n > 1)"},
	{0, "{ (k, v) for (k, v) in iv if v > 3 }"},
	{0, "{ p.a for p in ps if p.b == \"x\" }"},
	{0, "{ v for v in vs if match v { One(n) => n > 2, Two => true } }"},
	{0, "s.flat_map(x => {x, x + 1})"},
	{0, "s.flat_map(x => t.filter(y => y > x).map(y => (x, y)))"},
	{0, "s.flat_map(x => { (x, y) for y in t if x == y })"},
	{0, "{ x for x in s.map(y => y % 2), z in t if z > x }"},
	{0, "pairs(s, t)"},
	{0, "pairs(s.map(x => x + 1), above(t, 2))"},
	{0, "apply(double, s)"},
	{0, "apply(x => x + 3, s | t)"},
	{0, "minus(s, minus(t, s))"},
	{0, "minus(minus(s, {1}), minus(t, minus(s, t)))"},
	{1, "count(s)"},
	{0, "{ x for x in s if near(x, t) }"},
	{0, "{ near(x, t - {3}) for x in s.filter(y => near(y, s)) }"},
	{1, "{ x for x in s if size(minus(t, {x})) > 2 }"},
	{1, "{ (x, size(minus(s, t)), size(minus({x}, s))) for x in t }"},
	{0, "size(s)"},
	{0, "size(m)"},
	{0, "sum(s)"},
	{0, "max(s)"},
	{0, "min({ x for (x, y) in e })"},
	{0, "s.any(x => x > 6)"},
	{0, "s.all(x => x > 0)"},
	{0, "ps.max_by(p => p.a)"},
	{0, "sum(m)"},
	{1, "size(s) + c"},
	{1, "size(s) >= 3"},
	{1, "s <= t"},
	{1, "3 in s"},
	{1, "c + 1"},
	{1, "pn - 1"},
	{1, "x1 + x2 * 2"},
	{1, "x1 + 1"},
	{1, "match r { Some(n) => n, None => 0 }"},
	{1, "best + 1"},
	{0, "on1"},
	{1, "top(s, 2)"},
	{1, "sort_by(s, x => 0 - x).map(x => \"{x}!\")"},
	{1, "m[2]"},
	{0, "nested[2]"},
	{0, "{ (k, v) for (k, vs) in nested, v in vs }"},
	{0, "{ k for (k, _) in nested }"},
	{0, "{ (x, y) for x in s, y in nested[x] }"},
	{0, "{ (x, m[x]) for x in s }"},
	{1, "{ k for (k, vs) in nested if size(vs) > 1 }"},
	{0, "{ x for x in s if x in t or x > 6 }"},
	{0, "{ (x, x in t) for x in s if not (x in m) or x < 3 }"},
	{0, "{ (x, y) for x in s, y in t if y in nested[x] }"},
	{0, "{ x for (k, vs) in nested, x in vs if x > k }"},
	{1, "{ x for x in s if size({ y for y in t if y > x }) == 1 }"},
	{1, "if c >= 2 then s else {}"},
	{0, "{ a: {b} for (a, b) in e }"},
	{0, "{ a: b for (a, b) in { (x, x * 2) for x in s } }"},
	{1, "s.fold(0, (a, x) => a + x)"},
	{0, "nested"},
	{0, "keys(nested)"},
	{0, "nested | { a: {b} for (a, b) in e }"},
	{2, "deep[1]"},
	{3, "deep.filter((k, v) => k > 1 and size(v) > 0)"},
	{0, "{ x for x in s if m[x] >= 2 }"},
}

var seeds = flag.Int64("seeds", 4, "runs of random changes")

// TestTiers holds the two tiers against each other: what a definition is as
// nodes, kept up to date from turn to turn, and as code over whole views.
func TestTiers(t *testing.T) {
	var b strings.Builder
	b.WriteString(twinCells)
	for i, w := range twins {
		fmt.Fprintf(&b, "let d%d = %s\n", i, w.text)
	}
	checked := check(t, "twins.lasp", b.String())
	p, err := lower.Program(checked, stdlib.Table())
	if err != nil {
		t.Fatal(err)
	}
	codes := make([]*ir.Expr, len(twins))
	for _, d := range checked.Info.Lets {
		var i int
		if _, err := fmt.Sscanf(d.Name, "d%d", &i); err != nil {
			t.Fatal(err)
		}
		if codes[i], err = lower.Expr(p, checked.Info, d.Decl.Value, stdlib.Table()); err != nil {
			t.Fatal(err)
		}
		if c := checked.Info.Coerce[d.Decl.Value]; c != nil {
			t.Fatalf("%s is used as %s", twins[i].text, c)
		}
	}
	compared := make([]int, len(twins))
	for seed := range *seeds {
		m, err := vm.New(p, stdlib.Table(), vm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := &world{m: m, p: p, r: rand.New(rand.NewSource(seed)), rows: map[[2]int][][]value.Value{}}
		for turn := range 40 {
			w.step(t)
			for i, c := range codes {
				want, err1 := m.Eval(c, vm.Env{})
				got, err2 := m.View(view(t, p, fmt.Sprintf("d%d", i)))
				if err1 != nil || err2 != nil {
					continue // an element failed: dropped in one tier, an error in the other
				}
				compared[i]++
				if !value.Equal(got, want) {
					t.Fatalf("seed %d turn %d: %s = %s, as code %s", seed, turn, twins[i].text, got, want)
				}
			}
		}
	}
	for i, n := range compared {
		if n == 0 {
			t.Errorf("%s was never compared", twins[i].text)
		}
	}
}

// TestRelational says which definitions are maintained from changes.
func TestRelational(t *testing.T) {
	for _, w := range twins {
		p := compile(t, "one.lasp", twinCells+"let d = "+w.text+"\n")
		n := 0
		for _, node := range p.Nodes {
			if node.Kind == ir.Compute {
				n++
			}
		}
		if n != w.computed {
			t.Errorf("%s: %d nodes are computed from whole views, not %d\n%s", w.text, n, w.computed, nodesOf(p))
		}
	}
}

func nodesOf(p *ir.Program) string {
	var out []string
	for _, line := range strings.Split(ir.Print(p), "\n") {
		if strings.HasPrefix(line, "n") && !strings.Contains(line, "= source") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

func view(t *testing.T, p *ir.Program, name string) ir.View {
	t.Helper()
	for _, l := range p.Lets {
		if l.Name == name {
			return l.View
		}
	}
	t.Fatalf("no definition %s", name)
	return ir.View{}
}

// world changes the cells of a program at random, in the way that their kinds
// allow.
type world struct {
	m    *vm.Machine
	p    *ir.Program
	r    *rand.Rand
	rows map[[2]int][][]value.Value
}

func (w *world) step(t *testing.T) {
	t.Helper()
	var changes []vm.Change
	for range 1 + w.r.Intn(6) {
		cell := w.r.Intn(len(w.p.Cells))
		changes = append(changes, w.change(cell)...)
	}
	if _, err := w.m.Step(changes); err != nil {
		t.Fatal(err)
	}
}

// change makes one change of a cell: a row of its contents comes or goes, and
// the keys in front of it are present as long as a row has them.
func (w *world) change(cell int) []vm.Change {
	c := w.p.Cells[cell]
	rels := lattice.Relations(c.Kind, c.View.Type)
	row := make([]value.Value, len(rels[0].Cols))
	for i, t := range rels[0].Cols {
		row[i] = w.value(t)
	}
	id := [2]int{cell, 0}
	out := w.toggle(id, rels[0], row)
	for leaf := 1; leaf < len(rels); leaf++ {
		n := len(rels[leaf].Cols)
		key := [2]int{cell, leaf}
		if w.find(key, row[:n]) < 0 {
			w.rows[key] = append(w.rows[key], row[:n])
			out = append(out, vm.Change{Cell: cell, Leaf: leaf, Row: w.words(row[:n], rels[leaf].Cols), Mult: 1})
		}
	}
	return out
}

func (w *world) toggle(id [2]int, rel lattice.Relation, row []value.Value) []vm.Change {
	change := func(row []value.Value, mult int64) vm.Change {
		return vm.Change{Cell: id[0], Leaf: id[1], Row: w.words(row, rel.Cols), Mult: mult}
	}
	if i := w.find(id, row); i >= 0 {
		if len(rel.Path) > 0 && lattice.Lookup(rel.Leaf.Resolve().Con).Rows == lattice.RowOfRead {
			return nil // a key that is present has a value
		}
		w.rows[id] = append(w.rows[id][:i:i], w.rows[id][i+1:]...)
		return []vm.Change{change(row, -1)}
	}
	var out []vm.Change
	last := len(row) - 1
	switch k := lattice.Lookup(rel.Leaf.Resolve().Con); k.Rows {
	case lattice.RowOfRead:
		for i, old := range w.rows[id] {
			if value.Equal(value.MakeTuple(old[:last]...), value.MakeTuple(row[:last]...)) {
				w.rows[id] = append(w.rows[id][:i:i], w.rows[id][i+1:]...)
				out = append(out, change(old, -1))
				break
			}
		}
	}
	w.rows[id] = append(w.rows[id], row)
	return append(out, change(row, 1))
}

func (w *world) find(id [2]int, row []value.Value) int {
	for i, r := range w.rows[id] {
		if value.Equal(value.MakeTuple(r...), value.MakeTuple(row...)) {
			return i
		}
	}
	return -1
}

func (w *world) words(row []value.Value, cols []*types.Type) []value.Word {
	out := make([]value.Word, len(row))
	for i, v := range row {
		if cols[i].IsRaw() {
			out[i] = value.RawWord(v)
		} else {
			out[i] = w.m.Interner().Word(v)
		}
	}
	return out
}

func (w *world) value(t *types.Type) value.Value {
	t = t.Resolve()
	switch t.Con {
	case "Int", "Nat":
		return value.MakeInt(int64(w.r.Intn(8)))
	case "Bool", "Flag":
		return value.MakeBool(true)
	case "String":
		return value.MakeString([]string{"x", "y z", "x x y"}[w.r.Intn(3)])
	case "Max", "Min", "IVar":
		return w.value(t.Args[0])
	case "Option":
		if w.r.Intn(4) == 0 {
			return value.None()
		}
		return value.Some(w.value(t.Args[0]))
	}
	c := t.Def.Ctors[w.r.Intn(len(t.Def.Ctors))]
	fields := make([]value.Value, len(c.Fields))
	for i, f := range c.Fields {
		fields[i] = w.value(f.Type)
	}
	return value.MakeRecord(c.Value, fields...)
}

package conform

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/vm"
)

// largeRecursions are programs over relations of hundreds of rows, of numbers and
// of texts, which take other paths than small ones: rows that are laid out anew,
// columns that need more than 32 bits, orders of evaluation that are given up.
var largeRecursions = []struct{ name, text string }{
	{"shortest", `let rec d: Map[Int, Min[Nat]] = { 0: 0 } | { y: n + w for (x, n) in d, (x2, y, w) in w3 if x == x2 }`},
	{"shortest by name", `let rec d: Map[String, Min[Nat]] = { "n0": 0 } | { y: n + w for (x, n) in d, (x2, y, w) in s3 if x == x2 }`},
	{"backwards", `let rec d: Map[Int, Min[Nat]] = { 0: 0 } | { x: n + w for (y, n) in d, (x, y2, w) in w3 if y == y2 }`},
	{"of pairs", `let rec d: Map[(Int, String), Min[Nat]] = { (a, b): 1 for (a, b) in m if a < 3 }
  | { (y, b): n + w for ((x, b), n) in d, (x2, y, w) in w3 if x == x2 and w % 3 == 0 and y < 9 }`},
	{"shifted", `let rec d: Map[Int, Min[Nat]] = { 0: 0 } | { (y + 1) % 20: n + w for (x, n) in d, (x2, y, w) in w3 if x == x2 }`},
	{"longest", `let rec d: Map[Int, Max[Nat]] = { 0: 1 } | { y: n + w for (x, n) in d, (x2, y, w) in w3 if x == x2 and x < y }`},
	{"quotients", `let rec d: Map[Int, Min[Int]] = { 0: 9 } | { y: n / (y % 5) for (x, n) in d, (x2, y) in e if x == x2 }`},
	{"least name", `let rec c: Map[Int, Min[String]] = { x: t for (x, t) in m } | { y: k for (x, k) in c, (x2, y) in e if x == x2 }`},
	{"true of all", `let rec c: Map[Int, Max[Bool]] = { x: x > 20 for (x, t) in m } | { y: k for (x, k) in c, (x2, y) in e if x == x2 }`},
	{"two feeds", `let rec d: Map[Int, Min[Nat]] = { 0: 0 } | { y: n + w for (x, n) in d, (x2, y, w) in w3 if x == x2 }
  | { y: n + 7 for (x, n) in d, (x2, y) in e if x == x2 }`},
	{"paths of names", `let rec t: Set[(String, String)] = { (x, y) for (x, y, w) in s3 if w < 2 } | { (x, z) for (x, y) in t, (y2, z, w) in s3 if y == y2 and w < 2 }`},
	{"hops", `let rec r: Set[(Int, Nat)] = { (0, 0) } | { (y, k + 1) for (x, k) in r, (x2, y) in e if x == x2 and k < 5 }`},
	{"brackets", `let rec t: Set[(Int, Int)] = { (x, x) for (x, y) in e if x < 9 } | { (x, z) for (x, y) in t, (y2, z) in t if y == y2 }
  | { (a, d) for (a, b, l) in w3, (b2, c) in t, (c2, d, k) in w3 if b == b2 and c == c2 and l == k + 1 and k < 2 }`},
	{"labels", `let rec t: Set[(Int, Int, Nat)] = { (x, y, w) for (x, y, w) in w3 if w < 3 }
  | { (x, z, k) for (x, y, k) in t, (y2, z, l) in w3 if y == y2 and k == l }`},
	{"fields", `let rec pt: Set[(Int, Int)] = { (x, y) for (x, y) in e if x < 8 } | { (x, o) for (x, y, f) in w3, (y2, p) in pt, (p2, f2, o) in hp if y == y2 and p == p2 and f == f2 }
let rec hp: Set[(Int, Nat, Int)] = { (o, f, q) for (x, y, f) in w3, (x2, o) in pt, (y2, q) in pt if x == x2 and y == y2 and f < 2 and x < 8 and o < 8 }`},
	{"closure", `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 }`},
	{"square", `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in t if y == y2 }`},
	{"generation", `let rec t = { (x, y) for (x, p) in e, (y, q) in e if p == q } | { (x, y) for (x, a) in e, (a2, b) in t, (y, b2) in e if a == a2 and b == b2 }`},
	{"both ways", `let rec t = e | { (y, x) for (x, y) in t } | { (x, z) for (x, y) in t, (z, y2) in e if y == y2 }`},
	{"reached", `let rec r: Set[Int] = { x for (x, t) in m if x < 2 } | { y for x in r, (x2, y) in e if x == x2 }`},
	{"even and odd", `let rec even = { (x, x) for (x, y) in e } | { (x, z) for (x, y) in odd, (y2, z) in e if y == y2 }
let rec odd = { (x, z) for (x, y) in even, (y2, z) in e if y == y2 }`},
	{"through pairs", `let rec t = e | { (x, w) for (x, y) in t, (y2, z) in t, (z2, w) in e if y == y2 and z == z2 }`},
	{"others", `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 and x != z }
let n = size(t)`},
	{"others on both sides", `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in t if y == y2 and x != z } | { (y, x) for (x, y) in t if x > y }`},
	{"others backwards", `let rec t = e | { (x, z) for (x, y) in e, (y2, z) in t if y == y2 and x != z }`},
	{"sums", `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 and (x + 3 * z) % 7 != 0 }`},
	{"sums backwards", `let rec t = e | { (x, z) for (x, y) in e, (y2, z) in t if y == y2 and (x + 3 * z) % 7 != 0 }`},
	{"quotient of both", `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 and 40 / (x - z) < 9 }
let n = size(t)`},
	{"quotient of rows that are read", `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 and 40 / (x - z) < 9 }
let far = { (x, z) for (x, y) in t, (y2, z, k) in w3 if y == y2 and x < z }`},
	{"quotient in a column", `let rec t: Set[(Int, Int)] = e | { (x, 60 / (x - z)) for (x, y) in t, (y2, z) in e if y == y2 and x < 15 }`},
	{"quotient of three", `let rec t: Set[(Int, Int, Nat)] = { (x, z, k) for (x, z, k) in w3 if k < 2 } | { (x, y + 50 / (y - z), k) for (x, y, k) in t, (y2, z) in e if y == y2 and k < 3 and y < 25 }`},
	{"first label kept", `let rec t: Set[(Int, Int, Nat)] = w3 | { (x, z, k) for (x, y, k) in t, (y2, z) in e if y == y2 and x != z }`},
	{"label turned", `let rec t: Set[(Nat, Int, Int)] = { (k, x, y) for (x, y, k) in w3 if k < 4 } | { (k, z, x) for (k, x, y) in t, (y2, z, l) in w3 if y == y2 and l == k }`},
	{"labels on both sides", `let rec t: Set[(Int, Int, Nat)] = { (x, y, k) for (x, y, k) in w3 if k < 4 } | { (x, z, k) for (x, y, k) in t, (y2, z, l) in t if y == y2 and k == l }`},
	{"labelled generation", `let rec t: Set[(Int, Int, Nat)] = { (x, y, k) for (x, p, k) in w3, (y, q, l) in w3 if p == q and k == l and x != y and k < 4 }
  | { (x, y, k) for (x, p, k) in w3, (p2, q, l) in t, (y, q2, j) in w3 if p == p2 and k == l and q == q2 and l == j }`},
	{"hops of pairs", `let rec t: Set[(Int, Int, Int)] = { (x, y, 1) for (x, y) in e } | { (x, z, k + 1) for (x, y, k) in t, (y2, z) in e if y == y2 and k < 3 }`},
	{"allowed", `let rec t = e | { (x, z) for (x, y) in t, (y2, z, k) in w3 if y == y2 and (z, x) in e }`},
	{"allowed ends", `let ends = { x for (x, t) in m }
let rec t = e | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 and z in ends }`},
	{"forbidden", `let rec t = e | { (x, z) for (x, y) in t, (y2, z, k) in w3 if y == y2 and (x, z) not in e and k < 3 }`},
	{"loans", `let rec t: Set[(Int, Int, Nat)] = { (x, y, k) for (x, y, k) in w3 if k < 4 and x < 9 } | { (a, c, p) for (a, b, p) in t, (b2, c, q) in t if b == b2 and p == q }
  | { (a, b, q) for (a, b, p) in t, (p2, q, k) in w3, (a2, q2) in e, (b2, q3) in e if p == p2 and a == a2 and q == q2 and b == b2 and q == q3 and q >= 0 and q < 4 }`},
	{"some way on", `let rec t = e | { (x, x) for (x, y) in t, (y2, z, k) in w3 if y == y2 and k == 2 } | { (z, x) for (x, y) in t, (y2, z, k) in w3 if y == y2 and k == 1 }`},
	{"texts and numbers", `let rec t: Set[(Int, String, Int)] = { (x, n, x) for (x, n) in m } | { (x, n, z) for (x, n, y) in t, (y2, z) in e, (z2, n2) in m if y == y2 and z == z2 and n != n2 }`},
	{"apart", `let rec t: Set[(Int, Int)] = e | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 and x != z and z % 3 != 1 }`},
}

// TestRecursionInLargeTurns changes cells by none, a few or hundreds of rows a
// turn, over cells that grow and such that lose rows, and holds what is recursive
// against the oracle. LASP_OPS is the number of runs of each program.
func TestRecursionInLargeTurns(t *testing.T) {
	runs := 1
	if n, err := strconv.Atoi(os.Getenv("LASP_OPS")); err == nil {
		runs = max(1, n/60)
	}
	for i, c := range largeRecursions {
		t.Run(c.name, func(t *testing.T) {
			for _, kind := range []string{"GSet", "AWSet"} {
				for run := range runs {
					text := fmt.Sprintf("shared e: %[1]s[(Int, Int)]\nshared m: %[1]s[(Int, String)]\nshared w3: %[1]s[(Int, Int, Nat)]\nshared s3: %[1]s[(String, String, Nat)]\n", kind) + c.text
					if d := largeTurns(t, text, uint64(100*run+i)); d != "" {
						t.Fatalf("%s, run %d: %s", kind, run, d)
					}
				}
			}
		})
	}
}

// largeTurns runs turns of very different sizes.
func largeTurns(t *testing.T, text string, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 31))
	sizes := []int{[]int{0, 3, 160}[r.IntN(3)], 70, 2, 90 + r.IntN(200), 5}
	return toggling(t, r, compileText(t, text), sizes, func(f *feeder) { f.toggleTyped(r) })
}

// toggleTyped adds or removes one row of a cell of the program, of numbers that
// are small as a rule, or of names.
func (f *feeder) toggleTyped(r *rand.Rand) {
	cell := r.IntN(len(f.p.Cells))
	view := f.p.Nodes[f.p.Cells[cell].View.Node]
	var row []value.Value
	for i, t := range view.Cols {
		n := r.Int64N(25)
		switch {
		case t.Is("String"):
			row = append(row, value.MakeString("n"+strconv.FormatInt(n, 10)))
		case t.Is("Nat") && i == 2:
			row = append(row, value.MakeInt(weight(r)))
		default:
			row = append(row, value.MakeInt(n))
		}
	}
	n := int64(1)
	if _, is := f.has[[2]int{cell, 0}][value.MakeTuple(row...).String()]; is && f.p.Cells[cell].Kind.Is("AWSet") {
		n = -1
	}
	f.change(cell, 0, n, row...)
}

// weight is a small number, and rarely one of more than 32 bits.
func weight(r *rand.Rand) int64 {
	if r.IntN(40) == 0 {
		return 1<<33 + r.Int64N(4)
	}
	return r.Int64N(6)
}

// TestOrderByValuesIsGivenUp: where the better value always comes later, an order
// by values doubles the work with every step; it must not.
func TestOrderByValuesIsGivenUp(t *testing.T) {
	const steps, deep = 40, int64(1) << 50
	p := compileText(t, "shared w: GSet[(Int, Int, Int)]\nlet rec d: Map[Int, Max[Int]] = { 0: 0 } | { y: n + k for (x, n) in d, (x2, y, k) in w if x == x2 }")
	m, err := vm.New(p, lasp.Ops(), vm.Options{Fuel: 200_000})
	if err != nil {
		t.Fatal(err)
	}
	in, want := m.Interner(), int64(0)
	var changes []vm.Change
	edge := func(x, y, k int64) {
		row := []value.Word{in.Word(value.MakeInt(x)), in.Word(value.MakeInt(y)), in.Word(value.MakeInt(k))}
		changes = append(changes, vm.Change{Mult: 1, Row: row})
	}
	for i := range int64(steps) {
		gain := int64(1) << (steps - i)
		edge(i, 1000+i, -deep)
		edge(i, i+1, 0)
		edge(1000+i, i+1, deep+gain)
		want += gain
	}
	if _, err := m.Step(changes); err != nil {
		t.Fatal(err)
	}
	if len(p.Lets) != 1 {
		t.Fatalf("%d definitions, want one", len(p.Lets))
	}
	for _, l := range p.Lets {
		got, ok, err := m.Lookup(l.View, value.MakeInt(steps))
		if err != nil || !ok || !value.Equal(got, value.MakeInt(want)) {
			t.Errorf("the longest way is %v (%t, %v), want %d", got, ok, err, want)
		}
	}
}

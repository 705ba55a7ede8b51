package conform

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/vm"
)

// recursions are programs over removable sets of small integers, with every form
// of rule: one, two and three recursive atoms, mutual recursion, filters and
// computed columns, negation of what is outside, the best of many values, values
// that do not get worse on a cycle, errors inside.
var recursions = []struct{ name, text string }{
	{"left", `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 }`},
	{"right", `let rec t = e | { (x, z) for (x, y) in e, (y2, z) in t if y == y2 }`},
	{"square", `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in t if y == y2 }`},
	{"cube", `let rec t = e | { (x, w) for (x, y) in t, (y2, z) in t, (z2, w) in t if y == y2 and z == z2 }`},
	{"generation", `let rec t = { (x, y) for (x, p) in e, (y, q) in e if p == q and x != y }
  | { (x, y) for (x, a) in e, (a2, b) in t, (y, b2) in f if a == a2 and b == b2 }`},
	{"pointers", `let rec pt = e
  | { (v, o) for (v, w) in f, (w2, o) in pt if w == w2 }
  | { (v, o) for (v, p) in h, (p2, w) in pt, (w2, o) in pt if p == p2 and w == w2 }
  | { (w, o) for (p, v) in g, (p2, w) in pt, (v2, o) in pt if p == p2 and v == v2 }`},
	{"mutual", `let rec even = f | { (x, z) for (x, y) in odd, (y2, z) in e if y == y2 }
let rec odd = { (x, z) for (x, y) in even, (y2, z) in e if y == y2 }`},
	{"reach", `let rec r: Set[Int] = { y for (x, y) in f if x == 0 } | { y for x in r, (x2, y) in e if x == x2 }`},
	{"both ways", `let rec t = e | { (y, x) for (x, y) in t } | { (x, x) for (x, y) in t if x > y }`},
	{"symmetric", `let rec t = e | { (y, x) for (x, y) in t } | { (x, z) for (x, y) in t, (z, y2) in t if y == y2 }`},
	{"sources", `let rec r: Set[Int] = { y for (x, y) in f if x == 0 } | { x for (x, y) in e, y2 in r if y == y2 }
let rec t = e | { (z, x) for (x, y) in t, (y2, z) in t if y == y2 } | { (x, x) for x in u }
let rec u: Set[Int] = { y for (x, y) in f } | { y for (x, y) in t }`},
	{"twice one key", `let rec t = e | { (x, z) for (w, x) in f, (y, z) in t if y == x and z == x }
  | { (z, w) for (w, x) in f, (y, z) in t if z == x and y == x }`},
	{"keys of two columns", `let rec t = e | { (x, z) for (_, x) in t, (y, _) in f, (w, z) in t if y == x and z == y and x == z }
  | { (x, w) for (x, y) in t, (y2, z) in t, (y3, z2) in t, (w, x2) in e if y == y2 and y3 == y and z == z2 and x == x2 }`},
	{"product", `let rec t = e | { (x, w) for (x, y) in t, (z, w) in f if x != w and (x + w) % 3 == 0 }`},
	{"divides", `let rec t = e | { (x, z % 5) for (x, y) in t, (y2, z) in f if y == y2 and 12 / (z - 1) > 2 }`},
	{"negated", `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in f if y == y2 and (x, z) not in h }`},
	{"present", `let rec t = e | { (x, z) for (x, y) in t, (y2, z) in f if y == y2 and (x, z) in h }`},
	{"shortest", `let rec d: Map[Int, Min[Nat]] = { 0: 0 } | { y: n + w for (x, n) in d, (x2, y, w) in w3 if x == x2 }`},
	{"all shortest", `let rec d: Map[(Int, Int), Min[Nat]] = { (a, b): w for (a, b, w) in w3 }
  | { (a, c): n + w for ((a, b), n) in d, (b2, c, w) in w3 if b == b2 }`},
	{"shortest of two", `let rec d: Map[(Int, Int), Min[Nat]] = { (a, b): w for (a, b, w) in w3 }
  | { (a, c): n + k for ((a, b), n) in d, ((b2, c), k) in d if b == b2 }`},
	{"least member", `let rec c: Map[Int, Min[Int]] = { x: x for (x, y) in e } | { y: k for (x, k) in c, (x2, y) in e if x == x2 }`},
	{"greatest member", `let rec c: Map[Int, Max[Int]] = { x: x for (x, y) in e } | { y: k for (x, k) in c, (x2, y) in e if x == x2 }`},
	{"widest", `let rec c: Map[Int, Max[Int]] = { y: w for (x, y, w) in w3 if x == 0 }
  | { y: (if k < w then k else w) for (x, k) in c, (x2, y, w) in w3 if x == x2 }`},
	{"bottleneck", `let rec c: Map[Int, Min[Int]] = { y: w for (x, y, w) in w3 if x == 0 }
  | { y: (if k > w then k else w) for (x, k) in c, (x2, y, w) in w3 if x == x2 }`},
	{"capped", `let rec c: Map[Int, Min[Int]] = { x: 6 for (x, y) in f }
  | { y: (if k <= 3 then 1 else 3) for (x, k) in c, (x2, y) in e if x == x2 }`},
}

// TestRecursionLosesRows changes cells at random, cycles and all, and holds what
// is recursive against the oracle after each turn. LASP_OPS is the number of
// turns of each program.
func TestRecursionLosesRows(t *testing.T) {
	turns := 60
	if n, err := strconv.Atoi(os.Getenv("LASP_OPS")); err == nil {
		turns = n
	}
	for i, c := range recursions {
		t.Run(c.name, func(t *testing.T) {
			p := compileText(t, "shared e, f, g, h: AWSet[(Int, Int)]\nshared w3: AWSet[(Int, Int, Nat)]\n"+c.text)
			for turns, seed := turns, uint64(i); turns > 0; turns, seed = turns-30, seed+100 {
				if d := loseRows(t, p, seed, min(turns, 30)); d != "" {
					t.Fatalf("seed %d: %s", seed, d)
				}
			}
		})
	}
}

// TestRecursionGrows is the same over sets that only grow, which run on another
// representation, alone, counted, and read by another definition.
func TestRecursionGrows(t *testing.T) {
	turns := 15
	if n, err := strconv.Atoi(os.Getenv("LASP_OPS")); err == nil {
		turns = n
	}
	for i, c := range recursions {
		t.Run(c.name, func(t *testing.T) {
			for _, show := range []string{"", "\nshow n = size(%s)", "\nshow near = { p for p in %[1]s if p in %[1]s }"} {
				name := strings.Fields(strings.TrimPrefix(c.text, "let rec "))[0]
				if strings.HasSuffix(name, ":") && show != "" {
					continue
				}
				if show != "" {
					show = fmt.Sprintf(show, name)
				}
				p := compileText(t, "shared e, f, g, h: GSet[(Int, Int)]\nshared w3: GSet[(Int, Int, Nat)]\n"+c.text+show)
				for turns, seed := turns, uint64(i); turns > 0; turns, seed = turns-15, seed+100 {
					if d := loseRows(t, p, seed, min(turns, 15)); d != "" {
						t.Fatalf("seed %d: %s%s", seed, d, show)
					}
				}
			}
		})
	}
}

func compileText(t *testing.T, text string) *ir.Program {
	t.Helper()
	p, ds := lasp.Check(source.NewFile("p.lasp", []byte(text)))
	var all []string
	for _, d := range ds {
		all = append(all, d.Message)
	}
	compiled, err := lasp.Compile(p)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, strings.Join(all, "\n"), text)
	}
	return compiled
}

// loseRows runs turns of random changes, few nodes and some turns of many
// changes, so that rows come and go for several reasons at once.
func loseRows(t *testing.T, p *ir.Program, seed uint64, turns int) string {
	r := rand.New(rand.NewPCG(seed, 13))
	nodes := 2 + r.Int64N(5)
	sizes := make([]int, turns)
	for i := range sizes {
		sizes[i] = 1 + r.IntN(1+r.IntN(8))
	}
	return toggling(t, r, p, sizes, func(f *feeder) { f.toggle(r, nodes) })
}

// toggling runs turns of so many changes each on a machine and on the oracle, and
// says where they differ, "" for nowhere.
func toggling(t *testing.T, r *rand.Rand, p *ir.Program, sizes []int, toggle func(*feeder)) string {
	in := value.NewInterner()
	m, err := vm.New(p, lasp.Ops(), vm.Options{Interner: in})
	if err != nil {
		t.Fatal(err)
	}
	f := newFeeder(r, p, in, lasp.Ops())
	heads := make([]bag, len(p.Handlers))
	for turn, size := range sizes {
		f.changes = f.changes[:0]
		for range size {
			toggle(f)
		}
		out, err := m.Step(f.changes)
		if err != nil {
			return fmt.Sprintf("turn %d: %v", turn, err)
		}
		f.oracle.Turn()
		if d := differ(m, f.oracle, p, out, heads, NewCoverage()); d != "" {
			return fmt.Sprintf("turn %d: %s", turn, d)
		}
	}
	return ""
}

// toggle adds or removes one row of small integers.
func (f *feeder) toggle(r *rand.Rand, nodes int64) {
	cell := r.IntN(len(f.p.Cells))
	row := []value.Value{value.MakeInt(r.Int64N(nodes)), value.MakeInt(r.Int64N(nodes))}
	if len(f.p.Nodes[f.p.Cells[cell].View.Node].Cols) == 3 {
		row = append(row, value.MakeInt(r.Int64N(4)))
	}
	n := int64(1)
	if _, is := f.has[[2]int{cell, 0}][value.MakeTuple(row...).String()]; is && f.p.Cells[cell].Kind.Is("AWSet") {
		n = -1
	}
	f.change(cell, 0, n, row...)
}

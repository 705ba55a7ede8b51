package vm_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/vm"
)

// climbForms are recursions that keep best values, in the forms that batches treat
// differently: results that are columns, constants, sums, choices, questions; keys
// that the feed gives, that the rule makes, and that are texts; columns of truth
// values; several rules; and arithmetic that has no result for some rows.
var climbForms = []struct{ name, text string }{
	{"sum", `let rec t: Map[Int, Min[Int]] = { 0: 0 } | { y: d + w for (x, d) in t, (x2, y, w, ok, s) in l if x == x2 }`},
	{"least of a component", `let rec t: Map[Int, Min[Int]] = { x: x for (x, y, w, ok, s) in l } | { y: d for (x, d) in t, (x2, y, w, ok, s) in l if x == x2 } | { x: d for (y, d) in t, (x, y2, w, ok, s) in l if y == y2 }`},
	{"constant", `let rec t: Map[Int, Max[Int]] = { 0: 7 } | { y: 3 for (x, d) in t, (x2, y, w, ok, s) in l if x == x2 }`},
	{"truth values", `let rec t: Map[Int, Min[Int]] = { 0: 0 } | { y: (if ok then d + w else d + 2 * w) for (x, d) in t, (x2, y, w, ok, s) in l if x == x2 and (ok or w > 3) }`},
	{"shorter side", `let rec t: Map[(Int, Int), Max[Int]] = { (x, y): w for (x, y, w, ok, s) in l } | { (x, z): (if d < w then d else w) for ((x, y), d) in t, (y2, z, w, ok, s) in l if y == y2 and x != z }`},
	{"made keys", `let rec t: Map[(Int, Int), Min[Int]] = { (0, 0): 0 } | { (y, (k + 1) % 3): d + w for ((x, k), d) in t, (x2, y, w, ok, s) in l if x == x2 }`},
	{"texts", `let rec t: Map[String, Min[Int]] = { "0": 0 } | { s: d + w for (p, d) in t, (x, y, w, ok, s) in l, (q, x2) in names if p == q and x == x2 }
let names: Set[(String, Int)] = { (s, y) for (x, y, w, ok, s) in l }`},
	{"without result for some", `let rec t: Map[Int, Min[Int]] = { 0: 0 } | { y: d + 60 / w for (x, d) in t, (x2, y, w, ok, s) in l if x == x2 }`},
	{"too far", `let rec t: Map[Int, Max[Int]] = { 0: 9_223_372_036_854_775_000 } | { y: (if d < 9_223_372_036_854_775_800 then d + w else d + 100 * w) for (x, d) in t, (x2, y, w, ok, s) in l if x == x2 and x < y }`},
	{"texts ask", `let rec t: Map[Int, Min[Int]] = { 0: 0 } | { y: d + w for (x, d) in t, (x2, y, w, ok, s) in l if x == x2 and s.starts_with("1") }`},
}

// TestClimbFormsAgree computes each form with rows that come in one turn and in
// several, over sets that only grow and over sets that may lose rows, which is
// another algorithm, and holds them against each other, errors included.
func TestClimbFormsAgree(t *testing.T) {
	for _, f := range climbForms {
		t.Run(f.name, func(t *testing.T) {
			for seed := range uint64(6) {
				r := rand.New(rand.NewPCG(seed, 9))
				nodes := 4 + r.Int64N(60)
				want := ""
				for _, kind := range []string{"GSet", "AWSet"} {
					text := "shared l: " + kind + "[(Int, Int, Int, Bool, String)]\n" + f.text + "\nshow n = t"
					p := compile(t, f.name, text)
					for _, turns := range []int{1, 3} {
						m := machine(t, p)
						all := climbRows(m, rand.New(rand.NewPCG(seed, 10)), nodes)
						for i := range turns {
							turn(t, m, all[i*len(all)/turns:(i+1)*len(all)/turns]...)
						}
						v, err := m.View(p.Shows[0].View)
						got := fmt.Sprint(v, err, m.Errors())
						if want == "" {
							want = got
						}
						if got != want {
							t.Fatalf("seed %d, %s, %d turns: %s\nwant %s", seed, kind, turns, clip(got), clip(want))
						}
					}
				}
			}
		})
	}
}

// climbRows are edges with a weight, a truth value and a text.
func climbRows(m *vm.Machine, r *rand.Rand, nodes int64) (out []vm.Change) {
	seen := map[string]bool{}
	for range 6 * nodes {
		x, y, w := r.Int64N(nodes), r.Int64N(nodes), r.Int64N(12)
		if key := fmt.Sprint(x, y, w); seen[key] {
			continue
		} else {
			seen[key] = true
		}
		text := m.Interner().Word(value.MakeString(fmt.Sprint(y)))
		out = append(out, vm.Change{Mult: 1, Row: []value.Word{value.Word(x), value.Word(y), value.Word(w), value.Word(w % 2), text}})
	}
	return out
}

// clip is the first part of a long text.
func clip(s string) string {
	if len(s) > 300 {
		return s[:300] + strings.Repeat(".", 3)
	}
	return s
}

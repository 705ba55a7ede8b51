package vm_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/vm"
)

// pairRule is a rule t(x, z) from a(x, y), b(y, z) of a closure, where a and b are t
// itself or one of the cells.
type pairRule struct{ a, b string }

// closureForm is a recursion that looks like a closure, and whether it is one.
type closureForm struct {
	start  []string
	rules  []pairRule
	differ bool // x != z
	closed bool // over sets that grow: where derivations are counted each row is followed
}

var closureForms = []closureForm{
	{[]string{"e"}, []pairRule{{"t", "e"}}, false, true},
	{[]string{"e"}, []pairRule{{"e", "t"}}, false, true},
	{[]string{"e"}, []pairRule{{"t", "t"}}, false, true},
	{[]string{"e"}, []pairRule{{"t", "e"}}, true, true},
	{[]string{"e"}, []pairRule{{"e", "t"}}, true, true},
	{[]string{"e"}, []pairRule{{"t", "t"}}, true, true},
	{[]string{"e"}, []pairRule{{"t", "e"}, {"e", "t"}}, false, true},
	{[]string{"e", "f"}, []pairRule{{"t", "e"}, {"t", "f"}}, false, true},
	{[]string{"e", "f"}, []pairRule{{"e", "t"}, {"f", "t"}}, true, true},
	{[]string{"e", "f"}, []pairRule{{"t", "t"}, {"t", "e"}}, false, true},
	{[]string{"e", "f"}, []pairRule{{"t", "e"}, {"f", "t"}}, false, false}, // no f after e
	{[]string{"e"}, []pairRule{{"t", "e"}, {"t", "f"}}, false, false},      // f does not begin
	{[]string{"e"}, []pairRule{{"t", "f"}}, false, false},
	{[]string{"e"}, []pairRule{{"f", "t"}}, false, false},
	{[]string{"e", "f"}, []pairRule{{"t", "e"}}, false, false},
	{[]string{"e", "f"}, []pairRule{{"t", "f"}, {"t", "f"}}, true, false},
}

func (c closureForm) text(kind string) string {
	parts := slices.Clone(c.start)
	for _, r := range c.rules {
		cond := "y == y2"
		if c.differ {
			cond += " and x != z"
		}
		parts = append(parts, fmt.Sprintf("{ (x, z) for (x, y) in %s, (y2, z) in %s if %s }", r.a, r.b, cond))
	}
	return "shared e, f: " + kind + "[(Int, Int)]\nlet rec t: Set[(Int, Int)] = " + strings.Join(parts, " | ") + "\nshow t\n"
}

// plain is the recursion as its rules say it, each pair against each until nothing
// is new.
func (c closureForm) plain(cells map[string]map[[2]int64]bool) map[[2]int64]bool {
	t := map[[2]int64]bool{}
	for _, s := range c.start {
		for p := range cells[s] {
			t[p] = true
		}
	}
	of := func(name string) map[[2]int64]bool {
		if name == "t" {
			return t
		}
		return cells[name]
	}
	for was := -1; was < len(t); {
		was = len(t)
		for _, r := range c.rules {
			after := map[int64][]int64{}
			for p := range of(r.b) {
				after[p[0]] = append(after[p[0]], p[1])
			}
			var more [][2]int64
			for p := range of(r.a) {
				for _, z := range after[p[1]] {
					if !c.differ || p[0] != z {
						more = append(more, [2]int64{p[0], z})
					}
				}
			}
			for _, p := range more {
				t[p] = true
			}
		}
	}
	return t
}

// sparseGraph is edges among n nodes: anything, without cycles, or a path in some
// order.
func sparseGraph(r *rand.Rand, n int64) (edges [][2]int64) {
	kind, names := r.IntN(3), r.Perm(int(n))
	for i := range n {
		for range 1 + r.IntN(2) {
			e := [2]int64{i, r.Int64N(n)}
			switch {
			case kind == 2:
				e[1] = (i + 1) % n
			case kind == 1 && e[0] > e[1]:
				e[0], e[1] = e[1], e[0]
			}
			edges = append(edges, [2]int64{int64(names[e[0]]), int64(names[e[1]])})
		}
	}
	r.Shuffle(len(edges), func(i, j int) { edges[i], edges[j] = edges[j], edges[i] })
	return edges
}

// TestClosuresAgainstTheirRules holds recursions that are closures, and such as only
// look like one, against their rules, after each of some turns: a large one, small
// ones, and where rows can leave one in which some do.
func TestClosuresAgainstTheirRules(t *testing.T) {
	for i, c := range closureForms {
		for _, kind := range []string{"GSet", "AWSet"} {
			p := compile(t, "closure.lasp", c.text(kind))
			closed := c.closed && kind == "GSet"
			if got := vm.Closed(machine(t, p)) == 1; got != closed {
				t.Errorf("form %d over %s is followed as a closure: %t, want %t", i, kind, got, closed)
			}
			for seed := range uint64(6) {
				r := rand.New(rand.NewPCG(seed, uint64(i)))
				n := []int64{6, 30, 90}[seed%3]
				m, cells := machine(t, p), map[string]map[[2]int64]bool{"e": {}, "f": {}}
				send := func(edges [][2]int64, mult int64) {
					var changes []vm.Change
					for _, e := range edges {
						at := r.IntN(2)
						cell := cells[[]string{"e", "f"}[at]]
						if cell[e] == (mult > 0) {
							continue
						}
						if mult > 0 {
							cell[e] = true
						} else {
							delete(cell, e)
						}
						changes = append(changes, vm.Change{Cell: at, Mult: mult, Row: []value.Word{value.Word(e[0]), value.Word(e[1])}})
					}
					turn(t, m, changes...)
					if got, want := pairsShown(t, m, p), c.plain(cells); !maps.Equal(got, want) {
						t.Fatalf("form %d over %s, seed %d: %d pairs, want %d", i, kind, seed, len(got), len(want))
					}
				}
				edges := sparseGraph(r, n)
				half := len(edges) / 2
				send(edges[:half], 1)
				send(edges[half:half+1], 1)
				send(edges[half+1:], 1)
				send([][2]int64{{n, 0}, {0, n}, {n, n}}, 1)
				if kind == "AWSet" {
					send(edges[:3], -1)
				}
			}
		}
	}
}

// pairsShown is the pairs of the first view.
func pairsShown(t *testing.T, m *vm.Machine, p *ir.Program) map[[2]int64]bool {
	t.Helper()
	v, err := m.View(p.Shows[0].View)
	if err != nil {
		t.Fatal(err)
	}
	got := map[[2]int64]bool{}
	for _, e := range v.Elems() {
		got[[2]int64{e.Elems()[0].Int(), e.Elems()[1].Int()}] = true
	}
	if len(got) != v.Len() {
		t.Fatalf("%d pairs, %d of them different", v.Len(), len(got))
	}
	return got
}

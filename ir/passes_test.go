package ir

import (
	"fmt"
	"strings"
	"testing"

	"github.com/laspc/lasp/stdlib"
)

// graphText is a program of two sets of pairs, s and t, and a set of words, with
// the given nodes from n3 on; the last one is named.
func graphText(nodes ...string) string {
	var b strings.Builder
	b.WriteString(`program "main" file "x.lasp"
type P record P(a: Int, b: Int)
cell s: AWSet[(Int, Int)] shared group "" = n0 as Set[(Int, Int)] ; 
cell t: AWSet[(Int, Int)] shared group "" = n1 as Set[(Int, Int)] ; 
cell p: AWSet[P] shared group "" = n2 as Set[P] ; 
n0 = source s.0 : Set[(Int, Int)] (Int, Int) ; H in s, eventual, zset, linear
n1 = source t.0 : Set[(Int, Int)] (Int, Int) ; H in t, eventual, zset, linear
n2 = source p.0 : Set[P] (P) ; H in p, eventual, zset, linear
`)
	for i, n := range nodes {
		fmt.Fprintf(&b, "n%d = %s\n", i+3, n)
	}
	return b.String()
}

// passed runs the passes over the nodes and returns those that remain after the
// sources, without labels.
func passed(t *testing.T, typ string, nodes ...string) []string {
	t.Helper()
	for i, n := range nodes {
		nodes[i] = n + " ; fixed, lattice, linear" // labels do not matter here
	}
	p, err := parseOnly(graphText(nodes...) + fmt.Sprintf("let d = n%d as %s class fixed ; \n", len(nodes)+2, typ))
	if err != nil {
		t.Fatal(err)
	}
	if err := Finish(p, stdlib.Table(), true); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, n := range p.Nodes {
		w := &printer{p: p}
		if w.node(n); n.Kind != Source {
			text, _, _ := strings.Cut(w.b.String(), " ;")
			out = append(out, text)
		}
	}
	return out
}

// passCase is nodes over the sources above, n0 to n2, with what the passes make of them.
type passCase struct {
	name, typ string
	nodes     []string
	want      []string
}

func checkPasses(t *testing.T, cases []passCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := passed(t, c.typ, c.nodes...)
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestPasses(t *testing.T) {
	checkPasses(t, []passCase{
		{
			"a filter over a product is an equi-join", "Set[(Int, Int)]",
			[]string{
				"join n0 n1 (Int, Int, Int, Int)",
				"map n3 if {eq($1, $2):Bool} (Int, Int, Int, Int)",
				"map n4 {$0, $3} (Int, Int)",
				"distinct n5 : Set[(Int, Int)] (Int, Int)",
			},
			[]string{
				"n3 = join n0 n1 on [1] = [0] {$0, $3} (Int, Int)",
				"n4 = distinct n3 : Set[(Int, Int)] (Int, Int)",
			},
		},
		{
			"a key that is no column becomes one, and columns that nobody reads go", "Set[Int]",
			[]string{
				"join n2 n0 (P, Int, Int)",
				"map n3 if {eq(field 0($0):Int, int.add($1, 1)):Bool} (P, Int, Int)",
				"map n4 {$2} (Int)",
				"distinct n5 : Set[Int] (Int)",
			},
			[]string{
				"n3 = map n2 {field 0($0):Int} (Int)",
				"n4 = map n0 {$1, int.add($0, 1)} (Int, Int)",
				"n5 = join n3 n4 on [0] = [1] {$1} (Int)",
				"n6 = distinct n5 : Set[Int] (Int)",
			},
		},
		{
			"conditions on one side go below the join, what may fail stays behind what guards it", "Set[(Int, Int)]",
			[]string{
				"join n0 n1 (Int, Int, Int, Int)",
				"map n3 if {ne($0, 0):Bool} (Int, Int, Int, Int)",
				"map n4 if {eq($1, $2):Bool} (Int, Int, Int, Int)",
				"map n5 if {eq(int.div($3, $0), 2):Bool} (Int, Int, Int, Int)",
				"map n6 {$0, $3} (Int, Int)",
				"distinct n7 : Set[(Int, Int)] (Int, Int)",
			},
			[]string{
				"n3 = map n0 if {ne($0, 0):Bool} (Int, Int)",
				"n4 = join n3 n1 on [1] = [0] if {eq(int.div($3, $0), 2):Bool} {$0, $3} (Int, Int)",
				"n5 = distinct n4 : Set[(Int, Int)] (Int, Int)",
			},
		},
		{
			"three generators are two joins", "Set[(Int, Int)]",
			[]string{
				"join n0 n1 (Int, Int, Int, Int)",
				"join n3 n0 (Int, Int, Int, Int, Int, Int)",
				"map n4 if {if(eq($1, $2):Bool, eq($3, $4):Bool, false)} (Int, Int, Int, Int, Int, Int)",
				"map n5 {$0, $5} (Int, Int)",
				"distinct n6 : Set[(Int, Int)] (Int, Int)",
			},
			[]string{
				"n3 = join n0 n1 on [1] = [0] {$0, $3} (Int, Int)",
				"n4 = join n3 n0 on [1] = [0] {$0, $3} (Int, Int)",
				"n5 = distinct n4 : Set[(Int, Int)] (Int, Int)",
			},
		},
		{
			"maps fuse unless that computes something twice", "Set[Int]",
			[]string{
				"map n0 {int.mul($0, $1)} (Int)",
				"map n3 if {gt($0, 3):Bool} (Int)",
				"map n4 {int.add($0, 1)} (Int)",
				"distinct n5 : Set[Int] (Int)",
			},
			[]string{
				"n3 = map n0 {int.mul($0, $1)} (Int)",
				"n4 = map n3 if {gt($0, 3):Bool} {int.add($0, 1)} (Int)",
				"n5 = distinct n4 : Set[Int] (Int)",
			},
		},
		{
			"a product that others read stays for them", "Set[(Int, Int)]",
			[]string{
				"join n0 n1 (Int, Int, Int, Int)",
				"map n3 if {eq($1, $2):Bool} (Int, Int, Int, Int)",
				"map n4 {$0, $3} (Int, Int)",
				"map n3 if {eq($0, $3):Bool} (Int, Int, Int, Int)",
				"map n6 {$1, $2} (Int, Int)",
				"union n5 n7 (Int, Int)",
				"distinct n8 : Set[(Int, Int)] (Int, Int)",
			},
			[]string{
				"n3 = join n0 n1 on [1] = [0] {$0, $3} (Int, Int)",
				"n4 = join n0 n1 on [0] = [1] {$1, $2} (Int, Int)",
				"n5 = union n3 n4 (Int, Int)",
				"n6 = distinct n5 : Set[(Int, Int)] (Int, Int)",
			},
		},
		{
			"equal sub-graphs are one, dead nodes are gone", "Set[Int]",
			[]string{
				"map n0 {$0} (Int)",
				"map n0 {$0} (Int)",
				"map n1 {$0} (Int)",
				"union n3 n4 (Int)",
				"distinct n6 : Set[Int] (Int)",
			},
			[]string{
				"n3 = map n0 {$0} (Int)",
				"n4 = union n3 n3 (Int)",
				"n5 = distinct n4 : Set[Int] (Int)",
			},
		},
		{
			"a filter goes below an anti-join to its product, the anti-join below the join", "Set[Int]",
			[]string{
				"join n0 n1 (Int, Int, Int, Int)",
				"antijoin n3 n1 on [0] = [1] (Int, Int, Int, Int)",
				"map n4 if {eq($1, $2):Bool} (Int, Int, Int, Int)",
				"map n5 {$3} (Int)",
				"distinct n6 : Set[Int] (Int)",
			},
			[]string{
				"n3 = antijoin n0 n1 on [0] = [1] (Int, Int)",
				"n4 = join n3 n1 on [1] = [0] {$3} (Int)",
				"n5 = distinct n4 : Set[Int] (Int)",
			},
		},
		{
			"a semi-join that asks about the right side goes there", "Set[(Int, Int)]",
			[]string{
				"join n0 n1 on [1] = [0] {$0, $3} (Int, Int)",
				"semijoin n3 n0 on [1] = [0] (Int, Int)",
				"distinct n4 : Set[(Int, Int)] (Int, Int)",
			},
			[]string{
				"n3 = semijoin n1 n0 on [1] = [0] (Int, Int)",
				"n4 = join n0 n3 on [1] = [0] {$0, $3} (Int, Int)",
				"n5 = distinct n4 : Set[(Int, Int)] (Int, Int)",
			},
		},
		{
			"a semi-join that asks about both sides, or above what may fail, stays", "Set[(Int, Int)]",
			[]string{
				"join n0 n1 on [1] = [0] {$0, $3} (Int, Int)",
				"semijoin n3 n0 on [0 1] = [0 1] (Int, Int)",
				"join n4 n1 on [1] = [0] if {gt(int.div($0, $3):Int, 1):Bool} {$0, $3} (Int, Int)",
				"antijoin n5 n0 on [0] = [0] (Int, Int)",
				"distinct n6 : Set[(Int, Int)] (Int, Int)",
			},
			[]string{
				"n3 = join n0 n1 on [1] = [0] {$0, $3} (Int, Int)",
				"n4 = semijoin n3 n0 on [0 1] = [0 1] (Int, Int)",
				"n5 = join n4 n1 on [1] = [0] if {gt(int.div($0, $3), 1):Bool} {$0, $3} (Int, Int)",
				"n6 = antijoin n5 n0 on [0] = [0] (Int, Int)",
				"n7 = distinct n6 : Set[(Int, Int)] (Int, Int)",
			},
		},
	})
}

func TestPassesHaveReasons(t *testing.T) {
	for _, p := range Passes {
		if p.Name == "" || p.Why == "" || p.Run == nil {
			t.Errorf("pass %q lacks its name, reason or function", p.Name)
		}
	}
}

package ir

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// bagger makes random graphs of maps and joins, and evaluates them as bags as
// plainly as it can.
type bagger struct {
	rnd  *rand.Rand
	p    *Program
	bags [][][]value.Value
}

// source adds a set of some of the rows of so many columns.
func (b *bagger) source(width int) {
	n := &Node{ID: len(b.p.Nodes), Kind: Source}
	var rows [][]value.Value
	n.Cols = intCols(width)
	for range b.rnd.IntN(8) {
		row := make([]value.Value, width)
		for i := range row {
			row[i] = value.MakeInt(int64(b.rnd.IntN(3)))
		}
		if !slices.ContainsFunc(rows, func(r []value.Value) bool { return slices.EqualFunc(r, row, value.Equal) }) {
			rows = append(rows, row)
		}
	}
	b.p.Nodes, b.bags = append(b.p.Nodes, n), append(b.bags, rows)
}

// derived adds a map, a join or a semi-join of what is there.
func (b *bagger) derived() {
	n := &Node{ID: len(b.p.Nodes), Kind: []NodeKind{Map, Join, Join, Join, SemiJoin, Distinct}[b.rnd.IntN(6)]}
	n.In = []int{b.rnd.IntN(n.ID)}
	left := b.p.Nodes[n.In[0]]
	all := len(left.Cols)
	if n.Kind == Join || n.Kind == SemiJoin {
		n.In = append(n.In, b.rnd.IntN(n.ID))
		right := b.p.Nodes[n.In[1]]
		for range b.rnd.IntN(3) {
			if len(left.Cols) > 0 && len(right.Cols) > 0 {
				n.LKey, n.RKey = append(n.LKey, b.rnd.IntN(len(left.Cols))), append(n.RKey, b.rnd.IntN(len(right.Cols)))
			}
		}
		if n.Kind == Join {
			all += len(right.Cols)
		}
	}
	n.Cols = intCols(all)
	if (n.Kind == Join || n.Kind == Map) && b.rnd.IntN(4) > 0 {
		n.Out = []*Expr{}
		for c := range all {
			switch b.rnd.IntN(8) {
			case 0:
			case 1:
				n.Out = append(n.Out, &Expr{Op: EConst, Value: value.MakeInt(7), Type: types.Int})
			default:
				n.Out = append(n.Out, column(c))
			}
		}
		n.Cols = intCols(len(n.Out))
	}
	b.p.Nodes, b.bags = append(b.p.Nodes, n), append(b.bags, b.eval(n))
}

func column(c int) *Expr { return &Expr{Op: ELocal, Slot: c, Type: types.Int} }

func intCols(n int) []*types.Type {
	cols := make([]*types.Type, n)
	for i := range cols {
		cols[i] = types.Int
	}
	return cols
}

// eval is the bag of a node.
func (b *bagger) eval(n *Node) (out [][]value.Value) {
	for _, l := range b.bags[n.In[0]] {
		switch n.Kind {
		case Map:
			out = append(out, results(n, l))
		case Distinct:
			if !slices.ContainsFunc(out, func(r []value.Value) bool { return slices.EqualFunc(r, l, value.Equal) }) {
				out = append(out, l)
			}
		default:
			for _, r := range b.bags[n.In[1]] {
				if !meet(n, l, r) {
					continue
				}
				if n.Kind == SemiJoin {
					out = append(out, l)
					break
				}
				out = append(out, results(n, slices.Concat(l, r)))
			}
		}
	}
	return out
}

func meet(n *Node, l, r []value.Value) bool {
	for i := range n.LKey {
		if !value.Equal(l[n.LKey[i]], r[n.RKey[i]]) {
			return false
		}
	}
	return true
}

func results(n *Node, row []value.Value) []value.Value {
	if n.Out == nil {
		return row
	}
	var out []value.Value
	for _, e := range n.Out {
		if e.Op == EConst {
			out = append(out, e.Value)
		} else {
			out = append(out, row[e.Slot])
		}
	}
	return out
}

// TestKeysTellRowsApart evaluates random graphs: two rows with the same key are a
// mistake. It counts how often keys were found, so that it cannot pass by finding none.
func TestKeysTellRowsApart(t *testing.T) {
	found, less := 0, 0
	for seed := range uint64(1000) {
		b := &bagger{rnd: rand.New(rand.NewPCG(seed, 1)), p: &Program{}}
		for range 1 + b.rnd.IntN(3) {
			b.source(1 + b.rnd.IntN(3))
		}
		for range 1 + b.rnd.IntN(5) {
			b.derived()
		}
		for id, key := range Keys(b.p) {
			if key == nil {
				continue
			}
			found++
			if len(key) < len(b.p.Nodes[id].Cols) {
				less++
			}
			seen := map[string]bool{}
			for _, row := range b.bags[id] {
				var k strings.Builder
				for _, c := range key {
					fmt.Fprint(&k, row[c], " ")
				}
				if seen[k.String()] {
					t.Fatalf("seed %d: rows of n%d (%v of %v, on %v = %v) have the key %v twice: %v", seed, id, b.p.Nodes[id].Kind, b.p.Nodes[id].In, b.p.Nodes[id].LKey, b.p.Nodes[id].RKey, key, b.bags[id])
				}
				seen[k.String()] = true
			}
		}
	}
	if found < 1500 || less < 150 {
		t.Errorf("only %d keys were found, %d of them of some columns", found, less)
	}
}

// TestUnique: which Distinct goes and which stays.
func TestUnique(t *testing.T) {
	checkPasses(t, []passCase{
		{
			"a join that keeps the columns of both sides is a set", "Set[(Int, Int, Int)]",
			[]string{
				"join n0 n1 (Int, Int, Int, Int)",
				"map n3 if {eq($1, $2):Bool} {$3, $1, $0} (Int, Int, Int)",
				"distinct n4 : Set[(Int, Int, Int)] (Int, Int, Int)",
			},
			[]string{"n3 = join n0 n1 on [1] = [0] {$3, $1, $0} : Set[(Int, Int, Int)] (Int, Int, Int)"},
		},
		{
			"a join on a key that tells rows apart needs no more of them", "Set[(Int, Int)]",
			[]string{
				"group n0 keys 1 [set.count_by]:Max[Nat] (Int, Max[Nat])",
				"join n3 n1 (Int, Max[Nat], Int, Int)",
				"map n4 if {eq($0, $2):Bool} {$0, $3} (Int, Int)",
				"distinct n5 : Set[(Int, Int)] (Int, Int)",
			},
			[]string{
				"n3 = group n0 keys 1 [set.count_by]:Max[Nat] (Int, Max[Nat])",
				"n4 = join n3 n1 on [0] = [0] {$0, $3} : Set[(Int, Int)] (Int, Int)",
			},
		},
		{
			"a map that loses a column may repeat itself, and then the column is not kept", "Set[Int]",
			[]string{
				"map n0 {$1, $0} (Int, Int)",
				"distinct n3 (Int, Int)",
				"map n4 {$0} (Int)",
				"distinct n5 : Set[Int] (Int)",
			},
			[]string{
				"n3 = map n0 {$1} (Int)",
				"n4 = distinct n3 : Set[Int] (Int)",
			},
		},
		{
			"what is computed does not say what it was made of", "Set[(Int, Int)]",
			[]string{
				"map n0 {int.mul($1, $1), $0} (Int, Int)",
				"distinct n3 : Set[(Int, Int)] (Int, Int)",
			},
			[]string{
				"n3 = map n0 {int.mul($1, $1), $0} (Int, Int)",
				"n4 = distinct n3 : Set[(Int, Int)] (Int, Int)",
			},
		},
	})
}

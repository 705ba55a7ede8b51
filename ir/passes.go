package ir

import (
	"fmt"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

var falseValue = value.MakeBool(false)

// Pass is one improvement of the graph. It must leave the meaning of every named
// view and head as it is.
type Pass struct {
	Name string
	Why  string // what it is good for, and why it stands where it stands
	Run  func(*graph)
}

// Passes are run in this order. After each one dead nodes are dropped, the rest
// is put in order and the structure is verified.
var Passes = []Pass{
	{"fuse", "one step per row instead of several; before join, which wants all conditions over a product in one place", fuse},
	{"join", "a filter over a product becomes an equi-join and conditions on one side move below it: 10^10 pairs otherwise, so this is a matter of correctness. " +
		"It runs until nothing moves, because a condition moves down one join at a time", joins},
	{"fuse", "conditions that moved down meet other maps, and maps above a join go into it", fuse},
	{"unique", "a distinct over rows that are unique anyway is nothing; after join, which makes the keys that say so, and before columns, which may drop them", unique},
	{"columns", "columns that nobody reads are not computed or kept; after join, which adds key columns and makes others useless", columns},
	{"fuse", "what is left of maps that lost their columns is nothing", fuse},
	{"share", "equal sub-graphs are one; last, because sharing a product would hide from join that its filters differ", share},
}

// graph is a program while passes work on it.
type graph struct {
	p    *Program
	ops  *op.Table
	uses []int // how many nodes, views and handlers read each node
}

func runPasses(p *Program, ops *op.Table) error {
	for _, pass := range Passes {
		g := &graph{p: p, ops: ops}
		g.count()
		pass.Run(g)
		compact(p)
		settleAll(p)
		if err := verifyGraph(p, ops); err != nil {
			return fmt.Errorf("after pass %s: %w", pass.Name, err)
		}
	}
	return nil
}

// count counts the uses of each node. A view counts as one.
func (g *graph) count() {
	g.uses = make([]int, len(g.p.Nodes))
	for _, n := range g.p.Nodes {
		for _, in := range n.In {
			g.uses[in]++
		}
	}
	g.p.views(func(v *View) { v.nodes(func(id *int) { g.uses[*id]++ }) })
	for _, h := range g.p.Handlers {
		if h.Kind == When {
			g.uses[h.Head]++
		}
	}
}

// add appends a node that reads others.
func (g *graph) add(n *Node) int {
	n.ID = len(g.p.Nodes)
	g.p.Nodes = append(g.p.Nodes, n)
	g.uses = append(g.uses, 1)
	return n.ID
}

// replace lets everything that reads old read another node.
func (g *graph) replace(to []int) {
	for {
		moved := false
		for i, t := range to {
			if to[t] != t {
				to[i], moved = to[t], true
			}
		}
		if !moved {
			break
		}
	}
	move := func(id *int) {
		if *id < len(to) {
			*id = to[*id]
		}
	}
	for _, n := range g.p.Nodes {
		for i := range n.In {
			move(&n.In[i])
		}
	}
	g.p.views(func(v *View) { v.nodes(move) })
	for _, h := range g.p.Handlers {
		if h.Kind == When {
			move(&h.Head)
		}
	}
}

func unchanged(n int) []int {
	to := make([]int, n)
	for i := range to {
		to[i] = i
	}
	return to
}

// fuse melts a map into the map, join or unnesting below it that nobody else
// reads, and drops maps that change nothing.
func fuse(g *graph) {
	to := unchanged(len(g.p.Nodes))
	for _, n := range g.p.Nodes {
		if n.Kind != Map {
			continue
		}
		for n.Kind == Map && g.fuseInto(n) {
		}
		if n.Kind == Map && n.Cond == nil && isIdentity(n, g.p.Nodes[n.In[0]]) {
			to[n.ID] = n.In[0]
			if in := g.p.Nodes[n.In[0]]; in.Type == nil {
				in.Type = n.Type
			}
		}
	}
	g.replace(to)
	g.count()
}

func isIdentity(n, in *Node) bool {
	if n.Out == nil && len(n.Cols) == len(in.Cols) {
		return true
	}
	if len(n.Out) != len(in.Cols) || n.Out == nil {
		return false
	}
	for i, e := range n.Out {
		if e.Op != ELocal || e.Slot != i {
			return false
		}
	}
	return true
}

// fuseInto melts the input of a map into it. It reports whether it did.
func (g *graph) fuseInto(n *Node) bool {
	in := g.p.Nodes[n.In[0]]
	if g.uses[in.ID] != 1 || in.Type != nil && in.Type.Is("Stream") {
		return false
	}
	switch in.Kind {
	case Map, FlatMap:
	case Join:
		if len(in.LKey) == 0 && n.Cond != nil {
			return false // a filter over a product waits for the pass join
		}
	default:
		return false
	}
	if n.Cond != nil && in.Out != nil && !g.cheapTwice(n, in) {
		return false
	}
	nOld, nNew := len(in.Cols), len(g.p.rowCols(in))
	outs := in.Out
	if outs == nil {
		outs = columnExprs(in.Cols, 0)
	}
	conds := conjuncts(in.Cond, nil)
	if n.Cond != nil {
		conds = conjuncts(compose(n.Cond, nOld, outs, nNew), conds)
	}
	n.Cond = conjunction(conds)
	switch {
	case n.Out != nil:
		for i, e := range n.Out {
			n.Out[i] = compose(e, nOld, outs, nNew)
		}
	case in.Out != nil:
		n.Out = in.Out
	}
	n.Kind, n.In, n.Each, n.LKey, n.RKey = in.Kind, in.In, in.Each, in.LKey, in.RKey
	return true
}

// cheapTwice reports whether no column that costs something to compute is read
// more than once by the conditions and results of n.
func (g *graph) cheapTwice(n, in *Node) bool {
	read := make([]int, len(in.Cols))
	see := func(e *Expr) {
		UsedSlots(e, func(s int) {
			if s < len(read) {
				read[s]++
			}
		})
	}
	see(n.Cond)
	for _, e := range n.Out {
		see(e)
	}
	for i, e := range in.Out {
		if !isTrivial(e) && (read[i] > 1 || n.Out == nil && read[i] > 0) {
			return false
		}
	}
	return true
}

// share makes equal nodes one: same operator, same code, same inputs; whole
// recursions by their hash.
func share(g *graph) {
	for changed := true; changed; {
		changed = false
		derive(g.p, g.ops)
		to := unchanged(len(g.p.Nodes))
		seen := map[[32]byte]int{}
		for _, n := range g.p.Nodes {
			if n.Kind == Rec || n.Kind == Fix && len(n.Peers) > 0 {
				continue
			}
			if first, ok := seen[n.Hash]; ok {
				to[n.ID], changed = first, true
			} else {
				seen[n.Hash] = n.ID
			}
		}
		g.replace(to)
		compact(g.p)
	}
}

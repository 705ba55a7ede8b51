package ir

import (
	"slices"

	"github.com/laspc/lasp/lang/value"
)

// A relation is a bag, and a Distinct makes a set of it. It has nothing to do where
// no row can come twice: where everything that is joined is a set and the columns
// that are kept still say which rows met. Then it is dropped, and who holds such
// rows need not compare them.

// Keys finds, for each node, some columns by which any two of its rows differ; nil
// where rows may come twice, empty where there is one row at most. Bodies of
// recursions are left out: what is new there is new in a round.
func Keys(p *Program) [][]int {
	keys, inside := make([][]int, len(p.Nodes)), inBodies(p)
	for id, n := range p.Nodes {
		if !inside[id] {
			keys[id] = p.keyOf(n, keys)
		}
	}
	return keys
}

func inBodies(p *Program) []bool {
	inside := make([]bool, len(p.Nodes))
	for _, n := range p.Nodes {
		for _, id := range n.Body {
			inside[id] = true
		}
		if n.Kind == Rec {
			inside[n.ID] = true
		}
	}
	return inside
}

// keyOf is the key of one node, given those of what it reads.
func (p *Program) keyOf(n *Node, keys [][]int) []int {
	all := func() []int {
		key := make([]int, len(n.Cols))
		for i := range key {
			key[i] = i
		}
		return key
	}
	switch n.Kind {
	case Source, Fix, Compute, Threshold:
		return all()
	case Const:
		if isAscending(n.Rows) {
			return all()
		}
	case Distinct:
		if key := keys[n.In[0]]; key != nil {
			return key
		}
		return all()
	case SemiJoin, AntiJoin:
		return keys[n.In[0]]
	case Group:
		return all()[:n.Keys]
	case Map, Join:
		return p.keyOfRows(n, keys)
	}
	return nil
}

// isAscending reports whether each row is above the one before.
func isAscending(rows [][]value.Value) bool {
	for i := 1; i < len(rows); i++ {
		if slices.CompareFunc(rows[i-1], rows[i], value.Compare) >= 0 {
			return false
		}
	}
	return true
}

// keyOfRows is the key of a map or a join: columns of the result that are columns
// of the inputs, as few as say which rows the result was made of.
func (p *Program) keyOfRows(n *Node, keys [][]int) []int {
	w := &whichRows{pairs: [][2]int{}}
	for side, in := range n.In {
		if keys[in] == nil {
			return nil
		}
		s := span{from: w.n, to: w.n + len(p.Nodes[in].Cols)}
		for _, c := range keys[in] {
			s.key = append(s.key, s.from+c)
		}
		if w.n, w.sides = s.to, append(w.sides, s); side == 1 {
			for i, l := range n.LKey {
				w.pairs = append(w.pairs, [2]int{l, s.from + n.RKey[i]})
			}
		}
	}
	outs := n.Out
	if outs == nil {
		outs = columnExprs(n.Cols, 0)
	}
	key := []int{}
	for i, e := range outs {
		if e.Op == ELocal {
			key = append(key, i)
		}
	}
	if !w.known(outs, key) {
		return nil
	}
	for i := len(key) - 1; i >= 0; i-- {
		if fewer := slices.Delete(slices.Clone(key), i, i+1); w.known(outs, fewer) {
			key = fewer
		}
	}
	return key
}

// whichRows is what columns of the inputs of a node say about each other.
type whichRows struct {
	n     int // columns of all inputs
	sides []span
	pairs [][2]int // columns that are equal
}

// span is the columns of one input, and its key among them.
type span struct {
	from, to int
	key      []int
}

// known reports whether some results, which are columns of the inputs, say which
// rows of the inputs they come from.
func (w *whichRows) known(outs []*Expr, some []int) bool {
	is := make([]bool, w.n)
	for _, i := range some {
		is[outs[i].Slot] = true
	}
	knows := func(cols []int) bool {
		return !slices.ContainsFunc(cols, func(c int) bool { return !is[c] })
	}
	for range w.n + 1 { // each round but the last finds a column
		for _, e := range w.pairs {
			both := is[e[0]] || is[e[1]]
			is[e[0]], is[e[1]] = both, both
		}
		for _, s := range w.sides {
			if knows(s.key) {
				for c := s.from; c < s.to; c++ {
					is[c] = true
				}
			}
		}
	}
	return !slices.Contains(is, false)
}

// unique drops each Distinct over rows that are unique anyway. It keeps what a
// Threshold, a Seal or a handler reads by itself: they must see what a turn comes to and
// not the ways there, which a relation that is held by nobody shows. A handler mostly
// reads a Sink, which holds its rows.
func unique(g *graph) {
	bodies(g.p)
	keys, inside, to := Keys(g.p), inBodies(g.p), unchanged(len(g.p.Nodes))
	for _, n := range g.p.Nodes {
		for _, in := range n.In {
			inside[in] = inside[in] || n.Kind == Threshold || n.Kind == Seal
		}
	}
	for _, h := range g.p.Handlers {
		if h.Kind == When {
			inside[h.Head] = true
		}
	}
	for _, n := range g.p.Nodes {
		if n.Kind != Distinct || inside[n.ID] || keys[n.In[0]] == nil {
			continue
		}
		in := g.p.Nodes[n.In[0]]
		to[n.ID] = in.ID
		if in.Type == nil {
			in.Type = n.Type
		}
	}
	g.replace(to)
	g.count()
}

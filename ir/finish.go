package ir

import (
	"slices"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
)

// Finish completes a program that was lowered or read: with passes it improves
// the graph first, then it derives what follows from nodes and code (order,
// bodies of recursions, views by node, labels, hashes, identities of handlers)
// and verifies the result.
func Finish(p *Program, ops *op.Table, passes bool) error {
	compact(p)
	if passes {
		if err := runPasses(p, ops); err != nil {
			return err
		}
	}
	derive(p, ops)
	return Verify(p, ops)
}

// derive fills in everything that follows from the rest.
func derive(p *Program, ops *op.Table) {
	settleAll(p)
	bodies(p)
	label(p, ops)
	rehash(p)
}

// settleAll settles all code and lists the views of nodes.
func settleAll(p *Program) {
	for _, n := range p.Nodes {
		n.Exprs(func(e **Expr) { Settle(*e, len(p.rowCols(n))) })
		n.Views = nodeViews(p, n)
	}
	for _, fn := range p.Funcs {
		Settle(fn.Body, fn.Params)
		fn.Slots = fn.Body.Slots
	}
	for _, h := range p.Handlers {
		for _, s := range h.Body {
			s.Exprs(func(e **Expr) { Settle(*e, 0) })
		}
	}
}

// Settle makes code canonical: positions only where code can fail, sizes of
// frames where they belong. n is the number of slots that are bound outside.
func Settle(e *Expr, n int) {
	e.Slots = frameSize(e, n)
	WalkExpr(e, func(x *Expr) bool {
		if !hasPosition(x.Op) {
			x.Pos = source.Position{}
		}
		if x.Op == ELambda {
			x.Slots = len(x.Captures)
			for _, q := range x.Params {
				WalkPattern(q, func(q *Pattern) {
					if q.Op == PBind {
						x.Slots = max(x.Slots, q.Slot+1)
					}
				})
			}
			x.Slots = frameSize(x.Body, x.Slots)
			x.Body.Slots = 0
		} else if x != e {
			x.Slots = 0
		}
		return true
	})
}

// frameSize is the number of slots that code uses of a frame of at least n.
func frameSize(e *Expr, n int) int {
	see := func(s int) int {
		n = max(n, s+1)
		return s
	}
	RemapSlots(e, see)
	return n
}

// inputCols are the columns that the first expressions of a node run over.
func (p *Program) inputCols(n *Node) []*types.Type {
	var cols []*types.Type
	switch n.Kind {
	case Join:
		for _, in := range n.In {
			cols = append(cols, p.Nodes[in].Cols...)
		}
	case Compute, Stream, Threshold, Seal:
	default:
		if len(n.In) > 0 {
			cols = p.Nodes[n.In[0]].Cols
		}
	}
	return cols
}

// rowCols are the columns that Cond and Out of a node run over: those of its
// input, of a FlatMap those of the element too.
func (p *Program) rowCols(n *Node) []*types.Type {
	cols := p.inputCols(n)
	if n.Each == nil {
		return cols
	}
	t := n.Each.Type.Resolve()
	if len(t.Args) != 1 {
		return cols
	}
	return t.Args[0].Columns(cols[:len(cols):len(cols)])
}

// nodeViews are the views that the code of a node reads, through stream
// functions too; in the node's own code N becomes their index.
func nodeViews(p *Program, n *Node) []View {
	var out []View
	index := map[int]int{}
	seen := map[int]bool{}
	var in func(e *Expr, own bool)
	in = func(e *Expr, own bool) {
		WalkExpr(e, func(x *Expr) bool {
			switch x.Op {
			case EView, ELookup, EHas:
				i, ok := index[x.View.Node]
				if !ok {
					i = len(out)
					index[x.View.Node] = i
					out = append(out, x.View)
				}
				if own {
					x.N = i
				}
			case EFunc:
				if x.N < len(p.Funcs) && !seen[x.N] {
					seen[x.N] = true
					in(p.Funcs[x.N].Body, false)
				}
			}
			return true
		})
	}
	n.Exprs(func(e **Expr) { in(*e, true) })
	return out
}

// deps calls f with every node that n is computed from.
func (n *Node) deps(f func(int)) {
	for _, in := range n.In {
		f(in)
	}
	for i := range n.Views {
		n.Views[i].nodes(func(id *int) { f(*id) })
	}
}

// bodies lists, for each recursion, the nodes between its Rec and Fix nodes.
func bodies(p *Program) {
	for _, fix := range p.Nodes {
		if fix.Kind != Fix {
			continue
		}
		peers := fix.Peers
		if len(peers) == 0 {
			peers = []int{fix.ID}
		}
		after := make([]bool, len(p.Nodes)) // depends on the recursion
		for _, id := range peers {
			p.Nodes[p.Nodes[id].Rec].Rec = id
			after[p.Nodes[id].Rec] = true
		}
		for _, n := range p.Nodes {
			if n.Kind != Fix || !contains(peers, n.ID) {
				n.deps(func(d int) { after[n.ID] = after[n.ID] || after[d] })
			}
		}
		fix.Body = between(p, peers, after)
	}
}

// between lists the nodes that depend on a recursion and that its results
// depend on.
func between(p *Program, peers []int, after []bool) []int {
	needed := make([]bool, len(p.Nodes))
	for _, id := range peers {
		needed[p.Nodes[id].In[0]] = true
	}
	var body []int
	for id := len(p.Nodes) - 1; id >= 0; id-- {
		n := p.Nodes[id]
		if !needed[id] || !after[id] || n.Kind == Rec {
			continue
		}
		body = append(body, id)
		n.deps(func(d int) { needed[d] = true })
	}
	slices.Reverse(body)
	return body
}

func contains(ids []int, id int) bool {
	for _, x := range ids {
		if x == id {
			return true
		}
	}
	return false
}

package ir

// compact drops nodes that nothing needs and brings the others into an order in
// which each stands after those that it is computed from. Everything that names
// a node follows.
func compact(p *Program) {
	c := &compaction{p: p, to: make([]int, len(p.Nodes))}
	for i := range c.to {
		c.to[i] = -1
	}
	live := c.live()
	for id := range p.Nodes {
		if live[id] {
			c.place(id)
		}
	}
	move := func(id *int) { *id = c.to[*id] }
	p.views(func(v *View) { v.nodes(move) })
	for _, h := range p.Handlers {
		if h.Kind == When {
			move(&h.Head)
		}
	}
	for i, n := range c.order {
		n.ID = i
		for j := range n.In {
			move(&n.In[j])
		}
		if n.Kind == Fix || n.Kind == Rec {
			move(&n.Rec)
		}
		peers := append([]int(nil), n.Peers...)
		for j := range peers {
			move(&peers[j])
		}
		n.Peers = peers
	}
	p.Nodes = c.order
}

type compaction struct {
	p     *Program
	to    []int // new place by old
	order []*Node
}

// live marks what cells, definitions, shows, handlers and their code need.
func (c *compaction) live() []bool {
	p := c.p
	live := make([]bool, len(p.Nodes))
	var mark func(id int)
	mark = func(id int) {
		if live[id] {
			return
		}
		live[id] = true
		n := p.Nodes[id]
		n.Views = nodeViews(p, n)
		n.deps(mark)
		if n.Kind == Fix {
			mark(n.Rec)
			for _, peer := range n.Peers {
				mark(peer)
			}
		}
		if n.Kind == Rec {
			mark(n.Rec)
		}
	}
	see := func(v *View) { v.nodes(func(id *int) { mark(*id) }) }
	for _, cell := range p.Cells {
		see(&cell.View)
	}
	for _, l := range p.Lets {
		see(&l.View)
	}
	for _, s := range p.Shows {
		see(&s.View)
	}
	for _, h := range p.Handlers {
		if h.Kind == When {
			mark(h.Head)
		}
		for _, s := range h.Body {
			s.Exprs(func(e **Expr) { exprViews(*e, see) })
		}
	}
	for _, fn := range p.Funcs {
		exprViews(fn.Body, see)
	}
	return live
}

// place appends a node after all that it is computed from. The Fix nodes of one
// recursion stand together.
func (c *compaction) place(id int) {
	if c.to[id] >= 0 {
		return
	}
	n := c.p.Nodes[id]
	group := []int{id}
	if n.Kind == Fix && len(n.Peers) > 0 {
		group = n.Peers
	}
	for _, g := range group {
		m := c.p.Nodes[g]
		if m.Kind == Fix {
			c.place(m.Rec)
		}
		m.deps(c.place)
	}
	for _, g := range group {
		if c.to[g] < 0 {
			c.to[g] = len(c.order)
			c.order = append(c.order, c.p.Nodes[g])
		}
	}
}

package ir

// This file moves conditions down and makes equi-joins of products. A map with
// conditions over a join is taken apart: what concerns one side goes below the
// join, what compares the sides for equality becomes its key, the rest stays.
// A key that is no column becomes one, computed by a map below. A semi-join or
// anti-join that asks about one side goes below as a condition does.

func joins(g *graph) {
	for id := 0; id < len(g.p.Nodes); id++ { // nodes that are added are looked at too
		n := g.p.Nodes[id]
		if n.Kind == SemiJoin || n.Kind == AntiJoin {
			g.sink(n)
		}
		if n.Kind != Map || n.Cond == nil {
			continue
		}
		switch in := g.p.Nodes[n.In[0]]; in.Kind {
		case Join:
			g.split(n, in)
		case SemiJoin, AntiJoin:
			g.below(n, in)
		}
	}
}

// split turns a map over a join into a join that does the map's work. The old
// join stays for others that read it.
func (g *graph) split(n, in *Node) {
	if in.Out != nil || len(in.LKey) > 0 && g.uses[in.ID] > 1 {
		return // it is computed anyway, and has been cut down by its key
	}
	left, right := g.p.Nodes[in.In[0]], g.p.Nodes[in.In[1]]
	nl, nr := len(left.Cols), len(right.Cols)
	s := &splitter{g: g, nl: nl, n: nl + nr}
	blocked := [2]bool{}
	for _, c := range conjuncts(n.Cond, conjuncts(in.Cond, nil)) {
		s.place(c, &blocked)
	}
	j := &Node{Kind: Join, LKey: in.LKey, RKey: in.RKey, Pos: n.Pos, Type: n.Type, Cols: n.Cols, ID: n.ID}
	if len(s.keys) > 0 && in.Pos.Line == 0 {
		j.Pos = in.Pos
	}
	l := g.filtered(left.ID, s.left, 0, nl, s.n)
	r := g.filtered(right.ID, s.right, nl, nr, s.n)
	lk := g.keyed(&l, s.keys, 0, 0, nl, s.n)
	rk := g.keyed(&r, s.keys, 1, nl, nr, s.n)
	j.LKey, j.RKey = append(append([]int(nil), in.LKey...), lk...), append(append([]int(nil), in.RKey...), rk...)
	j.In = []int{l, r}
	g.finishJoin(j, n, s, nl, nr)
	*n = *j
}

// finishJoin gives a join the conditions and results of the map above it, over
// its columns as they are now.
func (g *graph) finishJoin(j, n *Node, s *splitter, nl, nr int) {
	left, right := g.p.Nodes[j.In[0]], g.p.Nodes[j.In[1]]
	outs := append(columnExprs(left.Cols[:nl], 0), columnExprs(right.Cols[:nr], len(left.Cols))...)
	width := len(left.Cols) + len(right.Cols)
	for i, c := range s.rest {
		s.rest[i] = compose(c, s.n, outs, width)
	}
	j.Cond = conjunction(s.rest)
	switch {
	case n.Out != nil:
		j.Out = make([]*Expr, 0, len(n.Out)) // not nil, though there may be no column
		for _, e := range n.Out {
			j.Out = append(j.Out, compose(e, s.n, outs, width))
		}
	case width != s.n:
		j.Out = outs
	}
}

// splitter sorts the conditions over the columns of a join.
type splitter struct {
	g                 *graph
	nl, n             int
	left, right, rest []*Expr
	keys              [][2]*Expr
}

// place sorts one condition. One that may fail goes below only if those before
// it do: they may be what keeps it from failing.
func (s *splitter) place(c *Expr, blocked *[2]bool) {
	inLeft, inRight := spans(c, 0, s.nl, s.n)
	total := s.g.isTotal(c)
	switch {
	case inLeft && !inRight && (total || !blocked[0]):
		s.left = append(s.left, c)
		blocked[1] = true
		return
	case inRight && !inLeft && (total || !blocked[1]):
		s.right = append(s.right, c)
		blocked[0] = true
		return
	}
	if k, ok := s.equality(c); ok && (total || !blocked[0] && !blocked[1]) {
		s.keys = append(s.keys, k)
	} else {
		s.rest = append(s.rest, c)
	}
	*blocked = [2]bool{true, true}
}

// equality takes `a == b` apart where a concerns the left side only and b the
// right one, or the other way round.
func (s *splitter) equality(c *Expr) (k [2]*Expr, ok bool) {
	if c.Op != ECall || c.Name != "eq" {
		return k, false
	}
	a, b := c.Args[0], c.Args[1]
	al, ar := spans(a, 0, s.nl, s.n)
	bl, br := spans(b, 0, s.nl, s.n)
	switch {
	case al && !ar && br && !bl:
		return [2]*Expr{a, b}, sameWord(a.Type, b.Type)
	case ar && !al && bl && !br:
		return [2]*Expr{b, a}, sameWord(a.Type, b.Type)
	}
	return k, false
}

// filtered puts conditions on the columns lo.. of a join over the side that
// they concern.
func (g *graph) filtered(side int, conds []*Expr, lo, width, n int) int {
	if len(conds) == 0 {
		return side
	}
	cols := g.p.Nodes[side].Cols
	outs := make([]*Expr, n)
	copy(outs[lo:], columnExprs(cols, 0))
	moved := make([]*Expr, len(conds))
	for i, c := range conds {
		moved[i] = compose(c, n, outs, width)
	}
	return g.add(&Node{Kind: Map, In: []int{side}, Cols: cols, Cond: conjunction(moved), Pos: conds[0].Pos})
}

// keyed returns the columns of a side that hold its key expressions; those that
// are no columns are computed by a map.
func (g *graph) keyed(side *int, keys [][2]*Expr, which, lo, width, n int) []int {
	in := g.p.Nodes[*side]
	cols := in.Cols[:width:width]
	outs := make([]*Expr, n)
	copy(outs[lo:], columnExprs(in.Cols, 0))
	exprs := columnExprs(in.Cols, 0)
	var at []int
	for _, k := range keys {
		e := compose(k[which], n, outs, width)
		if e.Op == ELocal {
			at = append(at, e.Slot)
			continue
		}
		at = append(at, len(cols))
		cols, exprs = append(cols, e.Type), append(exprs, e)
	}
	if len(cols) > width {
		pos := in.Pos
		*side = g.add(&Node{Kind: Map, In: []int{in.ID}, Cols: cols, Out: exprs, Pos: pos})
	}
	return at
}

// below moves conditions that cannot fail from above a semi-join or anti-join
// below it, where they may meet a product.
func (g *graph) below(n, in *Node) {
	if g.uses[in.ID] != 1 {
		return
	}
	var down, rest []*Expr
	for _, c := range conjuncts(n.Cond, nil) {
		if g.isTotal(c) {
			down = append(down, c)
		} else {
			rest = append(rest, c)
		}
	}
	if len(down) == 0 {
		return
	}
	m := &Node{Kind: Map, In: []int{in.In[0]}, Cols: in.Cols, Cond: conjunction(down), Pos: n.Pos}
	in.In = []int{g.add(m), in.In[1]}
	g.fuseInto(m)
	n.Cond = conjunction(rest)
}

// sink moves a semi-join or anti-join that asks about one side of a join below
// that join, whose node then takes its place: what is not there is not joined. In
// a recursion it often leaves the rounds that way.
func (g *graph) sink(n *Node) {
	j := g.p.Nodes[n.In[0]]
	if j.Kind != Join || g.uses[j.ID] != 1 || j.Cond != nil && !g.isTotal(j.Cond) {
		return
	}
	for side, id := range j.In {
		key, ok := g.onSide(j, side, n.LKey)
		if !ok {
			continue
		}
		below := &Node{Kind: n.Kind, In: []int{id, n.In[1]}, LKey: key, RKey: n.RKey, Cols: g.p.Nodes[id].Cols, Pos: n.Pos}
		above := *j
		above.ID, above.Type, above.In = n.ID, n.Type, []int{j.In[0], j.In[1]}
		above.In[side] = g.add(below)
		g.uses[j.ID] = 0
		*n = above
		return
	}
}

// onSide finds columns of a join in one of its inputs.
func (g *graph) onSide(j *Node, side int, cols []int) ([]int, bool) {
	nl := len(g.p.Nodes[j.In[0]].Cols)
	found := make([]int, len(cols))
	for i, slot := range cols {
		if j.Out != nil {
			if j.Out[slot].Op != ELocal {
				return nil, false
			}
			slot = j.Out[slot].Slot
		}
		if side == 1 {
			slot -= nl
		}
		if slot < 0 || slot >= len(g.p.Nodes[j.In[side]].Cols) {
			return nil, false
		}
		found[i] = slot
	}
	return found, true
}

// isTotal reports whether evaluating e cannot fail.
func (g *graph) isTotal(e *Expr) bool {
	total := true
	WalkExpr(e, func(x *Expr) bool {
		switch x.Op {
		case ECall:
			r := g.ops.ByID(x.Name)
			total = total && r != nil && x.Type.Is("Bool") && r.Lambda < 0 && !r.Nondet
		case EFunc, EApply, ELift, ECons, ELookup, EConvert, EMap:
			total = false
		}
		return total
	})
	return total
}

package vm

import (
	"slices"

	"github.com/laspc/lasp/ir"
)

// Columns of a component. A relation of it is pairs of ids, whatever its width: an
// id stands for a word, or for the words of several columns. Where the two parts of
// a row are those that rules join on, a rule of any width composes pairs of ids, a
// row of them at a time: in reach(label, from, to) the id of (label, to) is what
// is joined and that of (label, from) what is carried along. A column may stand in
// both parts, and in none if nobody reads it.
type colPlan struct {
	// same is by node and column the first column that always is equal.
	same map[*node][]int
	// need is by node the columns that are read, of equal ones the first.
	need map[*node][]bool
	// keys are the columns that rules join a node on, each way once.
	keys map[*node][][]int
}

// newColPlan finds out what is read of the nodes of a component.
func newColPlan(c *component) *colPlan {
	p := &colPlan{same: map[*node][]int{}, need: map[*node][]bool{}, keys: map[*node][][]int{}}
	for _, n := range c.body {
		p.same[n] = p.equals(n)
		p.need[n] = make([]bool, n.width())
	}
	for i, fix := range c.fixes {
		for _, n := range []*node{fix.in[0], c.recs[i]} {
			for col := range p.need[n] {
				p.need[n][col] = true
			}
		}
	}
	for i := len(c.body) - 1; i >= 0; i-- {
		p.reads(c.body[i])
	}
	return p
}

// of is the columns of a node, each replaced by the first that is equal.
func (p *colPlan) of(n *node, cols []int) []int {
	out := make([]int, len(cols))
	for i, c := range cols {
		out[i] = p.first(n, c)
	}
	return out
}

func (p *colPlan) first(n *node, col int) int {
	if same := p.same[n]; same != nil {
		return same[col]
	}
	return col
}

// root is the first slot of the joined row of n that always is equal to a slot.
func (p *colPlan) root(n *node, slot int) int {
	w := n.in[0].width()
	if slot < w {
		return p.first(n.in[0], slot)
	}
	col := p.first(n.in[1], slot-w)
	for j, c := range n.ir.RKey {
		if p.first(n.in[1], c) == col {
			return p.first(n.in[0], n.ir.LKey[j])
		}
	}
	return w + col
}

// equals is same of a node whose inputs are known.
func (p *colPlan) equals(n *node) []int {
	same := allCols(n)
	switch n.kind() {
	case ir.SemiJoin, ir.AntiJoin:
		return p.of(n.in[0], same)
	case ir.Join:
		roots := map[int]int{}
		for i := range same {
			slot := i
			if n.ir.Out != nil {
				if n.ir.Out[i].Op != ir.ELocal {
					continue
				}
				slot = n.ir.Out[i].Slot
			}
			root := p.root(n, slot)
			if first, ok := roots[root]; ok {
				same[i] = first
			} else {
				roots[root] = i
			}
		}
	}
	return same
}

// mark notes that a column is read.
func (p *colPlan) mark(n *node, col int) {
	if need := p.need[n]; need != nil {
		need[p.first(n, col)] = true
	}
}

// reads notes what a node reads of its inputs.
func (p *colPlan) reads(n *node) {
	switch n.kind() {
	case ir.Join:
		w := n.in[0].width()
		p.joins(n)
		p.code(n, func(slot int) {
			if slot < w {
				p.mark(n.in[0], slot)
			} else {
				p.mark(n.in[1], slot-w)
			}
		})
	case ir.Map:
		p.code(n, func(slot int) { p.mark(n.in[0], slot) })
	case ir.SemiJoin, ir.AntiJoin:
		p.joins(n)
		p.pass(n, n.in[0])
	case ir.Union, ir.Distinct:
		for _, in := range n.in {
			p.pass(n, in)
		}
	}
}

// pass notes that what is read of a node is read of its input.
func (p *colPlan) pass(n, in *node) {
	for col, is := range p.need[n] {
		if is {
			p.mark(in, col)
		}
	}
}

// joins notes the keys of a join.
func (p *colPlan) joins(n *node) {
	for i, key := range [][]int{n.ir.LKey, n.ir.RKey} {
		in := n.in[i]
		for _, c := range key {
			p.mark(in, c)
		}
		key = p.of(in, key)
		if !slices.ContainsFunc(p.keys[in], func(have []int) bool { return slices.Equal(have, key) }) {
			p.keys[in] = append(p.keys[in], key)
		}
	}
}

// code calls read with the slots that the code of a node reads to make what is read
// of it. Code that computes makes all of its columns.
func (p *colPlan) code(n *node, read func(slot int)) {
	see := func(slot int) {
		if slot < n.joinedWidth() { // others are the code's own
			read(slot)
		}
	}
	if n.ir.Cond != nil {
		ir.UsedSlots(n.ir.Cond, see)
	}
	computes := slices.ContainsFunc(n.ir.Out, func(e *ir.Expr) bool { return e.Op != ir.ELocal })
	for col, is := range p.need[n] {
		switch {
		case n.ir.Out == nil && is:
			see(col)
		case n.ir.Out != nil && (is || computes):
			ir.UsedSlots(n.ir.Out[col], see)
		}
	}
}

// joinedWidth is the number of columns that the code of a node is given.
func (n *node) joinedWidth() int {
	width := 0
	for _, in := range n.in {
		width += in.width()
	}
	return width
}

// parts divides the columns of a node that are read into those of the two ids of
// its rows. A key that rules join on is one part; free tells that the other one may
// take columns of the key too.
func (p *colPlan) parts(n *node) (left, right []int, free bool) {
	var cols []int
	for c, is := range p.need[n] {
		if is {
			cols = append(cols, c)
		}
	}
	switch len(cols) {
	case 0:
		return nil, nil, false
	case 1:
		return nil, cols, false
	case 2:
		return cols[:1], cols[1:], false
	}
	var keys [][]int
	for _, key := range p.keys[n] {
		if rest := without(cols, key); len(rest) > 0 && len(rest) < len(cols) && len(key)+len(rest) == len(cols) {
			keys = append(keys, key)
		}
	}
	for i, a := range keys {
		for _, b := range keys[:i] {
			if len(without(without(cols, a), b)) == 0 {
				return a, b, false
			}
		}
	}
	if len(keys) > 0 {
		return without(cols, keys[0]), keys[0], true
	}
	return cols[:len(cols)-1], cols[len(cols)-1:], false
}

// without is the columns that are not among others.
func without(cols, others []int) []int {
	return slices.DeleteFunc(slices.Clone(cols), func(c int) bool { return slices.Contains(others, c) })
}

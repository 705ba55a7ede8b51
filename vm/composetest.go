package vm

import (
	"errors"
	"math"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
)

// pairTest is a condition of a rule that composes, on what it derives alone: it
// does not matter how a pair was derived. So all pairs are derived into a grid
// (tried), and each is tested once, a run of them at a time.
type pairTest struct {
	differ bool // the two ids have to differ, and that is all: nothing is tried
	tried  grid
	kept   grid     // what passed, where somebody asks for it later (keeps)
	node   *node    // stands for the condition where code runs
	f      *rowFunc // the condition; gives the words of the second id
	row    []value.Word
	left   [][2]int // words of the first id that the condition reads, and their slots
	right  [][2]int // of the second
	tries  delta
}

// errRowFails ends an evaluation on grids: a row failed, and rows of the grids do
// not hold all that there is to say about it.
var errRowFails = errors.New("a row failed")

// pairTest makes the condition of a join, or nil where it reads more than the pair.
func (k *compose) pairTest(n *node, way feedRule) (*pairTest, error) {
	left, _ := k.slots(n, way.left)
	right, _ := k.slots(n, way.right)
	t := &pairTest{}
	if !t.covers(k, n, left, right) {
		return nil, nil
	}
	if len(left) == 1 && len(right) == 1 && len(t.left) == 1 && len(t.right) == 1 && k.m.differs(n.ir.Cond) {
		t.differ = true
		return t, nil
	}
	t.tried = grid{pool: &k.pool, ids: way.h.ids}
	t.kept = grid{pool: &k.pool, bag: true}
	cols := slices.Concat(n.in[0].ir.Cols, n.in[1].ir.Cols)
	outs := make([]*ir.Expr, len(right))
	t.node = &node{ir: &ir.Node{Views: n.ir.Views}, most: math.MaxInt}
	for i, s := range right {
		outs[i] = &ir.Expr{Op: ir.ELocal, Slot: s, Type: cols[s]}
		t.node.ir.Cols = append(t.node.ir.Cols, cols[s])
		t.right = append(t.right, [2]int{i, s})
	}
	t.node.out.width = len(right)
	t.row, t.tries.width = make([]value.Word, len(cols)), len(cols)
	var err error
	t.f, err = k.m.rowFunc(t.node, n.ir.Cond, outs, cols)
	return t, err
}

// covers finds the slots that the condition reads among those of a pair.
func (t *pairTest) covers(k *compose, n *node, left, right []int) bool {
	all, seen := true, map[int]bool{}
	ir.UsedSlots(n.ir.Cond, func(slot int) {
		if slot >= n.joinedWidth() {
			return // the code's own
		}
		root := k.cols.root(n, slot)
		l, r := slices.Index(left, root), slices.Index(right, root)
		switch {
		case seen[slot]:
		case l >= 0:
			t.left = append(t.left, [2]int{l, slot})
		case r >= 0:
			t.right = append(t.right, [2]int{r, slot})
		default:
			all = false
		}
		seen[slot] = true
	})
	return all
}

// differs reports whether a condition is that two columns of one type differ.
func (m *Machine) differs(e *ir.Expr) bool {
	if e.Op != ir.ECall || len(e.Args) != 2 || e.Args[0].Op != ir.ELocal || e.Args[1].Op != ir.ELocal {
		return false
	}
	row := m.ops.ByID(e.Name)
	return row != nil && row.Cmp != nil && row.Cmp(-1) && row.Cmp(1) && !row.Cmp(0) && e.Args[0].Type.String() == e.Args[1].Type.String()
}

// into is where a rule puts what it derives.
func (q *rule) into() *grid {
	if q.test == nil || q.test.differ {
		return &q.h.grid
	}
	return &q.test.tried
}

// differ reports whether a rule derives pairs of different ids only.
func (q *rule) differ() bool { return q.test != nil && q.test.differ }

// derived ends what a rule did to row a: what was tried is tested. It returns how
// many pairs are new in the relation of the rule.
func (k *compose) derived(m *Machine, q *rule, a uint32, more int) (int, error) {
	if more == 0 || q.test == nil || q.test.differ {
		return more, nil
	}
	t := q.test
	l := &t.tried.rows[a]
	ids := t.tried.list(a, l.done)
	l.done = l.n
	pick := q.h.lids.key(a)
	for _, at := range t.left {
		t.row[at[1]] = pick[at[0]]
	}
	for _, v := range ids {
		words := q.h.rids.key(v)
		for _, at := range t.right {
			t.row[at[1]] = words[at[0]]
		}
		t.tries.add(t.row, 1)
	}
	err := t.node.emitRest(&m.x, t.f, &t.tries)
	if err == nil && t.node.fails() {
		err = errRowFails
	}
	passed := k.passed[:0]
	for i := range t.node.out.len() {
		passed = append(passed, q.h.rids.id(t.node.out.row(i)))
	}
	k.passed = passed
	t.node.out.clear()
	if k.keeps {
		t.kept.addAll(a, passed)
	}
	return q.h.addAll(a, passed), err
}

// reset forgets what was tried.
func (t *pairTest) reset() {
	if t.differ {
		return
	}
	t.tried.rows, t.tried.n, t.kept.rows = nil, 0, nil
	t.tries.clear()
	t.node.out.clear()
	t.node.errs = errorRows{}
}

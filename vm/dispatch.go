package vm

import (
	"cmp"
	"math"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Many definitions may filter one relation, each for a value or a range of its own:
// a rule for every customer, a counter for every kind of event. A change of the
// relation is not offered to all of them. Filters whose first test compares the same
// expression with a constant stand under it: by constant where they ask whether it is
// equal, in order of their bounds where they compare. The expression is evaluated once
// for each changed row, and those are woken that the row passes. A filter that is not
// woken would have dropped the row by its first test, without error and without
// effect, so the results are the same to the last error; where the expression itself
// fails all are woken, and each says so.

const (
	// fewTests is below how many filters it is not worth while.
	fewTests = 4
	// dispatchRows is up to how many rows of a change are looked at one by one.
	dispatchRows = 64
)

// dispatch is the users of a node by what they ask for.
type dispatch struct {
	subjects []*subject
	rest     []*node // that every change concerns
}

// subject is an expression over the rows of a node, and the filters that compare it.
type subject struct {
	col   int   // the column that it is, -1 where it is computed
	code  *code // of a computed one, a whole number
	frame *frame
	equal map[value.Word][]*node
	// below passes numbers up to bound, the greatest bound first; above those from
	// bound on, the least first.
	below, above []bounded
	all          []*node
}

// bounded is a filter that passes numbers on one side of a bound, itself included.
type bounded struct {
	bound int64
	n     *node
}

// test is the first test of a filter.
type test struct {
	of     *ir.Expr
	op     string // a key of mirror
	with   value.Value
	number bool // of whole numbers
}

// mirror is each comparison with its sides exchanged.
var mirror = map[string]string{"eq": "eq", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}

// testOf finds the first test of a condition; ok is false where it is none that
// filters can be told apart by.
func testOf(cond *ir.Expr) (t test, ok bool) {
	for cond != nil && cond.Op == ir.EIf && cond.Args[2].Op == ir.EConst && cond.Args[2].Type.Is("Bool") && !cond.Args[2].Value.Bool() {
		cond = cond.Args[0]
	}
	if cond == nil || cond.Op != ir.ECall || mirror[cond.Name] == "" || len(cond.Args) != 2 {
		return t, false
	}
	a, b := cond.Args[0], cond.Args[1]
	if t.op = cond.Name; a.Op == ir.EConst {
		a, b, t.op = b, a, mirror[t.op]
	}
	if b.Op != ir.EConst || a.Op == ir.EConst {
		return t, false
	}
	t.of, t.with, t.number = a, b.Value, types.Equal(a.Type, types.Int) && b.Value.Kind() == value.Int
	text := a.Op == ir.ELocal && types.Equal(a.Type, types.String) && b.Value.Kind() == value.String && t.op == "eq"
	return t, text || t.number && isPlain(a)
}

// isPlain reports whether an expression depends on the row alone.
func isPlain(e *ir.Expr) bool {
	plain := true
	ir.WalkExpr(e, func(x *ir.Expr) bool {
		switch x.Op {
		case ir.ELocal, ir.EConst, ir.ECall, ir.EItem, ir.EField:
		default:
			plain = false
		}
		return plain
	})
	return plain
}

// key is the same for expressions that compute the same alike.
func (t *test) key(p *ir.Program, cols []*types.Type) string {
	e := ir.CloneExpr(t.of)
	ir.WalkExpr(e, func(x *ir.Expr) bool { x.Pos = source.Position{}; return true })
	return ir.PrintExpr(p, e, cols)
}

// dispatches gives the nodes with many filters their dispatch.
func (m *Machine) dispatches() error {
	for _, n := range m.nodes {
		if len(n.users) < fewTests || n.within != nil {
			continue
		}
		if err := m.dispatchOf(n); err != nil {
			return err
		}
	}
	return nil
}

// filter is a user of a node with its first test.
type filter struct {
	n *node
	test
}

func (m *Machine) dispatchOf(n *node) error {
	d := &dispatch{}
	byKey, keys := map[string][]filter{}, []string(nil)
	for _, u := range n.users {
		t, ok := testOf(u.ir.Cond)
		if !ok || u.kind() != ir.Map || u.within != nil || len(u.in) != 1 || len(u.reads) > 0 {
			d.rest = append(d.rest, u)
			continue
		}
		key := t.key(m.prog, n.ir.Cols)
		if byKey[key] == nil {
			keys = append(keys, key)
		}
		byKey[key] = append(byKey[key], filter{u, t})
	}
	for _, key := range keys {
		if len(byKey[key]) < fewTests {
			for _, f := range byKey[key] {
				d.rest = append(d.rest, f.n)
			}
			continue
		}
		s, err := m.subjectOf(byKey[key], n.ir.Cols)
		if err != nil {
			return err
		}
		d.subjects = append(d.subjects, s)
	}
	if len(d.subjects) > 0 {
		n.dispatch = d
	}
	return nil
}

// subjectOf puts filters of one expression into order.
func (m *Machine) subjectOf(fs []filter, cols []*types.Type) (*subject, error) {
	s := &subject{col: -1, equal: map[value.Word][]*node{}}
	if of := fs[0].of; of.Op == ir.ELocal {
		s.col = of.Slot
	} else {
		var err error
		if s.code, err = m.compileRow(nil, []*ir.Expr{of}, cols, nil); err != nil {
			return nil, err
		}
		s.frame = s.code.frame()
	}
	for _, f := range fs {
		s.all = append(s.all, f.n)
		switch with := f.with; {
		case f.op == "eq":
			w := m.word(with, f.number)
			s.equal[w] = append(s.equal[w], f.n)
		case f.op == "le", f.op == "lt" && with.Int() > math.MinInt64:
			s.below = append(s.below, bounded{with.Int() - strictly(f.op), f.n})
		case f.op == "ge", f.op == "gt" && with.Int() < math.MaxInt64:
			s.above = append(s.above, bounded{with.Int() + strictly(f.op), f.n})
		} // nothing is below the least number or above the greatest
	}
	slices.SortStableFunc(s.below, func(a, b bounded) int { return cmp.Compare(b.bound, a.bound) })
	slices.SortStableFunc(s.above, func(a, b bounded) int { return cmp.Compare(a.bound, b.bound) })
	return s, nil
}

// strictly is 1 for comparisons that equal numbers do not pass.
func strictly(op string) int64 {
	if op == "lt" || op == "gt" {
		return 1
	}
	return 0
}

// wake makes the users due that a change of n concerns. It reports false where that
// is more than can be told by looking at each row.
func (d *dispatch) wake(n *node) bool {
	if n.out.len() > dispatchRows || n.out.more != 0 {
		return false
	}
	for _, u := range d.rest {
		n.wakeOne(u)
	}
	for _, s := range d.subjects {
		for i := range n.out.len() {
			s.wake(n.agenda, n.out.row(i))
		}
	}
	return true
}

// wake makes the filters due that a row passes by their first test.
func (s *subject) wake(a *agenda, row []value.Word) {
	w, ok := s.value(a.x, row)
	if !ok {
		makeDue(s.all)
		return
	}
	makeDue(s.equal[w])
	for _, b := range s.below {
		if int64(w) > b.bound {
			break
		}
		b.n.makeDue()
	}
	for _, b := range s.above {
		if int64(w) < b.bound {
			break
		}
		b.n.makeDue()
	}
}

func makeDue(nodes []*node) {
	for _, n := range nodes {
		n.makeDue()
	}
}

// value is the word that the filters compare; ok is false where there is none.
func (s *subject) value(x *exec, row []value.Word) (w value.Word, ok bool) {
	if s.col >= 0 {
		return row[s.col], true
	}
	copy(s.frame.w, row)
	if err := x.run(s.code, s.frame); err != nil {
		return 0, false
	}
	out := s.code.outs[0]
	if out.bank == bankW && out.kind == value.Int {
		return s.frame.w[out.reg], true
	}
	v := x.m.boxed(out, s.frame)
	return value.Word(v.Int()), v.Kind() == value.Int
}

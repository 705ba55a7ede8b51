package vm

import (
	"fmt"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// build makes the nodes of the program and connects them.
func (m *Machine) build() error {
	for i, d := range m.prog.Nodes {
		n := &node{ir: d, agenda: &m.agenda}
		n.out.width = len(d.Cols)
		if d.ID != i {
			return fmt.Errorf("vm: node %d stands at place %d", d.ID, i)
		}
		m.nodes = append(m.nodes, n)
	}
	m.agenda.x = &m.x
	m.agenda.ahead.spots = make([][]spotAhead, len(m.nodes))
	m.agenda.due = make([]uint64, len(m.nodes)>>6+1)
	if err := m.functions(); err != nil {
		return err
	}
	m.findLoops()
	for _, n := range m.nodes {
		if err := m.connect(n); err != nil {
			return err
		}
	}
	if err := m.components(); err != nil {
		return err
	}
	for _, n := range m.nodes {
		if err := m.equip(n); err != nil {
			return fmt.Errorf("vm: node %d at %s: %w", n.ir.ID, n.ir.Pos, err)
		}
		m.growth(n)
		if o, ok := n.op.(*fixOp); ok && o.c.lead == n {
			o.c.share(m)
		}
	}
	m.findUnique()
	m.losing() // before indexes are made
	for _, n := range m.nodes {
		o, ok := n.op.(*fixOp)
		switch {
		case !ok || o.c.lead != n:
		case o.c.shared:
			if o.c.compose = m.newCompose(o.c, false); o.c.compose != nil {
				o.c.compose.lead(m)
			}
			o.state = o.c.compose
		case o.c.ground != nil:
			if err := m.ground(o.c.ground); err != nil {
				return fmt.Errorf("vm: recursion %d at %s: %w", n.ir.ID, n.ir.Pos, err)
			}
			o.state = o.c.ground
		default:
			if o.c.climb = m.newClimb(o.c); o.c.climb != nil {
				n.owns, o.state = true, o.c.climb
			}
		}
	}
	if err := m.watch(); err != nil {
		return err
	}
	m.losing()
	m.findHanding()
	m.findAtOnce()
	m.findFleeting()
	return m.dispatches()
}

// findUnique tells the nodes whose results cannot repeat each other: other kinds
// come to that by their tables.
func (m *Machine) findUnique() {
	for id, key := range ir.Keys(m.prog) {
		switch n := m.nodes[id]; n.kind() {
		case ir.Map, ir.Join, ir.SemiJoin, ir.AntiJoin, ir.Group:
			n.unique = key != nil
		}
	}
}

// losing tells tables whose rows can leave.
func (m *Machine) losing() {
	for _, n := range m.nodes {
		if n.table != nil {
			n.table.loses = n.table.loses || !n.keeps
		}
	}
}

// connect links a node with what it reads.
func (m *Machine) connect(n *node) error {
	ids := append([]int(nil), n.ir.In...)
	if n.kind() == ir.Fix || n.kind() == ir.Rec {
		ids = nil // the component reads and writes them
	}
	for _, id := range ids {
		if id < 0 || id >= len(m.nodes) {
			return fmt.Errorf("vm: node %d reads node %d, which does not exist", n.ir.ID, id)
		}
		n.in = append(n.in, m.nodes[id])
		if m.nodes[id].kind() == ir.Stream { // its rows are read: index and element
			m.nodes[id].table = newTable(m.nodes[id].width())
		}
		m.nodes[id].users = append(m.nodes[id].users, n)
	}
	n.reads = m.readsOf(n.ir)
	if k := n.kind(); len(n.reads) > 0 && k != ir.Compute && k != ir.Stream && k != ir.Seal {
		return fmt.Errorf("vm: node %d at %s reads a view row by row; only Compute and Stream nodes can", n.ir.ID, n.ir.Pos)
	}
	for _, v := range n.reads {
		for _, src := range m.viewNodes(v) {
			src.users = append(src.users, n)
			src.keep()
		}
	}
	return nil
}

// viewNodes are the nodes that hold a view.
func (m *Machine) viewNodes(v ir.View) []*node {
	var ns []*node
	for _, id := range append([]int{v.Node, v.Closed}, v.Keys...) {
		if id >= 0 && id < len(m.nodes) && v.Type != nil && !(id == v.Closed && !hasStream(v.Type)) {
			ns = append(ns, m.nodes[id])
		}
	}
	return ns
}

// hasStream tells whether streams are part of a view, so that Closed counts.
func hasStream(t *types.Type) bool {
	for t = t.Resolve(); t.Con == "Map"; t = t.Args[1].Resolve() {
	}
	return t.Con == "Stream"
}

// keep makes a node hold its rows.
func (n *node) keep() {
	if n.table == nil && n.kind() != ir.Stream {
		n.table = newTable(n.width())
	}
}

// equip gives a node its operator.
func (m *Machine) equip(n *node) (err error) {
	if n.op != nil {
		return nil
	}
	if makers[n.kind()] == nil {
		return fmt.Errorf("the engine has no nodes of kind %d", n.kind())
	}
	n.op, err = makers[n.kind()](m, n)
	return err
}

// makers is the table of operators.
var makers = [ir.Sink + 1]func(*Machine, *node) (operator, error){
	ir.Source:    newSource,
	ir.Const:     newConst,
	ir.Map:       newMap,
	ir.FlatMap:   newFlatMap,
	ir.Join:      newJoin,
	ir.SemiJoin:  newSemiJoin,
	ir.AntiJoin:  newSemiJoin,
	ir.Union:     newUnion,
	ir.Distinct:  newDistinct,
	ir.Group:     newGroup,
	ir.Compute:   newCompute,
	ir.Stream:    newStream,
	ir.Rec:       newRec,
	ir.Fix:       newFix,
	ir.Threshold: newThreshold,
	ir.Seal:      newSeal,
	ir.Sink:      newSink,
}

// watch finds the nodes whose changes matter outside, and lets those be kept
// whose rows can be asked for.
func (m *Machine) watch() error {
	for i, h := range m.prog.Handlers {
		if h.Kind != ir.When {
			continue
		}
		if h.Head < 0 || h.Head >= len(m.nodes) {
			return fmt.Errorf("vm: the head of %s is node %d, which does not exist", h.Name, h.Head)
		}
		n := m.nodes[h.Head]
		n.heads = append(n.heads, i)
	}
	for i, s := range m.prog.Shows {
		for _, n := range m.viewNodes(s.View) {
			n.shows = append(n.shows, i)
		}
	}
	for _, v := range m.views() {
		for _, n := range m.viewNodes(v) {
			n.keep()
		}
	}
	return nil
}

// views lists the views that can be asked for by name.
func (m *Machine) views() []ir.View {
	var vs []ir.View
	for _, c := range m.prog.Cells {
		vs = append(vs, c.View)
	}
	for _, l := range m.prog.Lets {
		vs = append(vs, l.View)
	}
	for _, s := range m.prog.Shows {
		vs = append(vs, s.View)
	}
	return vs
}

// headRow assembles the row of a handler's head.
func (m *Machine) headRow(handler int, row []value.Word) value.Value {
	ts := m.prog.Handlers[handler].HeadTypes
	xs := make([]value.Value, len(ts))
	for i, t := range ts {
		xs[i], row = m.take(t, row)
	}
	return value.MakeTuple(xs...)
}

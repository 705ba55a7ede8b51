package vm

import (
	"slices"
	"weak"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// streamOp is a stream that unfolds by need. While only its sources grow, what
// was found stays and open ends are asked again; any other change begins it
// anew. Where rows of it are read (index and element), as many are shown as are
// known.
type streamOp struct {
	code *code
	elem *types.Type
	// streams it reads go on where they were, demands only grow, anything else
	// begins it anew
	streams, plain []*node
	demand         int // the largest that a paced part has seen, or a take beyond what views show anyway
	root           place
	// fleeting says that nobody but queries comes back to the beginning: it is kept as
	// long as somebody is there.
	fleeting bool
	begun    weak.Pointer[chunk]
	drops    []drop
	shown    int64 // rows shown so far
	last     place // where they end
	row      []value.Word
}

// drop is an element that was left out because a function failed for it.
type drop struct {
	err     error
	element value.Value
}

func newStream(m *Machine, n *node) (operator, error) {
	c := &compiler{m: m, code: &code{}, slots: map[int]ref{}, views: n.ir.Views, pos: n.ir.Pos}
	c.yields(n.ir.Out[0])
	if c.err != nil {
		return nil, c.err
	}
	o := &streamOp{code: c.code, elem: n.ir.Out[0].Type.Resolve().Args[0]}
	demands := onlyDemands(n.ir.Out[0])
	for _, v := range n.reads {
		for _, src := range m.viewNodes(v) {
			switch {
			case v.Type.Is("Stream"):
				o.streams = append(o.streams, src)
			case demands[v.Node] && src.ir.Class == "stable":
			default:
				o.plain = append(o.plain, src)
			}
		}
	}
	n.makeDue()
	return o, nil
}

// onlyDemands are the nodes whose values code asks for to learn how many elements
// are wanted, and for nothing else.
func onlyDemands(e *ir.Expr) map[int]bool {
	only, others := map[int]bool{}, map[int]bool{}
	collect := func(to map[int]bool) func(x *ir.Expr) bool {
		return func(x *ir.Expr) bool {
			switch x.Op {
			case ir.EView, ir.ELookup, ir.EHas:
				to[x.View.Node] = true
			}
			return true
		}
	}
	ir.WalkExpr(e, func(x *ir.Expr) bool {
		if stages[x.Name] != stagePaced || x.Op != ir.ECall {
			return collect(others)(x)
		}
		ir.WalkExpr(x.Args[0], collect(others))
		ir.WalkExpr(x.Args[1], collect(only))
		return false
	})
	for n := range others {
		delete(only, n)
	}
	return only
}

// stream is the stream from its beginning.
func (o *streamOp) stream() place {
	if o.fleeting {
		return place{c: o.beginning()}
	}
	if o.root.c == nil {
		o.root.c = o.begin()
	}
	return o.root
}

func (o *streamOp) step(m *Machine, n *node) error {
	anew := slices.ContainsFunc(o.plain, func(v *node) bool { return v.changed }) ||
		slices.ContainsFunc(o.streams, func(v *node) bool { return v.rewritten })
	if anew {
		o.anew(n)
	}
	n.wake()
	if n.table == nil {
		return nil
	}
	return o.show(m, n)
}

// anew forgets what was found.
func (o *streamOp) anew(n *node) {
	o.root, o.begun, o.last, o.drops, o.shown, o.demand = place{}, weak.Pointer[chunk]{}, place{}, nil, 0, 0
	n.rewritten = true
	if n.table != nil {
		n.table.each(func(r uint32, _ int64) { n.out.add(n.table.row(r), -1) })
		n.out.shrinks = true
	}
}

// show adds the rows of elements that became known.
func (o *streamOp) show(m *Machine, n *node) error {
	if o.last.c == nil {
		o.last = o.stream()
	}
	for ; o.shown < int64(m.streamLimit(o)); o.shown++ {
		ok, err := m.x.look(&o.last, m.streamLimit(o)-int(o.shown))
		if err == errOutOfFuel {
			return err
		}
		if !ok || err != nil {
			o.failed(err)
			return nil
		}
		if head := o.last.value(); head.Kind() == value.Conflict {
			// Two values are none that a row could hold or a handler fire for.
			o.drops = append(o.drops, drop{single(head), head})
		} else {
			o.row = m.put(append(o.row[:0], value.Word(o.shown)), o.elem, head)
			n.out.add(o.row, 1)
		}
		o.last.i++
	}
	return nil
}

// failed records an error that ends the stream.
func (o *streamOp) failed(err error) {
	if err != nil && err != errWait && !slices.ContainsFunc(o.drops, func(d drop) bool { return d.err == err }) {
		o.drops = append(o.drops, drop{err: err, element: value.MakeTuple()})
	}
}

func (o *streamOp) reset(n *node) {
	o.root, o.begun, o.last, o.drops, o.shown, o.demand = place{}, weak.Pointer[chunk]{}, place{}, nil, 0, 0
	n.makeDue()
}

// streamLimit bounds how many elements a view shows: what came from outside or
// is wanted there, and some more of a stream that goes on for ever. It depends on
// the state alone, so that replicas show the same.
func (m *Machine) streamLimit(o *streamOp) int {
	limit := m.opt.StreamView + o.demand
	for _, v := range o.streams {
		if up, ok := v.op.(*streamOp); ok {
			limit += m.streamLimit(up) - m.opt.StreamView
		} else if v.table != nil {
			limit += v.table.live()
		}
	}
	return limit
}

// shows notes that the stream of o is one of up to n elements: a view shows so many,
// and looks whether there is one more.
func (o *streamOp) shows(n int64) {
	if o != nil {
		o.demand = max(o.demand, int(min(n, maxDemand))+1-defaultStreamView)
	}
}

// streamView is the known prefix of a stream node.
func (m *Machine) streamView(n *node) (value.Value, error) {
	o := n.op.(*streamOp)
	limit := m.streamLimit(o)
	xs, closed, err := m.x.known(o.stream(), limit)
	for more := m.streamLimit(o); more > limit; more = m.streamLimit(o) {
		limit = more // looking at it told how much is wanted
		xs, closed, err = m.x.known(o.stream(), limit)
	}
	switch {
	case err == errOutOfFuel:
		return value.Value{}, ErrSuspended
	case err != nil:
		o.failed(err)
		return value.Value{}, m.x.locate(err, n.ir.Pos)
	case closed:
		return value.MakeList(xs), nil
	}
	return value.MakeOpen(xs), nil
}

// streamOf is the stream that a view holds, shared by all that read it. Under a
// Reader of an evaluation it is what that Reader shows.
func (x *exec) streamOf(v ir.View) (place, error) {
	if x.read != Reader(x.m) {
		got, err := x.view(v)
		return listStream(got), err
	}
	if err := x.m.ready(v); err != nil {
		return place{}, err
	}
	n := x.m.nodes[v.Node]
	switch {
	case n.kind() == ir.Stream:
		return n.op.(*streamOp).stream(), nil
	case n.kind() == ir.Source && n.width() == 1+len(v.Type.Resolve().Args[0].Columns(nil)):
		if n.stream == nil {
			n.stream = &sourceStream{m: x.m, n: n, elem: v.Type.Resolve().Args[0], items: n.table.index([]int{0})}
			if v.Closed >= 0 {
				n.stream.closed = x.m.nodes[v.Closed]
			}
			n.stream.root.c = &chunk{by: n.stream}
		}
		return n.stream.root, nil
	}
	got, err := x.m.view(v)
	return listStream(got), err
}

// sourceStream reads the stream of a cell from its relations.
type sourceStream struct {
	m      *Machine
	n      *node
	closed *node
	elem   *types.Type
	items  *index
	root   place
	i      int64 // of the first place that is not known
	next   int64 // places before this one were looked at
}

func (s *sourceStream) more(x *exec, c *chunk, wanted int) (*chunk, error) {
	found := 0
	for ; found < wanted && found < chunkSize; found++ {
		at := s.at(s.i)
		if len(at) == 0 {
			break
		}
		s.i++
		c = c.add(ivar(at))
	}
	if found > 0 {
		s.next = max(s.next, s.i)
		x.m.counts.looked(found)
		return c, nil
	}
	ended := false
	if s.closed != nil {
		s.closed.table.each(func(r uint32, _ int64) { ended = ended || int64(s.closed.table.row(r)[0]) <= s.i })
	}
	if !ended {
		return c, errWait
	}
	s.next = max(s.next, s.i+1)
	c.close()
	return c, nil
}

// at lists the values at a place.
func (s *sourceStream) at(i int64) (at []value.Value) {
	t := s.n.table
	for r := s.items.first([]value.Word{value.Word(i)}); r != 0; r = s.items.next[r-1] {
		if t.now(r-1) > 0 {
			v, _ := s.m.take(s.elem, t.row(r - 1)[1:])
			at = append(at, v)
		}
	}
	return at
}

// rewrite begins the stream of a source anew when a place that was looked at
// changed: a conflict, which two writers brought.
func (n *node) rewrite() {
	if n.stream == nil {
		return
	}
	for i := range n.out.len() {
		if int64(n.out.row(i)[0]) < n.stream.next {
			n.stream, n.rewritten = nil, true
			return
		}
	}
}

// newSeal is bound to all elements of its input, a stream, once it is closed; or
// to what Out says.
func newSeal(m *Machine, n *node) (operator, error) {
	if len(n.ir.Out) > 0 {
		return newCompute(m, n)
	}
	src := m.nodes[n.ir.In[0]]
	v := ir.View{Type: src.ir.Type, Node: src.ir.ID, Closed: -1}
	if len(n.ir.In) > 1 {
		v.Closed = n.ir.In[1]
	}
	src.keep()
	view := &ir.Expr{Op: ir.EView, Type: v.Type, View: v}
	c := &compiler{m: m, code: &code{}, slots: map[int]ref{}, pos: n.ir.Pos}
	to := c.reg(bankV)
	c.emit(opSealed, to.reg, c.toS(c.expr(view)).reg, 0, 0)
	c.code.out = to
	return newComputed(n, c.code, n.ir.Type), c.err
}

package vm

// retry says when a suspended evaluation is tried again: at turns that are
// further and further apart, since each try costs the fuel of a turn.
type retry struct {
	wait, after int // turns until the next try, and after a failed one
}

func (r *retry) due() bool {
	if r.after == 0 {
		return false
	}
	r.wait--
	return r.wait <= 0
}

// suspend stops the evaluation of n and of all that depends on it: out of fuel
// they have no right value, so they show none until a later try succeeds. What
// they showed before stays in the tables of others only where nobody reads it.
func (m *Machine) suspend(n *node) {
	if m.retry.after == 0 {
		m.retry = retry{wait: 1, after: 1}
	}
	why := m.reason(n)
	work := []*node{n}
	if o, ok := n.op.(*fixOp); ok {
		work = append(work, o.c.fixes...)
		work = append(work, o.c.body...)
	}
	for len(work) > 0 {
		n := work[len(work)-1]
		work = work[:len(work)-1]
		if n.suspended {
			continue
		}
		n.suspended, n.why, n.due = true, why, false
		n.touch()
		n.out = delta{width: n.width(), picks: picks{from: n.out.picks.from, cols: n.out.picks.cols}}
		if n.table != nil {
			n.table.release()
		}
		work = append(work, n.users...)
		for c := n.within; c != nil; c = c.lead.within {
			work = append(work, c.fixes...)
		}
	}
}

// Suspended lists the nodes (their places in ir.Program.Nodes) whose evaluation
// ran out of fuel. Changes of cells go on being accepted.
func (m *Machine) Suspended() []int {
	var ids []int
	for _, n := range m.nodes {
		if n.suspended {
			ids = append(ids, n.ir.ID)
		}
	}
	return ids
}

// rebuild evaluates everything from the sources, which have kept all changes.
// All heads are reported as new: who fires handlers knows which have fired.
func (m *Machine) rebuild() (Turn, error) {
	after := min(2*m.retry.after, 1024)
	m.retry = retry{}
	for _, n := range m.nodes {
		n.due = false
	}
	for _, n := range m.nodes {
		n.reset()
	}
	for _, n := range m.nodes {
		if _, ok := n.op.(sourceOp); !ok {
			continue
		}
		n.table.commit()
		n.table.each(func(r uint32, count int64) { n.out.add(n.table.row(r), count) })
		n.table.mark = 0
		n.announce()
	}
	m.runDue()
	if m.retry.after > 0 {
		m.retry = retry{wait: after, after: after}
	}
	return m.end(), nil
}

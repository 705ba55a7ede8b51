package vm

// Closed is how many relations of m are closures that take over rows.
func Closed(m *Machine) (n int) {
	m.relations(func(r *relation) {
		if r.closed {
			n++
		}
	})
	return n
}

// relations calls f with the relations of all recursions on grids.
func (m *Machine) relations(f func(r *relation)) {
	for _, at := range m.nodes {
		o, ok := at.op.(*fixOp)
		if !ok {
			continue
		}
		k := o.c.compose
		if g := o.c.ground; g != nil {
			k = g.first
		}
		if k == nil {
			continue
		}
		for _, r := range k.rels {
			f(r)
		}
	}
}

// DivideAll makes m divide work however small it is.
func DivideAll(m *Machine) { m.fewSteps = 0 }

// Grids is what the grids of m hold, in the order in which it came, and where it
// lies.
func Grids(m *Machine) (all []uint32) {
	m.relations(func(r *relation) {
		for x := range r.rows {
			l := &r.rows[x]
			all = append(all, l.list, l.n, l.find, l.done, uint32(l.size), uint32(l.wide), uint32(l.form))
			all = append(all, r.list(uint32(x), 0)...)
		}
		all = append(all, uint32(r.n))
	})
	return all
}

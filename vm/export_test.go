package vm

// Closed is how many relations of m are closures that take over rows.
func Closed(m *Machine) (n int) {
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
			if r.closed {
				n++
			}
		}
	}
	return n
}

package vm

import "github.com/laspc/lasp/lang/value"

// giveUp computes the component in rounds from what its feeds hold, and from now
// on stays with rounds, which know the rows that fail. before is how many rows of
// each relation are shown.
func (k *compose) giveUp(m *Machine, before []int) error {
	c := k.c
	var shown [][]value.Word
	for i, fix := range c.fixes {
		n := 0
		if k.eager {
			n = before[i] * fix.width()
		}
		shown = append(shown, append([]value.Word(nil), fix.table.words[:n]...))
		fix.lazy = nil
		fix.out.clear()
	}
	c.compose, c.lead.op.(*fixOp).state = nil, nil
	k.reset()
	if err := c.again(m); err != nil {
		return err
	}
	for i, fix := range c.fixes {
		if k.eager {
			fix.differ(shown[i])
		} else {
			fix.out.more = int64(fix.table.live() - before[i])
		}
		fix.announce()
	}
	return nil
}

// differ makes the rows of a table that were not shown before the change of a node
// of which no row has left.
func (n *node) differ(shown []value.Word) {
	t, old := n.table, newTable(n.width())
	old.extend(shown, len(shown)/n.width())
	t.mark = t.n
	for r := range t.counts() {
		if _, ok := old.find(t.row(uint32(r))); ok {
			continue
		}
		n.out.add(t.row(uint32(r)), 1)
		t.past.note(uint32(r), 0)
	}
}

// fails reports whether there is a row that a node failed on.
func (n *node) fails() bool { return n.errs.rows != nil && n.errs.rows.live() > 0 }

package vm

import "slices"

// Rows of a recursion on grids in pieces. A row that is followed to its end
// (composeclose.go) takes in rows of what it is joined with, which does not change
// meanwhile, and reads no other row of its own relation, unless it takes over such
// as were followed. So rows are divided among pieces where that brings something:
// what the first of them took tells what the others will take. What is found from
// the other side, and the rules that read the rows, follow in their order.
//
// Other rules are not divided. They can be, round by round, by the rows that they
// write; but then a row is read when the whole round is over and no longer at once,
// while it lies close by, which takes more than a second processor gives
// (docs/rationale.md has the figures).

// fewRows is up to how many rows are not divided.
const fewRows = 2 * shares

// fewSteps is up to how much work the rows of a relation are not worth dividing:
// measured, see docs/rationale.md.
const fewSteps = 1 << 17

// long reports whether the rows of due from i on are to be followed in pieces: it
// looks at what those before took, now and then.
func (k *compose) long(m *Machine, r *relation, due []uint32, i int, spent int64) bool {
	rest := len(due) - i
	if i < shares || i&(i-1) != 0 || rest < fewRows || m.opt.Pieces == nil || r.closed || r.clock != nil || spent/int64(i)*int64(rest) < m.fewSteps {
		return false
	}
	rules := k.closings(r)
	return len(rules) > 0 && !slices.ContainsFunc(rules, func(c closing) bool { return c.q.b == r })
}

// followAll follows rows of a relation, in pieces, and then lets the other rules see
// what is new.
func (k *compose) followAll(m *Machine, r *relation, due []uint32) error {
	rules := slices.Clone(k.closings(r))
	parts, b := r.split(), m.x.budget(k.most(m)-r.n)
	began := make([]uint32, len(due))
	m.opt.Pieces.Do(shares, func(i int) {
		p := &parts[i]
		for n := i * len(due) / shares; n < (i+1)*len(due)/shares && !b.over.Load(); n++ {
			began[n] = p.rows[due[n]].n
			p.lines = append(p.lines, due[n])
			p.follow(rules, due[n], b)
		}
	})
	r.join(parts)
	if err := b.settle(m, k.c.lead); err != nil {
		return err
	}
	followed := make([]uint32, len(due))
	for n, x := range due {
		followed[n] = r.rows[x].n
		k.extend(r, x, int(followed[n]-began[n]))
	}
	for n, x := range due {
		// What the news of a row before it has brought to this one is not followed yet.
		if err := k.news(m, r, x, r.rows[x].n == followed[n]); err != nil {
			return err
		}
		r.rows[x].due = false
	}
	return nil
}

// follow is closeRow for a row of a piece.
func (p *share) follow(rules []closing, x uint32, b *budget) {
	l := &p.rows[x]
	work, was := 0, p.n
	for i := l.done; i < l.n; i++ {
		v := p.own.at(l.list, i+1)[i]
		for _, c := range rules {
			w, _ := c.q.takeIn(&p.grid, c.from, c.base, x, v)
			work += w
		}
		if work > spendAt {
			if !b.spend(work, p.n-was) {
				return
			}
			work, was = 0, p.n
			p.own.settle()
		}
	}
	b.spend(work, p.n-was)
}

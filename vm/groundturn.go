package vm

import (
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
)

// step brings the component up to date with its feeds.
func (g *ground) step(m *Machine) error {
	loses := slices.ContainsFunc(g.c.feeds, func(f *node) bool { return f.out.negative() })
	if !loses && g.loads() {
		err := g.load(m)
		if err == nil {
			g.publish()
		}
		if err != errRowFails {
			return err
		}
		g.first = nil // for good: rows that fail are known row by row
		for _, n := range g.c.body {
			n.errs.reset()
		}
	}
	g.blank = g.stuck && loses || g.seq > 1<<31
	if g.blank {
		g.clear()
	}
	err := g.count(m)
	for try := 0; err == nil && (try == 0 || len(g.loose) > 0 && try < maxTries); try++ {
		err = g.turn(m)
		g.loose = slices.DeleteFunc(g.loose, func(at spot) bool { return !at.loose() })
	}
	if err != nil {
		return err
	}
	g.stuck = g.stuck || len(g.loose) > 0
	g.loose = g.loose[:0]
	g.publish()
	return nil
}

// loose reports whether the order does not explain why a row is there.
func (at spot) loose() bool {
	p := &at.s.foot[at.r]
	return p.seq != 0 && p.well <= 0
}

// maxTries is how often rows that the order does not explain are ordered anew.
const maxTries = 4

// clear forgets all support and keeps the rows, so that the difference shows.
func (g *ground) clear() {
	g.seq, g.stuck = 0, false
	for _, n := range g.c.body {
		n.errs.reset()
		n.long.reset()
	}
	for _, s := range g.stores {
		for r := range s.foot {
			if n := s.t.now(uint32(r)); n > 0 {
				s.t.change(uint32(r), -n)
			}
			s.foot[r] = footing{}
		}
		if s.best != nil {
			s.best.groups.reset()
		}
	}
}

// count counts the changes of the feeds, one feed after the other: a derivation
// from two feeds that changed is met when the later of them is counted.
func (g *ground) count(m *Machine) error {
	g.phase = counting
	for i, f := range g.c.feeds {
		g.feed = i
		visit := func(row []value.Word, before, now int64) error {
			if sign(before) == sign(now) {
				return nil
			}
			return g.pass(m, f, row, order{}, int32(sign(now)-sign(before)), spot{})
		}
		for _, o := range g.semis {
			o.seen.reset()
		}
		if g.blank {
			for r := range f.table.rows() {
				if err := visit(f.table.row(r), 0, f.table.now(r)); err != nil {
					return err
				}
			}
			continue
		}
		for k := range f.out.len() {
			row := f.out.row(k)
			r, ok := f.table.find(row)
			if !ok {
				continue
			}
			if err := visit(row, f.table.old(r), f.table.now(r)); err != nil {
				return err
			}
		}
	}
	g.feed = len(g.c.feeds)
	return nil
}

// turn lets loose rows sink, and rise what has reason to.
func (g *ground) turn(m *Machine) error {
	g.phase = sinking
	loose := g.loose
	g.loose = nil
	for _, at := range loose {
		if at.loose() {
			if err := g.lose(m, at); err != nil {
				return err
			}
		}
	}
	for k := 0; k < len(g.sinks); k++ {
		at := g.sinks[k]
		if err := g.fire(m, at, -1); err != nil {
			return err
		}
		g.hide(at)
	}
	g.sinks = g.sinks[:0]
	if err := g.choose(m); err != nil {
		return err
	}
	for {
		w, comes, ok := g.rising.pop()
		if !ok {
			return nil
		}
		if err := g.move(m, spot{g.stores[w.store], w.row}, comes); err != nil {
			return err
		}
	}
}

// choose lets what waits rise: candidates at once, since the groups choose among
// them, rows in their order.
func (g *ground) choose(m *Machine) error {
	g.phase = rises
	gone := g.gone
	g.gone = g.gone[:0]
	for _, at := range gone {
		p := &at.s.foot[at.r]
		switch {
		case p.total == 0:
			p.wait(false)
		case at.s.best != nil:
			g.show(at)
			at.s.best.ask(at.s.best.join(at))
		default:
			g.rising.push(at, at.s.order(at.r).rank, true)
		}
	}
	for _, s := range g.stores {
		if s.best != nil {
			if err := g.rechoose(m, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// move lets one row come or leave while rising.
func (g *ground) move(m *Machine, at spot, comes bool) error {
	p := &at.s.foot[at.r]
	switch {
	case comes && p.total == 0:
		p.wait(false)
	case comes:
		g.show(at)
		return g.fire(m, at, 1)
	case p.total == 0 && p.seq != 0:
		err := g.fire(m, at, -1)
		g.hide(at)
		return err
	case at.loose(): // derived again, but later than it stands
		g.loose = append(g.loose, at)
	}
	return nil
}

// publish makes the net change of the turn the component's change outside.
func (g *ground) publish() {
	for _, s := range g.stores {
		if s.best != nil {
			s.best.groups.commit()
		}
		if s.node.kind() != ir.Rec {
			s.t.commit()
		}
	}
	for i, fix := range g.c.fixes {
		t := g.c.recs[i].table
		t.changes(func(r uint32, old, now int64) { fix.out.add(t.row(r), now-old) })
		fix.out.shrinks = fix.out.negative()
		fix.touch() // counts may have moved although nothing shows
		if fix != g.c.lead {
			fix.finish()
		}
	}
}

func (g *ground) reset() {
	for _, s := range g.stores {
		s.reset()
	}
	g.seq, g.stuck = 0, false
	g.sinks, g.gone, g.loose = g.sinks[:0], g.gone[:0], g.loose[:0]
	g.rising.reset()
	if g.first != nil {
		g.first.reset()
	}
}

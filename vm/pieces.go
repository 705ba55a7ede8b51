package vm

import "sync/atomic"

// Pieces runs pieces of one evaluation that do not depend on each other. The
// machine has no goroutines of its own; who drives it gives it some, where there is
// more than one processor, as it gives it a clock.
//
// What a machine computes does not depend on how pieces run. Work is divided by the
// rows that it writes, into a number of pieces that depends on the work alone; a
// piece reads what was there before and writes rows of its own into memory of its
// own, and what pieces made is put together in their order.
type Pieces interface {
	// Do calls piece with each number below n, once each, in any order and on any
	// goroutines, and returns when all calls have returned. A panic of a call is one
	// of Do.
	Do(n int, piece func(i int))
}

// shares is into how many pieces work is divided: enough for a few processors that
// are not equally fast, not so many that each has to look through what is not for
// it for long.
const shares = 8

// share is what one piece works with: the rows of a grid, of which it writes some,
// and memory of its own. The others read neither.
type share struct {
	grid
	own   pool
	lines []uint32 // rows that it wrote
	_     [64]byte // shares of different processors do not touch
}

// split gives each piece its share of a grid, which nobody else may touch until
// join.
func (g *grid) split() []share {
	parts := make([]share, shares)
	for i := range parts {
		p := &parts[i]
		p.own = g.pool.part()
		p.grid = grid{pool: &p.own, rows: g.rows, ids: g.ids, bag: g.bag}
	}
	return parts
}

// join takes over what the pieces wrote.
func (g *grid) join(parts []share) {
	for i := range parts {
		p := &parts[i]
		moved := g.pool.adopt(&p.own)
		for _, x := range p.lines {
			l := &g.rows[x]
			l.list, l.find = moved.to(l.list), moved.to(l.find)
		}
		g.n += p.n
	}
}

// part is a pool that hands out memory of its own and reads that of p, too.
func (p *pool) part() pool {
	n := len(p.chunks)
	own := pool{chunks: p.chunks[:n:n], base: n}
	if n > 0 {
		own.top = len(p.chunks[n-1])
	}
	return own
}

// moves tells where blocks of a part are that was adopted.
type moves struct{ base, by uint32 }

func (m moves) to(block uint32) uint32 {
	if block < m.base {
		return block
	}
	return block + m.by
}

// adopt takes over the memory of a part, whose own blocks move. What is free in it
// is so once the pool settles.
func (p *pool) adopt(part *pool) moves {
	m := moves{uint32(part.base) << chunkBits, uint32(len(p.chunks)-part.base) << chunkBits}
	if len(part.chunks) > part.base {
		p.chunks = append(p.chunks, part.chunks[part.base:]...)
		p.top = part.top
	}
	for i := 0; i < len(part.limbo); i += 2 {
		p.limbo = append(p.limbo, m.to(part.limbo[i]), part.limbo[i+1])
	}
	for class, blocks := range part.free {
		for _, b := range blocks {
			p.limbo = append(p.limbo, m.to(b), uint32(class))
		}
	}
	return m
}

// budget is what pieces may spend together. A piece that goes beyond makes the
// others end early; whether one does depends on the work alone.
type budget struct {
	work, rows atomic.Int64
	fuel, room int64
	stop       *atomic.Bool
	over       atomic.Bool
}

// budget is what is left of the fuel of a turn, and room for so many rows.
func (x *exec) budget(room int) *budget {
	return &budget{fuel: *x.fuel, room: int64(room), stop: x.stop}
}

// spend reports whether a piece may go on.
func (b *budget) spend(work, rows int) bool {
	if b.work.Add(int64(work)) > b.fuel || b.rows.Add(int64(rows)) > b.room || b.stop != nil && b.stop.Load() {
		b.over.Store(true)
	}
	return !b.over.Load()
}

// settle takes what pieces spent from the fuel of the turn.
func (b *budget) settle(m *Machine, n *node) error {
	if err := m.x.spend(b.work.Load()); err != nil {
		return err
	}
	switch {
	case b.rows.Load() > b.room:
		return m.tooMany(n)
	case b.over.Load():
		return errOutOfFuel
	}
	return nil
}

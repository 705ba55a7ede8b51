package vm

import "math/bits"

// A grid is a relation of two columns over dense ids: for each id of the first
// column the ids of the second that stand with it, in the order in which they
// came. It only grows. What a row holds since some moment is the end of its
// list, so rounds need no copies of what is new.
//
// Whether a row has an id is found by its shape: short rows are looked through,
// long ones have a set of bits when a good part of all ids is in them, else a
// table of open addressing. All memory is blocks of 32-bit words out of a few
// large slices (pool), so a million rows are nothing to the collector.
type grid struct {
	pool *pool
	rows []line
	n    int // pairs
	// ids tells how many ids there are at present, for the size of bit sets.
	ids func() int
	// bag says that pairs are known to be new and need not be found.
	bag bool
	// clock counts pairs that come, where it matters which came first.
	clock *uint32
}

// line is a row of a grid.
type line struct {
	list uint32 // block of the ids, in order of arrival
	n    uint32
	find uint32 // block of the bits or the open addressing
	done uint32 // ids that rules have seen
	told uint32 // ids that are shown outside
	time uint32 // block of when the ids came, beside list, where there is a clock
	size uint8  // class of list
	wide uint8  // class of find
	form form
	due  bool // is in the queue of its relation
}

// form is how a line finds an id.
type form uint8

const (
	searched form = iota
	hashed
	bitted
)

// longScan is the length up to which a line is looked through.
const longScan = 24

// pool hands out blocks of 4<<class words.
type pool struct {
	chunks [][]uint32
	top    int // words of the last chunk in use
	free   [33][]uint32
	limbo  []uint32 // freed blocks that may still be read, and their classes
	base   int      // chunks before it belong to another pool, see part
}

const chunkBits = 16

// take returns a block of a class; its words are not cleared.
func (p *pool) take(class uint8) uint32 {
	if f := p.free[class]; len(f) > 0 {
		p.free[class] = f[:len(f)-1]
		return f[len(f)-1]
	}
	size := 4 << class
	if size > 1<<chunkBits {
		p.chunks = append(p.chunks, make([]uint32, size))
		p.top = size
		return uint32(len(p.chunks)-1) << chunkBits
	}
	if n := len(p.chunks); n == 0 || len(p.chunks[n-1])-p.top < size {
		p.chunks = append(p.chunks, make([]uint32, max(size, 256<<min(n-p.base, chunkBits-8))))
		p.top = 0
	}
	p.top += size
	return uint32(len(p.chunks)-1)<<chunkBits | uint32(p.top-size)
}

// at returns the first n words of a block.
func (p *pool) at(block, n uint32) []uint32 {
	c := p.chunks[block>>chunkBits][block&(1<<chunkBits-1):]
	return c[:n:n]
}

// give returns a block; who reads it still may do so until settle.
// Of what a part of a pool has taken itself nobody else knows.
func (p *pool) give(block uint32, class uint8) {
	if p.base > 0 && block>>chunkBits >= uint32(p.base) {
		p.free[class] = append(p.free[class], block)
		return
	}
	p.limbo = append(p.limbo, block, uint32(class))
}

// settle makes blocks that were given back free: nobody reads them any more.
func (p *pool) settle() {
	for i := 0; i < len(p.limbo); i += 2 {
		p.free[p.limbo[i+1]] = append(p.free[p.limbo[i+1]], p.limbo[i])
	}
	p.limbo = p.limbo[:0]
}

// line returns row x, making room for it.
func (g *grid) line(x uint32) *line {
	if int(x) >= len(g.rows) {
		if int(x) >= cap(g.rows) {
			g.expect(max(int(x)+1, len(g.rows)+len(g.rows)/2))
		}
		g.rows = g.rows[:x+1]
	}
	return &g.rows[x]
}

// expect makes room for n rows.
func (g *grid) expect(n int) {
	if n > cap(g.rows) {
		rows := make([]line, len(g.rows), n)
		copy(rows, g.rows)
		g.rows = rows
	}
}

// list is the ids of row x from one on, until the pool settles.
func (g *grid) list(x, from uint32) []uint32 {
	if int(x) >= len(g.rows) {
		return nil
	}
	l := &g.rows[x]
	if l.n <= from {
		return nil
	}
	return g.pool.at(l.list, l.n)[from:]
}

// add puts (x, v) into the grid and reports whether it is new.
func (g *grid) add(x, v uint32) bool {
	return g.addAll(x, []uint32{v}) > 0
}

// addAll puts all (x, v) into the grid and returns how many are new.
func (g *grid) addAll(x uint32, vs []uint32) int {
	l := g.line(x)
	before := l.n
	if l.n == 0 && len(vs) > 4 && !g.bag {
		g.open(l, len(vs))
	}
	if l.form == searched && !g.bag {
		vs = g.addSearched(l, vs)
	}
	for k, v := range vs {
		if l.form == bitted {
			g.addBitted(l, vs[k:])
			break
		}
		if g.bag || !g.has(l, v) {
			g.push(l, v)
		}
	}
	g.n += int(l.n - before)
	return int(l.n - before)
}

// open prepares an empty line for n ids, which as a rule differ.
func (g *grid) open(l *line, n int) {
	l.size = classOf(n)
	if words := (g.ids() + 31) / 32; n > longScan && words <= n*8 {
		g.begin(l)
		g.reform(l, uint32(n))
	}
}

// addSearched is addAll for a line that is looked through; it returns what is left
// when the line takes another form.
func (g *grid) addSearched(l *line, vs []uint32) []uint32 {
	if len(vs) == 0 {
		return nil
	}
	if l.n == 0 {
		g.begin(l)
	}
	list, n := g.pool.at(l.list, 4<<l.size), l.n
next:
	for k, v := range vs {
		for _, w := range list[:n] {
			if w == v {
				continue next
			}
		}
		if n == uint32(len(list)) {
			l.n = n
			g.lengthen(l)
			list = g.pool.at(l.list, 4<<l.size)
		}
		list[n] = v
		if g.clock != nil {
			g.stamp(l, n)
		}
		if n++; n > longScan {
			l.n = n
			g.reform(l, l.n)
			return vs[k+1:]
		}
	}
	l.n = n
	return nil
}

// addBitted is addAll for a line with bits.
func (g *grid) addBitted(l *line, vs []uint32) {
	set := g.pool.at(l.find, 4<<l.wide)
	list := g.pool.at(l.list, 4<<l.size)
	n, was := l.n, l.n
	for k, v := range vs {
		if v>>5 >= uint32(len(set)) {
			l.n = n
			set = g.widen(l)
		}
		w, bit := &set[v>>5], uint32(1)<<(v&31)
		if *w&bit != 0 {
			continue
		}
		*w |= bit
		if n == uint32(len(list)) {
			// As many of the others are new, for all that is known, as of those so far.
			more := uint64(len(vs)-k) * uint64(n-was+1) / uint64(k+1)
			l.n = n
			g.enlarge(l, classOf(int(n)+max(1, int(more))))
			list = g.pool.at(l.list, 4<<l.size)
		}
		list[n] = v
		if g.clock != nil {
			g.stamp(l, n)
		}
		n++
	}
	l.n = n
}

// has reports whether a line without bits holds v.
func (g *grid) has(l *line, v uint32) bool {
	if l.form == searched {
		if l.n == 0 {
			return false
		}
		for _, w := range g.pool.at(l.list, l.n) {
			if w == v {
				return true
			}
		}
		return false
	}
	slots := g.pool.at(l.find, 4<<l.wide)
	return slots[probe32(slots, v)] != 0
}

// probe32 finds the place of v, or the free one where it belongs.
func probe32(slots []uint32, v uint32) uint32 {
	mask := uint32(len(slots) - 1)
	i := v * 0x9e3779b1
	for i = (i ^ i>>15) & mask; slots[i] != 0 && slots[i] != v+1; i = (i + 1) & mask {
	}
	return i
}

// push appends an id that the line does not hold.
func (g *grid) push(l *line, v uint32) {
	g.append(l, v)
	if g.bag {
		return
	}
	if l.form == hashed {
		slots := g.pool.at(l.find, 4<<l.wide)
		slots[probe32(slots, v)] = v + 1
	}
	if l.form == searched && l.n > longScan || l.form == hashed && l.n*2 > 4<<l.wide {
		g.reform(l, l.n)
	}
}

func (g *grid) append(l *line, v uint32) {
	switch {
	case l.n == 0:
		g.begin(l)
	case l.n == 4<<l.size:
		g.lengthen(l)
	}
	g.pool.at(l.list, l.n+1)[l.n] = v
	if g.clock != nil {
		g.stamp(l, l.n)
	}
	l.n++
}

// begin gives a line its first blocks.
func (g *grid) begin(l *line) {
	l.list = g.pool.take(l.size)
	if g.clock != nil {
		l.time = g.pool.take(l.size)
	}
}

// stamp notes when id n of a line came.
func (g *grid) stamp(l *line, n uint32) {
	*g.clock++
	g.pool.at(l.time, n+1)[n] = *g.clock
}

// times is when the ids of row x came.
func (g *grid) times(x uint32) []uint32 {
	if l := &g.rows[x]; l.n > 0 {
		return g.pool.at(l.time, l.n)
	}
	return nil
}

// lengthen doubles the list of a line.
func (g *grid) lengthen(l *line) { g.enlarge(l, l.size+1) }

// reserve makes room for n ids in the list of a line.
func (g *grid) reserve(l *line, n uint32) {
	if size := classOf(int(n)); size > l.size {
		g.enlarge(l, size)
	}
}

// enlarge gives the list of a line, which holds some, a block of a larger class.
func (g *grid) enlarge(l *line, size uint8) {
	l.list = g.enlarged(l.list, l, size)
	if g.clock != nil {
		l.time = g.enlarged(l.time, l, size)
	}
	l.size = size
}

// enlarged is a block of a line in one of another class.
func (g *grid) enlarged(was uint32, l *line, size uint8) uint32 {
	block := g.pool.take(size)
	copy(g.pool.at(block, l.n), g.pool.at(was, l.n))
	g.pool.give(was, l.size)
	return block
}

// reform gives a line that grows to n ids a better way to find them: bits, as long
// as they are not much larger than the list itself.
func (g *grid) reform(l *line, n uint32) {
	if l.form == hashed {
		g.pool.give(l.find, l.wide)
	}
	l.form = hashed
	if words := (g.ids() + 31) / 32; words <= int(n)*8 {
		l.form, l.wide = bitted, classOf(words)
	} else {
		l.wide = classOf(int(n) * 4)
	}
	l.find = g.pool.take(l.wide)
	block := g.pool.at(l.find, 4<<l.wide)
	clear(block)
	for _, v := range g.pool.at(l.list, l.n) {
		switch {
		case l.form == hashed:
			block[probe32(block, v)] = v + 1
		default:
			block[v>>5] |= 1 << (v & 31)
		}
	}
}

// widen makes the bits of a line wide enough for all ids.
func (g *grid) widen(l *line) []uint32 {
	was := g.pool.at(l.find, 4<<l.wide)
	g.pool.give(l.find, l.wide)
	l.wide = max(l.wide+1, classOf((g.ids()+31)/32))
	l.find = g.pool.take(l.wide)
	set := g.pool.at(l.find, 4<<l.wide)
	clear(set[copy(set, was):])
	return set
}

// classOf is the class of the smallest block of n words.
func classOf(n int) uint8 {
	return uint8(max(0, bits.Len(uint(max(n, 1)-1))-2))
}

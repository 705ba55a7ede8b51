package vm

import (
	"math/bits"
	"slices"
)

// Rows of a grid that take in others as they stand: a word of bits at a time where
// both have bits, without looking for ids among each other where they differ.

// addLine puts all ids of row y of o into row x, a word of bits at a time where
// both have bits.
func (g *grid) addLine(x uint32, o *grid, y uint32) int {
	if g == o && x == y || int(y) >= len(o.rows) {
		return 0
	}
	l := g.line(x)
	from := &o.rows[y]
	if l.form != bitted || from.form != bitted || from.n < 2<<from.wide {
		return g.addAll(x, o.list(y, 0))
	}
	return g.addBits(l, o.pool.at(from.find, 4<<from.wide))
}

// addBits puts the ids of a set of bits into a line that has bits, too.
func (g *grid) addBits(l *line, theirs []uint32) int {
	for 4<<l.wide < len(theirs) {
		g.widen(l)
	}
	mine := g.pool.at(l.find, 4<<l.wide)
	more := 0
	for i, w := range theirs {
		more += bits.OnesCount32(w &^ mine[i])
	}
	if more == 0 {
		return 0
	}
	n := l.n + uint32(more)
	g.reserve(l, n)
	list, at := g.pool.at(l.list, n), l.n
	for i, w := range theirs {
		fresh := w &^ mine[i]
		mine[i] |= fresh
		for ; fresh != 0; fresh &= fresh - 1 {
			list[at] = uint32(i*32 + bits.TrailingZeros32(fresh))
			at++
		}
	}
	if g.clock != nil {
		for at = l.n; at < n; at++ {
			g.stamp(l, at)
		}
	}
	l.n = n
	g.n += more
	return more
}

// takeOver puts all ids of a row that was followed to its end into another one, but
// not its own id where that is left out. It returns the work. Where it matters when
// ids came rows are not taken over.
func (g *grid) takeOver(x, v uint32, but bool) (work int) {
	l, from := &g.rows[x], &g.rows[v]
	if l.form == searched && l.n+from.n > longScan {
		g.reform(l, l.n+from.n)
	}
	ids := g.pool.at(from.list, from.n)
	switch {
	case l.form == searched:
		g.takeShort(l, ids, x, but)
	case l.form == bitted && from.form == bitted && from.n >= 2<<from.wide:
		if but {
			return 4<<from.wide + g.addLineBut(x, g, v)
		}
		return 4<<from.wide + g.addLine(x, g, v)
	case but:
		g.addAllBut(x, ids)
	default:
		g.addAll(x, ids)
	}
	return len(ids)
}

// takeShort is takeOver for a line that is looked through and stays so: ids differ
// from each other, so they are looked for among those that were there before.
func (g *grid) takeShort(l *line, ids []uint32, x uint32, but bool) {
	g.reserve(l, l.n+uint32(len(ids)))
	list := g.pool.at(l.list, 4<<l.size)
	own, n := list[:l.n], l.n
	some := but && slices.Contains(ids, x)
	for _, v := range own {
		some = some || slices.Contains(ids, v)
	}
	if !some {
		n += uint32(copy(list[n:], ids))
		ids = nil
	}
	for _, v := range ids {
		if !slices.Contains(own, v) && !(but && v == x) {
			list[n] = v
			n++
		}
	}
	g.n += int(n - l.n)
	l.n = n
}

// holds reports whether a line, of any form, holds v.
func (g *grid) holds(l *line, v uint32) bool {
	if l.form != bitted {
		return g.has(l, v)
	}
	return v>>5 < 4<<l.wide && g.pool.at(l.find, 4<<l.wide)[v>>5]>>(v&31)&1 != 0
}

// addAllBut is addAll without the pair (x, x).
func (g *grid) addAllBut(x uint32, vs []uint32) int {
	at := slices.Index(vs, x)
	if at < 0 {
		return g.addAll(x, vs)
	}
	return g.addAll(x, vs[:at]) + g.addAllBut(x, vs[at+1:])
}

// addLineBut is addLine without the pair (x, x): while bits are taken in, the row
// looks as if it had it.
func (g *grid) addLineBut(x uint32, o *grid, y uint32) int {
	if g == o && x == y || int(y) >= len(o.rows) {
		return 0
	}
	l, from := g.line(x), &o.rows[y]
	if l.form != bitted || from.form != bitted || from.n < 2<<from.wide {
		return g.addAllBut(x, o.list(y, 0))
	}
	if l.wide < from.wide {
		g.widen(l)
	}
	at, bit := x>>5, uint32(1)<<(x&31)
	mine := g.pool.at(l.find, 4<<l.wide)
	if at >= uint32(len(mine)) || mine[at]&bit != 0 {
		return g.addLine(x, o, y)
	}
	mine[at] |= bit
	more := g.addLine(x, o, y)
	g.pool.at(l.find, 4<<l.wide)[at] &^= bit
	return more
}

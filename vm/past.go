package vm

import (
	"cmp"
	"math"
	"slices"
)

// past is what the rows of a table counted before the present step, those of them
// that changed: everything else counts what it did. It is a list, looked through
// while it is short, as it is in most turns, and found by a hash of the row when it
// is long. So a table holds one count a row, and a change of a row touches that.
type past struct {
	list   []before
	index  []uint32 // open addressing: place in list plus one
	hashed bool     // index is in use
}

// before is a row with the count that it had.
type before struct {
	r   uint32
	at  int32 // the spot where it was then, as a hint; noSpot where that is not known
	was int64
}

// noSpot is the hint of a row of which nobody has said where it is.
const noSpot = math.MinInt32

const (
	fewBefore   = 8       // up to here the list is looked through
	spareBefore = 1 << 12 // up to here the memory is kept for the next step
)

// find is the place of a row in the list, -1 where it has not changed.
func (p *past) find(r uint32) int {
	if !p.hashed {
		for i := range p.list {
			if p.list[i].r == r {
				return i
			}
		}
		return -1
	}
	return int(p.index[p.probe(r)]) - 1
}

func (p *past) probe(r uint32) uint32 {
	mask := uint32(len(p.index) - 1)
	i := uint32(uint64(r)*0x9e3779b97f4a7c15>>32) & mask
	for p.index[i] != 0 && p.list[p.index[i]-1].r != r {
		i = (i + 1) & mask
	}
	return i
}

// note keeps the count of a row that changes, unless it has changed before.
func (p *past) note(r uint32, was int64) {
	if p.find(r) >= 0 {
		return
	}
	p.first(r, noSpot, was)
	switch n := len(p.list); {
	case n <= fewBefore:
	case !p.hashed || n*4 > len(p.index)*3:
		p.rehash()
	default:
		p.index[p.probe(r)] = uint32(n)
	}
}

// first is note of a row in a spot that has not changed before, in a list that is
// short.
func (p *past) first(r uint32, at int32, was int64) { p.list = append(p.list, before{r, at, was}) }

// rehash makes an index with room for as many rows again.
func (p *past) rehash() {
	size := 4 * fewBefore
	for size < 3*len(p.list) {
		size *= 2
	}
	if p.hashed = true; size <= len(p.index) {
		clear(p.index)
	} else {
		p.index = make([]uint32, size)
	}
	for i := range p.list {
		p.index[p.probe(p.list[i].r)] = uint32(i + 1)
	}
}

// sort puts the rows into the order of their ids.
func (p *past) sort() {
	switch n := len(p.list); {
	case n == 2 && p.list[1].r < p.list[0].r:
		p.list[0], p.list[1] = p.list[1], p.list[0]
		return
	case n <= 2:
		return
	}
	slices.SortFunc(p.list, func(a, b before) int { return cmp.Compare(a.r, b.r) })
	if p.hashed {
		p.rehash()
	}
}

// clear forgets everything: the step is over.
func (p *past) clear() {
	if len(p.list) > spareBefore {
		*p = past{}
	}
	p.list, p.hashed = p.list[:0], false
}

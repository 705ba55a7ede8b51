package state

import (
	"encoding/binary"
	"unsafe"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/slab"
)

// firingList is a list of firings by number. It is kept in blocks, of which those
// that are full stay where they are: the list grows with every request for good, and
// to copy it whenever it has outgrown its memory costs more than all else that is
// done with it.
type firingList struct {
	blocks [][]firing // of firingBlock each, the last may have less
	n      int
}

const firingBlock = 512

// at is a firing by its number, until the next push.
func (l *firingList) at(n uint32) *firing { return &l.blocks[n/firingBlock][n%firingBlock] }

// push appends a firing.
func (l *firingList) push(f firing) {
	last := len(l.blocks) - 1
	switch {
	case last < 0:
		l.blocks, last = append(l.blocks, nil), 0 // small lists have small memory
	case len(l.blocks[last]) == firingBlock:
		l.blocks, last = append(l.blocks, make([]firing, 0, firingBlock)), last+1
	}
	l.blocks[last] = append(l.blocks[last], f)
	l.n++
}

// bytes is the memory of the list.
func (l *firingList) bytes() (n int) {
	for _, b := range l.blocks {
		n += cap(b) * int(unsafe.Sizeof(firing{}))
	}
	return n
}

// firingIndex finds firings by their identity. It is a table of open addressing
// with linear probing, of whose places one in four at least is free. A place has
// the number of a firing plus one and 32 bits of its hash, which tell it from
// others without a look at the firing. The second half of an identity is a hash
// already, so its bits are taken as they are.
type firingIndex struct {
	places []uint64 // hash<<32 | number+1; 0 is free
	seen   uint64   // see ahead: what is read ahead is kept, so that it is read
}

// leastPlaces is the size of the first table, a power of two as all are.
const leastPlaces = 64

func hashFiring(id *lattice.Firing) uint64 {
	const odd = 0x9e3779b97f4a7c15 // so that all of the first half reaches the upper bits
	return binary.LittleEndian.Uint64(id.Key[:]) ^ binary.LittleEndian.Uint64(id.Handler[:])*odd
}

// find is the number of a firing of a list. Where it is not known it returns the
// place for it, which put takes as long as nothing else was put.
func (x *firingIndex) find(list *firingList, id *lattice.Firing) (n uint32, place int, known bool) {
	if len(x.places) == 0 {
		return 0, 0, false
	}
	hash := hashFiring(id)
	mask := uint64(len(x.places) - 1)
	for at := hash & mask; ; at = (at + 1) & mask {
		p := x.places[at]
		if p == 0 {
			return 0, int(at), false
		}
		if p>>32 == hash>>32 && isSame(&list.at(uint32(p)-1).id, id) {
			return uint32(p) - 1, int(at), true
		}
	}
}

// isSame compares firings by what they are. What a request asked for is no part of
// that, nor of the hash.
func isSame(a, b *lattice.Firing) bool {
	return a.Key == b.Key && (a.Handler == b.Handler || a.Identity() == b.Identity())
}

// ahead looks at the places of firings that are going to be looked for, so that the
// processor waits for memory once for many of them and not for one after the other.
func (x *firingIndex) ahead(fired []lattice.Fired) {
	if len(x.places) == 0 {
		return
	}
	mask, seen := uint64(len(x.places)-1), uint64(0)
	for i := range fired {
		seen |= x.places[hashFiring(&fired[i].Firing)&mask]
	}
	x.seen = seen
}

// put notes a firing of a list at the place that find returned.
func (x *firingIndex) put(list *firingList, place int, n uint32) {
	if 4*list.n > 3*len(x.places) {
		x.rebuild(list)
		return
	}
	x.places[place] = hashFiring(&list.at(n).id)>>32<<32 | uint64(n+1)
}

// remove forgets a firing, and moves those up that were put behind it because its
// place was taken.
func (x *firingIndex) remove(list *firingList, n uint32) {
	mask := uint64(len(x.places) - 1)
	home := func(p uint64) uint64 { return hashFiring(&list.at(uint32(p)-1).id) & mask }
	gap := home(uint64(n + 1))
	for uint32(x.places[gap]) != n+1 {
		gap = (gap + 1) & mask
	}
	for at := (gap + 1) & mask; x.places[at] != 0; at = (at + 1) & mask {
		if (at-home(x.places[at]))&mask >= (at-gap)&mask {
			x.places[gap], gap = x.places[at], at
		}
	}
	x.places[gap] = 0
}

// rebuild makes the table of a list twice as large.
func (x *firingIndex) rebuild(list *firingList) {
	size := max(leastPlaces, 2*len(x.places))
	x.places = slab.Make[uint64](size, size)
	mask := uint64(size - 1)
	for i := range list.n {
		if list.at(uint32(i)).runs == forgotten {
			continue
		}
		hash := hashFiring(&list.at(uint32(i)).id)
		at := hash & mask
		for x.places[at] != 0 {
			at = (at + 1) & mask
		}
		x.places[at] = hash>>32<<32 | uint64(i+1)
	}
}

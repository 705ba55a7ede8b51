package vm

import (
	"github.com/laspc/lasp/lang/slab"
	"github.com/laspc/lasp/lang/value"
)

// dense gives words of columns small ids in the order in which they come, from 1
// on: an id is an index into rows and a place in a set of bits. Numbers of a
// small range are looked up in an array, others by open addressing.
type dense struct {
	words []value.Word // by id
	slots []uint32     // id, 0 is free
	small []uint32     // id by number, 0 where it has none
}

// smallest is the range of numbers that always has an array.
const smallest = 1 << 10

func newDense() *dense {
	return &dense{words: make([]value.Word, 1), slots: make([]uint32, 16), small: make([]uint32, smallest)}
}

// len is one more than the greatest id.
func (d *dense) len() int { return len(d.words) }

// id returns the id of a word.
func (d *dense) id(w value.Word) uint32 {
	if w < value.Word(len(d.small)) {
		if id := d.small[w]; id != 0 {
			return id
		}
	}
	return d.give(w)
}

// give is id of words that are not in the array.
func (d *dense) give(w value.Word) uint32 {
	if w < value.Word(len(d.small)) {
		d.words = append(d.words, w)
		d.small[w] = uint32(len(d.words) - 1)
		return d.small[w]
	}
	mask := uint32(len(d.slots) - 1)
	i := uint32(mix(w, 0)>>32) & mask
	for ; d.slots[i] != 0; i = (i + 1) & mask {
		if d.words[d.slots[i]] == w {
			return d.slots[i]
		}
	}
	id := uint32(len(d.words))
	d.words = append(d.words, w)
	d.slots[i] = id
	if len(d.words)*4 > len(d.slots)*3 {
		d.grow()
	}
	return id
}

// find returns the id of a word that has one.
func (d *dense) find(w value.Word) (uint32, bool) {
	if w < value.Word(len(d.small)) {
		return d.small[w], d.small[w] != 0
	}
	mask := uint32(len(d.slots) - 1)
	for i := uint32(mix(w, 0)>>32) & mask; d.slots[i] != 0; i = (i + 1) & mask {
		if d.words[d.slots[i]] == w {
			return d.slots[i], true
		}
	}
	return 0, false
}

// grow doubles the room. The array covers four times as many numbers as there
// are ids, so numbers of a small range end up in it.
func (d *dense) grow() {
	d.slots = make([]uint32, 2*len(d.slots))
	small := make([]uint32, max(len(d.small), 4*len(d.words)))
	copy(small, d.small)
	d.small = small
	mask := uint32(len(d.slots) - 1)
	for id, w := range d.words {
		if id == 0 {
			continue
		}
		if w < value.Word(len(small)) {
			small[w] = uint32(id)
			continue
		}
		i := uint32(mix(w, 0)>>32) & mask
		for d.slots[i] != 0 {
			i = (i + 1) & mask
		}
		d.slots[i] = uint32(id)
	}
}

// expect makes the array cover the words in a column of rows that lie one behind
// the other.
func (d *dense) expect(words []value.Word, width, col int) {
	most := value.Word(0)
	for at := col; at < len(words); at += width {
		most = max(most, words[at])
	}
	d.cover(len(words)/width, most)
}

// cover makes the array cover the words of so many rows, of which most is the
// greatest, where they are numbers of a range not much larger than there are rows.
func (d *dense) cover(rows int, most value.Word) {
	if most < value.Word(len(d.small)) || most/4 >= value.Word(rows) {
		return
	}
	small := slab.Make[uint32](int(most)+1, int(most)+1)
	copy(small, d.small)
	for id := len(d.words) - 1; id > 0; id-- { // what was in slots is found here from now on
		if w := d.words[id]; w < value.Word(len(small)) {
			small[w] = uint32(id)
		}
	}
	d.small = small
	if n := min(rows, int(most)+1) - len(d.words); n > 0 {
		d.words = slab.Grow(d.words, n)
	}
}

package vm

import (
	"github.com/laspc/lasp/lang/slab"
	"github.com/laspc/lasp/lang/value"
)

// Keys are often numbers of a small range: of people, of orders, or of texts, since
// the interner numbers those one by one. Then a key is its own place: an array has an
// entry for each number of the range, for several columns one for each combination,
// and nothing is hashed or compared. What lies outside of the range is looked up by
// hash as ever, so that the array is never wrong, merely of more or of less use. It is
// made for rows that come together, and made anew where open addressing would grow.

// direct is the places of the keys in a box: by column, so many numbers from the least
// one on. The zero value has no places.
type direct struct {
	least []value.Word
	span  []value.Word // numbers in use, of each column
	at    []uint32     // id+1 by place, columns one after the other as digits
}

const (
	directRows  = 1 << 10 // with fewer rows everything is in the cache anyway
	directCells = 4       // places for each row, at most: about what open addressing takes
	directTrial = 64      // rows that tell most keys that will not do
)

// place is where a key is found; ok is false where it has no place.
func (d *direct) place(key []value.Word) (at int, ok bool) {
	span := d.span
	if len(span) == 0 || len(span) != len(key) {
		return 0, false
	}
	least := d.least[:len(span)]
	i := value.Word(0)
	for c, w := range key {
		x := w - least[c]
		if x >= span[c] {
			return 0, false
		}
		i = i*span[c] + x
	}
	return int(i), true
}

// each calls f with all that lies in the places, and in the slots for other keys.
func (d *direct) each(slots []uint64, f func(r uint32)) {
	for _, r := range d.at {
		if r != 0 {
			f(r - 1)
		}
	}
	for _, s := range slots {
		if s != 0 {
			f(uint32(s) - 1)
		}
	}
}

// clear gives the places up.
func (d *direct) clear() { *d = direct{} }

// cover makes places for the keys in some columns of rows that lie one behind the
// other. It reports false, and makes none, where they are too few or too far apart.
func (d *direct) cover(words []value.Word, width int, cols []int) bool {
	rows := len(words) / max(1, width)
	if rows < directRows || len(cols) == 0 {
		return false
	}
	most := value.Word(rows) * directCells
	if _, _, ok := box(words[:directTrial*width], width, cols, most); !ok {
		return false
	}
	least, span, ok := box(words, width, cols, most)
	if !ok {
		return false
	}
	cells := value.Word(1)
	for _, s := range span {
		cells *= s
	}
	d.least, d.span, d.at = least, span, slab.Make[uint32](int(cells), int(cells))
	return true
}

// box is the range of each column, if there are not too many combinations. Numbers are
// in their order as signed ones; other words are small, or will not do.
func box(words []value.Word, width int, cols []int, most value.Word) (least, span []value.Word, ok bool) {
	cells := value.Word(1)
	for _, c := range cols {
		lo, hi := int64(words[c]), int64(words[c])
		for at := c; at < len(words); at += width {
			w := int64(words[at])
			lo, hi = min(lo, w), max(hi, w)
		}
		n := value.Word(hi) - value.Word(lo) // the difference as it is, also where it is beyond int64
		if n >= most {
			return nil, nil, false
		}
		if cells *= n + 1; cells > most { // both are below 2^32
			return nil, nil, false
		}
		least, span = append(least, value.Word(lo)), append(span, n+1)
	}
	return least, span, true
}

package state

import "slices"

// What a table knows of its atoms lies in blocks. Atoms that were loaded, or were
// written one after the other, follow a rule: each has the next slot, the next
// write of the same turn or the first one of the next turn, and no other atom
// beside it. A block of which that holds for all is its first atom and the rule;
// of 28 bytes an atom, with its place in the slot's list, next to nothing is left.
// The first change of an atom spells its block out, which costs what a block is
// long, and it stays so. So blocks are short: a turn that changes one atom of many
// that were loaded writes half a kilobyte, and what the rules take is still less
// than a byte an atom.

// blockAtoms is how many atoms, or heads of slots, a block has.
const blockAtoms = 32

// atomRow is what a table knows of an atom beside its payload.
type atomRow struct {
	dot
	slot uint32
	next uint32 // in the slot, plus one; noAtom where the place is free
}

// places is memory for blocks that are spelled out. A place is the number of its first
// row plus one, so that 0 is none. It grows by pieces, of which those that are full
// stay where they are: no turn pays for copying all of it.
type places[T any] struct {
	pieces [][]T    // of pieceRows each; the first may be smaller
	spare  []uint32 // places that no block has
	n      uint32   // rows so far
}

// pieceRows is for how many rows there is memory at once, but for the first few.
const pieceRows = 64 * blockAtoms

// take gives a place to a block.
func (p *places[T]) take() (place uint32) {
	if n := len(p.spare); n > 0 {
		place = p.spare[n-1]
		p.spare = p.spare[:n-1]
		return place
	}
	switch {
	case p.n < pieceRows: // small tables have small memory
		if p.n == 0 {
			p.pieces = make([][]T, 1)
		}
		p.pieces[0] = slices.Grow(p.pieces[0], blockAtoms)[:p.n+blockAtoms]
	case p.n%pieceRows == 0:
		p.pieces = append(p.pieces, make([]T, pieceRows))
	}
	p.n += blockAtoms
	return p.n - blockAtoms + 1
}

// block is the rows of a place, in the first places until the next take.
func (p *places[T]) block(place uint32) []T {
	at := (place - 1) % pieceRows
	return p.pieces[(place-1)/pieceRows][at : at+blockAtoms : at+blockAtoms]
}

// row is row i of a place, as long as its block is.
func (p *places[T]) row(place, i uint32) *T {
	i += place - 1
	return &p.pieces[i/pieceRows][i%pieceRows]
}

// free takes a place back.
func (p *places[T]) free(place uint32) { p.spare = append(p.spare, place) }

// rows is how many rows there is memory for.
func (p *places[T]) rows() (n int) {
	for _, piece := range p.pieces {
		n += cap(piece)
	}
	return n
}

// atomList is the atoms of a table by number. Rows are got as copies.
type atomList struct {
	n               uint32
	blocks          []atomBlock
	places[atomRow] // of blocks that are spelled out
}

// atomBlock is the atoms of a block: in its place, or by the rule.
type atomBlock struct {
	first atomRow
	place uint32 // of rows, plus one; 0: they follow the rule
	turns bool   // by the rule each is the first write of a turn of its own
}

// nth is atom i of a block by its rule.
func (b *atomBlock) nth(i uint32) atomRow {
	row := b.first
	row.slot += i
	if b.turns {
		row.seq += uint64(i)
	} else {
		row.idx += i
	}
	return row
}

func (l *atomList) len() int { return int(l.n) }

// get is atom i.
func (l *atomList) get(i uint32) atomRow {
	b := &l.blocks[i/blockAtoms]
	if b.place == 0 {
		return b.nth(i % blockAtoms)
	}
	return *l.row(b.place, i%blockAtoms)
}

// edit is atom i for a change. It is valid until the next push or edit.
func (l *atomList) edit(i uint32) *atomRow {
	b := &l.blocks[i/blockAtoms]
	if b.place == 0 {
		to := l.spell(b)
		for k := range to {
			to[k] = b.nth(uint32(k))
		}
	}
	return l.row(b.place, i%blockAtoms)
}

// spell gives a block a place.
func (l *atomList) spell(b *atomBlock) []atomRow {
	b.place = l.take()
	return l.block(b.place)
}

// push adds an atom behind the others and returns its number.
func (l *atomList) push(row atomRow) uint32 {
	if l.n%blockAtoms == 0 {
		l.blocks = append(l.blocks, atomBlock{})
		l.spell(&l.blocks[len(l.blocks)-1])
	}
	b := &l.blocks[len(l.blocks)-1]
	*l.row(b.place, l.n%blockAtoms) = row
	if l.n++; l.n%blockAtoms == 0 {
		l.fold(b)
	}
	return l.n - 1
}

// pushRun adds n atoms of one turn whose writes and slots follow each other.
func (l *atomList) pushRun(first atomRow, n uint32) {
	run := atomBlock{first: first}
	for i := uint32(0); i < n; {
		if l.n%blockAtoms == 0 && n-i >= blockAtoms {
			l.blocks = append(l.blocks, atomBlock{first: run.nth(i)})
			l.n += blockAtoms
			i += blockAtoms
			continue
		}
		l.push(run.nth(i))
		i++
	}
}

// fold holds a full block by the rule if its atoms follow it.
func (l *atomList) fold(b *atomBlock) {
	rows := l.block(b.place)
	ruled := atomBlock{first: rows[0], turns: rows[1].seq != rows[0].seq}
	for i, row := range rows {
		if row.next != 0 || row != ruled.nth(uint32(i)) {
			return
		}
	}
	l.free(b.place)
	*b = ruled
}

// bytes is the memory of the list, about.
func (l *atomList) bytes() int { return 24*l.rows() + 32*cap(l.blocks) + 4*cap(l.spare) }

// headList is the first atom of each slot, plus one; 0 where it has none.
type headList struct {
	n      uint32
	blocks []headBlock
	places[uint32]
}

// headBlock is the heads of a block of slots: in its place of rows, or by the rule
// that each has the next atom.
type headBlock struct{ first, place uint32 }

// get is the head of a slot, 0 where none was ever set.
func (l *headList) get(slot uint32) uint32 {
	if slot >= l.n {
		return 0
	}
	b := &l.blocks[slot/blockAtoms]
	if b.place == 0 {
		return b.first + slot%blockAtoms
	}
	return *l.row(b.place, slot%blockAtoms)
}

// set sets the head of a slot.
func (l *headList) set(slot, head uint32) {
	for slot >= l.n {
		if l.n%blockAtoms == 0 {
			l.blocks = append(l.blocks, headBlock{})
			clear(l.spell(&l.blocks[len(l.blocks)-1]))
		}
		l.n++
	}
	b := &l.blocks[slot/blockAtoms]
	if b.place == 0 {
		if head == b.first+slot%blockAtoms {
			return
		}
		to := l.spell(b)
		for k := range to {
			to[k] = b.first + uint32(k)
		}
	}
	*l.row(b.place, slot%blockAtoms) = head
	if slot+1 == l.n && l.n%blockAtoms == 0 {
		l.fold(b)
	}
}

// setRun gives n slots, new ones that follow the last, an atom each.
func (l *headList) setRun(slot, head, n uint32) {
	for i := uint32(0); i < n; {
		if slot+i == l.n && l.n%blockAtoms == 0 && n-i >= blockAtoms {
			l.blocks = append(l.blocks, headBlock{first: head + i})
			l.n += blockAtoms
			i += blockAtoms
			continue
		}
		l.set(slot+i, head+i)
		i++
	}
}

func (l *headList) spell(b *headBlock) []uint32 {
	b.place = l.take()
	return l.block(b.place)
}

func (l *headList) fold(b *headBlock) {
	rows := l.block(b.place)
	for i, head := range rows {
		if head == 0 || head != rows[0]+uint32(i) {
			return
		}
	}
	l.free(b.place)
	*b = headBlock{first: rows[0]}
}

func (l *headList) bytes() int { return 4*(l.rows()+cap(l.spare)) + 8*cap(l.blocks) }

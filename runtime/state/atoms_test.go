package state

import (
	"math/rand/v2"
	"testing"
)

// plainAtoms is atomList and headList without blocks.
type plainAtoms struct {
	rows  []atomRow
	heads []uint32
}

// TestAtomsLieAsTheyCame changes lists of atoms at random, in runs, one by one, by
// turns and out of order, and compares them with plain slices.
func TestAtomsLieAsTheyCame(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		var list atomList
		var heads headList
		var plain plainAtoms
		push := func(row atomRow) {
			if n := list.push(row); int(n) != len(plain.rows) {
				t.Fatalf("seed %d: atom %d has number %d", seed, len(plain.rows), n)
			}
			heads.set(row.slot, n32(len(plain.rows))+1)
			plain.rows = append(plain.rows, row)
			for len(plain.heads) <= int(row.slot) {
				plain.heads = append(plain.heads, 0)
			}
			plain.heads[row.slot] = uint32(len(plain.rows))
		}
		seq := uint64(1)
		for range 60 {
			slot := uint32(len(plain.heads))
			switch n := uint32(rnd.IntN(700)); rnd.IntN(5) {
			case 0: // a load
				first := atomRow{dot: dot{seq: seq, who: 2, idx: uint32(rnd.IntN(9))}, slot: slot}
				list.pushRun(first, n)
				heads.setRun(slot, n32(len(plain.rows))+1, n)
				for i := range n {
					row := first
					row.slot, row.idx = row.slot+i, row.idx+i
					plain.rows, plain.heads = append(plain.rows, row), append(plain.heads, n32(len(plain.rows))+1)
				}
			case 1: // turns of one write each
				for i := range n {
					push(atomRow{dot: dot{seq: seq + uint64(i), who: 2}, slot: slot + i})
				}
				seq += uint64(n)
			case 2: // a turn of many writes, with gaps
				for i := range n {
					push(atomRow{dot: dot{seq: seq, who: 4, idx: i + i/100}, slot: slot + i})
				}
			case 3: // nothing in particular
				for range n % 40 {
					push(atomRow{dot: dot{seq: rnd.Uint64N(9), who: writer(rnd.IntN(5)), idx: rnd.Uint32N(5)}, slot: slot + rnd.Uint32N(3), next: rnd.Uint32N(2)})
				}
			case 4: // changes
				for range n % 40 {
					if len(plain.rows) == 0 {
						break
					}
					i := rnd.IntN(len(plain.rows))
					list.edit(uint32(i)).next = noAtom
					plain.rows[i].next = noAtom
					at := rnd.IntN(len(plain.heads))
					head := rnd.Uint32N(3)
					heads.set(uint32(at), head)
					plain.heads[at] = head
				}
			}
			seq++
		}
		plain.compare(t, &list, &heads)
	}
}

func n32(n int) uint32 { return uint32(n) }

func (p *plainAtoms) compare(t *testing.T, list *atomList, heads *headList) {
	t.Helper()
	if list.len() != len(p.rows) {
		t.Fatalf("%d atoms, want %d", list.len(), len(p.rows))
	}
	for i, want := range p.rows {
		if got := list.get(uint32(i)); got != want {
			t.Fatalf("atom %d is %+v, want %+v", i, got, want)
		}
	}
	for slot, want := range p.heads {
		if got := heads.get(uint32(slot)); got != want {
			t.Fatalf("the head of slot %d is %d, want %d", slot, got, want)
		}
	}
	if got := heads.get(uint32(len(p.heads)) + 5); got != 0 {
		t.Errorf("a slot that never was has the head %d", got)
	}
}

// TestWhatFollowsARuleIsSmall: loads, and writes one after the other, are not
// spelled out; a change spells out its block alone.
func TestWhatFollowsARuleIsSmall(t *testing.T) {
	const n = 100_000
	var list atomList
	var heads headList
	list.pushRun(atomRow{dot: dot{seq: 1, who: 2}}, n)
	heads.setRun(0, 1, n)
	for i := range uint32(n) {
		slot := n + i
		heads.set(slot, list.push(atomRow{dot: dot{seq: 2 + uint64(i), who: 2}, slot: slot})+1)
	}
	if spelled := int(list.places.n + heads.places.n); spelled > 8*blockAtoms {
		t.Fatalf("%d of %d atoms and heads are spelled out", spelled, 4*n)
	}
	before := list.places.n
	for i := range uint32(blockAtoms) {
		list.edit(3*blockAtoms + i).next = noAtom
	}
	if grown := list.places.n - before; grown > blockAtoms {
		t.Errorf("changes of one block spelled %d atoms out", grown)
	}
}

package vm

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/lang/value"
)

// mapTable is a relation as a map, the plainest table there is.
type mapTable struct {
	width int
	rows  map[[3]value.Word]int64
}

func asArray(row []value.Word) (k [3]value.Word) {
	copy(k[:], row)
	return k
}

// columnOf makes the words of a column: of a range anywhere, with gaps, with few that
// are far away, or of no range at all.
func columnOf(rnd *rand.Rand) func() value.Word {
	least := []int64{0, 1, -3, -5000, 1 << 40, math.MinInt64, math.MaxInt64 - 20_000, -(1 << 50)}[rnd.IntN(8)]
	span := int64(1) << rnd.IntN(14)
	switch rnd.IntN(15) {
	case 0: // gaps
		return func() value.Word { return value.Word(least + rnd.Int64N(span)/7*7) }
	case 1: // some far away
		return func() value.Word {
			if rnd.IntN(50) == 0 {
				return value.Word(rnd.Uint64())
			}
			return value.Word(least + rnd.Int64N(span))
		}
	case 2:
		extremes := []value.Word{0, 1, ^value.Word(0), 1 << 63, 1<<63 - 1, 1<<63 + 1}
		return func() value.Word { return extremes[rnd.IntN(len(extremes))] }
	}
	return func() value.Word { return value.Word(least + rnd.Int64N(span)) }
}

// TestPlacesAreFoundAsByHash holds tables and indexes, which find small numbers by
// their place, against a map, over steps that bring many rows or one, leave the range
// and come back to it, and take rows away again.
func TestPlacesAreFoundAsByHash(t *testing.T) {
	direct, slots, both := 0, 0, 0
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		width := 1 + rnd.IntN(3)
		tb, want := newTable(width), mapTable{width, map[[3]value.Word]int64{}}
		tb.loses = true
		xs := []*index{tb.index([]int{0}), tb.index([]int{width - 1}), tb.index(columnsTo(width))}
		var late *index
		for step := range 6 {
			if step%2 == 0 || rnd.IntN(3) == 0 {
				bringMany(rnd, tb, want)
			}
			for range rnd.IntN(40) {
				changeOne(rnd, tb, want)
			}
			if tb.commit(); step == 3 {
				late = tb.index(columnsTo(width)[:1+rnd.IntN(width)])
			}
			compareWithMap(t, seed, tb, want)
		}
		for _, x := range append(xs, late) {
			compareLists(t, seed, x, want)
			if x.direct.at != nil && x.used > 0 {
				both++
			}
		}
		if tb.direct.at != nil {
			direct++
		} else {
			slots++
		}
	}
	if direct < 3 || slots < 10 || both < 5 {
		t.Errorf("%d tables have places, %d have none, %d indexes have places and slots: the cases are not met", direct, slots, both)
	}
}

// bringMany adds rows in one change or as rows that are known to be new.
func bringMany(rnd *rand.Rand, tb *table, want mapTable) {
	cols := make([]func() value.Word, tb.width)
	for i := range cols {
		cols[i] = columnOf(rnd)
	}
	d, known := delta{width: tb.width}, rnd.IntN(2) == 0 && len(tb.free) == 0
	for range rnd.IntN(4000) {
		row := make([]value.Word, tb.width)
		for i := range row {
			row[i] = cols[i]()
		}
		if k := asArray(row); !known || want.rows[k] == 0 {
			d.add(row, 1)
			want.rows[k]++
		}
	}
	switch {
	case !known:
		tb.addAll(&d)
	case rnd.IntN(2) == 0:
		tb.gain(&d)
	default:
		tb.extend(d.words, d.len())
	}
}

// changeOne adds a row, near to others or far from all, or takes one away.
func changeOne(rnd *rand.Rand, tb *table, want mapTable) {
	row := make([]value.Word, tb.width)
	for i := range row {
		row[i] = value.Word(rnd.Int64N(8000) - 4000)
	}
	if r := uint32(rnd.IntN(int(tb.rows()) + 1)); r < tb.rows() && rnd.IntN(3) > 0 {
		copy(row, tb.row(r))
	}
	k, n := asArray(row), int64(1)
	if want.rows[k] > 0 && rnd.IntN(2) == 0 {
		n = -want.rows[k]
	}
	tb.add(row, n)
	if want.rows[k] += n; want.rows[k] == 0 {
		delete(want.rows, k)
	}
}

func compareWithMap(t *testing.T, seed uint64, tb *table, want mapTable) {
	t.Helper()
	for k, n := range want.rows {
		if r, ok := tb.find(k[:tb.width]); !ok || tb.now(r) != n {
			t.Fatalf("seed %d: row %v is found: %t, want the count %d", seed, k, ok, n)
		}
		k[0] += 1 << 20
		if _, ok := tb.find(k[:tb.width]); ok != (want.rows[k] > 0) {
			t.Fatalf("seed %d: row %v is found: %t", seed, k, ok)
		}
	}
	if tb.live() != len(want.rows) {
		t.Fatalf("seed %d: %d rows, want %d", seed, tb.live(), len(want.rows))
	}
}

// compareLists compares the lists of an index, there and back, with the rows of a map.
func compareLists(t *testing.T, seed uint64, x *index, want mapTable) {
	t.Helper()
	lists := map[[3]value.Word]int64{}
	of := func(row []value.Word) [3]value.Word { return asArray(pick(x.key, row, x.cols)) }
	for k, n := range want.rows {
		lists[of(k[:])] += n
	}
	for k := range want.rows {
		key := slices.Clone(pick(x.key, k[:], x.cols))
		sum := int64(0)
		for r := x.first(key); r != 0; r = x.next[r-1] {
			sum += x.t.now(r - 1)
			if next := x.next[r-1]; next != 0 && x.prev[next-1] != r {
				t.Fatalf("seed %d: the list of %v does not lead back", seed, key)
			}
		}
		if sum != lists[of(k[:])] {
			t.Fatalf("seed %d: the list of %v counts %d, want %d", seed, key, sum, lists[of(k[:])])
		}
		key[0] ^= 1 << 62
		if _, there := lists[asArray(key)]; !there && x.first(key) != 0 {
			t.Fatalf("seed %d: there is a list of %v", seed, key)
		}
	}
}

// TestBoxesAreSmall: places are few for each row, and none for few rows.
func TestBoxesAreSmall(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		width, rows := 1+rnd.IntN(3), rnd.IntN(4*directRows)
		words := make([]value.Word, 0, rows*width)
		cols := make([]func() value.Word, width)
		for i := range cols {
			cols[i] = columnOf(rnd)
		}
		for range rows {
			for _, c := range cols {
				words = append(words, c())
			}
		}
		var d direct
		if !d.cover(words, width, columnsTo(width)) {
			continue
		}
		if rows < directRows || len(d.at) > directCells*rows {
			t.Fatalf("%d places for %d rows", len(d.at), rows)
		}
		for r := range rows {
			if at, ok := d.place(words[r*width : (r+1)*width]); !ok || at < 0 || at >= len(d.at) {
				t.Fatalf("row %d has no place", r)
			}
		}
	}
}

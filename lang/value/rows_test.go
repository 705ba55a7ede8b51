package value

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestRowsTogetherAreRowsOneByOne holds AddAll against Add row by row: the same
// numbers, with rows that are there, that come twice, and with numbers to be used
// again, across growth of the index.
func TestRowsTogetherAreRowsOneByOne(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		width := 1 + rnd.IntN(3)
		one, all := NewRows(width), NewRows(width)
		for range 6 {
			n := rnd.IntN(1200)
			rows := make([]Word, n*width)
			for i := range rows {
				rows[i] = Word(rnd.IntN(40))
			}
			to, fresh := make([]uint32, n), make([]bool, n)
			added := all.AddAll(rows, to, fresh)
			for i := range n {
				at, is := one.Add(rows[i*width : (i+1)*width])
				if at != int(to[i]) || is != fresh[i] {
					t.Fatalf("seed %d: row %d is number %d, new %v; one by one it is %d, %v", seed, i, to[i], fresh[i], at, is)
				}
				if is {
					added--
				}
			}
			if added != 0 || one.Len() != all.Len() {
				t.Fatalf("seed %d: %d rows, one by one %d; the count of new ones is wrong by %d", seed, all.Len(), one.Len(), added)
			}
			for i := range one.Cap() {
				if one.Live(i) && rnd.IntN(2) == 0 {
					row := slices.Clone(one.Row(i))
					if !one.Delete(row) || !all.Delete(row) {
						t.Fatalf("seed %d: row %d cannot be deleted", seed, i)
					}
				}
			}
		}
	}
}

// plainRows is what Rows is to do, by a map from rows as text.
type plainRows struct {
	numbers map[string]int
	free    []int
	next    int
}

func (p *plainRows) add(row []Word) (int, bool) {
	key := fmt.Sprint(row)
	if i, is := p.numbers[key]; is {
		return i, false
	}
	i := p.next
	if k := len(p.free); k > 0 {
		i, p.free = p.free[k-1], p.free[:k-1]
	} else {
		p.next++
	}
	p.numbers[key] = i
	return i, true
}

func (p *plainRows) delete(row []Word) (int, bool) {
	key := fmt.Sprint(row)
	i, is := p.numbers[key]
	if delete(p.numbers, key); is {
		p.free = append(p.free, i)
	}
	if len(p.numbers) == 0 {
		p.free, p.next = nil, 0
	}
	return i, is
}

// shapesOfRows give the next row behind the one before: those that ascend, by little
// and by much, through zero and to both ends of the numbers, and others.
var shapesOfRows = map[string]func(rnd *rand.Rand, last, row []Word){
	"counted": func(_ *rand.Rand, last, row []Word) { copy(row, last); row[0]++ },
	"counted at the end": func(_ *rand.Rand, last, row []Word) {
		copy(row, last)
		row[len(row)-1]++
	},
	"far apart": func(rnd *rand.Rand, last, row []Word) { copy(row, last); row[0] += Word(rnd.Uint64N(1 << 55)) },
	"downwards": func(_ *rand.Rand, last, row []Word) { copy(row, last); row[0]-- },
	"the same":  func(_ *rand.Rand, last, row []Word) { copy(row, last) },
	"any": func(rnd *rand.Rand, _, row []Word) {
		for i := range row {
			row[i] = Word(rnd.IntN(20)) - 10
		}
	},
	"extremes": func(rnd *rand.Rand, _, row []Word) {
		for i := range row {
			row[i] = 1<<63 - 1 + Word(rnd.IntN(2)) + Word(rnd.IntN(2))<<63
		}
	},
}

// TestRowsOfAllShapes adds rows of shapes that change in the middle, one by one and
// many together, with rows that are looked for and deleted between them, to one that
// has met everything and one that is emptied now and then: numbers are those of the
// map throughout.
func TestRowsOfAllShapes(t *testing.T) {
	names := slices.Sorted(maps.Keys(shapesOfRows))
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		width := 1 + rnd.IntN(3)
		rows, twin := NewRows(width), plainRows{numbers: map[string]int{}}
		last := make([]Word, width)
		last[0] = -Word(rnd.IntN(300))
		for step := range 30 {
			n := rnd.IntN(400)
			if rnd.IntN(3) == 0 {
				rows.Reserve(rnd.IntN(3000))
			}
			name := names[rnd.IntN(len(names))]
			block := make([]Word, n*width)
			for i := range n {
				shapesOfRows[name](rnd, last, block[i*width:(i+1)*width])
				last = block[i*width : (i+1)*width]
			}
			where := fmt.Sprintf("seed %d, step %d, %d rows %s", seed, step, n, name)
			sameAdded(t, where, rows, &twin, block, rnd.IntN(2) == 0)
			if rnd.IntN(4) == 0 {
				rows.Index()
			}
			sameGone(t, where, rows, &twin, block, rnd)
			if t.Failed() {
				return
			}
		}
	}
}

// sameAdded adds a block of rows to both.
func sameAdded(t *testing.T, where string, rows *Rows, twin *plainRows, block []Word, together bool) {
	t.Helper()
	n := len(block) / rows.Width()
	to, fresh := make([]uint32, n), make([]bool, n)
	if together {
		rows.AddAll(block, to, fresh)
	}
	for i := range n {
		row := block[i*rows.Width() : (i+1)*rows.Width()]
		if !together {
			k, is := rows.Add(row)
			to[i], fresh[i] = uint32(k), is
		}
		if k, is := twin.add(row); k != int(to[i]) || is != fresh[i] {
			t.Fatalf("%s: row %d, %v, is number %d, new %v; the map says %d, %v", where, i, row, to[i], fresh[i], k, is)
		}
	}
	if rows.Len() != len(twin.numbers) {
		t.Fatalf("%s: %d rows, in the map are %d", where, rows.Len(), len(twin.numbers))
	}
}

// sameGone looks for rows, and takes some of them out, or all, or the last ones.
func sameGone(t *testing.T, where string, rows *Rows, twin *plainRows, block []Word, rnd *rand.Rand) {
	t.Helper()
	w, how := rows.Width(), rnd.IntN(6)
	for i := len(block)/w - 1; i >= 0; i-- {
		row := block[i*w : (i+1)*w]
		if how > 2 || how == 2 && rnd.IntN(20) > 0 || how == 1 && rnd.IntN(2) == 0 {
			continue
		}
		want, is := twin.numbers[fmt.Sprint(row)]
		if k := rows.Find(row); is != (k >= 0) || is && k != want {
			t.Fatalf("%s: row %v is found at %d, the map says %d, %v", where, row, k, want, is)
		}
		twin.delete(row)
		if rows.Delete(row) != is {
			t.Fatalf("%s: row %v is deleted or not, the map says %v", where, row, is)
		}
	}
	if rnd.IntN(10) == 0 {
		rows.Each(func(i int, row []Word) bool {
			twin.delete(row)
			rows.DeleteAt(i)
			return true
		})
	}
	seen := 0
	rows.Each(func(i int, row []Word) bool {
		if k, is := twin.numbers[fmt.Sprint(row)]; !is || k != i || !rows.Live(i) {
			t.Fatalf("%s: row %d is %v, the map says %d, %v", where, i, row, k, is)
		}
		seen++
		return true
	})
	if seen != len(twin.numbers) || rows.Len() != seen {
		t.Fatalf("%s: %d rows are seen, in the map are %d", where, seen, len(twin.numbers))
	}
}

// TestRowsThatAscendHaveNoIndex says when the index is made: not for rows that
// ascend, however they come and as long as only the last one goes, and once somebody
// asks for a row among them.
func TestRowsThatAscendHaveNoIndex(t *testing.T) {
	rows := NewRows(2)
	block := make([]Word, 0, 4000)
	for i := range 2000 {
		block = append(block, Word(i-1000), Word(-i))
	}
	rows.AddAll(block, make([]uint32, 2000), make([]bool, 2000))
	rows.Add([]Word{1000, 0})
	rows.Add([]Word{1000, 0})
	rows.Delete([]Word{1000, 0})
	if rows.indexed || rows.Find([]Word{1000, 0}) != -1 || rows.Len() != 2000 {
		t.Fatalf("%d rows, indexed: %v", rows.Len(), rows.indexed)
	}
	if i := rows.Find([]Word{0, ^Word(999)}); i != 1000 || !rows.indexed {
		t.Errorf("a row in the middle is number %d, indexed: %v", i, rows.indexed)
	}
	rows.Each(func(i int, _ []Word) bool { rows.DeleteAt(i); return true })
	if i, _ := rows.Add([]Word{5, 5}); i != 0 || rows.indexed {
		t.Errorf("the first row anew is number %d, indexed: %v", i, rows.indexed)
	}
}

package vm

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/lang/value"
)

// TestRowsTogetherAreRowsOneByOne holds a table with two indexes that takes
// changes in runs against one that takes them row by row: the same net changes,
// counts, and lists of the indexes, over steps with few and many rows, with rows
// that come twice, lose their count, and leave ids to be used again.
func TestRowsTogetherAreRowsOneByOne(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 11))
		many, one := newTable(2), newTable(2)
		for _, tb := range []*table{many, one} {
			tb.loses = seed%2 == 0
			tb.index([]int{1})
			tb.index([]int{0, 1})
		}
		for step := range 8 {
			a, b := delta{width: 2}, delta{width: 2}
			span := 1 + rnd.IntN(1<<rnd.IntN(16))
			for range rnd.IntN(1 << rnd.IntN(13)) {
				row := []value.Word{value.Word(rnd.IntN(span)), value.Word(rnd.IntN(5))}
				n := int64(1 + rnd.IntN(2))
				if r, held := one.find(row); held && rnd.IntN(2) == 0 && seed%2 == 0 {
					n = -one.now(r)
				}
				a.add(row, n)
				b.add(row, n)
				if rnd.IntN(3) == 0 && seed%2 == 0 {
					a.add(row, -n)
					b.add(row, -n)
				}
			}
			plain := many.addAll(&a)
			if more := one.addFew(&b); plain && !more {
				t.Fatalf("seed %d, step %d: the change was taken to be the net one", seed, step)
			}
			if x, y := netOf(many), netOf(one); !slices.Equal(x, y) {
				t.Fatalf("seed %d, step %d: net change %v, row by row %v", seed, step, x, y)
			}
			many.commit()
			one.commit()
			sameTables(t, seed, many, one)
		}
	}
}

// netOf is the net change of a step, flat.
func netOf(tb *table) (flat []int64) {
	tb.changes(func(r uint32, old, now int64) {
		flat = append(flat, int64(tb.row(r)[0]), int64(tb.row(r)[1]), old, now)
	})
	return flat
}

func sameTables(t *testing.T, seed uint64, a, b *table) {
	t.Helper()
	if a.live() != b.live() {
		t.Fatalf("seed %d: %d rows, row by row %d", seed, a.live(), b.live())
	}
	for r := range b.rows() {
		if b.now(r) == 0 {
			continue
		}
		q, ok := a.find(b.row(r))
		if !ok || a.now(q) != b.now(r) {
			t.Fatalf("seed %d: row %v is missing or has another count", seed, b.row(r))
		}
		for i, x := range a.indexes {
			y := b.indexes[i]
			p, q := x.first(x.keyOf(q)), y.first(y.keyOf(r))
			for ; p != 0 && q != 0; p, q = x.next[p-1], y.next[q-1] {
				if !slices.Equal(a.row(p-1), b.row(q-1)) {
					t.Fatalf("seed %d: lists of index %d differ", seed, i)
				}
			}
			if p != q {
				t.Fatalf("seed %d: lists of index %d end at different rows", seed, i)
			}
		}
	}
}

// TestRowsThatAreTakenOver holds what an empty table makes of a large change, whose
// memory it takes over, against what it makes of the rows one by one.
func TestRowsThatAreTakenOver(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		width := rnd.IntN(4)
		many, one := newTable(width), newTable(width)
		for _, tb := range []*table{many, one} {
			if tb.loses = seed%2 == 0; width > 0 {
				tb.index([]int{width - 1})
			}
		}
		span, far := 1+rnd.IntN(1<<rnd.IntN(14)), rnd.IntN(2) == 0
		a, b := delta{width: width}, delta{width: width}
		for range runRows + rnd.IntN(1<<rnd.IntN(13)) {
			row := make([]value.Word, width)
			for i := range row {
				if row[i] = value.Word(rnd.IntN(span)); far {
					row[i] *= 1 << 40
				}
			}
			a.add(row, 1)
			b.add(row, 1)
		}
		set := rnd.IntN(2) == 0
		a.settle(many, set)
		if one.addFew(&b); many.live() != one.live() || a.len() != one.live() {
			t.Fatalf("seed %d: %d rows and a change of %d, row by row %d", seed, many.live(), a.len(), one.live())
		}
		for i := range a.len() {
			r, ok := one.find(a.row(i))
			want := one.now(r)
			if set {
				want = 1
			}
			if !ok || a.mult[i] != want {
				t.Fatalf("seed %d: row %v comes %d times, want %d", seed, a.row(i), a.mult[i], want)
			}
		}
		many.commit()
		one.commit()
		sameTables(t, seed, many, one)
		before := slices.Clone(many.words)
		a.clear()
		for range 100 {
			a.add(make([]value.Word, width), 1)
		}
		if !slices.Equal(before, many.words) {
			t.Fatalf("seed %d: the next change writes into the table", seed)
		}
	}
}

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

package vm

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/lang/value"
)

// plain is a relation of two columns without any cleverness.
type plain map[uint32]map[uint32]bool

func (p plain) add(x, v uint32) bool {
	if p[x] == nil {
		p[x] = map[uint32]bool{}
	}
	is := p[x][v]
	p[x][v] = true
	return !is
}

// TestGridAgainstMap adds pairs, lists and whole lines at random, over few and
// many ids that become more meanwhile, so that rows pass through every form.
func TestGridAgainstMap(t *testing.T) {
	forms := map[form]int{}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		ids := 2 + r.IntN(1<<(2+r.IntN(16)))
		p := &pool{}
		g := &grid{pool: p, ids: func() int { return ids }}
		other := &grid{pool: p, ids: func() int { return ids }}
		want, theirs := plain{}, plain{}
		rows := uint32(1 + r.IntN(6))
		for range 400 {
			x, y := r.Uint32N(rows), r.Uint32N(rows)
			switch r.IntN(8) {
			case 0:
				ids += r.IntN(ids + 1)
				ids = min(ids, 200_000)
			case 1, 2:
				var vs []uint32
				news := 0
				for range r.IntN(40) {
					v := r.Uint32N(uint32(ids))
					vs = append(vs, v)
					if want.add(x, v) {
						news++
					}
				}
				if got := g.addAll(x, vs); got != news {
					t.Fatalf("seed %d: %d new, want %d", seed, got, news)
				}
			case 3:
				v := r.Uint32N(uint32(ids))
				if got, new := other.add(y, v), theirs.add(y, v); got != new {
					t.Fatalf("seed %d: (%d, %d) is new: %t, want %t", seed, y, v, got, new)
				}
			case 4:
				news := 0
				for v := range theirs[y] {
					if want.add(x, v) {
						news++
					}
				}
				if got := g.addLine(x, other, y); got != news {
					t.Fatalf("seed %d: %d new of a line, want %d", seed, got, news)
				}
			case 5: // all of a line but the row's own id
				news := 0
				for v := range theirs[y] {
					if v != x && want.add(x, v) {
						news++
					}
				}
				if got := g.addLineBut(x, other, y); got != news {
					t.Fatalf("seed %d: %d new of a line without %d, want %d", seed, got, x, news)
				}
			case 6:
				var vs []uint32
				news := 0
				for range r.IntN(20) {
					v := r.Uint32N(min(8, uint32(ids)))
					vs = append(vs, v)
					if v != x && want.add(x, v) {
						news++
					}
				}
				if got := g.addAllBut(x, vs); got != news {
					t.Fatalf("seed %d: %d new without %d, want %d", seed, got, x, news)
				}
			case 7:
				for v := range want[y] {
					theirs.add(x, v)
				}
				other.addLine(x, g, y)
				if got := g.addLine(x, g, x); got != 0 {
					t.Fatalf("seed %d: a line has %d ids that it does not have", seed, got)
				}
			}
			p.settle()
			if int(x) < len(g.rows) {
				forms[g.rows[x].form]++
			}
		}
		if d := differs(g, want) + differs(other, theirs); d != "" {
			t.Fatalf("seed %d: %s", seed, d)
		}
	}
	if len(forms) != 3 {
		t.Errorf("rows took the forms %v only; the test must meet all three", forms)
	}
}

func differs(g *grid, want plain) string {
	n := 0
	for x := range g.rows {
		got := slices.Clone(g.list(uint32(x), 0))
		n += len(got)
		slices.Sort(got)
		if all := slices.Sorted(maps.Keys(want[uint32(x)])); !slices.Equal(got, all) {
			return fmt.Sprintf("row %d holds %v, want %v", x, got, all)
		}
	}
	if n != g.n {
		return fmt.Sprintf("counts %d pairs, holds %d", g.n, n)
	}
	return ""
}

// TestGridTakesOverRows lets rows of all forms take over others, with their own id
// and without.
func TestGridTakesOverRows(t *testing.T) {
	forms := map[[2]form]int{}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 5))
		ids := 2 + r.IntN(1<<(2+r.IntN(16)))
		g := &grid{pool: &pool{}, ids: func() int { return ids }}
		want := plain{}
		for x := range uint32(4) {
			for range 1 + r.IntN(1<<(1+r.IntN(11))) {
				v := r.Uint32N(uint32(ids))
				g.add(x, v)
				want.add(x, v)
			}
		}
		for range 12 {
			x, v, but := r.Uint32N(4), r.Uint32N(4), r.IntN(2) == 0
			if x == v {
				continue
			}
			own, theirs := slices.Clone(g.list(x, 0)), slices.Clone(g.list(v, 0))
			forms[[2]form{g.rows[x].form, g.rows[v].form}]++
			g.takeOver(x, v, but)
			g.pool.settle()
			for w := range want[v] {
				if w != x || !but {
					want.add(x, w)
				}
			}
			got := g.list(x, 0)
			if !slices.Equal(got[:len(own)], own) {
				t.Fatalf("seed %d: what a row held moved", seed)
			}
			for _, w := range theirs {
				if g.holds(&g.rows[x], w) != want[x][w] {
					t.Fatalf("seed %d: a row does not tell what it took over", seed)
				}
			}
		}
		if d := differs(g, want); d != "" {
			t.Fatalf("seed %d: %s", seed, d)
		}
	}
	if len(forms) != 9 {
		t.Errorf("rows of the forms %v took over rows only; the test must meet all nine pairs", forms)
	}
}

// Blocks of all sizes are handed out without overlap, and again when they are
// free; none is handed out while somebody may read it.
func TestPoolHandsOutApart(t *testing.T) {
	p := &pool{}
	r := rand.New(rand.NewPCG(1, 1))
	type block struct {
		at    uint32
		class uint8
		mark  uint32
	}
	var held []block
	for i := range uint32(20_000) {
		if len(held) > 50 && r.IntN(2) == 0 {
			k := r.IntN(len(held))
			b := held[k]
			for _, w := range p.at(b.at, 4<<b.class) {
				if w != b.mark {
					t.Fatalf("a block of class %d was written over", b.class)
				}
			}
			p.give(b.at, b.class)
			held = slices.Delete(held, k, k+1)
			if r.IntN(10) == 0 {
				p.settle()
			}
			continue
		}
		b := block{class: uint8(r.IntN(4) + r.IntN(2)*r.IntN(13)), mark: i}
		b.at = p.take(b.class)
		for k := range p.at(b.at, 4<<b.class) {
			p.at(b.at, 4<<b.class)[k] = i
		}
		held = append(held, b)
	}
}

// Words have one id each, which leads back, whatever their range.
func TestDenseIds(t *testing.T) {
	d := newDense()
	r := rand.New(rand.NewPCG(2, 2))
	ids := map[value.Word]uint32{}
	for i := range 50_000 {
		w := r.Uint64()
		switch i % 3 {
		case 1:
			w = r.Uint64N(20_000)
		case 2:
			w = r.Uint64N(1 << 40)
		}
		id := d.id(w)
		if was, ok := ids[w]; ok && was != id {
			t.Fatalf("%d has the ids %d and %d", w, was, id)
		}
		if ids[w] = id; id == none || d.words[id] != w {
			t.Fatalf("the id %d of %d leads to %d", id, w, d.words[id])
		}
	}
	if d.len() != len(ids)+1 {
		t.Errorf("%d ids of %d words", d.len()-1, len(ids))
	}
}

// Pairs hold what a map of lists does, in the order in which it came.
func TestPairsAgainstMap(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 9))
		want := map[uint32][]uint32{}
		var xv []uint32
		for range r.IntN(1 << r.IntN(12)) {
			x, v := r.Uint32N(1+r.Uint32N(300)), r.Uint32()
			xv = append(xv, x, v)
			want[x] = append(want[x], v)
		}
		p := newPairs(xv)
		for x := range uint32(400) {
			if got := p.of(x); !slices.Equal(got, want[x]) {
				t.Fatalf("seed %d: %d stands with %v, want %v", seed, x, got, want[x])
			}
		}
		all := map[uint32][]uint32{}
		p.each(func(x, v uint32) { all[x] = append(all[x], v) })
		if !maps.EqualFunc(all, want, slices.Equal[[]uint32]) {
			t.Fatalf("seed %d: each gives %v, want %v", seed, all, want)
		}
	}
	var none *pairs
	none.each(func(x, v uint32) { t.Errorf("nothing gives (%d, %d)", x, v) })
	if none.of(0) != nil {
		t.Error("nothing holds something")
	}
}

package vm

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/laspc/lasp/internal/workload"
	"github.com/laspc/lasp/lang/types"
)

// used is the fuel that a turn of changes takes.
func used(t *testing.T, m *Machine, changes ...Change) int64 {
	t.Helper()
	step(t, m, changes...)
	return m.opt.Fuel - m.fuel
}

// One edge of a strongly connected graph is removed and put back at a small part
// of the cost of the whole: the wave ends at rows that have another reason.
func TestOneEdgeCostsItsConsequences(t *testing.T) {
	b := newBuilder()
	v := b.closure(b.cell("edges", "AWSet", types.TupleOf(ints(2)...)))
	m := mustNew(t, b.p)
	edges := load(0, workload.Rnd(1, 300, 1200))
	whole := used(t, m, edges...)
	paths := m.live(v)
	var most, sum int64
	const tries = 100
	for k := range tries {
		gone, back := edges[k], edges[k]
		gone.Mult = -1
		cost := used(t, m, gone) + used(t, m, back)
		most, sum = max(most, cost), sum+cost
	}
	if n := m.live(v); n != paths {
		t.Errorf("%d paths, before the edges left and came back there were %d", n, paths)
	}
	if sum/tries > whole/100 || most > whole {
		t.Errorf("an edge takes %d steps on average and at most %d, the whole takes %d", sum/tries, most, whole)
	}
}

// A component that ran out of fuel keeps the changes of its cells and shows the
// right rows once it has fuel enough.
func TestLossRunsOutOfFuel(t *testing.T) {
	b := newBuilder()
	v := b.closure(b.cell("edges", "AWSet", types.TupleOf(ints(2)...)))
	m := mustNew(t, b.p)
	for i := range int64(40) {
		step(t, m, change(0, 1, i, i+1))
	}
	m.opt.Fuel = 20
	step(t, m, change(0, -1, 20, 21))
	if _, err := m.View(v); !errors.Is(err, ErrSuspended) {
		t.Fatalf("got %v; the loss of 420 paths takes more than 20 steps", err)
	}
	step(t, m, change(0, 1, 50, 51))
	m.opt.Fuel = defaultFuel
	for range 8 {
		step(t, m)
	}
	if got := m.live(v); got != 20*21/2+20*19/2+1 {
		t.Errorf("%d paths after the component had fuel again, want %d", got, 20*21/2+20*19/2+1)
	}
	step(t, m, change(0, 1, 20, 21), change(0, -1, 50, 51))
	if got := m.live(v); got != 40*41/2 {
		t.Errorf("%d paths, want %d", got, 40*41/2)
	}
}

// Places in the order are used up in the end; then all rows are ordered anew.
func TestOrderIsRenewed(t *testing.T) {
	b := newBuilder()
	v := b.closure(b.cell("edges", "AWSet", types.TupleOf(ints(2)...)))
	m := mustNew(t, b.p)
	r := rand.New(rand.NewPCG(1, 2))
	has := map[[2]int64]bool{}
	for range 300 {
		e := [2]int64{r.Int64N(6), r.Int64N(6)}
		mult := int64(1)
		if has[e] {
			mult = -1
		}
		has[e] = !has[e]
		step(t, m, change(0, mult, e[0], e[1]))
		for _, n := range m.nodes {
			if o, ok := n.op.(*fixOp); ok && r.IntN(4) == 0 {
				o.c.ground.seq = 1<<31 + 1
			}
		}
		if got, want := m.live(v), reachable(has, 6); got != want {
			t.Fatalf("%d paths over %v, want %d", got, has, want)
		}
	}
}

// reachable counts the pairs of nodes with a path, by squaring.
func reachable(has map[[2]int64]bool, n int64) int {
	t := map[[2]int64]bool{}
	for e, is := range has {
		if is {
			t[e] = true
		}
	}
	for k := range n {
		for i := range n {
			for j := range n {
				if t[[2]int64{i, k}] && t[[2]int64{k, j}] {
					t[[2]int64{i, j}] = true
				}
			}
		}
	}
	return len(t)
}

// bounds are what a machine may run out of: they hold it to little, or set it
// free again.
func bounds(fuel int64, rows int) []func(m *Machine, tight bool) {
	return []func(m *Machine, tight bool){
		func(m *Machine, tight bool) {
			if m.opt.Fuel = defaultFuel; tight {
				m.opt.Fuel = fuel
			}
		},
		func(m *Machine, tight bool) {
			if m.opt.MaxRows = defaultMaxRows; tight {
				m.opt.MaxRows = rows
			}
			m.bound()
		},
	}
}

// A recursion on grids that runs out of fuel or of room is suspended and is
// right once it may go on; so is one of texts, whose rows are read.
func TestGridRunsOutOfFuel(t *testing.T) {
	for _, bound := range bounds(20, 400) {
		b := newBuilder()
		v := b.closure(b.cell("edges", "GSet", types.TupleOf(ints(2)...)))
		m := mustNew(t, b.p)
		for i := range int64(20) {
			step(t, m, change(0, 1, i, i+1))
		}
		bound(m, true)
		for i := int64(20); i < 40; i++ {
			step(t, m, change(0, 1, i, i+1))
		}
		if _, err := m.View(v); !errors.Is(err, ErrSuspended) {
			t.Fatalf("got %v; 820 paths take more than they may", err)
		}
		bound(m, false)
		for range 70 {
			step(t, m)
		}
		if got := m.live(v); got != 40*41/2 {
			t.Errorf("%d paths after the component may go on, want %d", got, 40*41/2)
		}
		got, err := m.View(v)
		if err != nil || got.Len() != 40*41/2 {
			t.Errorf("the view has %d paths (%v), want %d", got.Len(), err, 40*41/2)
		}
	}
}

// Rows come in the order of ranks, first come first among equals; without ranks
// in the order in which they were pushed.
func TestScheduleAgainstSorting(t *testing.T) {
	for _, ranked := range []bool{false, true} {
		r := rand.New(rand.NewPCG(4, 4))
		q := schedule{ranked: ranked}
		var want []moving
		pushed := uint32(0)
		for range 20_000 {
			if len(want) > 0 && (r.IntN(5) < 2 || len(want) > 3000 && r.IntN(2) == 0) {
				k := 0
				for i := range want {
					if ranked && (want[i].rank < want[k].rank) {
						k = i
					}
				}
				w, comes, ok := q.pop()
				if !ok || w.row != want[k].row || comes != (want[k].store == 0) {
					t.Fatalf("ranked %t: got row %d (%t, %t), want %d", ranked, w.row, comes, ok, want[k].row)
				}
				want = append(want[:k], want[k+1:]...)
				continue
			}
			pushed++
			m := moving{rank: r.Uint64N(50), waiting: waiting{store: r.Uint32N(2), row: pushed}}
			q.push(spot{&store{}, pushed}, m.rank, m.store == 0)
			want = append(want, m)
		}
	}
}

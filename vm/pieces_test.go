package vm_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	lasp "github.com/laspc/lasp"
	"github.com/laspc/lasp/internal/workload"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/runtime/workers"
	"github.com/laspc/lasp/vm"
)

// inOrder runs pieces one after the other in an order of its own.
type inOrder struct {
	order func(n int) []int
	ran   int
}

func (o *inOrder) Do(n int, piece func(i int)) {
	o.ran++
	for _, i := range o.order(n) {
		piece(i)
	}
}

func forwards(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

func backwards(n int) []int {
	order := forwards(n)
	slices.Reverse(order)
	return order
}

// runners are ways to run pieces, by name.
func runners() map[string]vm.Pieces {
	return map[string]vm.Pieces{
		"one": workers.Workers(1), "two": workers.Workers(2), "three": workers.Workers(3), "seven": workers.Workers(7),
		"backwards": &inOrder{order: backwards}, "shuffled": &inOrder{order: rand.New(rand.NewPCG(1, 2)).Perm},
	}
}

// divided makes a machine that divides all it can.
func divided(t testing.TB, p *ir.Program, o vm.Options) *vm.Machine {
	t.Helper()
	m, err := vm.New(p, lasp.Ops(), o)
	if err != nil {
		t.Fatal(err)
	}
	vm.DivideAll(m)
	return m
}

// reaches is what can be reached from sources, each by itself: rows that are
// followed and are no closure.
const reaches = `shared e, s: GSet[(Int, Int)]
let rec t: Set[(Int, Int)] = s | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 }
let back = { x for (x, y) in t if y == 7 }
show n = size(t)
show size(back)`

// TestPiecesAgree holds each shape, its work divided however small, against the
// plain twin, on some workers and with pieces in other orders: the grids are the
// same down to where in memory a row is.
func TestPiecesAgree(t *testing.T) {
	ran := 0
	bothWays := shape{"both ways", "shared e: CELL[(Int, Int)]\n" + turnedRound, func(bool) [][][]int64 { return [][][]int64{workload.Rnd(2, 200, 300)} },
		func(cells [][][]int64) int { return turnedRounds(cells[0]) }}
	for _, s := range append(slices.Clone(shapes), shape{"reaches", reaches, nil, nil}, bothWays) {
		var cells [][][]int64
		var want string
		if s.data != nil {
			cells = unique(s.data(true))
			want = strconv.Itoa(s.plain(cells))
		} else {
			cells = unique([][][]int64{workload.Rnd(2, 300, 900), workload.Rnd(3, 200, 400)})
			want = strconv.Itoa(reachedFrom(cells[0], cells[1]))
		}
		p := s.compiled(t, "GSet")
		count := &inOrder{order: forwards}
		run := func(by vm.Pieces) []uint32 {
			m := divided(t, p, vm.Options{Pieces: by})
			for i := range 3 {
				part := make([][][]int64, len(cells))
				for c, rows := range cells {
					part[c] = rows[i*len(rows)/3 : (i+1)*len(rows)/3]
				}
				turn(t, m, changes(part)...)
			}
			if got := first(t, m, p); got != want {
				t.Errorf("%s: %s, want %s", s.name, got, want)
			}
			return vm.Grids(m)
		}
		grids := run(count)
		for name, by := range runners() {
			if !slices.Equal(run(by), grids) {
				t.Errorf("%s: the grids differ with pieces run by %s", s.name, name)
			}
		}
		ran += count.ran
	}
	if ran < 5 {
		t.Errorf("work was divided %d times only; the test must divide it", ran)
	}
}

// turnedRound is a closure whose rows bring something to rows that were followed
// together with them.
const turnedRound = `let rec t = e | { (y, x) for (x, y) in t } | { (x, z) for (x, y) in t, (y2, z) in e if y == y2 }
show n = size(t)`

// turnedRounds counts what turnedRound derives.
func turnedRounds(edges [][]int64) int {
	next := index(facts(edges), 0)
	return fix(facts(edges), func(f fact, emit func(fact)) {
		emit(fact{f[1], f[0]})
		for _, g := range next.of(f[1]) {
			emit(fact{f[0], g[1]})
		}
	})
}

// reachedFrom counts what can be reached from sources over edges.
func reachedFrom(edges, sources [][]int64) int {
	next := index(facts(edges), 0)
	return fix(facts(sources), func(f fact, emit func(fact)) {
		for _, g := range next.of(f[1]) {
			emit(fact{f[0], g[1]})
		}
	})
}

// Divided work ends where undivided does: for lack of fuel or of room, or when it is
// interrupted, and it is right once it may go on.
func TestPiecesRunOut(t *testing.T) {
	p := compile(t, "reaches.lasp", reaches)
	cells := unique([][][]int64{workload.Rnd(2, 300, 900), workload.Rnd(3, 200, 400)})
	for name, by := range runners() {
		var stop atomic.Bool
		for _, o := range []vm.Options{{Fuel: 30_000}, {MaxRows: 5000}, {Interrupt: &stop}} {
			stop.Store(o.Interrupt != nil)
			o.Pieces = by
			m := divided(t, p, o)
			turn(t, m, changes(cells)...)
			if _, err := m.View(p.Shows[0].View); !errors.Is(err, vm.ErrSuspended) {
				t.Errorf("%s, %+v: got %v; it takes more than it may", name, o, err)
			}
		}
		stop.Store(false)
		m := divided(t, p, vm.Options{Pieces: by, MaxRows: 1 << 20})
		turn(t, m, changes(cells)...)
		if got, want := first(t, m, p), strconv.Itoa(reachedFrom(cells[0], cells[1])); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// A panic in a piece is one of the step.
func TestPiecePanics(t *testing.T) {
	p := compile(t, "reaches.lasp", reaches)
	cells := unique([][][]int64{workload.Rnd(2, 300, 900), workload.Rnd(3, 200, 400)})
	defer func() {
		if got := recover(); got != "broken" {
			t.Errorf("the step panics with %v, want what the piece did", got)
		}
	}()
	turn(t, divided(t, p, vm.Options{Pieces: breaks{}}), changes(cells)...)
}

// breaks runs pieces beside each other, one of which panics.
type breaks struct{}

func (breaks) Do(n int, piece func(i int)) {
	workers.Workers(2).Do(n, func(i int) {
		if piece(i); i == 1 {
			panic("broken")
		}
	})
}

// BenchmarkReaches measures rows that are followed in pieces, on no and on two
// workers, by size.
func BenchmarkReaches(b *testing.B) {
	p := compile(b, "reaches.lasp", reaches)
	for _, n := range []uint64{50, 100, 200, 400, 2000} {
		in := changes(unique([][][]int64{workload.Rnd(2, n, int(n)*3), workload.Rnd(3, n, int(n))}))
		for _, by := range []vm.Pieces{nil, workers.Workers(2)} {
			b.Run(strconv.FormatUint(n, 10)+map[bool]string{true: "/one", false: "/two"}[by == nil], func(b *testing.B) {
				defer reportUser(b, userTime())
				for b.Loop() {
					m, err := vm.New(p, lasp.Ops(), vm.Options{Pieces: by})
					if err != nil {
						b.Fatal(err)
					}
					turn(b, m, in...)
				}
			})
		}
	}
}

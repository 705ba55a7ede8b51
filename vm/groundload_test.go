package vm

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
)

// square builds the closure by paths joined with paths.
func (b *builder) square(edges int) ir.View {
	rec := b.add(&ir.Node{Kind: ir.Rec, Cols: ints(2)})
	join := b.add(&ir.Node{Kind: ir.Join, In: []int{rec, rec}, LKey: []int{1}, RKey: []int{0}, Out: project(0, 3), Cols: ints(2)})
	union := b.add(&ir.Node{Kind: ir.Union, In: []int{edges, join}, Cols: ints(2)})
	fix := b.add(&ir.Node{Kind: ir.Fix, In: []int{union}, Rec: rec, Body: []int{join, union}, Cols: ints(2)})
	b.p.Nodes[rec].Rec = fix
	return b.show("tc", types.SetOf(types.TupleOf(types.Int, types.Int)), fix)
}

func groundOf(m *Machine) *ground {
	for _, n := range m.nodes {
		if o, ok := n.op.(*fixOp); ok {
			return o.c.ground
		}
	}
	return nil
}

// support tells for each row how many derivations it has, sorted, and checks that
// each has one from before it.
func support(t *testing.T, g *ground) []string {
	var all []string
	for _, s := range g.stores {
		for r, p := range s.foot {
			if p.seq == 0 {
				continue
			}
			if p.well <= 0 || p.well > p.near || p.near > p.total || p.seq > g.seq {
				t.Errorf("row %v stands on %+v, the last place is %d", s.t.row(uint32(r)), p, g.seq)
			}
			all = append(all, fmt.Sprint(s.number, s.t.row(uint32(r)), p.total, p.near))
		}
	}
	slices.Sort(all)
	return all
}

// A first turn of many rows in bulk leaves the same support as one that counts
// each derivation as it meets it, and the same rows after what leaves and comes.
func TestBulkLoadAgainstCounting(t *testing.T) {
	for seed := range uint64(seeds(t, 16)) {
		r := rand.New(rand.NewPCG(seed, 17))
		nodes := 2 + r.Int64N(40)
		var edges []Change
		has := map[[2]int64]bool{}
		for range fewLoaded + r.IntN(200) + 40 {
			e := [2]int64{r.Int64N(nodes), r.Int64N(nodes)}
			if !has[e] {
				has[e] = true
				edges = append(edges, change(0, 1, e[0], e[1]))
			}
		}
		var ms [2]*Machine
		var v ir.View
		for i := range ms {
			b := newBuilder()
			cell := b.cell("edges", "AWSet", types.TupleOf(ints(2)...))
			if v = b.closure(cell); seed%2 == 1 {
				b = newBuilder()
				v = b.square(b.cell("edges", "AWSet", types.TupleOf(ints(2)...)))
			}
			ms[i] = mustNew(t, b.p)
		}
		if groundOf(ms[0]).first == nil {
			t.Fatal("the rules do not fit the bulk load")
		}
		groundOf(ms[1]).first = nil
		for _, m := range ms {
			step(t, m, edges...)
		}
		if a, b := support(t, groundOf(ms[0])), support(t, groundOf(ms[1])); !slices.Equal(a, b) {
			t.Fatalf("seed %d: %d rows with support, want %d; or other numbers of derivations", seed, len(a), len(b))
		}
		for range 30 {
			e := [2]int64{r.Int64N(nodes), r.Int64N(nodes)}
			mult := int64(1)
			if has[e] {
				mult = -1
			}
			has[e] = !has[e]
			step(t, ms[0], change(0, mult, e[0], e[1]))
			if got, want := ms[0].live(v), reachable(has, nodes); got != want {
				t.Fatalf("seed %d: %d paths, want %d", seed, got, want)
			}
		}
	}
}

// A bulk load that runs out of fuel or of room is suspended, and is right once it
// may go on, with rows that left meanwhile.
func TestBulkLoadRunsOut(t *testing.T) {
	for _, bound := range bounds(500, 500) {
		b := newBuilder()
		v := b.closure(b.cell("edges", "AWSet", types.TupleOf(ints(2)...)))
		m := mustNew(t, b.p)
		bound(m, true)
		var edges []Change
		for i := range int64(60) {
			edges = append(edges, change(0, 1, i, i+1))
		}
		step(t, m, edges...)
		if _, err := m.View(v); !errors.Is(err, ErrSuspended) {
			t.Fatalf("got %v; 1,830 paths take more than they may", err)
		}
		step(t, m, change(0, -1, 30, 31))
		bound(m, false)
		for range 70 {
			step(t, m)
		}
		if got, want := m.live(v), 30*31/2+29*30/2; got != want {
			t.Errorf("%d paths once the component may go on, want %d", got, want)
		}
		step(t, m, change(0, 1, 30, 31), change(0, -1, 0, 1))
		if got, want := m.live(v), 59*60/2; got != want {
			t.Errorf("%d paths after an edge came back, want %d", got, want)
		}
	}
}

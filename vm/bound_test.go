package vm

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/stdlib"
)

// boom is a product of two sets of integers at p.lasp:4:9.
func boom(t *testing.T, o Options) (m *Machine, product, rest ir.View) {
	b := newBuilder()
	x, y := b.cell("x", "GSet", types.Int), b.cell("y", "AWSet", types.Int)
	n := &ir.Node{Kind: ir.Join, In: []int{x, y}, Cols: ints(2)}
	n.Pos.File, n.Pos.Line, n.Pos.Column = "p.lasp", 4, 9
	v := b.show("product", types.SetOf(types.TupleOf(ints(2)...)), b.add(n))
	w := b.show("rest", types.SetOf(types.Int), b.add(&ir.Node{Kind: ir.Map, In: []int{x}, Cols: ints(1), Out: project(0)}))
	m, err := New(b.p, stdlib.Table(), o)
	if err != nil {
		t.Fatal(err)
	}
	return m, v, w
}

func square(n int64) (cs []Change) {
	for i := range n {
		cs = append(cs, change(0, 1, i), change(1, 1, i))
	}
	return cs
}

// A product that is too large is stopped; what depends on it says where, of how
// many rows, and at which bound. The rest goes on, and what is stopped comes back
// when its inputs are small enough.
func TestSuspensionTellsPlaceAndSizes(t *testing.T) {
	stop := &atomic.Bool{}
	for _, c := range []struct {
		name string
		opt  Options
		want string
	}{
		{"rows", Options{MaxRows: 5000}, "p.lasp:4:9: the evaluation made more than 5,000 rows of 100 and 100, more than one relation may hold"},
		{"memory", Options{MaxBytes: 1 << 18}, "p.lasp:4:9: the evaluation made more than 2,048 rows of 100 and 100, more than one relation may hold"},
		{"fuel", Options{Fuel: 2500}, "p.lasp:4:9: the evaluation took more than 2,500 steps, from 100 and 100"},
		{"interrupt", Options{Interrupt: stop}, "p.lasp:4:9: the evaluation was interrupted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, product, rest := boom(t, c.opt)
			stop.Store(c.name == "interrupt")
			step(t, m, square(100)...)
			stop.Store(false)
			_, err := m.View(product)
			if err == nil || err.Error() != c.want || !errors.Is(err, ErrSuspended) || !IsOutOfFuel(err) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
			if c.name != "interrupt" {
				if got, err := m.View(rest); err != nil || got.Len() != 100 {
					t.Errorf("the rest shows %s, %v", got, err)
				}
			}
			for i := int64(10); i < 100; i++ {
				step(t, m, change(1, -1, i))
			}
			for range 100 {
				step(t, m)
			}
			if got, err := m.View(product); err != nil || got.Len() != 1000 {
				t.Errorf("%d rows, %v; ten are left on one side, want 1000", got.Len(), err)
			}
		})
	}
}

// A suspended relation gives its memory back.
func TestSuspensionGivesMemoryBack(t *testing.T) {
	m, product, _ := boom(t, Options{MaxRows: 1000})
	step(t, m, square(31)...)
	see := func() int {
		n := m.nodes[product.Node]
		return cap(n.table.words) + cap(n.out.words)
	}
	if see() == 0 {
		t.Fatal("a product within its bound holds no rows")
	}
	step(t, m, change(0, 1, 100), change(0, 1, 101))
	if _, err := m.View(product); err == nil || !strings.Contains(err.Error(), "1,000 rows") {
		t.Fatalf("got %v; want the product suspended", err)
	}
	if n := see(); n != 0 {
		t.Errorf("the suspended product holds room for %d words", n)
	}
}

package vm

import (
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// nested is a reader that evaluates an expression again to find what it is asked for,
// so many times.
type nested struct {
	m    *Machine
	e    *ir.Expr
	left int64
}

func (r *nested) View(ir.View) (value.Value, error) {
	if r.left == 0 {
		return value.MakeInt(0), nil
	}
	r.left--
	return r.m.Eval(r.e, Env{Slots: []value.Value{value.MakeInt(r.left)}, Reader: r})
}

func (r *nested) Lookup(ir.View, ...value.Value) (value.Value, bool, error) {
	return value.Value{}, false, nil
}
func (r *nested) Has(ir.View, value.Value) (bool, error) { return false, nil }

// TestEvaluationsWithinOneAnother evaluates an expression while it is being evaluated:
// the memory of one is not that of the other, and neither keeps what it was given.
func TestEvaluationsWithinOneAnother(t *testing.T) {
	b := newBuilder()
	n := b.cell("n", "GSet", types.Int)
	b.show("n", types.SetOf(types.Int), n)
	m := mustNew(t, b.p)
	num := types.Int
	// The slot stands on both sides of the view: registers that another run had
	// written would show.
	view := &ir.Expr{Op: ir.EView, Type: num, View: ir.View{Node: n, Type: num, Closed: -1}}
	e := apply("int.add", num, apply("int.mul", num, local(0, num), intConst(1000)), apply("int.add", num, view, local(0, num)))
	for depth := range int64(6) {
		got, err := m.Eval(e, Env{Slots: []value.Value{value.MakeInt(7)}, Reader: &nested{m, e, depth}})
		want := int64(7007)
		for i := range depth {
			want += 1001 * i
		}
		if err != nil || got.Int() != want {
			t.Errorf("%d deep: %v, %v, want %d", depth, got, err, want)
		}
	}
	fuel := int64(0)
	if _, err := m.Eval(e, Env{Slots: []value.Value{value.MakeInt(7)}, Reader: &nested{m, e, 1}, Fuel: &fuel}); !IsOutOfFuel(err) {
		t.Errorf("without fuel: %v", err)
	}
	if ev := m.spare; ev == nil || ev.env.Slots != nil || ev.x.env != nil || ev.x.read != nil {
		t.Errorf("an evaluation that is over holds on to what it was given: %+v", ev)
	}
}

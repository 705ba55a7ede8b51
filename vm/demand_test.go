package vm

import (
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/stdlib"
)

// counted is a machine with one stream, made by f from the numbers 1, 2, .. of a
// producer whose work is counted.
func counted(t *testing.T, b *builder, f func(numbers *ir.Expr) *ir.Expr) (m *Machine, v ir.View, produced func() int64) {
	t.Helper()
	at := source.Position{Line: 7, Column: 1}
	from := &ir.Func{Name: "from", Params: 1, Slots: 1, Pos: at, Type: types.FuncOf([]*types.Type{types.Int}, streamInt)}
	from.Body = &ir.Expr{Op: ir.ECons, Type: streamInt, Args: []*ir.Expr{local(0, types.Int),
		{Op: ir.EFunc, Type: streamInt, Pos: source.Position{Line: 8, Column: 1}, Args: []*ir.Expr{apply("int.add", types.Int, local(0, types.Int), intConst(1))}}}}
	b.p.Funcs = []*ir.Func{from}
	out := f(&ir.Expr{Op: ir.EFunc, Type: streamInt, Args: []*ir.Expr{intConst(1)}})
	n := b.add(&ir.Node{Kind: ir.Stream, Type: streamInt, Cols: ints(2), Out: []*ir.Expr{out}})
	v = b.show("numbers", streamInt, n)
	m, err := New(b.p, stdlib.Table(), Options{Stats: true})
	if err != nil {
		t.Fatal(err)
	}
	return m, v, func() (sum int64) {
		for _, s := range m.Stats().Streams {
			if s.Pos.Line == at.Line && s.Pos.Column == at.Column {
				sum += s.Cells
			}
		}
		return sum
	}
}

// A consumer of five behind a buffer of n has at most 5+n produced, whoever reads
// it how often.
func TestBufferRunsAhead(t *testing.T) {
	for _, n := range []int64{0, 1, 2, 7} {
		m, v, produced := counted(t, newBuilder(), func(numbers *ir.Expr) *ir.Expr {
			return apply("stream.take", streamInt, apply("stream.buffer", streamInt, numbers, intConst(n)), intConst(5))
		})
		for range 2 {
			see(t, m, v, "[1, 2, 3, 4, 5]")
		}
		if got := produced(); got != 5+n {
			t.Errorf("a buffer of %d: %d were produced, want %d", n, got, 5+n)
		}
	}
}

// What lies behind the buffer may never be found: that is no concern of who stops
// before.
func TestBufferBeforeNothing(t *testing.T) {
	m, v, _ := counted(t, newBuilder(), func(numbers *ir.Expr) *ir.Expr {
		small := &ir.Expr{Op: ir.ELambda, Type: types.FuncOf([]*types.Type{types.Int}, types.Bool), Slots: 1,
			Params: []*ir.Pattern{{Op: ir.PBind, Slot: 0}}, Body: apply("lt", types.Bool, local(0, types.Int), intConst(4))}
		few := apply("stream.filter", streamInt, numbers, small)
		return apply("stream.take", streamInt, apply("stream.buffer", streamInt, few, intConst(9)), intConst(3))
	})
	see(t, m, v, "[1, 2, 3]")
}

// A demand that grows continues the stream: nothing is computed twice, and
// nothing behind it. One that is not sure to grow begins the stream anew.
func TestPaced(t *testing.T) {
	for _, kind := range []string{"GSet", "AWSet"} {
		b := newBuilder()
		s := b.cell("wanted", kind, types.Int)
		count := types.MaxOf(types.Nat)
		size := b.add(&ir.Node{Kind: ir.Group, In: []int{s}, Aggs: []ir.Aggregate{{Row: "set.size", Type: count}}, Cols: []*types.Type{count}, Type: count})
		b.p.Nodes[size].Class = map[string]string{"GSet": "stable", "AWSet": "eventual"}[kind]
		m, v, produced := counted(t, b, func(numbers *ir.Expr) *ir.Expr {
			return apply("stream.paced", streamInt, numbers, &ir.Expr{Op: ir.EView, Type: count, View: ir.View{Type: count, Node: size, Closed: -1}})
		})
		see(t, m, v, "[...]")
		step(t, m, change(0, 1, 10), change(0, 1, 20))
		see(t, m, v, "[1, 2, ...]")
		step(t, m, change(0, 1, 30))
		see(t, m, v, "[1, 2, 3, ...]")
		if got := produced(); kind == "GSet" && got != 3 {
			t.Errorf("%d were produced, want 3", got)
		}
		if kind == "AWSet" {
			step(t, m, change(0, -1, 30), change(0, -1, 10))
			see(t, m, v, "[1, ...]")
		}
	}
}

// More is shown of a stream than of one that goes on for ever, where more is
// wanted.
func TestPacedBeyondTheView(t *testing.T) {
	m, v, _ := counted(t, newBuilder(), func(numbers *ir.Expr) *ir.Expr {
		many := &ir.Expr{Op: ir.EConst, Type: types.MaxOf(types.Nat), Value: value.MakeInt(3000)}
		return apply("stream.paced", streamInt, numbers, many)
	})
	got, err := m.View(v)
	if err != nil || got.Kind() != value.Open || got.Len() != 3000 {
		t.Errorf("got %v of %d, %v; want 3000 and an open end", got.Kind(), got.Len(), err)
	}
}

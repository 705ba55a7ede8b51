package vm

import (
	"strconv"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// shape is a usual use of streams: of the numbers from 0 on, as the engine unfolds it
// and as a plain loop in Go does it, which is the floor.
type shape struct {
	name  string
	first string // of the numbers from 1 on
	make  func(numbers *ir.Expr) *ir.Expr
	plain func(n int) int
}

var (
	pairInts   = types.TupleOf(types.Int, types.Int)
	streamPair = types.StreamOf(pairInts)
	streamText = types.StreamOf(types.String)
	firstOfTwo = []*ir.Pattern{{Op: ir.PTuple, Args: []*ir.Pattern{{Op: ir.PBind, Slot: 0}, {Op: ir.PBind, Slot: 1}}}}
	kept       int // so that the loops are not left out
)

func pairWithRest(of *ir.Expr) *ir.Expr {
	pair := &ir.Expr{Op: ir.ETuple, Type: pairInts, Args: []*ir.Expr{num(0), intOp("int.mod", num(0), intConst(7))}}
	return apply("stream.map", streamPair, of, fn(pairInts, pair, 1))
}

var shapes = []shape{
	{"map", `[4, 7, 10]`, func(s *ir.Expr) *ir.Expr {
		return apply("stream.map", streamInt, s, fn(types.Int, intOp("int.add", intOp("int.mul", num(0), intConst(3)), intConst(1)), 1))
	}, func(n int) (sum int) {
		for i := range n {
			sum += i*3 + 1
		}
		return sum
	}},
	{"filter", `[1, 2, 4]`, func(s *ir.Expr) *ir.Expr {
		return apply("stream.filter", streamInt, s, fn(types.Bool, apply("ne", types.Bool, intOp("int.mod", num(0), intConst(3)), intConst(0)), 1))
	}, func(n int) (sum int) {
		for i := range n * 3 / 2 {
			if i%3 != 0 {
				sum += i
			}
		}
		return sum
	}},
	{"scan", `[1, 3, 6]`, func(s *ir.Expr) *ir.Expr {
		return apply("stream.scan", streamInt, s, intConst(0), fn(types.Int, intOp("int.add", num(0), num(1)), 2))
	}, func(n int) (sum int) {
		for i := range n {
			sum += i
		}
		return sum
	}},
	{"zip", `[(1, 2), (2, 3), (3, 4)]`, func(s *ir.Expr) *ir.Expr {
		return apply("stream.zip", streamPair, s, apply("stream.drop", streamInt, s, intConst(1)))
	}, func(n int) (sum int) {
		for i := range n {
			pair := [2]int{i, i + 1}
			sum += pair[0] + pair[1]
		}
		return sum
	}},
	{"pairs", `[(1, 1), (2, 2), (3, 3)]`, pairWithRest, func(n int) (sum int) {
		for i := range n {
			sum += i ^ i%7
		}
		return sum
	}},
	{"pairs, filtered", `[(3, 3), (4, 4), (5, 5)]`, func(s *ir.Expr) *ir.Expr {
		keep := &ir.Expr{Op: ir.ELambda, Type: types.FuncOf([]*types.Type{pairInts}, types.Bool), Slots: 2, Params: firstOfTwo,
			Body: apply("gt", types.Bool, num(1), intConst(2))}
		return apply("stream.filter", streamPair, pairWithRest(s), keep)
	}, func(n int) (sum int) {
		for i := range n * 7 / 4 {
			if i%7 > 2 {
				sum += i
			}
		}
		return sum
	}},
	{"texts", `["1", "2", "3"]`, func(s *ir.Expr) *ir.Expr {
		return apply("stream.map", streamText, s, fn(types.String, apply("string.of", types.String, num(0)), 1))
	}, func(n int) (sum int) {
		for i := range n {
			sum += len(strconv.Itoa(i))
		}
		return sum
	}},
}

// BenchmarkStreams is ns per element of usual shapes, with the floor of each.
func BenchmarkStreams(b *testing.B) {
	for _, s := range shapes {
		b.Run(s.name+"/lasp", func(b *testing.B) {
			p := newBuilder()
			again := &ir.Expr{Op: ir.EFunc, Type: streamInt, Args: []*ir.Expr{intOp("int.add", num(0), intConst(1))}}
			f := &ir.Func{Name: "from", Params: 1, Slots: 1, Type: types.FuncOf(ints(1), streamInt), Body: &ir.Expr{Op: ir.ECons, Type: streamInt, Args: []*ir.Expr{num(0), again}}}
			p.p.Funcs = []*ir.Func{f}
			out := s.make(&ir.Expr{Op: ir.EFunc, Type: streamInt, Args: []*ir.Expr{intConst(0)}})
			p.add(&ir.Node{Kind: ir.Stream, Type: out.Type, Cols: append(ints(1), out.Type.Args[0]), Out: []*ir.Expr{out}})
			m := mustNew(b, p.p)
			m.fuel = 1 << 60
			at := m.nodes[0].op.(*streamOp).begin()
			b.ReportAllocs()
			pass(b, m, place{c: at}, b.N)
		})
		b.Run(s.name+"/go", func(b *testing.B) { kept += s.plain(b.N) })
	}
}

// pass walks over n elements.
func pass(b *testing.B, m *Machine, p place, n int) {
	for n > 0 {
		ok, err := m.x.look(&p, n)
		if !ok || err != nil {
			b.Fatal("the stream ends: ", err)
		}
		k := min(n, p.known())
		p.i, n = p.i+k, n-k
	}
}

// The shapes give what they say.
func TestShapes(t *testing.T) {
	for _, s := range shapes {
		m, v, _ := counted(t, newBuilder(), s.make)
		got, err := m.View(v)
		if err != nil || got.Len() != 1000 || value.MakeList(got.Elems()[:3]).String() != s.first {
			t.Errorf("%s: %v, %v; want 1,000 elements, the first %s", s.name, got, err, s.first)
		}
	}
}

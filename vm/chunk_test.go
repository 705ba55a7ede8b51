package vm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/stdlib"
)

func fn(result *types.Type, body *ir.Expr, params int) *ir.Expr {
	e := &ir.Expr{Op: ir.ELambda, Type: types.FuncOf(ints(params), result), Slots: params, Body: body}
	for i := range params {
		e.Params = append(e.Params, &ir.Pattern{Op: ir.PBind, Slot: i})
	}
	return e
}

func intOp(id string, a, b *ir.Expr) *ir.Expr { return apply(id, types.Int, a, b) }

func num(i int) *ir.Expr { return local(i, types.Int) }

// plainStage is a stage on a list of elements: the twin of chunks, as plain as it can be.
// What fails goes to drop.
type plainStage struct {
	make func(src *ir.Expr) *ir.Expr
	run  func(xs []int64, drop func(string)) []int64
}

// each is a stage that applies f to each element, or, from acc, to it and the
// result before it.
func each(f func(acc, x int64) (int64, bool), acc int64, keep bool, name string) func([]int64, func(string)) []int64 {
	return func(xs []int64, drop func(string)) (out []int64) {
		acc := acc
		for _, x := range xs {
			n, ok := f(acc, x)
			switch {
			case !ok:
				drop(fmt.Sprint(name, x))
			case !keep:
				acc = n
				out = append(out, n)
			case n != 0:
				out = append(out, x)
			}
		}
		return out
	}
}

func anyStage(r *rand.Rand) plainStage {
	k := int64(r.IntN(9) - 2)
	c := intConst(k)
	text := apply("string.length", types.Int, apply("string.of", types.String, num(0))) // no work for columns
	stages := []func() plainStage{
		func() plainStage {
			return plainStage{func(s *ir.Expr) *ir.Expr {
				return apply("stream.map", streamInt, s, fn(types.Int, intOp("int.add", intOp("int.mul", num(0), c), intConst(3)), 1))
			}, each(func(_, x int64) (int64, bool) {
				n, ok := arithMul.compute(x, k)
				m, ok2 := arithAdd.compute(n, 3)
				return m, ok && ok2
			}, 0, false, "map ")}
		},
		func() plainStage {
			return plainStage{func(s *ir.Expr) *ir.Expr {
				return apply("stream.map", streamInt, s, fn(types.Int, intOp("int.div", intConst(600), num(0)), 1))
			}, each(func(_, x int64) (int64, bool) { return arithDiv.compute(600, x) }, 0, false, "map ")}
		},
		func() plainStage {
			return plainStage{func(s *ir.Expr) *ir.Expr {
				return apply("stream.map", streamInt, s, fn(types.Int, text, 1))
			}, each(func(_, x int64) (int64, bool) { return int64(len(fmt.Sprint(x))), true }, 0, false, "map ")}
		},
		func() plainStage {
			return plainStage{func(s *ir.Expr) *ir.Expr {
				return apply("stream.filter", streamInt, s, fn(types.Bool, apply("ne", types.Bool, intOp("int.mod", num(0), c), intConst(0)), 1))
			}, each(func(_, x int64) (int64, bool) { return arithMod.compute(x, k) }, 0, true, "filter ")}
		},
		func() plainStage {
			return plainStage{func(s *ir.Expr) *ir.Expr {
				return apply("stream.filter", streamInt, s, fn(types.Bool, apply("gt", types.Bool, intOp("int.div", intConst(600), num(0)), c), 1))
			}, each(func(_, x int64) (int64, bool) {
				n, ok := arithDiv.compute(600, x)
				return int64(bit(n > k)), ok
			}, 0, true, "filter ")}
		},
		func() plainStage {
			return plainStage{func(s *ir.Expr) *ir.Expr {
				return apply("stream.scan", streamInt, s, intConst(k), fn(types.Int, intOp("int.add", num(0), num(1)), 2))
			}, each(func(acc, x int64) (int64, bool) { return arithAdd.compute(acc, x) }, k, false, "scan ")}
		},
		func() plainStage {
			return plainStage{func(s *ir.Expr) *ir.Expr {
				return apply("stream.scan", streamInt, s, intConst(k), fn(types.Int, intOp("int.add", intOp("int.mul", num(1), num(1)), num(0)), 2))
			}, each(func(acc, x int64) (int64, bool) {
				n, ok := arithMul.compute(x, x)
				m, ok2 := arithAdd.compute(acc, n)
				return m, ok && ok2
			}, k, false, "scan ")}
		},
		func() plainStage {
			return plainStage{func(s *ir.Expr) *ir.Expr {
				body := &ir.Expr{Op: ir.EIf, Type: types.Int, Args: []*ir.Expr{apply("lt", types.Bool, num(0), num(1)), num(1), intOp("int.sub", num(0), num(1))}}
				return apply("stream.scan", streamInt, s, intConst(k), fn(types.Int, body, 2))
			}, each(func(acc, x int64) (int64, bool) {
				if acc < x {
					return x, true
				}
				return arithSub.compute(acc, x)
			}, k, false, "scan ")}
		},
		func() plainStage {
			n := int64(r.IntN(900))
			return plainStage{func(s *ir.Expr) *ir.Expr { return apply("stream.take", streamInt, s, intConst(n)) },
				func(xs []int64, _ func(string)) []int64 { return xs[:min(n, int64(len(xs)))] }}
		},
		func() plainStage {
			n := int64(r.IntN(600))
			return plainStage{func(s *ir.Expr) *ir.Expr { return apply("stream.drop", streamInt, s, intConst(n)) },
				func(xs []int64, _ func(string)) []int64 { return xs[min(n, int64(len(xs))):] }}
		},
		func() plainStage {
			n := int64(r.IntN(4))
			return plainStage{func(s *ir.Expr) *ir.Expr { return apply("stream.buffer", streamInt, s, intConst(n)) },
				func(xs []int64, _ func(string)) []int64 { return xs }}
		},
	}
	return stages[r.IntN(len(stages))]()
}

// sourceOf is a stream of numbers and the expression that gives it: known ones, or
// such as a function counts up or down, past what 64 bits hold in the worst case.
func sourceOf(r *rand.Rand, p *ir.Program) (xs []int64, e *ir.Expr) {
	if r.IntN(2) == 0 {
		var vs []value.Value
		for range r.IntN(1200) {
			x := anyInt(r)
			if r.IntN(3) > 0 {
				x = int64(r.IntN(50) - 2)
			}
			xs, vs = append(xs, x), append(vs, value.MakeInt(x))
		}
		list := &ir.Expr{Op: ir.EConst, Type: types.ListOf(types.Int), Value: value.MakeList(vs)}
		return xs, apply("list.to_stream", streamInt, list)
	}
	step := int64(r.IntN(7) - 3)
	first, last := int64(r.IntN(40)-20), int64(r.IntN(1500))
	if step <= 0 {
		step, last = step-1, -last
	}
	head := intOp("int.sub", num(0), intConst(5))
	end := map[bool]string{true: "gt", false: "lt"}[step > 0]
	nothing := &ir.Expr{Op: ir.EConst, Type: streamInt, Value: value.MakeList(nil)}
	again := &ir.Expr{Op: ir.EFunc, Type: streamInt, Args: []*ir.Expr{intOp("int.add", num(0), intConst(step)), num(1)}}
	f := &ir.Func{Name: "f", Params: 2, Slots: 2, Type: types.FuncOf(ints(2), streamInt)}
	f.Body = &ir.Expr{Op: ir.EIf, Type: streamInt, Args: []*ir.Expr{apply(end, types.Bool, num(0), num(1)), nothing, {Op: ir.ECons, Type: streamInt, Args: []*ir.Expr{head, again}}}}
	p.Funcs = append(p.Funcs, f)
	for x := first; (x <= last) == (step > 0) || x == last; x += step {
		xs = append(xs, x-5)
	}
	return xs, &ir.Expr{Op: ir.EFunc, Type: streamInt, Args: []*ir.Expr{intConst(first), intConst(last)}}
}

// pipeline is a stream through some stages, the engine's and the plain one.
type pipeline struct {
	p     *ir.Program
	want  []int64
	drops []string
}

func anyPipeline(seed uint64) *pipeline {
	r := rand.New(rand.NewPCG(seed, 3))
	b := newBuilder()
	l := &pipeline{p: b.p}
	xs, e := sourceOf(r, b.p)
	for range 1 + r.IntN(4) {
		s := anyStage(r)
		e, xs = s.make(e), s.run(xs, func(what string) { l.drops = append(l.drops, what) })
	}
	b.show("s", streamInt, b.add(&ir.Node{Kind: ir.Stream, Type: streamInt, Cols: ints(2), Out: []*ir.Expr{e}}))
	l.want = xs
	return l
}

// stream begins the pipeline on a machine.
func (l *pipeline) stream(t *testing.T, o Options) (*Machine, *streamOp, place) {
	m, err := New(l.p, stdlib.Table(), o)
	if err != nil {
		t.Fatal(err)
	}
	m.fuel = 1 << 40
	op := m.nodes[0].op.(*streamOp)
	return m, op, op.stream()
}

// walk looks at up to n elements, wanting some at a time.
func walk(t *testing.T, m *Machine, p place, n, wanted int) (xs []int64, closed bool) {
	for len(xs) < n {
		ok, err := m.x.look(&p, min(wanted, n-len(xs)))
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return xs, true
		}
		xs = append(xs, p.value().Int())
		p.i++
	}
	return xs, false
}

func dropsOf(o *streamOp) (all []string) {
	for _, d := range o.drops {
		all = append(all, d.element.String())
	}
	slices.Sort(all)
	return all
}

// Chunks give what lists give, whoever wants how much at a time; and what fails is
// what fails by need, also where the stream is left in the middle.
func TestChunksAreLists(t *testing.T) {
	elements, failures := 0, 0
	for seed := range uint64(seeds(t, 300)) {
		l := anyPipeline(seed)
		for _, wanted := range []int{1, 3, 700, manyWanted} {
			for _, stats := range []bool{false, true} {
				m, op, p := l.stream(t, Options{Stats: stats})
				got, closed := walk(t, m, p, math.MaxInt, wanted)
				if !closed || !slices.Equal(got, l.want) {
					t.Fatalf("seed %d, %d wanted, counted %v: got %d elements, want %d:\n%v\n%v", seed, wanted, stats, len(got), len(l.want), got, l.want)
				}
				if again, _ := walk(t, m, p, math.MaxInt, 5); !slices.Equal(again, got) {
					t.Fatalf("seed %d: looked at again it is another stream", seed)
				}
				elements, failures = elements+len(got), failures+len(op.drops)
			}
		}
		r := rand.New(rand.NewPCG(seed, 4))
		n, wanted := r.IntN(len(l.want)+1), 1+r.IntN(20)
		m, op, p := l.stream(t, Options{})
		got, _ := walk(t, m, p, n, wanted)
		m2, op2, p2 := l.stream(t, Options{Stats: true})
		byNeed, _ := walk(t, m2, p2, n, wanted)
		if !slices.Equal(got, l.want[:n]) || !slices.Equal(byNeed, got) {
			t.Fatalf("seed %d: the first %d elements are wrong", seed, n)
		}
		if ahead, need := dropsOf(op), dropsOf(op2); !slices.Equal(ahead, need) {
			t.Fatalf("seed %d, %d elements: by need %v fail, ahead %v", seed, n, need, ahead)
		}
	}
	if elements < 50_000 || failures < 1_000 {
		t.Errorf("%d elements and %d failures show little", elements, failures)
	}
}

// What ends is wanted: all failures of a pipeline that is read to its end are those
// of the lists.
func TestChunksDropWhatFails(t *testing.T) {
	for seed := range uint64(seeds(t, 300)) {
		l := anyPipeline(seed)
		if strings.Contains(ir.Print(l.p), "take") {
			continue // what is behind it is not looked at
		}
		m, op, p := l.stream(t, Options{})
		walk(t, m, p, math.MaxInt, 100)
		var got, want []string
		for _, d := range op.drops {
			got = append(got, d.element.String())
		}
		for _, d := range l.drops {
			want = append(want, d[strings.Index(d, " ")+1:])
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %v fail, want %v", seed, got, want)
		}
	}
}

// A loop stops where its parameters would leave 64 bits, and the error is that of
// the addition.
func TestLoopOverflows(t *testing.T) {
	b := newBuilder()
	f := &ir.Func{Name: "f", Params: 1, Slots: 1, Type: types.FuncOf(ints(1), streamInt)}
	f.Body = &ir.Expr{Op: ir.ECons, Type: streamInt, Args: []*ir.Expr{num(0), {Op: ir.EFunc, Type: streamInt, Args: []*ir.Expr{intOp("int.add", num(0), intConst(1))}}}}
	b.p.Funcs = []*ir.Func{f}
	const n = 700
	b.add(&ir.Node{Kind: ir.Stream, Type: streamInt, Cols: ints(2), Out: []*ir.Expr{{Op: ir.EFunc, Type: streamInt, Args: []*ir.Expr{intConst(math.MaxInt64 - n + 1)}}}})
	m := mustNew(t, b.p)
	m.fuel = 1 << 40
	p := m.nodes[0].op.(*streamOp).stream()
	for i := range n {
		if ok, err := m.x.look(&p, 2*n); !ok || err != nil || p.value().Int() != math.MaxInt64-n+1+int64(i) {
			t.Fatalf("place %d: %v, %v", i, ok, err)
		}
		p.i++
	}
	if _, err := m.x.look(&p, 1); err == nil || !strings.Contains(err.Error(), "L0501") {
		t.Errorf("got %v, want the overflow", err)
	}
}

// A stream of which nothing but failures comes ends with an error that says so.
func TestAllFail(t *testing.T) {
	b := newBuilder()
	m, v, _ := counted(t, b, func(numbers *ir.Expr) *ir.Expr {
		return apply("stream.map", streamInt, numbers, fn(types.Int, intOp("int.div", num(0), intConst(0)), 1))
	})
	got, err := m.View(v)
	if err != nil || got.Kind() != value.Error || got.Str() != "L0512" || !strings.Contains(got.Elems()[0].Str(), "100,000 elements in a row failed") {
		t.Errorf("got %v, %v; want the error of too many failures", got, err)
	}
}

// A chunk has one kind of elements; where it changes a new one begins.
func TestChunkKinds(t *testing.T) {
	first := &chunk{by: open{}}
	c := first
	want := []value.Value{value.MakeInt(1), value.MakeConflict([]value.Value{value.MakeInt(1), value.MakeInt(2)}), value.MakeInt(3), value.MakeBool(true), value.MakeString("x"), value.MakeString("y")}
	for _, v := range want {
		c = c.add(v)
	}
	for i := range 3 * chunkSize {
		want = append(want, value.MakeInt(int64(i)))
		c = c.add(want[len(want)-1])
	}
	m := mustNew(t, newBuilder().p)
	m.fuel = 1 << 40
	xs, closed, err := m.x.known(place{c: first}, math.MaxInt)
	if err != nil || closed || !slices.EqualFunc(xs, want, value.Equal) {
		t.Errorf("got %d elements, closed %v, %v; want %d and an open end", len(xs), closed, err, len(want))
	}
}

// A side of a pair is not looked at where the other one has ended, and as many
// elements may be left out as there are numbers.
func TestNoFurtherThanWanted(t *testing.T) {
	list := &ir.Expr{Op: ir.EConst, Type: types.ListOf(types.Int), Value: value.MakeList([]value.Value{value.MakeInt(7), value.MakeInt(8)})}
	two := apply("list.to_stream", streamInt, list)
	b := newBuilder()
	m, v, _ := counted(t, b, func(numbers *ir.Expr) *ir.Expr {
		fails := apply("stream.map", streamInt, numbers, fn(types.Int, intOp("int.div", intConst(60), intOp("int.sub", num(0), intConst(5))), 1))
		pair := types.TupleOf(types.Int, types.Int)
		pairs := apply("stream.zip", types.StreamOf(pair), fails, two)
		first := &ir.Expr{Op: ir.ELambda, Type: types.FuncOf([]*types.Type{pair}, types.Int), Slots: 2, Body: num(0),
			Params: []*ir.Pattern{{Op: ir.PTuple, Args: []*ir.Pattern{{Op: ir.PBind, Slot: 0}, {Op: ir.PBind, Slot: 1}}}}}
		return apply("stream.map", streamInt, pairs, first)
	})
	see(t, m, v, "[-15, -20]")
	if errs := m.Errors(); len(errs) != 0 {
		t.Errorf("%v: the fifth element was looked at", errs)
	}
	b = newBuilder()
	n := b.add(&ir.Node{Kind: ir.Stream, Type: streamInt, Cols: ints(2), Out: []*ir.Expr{apply("stream.drop", streamInt, two, intConst(math.MaxInt64))}})
	v = b.show("none", streamInt, n)
	see(t, mustNew(t, b.p), v, "[]")
}

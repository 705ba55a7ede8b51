package vm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Columns of the rows that random code runs on.
var batchCols = []*types.Type{types.Int, types.Int, types.Bool, types.Float, types.String, types.String}

// coder makes random code over batchCols.
type coder struct{ r *rand.Rand }

func (c *coder) pick(fs ...func(depth int) *ir.Expr) func(int) *ir.Expr { return fs[c.r.IntN(len(fs))] }

func isTrue(v bool) *ir.Expr {
	return &ir.Expr{Op: ir.EConst, Type: types.Bool, Value: value.MakeBool(v)}
}

func (c *coder) choice(t *types.Type, depth int, arm func(int) *ir.Expr) *ir.Expr {
	return &ir.Expr{Op: ir.EIf, Type: t, Args: []*ir.Expr{c.cond(depth - 1), arm(depth - 1), arm(depth - 1)}}
}

func (c *coder) text(depth int) *ir.Expr {
	if depth > 0 && c.r.IntN(4) == 0 {
		return apply([]string{"string.lower", "string.trim"}[c.r.IntN(2)], types.String, c.text(depth-1))
	}
	if c.r.IntN(4) == 0 {
		return &ir.Expr{Op: ir.EConst, Type: types.String, Value: value.MakeString([]string{"", "r", "Ri", "zz"}[c.r.IntN(4)])}
	}
	return local(4+c.r.IntN(2), types.String)
}

func (c *coder) int(depth int) *ir.Expr {
	if depth <= 0 {
		if c.r.IntN(3) == 0 {
			return intConst(anyInt(c.r))
		}
		return local(c.r.IntN(2), types.Int)
	}
	ops := []string{"int.add", "int.sub", "int.mul", "int.div", "int.mod"}
	return c.pick(
		func(d int) *ir.Expr { return apply(ops[c.r.IntN(5)], types.Int, c.int(d-1), c.int(d-1)) },
		func(d int) *ir.Expr {
			return apply(ops[c.r.IntN(5)], types.Int, c.int(d-1), intConst(int64(c.r.IntN(12))))
		},
		func(d int) *ir.Expr { return c.choice(types.Int, d, c.int) },
		func(d int) *ir.Expr { return apply("string.length", types.Nat, c.text(d-1)) },
		func(d int) *ir.Expr { return apply("int.abs", types.Int, c.int(d-1)) },
		func(d int) *ir.Expr {
			bind := &ir.Pattern{Op: ir.PBind, Slot: 100 + d}
			return &ir.Expr{Op: ir.ELet, Type: types.Int, Pat: bind, Args: []*ir.Expr{c.int(d - 1), apply("int.mul", types.Int, local(100+d, types.Int), c.int(d-1))}}
		},
	)(depth)
}

func (c *coder) float(depth int) *ir.Expr {
	if depth <= 0 {
		if c.r.IntN(3) == 0 {
			return &ir.Expr{Op: ir.EConst, Type: types.Float, Value: value.MakeFloat([]float64{0, 0.5, -2, 1e300}[c.r.IntN(4)])}
		}
		return local(3, types.Float)
	}
	ops := []string{"float.add", "float.sub", "float.mul", "float.div"}
	return apply(ops[c.r.IntN(4)], types.Float, c.float(depth-1), c.float(depth-1))
}

func (c *coder) cond(depth int) *ir.Expr {
	if depth <= 0 {
		return c.pick(func(int) *ir.Expr { return local(2, types.Bool) }, func(int) *ir.Expr { return isTrue(c.r.IntN(2) == 0) })(0)
	}
	orders := []string{"lt", "le", "gt", "ge", "eq", "ne"}
	cmp := func(a, b *ir.Expr) *ir.Expr { return apply(orders[c.r.IntN(6)], types.Bool, a, b) }
	return c.pick(
		func(d int) *ir.Expr { return cmp(c.int(d-1), c.int(d-1)) },
		func(d int) *ir.Expr { return cmp(c.int(d-1), intConst(int64(c.r.IntN(9)))) },
		func(d int) *ir.Expr { return cmp(intConst(int64(c.r.IntN(9))), c.int(d-1)) },
		func(d int) *ir.Expr { return cmp(c.float(d-1), c.float(d-2)) },
		func(d int) *ir.Expr { return cmp(c.cond(d-1), c.cond(d-1)) },
		func(d int) *ir.Expr { return cmp(c.text(d-1), c.text(d-1)) },
		func(d int) *ir.Expr { return apply("string.starts_with", types.Bool, c.text(d-1), c.text(0)) },
		func(d int) *ir.Expr { return apply("bool.not", types.Bool, c.cond(d-1)) },
		func(d int) *ir.Expr { return c.choice(types.Bool, d, c.cond) },
		func(d int) *ir.Expr {
			return &ir.Expr{Op: ir.EIf, Type: types.Bool, Args: []*ir.Expr{c.cond(d - 1), c.cond(d - 1), isTrue(false)}}
		},
		func(d int) *ir.Expr {
			return &ir.Expr{Op: ir.EIf, Type: types.Bool, Args: []*ir.Expr{c.cond(d - 1), isTrue(true), c.cond(d - 2)}}
		},
	)(depth)
}

// rows makes n random rows; few different texts, as there are in data.
func (c *coder) rows(m *Machine, n int) delta {
	d := delta{width: len(batchCols)}
	floats := []float64{0, 0.5, -1, math.Inf(1), math.Inf(-1), math.NaN()}
	for i := range n {
		x, y := anyInt(c.r), anyInt(c.r)
		if c.r.IntN(2) == 0 {
			x, y = int64(c.r.IntN(50)), int64(c.r.IntN(20))
		}
		text := func() value.Word {
			return m.in.Word(value.MakeString([]string{"", "r", "riak", "Riak ", " zz", fmt.Sprint("r", c.r.IntN(40))}[c.r.IntN(6)]))
		}
		d.add([]value.Word{value.Word(x), value.Word(y), value.Word(c.r.IntN(2)), value.RawWord(value.MakeFloat(floats[c.r.IntN(len(floats))])), text(), text()}, int64(1+i%3)-int64(i%2)*3)
	}
	return d
}

// What a change gives a column at a time is what it gives row by row: rows in
// their order, dropped ones, failed ones.
func TestBatchIsRows(t *testing.T) {
	sizes := []int{0, 1, 3, 4, 7, 8, 9, 100, batchRows - 1, batchRows, batchRows + 1, 2*batchRows + 5}
	batches, kept, failed := 0, 0, 0
	for seed := range uint64(seeds(t, 150)) {
		c := &coder{rand.New(rand.NewPCG(seed, 7))}
		b := newBuilder()
		src := b.cell("s", "AWSet", types.TupleOf(batchCols...))
		var cond *ir.Expr
		if c.r.IntN(5) > 0 {
			cond = c.cond(1 + c.r.IntN(4))
		}
		outs := []*ir.Expr{c.int(c.r.IntN(3)), local(4, types.String), c.cond(c.r.IntN(3)), c.text(c.r.IntN(3)), c.float(c.r.IntN(3))}
		cols := []*types.Type{types.Int, types.String, types.Bool, types.String, types.Float}
		if c.r.IntN(4) == 0 { // rows as they are: the condition is all of the code
			outs, cols = nil, batchCols
			if cond != nil && c.r.IntN(3) == 0 { // and keeps everything: it ends in a jump to the end
				cond = &ir.Expr{Op: ir.EIf, Type: types.Bool, Args: []*ir.Expr{cond, isTrue(true), isTrue(true)}}
			}
		}
		node := b.add(&ir.Node{Kind: ir.Map, In: []int{src}, Cond: cond, Out: outs, Cols: cols})
		m := mustNew(t, b.p)
		m.fuel = 1 << 40
		n, f := m.nodes[node], m.nodes[node].op.(*mapOp).f
		run := func(d *delta) (delta, []string) {
			n.out, n.errs.rows = delta{width: len(cols)}, nil
			if err := n.emitAll(&m.x, f, d); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			var errs []string
			for _, e := range m.Errors() {
				errs = append(errs, fmt.Sprint(e))
			}
			return n.out, errs
		}
		for _, size := range sizes[:4+c.r.IntN(len(sizes)-3)] {
			d := c.rows(m, size)
			got, gotErrs := run(&d)
			batch := f.batch
			f.batch = nil
			want, wantErrs := run(&d)
			if f.batch = batch; batch != nil && size >= batchMin {
				batches, kept, failed = batches+1, kept+got.len(), failed+len(gotErrs)
			}
			if !slices.Equal(got.words, want.words) || !slices.Equal(got.mult, want.mult) || !slices.Equal(gotErrs, wantErrs) {
				t.Fatalf("seed %d, %d rows: a batch gives %d rows and %d errors, the rows %d and %d", seed, size, got.len(), len(gotErrs), want.len(), len(wantErrs))
			}
		}
	}
	if batches < 100 || kept < 1000 || failed < 100 {
		t.Errorf("%d batches, %d rows and %d errors were compared, which shows little", batches, kept, failed)
	}
}

// Fuel is counted a batch at a time and ends the evaluation as it does of rows.
func TestBatchFuel(t *testing.T) {
	b := newBuilder()
	src := b.cell("s", "GSet", types.Int)
	node := b.add(&ir.Node{Kind: ir.Map, In: []int{src}, Out: []*ir.Expr{apply("int.add", types.Int, local(0, types.Int), intConst(1))}, Cols: ints(1)})
	m := mustNew(t, b.p)
	d := delta{width: 1}
	for i := range 5 * batchRows {
		d.add([]value.Word{value.Word(i)}, 1)
	}
	n := m.nodes[node]
	for _, fuel := range []int64{2*batchRows - 1, 5*batchRows - 1, 5 * batchRows} {
		m.fuel = fuel
		n.out.clear()
		err := n.emitAll(&m.x, n.op.(*mapOp).f, &d)
		if enough := fuel == 5*batchRows; (err == nil) != enough || err != nil && err != errOutOfFuel {
			t.Errorf("with fuel for %d rows of %d: %v", fuel, d.len(), err)
		}
	}
}

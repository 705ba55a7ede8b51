package stdlib

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// TestAggregatesForgetHistory compares each accumulator after random insertions
// and removals with a fresh one that saw only what is left, in another order.
func TestAggregatesForgetHistory(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, r := range Table().Rows() {
		if r.Agg == nil {
			continue
		}
		result := aggResult(t, r)
		for range 50 {
			pool := aggPool(r, result)
			acc, left := r.Agg.New(result), map[int]int64{}
			for range 40 {
				i, n := rng.IntN(len(pool)), int64(rng.IntN(5)-2)
				acc.Add(pool[i], n)
				left[i] += n
			}
			fresh := r.Agg.New(result)
			for i := range pool {
				if left[i] < 0 { // no collection holds a negative number of an element
					acc.Add(pool[i], -left[i])
					left[i] = 0
				}
			}
			for _, i := range rng.Perm(len(pool)) {
				for range left[i] {
					fresh.Add(pool[i], 1)
				}
			}
			got, ok1, err1 := acc.Result()
			want, ok2, err2 := fresh.Result()
			if ok1 != ok2 || (err1 == nil) != (err2 == nil) || !value.Equal(got, want) {
				t.Fatalf("%s: %v after changes, %v from scratch of %v", r.ID, got, want, left)
			}
			n := int64(0)
			for i := range pool {
				n += left[i]
			}
			if r.Agg.Rows && !value.Equal(got, value.MakeInt(n)) {
				t.Fatalf("%s: %v, and the elements are %d", r.ID, got, n)
			}
		}
	}
}

func aggResult(t *testing.T, r *op.Row) *types.Type {
	s, err := types.ParseScheme(r.Sig)
	if err != nil {
		t.Fatal(err)
	}
	if s.Result.Is("Map") && r.Lambda >= 0 {
		return s.Result.Args[1]
	}
	return s.Result
}

func aggPool(r *op.Row, result *types.Type) []value.Value {
	switch {
	case r.Name == "any" || r.Name == "all":
		return small(types.Bool)
	case r.Name == "max_by" || r.Name == "min_by":
		return small(types.TupleOf(types.Int, types.Int))
	case result.Is("Float") || r.ID == "set.avg_float" || r.ID == "list.avg_float":
		return []value.Value{value.MakeFloat(0.1), value.MakeFloat(1e300), value.MakeFloat(-1e300), value.MakeFloat(5e-324), value.MakeFloat(-1e-310), value.MakeFloat(3)}
	case result.Is("Duration") || r.ID == "set.avg_duration" || r.ID == "list.avg_duration":
		return small(types.Duration)
	}
	return []value.Value{value.MakeInt(0), value.MakeInt(1), value.MakeInt(1 << 40), value.MakeInt(7), value.MakeInt(9)}
}

func TestSumsDoNotOverflowOnTheWay(t *testing.T) {
	top := value.MakeInt(math.MaxInt64)
	acc := sumOf(types.Int)
	acc.Add(top, 1000)
	if _, _, err := acc.Result(); err == nil {
		t.Error("a sum outside the range of Int was given")
	}
	acc.Add(top, -999)
	if v, _, err := acc.Result(); err != nil || v.Int() != math.MaxInt64 {
		t.Errorf("the sum came back as %v, %v", v.Int(), err)
	}
	acc.Add(value.MakeInt(math.MinInt64), 1)
	if v, _, _ := acc.Result(); v.Int() != -1 {
		t.Errorf("max + min = %d", v.Int())
	}
	acc.Add(value.MakeInt(-3), -5)
	if v, _, _ := acc.Result(); v.Int() != 14 {
		t.Errorf("taking -3 out five times gives %d, want 14", v.Int())
	}
	grow := sumOf(types.MaxOf(types.Nat))
	grow.Add(top, 2)
	if v, _, err := grow.Result(); err != nil || v.Int() != math.MaxInt64 {
		t.Errorf("a growing sum beyond its range is %v, %v, want its top", v.Int(), err)
	}
}

func TestFloatSumsAreExact(t *testing.T) {
	sum := func(xs ...float64) float64 {
		acc := &exactFloat{}
		for _, x := range xs {
			acc.Add(value.MakeFloat(x), 1)
		}
		return acc.float()
	}
	for _, c := range []struct {
		want float64
		of   []float64
	}{
		{1, []float64{1e100, 1, -1e100}},
		{0, []float64{5e-324, -5e-324}},
		{1.5e-323, []float64{5e-324, 5e-324, 5e-324}},
		{0.3, []float64{0.1, 0.2}},
		{math.Inf(1), []float64{math.MaxFloat64, math.MaxFloat64}},
		{math.MaxFloat64, []float64{math.MaxFloat64, math.MaxFloat64, -math.MaxFloat64}},
		{math.Inf(-1), []float64{math.Inf(-1), 1}},
	} {
		if got := sum(c.of...); got != c.want && math.Abs(got-c.want) > 1e-16 {
			t.Errorf("the sum of %v is %v, want %v", c.of, got, c.want)
		}
	}
	if !math.IsNaN(sum(math.Inf(1), math.Inf(-1))) {
		t.Error("the infinities together are a number")
	}
}

// TestMultisetAgainstSlice holds the treap against a sorted slice.
func TestMultisetAgainstSlice(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var m multiset
	counts := map[int64]int64{}
	for step := range 5000 {
		k, n := int64(rng.IntN(200)), int64(rng.IntN(7)-3)
		m.add(value.MakeInt(k), n)
		if counts[k] += n; counts[k] == 0 {
			delete(counts, k)
		}
		var keys []int64
		for k := range counts {
			keys = append(keys, k)
		}
		least, ok := m.least()
		greatest, _ := m.greatest()
		if ok != (len(keys) > 0) {
			t.Fatalf("step %d: empty is %v, holds %d values", step, !ok, len(keys))
		}
		if ok && (least.Int() != slices.Min(keys) || greatest.Int() != slices.Max(keys)) {
			t.Fatalf("step %d: ends %d and %d, want %d and %d", step, least.Int(), greatest.Int(), slices.Min(keys), slices.Max(keys))
		}
	}
}

func TestMultisetStaysShallow(t *testing.T) {
	var m multiset
	for i := range 1 << 14 {
		m.add(value.MakeInt(int64(i)), 1)
	}
	if d := depth(m.root); d > 60 {
		t.Errorf("16,384 values in order make a tree of depth %d", d)
	}
}

func depth(t *treap) int {
	if t == nil {
		return 0
	}
	return 1 + max(depth(t.left), depth(t.right))
}

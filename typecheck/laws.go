package typecheck

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

func durationOf(ns int64) time.Duration { return time.Duration(ns) }

// A hand-written join is held against the laws of joins by trying: all triples
// of up to 64 small values, then random larger ones. The smallest triple that
// breaks a law is printed.

// typeLattice checks the parts of a hand-written lattice.
func (c *checker) typeLattice(d *ast.LatticeDecl) {
	if d.Join == nil {
		c.outside(d.Name.Span(), "a `lattice` of several kinds is not part of this version", "Declare a cell for each part.")
		return
	}
	before := len(c.diags)
	of := c.dataType(d.Of)
	c.check(d.Bottom, of)
	l, ok := ast.Unparen(d.Join).(*ast.Lambda)
	if !ok || len(l.Params) != 2 {
		c.outside(d.Join.Span(), "a join is written as a lambda of two parameters", "Write `join (a, b) => ..`.")
		return
	}
	c.check(l, types.FuncOf([]*types.Type{of, of}, of))
	if len(c.diags) == before {
		c.joins = append(c.joins, &joinLaws{decl: d, of: of, lambda: l})
	}
}

// joinLaws is one join that is tried.
type joinLaws struct {
	decl   *ast.LatticeDecl
	of     *types.Type
	lambda *ast.Lambda

	join   func(a, b value.Value) (value.Value, error)
	bottom value.Value
	broken map[string]string // law -> the smallest example against it
	failed error
}

// holdLaws tries the joins of the program. Those that are joins are part of the
// language all the same, but not of this version.
func (c *checker) holdLaws() {
	for _, j := range c.joins {
		v := eval{info: c.info, env: map[Object]value.Value{}}
		join := v.lambda(j.lambda)
		j.join = func(a, b value.Value) (value.Value, error) { return join(a, b) }
		j.bottom, j.failed = v.expr(j.decl.Bottom)
		j.broken = map[string]string{}
		if j.failed == nil {
			j.try()
		}
		switch {
		case j.failed != nil:
			c.outside(j.decl.Join.Span(), "this join cannot be tried at compile time", "It gave: "+j.failed.Error()+".")
		case len(j.broken) > 0:
			c.notALattice(j)
		default:
			c.outside(j.decl.Name.Span(), "a hand-written `lattice` is not part of this version", "The join keeps all laws; build the value from `Max`, `Min` and maps of kinds meanwhile.")
		}
	}
}

var laws = []string{"idempotent", "commutative", "associative", "inflationary", "neutral to its bottom"}

func (c *checker) notALattice(j *joinLaws) {
	var names []string
	var examples []diag.Blame
	for _, law := range laws {
		if text := j.broken[law]; text != "" {
			names = append(names, law)
			examples = append(examples, diag.Blame{Span: j.decl.Join.Span(), Name: "not " + law, Text: text})
		}
	}
	c.add(diag.Diagnostic{Code: diag.NotALattice, Span: j.decl.Join.Span(), Title: fmt.Sprintf("the join of `%s` is not %s", j.decl.Name.Name, strings.Join(names, ", nor ")),
		Label:   "replicas would disagree",
		Message: "Replicas merge in any order and grouping, and more than once: " + examples[0].Text + ".",
		Help:    "Keep what was written (a set, a map per writer) and compute the answer from it.", Blame: examples,
		Fixes: []diag.Fix{{Title: "keep the inputs in a `GSet` or a map per writer, and derive the answer in a `let`"}}})
}

// try looks for examples against each law, smaller ones first.
func (j *joinLaws) try() {
	small := smallValues(j.of, 64)
	for n := range small {
		for a := 0; a <= n; a++ {
			for b := 0; b <= n; b++ {
				for d := 0; d <= n; d++ {
					if (a == n || b == n || d == n) && !j.triple(small[a], small[b], small[d]) {
						return
					}
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		if !j.triple(randomValue(r, j.of, 3), randomValue(r, j.of, 3), randomValue(r, j.of, 3)) {
			return
		}
	}
}

// triple holds the laws for three values; it reports whether to go on.
func (j *joinLaws) triple(a, b, c value.Value) bool {
	of := func(x, y value.Value) value.Value {
		if j.failed != nil {
			return value.Value{}
		}
		z, err := j.join(x, y)
		j.failed = err
		return z
	}
	against := func(law, format string, args ...any) {
		if j.failed == nil && j.broken[law] == "" {
			j.broken[law] = fmt.Sprintf(format, args...)
		}
	}
	ab, bc := of(a, b), of(b, c)
	left, right := of(ab, c), of(a, bc)
	aa, ba, up, neutral := of(a, a), of(b, a), of(a, ab), of(a, j.bottom)
	if j.failed != nil {
		return false
	}
	if !value.Equal(left, right) {
		against("associative", "for a = %s, b = %s, c = %s, join(join(a, b), c) is %s and join(a, join(b, c)) is %s", a, b, c, left, right)
	}
	if !value.Equal(aa, a) {
		against("idempotent", "for a = %s, join(a, a) is %s", a, aa)
	}
	if !value.Equal(ab, ba) {
		against("commutative", "for a = %s, b = %s, join(a, b) is %s and join(b, a) is %s", a, b, ab, ba)
	}
	if !value.Equal(up, ab) {
		against("inflationary", "for a = %s, b = %s, join(a, b) is %s, and joining a to that gives %s", a, b, ab, up)
	}
	if !value.Equal(neutral, a) {
		against("neutral to its bottom", "for a = %s, join(a, %s) is %s", a, j.bottom, neutral)
	}
	return len(j.broken) < len(laws)
}

// smallValues enumerates up to n values of a data type, the simplest first.
func smallValues(t *types.Type, n int) []value.Value {
	t = t.Resolve()
	var out []value.Value
	switch t.Con {
	case "Bool":
		out = []value.Value{value.MakeBool(false), value.MakeBool(true)}
	case "Nat", "Int", "Float", "Duration":
		for i := int64(0); len(out) < min(n, 24); i++ {
			out = append(out, numberOf(t, i))
			if i > 0 && t.Con != "Nat" {
				out = append(out, numberOf(t, -i))
			}
		}
	case "String", "Node", "Bytes":
		for _, s := range []string{"", "a", "b", "aa", "ab", "ba", "bb", "c"} {
			out = append(out, textOfType(t, s))
		}
	case "Option":
		out = []value.Value{value.None()}
		for _, x := range smallValues(t.Args[0], n-1) {
			out = append(out, value.Some(x))
		}
	case "List", "Set":
		out = smallCollections(t, n)
	case types.Tuple:
		for _, xs := range smallProducts(t.Args, n) {
			out = append(out, value.MakeTuple(xs...))
		}
	default:
		out = smallRecords(t, n)
	}
	return out[:min(len(out), n)]
}

func numberOf(t *types.Type, i int64) value.Value {
	switch t.Con {
	case "Float":
		return value.MakeFloat(float64(i))
	case "Duration":
		return value.MakeDuration(time.Duration(i) * time.Second)
	}
	return value.MakeInt(i)
}

func textOfType(t *types.Type, s string) value.Value {
	switch t.Con {
	case "Node":
		return value.MakeNode(s)
	case "Bytes":
		return value.MakeBytes([]byte(s))
	}
	return value.MakeString(s)
}

func smallCollections(t *types.Type, n int) []value.Value {
	make1 := func(xs ...value.Value) value.Value {
		if t.Con == "Set" {
			return value.MakeSet(xs)
		}
		return value.MakeList(xs)
	}
	elems := smallValues(t.Args[0], 6)
	out := []value.Value{make1()}
	for _, x := range elems {
		out = append(out, make1(x))
	}
	for _, x := range elems {
		for _, y := range elems {
			if len(out) < n && (t.Con == "List" || value.Compare(x, y) < 0) {
				out = append(out, make1(x, y))
			}
		}
	}
	return out
}

// smallProducts combines small values of several types, about n of them.
func smallProducts(ts []*types.Type, n int) [][]value.Value {
	rows := [][]value.Value{nil}
	each := 2
	for pow(each+1, len(ts)) <= n {
		each++
	}
	for _, t := range ts {
		var next [][]value.Value
		for _, row := range rows {
			for _, x := range smallValues(t, each) {
				next = append(next, append(append([]value.Value(nil), row...), x))
			}
		}
		rows = next[:min(len(next), 4*n)]
	}
	return rows
}

func pow(base, exp int) int {
	p := 1
	for range exp {
		if p *= base; p > 1<<20 {
			break
		}
	}
	return p
}

func smallRecords(t *types.Type, n int) []value.Value {
	if t.Def == nil {
		return nil
	}
	var out []value.Value
	for _, ctor := range t.Def.Ctors {
		ts := make([]*types.Type, len(ctor.Fields))
		for i, f := range ctor.Fields {
			ts[i] = f.Type
		}
		if recursiveType(t.Def) && len(ts) > 0 {
			continue
		}
		for _, xs := range smallProducts(ts, max(1, n/len(t.Def.Ctors))) {
			out = append(out, value.MakeRecord(ctor.Value, xs...))
		}
	}
	return out
}

// randomValue makes a larger value of a data type.
func randomValue(r *rand.Rand, t *types.Type, depth int) value.Value {
	t = t.Resolve()
	switch t.Con {
	case "Bool":
		return value.MakeBool(r.IntN(2) == 1)
	case "Nat":
		return value.MakeInt(r.Int64N(1000))
	case "Int":
		return value.MakeInt(r.Int64N(2000) - 1000)
	case "Float":
		return value.MakeFloat(float64(r.IntN(2000)-1000) / 8)
	case "Duration":
		return value.MakeDuration(time.Duration(r.Int64N(1_000_000)))
	case "String", "Node", "Bytes":
		b := make([]byte, r.IntN(6))
		for i := range b {
			b[i] = byte('a' + r.IntN(4))
		}
		return textOfType(t, string(b))
	case "List", "Set":
		xs := make([]value.Value, r.IntN(depth+1))
		for i := range xs {
			xs[i] = randomValue(r, t.Args[0], depth-1)
		}
		if t.Con == "Set" {
			return value.MakeSet(xs)
		}
		return value.MakeList(xs)
	case types.Tuple:
		xs := make([]value.Value, len(t.Args))
		for i, a := range t.Args {
			xs[i] = randomValue(r, a, depth)
		}
		return value.MakeTuple(xs...)
	}
	small := smallValues(t, 64)
	if len(small) == 0 {
		return value.MakeTuple()
	}
	return small[r.IntN(len(small))]
}

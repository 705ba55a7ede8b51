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
		c.typeStructural(d)
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

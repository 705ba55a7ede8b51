package typecheck

import (
	"crypto/sha256"
	"encoding/hex"
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

// typeLattice checks the parts of a lattice that are types.
func (c *checker) typeLattice(d *ast.LatticeDecl) {
	def := c.defs[d.Name.Name]
	if def == nil || def.Join == nil && d.Join != nil {
		return // declared twice
	}
	if d.Join == nil {
		c.typeStructural(d, def)
		return
	}
	of := c.dataType(d.Of)
	def.Join.Of = of
	c.info.Defs = append(c.info.Defs, def)
	c.joins = append(c.joins, &joinLaws{decl: d, def: def, fn: c.joinFn(d, of)})
}

// joinFn is the join as a function of two values, which cells of the lattice and
// everything else that joins apply.
func (c *checker) joinFn(d *ast.LatticeDecl, of *types.Type) *Fn {
	at := ast.At{Sp: d.Join.Span()}
	fn := &Fn{Name: d.Name.Name + ".join", Result: of, Joins: true, Lattice: d.Name.Name}
	var names []ast.Expr
	decl := &ast.FnDecl{At: at, Pub: true, Name: &ast.Ident{At: at, Name: fn.Name}}
	for _, name := range []string{"join.1", "join.2"} {
		l := &Local{Name: name, Type: of, At: at.Sp}
		c.locals = append(c.locals, l)
		fn.Params = append(fn.Params, l)
		decl.Params = append(decl.Params, &ast.FnParam{At: at, Name: &ast.Ident{At: at, Name: name}})
		names = append(names, &ast.Name{At: at, Name: name})
	}
	decl.Body = joinBody(d.Join, names, at)
	fn.Decl = decl
	return fn
}

// joinBody applies what is written behind `join`, a lambda or the name of a
// function, to two names.
func joinBody(join ast.Expr, names []ast.Expr, at ast.At) ast.Expr {
	switch j := ast.Unparen(join).(type) {
	case *ast.Lambda:
		if len(j.Params) == 2 {
			return &ast.Match{At: at, Subject: &ast.Tuple{At: at, Elems: names}, Arms: []*ast.Arm{
				{At: at, Pat: &ast.TuplePat{At: at, Elems: j.Params}, Body: j.Body},
			}}
		}
	case *ast.Name:
		return &ast.Call{At: at, Fn: &ast.Ident{At: j.At, Name: j.Name}, Args: []*ast.Arg{{At: at, Value: names[0]}, {At: at, Value: names[1]}}}
	}
	return nil
}

// typeJoins checks the bottoms and joins of hand-written lattices.
func (c *checker) typeJoins() {
	for _, j := range c.joins {
		c.enter(j.decl.Span())
		before := len(c.diags)
		of := j.def.Join.Of
		c.check(j.decl.Bottom, of)
		if j.fn.Decl.Body == nil {
			c.errorAt(diag.WrongType, j.decl.Join.Span(), "a join is a function of two values", "", "It says what two values are together.", "Write `join (a, b) => ..`, or the name of a function of two.")
		} else {
			c.typeFn(j.fn)
		}
		j.refused = len(c.diags) > before || isBad(of)
	}
}

// joinLaws is one join that is tried.
type joinLaws struct {
	decl    *ast.LatticeDecl
	def     *types.Def
	fn      *Fn
	refused bool // for its types

	join   func(a, b value.Value) (value.Value, error)
	bottom value.Value
	broken map[string]string // law -> the smallest example against it
	failed string            // what it gave up at

	values []value.Value // by number
	ids    map[string]int
	known  map[[2]int]int // joins by number
	zero   int            // the bottom
}

// holdLaws tries the joins of the program.
func (c *checker) holdLaws() {
	for _, j := range c.joins {
		if j.refused {
			continue
		}
		v := eval{info: c.info, env: map[Object]value.Value{}}
		j.join = func(a, b value.Value) (value.Value, error) { return v.apply(j.fn, []value.Value{a, b}) }
		j.broken = map[string]string{}
		var err error
		if j.bottom, err = v.expr(j.decl.Bottom); err != nil {
			j.failed = fmt.Sprintf("the bottom is not a constant: %s", err)
		} else {
			j.def.Join.Bottom = j.bottom
			j.def.Join.Code = c.codeOf(j)
			j.try()
		}
		switch {
		case j.failed != "":
			c.notAFunctionOfTwo(j)
		case len(j.broken) > 0:
			c.notALattice(j)
		}
	}
}

// codeOf tells joins apart: a hash of their text and of the functions in it.
func (c *checker) codeOf(j *joinLaws) string {
	h := sha256.New()
	seen := map[*Fn]bool{}
	var add func(text string, body ast.Expr)
	add = func(text string, body ast.Expr) {
		fmt.Fprintln(h, strings.Join(strings.Fields(text), " "))
		walk(body, func(e ast.Expr) {
			if call := c.info.Calls[e]; call != nil && call.Fn != nil && !seen[call.Fn] {
				seen[call.Fn] = true
				add(call.Fn.Decl.Span().Text(), call.Fn.Decl.Body)
			}
		})
	}
	add(j.decl.Join.Span().Text(), j.fn.Decl.Body)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// notAFunctionOfTwo reports a join that does not yield for two values, or not from
// them alone.
func (c *checker) notAFunctionOfTwo(j *joinLaws) {
	c.add(diag.Diagnostic{Code: diag.NotALattice, Span: j.decl.Join.Span(), Title: fmt.Sprintf("the join of `%s` does not join all values", j.decl.Name.Name),
		Label:   "replicas could not merge",
		Message: "A join is a function of its two values alone, defined for all of them: " + j.failed + ".",
		Help:    "Give it a value everywhere, and let it read neither cells nor params."})
}

var laws = []string{"idempotent", "commutative", "associative", "inflationary", "neutral to its bottom"}

// lawName is a law in one or two words.
func lawName(law string) string {
	name, _, _ := strings.Cut(law, " ")
	return name
}

func (c *checker) notALattice(j *joinLaws) {
	var names []string
	var examples []diag.Blame
	for _, law := range laws {
		if text := j.broken[law]; text != "" {
			names = append(names, law)
			examples = append(examples, diag.Blame{Span: j.decl.Join.Span(), Name: "not " + lawName(law), Text: text})
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
	of := j.def.Join.Of
	j.ids, j.known = map[string]int{}, map[[2]int]int{}
	j.zero = j.id(j.bottom)
	var small []int
	for _, v := range smallValues(of, 64) {
		small = append(small, j.id(v))
	}
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
		if !j.triple(j.id(randomValue(r, of, 3)), j.id(randomValue(r, of, 3)), j.id(randomValue(r, of, 3))) {
			return
		}
	}
}

// id numbers values: small ones meet in many triples, and are joined once.
func (j *joinLaws) id(v value.Value) int {
	text := v.String()
	n, seen := j.ids[text]
	if !seen {
		n = len(j.values)
		j.ids[text], j.values = n, append(j.values, v)
	}
	return n
}

// of is the join of two values by their numbers; after a failure it says nothing.
func (j *joinLaws) of(a, b int) int {
	pair := [2]int{a, b}
	n, seen := j.known[pair]
	if seen || j.failed != "" {
		return n
	}
	v, err := j.join(j.values[a], j.values[b])
	if err != nil {
		j.failed = fmt.Sprintf("for a = %s, b = %s it gave: %s", j.values[a], j.values[b], err)
		return 0
	}
	n = j.id(v)
	j.known[pair] = n
	return n
}

// triple holds the laws for three values; it reports whether to go on.
func (j *joinLaws) triple(a, b, c int) bool {
	ab, bc := j.of(a, b), j.of(b, c)
	left, right := j.of(ab, c), j.of(a, bc)
	aa, ba, up, neutral := j.of(a, a), j.of(b, a), j.of(a, ab), j.of(a, j.zero)
	if j.failed != "" {
		return false
	}
	against := func(law, format string, of ...int) {
		if j.broken[law] != "" {
			return
		}
		texts := make([]any, len(of))
		for i, n := range of {
			texts[i] = j.values[n]
		}
		j.broken[law] = fmt.Sprintf(format, texts...)
	}
	if left != right {
		against("associative", "for a = %s, b = %s, c = %s, join(join(a, b), c) is %s and join(a, join(b, c)) is %s", a, b, c, left, right)
	}
	if aa != a {
		against("idempotent", "for a = %s, join(a, a) is %s", a, aa)
	}
	if ab != ba {
		against("commutative", "for a = %s, b = %s, join(a, b) is %s and join(b, a) is %s", a, b, ab, ba)
	}
	if up != ab {
		against("inflationary", "for a = %s, b = %s, join(a, b) is %s, and joining a to that gives %s", a, b, ab, up)
	}
	if neutral != a {
		against("neutral to its bottom", "for a = %s, join(a, %s) is %s", a, j.zero, neutral)
	}
	return len(j.broken) < len(laws)
}

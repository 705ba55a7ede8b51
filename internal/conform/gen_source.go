package conform

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
)

// A source generator writes programs as text, declaration by declaration. The
// checker is asked after each: what it accepts stays, and what it refuses for
// the sake of monotonicity is kept apart, as a program that is wrong in one
// known place.

// SourceProgram is a generated program.
type SourceProgram struct {
	Decls    []string // accepted, in order
	Actions  []string // `at a { .. }` steps of its script
	Checks   map[string][]string
	Rejected []Rejection
	// Broken are declarations that were refused for another reason: mistakes of
	// the generator, of which there must not be many.
	Broken []string
	own    int // of Around
}

// Rejection is a declaration that the checker refused for its monotonicity.
type Rejection struct {
	Decl string
	Code diag.Code
}

// Text is the program with its script as a test of the name "script".
func (p *SourceProgram) Text(more ...string) string {
	decls := append(p.Decls[:len(p.Decls):len(p.Decls)], more...)
	return strings.Join(decls, "\n") + "\ntest \"script\" {\n  replicas a, b, c\n  " + strings.Join(p.Actions, "\n  ") + "\n}\n"
}

// SourceCoverage counts the constructs of accepted declarations.
type SourceCoverage map[string]int

// sourceGen writes one program.
type sourceGen struct {
	*rand.Rand
	out   *SourceProgram
	cov   SourceCoverage
	used  []string // constructs of the declaration being written
	vars  []string // names of data in scope
	sets  []string // stable definitions, by what they are
	nums  []string
	conds []string
	next  int
}

// GenerateSource writes a random program and counts what it uses.
func GenerateSource(r *rand.Rand, cov SourceCoverage) *SourceProgram {
	g := &sourceGen{Rand: r, cov: cov, out: &SourceProgram{Checks: map[string][]string{}}}
	g.out.Decls = strings.Split(strings.TrimSpace(sourceCells), "\n")
	g.definitions()
	for range 1 + g.IntN(4) {
		g.handler()
	}
	g.out.Actions = Script(r, strings.Join(g.out.Decls[len(g.out.Decls)-1:], ""), cov)
	return g.out
}

// sourceCells has a cell of every kind, with cells that only handlers write
// after them, and declarations of each other form.
const sourceCells = `
type Size = Small | Big(by: Int)
type Edge { from: Int, to: Int }
lattice Row { top: Max[Int], seen: GSet[Int], n: GCounter, left: PNCounter }
param two: Nat = 2
shared s, t, acc: GSet[Int]
shared e: GSet[(Int, Int)]
shared edges: GSet[Edge]
shared n, cnt: GCounter
shared m, tally: GMap[Int, GCounter]
shared gs: GMap[Int, GSet[Int]]
shared hi, top_seen: Max[Int]
shared lo: Min[Int]
shared f: Flag
shared flags: GMap[Int, Flag]
shared w: AWSet[Int]
shared rw: RWSet[Int]
shared tp: TwoPSet[Int]
shared mv: MVReg[Int]
shared ew: EWFlag
shared dw: DWFlag
shared pn: PNCounter
shared reg: LWW[Int]
shared om: ORMap[Int, PNCounter]
shared oa: ORMap[Int, AWSet[Int]]
shared iv, done: IVar[Int]
shared rr: Row
shared rm: GMap[Int, Row]
shared lx: Lex[Max[Nat], GSet[Int]]
shared ivs: GMap[Int, IVar[Int]]
shared feed, squares: Stream[Int] written by "a"
local mine: Max[Nat]
input put(x: Int)
input drop_it(x: Int)
input ask(x: Int) -> Bool
output o: Int
output p: (Int, Int)
output q: String
fn dbl(x: Int) -> Int = x * 2
fn evens(xs: Set[Int]) -> Set[Int] = xs.filter(x => x % 2 == 0)
fn sized(x: Int) -> Size = if x > 2 then Big(x) else Small
fn pick[T](c: Bool, a: T, b: T) -> T = if c then a else b
on ask(x) { reply x > 1 }`

// use notes a construct.
func (g *sourceGen) use(construct string) string {
	g.used = append(g.used, construct)
	return ""
}

// form is one way to write something, by the name of its construct.
type form struct {
	name string
	text func() string
}

// choose writes one of the forms.
func (g *sourceGen) choose(forms ...form) string {
	f := forms[g.IntN(len(forms))]
	g.use(f.name)
	return f.text()
}

func (g *sourceGen) name(prefix string) string {
	g.next++
	return fmt.Sprint(prefix, g.next)
}

// declare asks the checker about a declaration that was written, and keeps it or
// not; class is the class of the last definition so far.
func (g *sourceGen) declare(decl string) (class string, ok bool) {
	used := g.used
	g.used = nil
	text := strings.Join(g.out.Decls, "\n") + "\n" + decl + "\n"
	p, ds := lasp.Check(source.NewFile("generated", []byte(text)))
	for _, d := range ds {
		if d.Severity != diag.Error {
			continue
		}
		if strings.HasPrefix(string(d.Code), "L03") {
			g.out.Rejected = append(g.out.Rejected, Rejection{decl, d.Code})
		} else {
			g.out.Broken = append(g.out.Broken, fmt.Sprintf("%s\n%s: %s", decl, d.Code, d.Title))
		}
		return "", false
	}
	g.out.Decls = append(g.out.Decls, decl)
	for _, u := range used {
		g.cov[u]++
	}
	if lets := p.Info.Lets; len(lets) > 0 {
		class = lets[len(lets)-1].Flow.Class().String()
	}
	return class, true
}

// definitions writes lets, and notes the stable ones for later use.
func (g *sourceGen) definitions() {
	for range 1 + g.IntN(4) {
		name, safe := g.name("d"), g.IntN(3) > 0
		var value string
		kind := g.IntN(6)
		g.use([]string{"let of a set", "let of a number", "let of a truth", "let of a map", "let of a stream", "let rec"}[kind])
		switch kind {
		case 0:
			value = g.set(2, safe)
		case 1:
			value = g.num(2, safe)
		case 2:
			value = g.cond(2, safe)
		case 3:
			value = g.table(2, safe)
		case 4:
			value = g.stream(2)
		case 5:
			name, value = g.recursive(name)
		}
		class, ok := g.declare("let " + name + " = " + value)
		if ok && class != "eventual" {
			switch kind {
			case 0:
				g.sets = append(g.sets, name)
			case 1:
				g.nums = append(g.nums, name)
			case 2:
				g.conds = append(g.conds, name)
			}
		}
	}
	g.use("show")
	g.declare("show view = " + g.set(3, false))
}

func (g *sourceGen) recursive(name string) (head, value string) {
	switch g.IntN(4) {
	case 0:
		g.use("reach")
		return "rec " + name, fmt.Sprintf("e | { (a, c) for (a, b) in %s, (b2, c) in e if b == b2 }", name)
	case 1:
		g.use("reach over records")
		return "rec " + name, fmt.Sprintf("%s | { k.to for x in %s, k in edges if k.from == x }", g.set(1, true), name)
	case 2:
		g.use("shortest")
		return "rec " + name + ": Map[Int, Min[Nat]]", fmt.Sprintf("{ x: 0 for x in %s } | { b: d + 1 for (x, d) in %s, (a, b) in e if a == x }", g.set(1, true), name)
	}
	g.use("recursion over removable")
	return "rec " + name, fmt.Sprintf("w | { b for x in %s, (a, b) in e if a == x }", name)
}

// sourceWrites are what scripts do to cells; feedWrites only its writer may.
var (
	sourceWrites = []string{
		"s.add(%d)", "t.add(%d)", "s.add_all([%d, 4])", "e.add((%d, 2))", "e.add((2, %d))", "edges.add(Edge(from: %d, to: 3))", "n.increment()", "n.increment(%d)",
		"m[%d].increment()", "m[%d].increment(3)", "gs[%d].add(1)", "hi.join(%d)", "lo.join(%d)", "f.enable()", "w.add(%d)", "w.remove(%d)", "w.clear()", "rw.add(%d)", "rw.remove(%d)", "tp.add(%d)", "tp.remove(%d)", "mv.set(%d)", "ew.enable()", "ew.disable()", "dw.enable()", "dw.disable()", "pn.increment(%d)", "pn.decrement(%d)",
		"reg.set(%d)", "om[%d].increment()", "om.remove(%d)", "oa[%d].add(7)", "oa.remove(%d)", "iv.bind(3)", "ivs[%[1]d].bind(%[1]d * 10)", "put(%d)", "drop_it(%d)", "mine.join(%d)", "ask(%d)",
	}
	feedWrites = []string{"feed.append(%d)"}
)

// Script writes steps that change cells, most of them cells that a declaration
// names; with none they change any.
func Script(r *rand.Rand, decl string, cov SourceCoverage) []string {
	var near []string
	for _, way := range sourceWrites {
		name := way[:strings.IndexAny(way, "[.(")]
		if regexp.MustCompile(`\b` + name + `\b`).MatchString(decl) {
			near = append(near, way)
		}
	}
	var steps []string
	for range 4 + r.IntN(4) {
		at := []string{"a", "b", "c"}[r.IntN(3)]
		var writes []string
		for range 1 + r.IntN(3) {
			ways := sourceWrites
			switch {
			case at == "a" && r.IntN(8) == 0:
				ways = feedWrites
			case len(near) > 0 && r.IntN(5) > 0:
				ways = near
			}
			way := ways[r.IntN(len(ways))]
			cov["write "+strings.SplitN(way, "(", 2)[0]]++
			if strings.Contains(way, "%") {
				way = fmt.Sprintf(way, r.IntN(4))
			}
			writes = append(writes, way)
		}
		steps = append(steps, "at "+at+" { "+strings.Join(writes, " ")+" }")
	}
	if r.IntN(2) == 0 {
		cov["write feed.close"]++
		steps = append(steps, "at a { feed.close() }")
	}
	return steps
}

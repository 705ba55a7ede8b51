package lower_test

import (
	"strings"
	"testing"
)

// TestSpellings: several spellings of one meaning are the same node.
func TestSpellings(t *testing.T) {
	for _, group := range [][]string{
		{
			"s.product(t).filter((a, b) => a == b).map((a, b) => a)",
			"s.product(t).filter(p => p.0 == p.1).map(p => p.0)",
			"s.product(t) |> filter((a, b) => a == b) |> map((a, b) => a)",
			"map(filter(product(s, t), (a, b) => a == b), (a, b) => a)",
			"s.join_by(t, x => x, y => y).map((a, b) => a)",
			"{ a for (a, b) in s.product(t) if a == b }",
			"{ a for a in s, b in t if a == b }",
			"s.flat_map(a => t.filter(b => a == b).map(b => a))",
			"s.flat_map(a => { a for b in t if a == b })",
			"{ p.0 for p in { (a, b) for a in s, b in t } if p.0 == p.1 }",
		},
		{"s.filter(x => x > 2)", "{ x for x in s if x > 2 }", "s |> filter(x => x > 2)"},
		{"s.map(x => x + 1)", "{ x + 1 for x in s }", "s.map(inc)", "s.map(x => inc(x))", "{ inc(x) for x in s }"},
		{"s.filter(x => x > 2).filter(x => x < 5)", "s.filter(x => x > 2 and x < 5)", "{ x for x in s if x > 2 and x < 5 }"},
		{"s | t", "s.union(t)", "union(s, t)"},
		{"s & t", "s.intersection(t)", "s.filter(x => x in t)", "{ x for x in s if t.contains(x) }", "s.filter(x => t.contains(x))"},
		{"s - t", "s.filter(x => x not in t)", "{ x for x in s if not (x in t) }"},
		{"s.filter(x => not (x in t) and x > 1)", "{ x for x in s if x not in t and x > 1 }"},
	} {
		text := "shared s, t: AWSet[Int]\nfn inc(x: Int) -> Int = x + 1\n"
		for i, g := range group {
			text += "let d" + string(rune('a'+i)) + " = " + g + "\n"
		}
		p := compile(t, "spellings.lasp", text)
		for i, l := range p.Lets {
			if l.View.Node != p.Lets[0].View.Node {
				t.Errorf("%s and %s differ:\n%s", group[0], group[i], nodesOf(p))
			}
		}
	}
}

// TestIdentities: what the identity of a firing and of a node depends on, and
// what not.
func TestIdentities(t *testing.T) {
	const base = `shared s: GSet[Int]
shared done: GSet[Int]
param limit: Nat = 3
output out: Int
let big = s.filter(x => x > limit)
when size(big) >= 2 for x in big { done.add(x) emit x to out }
`
	id := func(text string) (handler [16]byte, node [32]byte) {
		p := compile(t, "x.lasp", text)
		return p.Handlers[0].ID, p.Nodes[p.Lets[0].View.Node].Hash
	}
	handler, node := id(base)
	for _, c := range []struct {
		name, text    string
		handler, node bool // stay the same
	}{
		{"a comment and other lines", "// hello\n\n" + base, true, true},
		{"local names", replace(base, "for x in big { done.add(x) emit x to out }", "for n in big { done.add(n) emit n to out }"), true, true},
		{"names in lambdas", replace(base, "x => x > limit", "elem => elem > limit"), true, true},
		{"the spelling of a definition", replace(base, "s.filter(x => x > limit)", "{ y for y in s if y > limit }"), true, true},
		{"the name of a definition", replace(base, "big", "large"), true, true},
		{"the value of a parameter", replace(base, "= 3", "= 4"), true, true},
		{"another cell beside", base + "shared other: GSet[String]\n", true, true},
		{"a definition that it reads", replace(base, "x > limit", "x >= limit"), false, false},
		{"the condition", replace(base, ">= 2", ">= 1"), false, true},
		{"the body", replace(base, "done.add(x)", "done.add(x + 1)"), false, true},
		{"the kind of a cell that it reads", replace(base, "shared s: GSet[Int]", "shared s: GSet[Nat]"), false, false},
		{"the name of a cell that it writes", replace(replace(base, "shared done", "shared over"), "done.add", "over.add"), false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, n := id(c.text)
			if (h == handler) != c.handler {
				t.Errorf("the handler's identity: same is %t", h == handler)
			}
			if (n == node) != c.node {
				t.Errorf("the definition's hash: same is %t", n == node)
			}
		})
	}
}

func replace(s, old, to string) string { return strings.ReplaceAll(s, old, to) }

package conform

import "fmt"

// Expressions of generated programs. A safe one keeps to what can only grow; of
// the others the checker has to find out.

func (g *sourceGen) lit() string { return fmt.Sprint(g.IntN(4)) }

// binds runs body with a new name of data in scope. What the name is drawn from
// is written before.
func (g *sourceGen) binds(prefix string, body func(x string) string) string {
	x := g.name(prefix)
	g.vars = append(g.vars, x)
	text := body(x)
	g.vars = g.vars[:len(g.vars)-1]
	return text
}

// data writes an Int that is fixed where it stands.
func (g *sourceGen) data() string {
	if len(g.vars) == 0 {
		return g.lit()
	}
	x := g.vars[g.IntN(len(g.vars))]
	return g.choose(
		form{"name", func() string { return x }},
		form{"literal", g.lit},
		form{"arithmetic", func() string { return "(" + x + " + " + g.lit() + ") % 5" }},
		form{"if over data", func() string { return "(if " + x + " > " + g.lit() + " then " + x + " else 0)" }},
		form{"match with guard", func() string { return "(match " + x + " { 1 => 4, k if k > 2 => k, _ => 0 })" }},
		form{"match of a variant", func() string { return "(match sized(" + x + ") { Small => 0, Big(by) => by })" }},
		form{"call of a function", func() string { return "dbl(" + x + ") % 5" }},
		form{"generic function", func() string { return "pick(" + x + " > 1, " + x + ", " + g.lit() + ")" }},
		form{"list comprehension", func() string { return "size([ i for i in 1..3 if i > " + x + " ])" }},
		form{"pipe", func() string { return "(" + x + " |> dbl) % 5" }},
	)
}

// test writes a Bool that is fixed where it stands.
func (g *sourceGen) test() string {
	return g.data() + " " + []string{"<", "<=", ">", ">=", "==", "!="}[g.IntN(6)] + " " + g.lit()
}

func (g *sourceGen) set(depth int, safe bool) string {
	if depth <= 0 {
		if len(g.sets) > 0 && g.IntN(3) == 0 {
			return g.sets[g.IntN(len(g.sets))]
		}
		bases := []string{"s", "t", "acc", "s", "gs[1]", "keys(m)", "ever(w)", "{1, 2, 3}", "rr.seen", "rm[1].seen", "keys(rm)"}
		if !safe {
			bases = append(bases, "w", "rw", "tp", "mv", "keys(om)", "oa[1]", "lx.1")
		}
		base := bases[g.IntN(len(bases))]
		g.use("set " + base)
		return base
	}
	sub := func() string { return g.set(depth-1, safe) }
	forms := []form{
		{"|", func() string { return "(" + sub() + " | " + sub() + ")" }},
		{"&", func() string { return "(" + sub() + " & " + sub() + ")" }},
		{"filter", func() string {
			in := sub()
			return g.binds("x", func(x string) string { return in + ".filter(" + x + " => " + g.anyTest(depth-1, safe) + ")" })
		}},
		{"map", func() string {
			in := sub()
			return g.binds("x", func(x string) string { return in + ".map(" + x + " => " + g.data() + ")" })
		}},
		{"flat_map", func() string {
			in := sub()
			return g.binds("x", func(x string) string { return in + ".flat_map(" + x + " => " + g.set(depth-1, safe) + ")" })
		}},
		{"set comprehension", func() string {
			in := sub()
			return g.binds("x", func(x string) string {
				return "{ " + g.data() + " for " + x + " in " + in + " if " + g.anyTest(depth-1, safe) + " }"
			})
		}},
		{"not in what is sealed", func() string {
			in := sub()
			return g.binds("x", func(x string) string {
				return "{ " + x + " for " + x + " in " + in + " if " + x + " not in sealed(" + g.stream(1) + ") }"
			})
		}},
		{"less what is sealed", func() string {
			return g.binds("x", func(x string) string {
				return "{ " + x + " for " + x + " in " + sub() + " - to_set(sealed(" + g.stream(1) + ")) }"
			})
		}},
		{"two generators", func() string {
			in, in2 := sub(), sub()
			return g.binds("x", func(x string) string {
				return g.binds("y", func(y string) string {
					return "{ " + g.data() + " for " + x + " in " + in + ", " + y + " in " + in2 + " if " + x + " <= " + y + " }"
				})
			})
		}},
		{"pairs", func() string { return "{ a for (a, b) in e if b > " + g.lit() + " }" }},
		{"records", func() string { return "{ k.to for k in edges if k.from > " + g.lit() + " }" }},
		{"threshold per key", func() string { return "{ k for (k, v) in " + g.table(depth-1, safe) + " if v >= " + g.lit() + " }" }},
		{"pair in an entry", func() string {
			return "{ k for (k, (v, d)) in { k: (v, k) for (k, v) in m } if v >= two and d > " + g.lit() + " }"
		}},
		{"truth in an entry", func() string { return "{ k for (k, b) in m.map((k, v) => v >= two) if b }" }},
		{"bound entries", func() string { return "{ x % 5 for (k, x) in ivs }" }},
		{"if or nothing", func() string { return "(if " + g.cond(depth-1, safe) + " then " + sub() + " else {})" }},
		{"fold into a set", func() string {
			in := sub()
			return g.binds("x", func(x string) string { return "fold(" + in + ", {}, (all, " + x + ") => all | {" + x + " % 3})" })
		}},
		{"function over sets", func() string { return "evens(" + sub() + ")" }},
		{"group_by", func() string { return sub() + ".group_by(x => x % 2)[1]" }},
		{"semi_join", func() string { return sub() + ".semi_join(" + sub() + ", x => dbl(x), y => dbl(y))" }},
	}
	if !safe {
		forms = append(forms,
			form{"-", func() string { return "(" + sub() + " - " + sub() + ")" }},
			form{"below per key", func() string { return "{ k for (k, v) in " + g.table(depth-1, safe) + " if v < " + g.lit() + " }" }},
			form{"closed truth in an entry", func() string { return "{ k for (k, b) in m.map((k, v) => v >= two) if not b }" }},
			form{"pair in an entry below", func() string { return "{ k for (k, t) in { k: (v, k) for (k, v) in m } if t.0 < two }" }},
			form{"growing element", func() string { return "{" + g.num(depth-1, safe) + "}" }},
			form{"if or else", func() string { return "(if " + g.cond(depth-1, safe) + " then " + sub() + " else " + sub() + ")" }},
			form{"top", func() string { return "to_set(top(" + sub() + ", 2))" }},
			form{"captured as data", func() string { return sub() + ".map(x => x + size(" + g.set(0, safe) + "))" }},
		)
	}
	return g.choose(forms...)
}

// anyTest is a test of an element, which may capture what moves.
func (g *sourceGen) anyTest(depth int, safe bool) string {
	if g.IntN(2) == 0 {
		return g.test()
	}
	g.use("captured test")
	return g.cond(depth, safe)
}

func (g *sourceGen) table(depth int, safe bool) string {
	if depth <= 0 {
		return []string{"m", "tally"}[g.IntN(2)]
	}
	forms := []form{
		{"map comprehension", func() string {
			in := g.set(depth-1, safe)
			return g.binds("x", func(x string) string {
				return "{ " + x + ": " + g.num(depth-1, safe) + " for " + x + " in " + in + " }"
			})
		}},
		{"map of a map", func() string { return "{ k: v + " + g.lit() + " for (k, v) in " + g.table(depth-1, safe) + " }" }},
		{"union of maps", func() string { return "(" + g.table(depth-1, safe) + " | " + g.table(depth-1, safe) + ")" }},
		{"count_by", func() string { return g.set(depth-1, safe) + ".count_by(x => x % 2)" }},
		{"size per key", func() string { return "{ k: size(v) for (k, v) in gs }" }},
		{"field of entries", func() string { return "{ k: r.n for (k, r) in rm }" }},
		{"map filter", func() string { return g.table(depth-1, safe) + ".filter((k, v) => v >= " + g.lit() + ")" }},
	}
	return g.choose(forms...)
}

func (g *sourceGen) num(depth int, safe bool) string {
	if depth <= 0 {
		if len(g.nums) > 0 && g.IntN(3) == 0 {
			return g.nums[g.IntN(len(g.nums))]
		}
		return []string{"n", "cnt", "m[1]", "size(s)", "rr.n", "rm[2].n", "lx.0"}[g.IntN(7)]
	}
	sub := func() string { return g.num(depth-1, safe) }
	return g.choose(
		form{"size", func() string { return "size(" + g.set(depth-1, safe) + ")" }},
		form{"sum of counts", func() string { return "(" + sub() + " + " + sub() + ")" }},
		form{"scaled", func() string { return "(" + sub() + " * 2)" }},
		form{"product of counts", func() string { return "(" + sub() + " * " + sub() + ")" }},
		form{"index", func() string { return g.table(depth-1, safe) + "[" + g.data() + "]" }},
		form{"max of two", func() string { return "max(" + sub() + ", " + sub() + ")" }},
		form{"min of two", func() string { return "min(" + sub() + ", " + sub() + ")" }},
		form{"sum over a map", func() string { return "sum(" + g.table(depth-1, safe) + ")" }},
		form{"number if", func() string { return "(if " + g.cond(depth-1, safe) + " then " + sub() + " else 0)" }},
	)
}

func (g *sourceGen) cond(depth int, safe bool) string {
	if len(g.conds) > 0 && g.IntN(5) == 0 {
		return g.conds[g.IntN(len(g.conds))]
	}
	sub := func() string { return g.cond(depth-1, safe) }
	set := func() string { return g.set(depth-1, safe) }
	forms := []form{
		{"count reaches", func() string { return g.num(depth-1, safe) + " >= " + g.lit() }},
		{"in", func() string { return g.data() + " in " + set() }},
		{"Max reaches", func() string { return "hi > " + g.lit() }},
		{"Min reaches", func() string { return "lo <= " + g.lit() }},
		{"Max meets Min", func() string { return "hi >= lo" }},
		{"not below", func() string { return "not (hi < " + g.lit() + ")" }},
		{"Flag", func() string { return "f" }},
		{"Flag in a map", func() string { return "flags[" + g.data() + "]" }},
		{"superset", func() string { return set() + " >= {" + g.lit() + "}" }},
		{"any", func() string {
			in := set()
			return g.binds("x", func(x string) string { return in + ".any(" + x + " => " + g.test() + ")" })
		}},
		{"list all", func() string { return "[1, 2].all(x => x in " + set() + ")" }},
		{"greatest of a set", func() string { return "max(" + set() + ") >= " + g.lit() }},
		{"least of a set", func() string { return "min(" + set() + ") < " + g.lit() }},
		{"IVar as a truth", func() string { return "{1}.any(u => " + g.ivar() + " >= " + g.lit() + ")" }},
		{"count minus fixed", func() string { return "hi - 1 > " + g.lit() }},
	}
	if depth > 0 {
		forms = append(forms,
			form{"and", func() string { return "(" + sub() + " and " + sub() + ")" }},
			form{"or", func() string { return "(" + sub() + " or " + sub() + ")" }})
	}
	if !safe {
		forms = append(forms,
			form{"not", func() string { return "not (" + g.cond(depth-1, safe) + ")" }},
			form{"not in", func() string { return g.data() + " not in " + set() }},
			form{"count equals", func() string { return g.num(depth-1, safe) + " == " + g.lit() }},
			form{"count below", func() string { return g.num(depth-1, safe) + " < " + g.lit() }},
			form{"PNCounter", func() string { return "pn > " + g.lit() }},
			form{"removable flags", func() string { return "(ew or dw)" }},
			form{"LWW", func() string { return "reg == Some(" + g.lit() + ")" }},
			form{"ORMap entry", func() string { return "om[" + g.data() + "] > 0" }},
			form{"all", func() string { return set() + ".all(x => x > 0)" }},
			form{"subset", func() string { return set() + " <= {1, 2, 3}" }},
			form{"remainder", func() string { return g.num(depth-1, safe) + " % 2 == 0" }},
			form{"difference of counts", func() string { return "hi - " + g.num(depth-1, safe) + " > 0" }},
		)
	}
	return g.choose(forms...)
}

func (g *sourceGen) stream(depth int) string {
	if depth <= 0 {
		return "feed"
	}
	sub := func() string { return g.stream(depth - 1) }
	return g.choose(
		form{"stream", func() string { return "feed" }},
		form{"stream map", func() string { return sub() + ".map(x => x + 1)" }},
		form{"stream filter", func() string { return sub() + ".filter(x => x > " + g.lit() + ")" }},
		form{"scan", func() string { return sub() + ".scan(0, (sum, x) => sum + x)" }},
		form{"take", func() string { return sub() + ".take(2)" }},
		form{"drop", func() string { return sub() + ".drop(1)" }},
		form{"zip", func() string { return sub() + ".zip(" + sub() + ").map((x, y) => x + y)" }},
	)
}

func (g *sourceGen) ivar() string {
	return g.choose(
		form{"IVar", func() string { return "iv" }},
		form{"IVar in a map", func() string { return "ivs[" + g.lit() + "]" }},
		form{"lifted", func() string { return "iv + ivs[1]" }},
		form{"prefix", func() string { return "size(" + g.stream(1) + ".prefix(2))" }},
		form{"sealed stream", func() string { return "size(sealed(" + g.stream(1) + "))" }},
	)
}

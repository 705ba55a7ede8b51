package conform

import "fmt"

// handler writes a handler. What it emits to o and p is stated a second time as
// a definition, which the oracle computes from the cells at the end.
func (g *sourceGen) handler() {
	safe := g.IntN(4) > 0
	id := g.name("c")
	g.next++
	salt := 1000 * g.next // two handlers of one code are one handler
	switch g.IntN(8) {
	case 0:
		g.forElement(id, salt, safe)
	case 1:
		c := g.cond(2, safe)
		g.use("when")
		g.emitting(id, "o", fmt.Sprintf("when %s { emit %d to o%s }", c, salt, g.effects("1")), fmt.Sprintf("{ u: %d for u in {0} if %s }", salt, c))
	case 2:
		g.use("when for")
		in, c := g.table(1, safe), g.lit()
		g.emitting(id, "o", fmt.Sprintf("when v >= %s for (k, v) in %s { emit k + %d to o%s }", c, in, salt, g.effects("k")),
			fmt.Sprintf("{ k: k + %d for (k, v) in %s if v >= %s }", salt, in, c))
	case 3:
		g.use("for pairs")
		c := g.lit()
		g.emitting(id, "p", fmt.Sprintf("for (x, y) in e if x >= %s { emit (x + %d, y) to p%s }", c, salt, g.effects("y")),
			fmt.Sprintf("{ (x, y): (x + %d, y) for (x, y) in e if x >= %s }", salt, c))
	case 4:
		g.use("when bound")
		g.declare(fmt.Sprintf("when bound x = %s { emit \"%d {x}\" to q%s }", g.ivar(), salt, g.effects("x")))
	case 5:
		g.use("for stream")
		append := ""
		if g.IntN(2) == 0 {
			g.use("append")
			append = " squares.append(x * x)"
		}
		g.declare(fmt.Sprintf("for x in %s { emit \"%d {x}\" to q%s%s }", g.stream(2), salt, append, g.effects("x")))
	case 6:
		g.on(salt)
	case 7:
		g.wrong(salt)
	}
}

func (g *sourceGen) forElement(id string, salt int, safe bool) {
	in := g.set(2, safe)
	g.use("for")
	g.binds("x", func(x string) string {
		data, test := g.data(), "true"
		if g.IntN(2) == 0 {
			g.use("for with condition")
			test = g.anyTest(1, safe)
		}
		head := fmt.Sprintf("for %s in %s if %s", x, in, test)
		g.emitting(id, "o", fmt.Sprintf("%s { let y = %s emit y + %d to o%s }", head, data, salt, g.effects(x)),
			fmt.Sprintf("{ %s: %s + %d for %s in %s if %s }", x, data, salt, x, in, test))
		return ""
	})
}

// emitting declares a handler with the definition of what it emits.
func (g *sourceGen) emitting(id, output, handler, check string) {
	if _, ok := g.declare(handler + "\nlet " + id + " = " + check); ok {
		g.out.Checks[output] = append(g.out.Checks[output], id)
	}
}

// effects are further statements of a body over a name of data.
func (g *sourceGen) effects(x string) string {
	text := ""
	for range g.IntN(3) {
		text += " " + g.choose(
			form{"effect add", func() string { return "acc.add(" + x + " % 5)" }},
			form{"effect add_all", func() string { return "acc.add_all([" + x + " % 5, 4])" }},
			form{"effect increment", func() string { return "cnt.increment(2)" }},
			form{"effect in a map", func() string { return "tally[" + x + " % 3].increment()" }},
			form{"effect join", func() string { return "top_seen.join(" + x + ")" }},
			form{"effect on a part", func() string { return "rm[" + x + " % 3].n.increment() rr.seen.add(" + x + " % 5)" }},
			form{"effect enable", func() string { return "flags[" + x + " % 5].enable()" }},
			form{"effect bind", func() string { return "done.bind(7)" }},
			form{"body if", func() string { return "if " + x + " > 1 { cnt.increment() } else { acc.add(0) }" }},
			form{"body for", func() string { return "for i in 1..2 { acc.add(i) }" }},
			form{"body match", func() string { return "match sized(" + x + ") { Small => acc.add(0), Big(b) => acc.add(b % 5) }" }},
		)
	}
	return text
}

// on writes a handler of an event, with what only events may do.
func (g *sourceGen) on(salt int) {
	body := g.choose(
		form{"on grows", func() string { return "s.add(x) gs[x].add(x + 1)" }},
		form{"on removes", func() string { return "w.add(x + 1) w.remove(x)" }},
		form{"on reads and sets", func() string { return "reg.set(match reg { Some(v) => v + x, None => x })" }},
		form{"on decrements", func() string { return "pn.decrement(2) om[x].decrement(1)" }},
		form{"on removes keys", func() string { return "oa[x].add(1) oa.remove(x + 1) om.remove(x)" }},
		form{"on parts", func() string {
			return "rr.seen.add(x) rr.top.join(x) rr.left.decrement(2) rm[x].n.increment() rm[x].seen.add(x + 1)"
		}},
		form{"on lex", func() string { return "lx[2].add(x) lx.0.join(1)" }},
		form{"on peeks", func() string { return "reg.set(peek(size(s), \"a guess\"))" }},
		form{"on facts", func() string { return "if me == \"a\" { t.add(x) } hi.join(x)" }},
		form{"on local", func() string { return "mine.join(1)" }},
	)
	event := []string{"put", "drop_it"}[g.IntN(2)]
	g.use("on")
	g.declare(fmt.Sprintf("on %s(x) { %s emit \"%d {x}\" to q%s }", event, body, salt, g.effects("x")))
}

// wrong writes handlers that the checker has to refuse.
func (g *sourceGen) wrong(salt int) {
	g.declare([]func() string{
		func() string { return fmt.Sprintf("for x in s - t { emit x + %d to o }", salt) },
		func() string { return fmt.Sprintf("for x in w { emit x + %d to o }", salt) },
		func() string { return fmt.Sprintf("when n < 2 and f { emit %d to o }", salt) },
		func() string { return fmt.Sprintf("when size(s) == 2 { emit %d to o }", salt) },
		func() string { return fmt.Sprintf("when f { emit size(s) + %d to o }", salt) },
		func() string { return fmt.Sprintf("for x in s { if x not in t { emit x + %d to o } }", salt) },
		func() string { return fmt.Sprintf("for (k, v) in m { emit v + %d to o }", salt) },
		func() string { return fmt.Sprintf("on put(x) { if n >= 1 { emit x + %d to o } }", salt) },
		func() string { return fmt.Sprintf("on put(x) { emit size(s) + %d to o }", salt) },
		func() string {
			return fmt.Sprintf("for (k, b) in m.map((k, v) => v >= 2) { if b { emit k + %d to o } }", salt)
		},
		func() string { return fmt.Sprintf("when reg == Some(1) { emit %d to o }", salt) },
		func() string { return fmt.Sprintf("when rr.left >= 1 { emit %d to o }", salt) },
		func() string { return fmt.Sprintf("when 1 in lx.1 { emit %d to o }", salt) },
		func() string { return fmt.Sprintf("for x in to_set(top(s, 1)) { emit x + %d to o }", salt) },
	}[g.IntN(14)]())
}

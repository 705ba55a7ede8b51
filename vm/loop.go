package vm

import (
	"slices"

	"github.com/laspc/lasp/lang/value"
)

// A function that gives an element and calls itself with parameters that go up by
// fixed steps is a loop over rows that are known beforehand: the parameters of the
// elements to come are columns, and one batch finds out how many there are and what
// they are.
//
// Such a function is all arithmetic, so it may run ahead of what is wanted: each
// element takes a bounded time, one that fails or ends the stream is where the batch
// stops and is evaluated when somebody wants it. Nobody can tell, but by the time it
// takes; where work is counted it runs by need.

// loop is what is known of such a function.
type loop struct {
	steps []value.Word // by parameter
	rest  *code        // behind an element
	body  *code        // with the element as its result
	head  ref
}

// stride is a loop with the parameters that stay the same.
type stride struct {
	col *column
	off bool // rows do not fit into it
}

// maxAhead is how many elements a loop runs ahead at most: several chunks, since
// filters behind it thin them out. It runs no further ahead than it was asked for
// so far.
const maxAhead = 4 * chunkSize

// findLoops finds the functions of a program that are loops.
func (m *Machine) findLoops() {
	for _, c := range m.funcs {
		c.loop = m.loopOf(c)
	}
}

// loopOf is c as a loop, or nil.
func (m *Machine) loopOf(c *code) *loop {
	at := slices.IndexFunc(c.ins, func(i instr) bool { return i.op == opYield })
	if at < 0 || slices.ContainsFunc(c.ins[at+1:], func(i instr) bool { return i.op == opYield }) {
		return nil
	}
	if slices.ContainsFunc(c.into, func(r ref) bool { return r.bank != bankW }) {
		return nil
	}
	y := c.ins[at]
	if value.Kind(y.d) == value.Invalid {
		return nil
	}
	rest := &c.lambdas[y.b]
	steps := m.stepsOf(c, rest)
	if steps == nil {
		return nil
	}
	body := *c
	body.ins = slices.Clone(c.ins)
	body.ins[at] = instr{op: opEnd}
	return &loop{steps, rest.code, &body, ref{bank: bankW, reg: y.a, kind: value.Kind(y.d)}}
}

// linear is a parameter plus a constant, or a constant where param is negative.
type linear struct {
	param int
	plus  int64
}

// stepsOf is by how much each parameter of c goes up when rest calls c again, or nil
// where that is not all that rest does.
func (m *Machine) stepsOf(c *code, rest *lambda) []value.Word {
	regs := map[int32]linear{}
	for k, from := range rest.from {
		if p := slices.IndexFunc(c.into, func(r ref) bool { return r.reg == from.reg }); p >= 0 && from.bank == bankW {
			regs[rest.code.into[k].reg] = linear{param: p}
		}
	}
	r := rest.code
	for _, k := range r.consts {
		regs[k.reg] = linear{-1, int64(k.word)}
	}
	for _, i := range r.ins {
		switch i.op {
		case opAddInt, opSubInt:
			a, okA := regs[i.b]
			b, okB := regs[i.c]
			sum, ok := add(knownArith(r.calls[i.d].row), a, b)
			if !okA || !okB || !ok {
				return nil
			}
			regs[i.a] = sum
		case opGo:
			if m.funcs[i.c] != c {
				return nil
			}
			return stepsOf(r.calls[i.b].args, regs)
		default:
			return nil
		}
	}
	return nil
}

// add is a sum or a difference with a constant.
func add(k arith, a, b linear) (linear, bool) {
	if k == arithAdd && a.param < 0 {
		a, b = b, a
	}
	if b.param >= 0 || k != arithAdd && k != arithSub {
		return linear{}, false
	}
	n, ok := k.compute(a.plus, b.plus)
	return linear{a.param, n}, ok
}

func stepsOf(args []ref, regs map[int32]linear) []value.Word {
	steps := make([]value.Word, len(args))
	for p, r := range args {
		l, ok := regs[r.reg]
		if !ok || l.param != p || r.bank != bankW {
			return nil
		}
		steps[p] = value.Word(l.plus)
	}
	return steps
}

// strides adds elements a batch at a time, as many as are wanted or some more. It
// adds none where the next element has to be evaluated by itself.
func (g *generator) strides(x *exec, c *chunk, wanted int) (n int, last *chunk) {
	lp := g.code.loop
	if lp == nil || *x.fuel < lookAhead {
		return 0, c
	}
	if x.m.counts == nil {
		wanted = max(wanted, min(g.given, maxAhead))
	}
	if wanted = min(wanted, maxAhead); wanted < batchMin {
		return 0, c
	}
	if g.stride == nil {
		g.stride = lp.stride(x.m, g)
	}
	for n < wanted && !g.stride.off {
		c = c.room(lp.head.kind)
		k := g.batch(x, lp, c, min(wanted-n, chunkSize-c.len()))
		if k == 0 {
			g.stride.off = true
			break
		}
		n += k
	}
	g.given += n
	return n, c
}

// stride makes the loop ready for the present parameters.
func (lp *loop) stride(m *Machine, g *generator) *stride {
	w := newBatcher(m, lp.body)
	var in []ref
	for p, r := range g.code.into {
		if lp.steps[p] == 0 {
			w.consts[r.reg] = constant{g.frame.w[r.reg], true}
		} else {
			in = append(in, r)
		}
	}
	b := w.make(in, []ref{lp.head}, []bool{true})
	if b == nil {
		return &stride{off: true}
	}
	return &stride{col: &column{b: b, kind: lp.head.kind}}
}

// batch adds the next n elements at most to c and moves the parameters behind those
// that there are.
func (g *generator) batch(x *exec, lp *loop, c *chunk, n int) int {
	s, col := &x.m.columns, g.stride.col
	for p, r := range g.code.into {
		if lp.steps[p] != 0 && (r.kind != value.Int || !inRange(int64(g.frame.w[r.reg]), int64(lp.steps[p]), n)) {
			return 0
		}
	}
	s.prepare(col.b, n)
	to := c.tail(n)
	own := s.lend(col, to)
	g.giveParameters(lp, s)
	*x.fuel -= 2 * int64(n)
	if n = 0; s.run(x, col.b) == nil {
		n = s.done()
	}
	col.keep(x, c, to, n, own)
	for p, r := range g.code.into {
		g.frame.w[r.reg] += lp.steps[p] * value.Word(n)
	}
	x.m.counts.unfolded(g.code, n)
	x.m.counts.unfolded(lp.rest, n)
	return n
}

// giveParameters sets the columns of the parameters that are not always the same.
func (g *generator) giveParameters(lp *loop, s *columns) {
	for p, r := range g.code.into {
		step, first := lp.steps[p], g.frame.w[r.reg]
		if step == 0 {
			continue
		}
		to := s.word(r.reg)
		for i := range to {
			to[i] = first
			first += step
		}
	}
}

// inRange reports whether n steps from first stay within 64 bits.
func inRange(first, step int64, n int) bool {
	way, ok := arithMul.compute(step, int64(n))
	if ok {
		_, ok = arithAdd.compute(first, way)
	}
	return ok
}

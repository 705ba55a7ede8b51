package vm

import (
	"slices"

	"github.com/laspc/lasp/lang/value"
)

// column is a function of one word as it runs on the elements of a chunk. What the
// function captured is constant in it.
type column struct {
	b     *batch
	param ref
	kind  value.Kind // of results
}

// column is fn on the elements from p on, or nil where it has to go one by one.
func (fn *function) column(x *exec, p place) *column {
	few := p.known() < batchMin && (p.known() == 0 || fn.cols == nil)
	if fn.plain || p.c.kind == value.Invalid || few {
		return nil
	}
	if fn.cols == nil {
		c := fn.code
		if len(c.into) == fn.from+1 {
			fn.cols = x.m.newColumn(c, fn.held, fn.from, c.into[fn.from], c.out)
		}
		if fn.plain = fn.cols == nil; fn.plain {
			return nil
		}
	}
	if fn.cols.param.kind != p.c.kind {
		return nil
	}
	return fn.cols
}

// newColumn makes code ready that gives a word in out for one in param; its first
// registers, as many as captured, hold what they do in f.
func (m *Machine) newColumn(c *code, f *frame, captured int, param, out ref) *column {
	if param.bank != bankW || out.bank != bankW {
		return nil
	}
	w := newBatcher(m, c)
	for _, r := range c.into[:captured] {
		if r.bank == bankW || r.bank == bankID {
			w.consts[r.reg] = constant{f.w[r.reg], true}
		}
	}
	if b := w.make([]ref{param}, []ref{out}, []bool{true}); b != nil {
		return &column{b, param, out.kind}
	}
	return nil
}

// run evaluates up to limit elements from p on and returns for how many of the
// first ones there is a result.
func (col *column) run(x *exec, p place, limit int) (n int, err error) {
	n = min(p.known(), limit, batchRows)
	if err := x.spend(int64(n)); err != nil || n == 0 {
		return 0, err
	}
	x.m.columns.prepare(col.b, n)
	return col.evaluate(x, p, n)
}

// extend is run whose results are added to c, up to a limit for which there is room.
func (col *column) extend(x *exec, c *chunk, p place, limit int) (n int, err error) {
	n = min(p.known(), limit, batchRows)
	if err := x.spend(int64(n)); err != nil || n == 0 {
		return 0, err
	}
	x.m.columns.prepare(col.b, n)
	to := c.tail(n)
	own := x.m.columns.lend(col, to)
	n, err = col.evaluate(x, p, n)
	col.keep(x, c, to, n, own)
	return n, err
}

// lend lets a column compute its results in other memory, if it computes them in
// words at all, and returns the memory of its own.
func (s *columns) lend(col *column, to []value.Word) (own []value.Word) {
	if o := col.b.outs[0]; o.from == outWord {
		own, s.words[o.reg] = s.words[o.reg], to
	}
	return own
}

// keep adds the first n results to c, which lent to for them.
func (col *column) keep(x *exec, c *chunk, to []value.Word, n int, own []value.Word) {
	o := col.b.outs[0]
	if o.from != outWord {
		copy(to, col.results(x, n))
	} else {
		x.m.columns.words[o.reg] = own
	}
	c.words = c.words[:len(c.words)+n]
}

// evaluate is run once there is room.
func (col *column) evaluate(x *exec, p place, n int) (done int, err error) {
	s := &x.m.columns
	s.give(col.param, p.c.words[p.i:p.i+n])
	if err := s.run(x, col.b); err != nil {
		return 0, err
	}
	return s.done(), nil
}

// give sets the column of a parameter.
func (s *columns) give(r ref, words []value.Word) {
	if r.kind != value.Bool {
		copy(s.word(r.reg), words)
		return
	}
	to := s.truth(r.reg)
	for i, w := range words {
		to[i] = byte(w)
	}
}

// done is how many of the first rows are done.
func (s *columns) done() int {
	if !s.leaves {
		return s.n
	}
	return slices.Index(s.left, 1)
}

// results are the first n results of the last run, valid until the next one.
func (col *column) results(x *exec, n int) []value.Word {
	s, o := &x.m.columns, col.b.outs[0]
	if o.from == outWord {
		return s.word(o.reg)[:n]
	}
	for len(s.extra) < n {
		s.extra = append(s.extra, 0)
	}
	for i := range n {
		if s.extra[i] = o.word; o.from == outTruth {
			s.extra[i] = value.Word(s.truth(o.reg)[i])
		}
	}
	return s.extra[:n]
}

// truths are the first n results of the last run as truth values.
func (col *column) truths(x *exec, n int) []byte {
	s, o := &x.m.columns, col.b.outs[0]
	if o.from == outTruth {
		return s.truth(o.reg)[:n]
	}
	for i, w := range col.results(x, n) {
		s.mask[i] = byte(w)
	}
	return s.mask[:n]
}

// fold is a function of a word and the next one, as a scan applies it.
type fold struct {
	acc, elem, out ref
	// sum says that the result is the sum of the accumulator and term of the element,
	// or of the element itself where term is nil.
	sum  bool
	term *column
	// cheap says that the function is all arithmetic and may run ahead.
	cheap bool
}

// newFold makes fn ready for a scan, or returns nil where it works on other values.
func (m *Machine) newFold(fn *function) *fold {
	c := fn.code
	if len(c.into) != fn.from+2 {
		return nil
	}
	f := &fold{acc: c.into[fn.from], elem: c.into[fn.from+1], out: c.out}
	if f.acc.bank != bankW || f.elem.bank != bankW || f.out.bank != bankW || f.out.kind != f.acc.kind {
		return nil
	}
	f.cheap = !slices.ContainsFunc(c.ins, func(i instr) bool { return !i.op.onWords() })
	last := len(c.ins) - 1
	if last < 0 || c.ins[last].op != opAddInt || c.ins[last].a != f.out.reg {
		return f
	}
	other := c.ins[last].b
	if other == f.acc.reg {
		other = c.ins[last].c
	} else if c.ins[last].c != f.acc.reg {
		return f
	}
	if other == f.elem.reg {
		f.sum = last == 0
		return f
	}
	if slices.ContainsFunc(c.ins[:last], func(i instr) bool {
		return !i.op.isArith() || i.b == f.acc.reg || i.c == f.acc.reg
	}) {
		return f
	}
	d := *c
	d.ins, d.pos = c.ins[:last], c.pos[:last]
	f.term = m.newColumn(&d, fn.held, fn.from, f.elem, ref{bank: bankW, reg: other, kind: f.out.kind})
	f.sum = f.term != nil
	return f
}

// column goes through elements that are known, until one fails.
func (s *scanned) column(x *exec, c **chunk, wanted int) (n int, err error) {
	fn := s.f.fn
	if !s.ready {
		s.ready, s.fold = true, x.m.newFold(fn)
	}
	if s.src.c.kind == value.Invalid || fn.busy || s.fold == nil {
		return 0, nil
	}
	if s.fold.elem.kind != s.src.c.kind || s.fold.acc.kind != s.acc.Kind() {
		return 0, nil
	}
	*c = (*c).room(s.fold.out.kind)
	acc := value.RawWord(s.acc)
	limit := min(s.src.known(), chunkSize-(*c).len())
	if limit = min(limit, x.most(wanted)); !s.fold.cheap {
		limit = min(limit, wanted)
	}
	before := (*c).len()
	if s.fold.sum {
		acc, err = s.sums(x, *c, acc, limit)
	} else {
		acc, err = s.steps(x, *c, acc, limit)
	}
	if n = (*c).len() - before; n > 0 {
		s.acc = value.FromRaw(s.fold.out.kind, acc)
		s.src.i, s.f.failed = s.src.i+n, 0
		x.m.counts.looked(n)
	}
	return n, err
}

// sums adds up elements, or what is made of them.
func (s *scanned) sums(x *exec, c *chunk, acc value.Word, limit int) (value.Word, error) {
	terms := s.src.c.words[s.src.i : s.src.i+limit]
	if s.fold.term == nil {
		if err := x.spend(int64(limit)); err != nil {
			return acc, err
		}
	} else {
		n, err := s.fold.term.run(x, s.src, limit)
		if err != nil {
			return acc, err
		}
		terms = s.fold.term.results(x, n)
	}
	to := c.tail(len(terms))
	for i, y := range terms {
		n := acc + y
		if int64((acc^n)&(y^n)) < 0 {
			to = to[:i]
			break
		}
		acc = n
		to[i] = acc
	}
	c.words = c.words[:len(c.words)+len(to)]
	return acc, nil
}

// steps applies the function to one element after the other. An error is left to
// who evaluates the element again.
func (s *scanned) steps(x *exec, c *chunk, acc value.Word, limit int) (value.Word, error) {
	fn, f := s.f.fn, s.f.fn.held
	for _, y := range s.src.c.words[s.src.i : s.src.i+limit] {
		f.w[s.fold.acc.reg], f.w[s.fold.elem.reg] = acc, y
		if err := x.run(fn.code, f); passing(err) {
			return acc, err
		} else if err != nil {
			break
		}
		acc = f.w[s.fold.out.reg]
		c.words = append(c.words, acc)
	}
	return acc, nil
}

package vm

import (
	"slices"

	"github.com/laspc/lasp/lang/value"
)

// memo remembers, for each interned value, the result of code that depends on
// nothing else. Texts repeat: in a column of a million there are thousands, and a
// question about one is asked once. Ids are dense, so it is an array.
type memo struct {
	code  *code // gives the result in W[out] for the id in W[id]
	id    int32
	out   int32
	frame *frame
	known []uint8 // by id
	words []value.Word
}

// States of a result in known: a result that is a truth value needs no word. Those
// that are a result are from 2 on, and the lowest bit of them is its truth.
const (
	memoUnknown uint8 = iota
	memoFails
	memoFalse
	memoTrue // and any other word
)

// call makes a call of a library row ready: of constants and one interned value,
// whose result becomes a word at once.
func (w *batcher) call(pc int) int {
	i := w.c.ins[pc]
	s := sym{kind: symOf, id: -1}
	for _, r := range w.c.calls[i.b].args {
		a, ok := w.syms[r.reg]
		if r.bank != bankV || !ok || a.kind == symOther || a.kind != symConst && s.id >= 0 && s.id != a.id {
			return w.leave()
		}
		if a.kind != symConst {
			s.id = a.id
		}
		s.parts = append(s.parts, a.parts...)
	}
	s.parts = append(s.parts, pc)
	if s.id < 0 || pc+1 == len(w.c.ins) {
		return w.leave()
	}
	slices.Sort(s.parts)
	s.parts = slices.Compact(s.parts)
	w.learn(i.a, s)
	next := pc + 1
	for w.c.ins[next].op == opConstV && next+1 < len(w.c.ins) { // of the call around this one
		w.instr(next)
		next++
	}
	switch n := w.c.ins[next]; {
	case n.op == opUnbox && n.b == i.a:
		w.remember(s, next, n)
		return next + 1 - pc
	case n.op == opCall && slices.ContainsFunc(w.c.calls[n.b].args, func(r ref) bool { return r.bank == bankV && r.reg == i.a }):
		return next - pc // goes into the other one
	}
	return w.leave()
}

// remember makes the lane of a memo, whose last instruction is at unbox.
func (w *batcher) remember(s sym, unbox int, n instr) {
	c := *w.c
	c.ins, c.pos = nil, nil
	for _, pc := range append(s.parts, unbox) {
		c.ins, c.pos = append(c.ins, w.c.ins[pc]), append(c.pos, w.c.pos[pc])
	}
	l := lane{op: laneMemo, a: n.a, b: w.words(s.id), memo: &memo{code: &c, id: s.id, out: n.a, frame: c.frame()}}
	if w.truth[n.a] {
		l.op = laneMemoTruth
	}
	w.emit(l)
}

// grow makes room for all ids of the interner.
func (o *memo) grow(n int, truth bool) {
	if n <= len(o.known) {
		return
	}
	o.known = append(o.known, make([]uint8, n-len(o.known)+n/4)...)
	if !truth {
		o.words = append(o.words, make([]value.Word, len(o.known)-len(o.words))...)
	}
}

// find evaluates the code for an id that was not seen before.
func (o *memo) find(x *exec, id value.Word) (state uint8, err error) {
	o.frame.w[o.id] = id
	err = x.run(o.code, o.frame)
	switch {
	case passing(err):
		return memoUnknown, err
	case err != nil:
		state = memoFails
	case o.frame.w[o.out] == 0:
		state = memoFalse
	default:
		state = memoTrue
	}
	o.known[id] = state
	if o.words != nil {
		o.words[id] = o.frame.w[o.out]
	}
	return state, nil
}

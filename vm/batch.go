package vm

import (
	"math/big"
	"slices"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Code for rows runs a column at a time where there are many rows: each
// instruction goes over a column of words before the next one begins, so that what
// an instruction costs to find out and to jump to is paid once for a batch.
//
// Code jumps forwards only. So the rows that are under way are a mask, a byte a
// row; a jump takes rows out of it, and where the jump lands they come back.
// Instructions compute all rows, also those that are elsewhere, since that is
// faster than to ask, and look at the mask only when a result is wrong.
//
// What columns cannot do is left to the code for rows: a row that fails, or that
// comes to an instruction on values that are no words, leaves the batch and is
// evaluated by itself. So batches give what rows give, also in their errors. A part
// of the code that depends on one interned value alone, such as a question about a
// text, is not such an instruction: it is evaluated once for each value (memo.go).

// batchRows is how many rows a batch has at most: few enough for the columns of
// code to lie in the nearest cache. It is a multiple of 8, see mask.go.
const batchRows = 1024

// batchMin is from how many rows on a batch is faster than rows.
const batchMin = 4

// batch is code for rows as it runs on columns.
type batch struct {
	lanes []lane
	loads []fetched // columns of the input that lanes read
	outs  []outCol
	jumps int // places where jumps land
	// straight says that all lanes are arithmetic: no row goes another way.
	straight bool
	size     int // registers
	width    int // of the input
}

// fetched brings a column of the input into the register of the same number.
type fetched struct {
	col   int32
	truth bool
}

// outCol is where a column of the result comes from.
type outCol struct {
	from outSource
	reg  int32 // or the column of the input
	word value.Word
}

type outSource uint8

const (
	outInput outSource = iota
	outWord
	outTruth
	outConst
)

// laneOp is an instruction on columns. Truth values are columns of bytes.
type laneOp uint8

const (
	laneArith    laneOp = iota // word a = word b, word c
	laneArithK                 // word a = word b, k
	laneLinear                 // word a = word b * k + add
	laneInts                   // the same by the row of the library
	laneFloats                 // the same of numbers
	laneCmp                    // truth a = order of word b and word c in mask
	laneCmpK                   // truth a = order of word b and k in mask
	laneCmpRange               // the same, where word b is in range
	laneDivides                // truth a = by divides word b, or does not where not is 1
	laneCmpFloat               // of the numbers in word b and word c
	laneSame                   // truth a = word b is word c, or is not when mask is 0
	laneSameK
	laneFill       // word a = k
	laneWiden      // word a = truth b
	laneMove       // word a = word b
	laneMoveK      // word a = k
	laneMoveTruth  // truth a = truth b
	laneMoveTruthK // truth a = k
	laneMemo       // word a = memo of word b
	laneMemoTruth  // truth a = memo of word b
	laneJump       // to landing a
	laneJumpNot    // to landing a unless truth b
	laneKeep       // goes on unless truth b, and drops the row
	laneLand       // landing a
	laneDrop       // the rows
	laneEnd        // the rows are done
	laneLeave      // to the code for rows
)

// lane is one instruction on columns.
type lane struct {
	op      laneOp
	arith   arith
	mask    int32
	a, b, c int32
	k, add  value.Word
	lo      uint64 // of word b, from where on arithmetic with k has a result
	span    uint64 // and for how many more
	by      divisor
	not     byte
	times   *big.Int // of laneLinear: k and add as they are
	plus    *big.Int
	row     *op.Row
	memo    *memo
}

// sym is what is known of a register of values while code is made ready.
type sym struct {
	kind  symKind
	id    int32 // the register of the interned value
	val   value.Value
	parts []int // instructions that make it from the interned value
}

type symKind uint8

const (
	symOther symKind = iota
	symConst         // val
	symText          // the interned value itself
	symOf            // made of the interned value by parts
)

// constant is what a register holds in all rows, if ok.
type constant struct {
	word value.Word
	ok   bool
}

// batcher makes code ready.
type batcher struct {
	m       *Machine
	c       *code
	b       *batch
	truth   []bool          // by register of words
	consts  []constant      // by register of words
	syms    map[int32]sym   // nil as long as there is none
	lands   map[int32]int32 // landings by instruction, nil as long as there is none
	used    []bool
	forked  bool // some rows may have jumped
	useless bool // the first rows to come would already leave
}

// newBatch makes code for rows of columns in ready for batches. It returns nil
// where that is of no use.
func (m *Machine) newBatch(c *code, in []*types.Type, raw []bool) *batch {
	w := newBatcher(m, c)
	w.b.width = len(in)
	refs := make([]ref, len(in))
	for i, t := range in {
		refs[i].reg = int32(i)
		refs[i].kind, _ = t.RawKind()
	}
	b := w.make(refs, c.outs, raw)
	for i := range in {
		if b != nil && w.used[i] {
			b.loads = append(b.loads, fetched{int32(i), w.truth[i]})
		}
	}
	return b
}

func newBatcher(m *Machine, c *code) *batcher {
	return &batcher{m: m, c: c, b: &batch{lanes: make([]lane, 0, len(c.ins))}, consts: make([]constant, c.size[bankW])}
}

// make makes the code ready with the given registers of input and results. It
// returns nil where that is of no use.
func (w *batcher) make(in, outs []ref, raw []bool) *batch {
	c := w.c
	w.findTruths(in)
	w.used = make([]bool, len(w.truth))
	for pc := 0; pc < len(c.ins) && !w.useless; {
		if at, ok := w.lands[int32(pc)]; ok {
			w.emit(lane{op: laneLand, a: at})
		}
		pc += w.instr(pc)
	}
	if at, ok := w.lands[int32(len(c.ins))]; ok {
		w.emit(lane{op: laneLand, a: at})
	}
	if w.useless {
		return nil
	}
	for i, r := range outs {
		if !w.out(r, raw[i]) {
			return nil
		}
	}
	w.fuse()
	w.b.size = len(w.truth)
	w.b.straight = !slices.ContainsFunc(w.b.lanes, func(l lane) bool { return l.op >= laneMemo })
	return w.b
}

// findTruths finds the registers of words that hold truth values.
func (w *batcher) findTruths(in []ref) {
	w.truth = make([]bool, w.c.size[bankW])
	for _, r := range in {
		w.truth[r.reg] = r.kind == value.Bool
	}
	for _, i := range w.c.ins {
		switch i.op {
		case opCmpInt, opCmpFloat, opSameW, opCmpV, opIsCtor, opIsLen, opHas:
			w.truth[i.a] = true
		case opJumpNot:
			w.truth[i.b] = true
		}
	}
	for _, k := range w.c.consts {
		w.consts[k.reg] = constant{k.word, true}
	}
	for again := true; again; {
		again = false
		for _, i := range w.c.ins {
			if i.op == opMoveW && w.truth[i.a] != w.truth[i.b] {
				w.truth[i.a], w.truth[i.b], again = true, true, true
			}
		}
	}
}

func (w *batcher) emit(l lane) { w.b.lanes = append(w.b.lanes, l) }

// temp is a register for a column of words.
func (w *batcher) temp() int32 {
	w.truth, w.used = append(w.truth, false), append(w.used, false)
	w.consts = append(w.consts, constant{})
	return int32(len(w.truth) - 1)
}

// words is the register of a column of words with the content of r.
func (w *batcher) words(r int32) int32 {
	w.used[r] = true
	if k := w.consts[r]; k.ok {
		t := w.temp()
		w.emit(lane{op: laneFill, a: t, k: k.word})
		return t
	}
	if w.truth[r] {
		t := w.temp()
		w.emit(lane{op: laneWiden, a: t, b: r})
		return t
	}
	return r
}

// landing is where a jump to an instruction goes.
func (w *batcher) landing(pc int32) int32 {
	at, ok := w.lands[pc]
	if !ok {
		at = int32(w.b.jumps)
		if w.lands == nil {
			w.lands = map[int32]int32{}
		}
		w.lands[pc] = at
		w.b.jumps++
	}
	w.forked = true
	return at
}

// leave lets the rows that come here be evaluated by themselves.
func (w *batcher) leave() int {
	w.useless = w.useless || !w.forked
	w.emit(lane{op: laneLeave})
	return 1
}

// instr makes an instruction ready and returns how many it took.
func (w *batcher) instr(pc int) int {
	i := w.c.ins[pc]
	switch i.op {
	case opConstV:
		w.learn(i.a, sym{kind: symConst, val: w.c.vals[i.b], parts: []int{pc}})
	case opDecode:
		w.learn(i.a, sym{kind: symText, id: i.b, parts: []int{pc}})
	case opBox, opMoveV:
		delete(w.syms, i.a)
	case opMoveW:
		w.move(i)
	case opJump:
		w.emit(lane{op: laneJump, a: w.landing(i.a)})
	case opJumpNot:
		w.jumpNot(i)
	case opUnless:
		t := w.temp()
		w.truth[t] = true
		w.compare(instr{op: opCmpInt, a: t, b: i.b, c: i.c, d: i.d})
		w.jumpNot(instr{op: opJumpNot, a: i.a, b: t})
	case opEnd:
		w.emit(lane{op: laneEnd})
	case opDrop:
		w.emit(lane{op: laneDrop})
	case opInts, opAddInt, opSubInt, opMulInt, opDivInt, opModInt:
		w.arith(i)
	case opFloats:
		w.emit(lane{op: laneFloats, a: i.a, b: w.words(i.b), c: w.words(i.c), row: w.c.calls[i.d].row})
	case opCmpInt:
		w.compare(i)
	case opCmpFloat:
		w.emit(lane{op: laneCmpFloat, a: i.a, b: w.words(i.b), c: w.words(i.c), mask: i.d})
	case opSameW:
		w.same(i)
	case opCall:
		return w.call(pc)
	default:
		return w.leave()
	}
	return 1
}

func (w *batcher) learn(r int32, s sym) {
	if w.syms == nil {
		w.syms = map[int32]sym{}
	}
	w.syms[r] = s
}

func (w *batcher) move(i instr) {
	k := w.consts[i.b]
	l := lane{op: laneMove, a: i.a, b: i.b, k: k.word}
	switch {
	case w.truth[i.a] && k.ok:
		l.op = laneMoveTruthK
	case w.truth[i.a]:
		l.op = laneMoveTruth
	case k.ok:
		l.op = laneMoveK
	}
	w.used[i.b] = true
	w.emit(l)
}

func (w *batcher) jumpNot(i instr) {
	if k := w.consts[i.b]; k.ok {
		if k.word == 0 {
			w.emit(lane{op: laneJump, a: w.landing(i.a)})
		}
		return
	}
	w.used[i.b] = true
	if int(i.a) < len(w.c.ins) && w.c.ins[i.a].op == opDrop {
		w.forked = true
		w.emit(lane{op: laneKeep, b: i.b})
		return
	}
	w.emit(lane{op: laneJumpNot, a: w.landing(i.a), b: i.b})
}

// arith prefers arithmetic with a constant.
func (w *batcher) arith(i instr) {
	row := w.c.calls[i.d].row
	l := lane{op: laneArith, arith: knownArith(row), a: i.a, row: row}
	b, c := i.b, i.c
	if w.consts[b].ok && !w.consts[c].ok && (l.arith == arithAdd || l.arith == arithMul) {
		b, c = c, b
	}
	k, isConst := w.consts[c].word, w.consts[c].ok
	if l.arith == unknownArith {
		l.op = laneInts
	}
	lo, hi, ok := l.arith.within(int64(k))
	division := l.arith == arithDiv || l.arith == arithMod
	if isConst && ok && l.op == laneArith && (!division || k >= 2) {
		l.op, l.k, l.lo, l.span = laneArithK, k, uint64(lo), uint64(hi)-uint64(lo)
		if division {
			l.by = newDivisor(int64(k))
		}
		l.b = w.words(b)
		w.emit(l)
		return
	}
	l.b, l.c = w.words(b), w.words(c)
	w.emit(l)
}

func (w *batcher) compare(i instr) {
	l := lane{op: laneCmp, a: i.a, mask: i.d}
	b, c := i.b, i.c
	if w.consts[b].ok {
		b, c = c, b
		l.mask = mirrored(l.mask)
	}
	if k := w.consts[c]; k.ok {
		l.op, l.k, l.b = laneCmpK, k.word, w.words(b)
	} else {
		l.b, l.c = w.words(b), w.words(c)
	}
	w.emit(l)
}

func (w *batcher) same(i instr) {
	w.emit(lane{op: laneSame, a: i.a, b: w.words(i.b), c: w.words(i.c), mask: i.d})
}

// out finds where a column of the result comes from; ok is false where a column
// does not hold it.
func (w *batcher) out(r ref, raw bool) (ok bool) {
	o := outCol{from: outWord, reg: r.reg}
	switch {
	case r.bank == bankV && !raw:
		s := w.syms[r.reg]
		switch {
		case s.kind == symConst && !isBottom(s.val):
			o.from, o.word = outConst, w.m.word(s.val, false)
		case s.kind == symText:
			w.b.outs = append(w.b.outs, outCol{from: outInput, reg: s.id})
			return int(s.id) < w.b.width
		default:
			return false
		}
	case r.bank != bankW && r.bank != bankID || (r.bank == bankW) != raw:
		return false
	default:
		k := w.consts[r.reg]
		switch {
		case k.ok:
			o.from, o.word = outConst, k.word
		case int(r.reg) < w.b.width:
			o.from = outInput
		case w.truth[r.reg]:
			o.from = outTruth
		}
	}
	w.b.outs = append(w.b.outs, o)
	return true
}

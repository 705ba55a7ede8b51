package vm

import (
	"github.com/laspc/lasp/lang/value"
)

// columns are the registers of batches. A machine has one set, since no batch
// begins within another.
type columns struct {
	words  [][]value.Word
	truths [][]byte
	lands  [][]byte // rows that wait at landings
	n      int      // rows of the present batch
	mask   []byte   // that are under way
	some   bool     // there are such
	kept   []byte   // that are done
	left   []byte   // that leave
	leaves bool     // there are such
	fresh  bool     // the masks are those of this batch
	extra  []value.Word
}

// prepare makes room for a batch of n rows and puts all of them under way.
func (s *columns) prepare(b *batch, n int) {
	for len(s.words) < b.size {
		s.words, s.truths = append(s.words, nil), append(s.truths, nil)
	}
	for len(s.lands) < b.jumps {
		s.lands = append(s.lands, make([]byte, batchRows))
	}
	if s.kept == nil {
		s.mask, s.kept, s.left = make([]byte, batchRows), make([]byte, batchRows), make([]byte, batchRows)
	}
	s.n, s.some, s.leaves, s.fresh = n, true, false, false
	up := (n + 7) &^ 7
	s.mask, s.kept, s.left = s.mask[:up], s.kept[:up], s.left[:up]
	if !b.straight {
		s.freshen()
	}
	for i := range b.jumps {
		s.lands[i] = s.lands[i][:up]
		clear(s.lands[i])
	}
}

// freshen puts all rows under way: of straight code not before one fails.
func (s *columns) freshen() {
	copy(s.mask, allRows[:s.n])
	clear(s.mask[s.n:])
	clear(s.kept)
	clear(s.left)
	s.fresh = true
}

var allRows = func() (m [batchRows]byte) {
	for i := range m {
		m[i] = 1
	}
	return m
}()

// word is the column of a register, for the rows of this batch.
func (s *columns) word(r int32) []value.Word {
	if s.words[r] == nil {
		s.words[r] = make([]value.Word, batchRows)
	}
	return s.words[r][:s.n]
}

// input is the column of a register, for as many rows as a batch may have: it may be
// filled before the batch is prepared.
func (s *columns) input(r int32) []value.Word {
	for int(r) >= len(s.words) {
		s.words, s.truths = append(s.words, nil), append(s.truths, nil)
	}
	if s.words[r] == nil {
		s.words[r] = make([]value.Word, batchRows)
	}
	return s.words[r]
}

// result is a column of the result, for the rows of this batch; it is made in buf
// where no register holds it.
func (s *columns) result(o outCol, buf *[]value.Word) []value.Word {
	if o.from == outInput || o.from == outWord {
		return s.input(o.reg)[:s.n]
	}
	if *buf == nil {
		*buf = make([]value.Word, batchRows)
	}
	to := (*buf)[:s.n]
	for i := range to {
		if to[i] = o.word; o.from == outTruth {
			to[i] = value.Word(s.truth(o.reg)[i])
		}
	}
	return to
}

// truth is the column of a register of truth values, up to a multiple of 8.
func (s *columns) truth(r int32) []byte {
	if s.truths[r] == nil {
		s.truths[r] = make([]byte, batchRows)
	}
	return s.truths[r][:len(s.mask)]
}

// fetch brings in the columns of the input that lanes read.
func (s *columns) fetch(b *batch, rows []value.Word) {
	for _, l := range b.loads {
		if l.truth {
			to := s.truth(l.col)
			for i, at := 0, int(l.col); i < s.n; i, at = i+1, at+b.width {
				to[i] = byte(rows[at])
			}
			continue
		}
		to := s.word(l.col)
		for i, at := 0, int(l.col); i < len(to); i, at = i+1, at+b.width {
			to[i] = rows[at]
		}
	}
}

// run executes the lanes of b. After it kept are the rows with a result and left
// those that are to be evaluated by themselves.
func (s *columns) run(x *exec, b *batch) error {
	if b.straight {
		for k := range b.lanes {
			s.compute(&b.lanes[k])
		}
		if s.fresh {
			s.part(s.kept)
		}
		return nil
	}
	for k := range b.lanes {
		l := &b.lanes[k]
		if l.op == laneLand {
			moveMask(s.mask, s.lands[l.a])
			s.some = s.some || someMask(s.mask)
			continue
		}
		if !s.some {
			continue
		}
		switch l.op {
		case laneJump:
			s.part(s.lands[l.a])
		case laneJumpNot:
			s.some = splitMask(s.mask, s.truth(l.b), s.lands[l.a])
		case laneKeep:
			s.some = keepMask(s.mask, s.truth(l.b))
		case laneDrop:
			clear(s.mask)
			s.some = false
		case laneEnd:
			s.part(s.kept)
		case laneLeave:
			s.part(s.left)
			s.leaves = true
		case laneMemo, laneMemoTruth:
			if err := s.remember(x, l); err != nil {
				return err
			}
		default:
			s.compute(l)
		}
	}
	s.part(s.kept)
	return nil
}

// part takes all rows that are under way elsewhere.
func (s *columns) part(to []byte) {
	moveMask(to, s.mask)
	s.some = false
}

// compute executes a lane that fills a column.
func (s *columns) compute(l *lane) {
	switch l.op {
	case laneArithK:
		if l.arithWithK(s.word(l.a), s.word(l.b)) {
			s.fail(l)
		}
	case laneArith:
		if l.arithOf(s.word(l.a), s.word(l.b), s.word(l.c)) {
			s.fail(l)
		}
	case laneInts, laneFloats:
		s.word(l.a)
		s.fail(l)
	case laneCmpK:
		compareK(s.truth(l.a), s.word(l.b), int64(l.k), l.mask)
	case laneLinear:
		if l.linear(s.word(l.a), s.word(l.b)) {
			s.fail(l)
		}
	case laneCmpRange:
		if l.compareRange(s.truth(l.a), s.word(l.b)) {
			s.fail(l)
		}
	case laneDivides:
		l.divides(s.truth(l.a), s.word(l.b))
	case laneCmp:
		compareWords(s.truth(l.a), s.word(l.b), s.word(l.c), l.mask)
	case laneCmpFloat:
		compareFloats(s.truth(l.a), s.word(l.b), s.word(l.c), l.mask)
	case laneSame:
		same := [2]int32{isLess | isGreater, isEqual}
		compareWords(s.truth(l.a), s.word(l.b), s.word(l.c), same[l.mask])
	case laneFill:
		for i, a := 0, s.word(l.a); i < len(a); i++ {
			a[i] = l.k
		}
	case laneWiden:
		for i, x := range s.truth(l.b)[:s.n] {
			s.word(l.a)[i] = value.Word(x)
		}
	case laneMove:
		blend(s.word(l.a), s.word(l.b), s.mask)
	case laneMoveK:
		blendK(s.word(l.a), l.k, s.mask)
	case laneMoveTruth:
		blendTruths(s.truth(l.a), s.truth(l.b), s.mask)
	case laneMoveTruthK:
		blendTruthK(s.truth(l.a), l.k, s.mask)
	}
}

// fail lets the rows leave for which a lane has no result.
func (s *columns) fail(l *lane) {
	if !s.fresh {
		s.freshen()
	}
	for i, on := range s.mask[:s.n] {
		if on != 0 && l.fails(s.words, i) {
			s.mask[i], s.left[i], s.leaves = 0, 1, true
		}
	}
	s.some = someMask(s.mask)
}

// remember looks results up by the ids in a column, for the rows under way.
func (s *columns) remember(x *exec, l *lane) error {
	if err := x.spend(countMask(s.mask)); err != nil {
		return err
	}
	l.memo.grow(x.m.in.Len(), l.op == laneMemoTruth)
	ids, missing := s.word(l.b), byte(0)
	if l.op == laneMemoTruth {
		missing = l.memo.truths(s.truth(l.a), ids, s.mask)
	} else {
		missing = l.memo.results(s.word(l.a), ids, s.mask)
	}
	if missing == 0 {
		return nil
	}
	return s.findMissing(x, l, ids)
}

// truths looks up truth values; the result is not 0 where one is missing or fails of
// a row under way. Rows that are elsewhere are looked up too, which costs less than
// to ask.
func (o *memo) truths(to []byte, ids []value.Word, mask []byte) (missing byte) {
	to, mask = to[:len(ids)], mask[:len(ids)]
	for i, id := range ids {
		state := o.known[id]
		to[i] = state & 1
		missing |= mask[i] &^ (state >> 1)
	}
	return missing
}

// results does the same for words.
func (o *memo) results(to, ids []value.Word, mask []byte) (missing byte) {
	to, mask = to[:len(ids)], mask[:len(ids)]
	for i, id := range ids {
		to[i] = o.words[id]
		missing |= mask[i] &^ (o.known[id] >> 1)
	}
	return missing
}

// findMissing evaluates what was not asked before; rows of values that fail leave.
func (s *columns) findMissing(x *exec, l *lane, ids []value.Word) error {
	failed := false
	for i, id := range ids {
		if s.mask[i] == 0 {
			continue
		}
		state := l.memo.known[id]
		if state == memoUnknown {
			var err error
			if state, err = l.memo.find(x, id); err != nil {
				return err
			}
		}
		switch {
		case state == memoFails:
			s.mask[i], s.left[i], failed = 0, 1, true
		case l.op == laneMemo:
			s.word(l.a)[i] = l.memo.words[id]
		default:
			s.truth(l.a)[i] = state & 1
		}
	}
	if failed {
		s.leaves, s.some = true, someMask(s.mask)
	}
	return nil
}

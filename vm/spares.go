package vm

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
)

// Most stages of streams are read by one stage that walks on, and what it has passed
// nobody will look at again. The words of such chunks are taken for the chunks to
// come, so a stream of a million elements is computed in a handful of chunks that
// stay in the cache, and there is nothing to collect.
//
// That nobody else reads a chunk is known where the stream is made in the very place
// where it is read: the argument of a stage that is itself a stage, a call, or the
// view of a fleeting stream. Then the chunk is single, and the stage that takes it up
// makes it sole; chunks that are added behind it are, too. It stops being so where
// the stream is handed out again, or where one that others may read goes on as it.
type spares struct {
	words [][]value.Word
}

// maxSpares bounds the chunks that are kept for later.
const maxSpares = 64

// take is memory for the words of a chunk.
func (s *spares) take() []value.Word {
	if s == nil || len(s.words) == 0 {
		return make([]value.Word, 0, chunkSize)
	}
	last := len(s.words) - 1
	words := s.words[last]
	s.words = s.words[:last]
	return words
}

// pass moves the only place of a stage to the chunk that it is in, as far as that is
// known, and takes the memory back that it leaves behind.
func (p *place) pass() {
	for p.c.by == nil && p.i >= p.c.len() && p.c.next.c != nil && p.c.err == nil {
		c := p.c
		*p = place{c.next.c, c.next.i + p.i - c.len()}
		s := c.sole
		if s == nil {
			continue
		}
		if c.passed = true; !c.lent && !c.borrowed && cap(c.words) == chunkSize && len(s.words) < maxSpares {
			s.words, c.words = append(s.words, c.words[:0]), nil
		}
	}
}

// still reports whether the element at p is known, where p is the only place.
func (p *place) still() bool {
	p.pass()
	return p.known() > 0
}

// ownStream reports whether an expression makes a stream where it stands, or is the
// view of one, so that nobody else is given the place.
func ownStream(e *ir.Expr) bool {
	return e.Op == ir.ECall || e.Op == ir.EFunc || e.Op == ir.EView
}

// solely says that the stage which begins at a place is its only reader, if nobody
// else can have it.
func (c *chunk) solely(s *spares) {
	if c.single {
		c.sole = s
	}
}

// share says that there may be other places in a chunk and behind it.
func (c *chunk) share() {
	for ; c != nil && (c.sole != nil || c.single); c = c.next.c {
		c.sole, c.single = nil, false
	}
}

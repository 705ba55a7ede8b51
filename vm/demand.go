package vm

import "github.com/laspc/lasp/lang/value"

// Streams are pulled: nothing is computed before somebody asks. A buffer lets the
// producer run ahead of who asks, and a paced stream makes asking a number, which
// can come from another node.

// buffer is the part of a stream between its reader and where its producer is.
type buffer struct {
	size  int64
	ahead int64 // elements that were looked at and not asked for yet
	next  *cell // where the producer is
	spent bool  // looking ahead took too long; it is left to who asks
}

// buffered is the rest of a stream behind a buffer.
type buffered struct {
	src *cell
	b   *buffer
}

func (s *buffered) unfold(x *exec) (unfolded, error) {
	ok, err := x.force(s.src)
	if !ok || err != nil {
		return unfolded{}, err
	}
	if s.b.ahead > 0 {
		s.b.ahead--
	} else {
		s.b.next, s.b.spent = s.src.tail, false
	}
	s.b.fill(x)
	return unfolded{head: s.src.head, tail: &cell{by: &buffered{s.src.tail, s.b}}}, nil
}

// lookAhead bounds the fuel for looking ahead by one element. Behind the buffer
// may be nothing for ever, which the reader who stops before never learns.
const lookAhead = 100_000

// fill looks ahead until the buffer is full or the stream waits, fails or ends:
// that concerns only who comes there.
func (b *buffer) fill(x *exec) {
	for ; b.ahead < b.size && !b.spent; b.ahead++ {
		kept := *x.fuel - min(*x.fuel, lookAhead)
		*x.fuel -= kept
		ok, err := x.force(b.next)
		*x.fuel = max(*x.fuel, 0) + kept
		if b.spent = err == errOutOfFuel; !ok || err != nil {
			return
		}
		b.next = b.next.tail
	}
}

// maxDemand bounds how many elements of an endless stream a view shows because
// so many are wanted.
const maxDemand = 1_000_000

// paced gives as many elements as the demand says; it is asked again when it has
// grown.
type paced struct {
	src    *cell
	given  int64
	demand *function
	owner  *streamOp
}

func (s *paced) unfold(x *exec) (unfolded, error) {
	v, err := s.demand.call(x, nil)
	if err != nil {
		return unfolded{}, err
	}
	if v.Kind() != value.Int || v.Int() <= s.given {
		return unfolded{}, errWait
	}
	if s.owner != nil {
		s.owner.demand = max(s.owner.demand, int(min(v.Int(), maxDemand)))
	}
	ok, err := x.force(s.src)
	if !ok || err != nil {
		return unfolded{}, err
	}
	return unfolded{head: s.src.head, tail: &cell{by: &paced{s.src.tail, s.given + 1, s.demand, s.owner}}}, nil
}

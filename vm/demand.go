package vm

import "github.com/laspc/lasp/lang/value"

// Streams are pulled: nothing is computed before somebody asks. A buffer lets the
// producer run ahead of who asks, and a paced stream makes asking a number, which
// can come from another node.

// buffered is a stream behind a buffer.
type buffered struct {
	src   place
	size  int64
	ahead int64 // elements that were looked at and not asked for yet
	next  place // where the producer is
	spent bool  // looking ahead took too long; it is left to who asks
}

func (s *buffered) more(x *exec, c *chunk, _ int) (*chunk, error) {
	if ok, err := x.lookOrClose(c, &s.src, 1); !ok {
		return c, err
	}
	c, _ = c.addFrom(s.src, 1)
	x.m.counts.looked(1)
	s.src.i++
	if s.ahead > 0 {
		s.ahead--
	} else {
		s.next, s.spent = s.src, false
	}
	s.fill(x)
	return c, nil
}

// lookAhead bounds the fuel for looking ahead by one element. Behind the buffer
// may be nothing for ever, which the reader who stops before never learns.
const lookAhead = 100_000

// fill looks ahead until the buffer is full or the stream waits, fails or ends:
// that concerns only who comes there.
func (s *buffered) fill(x *exec) {
	for ; s.ahead < s.size && !s.spent; s.ahead++ {
		kept := *x.fuel - min(*x.fuel, lookAhead)
		*x.fuel -= kept
		ok, err := x.look(&s.next, 1)
		*x.fuel = max(*x.fuel, 0) + kept
		if s.spent = err == errOutOfFuel; !ok || err != nil {
			return
		}
		s.next.i++
	}
}

// maxDemand bounds how many elements of an endless stream a view shows because
// so many are wanted.
const maxDemand = 1_000_000

// paced gives as many elements as the demand says; it is asked again when it has
// grown.
type paced struct {
	src    place
	given  int64
	demand *function
	owner  *streamOp
}

func (s *paced) more(x *exec, c *chunk, wanted int) (*chunk, error) {
	v, err := s.demand.call(x, nil)
	if err != nil {
		return c, err
	}
	if v.Kind() != value.Int || v.Int() <= s.given {
		return c, errWait
	}
	if s.owner != nil {
		s.owner.demand = max(s.owner.demand, int(min(v.Int(), maxDemand)))
	}
	wanted = int(min(int64(wanted), v.Int()-s.given))
	if ok, err := x.lookOrClose(c, &s.src, wanted); !ok {
		return c, err
	}
	c, n := c.addFrom(s.src, wanted)
	x.m.counts.looked(n)
	s.given += int64(n)
	s.src.i += n
	return c, nil
}

package vm

import (
	"errors"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// Streams unfold by need. A stream is a chain of chunks: places of single
// assignment one behind the other, of which as many are known as have been
// published, and at the end of the chain a producer that finds out more when
// somebody asks. What was found stays, except that an open end is asked again,
// because the source may have grown. Chunks that nobody holds are collected, so a
// consumer that walks on keeps nothing behind it.
//
// Who asks says how many elements it will certainly take: the n of a take, what a
// view shows, 1 where code takes a stream apart. A producer gives one at least, and
// no more than are wanted but where that cannot be noticed: it may go through
// elements that are known already, and arithmetic may run ahead (generator.go). An
// element that fails is never looked at before it is wanted.

// errWait ends an evaluation that needs more of an open stream than is known.
var errWait = errors.New("waits for more of a stream")

// maxDepth bounds how deep producers ask each other: a tower of as many stages is a
// program error, and the stack of the process is not for it to take.
const maxDepth = 100_000

// errDeep ends an evaluation that nests too deep.
var errDeep = op.Fail(op.OutOfFuel, "more than %d stages of streams wait for each other", maxDepth)

// passing tells errors that say something about the moment and not about the
// value: the evaluation may be tried again.
func passing(err error) bool { return err == errWait || err == errOutOfFuel || err == errDeep }

// chunkSize is how many places a chunk has at most.
const chunkSize = 256

// manyWanted is asked for by who wants all that there is.
const manyWanted = 1 << 30

// chunk is a part of a stream. Elements of raw kinds are words, others values;
// where the kind changes a new chunk begins.
type chunk struct {
	kind  value.Kind // of words; Invalid where vals are the elements
	words []value.Word
	vals  []value.Value
	// borrowed says that words are those of another chunk, behind which nothing may be
	// written.
	borrowed bool
	// lent says that words are those of another chunk, too, and single that at most one
	// place is in this chunk or will be; see spares.go.
	lent, single bool
	sole         *spares // where words go once the place has passed; nil where they stay
	passed       bool    // and it has: nobody may come back here

	by   producer // finds out more; nil once all of the chunk is known
	next place    // what follows a chunk that is all known; no chunk at the end
	err  error    // instead of what follows
}

// place is a place of a stream: element i of a chunk, or of what follows it.
type place struct {
	c *chunk
	i int
}

// producer finds out more of the stream whose last chunk c is. It adds one element
// at least, up to as many as are wanted; or it ends the stream, links it to another
// one, or hands it over to another producer. Elements may need new chunks: it
// returns the last one. After an error that passes it can be asked again.
type producer interface {
	more(x *exec, c *chunk, wanted int) (last *chunk, err error)
}

// value is the element at a place that is known.
func (p place) value() value.Value {
	if p.c.kind != value.Invalid {
		return value.FromRaw(p.c.kind, p.c.words[p.i])
	}
	return p.c.vals[p.i]
}

// known is how many elements are known from p on in its chunk.
func (p place) known() int { return p.c.len() - p.i }

// here reports whether the element at p is known.
func (p *place) here() bool {
	p.settle()
	return p.known() > 0
}

// settle moves p to the chunk that it is in, as far as that is known.
func (p *place) settle() {
	for p.c.by == nil && p.i >= p.c.len() && p.c.next.c != nil && p.c.err == nil {
		*p = place{p.c.next.c, p.c.next.i + p.i - p.c.len()}
	}
}

// ended reports whether p, settled, is known to be the end.
func (p place) ended() bool { return p.c.by == nil && p.i >= p.c.len() }

// look looks at a place, of which wanted elements will be taken. It reports false
// at the end, errWait at an open end. Where it reports true the element is known
// and p is in its chunk.
func (x *exec) look(p *place, wanted int) (ok bool, err error) {
	return x.seek(p, wanted, (*place).settle)
}

// seek is look, with what moves p to the chunk that it is in.
func (x *exec) seek(p *place, wanted int, settle func(*place)) (ok bool, err error) {
	for {
		if p.i < p.c.len() {
			return true, nil
		}
		if p.c.by == nil {
			if p.c.err != nil || p.c.next.c == nil {
				return false, p.c.err
			}
			settle(p)
			continue
		}
		if err := x.more(p.c, wanted); err != nil {
			if settle(p); p.known() > 0 { // it came thus far
				return true, nil
			}
			return false, err
		}
	}
}

// lookOrClose is look for the producer of c, whose stream ends where p's does and
// who has no other place in that.
func (x *exec) lookOrClose(c *chunk, p *place, wanted int) (ok bool, err error) {
	if ok, err = x.seek(p, wanted, (*place).pass); !ok && err == nil {
		c.close()
	}
	return ok, err
}

// more asks the producer behind c. An error that does not pass is what follows.
func (x *exec) more(c *chunk, wanted int) error {
	if x.depth++; x.depth > maxDepth {
		x.depth--
		return errDeep
	}
	err := x.spend(1)
	if err == nil {
		if c, err = c.by.more(x, c, max(wanted, 1)); c.by == nil && c.next.c == nil {
			x.m.counts.looked(1) // the end
		}
	}
	x.depth--
	if err != nil && !passing(err) {
		c.by, c.err, err = nil, err, nil
	}
	return err
}

// most is how many elements may be given where some are wanted and many are known.
// Where work is counted it is by need alone, so that the counts are those of the
// program.
func (x *exec) most(wanted int) int {
	if x.m.counts != nil {
		return wanted
	}
	return max(wanted, maxAhead)
}

// single refuses to go on with an element that has two values.
func single(v value.Value) error {
	if v.Kind() != value.Conflict {
		return nil
	}
	return op.Fail(op.TwoValues, "one place of a stream has the values %s", v)
}

// listStream makes a stream of known elements; an open one never ends.
func listStream(v value.Value) place {
	c := &chunk{}
	if v.Kind() == value.Open {
		c.by = open{}
	}
	xs := v.Elems()
	if len(xs) == 0 {
		return place{c: c}
	}
	c.kind = xs[0].Kind()
	if value.RawKind(c.kind) {
		c.words = make([]value.Word, 0, len(xs))
		for _, e := range xs {
			if e.Kind() != c.kind {
				break
			}
			c.words = append(c.words, value.RawWord(e))
		}
	}
	if len(c.words) < len(xs) {
		c.kind, c.words, c.vals = value.Invalid, nil, xs[:len(xs):len(xs)]
	}
	return place{c: c}
}

// open is the producer behind a prefix of which no more is known.
type open struct{}

func (open) more(_ *exec, c *chunk, _ int) (*chunk, error) { return c, errWait }

// prefix is what is known of a stream, as a value, by need and within bounds.
func (x *exec) prefix(p place) (value.Value, error) {
	xs, closed, err := x.known(p, x.m.opt.StreamView)
	if err != nil {
		return value.Value{}, err
	}
	if closed {
		return value.MakeList(xs), nil
	}
	return value.MakeOpen(xs), nil
}

// collect appends up to n known elements from p on in its chunk and moves p.
func (p *place) collect(xs []value.Value, n int) []value.Value {
	n = min(n, p.known())
	for range n {
		xs = append(xs, p.value())
		p.i++
	}
	return xs
}

// known collects up to limit elements; closed is false when more may follow.
func (x *exec) known(p place, limit int) (xs []value.Value, closed bool, err error) {
	xs = []value.Value{}
	for {
		if p.settle(); len(xs) >= limit && !p.ended() {
			return xs, false, nil
		}
		ok, err := x.look(&p, limit-len(xs))
		switch {
		case err == errWait:
			return xs, false, nil
		case err != nil:
			return nil, false, err
		case !ok:
			return xs, true, nil
		}
		xs = p.collect(xs, limit-len(xs))
	}
}

// exactly collects n elements that have one value each; all is false where there
// are not so many, yet or at all.
func (x *exec) exactly(p place, n int64) (xs []value.Value, all bool, err error) {
	xs = []value.Value{}
	for int64(len(xs)) < n {
		more := int(min(n-int64(len(xs)), manyWanted))
		ok, err := x.look(&p, more)
		if err == errWait || err == nil && !ok {
			return xs, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		before := len(xs)
		xs = p.collect(xs, more)
		for _, v := range xs[before:] {
			if err := single(v); err != nil {
				return nil, false, err
			}
		}
	}
	return xs, true, nil
}

// firstOf is the IVar of the first n elements.
func (x *exec) firstOf(p place, n int64) (value.Value, error) {
	if n < 0 {
		return value.MakeUnbound(), nil
	}
	xs, all, err := x.exactly(p, n)
	if err != nil {
		return value.Value{}, err
	}
	if !all {
		return value.MakeUnbound(), nil
	}
	return value.MakeList(xs), nil
}

// sealed is the IVar of all elements, bound once the stream is closed.
func (x *exec) sealed(p place) (value.Value, error) {
	xs := []value.Value{}
	for {
		ok, err := x.look(&p, manyWanted)
		switch {
		case err == errWait:
			return value.MakeUnbound(), nil
		case err != nil:
			return value.Value{}, err
		case !ok:
			return value.MakeList(xs), nil
		}
		before := len(xs)
		xs = p.collect(xs, manyWanted)
		for _, v := range xs[before:] {
			if err := single(v); err != nil {
				return value.Value{}, err
			}
		}
	}
}

package vm

import (
	"errors"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// Streams unfold by need. A cell is one place of a stream: not looked at yet,
// an element with the cell after it, or the end. Looking at a cell happens once;
// what was found stays (single assignment), except that an open end is asked
// again, because the source may have grown. Cells that nobody holds are
// collected, so a consumer that walks on keeps nothing behind it.

// errWait ends an evaluation that needs more of an open stream than is known.
var errWait = errors.New("waits for more of a stream")

// maxDepth bounds how deep evaluations of cells nest: a tower of as many stages
// is a program error, and the stack of the process is not for it to take.
const maxDepth = 100_000

// errDeep ends an evaluation that nests too deep.
var errDeep = op.Fail(op.OutOfFuel, "more than %d stages of streams wait for each other", maxDepth)

// passing tells errors that say something about the moment and not about the
// value: the evaluation may be tried again.
func passing(err error) bool { return err == errWait || err == errOutOfFuel || err == errDeep }

// cell is one place of a stream.
type cell struct {
	by   unfolder // nil once known
	head value.Value
	tail *cell // nil at the end of a closed stream
	err  error
}

// unfolder finds out what a cell is: an element (ok), the end (not ok), or the
// same as another cell (next, not ok and no end), or errWait.
type unfolder interface {
	unfold(x *exec) (u unfolded, err error)
}

// unfolded is what a cell turned out to be: with is another cell that it equals;
// otherwise tail is nil at the end.
type unfolded struct {
	head value.Value
	tail *cell
	with *cell
}

// force looks at a cell. It reports false at the end, errWait at an open end.
func (x *exec) force(s *cell) (ok bool, err error) {
	if s.by == nil {
		return s.tail != nil, s.err
	}
	if x.depth++; x.depth > maxDepth {
		x.depth--
		return false, errDeep
	}
	defer func() { x.depth-- }()
	for {
		if err := x.spend(1); err != nil {
			return false, err
		}
		u, err := s.by.unfold(x)
		switch {
		case passing(err):
			return false, err
		case err != nil:
			s.by, s.err = nil, err
			return false, err
		case u.with == nil:
			s.by, s.head, s.tail = nil, u.head, u.tail
			x.m.counts.looked()
			return s.tail != nil, nil
		case u.with.by == nil:
			s.by, s.head, s.tail, s.err = nil, u.with.head, u.with.tail, u.with.err
			return s.tail != nil, s.err
		}
		// Become the other cell: a chain of calls costs no stack. The other one
		// may be shared, so it is told to follow this one.
		other := u.with
		s.by = other.by
		other.by = follow{s}
	}
}

// follow makes a cell the same as another.
type follow struct{ s *cell }

func (f follow) unfold(x *exec) (unfolded, error) {
	if f.s.by == nil {
		return unfolded{with: f.s}, nil
	}
	_, err := x.force(f.s)
	if err != nil {
		return unfolded{}, err
	}
	return unfolded{with: f.s}, nil
}

// single refuses to go on with an element that has two values.
func single(v value.Value) error {
	if v.Kind() != value.Conflict {
		return nil
	}
	return op.Fail(op.TwoValues, "one place of a stream has the values %s", v)
}

// listCells makes a stream of known elements; an open one never ends.
func listCells(v value.Value) *cell {
	return &cell{by: &items{xs: v.Elems(), open: v.Kind() == value.Open}}
}

type items struct {
	xs   []value.Value
	open bool
}

func (l *items) unfold(*exec) (unfolded, error) {
	switch {
	case len(l.xs) > 0:
		return unfolded{head: l.xs[0], tail: &cell{by: &items{l.xs[1:], l.open}}}, nil
	case l.open:
		return unfolded{}, errWait
	}
	return unfolded{}, nil
}

// suspended is code that gives a stream, with its registers.
type suspended struct {
	code  *code
	frame *frame
	owner *streamOp
}

func (s *suspended) unfold(x *exec) (unfolded, error) {
	outer := x.owner
	x.owner = s.owner
	x.m.counts.unfolded(s.code)
	err := x.run(s.code, s.frame)
	x.owner = outer
	if err != nil {
		return unfolded{}, err
	}
	return unfolded{with: s.frame.s[s.code.out.reg]}, nil
}

// prefix is what is known of a stream, as a value, by need and within bounds.
func (x *exec) prefix(s *cell) (value.Value, error) {
	xs, closed, err := x.known(s, x.m.opt.StreamView)
	if err != nil {
		return value.Value{}, err
	}
	if closed {
		return value.MakeList(xs), nil
	}
	return value.MakeOpen(xs), nil
}

// known collects up to limit elements; closed is false when more may follow.
func (x *exec) known(s *cell, limit int) (xs []value.Value, closed bool, err error) {
	xs = []value.Value{}
	for {
		if len(xs) >= limit && (s.by != nil || s.tail != nil) {
			return xs, false, nil
		}
		ok, err := x.force(s)
		switch {
		case err == errWait:
			return xs, false, nil
		case err != nil:
			return nil, false, err
		case !ok:
			return xs, true, nil
		}
		xs = append(xs, s.head)
		s = s.tail
	}
}

// firstOf is the IVar of the first n elements.
func (x *exec) firstOf(s *cell, n int64) (value.Value, error) {
	if n < 0 {
		return value.MakeUnbound(), nil
	}
	xs := []value.Value{}
	for int64(len(xs)) < n {
		ok, err := x.force(s)
		if err == errWait || err == nil && !ok {
			return value.MakeUnbound(), nil
		}
		if err == nil {
			err = single(s.head)
		}
		if err != nil {
			return value.Value{}, err
		}
		xs = append(xs, s.head)
		s = s.tail
	}
	return value.MakeList(xs), nil
}

// sealed is the IVar of all elements, bound once the stream is closed.
func (x *exec) sealed(s *cell) (value.Value, error) {
	xs := []value.Value{}
	for {
		ok, err := x.force(s)
		switch {
		case err == errWait:
			return value.MakeUnbound(), nil
		case err != nil:
			return value.Value{}, err
		case !ok:
			return value.MakeList(xs), nil
		}
		if err := single(s.head); err != nil {
			return value.Value{}, err
		}
		xs = append(xs, s.head)
		s = s.tail
	}
}

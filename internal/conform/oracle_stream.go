package conform

import (
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// status is what is known of a place of a stream.
type status int

const (
	cons status = iota
	end
	wait
)

// stream is a place of a lazy stream. It remembers what it found, since without
// that a sieve takes exponential time.
type stream struct {
	known_ bool
	st     status
	head   value.Value
	tail   *stream
	err    error
	find   func() (st status, head value.Value, tail *stream, err error)
}

const viewLimit = 1000 // as the engine's default for streams that go on for ever

func (s *stream) force() (status, error) {
	if !s.known_ {
		s.st, s.head, s.tail, s.err = s.find()
		s.known_ = true
	}
	return s.st, s.err
}

// errConflict is what an element with two values does to who looks at it.
var errConflict = op.Fail(op.TwoValues, "two values at one place")

// known is what is known of a stream, as a value.
func (s *stream) known() (value.Value, error) {
	xs := []value.Value{}
	for {
		st, err := s.force()
		switch {
		case err != nil:
			return value.Value{}, err
		case st == wait || st == cons && len(xs) >= viewLimit:
			return value.MakeOpen(xs), nil
		case st == end:
			return value.MakeList(xs), nil
		}
		xs = append(xs, s.head)
		s = s.tail
	}
}

// later is a stream that is found out by f.
func later(f func() (*stream, error)) *stream {
	return &stream{find: func() (status, value.Value, *stream, error) {
		s, err := f()
		if err == errWait {
			return wait, value.Value{}, nil, nil
		}
		if err != nil {
			return end, value.Value{}, nil, err
		}
		st, err := s.force()
		return st, s.head, s.tail, err
	}}
}

func fromValue(v value.Value) *stream {
	last := &stream{known_: true, st: end}
	if v.Kind() == value.Open {
		last.st = wait
	}
	for i := len(v.Elems()) - 1; i >= 0; i-- {
		last = &stream{known_: true, st: cons, head: v.Elems()[i], tail: last}
	}
	return last
}

func asStream(x thing) *stream {
	if s, ok := x.(*stream); ok {
		return s
	}
	return fromValue(x.(value.Value))
}

func (o *Oracle) walkStream(e *ir.Expr, f frame) (*stream, error) {
	x, err := o.walk(e, f)
	if err != nil {
		return nil, err
	}
	return asStream(x), nil
}

func (o *Oracle) streamOf(n *ir.Node) (*stream, error) {
	return later(func() (*stream, error) { return o.walkStream(n.Out[0], frame{}) }), nil
}

func (o *Oracle) viewStream(v ir.View) (thing, error) {
	if n := o.prog.Nodes[v.Node]; n.Kind == ir.Stream {
		return o.streamOf(n)
	}
	known, err := o.View(v)
	return fromValue(known), err
}

func (o *Oracle) function(e *ir.Expr, f frame) (thing, error) {
	fn := e.Func
	if fn == nil {
		fn = o.prog.Funcs[e.N]
	}
	inner := frame{}
	for i, a := range e.Args {
		x, err := o.walk(a, f)
		if err != nil {
			return nil, err
		}
		inner[i] = x
	}
	return later(func() (*stream, error) { return o.walkStream(fn.Body, inner) }), nil
}

func bindStream(p *ir.Pattern, s *stream, f frame) (bool, error) {
	st, err := s.force()
	switch {
	case err != nil:
		return false, err
	case st == wait:
		return false, errWait
	case p.Op == ir.PNil:
		return st == end, conflicting(st, s)
	case st == end:
		return false, nil
	case s.head.Kind() == value.Conflict:
		return false, errConflict
	}
	if ok, err := bind(p.Args[0], s.head, f); !ok || err != nil {
		return false, err
	}
	return bind(p.Args[1], s.tail, f)
}

func isConflict(v value.Value) bool { return v.Kind() == value.Conflict }

func conflicting(st status, s *stream) error {
	if st == cons && s.head.Kind() == value.Conflict {
		return errConflict
	}
	return nil
}

// element applies the function of a stage.
func element(fn function, args ...value.Value) (value.Value, error) {
	if args[len(args)-1].Kind() == value.Conflict {
		return value.Value{}, errConflict
	}
	return call(fn, args...)
}

// streamRow evaluates the library rows over streams.
func (o *Oracle) streamRow(e *ir.Expr, f frame) (got thing, ok bool, err error) {
	if len(e.Args) == 0 || !e.Args[0].Type.Is("Stream") {
		if e.Name != "stream.cons" {
			return nil, false, nil
		}
	}
	var args []thing
	for _, a := range e.Args {
		x, err := o.walk(a, f)
		if err != nil {
			return nil, false, err
		}
		args = append(args, x)
	}
	switch e.Name {
	case "stream.cons":
		return &stream{known_: true, st: cons, head: args[0].(value.Value), tail: asStream(args[1])}, true, nil
	case "stream.map":
		return mapStream(asStream(args[0]), args[1].(function)), true, nil
	case "stream.filter":
		return filterStream(asStream(args[0]), args[1].(function)), true, nil
	case "stream.scan":
		return scanStream(asStream(args[0]), args[1].(value.Value), args[2].(function)), true, nil
	case "stream.zip":
		return zipStreams(asStream(args[0]), asStream(args[1])), true, nil
	case "stream.take":
		return takeStream(asStream(args[0]), args[1].(value.Value).Int()), true, nil
	case "stream.drop":
		return dropStream(asStream(args[0]), args[1].(value.Value).Int()), true, nil
	case "stream.buffer":
		return asStream(args[0]), true, nil
	case "stream.paced":
		demand := int64(0)
		if n := args[1].(value.Value); n.Kind() == value.Int {
			demand = n.Int()
		}
		return pacedStream(asStream(args[0]), demand), true, nil
	case "stream.prefix":
		n := args[1].(value.Value).Int()
		known, err := takeStream(asStream(args[0]), n).known()
		if err != nil {
			return nil, false, err
		}
		if slices.ContainsFunc(known.Elems(), isConflict) {
			return nil, false, errConflict
		}
		if n < 0 || int64(known.Len()) < n {
			return value.MakeUnbound(), true, nil
		}
		return value.MakeList(known.Elems()), true, nil
	case "stream.sealed":
		known, err := asStream(args[0]).known()
		if err == nil && slices.ContainsFunc(known.Elems(), isConflict) {
			err = errConflict
		}
		if err == nil && known.Kind() != value.List {
			known = value.MakeUnbound()
		}
		return known, err == nil, err
	}
	return nil, false, nil
}

// next makes a stream of what step finds at the first place of src.
func next(src *stream, step func(head value.Value, tail *stream) (status, value.Value, *stream, error)) *stream {
	return &stream{find: func() (status, value.Value, *stream, error) {
		st, err := src.force()
		if st != cons || err != nil {
			return st, value.Value{}, nil, err
		}
		return step(src.head, src.tail)
	}}
}

// skip goes on with another stream.
func skip(s *stream) (status, value.Value, *stream, error) {
	st, err := s.force()
	return st, s.head, s.tail, err
}

func mapStream(src *stream, fn function) *stream {
	return next(src, func(head value.Value, tail *stream) (status, value.Value, *stream, error) {
		v, err := element(fn, head)
		if err != nil {
			return skip(mapStream(tail, fn))
		}
		return cons, v, mapStream(tail, fn), nil
	})
}

func filterStream(src *stream, fn function) *stream {
	return next(src, func(head value.Value, tail *stream) (status, value.Value, *stream, error) {
		if v, err := element(fn, head); err != nil || !v.Bool() {
			return skip(filterStream(tail, fn))
		}
		return cons, head, filterStream(tail, fn), nil
	})
}

func scanStream(src *stream, acc value.Value, fn function) *stream {
	return next(src, func(head value.Value, tail *stream) (status, value.Value, *stream, error) {
		v, err := element(fn, acc, head)
		if err != nil {
			return skip(scanStream(tail, acc, fn))
		}
		return cons, v, scanStream(tail, v, fn), nil
	})
}

func takeStream(src *stream, n int64) *stream {
	if n <= 0 {
		return &stream{known_: true, st: end}
	}
	return next(src, func(head value.Value, tail *stream) (status, value.Value, *stream, error) {
		return cons, head, takeStream(tail, n-1), nil
	})
}

// pacedStream waits after n elements.
func pacedStream(src *stream, n int64) *stream {
	if n <= 0 {
		return &stream{known_: true, st: wait}
	}
	return next(src, func(head value.Value, tail *stream) (status, value.Value, *stream, error) {
		return cons, head, pacedStream(tail, n-1), nil
	})
}

func dropStream(src *stream, n int64) *stream {
	if n <= 0 {
		return src
	}
	return next(src, func(_ value.Value, tail *stream) (status, value.Value, *stream, error) {
		return skip(dropStream(tail, n-1))
	})
}

// zipStreams ends where either has ended.
func zipStreams(a, b *stream) *stream {
	return &stream{find: func() (status, value.Value, *stream, error) {
		sa, errA := a.force()
		sb, errB := b.force()
		switch {
		case errA != nil:
			return end, value.Value{}, nil, errA
		case sa == end || sb == end:
			return end, value.Value{}, nil, nil
		case errB != nil:
			return end, value.Value{}, nil, errB
		case sa == wait || sb == wait:
			return wait, value.Value{}, nil, nil
		}
		if a.head.Kind() == value.Conflict || b.head.Kind() == value.Conflict {
			return skip(zipStreams(a.tail, b.tail))
		}
		return cons, value.MakeTuple(a.head, b.head), zipStreams(a.tail, b.tail), nil
	}}
}

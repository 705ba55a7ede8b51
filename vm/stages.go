package vm

import (
	"errors"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// stage makes the stream of a library row from its arguments.
type stage int

// The rows that unfold. Rows that end a stream give values.
const (
	stageMap stage = iota
	stageFilter
	stageScan
	stageZip
	stageTake
	stageDrop
	stageBuffer
	stagePaced
	stageList
	stageCons
	stagePrefix
	stageSealed
)

var stages = map[string]stage{
	"stream.map":     stageMap,
	"stream.filter":  stageFilter,
	"stream.scan":    stageScan,
	"stream.zip":     stageZip,
	"stream.take":    stageTake,
	"stream.drop":    stageDrop,
	"stream.buffer":  stageBuffer,
	"stream.paced":   stagePaced,
	"list.to_stream": stageList,
	"stream.cons":    stageCons,
	"stream.prefix":  stagePrefix,
	"stream.sealed":  stageSealed,
}

// stageCell begins a stage on evaluated arguments: streams, values and functions
// in the order of the row's parameters.
func stageCell(s stage, streams []*cell, vals []value.Value, fns []*function, owner *streamOp) *cell {
	switch s {
	case stageMap:
		return &cell{by: &mapped{streams[0], &applied{fn: fns[0], owner: owner}}}
	case stageFilter:
		return &cell{by: &filtered{streams[0], &applied{fn: fns[0], owner: owner}}}
	case stageScan:
		return &cell{by: &scanned{streams[0], vals[0], &applied{fn: fns[0], owner: owner}}}
	case stageZip:
		return &cell{by: &zipped{streams[0], streams[1], &applied{owner: owner}}}
	case stageTake:
		return &cell{by: &taken{streams[0], vals[0].Int()}}
	case stageDrop:
		return &cell{by: &dropped{streams[0], vals[0].Int()}}
	case stageBuffer:
		return &cell{by: &buffered{src: streams[0], b: &buffer{size: vals[0].Int(), next: streams[0]}}}
	case stagePaced:
		return &cell{by: &paced{src: streams[0], demand: fns[0], owner: owner}}
	default: // stageCons
		return &cell{head: vals[0], tail: streams[0]}
	}
}

// applied is the function of a stage. An element for which it fails is dropped
// and recorded with the stream that owns the stage.
type applied struct {
	fn    *function
	owner *streamOp
	args  [2]value.Value
}

func (a *applied) one(x *exec, v value.Value) (value.Value, error) {
	if err := single(v); err != nil {
		return value.Value{}, err
	}
	a.args[0] = v
	return a.fn.call(x, a.args[:1])
}

func (a *applied) two(x *exec, v, w value.Value) (value.Value, error) {
	if err := single(w); err != nil {
		return value.Value{}, err
	}
	a.args[0], a.args[1] = v, w
	return a.fn.call(x, a.args[:2])
}

// failed records the failure of an element; other errors end the evaluation.
func (a *applied) failed(err error, element value.Value) error {
	if f := (*op.Failure)(nil); !errors.As(err, &f) {
		return err
	}
	if a.owner != nil {
		a.owner.drops = append(a.owner.drops, drop{err, element})
	}
	return nil
}

type mapped struct {
	src *cell
	f   *applied
}

func (s *mapped) unfold(x *exec) (unfolded, error) {
	for {
		ok, err := x.force(s.src)
		if !ok || err != nil {
			return unfolded{}, err
		}
		head := s.src.head
		v, err := s.f.one(x, head)
		if passing(err) {
			return unfolded{}, err
		}
		s.src = s.src.tail
		if err == nil {
			return unfolded{head: v, tail: &cell{by: s}}, nil
		}
		if err := s.f.failed(err, head); err != nil {
			return unfolded{}, err
		}
	}
}

type filtered struct {
	src *cell
	f   *applied
}

func (s *filtered) unfold(x *exec) (unfolded, error) {
	for {
		ok, err := x.force(s.src)
		if !ok || err != nil {
			return unfolded{}, err
		}
		head := s.src.head
		v, err := s.f.one(x, head)
		if passing(err) {
			return unfolded{}, err // the element is asked about again
		}
		s.src = s.src.tail
		if err != nil {
			if err := s.f.failed(err, head); err != nil {
				return unfolded{}, err
			}
			continue
		}
		if v.Bool() {
			return unfolded{head: head, tail: &cell{by: s}}, nil
		}
		if err := x.spend(1); err != nil {
			return unfolded{}, err
		}
	}
}

type scanned struct {
	src *cell
	acc value.Value
	f   *applied
}

func (s *scanned) unfold(x *exec) (unfolded, error) {
	for {
		ok, err := x.force(s.src)
		if !ok || err != nil {
			return unfolded{}, err
		}
		head := s.src.head
		v, err := s.f.two(x, s.acc, head)
		if passing(err) {
			return unfolded{}, err
		}
		s.src = s.src.tail
		if err == nil {
			s.acc = v
			return unfolded{head: v, tail: &cell{by: s}}, nil
		}
		if err := s.f.failed(err, head); err != nil {
			return unfolded{}, err
		}
	}
}

type zipped struct {
	a, b *cell
	f    *applied
}

// unfold ends where either side has ended, also when the other one waits. A pair
// of which one side has two values is dropped.
func (s *zipped) unfold(x *exec) (unfolded, error) {
	for {
		a, errA := x.force(s.a)
		if errA != nil && errA != errWait || errA == nil && !a {
			return unfolded{}, errA
		}
		b, errB := x.force(s.b)
		if errB != nil || !b {
			return unfolded{}, errB
		}
		if errA != nil {
			return unfolded{}, errA
		}
		pair := value.MakeTuple(s.a.head, s.b.head)
		err := errors.Join(single(s.a.head), single(s.b.head))
		s.a, s.b = s.a.tail, s.b.tail
		if err == nil {
			return unfolded{head: pair, tail: &cell{by: s}}, nil
		}
		if err := s.f.failed(err, pair); err != nil {
			return unfolded{}, err
		}
	}
}

type taken struct {
	src *cell
	n   int64
}

func (s *taken) unfold(x *exec) (unfolded, error) {
	if s.n <= 0 {
		return unfolded{}, nil
	}
	ok, err := x.force(s.src)
	if !ok || err != nil {
		return unfolded{}, err
	}
	return unfolded{head: s.src.head, tail: &cell{by: &taken{s.src.tail, s.n - 1}}}, nil
}

type dropped struct {
	src *cell
	n   int64
}

func (s *dropped) unfold(x *exec) (unfolded, error) {
	for ; s.n > 0; s.n-- {
		ok, err := x.force(s.src)
		if !ok || err != nil {
			return unfolded{}, err
		}
		s.src = s.src.tail
		if err := x.spend(1); err != nil {
			return unfolded{}, err
		}
	}
	return unfolded{with: s.src}, nil
}

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

// begin begins a stage on evaluated arguments: streams, values and functions in the
// order of the row's parameters.
func (s stage) begin(streams []place, vals []value.Value, fns []*function, owner *streamOp) place {
	c := &chunk{single: true}
	switch s {
	case stageMap:
		c.by = &mapped{src: streams[0], f: applied{fn: fns[0], owner: owner}}
	case stageFilter:
		c.by = &filtered{src: streams[0], f: applied{fn: fns[0], owner: owner}}
	case stageScan:
		c.by = &scanned{src: streams[0], acc: vals[0], f: applied{fn: fns[0], owner: owner}}
	case stageZip:
		c.by = &zipped{streams[0], streams[1], &applied{owner: owner}}
	case stageTake:
		c.by = &taken{streams[0], vals[0].Int()}
		owner.shows(vals[0].Int())
	case stageDrop:
		c.by = &dropped{streams[0], vals[0].Int()}
	case stageBuffer:
		c.by = &buffered{src: streams[0], size: vals[0].Int(), next: streams[0]}
	case stagePaced:
		c.by = &paced{src: streams[0], demand: fns[0], owner: owner}
	default: // stageCons
		c.add(vals[0]).link(streams[0])
	}
	return place{c: c}
}

// applied is the function of a stage. An element for which it fails is dropped
// and recorded with the stream that owns the stage.
type applied struct {
	fn     *function
	owner  *streamOp
	args   [2]value.Value
	failed int // elements in a row
}

// maxFailed is how many elements in a row may fail. The rest of an endless stream
// of them would be looked at for ever.
const maxFailed = 100_000

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

// drop records the failure of an element; other errors end the evaluation, and so
// does the failure of one too many.
func (a *applied) drop(err error, element value.Value) error {
	f := (*op.Failure)(nil)
	if !errors.As(err, &f) {
		return err
	}
	if a.owner != nil {
		a.owner.drops = append(a.owner.drops, drop{err, element})
	}
	if a.failed++; a.failed < maxFailed {
		return nil
	}
	end := op.Fail(op.OutOfFuel, "%s elements in a row failed, the last one with %s; the stream is not looked at any further", grouped(maxFailed), f.Code)
	if l := (*located)(nil); errors.As(err, &l) {
		return &located{end, l.pos}
	}
	return end
}

type mapped struct {
	src place
	f   applied
}

func (s *mapped) more(x *exec, c *chunk, wanted int) (*chunk, error) {
	for done := 0; done < chunkSize && (done == 0 || done < wanted && s.src.here()); {
		if ok, err := x.lookOrClose(c, &s.src, wanted); !ok {
			return c, err
		}
		if col := s.f.fn.column(x, s.src); col != nil {
			c = c.room(col.kind)
			n, err := col.extend(x, c, s.src, min(x.most(wanted), chunkSize-c.len()))
			if err != nil {
				return c, err
			}
			if n > 0 {
				x.m.counts.looked(n)
				s.src.i, s.f.failed = s.src.i+n, 0
				return c, nil
			}
		}
		head := s.src.value()
		v, err := s.f.one(x, head)
		if passing(err) {
			return c, err // the element is asked about again
		}
		s.src.i++
		if err == nil {
			s.f.failed = 0
			x.m.counts.looked(1)
			c = c.add(v)
			done++
			continue
		}
		if err := s.f.drop(err, head); err != nil {
			return c, err
		}
	}
	return c, nil
}

type scanned struct {
	src   place
	acc   value.Value
	f     applied
	fold  *fold // on words; nil where the function is not on such
	ready bool  // fold was looked for
}

func (s *scanned) more(x *exec, c *chunk, wanted int) (*chunk, error) {
	for done := 0; done < chunkSize && (done == 0 || done < wanted && s.src.here()); {
		if ok, err := x.lookOrClose(c, &s.src, wanted); !ok {
			return c, err
		}
		if n, err := s.column(x, &c, wanted); n > 0 || err != nil {
			return c, err
		}
		head := s.src.value()
		v, err := s.f.two(x, s.acc, head)
		if passing(err) {
			return c, err
		}
		s.src.i++
		if err == nil {
			s.acc, s.f.failed = v, 0
			x.m.counts.looked(1)
			c = c.add(v)
			done++
			continue
		}
		if err := s.f.drop(err, head); err != nil {
			return c, err
		}
	}
	return c, nil
}

type zipped struct {
	a, b place
	f    *applied
}

// more ends where either side has ended, also when the other one waits. A pair
// of which one side has two values is dropped. No more is wanted of a side than the
// other one is known to have.
func (s *zipped) more(x *exec, c *chunk, wanted int) (*chunk, error) {
	for done := 0; done < chunkSize && (done == 0 || done < wanted && s.a.here() && s.b.here()); {
		a, errA := x.look(&s.a, 1)
		if errA != nil && errA != errWait {
			return c, errA
		}
		if errA == nil && !a {
			c.close()
			return c, nil
		}
		b, errB := x.look(&s.b, 1)
		if errB != nil {
			return c, errB
		}
		if !b {
			c.close()
			return c, nil
		}
		if errA != nil {
			return c, errA
		}
		v, w := s.a.value(), s.b.value()
		s.a.i, s.b.i = s.a.i+1, s.b.i+1
		pair := value.MakeTuple(v, w)
		err := errors.Join(single(v), single(w))
		if err == nil {
			x.m.counts.looked(1)
			c = c.add(pair)
			done++
			continue
		}
		if err := s.f.drop(err, pair); err != nil {
			return c, err
		}
	}
	return c, nil
}

type taken struct {
	src place
	n   int64
}

func (s *taken) more(x *exec, c *chunk, wanted int) (*chunk, error) {
	if s.n <= 0 {
		c.close()
		return c, nil
	}
	if ok, err := x.lookOrClose(c, &s.src, int(min(s.n, int64(wanted)))); !ok {
		return c, err
	}
	c, n := c.addFrom(s.src, int(min(s.n, int64(x.most(wanted)))))
	x.m.counts.looked(n)
	s.n -= int64(n)
	s.src.i += n
	return c, nil
}

type dropped struct {
	src place
	n   int64
}

func (s *dropped) more(x *exec, c *chunk, wanted int) (*chunk, error) {
	for s.n > 0 {
		if ok, err := x.lookOrClose(c, &s.src, int(min(min(s.n, manyWanted)+int64(wanted), manyWanted))); !ok {
			return c, err
		}
		n := min(s.n, int64(s.src.known()))
		s.n -= n
		s.src.i += int(n)
		if err := x.spend(n); err != nil {
			return c, err
		}
	}
	c.link(s.src)
	return c, nil
}

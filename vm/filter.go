package vm

// filtered is the elements of a stream that pass. Filters stand on filters, as many as
// there are primes in a sieve, so they are not asked one by the other: those that
// wait lie on a stack of their own. What the lowest one finds goes up in one wave,
// each filter taking all of it that is known.
type filtered struct {
	src place
	f   applied
}

// level is a filter that waits, with the last chunk of what passed it.
type level struct {
	s *filtered
	c *chunk
}

func (s *filtered) more(x *exec, c *chunk, wanted int) (*chunk, error) {
	base := len(x.tower)
	x.tower = append(x.tower, level{s, c})
	for {
		n := len(x.tower) - 1
		top := x.tower[n]
		last, passed, err := top.s.advance(x, top.c, wanted)
		x.tower[n].c = last
		ended := false
		if err == nil && !passed {
			ended, err = x.below(top.s, wanted)
		}
		switch {
		case passing(err):
			return x.leave(base), err
		case err == nil && !passed && !ended:
			continue
		}
		if ended {
			last.close()
		}
		x.drop(n)
		if n == base {
			return last, err
		}
		if x.depth--; err != nil {
			last.by, last.err = nil, err
		} else if ended {
			x.m.counts.looked(1)
		}
	}
}

// below asks for more of what s filters: another filter goes onto the stack, and all
// else is asked at once. It reports whether there is no more.
func (x *exec) below(s *filtered, wanted int) (ended bool, err error) {
	f, ok := s.src.c.by.(*filtered)
	if !ok {
		ok, err = x.seek(&s.src, wanted, (*place).pass)
		return !ok && err == nil, err
	}
	if x.depth >= maxDepth {
		return false, errDeep
	}
	if err := x.spend(1); err != nil {
		return false, err
	}
	x.depth++
	x.tower = append(x.tower, level{f, s.src.c})
	return false, nil
}

// drop takes the highest level off the stack, which must not hold on to its chunk.
func (x *exec) drop(n int) {
	x.tower[n] = level{}
	x.tower = x.tower[:n]
}

// leave takes all levels from base on off the stack and returns the last chunk of the
// lowest. They go on where they were when they are asked again.
func (x *exec) leave(base int) *chunk {
	c := x.tower[base].c
	x.depth -= len(x.tower) - 1 - base
	for n := len(x.tower) - 1; n >= base; n-- {
		x.drop(n)
	}
	return c
}

// advance goes through the elements that are known until as many pass as are wanted.
func (s *filtered) advance(x *exec, c *chunk, wanted int) (last *chunk, passed bool, err error) {
	for done := 0; s.src.still() && done < min(max(wanted, 1), chunkSize); {
		looked, some := 0, 0
		if c, looked, some, err = s.column(x, c, wanted); some > 0 || err != nil {
			return c, some > 0 || passed, err
		}
		if looked > 0 {
			continue
		}
		head := s.src.value()
		v, err := s.f.one(x, head)
		if passing(err) {
			return c, passed, err
		}
		s.src.i++
		if err != nil {
			if err := s.f.drop(err, head); err != nil {
				return c, passed, err
			}
			continue
		}
		s.f.failed = 0
		if v.Bool() {
			x.m.counts.looked(1)
			c, passed = c.add(head), true
			done++
			continue
		}
		if err := x.spend(1); err != nil {
			return c, passed, err
		}
	}
	return c, passed, nil
}

// column goes through elements that are known, as long as there are many and none
// fails. It stands again where it began when there are none such.
func (s *filtered) column(x *exec, c *chunk, wanted int) (last *chunk, looked, passed int, err error) {
	for {
		col := s.f.fn.column(x, s.src)
		if col == nil {
			return c, looked, passed, nil
		}
		n, err := col.run(x, s.src, min(x.most(wanted), chunkSize))
		if n == 0 || err != nil {
			return c, looked, passed, err
		}
		keep := col.truths(x, n)
		k := countOnes(keep)
		c = c.addKept(s.src, keep[:n], k)
		x.m.counts.looked(k)
		looked, passed = looked+n, passed+k
		s.src.i, s.f.failed = s.src.i+n, 0
		if passed >= x.most(wanted) {
			return c, looked, passed, nil
		}
		s.src.pass()
	}
}

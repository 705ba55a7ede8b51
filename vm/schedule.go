package vm

// schedule is the rows of a ground that are to come or to leave, in the order in
// which they do: by rank, first come first among equals. Without ranks it is a
// queue, with them a heap. It holds no pointers, since in a first turn it is long.
type schedule struct {
	ranked bool
	heap   []moving
	queue  []waiting
	next   int // of the queue
	pushed uint32
}

// waiting is a row of a store, by number, that is to come or to leave.
type waiting struct {
	store, row uint32
}

// leaves marks the number of a store whose row is to leave.
const leaves = 1 << 31

// moving is a waiting row with its place in the heap.
type moving struct {
	rank uint64
	n    uint32
	waiting
}

func (a *moving) before(b *moving) bool {
	return a.rank < b.rank || a.rank == b.rank && int32(a.n-b.n) < 0
}

func (s *schedule) push(at spot, rank uint64, comes bool) {
	w := waiting{at.s.number, at.r}
	if !comes {
		w.store |= leaves
	}
	if !s.ranked {
		s.queue = append(s.queue, w)
		return
	}
	s.pushed++
	m := moving{rank, s.pushed, w}
	s.heap = append(s.heap, m)
	i := len(s.heap) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !m.before(&s.heap[up]) {
			break
		}
		s.heap[i] = s.heap[up]
		i = up
	}
	s.heap[i] = m
}

// pop returns the next row; ok is false where there is none.
func (s *schedule) pop() (w waiting, comes, ok bool) {
	switch {
	case len(s.heap) > 0:
		w = s.heap[0].waiting
		last := len(s.heap) - 1
		end := s.heap[last]
		if s.heap = s.heap[:last]; last > 0 {
			s.sift(end)
		}
	case s.next < len(s.queue):
		w = s.queue[s.next]
		s.next++
		s.shorten()
	default:
		s.reset()
		return waiting{}, false, false
	}
	comes = w.store&leaves == 0
	w.store &^= leaves
	return w, comes, true
}

// shorten drops the part of the queue that has been taken, once it is the larger
// one.
func (s *schedule) shorten() {
	if s.next > 1024 && 2*s.next > len(s.queue) {
		s.queue = s.queue[:copy(s.queue, s.queue[s.next:])]
		s.next = 0
	}
}

// sift puts m in the place of the first row and restores the heap.
func (s *schedule) sift(m moving) {
	i := 0
	for {
		down := 2*i + 1
		if down >= len(s.heap) {
			break
		}
		if down+1 < len(s.heap) && s.heap[down+1].before(&s.heap[down]) {
			down++
		}
		if !s.heap[down].before(&m) {
			break
		}
		s.heap[i] = s.heap[down]
		i = down
	}
	s.heap[i] = m
}

// reset forgets all rows, and the memory of a first turn.
func (s *schedule) reset() {
	if cap(s.heap)+cap(s.queue) > 1<<16 {
		s.heap, s.queue = nil, nil
	}
	s.heap, s.queue, s.next = s.heap[:0], s.queue[:0], 0
}

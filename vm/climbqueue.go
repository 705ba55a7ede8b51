package vm

import "math/bits"

// climbQueue is the keys to come, best values first where they are numbers. Where
// values get no better along a rule, as lengths of paths do, each key then comes
// once (Dijkstra's algorithm). It is a radix heap (Ahuja, Mehlhorn, Orlin and
// Tarjan 1990): items lie by the highest bit in which their rank differs from the
// last one that was taken, so each moves a few times and none is compared.
//
// Elsewhere a value that is better than the last one may come at any time. It is
// taken at once, and the key comes again. Where that is the rule, as for the
// longest way, an order by values is the wrong one, and can take exponentially
// many turns; from some number of such values on the keys therefore come in the
// order in which they were pushed (Bellman and Ford), which takes as many rounds
// as the longest derivation has steps.
type climbQueue struct {
	ordered bool // by rank
	n       int
	last    uint64 // rank that was taken last
	taken   int
	against int // values that were better than the last one
	by      [65][]climbItem
	next    int // in by[0] where it is a queue
}

type climbItem struct {
	rank uint64
	id   uint32
}

// begin starts a turn, with an empty queue.
func (q *climbQueue) begin(ordered bool) {
	q.ordered, q.last, q.taken, q.against = ordered, 0, 0, 0
}

// patience is how many values may come against the order before it is given up,
// beside one of four.
const patience = 64

func (q *climbQueue) push(rank uint64, id uint32) {
	q.n++
	at := 0
	if q.ordered {
		if rank >= q.last {
			at = bits.Len64(rank ^ q.last)
		} else if q.against++; q.against > patience+q.taken/4 {
			q.disorder()
		}
	}
	q.by[at] = append(q.by[at], climbItem{rank, id})
}

// disorder makes it a queue.
func (q *climbQueue) disorder() {
	q.ordered, q.next = false, 0
	for i := 1; i < len(q.by); i++ {
		q.by[0] = append(q.by[0], q.by[i]...)
		q.by[i] = q.by[i][:0]
	}
}

func (q *climbQueue) pop() (rank uint64, id uint32, ok bool) {
	if q.n == 0 {
		q.reset()
		return 0, 0, false
	}
	q.n--
	q.taken++
	if !q.ordered {
		w := q.by[0][q.next]
		if q.next++; q.next > 1024 && 2*q.next > len(q.by[0]) {
			q.by[0] = q.by[0][:copy(q.by[0], q.by[0][q.next:])]
			q.next = 0
		}
		return w.rank, w.id, true
	}
	if len(q.by[0]) == 0 {
		q.descend()
	}
	end := len(q.by[0]) - 1
	w := q.by[0][end]
	q.by[0] = q.by[0][:end]
	return w.rank, w.id, true
}

// descend takes the items with the least rank to the front.
func (q *climbQueue) descend() {
	i := 1
	for len(q.by[i]) == 0 {
		i++
	}
	items := q.by[i]
	q.last = items[0].rank
	for _, w := range items {
		q.last = min(q.last, w.rank)
	}
	for _, w := range items {
		at := bits.Len64(w.rank ^ q.last)
		q.by[at] = append(q.by[at], w)
	}
	q.by[i] = items[:0]
}

// reset forgets all keys, and the memory of a first turn.
func (q *climbQueue) reset() {
	for i, items := range q.by {
		if q.by[i] = items[:0]; cap(items) > 1<<16 {
			q.by[i] = nil
		}
	}
	q.n, q.next = 0, 0
}

package vm

import (
	"math/bits"
)

// climbQueue is the keys to come, best values first where they are numbers. Where
// values get no better along a rule, as lengths of paths do, each key then comes
// once (Dijkstra's algorithm). It is a radix heap (Ahuja, Mehlhorn, Orlin and
// Tarjan 1990): keys lie by the highest bit in which the rank of their value
// differs from the last one that was taken, so each moves a few times and none is
// compared. A key whose value gets better is put in once more if that changes its
// place; of a key that lies there several times what comes first counts, since it
// is due no longer then.
//
// Elsewhere a value that is better than the last one may come at any time. It is
// taken at once, and the key comes again. Where that is the rule, as for the
// longest way, an order by values is the wrong one, and can take exponentially
// many turns; from some number of such values on the keys therefore come in the
// order in which they were pushed (Bellman and Ford), which takes as many rounds
// as the longest derivation has steps.
type climbQueue struct {
	ordered bool   // by rank
	last    uint64 // rank that was taken last
	taken   int
	against int // values that were better than the last one
	by      [65][]uint32
	run     []uint32 // that was taken last
}

// begin starts a turn, with an empty queue.
func (q *climbQueue) begin(ordered bool) {
	q.ordered, q.last, q.taken, q.against = ordered, 0, 0, 0
}

// patience is how many values may come against the order before it is given up,
// beside one of four.
const patience = 64

// push puts a key into its place.
func (q *climbQueue) push(id uint32, rank uint64) {
	at := 0
	if q.ordered {
		if rank >= q.last {
			at = bits.Len64(rank ^ q.last)
		} else if q.against++; q.against > patience+q.taken/4 {
			q.disorder()
		}
	}
	q.by[at] = append(q.by[at], id)
}

// move puts a key that is due with the rank old into its new place.
func (q *climbQueue) move(id uint32, old, rank uint64) {
	if old < q.last || rank < q.last || bits.Len64(old^q.last) != bits.Len64(rank^q.last) {
		q.push(id, rank)
	}
}

// disorder makes it a queue.
func (q *climbQueue) disorder() {
	q.ordered = false
	for i := 1; i < len(q.by); i++ {
		q.by[0] = append(q.by[0], q.by[i]...)
		q.by[i] = q.by[i][:0]
	}
}

// next takes the keys that come next, which are due no longer: those with the best
// value, or all where there is no order. None are left if there are none. They are
// valid until the next call.
func (k *climb) next() []uint32 {
	q := &k.queue
	for len(q.by[0]) > 0 || k.descend() {
		q.run, q.by[0] = q.by[0], q.run[:0]
		n := 0
		for _, id := range q.run {
			if k.state[id]&climbDue != 0 {
				k.state[id] &^= climbDue
				q.run[n] = id
				n++
			}
		}
		if q.taken += n; n > 0 {
			return q.run[:n]
		}
	}
	q.trim()
	return nil
}

// descend takes the keys with the best value to the front; false where none is due.
func (k *climb) descend() bool {
	q := &k.queue
	for i := 1; i < len(q.by); i++ {
		items := q.by[i]
		n, last := 0, ^uint64(0)
		for _, id := range items {
			if k.state[id]&climbDue != 0 {
				last = min(last, k.rank(k.best[id]))
				items[n] = id
				n++
			}
		}
		q.by[i] = items[:0]
		if n == 0 {
			continue
		}
		q.last = last
		for _, id := range items[:n] {
			at := bits.Len64(k.rank(k.best[id]) ^ last)
			q.by[at] = append(q.by[at], id)
		}
		return true
	}
	return false
}

// trim forgets the memory of a first turn.
func (q *climbQueue) trim() {
	for i, ids := range q.by {
		if q.by[i] = ids[:0]; cap(ids) > 1<<16 {
			q.by[i] = nil
		}
	}
	if cap(q.run) > 1<<16 {
		q.run = nil
	}
}

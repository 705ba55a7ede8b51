package state

// siblings are the lists of children of parents: doubly linked, in columns
// beside the rows of both. Numbers are stored plus one, 0 ends a list.
type siblings struct {
	first      []uint32 // by parent
	next, prev []uint32 // by child
}

// grow makes a column long enough for number i.
func grow[T any](col []T, i int) []T {
	for i >= len(col) {
		var zero T
		col = append(col, zero)
	}
	return col
}

func (l *siblings) link(parent, child uint32) {
	l.first = grow(l.first, int(parent))
	l.next, l.prev = grow(l.next, int(child)), grow(l.prev, int(child))
	head := l.first[parent]
	l.next[child], l.prev[child] = head, 0
	if head > 0 {
		l.prev[head-1] = child + 1
	}
	l.first[parent] = child + 1
}

func (l *siblings) unlink(parent, child uint32) {
	next, prev := l.next[child], l.prev[child]
	if next > 0 {
		l.prev[next-1] = prev
	}
	if prev > 0 {
		l.next[prev-1] = next
	} else {
		l.first[parent] = next
	}
}

// each calls f with the children until it returns false. f may unlink the child
// that it is given.
func (l *siblings) each(parent uint32, f func(child uint32) bool) bool {
	if int(parent) >= len(l.first) {
		return true
	}
	for at := l.first[parent]; at > 0; {
		next := l.next[at-1]
		if !f(at - 1) {
			return false
		}
		at = next
	}
	return true
}

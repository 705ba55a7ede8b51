package stdlib

import "github.com/laspc/lasp/lang/value"

// multiset holds values with counts in the total order. It is a treap (Seidel
// and Aragon 1996): a search tree by value that is a heap by a priority drawn
// from a generator of its own, so insertion, removal, least and greatest take
// O(log n) expected steps. The zero multiset is empty.
type multiset struct {
	root *treap
	rng  uint64
}

type treap struct {
	v           value.Value
	count       int64
	priority    uint64
	left, right *treap
}

// add changes the count of v by n; a value whose count becomes 0 is gone. Counts
// may be negative in between: changes of a turn come in any order.
func (m *multiset) add(v value.Value, n int64) {
	if n == 0 {
		return
	}
	if t := m.find(v); t != nil && t.count+n != 0 {
		t.count += n
		return
	} else if t != nil {
		m.root = remove(m.root, v)
		return
	}
	m.rng = m.rng*6364136223846793005 + 1442695040888963407
	m.root = insert(m.root, &treap{v: v, count: n, priority: m.rng})
}

func (m *multiset) find(v value.Value) *treap {
	t := m.root
	for t != nil {
		switch c := value.Compare(v, t.v); {
		case c < 0:
			t = t.left
		case c > 0:
			t = t.right
		default:
			return t
		}
	}
	return nil
}

// least and greatest return an end of the order; ok is false when empty.
func (m *multiset) least() (v value.Value, ok bool) {
	return end(m.root, func(t *treap) *treap { return t.left })
}

func (m *multiset) greatest() (v value.Value, ok bool) {
	return end(m.root, func(t *treap) *treap { return t.right })
}

func end(t *treap, next func(*treap) *treap) (value.Value, bool) {
	if t == nil {
		return value.Value{}, false
	}
	for next(t) != nil {
		t = next(t)
	}
	return t.v, true
}

func insert(t, x *treap) *treap {
	switch {
	case t == nil:
		return x
	case x.priority > t.priority:
		x.left, x.right = cut(t, x.v)
		return x
	case value.Compare(x.v, t.v) < 0:
		t.left = insert(t.left, x)
	default:
		t.right = insert(t.right, x)
	}
	return t
}

// cut divides a tree that does not hold v into what is below and what is above.
func cut(t *treap, v value.Value) (below, above *treap) {
	if t == nil {
		return nil, nil
	}
	if value.Compare(t.v, v) < 0 {
		t.right, above = cut(t.right, v)
		return t, above
	}
	below, t.left = cut(t.left, v)
	return below, t
}

func remove(t *treap, v value.Value) *treap {
	switch c := value.Compare(v, t.v); {
	case c < 0:
		t.left = remove(t.left, v)
	case c > 0:
		t.right = remove(t.right, v)
	default:
		return merge(t.left, t.right)
	}
	return t
}

// merge joins two trees of which the first lies wholly below the second.
func merge(a, b *treap) *treap {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.priority > b.priority:
		a.right = merge(a.right, b)
		return a
	}
	b.left = merge(a, b.left)
	return b
}

package vm

import "github.com/laspc/lasp/lang/value"

// How elements are added to the last chunk of a stream.

// len is how many elements are published.
func (c *chunk) len() int {
	if c.kind != value.Invalid {
		return len(c.words)
	}
	return len(c.vals)
}

// room is the chunk that takes a further element of a kind: c or a new last one.
func (c *chunk) room(k value.Kind) *chunk {
	if c.len() == 0 {
		c.kind = k
		return c
	}
	if c.kind == k && c.len() < chunkSize && !c.borrowed {
		return c
	}
	full := c.len() == chunkSize // it goes on
	last := c.after()
	last.kind = k
	switch {
	case full && k != value.Invalid:
		last.words = last.sole.take()
	case full:
		last.vals = make([]value.Value, 0, chunkSize)
	}
	return last
}

// after is a new last chunk of the stream behind c.
func (c *chunk) after() *chunk {
	last := &chunk{by: c.by, sole: c.sole}
	c.by, c.next = nil, place{c: last}
	return last
}

// addWord adds an element of a raw kind.
func (c *chunk) addWord(k value.Kind, w value.Word) *chunk {
	c = c.room(k)
	c.words = append(c.words, w)
	return c
}

// fewBorrowed is from how many words on it is better to borrow them than to copy.
const fewBorrowed = 32

// borrow adds words of another chunk, n from p on. They are published, so nobody
// changes them.
func (c *chunk) borrow(p place, n int) *chunk {
	if c.len() > 0 {
		c = c.after()
	}
	p.c.lent = true
	c.kind, c.words, c.borrowed = p.c.kind, p.c.words[p.i:p.i+n:p.i+n], true
	return c
}

// addKept adds those of the words from p on that are kept, as many as k.
func (c *chunk) addKept(p place, keep []byte, k int) *chunk {
	switch {
	case k == 0:
		return c
	case k == len(keep) && k >= fewBorrowed:
		return c.borrow(p, k)
	}
	kind, words := p.c.kind, p.c.words[p.i:p.i+len(keep)]
	if c = c.room(kind); c.len()+k > chunkSize {
		c = c.after()
		c.kind = kind
	}
	to, at := c.tail(k), 0
	for i, w := range words {
		if at == k {
			break // what follows is not kept
		}
		to[at] = w
		at += int(keep[i])
	}
	c.words = c.words[:len(c.words)+k]
	return c
}

// tail is room for n more words behind those that are published.
func (c *chunk) tail(n int) []value.Word {
	have := len(c.words)
	if have+n > cap(c.words) {
		room := have + n
		if n > chunkSize/8 && room <= chunkSize { // it will go on
			c.words = append(c.sole.take(), c.words...)
		} else {
			c.words = append(make([]value.Word, 0, room), c.words...)
		}
	}
	return c.words[have : have+n]
}

// add adds an element.
func (c *chunk) add(v value.Value) *chunk {
	if k := v.Kind(); value.RawKind(k) {
		return c.addWord(k, value.RawWord(v))
	}
	c = c.room(value.Invalid)
	c.vals = append(c.vals, v)
	return c
}

// addFrom adds up to n elements from p on that are known and in one chunk.
func (c *chunk) addFrom(p place, n int) (last *chunk, added int) {
	n = min(n, p.c.len()-p.i)
	if p.c.kind != value.Invalid && n >= fewBorrowed {
		return c.borrow(p, n), n
	}
	c = c.room(p.c.kind)
	n = min(n, chunkSize-c.len())
	if c.kind != value.Invalid {
		c.words = append(c.words, p.c.words[p.i:p.i+n]...)
	} else {
		c.vals = append(c.vals, p.c.vals[p.i:p.i+n]...)
	}
	return c, n
}

// close ends the stream behind c.
func (c *chunk) close() { c.by = nil }

// link lets the stream go on as another one.
func (c *chunk) link(p place) {
	if c.sole == nil {
		p.c.share()
	}
	c.by, c.next = nil, p
}

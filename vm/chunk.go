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
	last := &chunk{kind: k, by: c.by}
	if c.len() == chunkSize { // one that goes on
		if k != value.Invalid {
			last.words = make([]value.Word, 0, chunkSize)
		} else {
			last.vals = make([]value.Value, 0, chunkSize)
		}
	}
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

// borrow adds words of another chunk. They are published, so nobody changes them.
func (c *chunk) borrow(k value.Kind, words []value.Word) *chunk {
	if c.len() > 0 {
		last := &chunk{by: c.by}
		c.by, c.next = nil, place{c: last}
		c = last
	}
	c.kind, c.words, c.borrowed = k, words[:len(words):len(words)], true
	return c
}

// addKept adds the words that are kept, as many as k.
func (c *chunk) addKept(kind value.Kind, words []value.Word, keep []byte, k int) *chunk {
	switch {
	case k == 0:
		return c
	case k == len(words) && k >= fewBorrowed:
		return c.borrow(kind, words)
	}
	if c = c.room(kind); c.len()+k > chunkSize {
		last := &chunk{kind: kind, by: c.by}
		c.by, c.next = nil, place{c: last}
		c = last
	}
	to, at := c.tail(k), 0
	keep = keep[:len(words)]
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
		if n > chunkSize/8 { // it will go on
			room = max(room, chunkSize)
		}
		c.words = append(make([]value.Word, 0, room), c.words...)
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
		return c.borrow(p.c.kind, p.c.words[p.i:p.i+n]), n
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
func (c *chunk) link(p place) { c.by, c.next = nil, p }

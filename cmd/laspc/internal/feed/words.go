package feed

import (
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Elements that are wanted as words are read by one goroutine and given words and
// handed on by another, the caller's, where the file is large enough for both to
// have something to do. Only the caller may use its interner. So the reader numbers
// the texts that it meets, each once, and a chunk of elements comes with the texts
// that are new in it; the caller gives each of them its word and puts the words in
// the place of the numbers. Words depend on the order of the file alone.

const (
	// chunkRows is how many elements a chunk has.
	chunkRows = 1 << 15
	// apartFrom is from how many bytes on a file is read apart from what is done
	// with it.
	apartFrom = 1 << 19
	// manyTexts is how many texts are remembered; then the reader begins anew.
	manyTexts = 1 << 17
)

// chunk is elements that were read: words one behind the other, with numbers in
// the place of ids.
type chunk struct {
	words []value.Word
	n     int           // elements
	anew  bool          // numbers begin from 0 with this chunk
	fresh []value.Value // what the next numbers stand for
	read  int64         // bytes of the file so far
}

// scanner reads elements into chunks.
type scanner struct {
	l     *loader
	at    *chunk
	texts *texts
	wait  []waitingText // whose numbers are not in their places yet
	send  func(*chunk) (next *chunk, err error)
}

// readWords reads a file of elements for Sink.Rows.
func (l *loader) readWords(read reading) error {
	if l.file.size < apartFrom {
		s := l.scanner(&chunk{})
		s.send = func(c *chunk) (*chunk, error) { return c, l.deliver(c) }
		return s.scan(read)
	}
	full, free, stop := make(chan *chunk, 1), make(chan *chunk, 2), make(chan struct{})
	s, failed := l.scanner(&chunk{}), error(nil)
	free <- &chunk{}
	free <- &chunk{}
	s.send = func(c *chunk) (*chunk, error) {
		select {
		case full <- c:
		case <-stop:
			return nil, io.ErrClosedPipe
		}
		select {
		case next := <-free:
			return next, nil
		case <-stop:
			return nil, io.ErrClosedPipe
		}
	}
	go func() {
		defer close(full)
		failed = s.scan(read)
	}()
	for c := range full {
		if err := l.deliver(c); err != nil {
			close(stop)
			for range full { // until the reader has seen it
			}
			return err
		}
		free <- c
	}
	return failed
}

func (l *loader) scanner(first *chunk) *scanner {
	return &scanner{l: l, at: first, texts: newTexts(), wait: make([]waitingText, 0, manyWait)}
}

// scan reads the whole file. Elements before one that does not fit are handed on
// by whole chunks only.
func (s *scanner) scan(read reading) error {
	s.start(s.at)
	if err := read(s.l, s.l.file, s.take); err != nil {
		return err
	}
	return s.flush()
}

// start makes c the chunk that is filled.
func (s *scanner) start(c *chunk) {
	*c = chunk{words: c.words[:0], fresh: c.fresh[:0], anew: s.texts.n == 0}
	if s.texts.n >= manyTexts {
		s.texts.reset()
		c.anew = true
	}
	s.at = c
}

func (s *scanner) flush() error {
	if s.at.n == 0 {
		return nil
	}
	s.settle()
	s.at.read = s.l.file.read
	next, err := s.send(s.at)
	if err == nil {
		s.start(next)
	}
	return err
}

// take reads one element: a field of a number or text becomes a word without a
// value in between.
func (s *scanner) take(in row) error {
	l, c := s.l, s.at
	if in.fields == nil || l.isRecord() || len(in.fields) != len(l.cols) {
		v, err := l.value(in)
		if err != nil {
			return err
		}
		s.value(v)
	} else {
		n := len(c.words)
		for i, text := range in.fields {
			if err := s.field(l.cols[i], text); err != nil {
				c.words = c.words[:n]
				return fmt.Errorf("field %d: %w", i+1, err)
			}
		}
	}
	if c.n++; c.n >= chunkRows {
		return s.flush()
	}
	return nil
}

// field appends the word of one field.
func (s *scanner) field(t *types.Type, text []byte) error {
	switch t = t.Resolve(); t.Con {
	case "Int", "Nat":
		if n, ok := number(text); ok && (n >= 0 || t.Con == "Int") {
			s.at.words = append(s.at.words, value.Word(n))
			return nil
		}
	case "String":
		if utf8.Valid(text) {
			s.number(text)
			return nil
		}
	}
	v, err := field(t, string(text))
	if err == nil {
		s.value(v)
	}
	return err
}

// value appends the words of a value, flattened.
func (s *scanner) value(v value.Value) {
	switch k := v.Kind(); {
	case k == value.Tuple:
		for _, x := range v.Elems() {
			s.value(x)
		}
	case value.RawKind(k):
		s.at.words = append(s.at.words, value.RawWord(v))
	case k == value.String:
		s.number([]byte(v.Str()))
	default:
		s.give(v)
	}
}

// number appends the number of a text, or a place where it will be.
func (s *scanner) number(text []byte) {
	if len(text) > shortMost {
		s.settle() // numbers are given in the order of the file
		n, own, fresh := s.texts.longNumber(text)
		s.at.words = append(s.at.words, n)
		if fresh {
			s.fresh(own)
		}
		return
	}
	w := shorten(text)
	w.pos = uint32(len(s.at.words))
	s.at.words = append(s.at.words, 0)
	if s.wait = append(s.wait, w); len(s.wait) == manyWait {
		s.settle()
	}
}

func (s *scanner) fresh(own string) { s.at.fresh = append(s.at.fresh, value.MakeString(own)) }

// settle puts the numbers of the texts that wait into their places.
func (s *scanner) settle() {
	s.texts.numbers(s.wait, s.at.words, s.fresh)
	s.wait = s.wait[:0]
}

// give appends the next number, which stands for v.
func (s *scanner) give(v value.Value) {
	s.settle()
	s.at.words, s.at.fresh = append(s.at.words, s.texts.next()), append(s.at.fresh, v)
}

// deliver puts words in the place of numbers and hands a chunk on.
func (l *loader) deliver(c *chunk) error {
	if c.anew {
		l.ids = l.ids[:0]
	}
	for _, v := range c.fresh {
		l.ids = append(l.ids, l.to.Interner.Word(v))
	}
	cols := l.typ.Columns(nil)
	for i, t := range cols {
		if t.IsRaw() {
			continue
		}
		for at := i; at < len(c.words); at += len(cols) {
			c.words[at] = l.ids[c.words[at]]
		}
	}
	l.all += c.n
	return l.to.Rows(Rows{Cell: l.cell, Arg: l.arg, Words: c.words, N: c.n, Left: l.file.left(l.all, c.read)})
}

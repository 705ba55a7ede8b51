package feed

import (
	"fmt"
	"unicode/utf8"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Elements that are wanted as words are read block by block into parts, each by one
// scanner, of which several may be at work; see apart.go. Only the caller may use its
// interner. So a scanner numbers the texts that it meets, each once, and a part comes
// with the texts that are new to its scanner; the caller gives each of them its word
// and puts the words in the place of the numbers. It takes the parts in the order of
// the file, so words depend on that alone: a text that the scanner of an earlier part
// has met has its word by then.

const (
	// chunkRows is how many elements with quotes come at once.
	chunkRows = 1 << 14
	// manyTexts is how many texts a scanner remembers; then it begins anew.
	manyTexts = 1 << 17
)

// part is elements that were read: words one behind the other, with numbers in the
// place of ids.
type part struct {
	block
	words  []value.Word
	n      int          // elements
	by     *ids         // of the scanner
	anew   bool         // numbers begin from 0 with this part
	fresh  []string     // texts that the next numbers stand for
	others []otherValue // what some of them stand for instead
	lines  int          // that were read
	quoted int          // where the line begins at which quoted text does, or -1
	err    error        // lines in it are counted from the part on
}

// otherValue is what is no text among what is new.
type otherValue struct {
	at int // in fresh
	v  value.Value
}

// ids are the words of what a scanner numbered.
type ids struct{ words []value.Word }

// scanner reads blocks into parts, or into operations where no words are wanted.
type scanner struct {
	l     *loader
	lines lineReader
	ends  [3]uint64 // see quick.go
	at    *part
	ids   ids
	texts *texts
}

func (l *loader) scanner() *scanner {
	s := &scanner{l: l, lines: lineReader{l: l}}
	if s.lines.yield = l.placed(l.take); l.to.Rows != nil {
		s.lines.yield, s.lines.flat = l.placed(s.take), flatRow(l.typ)
		s.texts, s.ends = newTexts(), l.quickEnds()
	}
	return s
}

// placed makes errors of a function name the line.
func (l *loader) placed(take func(row) error) func(row) error {
	return func(in row) error {
		if err := take(in); err != nil {
			return &Error{File: l.name, Line: in.line, Message: err.Error() + aboutHeading(l.typ, in) + aboutLineEnds(in)}
		}
		return nil
	}
}

// read reads the lines of the block of a part.
func (s *scanner) read(p *part) {
	s.start(p)
	for at := 0; at < len(p.text) && p.err == nil && p.quoted < 0; {
		if s.l.quick != nil {
			if at = s.readQuick(at); at == len(p.text) {
				break
			}
		}
		line, rest := cutLine(p.text[at:])
		p.lines++
		if len(line) > 0 {
			if p.err = s.lines.line(p.lines, line); p.err == errQuoted {
				p.lines, p.quoted, p.err = p.lines-1, at, nil
			}
		}
		at = len(p.text) - len(rest)
	}
	s.settle()
}

// start makes p the part that is filled.
func (s *scanner) start(p *part) {
	*p = part{block: p.block, words: p.words[:0], fresh: p.fresh[:0], others: p.others[:0], by: &s.ids, quoted: -1}
	if s.at = p; s.texts == nil {
		return
	}
	if most := len(p.text)/2 + len(s.l.cols); cap(p.words) < most { // a field has a byte and its end
		p.words = make([]value.Word, 0, most)
	}
	if s.texts.n >= manyTexts {
		s.texts.reset()
	}
	p.anew = s.texts.n == 0
}

// take reads one element: a field of a number or text becomes a word without a
// value in between.
func (s *scanner) take(in row) error {
	l, p := s.l, s.at
	if in.fields == nil || l.isRecord() || len(in.fields) != len(l.cols) {
		v, err := l.value(in)
		if err != nil {
			return err
		}
		s.value(v)
	} else {
		for i, text := range in.fields {
			if err := s.field(l.cols[i], text); err != nil {
				return fmt.Errorf("field %d: %w", i+1, err)
			}
		}
	}
	p.n++
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

// number appends a place where the number of a text will be. The text must stay what
// it is until then.
func (s *scanner) number(text []byte) {
	if s.texts.full(1) {
		s.settle()
	}
	if k, short := keyOf(text); short {
		s.texts.await(k, len(s.at.words))
	} else {
		s.texts.awaitLong(text, len(s.at.words))
	}
	s.at.words = append(s.at.words, 0)
}

func (s *scanner) fresh(own string) { s.at.fresh = append(s.at.fresh, own) }

// settle puts the numbers of the texts that wait into their places.
func (s *scanner) settle() {
	if s.texts != nil {
		s.texts.numbers(s.at.words, s.fresh)
	}
}

// give appends the next number, which stands for v.
func (s *scanner) give(v value.Value) {
	s.settle()
	s.at.words = append(s.at.words, s.texts.next())
	s.at.others = append(s.at.others, otherValue{len(s.at.fresh), v})
	s.fresh("")
}

// deliver puts words in the place of numbers and hands a part on. A part with an
// error gives it, with its place in the file, and nothing else.
func (l *loader) deliver(p *part) error {
	if p.err != nil {
		if e, ok := p.err.(*Error); ok && e.Line > 0 {
			e.Line += l.lines
		}
		return p.err
	}
	l.lines += p.lines
	if p.n == 0 {
		return nil
	}
	ids := l.wordsOf(p)
	cols := l.typ.Columns(nil)
	for i, t := range cols {
		if t.IsRaw() {
			continue
		}
		for at := i; at < len(p.words); at += len(cols) {
			p.words[at] = ids[p.words[at]]
		}
	}
	l.all += p.n
	return l.to.Rows(Rows{Cell: l.cell, Arg: l.arg, Words: p.words, N: p.n, Left: l.file.left(l.all, p.end)})
}

// wordsOf are the words of what the scanner of a part has numbered, up to that part.
func (l *loader) wordsOf(p *part) []value.Word {
	by, in, others := p.by, l.to.Interner, p.others
	if p.anew {
		by.words = by.words[:0]
	}
	for i, text := range p.fresh {
		v := value.MakeString(text)
		if len(others) > 0 && others[0].at == i {
			v, others = others[0].v, others[1:]
		}
		by.words = append(by.words, in.Word(v))
	}
	return by.words
}

package feed

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/laspc/lasp/lang/value"
)

// Lines of numbers and texts between tabs or commas are most of what is loaded. They
// are read in one pass, eight bytes at a time: where a field ends is found by what
// its bytes are, all at once, and so is what digits say (the arithmetic within words
// of Lamport, "Multiple byte processing with full-word instructions", 1975). A line
// that is not plain, for whatever reason, is left to the reader of all lines, which
// knows all forms and all mistakes.

// quickColumn is what a field is read as.
type quickColumn uint8

const (
	quickInt quickColumn = iota
	quickNat
	quickText
)

// quickColumns are the columns of rows whose lines may be plain, nil for others.
func (l *loader) quickColumns() []quickColumn {
	if l.format.by == 0 || l.isRecord() || len(l.cols) > manyWait {
		return nil
	}
	var cols []quickColumn
	for _, t := range l.cols {
		switch t.Resolve().Con {
		case "Int":
			cols = append(cols, quickInt)
		case "Nat":
			cols = append(cols, quickNat)
		case "String":
			cols = append(cols, quickText)
		default:
			return nil
		}
	}
	return cols
}

// quickEnds are words of the bytes that stop the text of a field.
func (l *loader) quickEnds() [3]uint64 {
	ends := [3]uint64{every(l.format.by), every('\n'), every('\n')}
	if l.format.quotes {
		ends[2] = every('"')
	}
	return ends
}

// every is a word of eight bytes that are all c.
func every(c byte) uint64 { return uint64(c) * 0x0101010101010101 }

const highBits = 0x8080808080808080

// zeros marks the first byte of x that is 0 with its high bit; marks behind it say
// nothing.
func zeros(x uint64) uint64 { return (x - 0x0101010101010101) &^ x & highBits }

// notDigits is zeros of the first byte that is no digit, of digits ^ every('0').
func notDigits(x uint64) uint64 { return (x + 0x7676767676767676 | x) & highBits }

// first is the place of the first byte that is marked, 8 where none is.
func first(marks uint64) int { return bits.TrailingZeros64(marks) >> 3 }

// eightDigits is what eight digits say, each less '0', the first one lowest.
func eightDigits(x uint64) uint64 {
	const low = 0x000000FF000000FF
	x = x*10 + x>>8
	return ((x&low)*(100+1000000<<32) + (x>>16&low)*(1+10000<<32)) >> 32
}

var tens = [9]uint64{1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000}

// readQuick reads plain lines from the place at of the block on, and returns where
// one begins that is not plain, or where the block ends.
func (s *scanner) readQuick(at int) int {
	p := s.at
	text := p.text[:len(p.text)+slack]
	end := len(p.text)
	for end > at && text[end-1] != '\n' { // of the last line that has one
		end--
	}
	for at < end {
		if s.texts.full(len(s.l.quick)) {
			s.settle()
		}
		next := s.quickLine(text, at)
		if next < 0 {
			break
		}
		at = next
		p.n++
		p.lines++
	}
	return at
}

// quickLine appends the words of the line at a place and returns where the next one
// begins. It is -1, and nothing is appended, where the line is not plain.
func (s *scanner) quickLine(text []byte, at int) int {
	p, stop := s.at, s.l.format.by
	if text[at] == '\n' || text[at] == '\r' {
		return -1
	}
	n, mark := len(p.words), s.texts.mark()
	for i, col := range s.l.quick {
		if i == len(s.l.quick)-1 {
			stop = '\n'
		}
		var w value.Word
		if col == quickText {
			at = s.quickText(text, at, stop)
		} else if w, at = quickNumber(text, at, stop); col == quickNat && int64(w) < 0 {
			at = -1
		}
		if at < 0 {
			p.words = p.words[:n]
			s.texts.forget(mark)
			return -1
		}
		p.words = append(p.words, w)
	}
	return at
}

// quickNumber reads the number at a place, which ends at stop, and returns where the
// next field begins; -1 where it is no number of up to 15 digits.
func quickNumber(text []byte, at int, stop byte) (value.Word, int) {
	minus := text[at] == '-'
	if minus {
		at++
	}
	x := binary.LittleEndian.Uint64(text[at:]) ^ every('0')
	n := first(notDigits(x))
	if n == 0 {
		return 0, -1
	}
	w := eightDigits(x << (64 - 8*n))
	if at += n; n == 8 {
		x = binary.LittleEndian.Uint64(text[at:]) ^ every('0')
		if n = first(notDigits(x)); n == 8 {
			return 0, -1
		}
		w = w*tens[n] + eightDigits(x<<(64-8*n))
		at += n
	}
	if minus {
		w = -w
	}
	if text[at] != stop {
		if stop != '\n' || text[at] != '\r' || text[at+1] != '\n' {
			return 0, -1
		}
		at++
	}
	return w, at + 1
}

// quickText lets the text at a place wait, which ends at stop, and returns where the
// next field begins; -1 where it is not plain.
func (s *scanner) quickText(text []byte, at int, stop byte) int {
	var y, high uint64
	n, x := 0, binary.LittleEndian.Uint64(text[at:])
	if marks := s.stops(x); marks != 0 {
		n = first(marks)
		high = x & lowBytes(n)
	} else {
		y = binary.LittleEndian.Uint64(text[at+8:])
		n, high = s.quickRest(text, at, y)
		high |= x
	}
	if text[at+n] != stop {
		return -1
	}
	next := at + n + 1
	if stop == '\n' && n > 0 && text[at+n-1] == '\r' {
		n--
	}
	if high&highBits != 0 && !utf8.Valid(text[at:at+n]) {
		return -1
	}
	if k, short := (shortKey{x, y}).cut(n); short {
		s.texts.await(k, len(s.at.words))
	} else {
		s.texts.awaitLong(text[at:at+n], len(s.at.words))
	}
	return next
}

// quickRest is the size of a text at a place whose second eight bytes are y and which
// goes on there, and all bits that are set in it from there on.
func (s *scanner) quickRest(text []byte, at int, y uint64) (n int, set uint64) {
	n = 8
	marks := s.stops(y)
	for ; marks == 0; marks = s.stops(y) {
		set |= y
		n += 8
		y = binary.LittleEndian.Uint64(text[at+n:])
	}
	k := first(marks)
	return n + k, set | y&lowBytes(k)
}

// stops marks the first byte that ends a field, or that a plain field does not have.
func (s *scanner) stops(x uint64) uint64 {
	return zeros(x^s.ends[0]) | zeros(x^s.ends[1]) | zeros(x^s.ends[2])
}

// lowBytes are the bits of the first n bytes of a word, up to 8.
func lowBytes(n int) uint64 { return 1<<(8*n) - 1 }

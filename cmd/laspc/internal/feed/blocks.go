package feed

import (
	"bytes"
	"errors"
	"io"
	"os"
)

const (
	// blockSize is how much of a file is read at once.
	blockSize = 128 << 10
	// slack is how many bytes behind the lines of a block may be looked at. They say
	// nothing.
	slack = 8
)

// byteOrderMark is what some programs write in front of UTF-8.
var byteOrderMark = []byte("\uFEFF")

// errLongLine says that a line is longer than maxLine.
var errLongLine = errors.New("a long line")

// block is a part of a file: whole lines, of which the last one of the file may have
// no end.
type block struct {
	text []byte // has slack bytes of room behind it
	from int64  // where text begins in the file
	end  int64  // where it ends
}

// source reads a file block by block.
type source struct {
	r     io.Reader
	block int    // how much is read at once
	size  int64  // of a regular file, else 0
	end   int64  // of what was handed out
	rest  []byte // what was read and lies behind that
	over  bool
}

func newSource(r io.Reader) *source {
	s := &source{r: r, block: blockSize}
	if f, ok := r.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			s.size = info.Size()
		}
	}
	return s
}

// next reads the lines that follow into b, whose memory is used again. It returns
// io.EOF where there are none.
func (s *source) next(b *block) error {
	if s.over {
		return io.EOF
	}
	text := b.text[:0]
	if want := max(len(s.rest), s.blockSize()) + slack; cap(text) < want {
		text = make([]byte, 0, want)
	}
	text = append(text, s.rest...)
	s.rest = s.rest[:0]
	for {
		n, err := io.ReadFull(s.r, text[len(text):cap(text)-slack])
		text = text[:len(text)+n]
		if s.over = err == io.EOF || err == io.ErrUnexpectedEOF; s.over {
			return s.give(b, text, len(text))
		}
		if err != nil {
			return err
		}
		if end := bytes.LastIndexByte(text, '\n') + 1; end > 0 {
			s.rest = append(s.rest, text[end:]...)
			return s.give(b, text, end)
		}
		if len(text) > maxLine {
			return errLongLine
		}
		text = append(make([]byte, 0, 2*cap(text)), text...)
	}
}

// blockSize is how large the next block is: no larger than what is left of a file
// whose size is known, and a byte more, so that its end is seen.
func (s *source) blockSize() int {
	if left := s.size - s.end + 1; s.size > 0 && left > 0 && left < int64(s.block) {
		return int(left)
	}
	return s.block
}

// give hands out what text has up to end.
func (s *source) give(b *block, text []byte, end int) error {
	b.text, b.from = text[:end], s.end
	s.end += int64(end)
	b.end = s.end
	if b.from == 0 && bytes.HasPrefix(b.text, byteOrderMark) {
		b.text, b.from = b.text[len(byteOrderMark):], int64(len(byteOrderMark))
	}
	if end == 0 {
		return io.EOF
	}
	return nil
}

// behind reads what follows the text up to at of the block that was read last.
func (s *source) behind(b *block, at int) io.Reader {
	return io.MultiReader(bytes.NewReader(bytes.Clone(b.text[at:])), bytes.NewReader(s.rest), s.r)
}

// again reads a regular file from an offset on, whatever was read of it.
func (s *source) again(from int64) (io.Reader, error) {
	_, err := s.r.(io.Seeker).Seek(from, io.SeekStart)
	return s.r, err
}

// left estimates how many rows follow so many that came before an offset: rather too
// many, since room for those that do not come is not touched.
func (s *source) left(rows int, at int64) int {
	if at == 0 || s.size <= at {
		return 0
	}
	return int(float64(rows) * float64(s.size-at) / float64(at) * (1 + 1.0/32))
}

// cutLine returns the first line of text without its end, and what follows.
func cutLine(text []byte) (line, rest []byte) {
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		line, rest = text[:i], text[i+1:]
	} else {
		line = text
	}
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

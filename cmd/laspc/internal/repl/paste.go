package repl

import (
	"bytes"
	"io"
)

// Terminals that know bracketed paste put pasted text between these marks, once
// they were asked to.
const (
	pasteOn    = "\x1b[?2004h"
	pasteOff   = "\x1b[?2004l"
	pasteStart = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

// newlineMark stands for a line end inside one line of input: in a pasted block,
// and in the history, whose file has one entry a line.
const newlineMark = "⏎"

// pasteReader turns a pasted block into one line: line ends become newlineMark,
// so that a block is edited, run and remembered as a whole. Everything else
// passes through.
type pasteReader struct {
	in      io.ReadCloser
	pasting bool
	held    []byte // the beginning of a mark, until more arrives
	out     []byte // what the caller has not taken yet
	err     error
}

// Read implements io.Reader.
func (p *pasteReader) Read(to []byte) (int, error) {
	buf := make([]byte, 4096)
	for len(p.out) == 0 && p.err == nil {
		n, err := p.in.Read(buf)
		p.err = err
		p.take(append(p.held, buf[:n]...))
	}
	if len(p.out) == 0 {
		return 0, p.err
	}
	n := copy(to, p.out)
	p.out = p.out[n:]
	return n, nil
}

// Close implements io.Closer.
func (p *pasteReader) Close() error { return p.in.Close() }

// take filters what was read.
func (p *pasteReader) take(in []byte) {
	p.held = nil
	for len(in) > 0 {
		mark := pasteStart
		if p.pasting {
			mark = pasteEnd
		}
		at := bytes.Index(in, []byte(mark))
		if at >= 0 {
			p.pass(in[:at])
			p.pasting = !p.pasting
			in = in[at+len(mark):]
			continue
		}
		keep := partOf(in, mark)
		p.pass(in[:len(in)-keep])
		p.held = bytes.Clone(in[len(in)-keep:])
		return
	}
}

// partOf is the length of the longest end of in that begins mark. One or two
// bytes are let through: they may be the Escape key.
func partOf(in []byte, mark string) int {
	for n := min(len(in), len(mark)-1); n > 2; n-- {
		if bytes.HasSuffix(in, []byte(mark[:n])) {
			return n
		}
	}
	return 0
}

// pass hands text on; of pasted text control characters are not keys. A NUL is what
// Ctrl-Space sends, and what is left of a Ctrl-D that was pressed while the terminal
// was not the line editor's. The editor takes one for the end of its input and reads
// on, so that the key after it would be waited for by nobody.
func (p *pasteReader) pass(in []byte) {
	in = bytes.ReplaceAll(in, []byte{0}, nil)
	if !p.pasting {
		p.out = append(p.out, in...)
		return
	}
	in = bytes.ReplaceAll(in, []byte("\r\n"), []byte("\n"))
	for _, b := range in {
		switch {
		case b == '\n' || b == '\r':
			p.out = append(p.out, newlineMark...)
		case b == '\t':
			p.out = append(p.out, "  "...)
		case b >= ' ' && b != 0x7f:
			p.out = append(p.out, b)
		}
	}
}

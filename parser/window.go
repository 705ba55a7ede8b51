package parser

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
)

// The parser library wants all tokens of a text at once, 64 bytes each and several
// times that while they come. So a long text is read through a window of tokens that
// begins and ends between declarations. That is for texts without a mistake: what is
// wrong with a text may show far from where it is wrong, so at the first sign of a
// mistake the window is given up and the whole text is read.
//
// A window is cut where a declaration seems to begin. If that is a mistaken guess,
// the declaration before it goes on behind the cut, which is also such a sign.

const (
	longText     = 1 << 16 // bytes from which on a text is read through a window
	windowTokens = 1 << 13 // that a window has at most
	// windowAhead is how many tokens behind the cut the parser may look at.
	windowAhead = 16
)

// window is a window of tokens. The tokens are in the memory of a lexer of the
// library, which it gives out for reading; here they are also replaced.
type window struct {
	p     *parser
	toks  []lexer.Token
	start lexer.Checkpoint
	n     int // tokens in the window
	cut   int // where the last declaration that begins in it begins; n at the end of the text
	ended bool
}

// fillers makes the room of a window: tokens that say nothing.
type fillers int

// Next implements lexer.Lexer.
func (n *fillers) Next() (lexer.Token, error) {
	if *n--; *n < 0 {
		return noMore, nil
	}
	return lexer.Token{Type: bad}, nil
}

// parseLong reads a long text without mistakes through a window of so many tokens; ok
// is false where it may have some.
func parseLong(f *source.File, size int) (file *ast.File, ok bool) {
	p := &parser{file: f, scan: newScanner(f), gram: grammars.Get().(*grammar), margin: maxBytes}
	p.gram.p = p
	defer p.release()
	room := fillers(size)
	p.lex, _ = lexer.Upgrade(&room)
	w := &window{p: p, start: p.lex.MakeCheckpoint()}
	w.toks = p.lex.Range(0, lexer.RawCursor(size+1))
	file = &ast.File{Src: f}
	for w.next() {
		for int(p.lex.RawCursor()) < w.cut {
			if d := p.declaration(); p.failed || len(p.diags) > 0 {
				return nil, false
			} else {
				file.Decls = append(file.Decls, d)
			}
		}
		if int(p.lex.RawCursor()) != w.cut {
			return nil, false
		}
	}
	file.Comments = p.scan.comments
	p.attachDocs(file)
	return file, w.ended && len(p.scan.diags) == 0
}

// next moves the window on: its first tokens are what was behind the cut and the
// token before it. It returns false at the end of the text, and where there is no cut
// or something is wrong with a token.
func (w *window) next() bool {
	p := w.p
	if w.ended {
		return false
	}
	size, kept := len(w.toks)-1, max(w.cut-1, 0)
	w.n = copy(w.toks, w.toks[kept:w.n])
	first := min(1, w.n) // behind the token before
	w.cut = 0
	for at := first; !w.ended; at++ {
		if at == w.n {
			if w.n == size {
				break
			}
			w.toks[w.n], _ = p.scan.Next()
			if w.ended = w.toks[w.n].EOF(); w.ended {
				break
			}
			w.n++
		}
		if at > first && at+windowAhead < size && p.opensDecl(&w.toks[at], p.margin) && len(p.scan.open) == 0 {
			w.cut = at
		}
	}
	if w.ended {
		w.cut = w.n
	}
	w.toks[w.n] = lexer.EOFToken(p.scan.at(p.scan.pos))
	p.lex.LoadCheckpoint(w.start)
	if first == 1 {
		p.lex.Next()
	}
	return w.cut > first && len(p.scan.diags) == 0
}

// parseWhole reads a text at once.
func parseWhole(f *source.File) (*ast.File, []diag.Diagnostic) {
	p := newParser(f)
	defer p.release()
	file := &ast.File{Src: f, Comments: p.scan.comments}
	for !p.atEnd() {
		file.Decls = append(file.Decls, p.declaration())
	}
	p.attachDocs(file)
	return file, p.diagnostics()
}

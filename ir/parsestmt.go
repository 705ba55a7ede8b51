package ir

import (
	"strings"
)

// handler reads the line of a handler and those of its body.
func (r *reader) handler(kind string) {
	h := &Handler{Kind: HandlerKind(indexOf(handlerNames[:], kind)), Name: r.str(), Input: -1, Head: -1}
	switch h.Kind {
	case OnInput:
		r.expect("input")
		name := r.word()
		for i, in := range r.p.Inputs {
			if in.Name == name {
				h.Input = i
			}
		}
	case OnEvery:
		r.expect("period")
		h.Period = int64(r.int())
	case When:
		r.expect("head")
		h.Head = r.ref()
		r.expect("(")
		h.HeadTypes = r.types(")")
		h.HeadPat = r.pattern()
		r.expect("id")
		r.word() // it follows from the rest
	}
	if r.accept("writer") {
		h.Writer = r.str()
	}
	r.expect("slots")
	h.Slots = r.int()
	h.Pos = r.position(r.tail)
	h.Body = r.body()
	r.p.Handlers = append(r.p.Handlers, h)
}

// body reads statements up to `end`.
func (r *reader) body() []*Stmt {
	var out []*Stmt
	for r.err == nil {
		if r.at >= len(r.lines) {
			r.fail("`end` is missing")
			break
		}
		switch w := r.next(); w {
		case "end":
			return out
		case "then":
			r.last(out).Then = r.body()
		case "else":
			r.last(out).Else = r.body()
		case "case":
			c := Case{Pat: r.pattern()}
			if r.accept("if") {
				c.Guard = r.braced()
			}
			c.Body = r.body()
			s := r.last(out)
			s.Cases = append(s.Cases, c)
		default:
			out = append(out, r.stmt(w))
		}
	}
	return out
}

// last is the statement that a branch belongs to.
func (r *reader) last(ss []*Stmt) *Stmt {
	if len(ss) == 0 {
		r.fail("a branch belongs to no statement")
		return &Stmt{}
	}
	return ss[len(ss)-1]
}

func (r *reader) braced() *Expr {
	r.expect("{")
	e := r.code(nil)
	r.expect("}")
	return e
}

func (r *reader) stmt(word string) *Stmt {
	s := &Stmt{Op: StmtOp(indexOf(stmtNames[:], word)), Pos: r.position(r.tail)}
	if int(s.Op) >= len(stmtNames) {
		r.fail("%q is no statement", word)
		return s
	}
	switch s.Op {
	case SMutate, SSeal:
		r.target(s)
	case SEmit:
		name := r.word()
		s.N = -1
		for i, o := range r.p.Outputs {
			if o.Name == name {
				s.N = i
			}
		}
	}
	s.Barrier = r.accept("barrier")
	if s.Op == SFor || s.Op == SLet {
		s.Pat = r.pattern()
		r.expect("=")
	}
	for r.err == nil && strings.HasPrefix(strings.TrimLeft(r.tok.rest, " "), "{") {
		s.Args = append(s.Args, r.braced())
	}
	if r.accept("if") {
		s.Cond = r.braced()
	}
	if r.tok.skip(); r.err == nil && r.tok.rest != "" {
		r.fail("%q is not understood", r.tok.rest)
	}
	return s
}

// target reads `cell[{key}].mutator`.
func (r *reader) target(s *Stmt) {
	name := r.word()
	if cell, m, ok := strings.Cut(name, "."); ok {
		name, s.Name = cell, m
	}
	i, known := r.cells[name]
	if !known {
		r.fail("%q is no cell", name)
	}
	s.Cell = i
	for r.accept("[") {
		s.Keys = append(s.Keys, r.braced())
		r.expect("]")
	}
	if s.Op == SMutate && s.Name == "" {
		s.Name = strings.TrimPrefix(r.word(), ".")
	}
}

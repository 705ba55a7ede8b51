package ir

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Parse reads the text form that Print writes: one declaration, node or
// statement a line. The result is complete and verified. The text form is for
// people, tests and golden files; an error names the line.
func Parse(text string, ops *op.Table) (*Program, error) {
	p, err := parseOnly(text)
	if err != nil {
		return nil, err
	}
	if err := verifyGraph(p, ops); err != nil {
		return nil, err
	}
	settleAll(p)
	bodies(p)
	rehash(p)
	return p, Verify(p, ops)
}

// parseOnly reads the text without looking at whether it holds together.
func parseOnly(text string) (*Program, error) {
	r := &reader{p: &Program{}, ctors: map[string]*types.Ctor{}, defs: map[string]*types.Type{}, cells: map[string]int{}}
	r.lines = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	r.definitions()
	for r.err == nil && r.at < len(r.lines) {
		r.line()
	}
	return r.p, r.err
}

// reader reads line by line; the first error stays.
type reader struct {
	p     *Program
	lines []string
	at    int
	tok   scanner
	tail  string // what follows " ; "
	file  string
	defs  map[string]*types.Type
	ctors map[string]*types.Ctor
	cells map[string]int
	err   error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("line %d: %s", r.at, fmt.Sprintf(format, args...))
	}
	r.tok.rest = ""
}

// next begins the next line and returns its first word.
func (r *reader) next() string {
	line := strings.TrimSpace(r.lines[r.at])
	r.at++
	r.tail = ""
	if i := strings.LastIndex(line, " ;"); i >= 0 && hasTail(line) {
		line, r.tail = line[:i], strings.TrimSpace(line[i+2:])
	}
	r.tok = scanner{rest: line}
	return r.word()
}

// hasTail reports whether lines of this kind end with a position.
func hasTail(line string) bool {
	for _, w := range []string{"program ", "type ", "param ", "input ", "output ", "then", "else", "end", "case "} {
		if strings.HasPrefix(line, w) {
			return false
		}
	}
	return true
}

// definitions reads the declared types before everything else, since all types
// may name them.
func (r *reader) definitions() {
	for i, line := range r.lines {
		name, ok := strings.CutPrefix(line, "type ")
		if !ok {
			continue
		}
		r.at = i + 1
		name, _, _ = strings.Cut(name, " ")
		def := &types.Def{Name: name}
		r.defs[name] = &types.Type{Con: name, Def: def}
		r.p.Defs = append(r.p.Defs, def)
	}
	n := 0
	for i, line := range r.lines {
		if strings.HasPrefix(line, "type ") {
			r.at = i
			r.next()
			r.def(r.p.Defs[n])
			n++
		}
	}
	r.at = 0
}

func (r *reader) def(d *types.Def) {
	r.word() // the name
	kind := r.word()
	d.Lattice = kind == "lattice"
	if d.Lattice && r.accept("=") {
		d.Join = &types.Join{Of: r.typ()}
		r.expect("bottom")
		d.Join.Bottom = r.constant()
		r.expect("code")
		d.Join.Code = r.str()
		return
	}
	d.Record = d.Lattice || kind == "record"
	for {
		c := &types.Ctor{Name: r.word(), Value: &value.Ctor{Type: d.Name}}
		c.Value.Name = c.Name
		r.expect("(")
		c.Fields = r.fields(")")
		for _, f := range c.Fields {
			c.Value.Fields = append(c.Value.Fields, f.Name)
		}
		d.Ctors = append(d.Ctors, c)
		r.ctors[c.Name] = c
		if !r.accept("|") {
			return
		}
	}
}

func (r *reader) fields(end string) []types.Field {
	var out []types.Field
	for !r.accept(end) && r.err == nil {
		if len(out) > 0 {
			r.expect(",")
		}
		f := types.Field{Name: r.word()}
		r.expect(":")
		f.Type = r.typ()
		out = append(out, f)
	}
	return out
}

// line reads one top-level line, and for handlers those of the body.
func (r *reader) line() {
	switch w := r.next(); w {
	case "program":
		r.p.Name = r.str()
		r.expect("file")
		r.file = r.str()
	case "type":
		r.tok.rest = "" // it was read before everything else
	case "cell":
		r.cell()
	case "param":
		q := &Param{Name: r.word()}
		r.expect(":")
		if q.Type = r.typ(); r.accept("=") {
			q.Default = r.constant()
		}
		r.p.Params = append(r.p.Params, q)
	case "input":
		in := &Input{Name: r.word()}
		r.expect("(")
		in.Params = r.fields(")")
		if r.accept("->") {
			in.Reply = r.typ()
		}
		r.p.Inputs = append(r.p.Inputs, in)
	case "output":
		o := &Output{Name: r.word()}
		r.expect(":")
		o.Type = r.typ()
		r.p.Outputs = append(r.p.Outputs, o)
	case "func":
		r.fn()
	case "let":
		l := &Named{Name: r.word()}
		l.View, l.Class = r.named()
		l.Lazy, l.Pos = r.accept("lazy"), r.position(r.tail)
		r.p.Lets = append(r.p.Lets, l)
	case "show":
		s := &Show{Name: r.str()}
		s.View, s.Class = r.named()
		s.Pos = r.position(r.tail)
		r.p.Shows = append(r.p.Shows, s)
	case "on", "every", "start", "when":
		r.handler(w)
	case "":
	default:
		r.node(w)
	}
	if r.tok.skip(); r.err == nil && r.tok.rest != "" {
		r.fail("%q is not understood", r.tok.rest)
	}
}

// named reads `= VIEW class CLASS`.
func (r *reader) named() (View, string) {
	r.expect("=")
	v := r.view()
	r.expect("class")
	return v, r.word()
}

func (r *reader) cell() {
	c := &Cell{Name: r.word()}
	r.expect(":")
	c.Kind, c.Scope = r.typ(), r.word()
	r.expect("group")
	c.Group = r.str()
	if r.accept("writer") {
		c.Writer = r.str()
	}
	c.ByKey = r.accept("bykey")
	if r.accept("shards") {
		c.Shards = r.int()
	}
	if r.accept("tag") {
		c.Tag = r.str()
	}
	c.Lower, c.Upper = r.bounds("lower"), r.bounds("upper")
	r.expect("=")
	c.View, c.Pos = r.view(), r.position(r.tail)
	r.cells[c.Name] = len(r.p.Cells)
	r.p.Cells = append(r.p.Cells, c)
}

// view reads `n3 keys n4 closed n5 as TYPE`.
func (r *reader) view() View {
	v := View{Node: r.ref(), Closed: -1}
	if r.accept("keys") {
		v.Keys = r.refs()
	}
	if r.accept("closed") {
		v.Closed = r.ref()
	}
	r.expect("as")
	v.Type = r.typ()
	return v
}

func (r *reader) fn() {
	r.int()
	fn := &Func{Name: r.word(), Key: r.str()}
	r.expect("params")
	fn.Params = r.int()
	r.expect("slots")
	fn.Slots = r.int()
	r.expect(":")
	fn.Type = r.typ()
	r.expect("{")
	fn.Body = r.code(nil)
	r.expect("}")
	fn.Pos = r.position(r.tail)
	r.p.Funcs = append(r.p.Funcs, fn)
}

// position reads `file:line:column`.
func (r *reader) position(s string) source.Position {
	if s == "" {
		return source.Position{}
	}
	j := strings.LastIndexByte(s, ':')
	i := strings.LastIndexByte(s[:max(j, 0)], ':')
	if i < 0 {
		r.fail("%q is no position", s)
		return source.Position{}
	}
	line, err1 := strconv.Atoi(s[i+1 : j])
	col, err2 := strconv.Atoi(s[j+1:])
	if err1 != nil || err2 != nil {
		r.fail("%q is no position", s)
	}
	return source.Position{File: s[:i], Line: line, Column: col}
}

// Tokens of a line.

func (r *reader) accept(token string) bool { return r.err == nil && r.tok.accept(token) }

func (r *reader) expect(token string) {
	if !r.accept(token) {
		r.fail("`%s` is missing before %q", token, r.tok.rest)
	}
}

func (r *reader) word() string {
	w := r.tok.word()
	return w
}

func (r *reader) str() string {
	s, ok := r.tok.str()
	if !ok {
		r.fail("a string is missing before %q", r.tok.rest)
	}
	return s
}

func (r *reader) int() int {
	n, err := strconv.Atoi(r.tok.number())
	if err != nil {
		r.fail("a number is missing before %q", r.tok.rest)
	}
	return n
}

// ref reads `n3`.
func (r *reader) ref() int {
	w := r.word()
	n, err := strconv.Atoi(strings.TrimPrefix(w, "n"))
	if err != nil || w == "" || w[0] != 'n' {
		r.fail("%q is no node", w)
		return 0
	}
	return n
}

// refs reads nodes as long as there are some.
func (r *reader) refs() []int {
	var out []int
	for {
		r.tok.skip()
		if s := r.tok.rest; len(s) < 2 || s[0] != 'n' || s[1] < '0' || s[1] > '9' {
			return out
		}
		out = append(out, r.ref())
	}
}

// typ reads a type, as far as its brackets go.
func (r *reader) typ() *types.Type {
	text := r.tok.typeText()
	t, err := types.ParseType(text, r.defs)
	if err != nil {
		r.fail("%v", err)
		return types.Unit
	}
	return t
}

package types

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Scheme is the type of a library row: a function type over type variables of
// its own.
type Scheme struct {
	Vars   []*TypeVar // in the order of the brackets; shared by Params and Result
	Params []Param
	Result *Type
}

// Param is a named parameter of a Scheme.
type Param struct {
	Name string
	Type *Type
}

// ParseScheme reads a scheme such as
//
//	[T, U](s: Set[T], f: T -> U) -> Set[U]
//
// Names in the leading brackets are type variables, every other name is a
// constructor. A parameter list in front of `->` inside a type makes a function
// of several parameters, as in `(A, T) -> A`; elsewhere parentheses make a tuple.
func ParseScheme(text string) (*Scheme, error) {
	p := &schemeParser{rest: text, vars: map[string]*TypeVar{}}
	s := &Scheme{}
	if p.accept("[") {
		for more := true; more; more = p.accept(",") {
			v := &TypeVar{Name: p.name()}
			p.vars[v.Name] = v
			s.Vars = append(s.Vars, v)
		}
		p.expect("]")
	}
	p.expect("(")
	for !p.accept(")") && p.err == nil {
		if len(s.Params) > 0 {
			p.expect(",")
		}
		name := p.name()
		p.expect(":")
		s.Params = append(s.Params, Param{Name: name, Type: p.typ()})
	}
	p.expect("->")
	s.Result = p.typ()
	if p.skip(); p.err == nil && p.rest != "" {
		p.fail("the end")
	}
	if p.err != nil {
		return nil, fmt.Errorf("type scheme %q: %w", text, p.err)
	}
	return s, nil
}

// ParseType reads a type; vars gives the names that stand for something else
// than a constructor, such as the parameters of a kind, and may be nil.
func ParseType(text string, vars map[string]*Type) (*Type, error) {
	p := &schemeParser{rest: text, types: vars}
	t := p.typ()
	if p.skip(); p.err == nil && p.rest != "" {
		p.fail("the end")
	}
	if p.err != nil {
		return nil, fmt.Errorf("type %q: %w", text, p.err)
	}
	return t, nil
}

// Instantiate returns the parameter types and the result of s with fresh
// variables of inference in place of its own.
func (s *Scheme) Instantiate() (params []*Type, result *Type) {
	fresh := make(map[*TypeVar]*Type, len(s.Vars))
	for _, v := range s.Vars {
		fresh[v] = &Type{Con: Var, Var: &TypeVar{}}
	}
	return s.Subst(fresh)
}

// Subst returns the parameter types and the result of s with the variables
// replaced as by says; variables that it does not mention stay.
func (s *Scheme) Subst(by map[*TypeVar]*Type) (params []*Type, result *Type) {
	params = make([]*Type, len(s.Params))
	for i, p := range s.Params {
		params[i] = p.Type.Subst(by)
	}
	return params, s.Result.Subst(by)
}

// Subst returns t with variables replaced as by says. Parts without variables
// are shared with t.
func (t *Type) Subst(by map[*TypeVar]*Type) *Type {
	t = t.Resolve()
	if t.Con == Var {
		if to, ok := by[t.Var]; ok {
			return to
		}
		return t
	}
	for i, a := range t.Args {
		if b := a.Subst(by); b != a {
			out := *t
			out.Args = append([]*Type(nil), t.Args...)
			out.Args[i] = b
			for j := i + 1; j < len(out.Args); j++ {
				out.Args[j] = out.Args[j].Subst(by)
			}
			return &out
		}
	}
	return t
}

// schemeParser reads the little grammar of library signatures. It keeps the
// first error and goes on, so that callers check once.
type schemeParser struct {
	rest  string
	vars  map[string]*TypeVar
	types map[string]*Type
	err   error
}

func (p *schemeParser) skip() { p.rest = strings.TrimLeft(p.rest, " \n\t") }

func (p *schemeParser) fail(want string) {
	if p.err == nil {
		p.err = fmt.Errorf("%s is missing before %q", want, p.rest)
	}
}

func (p *schemeParser) accept(token string) bool {
	p.skip()
	rest, ok := strings.CutPrefix(p.rest, token)
	if ok {
		p.rest = rest
	}
	return ok && p.err == nil
}

func (p *schemeParser) expect(token string) {
	if !p.accept(token) {
		p.fail("`" + token + "`")
	}
}

func (p *schemeParser) name() string {
	p.skip()
	end := 0
	for end < len(p.rest) {
		r, n := utf8.DecodeRuneInString(p.rest[end:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		end += n
	}
	if end == 0 {
		p.fail("a name")
	}
	name := p.rest[:end]
	p.rest = p.rest[end:]
	return name
}

// typ reads `atom` or `atom -> typ`; a parenthesised atom gives its elements as
// the parameters.
func (p *schemeParser) typ() *Type {
	if p.err != nil {
		return Unit
	}
	var params []*Type
	if p.accept("(") {
		params = p.list(")")
	} else {
		params = []*Type{p.named()}
	}
	if p.accept("->") {
		return FuncOf(params, p.typ())
	}
	if len(params) == 1 {
		return params[0]
	}
	return TupleOf(params...)
}

func (p *schemeParser) named() *Type {
	name := p.name()
	if v := p.vars[name]; v != nil {
		return &Type{Con: Var, Var: v}
	}
	if t := p.types[name]; t != nil {
		return t
	}
	if p.accept("[") {
		return Of(name, p.list("]")...)
	}
	return Of(name)
}

func (p *schemeParser) list(end string) []*Type {
	var ts []*Type
	for !p.accept(end) && p.err == nil {
		if len(ts) > 0 {
			p.expect(",")
		}
		ts = append(ts, p.typ())
	}
	return ts
}

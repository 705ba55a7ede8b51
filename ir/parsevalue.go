package ir

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/laspc/lasp/lang/value"
)

func (r *reader) ctor() *value.Ctor {
	switch w := r.word(); {
	case w == "None":
		return value.NoneCtor
	case w == "Some":
		return value.SomeCtor
	case r.ctors[w] != nil:
		return r.ctors[w].Value
	default:
		r.fail("%q is no constructor", w)
		return value.NoneCtor
	}
}

func (r *reader) pattern() *Pattern {
	if r.err != nil {
		return &Pattern{}
	}
	switch {
	case r.accept("_"):
		return &Pattern{Op: PWild}
	case r.accept("$"):
		return &Pattern{Op: PBind, Slot: r.int()}
	case r.accept("new"):
		p := &Pattern{Op: PCtor, Ctor: r.ctor()}
		r.expect("(")
		p.Args = r.patterns(")")
		return p
	case r.accept("("):
		return &Pattern{Op: PTuple, Args: r.patterns(")")}
	case r.accept("nil"):
		return &Pattern{Op: PNil}
	case r.accept("cons"):
		r.expect("(")
		return &Pattern{Op: PCons, Args: r.patterns(")")}
	case r.accept("["):
		return &Pattern{Op: PList, Args: r.patterns("]")}
	}
	return &Pattern{Op: PConst, Value: r.constant()}
}

func (r *reader) patterns(end string) []*Pattern {
	var out []*Pattern
	for !r.accept(end) && r.err == nil {
		if len(out) > 0 {
			r.expect(",")
		}
		out = append(out, r.pattern())
	}
	return out
}

// isConstant reports whether a constant comes next.
func (r *reader) isConstant() bool {
	r.tok.skip()
	if r.tok.rest == "" {
		return false
	}
	c := r.tok.rest[0]
	if c == '"' || c == '\'' || c == '-' || c >= '0' && c <= '9' {
		return true
	}
	switch r.tok.peekWord() {
	case "true", "false", "NaN", "Infinity":
		return true
	}
	return false
}

// constant reads what ConstText writes.
func (r *reader) constant() value.Value {
	if r.accept("'") {
		return r.compound()
	}
	return r.plain()
}

// plain reads a value of a type with literals.
func (r *reader) plain() value.Value {
	r.tok.skip()
	if strings.HasPrefix(r.tok.rest, `"`) {
		return value.MakeString(r.str())
	}
	switch w := r.tok.number(); {
	case w == "true", w == "false":
		return value.MakeBool(w == "true")
	case w == "NaN", strings.HasSuffix(w, "Infinity"), strings.Contains(w, "."):
		f, err := strconv.ParseFloat(w, 64)
		if err != nil {
			r.fail("%q is no number", w)
		}
		return value.MakeFloat(f)
	default:
		if i, err := strconv.ParseInt(w, 10, 64); err == nil {
			return value.MakeInt(i)
		}
		d, ok := value.ParseDuration(w)
		if !ok {
			r.fail("%q is no constant", w)
		}
		return value.MakeDuration(d)
	}
}

// compound reads a value made of others.
func (r *reader) compound() value.Value {
	if r.err != nil {
		return value.Value{}
	}
	switch {
	case r.accept("("):
		return value.MakeTuple(r.values(")")...)
	case r.accept("["):
		return value.MakeList(r.values("]"))
	case r.accept("{"):
		return value.MakeSet(r.values("}"))
	case r.accept("node"):
		r.expect("(")
		v := value.MakeNode(r.str())
		r.expect(")")
		return v
	case r.accept("map"):
		r.expect("{")
		return value.MakeMap(r.values("}"))
	case r.accept("bytes"):
		r.expect("(")
		b, err := base64.StdEncoding.DecodeString(r.str())
		if err != nil {
			r.fail("%v", err)
		}
		r.expect(")")
		return value.MakeBytes(b)
	case r.isConstant():
		return r.plain()
	}
	c := r.ctor()
	r.expect("(")
	return value.MakeRecord(c, r.values(")")...)
}

func (r *reader) values(end string) []value.Value {
	out := []value.Value{}
	for !r.accept(end) && r.err == nil {
		if len(out) > 0 {
			r.expect(",")
		}
		out = append(out, r.compound())
	}
	return out
}

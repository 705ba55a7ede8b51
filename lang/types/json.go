package types

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/laspc/lasp/lang/value"
)

// maxJSONDepth bounds the nesting of values from outside.
const maxJSONDepth = 512

// FromJSON reads a value of type t, in the form that value.AppendJSON writes.
// It is strict: unknown and missing fields, duplicate keys and numbers that do
// not fit are errors, which say where in the value and what was expected.
func FromJSON(t *Type, data []byte) (value.Value, error) {
	r := &jsonReader{data: data}
	v, err := r.read(t)
	if err == nil {
		if r.space(); r.at < len(r.data) {
			err = r.fail("the end of the value")
		}
	}
	if err != nil {
		return value.Value{}, err
	}
	return v, nil
}

// jsonReader reads JSON by type, straight from the text.
type jsonReader struct {
	data  []byte
	at    int
	depth int
	path  []string
}

func (r *jsonReader) space() {
	for r.at < len(r.data) && (r.data[r.at] == ' ' || r.data[r.at] == '\t' || r.data[r.at] == '\n' || r.data[r.at] == '\r') {
		r.at++
	}
}

// fail reports what was expected at the present place.
func (r *jsonReader) fail(want string) error {
	r.space()
	found := "the end"
	if rest := r.data[r.at:]; len(rest) > 0 {
		if i := slices.IndexFunc(rest, func(b byte) bool { return b == ',' || b == '\n' || b == ']' || b == '}' }); i > 0 {
			rest = rest[:i]
		}
		found = visible(rest)
	}
	return r.errorf("expected %s, found %s", want, found)
}

// visible is the beginning of a text as a terminal may get it: what is not printable
// is escaped.
func visible(text []byte) string {
	n := min(len(text), 40)
	for n > 0 && n < len(text) && !utf8.RuneStart(text[n]) {
		n--
	}
	s := string(text[:n])
	if utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return s
	}
	q := strconv.Quote(s)
	return q[1 : len(q)-1]
}

func (r *jsonReader) errorf(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if where := strings.TrimPrefix(strings.Join(r.path, ""), "."); where != "" {
		text = where + ": " + text
	}
	return fmt.Errorf("%s", text)
}

// accept takes c if it is next.
func (r *jsonReader) accept(c byte) bool {
	r.space()
	if r.at < len(r.data) && r.data[r.at] == c {
		r.at++
		return true
	}
	return false
}

// word takes a literal such as null if it is next.
func (r *jsonReader) word(w string) bool {
	r.space()
	if len(r.data)-r.at >= len(w) && string(r.data[r.at:r.at+len(w)]) == w {
		r.at += len(w)
		return true
	}
	return false
}

func (r *jsonReader) read(t *Type) (value.Value, error) {
	if r.depth++; r.depth > maxJSONDepth {
		return value.Value{}, r.errorf("nested more than %d deep", maxJSONDepth)
	}
	defer func() { r.depth-- }()
	switch t = t.Resolve(); t.Con {
	case "Bool", "Flag":
		return r.boolean()
	case "Int":
		return r.integer("a whole number", math.MinInt64)
	case "Nat":
		return r.integer("a whole number from 0", 0)
	case "Float":
		return r.float()
	case "String":
		s, err := r.text("a string")
		return value.MakeString(s), err
	case "Node":
		s, err := r.text("the name of a node")
		return value.MakeNode(s), err
	case "Duration":
		return r.duration()
	case "Bytes":
		return r.bytes()
	case Tuple, Lex:
		return r.tuple(t.Args)
	case "List":
		xs, err := r.array(t.Args[0])
		return value.MakeList(xs), err
	case "Set":
		xs, err := r.array(t.Args[0])
		return value.MakeSet(xs), err
	case "Map":
		return r.mapping(t.Args[0], t.Args[1])
	case "Option":
		return r.option(t.Args[0])
	case "Max", "Min":
		if r.word("null") {
			return value.MakeUnset(), nil
		}
		return r.read(t.Args[0])
	case "IVar":
		return r.ivar(t.Args[0])
	case "Stream":
		return r.stream(t.Args[0])
	}
	if j := t.Joined(); j != nil {
		return r.read(j.Of)
	}
	if t.Def != nil {
		return r.constructor(t.Def)
	}
	return value.Value{}, r.errorf("a value of type %s cannot come from outside", t)
}

func (r *jsonReader) boolean() (value.Value, error) {
	switch {
	case r.word("true"):
		return value.MakeBool(true), nil
	case r.word("false"):
		return value.MakeBool(false), nil
	}
	return value.Value{}, r.fail("true or false")
}

// number takes the text of a number.
func (r *jsonReader) number() string {
	r.space()
	start := r.at
	for r.at < len(r.data) && strings.IndexByte("+-0123456789.eE", r.data[r.at]) >= 0 {
		r.at++
	}
	return string(r.data[start:r.at])
}

func (r *jsonReader) integer(want string, least int64) (value.Value, error) {
	r.space()
	start := r.at
	quoted := r.accept('"')
	n, err := strconv.ParseInt(r.number(), 10, 64)
	if err != nil || n < least || quoted && !r.accept('"') {
		r.at = start
		return value.Value{}, r.fail(want)
	}
	return value.MakeInt(n), nil
}

func (r *jsonReader) float() (value.Value, error) {
	r.space()
	start := r.at
	if r.accept('{') {
		r.at = start
		s, err := r.special("$float")
		if x, bad := strconv.ParseFloat(s, 64); err == nil && bad == nil {
			return value.MakeFloat(x), nil
		}
		r.at = start
		return value.Value{}, r.fail("a number")
	}
	x, err := strconv.ParseFloat(r.number(), 64)
	if err != nil {
		r.at = start
		return value.Value{}, r.fail("a number")
	}
	return value.MakeFloat(x), nil
}

// text takes a string. Escapes are left to encoding/json.
func (r *jsonReader) text(want string) (string, error) {
	r.space()
	start := r.at
	if !r.accept('"') {
		return "", r.fail(want)
	}
	for plain := true; r.at < len(r.data); r.at++ {
		switch c := r.data[r.at]; {
		case c == '\\':
			plain = false
			r.at++
		case c < ' ':
			return "", r.errorf("a control character in a string")
		case c == '"':
			r.at++
			if plain {
				return strings.ToValidUTF8(string(r.data[start+1:r.at-1]), "\uFFFD"), nil
			}
			var s string
			if err := json.Unmarshal(r.data[start:r.at], &s); err != nil {
				return "", r.errorf("a string with an unknown escape")
			}
			return s, nil
		}
	}
	r.at = start
	return "", r.errorf("a string that is never closed")
}

func (r *jsonReader) duration() (value.Value, error) {
	r.space()
	start := r.at
	s, err := r.text("a duration such as \"5s\"")
	if err != nil {
		return value.Value{}, err
	}
	d, ok := value.ParseDuration(s)
	if !ok {
		r.at = start
		return value.Value{}, r.fail("a duration such as \"5s\"")
	}
	return value.MakeDuration(d), nil
}

func (r *jsonReader) bytes() (value.Value, error) {
	s, err := r.special("$bytes")
	if err != nil {
		return value.Value{}, err
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return value.Value{}, r.errorf("$bytes is not base64")
	}
	return value.MakeBytes(b), nil
}

// special takes {"key":"text"}.
func (r *jsonReader) special(key string) (string, error) {
	want := `{"` + key + `":"..."}`
	if !r.accept('{') {
		return "", r.fail(want)
	}
	if k, err := r.text(want); err != nil || k != key || !r.accept(':') {
		return "", r.fail(want)
	}
	s, err := r.text(want)
	if err == nil && !r.accept('}') {
		err = r.fail("}")
	}
	return s, err
}

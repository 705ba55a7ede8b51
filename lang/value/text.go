package value

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// String returns the canonical text of v: the literal syntax of the language,
// canonically ordered. It is what people and golden files see. Bytes, errors
// and Floats that are no numbers have no literal and are written as calls and
// words.
func (v Value) String() string { return string(v.AppendText(nil)) }

// AppendText appends the canonical text of v to dst.
func (v Value) AppendText(dst []byte) []byte {
	switch v.kind {
	case Bool:
		return strconv.AppendBool(dst, v.Bool())
	case Int:
		return strconv.AppendInt(dst, v.Int(), 10)
	case Float:
		return appendFloat(dst, v.Float())
	case String, Node:
		return AppendQuoted(dst, v.s)
	case Bytes:
		dst = append(dst, `bytes("`...)
		dst = base64.StdEncoding.AppendEncode(dst, []byte(v.s))
		return append(dst, `")`...)
	case Duration:
		return AppendDuration(dst, v.Duration())
	case Tuple:
		return appendElems(dst, "(", v.xs, ")")
	case List:
		return appendElems(dst, "[", v.xs, "]")
	case Set:
		return appendElems(dst, "{", v.xs, "}")
	case Map:
		return v.appendMap(dst)
	case Record:
		return v.appendRecord(dst)
	case Unset:
		return append(dst, "unset"...)
	case Unbound:
		return append(dst, "unbound"...)
	case Conflict:
		return appendElems(dst, "conflict(", v.xs, ")")
	case Open:
		if len(v.xs) == 0 {
			return append(dst, "[...]"...)
		}
		return appendElems(dst, "[", v.xs, ", ...]")
	case Error:
		dst = append(dst, "error("...)
		dst = AppendQuoted(dst, v.s)
		return appendElems(dst, ", ", v.xs, ")")
	}
	return append(dst, "invalid"...)
}

func appendElems(dst []byte, open string, xs []Value, end string) []byte {
	dst = append(dst, open...)
	for i, x := range xs {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = x.AppendText(dst)
	}
	return append(dst, end...)
}

func (v Value) appendMap(dst []byte) []byte {
	dst = append(dst, '{')
	for i := 0; i < len(v.xs); i += 2 {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = v.xs[i].AppendText(dst)
		dst = append(dst, ": "...)
		dst = v.xs[i+1].AppendText(dst)
	}
	return append(dst, '}')
}

// appendRecord names the fields, but for Some, whose only field nobody names.
func (v Value) appendRecord(dst []byte) []byte {
	dst = append(dst, v.ctor.Name...)
	if len(v.xs) == 0 {
		return dst
	}
	if v.ctor.Type == "Option" {
		return appendElems(dst, "(", v.xs, ")")
	}
	dst = append(dst, '(')
	for i, x := range v.xs {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if i < len(v.ctor.Fields) && v.ctor.Fields[i] != "" {
			dst = append(dst, v.ctor.Fields[i]...)
			dst = append(dst, ": "...)
		}
		dst = x.AppendText(dst)
	}
	return append(dst, ')')
}

// appendFloat writes the shortest digits that read back as f, with digits on
// both sides of the point and never an exponent.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	for _, c := range dst[start:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// AppendQuoted appends s as a string literal: quotes, backslashes and the `{`
// of an interpolation are escaped, control characters as \n, \r, \t or \u{..}.
func AppendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		}
		i++
		switch {
		case c == '"' || c == '\\' || c == '{':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c < ' ' || c == 0x7f:
			dst = append(dst, `\u{`...)
			dst = strconv.AppendUint(dst, uint64(c), 16)
			dst = append(dst, '}')
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

var durationUnits = []struct {
	unit time.Duration
	name string
}{
	{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"},
	{time.Millisecond, "ms"}, {time.Microsecond, "us"}, {time.Nanosecond, "ns"},
}

// AppendDuration appends d as a duration literal in the greatest unit that
// divides it: 90s, 1500ms; nothing at all is 0s.
func AppendDuration(dst []byte, d time.Duration) []byte {
	if d == 0 {
		return append(dst, "0s"...)
	}
	for _, u := range durationUnits {
		if d%u.unit == 0 {
			dst = strconv.AppendInt(dst, int64(d/u.unit), 10)
			return append(dst, u.name...)
		}
	}
	return dst
}

// ParseDuration reads a number, with decimals if it has some, and a unit: what
// AppendDuration writes, and 1.5s. Ok is false for anything else, for what does
// not fit, and for what is finer than a nanosecond.
func ParseDuration(s string) (d time.Duration, ok bool) {
	for i := len(durationUnits) - 1; i >= 0; i-- {
		u := durationUnits[i]
		digits := len(s) - len(u.name)
		if digits > 0 && s[digits:] == u.name && '0' <= s[digits-1] && s[digits-1] <= '9' {
			return decimal(s[:digits], u.unit)
		}
	}
	return 0, false
}

// decimal is so many units, exactly.
func decimal(number string, unit time.Duration) (d time.Duration, ok bool) {
	whole, fraction, _ := strings.Cut(number, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	d = time.Duration(n) * unit
	if err != nil || int64(d)/int64(unit) != n {
		return 0, false
	}
	if whole[0] == '-' {
		unit = -unit
	}
	for ; fraction != ""; fraction = fraction[1:] {
		digit := time.Duration(fraction[0]) - '0'
		if digit < 0 || digit > 9 || digit != 0 && (unit == 0 || unit%10 != 0) {
			return 0, false
		}
		unit /= 10
		before := d
		if d += digit * unit; (d < before) != (digit*unit < 0) {
			return 0, false
		}
	}
	return d, true
}

package value

import (
	"encoding/base64"
	"math"
	"strconv"
	"unicode/utf8"
)

// exactInt is the greatest integer up to which every JSON reader that keeps
// numbers as Floats is exact; larger ones are written as strings.
const exactInt = 1 << 53

// MarshalJSON returns v as JSON; see AppendJSON.
func (v Value) MarshalJSON() ([]byte, error) { return v.AppendJSON(nil), nil }

// AppendJSON appends v as JSON. A set is a sorted array, a map with keys that
// are text an object and any other an array of pairs, a record an object, a
// variant an object that names its constructor in "$", an Option its value or
// null. What JSON lacks is an object with one "$" key: {"$open":[..]},
// {"$conflict":[..]}, {"$bytes":".."}, {"$float":"NaN"}, {"$error":".."}.
// Package types reads it back by type.
func (v Value) AppendJSON(dst []byte) []byte {
	switch v.kind {
	case Bool:
		return strconv.AppendBool(dst, v.Bool())
	case Int:
		return appendJSONInt(dst, v.Int())
	case Float:
		return appendJSONFloat(dst, v.Float())
	case String, Node:
		return appendJSONString(dst, v.s)
	case Bytes:
		dst = append(dst, `{"$bytes":"`...)
		dst = base64.StdEncoding.AppendEncode(dst, []byte(v.s))
		return append(dst, `"}`...)
	case Duration:
		dst = append(dst, '"')
		dst = AppendDuration(dst, v.Duration())
		return append(dst, '"')
	case Tuple, List, Set:
		return appendJSONArray(dst, v.xs)
	case Map:
		return v.appendJSONMap(dst)
	case Record:
		return v.appendJSONRecord(dst)
	case Conflict:
		dst = append(dst, `{"$conflict":`...)
		return append(appendJSONArray(dst, v.xs), '}')
	case Open:
		dst = append(dst, `{"$open":`...)
		return append(appendJSONArray(dst, v.xs), '}')
	case Error:
		dst = append(dst, `{"$error":`...)
		dst = appendJSONString(dst, v.s)
		dst = append(dst, `,"message":`...)
		dst = v.xs[0].AppendJSON(dst)
		return append(dst, '}')
	}
	return append(dst, "null"...) // unset, unbound
}

func appendJSONInt(dst []byte, n int64) []byte {
	if n >= -exactInt && n <= exactInt {
		return strconv.AppendInt(dst, n, 10)
	}
	dst = append(dst, '"')
	dst = strconv.AppendInt(dst, n, 10)
	return append(dst, '"')
}

func appendJSONFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		dst = append(dst, `{"$float":"`...)
		dst = appendFloat(dst, f)
		return append(dst, `"}`...)
	}
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return appendFloat(dst, f)
}

func appendJSONArray(dst []byte, xs []Value) []byte {
	dst = append(dst, '[')
	for i, x := range xs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = x.AppendJSON(dst)
	}
	return append(dst, ']')
}

func (v Value) appendJSONMap(dst []byte) []byte {
	object := true
	for i := 0; i < len(v.xs); i += 2 {
		object = object && (v.xs[i].kind == String || v.xs[i].kind == Node)
	}
	open, between, end := byte('['), byte(','), byte(']')
	if object {
		open, between, end = '{', ':', '}'
	}
	dst = append(dst, open)
	for i := 0; i < len(v.xs); i += 2 {
		if i > 0 {
			dst = append(dst, ',')
		}
		if !object {
			dst = append(dst, '[')
		}
		dst = v.xs[i].AppendJSON(dst)
		dst = append(dst, between)
		dst = v.xs[i+1].AppendJSON(dst)
		if !object {
			dst = append(dst, ']')
		}
	}
	return append(dst, end)
}

// appendJSONRecord writes an Option plainly: its content or null, unless that
// content is itself an Option, which then needs the form of a variant.
func (v Value) appendJSONRecord(dst []byte) []byte {
	if v.ctor.Type == "Option" {
		switch {
		case v.IsNone():
			return append(dst, "null"...)
		case v.xs[0].kind == Record && v.xs[0].ctor.Type == "Option":
			return v.xs[0].appendJSONFields(dst, true)
		}
		return v.xs[0].AppendJSON(dst)
	}
	return v.appendJSONFields(dst, v.ctor.Name != v.ctor.Type)
}

func (v Value) appendJSONFields(dst []byte, tagged bool) []byte {
	dst = append(dst, '{')
	if tagged {
		dst = append(dst, `"$":`...)
		dst = appendJSONString(dst, v.ctor.Name)
	}
	for i, x := range v.xs {
		if i > 0 || tagged {
			dst = append(dst, ',')
		}
		dst = appendJSONString(dst, v.ctor.Fields[i])
		dst = append(dst, ':')
		if x.kind == Record && x.ctor.Type == "Option" && v.ctor.Type == "Option" {
			dst = x.appendJSONFields(dst, true)
		} else {
			dst = x.AppendJSON(dst)
		}
	}
	return append(dst, '}')
}

const hexDigits = "0123456789abcdef"

// appendJSONString writes a string; bytes that are not UTF-8 become U+FFFD.
func appendJSONString(dst []byte, s string) []byte {
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
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c < ' ' || c == 0x7f:
			dst = append(dst, `\u00`...)
			dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

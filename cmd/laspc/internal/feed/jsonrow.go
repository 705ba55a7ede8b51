package feed

import (
	"bytes"
	"unicode/utf8"

	"github.com/laspc/lasp/lang/types"
)

// Most rows of JSON lines are flat: [7, "red"], or one number or text. Their
// fields are found without building what the JSON says as a whole. Whatever has
// another form is left to the reader that knows all forms and all mistakes.

// flatRow is whether rows of a type are flat: no tuple in a tuple, and columns
// that are numbers or texts only.
func flatRow(t *types.Type) bool {
	t = t.Resolve()
	cols := []*types.Type{t}
	if t.Con == types.Tuple {
		cols = t.Args
	}
	for _, c := range cols {
		switch c.Resolve().Con {
		case "Int", "Nat", "String":
		default:
			return false
		}
	}
	return len(cols) > 0
}

// flatFields appends the fields of a flat row to fields: digits as they stand,
// texts without their quotes. ok is false where the row has another form.
func flatFields(fields [][]byte, t *types.Type, text []byte) (out [][]byte, ok bool) {
	text = bytes.TrimSpace(text)
	if t = t.Resolve(); t.Con != types.Tuple {
		field, rest, ok := flatField(t, text)
		return append(fields, field), ok && len(rest) == 0
	}
	for i, c := range t.Args {
		lead := byte(',')
		if i == 0 {
			lead = '['
		}
		if len(text) == 0 || text[0] != lead {
			return fields, false
		}
		field, rest, ok := flatField(c.Resolve(), bytes.TrimLeft(text[1:], " "))
		if !ok {
			return fields, false
		}
		fields, text = append(fields, field), bytes.TrimLeft(rest, " ")
	}
	return fields, len(text) == 1 && text[0] == ']'
}

// flatField takes a number, or a text without escapes, from the front.
func flatField(t *types.Type, text []byte) (field, rest []byte, ok bool) {
	if t.Con == "String" {
		if len(text) == 0 || text[0] != '"' {
			return nil, nil, false
		}
		end := bytes.IndexByte(text[1:], '"')
		if end < 0 {
			return nil, nil, false
		}
		field = text[1 : 1+end]
		return field, text[2+end:], plainText(field)
	}
	n := 0
	for n < len(text) && (text[n]-'0' <= 9 || n == 0 && text[n] == '-') {
		n++
	}
	// JSON has no leading zeros, and what does not end here is no whole number.
	digits := bytes.TrimPrefix(text[:n], []byte("-"))
	ok = len(digits) == 1 || len(digits) > 1 && digits[0] != '0'
	ok = ok && (n == len(text) || bytes.IndexByte([]byte(",] "), text[n]) >= 0)
	return text[:n], text[n:], ok
}

// plainText reports whether JSON text stands for itself.
func plainText(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c == '\\' {
			return false
		}
	}
	return utf8.Valid(text)
}

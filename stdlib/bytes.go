package stdlib

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// between rows go from text to other data and back. All of them make values, so
// a recursion through one has no end that the checker sees.
func between(row op.Row, eval func(op.Call) (value.Value, error)) *op.Row {
	row.Lambda, row.Eval, row.Invents = op.NoLambda, eval, true
	row.Quals = quals(strings.Repeat("?", strings.Count(row.Sig, ": ")))
	return &row
}

// encodings are the ways between String, Bytes and numbers.
func encodings() []*op.Row {
	type row = op.Row
	return []*op.Row{
		between(row{ID: "bytes.of", Family: "bytes", Name: "bytes", Sig: "(base64: String) -> Bytes",
			Doc:      "Bytes as they are written and shown: in base64.",
			Examples: []string{`bytes("YWJj") // "abc".to_bytes()`}},
			func(c op.Call) (value.Value, error) {
				b, err := base64.StdEncoding.DecodeString(c.Args[0].Str())
				if err != nil {
					return value.Value{}, op.Fail(op.OutOfRange, "%s is not base64", c.Args[0])
				}
				return value.MakeBytes(b), nil
			}),
		between(row{ID: "string.to_bytes", Family: "bytes", Name: "to_bytes", Sig: "(s: String) -> Bytes",
			Doc:      "The bytes of a text in UTF-8.",
			Examples: []string{`"é".to_bytes() // bytes("w6k=")`}},
			eval1(func(s value.Value) value.Value { return value.MakeBytes([]byte(s.Str())) })),
		between(row{ID: "bytes.to_text", Family: "bytes", Name: "to_text", Sig: "(b: Bytes) -> Option[String]",
			Doc:      "The text that bytes are in UTF-8; nothing where they are none.",
			Examples: []string{`bytes("YWJj").to_text() // Some("abc")`, `bytes("/w==").to_text() // None`}},
			eval1(func(b value.Value) value.Value {
				if !utf8.ValidString(b.Str()) {
					return value.None()
				}
				return value.Some(value.MakeString(b.Str()))
			})),
		between(row{ID: "bytes.length", Family: "bytes", Name: "length", Sig: "(b: Bytes) -> Nat",
			Doc:      "The number of bytes.",
			Examples: []string{`"é".to_bytes().length() // 2`}},
			eval1(func(b value.Value) value.Value { return value.MakeInt(int64(len(b.Str()))) })),
		between(row{ID: "string.to_int", Family: "strings", Name: "to_int", Sig: "(s: String) -> Option[Int]",
			Doc:      "The whole number that a text is in decimal digits; nothing where it is none, or is too large.",
			Examples: []string{`"-12".to_int() // Some(-12)`, `"1.5".to_int() // None`}},
			eval1(func(s value.Value) value.Value {
				n, err := strconv.ParseInt(s.Str(), 10, 64)
				if err != nil {
					return value.None()
				}
				return value.Some(value.MakeInt(n))
			})),
		between(row{ID: "string.slice", Family: "strings", Name: "slice", Sig: "(s: String, from: Nat, to: Nat) -> String",
			Doc:      "The characters from one place on and before another, the first being at 0. What is not there is left out.",
			Examples: []string{`"añbc".slice(1, 3) // "ñb"`, `"ab".slice(1, 9) // "b"`, `"ab".slice(2, 1) // ""`}},
			eval3(func(s, from, to value.Value) value.Value {
				runes := []rune(s.Str())
				lo, hi := clamp(from.Int(), len(runes)), clamp(to.Int(), len(runes))
				return value.MakeString(string(runes[lo:max(lo, hi)]))
			})),
	}
}

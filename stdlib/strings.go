package stdlib

import (
	"strings"
	"unicode/utf8"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// text is a row about strings that cannot fail.
func text(row op.Row, eval func(op.Call) (value.Value, error)) *op.Row {
	row.Family, row.Lambda, row.Eval = "strings", op.NoLambda, eval
	row.Quals = quals(strings.Repeat("?", strings.Count(row.Sig, ": ")))
	row.Invents = strings.HasSuffix(row.Sig, "String") || strings.HasSuffix(row.Sig, "List[String]")
	return &row
}

func texts() []*op.Row {
	type row = op.Row
	mk, yes := value.MakeString, value.MakeBool
	return []*op.Row{
		text(row{ID: "string.add", Name: "+", Sig: "(a: String, b: String) -> String", Laws: []string{"associative", `unit:""`},
			Doc:      "The second text after the first. `\"{a}{b}\"` says the same.",
			Examples: []string{`"ab" + "c" // "abc"`}},
			eval2(func(a, b value.Value) value.Value { return mk(a.Str() + b.Str()) })),
		text(row{ID: "string.of", Name: "to_string", Sig: "[T](x: T) -> String",
			Doc:      "The text of a value: a String as it is, everything else as it is written in a program. `\"{x}\"` uses it.",
			Examples: []string{`to_string([1, 2]) // "[1, 2]"`, `to_string("a") // "a"`}},
			eval1(func(x value.Value) value.Value {
				if x.Kind() == value.String || x.Kind() == value.Node {
					return mk(x.Str())
				}
				return mk(x.String())
			})),
		text(row{ID: "string.split", Name: "split", Sig: "(s: String, by: String) -> List[String]",
			Doc:      "The pieces of s between the separators. An empty separator splits into characters; the empty text has no pieces.",
			Examples: []string{`"a b".split(" ") // ["a", "b"]`, `"".split(" ") // []`}},
			eval2(func(s, by value.Value) value.Value { return split(s.Str(), by.Str()) })),
		text(row{ID: "string.join", Name: "join", Sig: "(parts: List[String], by: String) -> String",
			Doc:      "The parts one after the other, with the separator between them.",
			Examples: []string{`["a", "b"].join(", ") // "a, b"`}},
			eval2(func(parts, by value.Value) value.Value {
				texts := make([]string, parts.Len())
				for i, p := range parts.Elems() {
					texts[i] = p.Str()
				}
				return mk(strings.Join(texts, by.Str()))
			})),
		text(row{ID: "string.trim", Name: "trim", Sig: "(s: String) -> String",
			Doc:      "The text without white space at its ends.",
			Examples: []string{`trim("  a ") // "a"`}},
			eval1(func(s value.Value) value.Value { return mk(strings.TrimSpace(s.Str())) })),
		text(row{ID: "string.upper", Name: "upper", Sig: "(s: String) -> String",
			Doc:      "The text in capital letters.",
			Examples: []string{`upper("añb") // "AÑB"`}},
			eval1(func(s value.Value) value.Value { return mk(strings.ToUpper(s.Str())) })),
		text(row{ID: "string.lower", Name: "lower", Sig: "(s: String) -> String",
			Doc:      "The text in small letters.",
			Examples: []string{`lower("AÑB") // "añb"`}},
			eval1(func(s value.Value) value.Value { return mk(strings.ToLower(s.Str())) })),
		text(row{ID: "string.starts_with", Name: "starts_with", Sig: "(s: String, start: String) -> Bool",
			Doc:      "Whether s begins with start.",
			Examples: []string{`"riak".starts_with("ri") // true`}},
			eval2(func(s, start value.Value) value.Value { return yes(strings.HasPrefix(s.Str(), start.Str())) })),
		text(row{ID: "string.ends_with", Name: "ends_with", Sig: "(s: String, end: String) -> Bool",
			Doc:      "Whether s ends with end.",
			Examples: []string{`"riak".ends_with("ak") // true`}},
			eval2(func(s, end value.Value) value.Value { return yes(strings.HasSuffix(s.Str(), end.Str())) })),
		text(row{ID: "string.contains", Name: "contains", Sig: "(s: String, part: String) -> Bool",
			Doc:      "Whether part occurs in s.",
			Examples: []string{`"erlang".contains("lan") // true`}},
			eval2(func(s, part value.Value) value.Value { return yes(strings.Contains(s.Str(), part.Str())) })),
		text(row{ID: "string.replace", Name: "replace", Sig: "(s: String, old: String, new: String) -> String",
			Doc:      "The text with every old replaced by new.",
			Examples: []string{`"a-b-c".replace("-", "+") // "a+b+c"`}},
			eval3(func(s, old, new value.Value) value.Value {
				return mk(strings.ReplaceAll(s.Str(), old.Str(), new.Str()))
			})),
		text(row{ID: "string.length", Name: "length", Sig: "(s: String) -> Nat",
			Doc:      "The number of characters (code points).",
			Examples: []string{`length("añb") // 3`}},
			eval1(func(s value.Value) value.Value { return value.MakeInt(int64(utf8.RuneCountInString(s.Str()))) })),
	}
}

func split(s, by string) value.Value {
	if s == "" {
		return value.MakeList(nil)
	}
	pieces := strings.Split(s, by)
	out := make([]value.Value, len(pieces))
	for i, p := range pieces {
		out[i] = value.MakeString(p)
	}
	return value.MakeList(out)
}

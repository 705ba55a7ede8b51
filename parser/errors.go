package parser

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
)

// The constructors of the diagnostics of this phase, one per code of L01.

func mistake(code diag.Code, sp source.Span, title, message, help string) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Span: sp, Title: title, Message: message, Help: help}
}

// unexpected says what the grammar wanted behind the text `after` (empty at the
// start of a declaration) and what stands there.
func unexpected(sp source.Span, want, after, found, help string) diag.Diagnostic {
	if after != "" {
		want += " after " + after
	}
	return mistake(diag.Unexpected, sp, fmt.Sprintf("expected %s, found %s", want, found), "", help)
}

func unclosed(f *source.File, b bracket) diag.Diagnostic {
	partner := map[byte]string{'(': ")", '[': "]", '{': "}"}[b.kind]
	return mistake(diag.Unclosed, source.Span{File: f, Start: b.offset, End: b.offset + 1},
		fmt.Sprintf("this `%c` is never closed", b.kind),
		"What it opens goes on to the end of the text.",
		fmt.Sprintf("Add the missing `%s`.", partner))
}

func unclosedString(sp source.Span) diag.Diagnostic {
	return mistake(diag.UnclosedString, sp, "this string is never closed",
		"A string ends on the line on which it begins.",
		"Add the missing `\"`; a new line inside a string is written `\\n`.")
}

func brokenInterpolation(sp source.Span) diag.Diagnostic {
	return mistake(diag.UnclosedString, sp, "this `{` in a string is never closed",
		"A `{` in a string begins an expression, which ends with `}` on the same line.",
		"Add the missing `}`, or write `\\{` for the character itself.")
}

func strayCharacter(sp source.Span, text string) diag.Diagnostic {
	r, n := utf8.DecodeRuneInString(text)
	title, help := fmt.Sprintf("the character `%c` has no meaning here", r), "Remove it."
	switch {
	case r == utf8.RuneError && n <= 1:
		title = fmt.Sprintf("the byte 0x%02X is not text", text[0])
		help = "Save the file as UTF-8."
	case r < ' ' || r == 0x7f || r == '\ufeff':
		title = fmt.Sprintf("the invisible character U+%04X has no meaning here", r)
	case r == ';':
		help = "Remove it: statements and declarations need no separator."
	case r == '#' || strings.HasPrefix(text, "/*"):
		title = "`/*` does not begin a comment"
		if r == '#' {
			title = "`#` does not begin a comment"
		}
		help = "Write comments as `// ...`, each line with its own slashes."
	case r == '!':
		help = "Write `not` for negation and `!=` for \"differs\"."
	case r == '\'' || r == '`':
		help = "Write strings between double quotes."
	case r > 0x7f:
		help = "Names are written with the letters a to z, digits and `_`; other characters may stand in strings and comments."
	}
	return mistake(diag.StrayCharacter, sp, title, "", help)
}

func malformedNumber(sp source.Span, body, unit string) diag.Diagnostic {
	text := body + unit
	if unit == "_" && strings.Contains(body, "_") {
		return mistake(diag.MalformedNumber, sp, fmt.Sprintf("`%s` is not a number", body),
			"`_` stands between two digits.", "Remove the `_` that has no digit on both sides.")
	}
	help := "Durations end with one of the units `ns us ms s m h`."
	switch unit[0] {
	case 'x', 'X', 'b', 'B', 'o', 'O':
		help = "Numbers are written in decimal."
	case 'e', 'E':
		help = "A float has digits on both sides of the point: `1.0e5`."
	}
	return mistake(diag.MalformedNumber, sp, fmt.Sprintf("`%s` is not a number", excerpt(text)),
		fmt.Sprintf("`%s` cannot follow the digits of a number.", excerpt(unit)), help)
}

func outOfRange(sp source.Span, what string) diag.Diagnostic {
	return mistake(diag.MalformedNumber, sp, fmt.Sprintf("`%s` does not fit %s", excerpt(sp.Text()), what),
		"Integers and durations (in nanoseconds) have 64 bits, floats are IEEE 754 doubles.", "Use a smaller number.")
}

func unknownEscape(sp source.Span) diag.Diagnostic {
	return mistake(diag.UnknownEscape, sp, fmt.Sprintf("`%s` is not an escape", excerpt(sp.Text())),
		"After a backslash stands one of `n t r 0 \" \\ { }` or `u{HEX}`.", "Write `\\\\` for a backslash.")
}

func tooDeep(sp source.Span) diag.Diagnostic {
	return mistake(diag.OverLimit, sp, "this is nested too deeply",
		fmt.Sprintf("Brackets, operators and conditions may stand inside each other %d deep.", maxDepth),
		"Name a part of it with `let` or `fn` and use the name.")
}

func tooLong(sp source.Span) diag.Diagnostic {
	return mistake(diag.OverLimit, sp, "this expression is too long",
		fmt.Sprintf("One expression may chain %d operators and calls.", maxLinks),
		"Name a part of it with `let`, or load the data with `--load`.")
}

func tooManyTokens(sp source.Span) diag.Diagnostic {
	return mistake(diag.OverLimit, sp, "this file is too long",
		fmt.Sprintf("A source file may have %d words and symbols.", maxTokens),
		"Split the program, or load the data with `--load`.")
}

func tooLarge(f *source.File) diag.Diagnostic {
	return mistake(diag.OverLimit, source.Span{File: f}, "this file is too large",
		fmt.Sprintf("It has %d bytes; a source file may have %d.", len(f.Text), maxBytes),
		"Split the program, or load the data with `--load`.")
}

func chained(sp source.Span, op, next string) diag.Diagnostic {
	help := fmt.Sprintf("Write two comparisons joined by `and`, such as `a %s b and b %s c`, or use parentheses.", op, next)
	if op == ".." {
		help = "Use parentheses."
	}
	return mistake(diag.ChainedOperator, sp, fmt.Sprintf("`%s` cannot follow `%s`", next, op),
		fmt.Sprintf("`%s` takes two operands and does not chain.", op), help)
}

func notAStatement(sp source.Span, help string) diag.Diagnostic {
	return mistake(diag.NotAStatement, sp, "this expression is not a statement",
		"Its value would be thrown away.", help)
}

func notAPattern(sp source.Span) diag.Diagnostic {
	return mistake(diag.NotAPattern, sp, fmt.Sprintf("`%s` is not a pattern", excerpt(sp.Text())),
		"On the left of `=>` stand names, `_`, literals, constructors, tuples and lists of these.",
		"Give the value a name here and compute on the right of `=>`.")
}

func misplacedBlank(sp source.Span) diag.Diagnostic {
	return mistake(diag.MisplacedBlank, sp, "`_` has no value",
		"It stands for a value that is not looked at, in a pattern or as an index of an `invariant`.", "Give the value a name.")
}

func repeatedClause(sp source.Span, clause string, first source.Span) diag.Diagnostic {
	d := mistake(diag.RepeatedClause, sp, fmt.Sprintf("`%s` stands twice", clause), "", "Remove one of them.")
	d.Related = []diag.Related{{Span: first, Text: "the first one"}}
	return d
}

func notCallable(sp source.Span, help string) diag.Diagnostic {
	return mistake(diag.NotCallable, sp, "only a name can be called", "", help)
}

func moreMistakes(sp source.Span, n int) diag.Diagnostic {
	return mistake(diag.MoreMistakes, sp, fmt.Sprintf("%d more mistakes follow", n), "", "Mend those above first.")
}

// excerpt shortens text for a message.
func excerpt(text string) string {
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		text = text[:i] + "…"
	}
	if r := []rune(text); len(r) > 40 {
		text = string(r[:39]) + "…"
	}
	return strings.ToValidUTF8(text, "\ufffd")
}

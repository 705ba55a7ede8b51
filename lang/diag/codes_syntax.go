package diag

import "strings"

// The codes of syntax, L01. The parser's errors.go holds their constructors.
const (
	Unexpected      Code = "L0101"
	Unclosed        Code = "L0102"
	UnclosedString  Code = "L0103"
	StrayCharacter  Code = "L0104"
	MalformedNumber Code = "L0105"
	UnknownEscape   Code = "L0106"
	OverLimit       Code = "L0107"
	ChainedOperator Code = "L0108"
	NotAStatement   Code = "L0109"
	NotAPattern     Code = "L0110"
	MisplacedBlank  Code = "L0111"
	RepeatedClause  Code = "L0112"
	NotCallable     Code = "L0113"
	MoreMistakes    Code = "L0114"
)

var syntaxCodes = []Entry{
	{
		Code:  Unexpected,
		Title: "unexpected text",
		When: "The text does not go on as the grammar of Lasp allows. The message says what was expected and what was found. " +
			"One mistake is reported per declaration; reading goes on at the next one.",
		Wrong: "shared views = GSet[Int]\n",
		Right: "shared views: GSet[Int]\n",
	},
	{
		Code:  Unclosed,
		Title: "a bracket is never closed",
		When:  "A `(`, `[` or `{` has no partner before the text ends. The error stands at the bracket that was opened.",
		Wrong: "shared views: GSet[Int]\nlet twice = { v * 2 for v in views\n",
		Right: "shared views: GSet[Int]\nlet twice = { v * 2 for v in views }\n",
	},
	{
		Code:  UnclosedString,
		Title: "a string is never closed",
		When: "A string ends on the line on which it begins, so a missing `\"` is found at once; a new line inside a string is written `\\n`. " +
			"The same holds for the `{` of an interpolation.",
		Wrong: "let greeting = \"hello\nshow greeting\n",
		Right: "let greeting = \"hello\"\nshow greeting\n",
	},
	{
		Code:  StrayCharacter,
		Title: "a character that has no meaning here",
		When: "A character outside strings and comments is not part of the language, or the text is not valid UTF-8. " +
			"Statements and declarations need no separator, so `;` is not needed either.",
		Wrong: "shared views: GSet[Int];\n",
		Right: "shared views: GSet[Int]\n",
	},
	{
		Code:  MalformedNumber,
		Title: "a number that cannot be read",
		When: "Integers are 64-bit decimals, with `_` between digits where it helps; floats have digits on both sides of the point; " +
			"durations are a number and one of the units `ns us ms s m h`.",
		Wrong: "let period = 5sec\n",
		Right: "let period = 5s\n",
	},
	{
		Code:  UnknownEscape,
		Title: "an unknown escape in a string",
		When:  "After a backslash stands one of `n t r 0 \" \\ { }` or `u{HEX}`.",
		Wrong: "let path = \"C:\\data\"\n",
		Right: "let path = \"C:\\\\data\"\n",
	},
	{
		Code:  OverLimit,
		Title: "a limit of the compiler is passed",
		When:  "A source file may have 16 MiB, and brackets, operators and conditions may stand inside each other 400 deep. No program written by people comes near.",
		Wrong: "let x = " + strings.Repeat("(", 500) + "1" + strings.Repeat(")", 500) + "\n",
		Right: "let x = 1\n",
	},
	{
		Code:  ChainedOperator,
		Title: "an operator that does not chain",
		When:  "Comparisons, `in` and `..` take two operands and do not go on: `a < b < c` could mean several things.",
		Wrong: "fn between(a: Int, b: Int, c: Int) -> Bool = a < b < c\n",
		Right: "fn between(a: Int, b: Int, c: Int) -> Bool = a < b and b < c\n",
	},
	{
		Code:  NotAStatement,
		Title: "this is not a statement",
		When: "A body consists of statements: calls of mutators, `emit`, `reply`, `seal`, `if`, `for`, `let`, `match`, `coordinate` and `fail`. " +
			"An expression whose value nobody uses has no effect, and cells are written by their mutators, not by `=`.",
		Wrong: "shared top: Max[Int]\ninput seen(n: Int)\non seen(n) { top = n }\n",
		Right: "shared top: Max[Int]\ninput seen(n: Int)\non seen(n) { top.join(n) }\n",
	},
	{
		Code:  NotAPattern,
		Title: "this is not a pattern",
		When:  "On the left of `=>` stand patterns: `_`, names, literals, constructors, tuples and lists of patterns. They take a value apart and compute nothing.",
		Wrong: "shared s: GSet[Int]\nlet t = s.map((x + 1) => x)\n",
		Right: "shared s: GSet[Int]\nlet t = s.map(x => x - 1)\n",
	},
	{
		Code:  MisplacedBlank,
		Title: "`_` has no value",
		When:  "`_` stands for a value that is not looked at: in a pattern, or as the index in an `invariant`. It cannot be used as a value.",
		Wrong: "let x = _ + 1\n",
		Right: "let x = 1 + 1\n",
	},
	{
		Code:  RepeatedClause,
		Title: "said twice",
		When:  "Each of `written by`, `sharded replicas` and `at` may stand once in the declaration of a cell.",
		Wrong: "shared q: Stream[Int] written by \"a\" written by \"b\"\n",
		Right: "shared q: Stream[Int] written by \"a\"\n",
	},
	{
		Code:  NotCallable,
		Title: "only a name can be called",
		When:  "Functions are called by name: `f(x)`, `x.f()`, `x |> f` or `x |> f(a)`. The result of an expression cannot be called.",
		Wrong: "let x = 3 |> 4\n",
		Right: "let x = 3 |> max(4)\n",
	},
	{
		Code:  MoreMistakes,
		Title: "more mistakes than are shown",
		When:  "After a hundred mistakes in one file the rest is not shown; mend these first.",
		Wrong: strings.Repeat("let x = ;\n", 120),
		Right: "let x = 1\n",
	},
}

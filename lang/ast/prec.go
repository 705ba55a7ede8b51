package ast

// Operator is a row of the precedence table: the one place where infix and
// prefix symbols are listed. The parser climbs it, the formatter puts
// parentheses by it, the checker looks the symbol up in the library.
type Operator struct {
	Symbol string
	Level  int  // higher binds tighter
	Right  bool // right-associative
	Chain  bool // false: `a < b < c` is refused
}

// Levels of the prefix operators and of postfix forms.
const (
	LevelNot     = 4
	LevelNeg     = 12
	LevelPostfix = 13
)

// Infix lists the infix operators from low to high.
var Infix = []Operator{
	{Symbol: "|>", Level: 1, Chain: true},
	{Symbol: "or", Level: 2, Chain: true},
	{Symbol: "and", Level: 3, Chain: true},
	{Symbol: "==", Level: 5},
	{Symbol: "!=", Level: 5},
	{Symbol: "<", Level: 5},
	{Symbol: "<=", Level: 5},
	{Symbol: ">", Level: 5},
	{Symbol: ">=", Level: 5},
	{Symbol: "in", Level: 5},
	{Symbol: "not in", Level: 5},
	{Symbol: "::", Level: 6, Right: true, Chain: true},
	{Symbol: "|", Level: 7, Chain: true},
	{Symbol: "&", Level: 8, Chain: true},
	{Symbol: "..", Level: 9},
	{Symbol: "+", Level: 10, Chain: true},
	{Symbol: "-", Level: 10, Chain: true},
	{Symbol: "*", Level: 11, Chain: true},
	{Symbol: "/", Level: 11, Chain: true},
	{Symbol: "%", Level: 11, Chain: true},
}

// InfixOf finds the row of an infix symbol.
func InfixOf(symbol string) (Operator, bool) {
	for _, op := range Infix {
		if op.Symbol == symbol {
			return op, true
		}
	}
	return Operator{}, false
}

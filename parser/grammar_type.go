package parser

import "github.com/alecthomas/participle/v2/lexer"

// typeNode is `A -> B -> C`; the arrow leans to the right.
type typeNode struct {
	tokens
	Parts []*typeAtomNode `parser:"@@ ('->' @@)*"`
}

type typeAtomNode struct {
	tokens
	Name  *lexer.Token `parser:"( @Upper"`
	Args  []*typeNode  `parser:"  ('[' @@ ((?= ',' ~']') ',' @@)* ','? ']')?"`
	Paren *lexer.Token `parser:"| @'('"`
	Elems []*typeNode  `parser:"  (@@ ((?= ',' ~')') ',' @@)* ','?)? ')' )"`
}

// patternNode is `head :: rest`, which leans to the right.
type patternNode struct {
	tokens
	Parts []*patAtomNode `parser:"@@ ('::' @@)*"`
}

type patAtomNode struct {
	tokens
	Blank  *lexer.Token   `parser:"( @Blank"`
	Minus  *lexer.Token   `parser:"| @'-'"`
	Number *lexer.Token   `parser:"  @(Int | Float | Duration)"`
	Lit    *lexer.Token   `parser:"| @(Int | Float | Duration | String | 'true' | 'false')"`
	Ctor   *lexer.Token   `parser:"| @Upper"`
	Args   []*patArgNode  `parser:"  ('(' (@@ ((?= ',' ~')') ',' @@)* ','?)? ')')?"`
	Name   *lexer.Token   `parser:"| @Ident"`
	Paren  *lexer.Token   `parser:"| @'('"`
	Tuple  []*patternNode `parser:"  (@@ ((?= ',' ~')') ',' @@)* ','?)? ')'"`
	Square *lexer.Token   `parser:"| @'['"`
	List   []*patternNode `parser:"  (@@ ((?= ',' ~']') ',' @@)* ','?)? ']' )"`
}

type patArgNode struct {
	tokens
	Label *lexer.Token `parser:"((?= (Ident | Keyword | Upper) ':') @(Ident | Keyword | Upper) ':')?"`
	Pat   *patternNode `parser:"@@"`
}

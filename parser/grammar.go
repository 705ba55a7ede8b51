package parser

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/ast"
)

// The grammar of declarations, types and patterns, as the parser library reads
// it: one struct per production, the grammar in the tags. It is LL(1) but for the
// places marked (?= ...), so a mistake is found at the very token where it
// stands. Expressions, blocks, generators and the steps of tests are read by
// hand-written functions behind interface types. All of this is private: build.go
// turns it into lang/ast.

// tokens gives a production its text, without the space behind it.
type tokens struct{ Tokens []lexer.Token }

// The productions that are read by hand.
type (
	// blockNode is `{ statements }`; it is an *ast.Block.
	blockNode interface{ ast.Node }
	// stepsNode is `{ steps }` of a test; it is a steps.
	stepsNode interface{ steps() []ast.Step }
	// gensNode is `p in e, q in f`; it is a gens.
	gensNode interface{ gens() []*ast.Gen }
)

type declNode struct {
	tokens
	Pub       *lexer.Token   `parser:"@'pub'?"`
	Cell      *cellNode      `parser:"( @@"`
	Param     *paramNode     `parser:"| @@"`
	Input     *inputNode     `parser:"| @@"`
	Output    *outputNode    `parser:"| @@"`
	Let       *letNode       `parser:"| @@"`
	Fn        *fnNode        `parser:"| @@"`
	Type      *typeDeclNode  `parser:"| @@"`
	Lattice   *latticeNode   `parser:"| @@"`
	Invariant *invariantNode `parser:"| @@"`
	On        *onNode        `parser:"| @@"`
	When      *whenNode      `parser:"| @@"`
	For       *forNode       `parser:"| @@"`
	Show      *showNode      `parser:"| @@"`
	Import    *importNode    `parser:"| @@"`
	Assume    *assumeNode    `parser:"| @@"`
	Test      *testNode      `parser:"| @@ )"`
}

type cellNode struct {
	tokens
	Scope   lexer.Token   `parser:"@('shared' | 'coordinated' | 'local')"`
	Names   []*nameNode   `parser:"@@ (',' @@)*"`
	Kind    *typeNode     `parser:"':' @@"`
	Clauses []*clauseNode `parser:"@@*"`
}

// nameNode is a name that is declared here.
type nameNode struct {
	Name lexer.Token `parser:"@Ident"`
}

// argNode is a name for an argument of an event, or `_`.
type argNode struct {
	Name lexer.Token `parser:"@(Ident | Blank)"`
}

type clauseNode struct {
	tokens
	ByKey   *lexer.Token `parser:"'written' 'by' ( @'key'"`
	Writer  ast.Expr     `parser:"                | @@ )"`
	Sharded ast.Expr     `parser:"| 'sharded' 'replicas' @@"`
	Tag     ast.Expr     `parser:"| 'at' @@"`
}

type paramNode struct {
	Name    lexer.Token `parser:"'param' @Ident"`
	Type    *typeNode   `parser:"':' @@"`
	Default ast.Expr    `parser:"('=' @@)?"`
}

type inputNode struct {
	Name   lexer.Token  `parser:"'input' @Ident"`
	Params []*fieldNode `parser:"'(' (@@ ((?= ',' ~')') ',' @@)* ','?)? ')'"`
	Reply  *typeNode    `parser:"('->' @@)?"`
}

type outputNode struct {
	Name lexer.Token `parser:"'output' @Ident"`
	Type *typeNode   `parser:"':' @@"`
}

type letNode struct {
	Lazy  *lexer.Token `parser:"(@'lazy' 'let' | 'let')"`
	Rec   *lexer.Token `parser:"((?= 'rec' Ident) @'rec')?"`
	Name  lexer.Token  `parser:"@Ident"`
	Type  *typeNode    `parser:"(':' @@)?"`
	Limit ast.Expr     `parser:"('limit' @@)?"`
	Value ast.Expr     `parser:"'=' @@"`
}

type fnNode struct {
	Name       lexer.Token    `parser:"'fn' @Ident"`
	TypeParams []*typeVarNode `parser:"('[' @@ ((?= ',' ~']') ',' @@)* ','? ']')?"`
	Params     []*fnParamNode `parser:"'(' (@@ ((?= ',' ~')') ',' @@)* ','?)? ')'"`
	Result     *typeNode      `parser:"('->' @@)?"`
	Body       ast.Expr       `parser:"'=' @@"`
}

type typeVarNode struct {
	Name lexer.Token `parser:"@Upper"`
}

type fnParamNode struct {
	tokens
	Name lexer.Token  `parser:"@(Ident | Blank) ':'"`
	Qual *lexer.Token `parser:"( @('+' | '-' | '?' | '0') | (?= 'H' (Upper | '(')) @'H' )?"`
	Type *typeNode    `parser:"@@"`
}

type fieldNode struct {
	tokens
	Name lexer.Token `parser:"@(Ident | Keyword | Upper)"`
	Type *typeNode   `parser:"':' @@"`
}

type typeDeclNode struct {
	tokens
	Name   lexer.Token `parser:"'type' @Upper"`
	Record *fieldsNode `parser:"( @@"`
	Ctors  []*ctorNode `parser:"| '=' '|'? @@ ('|' @@)* )"`
}

// fieldsNode is `{ a: A, b: B }`.
type fieldsNode struct {
	tokens
	Fields []*fieldNode `parser:"'{' (@@ ((?= ',' ~'}') ',' @@)* ','?)? '}'"`
}

type ctorNode struct {
	tokens
	Name   lexer.Token  `parser:"@Upper"`
	Fields []*fieldNode `parser:"('(' (@@ ((?= ',' ~')') ',' @@)* ','?)? ')')?"`
}

type latticeNode struct {
	Name   lexer.Token `parser:"'lattice' @Upper"`
	Fields *fieldsNode `parser:"( @@"`
	Of     *typeNode   `parser:"| '=' @@"`
	Bottom ast.Expr    `parser:"'bottom' @@"`
	Join   ast.Expr    `parser:"'join' @@ )"`
}

type invariantNode struct {
	Cond ast.Expr `parser:"'invariant' @@"`
}

type onNode struct {
	Every ast.Expr     `parser:"'on' ( 'every' @@"`
	Event *lexer.Token `parser:"| @Ident"`
	Paren *lexer.Token `parser:"  (@'('"`
	Args  []*argNode   `parser:"    (@@ ((?= ',' ~')') ',' @@)* ','?)? ')')? )"`
	Body  blockNode    `parser:"@@"`
}

type whenNode struct {
	Bound *lexer.Token `parser:"'when' ((?= 'bound' Ident) 'bound' @Ident '=')?"`
	Cond  ast.Expr     `parser:"@@"`
	Gens  gensNode     `parser:"('for' @@)?"`
	Guard ast.Expr     `parser:"('if' @@)?"`
	Body  blockNode    `parser:"@@"`
}

type forNode struct {
	Gens  gensNode  `parser:"'for' @@"`
	Guard ast.Expr  `parser:"('if' @@)?"`
	Body  blockNode `parser:"@@"`
}

type showNode struct {
	Name  *lexer.Token `parser:"'show' ((?= Ident '=') @Ident '=')?"`
	Value ast.Expr     `parser:"@@"`
}

type importNode struct {
	Path lexer.Token `parser:"'import' @String"`
}

type assumeNode struct {
	Fn lexer.Token `parser:"'assume' 'monotone' @Ident"`
}

type testNode struct {
	Name  lexer.Token `parser:"'test' @String"`
	Steps stepsNode   `parser:"@@"`
}

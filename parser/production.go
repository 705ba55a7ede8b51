package parser

import (
	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/ast"
)

// The parser library compiles a grammar in about a millisecond, which is much for a
// short program. So each production of declarations is a grammar of its own, chosen
// by its first word and compiled when the first such declaration is read. What is no
// declaration is left to the whole grammar, which knows what might have stood there.

// reader reads one declaration.
type reader func(lex *lexer.PeekingLexer) (*declNode, error)

// production compiles one kind of declaration.
type production struct{ compile func(g *grammar) reader }

// productions are the kinds of declarations by their first word, behind `pub`.
var productions = func() map[string]*production {
	cell := only(func(n *declNode) **cellNode { return &n.Cell })
	let := only(func(n *declNode) **letNode { return &n.Let })
	return map[string]*production{
		"shared": cell, "coordinated": cell, "local": cell,
		"let": let, "lazy": let,
		"param":     only(func(n *declNode) **paramNode { return &n.Param }),
		"input":     only(func(n *declNode) **inputNode { return &n.Input }),
		"output":    only(func(n *declNode) **outputNode { return &n.Output }),
		"fn":        only(func(n *declNode) **fnNode { return &n.Fn }),
		"type":      only(func(n *declNode) **typeDeclNode { return &n.Type }),
		"lattice":   only(func(n *declNode) **latticeNode { return &n.Lattice }),
		"invariant": only(func(n *declNode) **invariantNode { return &n.Invariant }),
		"on":        only(func(n *declNode) **onNode { return &n.On }),
		"when":      only(func(n *declNode) **whenNode { return &n.When }),
		"for":       only(func(n *declNode) **forNode { return &n.For }),
		"show":      only(func(n *declNode) **showNode { return &n.Show }),
		"import":    only(func(n *declNode) **importNode { return &n.Import }),
		"assume":    only(func(n *declNode) **assumeNode { return &n.Assume }),
		"test":      only(func(n *declNode) **testNode { return &n.Test }),
	}
}()

// onlyNode is a declaration of one kind.
type onlyNode[T any] struct {
	tokens
	Pub *lexer.Token `parser:"@'pub'?"`
	Of  *T           `parser:"@@"`
}

// only is the production whose node stands at a place of declNode.
func only[T any](at func(*declNode) **T) *production {
	return &production{func(g *grammar) reader {
		compiled := participle.MustBuild[onlyNode[T]](g.options()...)
		return func(lex *lexer.PeekingLexer) (*declNode, error) {
			n, err := compiled.ParseFromLexer(lex, participle.AllowTrailing(true))
			if err != nil {
				return nil, err
			}
			decl := &declNode{tokens: n.tokens, Pub: n.Pub}
			*at(decl) = n.Of
			return decl, nil
		}
	}}
}

// grammar is participle's compiled form of the grammar. Its hand-written
// functions reach the running parse through p, so a grammar serves one parse at
// a time; a pool saves compiling it again.
type grammar struct {
	p       *parser
	readers map[*production]reader // that were needed so far
	decl    *participle.Parser[declNode]
	pattern *participle.Parser[patternNode]
}

// read reads the declaration that begins with the tokens to come.
func (g *grammar) read(lex *lexer.PeekingLexer) (*declNode, error) {
	word := *lex
	if word.Peek().Value == "pub" {
		word.Next()
	}
	kind := productions[word.Peek().Value]
	if kind == nil {
		return g.whole().ParseFromLexer(lex, participle.AllowTrailing(true))
	}
	if g.readers[kind] == nil {
		g.readers[kind] = kind.compile(g)
	}
	return g.readers[kind](lex)
}

// whole is the grammar of all declarations.
func (g *grammar) whole() *participle.Parser[declNode] {
	if g.decl == nil {
		g.decl = participle.MustBuild[declNode](g.options()...)
	}
	return g.decl
}

// patterns is the grammar of patterns.
func (g *grammar) patterns() *participle.Parser[patternNode] {
	if g.pattern == nil {
		g.pattern = participle.MustBuild[patternNode](participle.Lexer(definition{}), participle.UseLookahead(0))
	}
	return g.pattern
}

// options are those of every grammar with hand-written functions.
func (g *grammar) options() []participle.Option {
	return []participle.Option{
		participle.Lexer(definition{}),
		participle.UseLookahead(0), // LL(1): an error is where the text goes wrong
		participle.ParseTypeWith(func(lex *lexer.PeekingLexer) (ast.Expr, error) {
			return enter(g.p, lex, g.p.expression)
		}),
		participle.ParseTypeWith(func(lex *lexer.PeekingLexer) (blockNode, error) {
			return enter(g.p, lex, func() blockNode { return g.p.block() })
		}),
		participle.ParseTypeWith(func(lex *lexer.PeekingLexer) (gensNode, error) {
			return enter(g.p, lex, func() gensNode { return gens(g.p.generators()) })
		}),
		participle.ParseTypeWith(func(lex *lexer.PeekingLexer) (stepsNode, error) {
			return enter(g.p, lex, func() stepsNode { return g.p.testSteps() })
		}),
	}
}

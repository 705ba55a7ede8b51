package parser

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
)

// Entry is what somebody typed at a REPL: declarations, statements and
// expressions in any order, without a body around them.
type Entry struct {
	// Items holds an ast.Decl, ast.Stmt or ast.Expr for each thing that was
	// typed. What reads as both is a declaration (`let`, `for`) rather than a
	// statement, and an expression (a call, `match`) rather than a statement: the
	// REPL knows whether a call names a mutator or an input. A call followed by
	// `else` is a statement.
	Items []ast.Node

	// Incomplete says that the text ends where it must go on, inside brackets or
	// after an operator: more lines may mend it. The diagnostics say what is
	// missing.
	Incomplete bool

	Comments []ast.Comment
}

// ParseEntry reads one entry of a REPL. An empty text has no items.
func ParseEntry(f *source.File) (*Entry, []diag.Diagnostic) {
	p := newParser(f)
	defer p.release()
	e := &Entry{Comments: p.scan.comments}
	for !p.atEnd() {
		item := p.entry()
		if p.failed {
			e.Incomplete = p.cutShort && len(p.scan.diags) == 0
			break
		}
		e.Items = append(e.Items, item)
	}
	return e, p.diagnostics()
}

// entry reads one item.
func (p *parser) entry() ast.Node {
	tok := p.lex.Peek()
	if p.beginsDecl(tok) {
		return p.readDecl()
	}
	p.begin()
	p.place.direct = true
	defer p.noBlanks()
	switch tok.Value {
	case "emit", "reply", "seal", "coordinate":
		return p.statement()
	case "if":
		return p.entryIf()
	}
	s := p.exprStmt(true).(*ast.ExprStmt)
	if s.Else == nil {
		return s.X
	}
	return s
}

// entryIf reads an `if`, which is a statement when a body follows the condition.
func (p *parser) entryIf() ast.Node {
	start := p.lex.MakeCheckpoint()
	p.next()
	p.expression()
	isExpr := p.peek().Value == "then"
	if p.failed {
		return &ast.BadExpr{}
	}
	p.lex.LoadCheckpoint(start)
	if isExpr {
		return p.expression()
	}
	return p.ifStmt()
}

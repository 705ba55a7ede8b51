package parser

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/ast"
)

// block reads `{ statements }`.
func (p *parser) block() *ast.Block {
	start := p.peek()
	b := &ast.Block{}
	p.braced("a body, `{ ... }`,", func() { b.Stmts = append(b.Stmts, p.statement()) })
	b.At = p.from(start)
	return b
}

// braced reads `{ item item ... }`, whose items need no separator.
func (p *parser) braced(what string, item func()) {
	open := p.peek()
	if open.Value != "{" || open.Type != punct {
		p.unexpected(what, "")
		return
	}
	p.next()
	if p.depth++; p.depth > maxNest {
		p.fail(tooDeep(spanOf(p.file, open)))
	}
	outer := p.place
	p.place = place{direct: true}
	for !p.failed && p.peek().Value != "}" {
		if p.peek().EOF() {
			p.cutShort = true
			p.fail(unclosed(p.file, bracket{'{', open.Pos.Offset}))
			break
		}
		item()
	}
	p.next()
	p.place = outer
	p.depth--
}

// statement reads one statement of a body.
func (p *parser) statement() ast.Stmt {
	start := p.peek()
	if start.Type == keyword {
		switch start.Value {
		case "emit":
			return p.emit()
		case "reply":
			p.next()
			s := &ast.ReplyStmt{Value: p.expression()}
			s.At = p.from(start)
			return s
		case "seal":
			p.next()
			s := &ast.SealStmt{Target: p.expression()}
			s.Barrier = p.byBarrier()
			s.At = p.from(start)
			return s
		case "if":
			return p.ifStmt()
		case "for":
			return p.forStmt()
		case "let":
			p.next()
			s := &ast.LetStmt{Pat: p.pattern()}
			p.expect("=", "A name for a value is written `let name = value`.")
			s.Value = p.expression()
			s.At = p.from(start)
			return s
		case "match":
			return p.matchStmt()
		case "coordinate":
			p.next()
			s := &ast.CoordStmt{Barrier: p.byBarrier()}
			s.Body = p.block()
			s.At = p.from(start)
			return s
		}
	}
	if !startsCall(start) {
		p.notHere(start)
		return &ast.BadStmt{At: ast.At{Sp: spanOf(p.file, start)}}
	}
	return p.exprStmt(false)
}

// startsCall tells whether a statement that is a call can begin with tok.
func startsCall(tok *lexer.Token) bool {
	switch tok.Type {
	case ident, upper, str, strHead, intLit, floatLit, duration:
		return true
	}
	return tok.Value == "(" || tok.Value == "[" || tok.Value == "{"
}

// notHere reports a token that begins no statement.
func (p *parser) notHere(tok *lexer.Token) {
	if p.opensDecl(tok, 0) {
		p.fail(unclosed(p.file, p.openBefore()))
		return
	}
	help := ""
	if p.beginsDecl(tok) {
		help = "Declarations stand outside of bodies; if the body was meant to end before this, a `}` is missing."
	}
	p.unexpected("a statement or `}`", help)
}

// exprStmt reads a call and what to do if it is refused. Other expressions are
// let through only where free is set, as in a REPL.
func (p *parser) exprStmt(free bool) ast.Stmt {
	start := p.peek()
	s := &ast.ExprStmt{X: p.expression()}
	if call, ok := s.X.(*ast.Call); !free && !p.failed && (!ok || call.Fn == nil) {
		help := "Statements are calls of mutators such as `cell.add(v)`, or begin with `emit reply seal if for let match coordinate`."
		sp := s.X.Span()
		if eq := p.peek(); eq.Value == "=" {
			sp = spanOf(p.file, eq)
			help = "Cells are written by their mutators, such as `cell.set(v)` or `cell.join(v)`; a name for a value is `let name = value`."
		}
		if name, ok := s.X.(*ast.Name); ok && isStepWord(name.Name) {
			help = "`" + name.Name + "` is a step of a test; if `at` was meant to end before this, a `}` is missing."
		}
		p.fail(notAStatement(sp, help))
	}
	if p.peek().Value == "else" {
		p.next()
		s.Else = p.branch()
	}
	s.At = p.from(start)
	return s
}

// branch reads a statement or a block, as after `else` and `p =>`.
func (p *parser) branch() ast.Stmt {
	if p.peek().Value == "{" {
		return &ast.BlockStmt{Block: p.block()}
	}
	if p.depth++; p.depth > maxNest {
		p.fail(tooDeep(spanOf(p.file, p.lex.Peek())))
	}
	defer func() { p.depth-- }()
	return p.statement()
}

func (p *parser) emit() ast.Stmt {
	start := p.next()
	s := &ast.EmitStmt{Value: p.expression()}
	p.expect("to", "An effect is written `emit value to output`.")
	s.Output = p.newName("the name of an output")
	s.At = p.from(start)
	return s
}

// newName reads a lower-case name.
func (p *parser) newName(what string) *ast.Ident {
	if p.peek().Type != ident {
		p.unexpected(what, p.nameHelp(p.peek()))
		return &ast.Ident{At: ast.At{Sp: spanOf(p.file, p.lex.Peek())}}
	}
	return p.ident(p.next())
}

// byBarrier reads an optional `by barrier`.
func (p *parser) byBarrier() bool {
	if p.peek().Value != "by" || p.peekAt(1).Value != "barrier" {
		return false
	}
	p.next()
	p.next()
	return true
}

func (p *parser) ifStmt() ast.Stmt {
	start := p.next()
	s := &ast.IfStmt{Cond: p.expression()}
	if p.peek().Value == "then" {
		p.unexpected("`{`", "In a body, `if` is written `if c { ... } else { ... }`.")
	}
	s.Then = p.block()
	if p.peek().Value == "else" {
		p.next()
		if p.peek().Value == "if" {
			s.Else = p.branch()
		} else {
			s.Else = &ast.BlockStmt{Block: p.block()}
		}
	}
	s.At = p.from(start)
	return s
}

func (p *parser) forStmt() ast.Stmt {
	start := p.next()
	s := &ast.ForStmt{Gens: p.generators()}
	if p.peek().Value == "if" {
		p.next()
		s.Guard = p.expression()
	}
	s.Body = p.block()
	s.At = p.from(start)
	return s
}

// matchStmt reads `match e { p => statement, .. }`; a comma between the cases is
// not needed.
func (p *parser) matchStmt() ast.Stmt {
	start := p.next()
	s := &ast.MatchStmt{Subject: p.expression()}
	p.braced("the cases of a `match` in braces", func() {
		arm := &ast.StmtArm{}
		first := p.peek()
		arm.Pat, arm.Guard = p.armHead()
		arm.Body = p.branch()
		arm.At = p.from(first)
		s.Arms = append(s.Arms, arm)
		if p.peek().Value == "," {
			p.next()
		}
	})
	s.At = p.from(start)
	return s
}

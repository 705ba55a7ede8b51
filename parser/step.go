package parser

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/laspc/lasp/lang/ast"
)

// steps is the body of a test as the grammar holds it.
type steps []ast.Step

func (s steps) steps() []ast.Step { return s }

// testSteps reads `{ steps }`.
func (p *parser) testSteps() stepsNode {
	var all steps
	p.braced("the steps of the test, `{ ... }`,", func() { all = append(all, p.step()) })
	return all
}

const stepWords = "`replicas at sync expect partition heal crash restart wait param deploy`"

func (p *parser) step() ast.Step {
	start := p.peek()
	if !isStepWord(start.Value) {
		return p.noStep(start)
	}
	p.next()
	switch start.Value {
	case "replicas":
		s := &ast.ReplicasStep{Names: p.names()}
		s.At = p.from(start)
		return s
	case "at":
		s := &ast.AtStep{Replica: p.newName("the name of a replica")}
		s.Body = p.block()
		s.At = p.from(start)
		return s
	case "sync":
		return &ast.SyncStep{At: p.from(start)}
	case "partition":
		s := &ast.PartitionStep{Groups: [][]*ast.Ident{p.names()}}
		for p.peek().Value == "|" {
			p.next()
			s.Groups = append(s.Groups, p.names())
		}
		s.At = p.from(start)
		return s
	case "heal":
		return &ast.HealStep{At: p.from(start)}
	case "crash":
		s := &ast.CrashStep{Replica: p.newName("the name of a replica")}
		s.At = p.from(start)
		return s
	case "expect":
		return p.expectStep(start)
	}
	return p.otherStep(start)
}

// otherStep reads the steps that are rarer.
func (p *parser) otherStep(start *lexer.Token) ast.Step {
	switch start.Value {
	case "restart":
		s := &ast.RestartStep{Replica: p.newName("the name of a replica")}
		if p.peek().Value == "blank" {
			p.next()
			s.Blank = true
		}
		s.At = p.from(start)
		return s
	case "wait":
		s := &ast.WaitStep{For: p.expression()}
		s.At = p.from(start)
		return s
	case "param":
		s := &ast.ParamStep{Name: p.newName("the name of a param")}
		p.expect("=", "A test sets a param with `param name = value`.")
		s.Value = p.expression()
		s.At = p.from(start)
		return s
	}
	return p.deployStep(start)
}

func (p *parser) deployStep(start *lexer.Token) ast.Step {
	s := &ast.DeployStep{}
	tok := p.peek()
	if tok.Type != str {
		p.unexpected("the path of a program", "A redeployment is written `deploy \"v2.lasp\"`.")
		return s
	}
	p.next()
	s.Path, s.PathAt = content(tok), spanOf(p.file, tok)
	s.At = p.from(start)
	return s
}

// isStepWord tells whether a word begins a step of a test.
func isStepWord(word string) bool {
	switch word {
	case "replicas", "at", "sync", "expect", "partition", "heal", "crash", "restart", "wait", "param", "deploy":
		return true
	}
	return false
}

// noStep reports that start begins no step.
func (p *parser) noStep(start *lexer.Token) ast.Step {
	none := &ast.SyncStep{At: ast.At{Sp: spanOf(p.file, start)}}
	if p.opensDecl(start, 0) {
		p.fail(unclosed(p.file, p.openBefore()))
		return none
	}
	help := "A test consists of the steps " + stepWords + "."
	switch {
	case p.beginsDecl(start):
		help = "Declarations stand outside of tests; if the test was meant to end before this, a `}` is missing."
	case startsCall(start) || start.Type == keyword:
		help = "Statements stand inside `at REPLICA { ... }`; the steps are " + stepWords + "."
	}
	p.unexpected("a step of the test or `}`", help)
	return none
}

// names reads `a, b, c`.
func (p *parser) names() []*ast.Ident {
	all := []*ast.Ident{p.newName("the name of a replica")}
	for p.peek().Value == "," {
		p.next()
		all = append(all, p.newName("the name of a replica"))
	}
	return all
}

// expectStep reads `expect e`, `expect at r e` and `expect fails L05 at r { .. }`.
func (p *parser) expectStep(start *lexer.Token) ast.Step {
	tok, behind := p.peek(), p.peekAt(1)
	switch {
	case tok.Value == "fails" && behind.Type == upper:
		p.next()
		s := &ast.ExpectFailsStep{Code: p.ident(p.next())}
		p.expect("at", "A refusal is expected at a replica: `expect fails L05 at r { ... }`.")
		s.Replica = p.newName("the name of a replica")
		s.Body = p.block()
		s.At = p.from(start)
		return s
	case tok.Value == "at" && behind.Type == ident:
		p.next()
		s := &ast.ExpectStep{Replica: p.newName("the name of a replica")}
		s.Cond = p.expression()
		s.At = p.from(start)
		return s
	}
	s := &ast.ExpectStep{Cond: p.expression()}
	s.At = p.from(start)
	return s
}

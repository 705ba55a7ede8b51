package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/types"
)

// block checks statements; names of `let` hold to its end.
func (c *checker) block(b *ast.Block) {
	if b == nil {
		return
	}
	c.push()
	defer c.pop()
	for _, s := range b.Stmts {
		c.stmt(s)
	}
}

func (c *checker) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.ExprStmt:
		c.exprStmt(s)
	case *ast.EmitStmt:
		c.emit(s)
	case *ast.ReplyStmt:
		c.reply(s)
	case *ast.SealStmt:
		c.seal(s)
	case *ast.IfStmt:
		c.condition(s.Cond)
		c.block(s.Then)
		if s.Else != nil {
			c.stmt(s.Else)
		}
	case *ast.ForStmt:
		c.push()
		c.generators(s.Gens, false)
		c.guard(s.Guard)
		c.block(s.Body)
		c.pop()
	case *ast.LetStmt:
		c.pattern(s.Pat, c.infer(s.Value), false)
	case *ast.MatchStmt:
		c.matchStmt(s)
	case *ast.CoordStmt:
		c.body.coord++
		c.block(s.Body)
		c.body.coord--
	case *ast.BlockStmt:
		c.block(s.Block)
	}
}

func (c *checker) matchStmt(s *ast.MatchStmt) {
	subject := c.infer(s.Subject)
	if subject.Is("IVar") || subject.Is("Stream") {
		c.errorAt(diag.WrongPlace, s.Subject.Span(), "a statement cannot wait for a value", "", "A body runs at one moment, and at that moment the value may not be there yet.", "Use `when bound x = ..`, which runs once the value is there.")
		subject = badType()
	}
	pats := make([]ast.Pattern, len(s.Arms))
	guarded := make([]bool, len(s.Arms))
	for i, arm := range s.Arms {
		c.push()
		c.pattern(arm.Pat, subject, true)
		c.guard(arm.Guard)
		c.stmt(arm.Body)
		c.pop()
		pats[i], guarded[i] = arm.Pat, arm.Guard != nil
	}
	c.exhaustive(s.Span(), subject, pats, guarded)
}

func (c *checker) emit(s *ast.EmitStmt) {
	out, ok := c.globals[s.Output.Name].(*Output)
	if !ok {
		c.unknownOutput(s.Output)
		c.infer(s.Value)
		return
	}
	c.use(s.Output, out)
	c.check(s.Value, out.Type)
}

func (c *checker) reply(s *ast.ReplyStmt) {
	in := c.body.input
	switch {
	case c.body.place != inOn || in == nil:
		c.replyOutsideOn(s)
		c.infer(s.Value)
	case in.Reply == nil:
		c.inputWithoutReply(s, in)
		c.infer(s.Value)
	default:
		// An IVar of the reply type answers when it is bound.
		t := c.infer(s.Value)
		if t.Is("IVar") && !in.Reply.Is("IVar") {
			c.coerce(s.Value, t, types.IVarOf(in.Reply))
			return
		}
		c.check(s.Value, in.Reply)
	}
}

// exprStmt is a mutator, an input in a test, or `fail(e)`.
func (c *checker) exprStmt(s *ast.ExprStmt) {
	call, ok := ast.Unparen(s.X).(*ast.Call)
	if !ok {
		c.infer(s.X)
		return
	}
	delete(c.info.Calls, call)
	c.note(call, types.Unit)
	if s.Else != nil {
		defer c.stmt(s.Else)
	}
	args := argValues(call.Args)
	name := call.Fn.Name
	if call.Form == ast.Plain {
		switch {
		case name == "fail" && c.lookup(name) == nil:
			c.fail(call, args)
		case c.isInput(name):
			c.callInput(call, c.globals[name].(*Input), args)
		default:
			c.inferAll(args)
			c.notAnEffect(call)
		}
		return
	}
	c.mutator(s, call, args)
}

func (c *checker) isInput(name string) bool {
	_, ok := c.globals[name].(*Input)
	return ok
}

func (c *checker) fail(e *ast.Call, args []ast.Expr) {
	if len(args) != 1 {
		c.argCount(e, "fail", 1, len(args))
		c.inferAll(args)
		return
	}
	c.check(args[0], types.String)
	c.noteCall(e, &Call{Special: "fail", Args: args, Params: []*types.Type{types.String}, Lift: make([]bool, 1)})
}

func (c *checker) seal(s *ast.SealStmt) {
	cell, path := c.target(s.Target)
	if cell == nil {
		return
	}
	c.info.Seals = append(c.info.Seals, Seal{cell, len(path)})
	kind := cell.Kind
	for range path {
		if !isBad(kind) {
			kind = kind.Args[1]
		}
	}
	if !isBad(kind) && len(path) == 0 && s.Barrier {
		return
	}
	if k := kindNamed(kind.Con); k != nil && !s.Barrier && cell.Writer == "" && !cell.ByKey {
		c.sealNeedsWriter(s, cell)
	}
}

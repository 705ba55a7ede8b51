package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/typecheck"
)

// This file lowers code against a program that exists already: queries, what is
// typed at a REPL, tests. Names find cells, definitions, parameters, inputs and
// outputs of the program by name, so the checker's objects may be others than
// those that the program was made from.

// Expr lowers a checked expression to code that a machine running p evaluates.
func Expr(p *ir.Program, info *typecheck.Info, e ast.Expr, ops *op.Table) (*ir.Expr, error) {
	l := against(p, info, ops)
	f := l.newFrame()
	x := f.expr(e)
	if l.err != nil {
		return nil, l.err
	}
	ir.Settle(x, 0)
	return x, nil
}

// Body lowers checked statements to the body of an `on` handler without
// arguments; slots is the size of its frame.
func Body(p *ir.Program, info *typecheck.Info, stmts []ast.Stmt, ops *op.Table) (body []*ir.Stmt, slots int, err error) {
	l := against(p, info, ops)
	f := l.newFrame()
	for _, s := range stmts {
		body = append(body, f.stmt(s)...)
	}
	settleBody(body)
	return body, f.slots, l.err
}

func settleBody(body []*ir.Stmt) {
	for _, s := range body {
		s.Exprs(func(e **ir.Expr) { ir.Settle(*e, 0) })
	}
}

// against is a lowerer whose names mean those of p. It adds nothing to p.
func against(p *ir.Program, info *typecheck.Info, ops *op.Table) *lowerer {
	l := newLowerer(info, ops)
	l.prog, l.frozen = p, true
	for i, fn := range p.Funcs {
		l.funcs[fn.Key] = i
	}
	for _, c := range info.Cells {
		if i := p.FindCell(c.Name); i >= 0 {
			l.cells[c] = i
		}
	}
	for _, c := range info.System {
		if i := p.FindCell(ir.SystemCell(c.Name)); i >= 0 {
			l.cells[c] = i
		}
	}
	for _, d := range info.Lets {
		for _, o := range p.Lets {
			if o.Name == d.Name {
				l.lets[d] = o.View
			}
		}
	}
	l.shows = map[*typecheck.Show]ir.View{}
	for _, d := range info.Shows {
		for _, o := range p.Shows {
			if o.Name == d.Name {
				l.shows[d] = o.View
			}
		}
	}
	for _, d := range info.Inputs {
		for i, o := range p.Inputs {
			if o.Name == d.Name {
				l.inputs[d] = i
			}
		}
	}
	for _, d := range info.Outputs {
		for i, o := range p.Outputs {
			if o.Name == d.Name {
				l.outputs[d] = i
			}
		}
	}
	return l
}

// Tests lowers the test blocks of a checked program against p, which it was
// lowered to.
func Tests(p *ir.Program, checked *typecheck.Program, ops *op.Table) ([]*ir.Test, error) {
	l := against(p, checked.Info, ops)
	var out []*ir.Test
	for _, d := range checked.Info.Tests {
		t := &ir.Test{Name: d.Name, Pos: at(d)}
		for _, s := range d.Steps {
			t.Steps = append(t.Steps, l.step(s))
		}
		out = append(out, t)
	}
	return out, l.err
}

func (l *lowerer) step(s ast.Step) *ir.Step {
	out := &ir.Step{Pos: at(s)}
	switch s := s.(type) {
	case *ast.ReplicasStep:
		out.Op, out.Names = ir.TReplicas, names(s.Names)
	case *ast.AtStep:
		out.Op, out.Replica, out.Actions = ir.TAt, s.Replica.Name, l.actions(s.Body)
	case *ast.SyncStep:
		out.Op = ir.TSync
	case *ast.PartitionStep:
		out.Op = ir.TPartition
		for _, g := range s.Groups {
			out.Groups = append(out.Groups, names(g))
		}
	case *ast.HealStep:
		out.Op = ir.THeal
	case *ast.CrashStep:
		out.Op, out.Replica = ir.TCrash, s.Replica.Name
	case *ast.RestartStep:
		out.Op, out.Replica, out.Blank = ir.TRestart, s.Replica.Name, s.Blank
	case *ast.WaitStep:
		out.Op, out.Value = ir.TWait, l.value(s.For, types.Duration)
	case *ast.ParamStep:
		out.Op, out.Name = ir.TParam, s.Name.Name
		if p, ok := l.info.Uses[s.Name].(*typecheck.Param); ok {
			out.Value = l.value(s.Value, p.Type)
		}
	case *ast.DeployStep:
		out.Op, out.Name = ir.TDeploy, s.Path
	case *ast.ExpectStep:
		l.expect(s, out)
	case *ast.ExpectFailsStep:
		out.Op, out.Name, out.Actions = ir.TFails, s.Code.Name, l.actions(s.Body)
		if s.Replica != nil {
			out.Replica = s.Replica.Name
		}
	}
	return out
}

func names(ids []*ast.Ident) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.Name
	}
	return out
}

func (l *lowerer) value(e ast.Expr, t *types.Type) *ir.Expr {
	f := l.newFrame()
	x := f.convert(f.expr(e), f.clean(t))
	ir.Settle(x, 0)
	return x
}

// expect lowers an expectation. Inputs that it calls are sent first; their
// replies are its first slots.
func (l *lowerer) expect(s *ast.ExpectStep, out *ir.Step) {
	out.Op, out.Text = ir.TExpect, s.Cond.Span().Text()
	if s.Replica != nil {
		out.Replica = s.Replica.Name
	}
	f := l.newFrame()
	walk(s.Cond, func(e ast.Expr) {
		if c := l.info.Calls[e]; c != nil && c.Input != nil {
			f.slots++
		}
	}, func(ast.Pattern) {})
	var calls []*ir.InputCall
	l.calls = &calls
	n := f.slots
	out.Value = f.expr(s.Cond)
	ir.Settle(out.Value, n)
	out.Calls, l.calls = calls, nil
}

// inputCall sends an input from an expectation and stands for its reply.
func (f *frame) inputCall(e ast.Expr, n int, t *types.Type, args []*ir.Expr) *ir.Expr {
	if f.l.calls == nil {
		f.l.fail(e, "an input can be called in tests only")
		return f.dummy(e)
	}
	slot := len(*f.l.calls)
	for _, a := range args {
		ir.Settle(a, 0)
	}
	*f.l.calls = append(*f.l.calls, &ir.InputCall{Input: n, Args: args, Pos: at(e)})
	return f.fromRoot(&ir.Expr{Op: ir.ELocal, Slot: slot, Type: t, Pos: at(e)})
}

// actions lowers the block of an `at` step: each statement is a turn of its own,
// and sees the names that `let` gave before it.
func (l *lowerer) actions(b *ast.Block) []*ir.Action {
	f := l.newFrame()
	var lets []*ir.Stmt
	var out []*ir.Action
	for _, s := range b.Stmts {
		if let, ok := s.(*ast.LetStmt); ok {
			lets = append(lets, f.stmt(let)...)
			continue
		}
		a := &ir.Action{Text: s.Span().Text(), Pos: at(s)}
		if c := l.inputOf(s); c != nil {
			call := &ir.InputCall{Input: l.inputs[c.Input], Args: f.exprs(c.Args), Pos: at(s)}
			for _, x := range call.Args {
				ir.Settle(x, 0)
			}
			a.Call, a.Lets = call, lets
		} else {
			a.Body = append(lets[:len(lets):len(lets)], f.stmt(s)...)
		}
		settleBody(a.Body)
		settleBody(a.Lets)
		a.Slots = f.slots
		out = append(out, a)
	}
	return out
}

// inputOf is the call of an input that a statement is, or nil.
func (l *lowerer) inputOf(s ast.Stmt) *typecheck.Call {
	x, ok := s.(*ast.ExprStmt)
	if !ok {
		return nil
	}
	if c := l.info.Calls[ast.Unparen(x.X)]; c != nil && c.Input != nil {
		return c
	}
	return nil
}

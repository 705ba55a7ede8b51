// Package lower turns a checked program into IR. It works in two tiers: every
// expression has a form as code over assembled values (expr.go, call.go,
// comp.go), and what has a relational form becomes nodes that are maintained
// incrementally (rel.go and its neighbours). Both tiers write library aliases
// and comprehensions in one canonical way, so that two spellings of one meaning
// are the same IR.
package lower

import (
	"fmt"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/typecheck"
)

// Options choose what is lowered. The zero value is right.
type Options struct {
	// Raw leaves the graph as it was built, before the passes.
	Raw bool
	// Name is the name of the deployment, "main" when empty.
	Name string
}

// Program lowers a program that was checked without errors. ops is the table
// that it was checked with. An error names a construct that has no lowering
// yet, with its position.
func Program(p *typecheck.Program, ops *op.Table) (*ir.Program, error) {
	c, err := Compile(p, ops, Options{})
	if err != nil {
		return nil, err
	}
	return c.Program, nil
}

// Compiled is a lowered program that can lower more code against itself:
// queries, statements and tests.
type Compiled struct {
	Program *ir.Program
	l       *lowerer
}

// Compile lowers a program and keeps what later code needs to refer to it.
func Compile(p *typecheck.Program, ops *op.Table, o Options) (*Compiled, error) {
	l := newLowerer(p.Info, ops)
	if l.prog.Name = o.Name; o.Name == "" {
		l.prog.Name = "main"
	}
	l.program()
	if l.err != nil {
		return nil, l.err
	}
	if err := ir.Finish(l.prog, ops, !o.Raw); err != nil {
		return nil, err
	}
	l.relocate()
	return &Compiled{Program: l.prog, l: l}, nil
}

// lowerer holds what is known while a program is lowered. It keeps the first
// error and goes on with stand-ins, so that callers check once.
type lowerer struct {
	info    *typecheck.Info
	ops     *op.Table
	prog    *ir.Program
	cells   map[*typecheck.Cell]int
	inputs  map[*typecheck.Input]int
	outputs map[*typecheck.Output]int
	lets    map[*typecheck.Let]ir.View
	letAt   map[*typecheck.Let]int        // index in prog.Lets
	rels    map[*typecheck.Local]rel      // collections that parameters of inlined functions stand for
	funcs   map[string]int                // instances of recursive functions
	brought map[string]*ir.Func           // those that the program does not have
	shows   map[*typecheck.Show]ir.View   // of the program that code is lowered against
	reads   map[*typecheck.Fn]readState   // whether a function reads the graph
	fnVars  map[*typecheck.Local]*ir.Expr // other closed arguments of inlined functions
	consts  map[*typecheck.Let]*ir.Expr   // definitions that are a constant
	calls   *[]*ir.InputCall              // of the expectation being lowered
	failed  map[ast.Expr]bool             // expressions without a relational form
	known   map[ast.Expr]rel              // relations of closed expressions
	depth   int
	inlined int  // bodies that were inlined
	frozen  bool // the program exists already: nothing may be added to it
	err     error
}

func newLowerer(info *typecheck.Info, ops *op.Table) *lowerer {
	return &lowerer{
		info: info, ops: ops, prog: &ir.Program{Defs: info.Defs},
		cells: map[*typecheck.Cell]int{}, inputs: map[*typecheck.Input]int{}, outputs: map[*typecheck.Output]int{},
		lets: map[*typecheck.Let]ir.View{}, letAt: map[*typecheck.Let]int{}, rels: map[*typecheck.Local]rel{},
		fnVars: map[*typecheck.Local]*ir.Expr{}, consts: map[*typecheck.Let]*ir.Expr{},
		funcs: map[string]int{}, brought: map[string]*ir.Func{}, reads: map[*typecheck.Fn]readState{},
		failed: map[ast.Expr]bool{}, known: map[ast.Expr]rel{},
	}
}

// Error is a construct that could not be lowered.
type Error struct {
	Pos     source.Position
	Message string
}

// Error renders the message with its position.
func (e *Error) Error() string { return e.Pos.String() + ": " + e.Message }

func (l *lowerer) fail(n ast.Node, format string, args ...any) {
	if l.err == nil {
		l.err = &Error{Pos: at(n), Message: fmt.Sprintf(format, args...)}
	}
}

// at is the position of a node.
func at(n ast.Node) source.Position {
	sp := n.Span()
	if sp.IsZero() {
		return source.Position{}
	}
	return sp.Position()
}

func valueBool(b bool) value.Value { return value.MakeBool(b) }

// program lowers all declarations.
func (l *lowerer) program() {
	l.declarations()
	for _, group := range l.letGroups() {
		l.letGroup(group)
	}
	for _, fn := range l.info.Fns {
		if fn.Joins {
			l.newFunc(fn, ir.JoinKey(fn.Lattice), nil)
		}
		if fn.Recursive && len(fn.Vars) == 0 {
			l.funcOf(fn, nil) // for queries too
		}
	}
	for _, s := range l.info.Shows {
		v := l.define(s.Value, l.newFrame().clean(s.Type))
		l.prog.Shows = append(l.prog.Shows, &ir.Show{Name: s.Name, View: v, Class: s.Class.String(), Pos: at(s.Decl)})
	}
	for _, h := range l.info.Handlers {
		l.handler(h)
	}
	for _, inv := range l.info.Invariants {
		if !inv.Escrow {
			l.held(inv)
		}
	}
}

func (l *lowerer) declarations() {
	f := l.newFrame()
	for _, c := range l.info.Cells {
		l.cell(c)
	}
	l.histories()
	l.seals()
	l.system()
	for _, p := range l.info.Params {
		out := &ir.Param{Name: p.Name, Type: f.clean(p.Type)}
		if p.Decl.Default != nil {
			v, ok := convertValue(p.Default, out.Type)
			if !ok {
				l.fail(p.Decl.Default, "the default of a parameter is no %s", out.Type)
			}
			out.Default = v
		}
		l.prog.Params = append(l.prog.Params, out)
	}
	for i, in := range l.info.Inputs {
		out := &ir.Input{Name: in.Name, Reply: in.Reply}
		for _, p := range in.Params {
			out.Params = append(out.Params, types.Field{Name: p.Name, Type: f.clean(p.Type)})
		}
		l.inputs[in] = i
		l.prog.Inputs = append(l.prog.Inputs, out)
	}
	for i, o := range l.info.Outputs {
		l.outputs[o] = i
		l.prog.Outputs = append(l.prog.Outputs, &ir.Output{Name: o.Name, Type: f.clean(o.Type)})
	}
}

// relocate follows the nodes that the passes moved: what the program names by
// view is read back from it.
func (l *lowerer) relocate() {
	for d, i := range l.letAt {
		l.lets[d] = l.prog.Lets[i].View
	}
	clear(l.known)
	clear(l.failed)
	clear(l.rels)
}

package typecheck

import (
	"fmt"
	"maps"
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
)

// Env is what a query or a typed-in statement can name: the objects of a checked
// program, or names with types and classes as an artifact carries them. It is
// filled once and then only read.
type Env struct {
	Defs    []*types.Def
	Cells   []*Cell
	Params  []*Param
	Inputs  []*Input
	Outputs []*Output
	Lets    []*Let
	Fns     []*Fn
	// Composites are cells that are made of some of Cells.
	Composites []*Cell
	// Info is of the program, for the bodies of functions that are called; nil
	// where there are none.
	Info *Info
}

// Env is what queries against a checked program can name.
func (p *Program) Env() *Env {
	i := p.Info
	return &Env{Defs: i.Defs, Cells: i.Cells, Params: i.Params, Inputs: i.Inputs, Outputs: i.Outputs, Lets: i.Lets, Fns: i.visibleFns(), Composites: i.Composites, Info: i}
}

// include adds what is known of a program, whose functions a query may call.
func (i *Info) include(p *Info) {
	if p == nil || len(p.Fns) == 0 {
		return
	}
	maps.Copy(i.Types, p.Types)
	maps.Copy(i.Coerce, p.Coerce)
	maps.Copy(i.Patterns, p.Patterns)
	maps.Copy(i.Uses, p.Uses)
	maps.Copy(i.Binds, p.Binds)
	maps.Copy(i.Calls, p.Calls)
	maps.Copy(i.Parts, p.Parts)
}

// visibleFns leaves out what imported modules keep to themselves.
func (i *Info) visibleFns() []*Fn {
	return slices.DeleteFunc(slices.Clone(i.Fns), func(f *Fn) bool { return f.Module != "" && !f.Decl.Pub })
}

// NewCell describes a cell that is known by name and kind only.
func NewCell(name string, kind *types.Type, scope ast.Scope) *Cell {
	return &Cell{Name: name, Kind: kind, View: viewOf(kind), Stable: isStable(kind), Scope: scope}
}

// NewLet describes a definition that is known by name, type and class only. How
// it moves with single cells is not known, so it stands for one itself.
func NewLet(name string, t *types.Type, class Class) *Let {
	l := &Let{Name: name, Type: t, Class: class}
	if class == Fixed {
		return l
	}
	q := op.Hom
	if class != Stable {
		q = op.Any
	}
	cause := &Cause{Name: name, Text: "a definition of the program"}
	l.Flow = leaf(&Cell{Name: name, Stable: class == Stable}, q, cause)
	if class == Nondet {
		l.Flow.Nondet = cause
	}
	return l
}

// Query is a checked expression.
type Query struct {
	Info *Info
	Type *types.Type
	Flow *Flow
}

// Class says what a later message can do to the answer.
func (q *Query) Class() Class { return q.Flow.Class() }

// CheckExpr checks an expression against an environment, as a live view would
// be: everything that replicated state decides may be asked. The Query is
// complete only when no diagnostic is an error.
func CheckExpr(env *Env, e ast.Expr, ops *op.Table) (*Query, []diag.Diagnostic) {
	c := newChecker(ops)
	c.enterEnv(env)
	t := c.infer(e)
	c.finish()
	c.info.include(env.Info)
	q := &Query{Info: c.info, Type: c.resolve(t)}
	if q.Type.Is(types.Func) && len(c.diags) == 0 {
		c.errorAt(diag.WrongType, e.Span(), "this is a function, a value is wanted", "", "Functions have no value of their own to show.", "Apply it to something.")
	}
	if !diag.HasErrors(c.diags) {
		s := &Show{Value: e, Type: q.Type}
		j := newJudge(c)
		j.judgeShow(s)
		q.Flow = c.info.Flows[e]
	}
	sortDiagnostics(c.diags, nil)
	return q, c.diags
}

// CheckStmts checks statements against an environment, as the body of an event
// at one node: mutators, emit, let, if, for and calls of inputs. What they read
// is read at that moment.
func CheckStmts(env *Env, stmts []ast.Stmt, ops *op.Table) (*Info, []diag.Diagnostic) {
	c := newChecker(ops)
	c.enterEnv(env)
	c.body = &bodyContext{place: inTest}
	c.push()
	for _, s := range stmts {
		c.stmt(s)
	}
	c.pop()
	c.finish()
	c.info.include(env.Info)
	sortDiagnostics(c.diags, nil)
	return c.info, c.diags
}

// enterEnv makes the objects of env known.
func (c *checker) enterEnv(env *Env) {
	for _, d := range env.Defs {
		c.defs[d.Name] = d
		for _, ctor := range d.Ctors {
			c.ctors[ctor.Name] = &CtorObj{Def: d, Ctor: ctor}
		}
	}
	i := c.info
	i.Defs, i.Cells, i.Params, i.Inputs, i.Outputs, i.Lets, i.Fns = env.Defs, env.Cells, env.Params, env.Inputs, env.Outputs, env.Lets, env.Fns
	for _, o := range env.Cells {
		c.globals[o.Name] = o
	}
	for _, o := range env.Params {
		c.globals[o.Name] = o
	}
	for _, o := range env.Inputs {
		c.globals[o.Name] = o
	}
	for _, o := range env.Outputs {
		c.globals[o.Name] = o
	}
	for _, o := range env.Lets {
		c.globals[o.Name] = o
	}
	i.Composites = env.Composites
	for _, o := range env.Composites {
		c.globals[o.Name] = o
	}
	for _, o := range env.Fns {
		c.globals[o.Name] = o
	}
}

// String says what the query is, as a REPL prints it: "Set[Int], stable".
func (q *Query) String() string { return fmt.Sprintf("%s, %s", q.Type, q.Class()) }

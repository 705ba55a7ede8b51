package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
)

// Check gives every name its meaning and every expression a type, a qualifier
// per cell and a class, and holds them against the places that need more. The
// files are one program: names of one are known in the others. The Program is
// complete only when no diagnostic is an error.
func Check(files []*ast.File, ops *op.Table) (*Program, []diag.Diagnostic) {
	c := newChecker(ops)
	for _, f := range files {
		if f.Src != nil {
			c.fuel += fuelPerByte * len(f.Src.Text)
		}
	}
	c.collect(files)
	c.declareAll()
	c.typeAll()
	c.finish()
	c.holdLaws()
	c.judgeAll()
	if !diag.HasErrors(c.diags) {
		c.report()
		c.warnUnused()
	}
	sortDiagnostics(c.diags)
	return &Program{Files: files, Info: c.info}, c.diags
}

// fuel and fuelPerByte bound the number of expressions that one check looks at,
// repeated looks included: nested overloads could otherwise double the work with
// every level. Programs by people need less than one look per byte.
const (
	fuel        = 100_000
	fuelPerByte = 8
)

// checker is the state of one check. Its parts: names (collect.go), types
// (expr.go and its neighbours), judgements (flow.go and its neighbours).
type checker struct {
	unifier
	ops   *op.Table
	info  *Info
	diags []diag.Diagnostic
	fuel  int

	// Names of the program. Defs and constructors have a space of their own
	// because they are capitalised.
	globals map[string]Object
	defs    map[string]*types.Def
	ctors   map[string]*CtorObj
	aliases map[string]bool // refused lattices: known as names, fitting everything
	at      map[string]source.Span

	decls   declarations
	joins   []*joinLaws
	defined []Object // lets and functions, each after what it uses
	used    map[Object]bool
	schemes map[*op.Row]*types.Scheme
	locals  []*Local // all of them, to resolve their types in the end

	scope *scope
	rigid map[string]*types.Type // type parameters of the generic function at hand
	body  *bodyContext           // the handler or test that is being checked

	trials   int  // lambdas that are tried for what they yield, in one another
	anyYield bool // rows are chosen whatever their lambdas yield
}

func newChecker(ops *op.Table) *checker {
	return &checker{
		unifier: unifier{shapes: map[*types.TypeVar]shape{}},
		ops:     ops,
		fuel:    fuel,
		info: &Info{
			Types: map[ast.Expr]*types.Type{}, Coerce: map[ast.Expr]*types.Type{},
			Patterns: map[ast.Pattern]*types.Type{}, Uses: map[ast.Node]Object{},
			Binds: map[ast.Pattern]*Local{}, Calls: map[ast.Expr]*Call{}, Flows: map[ast.Expr]*Flow{},
		},
		globals: map[string]Object{}, defs: map[string]*types.Def{}, ctors: map[string]*CtorObj{},
		aliases: map[string]bool{}, at: map[string]source.Span{},
		used: map[Object]bool{}, schemes: map[*op.Row]*types.Scheme{},
	}
}

// scope is a chain of local names.
type scope struct {
	up     *scope
	locals map[string]*Local
}

func (c *checker) push() { c.scope = &scope{up: c.scope, locals: map[string]*Local{}} }
func (c *checker) pop()  { c.scope = c.scope.up }

func (c *checker) local(name string) *Local {
	for s := c.scope; s != nil; s = s.up {
		if l := s.locals[name]; l != nil {
			return l
		}
	}
	return nil
}

// bindLocal makes a name of the innermost scope.
func (c *checker) bindLocal(name string, t *types.Type, at source.Span) *Local {
	l := &Local{Name: name, Type: t, At: at}
	c.locals = append(c.locals, l)
	c.scope.locals[name] = l
	return l
}

// scheme reads the signature of a row once.
func (c *checker) scheme(row *op.Row) *types.Scheme {
	s := c.schemes[row]
	if s == nil {
		var err error
		if s, err = types.ParseScheme(row.Sig); err != nil {
			panic("typecheck: row " + row.ID + ": " + err.Error())
		}
		c.schemes[row] = s
	}
	return s
}

// finish resolves every type that was noted while inferring and drops the notes
// of conversions that turned out to convert nothing.
func (c *checker) finish() {
	for e, t := range c.info.Types {
		c.info.Types[e] = c.resolve(t)
	}
	for e, t := range c.info.Coerce {
		if t = c.resolve(t); isBad(t) || types.Equal(t, c.info.Types[e]) {
			delete(c.info.Coerce, e)
		} else {
			c.info.Coerce[e] = t
		}
	}
	for p, t := range c.info.Patterns {
		c.info.Patterns[p] = c.resolve(t)
	}
	for _, l := range c.locals {
		l.Type = c.resolve(l.Type)
	}
	for _, call := range c.info.Calls {
		for i, t := range call.Params {
			call.Params[i] = c.resolve(t)
		}
		for v, t := range call.TypeArgs {
			call.TypeArgs[v] = c.resolve(t)
		}
	}
	for _, l := range c.info.Lets {
		l.Type = c.resolve(l.Type)
	}
	for _, f := range c.info.Fns {
		f.Result = c.resolve(f.Result)
	}
	for _, s := range c.info.Shows {
		s.Type = c.resolve(s.Type)
	}
}

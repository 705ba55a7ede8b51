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
// files are one module: names of one are known in the others, and whatever they
// import is unknown. The Program is
// complete only when no diagnostic is an error.
func Check(files []*ast.File, ops *op.Table) (*Program, []diag.Diagnostic) {
	return CheckModules([]*Module{{Files: files}}, ops)
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
	said  map[said]int // where in diags; some of them may be taken back
	fuel  int

	*names                           // that are seen where the checker is
	seenIn   map[*source.File]*names // by the file that sees them
	namesOf  map[*Module]*names      // by module
	allNames []*names                // in the order of the modules
	at       map[string]source.Span  // names of the deployment, of all modules

	decls   declarations
	joins   []*joinLaws
	defined []Object // lets and functions, each after what it uses
	used    map[Object]bool
	schemes map[*op.Row]*types.Scheme
	locals  []*Local // all of them, to resolve their types in the end

	// Of composite cells: the kinds of the fields of lattices, what names and
	// callees of derived expressions mean, and the rows that their calls apply.
	fieldKinds map[*types.Def][]*types.Type
	endless    map[*types.Def]bool // lattices that contain themselves
	bound      map[ast.Node]Object
	rows       map[*ast.Call][]*op.Row

	scope *scope
	rigid map[string]*types.Type // type parameters of the generic function at hand
	body  *bodyContext           // the handler or test that is being checked

	assumes bool // some function is assumed to be monotone

	trials   int  // lambdas that are tried for what they yield, in one another
	anyYield bool // rows are chosen whatever their lambdas yield
	places   bool // in the literal of an open stream, whose places may be in conflict
}

func newChecker(ops *op.Table) *checker {
	return &checker{
		unifier: unifier{shapes: map[*types.TypeVar]shape{}},
		ops:     ops,
		fuel:    fuel,
		info: &Info{
			Types: map[ast.Expr]*types.Type{}, Coerce: map[ast.Expr]*types.Type{},
			OrderedSeals: map[*ast.SealStmt]bool{},
			Patterns:     map[ast.Pattern]*types.Type{}, Uses: map[ast.Node]Object{},
			Binds: map[ast.Pattern]*Local{}, Calls: map[ast.Expr]*Call{}, Flows: map[ast.Expr]*Flow{},
			Parts: map[ast.Expr]ast.Expr{},
		},
		names: newNames(nil), seenIn: map[*source.File]*names{}, namesOf: map[*Module]*names{}, at: map[string]source.Span{},
		used: map[Object]bool{}, schemes: map[*op.Row]*types.Scheme{},
		fieldKinds: map[*types.Def][]*types.Type{}, endless: map[*types.Def]bool{}, bound: map[ast.Node]Object{}, rows: map[*ast.Call][]*op.Row{},
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
		if r := c.resolve(t); r != t {
			c.info.Types[e] = r
		}
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

package repl

import (
	"fmt"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/ir/lower"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/typecheck"
)

// shownElements is how many elements of a stream are computed to show it.
const shownElements = 10

// item carries out a statement or an expression.
func (s *Session) item(n ast.Node) bool {
	switch n := n.(type) {
	case ast.Stmt:
		return s.statement(n)
	case ast.Expr:
		if s.acts(n) {
			return s.statement(&ast.ExprStmt{At: ast.At{Sp: n.Span()}, X: n})
		}
		return s.expression(n)
	}
	return s.refuse(fmt.Errorf("`%s` is neither a declaration nor a statement nor an expression", n.Span().Text()))
}

// acts reports whether an expression is a call of a mutator or an input, and so
// a statement.
func (s *Session) acts(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.Call)
	if !ok {
		return false
	}
	if call.Form == ast.Plain {
		for _, in := range s.checked.Info.Inputs {
			if in.Name == call.Fn.Name {
				return true
			}
		}
		return call.Fn.Name == "fail"
	}
	if len(call.Args) == 0 {
		return false
	}
	kind := s.target(call.Args[0].Value)
	return kind != nil && kind.Mutator(call.Fn.Name) != nil
}

// target is the kind of the cell, or of the part of a map cell, that e names;
// nil where e is something else.
func (s *Session) target(e ast.Expr) *lattice.Kind {
	depth := 0
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Index:
			e = x.X
			depth++
			continue
		case *ast.Name:
			if cell := s.cell(x.Name); cell != nil {
				return kindAt(cell.Kind, depth)
			}
		}
		return nil
	}
}

func kindAt(t *types.Type, depth int) *lattice.Kind {
	t = t.Resolve()
	k := lattice.Lookup(t.Con)
	for ; depth > 0 && k != nil; depth-- {
		if !k.Map {
			return nil
		}
		t = t.Args[len(t.Args)-1].Resolve()
		k = lattice.Lookup(t.Con)
	}
	return k
}

func (s *Session) cell(name string) *typecheck.Cell {
	for _, c := range s.checked.Info.Cells {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// query checks and compiles an expression; ok is false after a diagnostic.
func (s *Session) query(e ast.Expr) (q *typecheck.Query, ok bool) {
	q, ds := typecheck.CheckExpr(s.checked.Env(), e, lasp.Ops())
	if len(ds) > 0 {
		s.diagnose(ds)
	}
	return q, !diag.HasErrors(ds)
}

// expression prints value, type and class.
func (s *Session) expression(e ast.Expr) bool {
	q, ok := s.query(e)
	if !ok {
		return false
	}
	v, err := s.value(q, e)
	if err != nil {
		return s.refuse(err)
	}
	fmt.Fprintf(s.o.Out, "%s : %s\n", v, q)
	return true
}

// value evaluates a checked expression; of a stream only its beginning.
func (s *Session) value(q *typecheck.Query, e ast.Expr) (value.Value, error) {
	if q.Type.Is("Stream") {
		return s.beginning(e)
	}
	code, err := lower.Expr(s.prog, q.Info, e, lasp.Ops())
	if err != nil {
		return value.Value{}, err
	}
	return s.engine.Query(code)
}

// beginning evaluates the first elements of a stream and leaves it open where
// there may be more.
func (s *Session) beginning(e ast.Expr) (value.Value, error) {
	at := ast.At{Sp: e.Span()}
	count := &ast.Lit{At: at, Kind: ast.IntLit, Int: shownElements, Text: fmt.Sprint(shownElements)}
	some := &ast.Call{At: at, Fn: &ast.Ident{At: at, Name: "take"}, Args: []*ast.Arg{{At: at, Value: e}, {At: at, Value: count}}}
	q, ds := typecheck.CheckExpr(s.checked.Env(), some, lasp.Ops())
	if diag.HasErrors(ds) {
		return value.Value{}, fmt.Errorf("%s", ds[0].Title)
	}
	code, err := lower.Expr(s.prog, q.Info, some, lasp.Ops())
	if err != nil {
		return value.Value{}, err
	}
	v, err := s.engine.Query(code)
	if err == nil && v.Kind() == value.List && v.Len() == shownElements {
		v = value.MakeOpen(v.Elems())
	}
	return v, err
}

// statement carries out a statement as an event of its own.
func (s *Session) statement(st ast.Stmt) bool {
	info, ds := typecheck.CheckStmts(s.checked.Env(), []ast.Stmt{st}, lasp.Ops())
	if len(ds) > 0 {
		s.diagnose(ds)
	}
	if diag.HasErrors(ds) {
		return false
	}
	actions, err := lower.Actions(s.prog, info, []ast.Stmt{st}, lasp.Ops())
	if err != nil {
		return s.refuse(err)
	}
	for _, a := range actions {
		s.reply = replica.Reply{}
		if err := s.engine.Step(replica.Body{Action: a}); err != nil {
			return s.refuse(err)
		}
		if s.reply.Err != nil {
			return s.refuse(s.reply.Err)
		}
		if s.reply.Value.IsValid() {
			s.printReply(st)
		}
	}
	if x, ok := st.(*ast.ExprStmt); ok {
		s.printTarget(x.X)
	}
	return true
}

// printReply prints what an input answered.
func (s *Session) printReply(st ast.Stmt) {
	typ := ""
	if x, ok := st.(*ast.ExprStmt); ok {
		if call, ok := ast.Unparen(x.X).(*ast.Call); ok {
			for _, in := range s.checked.Info.Inputs {
				if in.Name == call.Fn.Name && in.Reply != nil {
					typ = fmt.Sprintf(" : %s, fixed", in.Reply)
				}
			}
		}
	}
	fmt.Fprintf(s.o.Out, "%s%s\n", s.reply.Value, typ)
}

// printTarget prints the cell that a mutator wrote.
func (s *Session) printTarget(e ast.Expr) {
	call, ok := ast.Unparen(e).(*ast.Call)
	if !ok || call.Form == ast.Plain || len(call.Args) == 0 {
		return
	}
	for x := call.Args[0].Value; ; {
		switch at := ast.Unparen(x).(type) {
		case *ast.Index:
			x = at.X
		case *ast.Name:
			if c := s.cell(at.Name); c != nil {
				s.printNamed(c.Name, c.Kind, cellClass(c))
			}
			return
		default:
			return
		}
	}
}

func cellClass(c *typecheck.Cell) string {
	if c.Stable {
		return typecheck.Stable.String()
	}
	return typecheck.Eventual.String()
}

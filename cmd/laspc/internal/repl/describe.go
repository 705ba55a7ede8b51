package repl

import (
	"fmt"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/typecheck"
)

// describe prints what a declaration made: value, type and class where it has
// them.
func (s *Session) describe(d decl) {
	info := s.checked.Info
	switch n := d.node.(type) {
	case *ast.CellDecl:
		for _, name := range d.names {
			c := s.cell(name)
			s.printNamed(name, c.Kind, cellClass(c))
		}
	case *ast.LetDecl:
		for _, l := range info.Lets {
			if l.Name == n.Name.Name {
				s.printNamed(l.Name, l.Type, l.Class.String())
			}
		}
	case *ast.ShowDecl:
		for _, sh := range info.Shows {
			if sh.Decl == n {
				s.printNamed(sh.Name, sh.Type, sh.Class.String())
			}
		}
	case *ast.ParamDecl:
		for _, p := range info.Params {
			if p.Name == n.Name.Name {
				s.expression(&ast.Name{At: n.Name.At, Name: p.Name})
			}
		}
	case *ast.FnDecl:
		for _, f := range info.Fns {
			if f.Decl == n {
				fmt.Fprintf(s.o.Out, "%s : %s\n", f.Name, signature(f))
			}
		}
	default:
		fmt.Fprintln(s.o.Out, heading(d.node))
	}
}

// signature is the type of a function with how it moves with each argument.
func signature(f *typecheck.Fn) string {
	var params []string
	for i, p := range f.Params {
		qual := ""
		if i < len(f.Quals) {
			qual = f.Quals[i].String()
		}
		params = append(params, fmt.Sprintf("%s: %s%s", p.Name, qual, p.Type))
	}
	return fmt.Sprintf("(%s) -> %s", strings.Join(params, ", "), f.Result)
}

// heading is the beginning of a declaration: what says which one it is.
func heading(d ast.Decl) string {
	text := d.Span().Text()
	if i := strings.IndexAny(text, "{\n"); i > 0 {
		switch d.(type) {
		case *ast.OnDecl, *ast.WhenDecl, *ast.ForDecl, *ast.TestDecl:
			text = text[:i]
		}
	}
	return strings.Join(strings.Fields(text), " ")
}

// printNamed prints the present value of a cell, definition or show.
func (s *Session) printNamed(name string, t *types.Type, class string) {
	s.shown[name] = true
	v, err := s.named(name, t)
	if err != nil {
		s.refuse(fmt.Errorf("%s: %w", name, err))
		return
	}
	fmt.Fprintf(s.o.Out, "%s = %s : %s, %s\n", name, v, t, class)
}

// named is the value of a name; of a stream that is derived, and may have no
// end, its beginning.
func (s *Session) named(name string, t *types.Type) (value.Value, error) {
	if t.Is("Stream") && s.cell(name) == nil {
		for _, l := range s.checked.Info.Lets {
			if l.Name == name {
				return s.beginning(&ast.Name{At: l.Decl.Name.At, Name: name})
			}
		}
		for _, sh := range s.checked.Info.Shows {
			if sh.Name == name {
				return s.beginning(sh.Value)
			}
		}
	}
	return s.engine.View(name)
}

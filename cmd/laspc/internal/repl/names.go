package repl

import (
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/format"
)

// namesOf lists what a declaration declares. Handlers, which have no name, are
// known by what they wait for; a second one for the same input takes the place
// of the first.
func namesOf(d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.CellDecl:
		var names []string
		for _, n := range d.Names {
			names = append(names, n.Name)
		}
		return names
	case *ast.ParamDecl:
		return []string{d.Name.Name}
	case *ast.InputDecl:
		return []string{d.Name.Name}
	case *ast.OutputDecl:
		return []string{d.Name.Name}
	case *ast.LetDecl:
		return []string{d.Name.Name}
	case *ast.FnDecl:
		return []string{d.Name.Name}
	case *ast.TypeDecl:
		return []string{d.Name.Name}
	case *ast.LatticeDecl:
		return []string{d.Name.Name}
	case *ast.ShowDecl:
		if d.Name != nil {
			return []string{"show " + d.Name.Name}
		}
		return []string{"show " + format.Expr(d.Value)}
	case *ast.OnDecl:
		if d.Event != nil {
			return []string{"on " + d.Event.Name}
		}
	case *ast.TestDecl:
		return []string{"test " + d.Name}
	}
	return []string{d.Span().Text()}
}

// replaces reports whether a new declaration takes the place of an old one: it
// declares everything that the old one did.
func replaces(new, old decl) bool {
	for _, name := range old.names {
		if !slices.Contains(new.names, name) {
			return false
		}
	}
	return len(old.names) > 0
}

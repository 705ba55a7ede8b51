package typecheck

import (
	"fmt"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
)

// usesItself reports a definition or function that uses itself and may not.
func (c *checker) usesItself(o Object, at ast.Node) {
	if l, ok := o.(*Let); ok {
		c.add(diag.Diagnostic{Code: diag.CyclicDefinition, Span: at.Span(), Title: fmt.Sprintf("`%s` is defined by itself", l.Name), Label: "used in its own definition",
			Message: "A recursive definition says that it is one.", Help: fmt.Sprintf("Write `let rec %s = ..`.", l.Name),
			Fixes: []diag.Fix{{Title: "let rec " + l.Name, Edits: []diag.Edit{{Span: l.Decl.Name.Span(), New: "rec " + l.Name}}}}})
		return
	}
	c.callsItself(o.(*Fn), at, "")
}

// callsItself reports a recursive function over data, with what it calls on the
// way to itself.
func (c *checker) callsItself(f *Fn, at ast.Node, by string) {
	title := fmt.Sprintf("`%s` calls itself", f.Name)
	if by != "" {
		title += fmt.Sprintf(" by way of `%s`", by)
	}
	c.errorAt(diag.RecursiveFunction, at.Span(), title, "the recursive call",
		"Functions over data do not repeat themselves, so that they always end; a stream is made by a function whose result type is written.",
		"Use `fold`, `map` or a comprehension; over sets, `let rec`.")
}

// ring reports several definitions that use each other.
func (c *checker) ring(objects []Object, at ast.Node) {
	names := make([]string, 0, len(objects)+1)
	for _, o := range objects {
		names = append(names, objectName(o))
	}
	names = append(names, names[0])
	c.errorAt(diag.CyclicDefinition, at.Span(), "definitions in a circle", "closes the circle", "They use each other: "+strings.Join(names, " -> ")+".", "Write `let rec` for each of them, or put the recursion into one.")
}

func objectName(o Object) string {
	switch o := o.(type) {
	case *Let:
		return o.Name
	case *Fn:
		return o.Name
	case *Cell:
		return o.Name
	}
	return ""
}

package lasp

import (
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/stdlib"
	"github.com/laspc/lasp/typecheck"
)

// SplitDoc takes the `///` comment of a declaration apart: what it says, and its
// examples, each `expression // result` on a line of its own.
func SplitDoc(doc string) (prose string, examples []string) {
	var lines []string
	for _, line := range strings.Split(doc, "\n") {
		if strings.Contains(line, " // ") {
			examples = append(examples, line)
		} else {
			lines = append(lines, line)
		}
	}
	return strings.TrimSpace(strings.Join(lines, " ")), examples
}

// Library is a part of the standard library that is written in Lasp, checked.
type Library struct {
	Name string
	Doc  string // the comment at its head
	Fns  []*typecheck.Fn
}

// Libraries checks the parts of the standard library that programs import, in
// order of their names. Fns are those that they export, in source order.
func Libraries() []Library {
	var all []Library
	for _, name := range stdlib.Modules() {
		if l, ok := library(name); ok {
			all = append(all, l)
		}
	}
	return all
}

func library(name string) (l Library, ok bool) {
	file := source.NewFile("stdlib/"+name+".lasp", stdlib.Source(name))
	p, ds := Check(file)
	if diag.HasErrors(ds) {
		return Library{}, false
	}
	l.Name = name
	for _, c := range p.Files[len(p.Files)-1].Comments {
		if c.Doc {
			break
		}
		l.Doc += strings.TrimPrefix(c.Text, "//")
	}
	l.Doc = strings.TrimSpace(l.Doc)
	declared := map[*ast.FnDecl]*typecheck.Fn{}
	for _, f := range p.Info.Fns {
		declared[f.Decl] = f
	}
	for _, d := range p.Files[len(p.Files)-1].Decls {
		if f, isFn := d.(*ast.FnDecl); isFn && f.Pub {
			l.Fns = append(l.Fns, declared[f])
		}
	}
	return l, true
}

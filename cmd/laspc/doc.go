package main

import (
	"fmt"
	"strings"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/typecheck"

	"github.com/laspc/lasp/ir/lower"
	"github.com/spf13/pflag"
)

func docVerb() verb {
	return verb{
		name:  "doc",
		args:  "[FILE|NAME]",
		short: "print the library, a function or kind, or what a program declares",
		long: `Without an argument it lists the kinds of cells and all functions and operators.
A NAME shows all overloads: each argument with its qualifier (how the result
moves with it), the meaning, and an example.`,
		setup: func(*pflag.FlagSet) action {
			return func(c *call) int {
				switch {
				case len(c.args) == 0:
					c.docLibrary()
					return exitDone
				case len(c.args) > 1:
					return c.usage("name one program or function")
				case strings.HasSuffix(c.args[0], ".lasp") || c.args[0] == "-":
					return c.docProgram(c.args[0])
				}
				return c.docName(c.args[0])
			}
		},
	}
}

// docLibrary lists kinds and functions, a line for each.
func (c *call) docLibrary() {
	fmt.Fprintln(c.stdout, "kinds of cells")
	var rows [][]string
	for _, k := range lattice.Kinds {
		rows = append(rows, []string{kindName(k), firstSentence(k.Doc)})
	}
	printTable(c, rows)
	family := ""
	for _, r := range lasp.Ops().Rows() {
		if r.Alias != "" {
			continue
		}
		if r.Family != family {
			family = r.Family
			fmt.Fprintf(c.stdout, "\n%s\n", family)
		}
		fmt.Fprintf(c.stdout, "  %s %s\n", r.Name, r.Sig)
	}
}

func kindName(k *lattice.Kind) string {
	if len(k.Params) == 0 {
		return k.Name
	}
	return k.Name + "[" + strings.Join(k.Params, ", ") + "]"
}

func firstSentence(s string) string {
	if i := strings.Index(s, ". "); i > 0 {
		return s[:i+1]
	}
	return s
}

// docName shows a kind, or the overloads of a function or operator.
func (c *call) docName(name string) int {
	rows := lasp.Ops().ByName(name)
	kind := lattice.Lookup(name)
	if kind == nil && len(rows) == 0 {
		return c.usage("there is no function, operator or kind %q; `laspc doc` lists them", name)
	}
	if kind != nil {
		c.docKind(kind)
	}
	for i, r := range rows {
		if i > 0 || kind != nil {
			fmt.Fprintln(c.stdout)
		}
		fmt.Fprintf(c.stdout, "%s %s\n    qualifiers: %s\n%s\n", r.Name, r.Sig, qualifiers(r), indent(wrap(r.Doc, 74)))
		for _, e := range r.Examples {
			fmt.Fprintf(c.stdout, "    %s\n", e)
		}
	}
	return exitDone
}

func qualifiers(r *op.Row) string {
	if r.QualsOf != nil {
		return "by the direction in which the arguments move"
	}
	var qs []string
	for _, q := range r.Quals {
		qs = append(qs, q.String())
	}
	if len(qs) == 0 {
		return "none"
	}
	return strings.Join(qs, " ")
}

func (c *call) docKind(k *lattice.Kind) {
	fmt.Fprintf(c.stdout, "%s, seen as %s\n%s\n", kindName(k), k.View, indent(wrap(k.Doc, 74)))
	for _, m := range k.Mutators {
		var params []string
		for _, p := range m.Params {
			text := p.Name + ": " + p.Type
			if p.Default.IsValid() {
				text += " = " + p.Default.String()
			}
			params = append(params, text)
		}
		fmt.Fprintf(c.stdout, "    %s(%s)  %s\n", m.Name, strings.Join(params, ", "), m.Doc)
	}
}

// docProgram prints the declarations of a program with their documentation.
func (c *call) docProgram(name string) int {
	p, code := c.compile(name, lower.Options{})
	if p == nil {
		return code
	}
	info := p.checked.Info
	for _, r := range info.Reports {
		fmt.Fprintf(c.stdout, "%s %s", r.Kind, r.Name)
		if r.Type != "" {
			fmt.Fprintf(c.stdout, " : %s", r.Type)
		}
		fmt.Fprintf(c.stdout, "  (%s)\n", r.Class)
		if doc := docOf(p.checked, r); doc != "" {
			fmt.Fprintln(c.stdout, indent(wrap(doc, 74)))
		}
	}
	return exitDone
}

// docOf is the documentation comment of the declaration that a report is about.
func docOf(p *typecheck.Program, r typecheck.Report) string {
	for _, f := range p.Files {
		for _, d := range f.Decls {
			if sp := d.Span(); sp.File == r.At.File && sp.Start <= r.At.Start && r.At.Start < sp.End {
				return docText(d)
			}
		}
	}
	return ""
}

func docText(d ast.Decl) string {
	switch d := d.(type) {
	case *ast.CellDecl:
		return d.Doc
	case *ast.ParamDecl:
		return d.Doc
	case *ast.InputDecl:
		return d.Doc
	case *ast.OutputDecl:
		return d.Doc
	case *ast.LetDecl:
		return d.Doc
	case *ast.FnDecl:
		return d.Doc
	case *ast.TypeDecl:
		return d.Doc
	case *ast.OnDecl:
		return d.Doc
	case *ast.WhenDecl:
		return d.Doc
	case *ast.ForDecl:
		return d.Doc
	case *ast.ShowDecl:
		return d.Doc
	}
	return ""
}

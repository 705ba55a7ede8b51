package main

import (
	"fmt"
	"strings"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
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
A NAME shows a kind, the kinds with an operation ("add"), all overloads of a
function, or a part of the library ("graph"): each argument with its qualifier
(how the result moves with it), the meaning, and examples. A FILE shows its
declarations with their "///" comments.`,
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
	for _, l := range lasp.Libraries() {
		fmt.Fprintf(c.stdout, "\nimport %q\n", l.Name)
		for _, f := range l.Fns {
			fmt.Fprintf(c.stdout, "  %s\n", fnEntry(f).signature)
		}
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
	printed := 0
	next := func() {
		if printed++; printed > 1 {
			fmt.Fprintln(c.stdout)
		}
	}
	if kind != nil {
		next()
		c.docKind(kind)
	}
	for _, k := range kindsThat(name) {
		next()
		c.docKind(k)
	}
	for _, r := range rows {
		next()
		rowEntry(r).print(c.stdout)
	}
	for _, l := range lasp.Libraries() {
		if l.Name == name {
			next()
			c.docModule(l)
		}
		for _, f := range l.Fns {
			if f.Name == name {
				next()
				fnEntry(f).print(c.stdout)
				fmt.Fprintf(c.stdout, "    import %q\n", l.Name)
			}
		}
	}
	if printed == 0 {
		return c.usage("there is no function, operator or kind %q; `laspc doc` lists them", name)
	}
	return exitDone
}

// kindsThat lists the kinds with an operation of a name.
func kindsThat(name string) []*lattice.Kind {
	var all []*lattice.Kind
	for _, k := range lattice.Kinds {
		if k.Mutator(name) != nil {
			all = append(all, k)
		}
	}
	return all
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
		fmt.Fprintf(c.stdout, "    %s  %s\n", mutatorSignature(m), m.Doc)
	}
}

func mutatorSignature(m lattice.Mutator) string {
	var params []string
	for _, p := range m.Params {
		text := p.Name + ": " + p.Type
		if p.Default.IsValid() {
			text += " = " + p.Default.String()
		}
		params = append(params, text)
	}
	return m.Name + "(" + strings.Join(params, ", ") + ")"
}

// docProgram prints the declarations of a program with their documentation.
func (c *call) docProgram(name string) int {
	p, code := c.compile(name, lower.Options{})
	if p == nil {
		return code
	}
	info := p.checked.Info
	fns := map[source.Span]*typecheck.Fn{}
	for _, f := range info.Fns {
		fns[f.Decl.Name.Span()] = f
	}
	for _, r := range info.Reports {
		if f := fns[r.At]; f != nil {
			fnEntry(f).print(c.stdout)
			continue
		}
		fmt.Fprintf(c.stdout, "%s %s", r.Kind, r.Name)
		if r.Type != "" {
			fmt.Fprintf(c.stdout, " : %s", r.Type)
		}
		fmt.Fprintf(c.stdout, "  (%s)\n", r.Class)
		if doc := docOf(p.checked, r); doc != "" {
			prose, examples := lasp.SplitDoc(doc)
			if prose != "" {
				fmt.Fprintln(c.stdout, indent(wrap(prose, 74)))
			}
			for _, e := range examples {
				fmt.Fprintf(c.stdout, "    %s\n", e)
			}
		}
	}
	return exitDone
}

// docOf is the documentation comment of the declaration that a report is about.
func docOf(p *typecheck.Program, r typecheck.Report) string {
	for _, f := range p.Files {
		for _, d := range f.Decls {
			if sp := d.Span(); sp.File == r.At.File && sp.Start <= r.At.Start && r.At.Start < sp.End {
				return ast.DocOf(d)
			}
		}
	}
	return ""
}

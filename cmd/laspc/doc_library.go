package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/typecheck"
)

// entry is what the documentation says about one function.
type entry struct {
	signature  string // "reach[T](edges: Set[(T, T)], from: T) -> Set[T]"
	qualifiers string // "+ ?", one for each argument
	doc        string
	examples   []string
}

func rowEntry(r *op.Row) entry {
	return entry{r.Name + " " + r.Sig, qualifiers(r), r.Doc, r.Examples}
}

func fnEntry(f *typecheck.Fn) entry {
	e := entry{signature: f.Name, qualifiers: "none"}
	if len(f.Vars) > 0 {
		var vars []string
		for _, v := range f.Vars {
			vars = append(vars, v.Name)
		}
		e.signature += "[" + strings.Join(vars, ", ") + "]"
	}
	var params, quals []string
	for i, p := range f.Params {
		params = append(params, p.Name+": "+p.Type.String())
		quals = append(quals, f.Quals[i].String())
	}
	e.signature += "(" + strings.Join(params, ", ") + ") -> " + f.Result.String()
	if len(quals) > 0 {
		e.qualifiers = strings.Join(quals, " ")
	}
	e.doc, e.examples = lasp.SplitDoc(f.Decl.Doc)
	return e
}

// print writes an entry for a terminal.
func (e entry) print(w io.Writer) {
	fmt.Fprintf(w, "%s\n    qualifiers: %s\n", e.signature, e.qualifiers)
	if e.doc != "" {
		fmt.Fprintln(w, indent(wrap(e.doc, 74)))
	}
	for _, x := range e.examples {
		fmt.Fprintf(w, "    %s\n", x)
	}
}

// docModule prints a part of the library that is written in Lasp.
func (c *call) docModule(l lasp.Library) {
	fmt.Fprintf(c.stdout, "import %q\n%s\n", l.Name, indent(wrap(l.Doc, 74)))
	for _, f := range l.Fns {
		fmt.Fprintln(c.stdout)
		fnEntry(f).print(c.stdout)
	}
}

// libraryMarkdown is the text of docs/stdlib.md.
func libraryMarkdown() string {
	var b strings.Builder
	b.WriteString(`# The standard library

This page is made from the library itself (` + "`go test ./cmd/laspc -run StdlibPage -update`" + `);
` + "`laspc doc NAME`" + ` prints the same. The examples are run by tests.

The qualifiers say, for each argument, how the result moves when the argument grows:
` + "`0`" + ` not at all, ` + "`H`" + ` join by join, ` + "`+`" + ` up, ` + "`-`" + ` down, ` + "`?`" + ` unknown.

## Kinds of cells
`)
	for _, k := range lattice.Kinds {
		fmt.Fprintf(&b, "\n### `%s`\n\nSeen as `%s`. %s\n\n", kindName(k), k.View, k.Doc)
		for _, m := range k.Mutators {
			fmt.Fprintf(&b, "- `%s`: %s\n", mutatorSignature(m), m.Doc)
		}
	}
	family := ""
	for _, r := range lasp.Ops().Rows() {
		if r.Alias != "" {
			continue
		}
		if r.Family != family {
			family = r.Family
			fmt.Fprintf(&b, "\n## Built in: %s\n", family)
		}
		rowEntry(r).markdown(&b)
	}
	for _, l := range lasp.Libraries() {
		fmt.Fprintf(&b, "\n## `import \"%s\"`\n\n%s\n", l.Name, l.Doc)
		for _, f := range l.Fns {
			fnEntry(f).markdown(&b)
		}
	}
	return b.String()
}

func (e entry) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n### `%s`\n\nQualifiers: `%s`. %s\n\n```text\n%s\n```\n", e.signature, e.qualifiers, e.doc, strings.Join(e.examples, "\n"))
}

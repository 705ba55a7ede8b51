package typecheck

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
)

// Module is a part of a program whose files see each other's names, and of what
// they import the names that are `pub`.
type Module struct {
	Name    string // as people know it: "graph", "lib/carts.lasp"
	Files   []*ast.File
	Imports []Import
	Library bool // of the standard library: no line of the report is about it
}

// Import is an `import` that was resolved.
type Import struct {
	Decl   *ast.ImportDecl
	Module *Module
}

// CheckModules checks a program of several modules, each after those that it
// imports; the last one is the program itself, whose tests are the program's.
//
// Functions belong to their module. Everything else that has a name is known to
// the whole deployment (cells to queries, types to stored values), so its name is
// taken once, whether `pub` or not.
func CheckModules(modules []*Module, ops *op.Table) (*Program, []diag.Diagnostic) {
	c := newChecker(ops)
	p := &Program{Info: c.info}
	for _, m := range modules {
		p.Files = append(p.Files, m.Files...)
	}
	for _, f := range p.Files {
		if f.Src != nil {
			c.fuel += fuelPerByte * len(f.Src.Text)
		}
	}
	for i, m := range modules {
		c.collect(m, i == len(modules)-1)
	}
	for _, m := range modules {
		c.imports(m)
	}
	c.declareAll()
	c.typeAll()
	c.finish()
	c.holdLaws()
	c.holdAssumed()
	c.computeConstants()
	c.judgeAll()
	if !diag.HasErrors(c.diags) {
		c.report()
		c.warnUnused()
		for _, m := range modules {
			c.warnImports(m)
		}
	}
	sortDiagnostics(c.diags, p.Files)
	return p, c.diags
}

// names are what one module sees.
type names struct {
	module  *Module
	globals map[string]Object
	// Types and constructors have spaces of their own because they are
	// capitalised.
	defs    map[string]*types.Def
	ctors   map[string]*CtorObj
	aliases map[string]bool // refused lattices: known as names, fitting everything
	at      map[string]named
}

// named says where a name of a module comes from.
type named struct {
	at   source.Span
	pub  bool
	from *Module
	by   *ast.ImportDecl // nil for the module's own
}

func newNames(m *Module) *names {
	return &names{
		module: m, globals: map[string]Object{}, defs: map[string]*types.Def{},
		ctors: map[string]*CtorObj{}, aliases: map[string]bool{}, at: map[string]named{},
	}
}

// enter makes the names that are seen at a place those of its module. A place
// outside of every module, as in a query, changes nothing.
func (c *checker) enter(at source.Span) {
	if n := c.seenIn[at.File]; n != nil {
		c.names = n
	}
}

// takes claims a name in the module at hand: key tells the spaces of names
// apart. Names of the deployment are claimed in all modules.
func (c *checker) takes(key, name string, at source.Span, pub, deployment bool) bool {
	if first, twice := c.names.at[key]; twice {
		c.declaredTwice(name, at, first.at)
		return false
	}
	if first, twice := c.at[key]; twice && deployment {
		c.takenElsewhere(name, at, first)
		return false
	}
	c.names.at[key] = named{at: at, pub: pub, from: c.names.module}
	if deployment {
		c.at[key] = at
	}
	return true
}

// imports makes the `pub` names of what a module imports its own.
func (c *checker) imports(m *Module) {
	n := c.namesOf[m]
	for _, im := range m.Imports {
		from := c.namesOf[im.Module]
		for key, o := range from.at {
			if o.by != nil || !o.pub {
				continue
			}
			if mine, twice := n.at[key]; twice {
				if mine.from != im.Module {
					c.importedTwice(key, im, o, mine)
				}
				continue
			}
			n.at[key] = named{at: o.at, from: im.Module, by: im.Decl}
			n.take(key, from)
		}
	}
}

// take copies what a key stands for.
func (n *names) take(key string, from *names) {
	name := plainName(key)
	switch key {
	case typeKey(name):
		if d := from.defs[name]; d != nil {
			n.defs[name] = d
		}
		if from.aliases[name] {
			n.aliases[name] = true
		}
	case ctorKey(name):
		n.ctors[name] = from.ctors[name]
	default:
		n.globals[name] = from.globals[name]
	}
}

func typeKey(name string) string { return "type " + name }
func ctorKey(name string) string { return "constructor " + name }

var lastWord = regexp.MustCompile(`[^ ]*$`)

func plainName(key string) string { return lastWord.FindString(key) }

// importedTwice reports that an imported name is taken already, by the module
// itself or by another import.
func (c *checker) importedTwice(key string, im Import, theirs, mine named) {
	name := plainName(key)
	d := diag.Diagnostic{
		Code: diag.DeclaredTwice, Span: im.Decl.PathAt, Title: fmt.Sprintf("`%s` comes from two places", name),
		Label:   "brings another `" + name + "`",
		Message: "Imported names are used as they are, so each of them stands for one thing.",
		Related: []diag.Related{{Span: theirs.at, Text: "exported here"}},
	}
	switch {
	case mine.by == nil:
		d.Related = append(d.Related, diag.Related{Span: mine.at, Text: "declared here"})
		d.Help = fmt.Sprintf("Rename the `%s` of this file, or move what needs the other one into a file of its own.", name)
	default:
		d.Related = append(d.Related, diag.Related{Span: mine.by.PathAt, Text: "imports it as well"}, diag.Related{Span: mine.at, Text: "exported here"})
		d.Help = fmt.Sprintf("Rename one of them or take its `pub` away, or move what needs `%s` into a file that imports one of the two.", im.Module.Name)
	}
	c.add(d)
}

// takenElsewhere reports a name that another file of the program has.
func (c *checker) takenElsewhere(name string, at, first source.Span) {
	c.add(diag.Diagnostic{Code: diag.DeclaredTwice, Span: at, Title: fmt.Sprintf("`%s` is declared in two files", name), Label: "again here",
		Message: "Cells, definitions, inputs, outputs, parameters and types are known to the whole deployment, so their names are taken once in all files, `pub` or not.",
		Help:    "Rename one of the two.",
		Related: []diag.Related{{Span: first, Text: "first declared here"}}})
}

// elsewhere says that another module declares a name that is not seen here, or
// returns "". key is the name in its space.
func (c *checker) elsewhere(key string) (help string, at source.Span) {
	if c.names.module == nil {
		return "", source.Span{}
	}
	for _, n := range c.allNames {
		o, ok := n.at[key]
		if !ok || o.by != nil || n == c.names {
			continue
		}
		imported := slices.ContainsFunc(c.names.module.Imports, func(im Import) bool { return im.Module == n.module })
		switch {
		case o.pub && !imported:
			return fmt.Sprintf("`%s` exports it, but this file does not import that; imports are not passed on.", n.module.Name), o.at
		case !o.pub && !n.module.Library:
			return fmt.Sprintf("`%s` declares it without `pub`; write `pub` before the declaration.", n.module.Name), o.at
		}
	}
	return "", source.Span{}
}

var word = regexp.MustCompile(`[A-Za-z_][A-Za-z_0-9]*`)

// warnImports finds imports of which nothing is used. A module that does
// something by itself (a handler, a view, an event) is used by being there.
func (c *checker) warnImports(m *Module) {
	if len(m.Imports) == 0 {
		return
	}
	mentioned := map[string]bool{}
	for _, f := range m.Files {
		for _, w := range word.FindAllString(withoutComments(f), -1) {
			mentioned[w] = true
		}
	}
	seen := map[*Module]bool{}
	for _, im := range m.Imports {
		used := c.acts(im.Module, map[*Module]bool{})
		for key, o := range c.namesOf[im.Module].at {
			used = used || o.by == nil && o.pub && mentioned[plainName(key)]
		}
		d := diag.Diagnostic{Code: diag.UnusedImport, Severity: diag.Warning, Span: im.Decl.PathAt}
		switch {
		case seen[im.Module]:
			d.Title, d.Message, d.Help = fmt.Sprintf("`%s` is imported twice", im.Module.Name), "The second import brings nothing new.", "Take one of the two out."
			c.add(d)
		case !used:
			d.Title, d.Message, d.Help = fmt.Sprintf("nothing of `%s` is used", im.Module.Name), "No name that it exports occurs in this file, and it does nothing by itself.", "Take the import out."
			c.add(d)
		}
		seen[im.Module] = true
	}
}

// acts reports whether a module, or one that it imports, holds more than names
// for others.
func (c *checker) acts(m *Module, seen map[*Module]bool) bool {
	if seen[m] {
		return false
	}
	seen[m] = true
	for _, f := range m.Files {
		for _, d := range f.Decls {
			switch d.(type) {
			case *ast.OnDecl, *ast.WhenDecl, *ast.ForDecl, *ast.ShowDecl, *ast.InvariantDecl, *ast.InputDecl:
				return true
			}
		}
	}
	return slices.ContainsFunc(m.Imports, func(im Import) bool { return c.acts(im.Module, seen) })
}

// isLibrary reports whether a declaration is one of the standard library that
// the program imports.
func (c *checker) isLibrary(d ast.Decl) bool {
	n := c.seenIn[d.Span().File]
	return n != nil && n.module.Library && n != c.allNames[len(c.allNames)-1]
}

// withoutComments is the text of the declarations of a file, comments left out.
func withoutComments(f *ast.File) string {
	if f.Src == nil {
		return ""
	}
	text, from := "", 0
	for _, cm := range f.Comments {
		text += string(f.Src.Text[from:cm.Sp.Start])
		from = cm.Sp.End
	}
	return text + string(f.Src.Text[from:])
}

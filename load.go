package lasp

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/parser"
	"github.com/laspc/lasp/stdlib"
	"github.com/laspc/lasp/typecheck"
)

// Sources reads a file that a program imports. dir is the folder of the main
// file, name the path below it with forward slashes; it has no "." or "..". What
// is not there is fs.ErrNotExist, other errors are sentences for people. A reader
// must not follow links out of dir; ErrLeaves says that one led there.
type Sources func(dir, name string) ([]byte, error)

// ErrLeaves is what a reader gives for a file whose path leaves the folder of the
// program by a link.
var ErrLeaves = errors.New("the path leads out of the folder of the program")

// Load parses and checks a program and all that it imports. read may be nil: then
// only the standard library can be imported. The diagnostics are as for Check.
func Load(main *source.File, read Sources) (*typecheck.Program, []diag.Diagnostic) {
	tree, found := parser.Parse(main)
	return link([]*ast.File{tree}, read, found)
}

// Link checks trees that are one module, with what they import: the entries of a
// session. Paths are relative to the folder of the file that they stand in.
func Link(trees []*ast.File, read Sources) (*typecheck.Program, []diag.Diagnostic) {
	return link(trees, read, nil)
}

func link(trees []*ast.File, read Sources, found []diag.Diagnostic) (*typecheck.Program, []diag.Diagnostic) {
	l := &linker{read: read, done: map[string]*typecheck.Module{}, found: found}
	main := &typecheck.Module{Files: trees}
	for _, t := range trees {
		l.path = []step{{name: fileName(t)}}
		l.imports(main, t, path.Dir(fileName(t)), path.Base(fileName(t)))
	}
	l.order = append(l.order, main)
	if diag.HasErrors(l.found) {
		p := &typecheck.Program{Info: &typecheck.Info{}}
		for _, m := range l.order {
			p.Files = append(p.Files, m.Files...)
		}
		return p, l.found
	}
	p, ds := typecheck.CheckModules(l.order, stdlib.Table())
	suggestImports(ds)
	return p, append(l.found, ds...)
}

// suggestImports names the part of the library that has what is not known.
func suggestImports(ds []diag.Diagnostic) {
	for i := range ds {
		d := &ds[i]
		if d.Code != diag.UnknownName && d.Code != diag.NoSuchFunction || len(d.Related) > 0 {
			continue
		}
		for _, m := range stdlib.Modules() {
			if exports(m, d.Span.Text()) {
				d.Help = fmt.Sprintf("The library has it: import \"%s\".", m)
			}
		}
	}
}

func exports(module, name string) bool {
	t, _ := parser.Parse(source.NewFile(module, stdlib.Source(module)))
	for _, d := range t.Decls {
		if f, ok := d.(*ast.FnDecl); ok && f.Pub && f.Name.Name == name {
			return true
		}
	}
	return false
}

func fileName(t *ast.File) string {
	if t.Src == nil {
		return "."
	}
	return path.Clean(t.Src.Name)
}

// maxModules bounds how many files one program imports.
const maxModules = 1000

// linker reads modules depth first, each once.
type linker struct {
	read  Sources
	done  map[string]*typecheck.Module // by file name, or by name in the library
	order []*typecheck.Module          // each after those that it imports
	path  []step                       // from the main file to the one that is read
	found []diag.Diagnostic
}

// step is a file on the way to the one that is read.
type step struct {
	name string
	by   source.Span // the path in the file before
}

// imports reads what one file imports. dir is the folder of the module, name the
// path of the file below it.
func (l *linker) imports(m *typecheck.Module, t *ast.File, dir, name string) {
	for _, d := range t.Decls {
		im, ok := d.(*ast.ImportDecl)
		if !ok {
			continue
		}
		if to := l.resolve(im, dir, name); to != nil {
			m.Imports = append(m.Imports, typecheck.Import{Decl: im, Module: to})
		}
	}
}

// resolve finds the module that an import names, or reports why there is none.
func (l *linker) resolve(im *ast.ImportDecl, dir, from string) *typecheck.Module {
	switch {
	case isFilePath(im.Path):
		return l.file(im, dir, from)
	case stdlib.Source(im.Path) != nil:
		return l.library(im)
	}
	l.noModule(im)
	return nil
}

// isFilePath tells the path of a file from a name in the library.
func isFilePath(p string) bool { return strings.HasPrefix(p, "./") || strings.HasPrefix(p, "../") }

func (l *linker) library(im *ast.ImportDecl) *typecheck.Module {
	name := "stdlib/" + im.Path + ".lasp"
	m := &typecheck.Module{Name: im.Path, Library: true}
	return l.module(im, m, name, func(t *ast.File) { l.imports(m, t, "stdlib", im.Path+".lasp") }, func() ([]byte, error) { return stdlib.Source(im.Path), nil })
}

// file resolves a path from the file that names it. The module ends at the folder
// of the main file.
func (l *linker) file(im *ast.ImportDecl, dir, from string) *typecheck.Module {
	below := path.Join(path.Dir(from), im.Path)
	if below == ".." || strings.HasPrefix(below, "../") {
		l.leaves(im, dir)
		return nil
	}
	if path.Ext(below) != ".lasp" {
		l.notASource(im)
		return nil
	}
	m := &typecheck.Module{Name: below}
	return l.module(im, m, path.Join(dir, below), func(t *ast.File) { l.imports(m, t, dir, below) }, func() ([]byte, error) {
		if l.read == nil {
			return nil, errNoFolder
		}
		return l.read(dir, below)
	})
}

var errNoFolder = errors.New("this program is a text without a folder, so it imports from the standard library only")

// module returns the module of one file, reading it where it was not read yet.
func (l *linker) module(im *ast.ImportDecl, m *typecheck.Module, name string, imports func(*ast.File), read func() ([]byte, error)) *typecheck.Module {
	for i, s := range l.path {
		if s.name == name {
			l.cycle(im, l.path[i:])
			return nil
		}
	}
	if done, ok := l.done[name]; ok {
		return done
	}
	if len(l.done) >= maxModules {
		l.add(diag.OverLimit, im, "the program has too many files", fmt.Sprintf("A program imports at most %d files.", maxModules), "Put some of them together.")
		return nil
	}
	l.done[name] = nil // it is reported once where it cannot be read
	text, err := read()
	if err != nil {
		l.unreadable(im, name, err)
		return nil
	}
	tree, ds := parser.Parse(source.NewFile(name, text))
	l.found = append(l.found, ds...)
	m.Files = []*ast.File{tree}
	l.done[name] = m
	l.path = append(l.path, step{name: name, by: im.PathAt})
	imports(tree)
	l.path = l.path[:len(l.path)-1]
	l.order = append(l.order, m)
	return m
}

func (l *linker) add(code diag.Code, im *ast.ImportDecl, title, message, help string) {
	l.found = append(l.found, diag.Diagnostic{Code: code, Span: im.PathAt, Title: title, Message: message, Help: help})
}

func (l *linker) noModule(im *ast.ImportDecl) {
	help := "The library has " + quotedList(stdlib.Modules()) + "; the path of a file begins with `./`."
	switch near := diag.Nearest(im.Path, stdlib.Modules()); {
	case strings.ContainsAny(im.Path, "/\\") || path.Ext(im.Path) == ".lasp":
		help = fmt.Sprintf("The path of a file begins with `./`: import \"./%s\".", strings.TrimLeft(path.Clean(strings.ReplaceAll(im.Path, "\\", "/")), "/"))
	case near != "":
		help = fmt.Sprintf("Did you mean \"%s\"?", near)
	}
	l.add(diag.NoSuchModule, im, fmt.Sprintf("the library has no %q", im.Path), "A name without `./` is a part of the standard library.", help)
}

func quotedList(names []string) string { return `"` + strings.Join(names, `", "`) + `"` }

func (l *linker) notASource(im *ast.ImportDecl) {
	l.add(diag.NoSuchModule, im, fmt.Sprintf("%q is no Lasp file", im.Path), "What is imported is a file whose name ends in `.lasp`.", "Write the whole name of the file.")
}

func (l *linker) leaves(im *ast.ImportDecl, dir string) {
	l.add(diag.LeavesModule, im, fmt.Sprintf("%q leaves the module", im.Path),
		fmt.Sprintf("The module is the folder of the main file, `%s`, with what is below it.", dir), "Move the file into this folder, or the main file further up.")
}

func (l *linker) unreadable(im *ast.ImportDecl, name string, err error) {
	switch {
	case errors.Is(err, ErrLeaves):
		l.leaves(im, path.Dir(l.path[0].name))
	case errors.Is(err, fs.ErrNotExist):
		help := "Paths are relative to the file that imports: this one is looked for at `" + name + "`."
		if base := strings.TrimSuffix(path.Base(name), ".lasp"); stdlib.Source(base) != nil {
			help += fmt.Sprintf(" For the standard library write import \"%s\".", base)
		}
		l.add(diag.NoSuchModule, im, fmt.Sprintf("there is no file `%s`", name), "", help)
	default:
		l.add(diag.NoSuchModule, im, fmt.Sprintf("%q cannot be read", im.Path), upperFirst(err.Error())+".", "")
	}
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// cycle prints the files of a circle of imports, with the place of each step.
func (l *linker) cycle(im *ast.ImportDecl, ring []step) {
	d := diag.Diagnostic{
		Code: diag.ImportCycle, Span: im.PathAt, Title: "these files import each other", Label: "closes the circle",
		Help: "Put what several of them need into a file that imports none of them.",
	}
	var names []string
	for i, s := range ring {
		names = append(names, "`"+s.name+"`")
		if i > 0 {
			d.Related = append(d.Related, diag.Related{Span: s.by, Text: fmt.Sprintf("`%s` imports `%s`", ring[i-1].name, s.name)})
		}
	}
	d.Message = strings.Join(append(names, "`"+ring[0].name+"`"), " imports ") + "."
	if len(ring) == 1 {
		d.Title, d.Message, d.Help = "this file imports itself", "", "Its own names are known without an import."
	}
	l.found = append(l.found, d)
}

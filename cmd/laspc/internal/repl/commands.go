package repl

import (
	"fmt"
	"strings"

	"github.com/laspc/lasp/cmd/laspc/internal/flowchart"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/format"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/parser"
)

// command is a word after `:`.
type command struct {
	name, args, help string
	run              func(s *Session, arg string) bool
}

// commands lists them in the order in which :help shows them. :quit is the
// shell's own.
func commands() []command {
	return []command{
		{"help", "", "show this", (*Session).help},
		{"type", "EXPR", "type and class of an expression, without evaluating it", (*Session).showType},
		{"load", "FILE", "declare what a file declares; its tests are left out", (*Session).load},
		{"cells", "", "all cells with their values", (*Session).cells},
		{"check", "", "the coordination report: classes, qualifiers, what waits", (*Session).check},
		{"explain", "[CODE]", "a diagnostic code with a wrong and a right program; the last one", (*Session).explain},
		{"watch", "[NAME]", "tell a cell or definition whenever it changes; again to end it", (*Session).watch},
		{"graph", "", "the dataflow: what goes where, and what is not monotone", (*Session).graph},
		{"program", "", "the program as it stands", (*Session).program},
		{"quit", "", "end (so does Ctrl-D)", nil},
	}
}

// Command carries out a line that begins with `:`. quit is true when the session
// should end.
func (s *Session) Command(line string) (out Outcome, quit bool) {
	name, arg, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, ":")), " ")
	var found *command
	for _, c := range commands() {
		if c.name == name {
			found = &c
			break
		}
		if name != "" && strings.HasPrefix(c.name, name) && found == nil {
			found = &c
		}
	}
	switch {
	case found == nil:
		fmt.Fprintf(s.o.Err, "there is no command :%s; :help lists them\n", name)
		return Outcome{Failed: true}, false
	case found.run == nil:
		return Outcome{}, true
	}
	s.begin()
	ok := found.run(s, strings.TrimSpace(arg))
	s.end()
	return Outcome{Failed: !ok}, false
}

func (s *Session) help(string) bool {
	fmt.Fprint(s.o.Out, `Type declarations, statements and expressions of the language:
    shared seen: GSet[Int]           a replicated cell
    seen.add(3)                      a write
    let big = { x for x in seen if x > 2 }
    big                              value : type, class
An entry goes on while brackets are open; an empty line ends it. What is
declared again takes the place of what had its name; cells keep what they hold.
`)
	for _, c := range commands() {
		fmt.Fprintf(s.o.Out, "%-15s %s\n", strings.TrimSpace(":"+c.name+" "+c.args), c.help)
	}
	return true
}

func (s *Session) showType(arg string) bool {
	if arg == "" {
		fmt.Fprintln(s.o.Err, "write an expression after :type")
		return false
	}
	e, ds := parser.ParseExpr(source.NewFile("entry", []byte(arg)))
	if diag.HasErrors(ds) {
		s.diagnose(ds)
		return false
	}
	q, ok := s.query(e)
	if ok {
		fmt.Fprintln(s.o.Out, q)
	}
	return ok
}

func (s *Session) load(path string) bool {
	if path == "" {
		fmt.Fprintln(s.o.Err, "name a file after :load")
		return false
	}
	text, err := s.o.Read(path)
	if err != nil {
		return s.refuse(err)
	}
	file := source.NewFile(path, text)
	tree, ds := parser.Parse(file)
	if diag.HasErrors(ds) {
		s.diagnose(ds)
		return false
	}
	var items []ast.Node
	for _, d := range tree.Decls {
		if _, test := d.(*ast.TestDecl); !test {
			items = append(items, d)
		}
	}
	return s.declare(file, items)
}

func (s *Session) cells(string) bool {
	if len(s.checked.Info.Cells) == 0 {
		fmt.Fprintln(s.o.Out, "there are no cells yet; declare one: shared seen: GSet[Int]")
	}
	for _, c := range s.checked.Info.Cells {
		if c.Of == nil {
			s.printNamed(c.Name, c.Kind, cellClass(c))
		}
	}
	for _, c := range s.checked.Info.Composites {
		s.printNamed(c.Name, c.Kind, cellClass(c))
	}
	return true
}

func (s *Session) graph(string) bool {
	fmt.Fprint(s.o.Out, flowchart.Text(s.checked.Dataflow()))
	return true
}

func (s *Session) program(string) bool {
	for _, d := range s.decls {
		fmt.Fprintf(s.o.Out, "%s", format.File(&ast.File{Src: d.file, Decls: []ast.Decl{d.node}}))
	}
	return true
}

// Package repl is the interactive side of laspc: a session that holds a program
// and runs it, and a shell that reads entries from a terminal or a script.
package repl

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/cmd/laspc/internal/embed"
	"github.com/laspc/lasp/cmd/laspc/internal/feed"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/parser"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/typecheck"
)

// Options make a session.
type Options struct {
	Out    io.Writer  // results
	Err    io.Writer  // diagnostics and refusals
	Style  diag.Style // of diagnostics
	Params []string   // NAME=VALUE, for programs that are loaded
	// Read reads a file for :load; its errors are sentences.
	Read func(name string) ([]byte, error)
	// Imports reads what programs import.
	Imports lasp.Sources
}

// Session is a program that grows by entries, and the node that runs it. What an
// entry declares replaces what had its name; the cells keep what they hold.
type Session struct {
	o       Options
	decls   []decl
	checked *typecheck.Program
	prog    *ir.Program
	engine  *embed.Engine
	began   time.Time
	entries int

	quiet    bool                   // changes of shows are not worth telling
	changed  []string               // shows that changed in this entry
	shown    map[string]bool        // names whose value this entry has printed
	reply    replica.Reply          // the last one
	stop     atomic.Bool            // ends the evaluation that runs
	dropped  []string               // left-out elements that were told
	watched  map[string]value.Value // by :watch, as they were told
	lastCode diag.Code
}

// fuel bounds the work of one entry, so that a question without an answer comes
// back in seconds.
const fuel = 20_000_000

// decl is an accepted declaration.
type decl struct {
	names []string // what it declares, or what it is: "on impression"
	node  ast.Decl
	file  *source.File
}

// NewSession starts a session with an empty program.
func NewSession(o Options) (*Session, error) {
	s := &Session{o: o, began: time.Now(), shown: map[string]bool{}, watched: map[string]value.Value{}}
	checked, _ := typecheck.Check(nil, lasp.Ops())
	prog, err := lasp.Compile(checked)
	if err != nil {
		return nil, err
	}
	s.checked, s.prog = checked, prog
	s.engine, err = embed.New(embed.Options{Program: prog, Start: s.began.UnixNano(), Fuel: fuel, Interrupt: &s.stop, Sink: s.sink()})
	if err != nil {
		return nil, err
	}
	s.engine.Start()
	return s, nil
}

func (s *Session) sink() embed.Sink {
	return embed.Sink{
		Emit:  func(e replica.Emit) { fmt.Fprintf(s.o.Out, "%s <- %s\n", e.Output, e.Value) },
		Reply: func(r replica.Reply) { s.reply = r },
		Note:  func(n replica.Note) { fmt.Fprintln(s.o.Err, n.Code, n.Message) },
		Changed: func(names []string) {
			if !s.quiet {
				s.changed = append(s.changed, names...)
			}
		},
	}
}

// Outcome is what became of an entry.
type Outcome struct {
	Incomplete bool // more lines may complete it; nothing was done
	Failed     bool
}

// Eval takes one entry: declarations, statements and expressions in any order.
// What follows a failure is not done.
func (s *Session) Eval(text string) Outcome {
	s.entries++
	file := source.NewFile(fmt.Sprintf("entry %d", s.entries), []byte(text))
	entry, ds := parser.ParseEntry(file)
	if entry.Incomplete {
		s.entries--
		return Outcome{Incomplete: true}
	}
	s.begin()
	ok := true
	for items := entry.Items; ok && len(items) > 0; {
		n := 0
		for n < len(items) && isDecl(items[n]) {
			n++
		}
		if n > 0 { // together: they may name each other
			ok = s.declare(file, items[:n])
			items = items[n:]
			continue
		}
		ok = s.item(items[0])
		items = items[1:]
	}
	if ok && diag.HasErrors(ds) {
		s.diagnose(ds)
		ok = false
	}
	s.end()
	return Outcome{Failed: !ok}
}

// Unfinished tells what an entry lacks that Eval found to be incomplete.
func (s *Session) Unfinished(text string) {
	_, ds := parser.ParseEntry(source.NewFile(fmt.Sprintf("entry %d", s.entries+1), []byte(text)))
	s.diagnose(ds)
}

func isDecl(n ast.Node) bool { _, ok := n.(ast.Decl); return ok }

// begin prepares for an entry: time has passed since the last one.
func (s *Session) begin() {
	s.changed = nil
	clear(s.shown)
	s.engine.AdvanceTo(time.Since(s.began))
}

// end tells what the entry changed besides.
func (s *Session) end() {
	for _, show := range s.prog.Shows {
		if slices.Contains(s.changed, show.Name) && !s.shown[show.Name] {
			s.printNamed(show.Name, show.View.Type, show.Class)
		}
	}
	s.tellWatched()
	dropped := s.engine.Dropped()
	for _, line := range dropped {
		if !slices.Contains(s.dropped, line) {
			fmt.Fprintf(s.o.Err, "left out: %s\n", line)
		}
	}
	s.dropped = dropped
}

func (s *Session) diagnose(ds []diag.Diagnostic) {
	if len(ds) > 0 {
		s.lastCode = ds[0].Code
	}
	_ = diag.Render(s.o.Err, ds, s.o.Style) // the terminal is gone if this fails
}

// refuse reports why something was not done.
func (s *Session) refuse(err error) bool {
	var e *replica.Error
	var later *ir.NotRunnable
	switch {
	case s.stop.Load(): // the shell says so
	case errors.As(err, &e):
		s.lastCode = diag.Code(e.Code)
		fmt.Fprintf(s.o.Err, "error[%s]: %s\n", e.Code, e.Message)
		if e.Hint != "" {
			fmt.Fprintf(s.o.Err, "    %s\n", e.Hint)
		}
	case errors.As(err, &later):
		fmt.Fprintf(s.o.Err, "error[%s]: %s\n", later.Code(), later)
	default:
		fmt.Fprintf(s.o.Err, "error: %v\n", err)
	}
	return false
}

// declare makes declarations part of the program, all of them or none.
func (s *Session) declare(file *source.File, items []ast.Node) bool {
	next := slices.Clone(s.decls)
	var added []decl
	for _, n := range items {
		d := decl{names: namesOf(n.(ast.Decl)), node: n.(ast.Decl), file: file}
		next = put(next, d)
		added = append(added, d)
	}
	checked, ds := lasp.Link(trees(next), s.o.Imports)
	if ds = relevant(ds, file); len(ds) > 0 {
		s.diagnose(ds)
	}
	if diag.HasErrors(ds) {
		return false
	}
	if err := s.install(checked); err != nil {
		return s.refuse(err)
	}
	s.decls = next
	for _, d := range added {
		s.describe(d)
	}
	return true
}

// put adds a declaration in the place of what it replaces, or at the end.
func put(to []decl, d decl) []decl {
	at := slices.IndexFunc(to, func(old decl) bool { return replaces(d, old) })
	if at < 0 {
		return append(to, d)
	}
	to[at] = d
	rest := slices.DeleteFunc(to[at+1:], func(old decl) bool { return replaces(d, old) })
	return to[:at+1+len(rest)]
}

// install makes a checked program the one that runs.
func (s *Session) install(checked *typecheck.Program) error {
	prog, err := lasp.Compile(checked)
	if err != nil {
		return err
	}
	if err := lasp.Runnable(prog); err != nil {
		return err
	}
	params, err := feed.Params(prog, s.settings(prog))
	if err != nil {
		return err
	}
	s.quiet = true
	err = s.engine.Deploy(prog, params)
	s.quiet = false
	if err != nil {
		return err
	}
	s.checked, s.prog = checked, prog
	return nil
}

// settings are those that the program has parameters for.
func (s *Session) settings(p *ir.Program) []string {
	var sets []string
	for _, set := range s.o.Params {
		for _, q := range p.Params {
			if len(set) > len(q.Name) && set[:len(q.Name)+1] == q.Name+"=" {
				sets = append(sets, set)
			}
		}
	}
	return sets
}

// trees makes a file of each declaration, so that each keeps its own source.
func trees(decls []decl) []*ast.File {
	files := make([]*ast.File, len(decls))
	for i, d := range decls {
		files[i] = &ast.File{Src: d.file, Decls: []ast.Decl{d.node}}
	}
	return files
}

// relevant drops the warnings about what is not used or not handled yet: the
// next entry may do so. Warnings about earlier entries were told then.
func relevant(ds []diag.Diagnostic, file *source.File) []diag.Diagnostic {
	return slices.DeleteFunc(ds, func(d diag.Diagnostic) bool {
		return d.Severity == diag.Warning && (d.Code == diag.Unused || d.Code == diag.UnusedImport || d.Code == diag.Unhandled || d.Span.File != file)
	})
}

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/typecheck"
	"github.com/spf13/pflag"
)

func checkVerb() verb {
	return verb{
		name:  "check",
		args:  "FILE...",
		short: "check types and monotonicity, report what coordinates",
		long: `Each FILE is a program of its own. Prints the diagnostics, then one line per
declaration: its type, its class (fixed < stable < eventual < nondet), how it
moves with each cell that it reads (0 constant, H homomorphism, + monotone,
- antitone, ? neither), and what it waits for. "-" is standard input.`,
		setup: func(fs *pflag.FlagSet) action {
			asJSON := fs.Bool("json", false, "print one JSON value")
			quiet := fs.BoolP("quiet", "q", false, "print diagnostics only")
			return func(c *call) int { return check(c, *asJSON, *quiet) }
		},
	}
}

// checkJSON is what `laspc check --json` prints.
type checkJSON struct {
	OK           bool              `json:"ok"`
	Diagnostics  []diag.JSON       `json:"diagnostics"`
	Declarations []declarationJSON `json:"declarations"`
	Handlers     handlersJSON      `json:"handlers"`
}

type declarationJSON struct {
	Name         string            `json:"name"`
	Kind         string            `json:"kind"`
	Type         string            `json:"type"`
	Class        string            `json:"class"`
	Qualifiers   map[string]string `json:"qualifiers"`
	Coordination string            `json:"coordination"`
	File         string            `json:"file"`
	Line         int               `json:"line"`
}

type handlersJSON struct {
	Total int `json:"total"`
	Free  int `json:"coordination_free"`
}

func check(c *call, asJSON, quiet bool) int {
	if len(c.args) == 0 {
		return c.usage("name the program to check")
	}
	all := checkJSON{OK: true, Diagnostics: []diag.JSON{}, Declarations: []declarationJSON{}}
	for _, name := range c.args {
		f, err := c.readSource(name)
		if err != nil {
			return c.usage("%v", err)
		}
		p, ds := lasp.Load(f, imported(""))
		bad := diag.HasErrors(ds)
		all.OK = all.OK && !bad
		if asJSON {
			all.Diagnostics = append(all.Diagnostics, diag.ToJSON(ds)...)
			if !bad {
				all.add(p.Info)
			}
			continue
		}
		c.printDiagnostics(ds)
		if !bad && !quiet {
			c.report(name, f.Name, p.Info)
		}
	}
	if asJSON {
		c.printJSON(all)
	}
	if !all.OK {
		return exitProgram
	}
	return exitDone
}

// maxPrinted bounds how many diagnostics are printed for people; --json has all.
const maxPrinted = 200

// printDiagnostics writes diagnostics to standard error, and how many there are.
func (c *call) printDiagnostics(ds []diag.Diagnostic) {
	if len(ds) == 0 {
		return
	}
	style := diag.Style{Colour: colour(c.stderr), Width: min(width(c.stderr), 100)}
	_ = diag.Render(c.stderr, ds[:min(len(ds), maxPrinted)], style) // standard error: nobody is left to tell
	if more := len(ds) - maxPrinted; more > 0 {
		fmt.Fprintf(c.stderr, "%d more; these first\n", more)
	}
	var errors []diag.Diagnostic
	for _, d := range ds {
		if d.Severity == diag.Error {
			errors = append(errors, d)
		}
	}
	if len(errors) > 0 {
		fmt.Fprintf(c.stderr, "%s; `laspc explain %s` tells more\n", plural(len(errors), "error"), errors[0].Code)
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (j *checkJSON) add(info *typecheck.Info) {
	for _, r := range info.Reports {
		pos := r.At.Position()
		d := declarationJSON{
			Name: r.Name, Kind: r.Kind, Type: r.Type, Class: r.Class.String(),
			Qualifiers: map[string]string{}, Coordination: r.Coordination, File: pos.File, Line: pos.Line,
		}
		for cell, q := range r.Qualifiers {
			d.Qualifiers[cell] = q.String()
		}
		j.Declarations = append(j.Declarations, d)
	}
	j.Handlers.Total += info.Total
	j.Handlers.Free += info.Free
}

// report prints the coordination report as a table whose columns fit.
func (c *call) report(name, main string, info *typecheck.Info) {
	rows := [][]string{{"line", "what", "type", "class", "moves with", "waits for"}}
	for _, r := range info.Reports {
		var quals []string
		for _, cell := range slices.Sorted(maps.Keys(r.Qualifiers)) {
			quals = append(quals, cell+":"+r.Qualifiers[cell].String())
		}
		waits := r.Coordination
		if waits == "none" {
			waits = "nothing"
		}
		rows = append(rows, []string{
			lineOf(r.At.Position(), main), strings.TrimSpace(r.Kind + " " + r.Name), r.Type,
			r.Class.String(), strings.Join(quals, " "), waits,
		})
	}
	if len(rows) == 1 {
		fmt.Fprintf(c.stdout, "%s declares nothing\n", name)
		return
	}
	if columns, ok := terminalWidth(c.stdout); ok {
		rows = fitReport(rows, columns)
	}
	fmt.Fprintf(c.stdout, "%s\n", name)
	printTable(c, rows)
	if info.Total > 0 {
		needs := "need"
		if info.Total == 1 {
			needs = "needs"
		}
		fmt.Fprintf(c.stdout, "%d of %s %s no coordination\n", info.Free, plural(info.Total, "handler"), needs)
	}
}

// lineOf is where a declaration stands, with the file where that is not main.
func lineOf(p source.Position, main string) string {
	if p.File == main {
		return fmt.Sprint(p.Line)
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

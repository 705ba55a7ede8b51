package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/cmd/laspc/internal/flowchart"
	"github.com/laspc/lasp/lang/diag"
	"github.com/spf13/pflag"
	"golang.org/x/term"
)

func graphVerb() verb {
	return verb{
		name:  "graph",
		args:  "FILE",
		short: "draw the dataflow of a program",
		long: `Cells, inputs, definitions, handlers, outputs and shows, and what goes from one
to the other. What is read carries how the reader moves with it; steps that are
not monotone and points of coordination are marked. A terminal gets text, a file
or pipe DOT for Graphviz: laspc graph shop.lasp | dot -Tsvg > shop.svg`,
		setup: func(fs *pflag.FlagSet) action {
			format := fs.String("format", "", "`FORMAT`: "+strings.Join(flowchart.Formats(), ", "))
			return func(c *call) int { return c.graph(*format) }
		},
	}
}

func (c *call) graph(format string) int {
	if len(c.args) != 1 {
		return c.usage("name one program")
	}
	if format == "" {
		format = "dot"
		if f, ok := c.stdout.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			format = "text"
		}
	}
	if !slices.Contains(flowchart.Formats(), format) {
		return c.usage("there is no format %q; there are %s", format, strings.Join(flowchart.Formats(), ", "))
	}
	f, err := c.readSource(c.args[0])
	if err != nil {
		return c.usage("%v", err)
	}
	p, ds := lasp.Load(f, imported(""))
	if diag.HasErrors(ds) {
		c.printDiagnostics(ds)
		return exitProgram
	}
	if err := flowchart.Write(c.stdout, format, filepath.Base(f.Name), p.Dataflow()); err != nil {
		return c.fail(exitProgram, "%v", err)
	}
	return exitDone
}

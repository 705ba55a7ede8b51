package main

import (
	"fmt"
	"os"

	"github.com/laspc/lasp/cmd/laspc/internal/repl"
	"github.com/laspc/lasp/lang/diag"
	"github.com/spf13/pflag"
	"golang.org/x/term"
)

func replVerb() verb {
	return verb{
		name:  "repl",
		args:  "[FILE]",
		short: "explore interactively; also `laspc` alone",
		long: `Declarations, statements and expressions are checked and carried out as they are
typed, on one embedded node. Where standard input is no terminal it is read as a
script: no prompt, and exit 1 if an entry failed. With TERM=dumb lines are read
as the terminal gives them, without editing, completion and colours. The history
is kept under LASP_HOME.`,
		setup: func(fs *pflag.FlagSet) action {
			sets := fs.StringArray("set", nil, "set a parameter: `NAME=VALUE`")
			return func(c *call) int { return c.repl(*sets) }
		},
	}
}

func (c *call) repl(sets []string) int {
	if len(c.args) > 1 {
		return c.usage("name one program to load, or none")
	}
	s, err := repl.NewSession(repl.Options{
		Out: c.stdout, Err: c.stderr, Params: sets, Read: readFile, Imports: imported(""),
		Style: diag.Style{Colour: colour(c.stderr), Width: min(width(c.stderr), 100)},
	})
	if err != nil {
		return c.fail(exitProgram, "%v", err)
	}
	if len(c.args) == 1 {
		if out, _ := s.Command(":load " + c.args[0]); out.Failed {
			return exitProgram
		}
	}
	in, terminal := c.stdin.(*os.File)
	if terminal && os.Getenv("TERM") == "dumb" && term.IsTerminal(int(in.Fd())) {
		if err := s.Plain(in); err != nil {
			return c.fail(exitProgram, "%v", err)
		}
		return exitDone
	}
	if !terminal || !term.IsTerminal(int(in.Fd())) {
		ok, err := s.Script(c.stdin)
		switch {
		case err != nil:
			return c.fail(exitProgram, "%v", err)
		case !ok:
			return exitProgram
		}
		return exitDone
	}
	t := repl.Terminal{In: in, Out: c.stdout, Width: func() int { return columns(in) }}
	if home, err := openHome(); err == nil {
		t.History = home.path("history")
	}
	greeting := fmt.Sprintf("Lasp %s   :help for help, Ctrl-D to end\n", buildVersion())
	if err := s.Interactive(t, greeting); err != nil {
		return c.fail(exitProgram, "%v", err)
	}
	return exitDone
}

// columns is the width of a terminal, 0 where it does not say.
func columns(f *os.File) int {
	n, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return n
}

// Command laspc is the Lasp toolchain: compiler, interpreter, test runner, and
// the node and operator of a cluster. Each verb is a file; verbs.go lists them.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/diag"
	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// The exit codes that scripts rely on.
const (
	exitDone        = 0
	exitProgram     = 1 // the program or its data has errors, or a test failed
	exitUsage       = 2
	exitUnreachable = 3 // the cluster could not be reached
)

// call is one invocation of a verb.
type call struct {
	args   []string // what is left after the flags
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	verb   *verb
}

// action runs a verb whose flags have been parsed.
type action func(c *call) int

// verb is one row of the table of verbs.
type verb struct {
	name  string
	args  string // how its arguments are written in usage
	short string // one line for the list of verbs
	long  string // what `laspc VERB --help` says besides the flags; may be empty
	// setup declares the verb's flags and returns what runs it.
	setup func(fs *pflag.FlagSet) action
}

// use is the verb with its arguments.
func (v *verb) use() string {
	return strings.TrimSpace(v.name + " " + v.args)
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run dispatches to a verb and returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := &call{stdin: stdin, stdout: stdout, stderr: stderr}
	if len(args) == 0 {
		args = []string{"repl"}
	}
	name := args[0]
	switch name {
	case "help", "--help", "-h":
		if len(args) > 1 {
			return run([]string{args[1], "--help"}, stdin, stdout, stderr)
		}
		printVerbs(stdout)
		return exitDone
	case "--version":
		name = "version"
	}
	for _, v := range verbs() {
		if v.name == name {
			c.verb = &v
			return c.dispatch(args[1:])
		}
	}
	hint := "`laspc help` lists the verbs"
	if strings.HasPrefix(name, "-") {
		hint = "flags stand after the verb; " + hint
	} else if near := nearest(name); near != "" {
		hint = fmt.Sprintf("did you mean `laspc %s`?", near)
	} else if strings.HasSuffix(name, ".lasp") {
		hint = fmt.Sprintf("to run a program: laspc run %s", name)
	}
	fmt.Fprintf(stderr, "laspc: there is no verb %q; %s\n", name, hint)
	return exitUsage
}

func (c *call) dispatch(args []string) int {
	fs := pflag.NewFlagSet(c.verb.name, pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	act := c.verb.setup(fs)
	err := fs.Parse(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		c.help(fs)
		return exitDone
	case err != nil:
		return c.usage("%s", flagProblem(fs, err))
	}
	c.args = fs.Args()
	return act(c)
}

// usage reports wrong usage with the way the verb is used.
func (c *call) usage(format string, args ...any) int {
	fmt.Fprintf(c.stderr, "laspc %s: %s\n", c.verb.name, fmt.Sprintf(format, args...))
	fmt.Fprintf(c.stderr, "usage: laspc %s    (laspc help %s tells more)\n", c.verb.use(), c.verb.name)
	return exitUsage
}

// fail reports that the work could not be done.
func (c *call) fail(code int, format string, args ...any) int {
	fmt.Fprintf(c.stderr, "laspc %s: %s\n", c.verb.name, fmt.Sprintf(format, args...))
	return code
}

func (c *call) help(fs *pflag.FlagSet) {
	fmt.Fprintf(c.stdout, "usage: laspc %s\n\n%s.\n", c.verb.use(), upperFirst(c.verb.short))
	if c.verb.long != "" {
		fmt.Fprintf(c.stdout, "\n%s\n", strings.TrimSpace(c.verb.long))
	}
	if flags := fs.FlagUsagesWrapped(80); flags != "" {
		fmt.Fprintf(c.stdout, "\nflags:\n%s", flags)
	}
}

func printVerbs(w io.Writer) {
	fmt.Fprintln(w, "laspc is the toolchain of Lasp, a language for distributed programs that timing\ncannot make wrong.")
	fmt.Fprintln(w, "\nusage: laspc VERB [flags] FILE...")
	for _, g := range verbGroups() {
		fmt.Fprintf(w, "\n%s\n", g.title)
		for _, v := range g.verbs {
			fmt.Fprintf(w, "  %-11s %s\n", v.name, v.short)
		}
	}
	fmt.Fprintln(w, "\n`laspc help VERB` tells more. Exit codes: 0 done, 1 the program or its data has\nerrors, 2 wrong usage, 3 the cluster could not be reached.")
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// nearest is the verb that name looks like, or "".
func nearest(name string) string {
	var names []string
	for _, v := range verbs() {
		names = append(names, v.name)
	}
	return diag.Nearest(name, names)
}

// colour reports whether w is a terminal that wants colour.
func colour(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// width is the number of columns of w, 80 where it is not a terminal.
func width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	return 80
}

// verbs is the flat list of all verbs.
func verbs() []verb {
	var all []verb
	for _, g := range verbGroups() {
		all = append(all, g.verbs...)
	}
	return slices.Clip(all)
}

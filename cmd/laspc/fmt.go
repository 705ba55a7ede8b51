package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/format"
	"github.com/laspc/lasp/parser"
	"github.com/spf13/pflag"
)

func fmtVerb() verb {
	return verb{
		name:  "fmt",
		args:  "FILE...",
		short: "put programs into the canonical layout",
		long: `Rewrites the files that differ and prints their names. "-" reads standard input
and writes standard output. A file with syntax errors stays as it is.`,
		setup: func(fs *pflag.FlagSet) action {
			check := fs.Bool("check", false, "change nothing; print the names of files that differ, exit 1 if there are any")
			return func(c *call) int { return c.format(*check) }
		},
	}
}

func (c *call) format(check bool) int {
	if len(c.args) == 0 {
		return c.usage("name the files to format")
	}
	code := exitDone
	for _, name := range c.args {
		if got := c.formatFile(name, check); got != exitDone {
			code = got
		}
	}
	return code
}

func (c *call) formatFile(name string, check bool) int {
	f, err := c.readSource(name)
	if err != nil {
		return c.usage("%v", err)
	}
	tree, ds := parser.Parse(f)
	if diag.HasErrors(ds) {
		c.printDiagnostics(ds)
		return exitProgram
	}
	out := format.File(tree)
	switch same := bytes.Equal(out, f.Text); {
	case name == "-" && !check:
		_, _ = c.stdout.Write(out)
	case same:
	case check:
		fmt.Fprintln(c.stdout, name)
		return exitProgram
	default:
		if err := replaceFile(name, out); err != nil {
			return c.fail(exitProgram, "%v", err)
		}
		fmt.Fprintln(c.stdout, name)
	}
	return exitDone
}

// replaceFile writes a file that is either the old or the new one, also when the
// machine stops in between. It keeps the permissions.
func replaceFile(name string, text []byte) error {
	info, err := os.Stat(name)
	if err != nil {
		return fileError(name, err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".laspc-fmt-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(text)
	if e := tmp.Chmod(info.Mode()); err == nil {
		err = e
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/laspc/lasp/ir"
	"github.com/spf13/pflag"
)

func buildVerb() verb {
	return verb{
		name:  "build",
		args:  "FILE",
		short: "compile a program to an artifact that nodes run",
		long: `Writes canonical CBOR with a versioned header and a content hash: the same
source gives the same bytes. "laspc inspect" shows what is in an artifact.`,
		setup: func(fs *pflag.FlagSet) action {
			out := fs.StringP("out", "o", "", "write `FILE` (default: the source with the ending .laspx)")
			asJSON := fs.Bool("json", false, "print one JSON value")
			return func(c *call) int { return c.build(*out, *asJSON) }
		},
	}
}

func (c *call) build(out string, asJSON bool) int {
	if len(c.args) != 1 {
		return c.usage("name one program")
	}
	name := c.args[0]
	if out == "" {
		if name == "-" {
			return c.usage("say with -o where to write what comes from standard input")
		}
		out = strings.TrimSuffix(name, ".lasp") + ".laspx"
	}
	p, code := c.compilePortable(name)
	if p == nil {
		return code
	}
	if code := c.runnable(p.Program); code != exitDone {
		return code
	}
	artifact, err := ir.Encode(p.Program)
	if err != nil {
		return c.fail(exitProgram, "%v", err)
	}
	if err := os.WriteFile(out, artifact, 0o666); err != nil {
		return c.fail(exitProgram, "%v", err)
	}
	hash, _ := ir.ContentHash(artifact)
	if asJSON {
		return c.printJSON(map[string]any{"artifact": out, "bytes": len(artifact), "hash": fmt.Sprintf("%x", hash), "format": ir.FormatVersion})
	}
	fmt.Fprintf(c.stdout, "%s  %d bytes  %x\n", out, len(artifact), hash)
	return exitDone
}

package main

import (
	"fmt"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/ir/lower"
	"github.com/spf13/pflag"
)

func irVerb() verb {
	return verb{
		name:  "ir",
		args:  "FILE",
		short: "print the lattice IR of a program",
		long:  "The text shows the dataflow graph and the code of handlers, as a node runs them.",
		setup: func(fs *pflag.FlagSet) action {
			raw := fs.Bool("raw", false, "as it was built, before the passes")
			return func(c *call) int {
				if len(c.args) != 1 {
					return c.usage("name one program")
				}
				p, code := c.compile(c.args[0], lower.Options{Raw: *raw})
				if p == nil {
					return code
				}
				fmt.Fprint(c.stdout, ir.Print(p.Program))
				return exitDone
			}
		},
	}
}

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/laspc/lasp/client"
	"github.com/spf13/pflag"
)

func queryVerb() verb {
	return verb{
		name:  "query",
		args:  "EXPR",
		short: "evaluate an expression where the data is",
		long: `EXPR is an expression over the cells and definitions of the active program, in
quotes for the shell: laspc query 'size(posts)'. It changes nothing; writes are
"laspc send CELL.OP ARG".`,
		setup: func(fs *pflag.FlagSet) action {
			r := remoteFlags(fs)
			return func(c *call) int {
				if len(c.args) != 1 || strings.TrimSpace(c.args[0]) == "" {
					return c.usage("give one expression, in quotes")
				}
				return c.withClient(r, func(cl *client.Client) error {
					s, err := cl.Query(context.Background(), c.args[0], r.form())
					if err == nil {
						c.printShown("", s, r.json)
					}
					return err
				})
			}
		},
	}
}

func (r *remote) form() client.Form {
	if r.json {
		return client.JSON
	}
	return client.Text
}

// printShown prints a value, as text after its name.
func (c *call) printShown(name string, s client.Shown, asJSON bool) {
	switch {
	case asJSON:
		c.printJSON(s)
	case name != "":
		fmt.Fprintf(c.stdout, "%s = %s\n", name, s.Text)
	default:
		fmt.Fprintln(c.stdout, s.Text)
	}
}

package main

import (
	"context"
	"fmt"

	"github.com/laspc/lasp/client"
	"github.com/spf13/pflag"
)

func rollbackVerb() verb {
	return verb{
		name:  "rollback",
		short: "go back to the program before the active one",
		long: `Activates the last earlier program on every node, as a new version. Cells keep
what was written meanwhile; what handlers did stays done.

A version that a node cannot start within a minute of its activation is given up
by all in the same way, without being asked.`,
		setup: func(fs *pflag.FlagSet) action {
			r := remoteFlags(fs)
			return func(c *call) int {
				if len(c.args) != 0 {
					return c.usage("rollback takes no arguments")
				}
				return c.withClient(r, func(cl *client.Client) error {
					version, err := cl.Rollback(context.Background())
					switch {
					case err != nil:
						return err
					case r.json:
						c.printJSON(map[string]any{"ok": true, "version": version})
					default:
						fmt.Fprintf(c.stdout, "the program before is active again, as version %d\n", version)
					}
					return nil
				})
			}
		},
	}
}

package main

import (
	"context"
	"fmt"

	"github.com/laspc/lasp/client"
	"github.com/spf13/pflag"
)

func retireVerb() verb {
	return verb{
		name:  "retire",
		args:  "NODE",
		short: "give a node up that is gone for good",
		long: `For a node that will not come back and cannot be told to leave: others take over
the places of sharded cells that it held, barriers no longer wait for it, and
majorities are counted without it. What only its disk held is lost.

A node that was retired and starts again after all is taken in like a new one.`,
		setup: func(fs *pflag.FlagSet) action {
			r := remoteFlags(fs)
			return func(c *call) int {
				if len(c.args) != 1 {
					return c.usage("name the node that is given up")
				}
				return c.withClient(r, func(cl *client.Client) error {
					if err := cl.Retire(context.Background(), c.args[0]); err != nil {
						return err
					}
					fmt.Fprintf(c.stdout, "%s is retired\n", c.args[0])
					return nil
				})
			}
		},
	}
}

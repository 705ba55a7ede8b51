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
		args:  "NODE..",
		short: "give nodes up that are gone for good",
		long: `For nodes that will not come back and cannot be told to leave: others take over
the places and rights that they held, barriers no longer wait for them, and
majorities are counted without them. What only their disks held is lost.

Every other member must say first what it holds of them, so retire all that are
gone at once. A node that comes back after all is refused: it says which of its
turns are lost, stops, and at its next start begins anew, without its state.`,
		setup: func(fs *pflag.FlagSet) action {
			r := remoteFlags(fs)
			return func(c *call) int {
				if len(c.args) == 0 {
					return c.usage("name the nodes that are given up")
				}
				return c.withClient(r, func(cl *client.Client) error {
					if err := cl.Retire(context.Background(), c.args...); err != nil {
						return err
					}
					for _, name := range c.args {
						fmt.Fprintf(c.stdout, "%s is retired\n", name)
					}
					return nil
				})
			}
		},
	}
}

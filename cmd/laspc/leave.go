package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/laspc/lasp/client"
	"github.com/spf13/pflag"
)

func leaveVerb() verb {
	return verb{
		name:  "leave",
		short: "take the node at --to out of its cluster; it stops",
		setup: func(fs *pflag.FlagSet) action {
			r := remoteFlags(fs)
			return func(c *call) int {
				if r.to == "" || strings.Contains(r.to, ",") {
					return c.usage("name the node that leaves: --to ADDR of its API")
				}
				return c.withClient(r, func(cl *client.Client) error {
					if err := cl.Leave(context.Background()); err != nil {
						return err
					}
					fmt.Fprintf(c.stdout, "the node at %s leaves\n", r.to)
					return nil
				})
			}
		},
	}
}

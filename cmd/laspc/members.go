package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/laspc/lasp/client"
	"github.com/spf13/pflag"
)

func membersVerb() verb {
	return verb{
		name:  "members",
		short: "the nodes of a cluster, as the one that answers knows them",
		setup: func(fs *pflag.FlagSet) action {
			r := remoteFlags(fs)
			return func(c *call) int {
				return c.withClient(r, func(cl *client.Client) error {
					members, err := cl.Members(context.Background())
					if err != nil {
						return err
					}
					if r.json {
						c.printJSON(members)
						return nil
					}
					w := tabwriter.NewWriter(c.stdout, 0, 8, 2, ' ', 0)
					fmt.Fprintln(w, "node\tstate\tincarnation\tapi\tnodes\ttags")
					for _, m := range members {
						fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\n", m.Name, m.State, m.Incarnation, m.API, m.Addr, strings.Join(m.Tags, " "))
					}
					return w.Flush()
				})
			}
		},
	}
}

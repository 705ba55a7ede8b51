package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/laspc/lasp/client"
	"github.com/spf13/pflag"
)

// leavePatience is how long a node has to leave.
const leavePatience = 10 * time.Second

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
					// It answers until it has told the others and stopped.
					for end := time.Now().Add(leavePatience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
						if conn, err := net.DialTimeout("tcp", r.to, time.Second); err != nil {
							fmt.Fprintf(c.stdout, "the node at %s has left\n", r.to)
							return nil
						} else if err := conn.Close(); err != nil {
							return err
						}
					}
					return fmt.Errorf("the node at %s was told to leave and has not stopped after %s", r.to, leavePatience)
				})
			}
		},
	}
}

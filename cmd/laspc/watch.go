package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/laspc/lasp/client"
	"github.com/spf13/pflag"
)

func watchVerb() verb {
	return verb{
		name:  "watch",
		args:  "[NAME]",
		short: "follow a live view; without a name print all of them",
		long: `Prints the view now and again whenever it changes, until it is interrupted. NAME
is a show of the program, or with --output an output: its values so far and then
new ones, as JSON, each with an id that stays the same.`,
		setup: func(fs *pflag.FlagSet) action {
			r := remoteFlags(fs)
			output := fs.Bool("output", false, "follow an output instead: its values and their ids")
			after := fs.String("after", "", "with --output: begin after the value with this id")
			count := fs.Int("count", 0, "stop after so many values; 0 is never")
			return func(c *call) int {
				if len(c.args) > 1 {
					return c.usage("name one view")
				}
				return c.withClient(r, func(cl *client.Client) error {
					if len(c.args) == 0 {
						return printShows(c, cl, r)
					}
					if *output {
						return watchOutput(c, cl, r, c.args[0], *after, *count)
					}
					return watch(c, cl, r, c.args[0], *count)
				})
			}
		},
	}
}

func printShows(c *call, cl *client.Client, r *remote) error {
	shows, err := cl.Shows(context.Background(), r.form())
	for _, s := range shows {
		c.printShown(s.Show, s, r.json)
	}
	return err
}

var errEnough = errors.New("enough")

func watch(c *call, cl *client.Client, r *remote, name string, count int) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	seen := 0
	err := cl.Watch(ctx, name, r.form(), func(s client.Shown) error {
		c.printShown(name, s, r.json)
		if seen++; seen == count {
			return errEnough
		}
		return nil
	})
	return unlessEnough(err)
}

// unlessEnough takes the ends that were asked for out of the errors.
func unlessEnough(err error) error {
	if errors.Is(err, errEnough) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// watchOutput prints the values of an output as they arrive.
func watchOutput(c *call, cl *client.Client, r *remote, name, after string, count int) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	seen := 0
	err := cl.Outputs(ctx, name, after, func(e client.StreamEvent) error {
		var emit struct {
			Value json.RawMessage `json:"value"`
		}
		if err := json.Unmarshal(e.Data, &emit); err != nil {
			return err
		}
		if r.json {
			fmt.Fprintf(c.stdout, "%s\n", e.Data)
		} else {
			fmt.Fprintf(c.stdout, "%s <- %s    %s\n", name, emit.Value, e.ID)
		}
		if seen++; seen == count {
			return errEnough
		}
		return nil
	})
	return unlessEnough(err)
}

package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/laspc/lasp/client"
	"github.com/laspc/lasp/cmd/laspc/internal/feed"
	"github.com/laspc/lasp/ir"
	"github.com/spf13/pflag"
)

func deployVerb() verb {
	return verb{
		name:  "deploy",
		args:  "FILE|ARTIFACT",
		short: "make a program the active one of a cluster",
		long: `Compiles FILE, or takes an artifact that "laspc build" made, and activates it on
every node, one after the other. Cells of the same name and kind keep their
contents. A program that changes the kind of a cell is refused before anything
changes. Which program is active is agreed on: of two that are deployed at once
one is refused, and so is one while a majority of the voters is missing.

--plan only says what would change, and for how many keys handlers would fire at
once.`,
		setup: func(fs *pflag.FlagSet) action {
			r := remoteFlags(fs)
			set := fs.StringArray("set", nil, "set a parameter: `NAME=VALUE`")
			plan := fs.Bool("plan", false, "only say what would change")
			over := fs.Uint64("over", 0, "deploy only if `VERSION` is still the active one")
			return func(c *call) int {
				if len(c.args) != 1 {
					return c.usage("name one program")
				}
				artifact, code := c.artifact(c.args[0], *set)
				if code != exitDone {
					return code
				}
				if *plan {
					return c.deployPlan(r, c.args[0], artifact)
				}
				return c.withClient(r, func(cl *client.Client) error {
					version, err := cl.Deploy(context.Background(), artifact, *over)
					switch {
					case err != nil:
						return err
					case r.json:
						c.printJSON(map[string]any{"ok": true, "version": version})
					default:
						fmt.Fprintf(c.stdout, "%s is version %d\n", c.args[0], version)
					}
					return nil
				})
			}
		},
	}
}

// artifact compiles a program to what nodes take, or reads an artifact;
// settings of parameters become their defaults.
func (c *call) artifact(name string, sets []string) (data []byte, code int) {
	p, code := c.deployable(name)
	if code != exitDone {
		return nil, code
	}
	if code := c.runnable(p); code != exitDone {
		return nil, code
	}
	params, err := feed.Params(p, sets)
	if err != nil {
		return nil, c.usage("%v", err)
	}
	for _, q := range p.Params {
		q.Default = params[q.Name]
	}
	if data, err = ir.Encode(p); err != nil {
		return nil, c.fail(exitProgram, "%v", err)
	}
	return data, exitDone
}

// deployable reads an artifact, or compiles a source.
func (c *call) deployable(name string) (*ir.Program, int) {
	if name != "-" {
		data, err := readFile(name)
		if err != nil {
			return nil, c.usage("%v", err)
		}
		if bytes.HasPrefix(data, []byte("LASPX")) {
			p, err := ir.Decode(data)
			if err != nil {
				return nil, c.fail(exitProgram, "%s: %v", name, err)
			}
			return p, exitDone
		}
	}
	p, code := c.compilePortable(name)
	if p == nil {
		return nil, code
	}
	return p.Program, exitDone
}

package main

import (
	"fmt"
	"time"

	"github.com/laspc/lasp/cmd/laspc/internal/maelstrom"
	"github.com/laspc/lasp/ir"
	"github.com/spf13/pflag"
)

func maelstromVerb() verb {
	return verb{
		name:  "maelstrom",
		args:  "FILE",
		short: "a node for the Maelstrom workbench, on standard input and output",
		long: `Speaks Maelstrom's protocol: a JSON message a line. A request goes to the input
of its type, whose parameters take the fields of the same names (a missing field
is None where the parameter is an Option). A reply that is a record gives its
fields to the answer; any other reply is the field "value". fail("NAME: text")
answers with the error of that name: key-does-not-exist (20),
key-already-exists (21), precondition-failed (22), txn-conflict (30), ...; what
is refused for lack of a majority is temporarily-unavailable (11).

examples/maelstrom has a program for each workload, and how to run them.`,
		setup: func(fs *pflag.FlagSet) action {
			flush := fs.Duration("flush", 10*time.Millisecond, "how long changes gather before they are sent to the other nodes")
			wait := fs.Duration("wait", 2*time.Second, "how long a request may wait for agreement; the workbench gives up after 5s")
			return func(c *call) int { return c.maelstrom(*flush, *wait) }
		},
	}
}

func (c *call) maelstrom(flush, wait time.Duration) int {
	if len(c.args) != 1 {
		return c.usage("name one program")
	}
	if c.args[0] == "-" {
		return c.usage("standard input carries the messages; name a file")
	}
	if flush < 0 || wait <= 0 {
		return c.usage("--flush cannot be negative, and --wait must be more than nothing")
	}
	p, code := c.compilePortable(c.args[0])
	if p == nil {
		return code
	}
	if code := c.runnable(p.Program); code != exitDone {
		return code
	}
	artifact, err := ir.Encode(p.Program)
	if err == nil {
		err = maelstrom.Run(maelstrom.Options{
			Program: p.Program, Artifact: artifact, In: c.stdin, Out: c.stdout, Flush: flush, Wait: wait,
			Log: func(format string, args ...any) { fmt.Fprintf(c.stderr, format+"\n", args...) },
		})
	}
	if err != nil {
		return c.fail(exitProgram, "%v", err)
	}
	return exitDone
}

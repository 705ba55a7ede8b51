package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"
)

func newVerb() verb {
	return verb{
		name:  "new",
		args:  "NAME",
		short: "begin a program in a folder of its own",
		long: `Writes NAME/NAME.lasp, a small program with a test, and NAME/events.jsonl,
events that it can be run with. What is there already stays as it is.`,
		setup: func(*pflag.FlagSet) action { return newProgram },
	}
}

// newProgramText is a program that checks, runs and passes its test as it
// stands; it shows a cell, an input, a definition and a view.
const newProgramText = `/// What anybody added, anywhere. A set that only grows merges without conflict.
shared items: GSet[String]

input add(item: String)
on add(item) { items.add(item) }

let count = size(items)
show items
show count

test "what is added anywhere is seen everywhere" {
  replicas a, b
  at a { add("apple") }
  at b { add("pear") }
  sync
  expect items == {"apple", "pear"}
  expect count == 2
}
`

const newEventsText = `{"input":"add","args":{"item":"apple"}}
{"input":"add","args":{"item":"pear"}}
`

func newProgram(c *call) int {
	if len(c.args) != 1 || c.args[0] == "" {
		return c.usage("name the program")
	}
	dir := filepath.Clean(c.args[0])
	program := filepath.Join(dir, filepath.Base(dir)+".lasp")
	events := filepath.Join(dir, "events.jsonl")
	if base := filepath.Base(dir); base == "." || base == ".." || base == string(filepath.Separator) {
		return c.usage("%q is no name for a program", c.args[0])
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return c.fail(exitProgram, "%v", err)
	}
	for _, f := range []struct{ name, text string }{{program, newProgramText}, {events, newEventsText}} {
		if err := writeNew(f.name, f.text); err != nil {
			return c.fail(exitProgram, "%v", err)
		}
	}
	fmt.Fprintf(c.stdout, "wrote %s and %s\n\n  laspc check %s\n  laspc test %s\n  laspc run %s --input %s\n", program, events, program, program, program, events)
	return exitDone
}

// writeNew writes a file that must not be there yet.
func writeNew(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already", name)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

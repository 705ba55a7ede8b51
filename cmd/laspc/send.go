package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/laspc/lasp/client"
	"github.com/spf13/pflag"
)

func sendVerb() verb {
	return verb{
		name:  "send",
		args:  "INPUT [ARG...] | CELL.OP [ARG...] | --events FILE",
		short: "give an event to a cluster",
		long: `Each ARG is the next argument, or NAME=VALUE; values are JSON, and text that is
not JSON is a string: ann is one, and so is '"7"', but 7 is a number. CELL.OP
writes a cell directly, --key gives the keys of the maps around it. With
--events the lines of a file are sent (laspc help run shows them), "-" is
standard input. --id is an idempotency key: an event that is sent twice under
one counts once.`,
		setup: func(fs *pflag.FlagSet) action {
			r := remoteFlags(fs)
			id := fs.String("id", "", "idempotency key; default: a new one")
			keys := fs.StringArray("key", nil, "key of a map around the cell, outermost first")
			events := fs.String("events", "", "file of events, a JSON line each")
			return func(c *call) int {
				if *events != "" && len(c.args) == 0 {
					return c.withClient(r, func(cl *client.Client) error { return sendFile(c, cl, *events, *id) })
				}
				if len(c.args) == 0 || *events != "" {
					return c.usage("name an input, a cell's operation, or a file of events")
				}
				e, err := eventOf(c.args[0], *keys, c.args[1:])
				if err != nil {
					return c.usage("%v", err)
				}
				e.ID = *id
				return c.withClient(r, func(cl *client.Client) error { return sendOne(c, cl, r.json, e) })
			}
		},
	}
}

// eventOf reads an event from the command line.
func eventOf(what string, keys, args []string) (client.Event, error) {
	var e client.Event
	cell, op, isCell := strings.Cut(what, ".")
	list, named := []any{}, map[string]any{}
	for _, a := range args {
		name, val, ok := strings.Cut(a, "=")
		if ok && !isCell && isName(name) {
			if _, twice := named[name]; twice {
				return e, fmt.Errorf("the argument %s is given twice", name)
			}
			named[name] = jsonOrText(val)
			continue
		}
		list = append(list, jsonOrText(a))
	}
	if len(list) > 0 && len(named) > 0 {
		return e, errors.New("give all arguments by name or all by place")
	}
	e.Args = list
	if len(named) > 0 {
		e.Args = named
	}
	if !isCell {
		if len(keys) > 0 {
			return e, errors.New("--key is for CELL.OP")
		}
		e.Input = what
		return e, nil
	}
	e.Cell, e.Op = cell, op
	for _, k := range keys {
		e.Keys = append(e.Keys, jsonOrText(k))
	}
	return e, nil
}

func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_0123456789") == ""
}

// jsonOrText is a JSON value, or a string where the text is none.
func jsonOrText(text string) any {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}

func sendOne(c *call, cl *client.Client, asJSON bool, e client.Event) error {
	if e.ID == "" {
		e.ID = client.NewKey()
	}
	answers, err := cl.Batch(context.Background(), "", []client.Event{e})
	if err != nil {
		return err
	}
	a := answers[0]
	switch {
	case a.Error != nil && a.Error.Code == "L0631": // nobody knows whether it was done
		a.Error.Hint = fmt.Sprintf("ask again with --id %s: it is done once, and the answer is the same", e.ID)
		return a.Error
	case a.Error != nil:
		return quoteHint(a.Error, e)
	case asJSON:
		c.printJSON(a)
	case a.Reply != nil:
		fmt.Fprintf(c.stdout, "%s\n", a.Reply)
	default:
		fmt.Fprintln(c.stdout, "ok")
	}
	return nil
}

// quoteHint adds to a refusal of an argument why text such as 7 did not become a
// string, where that may be the reason.
func quoteHint(refused *client.Error, e client.Event) error {
	if refused.Code != "L0607" || refused.Hint != "" || !strings.Contains(refused.Message, "expected a string") {
		return refused
	}
	_, bare, found := strings.Cut(refused.Message, "expected a string, found ")
	if found && json.Valid([]byte(bare)) {
		refused.Hint = fmt.Sprintf(`%s is JSON for something else; the string is '"%s"', with both kinds of quotes`, bare, bare)
	}
	return refused
}

// sendFile sends a file of events in parts, and tells the first that failed.
func sendFile(c *call, cl *client.Client, path, id string) error {
	var text []byte
	var err error
	if path == "-" {
		text, err = io.ReadAll(c.stdin)
	} else if text, err = os.ReadFile(path); err != nil {
		err = fileError(path, err)
	}
	if err != nil {
		return err
	}
	if id == "" {
		id = client.NewKey()
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	const part = 5000
	for from := 0; from < len(lines); from += part {
		body := bytes.Join(lines[from:min(from+part, len(lines))], []byte("\n"))
		answers, err := cl.Lines(context.Background(), fmt.Sprintf("%s/%d", id, from), body)
		if err != nil {
			return err
		}
		for i, a := range answers {
			if a.Error != nil {
				return fmt.Errorf("%s, event %d: %w", path, from+i+1, a.Error)
			}
			if a.Reply != nil {
				fmt.Fprintf(c.stdout, "%s\n", a.Reply)
			}
		}
	}
	fmt.Fprintf(c.stderr, "sent %s\n", plural(len(lines), "event"))
	return nil
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/laspc/lasp/client"
	"github.com/spf13/pflag"
)

func sendVerb() verb {
	return verb{
		name:  "send",
		args:  "INPUT [ARG...] | CELL.OP [ARG...] | --events FILE",
		short: "give an event to a cluster",
		long: `Each ARG is the next argument, or NAME=VALUE; values are JSON, and text that is
not JSON is a string. CELL.OP writes a cell directly, --key gives the keys of the
maps around it. With --events the lines of a file are sent, "-" is standard input.
--id is an idempotency key: an event that is sent twice under one counts once.`,
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
	answers, err := cl.Batch(context.Background(), "", []client.Event{e})
	if err != nil {
		return err
	}
	a := answers[0]
	switch {
	case a.Error != nil:
		return a.Error
	case asJSON:
		c.printJSON(a)
	case a.Reply != nil:
		fmt.Fprintf(c.stdout, "%s\n", a.Reply)
	default:
		fmt.Fprintln(c.stdout, "ok")
	}
	return nil
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

func queryVerb() verb {
	return verb{
		name:  "query",
		args:  "EXPR",
		short: "evaluate an expression where the data is",
		setup: func(fs *pflag.FlagSet) action {
			r := remoteFlags(fs)
			return func(c *call) int {
				if len(c.args) != 1 {
					return c.usage("give one expression, in quotes")
				}
				return c.withClient(r, func(cl *client.Client) error {
					s, err := cl.Query(context.Background(), c.args[0], r.form())
					if err == nil {
						c.printShown("", s, r.json)
					}
					return err
				})
			}
		},
	}
}

func (r *remote) form() client.Form {
	if r.json {
		return client.JSON
	}
	return client.Text
}

// printShown prints a value, as text after its name.
func (c *call) printShown(name string, s client.Shown, asJSON bool) {
	switch {
	case asJSON:
		c.printJSON(s)
	case name != "":
		fmt.Fprintf(c.stdout, "%s = %s\n", name, s.Text)
	default:
		fmt.Fprintln(c.stdout, s.Text)
	}
}

func watchVerb() verb {
	return verb{
		name:  "watch",
		args:  "[NAME]",
		short: "follow a live view; without a name print all of them",
		setup: func(fs *pflag.FlagSet) action {
			r := remoteFlags(fs)
			count := fs.Int("count", 0, "stop after so many values; 0 is never")
			return func(c *call) int {
				if len(c.args) > 1 {
					return c.usage("name one view")
				}
				return c.withClient(r, func(cl *client.Client) error {
					if len(c.args) == 0 {
						return printShows(c, cl, r)
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
	if errors.Is(err, errEnough) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func statusVerb() verb {
	return verb{
		name:  "status",
		short: "how a node is doing",
		setup: func(fs *pflag.FlagSet) action {
			r := remoteFlags(fs)
			digest := fs.Bool("digest", false, "with a hash of the node's state")
			return func(c *call) int {
				return c.withClient(r, func(cl *client.Client) error {
					s, err := cl.Status(context.Background(), *digest)
					if err != nil {
						return err
					}
					if r.json {
						c.printJSON(s)
						return nil
					}
					printStatus(c.stdout, s)
					return nil
				})
			}
		},
	}
}

func printStatus(out io.Writer, s client.Status) {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	defer w.Flush()
	program := "none"
	if s.Replica.Version > 0 {
		program = fmt.Sprintf("version %d (%.12s)", s.Replica.Version, s.Replica.Hash)
	}
	fmt.Fprintf(w, "node\t%s\n", s.Node)
	fmt.Fprintf(w, "incarnation\t%d, %s\n", s.Incarnation, s.Why)
	fmt.Fprintf(w, "cluster\t%s\n", s.Cluster)
	fmt.Fprintf(w, "addresses\tnodes %s, api %s\n", s.Addr, s.API)
	fmt.Fprintf(w, "data\t%s, durability %s\n", s.Data, s.Durability)
	fmt.Fprintf(w, "up\t%s\n", (time.Duration(s.Uptime) * time.Second).String())
	fmt.Fprintf(w, "program\t%s\n", program)
	fmt.Fprintf(w, "turns\t%d known\n", s.Replica.Turns)
	if s.Digest != "" {
		fmt.Fprintf(w, "digest\t%s\n", s.Digest)
	}
	if s.ReadOnly != "" {
		fmt.Fprintf(w, "READ-ONLY\t%s\n", s.ReadOnly)
	}
	if s.CutOff {
		fmt.Fprintf(w, "CUT OFF\tby command\n")
	}
	for _, p := range s.Replica.Peers {
		link := "no link"
		if p.Linked {
			link = "linked"
		}
		fmt.Fprintf(w, "peer %s\t%s, has not acknowledged %s\n", p.Name, link, plural(int(p.Lacks), "turn"))
	}
	fmt.Fprintf(w, "traffic\t%d bytes sent, %d received, %d logged in %d fsyncs\n",
		s.Counters["bytes_sent"], s.Counters["bytes_received"], s.Counters["log_bytes"], s.Counters["fsyncs"])
}

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

package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/laspc/lasp/client"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/spf13/pflag"
)

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
	if e := s.Replica.Escrow; e != nil {
		waits := ""
		if len(e.Unheard) > 0 {
			waits = "; rights of earlier lives wait for " + strings.Join(e.Unheard, ", ")
		}
		fmt.Fprintf(w, "rights\t%d refusals, %s%s\n", e.Refused, plural(int(e.Moved), "move"), waits)
	}
	if s.Digest != "" {
		fmt.Fprintf(w, "digest\t%s\n", s.Digest)
	}
	if s.ReadOnly != "" {
		fmt.Fprintf(w, "READ-ONLY\t%s\n", s.ReadOnly)
	}
	if s.CutOff {
		fmt.Fprintf(w, "CUT OFF\tby command\n")
	}
	if len(s.Replica.Tags) > 0 {
		fmt.Fprintf(w, "tags\t%s\n", strings.Join(s.Replica.Tags, " "))
	}
	if held := placement(s.Replica.Holds); held != "" {
		fmt.Fprintf(w, "holds\t%s\n", held)
	}
	if moving := placement(s.Replica.Moving); moving != "" {
		fmt.Fprintf(w, "MOVING\t%s\n", moving)
	}
	if s.Replica.Outbox > 0 {
		fmt.Fprintf(w, "OUTBOX\t%s for a node that holds what is written\n", plural(s.Replica.Outbox, "write"))
	}
	if waits := s.Replica.Requests.WaitsFor; len(waits) > 0 {
		fmt.Fprintf(w, "REQUESTS\t%s remembered, also old ones: waits for %s\n", plural(s.Replica.Requests.Remembered, "request"), strings.Join(waits, " "))
	}
	if s.Order != nil {
		printOrder(w, s.Order)
	}
	for _, p := range s.Replica.Peers {
		link := "no link"
		if p.Linked {
			link = "linked"
		}
		has := "has everything"
		if p.Lacks > 0 {
			has = "has not acknowledged " + plural(int(p.Lacks), "turn")
		}
		fmt.Fprintf(w, "peer %s\t%s, %s\n", p.Name, link, has)
		if p.Differs {
			fmt.Fprintf(w, "DIFFERS\tfrom %s for good; see `laspc explain L0609`\n", p.Name)
		}
	}
	fmt.Fprintf(w, "traffic\t%d bytes sent, %d received, %d logged in %d fsyncs\n",
		s.Counters["bytes_sent"], s.Counters["bytes_received"], s.Counters["log_bytes"], s.Counters["fsyncs"])
}

// placement says in a few words which placed groups a node has.
func placement(groups []string) string {
	shards := map[string]int{}
	var parts []string
	for _, g := range groups {
		if tag, is := strings.CutPrefix(g, "@"); is {
			parts = append(parts, fmt.Sprintf("what is at %q", tag))
			continue
		}
		replicas, _, _ := strings.Cut(g, "/")
		shards[replicas]++
	}
	for _, n := range slices.Sorted(maps.Keys(shards)) {
		parts = append(parts, fmt.Sprintf("%d of %d shards (%s replicas)", shards[n], replica.Shards, n))
	}
	return strings.Join(parts, ", ")
}

// printOrder prints the agreed order and what was decided in it for this node.
func printOrder(w io.Writer, o *client.Order) {
	leader := "no leader is known"
	if o.Leader != "" {
		leader = fmt.Sprintf("led by %s in term %d", o.Leader, o.Term)
	}
	voters := ""
	if len(o.Voters) > 0 {
		voters = ", decided by " + strings.Join(o.Voters, ", ")
	}
	fmt.Fprintf(w, "order\t%s%s\n", leader, voters)
	if o.Entries > 0 {
		fmt.Fprintf(w, "entries\t%d since the start, with %s\n", o.Entries, plural(int(o.Decided), "request"))
	}
	if len(o.Missing) > 0 {
		fmt.Fprintf(w, "MISSING\t%s\n", strings.Join(o.Missing, ", "))
	}
	if len(o.WaitsFor) > 0 {
		fmt.Fprintf(w, "WAITS\tfor %s: a barrier is not complete\n", strings.Join(o.WaitsFor, ", "))
	}
	if len(o.Sealing) > 0 {
		fmt.Fprintf(w, "sealing\t%s\n", strings.Join(o.Sealing, ", "))
	}
	for _, p := range o.Points {
		seconds := func(s float64) time.Duration {
			return time.Duration(s * float64(time.Second)).Round(100 * time.Microsecond)
		}
		fmt.Fprintf(w, "decided\t%s: %d, %d refused, %d waiting; mean %s, slowest %s\n", p.At, p.Done, p.Refused, p.Waiting, seconds(p.Mean), seconds(p.Slowest))
	}
}

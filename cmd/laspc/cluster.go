package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/laspc/lasp/runtime/cluster"
	"github.com/spf13/pflag"
)

func clusterVerb() verb {
	return verb{
		name:  "cluster",
		args:  "up -n N [FILE] | down | ls",
		short: "start and stop a cluster of real nodes on this machine",
		long: `up starts N nodes as processes of their own on loopback, with certificates,
keys, tokens and data directories under LASP_HOME, deploys FILE if one is
named, and writes the context that the other verbs use. A cluster that was
stopped comes back with its data, and nodes that are missing are started.
down stops it (--purge deletes its data), ls lists the local clusters.`,
		setup: func(fs *pflag.FlagSet) action {
			n := fs.IntP("nodes", "n", 3, "number of nodes; a cluster that is there keeps its own")
			name := fs.String("name", "main", "name of the cluster")
			durability := fs.String("durability", "group", "what an answer waits for: none, group or fsync")
			purge := fs.Bool("purge", false, "down: delete certificates and data too")
			tags := fs.StringArray("tag", nil, "tag of a node, NODE=TAG; kept for the next start")
			set := fs.StringArray("set", nil, "parameter of the program, p=v")
			asJSON := fs.Bool("json", false, "print JSON")
			return func(c *call) int {
				if len(c.args) == 0 {
					return c.usage("say up, down or ls")
				}
				home, err := openHome()
				if err == nil {
					err = cluster.CheckName(*name)
				}
				if err != nil {
					return c.usage("%v", err)
				}
				l := localCluster{name: *name, dir: home.path("clusters", *name)}
				if has := len(l.nodes()); has > 0 && !fs.Changed("nodes") {
					*n = has
				}
				switch verb, rest := c.args[0], c.args[1:]; {
				case verb == "up" && len(rest) <= 1 && *n >= 1 && *n <= 100:
					return clusterUp(c, home, l, *n, *durability, *set, *tags, *asJSON)
				case verb == "down" && len(rest) == 0:
					return clusterDown(c, home, l, *purge)
				case verb == "ls" && len(rest) == 0:
					return clusterList(c, home, *asJSON)
				}
				return c.usage("say `cluster up -n N [FILE]` with 1 to 100 nodes, `cluster down` or `cluster ls`")
			}
		},
	}
}

func clusterUp(c *call, home lasphome, l localCluster, n int, durability string, set, tags []string, asJSON bool) int {
	up := 0
	for _, name := range l.nodes() {
		if _, ok := l.running(name); ok {
			up++
		}
	}
	if up > 0 && up >= max(n, len(l.nodes())) {
		return c.fail(exitProgram, "the cluster %q is up already; %s", l.name, afterUp(c.args[1:]))
	}
	var artifact []byte
	if len(c.args) > 1 {
		var code int
		if artifact, code = c.artifact(c.args[1], set); code != exitDone {
			return code
		}
	}
	if err := l.create(n); err != nil {
		return c.fail(exitProgram, "%v", err)
	}
	if err := l.setTags(tags); err != nil {
		return c.fail(exitProgram, "%v", err)
	}
	how := startOptions{flags: []string{"--durability", durability}}
	started, err := l.startAll(how)
	if err != nil {
		for _, p := range started {
			l.stop(p.name)
		}
		return c.fail(exitProgram, "%v", err)
	}
	if err = home.writeContext(l.context()); err == nil {
		err = l.awaitLinks(how, 30*time.Second)
	}
	if err != nil {
		return c.fail(exitProgram, "%v", err)
	}
	if artifact != nil {
		if err := l.deployAll(artifact, 30*time.Second); err != nil {
			return c.failWith(asJSON, err)
		}
	}
	return clusterList(c, home, asJSON)
}

// afterUp says what to do instead of starting a cluster that runs.
func afterUp(files []string) string {
	const others = "`laspc cluster down` stops it, --name starts another"
	if len(files) == 0 {
		return others
	}
	return fmt.Sprintf("`laspc deploy %s` makes the program its active one, %s", files[0], others)
}

// awaitLinks waits until every node has links with all others. A node that stops
// meanwhile is started once more: it does so when it hears from the others that
// its directory lacks what it once wrote, and begins anew at its next start.
func (l localCluster) awaitLinks(how startOptions, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	names := l.nodes()
	again := map[string]bool{}
	// The second look is for a node that stopped after the first one at it.
	for _, name := range append(names, names...) {
		cl, err := l.client(name)
		if err != nil {
			return err
		}
		defer cl.Close()
		for linked := 0; linked < len(names)-1; {
			if err := l.startAgain(how, again); err != nil {
				return err
			}
			members, err := cl.Members(ctx)
			if err != nil && ctx.Err() == nil {
				members, err = nil, nil // it may be starting again
			}
			if err != nil {
				return fmt.Errorf("the nodes have not all found each other after %s: %w", patience, err)
			}
			linked = 0
			for _, m := range members {
				if m.Linked && slices.Contains(names, m.Name) {
					linked++
				}
			}
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	return nil
}

// deployAll deploys a program and waits until all nodes run it: any of them may be
// asked next.
func (l localCluster) deployAll(artifact []byte, patience time.Duration) error {
	first, err := l.client(l.nodes()[0])
	if err != nil {
		return err
	}
	defer first.Close()
	version, err := first.Deploy(context.Background(), artifact, 0)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, name := range l.nodes() {
		cl, err := l.client(name)
		if err != nil {
			return err
		}
		defer cl.Close()
		for {
			s, err := cl.Status(ctx, false)
			if err == nil && s.Replica.Version >= version {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("version %d is active, and %s does not run it after %s: its log is %s", version, name, patience, l.path("nodes", name, "log"))
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	return nil
}

// startAgain starts the nodes that have stopped, each once.
func (l localCluster) startAgain(how startOptions, done map[string]bool) error {
	for _, name := range l.nodes() {
		if _, ok := l.running(name); ok {
			continue
		}
		if done[name] {
			return fmt.Errorf("node %s stops again: %s", name, l.lastWords(name))
		}
		done[name] = true
		if err := l.onceMore(name, how, nil); err != nil {
			return err
		}
	}
	return nil
}

func clusterDown(c *call, home lasphome, l localCluster, purge bool) int {
	names := l.nodes()
	if len(names) == 0 {
		return c.fail(exitProgram, "there is no local cluster %q; `laspc cluster ls` lists them", l.name)
	}
	var errs []error
	stopped := 0
	for _, name := range names {
		if _, ok := l.running(name); ok {
			stopped++
		}
		errs = append(errs, l.stop(name))
	}
	if purge {
		home.dropContext(l.name)
		errs = append(errs, os.RemoveAll(l.dir))
	}
	if err := errors.Join(errs...); err != nil {
		return c.fail(exitProgram, "%v", err)
	}
	fmt.Fprintf(c.stdout, "stopped %s of cluster %s\n", plural(stopped, "node"), l.name)
	return exitDone
}

// nodeRow is a node in `laspc cluster ls`.
type nodeRow struct {
	Cluster string `json:"cluster"`
	Node    string `json:"node"`
	State   string `json:"state"` // up or down
	PID     int    `json:"pid,omitempty"`
	Addr    string `json:"addr,omitempty"`
	API     string `json:"api,omitempty"`
}

func clusterList(c *call, home lasphome, asJSON bool) int {
	rows := []nodeRow{}
	entries, _ := os.ReadDir(home.path("clusters")) // none is an empty list
	for _, e := range entries {
		l := localCluster{name: e.Name(), dir: home.path("clusters", e.Name())}
		for _, name := range l.nodes() {
			row := nodeRow{Cluster: l.name, Node: name, State: "down"}
			if pid, ok := l.running(name); ok {
				s, _ := l.served(name)
				row.State, row.PID, row.Addr, row.API = "up", pid, s.Addr, s.API
			}
			rows = append(rows, row)
		}
	}
	if asJSON {
		c.printJSON(rows)
		return exitDone
	}
	if len(rows) == 0 {
		fmt.Fprintln(c.stderr, "there is no local cluster; `laspc cluster up -n 3` starts one")
		return exitDone
	}
	w := tabwriter.NewWriter(c.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "cluster\tnode\tstate\tprocess\tapi\tnodes")
	for _, r := range rows {
		pid := ""
		if r.PID > 0 {
			pid = fmt.Sprint(r.PID)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Cluster, r.Node, r.State, pid, r.API, r.Addr)
	}
	w.Flush()
	return exitDone
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/laspc/lasp/runtime/api"
	"github.com/laspc/lasp/runtime/cluster"
	"github.com/laspc/lasp/runtime/disk"
	"github.com/laspc/lasp/runtime/node"
	"github.com/spf13/pflag"
)

// tokensFile is the file of a node's TLS directory that lists the tokens which
// its API takes.
const tokensFile = "tokens"

// nodeFlags are the flags of `laspc node`.
type nodeFlags struct {
	node.Options
	config     string
	api        string
	durability string
	ready      string
	exchange   string
	withStdin  bool
}

func nodeVerb() verb {
	return verb{
		name:  "node",
		args:  "--name NAME --data DIR --tls DIR [--join ADDR,...]",
		short: "run one node of a cluster",
		long: `Runs until it is interrupted. "laspc cluster up" makes everything that a node
needs and starts several on this machine; by hand, --tls names a folder with
ca.crt, node.crt, node.key, gossip.key and tokens, and where invariants bound
counters away from 0 also founders, the same names on every node, one a line:
the nodes that share the room between 0 and the bounds.

A node that comes back with its data directory goes on where it was. Without it
a new incarnation begins, and what it had comes from the other nodes.`,
		setup: func(fs *pflag.FlagSet) action {
			f := &nodeFlags{}
			fs.StringVar(&f.Name, "name", "", "name of the node, as in its certificate")
			fs.StringVar(&f.config, "config", "", "file with these settings, one \"key = value\" per line")
			fs.StringVar(&f.Data, "data", "", "folder of the node's data")
			fs.StringVar(&f.TLS, "tls", "", "folder of its certificates and tokens")
			fs.StringVar(&f.Bind, "bind", "127.0.0.1:0", "address for other nodes; port 0 is any free one, the same after a restart")
			fs.StringVar(&f.Advertise, "advertise", "", "address that others are told instead of --bind")
			fs.StringVar(&f.api, "api", "127.0.0.1:0", "address for clients")
			fs.StringSliceVar(&f.Join, "join", nil, "addresses of other nodes")
			fs.StringSliceVar(&f.Tags, "tag", nil, "tags of this node")
			fs.StringVar(&f.Membership, "membership", "full", "who links with whom: full")
			fs.StringVar(&f.durability, "durability", "group", "what an answer waits for: none, group or fsync")
			fs.StringVar(&f.exchange, "anti-entropy", "1s", "how often nodes compare what they have; \"never\" is for experiments")
			fs.StringVar(&f.ready, "ready-file", "", "file that tells the node's addresses once it serves")
			fs.BoolVar(&f.withStdin, "with-stdin", false, "stop when standard input ends")
			return func(c *call) int { return runNode(c, fs, f) }
		},
	}
}

func runNode(c *call, fs *pflag.FlagSet, f *nodeFlags) int {
	if len(c.args) > 0 {
		return c.usage("%q is not a flag", c.args[0])
	}
	err := readConfig(fs, f.config)
	if err == nil {
		f.Durability, err = disk.ParseDurability(f.durability)
	}
	if err == nil {
		f.Replica.AntiEntropy, err = parsePeriod(f.exchange)
	}
	switch {
	case err != nil:
	case f.Name == "":
		err = errors.New("say --name NAME")
	case f.Data == "":
		err = errors.New("say --data DIR")
	case f.TLS == "":
		err = errors.New("say --tls DIR (`laspc cluster up` makes certificates)")
	}
	if err != nil {
		return c.usage("%v", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if f.withStdin {
		go untilEnd(c.stdin, stop)
	}
	if path := os.Getenv(lifelineVar); path != "" {
		pipe, err := os.Open(path)
		if err != nil {
			return c.usage("%v", fileError(path, err))
		}
		defer pipe.Close()
		go untilEnd(pipe, stop)
	}
	keepFloor()
	if err := serve(ctx, c, f); err != nil {
		return c.fail(exitProgram, "%v", err)
	}
	return exitDone
}

// lifelineVar names a pipe. A node in whose environment it is set stops when
// nobody holds the pipe's other end any more, so that nodes which a test started
// through other processes do not outlive it.
const lifelineVar = "LASP_LIFELINE"

// untilEnd reads r to its end and calls stop.
func untilEnd(r io.Reader, stop func()) {
	io.Copy(io.Discard, r) // an error ends it as well
	stop()
}

// parsePeriod reads the period of anti-entropy; "never" is negative.
func parsePeriod(text string) (time.Duration, error) {
	if text == "never" {
		return -1, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 10*time.Millisecond {
		return 0, fmt.Errorf("--anti-entropy %q: say a time such as 1s, at least 10ms, or never", text)
	}
	return d, nil
}

// readConfig sets the flags that a file names and the command line does not.
func readConfig(fs *pflag.FlagSet, path string) error {
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fileError(path, err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		key, val, ok := strings.Cut(line, "=")
		key = strings.TrimSpace(key)
		if !ok || fs.Lookup(key) == nil || key == "config" {
			return fmt.Errorf("%s:%d: want `key = value` where key is a flag of `laspc node`", path, i+1)
		}
		if fs.Changed(key) {
			continue
		}
		val = strings.NewReplacer(`"`, "", "[", "", "]", "", " ", "").Replace(strings.TrimSpace(val))
		if err := fs.Set(key, val); err != nil {
			return fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
	}
	return nil
}

// served is what the ready file tells.
type served struct {
	Node string `json:"node"`
	Addr string `json:"addr"`
	API  string `json:"api"`
	PID  int    `json:"pid"`
}

// serve runs node and API until the context ends or the node fails.
func serve(ctx context.Context, c *call, f *nodeFlags) error {
	tokens, err := readTokens(filepath.Join(f.TLS, tokensFile))
	if err != nil {
		return err
	}
	listener, err := listenAPI(f)
	if err != nil {
		return err
	}
	f.Options.API = listener.Addr().String()
	f.Log = lineLog(c.stderr, f.Name)
	n, err := node.Start(f.Options)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	leaving := false
	host, _, _ := net.SplitHostPort(f.Options.API)
	server := api.Server(n, api.Options{
		Tokens: tokens,
		Hosts:  []string{host},
		Leave:  func() { leaving = true; cancel() },
	})
	go server.ServeTLS(listener, "", "") // ends with Close
	f.Log("serving", "addr", n.Addr(), "api", f.Options.API)
	if f.ready != "" {
		err = writeReady(f.ready, served{f.Name, n.Addr(), f.Options.API, os.Getpid()})
	}
	if err == nil {
		n.Wait(ctx)
	}
	if leaving { // whoever asked for it sees by the API when it is over
		err = errors.Join(err, n.Leave(2*time.Second))
	}
	down, end := context.WithTimeout(context.Background(), 2*time.Second)
	defer end()
	if server.Shutdown(down) != nil {
		server.Close() // streams of events do not end by themselves
	}
	if leaving {
		return err
	}
	return errors.Join(err, n.Close())
}

func readTokens(path string) (api.Tokens, error) {
	file, err := os.Open(path)
	if err != nil {
		return api.Tokens{}, fileError(path, err)
	}
	defer file.Close()
	tokens, err := api.ReadTokens(file)
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return tokens, err
}

// listenAPI opens the listener for clients. Where any port will do, the one of
// the last run is tried first, so that contexts stay right.
func listenAPI(f *nodeFlags) (net.Listener, error) {
	host, port, err := net.SplitHostPort(f.api)
	if err != nil {
		return nil, fmt.Errorf("--api %q is not an address: want \"ip:port\"", f.api)
	}
	kept := filepath.Join(f.Data, "api.port")
	if before, err := os.ReadFile(kept); err == nil && port == "0" {
		if l, err := net.Listen("tcp", net.JoinHostPort(host, strings.TrimSpace(string(before)))); err == nil {
			return l, nil
		}
	}
	l, err := net.Listen("tcp", f.api)
	if err != nil {
		return nil, cluster.ListenError(f.api, err)
	}
	_, port, _ = net.SplitHostPort(l.Addr().String())
	if err := keepPort(f.Data, kept, port); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// keepPort writes the port down in the data directory, which is made if there is none.
func keepPort(dir, file, port string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("--data %s is a file; name a folder, which is made if there is none", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("--data %s: the folder cannot be made: %w", dir, err)
	}
	if err := os.WriteFile(file, []byte(port+"\n"), 0o600); err != nil {
		return fmt.Errorf("--data %s: nothing can be written there: %w", dir, err)
	}
	return nil
}

// writeReady replaces the ready file as a whole, so that no reader sees half.
func writeReady(path string, s served) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", append(data, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// lineLog writes a line per event: time, node, sentence, pairs.
func lineLog(w io.Writer, name string) cluster.Log {
	var mu sync.Mutex
	return func(sentence string, pairs ...any) {
		var b strings.Builder
		fmt.Fprintf(&b, "%s %s: %s", time.Now().Format("15:04:05.000"), name, sentence)
		for i := 0; i+1 < len(pairs); i += 2 {
			if text := fmt.Sprint(pairs[i+1]); text != "" {
				fmt.Fprintf(&b, "; %v: %s", pairs[i], text)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(w, b.String())
	}
}

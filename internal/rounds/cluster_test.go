package rounds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/client"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/runtime/api"
	"github.com/laspc/lasp/runtime/cluster"
	"github.com/laspc/lasp/runtime/node"
)

// laspc is the command that the nodes run.
var laspc string

// TestMain builds the command.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "rounds")
	if err == nil {
		laspc = filepath.Join(dir, "laspc")
		var out []byte
		if out, err = exec.Command("go", "build", "-o", laspc, "github.com/laspc/lasp/cmd/laspc").CombinedOutput(); err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

const adminToken = "admin-token"

// nodes is a cluster of processes and the network between them.
type nodes struct {
	t   testing.TB
	dir string
	ca  []byte
	net *network
	all []*proc
}

// proc is one node, whether it runs or not.
type proc struct {
	name, dir string
	api       string // where clients reach it
	addr      string // where others do, through the network
	own       string // where it listens
	tags      []string
	client    *client.Client

	cmd     *exec.Cmd // nil while it does not run
	stdin   io.Closer
	stopped bool
	started bool // at least once
}

// newNodes makes the directories and certificates of nodes.
func newNodes(t testing.TB, names []string, tags map[string][]string) *nodes {
	t.Helper()
	c := &nodes{t: t, dir: t.TempDir(), net: newNetwork()}
	c.net.who = c.owner
	ca, err := cluster.NewAuthority(filepath.Join(c.dir, "ca"), "test")
	if err == nil {
		c.ca, err = os.ReadFile(filepath.Join(c.dir, "ca", cluster.CAFile))
	}
	if err != nil {
		t.Fatal(err)
	}
	key := cluster.NewGossipKey()
	for _, name := range names {
		p := &proc{name: name, dir: filepath.Join(c.dir, name), tags: tags[name], api: freeAddr(t), own: freeAddr(t)}
		tls := filepath.Join(p.dir, "tls")
		err := ca.Issue(tls, name)
		for file, text := range map[string]string{
			cluster.GossipFile: key + "\n", "tokens": api.TokenLine(api.Admin, adminToken), node.FoundersFile: strings.Join(names, "\n") + "\n",
		} {
			err = errors.Join(err, os.WriteFile(filepath.Join(tls, file), []byte(text), 0o600))
		}
		if err == nil {
			p.addr, err = c.net.front(name, p.own)
		}
		if err == nil {
			p.client, err = client.New(client.Options{Addrs: []string{p.api}, CA: c.ca, Token: adminToken})
		}
		if err != nil {
			t.Fatal(err)
		}
		c.all = append(c.all, p)
	}
	t.Cleanup(c.end)
	return c
}

// startAll starts the first n nodes.
func (c *nodes) startAll(n int) {
	for i, p := range c.all[:n] {
		c.start(p)
		if i == 0 {
			c.await(p) // the first founds the cluster
		}
	}
	for _, p := range c.all[:n] {
		c.await(p)
	}
}

// given are the ports that were given out.
var given = map[int]bool{}

// freeAddr is an address that nobody has, below those that the system gives to
// connections, so that it is still free when a node comes back to it.
func freeAddr(t testing.TB) string {
	for range 1000 {
		port := 12000 + rand.IntN(18000)
		if given[port] {
			continue
		}
		given[port] = true
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		if l, err := net.Listen("tcp", addr); err == nil {
			l.Close()
			return addr
		}
	}
	t.Fatal("no port is free")
	return ""
}

// end ends all processes, also those that are stopped.
func (c *nodes) end() {
	for _, p := range c.all {
		c.kill(p)
		p.client.Close()
		if text, err := os.ReadFile(filepath.Join(p.dir, "log")); err == nil && c.t.Failed() {
			c.t.Logf("log of %s:\n%s", p.name, text)
		}
	}
	c.net.close()
}

// owner names the node whose process has a connection from a local address.
func (c *nodes) owner(addr string) string {
	inode := socketOf(addr)
	if inode == "" {
		return ""
	}
	c.net.mu.Lock()
	pids := map[string]int{}
	for _, p := range c.all {
		if p.cmd != nil {
			pids[p.name] = p.cmd.Process.Pid
		}
	}
	c.net.mu.Unlock()
	for name, pid := range pids {
		if hasSocket(pid, inode) {
			return name
		}
	}
	return ""
}

// start starts the process of a node.
func (c *nodes) start(p *proc) {
	c.t.Helper()
	log, err := os.OpenFile(filepath.Join(p.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		c.t.Fatal(err)
	}
	defer log.Close()
	var join []string
	for _, o := range c.all {
		if o != p && (o.cmd != nil || p.started) {
			join = append(join, o.addr)
		}
	}
	p.started = true
	args := []string{"node", "--name", p.name, "--data", filepath.Join(p.dir, "data"), "--tls", filepath.Join(p.dir, "tls"), "--bind", p.own,
		"--advertise", p.addr, "--api", p.api, "--with-stdin"}
	if len(join) > 0 {
		args = append(args, "--join", strings.Join(join, ","))
	}
	for _, tag := range p.tags {
		args = append(args, "--tag", tag)
	}
	cmd := exec.Command(laspc, args...)
	cmd.Stdout, cmd.Stderr = log, log
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.net.mu.Lock()
	p.cmd, p.stdin = cmd, stdin
	c.net.mu.Unlock()
}

// await waits until a node answers.
func (c *nodes) await(p *proc) {
	c.t.Helper()
	eventually(c.t, p.name+" answers", func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_, err := p.client.Status(ctx, false)
		return err
	})
}

// kill ends a process without a word, and waits until it is gone.
func (c *nodes) kill(p *proc) {
	if p.cmd == nil {
		return
	}
	p.cmd.Process.Kill() // also ends one that is stopped
	p.cmd.Wait()
	p.stdin.Close()
	c.net.mu.Lock()
	p.cmd, p.stopped = nil, false
	c.net.mu.Unlock()
}

// pause stops a process where it is, or lets it go on.
func (p *proc) pause(on bool) {
	if p.cmd == nil || p.stopped == on {
		return
	}
	p.stopped = on
	sig := syscall.SIGCONT
	if on {
		sig = syscall.SIGSTOP
	}
	p.cmd.Process.Signal(sig)
}

// deploy compiles a program and deploys it, and waits until every node runs it.
func (c *nodes) deploy(text string) {
	c.t.Helper()
	checked, ds := lasp.Check(source.NewFile("rounds.lasp", []byte(text)))
	if diag.HasErrors(ds) {
		c.t.Fatal(ds)
	}
	p, err := lasp.Compile(checked)
	var artifact []byte
	if err == nil {
		artifact, err = ir.Encode(p)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	eventually(c.t, "the program is deployed", func() error {
		_, err := c.all[0].client.Deploy(context.Background(), artifact, 0)
		return err
	})
	for _, p := range c.all {
		if p.cmd == nil {
			continue
		}
		eventually(c.t, p.name+" runs the program", func() error {
			s, err := p.client.Status(context.Background(), false)
			if err == nil && s.Replica.Version == 0 {
				err = errors.New("none runs")
			}
			return err
		})
	}
}

// eventually waits until f has no error.
func eventually(t testing.TB, what string, f func() error) {
	t.Helper()
	err := f()
	for end := time.Now().Add(time.Minute); err != nil && time.Now().Before(end); err = f() {
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		t.Fatalf("not within a minute: %s: %v", what, err)
	}
}

// read asks a node for a cell or a show.
func read[T any](ask func(ctx context.Context, name string, f client.Form) (client.Shown, error), name string) (v T, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s, err := ask(ctx, name, client.JSON)
	if err == nil {
		err = json.Unmarshal(s.Value, &v)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return v, err
}

package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/laspc/lasp"
	"github.com/laspc/lasp/client"
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/runtime/api"
	"github.com/laspc/lasp/runtime/cluster"
	"github.com/laspc/lasp/runtime/disk"
	"github.com/laspc/lasp/runtime/node"
)

// nodeConfig is what a node process of these tests is told, by its environment.
type nodeConfig struct {
	Name, Data, TLS, Ready, API string
	Join                        []string
	Volatile                    bool // bytes that were not synced are lost at a kill
	Durability                  disk.Durability
}

const configVar = "LASP_TEST_NODE"

// TestMain makes this test binary a node where the environment says so.
func TestMain(m *testing.M) {
	if text := os.Getenv(configVar); text != "" {
		var c nodeConfig
		err := json.Unmarshal([]byte(text), &c)
		if err == nil {
			err = runNode(c)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// runNode runs a node until standard input ends.
func runNode(c nodeConfig) error {
	l, err := net.Listen("tcp", c.API)
	if err != nil {
		return err
	}
	o := node.Options{Name: c.Name, Data: c.Data, TLS: c.TLS, Join: c.Join, Durability: c.Durability, API: l.Addr().String()}
	if c.Volatile {
		o.Files = disk.Volatile{FS: disk.OS{}}
	}
	o.Log = func(sentence string, pairs ...any) { fmt.Fprintln(os.Stderr, c.Name, sentence, pairs) }
	n, err := node.Start(o)
	if err != nil {
		return err
	}
	tokens, err := api.ReadTokens(strings.NewReader(api.TokenLine(api.Admin, adminToken)))
	if err != nil {
		return err
	}
	go api.Server(n, api.Options{Tokens: tokens}).ServeTLS(l, "", "")
	if err := os.WriteFile(c.Ready+".new", []byte(n.Addr()+" "+o.API), 0o600); err != nil {
		return err
	}
	if err := os.Rename(c.Ready+".new", c.Ready); err != nil {
		return err
	}
	io.Copy(io.Discard, os.Stdin)
	return n.Close()
}

const adminToken = "admin-token"

// procs is a cluster of node processes.
type procs struct {
	t     *testing.T
	dir   string
	ca    []byte
	seeds []string
	nodes map[string]*proc
}

type proc struct {
	nodeConfig
	cmd    *exec.Cmd
	stdin  io.Closer
	log    *os.File
	client *client.Client
}

func newProcs(t *testing.T, names ...string) *procs {
	t.Helper()
	p := &procs{t: t, dir: t.TempDir(), nodes: map[string]*proc{}}
	ca, err := cluster.NewAuthority(filepath.Join(p.dir, "ca"), "test")
	if err != nil {
		t.Fatal(err)
	}
	key := cluster.NewGossipKey()
	for _, name := range names {
		tls := filepath.Join(p.dir, name, "tls")
		err := errors.Join(ca.Issue(tls, name), os.WriteFile(filepath.Join(tls, cluster.GossipFile), []byte(key), 0o600))
		if err != nil {
			t.Fatal(err)
		}
	}
	if p.ca, err = os.ReadFile(filepath.Join(p.dir, "ca", cluster.CAFile)); err != nil {
		t.Fatal(err)
	}
	return p
}

// start starts a node's process, at its old API address if it had one.
func (p *procs) start(name string, change func(*nodeConfig)) *proc {
	p.t.Helper()
	dir := filepath.Join(p.dir, name)
	n := &proc{nodeConfig: nodeConfig{Name: name, Data: filepath.Join(dir, "data"), TLS: filepath.Join(dir, "tls"),
		Ready: filepath.Join(dir, "ready"), API: "127.0.0.1:0", Join: p.seeds}}
	if old := p.nodes[name]; old != nil {
		n.API = old.API
	}
	if change != nil {
		change(&n.nodeConfig)
	}
	config, err := json.Marshal(n.nodeConfig)
	if err == nil {
		err = os.RemoveAll(n.Ready)
	}
	if err == nil {
		n.log, err = os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	n.cmd = exec.Command(os.Args[0])
	n.cmd.Env = append(os.Environ(), configVar+"="+string(config))
	n.cmd.Stdout, n.cmd.Stderr = n.log, n.log
	if n.stdin, err = n.cmd.StdinPipe(); err == nil {
		err = n.cmd.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.nodes[name] = n
	p.t.Cleanup(func() { n.end(); p.tail(n) })
	var ready []byte
	eventually(p.t, name+" serves", func() bool { ready, err = os.ReadFile(n.Ready); return err == nil })
	addr, apiAddr, _ := strings.Cut(string(ready), " ")
	n.API = apiAddr
	p.seeds = append(p.seeds, addr)
	n.client = p.connect(apiAddr, adminToken)
	return n
}

func (p *procs) connect(addr, token string) *client.Client {
	p.t.Helper()
	c, err := client.New(client.Options{Addrs: []string{addr}, CA: p.ca, Token: token})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(c.Close)
	return c
}

// end stops the process cleanly.
func (n *proc) end() {
	n.stdin.Close()
	n.cmd.Wait()
	n.log.Close()
}

// kill ends the process with SIGKILL.
func (n *proc) kill() {
	n.cmd.Process.Kill()
	n.cmd.Wait()
}

func (p *procs) tail(n *proc) {
	if p.t.Failed() {
		text, _ := os.ReadFile(n.log.Name())
		p.t.Logf("log of %s:\n%s", n.Name, text)
	}
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("not within 30 s: %s", what)
}

// artifact compiles a program.
func artifact(t testing.TB, text string) []byte {
	t.Helper()
	checked, ds := lasp.Check(source.NewFile("test.lasp", []byte(text)))
	if diag.HasErrors(ds) {
		t.Fatal(ds)
	}
	p, err := lasp.Compile(checked)
	if err != nil {
		t.Fatal(err)
	}
	data, err := ir.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const putProgram = `
shared ids: GSet[String]
shared count: GCounter
input put(id: String)
on put(id) { ids.add(id) count.increment() }
show ids
show count
`

// ids asks a node for the ids that it holds.
func ids(n *proc) map[string]bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s, err := n.client.Show(ctx, "ids", client.JSON)
	var list []string
	if err != nil || json.Unmarshal(s.Value, &list) != nil {
		return nil
	}
	all := map[string]bool{}
	for _, id := range list {
		all[id] = true
	}
	return all
}

// TestKillLosesNothingAcknowledged kills a node between acknowledgement and
// replication, and in the middle of inputs, again and again, and compares what
// the client was told with what is there afterwards: with the page cache kept
// as by a kill, and dropped as by a power failure.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	for _, layer := range []string{"kept", "dropped"} {
		t.Run("unsynced bytes "+layer, func(t *testing.T) { killRounds(t, 20, layer == "dropped", disk.Group) })
	}
	// Nothing is synced with durability none, and yet a process that is killed has
	// written what it acknowledged.
	t.Run("durability none", func(t *testing.T) { killRounds(t, 5, false, disk.None) })
}

func killRounds(t *testing.T, rounds int, volatile bool, d disk.Durability) {
	if n, err := strconv.Atoi(os.Getenv("LASP_KILL_ROUNDS")); err == nil {
		rounds = n
	}
	p := newProcs(t, "n1", "n2", "n3")
	layer := func(c *nodeConfig) { c.Volatile, c.Durability = volatile, d }
	for _, name := range []string{"n1", "n2", "n3"} {
		p.start(name, layer)
	}
	victim := p.nodes["n1"]
	if _, err := victim.client.Deploy(t.Context(), artifact(t, putProgram), 0); err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]bool{}
	for round := range rounds {
		if round%2 == 0 {
			// Nothing that is acknowledged now can have been replicated.
			if err := victim.client.Cut(t.Context(), true); err != nil {
				t.Fatal(err)
			}
		}
		putUntilKilled(t, victim, round, acknowledged)
		victim = p.start("n1", layer)
		// A new incarnation counts nothing before it has heard from somebody.
		eventually(t, fmt.Sprintf("round %d: n1 knows what was done", round), func() bool {
			s, err := victim.client.Status(t.Context(), false)
			return err == nil && !s.Replica.Unsynced
		})
		for _, n := range []*proc{victim, p.nodes["n2"], p.nodes["n3"]} {
			missing := 0
			eventually(t, fmt.Sprintf("round %d: %s holds all %d acknowledged ids (%d missing)", round, n.Name, len(acknowledged), missing), func() bool {
				held := ids(n)
				missing = 0
				for id := range acknowledged {
					if !held[id] {
						missing++
					}
				}
				return missing == 0
			})
		}
	}
	s, err := victim.client.Status(t.Context(), false)
	if err != nil || strings.Contains(s.Why, "from before") != (d != disk.None) {
		t.Errorf("a kill with durability %s and the incarnation: %q %v", d, s.Why, err)
	}
	t.Logf("%d kills, %d acknowledged inputs, none lost", rounds, len(acknowledged))
}

// putUntilKilled sends inputs from several clients, kills the node in the middle
// and adds what was acknowledged.
func putUntilKilled(t *testing.T, n *proc, round int, acknowledged map[string]bool) {
	t.Helper()
	const clients, enough = 4, 60
	var mu sync.Mutex
	var wg sync.WaitGroup
	count, reached := 0, make(chan struct{})
	for c := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; ; i++ {
				id := fmt.Sprintf("r%d-c%d-%d", round, c, i)
				ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				_, err := n.client.Input(ctx, id, "put", map[string]string{"id": id})
				cancel()
				if err != nil {
					return
				}
				mu.Lock()
				acknowledged[id] = true
				if count++; count == enough {
					close(reached)
				}
				mu.Unlock()
			}
		}()
	}
	select {
	case <-reached:
	case <-time.After(30 * time.Second):
		t.Errorf("round %d: only %d inputs were taken", round, count)
	}
	n.kill()
	wg.Wait()
}

// TestRestartWithAndWithoutItsDirectory: the same directory goes on as before;
// without it a new incarnation begins, and no identity is used twice.
func TestRestartWithAndWithoutItsDirectory(t *testing.T) {
	p := newProcs(t, "n1", "n2", "n3")
	for _, name := range []string{"n1", "n2", "n3"} {
		p.start(name, nil)
	}
	n1 := p.nodes["n1"]
	if _, err := n1.client.Deploy(t.Context(), artifact(t, putProgram), 0); err != nil {
		t.Fatal(err)
	}
	put := func(n *proc, id string) {
		t.Helper()
		if _, err := n.client.Input(t.Context(), "", "put", map[string]string{"id": id}); err != nil {
			t.Fatal(err)
		}
	}
	counts := func(want string) {
		t.Helper()
		for _, n := range p.nodes {
			eventually(t, n.Name+" counts "+want, func() bool {
				s, err := n.client.Show(context.Background(), "count", client.JSON)
				return err == nil && string(s.Value) == want
			})
		}
	}
	for i := range 5 {
		put(n1, fmt.Sprint(i))
	}
	counts("5")
	before, err := n1.client.Status(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	n1.kill()
	n1 = p.start("n1", nil)
	same, err := n1.client.Status(t.Context(), false)
	if err != nil || same.Incarnation != before.Incarnation {
		t.Fatalf("with its directory: incarnation %d after %d, %v", same.Incarnation, before.Incarnation, err)
	}
	n1.kill()
	if err := os.RemoveAll(n1.Data); err != nil {
		t.Fatal(err)
	}
	n1 = p.start("n1", nil)
	counts("5")
	put(n1, "after")
	counts("6")
	lost, err := n1.client.Status(t.Context(), false)
	if err != nil || lost.Incarnation <= before.Incarnation {
		t.Fatalf("without its directory: incarnation %d after %d, %v", lost.Incarnation, before.Incarnation, err)
	}
}

// TestFirstProgramOnThreeProcesses: updates at all nodes, one of them killed and
// back on the same disk.
func TestFirstProgramOnThreeProcesses(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", "first", "first.lasp"))
	if err != nil {
		t.Fatal(err)
	}
	p := newProcs(t, "n1", "n2", "n3")
	for _, name := range []string{"n1", "n2", "n3"} {
		p.start(name, nil)
	}
	if _, err := p.nodes["n2"].client.Deploy(t.Context(), artifact(t, string(text)), 0); err != nil {
		t.Fatal(err)
	}
	shows := func(want string, names ...string) {
		t.Helper()
		for _, name := range names {
			eventually(t, name+" shows "+want, func() bool {
				s, err := p.nodes[name].client.Show(context.Background(), "s2", client.Text)
				return err == nil && s.Text == want
			})
		}
	}
	add := func(name string, x int) {
		t.Helper()
		answers, err := p.nodes[name].client.Batch(t.Context(), "", []client.Event{{Cell: "s1", Op: "add", Args: []int{x}}})
		if err != nil || answers[0].Error != nil {
			t.Fatalf("%s: %v %+v", name, err, answers)
		}
	}
	shows("{}", "n1", "n2", "n3")
	for i, name := range []string{"n1", "n2", "n3"} {
		add(name, i+1)
	}
	shows("{2, 4, 6}", "n1", "n2", "n3")
	p.nodes["n3"].kill()
	add("n1", 10)
	shows("{2, 4, 6, 20}", "n1", "n2")
	p.start("n3", nil)
	shows("{2, 4, 6, 20}", "n3")
	add("n3", 11)
	shows("{2, 4, 6, 20, 22}", "n1", "n2", "n3")
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/laspc/lasp/client"
	"github.com/laspc/lasp/runtime/api"
	"github.com/laspc/lasp/runtime/cluster"
	"github.com/laspc/lasp/runtime/node"
)

// localCluster is a cluster of processes on this machine, in a folder:
//
//	ca/              authority, with its key
//	gossip.key
//	founders         names of the nodes that it began with
//	ROLE.token       a token per role
//	nodes/NAME/      tls/, data/, ready.json (addresses and process), log
type localCluster struct {
	name, dir string
}

func (l localCluster) path(parts ...string) string {
	return filepath.Join(append([]string{l.dir}, parts...)...)
}

// create makes authority, keys, tokens and the folders of n nodes, or of the
// nodes beyond those that are there.
func (l localCluster) create(n int) error {
	ca, err := cluster.LoadAuthority(l.path("ca"))
	if err != nil {
		if ca, err = cluster.NewAuthority(l.path("ca"), l.name); err != nil {
			return fmt.Errorf("cannot make the cluster's folder %s: %w", l.dir, err)
		}
		if err := l.makeSecrets(); err != nil {
			return err
		}
		if err := l.nameFounders(n); err != nil {
			return err
		}
	}
	for i := 1; i <= n; i++ {
		name := fmt.Sprintf("n%d", i)
		if _, err := os.Stat(l.path("nodes", name, "tls", cluster.CertFile)); err == nil {
			continue
		}
		if err := l.createNode(ca, name); err != nil {
			return err
		}
	}
	return nil
}

// makeSecrets makes the gossip key, and a token per role with the file by which
// nodes know them.
func (l localCluster) makeSecrets() error {
	err := os.WriteFile(l.path(cluster.GossipFile), []byte(cluster.NewGossipKey()+"\n"), 0o600)
	var lines strings.Builder
	for _, role := range api.Roles() {
		token := api.NewToken()
		lines.WriteString(api.TokenLine(role, token))
		err = errors.Join(err, os.WriteFile(l.path(role.String()+".token"), []byte(token+"\n"), 0o600))
	}
	return errors.Join(err, os.WriteFile(l.path(tokensFile), []byte(lines.String()), 0o600))
}

// nameFounders lists the n nodes that the cluster begins with. The list stays
// when others join.
func (l localCluster) nameFounders(n int) error {
	var names strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&names, "n%d\n", i)
	}
	return os.WriteFile(l.path(node.FoundersFile), []byte(names.String()), 0o600)
}

func (l localCluster) createNode(ca *cluster.Authority, name string) error {
	tls := l.path("nodes", name, "tls")
	if err := ca.Issue(tls, name); err != nil {
		return err
	}
	for _, file := range []string{cluster.GossipFile, tokensFile, node.FoundersFile} {
		data, err := os.ReadFile(l.path(file))
		if file == node.FoundersFile && errors.Is(err, fs.ErrNotExist) {
			continue // the cluster is older than the file
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(tls, file), data, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nodes lists the names of the nodes, n2 before n10.
func (l localCluster) nodes() []string {
	entries, err := os.ReadDir(l.path("nodes"))
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.SortFunc(names, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return names
}

// served reads what a node said when it last began to serve.
func (l localCluster) served(name string) (s served, ok bool) {
	data, err := os.ReadFile(l.path("nodes", name, "ready.json"))
	return s, err == nil && json.Unmarshal(data, &s) == nil
}

// running reports whether the process of a node lives. A process number may
// have been given to another program since, which then does not have the node's
// folder in its command line (where that can be read).
func (l localCluster) running(name string) (pid int, ok bool) {
	s, ok := l.served(name)
	if !ok || syscall.Kill(s.PID, 0) != nil || isZombie(s.PID) {
		return 0, false
	}
	command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", s.PID))
	if err == nil && !strings.Contains(string(command), l.path("nodes", name)) {
		return 0, false
	}
	return s.PID, true
}

// startOptions say how node processes are started.
type startOptions struct {
	flags []string // more flags of `laspc node`
	// tied nodes stop when this process ends; others go on for themselves.
	tied bool
}

// ownPath is the path by which this program was started, so that its children
// are started under the same name.
func ownPath() (string, error) {
	if path, err := exec.LookPath(os.Args[0]); err == nil {
		return filepath.Abs(path)
	}
	return os.Executable()
}

// process is a started node.
type process struct {
	name  string
	cmd   *exec.Cmd
	stdin io.Closer // ends a tied node
	done  chan error
}

// start starts the process of one node.
func (l localCluster) start(name string, o startOptions) (*process, error) {
	self, err := ownPath()
	if err != nil {
		return nil, err
	}
	dir := l.path("nodes", name)
	os.Remove(filepath.Join(dir, "ready.json"))
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	args := append([]string{"node", "--name", name, "--data", filepath.Join(dir, "data"), "--tls", filepath.Join(dir, "tls"),
		"--ready-file", filepath.Join(dir, "ready.json")}, o.flags...)
	for _, tag := range l.tags(name) {
		args = append(args, "--tag", tag)
	}
	p := &process{name: name, done: make(chan error, 1)}
	if seeds := l.seeds(name); len(seeds) > 0 {
		args = append(args, "--join", strings.Join(seeds, ","))
	}
	if o.tied {
		args = append(args, "--with-stdin")
	}
	p.cmd = exec.Command(self, args...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if o.tied {
		if p.stdin, err = p.cmd.StdinPipe(); err != nil {
			return nil, err
		}
	} else {
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start node %s: %w", name, err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	return p, nil
}

// tags are those that a node is started with.
func (l localCluster) tags(name string) []string {
	data, err := os.ReadFile(l.path("nodes", name, "tags"))
	if err != nil {
		return nil // it has none
	}
	return strings.Fields(string(data))
}

// setTags gives nodes their tags, each as NODE=TAG; nodes that are named lose those
// that they had.
func (l localCluster) setTags(given []string) error {
	tags := map[string][]string{}
	for _, g := range given {
		name, tag, ok := strings.Cut(g, "=")
		if !ok || tag == "" || strings.ContainsAny(tag, " \t\n") || !slices.Contains(l.nodes(), name) {
			return fmt.Errorf("--tag %s is not NODE=TAG with one of the nodes %s", g, strings.Join(l.nodes(), ", "))
		}
		tags[name] = append(tags[name], tag)
	}
	for name, list := range tags {
		if err := os.WriteFile(l.path("nodes", name, "tags"), []byte(strings.Join(list, "\n")+"\n"), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// seeds are the addresses of the other nodes, as far as they have one.
func (l localCluster) seeds(self string) []string {
	var seeds []string
	for _, name := range l.nodes() {
		if s, ok := l.served(name); ok && name != self {
			seeds = append(seeds, s.Addr)
		}
	}
	return seeds
}

const startPatience = 20 * time.Second

// await waits until a started node serves.
func (l localCluster) await(p *process) (served, error) {
	deadline := time.After(startPatience)
	for {
		if s, ok := l.served(p.name); ok {
			return s, nil
		}
		select {
		case <-p.done:
			return served{}, fmt.Errorf("node %s did not start: %s", p.name, l.lastWords(p.name))
		case <-deadline:
			return served{}, fmt.Errorf("node %s does not serve after %s; its log is %s", p.name, startPatience, l.path("nodes", p.name, "log"))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// lastWords is the last line of a node's log.
func (l localCluster) lastWords(name string) string {
	text, err := os.ReadFile(l.path("nodes", name, "log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// startAll starts the nodes that do not run. The first gets its address before
// the others ask for it.
func (l localCluster) startAll(o startOptions) (started []*process, err error) {
	for i, name := range l.nodes() {
		if _, ok := l.running(name); ok {
			continue
		}
		p, err := l.start(name, o)
		if err != nil {
			return started, err
		}
		started = append(started, p)
		if i == 0 {
			if err := l.awaitStart(p, o); err != nil {
				return started, err
			}
		}
	}
	for _, p := range started {
		if err := l.awaitStart(p, o); err != nil {
			return started, err
		}
	}
	return started, nil
}

// awaitStart waits until a started node serves, and starts it once more if it ends.
func (l localCluster) awaitStart(p *process, o startOptions) error {
	_, err := l.await(p)
	if err != nil {
		err = l.onceMore(p.name, o, err)
	}
	return err
}

// onceMore starts a node again that ended before it served, as one does that hears from
// the others that its log lacks its own turns: the second time it begins a new
// incarnation. Where the node runs, or ends again, it returns what was wrong.
func (l localCluster) onceMore(name string, o startOptions, wrong error) error {
	if _, ok := l.running(name); ok {
		return wrong
	}
	p, err := l.start(name, o)
	if err == nil {
		_, err = l.await(p)
	}
	return err
}

// stop ends a node: politely, and after a while by force.
func (l localCluster) stop(name string) error {
	pid, ok := l.running(name)
	if !ok {
		return nil
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("cannot stop node %s (process %d): %w", name, pid, err)
	}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, ok := l.running(name); !ok {
			return nil
		}
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// isZombie reports whether a process has ended and waits for its parent.
func isZombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(after, "Z")
}

// context is how the cluster is reached, with all rights.
func (l localCluster) context() *clusterContext {
	c := &clusterContext{Name: l.name, CA: l.path("ca", cluster.CAFile), Token: l.path(api.Admin.String() + ".token")}
	for _, name := range l.nodes() {
		if s, ok := l.served(name); ok {
			c.Addrs = append(c.Addrs, s.API)
		}
	}
	return c
}

// client speaks to one node with all rights.
func (l localCluster) client(name string) (*client.Client, error) {
	s, ok := l.served(name)
	if !ok {
		return nil, fmt.Errorf("node %s does not serve", name)
	}
	c := l.context()
	return (&remote{to: s.API, ca: c.CA, token: c.Token}).open()
}

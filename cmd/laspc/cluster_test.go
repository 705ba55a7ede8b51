package main

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/laspc/lasp/client"
	"github.com/laspc/lasp/runtime/cluster"
	"github.com/rogpeppe/go-internal/testscript"
)

// lifeline ties all nodes that a script starts to this process: they end with
// it, and with the script.
func lifeline(env *testscript.Env) error {
	path, end, err := openLifeline(env.WorkDir)
	if err == nil {
		env.Defer(end)
		env.Setenv(lifelineVar, path)
	}
	return err
}

func openLifeline(dir string) (path string, end func(), err error) {
	path = filepath.Join(dir, "lifeline")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		return "", nil, err
	}
	pipe, err := os.OpenFile(path, os.O_RDWR, 0)
	return path, func() { pipe.Close() }, err
}

// TestLeaveAndKill: a node that leaves is forgotten and can come back; one that
// is killed stays in the roster and comes back; `cluster up` starts what lacks.
func TestLeaveAndKill(t *testing.T) {
	dir := t.TempDir()
	path, end, err := openLifeline(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	t.Cleanup(func() {
		for _, name := range []string{"n1", "n2", "n3"} {
			if text, err := os.ReadFile(filepath.Join(dir, "home", "clusters", "main", "nodes", name, "log")); err == nil && t.Failed() {
				t.Logf("%s", text)
			}
		}
	})
	home := lasphome(filepath.Join(dir, "home"))
	local := localCluster{name: "main", dir: home.path("clusters", "main")}
	laspc := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("laspc", args...)
		cmd.Env = append(os.Environ(), "LASP_HOME="+string(home), lifelineVar+"="+path)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("laspc %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	members := func(want ...string) {
		t.Helper()
		got := ""
		for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			var rows []client.Member
			if err := json.Unmarshal([]byte(laspc("members", "--json")), &rows); err != nil {
				t.Fatal(err)
			}
			got = ""
			for _, m := range rows {
				got += m.Name + ":" + m.State + " "
			}
			if got == strings.Join(want, " ")+" " {
				return
			}
		}
		t.Fatalf("members are %s, want %s", got, want)
	}
	laspc("cluster", "up", "-n", "3", filepath.Join("..", "..", "examples", "first", "first.lasp"))
	laspc("send", "s1.add", "1")
	third, _ := local.served("n3")
	laspc("leave", "--to", third.API)
	for _, up := local.running("n3"); up; _, up = local.running("n3") {
		time.Sleep(5 * time.Millisecond)
	}
	members("n1:self", "n2:linked")
	second, _ := local.served("n2")
	if err := syscall.Kill(second.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	members("n1:self", "n2:dead")
	laspc("send", "s1.add", "2")
	laspc("cluster", "up")
	members("n1:self", "n2:linked", "n3:linked")
	for _, name := range []string{"n2", "n3"} {
		s, _ := local.served(name)
		for end := time.Now().Add(20 * time.Second); laspc("watch", "--to", s.API) != "s2 = {2, 4}\n"; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s has %s", name, laspc("watch", "--to", s.API))
			}
		}
	}
	laspc("cluster", "down", "--purge")
}

// TestUpAfterLostWrites: a node whose log lacks what the others know of it stops
// and says so; `cluster up` starts it again, and nothing is lost.
func TestUpAfterLostWrites(t *testing.T) {
	dir := t.TempDir()
	path, end, err := openLifeline(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	home := lasphome(filepath.Join(dir, "home"))
	local := localCluster{name: "main", dir: home.path("clusters", "main")}
	laspc := func(args ...string) (string, error) {
		cmd := exec.Command("laspc", args...)
		cmd.Env = append(os.Environ(), "LASP_HOME="+string(home), lifelineVar+"="+path)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	must := func(args ...string) string {
		t.Helper()
		out, err := laspc(args...)
		if err != nil {
			t.Fatalf("laspc %s: %v\n%s\n%s", strings.Join(args, " "), err, out, local.lastWords("n2"))
		}
		return out
	}
	has := func(name, want string) {
		t.Helper()
		s, _ := local.served(name)
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			if out, err := laspc("query", "--to", s.API, "s1"); err == nil && out == want+"\n" {
				return
			} else if time.Now().After(end) {
				t.Fatalf("%s has %s, %v; want %s", name, out, err, want)
			}
		}
	}
	must("cluster", "up", "-n", "2", filepath.Join("..", "..", "examples", "first", "first.lasp"))
	second, _ := local.served("n2")
	must("send", "--to", second.API, "s1.add", "7")
	has("n1", "{7}")
	if err := syscall.Kill(second.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for _, up := local.running("n2"); up; _, up = local.running("n2") {
		time.Sleep(5 * time.Millisecond)
	}
	logs, err := filepath.Glob(local.path("nodes", "n2", "data", "log-*"))
	if err != nil || len(logs) != 1 {
		t.Fatal(logs, err)
	}
	whole, err := os.Stat(logs[0])
	if err == nil {
		err = os.Truncate(logs[0], whole.Size()/2)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := laspc("cluster", "up")
	if _, up := local.running("n2"); err != nil || !up {
		t.Errorf("cluster up: %v\n%s\n%s", err, out, local.lastWords("n2"))
	}
	has("n2", "{7}")
	if text, err := os.ReadFile(local.path("nodes", "n2", "log")); err != nil || !strings.Contains(string(text), "knows turns of this node") {
		t.Errorf("n2 did not stop:\n%s", text)
	}
	must("cluster", "down", "--purge")
}

// TestExitCodesOfClusterVerbs takes them from real processes: 3 where nobody
// answers, 2 for wrong usage, 1 for what the cluster refuses.
func TestExitCodesOfClusterVerbs(t *testing.T) {
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca")
	if _, err := cluster.NewAuthority(ca, "test"); err != nil {
		t.Fatal(err)
	}
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	nobody := []string{"--to", "127.0.0.1:1", "--ca", filepath.Join(ca, cluster.CAFile), "--token-file", token}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{append([]string{"status"}, nobody...), exitUnreachable, "no node answers at 127.0.0.1:1: connection refused"},
		{append([]string{"send", "x"}, nobody...), exitUnreachable, "is the cluster up?"},
		{append([]string{"watch", "x"}, nobody...), exitUnreachable, "no node answers"},
		{append([]string{"query"}, nobody...), exitUsage, "give one expression"},
		{[]string{"status", "--to", "nonsense", "--ca", nobody[3], "--token-file", token}, exitUsage, `"nonsense" is not the address of a node's API`},
		{[]string{"status", "--to", "127.0.0.1:1", "--ca", "missing", "--token-file", token}, exitUsage, "there is no file missing"},
		{[]string{"leave"}, exitUsage, "name the node that leaves"},
		{[]string{"cluster", "up", "-n", "0"}, exitUsage, "1 to 100 nodes"},
		{[]string{"cluster", "down", "--name", "none"}, exitProgram, `there is no local cluster "none"`},
		{[]string{"deploy", "missing.lasp"}, exitUsage, "there is no file missing.lasp"},
		{[]string{"demo", "--events", "3"}, exitUsage, "at least 100"},
	} {
		cmd := exec.Command("laspc", c.args...)
		cmd.Env = append(os.Environ(), "LASP_HOME="+filepath.Join(dir, "home"))
		out, err := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(string(out), c.says) {
			t.Errorf("laspc %s: exit %d, want %d; %v\n%s", strings.Join(c.args, " "), code, c.code, err, out)
		}
	}
}

// TestUsedPorts: a port that another process has is one sentence.
func TestUsedPorts(t *testing.T) {
	l := localCluster{name: "test", dir: t.TempDir()}
	if err := l.create(1); err != nil {
		t.Fatal(err)
	}
	used, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close()
	for _, flag := range []string{"--api", "--bind"} {
		cmd := exec.Command("laspc", "node", "--name", "n1", "--tls", l.path("nodes", "n1", "tls"), "--data", t.TempDir(), flag, used.Addr().String())
		out, _ := cmd.CombinedOutput()
		if want := "the address " + used.Addr().String() + " is already in use by another process"; cmd.ProcessState.ExitCode() != exitProgram || !strings.Contains(string(out), want) {
			t.Errorf("%s: exit %d, %s", flag, cmd.ProcessState.ExitCode(), out)
		}
	}
}

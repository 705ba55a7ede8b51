package cluster

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// credentials makes a node's TLS directory and reads it.
func credentials(t *testing.T, a *Authority, node, key string) *Credentials {
	t.Helper()
	dir := t.TempDir()
	if err := a.Issue(dir, node); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, GossipFile), []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := LoadCredentials(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, caKeyFile)); err == nil {
		t.Fatal("the authority's key must not be on a node")
	}
	return c
}

func authority(t *testing.T) *Authority {
	t.Helper()
	dir := t.TempDir()
	if _, err := NewAuthority(dir, "test"); err != nil {
		t.Fatal(err)
	}
	a, err := LoadAuthority(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func listenTLS(t *testing.T, c *Credentials, log Log) *TLSNetwork {
	t.Helper()
	n, err := ListenTLS("127.0.0.1:0", "", c, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

func TestRealNodesOverTLS(t *testing.T) {
	ca, key := authority(t), NewGossipKey()
	ac, bc := credentials(t, ca, "a", key), credentials(t, ca, "b", key)
	secure := func(c *Credentials) func(*Options) {
		return func(o *Options) { o.Cluster, o.GossipKey = c.Cluster, c.Gossip }
	}
	quiet := func(string, ...any) {}
	a := startNode(t, listenTLS(t, ac, quiet), "a", secure(ac))
	b := startNode(t, listenTLS(t, bc, quiet), "b", func(o *Options) { secure(bc)(o); o.Seeds = []string{a.Addr()} })
	eventually(t, "link", func() bool { return linked(a, "b")() && linked(b, "a")() })
	b.Send("a", true, []byte("hello"))
	eventually(t, "frame", func() bool { return a.read(func() bool { return len(a.frames) == 1 && a.frames[0] == "b: hello" }) })
}

func TestTLSRefusals(t *testing.T) {
	ca, key := authority(t), NewGossipKey()
	r := &recorder{}
	n := listenTLS(t, credentials(t, ca, "a", key), r.log)
	stranger := listenTLS(t, credentials(t, authority(t), "b", key), r.log)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, err := stranger.Dial(ctx, n.Addr(), "a", UseControl)
	if err == nil || !strings.Contains(err.Error(), "not of this cluster: the certificate is signed by the authority of another cluster") {
		t.Errorf("other authority: %v", err)
	}
	friend := listenTLS(t, credentials(t, ca, "b", key), r.log)
	if _, err := friend.Dial(ctx, n.Addr(), "c", UseControl); err == nil || !strings.HasSuffix(err.Error(), `is "a", not "c"`) {
		t.Errorf("other name: %v", err)
	}
	says := func(text string) {
		t.Helper()
		eventually(t, text, func() bool {
			return r.read(func() bool { return strings.Contains(strings.Join(r.lines, "\n"), text) })
		})
	}
	naked := &tls.Config{InsecureSkipVerify: true, NextProtos: uses()}
	if c, err := tls.Dial("tcp", n.Addr(), naked); err == nil {
		c.Read(make([]byte, 1))
		c.Close()
	}
	says("it came without a client certificate")
	if c, err := net.Dial("tcp", n.Addr()); err == nil {
		c.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
		c.Close()
	}
	says("it does not speak TLS")
}

func TestListenErrorsAreSentences(t *testing.T) {
	n := listenTLS(t, credentials(t, authority(t), "a", NewGossipKey()), nil)
	_, err := ListenTLS(n.Addr(), "", credentials(t, authority(t), "a", NewGossipKey()), nil)
	if err == nil || !strings.Contains(err.Error(), "already in use by another process") {
		t.Fatal(err)
	}
	if _, err = ListenTLS("0.0.0.0:0", "", credentials(t, authority(t), "a", NewGossipKey()), nil); err == nil || !strings.Contains(err.Error(), "--advertise") {
		t.Fatal(err)
	}
}

func TestFramesAreLimited(t *testing.T) {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	if err := writeFrame(w, []byte("abc")); err != nil {
		t.Fatal(err)
	}
	w.Flush()
	whole := b.Bytes()
	for cut := range whole {
		if _, err := readFrame(bufio.NewReader(bytes.NewReader(whole[:cut])), 10); err == nil {
			t.Fatalf("cut at %d is accepted", cut)
		}
	}
	if _, err := readFrame(bufio.NewReader(bytes.NewReader(whole)), 2); err == nil || !strings.Contains(err.Error(), "above the limit") {
		t.Fatal(err)
	}
	allocs := testing.AllocsPerRun(10, func() {
		readFrame(bufio.NewReader(bytes.NewReader([]byte{3, 255, 255, 255, 1})), MaxFrame)
	})
	if allocs > 20 {
		t.Errorf("%v allocations for a frame that lies about its length", allocs)
	}
	if err := writeFrame(w, make([]byte, MaxFrame+1)); err == nil {
		t.Fatal("a frame above the limit is written")
	}
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{".": false, "..": false, ".n1": false, "-n1": false, "n1": true, "eu-west.1_a": true, "": false, "a/b": false, "ü": false, strings.Repeat("a", 65): false} {
		if (CheckName(name) == nil) != ok {
			t.Errorf("%q: %v", name, CheckName(name))
		}
	}
}

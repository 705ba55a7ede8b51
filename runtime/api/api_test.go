package api_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp/client"
)

const shopProgram = `
shared log: GSet[String]
shared left: PNCounter
output receipts: String
input buy(who: String, n: Nat) -> String
on buy(who, n) {
  log.add(who)
  left.decrement(n)
  emit who to receipts
  reply who
}
show log
show left
`

// single starts one node process with the shop deployed.
func single(t *testing.T) (*procs, *proc) {
	t.Helper()
	p := newProcs(t, "n1")
	n := p.start("n1", nil)
	if _, err := n.client.Deploy(t.Context(), artifact(t, shopProgram), 0); err != nil {
		t.Fatal(err)
	}
	return p, n
}

// raw makes a request as it is, and returns status and body.
func (p *procs) raw(method, url string, header map[string]string, body string) (int, string) {
	p.t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(p.ca)
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(p.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for k, v := range header {
		if k == "Host" {
			req.Host = v
		}
		req.Header.Set(k, v)
	}
	resp, err := c.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestWhoMayCall(t *testing.T) {
	p, n := single(t)
	base := "https://" + n.API
	good := map[string]string{"Authorization": "Bearer " + adminToken, "Content-Type": "application/json"}
	with := func(more ...string) map[string]string {
		h := map[string]string{}
		for k, v := range good {
			h[k] = v
		}
		for i := 0; i < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	buy := `{"who": "ann", "n": 1}`
	for _, c := range []struct {
		name, method, path string
		header             map[string]string
		body               string
		status             int
		says               string
	}{
		{"right", "POST", "/v1/inputs/buy", good, buy, 200, `{"reply":"ann"}`},
		{"health needs no token", "GET", "/healthz", nil, "", 200, `"ok":true`},
		{"no token", "GET", "/v1/shows", nil, "", 401, "needs a token"},
		{"metrics need a token", "GET", "/metrics", nil, "", 401, "needs a token"},
		{"wrong token", "GET", "/v1/shows", map[string]string{"Authorization": "Bearer nonsense"}, "", 401, "not one of this cluster"},
		{"another host", "GET", "/v1/shows", with("Host", "evil.example:80"), "", 421, "does not serve the host"},
		{"a page of another origin", "GET", "/v1/shows", with("Origin", "https://evil.example"), "", 403, "may not use this API"},
		{"a form", "POST", "/v1/inputs/buy", with("Content-Type", "text/plain"), buy, 415, "wants a body of type application/json"},
		{"no such call", "GET", "/v2/shows", good, "", 404, "not a call of this API"},
		{"wrong method", "GET", "/v1/query", good, "", 405, "use POST"},
		{"no such input", "POST", "/v1/inputs/sell", good, "{}", 404, "its inputs are buy"},
		{"missing argument", "POST", "/v1/inputs/buy", good, `{"who": "x"}`, 422, `\"n\" is missing`},
		{"wrong argument", "POST", "/v1/inputs/buy", good, `{"who": 1, "n": 1}`, 422, `argument \"who\"`},
		{"surplus argument", "POST", "/v1/inputs/buy", good, `{"who": "x", "n": 1, "m": 2}`, 422, `it has no \"m\"`},
		{"not JSON", "POST", "/v1/inputs/buy", good, `{`, 422, "must be a JSON object"},
		{"deep JSON", "POST", "/v1/inputs/buy", good, strings.Repeat("[", 100_000), 422, "not JSON"},
		{"too large", "POST", "/v1/inputs/buy", good, `"` + strings.Repeat("x", 2<<20) + `"`, 413, "larger than"},
		{"long key", "POST", "/v1/inputs/buy", with("Idempotency-Key", strings.Repeat("k", 300)), buy, 400, "at most 200"},
		{"errors of every program", "GET", "/v1/shows/errors", good, "", 200, `"show":"errors"`},
		{"no such show", "GET", "/v1/shows/nope", good, "", 404, "shows nothing named"},
		{"bad query", "POST", "/v1/query", good, `{"expr": "lgo"}`, 422, "L0201"},
		{"bad artifact", "POST", "/v1/programs", with("Content-Type", "application/octet-stream"), "LASPX?", 422, "L0605"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := p.raw(c.method, base+c.path, c.header, c.body)
			if status != c.status || !strings.Contains(body, c.says) {
				t.Errorf("%d %s, want %d and %q", status, body, c.status, c.says)
			}
			var e struct {
				Error struct{ Code, Message string }
			}
			if status >= 400 && (json.Unmarshal([]byte(body), &e) != nil || e.Error.Code == "" || e.Error.Message == "") {
				t.Errorf("the error has no form: %s", body)
			}
		})
	}
}

func TestIdempotencyKeysThroughAnyNodeAndAfterRestart(t *testing.T) {
	p := newProcs(t, "n1", "n2")
	n1, n2 := p.start("n1", nil), p.start("n2", nil)
	if _, err := n1.client.Deploy(t.Context(), artifact(t, shopProgram), 0); err != nil {
		t.Fatal(err)
	}
	buy := func(n *proc) {
		t.Helper()
		reply, err := n.client.Input(t.Context(), "key-1", "buy", map[string]any{"who": "ann", "n": 2})
		if err != nil || string(reply) != `"ann"` {
			t.Fatalf("%s: %s %v", n.Name, reply, err)
		}
	}
	left := func(n *proc) string {
		s, err := n.client.Show(context.Background(), "left", client.JSON)
		return fmt.Sprint(string(s.Value), err)
	}
	buy(n1)
	eventually(t, "n2 knows", func() bool { return left(n2) == "-2<nil>" })
	buy(n2)
	n1.kill()
	n1 = p.start("n1", nil)
	buy(n1)
	if got := left(n1); got != "-2<nil>" {
		t.Fatal(got)
	}
	answers, err := n1.client.Batch(t.Context(), "batch", []client.Event{
		{Input: "buy", Args: map[string]any{"who": "bob", "n": 1}, ID: "b1"},
		{Input: "buy", Args: map[string]any{"who": "bob", "n": 1}, ID: "b1"},
		{Input: "buy", Args: map[string]any{"who": "bob"}},
		{Cell: "log", Op: "add", Args: []any{"cy"}},
		{Cell: "left", Op: "increment"},
		{Cell: "log", Op: "explode"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range answers {
		if a.Error != nil {
			got = append(got, a.Error.Code)
			continue
		}
		got = append(got, fmt.Sprint(a.OK, string(a.Reply)))
	}
	if want := `false"bob" false"bob" L0607 true true L0602`; strings.Join(got, " ") != want {
		t.Fatalf("%s, want %s", strings.Join(got, " "), want)
	}
	if got := left(n1); got != "-2<nil>" {
		t.Fatalf("-2, -1 and +1 make -2, not %s", got)
	}
}

func TestWatchAndOutputs(t *testing.T) {
	_, n := single(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	enough := errors.New("enough")
	values := make(chan string, 16)
	go n.client.Watch(ctx, "log", client.Text, func(s client.Shown) error { values <- s.Text; return nil })
	if got := <-values; got != "{}" {
		t.Fatalf("snapshot %s", got)
	}
	buy := func(who string) {
		t.Helper()
		if _, err := n.client.Input(ctx, "", "buy", map[string]any{"who": who, "n": 1}); err != nil {
			t.Fatal(err)
		}
	}
	buy("ann")
	if got := <-values; got != `{"ann"}` {
		t.Fatalf("change %s", got)
	}
	buy("bob")
	buy("cy")
	var seen []client.StreamEvent
	read := func(after string, want int) {
		t.Helper()
		seen = nil
		err := n.client.Outputs(ctx, "receipts", after, func(e client.StreamEvent) error {
			if seen = append(seen, e); len(seen) == want {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) {
			t.Fatal(err)
		}
	}
	read("", 3)
	second := seen[1].ID
	read(second, 1)
	if seen[0].ID == second {
		t.Fatal("the value with the id of Last-Event-ID comes again")
	}
	var e struct{ Emit, ID, Value string }
	if err := json.Unmarshal(seen[0].Data, &e); err != nil || e.Emit != "receipts" || e.ID != seen[0].ID {
		t.Fatalf("%s %v", seen[0].Data, err)
	}
}

func TestQueryCellsAndStatus(t *testing.T) {
	p, n := single(t)
	if _, err := n.client.Input(t.Context(), "", "buy", map[string]any{"who": "ann", "n": 3}); err != nil {
		t.Fatal(err)
	}
	q, err := n.client.Query(t.Context(), `size(log) + 1`, client.Text)
	if err != nil || q.Text != "2" {
		t.Fatalf("%+v %v", q, err)
	}
	c, err := n.client.Cell(t.Context(), "left", client.Text)
	if err != nil || c.Text != "-3" || c.Type != "PNCounter" {
		t.Fatalf("%+v %v", c, err)
	}
	s, err := n.client.Status(t.Context(), true)
	if err != nil || s.Node != "n1" || s.Replica.Version != 1 || len(s.Digest) != 64 {
		t.Fatalf("%+v %v", s, err)
	}
	if ready, err := n.client.Ready(t.Context()); err != nil || !ready {
		t.Fatalf("ready: %v %v", ready, err)
	}
	_, metrics := p.raw("GET", "https://"+n.API+"/metrics", map[string]string{"Authorization": "Bearer " + adminToken}, "")
	for _, want := range []string{"lasp_requests_total", "lasp_links 0", "lasp_order_leader{node=\"n1\"} 1\n", "lasp_order_term ", "lasp_order_entries_total ", "lasp_order_decided_total "} {
		if !strings.Contains(metrics, want) {
			t.Fatalf("metrics lack %q:\n%s", want, metrics)
		}
	}
	programs, err := n.client.Programs(t.Context())
	if err != nil || len(programs) != 1 || !programs[0].Active {
		t.Fatalf("%+v %v", programs, err)
	}
}

func TestStrangersAndUnreachableNodes(t *testing.T) {
	p, n := single(t)
	other := newProcs(t, "x")
	_, err := other.connect(n.API, adminToken).Members(t.Context())
	if err == nil || !strings.Contains(err.Error(), "not of this cluster") {
		t.Errorf("another authority: %v", err)
	}
	var gone *client.Unreachable
	_, err = p.connect("127.0.0.1:1", adminToken).Members(t.Context())
	if !errors.As(err, &gone) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("nobody there: %v", err)
	}
	// The port for nodes wants a certificate of the cluster.
	conn, err := tls.Dial("tcp", p.seeds[0], &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"lasp-control/1"}})
	if err == nil {
		_, err = io.Copy(io.Discard, conn)
		conn.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "certificate required") {
		t.Errorf("no certificate: %v", err)
	}
}

func TestBatchOfManyLinesIsAnsweredInOrder(t *testing.T) {
	_, n := single(t)
	var body bytes.Buffer
	const lines = 5000
	for i := range lines {
		fmt.Fprintf(&body, `{"input":"buy","args":{"who":"w%d","n":1}}`+"\n", i)
	}
	answers, err := n.client.Lines(t.Context(), "many", body.Bytes())
	if err != nil || len(answers) != lines {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	for i, a := range answers {
		if string(a.Reply) != fmt.Sprintf(`"w%d"`, i) {
			t.Fatalf("answer %d is %+v", i, a)
		}
	}
}

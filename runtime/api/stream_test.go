package api_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/laspc/lasp/client"
)

// rawStream is a stream that a test writes and reads line by line.
type rawStream struct {
	t     *testing.T
	in    *io.PipeWriter
	lines *bufio.Scanner
}

// openStream opens a stream to a node by HTTP/2 or HTTP/1.1.
func (p *procs) openStream(n *proc, two bool) *rawStream {
	p.t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(p.ca)
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: two, DisableKeepAlives: !two}}
	p.t.Cleanup(c.CloseIdleConnections)
	body, in := io.Pipe()
	req, err := http.NewRequestWithContext(p.t.Context(), "POST", "https://"+n.API+"/v1/stream", body)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+adminToken)
	req.Header.Set("Content-Type", "application/x-ndjson")
	go io.WriteString(in, "\n") // package http sends the header with the first bytes
	resp, err := c.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	if want := map[bool]int{false: 1, true: 2}[two]; resp.ProtoMajor != want || resp.StatusCode != 200 {
		p.t.Fatalf("%s %s", resp.Proto, resp.Status)
	}
	p.t.Cleanup(func() { in.Close(); resp.Body.Close() })
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 4<<20)
	return &rawStream{p.t, in, lines}
}

func (s *rawStream) say(lines string) {
	s.t.Helper()
	if _, err := io.WriteString(s.in, lines); err != nil {
		s.t.Fatal(err)
	}
}

// hear reads n answers, in the order of their texts.
func (s *rawStream) hear(n int) string {
	s.t.Helper()
	var got []string
	for len(got) < n && s.lines.Scan() {
		if text := s.lines.Text(); text != "" {
			got = append(got, text)
		}
	}
	slices.Sort(got)
	return strings.Join(got, "\n")
}

const askProgram = `
type Point { x: Int, y: Int }
shared said: GSet[(String, Point)]
shared answer: GMap[String, IVar[Int]]
input say(who: String, at: Point)
input ask(k: String) -> Int
input tell(k: String, n: Int)
on say(who, at) { said.add((who, at)) }
on ask(k) { reply answer[k] }
on tell(k, n) { answer[k].bind(n) }
show said
`

// TestStreamAnswersWhatIsDone: an answer that has to wait does not hold up others,
// errors are those of single requests with their status, and all forms of a line
// that JSON knows are read.
func TestStreamAnswersWhatIsDone(t *testing.T) {
	p, n := single(t)
	if _, err := n.client.Deploy(t.Context(), artifact(t, askProgram), 0); err != nil {
		t.Fatal(err)
	}
	for _, two := range []bool{false, true} {
		s, key := p.openStream(n, two), fmt.Sprint("k", two)
		s.say(`{"n":1,"input":"ask","args":{"k":"` + key + `"},"id":"` + key + `"}` + "\n")
		s.say(`{"n":2,"input":"say","args":{"who":"<ann>","at":{"x":1,"y":2}}}` + "\n" + ` {"args":{"at":{"y":2,"\u0078":1},"who":"b\u00f6"},"INPUT":"say","n":3,"more":[]} ` + "\n\n" +
			`{"n":4,"cell":"said","op":"add","args":[["cy",{"x":3,"y":4}]]}` + "\n" + `{"n":9007199254740992,"input":"say","args":["di",{"x":3,"y":4}]}` + "\n")
		if got, want := s.hear(4), `{"n":2,"ok":true}`+"\n"+`{"n":3,"ok":true}`+"\n"+`{"n":4,"ok":true}`+"\n"+`{"n":9007199254740992,"ok":true}`; got != want {
			t.Fatalf("got %s\nwant %s", got, want)
		}
		for line, want := range map[string]string{
			`"input":"nope"`:                                        `"error":{"code":"L0602","message":"the program has no input \"nope\"","hint":"its inputs are say, ask, tell","status":404}`,
			`"input":"ask","args":{}`:                               `"error":{"code":"L0607","message":"input ask takes (k: String); \"k\" is missing","status":422}`,
			`"input":"ask","args":{"k":1}`:                          `"error":{"code":"L0607","message":"argument \"k\" of input ask: expected a string, found 1","status":422}`,
			`"input":"tell","args":{"k":"x","n":"01x"}`:             `argument \"n\" of input tell: expected a whole number`,
			`"input":"tell","args":{"k":"x","n":1,"m":2}`:           `it has no \"m\"`,
			`"input":"ask","cell":"said"`:                           `"status":400`,
			`"id":"x"`:                                              `an event names an \"input\" or a \"cell\"`,
			`"input":"ask","id":"` + strings.Repeat("i", 201) + `"`: `at most 200 are taken","status":400`,
		} {
			s.say(`{"n":5,` + line + "}\n")
			if got := s.hear(1); !strings.HasPrefix(got, `{"n":5,`) || !strings.Contains(got, want) {
				t.Errorf("%s: got %s\nwant %s", line, got, want)
			}
		}
		s.say(`{"n":6,"input":"tell","args":{"k":"` + key + `","n":7}}` + "\n")
		if got, want := s.hear(2), `{"n":1,"reply":7}`+"\n"+`{"n":6,"ok":true}`; got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
		s.in.Close()
		if s.lines.Scan() || s.lines.Err() != nil {
			t.Errorf("after the end: %q %v", s.lines.Text(), s.lines.Err())
		}
	}
	shown, err := n.client.Show(t.Context(), "said", client.Text)
	if err != nil || shown.Text != `{("<ann>", Point(x: 1, y: 2)), ("bö", Point(x: 1, y: 2)), ("cy", Point(x: 3, y: 4)), ("di", Point(x: 3, y: 4))}` {
		t.Errorf("%s %v", shown.Text, err)
	}
}

// TestStreamEndsWhereALineHasNoNumber: what came before is answered, and the
// error has none.
func TestStreamEndsWhereALineHasNoNumber(t *testing.T) {
	p, n := single(t)
	for line, want := range map[string]string{
		`nonsense`:                     `"message":"not an event in JSON`,
		`{"input":"buy"}`:              `a number \"n\" from 0 to 9007199254740992","status":400`,
		`{"n":-1}`:                     `"message":"not an event in JSON: \"n\" cannot be a number -1"`,
		`{"n":9007199254740993}`:       `a number \"n\"`,
		`{"n":1,"n":2,"input":7}`:      `"message":"not an event in JSON: \"input\" cannot be a number"`,
		strings.Repeat("x", 2<<20):     `"code":"L0614","message":"a line of a stream may have 1048576 bytes","status":413`,
		strings.Repeat("[", 20_000):    `"message":"not an event in JSON`,
		`{"n":1,"input":"buy","args":`: `"message":"not an event in JSON`,
	} {
		s := p.openStream(n, false)
		go io.WriteString(s.in, `{"n":7,"input":"buy","args":{"who":"ann","n":1}}`+"\n"+line+"\n"+`{"n":8,"input":"buy","args":{"who":"ann","n":1}}`+"\n")
		got := s.hear(2)
		if !strings.HasPrefix(got, `{"error":{`) || !strings.Contains(got, want) || !strings.HasSuffix(got, "\n"+`{"n":7,"reply":"ann"}`) {
			t.Errorf("%.80s: got %s\nwant %s", line, got, want)
		}
		if s.lines.Scan() {
			t.Errorf("%.80s: %s after the end", line, s.lines.Text())
		}
	}
}

// TestStreamHasABoundOfOpenLines: beyond it the node does not read on, and goes on
// when there is room.
func TestStreamHasABoundOfOpenLines(t *testing.T) {
	p, n := single(t)
	if _, err := n.client.Deploy(t.Context(), artifact(t, askProgram), 0); err != nil {
		t.Fatal(err)
	}
	s := p.openStream(n, false)
	const lines, bound = 1500, 1024
	go func() {
		for i := range lines {
			fmt.Fprintf(s.in, `{"n":%d,"input":"ask","args":{"k":"one"}}`+"\n", i)
		}
		fmt.Fprintf(s.in, `{"n":%d,"input":"nope"}`+"\n", lines)
	}()
	var requests int64
	eventually(t, "the stream is full", func() bool {
		st, err := n.client.Status(t.Context(), false)
		requests = st.Counters["requests"]
		return err == nil && requests >= bound
	})
	if _, err := n.client.Input(t.Context(), "", "tell", map[string]any{"k": "one", "n": 1}); err != nil {
		t.Fatal(err)
	}
	if requests > bound+10 { // and some of Deploy and its like
		t.Errorf("%d requests were taken from the stream", requests)
	}
	if got := s.hear(lines + 1); strings.Count(got, `"reply":1`) != lines || strings.Count(got, "L0602") != 1 {
		t.Errorf("%d answers of %d", strings.Count(got, `"reply":1`), lines)
	}
}

// TestReplacedProgramAnswersStreams: a stream outlives deployments.
func TestReplacedProgramAnswersStreams(t *testing.T) {
	p, n := single(t)
	s := p.openStream(n, false)
	s.say(`{"n":1,"input":"buy","args":{"who":"ann","n":1}}` + "\n")
	if got := s.hear(1); got != `{"n":1,"reply":"ann"}` {
		t.Fatal(got)
	}
	if _, err := n.client.Deploy(t.Context(), artifact(t, putProgram), 0); err != nil {
		t.Fatal(err)
	}
	s.say(`{"n":2,"input":"put","args":{"id":"a"}}` + "\n")
	if got := s.hear(1); got != `{"n":2,"ok":true}` {
		t.Fatal(got)
	}
}

// cutter passes connections on to an address and cuts each after some bytes from
// the client.
type cutter struct {
	net.Listener
	after int64
	cuts  atomic.Int64
}

func newCutter(t *testing.T, to string, after int64) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{Listener: l, after: after}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.pass(conn, to)
		}
	}()
	return c
}

func (c *cutter) pass(from net.Conn, to string) {
	defer from.Close()
	node, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer node.Close()
	go func() { io.Copy(from, node); from.Close() }()
	if _, err := io.CopyN(node, from, c.after); err == nil {
		c.cuts.Add(1)
	}
}

// TestCutConnectionsCountOnce: connections break in the middle of lines and of
// answers again and again; every input is acknowledged in the end and counts once.
func TestCutConnectionsCountOnce(t *testing.T) {
	p := newProcs(t, "n1")
	n := p.start("n1", nil)
	if _, err := n.client.Deploy(t.Context(), artifact(t, countProgram), 0); err != nil {
		t.Fatal(err)
	}
	const callers, each = 32, 20
	cut := newCutter(t, n.API, 7001)
	c := p.connect(cut.Addr().String(), adminToken)
	countOnce(t, c, callers, each)
	if cut.cuts.Load() == 0 {
		t.Error("no connection was cut")
	}
	total(t, n, callers*each)
}

// countProgram counts in a way that is the same on every replica, and a way that
// is not; sameProgram only in the first.
const (
	countProgram = `
shared count: GCounter
shared slow: PNCounter
input put(by: Nat)
on put(by) { count.increment(by) if peek(count >= 0, "always so") { slow.decrement(by) } }
let all = (count, -slow)
show all
`
	sameProgram = `
shared count: GCounter
shared slow: GCounter
input put(by: Nat)
on put(by) { count.increment(by) slow.increment(by) }
let all = (count, slow)
show all
`
)

// countOnce gives inputs from several callers, each again under its key until it
// is acknowledged.
func countOnce(t *testing.T, c *client.Client, callers, each int) {
	t.Helper()
	var all sync.WaitGroup
	for w := range callers {
		all.Go(func() {
			for i := range each {
				key := fmt.Sprintf("%d/%d", w, i)
				for end := time.Now().Add(30 * time.Second); ; {
					_, err := c.Input(t.Context(), key, "put", []int{1})
					if err == nil {
						break
					}
					var gone *client.Unreachable
					if !errors.As(err, &gone) || time.Now().After(end) {
						t.Errorf("%s: %v", key, err)
						return
					}
				}
			}
		})
	}
	all.Wait()
}

func total(t *testing.T, n *proc, want int) {
	t.Helper()
	text := ""
	defer func() {
		if t.Failed() {
			t.Logf("%s counts %s", n.Name, text)
		}
	}()
	eventually(t, fmt.Sprintf("%s counts %d", n.Name, want), func() bool {
		s, err := n.client.Show(t.Context(), "all", client.Text)
		text = s.Text
		return err == nil && text == fmt.Sprintf("(%d, %d)", want, want)
	})
}

// TestKilledNodeCountsOnce: a node is killed while many inputs are on their way;
// all are done by the others or by its next life, and count once. Those that
// depend on what a replica holds are not the same twice, so the killed node is
// asked alone.
func TestKilledNodeCountsOnce(t *testing.T) {
	for _, alone := range []bool{true, false} {
		t.Run(map[bool]string{true: "one node", false: "of three"}[alone], func(t *testing.T) {
			names := []string{"n1", "n2", "n3"}
			program := sameProgram
			if alone {
				names, program = names[:1], countProgram
			}
			p := newProcs(t, names...)
			var addrs []string
			for _, name := range names {
				addrs = append(addrs, p.start(name, nil).API)
			}
			n := p.nodes["n1"]
			if _, err := n.client.Deploy(t.Context(), artifact(t, program), 0); err != nil {
				t.Fatal(err)
			}
			c, err := client.New(client.Options{Addrs: addrs, CA: p.ca, Token: adminToken})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for _, name := range names {
				total(t, p.nodes[name], 0)
			}
			const callers, each = 32, 40
			done := make(chan struct{})
			go func() {
				defer close(done)
				countOnce(t, c, callers, each)
			}()
			eventually(t, "inputs are on their way", func() bool {
				s, err := n.client.Show(t.Context(), "all", client.Text)
				return err == nil && len(s.Text) > len("(99, 99)")
			})
			n.kill()
			n = p.start("n1", nil)
			<-done
			for _, name := range names {
				total(t, p.nodes[name], callers*each)
			}
		})
	}
}

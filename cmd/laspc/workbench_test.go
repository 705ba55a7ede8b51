package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// workbench is a small stand-in for Maelstrom: it starts `laspc maelstrom` as
// processes, carries their lines, and loses, delays and cuts what goes between
// nodes. What goes between clients and nodes always arrives.
type workbench struct {
	t     *testing.T
	names []string
	nodes map[string]*benchNode

	mu      sync.Mutex
	rng     *rand.Rand
	loss    float64
	delay   time.Duration  // at most, between nodes
	side    map[string]int // nodes on different sides do not hear each other
	next    int64          // message id of clients
	waiting map[int64]chan map[string]any
	sent    int // messages between nodes
	closed  bool
}

type benchNode struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	mu  sync.Mutex
}

// startWorkbench runs n nodes of an example and initialises them.
func startWorkbench(t *testing.T, program string, n int, seed uint64) *workbench {
	t.Helper()
	w := &workbench{
		t: t, nodes: map[string]*benchNode{}, waiting: map[int64]chan map[string]any{}, side: map[string]int{},
		rng: rand.New(rand.NewPCG(seed, 1)),
	}
	for i := range n {
		w.names = append(w.names, fmt.Sprintf("n%d", i+1))
	}
	for _, name := range w.names {
		w.start(name, program)
	}
	t.Cleanup(w.close)
	for _, name := range w.names {
		if _, code := w.call(name, map[string]any{"type": "init", "node_id": name, "node_ids": w.names}); code != 0 {
			t.Fatalf("%s is not initialised: %d", name, code)
		}
	}
	return w
}

func (w *workbench) start(name, program string) {
	w.t.Helper()
	cmd := exec.Command("laspc", "maelstrom", "--wait", "1s", filepath.Join("..", "..", "examples", "maelstrom", program+".lasp"))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.nodes[name] = &benchNode{cmd: cmd, in: in}
	go func() {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			w.route(append([]byte(nil), lines.Bytes()...))
		}
	}()
}

func (w *workbench) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	for _, n := range w.nodes {
		n.in.Close()
	}
	for name, n := range w.nodes {
		if err := n.cmd.Wait(); err != nil {
			w.t.Errorf("%s ended with %v", name, err)
		}
	}
}

// route carries a line of a node to where it goes.
func (w *workbench) route(line []byte) {
	var m struct {
		Src, Dest string
		Body      map[string]any
	}
	if err := json.Unmarshal(line, &m); err != nil {
		w.t.Errorf("a node wrote %q: %v", line, err)
		return
	}
	to := w.nodes[m.Dest]
	w.mu.Lock()
	defer w.mu.Unlock()
	if to == nil {
		id, _ := m.Body["in_reply_to"].(float64)
		if ch := w.waiting[int64(id)]; ch != nil {
			delete(w.waiting, int64(id))
			ch <- m.Body
		}
		return
	}
	w.sent++
	if w.closed || w.side[m.Src] != w.side[m.Dest] || w.rng.Float64() < w.loss {
		return
	}
	later := time.Duration(0)
	if w.delay > 0 {
		later = rand.N(w.delay)
	}
	time.AfterFunc(later, func() { to.write(line) })
}

func (n *benchNode) write(line []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.in.Write(append(line, '\n')) // an error means that the node has ended
}

// Codes that the harness gives beside those of the protocol.
const (
	benchOK      = 0
	benchNoReply = -1
)

// call sends a request and waits for its answer. The code is that of the error,
// or 0.
func (w *workbench) call(node string, body map[string]any) (answer map[string]any, code int) {
	ch := make(chan map[string]any, 1)
	w.mu.Lock()
	w.next++
	id := w.next
	w.waiting[id] = ch
	w.mu.Unlock()
	body["msg_id"] = id
	line, err := json.Marshal(map[string]any{"src": fmt.Sprintf("c%d", id), "dest": node, "body": body})
	if err != nil {
		panic(err)
	}
	w.nodes[node].write(line)
	select {
	case answer = <-ch:
	case <-time.After(15 * time.Second):
		return nil, benchNoReply
	}
	if answer["type"] == "error" {
		if code = int(answer["code"].(float64)); code == 0 { // the node does not know either
			return nil, benchNoReply
		}
		return answer, code
	}
	if want := body["type"].(string) + "_ok"; answer["type"] != want {
		w.t.Errorf("%v answers %v, want %s", answer, body, want)
	}
	return answer, benchOK
}

// partition puts the named nodes on a side of their own; without names all hear
// each other.
func (w *workbench) partition(names ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.side)
	for _, n := range names {
		w.side[n] = 1
	}
}

// anyNode is one of the nodes.
func (w *workbench) anyNode() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.names[w.rng.IntN(len(w.names))]
}

// settled waits until a read at every node answers what is wanted.
func (w *workbench) settled(field string, right func(v any) bool) {
	w.t.Helper()
	for _, name := range w.names {
		var got any
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			answer, _ := w.call(name, map[string]any{"type": "read"})
			if got = answer[field]; right(got) {
				break
			}
			if time.Now().After(end) {
				w.t.Fatalf("%s has %v", name, got)
			}
		}
	}
}

// numbers are the members of a JSON array of numbers, in order.
func numbers(v any) []int {
	list, _ := v.([]any)
	out := make([]int, 0, len(list))
	for _, x := range list {
		n, _ := x.(float64)
		out = append(out, int(n))
	}
	slices.Sort(out)
	return out
}

package main

import (
	"slices"
	"sync"
	"testing"
	"time"
)

func TestMaelstromEcho(t *testing.T) {
	w := startWorkbench(t, "echo", 1, 1)
	if answer, _ := w.call("n1", map[string]any{"type": "echo", "echo": "Please echo 35"}); answer["echo"] != "Please echo 35" {
		t.Errorf("the echo is %v", answer)
	}
	if answer, code := w.call("n1", map[string]any{"type": "shout", "echo": "x"}); code != 10 {
		t.Errorf("an unknown operation is answered with %v, want code 10", answer)
	}
	if answer, code := w.call("n1", map[string]any{"type": "echo", "echo": 7}); code != 12 {
		t.Errorf("an argument of a wrong type is answered with %v, want code 12", answer)
	}
}

// disturb runs a load while messages are lost and delayed and the first two
// nodes are cut off in the middle, and mends the network after it.
func (w *workbench) disturb(ops int, op func(i int)) {
	w.mu.Lock()
	w.loss, w.delay = 0.1, 10*time.Millisecond
	w.mu.Unlock()
	for i := range ops {
		switch i {
		case ops / 3:
			w.partition("n1", "n2")
		case 2 * ops / 3:
			w.partition()
		}
		op(i)
	}
	w.mu.Lock()
	w.loss = 0
	w.mu.Unlock()
}

// TestMaelstromSets: what was accepted anywhere is in the end seen everywhere.
func TestMaelstromSets(t *testing.T) {
	for _, kind := range []struct{ program, op, arg, result string }{
		{"broadcast", "broadcast", "message", "messages"},
		{"g-set", "add", "element", "value"},
	} {
		t.Run(kind.program, func(t *testing.T) {
			t.Parallel()
			w := startWorkbench(t, kind.program, 5, 2)
			var want []int
			w.call("n1", map[string]any{"type": "topology", "topology": map[string]any{"n1": []string{"n2"}}})
			w.disturb(60, func(i int) {
				if _, code := w.call(w.anyNode(), map[string]any{"type": kind.op, kind.arg: i}); code == benchOK {
					want = append(want, i)
				}
			})
			if len(want) != 60 {
				t.Errorf("%d of 60 were accepted; none needs another node", len(want))
			}
			w.settled(kind.result, func(v any) bool { return slices.Equal(numbers(v), want) })
		})
	}
}

// TestMaelstromCounters: every addition counts once, whatever was lost or cut.
func TestMaelstromCounters(t *testing.T) {
	for _, kind := range []struct {
		program string
		least   int // delta
	}{{"g-counter", 0}, {"pn-counter", -5}} {
		t.Run(kind.program, func(t *testing.T) {
			t.Parallel()
			w := startWorkbench(t, kind.program, 3, 3)
			want := 0
			w.disturb(60, func(i int) {
				delta := kind.least + i%9
				if _, code := w.call(w.anyNode(), map[string]any{"type": "add", "delta": delta}); code == benchOK {
					want += delta
				}
			})
			if want == 0 {
				t.Error("nothing was accepted")
			}
			w.settled("value", func(v any) bool { n, ok := v.(float64); return ok && int(n) == want })
		})
	}
}

func TestMaelstromUniqueIDs(t *testing.T) {
	w := startWorkbench(t, "unique-ids", 3, 4)
	w.partition("n1")
	var mu sync.Mutex
	seen := map[any]bool{}
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 50 {
				answer, code := w.call(w.anyNode(), map[string]any{"type": "generate"})
				mu.Lock()
				if code != benchOK || seen[answer["id"]] {
					t.Errorf("%v comes with code %d, or twice", answer, code)
				}
				seen[answer["id"]] = true
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	if len(seen) != 400 {
		t.Errorf("%d ids of 400", len(seen))
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// history gathers what clients saw, for porcupine.
type history struct {
	mu  sync.Mutex
	ops []porcupine.Operation
}

// do makes a request and notes it with its answer. What was refused for certain
// did not happen; what was not answered may have, at any time after.
func (h *history) do(w *workbench, client int, node string, body map[string]any) {
	call := time.Now().UnixNano()
	answer, code := w.call(node, maps.Clone(body))
	op := porcupine.Operation{ClientId: client, Input: body, Call: call, Return: time.Now().UnixNano(), Output: outcome{answer, code}}
	switch code {
	case 11, 14:
		return
	case benchNoReply:
		if body["type"] == "read" {
			return
		}
		op.Return = math.MaxInt64
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, op)
}

// outcome is an answer with its code.
type outcome struct {
	answer map[string]any
	code   int
}

// open reports whether it is not known what happened.
func (o outcome) open() bool { return o.code == benchNoReply }

// unset is the value of a key that was never written.
const unset = -1

// registerModel is a register with compare and set, of one key.
var registerModel = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := map[int][]porcupine.Operation{}
		for _, op := range history {
			k := op.Input.(map[string]any)["key"].(int)
			byKey[k] = append(byKey[k], op)
		}
		return slices.Collect(maps.Values(byKey))
	},
	Init: func() any { return unset },
	Step: func(state, input, output any) (bool, any) {
		v, in, out := state.(int), input.(map[string]any), output.(outcome)
		switch in["type"] {
		case "write":
			return out.code == benchOK || out.open(), in["value"]
		case "read":
			got, _ := out.answer["value"].(float64)
			return out.code == 20 && v == unset || out.code == benchOK && v == int(got), v
		}
		switch { // cas
		case v == unset:
			return out.code == 20 || out.open(), v
		case v != in["from"].(int):
			return out.code == 22 || out.open(), v
		}
		return out.code == benchOK || out.open(), in["to"]
	},
}

// clients runs a load from several clients while messages are lost and delayed,
// and two nodes after another are cut off from the rest.
func (w *workbench) clients(n, ops int, op func(client int, rng *rand.Rand)) {
	w.mu.Lock()
	w.loss, w.delay = 0.02, 5*time.Millisecond
	w.mu.Unlock()
	stop := make(chan struct{})
	var nemesis sync.WaitGroup
	nemesis.Go(func() {
		for i := 0; ; i++ {
			cut := []string{w.names[i%len(w.names)], w.names[(i+1)%len(w.names)]}
			for _, names := range [][]string{cut, nil} {
				select {
				case <-stop:
					w.partition()
					return
				case <-time.After(700 * time.Millisecond):
				}
				w.partition(names...)
			}
		}
	})
	var all sync.WaitGroup
	for c := range n {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(c), 7))
			for range ops {
				op(c, rng)
			}
		})
	}
	all.Wait()
	close(stop)
	nemesis.Wait()
}

// TestMaelstromLinKV: the operations of all clients, in the order of one register
// a key, while nodes are cut off.
func TestMaelstromLinKV(t *testing.T) {
	t.Parallel()
	w := startWorkbench(t, "lin-kv", 5, 5)
	var h history
	w.clients(5, 20, func(c int, rng *rand.Rand) {
		key := rng.IntN(3)
		body := map[string]any{"type": "read", "key": key}
		switch rng.IntN(3) {
		case 0:
			body = map[string]any{"type": "write", "key": key, "value": rng.IntN(4)}
		case 1:
			body = map[string]any{"type": "cas", "key": key, "from": rng.IntN(4), "to": rng.IntN(4)}
		}
		h.do(w, c, w.anyNode(), body)
	})
	if len(h.ops) < 30 {
		t.Errorf("only %d of 100 operations were answered", len(h.ops))
	}
	if porcupine.CheckOperationsTimeout(registerModel, h.ops, time.Minute) != porcupine.Ok {
		t.Errorf("the history is not linearizable: %s", told(h.ops))
	}
}

// txnModel is a set of registers with transactions over them.
var txnModel = porcupine.Model{
	Init: func() any { return map[int]int{} },
	Step: func(state, input, output any) (bool, any) {
		next, out := maps.Clone(state.(map[int]int)), output.(outcome)
		asked := input.(map[string]any)["txn"].([]any)
		told, _ := out.answer["txn"].([]any)
		for i, one := range asked {
			op := one.([]any)
			k := op[1].(int)
			if op[0] == "w" {
				next[k] = op[2].(int)
				continue
			}
			if out.open() {
				continue
			}
			got, has := told[i].([]any)[2].(float64)
			if v, is := next[k]; is != has || is && v != int(got) {
				return false, state
			}
		}
		return true, next
	},
	Equal: func(a, b any) bool { return maps.Equal(a.(map[int]int), b.(map[int]int)) },
}

// TestMaelstromTxn: transactions are strictly serializable.
func TestMaelstromTxn(t *testing.T) {
	t.Parallel()
	w := startWorkbench(t, "txn-rw-register", 3, 6)
	var h history
	w.clients(4, 12, func(c int, rng *rand.Rand) {
		var txn []any
		for range 1 + rng.IntN(3) {
			if k := rng.IntN(3); rng.IntN(2) == 0 {
				txn = append(txn, []any{"r", k, nil})
			} else {
				txn = append(txn, []any{"w", k, rng.IntN(100)})
			}
		}
		h.do(w, c, w.anyNode(), map[string]any{"type": "txn", "txn": txn})
	})
	if len(h.ops) < 12 {
		t.Errorf("only %d of 48 transactions were answered", len(h.ops))
	}
	if porcupine.CheckOperationsTimeout(txnModel, h.ops, time.Minute) != porcupine.Ok {
		t.Errorf("the history is not strictly serializable: %s", told(h.ops))
	}
}

// told is a history as text, in the order of the calls.
func told(ops []porcupine.Operation) string {
	slices.SortFunc(ops, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	text := ""
	for _, op := range ops {
		in, _ := json.Marshal(op.Input)
		out, _ := json.Marshal(op.Output.(outcome).answer)
		text += fmt.Sprintf("\n%d..%d client %d: %s -> %s", op.Call, op.Return, op.ClientId, in, out)
	}
	return text
}

// Package history holds what clients asked of a cluster, and what they were
// answered, against what must hold of it: in the simulator and on real processes
// alike. The program that they use is agreed.lasp; a driver draws requests from a
// History, sends them, again and through other nodes where no answer came, tells
// what was answered, and at the end what every node holds.
package history

import (
	_ "embed" // the program
	"fmt"
	"maps"
	"math/rand/v2"
)

// Program is the text of the program that the requests are for.
//
//go:embed agreed.lasp
var Program string

// Request is one request of a client.
type Request struct {
	ID     string // the same however often it is sent
	Client int
	Input  string
	Args   []any // int64 or string, in declared order
	Call   int64 // when it was first sent, in ns
	Back   int64 // when it was answered
	Sent   int   // how often it was sent
	Out    any   // int64, bool, []int64, or nil
	// before is, of a count, what was noted when it began.
	before map[int64]bool
}

func (r *Request) n(i int) int64    { return r.Args[i].(int64) }
func (r *Request) key(i int) string { return r.Args[i].(string) }

// History is what was asked and answered so far. It is not safe for concurrent use.
type History struct {
	Answered []*Request

	rng    *rand.Rand
	next   int64
	kept   [3]map[int64]string // acknowledged, and at which node it is kept
	open   map[*Request]bool   // counts that were begun
	closed bool
}

// What a node acknowledges before others have it.
const (
	notes = iota
	words
	bookings
)

// keys are the registers, accounts and stocks.
var keys = []string{"x", "y", "z"}

// New begins a history. What is asked follows from the seed.
func New(seed uint64) *History {
	h := &History{rng: rand.New(rand.NewPCG(seed, 78)), open: map[*Request]bool{}}
	for i := range h.kept {
		h.kept[i] = map[int64]string{}
	}
	return h
}

// drawing is one kind of request, drawn with a weight, after so many others.
type drawing struct {
	input  string
	weight int
	after  int64
	args   func(h *History) []any
}

func (h *History) someKey() any { return keys[h.rng.IntN(len(keys))] }

// drawings is the table of requests. The number of a request is its value.
var drawings = []drawing{
	{"put", 4, 0, func(h *History) []any { return []any{h.someKey(), h.next} }},
	{"get", 4, 0, func(h *History) []any { return []any{h.someKey()} }},
	{"cas", 3, 0, func(h *History) []any { return []any{h.someKey(), max(0, h.next-1-h.rng.Int64N(6)), h.next} }},
	{"move", 3, 0, func(h *History) []any { return []any{h.next, h.someKey(), h.someKey(), h.rng.Int64N(60)} }},
	{"total", 1, 0, func(*History) []any { return nil }},
	{"note", 2, 0, func(h *History) []any { return []any{h.next} }},
	{"count", 1, 0, func(*History) []any { return nil }},
	{"close", 1, 60, func(*History) []any { return nil }},
	{"tick", 1, 0, func(h *History) []any { return []any{h.next} }},
	{"word", 1, 0, func(h *History) []any { return []any{h.next} }},
	{"fill", 1, 0, func(h *History) []any { return []any{h.next, h.someKey(), h.rng.Int64N(9) + 1} }},
	{"take", 3, 0, func(h *History) []any { return []any{h.next, h.someKey(), h.rng.Int64N(6) + 1} }},
}

// Draw makes the next request of a client at a time.
func (h *History) Draw(client int, now int64) *Request {
	h.next++
	sum := 0
	for _, d := range drawings {
		if h.next > d.after {
			sum += d.weight
		}
	}
	at := h.rng.IntN(sum)
	for _, d := range drawings {
		if h.next <= d.after {
			continue
		}
		if at -= d.weight; at < 0 {
			r := &Request{ID: fmt.Sprintf("r%d", h.next), Client: client, Input: d.input, Args: d.args(h), Call: now}
			if d.input == "count" {
				r.before = map[int64]bool{}
				for n := range h.kept[notes] {
					r.before[n] = true
				}
				h.open[r] = true
			}
			return r
		}
	}
	panic("history: the weights do not add up")
}

// Answer tells what a request was answered, by which node, and when. A request
// that was refused for good is not told.
func (h *History) Answer(r *Request, node string, out any, now int64) {
	r.Out, r.Back = out, now
	h.Answered = append(h.Answered, r)
	delete(h.open, r)
	switch r.Input {
	case "note":
		h.kept[notes][r.n(0)] = node
	case "word":
		h.kept[words][r.n(0)] = node
	case "fill", "take":
		if out == true {
			h.kept[bookings][r.n(0)] = node
		}
	case "close":
		h.closed = true
	}
}

// LoseDisk says that a node loses its disk, with what no other had yet.
func (h *History) LoseDisk(node string) {
	for _, kept := range h.kept {
		maps.DeleteFunc(kept, func(_ int64, at string) bool { return at == node })
	}
	for r := range h.open {
		r.before = nil
	}
}

package node

import (
	"context"
	"sync"

	"github.com/laspc/lasp/runtime/replica"
)

// watchers wakes those who follow shows and outputs. A watcher is woken, not
// told: it then reads the present state, so a slow one skips states in between
// and costs no memory.
type watchers struct {
	mu   sync.Mutex
	wake map[string]map[chan struct{}]bool // by "show/NAME" or "output/NAME"

	// logs hold what each output that somebody follows emitted, in the order in
	// which it became known here. They are the driver's.
	logs map[string]*outputLog
}

type outputLog struct {
	emits []replica.Emit
	place map[string]int // of an id, counted from 1
}

func (w *watchers) init() {
	w.wake = map[string]map[chan struct{}]bool{}
	w.logs = map[string]*outputLog{}
}

func (l *outputLog) add(e replica.Emit) {
	if l.place[e.ID] == 0 {
		l.emits = append(l.emits, e)
		l.place[e.ID] = len(l.emits)
	}
}

// log returns the log of an output, begun with what the replica holds.
func (w *watchers) log(c *replica.Core, name string) *outputLog {
	l := w.logs[name]
	if l == nil {
		l = &outputLog{place: map[string]int{}}
		w.logs[name] = l
		for _, e := range c.Outputs(name) {
			l.add(e)
		}
	}
	return l
}

// OutputAfter returns the place behind the value with an id in the order in
// which an output's values became known here; 0 when it is not known.
func (n *Node) OutputAfter(ctx context.Context, name, id string) (place int, err error) {
	err = n.Do(ctx, func(c *replica.Core) error { place = n.watch.log(c, name).place[id]; return nil })
	return place, err
}

// OutputFrom returns the values of an output from a place on.
func (n *Node) OutputFrom(ctx context.Context, name string, place int) (emits []replica.Emit, err error) {
	err = n.Do(ctx, func(c *replica.Core) error {
		all := n.watch.log(c, name).emits
		emits = all[min(place, len(all)):len(all):len(all)]
		return nil
	})
	return emits, err
}

// WatchShow returns a channel that gets a token whenever a show may have
// changed; cancel ends it.
func (n *Node) WatchShow(name string) (<-chan struct{}, func()) { return n.watch.add("show/" + name) }

// WatchOutput is like WatchShow for the values of an output.
func (n *Node) WatchOutput(name string) (<-chan struct{}, func()) {
	return n.watch.add("output/" + name)
}

func (w *watchers) add(key string) (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wake[key] == nil {
		w.wake[key] = map[chan struct{}]bool{}
	}
	w.wake[key][ch] = true
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.wake[key], ch)
		if len(w.wake[key]) == 0 {
			delete(w.wake, key)
		}
	}
}

func (w *watchers) shows(names []string) {
	for _, name := range names {
		w.touch("show/" + name)
	}
}

func (w *watchers) outputs(emits []replica.Emit) {
	for _, e := range emits {
		if l := w.logs[e.Output]; l != nil {
			l.add(e)
		}
		w.touch("output/" + e.Output)
	}
}

func (w *watchers) touch(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.wake[key] {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

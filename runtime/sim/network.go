package sim

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/wire"
)

// Flights is the number of messages on their way.
func (w *World) Flights() int { return len(w.flights) }

// Flight is the i-th message on its way; it is not to be changed.
func (w *World) Flight(i int) *Flight { return w.flights[i] }

// Deliver lets the i-th message on its way arrive (0 is the oldest).
func (w *World) Deliver(i int) {
	f := w.flights[i]
	w.flights = slices.Delete(w.flights, i, i+1)
	w.arrive(f)
	w.rush()
}

// rush delivers what is prompt. It ends the operations that may send something.
func (w *World) rush() {
	if w.rushing {
		return
	}
	w.rushing = true
	defer func() { w.rushing = false }()
	for len(w.prompt) > 0 {
		f := w.prompt[0]
		w.prompt = w.prompt[1:]
		w.arrive(f)
	}
}

// Drop loses the i-th message.
func (w *World) Drop(i int) {
	f := w.flights[i]
	w.flights = slices.Delete(w.flights, i, i+1)
	w.Say("lost      %s -> %s  %s", f.From, f.To, f.what)
}

// Duplicate sends the i-th message once more, after all others.
func (w *World) Duplicate(i int) {
	f := *w.flights[i]
	w.flights = append(w.flights, &f)
	w.Say("twice     %s -> %s  %s", f.From, f.To, f.what)
}

func (w *World) arrive(f *Flight) {
	n := w.Node(f.To)
	if n == nil || !n.Alive() || !n.up[f.From] {
		return
	}
	if n.paused {
		w.flights = append(w.flights, f)
		return
	}
	if f.what != "" {
		w.note("arrives " + f.From + " -> " + f.To + " " + f.what)
	}
	n.Tick() // it may have been paused
	if !n.Alive() {
		return
	}
	msg, err := wire.Decode(f.Data)
	w.tell(n, f, msg)
	if err == nil {
		err = n.Core.Step(replica.Receive{From: f.From, Msg: msg})
	}
	if err != nil {
		w.Say("%s refuses: %v", n.Name, err)
	}
	n.pump()
	w.saw(n)
}

// tell puts a delta that arrives in the log: what cells it is about.
func (w *World) tell(n *Node, f *Flight, m wire.Message) {
	b, ok := m.(*wire.Batch)
	if !ok || !w.o.Verbose {
		return
	}
	about := strings.Join(n.Core.About(b), ", ")
	if about == "" {
		return // that a handler has fired, or which program runs
	}
	w.log = append(w.log, fmt.Sprintf("%-9s %s", f.From+" -> "+f.To, about))
}

// Run lets virtual time pass: messages arrive when their time has come, and
// every node is told the time when it wants to know it.
func (w *World) Run(d time.Duration) {
	for end := w.now + int64(d); w.now < end; {
		next := w.wake(end)
		for _, f := range w.flights {
			if to := w.Node(f.To); to == nil || !to.paused {
				next = min(next, max(f.At, w.now+1))
			}
		}
		w.now = next
		w.land()
		w.tick()
	}
}

// wake is the first moment after now, and at most end, of which a node wants to
// be told.
func (w *World) wake(end int64) int64 {
	next := end
	for _, n := range w.nodes {
		if n.Alive() && !n.paused {
			soonest := w.now + 1
			if n.writing != nil { // what it could do may have to wait
				next = min(next, max(n.written, soonest))
				soonest += int64(time.Millisecond)
			}
			if at := n.Core.Wake(); at < math.MaxInt64 {
				next = min(next, max(at-int64(n.Skew), soonest))
			}
		}
	}
	return next
}

func (w *World) tick() {
	for _, n := range w.nodes {
		n.Tick()
		w.rush()
	}
}

// land delivers everything whose time has come, in order of time.
func (w *World) land() {
	for {
		best := -1
		for i, f := range w.flights {
			if to := w.Node(f.To); to != nil && to.paused {
				continue
			}
			if f.At <= w.now && (best < 0 || f.At < w.flights[best].At) {
				best = i
			}
		}
		if best < 0 {
			return
		}
		w.Deliver(best)
	}
}

// Wait moves the clock without delivering anything, stopping wherever a node
// wants to be told the time, so that timed handlers run at their times.
func (w *World) Wait(d time.Duration) {
	for end := w.now + int64(d); w.now < end; {
		w.now = w.wake(end)
		w.tick()
	}
}

// Step moves the clock, at most by d, to where some node wants to be told the
// time.
func (w *World) Step(d time.Duration) {
	w.now = w.wake(w.now + int64(d))
	w.tick()
}

// Settle delivers everything that the connections allow, in order, and makes
// the links anew until nobody owes anything. It reports an error when the
// connected nodes do not come to the same state.
func (w *World) Settle() error {
	for round := 0; round < 8; round++ {
		for n := 0; len(w.flights) > 0; n++ {
			if n > 1<<20 {
				return fmt.Errorf("the replicas do not stop talking")
			}
			w.Deliver(0)
		}
		if w.Converged() == nil {
			return nil
		}
		w.Reconnect()
	}
	return w.Converged()
}

// Converged reports an error that names two connected nodes whose replicated
// states differ.
func (w *World) Converged() error {
	for i, a := range w.nodes {
		for _, b := range w.nodes[i+1:] {
			if w.Connected(a.Name, b.Name) && a.Core.Digest() != b.Core.Digest() {
				return fmt.Errorf("%s and %s are connected and hold different states", a.Name, b.Name)
			}
			if err := w.agree(a, b); err != nil {
				return err
			}
		}
	}
	return w.placed()
}

// agree holds against each other what two connected nodes own of placed groups.
func (w *World) agree(a, b *Node) error {
	if !w.Connected(a.Name, b.Name) {
		return nil
	}
	for _, g := range a.Core.Owned() {
		if ours, theirs := a.Core.GroupDigest(g), b.Core.GroupDigest(g); ours != theirs && slices.Contains(b.Core.Owned(), g) {
			return fmt.Errorf("%s and %s are connected, own the group %s, and hold different states", a.Name, b.Name, g)
		}
	}
	return nil
}

// placed reports an error when all nodes are connected and one of them holds a
// group that is not its own, or does not have all of one that is.
func (w *World) placed() error {
	for i, a := range w.nodes {
		for _, b := range w.nodes[i+1:] {
			if !w.Connected(a.Name, b.Name) {
				return nil
			}
		}
	}
	for _, n := range w.nodes {
		if moving := n.Core.Moving(); len(moving) > 0 {
			return fmt.Errorf("%s has not come to the end of moving %v", n.Name, moving)
		}
	}
	return nil
}

// describe is a message in a few words.
func (w *World) describe(m wire.Message) string {
	switch m := m.(type) {
	case *wire.Hello:
		return "hello"
	case *wire.Batch:
		return "delta"
	case *wire.Vectors:
		return "vectors"
	case *wire.ProgramWant:
		return "asks for the program"
	case *wire.Program:
		return "program"
	case *wire.Order:
		return w.describeOrder(m)
	case *wire.Release:
		return "gives away " + m.Group
	case *wire.Keep:
		return "keeps " + m.Group
	case *wire.Ask, *wire.Answer:
		return wire.Name(m)
	}
	return fmt.Sprintf("%T", m)
}

// describeOrder is a message about the agreed order in a few words.
func (w *World) describeOrder(m *wire.Order) string {
	if w.o.Prompt && (m.Kind == wire.OrderRaft || m.Kind == wire.OrderPoke) {
		return "" // how agreement comes about is of no interest there
	}
	what := map[wire.OrderKind]string{wire.OrderRaft: "raft", wire.OrderAsk: "asks for a decision", wire.OrderTell: "tells a decision",
		wire.OrderWant: "asks what is held", wire.OrderReport: "reports what is held", wire.OrderAdmit: "asks to be taken in", wire.OrderPoke: "asks for a sign of life"}[m.Kind]
	return fmt.Sprintf("order: %s, from %s to %s", what, m.From, cmp.Or(m.To, "the leader"))
}

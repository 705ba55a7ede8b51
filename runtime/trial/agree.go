package trial

import (
	"fmt"
	"slices"
	"time"

	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// What an action has decided in the agreed order is waited for, in virtual time,
// before the next step: a script is one client after the other. What cannot be
// decided under the present connections goes on meanwhile, and is decided when
// they are mended, or refused in the end.
const (
	orderWait = 20 * time.Second // after which a request is refused
	patience  = 6 * time.Second  // that a step waits: enough for an election
	instant   = time.Millisecond
)

// openAction is an action that waits for a decision.
type openAction struct {
	node  *sim.Node
	text  string
	done  bool
	value value.Value
	err   error
}

// elect lets the replicas begin their order, where the program needs one.
func (r *run) elect() error {
	for waited := time.Duration(0); !r.ordered(); waited += instant {
		if waited > 2*orderWait {
			return fmt.Errorf("the replicas do not agree on who leads")
		}
		r.w.Wait(instant)
	}
	return nil
}

func (r *run) ordered() bool {
	return !slices.ContainsFunc(r.w.Nodes(), func(n *sim.Node) bool { return n.Alive() && !n.Core.Ordered() })
}

// sort notes the answers to actions, of whenever.
func (r *run) sort(replies []replica.Reply) {
	for _, re := range replies {
		if open, ok := re.Ref.(*openAction); ok {
			open.done, open.value, open.err = true, re.Value, re.Err
		}
	}
}

// await waits for one action as long as something may still be decided.
func (r *run) await(open *openAction, limit time.Duration) {
	r.until(limit, func() bool {
		r.sort(open.node.Replies())
		return open.done || !open.node.Alive() || !open.node.Core.Undecided(open)
	})
}

// until lets messages arrive and time pass until something holds.
func (r *run) until(limit time.Duration, holds func() bool) {
	for end := r.w.Now() + int64(limit); !holds() && r.w.Now() < end; {
		if n := r.w.Flights(); n > 0 {
			r.w.Deliver(r.ch.Choose(n))
			continue
		}
		r.w.Step(time.Duration(end - r.w.Now()))
	}
}

// settle delivers everything that the connections allow, and decides what can be
// decided.
func (r *run) settle() error {
	if err := r.w.Settle(); err != nil || !r.undecided() {
		return err
	}
	r.until(patience, func() bool { return !r.undecided() })
	return r.w.Settle()
}

// undecided reports whether a replica waits for a decision.
func (r *run) undecided() bool {
	return slices.ContainsFunc(r.w.Nodes(), func(n *sim.Node) bool { return n.Alive() && n.Core.Undecided(nil) })
}

// last is the action that began to wait last, nil if none waits.
func (r *run) last() *openAction {
	if len(r.open) == 0 {
		return nil
	}
	return r.open[len(r.open)-1]
}

// closeOpen looks what became of actions that waited.
func (r *run) closeOpen() error {
	for _, n := range r.w.Nodes() {
		r.sort(n.Replies())
	}
	var failed error
	r.open = slices.DeleteFunc(r.open, func(o *openAction) bool {
		if o.done && o.err != nil && failed == nil {
			failed = fmt.Errorf("at %s, `%s` failed in the end: %w", o.node.Name, o.text, o.err)
		}
		return o.done
	})
	return failed
}

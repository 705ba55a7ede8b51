package trial

import (
	"errors"
	"fmt"
	"strings"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/sim"
)

// at runs the actions of a step, each a turn of its own.
func (r *run) at(st *ir.Step) error {
	for i, a := range st.Actions {
		if _, err := r.act(st.Replica, i, a); err != nil {
			return fmt.Errorf("at %s, `%s` failed: %w", st.Replica, a.Text, err)
		}
		r.action = i + 1
		if i+1 == len(st.Actions) {
			break
		}
		r.acting = true
		err := r.maybeDeliver()
		r.acting = false
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *run) act(name string, i int, a *ir.Action) (value.Value, error) {
	n, err := r.node(name)
	if err != nil {
		return value.Value{}, err
	}
	r.did("at "+name, a.Text)
	r.order.happened(name, "acts ", r.step, " ", i)
	open := &openAction{node: n, text: a.Text}
	if err := r.give(n, open, replica.Body{Action: a, Seed: r.seed(name, i), Ref: open}); err != nil {
		return value.Value{}, err
	}
	if open.done {
		return open.value, open.err
	}
	if n.Alive() && n.Core.Undecided(open) {
		r.open = append(r.open, open)
	}
	return value.MakeUnbound(), nil // its reply waits
}

// maxPatience bounds the messages that arrive while a reply is waited for.
const maxPatience = 1 << 16

// give gives a node an event and waits for its reply as far as others have to do
// with it. Where the program places cells, what is on its way arrives, in order,
// until the reply is there, and what does not answer in time fails.
func (r *run) give(n *sim.Node, open *openAction, ev replica.Event) error {
	replies, err := n.Do(ev)
	if err != nil {
		return err
	}
	r.sort(replies)
	for tries := 0; !open.done && n.Alive() && n.Core.Asks(); tries++ {
		if r.w.Flights() > 0 && tries < maxPatience {
			r.w.Deliver(0)
		} else {
			r.w.Wait(replica.Patience)
		}
		r.sort(n.Replies())
	}
	r.await(open, patience)
	return nil
}

// eval evaluates an expression at a node.
func (r *run) eval(n *sim.Node, code *ir.Expr, f replica.Facts, slots ...value.Value) (value.Value, error) {
	v, err := n.Core.Eval(code, f, slots...)
	if !replica.Elsewhere(err) {
		return v, err
	}
	return r.look(n, replica.Look{Code: code, Slots: slots, Facts: &f})
}

// view reads a view by name.
func (r *run) view(n *sim.Node, name string) (value.Value, error) {
	v, err := n.Core.View(name)
	if !replica.Elsewhere(err) {
		return v, err
	}
	return r.look(n, replica.Look{Name: name})
}

func (r *run) look(n *sim.Node, l replica.Look) (value.Value, error) {
	open := &openAction{node: n, text: "an expression"}
	l.Ref = open
	err := r.give(n, open, l)
	if err == nil && !open.done {
		err = errors.New("there is no answer")
	}
	if err != nil {
		return value.Value{}, err
	}
	return open.value, open.err
}

func (r *run) expectFails(st *ir.Step) error {
	for i, a := range st.Actions {
		v, err := r.act(st.Replica, i, a)
		if open := r.last(); open != nil && err == nil && v.Kind() == value.Unbound {
			r.await(open, 2*orderWait)
			r.open = r.open[:len(r.open)-1]
			err = open.err
		}
		if err == nil {
			continue
		}
		var e *replica.Error
		if errors.As(err, &e) && strings.HasPrefix(e.Code, st.Name) {
			return nil
		}
		return fmt.Errorf("at %s, `%s` was to be refused with %s and was refused otherwise: %w", st.Replica, a.Text, st.Name, err)
	}
	return fmt.Errorf("at %s, nothing was refused with %s", st.Replica, st.Name)
}

// expect evaluates an expectation at one replica or at all that run.
func (r *run) expect(st *ir.Step) error {
	seen := false
	for _, n := range r.w.Nodes() {
		if !n.Alive() || st.Replica != "" && st.Replica != n.Name {
			continue
		}
		seen = true
		if err := r.expectAt(n, st); err != nil {
			return err
		}
	}
	if !seen {
		return fmt.Errorf("no replica is running that could be asked `%s`", st.Text)
	}
	return nil
}

func (r *run) expectAt(n *sim.Node, st *ir.Step) error {
	slots := make([]value.Value, len(st.Calls))
	for i, call := range st.Calls {
		v, err := r.act(n.Name, i, &ir.Action{Call: call, Text: st.Text, Pos: call.Pos, Slots: st.Value.Slots})
		if err != nil {
			return fmt.Errorf("at %s, `%s`: %w", n.Name, st.Text, err)
		}
		slots[i] = v
	}
	facts := replica.Facts{Seed: r.seed(n.Name, len(st.Calls))}
	v, err := r.eval(n, st.Value, facts, slots...)
	if err != nil {
		return fmt.Errorf("at %s, `%s`: %w", n.Name, st.Text, err)
	}
	if v.Kind() == value.Bool && v.Bool() {
		return nil
	}
	if e := st.Value; e.Op == ir.ECall && len(e.Args) == 2 {
		left, err1 := r.eval(n, sized(e.Args[0], e.Slots), facts, slots...)
		right, err2 := r.eval(n, sized(e.Args[1], e.Slots), facts, slots...)
		if err1 == nil && err2 == nil {
			return fmt.Errorf("at %s, `%s` does not hold: the left side is %s, the right side %s", n.Name, st.Text, left, right)
		}
	}
	return fmt.Errorf("at %s, `%s` does not hold: it is %s", n.Name, st.Text, v)
}

// sized is an inner expression as one that stands alone, with the frame of the
// whole.
func sized(e *ir.Expr, slots int) *ir.Expr {
	c := *e
	c.Slots = slots
	return &c
}

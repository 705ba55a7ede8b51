package trial

import (
	"errors"
	"strings"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/sim"
)

// maybeDeliver lets some of the messages on their way arrive, in any order.
// Plain: none.
func (r *run) maybeDeliver() error {
	if r.order != nil {
		return r.deliverSome()
	}
	if r.w.Flights() == 0 {
		return nil
	}
	for n := r.ch.Choose(r.w.Flights() + 1); n > 0 && r.w.Flights() > 0; n-- {
		r.w.Deliver(r.ch.Choose(r.w.Flights()))
	}
	return nil
}

const (
	maxFaults = 4   // in one sync
	maxMoves  = 200 // of the disturbed part of one sync
)

// sync delivers everything that the connections allow. Before that, messages
// are reordered and faults strike; all faults end before it does.
func (r *run) sync() error {
	r.w.Say("sync")
	if r.order != nil {
		return r.deliverAll()
	}
	var ends []func()
	left := r.ch.Choose(maxFaults)
	table := sim.Faults()
	for move := 0; move < maxMoves && (r.w.Flights() > 0 || left > 0); move++ {
		switch {
		case left > 0 && (r.w.Flights() == 0 || r.ch.Choose(4) == 0):
			left--
			f := table[r.ch.Choose(len(table))]
			if end := f.Strike(r.w, r.ch); end != nil {
				ends = append(ends, end)
			}
		case len(ends) > 0 && r.ch.Chance(6):
			ends[0]()
			ends = ends[1:]
		default:
			r.w.Deliver(r.ch.Choose(r.w.Flights()))
		}
	}
	for _, end := range ends {
		end()
	}
	return r.settle()
}

// finish brings all replicas back, lets everything arrive, and returns what is
// fixed or stable and must therefore be the same under every schedule.
func (r *run) finish() (map[string]string, *stepError) {
	if err := r.start(); err != nil {
		return nil, &stepError{message: err.Error()}
	}
	r.w.Say("end")
	r.w.Heal()
	for _, n := range r.w.Nodes() {
		if !n.Alive() {
			if err := n.Restart(false); err != nil {
				return nil, &stepError{message: err.Error()}
			}
		}
	}
	r.w.Wait(time.Millisecond)
	err := r.lastSync()
	if err == nil {
		err = r.closeOpen()
	}
	if err != nil {
		return nil, &stepError{message: err.Error(), known: errors.Is(err, errKnown)}
	}
	final := map[string]string{}
	for name, v := range r.steady() {
		got, err := r.view(r.w.Nodes()[0], name)
		if err != nil || hasConflict(got) || r.onConflict(v) {
			continue
		}
		final[name] = got.String()
	}
	return final, nil
}

// lastSync delivers whatever is still on its way.
func (r *run) lastSync() error {
	if r.order == nil {
		return r.settle()
	}
	r.step, r.action = len(r.s.test.Steps), 0
	r.everywhere("end")
	return r.deliverAll()
}

// steady lists the fixed and stable definitions, shows and cells, but for what
// depends on who came first.
func (r *run) steady() map[string]ir.View {
	p := r.version.prog
	open := openCells(p, r.s.test)
	out := map[string]ir.View{}
	for i, c := range p.Cells {
		if c.Group == "" && stableKind(c) && !c.IsHidden() && !open[i] {
			out[c.Name] = c.View
		}
	}
	for _, l := range p.Lets {
		if steadyClass(l.Class) && !l.Lazy && !follows(p, l.View.Node, open) {
			out[l.Name] = l.View
		}
	}
	for _, s := range p.Shows {
		if steadyClass(s.Class) && !follows(p, s.View.Node, open) {
			out[s.Name] = s.View
		}
	}
	return out
}

func steadyClass(class string) bool { return class == "fixed" || class == "stable" }

// stableKind reports whether the whole view of a cell grows with its state.
func stableKind(c *ir.Cell) bool {
	for t := c.Kind.Resolve(); ; t = t.Args[len(t.Args)-1].Resolve() {
		k := lattice.Lookup(t.Con)
		if k == nil || !k.Stable {
			return false
		}
		if !k.Map {
			return true
		}
	}
}

// onConflict reports whether a view depends on a cell that is in conflict.
func (r *run) onConflict(v ir.View) bool {
	p := r.version.prog
	if v.Node < 0 || v.Node >= len(p.Nodes) {
		return true
	}
	for i := range p.Nodes[v.Node].Quals {
		got, err := r.view(r.w.Nodes()[0], p.Cells[i].Name)
		if err != nil || hasConflict(got) {
			return true
		}
	}
	return false
}

// hasConflict looks for a conflict, or the error that one leaves, inside v.
func hasConflict(v value.Value) bool {
	if v.Kind() == value.Conflict || v.Kind() == value.Error {
		return true
	}
	for _, x := range v.Elems() {
		if hasConflict(x) {
			return true
		}
	}
	return false
}

// String is a schedule for a person.
func (s Schedule) String() string {
	var b strings.Builder
	for i, d := range s.Decisions {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(value.MakeInt(int64(d)).String())
	}
	return b.String()
}

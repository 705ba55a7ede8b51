package replica

import (
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/runtime/wire"
)

// What a node does that comes back after it was retired.

// Retirement says that this node was retired, and what of its work is lost.
type Retirement struct {
	// Of is the node that was retired where it is another one, of which this one
	// holds turns that are not accepted.
	Of string
	// Lost are turns that were acknowledged here and passed on to nobody that
	// took part, Cells the cells that they wrote, as far as that is known.
	Lost  uint64
	Cells []string
}

// Error is a sentence for people.
func (r *Retirement) Error() string {
	msg := "this node was retired"
	if r.Of != "" {
		msg = fmt.Sprintf("this node holds turns of %s that are not accepted, because that node was retired before this one was taken in", r.Of)
	}
	verb := "they wrote "
	switch r.Lost {
	case 0:
		return msg + "; all that it had acknowledged is known to the others"
	case 1:
		msg, verb = msg+", and 1 turn that it had acknowledged was not passed on before: it is lost", "it wrote "
	default:
		msg += fmt.Sprintf(", and %d turns that it had acknowledged were not passed on before: they are lost", r.Lost)
	}
	if len(r.Cells) > 0 {
		msg += "; " + verb + strings.Join(r.Cells, ", ")
	}
	return msg
}

// Retired says that this node was retired, nil while it was not. A driver ends the
// node, which begins anew, as another life and without its state.
func (c *Core) Retired() *Retirement { return c.retirement }

// receiveRetired hears from a peer that this node was retired.
func (c *Core) receiveRetired(m *wire.Retired) error {
	if m.Node != c.actor.Node || m.Inc < c.actor.Inc {
		return nil
	}
	r := &retired{}
	if err := r.join(m.Inc, m.Accepted); err != nil {
		return err
	}
	c.retiredHere(r)
	return nil
}

// holdsVoid reports whether turns of a retired node are held here that are not
// accepted: a node that was not taken in when the others said what they hold may
// have got them.
func (c *Core) holdsVoid(name string) bool {
	for g, st := range c.stores {
		if st == nil || g == here || name == c.actor.Node {
			continue
		}
		for _, rg := range st.Vector().Ranges() {
			if rg.Actor.Node == name && c.isRetired(name, rg.Actor.Inc) && !c.gone[name].of(c.groups.name(g)).CoversRange(rg) {
				return true
			}
		}
	}
	return false
}

// tainted ends a node that holds what nobody may take from it. What it did itself
// and a member acknowledged is safe.
func (c *Core) tainted(name string) {
	r := &retired{}
	for _, p := range c.peers {
		if c.isMemberName(p.name) {
			r.of(c.groups.name(everywhere)).Join(p.known)
			for g, part := range p.parts {
				r.of(c.groups.name(g)).Join(part.known)
			}
		}
	}
	c.retirement = nil
	c.retiredHere(r)
	c.retirement.Of = name
}

// retiredHere notes that this node was retired.
func (c *Core) retiredHere(r *retired) {
	if c.retirement != nil {
		return
	}
	lost := &Retirement{}
	cells := map[string]bool{}
	for g, st := range c.stores {
		if st == nil || g == here {
			continue
		}
		kept := &lattice.Vector{}
		for _, rg := range st.Vector().Ranges() {
			if rg.Actor.Node != c.actor.Node {
				kept.Add(rg)
			}
		}
		kept.Join(st.Vector().Meet(r.of(c.groups.name(g))))
		for _, rg := range kept.Missing(st.Vector()) {
			lost.Lost += rg.Hi - rg.Lo + 1
		}
		if lost.Lost > 0 {
			c.cellsBeyond(g, kept, cells)
		}
	}
	for name := range cells {
		lost.Cells = append(lost.Cells, name)
	}
	slices.Sort(lost.Cells)
	c.retirement = lost
}

// cellsBeyond names the cells of a program that the turns beyond a vector wrote, as
// far as history tells.
func (c *Core) cellsBeyond(g int, kept *lattice.Vector, cells map[string]bool) {
	for d := range c.stores[g].Owed(kept, kept.Clone(), state.Limits{}) {
		for i := range d.Pieces {
			name := strings.TrimPrefix(d.Pieces[i].Cell, deployment+"/")
			if !d.Full && !strings.HasPrefix(name, "$") {
				cells[name] = true
			}
		}
	}
}

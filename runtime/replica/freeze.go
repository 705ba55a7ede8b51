package replica

import (
	"fmt"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// A member that reports for a barrier that seals a cell first freezes the cell, so
// that no write comes between its report and the seal. A barrier that fails thaws
// it, by an entry.

// frozen is a place that a barrier has frozen here.
type frozen struct {
	place wire.OrderPlace
	id    uint64 // of the barrier
	since int64
}

// isFrozen reports whether a place is frozen, as a whole, within something that
// is, or in part.
func (c *Core) isFrozen(cell *ir.Cell, keys []value.Value) bool {
	return slices.ContainsFunc(c.ord.frozen, func(f frozen) bool { return f.covers(cell, keys) })
}

// covers reports whether a write at keys would change what is frozen.
func (f *frozen) covers(cell *ir.Cell, keys []value.Value) bool {
	if f.place.Cell != cell.Name {
		return false
	}
	for n := range len(keys) + 1 {
		if p := placeOf(cell, keys[:n]); p.Equal(f.place) {
			return true
		}
	}
	return len(keys) == 0 // the write is of the whole
}

// mayThough reports whether a handler that every replica runs alike may write a
// frozen cell: at the leader, which is to seal what they all made, until it does.
func (c *Core) mayThough(t *turn, cell *ir.Cell, keys []value.Value) bool {
	b := c.ord.barrier
	if b == nil || t.firing.IsZero() || t.run || c.ord.flight != nil || c.ord.group.Leader() != c.actor.Node {
		return false
	}
	return slices.ContainsFunc(b.q.req.Freeze, func(p wire.OrderPlace) bool { return (&frozen{place: p}).covers(cell, keys) })
}

// freeze freezes places for a barrier, durably.
func (c *Core) freeze(id uint64, places []wire.OrderPlace) {
	for _, p := range places {
		i := slices.IndexFunc(c.ord.frozen, func(f frozen) bool { return f.place.Equal(p) })
		switch {
		case i < 0:
			c.ord.frozen = append(c.ord.frozen, frozen{p, id, c.now})
		case c.ord.frozen[i].id >= id:
			continue
		default:
			c.ord.frozen[i].id, c.ord.frozen[i].since = id, c.now
		}
		c.keepOrder(&wire.OrderLog{Frozen: []wire.OrderFrozen{{Place: p, ID: id}}})
	}
}

// refreeze is freeze for what the log remembers; an id of 0 thaws.
func (c *Core) refreeze(f wire.OrderFrozen) {
	c.ord.frozen = slices.DeleteFunc(c.ord.frozen, func(x frozen) bool { return x.place.Equal(f.Place) })
	if f.ID != 0 {
		c.ord.frozen = append(c.ord.frozen, frozen{f.Place, f.ID, c.now})
	}
}

// thaw lets go what is sealed, or what its barrier gave up, and lets handlers run
// that have waited for it.
func (c *Core) thaw() {
	if len(c.ord.frozen) == 0 {
		return
	}
	thawed := false
	c.ord.frozen = slices.DeleteFunc(c.ord.frozen, func(f frozen) bool {
		if c.thawedTo(f.place) < f.id && !c.isSealedPlace(f.place) {
			return false
		}
		thawed = true
		c.keepOrder(&wire.OrderLog{Frozen: []wire.OrderFrozen{{Place: f.place}}})
		return true
	})
	if thawed {
		c.heads = append(c.heads, c.ord.late...)
		c.ord.late = nil
	}
}

// thawedTo is the last barrier of a place that came to nothing.
func (c *Core) thawedTo(p wire.OrderPlace) uint64 {
	v, err := c.stores[everywhere].ReadAt(cellID(deployment, sysThawed), []value.Value{thawKey(p)})
	if err != nil || v.Kind() != value.Int {
		return 0
	}
	return uint64(v.Int())
}

func thawKey(p wire.OrderPlace) value.Value {
	return value.MakeTuple(value.MakeString(p.Cell), value.MakeBytes(p.Key))
}

// proposeThaw asks for the decision that a barrier has come to nothing.
func (c *Core) proposeThaw(id uint64, places []wire.OrderPlace) {
	places = slices.DeleteFunc(slices.Clone(places), c.isSealedPlace)
	if len(places) == 0 {
		return
	}
	q := &asked{req: wire.OrderRequest{ID: fmt.Sprintf("$thaw %d", id), Kind: wire.RunMember, Origin: c.actor.Node, Now: c.now}, internal: true}
	q.work = func(t *turn) (*body, error) {
		for _, p := range places {
			v := []value.Value{value.MakeInt(int64(id))}
			if err := t.in(everywhere).Mutate(cellID(deployment, sysThawed), []value.Value{thawKey(p)}, "join", v); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}
	c.enqueue(q)
}

// frozenPatience is how long a place may be frozen before its node asks whether
// anybody still wants it so.
const frozenPatience = 2_000_000_000

// tickFrozen tells the leader what is frozen for long.
func (c *Core) tickFrozen() {
	c.thaw()
	var old []wire.OrderFrozen
	for i := range c.ord.frozen {
		if f := &c.ord.frozen[i]; c.now-f.since >= frozenPatience {
			f.since = c.now
			old = append(old, wire.OrderFrozen{Place: f.place, ID: f.id})
		}
	}
	switch {
	case len(old) == 0:
	case c.ord.group.Leader() == c.actor.Node:
		c.thawLost(old)
	default:
		c.sendOrder(wire.OrderReport, "", wire.EncodePart(&wire.OrderReported{Frozen: old}))
	}
}

// thawLost thaws what no barrier of this leader wants frozen.
func (c *Core) thawLost(lost []wire.OrderFrozen) {
	if !c.ord.group.Leads() {
		return
	}
	for _, f := range lost {
		wanted := slices.ContainsFunc(c.ord.queue, func(q *asked) bool { return slices.ContainsFunc(q.req.Freeze, f.Place.Equal) })
		deciding := c.ord.flight.holds(func(q *asked) bool { return slices.ContainsFunc(q.req.Freeze, f.Place.Equal) })
		if !wanted && !deciding && c.thawedTo(f.Place) < f.ID {
			c.proposeThaw(f.ID, []wire.OrderPlace{f.Place})
		}
	}
}

package replica

import (
	"cmp"
	"fmt"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/runtime/wire"
)

// A query that needs the whole of a shard that is not held here brings it, for the
// time of the query, as a guest. It comes in parts, each asked for with the vector
// of those before, so that no message is large and whoever holds the shard keeps
// nothing of the transfer: the next part may come from somebody else.
const (
	// guestPart is how many bytes a part has, unless a single turn has more.
	guestPart = 4 << 20
	// guestsMost is how many bytes one query may bring.
	guestsMost = 256 << 20
)

// askGroup asks for the contents of a group.
func (c *Core) askGroup(j *job, g int) {
	st := state.New(lattice.Actor{Node: c.actor.Node, Inc: c.actor.Inc}, c.groups.name(g), c.in)
	if err := c.declareAll(st, g); err != nil {
		j.failed = err
		return
	}
	j.asks++
	c.askPart(j, g, st)
}

// askPart asks for what a guest lacks.
func (c *Core) askPart(j *job, g int, st *state.Store) {
	name := c.groups.name(g)
	c.inquire(&question{group: g, msg: func() *wire.Ask { return &wire.Ask{Fetch: name, Have: encodeVector(st.Vector())} }, done: func(a *wire.Answer, err error) {
		if a != nil && j.prog == c.prog && j.failed == nil {
			err = c.takePart(j, st, a.Deltas)
			if err == nil && a.More {
				c.askPart(j, g, st)
				return
			}
			if j.guests == nil {
				j.guests = map[int]*state.Store{}
			}
			j.guests[g] = st
		}
		c.answered(j, err)
	}})
}

func (c *Core) takePart(j *job, st *state.Store, deltas [][]byte) error {
	for _, data := range deltas {
		j.fetched += len(data)
		if most := cmp.Or(c.cfg.GuestBytes, guestsMost); j.fetched > most {
			return &Error{Code: codeTooLarge, Message: fmt.Sprintf("the query needs more than %d MB of shards that other nodes hold", most>>20),
				Hint: "ask for single keys, or for what a handler keeps of them in a cell of its own"}
		}
		d, err := lattice.DecodeDelta(data, st, deltaLimits)
		if err != nil {
			return err
		}
		if _, _, err := st.Apply(d); err != nil {
			return err
		}
	}
	return nil
}

// receiveFetch gives a part of the contents of a shard. What is at a tag stays
// there.
func (c *Core) receiveFetch(ref remoteRef, m *wire.Ask) error {
	g, err := c.findGroup(m.Fetch)
	if err != nil {
		return err
	}
	if tag, _, _, _ := parseGroup(m.Fetch); tag != "" {
		return c.errUnplaced(g)
	}
	a := &wire.Answer{Away: !c.serves(g)}
	if !a.Away {
		if err := c.fillPart(a, g, m.Have); err != nil {
			return err
		}
	}
	c.answerPeer(ref, a, nil)
	return nil
}

func (c *Core) fillPart(a *wire.Answer, g int, have []byte) error {
	known := &lattice.Vector{}
	if len(have) > 0 {
		var err error
		if known, err = lattice.DecodeVector(have, codec.Limits{}); err != nil {
			return err
		}
	}
	size := 0
	for d := range c.stores[g].Rest(known, state.Limits{}) {
		data := encodeDelta(d)
		if a.More = size > 0 && size+len(data) > guestPart; a.More {
			break
		}
		a.Deltas = append(a.Deltas, data)
		size += len(data)
	}
	return nil
}

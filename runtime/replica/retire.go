package replica

import (
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/state"
	"github.com/laspc/lasp/runtime/wire"
)

// A node that is gone for good is retired by an entry of the order. What it did
// last, and told nobody, must then not turn up later: others have taken its places
// and its rights. So every other member first stops, durably, to take turns from
// it, and then reports which of its turns it holds: a barrier, as that of a seal.
// The entry says which turns are accepted, by group, those that some member holds.
// Later ones are refused by everybody, whoever brings them. A member that does not
// answer may hold more of them, so it is waited for, or retired by the same entry.
//
// Its rights of bounded counters go to the node that decides, which knows by then all
// that was accepted of it: what it may have used later is void.
//
// If the node comes back, its peers tell it what was accepted. It then says which of
// its turns are lost, takes part no more, and begins anew, without its state and as
// another life, at its next start.

const (
	sysRetired = "$retired" // GSet[(String, Int, Bytes)]: node, its last life, and a retirement
	// nodePlace is the cell of the places that stand for nodes: frozen, nothing
	// is taken from the node.
	nodePlace = "$node"
	// codeRetired refuses a node that was retired.
	codeRetired = "L0636"
)

func retiredKind() *types.Type {
	return types.Of("GSet", types.TupleOf(types.String, types.Int, types.Bytes))
}

var retiredID = cellID(deployment, sysRetired)

// retirement is what an entry says of a node beside its last life.
type retirement struct {
	Accepted []wire.GroupVector `cbor:"1,keyasint"` // of its turns, by group
	// Heir and HeirInc are the life of a node that has its rights of bounded
	// counters from then on.
	Heir    string `cbor:"2,keyasint"`
	HeirInc uint64 `cbor:"3,keyasint"`
}

// retired is what is known of a node that was retired.
type retired struct {
	inc    uint64                     // its last life that was
	groups map[string]*lattice.Vector // its accepted turns
}

func (r *retired) of(group string) *lattice.Vector {
	if r.groups == nil {
		r.groups = map[string]*lattice.Vector{}
	}
	if r.groups[group] == nil {
		r.groups[group] = &lattice.Vector{}
	}
	return r.groups[group]
}

// join takes in what is accepted by another account.
func (r *retired) join(inc uint64, groups []wire.GroupVector) error {
	r.inc = max(r.inc, inc)
	for _, g := range groups {
		v, err := lattice.DecodeVector(g.Vector, codec.Limits{})
		if err != nil {
			return err
		}
		r.of(g.Group).Join(v)
	}
	return nil
}

func (r *retired) list() (groups []wire.GroupVector) {
	for name, v := range r.groups {
		if !v.IsEmpty() {
			groups = append(groups, wire.GroupVector{Group: name, Vector: encodeVector(v)})
		}
	}
	slices.SortFunc(groups, func(a, b wire.GroupVector) int { return strings.Compare(a.Group, b.Group) })
	return groups
}

// readRetired reads the list of retired nodes from its cell, and shuts out those
// that are linked.
func (c *Core) readRetired() {
	rows, err := c.stores[everywhere].Read(retiredID)
	if err != nil {
		return
	}
	c.gone = map[string]*retired{}
	*c.estates = lattice.Estates{}
	for _, row := range rows.Elems() {
		e := row.Elems()
		var said retirement
		if wire.DecodePart([]byte(e[2].Str()), &said) != nil {
			continue // from a later version of laspc
		}
		c.estates.Leave(e[0].Str(), uint64(e[1].Int()), lattice.Actor{Node: said.Heir, Inc: said.HeirInc})
		r := c.gone[e[0].Str()]
		if r == nil {
			r = &retired{}
			c.gone[e[0].Str()] = r
		}
		_ = r.join(uint64(e[1].Int()), said.Accepted)
	}
	c.lookAtAll()
	if r := c.gone[c.actor.Node]; r != nil && c.actor.Inc <= r.inc {
		c.retiredHere(r)
	}
	for name := range c.gone {
		if c.holdsVoid(name) {
			c.tainted(name)
		}
	}
	for _, p := range c.peers {
		if p.up && p.inc != 0 && !p.shut && c.isRetired(p.name, p.inc) {
			c.shutOut(p)
		}
	}
}

func isRetirement(ch state.Change) bool { return ch.Cell == retiredID }

// errVoid refuses turns of a node that is retired or about to be.
func errVoid(name string) error {
	return fmt.Errorf("it has turns of %s that are not accepted, because that node was retired", name)
}

// isRetired reports whether a life of a node was retired.
func (c *Core) isRetired(name string, inc uint64) bool {
	r := c.gone[name]
	return r != nil && inc <= r.inc
}

// isGone reports whether a node was retired and has not come back in a later life.
func (c *Core) isGone(name string) bool {
	return c.gone[name] != nil && c.isRetired(name, c.peer(name).inc)
}

// shutOut tells a peer that it was retired, and has nothing else to do with it.
func (c *Core) shutOut(p *peer) {
	r := c.gone[p.name]
	p.shut, p.hello, p.owesVectors = true, false, false
	p.outbox = []wire.Message{&wire.Retired{Node: p.name, Inc: r.inc, Accepted: r.list()}}
	c.note(codeRetired, fmt.Sprintf("%s was retired and is told so: it begins anew at its next start", p.name))
}

// void reports whose turns among some ranges are refused, "" for nobody's. from is
// who brings them.
func (c *Core) void(group int, ranges []lattice.Range, from string) string {
	if len(c.gone) == 0 && len(c.ord.frozen) == 0 {
		return ""
	}
	for _, r := range ranges {
		if c.isRetired(r.Actor.Node, r.Actor.Inc) && !c.gone[r.Actor.Node].of(c.groups.name(group)).CoversRange(r) {
			return r.Actor.Node
		}
		// What members pass on of it is what they report, or have.
		if c.isFrozenNode(r.Actor.Node) && !c.vectorOf(group).CoversRange(r) && !c.isMemberName(from) {
			return r.Actor.Node
		}
	}
	return ""
}

func (c *Core) vectorOf(group int) *lattice.Vector {
	if c.stores[group] == nil {
		return &lattice.Vector{}
	}
	return c.stores[group].Vector()
}

func (c *Core) isMemberName(name string) bool {
	_, all := c.members()
	return slices.ContainsFunc(all, func(m wire.OrderMember) bool { return m.Name == name })
}

func (c *Core) isFrozenNode(name string) bool {
	return slices.ContainsFunc(c.ord.frozen, func(f frozen) bool {
		node, _ := nodeOf(f.place)
		return node == name
	})
}

// placeOfNode stands for a node up to one of its lives.
func placeOfNode(name string, inc uint64) wire.OrderPlace {
	return wire.OrderPlace{Cell: nodePlace, Key: codec.EncodeValue(nil, value.MakeTuple(value.MakeString(name), value.MakeInt(int64(inc))))}
}

func nodeOf(p wire.OrderPlace) (name string, inc uint64) {
	if p.Cell != nodePlace {
		return "", 0
	}
	v, err := codec.DecodeValue(p.Key, types.TupleOf(types.String, types.Int), orderLimits)
	if err != nil {
		return "", 0
	}
	return v.Elems()[0].Str(), uint64(v.Elems()[1].Int())
}

// lastLife is the last life of a node that is known here.
func (c *Core) lastLife(name string) uint64 {
	inc := c.peer(name).inc
	for _, st := range c.stores {
		if st == nil {
			continue
		}
		for _, a := range st.Vector().Actors() {
			if a.Node == name {
				inc = max(inc, a.Inc)
			}
		}
	}
	return inc
}

// heldOf is what is held here of the turns of a node.
func (c *Core) heldOf(name string, r *retired) {
	r.inc = max(r.inc, c.lastLife(name))
	for g, st := range c.stores {
		if st == nil || g == here {
			continue
		}
		for _, rg := range st.Vector().Ranges() {
			if rg.Actor.Node == name {
				r.of(c.groups.name(g)).Add(rg)
			}
		}
	}
}

// submitRetire asks for the entry that retires nodes.
func (c *Core) submitRetire(ev Retire) {
	var names []string
	need := &orderNeeded{}
	for _, name := range ev.Nodes {
		if !slices.Contains(names, name) && !(c.isGone(name) && !c.isMemberName(name)) {
			names = append(names, name)
			need.freeze = append(need.freeze, placeOfNode(name, c.lastLife(name)))
		}
	}
	if len(names) == 0 {
		c.answer(ev.Req, ev.Ref, value.Value{}, nil)
		return
	}
	q := wire.OrderRequest{Kind: wire.RunRetire, Gone: names}
	c.submit(request{req: ev.Req, ref: ev.Ref, ask: func() wire.OrderRequest { return q }}, need, c.retireWork(&q))
}

// retireWork writes what the retirement of nodes comes to, once the barrier stands.
func (c *Core) retireWork(r *wire.OrderRequest) func(*turn) (*body, error) {
	return func(t *turn) (*body, error) {
		if slices.Contains(r.Gone, c.actor.Node) {
			return nil, &Error{Code: codeUnknown, Message: c.actor.Node + " answers and decides for the others: it is not gone", Hint: "let it leave: `laspc leave --to` its address"}
		}
		b := c.ord.barrier
		if b == nil || b.q != t.order.q {
			return nil, c.barrierLate(nil)
		}
		version, members := c.members()
		members = slices.DeleteFunc(slices.Clone(members), func(m wire.OrderMember) bool { return slices.Contains(r.Gone, m.Name) })
		if err := c.writeMembers(t, version+1, members); err != nil {
			return nil, err
		}
		for _, name := range r.Gone {
			if _, holds := c.holders.find(name); holds {
				if err := c.writeHolder(t, name, false, nil); err != nil {
					return nil, err
				}
			}
			gone := b.gone[name]
			if gone == nil {
				gone = &retired{}
			}
			c.heldOf(name, gone)
			said := &retirement{Accepted: gone.list(), Heir: c.actor.Node, HeirInc: c.actor.Inc}
			row := value.MakeTuple(value.MakeString(name), value.MakeInt(int64(gone.inc)), value.MakeBytes(wire.EncodePart(said)))
			if err := t.in(everywhere).Mutate(retiredID, nil, "add", []value.Value{row}); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}
}

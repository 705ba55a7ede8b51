package replica

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// Who may hold what is decided from a list of members that is a cell like any
// other: each node writes its own entry, with its tags, when it first runs a
// program that places cells; one that goes for good is marked as gone. So all
// nodes come to the same list by the same way as to everything else, and two
// that have not yet disagree for a while, which costs copies and never data: see
// release.go.
//
// A member that does not answer keeps its place: the other owners of a shard do
// without it meanwhile. Were it replaced at once, a restart would move all that
// it holds twice.

// The list is a GMap[String, LWW[(Bool, List[String])]]: by node, whether it is a
// member, and its tags in order.

func holdersKind() *types.Type {
	entry := types.TupleOf(types.Bool, types.ListOf(types.String))
	return types.Of("GMap", types.String, types.Of("LWW", entry))
}

// member is a node that is a member.
type member struct {
	name string
	tags []string // in order
}

// holders is the list as this replica knows it.
type holders struct {
	stale  bool // the cell may have changed since
	list   []member
	hash   [16]byte
	owners map[int][]string // by group, as far as they were asked for
}

// readHolders reads the list from its cell. It reports whether it changed.
func (c *Core) readHolders() bool {
	c.holders.stale = false
	v, err := c.stores[everywhere].Read(cellID(deployment, sysHolders))
	if err != nil {
		panic("replica: the list of members cannot be read: " + err.Error())
	}
	hash := [16]byte(hashOf(codec.EncodeValue(nil, v)))
	if hash == c.holders.hash {
		return false
	}
	c.settled = false
	c.holders = holders{hash: hash, owners: map[int][]string{}}
	for entry := range slices.Chunk(v.Elems(), 2) {
		if m, present := memberOf(entry[0], entry[1]); present {
			c.holders.list = append(c.holders.list, m)
		}
	}
	return true
}

func hashOf(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:16]
}

// memberOf reads one entry: an Option of a pair.
func memberOf(name, entry value.Value) (m member, present bool) {
	m.name = name.Str()
	if len(entry.Elems()) != 1 {
		return m, false
	}
	pair := entry.Elems()[0].Elems()
	for _, t := range pair[1].Elems() {
		m.tags = append(m.tags, t.Str())
	}
	return m, pair[0].Bool()
}

// has finds a member by name.
func (m *holders) find(name string) (member, bool) {
	i, ok := slices.BinarySearchFunc(m.list, name, func(m member, name string) int { return strings.Compare(m.name, name) })
	if !ok {
		return member{}, false
	}
	return m.list[i], true
}

// enrol writes the entry of a node.
func (c *Core) enrol(name string, present bool, tags []string) {
	t := c.begin(lattice.Firing{})
	if err := c.writeHolder(t, name, present, tags); err != nil {
		panic("replica: the list of members takes no entry: " + err.Error())
	}
	t.commit()
	c.holders.stale = true
}

// writeHolder is enrol in a turn.
func (c *Core) writeHolder(t *turn, name string, present bool, tags []string) error {
	list := make([]value.Value, len(tags))
	for i, tag := range tags {
		list[i] = value.MakeString(tag)
	}
	entry := value.MakeTuple(value.MakeBool(present), value.MakeList(list))
	return t.in(everywhere).Mutate(cellID(deployment, sysHolders), []value.Value{value.MakeString(name)}, "set", []value.Value{entry})
}

// retire gives up nodes.
func (c *Core) retire(ev Retire) {
	me := []string{c.actor.Node}
	for _, name := range ev.Nodes {
		if name != c.actor.Node && !c.isKnown(name) {
			c.answer(ev.Req, ev.Ref, value.Value{}, &Error{Code: codeUnknown, Message: fmt.Sprintf("there is no node %q in the cluster", name), Hint: "`laspc members` lists the nodes"})
			return
		}
	}
	if c.ord.group != nil && !slices.Equal(ev.Nodes, me) {
		c.submitRetire(ev)
		return
	}
	for _, name := range ev.Nodes {
		c.leaving = c.leaving || name == c.actor.Node
		if _, there := c.holders.find(name); there {
			c.enrol(name, false, nil)
		}
	}
	c.answer(ev.Req, ev.Ref, value.Value{}, nil)
}

// isKnown reports whether a node takes part, or did as far as this one knows.
func (c *Core) isKnown(name string) bool {
	_, holds := c.holders.find(name)
	known := holds || slices.Contains(c.roster, name) || c.gone[name] != nil
	if c.ord.group != nil {
		_, all := c.members()
		known = known || slices.ContainsFunc(all, func(m wire.OrderMember) bool { return m.Name == name })
	}
	return known || slices.ContainsFunc(c.peers, func(p *peer) bool { return p.name == name })
}

// owners lists, in order of preference, the members that are to hold a group: all
// that carry a tag; of a shard, the n with the highest weights. The weight of a
// member depends on it and the shard alone, so one that comes or goes moves only
// what it gets or had: highest random weight, Thaler and Ravishankar (1998).
func (c *Core) owners(g int) []string {
	if names, ok := c.holders.owners[g]; ok {
		return names
	}
	if c.cfg.Embedded {
		return []string{c.actor.Node}
	}
	tag, replicas, _, err := parseGroup(c.groups.name(g))
	if err != nil {
		panic(err)
	}
	var names []string
	for _, m := range c.holders.list {
		if tag == "" || slices.Contains(m.tags, tag) {
			names = append(names, m.name)
		}
	}
	weights := make(map[string]uint64, len(names))
	for _, name := range names {
		weights[name] = weight(name, c.groups.name(g))
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(weights[b], weights[a]), strings.Compare(a, b))
	})
	if tag == "" && len(names) > replicas {
		names = names[:replicas]
	}
	if c.holders.owners == nil {
		c.holders.owners = map[int][]string{}
	}
	c.holders.owners[g] = names
	return names
}

func weight(member, group string) uint64 {
	sum := sha256.Sum256([]byte(member + "\x00" + group))
	return binary.BigEndian.Uint64(sum[:])
}

func (c *Core) owns(name string, g int) bool { return slices.Contains(c.owners(g), name) }

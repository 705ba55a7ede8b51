package replica

import (
	"slices"
	"time"

	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// The members of the order, and who of them can be reached.

// memberList is the list of members as it was last read.
type memberList struct {
	edits   uint64 // of its cell
	named   bool   // there is one
	version int64
	all     []wire.OrderMember
}

// members are those who take part in the order, with their version.
func (c *Core) members() (version int64, all []wire.OrderMember) {
	const id = deployment + "/" + sysMembers
	k, edits := &c.ord.known, c.stores[everywhere].Edits(id)
	if edits != k.edits {
		*k = memberList{edits: edits}
		v, err := c.stores[everywhere].Read(id)
		if k.named = err == nil && v.Kind() == value.Tuple; k.named {
			k.version = v.Elems()[0].Int()
			if wire.DecodePart([]byte(v.Elems()[1].Str()), &k.all) != nil {
				k.all = nil // from a later version of laspc
			}
		}
	}
	if !k.named {
		return 0, c.founders()
	}
	return k.version, k.all
}

func (c *Core) memberName(id uint64) string {
	_, all := c.members()
	for _, m := range all {
		if m.ID == id {
			return m.Name
		}
	}
	return ""
}

// isMember reports whether this node, in this life of its disk, takes part.
func (c *Core) isMember() bool {
	_, all := c.members()
	return slices.Contains(all, c.ord.self)
}

// reachable reports whether a node can be talked to, as far as is known: over a
// link, or it was heard of by way of others not long ago.
func (c *Core) reachable(name string) bool {
	if name == c.actor.Node {
		return true
	}
	linked := false
	for _, p := range c.peers {
		if p.name == name && p.up {
			return true
		}
		linked = linked || p.up
	}
	at, heard := c.ord.heard[name]
	return linked && heard && c.now-at < int64(2*time.Second)
}

// reachableLife reports whether a node can be talked to and is still in the life
// that it is a member with.
func (c *Core) reachableLife(m wire.OrderMember) bool {
	life := c.ord.lives[m.Name]
	return (life == 0 || life == m.ID) && c.reachable(m.Name)
}

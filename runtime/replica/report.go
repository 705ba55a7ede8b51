package replica

import "github.com/laspc/lasp/lang/value"

// What is held where, for drivers, tests and people.

// ShardOf is the shard that a key of a sharded cell is in.
func ShardOf(key value.Value) int { return shardOf(key) }

// Asks reports whether work waits for the answers of other nodes.
func (c *Core) Asks() bool { return len(c.questions) > 0 }

// Owned lists the placed groups that this replica is to hold and holds, in order
// of names.
func (c *Core) Owned() []string {
	var names []string
	for _, g := range c.heldPlaces() {
		if c.owns(c.actor.Node, g) {
			names = append(names, c.groups.name(g))
		}
	}
	return names
}

// Moving lists the placed groups that are held here and not owned, and those that
// are owned and not complete.
func (c *Core) Moving() []string {
	var names []string
	for _, g := range c.heldPlaces() {
		if !c.owns(c.actor.Node, g) || !c.holdings[g].ready {
			names = append(names, c.groups.name(g))
		}
	}
	return names
}

// GroupDigest is Digest for one placed group; zero where it is not held.
func (c *Core) GroupDigest(name string) (d [32]byte) {
	g, known := c.groups.number[name]
	if !known || c.stores[g] == nil {
		return d
	}
	d, err := c.stores[g].Digest()
	if err != nil {
		panic("replica: a state that this replica holds has no encoding: " + err.Error())
	}
	return d
}

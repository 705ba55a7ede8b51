package replica

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/value"
)

// A placement group is all cells that live on the same nodes: those that are
// everywhere, those of this node alone, those at one tag, and one shard of the
// cells with one number of replicas. Each has a store of its own, with its own
// stamps, vector, removals and sum. Groups have numbers here and names on the
// wire and in the log.

// The groups that every node holds.
const (
	everywhere = iota // replicated on all nodes
	here              // local cells
	groupCount
)

// Shards is into how many parts the keys of a sharded cell are cut. It is a
// constant of the format: two nodes that cut differently would look for a key in
// different places. Members get whole shards, so it bounds how many members
// share the work, and how evenly.
const Shards = 64

// maxGroups bounds the groups of a deployment: with those that all nodes hold, a
// dozen different `sharded replicas n` and some hundred tags.
const maxGroups = 1000

// maxReplicas bounds `sharded replicas n`.
const maxReplicas = 64

// groups numbers the placement groups that were heard of.
type groups struct {
	names  []string
	number map[string]int
	shards map[int]*[Shards]int // by number of replicas: the numbers of its shards
}

func (g *groups) init() {
	g.names = []string{everywhere: "", here: "local"}
	g.number = map[string]int{"": everywhere, "local": here}
	g.shards = map[int]*[Shards]int{}
}

func (g *groups) name(n int) string { return g.names[n] }

// tagGroup and shardGroup are the names of groups.
func tagGroup(tag string) string { return "@" + tag }

func shardGroup(replicas, shard int) string {
	return strconv.Itoa(replicas) + "/" + strconv.Itoa(shard)
}

// parseGroup takes the name of a placed group apart: its tag, or its shard and
// how often that is held.
func parseGroup(name string) (tag string, replicas, shard int, err error) {
	if tag, ok := strings.CutPrefix(name, "@"); ok && tag != "" {
		return tag, 0, 0, nil
	}
	n, s, _ := strings.Cut(name, "/")
	replicas, err1 := strconv.Atoi(n)
	shard, err2 := strconv.Atoi(s)
	if err1 != nil || err2 != nil || replicas < 1 || replicas > maxReplicas || shard < 0 || shard >= Shards || shardGroup(replicas, shard) != name {
		return "", 0, 0, fmt.Errorf("there is no placement group %q", name)
	}
	return "", replicas, shard, nil
}

// find numbers a group by its name.
func (c *Core) findGroup(name string) (int, error) {
	if n, ok := c.groups.number[name]; ok {
		return n, nil
	}
	if _, _, _, err := parseGroup(name); err != nil {
		return 0, err
	}
	n := len(c.groups.names)
	if n >= maxGroups {
		return 0, fmt.Errorf("there are %d placement groups already", n)
	}
	c.groups.names = append(c.groups.names, name)
	c.groups.number[name] = n
	c.stores = append(c.stores, nil)
	c.holdings = append(c.holdings, nil)
	return n, nil
}

// shardOf is the shard that a key is in.
func shardOf(key value.Value) int {
	sum := sha256.Sum256(codec.EncodeValue(nil, key))
	return int(binary.BigEndian.Uint64(sum[:]) % Shards)
}

// home is where the content of a cell lives: in one group, or, cut by its first
// key, in the shards of as many replicas.
type home struct {
	group  string
	shards int
	number int // of the group, where it is one
}

func homeOf(cell *ir.Cell) home {
	switch {
	case cell.Shards > 0:
		return home{shards: cell.Shards}
	case cell.Tag != "":
		return home{group: tagGroup(cell.Tag)}
	}
	return home{group: cell.Group}
}

// same reports whether two homes are one.
func (h home) same(o home) bool { return h.shards == o.shards && h.group == o.group }

// placed reports whether not every node has the content.
func (h home) placed() bool { return h.shards > 0 || strings.HasPrefix(h.group, "@") }

// String is how a program says it.
func (h home) String() string {
	switch {
	case h.shards > 0:
		return fmt.Sprintf("sharded over %d replicas", h.shards)
	case h.group == "":
		return "replicated everywhere"
	case h.group == "local":
		return "local"
	}
	return fmt.Sprintf("at %q", h.group[1:])
}

// numberHomes numbers the groups of a program's cells.
func (c *Core) numberHomes(homes []home) error {
	for i := range homes {
		h := &homes[i]
		if h.shards == 0 {
			n, err := c.findGroup(h.group)
			if h.number = n; err != nil {
				return err
			}
			continue
		}
		if c.groups.shards[h.shards] != nil {
			continue
		}
		var all [Shards]int
		for s := range all {
			n, err := c.findGroup(shardGroup(h.shards, s))
			if all[s] = n; err != nil {
				return err
			}
		}
		c.groups.shards[h.shards] = &all
	}
	return nil
}

// groupOf is the group of a cell that every node holds.
func groupOf(group string) int {
	if group == "local" {
		return here
	}
	return everywhere
}

// groupOf is the group of what lies under keys in cell number n of the program.
// Of a sharded cell as a whole there is none.
func (c *Core) groupOf(n int, keys []value.Value) (int, bool) {
	h := &c.prog.homes[n]
	if h.shards == 0 {
		return h.number, true
	}
	if len(keys) == 0 {
		return 0, false
	}
	return c.groups.shards[h.shards][shardOf(keys[0])], true
}

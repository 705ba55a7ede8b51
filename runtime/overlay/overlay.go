// Package overlay decides which nodes keep links with each other. An overlay is
// pure: it is told the roster, and answers with the links to keep; who opens
// them, and how, is the matter of the cluster package.
package overlay

import (
	"fmt"
	"slices"
	"strings"
)

// Member is a node as the roster knows it. Dead members stay in the roster
// until they leave or are retired, so that they are found again.
type Member struct {
	Name  string
	Addr  string // where its link listener is, "host:port"
	Alive bool   // as far as membership knows
}

// Link is a link to keep.
type Link struct {
	Peer Member
	// Dial says that this end opens the link at once. The other end opens it
	// too, but only when it has been missing for a while, since it may be the
	// only one that knows the other's address.
	Dial bool
}

// Overlay is one node's view of the graph of links.
type Overlay interface {
	// Roster takes the members, this node among them or not, in any order.
	Roster(members []Member)
	// Links returns the links to keep, ordered by name.
	Links() []Link
}

// Strategy is a way to choose links.
type Strategy struct {
	Name string
	Doc  string
	New  func(self string) Overlay
}

// Strategies lists the ways to choose links. A new one is a file and a row.
func Strategies() []Strategy {
	return []Strategy{
		{"full", "every node keeps a link with every other", newMesh},
	}
}

// New makes the overlay of the named strategy for the node self; the empty name
// is "full".
func New(name, self string) (Overlay, error) {
	if name == "" {
		name = "full"
	}
	var known []string
	for _, s := range Strategies() {
		if s.Name == name {
			return s.New(self), nil
		}
		known = append(known, s.Name)
	}
	return nil, fmt.Errorf("unknown membership %q: this version has %s", name, strings.Join(known, ", "))
}

// others returns the members except self, ordered by name, each once; of two
// entries of one name a living one wins.
func others(self string, members []Member) []Member {
	out := make([]Member, 0, len(members))
	for _, m := range members {
		if m.Name != self {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b Member) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 || a.Alive == b.Alive {
			return c
		}
		if a.Alive {
			return -1
		}
		return 1
	})
	return slices.CompactFunc(out, func(a, b Member) bool { return a.Name == b.Name })
}

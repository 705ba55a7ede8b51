package overlay

// mesh links everybody with everybody. Of two nodes the one with the smaller
// name opens the link.
type mesh struct {
	self  string
	links []Link
}

func newMesh(self string) Overlay { return &mesh{self: self} }

func (m *mesh) Roster(members []Member) {
	m.links = m.links[:0:0]
	for _, peer := range others(m.self, members) {
		m.links = append(m.links, Link{Peer: peer, Dial: m.self < peer.Name})
	}
}

func (m *mesh) Links() []Link { return m.links }

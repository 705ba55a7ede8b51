package node

import (
	"encoding/json"

	"github.com/laspc/lasp/runtime/cluster"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/wire"
)

// peers is what the node does with what the cluster reports.
type peers Node

// LinkUp implements cluster.Handler.
func (p *peers) LinkUp(peer string, inc uint64) {
	n := (*Node)(p)
	n.o.Log("linked", "peer", peer, "incarnation", inc)
	n.post(func() { n.step(replica.PeerUp{Peer: peer}) })
}

// LinkDown implements cluster.Handler.
func (p *peers) LinkDown(peer string, why error) {
	n := (*Node)(p)
	n.o.Log("link lost", "peer", peer, "because", why.Error())
	n.post(func() { n.step(replica.PeerDown{Peer: peer}) })
}

// Frame implements cluster.Handler. Decoding runs on the link's goroutine, so
// that links decode in parallel.
func (p *peers) Frame(peer string, frame []byte) {
	n := (*Node)(p)
	msg, err := wire.Decode(frame)
	if err != nil {
		n.stats.refused.Add(1)
		n.o.Log("refused a message", "from", peer, "because", err.Error())
		return
	}
	n.stats.received.Add(1)
	n.post(func() { n.step(replica.Receive{From: peer, Msg: msg}) })
}

// Roster implements cluster.Handler.
func (p *peers) Roster(members []cluster.Member) {
	n := (*Node)(p)
	data, err := json.Marshal(members)
	if err == nil {
		err = n.disk.PutFact(factRoster, data)
	}
	if err != nil {
		n.o.Log("the list of members cannot be kept", "because", err.Error())
	}
	n.post(func() { n.step(n.roster(members)) })
}

// roster is who has to acknowledge something before it counts as stable.
func (n *Node) roster(members []cluster.Member) replica.Roster {
	r := replica.Roster{Nodes: []string{n.o.Name}}
	for _, m := range members {
		r.Nodes = append(r.Nodes, m.Name)
	}
	return r
}

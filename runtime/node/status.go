package node

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/laspc/lasp/runtime/cluster"
	"github.com/laspc/lasp/runtime/disk"
	"github.com/laspc/lasp/runtime/replica"
)

type stats struct {
	requests, received, refused, sent, emitted atomic.Int64
	logged, syncs, checkpoints                 atomic.Int64
	counted                                    int64 // of logged, by the driver
}

// Status is how a node is doing.
type Status struct {
	Node        string
	Incarnation uint64
	NewBecause  string // why this incarnation began; empty when it went on
	Cluster     string
	Addr, API   string
	Data        string
	Durability  disk.Durability
	Uptime      time.Duration
	CutOff      bool   // by command, see Isolate
	ReadOnly    string // why no input is taken; empty when it is
	Replica     replica.Status
	Order       replica.OrderStatus
	Counters    Counters
}

// Counters count since the node started. Bytes are those of frames, without
// TLS.
type Counters struct {
	Requests, MessagesSent, MessagesReceived, MessagesRefused, MessagesDropped int64
	BytesSent, BytesReceived, Emitted, LogBytes, Fsyncs, Checkpoints           int64
}

// Status returns how the node is doing.
func (n *Node) Status(ctx context.Context) (Status, error) {
	s := Status{
		Node: n.o.Name, Incarnation: n.actor.Inc, NewBecause: n.recovery.NewInc,
		Cluster: n.creds.Cluster, Addr: n.cluster.Addr(), API: n.o.API,
		Data: n.o.Data, Durability: n.o.Durability,
		Uptime: time.Since(n.started), CutOff: n.gate.IsShut(), Counters: n.Counters(),
	}
	if b := n.blocked.Load(); b != nil {
		s.ReadOnly = (*b).Error()
	}
	err := n.Do(ctx, func(c *replica.Core) error {
		s.Replica = c.Status()
		s.Order = c.Order()
		return nil
	})
	return s, err
}

// Digest is a hash of the replicated state: nodes that hold the same have the
// same digest. It takes time in proportion to the state.
func (n *Node) Digest(ctx context.Context) (d [32]byte, err error) {
	err = n.Do(ctx, func(c *replica.Core) error { d = c.Digest(); return nil })
	return d, err
}

// Counters returns the counters; it does not wait for the driver.
func (n *Node) Counters() Counters {
	t := n.cluster.Traffic()
	return Counters{
		Requests:         n.stats.requests.Load(),
		MessagesSent:     n.stats.sent.Load(),
		MessagesReceived: n.stats.received.Load(),
		MessagesRefused:  n.stats.refused.Load(),
		MessagesDropped:  t.Dropped.Load(),
		BytesSent:        t.SentBytes.Load(),
		BytesReceived:    t.ReceivedBytes.Load(),
		Emitted:          n.stats.emitted.Load(),
		LogBytes:         n.stats.logged.Load(),
		Fsyncs:           n.stats.syncs.Load(),
		Checkpoints:      n.stats.checkpoints.Load(),
	}
}

// Members lists the nodes of the cluster, this one not among them.
func (n *Node) Members() []cluster.Member { return n.cluster.Members() }

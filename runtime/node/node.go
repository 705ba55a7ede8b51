// Package node runs a replica as a member of a cluster: it has the goroutines,
// the clock, the files and the sockets that the replica core has not. It holds
// no parser and no checker; programs come as artifacts.
//
// One goroutine, the driver, owns the replica core. Everything reaches it
// through one inbox, and what the core wants done leaves it as a Ready. A
// Ready's records are written and fsynced by the committer while the driver
// goes on taking in what comes; all that gathers meanwhile shares the next
// fsync. Only when a Ready is durable do its replies, messages and outputs go
// out: log before acknowledgement. What has been decided in the agreed order is
// durable at a majority already and waits for nothing.
package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/cluster"
	"github.com/laspc/lasp/runtime/disk"
	"github.com/laspc/lasp/runtime/overlay"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/stdlib"
)

// Options say which node to run.
type Options struct {
	Name      string
	Data      string   // data directory
	TLS       string   // directory with certificates and gossip key
	Bind      string   // where other nodes connect, "ip:port"; empty is 127.0.0.1 and any port
	Advertise string   // what they are told; empty is Bind
	Join      []string // addresses of other nodes to join at
	Tags      []string
	// Founders are replica.Config.Founders; nil reads FoundersFile.
	Founders   []string
	Membership string // strategy of the overlay; empty is "full"
	Durability disk.Durability
	// API is the address of the node's API, told to the others.
	API string
	Log cluster.Log // nil drops what would be logged
	// CheckpointBytes is how much log may gather before a checkpoint, or as much as
	// the last checkpoint had where that is more; 0 is 16 MiB.
	CheckpointBytes int64
	// Replica are the replica's own; a Flush of 0 is 10 ms.
	Replica replica.Options

	// Files and Network replace the operating system's in tests. With a Network
	// no TLS directory is read.
	Files   disk.FS
	Network cluster.Network
	// Decode reads artifacts; nil is ir.Decode with verification.
	Decode func(artifact []byte) (*ir.Program, error)
}

// Node is a running node.
type Node struct {
	o        Options
	actor    lattice.Actor
	recovery *disk.Recovery
	disk     *disk.Disk
	core     *replica.Core // of the driver only
	cluster  *cluster.Cluster
	gate     *cluster.Gate
	creds    *cluster.Credentials
	started  time.Time

	inbox   chan func() // run by the driver
	closing chan struct{}
	once    sync.Once
	stopped chan struct{} // closed when the driver has ended
	fatal   atomic.Pointer[error]
	blocked atomic.Pointer[error] // why the log cannot be written at the moment
	commits chan job
	saves   sync.WaitGroup // checkpoints that are being written
	done    chan error     // results of the committer
	watch   watchers
	stats   stats
	active  atomic.Pointer[ir.Program] // see Program; written by the driver

	// of the driver
	backlog job            // to be handed to the committer
	writing bool           // the committer has a job
	awaited bool           // that is the pending Ready's, and all before it
	pending *replica.Ready // that must be durable before it is let go
	gather  gather         // of what is to be committed
	crowd   crowd
	durable uint64 // index of the last durable record
	unsaved int64  // log bytes since the last checkpoint
	held    int64  // bytes of the last checkpoint
	saving  atomic.Bool
	stale   bool   // see outdated
	sinks   []Sink // scratch of answer
}

// Start opens the data directory, recovers the replica, and joins the cluster.
// The caller closes the node.
func Start(o Options) (*Node, error) {
	o.fill()
	n := &Node{
		o:       o,
		started: time.Now(),
		inbox:   make(chan func(), 1024),
		closing: make(chan struct{}),
		stopped: make(chan struct{}),
		commits: make(chan job, 1),
		done:    make(chan error, 1),
	}
	n.watch.init()
	if err := n.identify(); err != nil {
		return nil, err
	}
	var err error
	n.disk, n.recovery, err = disk.Open(o.Data, disk.Options{Node: o.Name, Durability: o.Durability, FS: o.Files})
	if err != nil {
		return nil, err
	}
	if err := n.begin(); err != nil {
		return nil, errors.Join(err, n.disk.Close())
	}
	return n, nil
}

func (o *Options) fill() {
	o.Replica.Limiter = &replica.Limiter{Most: int(evaluationTime / limitTick)}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	if o.Bind == "" {
		o.Bind = "127.0.0.1:0"
	}
	if o.CheckpointBytes == 0 {
		o.CheckpointBytes = 16 << 20
	}
	if o.Decode == nil {
		o.Decode = readArtifact
	}
	if o.Durability == "" {
		o.Durability = disk.Group
	}
	if o.Replica.Flush == 0 {
		o.Replica.Flush = flushTime
	}
}

// readArtifact decodes an artifact and verifies it against the operators that
// this node has.
func readArtifact(artifact []byte) (*ir.Program, error) {
	p, err := ir.Decode(artifact)
	if err != nil {
		return nil, err
	}
	return p, ir.Verify(p, stdlib.Table())
}

// identify reads the certificates, whose name must be the node's.
func (n *Node) identify() error {
	if err := cluster.CheckName(n.o.Name); err != nil {
		return err
	}
	if n.o.Network != nil {
		n.creds = &cluster.Credentials{Node: n.o.Name, Cluster: "test"}
		return nil
	}
	var err error
	if n.creds, err = cluster.LoadCredentials(n.o.TLS); err != nil {
		return err
	}
	if n.creds.Node != n.o.Name {
		return fmt.Errorf("the certificate in %s is that of node %q, not of %q: use the directory that was made for this node", n.o.TLS, n.creds.Node, n.o.Name)
	}
	return nil
}

// begin recovers the replica and starts the goroutines.
func (n *Node) begin() error {
	for _, w := range n.recovery.Warnings {
		n.o.Log("the data directory needed mending", "found", w)
	}
	if err := n.recover(); err != nil {
		return err
	}
	if n.recovery.NewInc != "" {
		n.o.Log("a new incarnation begins", "incarnation", n.actor.Inc, "because", n.recovery.NewInc)
	}
	network, err := n.listen()
	if err != nil {
		return err
	}
	n.gate = cluster.NewGate(network)
	ov, err := overlay.New(n.o.Membership, n.o.Name)
	if err != nil {
		return errors.Join(err, network.Close())
	}
	n.cluster, err = cluster.Start(cluster.Options{
		Node:      n.o.Name,
		Inc:       n.actor.Inc,
		Cluster:   n.creds.Cluster,
		GossipKey: n.creds.Gossip,
		Network:   n.gate,
		Overlay:   ov,
		Seeds:     n.o.Join,
		Known:     n.knownMembers(),
		Meta:      cluster.Meta{Inc: n.actor.Inc, API: n.o.API, Tags: n.o.Tags},
		Handler:   (*peers)(n),
		Log:       n.o.Log,
	})
	if err != nil {
		return errors.Join(err, network.Close())
	}
	n.publish()
	go n.drive()
	go n.limit()
	go n.commitLoop()
	return nil
}

// The facts that a node keeps beside log and checkpoints.
const (
	factRoster = "roster"
	factBind   = "bind"
	factOrder  = "order" // one of the two below
)

// What a node is in the agreed order.
const (
	orderFounder = "founder" // it was the first of its cluster
	orderLost    = "lost"    // its directory is a copy: it must not go on as before
)

// listen opens the listener for other nodes. Where any port will do, the one
// that was used before is tried first, so that a cluster whose nodes all stopped
// finds itself again.
func (n *Node) listen() (cluster.Network, error) {
	if n.o.Network != nil {
		return n.o.Network, nil
	}
	host, port, err := net.SplitHostPort(n.o.Bind)
	if err != nil {
		return nil, fmt.Errorf("--bind %q is not an address: want \"ip:port\"", n.o.Bind)
	}
	before, err := n.disk.Fact(factBind)
	if err == nil && port == "0" && len(before) > 0 {
		if network, err := cluster.ListenTLS(net.JoinHostPort(host, string(before)), n.o.Advertise, n.creds, n.o.Log); err == nil {
			return network, nil
		}
	}
	network, err := cluster.ListenTLS(n.o.Bind, n.o.Advertise, n.creds, n.o.Log)
	if err != nil {
		return nil, err
	}
	if _, port, err = net.SplitHostPort(network.Addr()); err == nil {
		err = n.disk.PutFact(factBind, []byte(port))
	}
	if err != nil {
		return nil, errors.Join(err, network.Close())
	}
	return network, nil
}

// knownMembers reads the roster of the last run.
func (n *Node) knownMembers() []cluster.Member {
	data, err := n.disk.Fact(factRoster)
	var members []cluster.Member
	if err == nil && data != nil {
		err = json.Unmarshal(data, &members)
	}
	if err != nil {
		n.o.Log("the list of members from before cannot be read; the node joins by its seeds", "because", err.Error())
		return nil
	}
	return members
}

// Addr is where other nodes reach this one.
func (n *Node) Addr() string { return n.cluster.Addr() }

// Credentials are those of the TLS directory; the API serves with them.
func (n *Node) Credentials() *cluster.Credentials { return n.creds }

// Isolate cuts the node off from all others, or connects it again. It goes on
// accepting inputs meanwhile.
func (n *Node) Isolate(cut bool) {
	n.gate.Shut(cut)
	n.o.Log("cut off by command", "cut", cut)
}

// Leave hands over what only some nodes hold, tells the others that the node goes
// for good, and closes it. Handing over takes at most the time-out; what is left
// then stays in the data directory and is handed over when the node starts again.
func (n *Node) Leave(timeout time.Duration) error {
	return errors.Join(n.handOver(timeout), n.cluster.Leave(timeout), n.Close())
}

// handOver takes the node out of the list of those that hold placed cells, and
// waits until it holds none.
func (n *Node) handOver(timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	_, err := n.request(ctx, func(ref chan replica.Reply) replica.Event { return replica.Retire{Nodes: []string{n.o.Name}, Ref: ref} })
	for err == nil {
		var left []string
		err = n.Do(ctx, func(c *replica.Core) error { left = c.Moving(); return nil })
		if err != nil || len(left) == 0 {
			break
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%d placed groups of this node could not be handed over within %s: start it again and let it leave once the others answer", len(left), timeout)
		}
	}
	return err
}

// Retire gives up other nodes, which are gone for good: others get what they held,
// from whoever else holds it, and what they did and told nobody is not taken from
// them any more. req is as in Input.
func (n *Node) Retire(ctx context.Context, req string, names []string) error {
	_, err := n.request(ctx, func(ref chan replica.Reply) replica.Event { return replica.Retire{Req: req, Nodes: names, Ref: ref} })
	return err
}

// Close stops the node cleanly: what was taken in becomes durable, a checkpoint
// is written, and the data directory is marked as closed.
func (n *Node) Close() error {
	n.stop()
	n.saves.Wait()
	err := errors.Join(n.cluster.Close(), n.disk.Close())
	if f := n.fatal.Load(); f != nil {
		err = errors.Join(*f, err)
	}
	return err
}

func (n *Node) stop() {
	n.once.Do(func() { close(n.closing) })
	<-n.stopped
}

// Failed is closed when the node cannot go on; Close then says why.
func (n *Node) Failed() <-chan struct{} { return n.stopped }

// Wait returns when the node has failed or the context ends.
func (n *Node) Wait(ctx context.Context) {
	select {
	case <-n.stopped:
	case <-ctx.Done():
	}
}

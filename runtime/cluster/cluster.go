package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/laspc/lasp/runtime/overlay"
)

// Member is a node as this node knows it.
type Member struct {
	overlay.Member
	API    string   `json:",omitempty"`
	Tags   []string `json:",omitempty"`
	Inc    uint64   // of the last link, 0 before
	Linked bool     // a link with it stands
	left   bool     // it said that it goes for good
}

// Handler receives what happens. Its methods are called by several goroutines;
// for one peer in order: LinkUp, frames, LinkDown. They may block, which slows
// the peer down.
type Handler interface {
	LinkUp(peer string, inc uint64)
	LinkDown(peer string, why error)
	// Frame takes a frame; the bytes are the handler's to keep.
	Frame(peer string, frame []byte)
	// Roster tells that the members changed. The handler keeps them, so that
	// they are known again after a restart.
	Roster(members []Member)
}

// Options say which cluster to join, and as whom.
type Options struct {
	Node      string
	Inc       uint64
	Cluster   string // identity of the cluster, see Credentials
	GossipKey []byte // 32 bytes, or nil for tests
	Network   Network
	Overlay   overlay.Overlay
	Seeds     []string // addresses to join at
	Known     []Member // as last told to Handler.Roster
	Meta      Meta
	Handler   Handler
	Log       Log
}

// Cluster is a running membership with its links.
type Cluster struct {
	o         Options
	network   Network
	transport *gossipTransport
	members   *memberlist.Memberlist
	traffic   Traffic
	ctx       context.Context
	cancel    context.CancelFunc
	done      <-chan struct{}
	wg        sync.WaitGroup

	changed   chan struct{} // the links to keep may have changed
	rejoinNow chan struct{}
	told      chan struct{} // the roster changed

	mu      sync.Mutex
	roster  map[string]*Member
	links   map[string]*link
	fresh   map[string]bool  // members from before the start that were not dialled yet
	pending map[string]*half // halves of links that wait for the other half, by session
}

// Start joins the cluster. It returns at once; unreachable seeds are tried for
// ever.
func Start(o Options) (*Cluster, error) {
	c := &Cluster{
		o:         o,
		network:   o.Network,
		transport: newGossipTransport(o.Network),
		changed:   make(chan struct{}, 1),
		rejoinNow: make(chan struct{}, 1),
		told:      make(chan struct{}, 1),
		roster:    map[string]*Member{},
		links:     map[string]*link{},
		fresh:     map[string]bool{},
		pending:   map[string]*half{},
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.done = c.ctx.Done()
	for _, m := range o.Known {
		if m.Name != o.Node {
			m.Alive, m.Linked = false, false
			c.roster[m.Name] = &m
			c.fresh[m.Name] = true
		}
	}
	if err := c.gossip(); err != nil {
		c.cancel()
		return nil, err
	}
	c.wg.Add(4)
	go c.accept()
	go c.keepLinks()
	go c.rejoin()
	go c.tellRoster()
	poke(c.changed)
	poke(c.rejoinNow)
	return c, nil
}

func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// learn changes what is known of a member.
func (c *Cluster) learn(name string, change func(*Member)) {
	c.mu.Lock()
	m := c.roster[name]
	if m == nil {
		m = &Member{Member: overlay.Member{Name: name}}
		c.roster[name] = m
	}
	change(m)
	c.mu.Unlock()
	poke(c.changed)
	poke(c.told)
}

// Members lists the known members except this node, by name.
func (c *Cluster) Members() []Member {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Member, 0, len(c.roster))
	for name, m := range c.roster {
		if m.left {
			continue
		}
		member := *m
		member.Linked = c.links[name] != nil
		member.Alive = member.Alive || member.Linked
		out = append(out, member)
	}
	slices.SortFunc(out, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// tellRoster tells the handler about changes, apart from memberlist's locks.
func (c *Cluster) tellRoster() {
	defer c.wg.Done()
	for {
		select {
		case <-c.done:
			return
		case <-c.told:
			c.o.Handler.Roster(c.Members())
		}
	}
}

// Traffic returns the counters of all links, which go on counting.
func (c *Cluster) Traffic() *Traffic { return &c.traffic }

// Addr is where this node is reached by others.
func (c *Cluster) Addr() string { return c.network.Addr() }

// Send queues a frame for a peer; bulk frames do not delay the others. It never
// blocks. An error means that the frame was dropped.
func (c *Cluster) Send(peer string, bulk bool, frame []byte) error {
	c.mu.Lock()
	l := c.links[peer]
	c.mu.Unlock()
	if l == nil {
		return fmt.Errorf("there is no link to %s", peer)
	}
	h := l.control
	if bulk {
		h = l.bulk
	}
	if err := h.send(frame); err != nil {
		c.traffic.Dropped.Add(1)
		return err
	}
	return nil
}

// Leave tells the others that this node goes for good, so that they forget it,
// and closes.
func (c *Cluster) Leave(timeout time.Duration) error {
	c.mu.Lock()
	c.o.Meta.Left = true
	c.mu.Unlock()
	return errors.Join(c.members.UpdateNode(timeout), c.members.Leave(timeout), c.Close())
}

// Close ends all links and stops listening. The others take this node for dead,
// not for gone.
func (c *Cluster) Close() error {
	if c.ctx.Err() != nil {
		return nil
	}
	c.cancel()
	err := errors.Join(c.members.Shutdown(), c.transport.Shutdown(), c.network.Close())
	c.mu.Lock()
	for _, l := range c.links {
		l.close(errors.New("this node stops"))
	}
	for _, h := range c.pending {
		h.conn.Close()
	}
	c.mu.Unlock()
	c.wg.Wait()
	return err
}

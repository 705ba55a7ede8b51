package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Hub is a network in memory, for tests: nodes by name, and faults between
// them. A cut is what a firewall that drops packets does: bytes vanish, open
// connections hang, new ones time out.
type Hub struct {
	mu    sync.Mutex
	nodes map[string]*hubNode // by address
	cuts  map[[2]string]bool  // from, to: both names
	count int
}

type hubNode struct {
	hub      *Hub
	name     string
	addr     string
	accepted chan *Conn
	closed   chan struct{}
	once     sync.Once
}

// NewHub makes a network without nodes.
func NewHub() *Hub {
	return &Hub{nodes: map[string]*hubNode{}, cuts: map[[2]string]bool{}}
}

// Network joins a node to the hub under a new address.
func (h *Hub) Network(name string) Network {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count++
	n := &hubNode{
		hub:      h,
		name:     name,
		addr:     fmt.Sprintf("10.0.%d.%d:7000", h.count/250, h.count%250+1),
		accepted: make(chan *Conn),
		closed:   make(chan struct{}),
	}
	h.nodes[n.addr] = n
	return n
}

// Cut drops everything that from sends to to, until it is mended.
func (h *Hub) Cut(from, to string, cut bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cuts[[2]string{from, to}] = cut
}

func (h *Hub) isCut(from, to string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.cuts[[2]string{from, to}]
}

func (n *hubNode) Addr() string { return n.addr }

func (n *hubNode) Close() error {
	n.once.Do(func() { close(n.closed) })
	n.hub.mu.Lock()
	defer n.hub.mu.Unlock()
	delete(n.hub.nodes, n.addr)
	return nil
}

func (n *hubNode) Accept() (*Conn, error) {
	select {
	case c := <-n.accepted:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *hubNode) Dial(ctx context.Context, addr, peer string, use Use) (*Conn, error) {
	n.hub.mu.Lock()
	other := n.hub.nodes[addr]
	n.hub.mu.Unlock()
	if other == nil {
		return nil, fmt.Errorf("no node answers at %s: connection refused", addr)
	}
	if peer != "" && other.name != peer {
		return nil, fmt.Errorf("the node at %s is %q, not %q", addr, other.name, peer)
	}
	if n.hub.isCut(n.name, other.name) || n.hub.isCut(other.name, n.name) {
		select {
		case <-ctx.Done():
		case <-time.After(handshakeTimeout):
		}
		return nil, fmt.Errorf("no node answers at %s: timed out", addr)
	}
	near, far := net.Pipe()
	theirs := &Conn{Conn: &hubConn{Conn: far, hub: n.hub, from: other.name, to: n.name, near: other.addr, far: n.addr}, Peer: n.name, Use: use}
	select {
	case other.accepted <- theirs:
		return &Conn{Conn: &hubConn{Conn: near, hub: n.hub, from: n.name, to: other.name, near: n.addr, far: other.addr}, Peer: other.name, Use: use}, nil
	case <-other.closed:
		return nil, fmt.Errorf("no node answers at %s: connection refused", addr)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hubConn loses what is written while its direction is cut.
type hubConn struct {
	net.Conn
	hub       *Hub
	from, to  string
	near, far string
	mu        sync.Mutex
	lost      bool
}

func (c *hubConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	// Once bytes of a stream are lost nothing after them can arrive.
	c.lost = c.lost || c.hub.isCut(c.from, c.to)
	lost := c.lost
	c.mu.Unlock()
	if lost {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func (c *hubConn) LocalAddr() net.Addr  { return hubAddr(c.near) }
func (c *hubConn) RemoteAddr() net.Addr { return hubAddr(c.far) }

type hubAddr string

func (hubAddr) Network() string  { return "tcp" }
func (a hubAddr) String() string { return string(a) }

// errShut is what a gate that is shut answers.
var errShut = errors.New("this node is cut off from the others by command")

// Gate lets a node be cut off from all others and connected again, for
// demonstrations and tests. While it is shut nothing goes in or out.
type Gate struct {
	Network
	mu   sync.Mutex
	shut bool
	open map[*gateConn]bool
}

// NewGate puts an open gate before a network.
func NewGate(n Network) *Gate { return &Gate{Network: n, open: map[*gateConn]bool{}} }

// Shut closes or opens the gate. Closing it ends all connections.
func (g *Gate) Shut(shut bool) {
	g.mu.Lock()
	g.shut = shut
	var ending []*gateConn
	if shut {
		for c := range g.open {
			ending = append(ending, c)
		}
	}
	g.mu.Unlock()
	for _, c := range ending {
		c.Close()
	}
}

// IsShut reports whether the gate is shut.
func (g *Gate) IsShut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

// Dial implements Network.
func (g *Gate) Dial(ctx context.Context, addr, peer string, use Use) (*Conn, error) {
	if g.IsShut() {
		return nil, errShut
	}
	c, err := g.Network.Dial(ctx, addr, peer, use)
	if err != nil {
		return nil, err
	}
	return g.guard(c)
}

// Accept implements Network.
func (g *Gate) Accept() (*Conn, error) {
	for {
		c, err := g.Network.Accept()
		if err != nil {
			return nil, err
		}
		if c, err = g.guard(c); err == nil {
			return c, nil
		}
	}
}

func (g *Gate) guard(c *Conn) (*Conn, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		c.Close()
		return nil, errShut
	}
	guarded := &gateConn{Conn: c.Conn, gate: g}
	g.open[guarded] = true
	return &Conn{Conn: guarded, Peer: c.Peer, Use: c.Use}, nil
}

type gateConn struct {
	net.Conn
	gate *Gate
}

func (c *gateConn) Close() error {
	c.gate.mu.Lock()
	delete(c.gate.open, c)
	c.gate.mu.Unlock()
	return c.Conn.Close()
}

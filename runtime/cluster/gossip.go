package cluster

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

const (
	maxPacket    = 64 << 10
	packetQueue  = 64
	packetIdle   = time.Minute
	streamBuffer = 16
)

// gossipTransport lets memberlist speak over a Network. Its packets, which may
// be lost, travel on one connection per destination; a packet that cannot be
// sent at once is dropped, as memberlist expects of packets.
type gossipTransport struct {
	network Network
	packets chan *memberlist.Packet
	streams chan net.Conn
	done    chan struct{}
	once    sync.Once

	mu    sync.Mutex
	pipes map[string]chan []byte // by address
}

var _ memberlist.NodeAwareTransport = (*gossipTransport)(nil)

func newGossipTransport(n Network) *gossipTransport {
	return &gossipTransport{
		network: n,
		packets: make(chan *memberlist.Packet, 256),
		streams: make(chan net.Conn, streamBuffer),
		done:    make(chan struct{}),
		pipes:   map[string]chan []byte{},
	}
}

// FinalAdvertiseAddr implements memberlist.Transport.
func (g *gossipTransport) FinalAdvertiseAddr(string, int) (net.IP, int, error) {
	host, port, err := net.SplitHostPort(g.network.Addr())
	if err != nil {
		return nil, 0, err
	}
	ip := net.ParseIP(host)
	n, err := strconv.Atoi(port)
	if ip == nil || err != nil {
		return nil, 0, fmt.Errorf("%s is not an address that others can be told (want \"ip:port\")", g.network.Addr())
	}
	return ip, n, nil
}

// WriteTo implements memberlist.Transport.
func (g *gossipTransport) WriteTo(b []byte, addr string) (time.Time, error) {
	return g.WriteToAddress(b, memberlist.Address{Addr: addr})
}

// WriteToAddress implements memberlist.NodeAwareTransport.
func (g *gossipTransport) WriteToAddress(b []byte, a memberlist.Address) (time.Time, error) {
	g.mu.Lock()
	pipe := g.pipes[a.Addr]
	if pipe == nil {
		pipe = make(chan []byte, packetQueue)
		g.pipes[a.Addr] = pipe
		go g.sendPackets(a.Addr, pipe)
	}
	select {
	case pipe <- append([]byte(nil), b...):
	default:
	}
	g.mu.Unlock()
	return time.Now(), nil
}

// sendPackets writes the packets to one address until none came for a while.
func (g *gossipTransport) sendPackets(addr string, pipe chan []byte) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-g.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	var conn *Conn
	var w *bufio.Writer
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	for {
		select {
		case <-g.done:
			return
		case <-time.After(packetIdle):
			if g.retire(addr, pipe) {
				return
			}
		case b := <-pipe:
			if conn == nil {
				c, err := g.network.Dial(ctx, addr, "", UsePacket)
				if err != nil {
					continue
				}
				conn, w = c, bufio.NewWriter(c)
				go closeOnEOF(c)
			}
			err := conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			if err == nil {
				err = writeFrame(w, b)
			}
			if err == nil {
				err = w.Flush()
			}
			if err != nil {
				conn.Close()
				conn = nil
			}
		}
	}
}

// closeOnEOF notices that the other end closed a connection that is only
// written to.
func closeOnEOF(c *Conn) {
	var one [1]byte
	c.Read(one[:])
	c.Close()
}

// retire forgets an idle pipe, unless a packet has just come.
func (g *gossipTransport) retire(addr string, pipe chan []byte) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(pipe) > 0 {
		return false
	}
	delete(g.pipes, addr)
	return true
}

// PacketCh implements memberlist.Transport.
func (g *gossipTransport) PacketCh() <-chan *memberlist.Packet { return g.packets }

// StreamCh implements memberlist.Transport.
func (g *gossipTransport) StreamCh() <-chan net.Conn { return g.streams }

// DialTimeout implements memberlist.Transport.
func (g *gossipTransport) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	return g.DialAddressTimeout(memberlist.Address{Addr: addr}, timeout)
}

// DialAddressTimeout implements memberlist.NodeAwareTransport.
func (g *gossipTransport) DialAddressTimeout(a memberlist.Address, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	// The name is not asked for: after a node was replaced, members may still
	// know its address under another name, and the certificate is what counts.
	return g.network.Dial(ctx, a.Addr, "", UseStream)
}

// takeStream hands an accepted gossip stream to memberlist.
func (g *gossipTransport) takeStream(c *Conn) {
	select {
	case g.streams <- c:
	case <-g.done:
		c.Close()
	}
}

// takePackets reads packets from an accepted connection until it ends.
func (g *gossipTransport) takePackets(c *Conn) {
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-g.done:
		case <-ended:
		}
		c.Close()
	}()
	r := bufio.NewReader(c)
	for {
		b, err := readFrame(r, maxPacket)
		if err != nil {
			return
		}
		p := &memberlist.Packet{Buf: b, From: c.RemoteAddr(), Timestamp: time.Now()}
		select {
		case g.packets <- p:
		case <-g.done:
			return
		default: // memberlist is behind; packets may be lost
		}
	}
}

// Shutdown implements memberlist.Transport.
func (g *gossipTransport) Shutdown() error {
	g.once.Do(func() { close(g.done) })
	return nil
}

// Package cluster carries bytes between the nodes of one cluster: it knows who
// the members are (memberlist), keeps the links that the overlay wants, and
// hands frames up and down. What the frames mean is not its matter.
//
// All traffic between nodes runs over one listener per node, as mutually
// authenticated TLS streams of four uses that are told apart by ALPN: packets
// and streams of gossip, and a bulk and a control connection per link, so that
// bulk never delays control.
package cluster

import (
	"context"
	"net"
)

// Use is what a connection is for.
type Use string

// The uses of connections. They carry the version of what is spoken on them.
const (
	UsePacket  Use = "lasp-packet/1"
	UseStream  Use = "lasp-stream/1"
	UseControl Use = "lasp-control/1"
	UseBulk    Use = "lasp-bulk/1"
)

func uses() []string {
	return []string{string(UsePacket), string(UseStream), string(UseControl), string(UseBulk)}
}

// Conn is a connection whose other end is known.
type Conn struct {
	net.Conn
	Peer string // name of the node at the other end, as its certificate says
	Use  Use
}

// Network opens and takes connections to other nodes.
type Network interface {
	// Addr is where others reach this node, "ip:port".
	Addr() string
	// Dial opens a connection. When peer is not empty the node there must have
	// that name.
	Dial(ctx context.Context, addr, peer string, use Use) (*Conn, error)
	// Accept waits for a connection; it fails for good once the network is
	// closed. A connection that is refused is reported to the log, not here.
	Accept() (*Conn, error)
	Close() error
}

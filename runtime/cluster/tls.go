package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

const handshakeTimeout = 5 * time.Second

// TLSNetwork is the network of real nodes.
type TLSNetwork struct {
	listener  net.Listener
	advertise string
	server    *tls.Config
	client    *tls.Config
	accepted  chan *Conn
	closed    chan struct{}
	once      sync.Once
	log       Log
}

// Log takes a line for the operator: one sentence, and pairs of key and value.
type Log func(sentence string, pairs ...any)

// ListenTLS starts to listen on bind, "ip:port", where port 0 is any. advertise
// is what others are told; it may be empty when bind names an address.
func ListenTLS(bind, advertise string, creds *Credentials, log Log) (*TLSNetwork, error) {
	l, err := net.Listen("tcp", bind)
	if err != nil {
		return nil, ListenError(bind, err)
	}
	if advertise == "" {
		advertise = l.Addr().String()
		if ip := l.Addr().(*net.TCPAddr).IP; ip.IsUnspecified() {
			return nil, errors.Join(fmt.Errorf("--bind %s names no address that others could reach: bind one, or say --advertise ADDR", bind), l.Close())
		}
	}
	n := &TLSNetwork{
		listener:  l,
		advertise: advertise,
		server:    creds.server(),
		client:    creds.client(),
		accepted:  make(chan *Conn),
		closed:    make(chan struct{}),
		log:       log,
	}
	go n.listen()
	return n, nil
}

// ListenError makes one sentence of a failed listen.
func ListenError(bind string, err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "address already in use"):
		return fmt.Errorf("the address %s is already in use by another process: choose another port, or 0 for any free one", bind)
	case strings.Contains(text, "permission denied"):
		return fmt.Errorf("listening on %s is not permitted: choose a port above 1023", bind)
	case strings.Contains(text, "cannot assign requested address"):
		return fmt.Errorf("%s is not an address of this machine", bind)
	}
	return fmt.Errorf("cannot listen on %q (want \"ip:port\"): %w", bind, err)
}

// Addr implements Network.
func (n *TLSNetwork) Addr() string { return n.advertise }

// Close implements Network.
func (n *TLSNetwork) Close() error {
	n.once.Do(func() { close(n.closed) })
	return n.listener.Close()
}

// Accept implements Network.
func (n *TLSNetwork) Accept() (*Conn, error) {
	select {
	case c := <-n.accepted:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *TLSNetwork) listen() {
	for {
		raw, err := n.listener.Accept()
		if err != nil {
			select {
			case <-n.closed:
				return
			case <-time.After(50 * time.Millisecond): // out of file descriptors, most likely
				continue
			}
		}
		go n.welcome(raw)
	}
}

// welcome makes the TLS handshake with a caller and hands the connection on.
func (n *TLSNetwork) welcome(raw net.Conn) {
	conn := tls.Server(raw, n.server)
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTimeout)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		n.log("refused a connection", "from", raw.RemoteAddr().String(), "because", explainTLS(err))
		raw.Close()
		return
	}
	state := conn.ConnectionState()
	peer, err := nodeOf(state.PeerCertificates[0])
	if err != nil || state.NegotiatedProtocol == "" {
		n.log("refused a connection", "from", raw.RemoteAddr().String(), "because", "its certificate is not that of a node")
		conn.Close()
		return
	}
	select {
	case n.accepted <- &Conn{Conn: conn, Peer: peer, Use: Use(state.NegotiatedProtocol)}:
	case <-n.closed:
		conn.Close()
	}
}

// Dial implements Network.
func (n *TLSNetwork) Dial(ctx context.Context, addr, peer string, use Use) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	var d net.Dialer
	raw, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("no node answers at %s: %w", addr, err)
	}
	conf := n.client.Clone()
	conf.NextProtos = []string{string(use)}
	conn := tls.Client(raw, conf)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, fmt.Errorf("the node at %s is not of this cluster: %s", addr, explainTLS(err))
	}
	name, err := nodeOf(conn.ConnectionState().PeerCertificates[0])
	if err == nil && peer != "" && name != peer {
		err = fmt.Errorf("the node at %s is %q, not %q", addr, name, peer)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &Conn{Conn: conn, Peer: name, Use: use}, nil
}

// explainTLS says in the user's words why a handshake failed.
func explainTLS(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	text := err.Error()
	switch {
	case errors.As(err, &unknown), strings.Contains(text, "unknown certificate authority"):
		return "the certificate is signed by the authority of another cluster"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired, strings.Contains(text, "expired certificate"):
		return "the certificate has expired"
	case strings.Contains(text, "didn't provide a certificate"), strings.Contains(text, "certificate required"):
		return "it came without a client certificate"
	case strings.Contains(text, "does not look like a TLS handshake"):
		return "it does not speak TLS"
	case strings.Contains(text, "bad certificate"):
		return "the certificate was refused by the other side"
	case strings.Contains(text, "application protocol"):
		return "it does not speak the protocol of nodes (another version, or the address of the API)"
	}
	return text
}

package cluster

import (
	"bufio"
	"encoding/json"
	"fmt"
	"time"
)

const (
	linkMagic    = "lasp-link"
	linkVersion  = 1
	maxHandshake = 4 << 10
)

// greeting is the first frame in each direction of a connection of a link. It
// is JSON, so that any later version can read why it is refused.
type greeting struct {
	Magic   string `json:"magic"`
	Version int    `json:"version"`
	Cluster string `json:"cluster"`
	Node    string `json:"node"`
	Inc     uint64 `json:"incarnation"`
	Addr    string `json:"addr"`    // where the sender listens
	Session string `json:"session"` // pairs the two connections of a link
	Refused string `json:"refused,omitempty"`
}

// greet sends one greeting and reads the other's.
func greet(c *Conn, r *bufio.Reader, mine greeting) (greeting, error) {
	if err := sendGreeting(c, mine); err != nil {
		return greeting{}, err
	}
	return readGreeting(c, r)
}

func sendGreeting(c *Conn, g greeting) error {
	data, err := json.Marshal(g)
	if err != nil {
		return err
	}
	if err := c.SetWriteDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return err
	}
	w := bufio.NewWriter(c)
	if err := writeFrame(w, data); err != nil {
		return err
	}
	return w.Flush()
}

// readGreeting reads and checks a greeting, whose node must be the one that the
// certificate names.
func readGreeting(c *Conn, r *bufio.Reader) (g greeting, err error) {
	if err := c.SetReadDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return g, err
	}
	data, err := readFrame(r, maxHandshake)
	if err != nil {
		return g, fmt.Errorf("no greeting from %s: %s", c.Peer, explainTLS(err))
	}
	if err := json.Unmarshal(data, &g); err != nil || g.Magic != linkMagic {
		return g, fmt.Errorf("%s does not speak the protocol of links", c.Peer)
	}
	if g.Refused != "" {
		return g, fmt.Errorf("%s refuses the link: %s", c.Peer, g.Refused)
	}
	return g, c.SetDeadline(time.Time{})
}

// judge says why a greeting is not acceptable; empty when it is.
func (c *Cluster) judge(conn *Conn, g greeting) string {
	switch {
	case g.Version != linkVersion:
		return fmt.Sprintf("it speaks version %d of links and this node version %d: run one version of laspc in the cluster", g.Version, linkVersion)
	case g.Cluster != c.o.Cluster:
		return fmt.Sprintf("it belongs to cluster %s and this node to cluster %s", g.Cluster, c.o.Cluster)
	case g.Node != conn.Peer:
		return fmt.Sprintf("it says it is %q, but its certificate is that of %q", g.Node, conn.Peer)
	case g.Node == c.o.Node:
		return fmt.Sprintf("there are two nodes named %q, one at %s and one at %s: stop one, its data directory may be a copy", g.Node, g.Addr, c.network.Addr())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.links[g.Node]; l != nil && l.inc == g.Inc && l.addr != g.Addr {
		// After a restart elsewhere this lasts until the old link is found dead.
		return fmt.Sprintf("there is a link with a node %q of the same incarnation at %s, and this one is at %s: stop one of them, its data directory is a copy", g.Node, l.addr, g.Addr)
	}
	return ""
}

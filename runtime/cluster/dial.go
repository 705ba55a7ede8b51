package cluster

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/bits"
	mathrand "math/rand/v2"
	"syscall"
	"time"

	"github.com/laspc/lasp/runtime/overlay"
)

const (
	dialPatience = 3 * time.Second // before the end that need not dial does
	dialFirst    = 50 * time.Millisecond
	dialMost     = 2 * time.Second
)

// attempt is where the dialling of one peer stands.
type attempt struct {
	busy    bool
	failed  int
	addr    string // that failed
	next    time.Time
	missing time.Time // since when there is no link
	said    string    // the last reason that was logged
}

// keepLinks dials missing links, for ever.
func (c *Cluster) keepLinks() {
	defer c.wg.Done()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	tries := map[string]*attempt{}
	results := make(chan func(), 16)
	for {
		select {
		case <-c.done:
			return
		case apply := <-results:
			apply()
		case <-c.changed:
		case <-tick.C:
		}
		for _, l := range c.missingLinks(tries) {
			try := tries[l.Peer.Name]
			try.busy = true
			c.wg.Add(1)
			go func() {
				defer c.wg.Done()
				err := c.dial(l.Peer)
				select {
				case results <- func() { c.dialled(try, l.Peer, err) }:
				case <-c.done:
				}
			}()
		}
	}
}

// missingLinks returns the links that are to be dialled now.
func (c *Cluster) missingLinks(tries map[string]*attempt) []overlay.Link {
	c.mu.Lock()
	defer c.mu.Unlock()
	members := make([]overlay.Member, 0, len(c.roster))
	for _, m := range c.roster {
		if !m.left {
			members = append(members, m.Member)
		}
	}
	c.o.Overlay.Roster(members)
	now := time.Now()
	var due []overlay.Link
	for _, l := range c.o.Overlay.Links() {
		try := tries[l.Peer.Name]
		if c.links[l.Peer.Name] != nil {
			// A dial under way outlives a link that gives way to it: forgotten,
			// a second one would be begun beside it.
			if try != nil && !try.busy {
				delete(tries, l.Peer.Name)
			}
			continue
		}
		if try == nil {
			try = &attempt{missing: now}
			if c.fresh[l.Peer.Name] {
				// Known from before the start: the peer cannot know where
				// this node is now.
				try.missing = time.Time{}
				delete(c.fresh, l.Peer.Name)
			}
			tries[l.Peer.Name] = try
		}
		if try.addr != l.Peer.Addr {
			try.addr, try.next, try.failed = l.Peer.Addr, now, 0
		}
		if try.busy || now.Before(try.next) || l.Peer.Addr == "" || !l.Dial && now.Sub(try.missing) < dialPatience {
			continue
		}
		due = append(due, l)
	}
	return due
}

// dialled notes how an attempt ended; a reason is told once.
func (c *Cluster) dialled(try *attempt, peer overlay.Member, err error) {
	try.busy = false
	if err == nil {
		return
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		// The machine answers and the process does not: it is gone, and gossip
		// need not be waited for.
		c.mu.Lock()
		if m := c.roster[peer.Name]; m != nil && m.Addr == peer.Addr && c.links[peer.Name] == nil {
			m.Alive = false
		}
		c.mu.Unlock()
	}
	wait := dialFirst << min(try.failed, bits.Len(uint(dialMost/dialFirst)))
	try.failed++
	wait = min(wait, dialMost)
	try.next = time.Now().Add(wait/2 + mathrand.N(wait))
	if why := err.Error(); why != try.said {
		try.said = why
		c.o.Log("no link yet; it is tried for ever", "peer", peer.Name, "because", why)
	}
}

// dial opens the two connections of a link and starts it.
func (c *Cluster) dial(peer overlay.Member) error {
	ctx, cancel := context.WithTimeout(c.ctx, 2*handshakeTimeout)
	defer cancel()
	mine := c.greeting()
	mine.Session = rand.Text()
	control, theirs, err := c.dialHalf(ctx, peer, UseControl, mine)
	if err != nil {
		return err
	}
	bulk, again, err := c.dialHalf(ctx, peer, UseBulk, mine)
	if err == nil && again.Inc != theirs.Inc {
		bulk.conn.Close()
		err = fmt.Errorf("%s restarted while the link was made", peer.Name)
	}
	if err != nil {
		control.conn.Close()
		return err
	}
	c.start(newLink(theirs, true, control, bulk))
	return nil
}

func (c *Cluster) dialHalf(ctx context.Context, peer overlay.Member, use Use, mine greeting) (*half, greeting, error) {
	conn, err := c.network.Dial(ctx, peer.Addr, peer.Name, use)
	if err != nil {
		return nil, greeting{}, err
	}
	r := bufio.NewReaderSize(conn, 64<<10)
	theirs, err := greet(conn, r, mine)
	if err == nil {
		if why := c.judge(conn, theirs); why != "" {
			err = fmt.Errorf("no link with the node at %s: %s", peer.Addr, why)
		}
	}
	if err != nil {
		conn.Close()
		return nil, greeting{}, err
	}
	return newHalf(conn, r), theirs, nil
}

func (c *Cluster) greeting() greeting {
	return greeting{Magic: linkMagic, Version: linkVersion, Cluster: c.o.Cluster, Node: c.o.Node, Inc: c.o.Inc, Addr: c.network.Addr()}
}

// accept takes connections until the network is closed.
func (c *Cluster) accept() {
	defer c.wg.Done()
	for {
		conn, err := c.network.Accept()
		if err != nil {
			return
		}
		switch conn.Use {
		case UseStream:
			c.transport.takeStream(conn)
		case UsePacket:
			go c.transport.takePackets(conn)
		default:
			go c.welcome(conn)
		}
	}
}

// welcome answers the greeting on one connection of a link; the second of a
// pair starts it.
func (c *Cluster) welcome(conn *Conn) {
	r := bufio.NewReaderSize(conn, 64<<10)
	theirs, err := readGreeting(conn, r)
	if err != nil {
		c.o.Log("refused a link", "from", conn.RemoteAddr().String(), "because", err.Error())
		conn.Close()
		return
	}
	mine := c.greeting()
	if why := c.judge(conn, theirs); why != "" {
		mine.Refused = why
		c.o.Log("refused a link", "from", conn.Peer, "because", why)
	}
	if err := sendGreeting(conn, mine); err != nil || mine.Refused != "" {
		conn.Close()
		return
	}
	c.pair(newHalf(conn, r), theirs)
}

// pair joins the control and the bulk connection of a session. They are greeted
// by goroutines of their own, so either may come here first.
func (c *Cluster) pair(h *half, g greeting) {
	key := g.Node + "/" + g.Session
	c.mu.Lock()
	other := c.pending[key]
	delete(c.pending, key)
	if other == nil {
		c.pending[key] = h
	}
	c.mu.Unlock()
	switch {
	case other == nil:
		time.AfterFunc(handshakeTimeout, func() { c.dropPending(key, h) })
	case h.conn.Use == UseBulk && other.conn.Use == UseControl:
		c.start(newLink(g, false, other, h))
	case h.conn.Use == UseControl && other.conn.Use == UseBulk:
		c.start(newLink(g, false, h, other))
	default:
		h.conn.Close()
		other.conn.Close()
	}
}

func (c *Cluster) dropPending(key string, h *half) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending[key] == h {
		delete(c.pending, key)
		h.conn.Close()
	}
}

// start makes l the link to its peer, in place of an older one, and runs it.
func (c *Cluster) start(l *link) {
	c.mu.Lock()
	if c.ctx.Err() != nil {
		c.mu.Unlock()
		l.close(c.ctx.Err())
		return
	}
	old := c.links[l.peer]
	if old != nil && l.gives(c.o.Node, old) {
		c.mu.Unlock()
		l.close(errors.New("another link was made at the same time"))
		return
	}
	c.links[l.peer] = l
	c.wg.Add(1)
	c.mu.Unlock()
	go c.run(l, old)
}

// run carries frames until the link ends.
func (c *Cluster) run(l, old *link) {
	defer c.wg.Done()
	if old != nil {
		old.close(fmt.Errorf("a new link took its place"))
		<-old.finished
	}
	c.learn(l.peer, func(m *Member) { m.Addr, m.Inc, m.Alive = l.addr, l.inc, true })
	poke(c.rejoinNow)
	c.o.Handler.LinkUp(l.peer, l.inc)
	deliver := func(frame []byte) { c.o.Handler.Frame(l.peer, frame) }
	parts := []func(){
		func() { l.write(l.control, true, &c.traffic) },
		func() { l.write(l.bulk, false, &c.traffic) },
		func() { l.read(l.control, silence, &c.traffic, deliver) },
		func() { l.read(l.bulk, 0, &c.traffic, deliver) },
	}
	ended := make(chan struct{})
	for _, part := range parts {
		go func() { part(); ended <- struct{}{} }()
	}
	for range parts {
		<-ended
	}
	c.o.Handler.LinkDown(l.peer, l.why)
	c.mu.Lock()
	if c.links[l.peer] == l {
		delete(c.links, l.peer)
	}
	c.mu.Unlock()
	close(l.finished)
	poke(c.changed)
	poke(c.told)
}

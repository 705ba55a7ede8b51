package cluster

import (
	"encoding/json"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/hashicorp/memberlist"
)

// Meta is what a node tells about itself in gossip, in less than 512 bytes.
type Meta struct {
	Inc     uint64   `json:"i,omitempty"`
	API     string   `json:"a,omitempty"`
	Tags    []string `json:"t,omitempty"`
	Version string   `json:"v,omitempty"` // of the program laspc
	// Left is set by a node that is about to go for good: what memberlist tells
	// of a node that is gone does not say whether it left or died.
	Left bool `json:"l,omitempty"`
}

const maxMeta = memberlist.MetaMaxSize

// gossip starts memberlist over the network.
func (c *Cluster) gossip() error {
	leaving := c.o.Meta
	leaving.Left = true
	// The longest form is tried now, so that leaving cannot fail for it.
	if n := len(leaving.bytes()); n > maxMeta {
		return fmt.Errorf("the tags and addresses of this node take %d bytes, more than the %d that gossip carries: use fewer or shorter tags", n, maxMeta)
	}
	conf := memberlist.DefaultLANConfig()
	conf.Name = c.o.Node
	conf.Transport = c.transport
	conf.Label = c.o.Cluster
	conf.SecretKey = c.o.GossipKey
	conf.ProbeInterval = 500 * time.Millisecond
	conf.ProbeTimeout = 250 * time.Millisecond
	conf.SuspicionMult = 3
	conf.TCPTimeout = 2 * time.Second
	// A node that comes back at another address is taken once its old self is
	// known to be dead; certificates prove that it is the same.
	conf.DeadNodeReclaimTime = time.Millisecond
	conf.Events = (*events)(c)
	conf.Conflict = (*events)(c)
	conf.Delegate = (*delegate)(c)
	conf.Logger = log.New(quietLog{c.o.Log}, "", 0)
	var err error
	c.members, err = memberlist.Create(conf)
	if err != nil {
		return fmt.Errorf("cannot start the membership service: %w", err)
	}
	return nil
}

// events receives what memberlist notices. Its methods are called with
// memberlist's lock held, so they only take notes.
type events Cluster

// NotifyJoin implements memberlist.EventDelegate.
func (e *events) NotifyJoin(n *memberlist.Node) {
	if n.Name == e.o.Node {
		return
	}
	var meta Meta
	if err := json.Unmarshal(n.Meta, &meta); err != nil {
		meta = Meta{}
	}
	(*Cluster)(e).learn(n.Name, func(m *Member) {
		m.Addr, m.Alive, m.API, m.Tags, m.left = n.Address(), !meta.Left, meta.API, meta.Tags, meta.Left
	})
}

// NotifyUpdate implements memberlist.EventDelegate.
func (e *events) NotifyUpdate(n *memberlist.Node) { e.NotifyJoin(n) }

// NotifyLeave implements memberlist.EventDelegate.
func (e *events) NotifyLeave(n *memberlist.Node) {
	if n.Name == e.o.Node {
		return
	}
	(*Cluster)(e).learn(n.Name, func(m *Member) { m.Alive = false })
}

// NotifyConflict implements memberlist.ConflictDelegate.
func (e *events) NotifyConflict(existing, other *memberlist.Node) {
	e.o.Log("two nodes use one name; after a restart this lasts until the old one is known to be gone",
		"node", existing.Name, "known_at", existing.Address(), "also_at", other.Address())
}

// delegate is a memberlist.Delegate that carries nothing but the meta data.
type delegate Cluster

func (m Meta) bytes() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic("meta data is plain data: " + err.Error())
	}
	return b
}

// NodeMeta implements memberlist.Delegate.
func (d *delegate) NodeMeta(int) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.o.Meta.bytes()
}

// NotifyMsg implements memberlist.Delegate.
func (*delegate) NotifyMsg([]byte) {}

// GetBroadcasts implements memberlist.Delegate.
func (*delegate) GetBroadcasts(int, int) [][]byte { return nil }

// LocalState implements memberlist.Delegate.
func (*delegate) LocalState(bool) []byte { return nil }

// MergeRemoteState implements memberlist.Delegate.
func (*delegate) MergeRemoteState([]byte, bool) {}

// quietLog passes on what memberlist calls an error, except that peers do not
// answer, which the links notice and tell better.
type quietLog struct{ log Log }

func (q quietLog) Write(p []byte) (int, error) {
	line := strings.TrimSpace(string(p))
	if strings.HasPrefix(line, "[ERR]") && !strings.Contains(line, "Failed to send") && !strings.Contains(line, "Push/Pull with") && !strings.Contains(line, "Conflicting address") {
		q.log("gossip reports a problem", "problem", strings.TrimPrefix(line, "[ERR] memberlist: "))
	}
	return len(p), nil
}

// rejoin keeps gossip whole, for ever: it joins seeds while this node is alone,
// and known members that gossip takes for dead, since after a cut the two sides
// do not find each other again by themselves.
func (c *Cluster) rejoin() {
	defer c.wg.Done()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	wait := map[string]int{} // rounds to wait, by address
	failed := map[string]int{}
	for {
		select {
		case <-c.done:
			return
		case <-c.rejoinNow:
			clear(wait)
		case <-tick.C:
		}
		for _, addr := range c.joinTargets() {
			if wait[addr]--; wait[addr] > 0 {
				continue
			}
			if _, err := c.members.Join([]string{addr}); err != nil {
				if failed[addr]++; failed[addr] == 1 {
					c.o.Log("gossip cannot be joined yet; it is tried for ever", "at", addr, "because", lastLine(err))
				}
				wait[addr] = min(1<<min(failed[addr], 4), 10)
				continue
			}
			delete(failed, addr)
			delete(wait, addr)
		}
	}
}

// joinTargets are the addresses that gossip should be joined at.
func (c *Cluster) joinTargets() []string {
	alive := map[string]bool{}
	for _, n := range c.members.Members() {
		alive[n.Name] = true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var targets []string
	for name, m := range c.roster {
		if !alive[name] && !m.left && m.Addr != "" {
			targets = append(targets, m.Addr)
		}
	}
	if len(alive) <= 1 {
		targets = append(targets, c.o.Seeds...)
	}
	return targets
}

// lastLine shortens memberlist's lists of errors.
func lastLine(err error) string {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	return strings.TrimLeft(lines[len(lines)-1], "\t* ")
}

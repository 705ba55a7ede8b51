package sim

import (
	"fmt"
	"math"
	"time"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/wire"
)

// CrashPoint is a moment at which a node can be made to crash.
type CrashPoint uint8

// The moments. A crash before the write loses what was not acknowledged; one
// after it loses every message that would have been sent.
const (
	NoCrash CrashPoint = iota
	BeforePersist
	BeforeSend
)

// Node is a simulated node: a core and its disk.
type Node struct {
	Name string
	Core *replica.Core // nil while it is down
	// Crash makes the node crash at the next such moment.
	Crash CrashPoint
	// Skew is how far the node's clock is ahead of the world's.
	Skew time.Duration
	// Slow is how much longer its disk takes until something is durable.
	Slow time.Duration
	// Syncs counts what had to be durable before the node went on.
	Syncs int
	// Emits are the outputs that became known here since the last start.
	Emits []replica.Emit

	// Retired is what the node's last life said when it heard that it was retired.
	Retired *replica.Retirement

	w       *World
	inc     uint64
	records [][]byte // the log
	synced  int      // so many records are durable; a crash may lose the others
	writing *replica.Ready
	written int64    // when what is being written is durable
	snap    [][]byte // the checkpoint that it goes on from
	up      map[string]bool
	muted   map[string]bool
	paused  bool
	replies []replica.Reply
}

// Alive reports whether the node runs.
func (n *Node) Alive() bool { return n.Core != nil }

// Pause stops a node from hearing and doing anything, without its peers
// noticing.
func (n *Node) Pause(on bool) { n.paused = on }

// start makes the core from what is on the disk.
func (n *Node) start(blank bool) error {
	cfg := n.w.o.Config(n.Name)
	blank = blank || n.Retired != nil
	n.Retired = nil
	if n.inc == 0 || blank {
		n.inc++
	}
	if blank {
		n.records, n.snap = nil, nil
	}
	cfg.Actor = lattice.Actor{Node: n.Name, Inc: n.inc}
	cfg.Blank = cfg.Blank || blank
	cfg.OrderLost = blank
	cfg.First = n.inc == 1
	records := make([]wire.Record, len(n.records))
	for i, b := range n.records {
		r, err := wire.DecodeRecord(b)
		if err != nil {
			return fmt.Errorf("node %s: record %d: %w", n.Name, i, err)
		}
		records[i] = *r
	}
	core, err := replica.Restore(cfg, n.now(), n.snap, records)
	if err != nil {
		return fmt.Errorf("node %s: %w", n.Name, err)
	}
	n.Core, n.Emits, n.paused, n.replies = core, nil, false, nil
	n.synced = len(n.records)
	n.pump()
	return nil
}

// Stop crashes the node; its disk stays.
func (n *Node) Stop() {
	if n.Core == nil {
		return
	}
	n.Core, n.Crash = nil, NoCrash
	n.writing = nil
	n.records = n.records[:n.synced+n.w.disk.IntN(len(n.records)-n.synced+1)]
	n.w.Say("crash %s", n.Name)
	n.w.relink()
	clear(n.up)
}

// Restart starts a node that is down, with its disk or without.
func (n *Node) Restart(blank bool) error {
	if n.Core != nil {
		return nil
	}
	n.w.Say("restart %s blank=%v", n.Name, blank)
	if err := n.start(blank); err != nil {
		return err
	}
	n.w.relink()
	return nil
}

// Checkpoint replaces the log by a snapshot.
func (n *Node) Checkpoint() {
	n.snap, n.records, n.synced = n.Core.Snapshot(), nil, 0
}

// Do gives the node an event and returns the replies that are ready.
func (n *Node) Do(ev replica.Event) ([]replica.Reply, error) {
	if n.Core == nil {
		return nil, fmt.Errorf("%s is down", n.Name)
	}
	if err := n.Core.Step(ev); err != nil {
		return nil, err
	}
	n.pump()
	n.w.saw(n)
	n.w.rush()
	return n.Replies(), nil
}

// Replies takes the replies that came since they were last taken.
func (n *Node) Replies() []replica.Reply {
	replies := n.replies
	n.replies = nil
	return replies
}

// now is what the node's clock says.
func (n *Node) now() int64 { return n.w.now + int64(n.Skew) }

// Tick tells the node the time.
func (n *Node) Tick() {
	if n.Core != nil && !n.paused {
		n.Core.Tick(n.now())
		n.pump()
		n.w.saw(n)
	}
}

// setLink tells the core about a link that came or went.
func (n *Node) setLink(peer string, up bool) {
	if peer == n.Name || n.up[peer] == up {
		return
	}
	n.up[peer] = up
	if n.Core == nil {
		return
	}
	var ev replica.Event = replica.PeerDown{Peer: peer}
	if up {
		ev = replica.PeerUp{Peer: peer}
	}
	if err := n.Core.Step(ev); err != nil {
		n.w.Say("%s: %v", n.Name, err)
	}
	n.pump()
}

// pump does what the core wants done, in the order that Ready asks for.
func (n *Node) pump() {
	for round := 0; n.Core != nil; round++ {
		if n.Retired = n.Core.Retired(); n.Retired != nil {
			n.w.Say("%s: %s", n.Name, n.Retired.Error())
			n.Stop()
			return
		}
		n.carry(n.Core.Early())
		if n.writing != nil {
			if n.w.now < n.written {
				return
			}
			n.release(n.writing)
			continue
		}
		r := n.Core.Ready()
		n.carry(n.Core.Early())
		if r.Empty() {
			return
		}
		if round > math.MaxInt16 {
			panic("a replica is never ready to stop: " + n.Name)
		}
		if n.Crash == BeforePersist && len(r.Persist) > 0 {
			n.Stop()
			return
		}
		n.write(r)
	}
}

// write puts records in the log. What must be durable first keeps the rest of the
// Ready back for as long as that takes.
func (n *Node) write(r *replica.Ready) {
	for i := range r.Persist {
		n.records = append(n.records, wire.EncodeRecord(&r.Persist[i]))
	}
	n.writing, n.written = r, n.w.now
	if len(r.Persist) > 0 && !r.Lazy {
		n.written = n.w.now + int64(n.Slow) + n.w.disk.Int64N(int64(n.w.o.Disk.Sync)+1)
	}
}

// release lets out what waited until a Ready was written.
func (n *Node) release(r *replica.Ready) {
	n.writing = nil
	if len(r.Persist) > 0 && !r.Lazy {
		n.synced = len(n.records)
		n.Syncs++
	}
	if n.Crash == BeforeSend && len(r.Send) > 0 {
		n.Stop()
		return
	}
	n.replies = append(n.replies, r.Replies...)
	n.Emits = append(n.Emits, r.Emits...)
	for _, note := range r.Notes {
		n.w.Say("%s: %s %s", n.Name, note.Code, note.Message)
	}
	n.carry(r.Send)
	n.Core.Advance()
}

func (n *Node) carry(messages []replica.Envelope) {
	for _, e := range messages {
		n.w.send(n, e)
	}
}

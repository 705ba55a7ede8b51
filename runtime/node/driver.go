package node

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/laspc/lasp/runtime/disk"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/wire"
)

const (
	// flushTime is how long deltas gather before they are sent to the other nodes,
	// where some were sent just before. A node that was quiet sends at once.
	flushTime = 10 * time.Millisecond
	// smallFrame is up to how many bytes a delta holds up nothing that is sent after
	// it by the same connection.
	smallFrame = 32 << 10
	retryTime  = 500 * time.Millisecond
	// evaluationTime is how long one body or query may take, and limitTick how often
	// it is looked at.
	evaluationTime = 2 * time.Second
	limitTick      = 100 * time.Millisecond
	drainMost      = 1024 // closures run before what they caused is looked at
)

// drive is the one goroutine that touches the replica core.
func (n *Node) drive() {
	defer close(n.stopped)
	defer close(n.commits)
	wake := time.NewTimer(0)
	defer wake.Stop()
	for {
		due := false
		n.o.Replica.Limiter.Rest()
		select {
		case <-n.closing:
			n.finish()
			return
		case f := <-n.inbox:
			// An idle driver has slept; what comes now happens now.
			n.core.Tick(time.Now().UnixNano())
			f()
			n.drain()
		case err := <-n.done:
			if !n.committed(err) {
				return
			}
		case <-n.gather.over:
			n.gather, due = gather{}, true
		case <-wake.C:
		}
		if r := n.core.Retired(); r != nil && !n.stale {
			n.retired(r)
		}
		if n.stale {
			return
		}
		n.core.Tick(time.Now().UnixNano())
		n.publish()
		n.progress(due)
		wake.Reset(n.untilWake())
	}
}

// limit ends evaluations that take too long. It counts its own ticks, which come
// late too where the machine is busy.
func (n *Node) limit() {
	tick := time.NewTicker(limitTick)
	defer tick.Stop()
	for {
		select {
		case <-n.stopped:
			return
		case <-tick.C:
			n.o.Replica.Limiter.Tick()
		}
	}
}

// drain runs what waits in the inbox, so that it shares one commit.
func (n *Node) drain() {
	for range drainMost {
		select {
		case f := <-n.inbox:
			f()
		default:
			return
		}
	}
}

func (n *Node) untilWake() time.Duration {
	at := n.core.Wake()
	if at <= 0 || at == math.MaxInt64 {
		return time.Hour
	}
	return max(time.Until(time.Unix(0, at)), time.Millisecond)
}

// commit makes durable and lets go what is ready. What need not be durable is let go
// at once, and written with the next that has to, or when the committer has nothing
// else to do.
func (n *Node) commit() {
	n.take()
	for n.appendNow() {
		n.take()
	}
	n.flush()
}

// take takes Readies from the core, up to one that has to be durable.
func (n *Node) take() {
	for n.pending == nil {
		r := n.core.Ready()
		n.send(n.core.Early())
		if r.Empty() {
			return
		}
		n.backlog.add(r.Persist, r.Lazy)
		if len(r.Persist) > 0 && !r.Lazy {
			n.pending = r
			return
		}
		n.release(r)
		n.core.Advance()
	}
}

// appendNow writes what need not be synced and is waited for, which takes less time
// than to hand it to the committer, and lets it go. It reports whether it did.
func (n *Node) appendNow() bool {
	if n.o.Durability != disk.None || n.pending == nil || n.writing || n.backlog.sync {
		return false
	}
	if _, err := n.disk.Append(n.backlog.records); err != nil {
		return false // the committer says why, and tries until it can
	}
	n.stats.logged.Add(n.backlog.bytes)
	n.backlog.clear()
	n.letGo()
	n.checkpoint()
	return true
}

// letGo lets the pending Ready out, which is durable.
func (n *Node) letGo() {
	r := n.pending
	n.pending, n.durable = nil, n.disk.Last()
	n.crowd.answers(len(r.Replies), n.core.Asked(), time.Now())
	n.release(r)
	n.core.Advance()
}

// flush hands what is to be written to the committer, if that is idle.
func (n *Node) flush() {
	if n.writing || len(n.backlog.records) == 0 {
		return
	}
	n.writing, n.awaited = true, n.pending != nil
	n.commits <- n.backlog
	n.backlog = job{}
}

// committed takes the outcome of a job, and lets a Ready go whose records are
// durable. It returns false when the node cannot go on.
func (n *Node) committed(err error) bool {
	var f fatalError
	if errors.As(err, &f) {
		n.fail(f.error)
		return false
	}
	n.writing = false
	n.durable = n.disk.Last()
	if n.awaited {
		n.awaited = false
		n.letGo()
	}
	n.progress(n.o.Durability == disk.Group)
	n.checkpoint()
	return true
}

// fail ends the driver; waiting requests are told by the stopped channel.
func (n *Node) fail(err error) {
	n.fatal.Store(&err)
	n.o.Log("the node stops", "because", err.Error())
}

// release lets out what a durable Ready holds.
func (n *Node) release(r *replica.Ready) {
	n.send(r.Send)
	n.answer(r.Replies)
	if len(r.Emits) > 0 {
		n.stats.emitted.Add(int64(len(r.Emits)))
		n.watch.outputs(r.Emits)
	}
	n.watch.shows(r.Changed)
	for _, note := range r.Notes {
		n.o.Log(note.Message, "code", note.Code)
	}
}

// publish lets Program know which program is active.
func (n *Node) publish() {
	if p := n.core.Program().IR; p != n.active.Load() {
		n.active.Store(p)
	}
}

// answer hands replies to those who wait for them.
func (n *Node) answer(replies []replica.Reply) {
	n.publish() // a deployment is in force when it is answered
	for i := range replies {
		r := &replies[i]
		switch to := r.Ref.(type) {
		case chan replica.Reply:
			to <- *r
		case *ticket:
			to.to.Answer(to.tag, r.Value, r.Err)
			if !slices.Contains(n.sinks, to.to) {
				n.sinks = append(n.sinks, to.to)
			}
		}
	}
	for _, s := range n.sinks {
		s.Flush()
	}
	clear(n.sinks)
	n.sinks = n.sinks[:0]
}

func (n *Node) send(messages []replica.Envelope) {
	var last *wire.Batch
	var frame []byte // of it
	for _, e := range messages {
		batch, isBatch := e.Msg.(*wire.Batch)
		_, program := e.Msg.(*wire.Program)
		data := frame
		if !isBatch || batch != last {
			data = wire.Encode(e.Msg)
		}
		if isBatch {
			last, frame = batch, data
		}
		// What is small goes along with all else, by one connection.
		if err := n.cluster.Send(e.To, (isBatch || program) && len(data) > smallFrame, data); err == nil {
			n.stats.sent.Add(1)
		}
	}
}

// step gives the core an event; an error is about the event, not the core.
func (n *Node) step(e replica.Event) {
	if err := n.core.Step(e); err != nil {
		n.o.Log("an event was refused", "event", fmt.Sprintf("%T", e), "because", err.Error())
	}
	if peer := n.core.Stale(); peer != "" && !n.stale {
		n.stale = true
		n.outdated(peer)
	}
}

// retired ends a node that was retired; the next start begins anew.
func (n *Node) retired(r *replica.Retirement) {
	n.stale = true
	n.fail(errors.Join(n.disk.Abandon(),
		&replica.Error{Code: "L0636", Message: r.Error() + "; start this node again: it begins anew, without its state, which is kept in quarantine/ of " + n.o.Data}))
}

// outdated ends a node whose data directory turned out to be an older copy: its
// next turns would use the stamps of turns that others have. The next start is
// a new incarnation.
func (n *Node) outdated(peer string) {
	_, err := n.disk.Renew()
	err = errors.Join(err, n.disk.PutFact(factOrder, []byte(orderLost)))
	n.fail(errors.Join(err, fmt.Errorf("%s knows turns of this node that the data directory %s lacks: it is an older copy, or another node runs with a copy; start this node again, it then begins a new incarnation", peer, n.o.Data)))
}

// post hands a closure to the driver; it reports false when the node stops.
func (n *Node) post(f func()) bool {
	select {
	case n.inbox <- f:
		return true
	case <-n.stopped:
		return false
	}
}

// finish ends the driver cleanly: all that was taken in becomes durable.
func (n *Node) finish() {
	n.drain()
	for {
		if n.writing {
			if !n.committed(<-n.done) {
				return
			}
			continue
		}
		if n.commit(); !n.writing {
			break
		}
	}
	n.saves.Wait()
	if n.unsaved > 0 {
		if err := n.disk.Checkpoint(n.durable, n.core.Snapshot()); err != nil {
			n.o.Log("no checkpoint was written", "because", err.Error())
		}
	}
}

package node

import (
	"time"

	"github.com/laspc/lasp/runtime/disk"
)

// What is ready to be committed may gather for a while, so that more of it shares
// an fsync and the messages around it:
//
//   - with durability group all of it does, for a millisecond;
//   - what came from other nodes alone waits for a request to share an fsync with,
//     where requests come every few milliseconds;
//   - where dozens of requests are on their way, those that were just answered get
//     a moment to come back. Otherwise they part in two halves, one of which is
//     synced while the other comes, and each fsync is for half of them.
//
// Nothing gathers that another node or a decided request waits for.
const (
	gatherTime = time.Millisecond     // of durability group
	shareTime  = 5 * time.Millisecond // of what other nodes sent
	crowdTime  = time.Millisecond     // after answers to a crowd
	crowdLeast = 32                   // requests on their way make a crowd
)

// gather is the timer of what gathers. The zero value is one that does not run.
type gather struct {
	over <-chan time.Time
	at   time.Time
}

// within makes the timer fire after some time at the latest.
func (g *gather) within(d time.Duration) {
	if at := time.Now().Add(d); g.over == nil || at.Before(g.at) {
		g.over, g.at = time.After(d), at
	}
}

// crowd is how many requests were on their way lately.
type crowd struct {
	size     int
	answered time.Time // when some were answered last
}

// answers notes that so many were answered while others were on their way.
func (c *crowd) answers(n, others int, now time.Time) {
	if n > 0 {
		c.answered = now
		c.size = max(n+others, c.size-c.size/8)
	}
}

// returns is for how long those that were answered may still be waited for, where
// so many have come.
func (c *crowd) returns(come int, now time.Time) time.Duration {
	if c.size < crowdLeast || come >= c.size-c.size/4 {
		return 0
	}
	return crowdTime - now.Sub(c.answered)
}

// progress commits what is ready: at once, or after it has gathered for a while,
// which is over when due is set.
func (n *Node) progress(due bool) {
	n.send(n.core.Early())
	if n.pending != nil {
		n.flush() // where the committer had something else to do
		return
	}
	if wait := n.gatherTime(); wait > 0 && !due {
		n.gather.within(wait)
		return
	}
	n.gather = gather{}
	n.commit()
}

// gatherTime is for how long what is ready may still gather.
func (n *Node) gatherTime() time.Duration {
	asked, now := n.core.Asked(), time.Now()
	switch {
	case n.core.Hurry(), n.o.Durability == disk.None:
		return 0
	case n.o.Durability == disk.Group:
		return gatherTime
	case asked == 0:
		return shareTime - now.Sub(n.crowd.answered)
	}
	return n.crowd.returns(asked, now)
}

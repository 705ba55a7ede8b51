package order

import (
	"time"

	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/tracker"
)

// Tick tells the wall time, in ns. It may stand still or go back; then nothing
// falls due.
func (g *Group) Tick(now int64) {
	if now < g.now {
		back := g.now - now
		g.lastBeat -= back
		g.silent -= back
		g.poked -= back
		g.heard -= back
		g.busyUntil, g.worryUntil = min(g.busyUntil, now+int64(patience)), min(g.worryUntil, now+2*int64(patience))
		if g.campaign != 0 {
			g.campaign = min(g.campaign, now+2*int64(patience))
		}
	}
	g.now = now
	if g.isLeader() {
		g.lead()
		return
	}
	g.follow()
}

// lead beats while there is something to say.
func (g *Group) lead() {
	g.silent, g.campaign = g.now, 0
	if !g.busy() {
		g.lastBeat = g.now
		return
	}
	if g.now-g.lastBeat >= int64(beat) {
		g.lastBeat = g.now
		g.rn.Tick()
	}
}

// busy reports whether a leader has something to say: entries are on their way,
// a voter that can be reached lacks some, or somebody wants to hear it.
func (g *Group) busy() bool {
	if g.now < g.busyUntil {
		return true
	}
	last, _ := g.log.LastIndex()
	if g.status().GetCommit() < last {
		return true
	}
	lacks := false
	g.rn.WithProgress(func(id uint64, _ raft.ProgressType, pr tracker.Progress) {
		if id != g.o.Self.ID && pr.Match < last {
			lacks = lacks || g.reaches(id)
		}
	})
	return lacks
}

// follow watches over the leader, as far as there is reason to.
func (g *Group) follow() {
	if !g.IsVoter() {
		return
	}
	if !g.worried() {
		g.silent, g.campaign = g.now, 0
		return
	}
	if name := g.Leader(); name != "" && g.now-g.poked >= int64(beat) {
		g.poked = g.now
		g.out = append(g.out, Message{To: name, Poke: true})
	}
	if g.now-g.silent >= int64(patience) && g.campaign == 0 {
		// Others ask for this node's vote only in vain while it has a leader.
		_ = g.rn.ForgetLeader()
		g.campaign = g.now + g.random(patience)
	}
	if g.campaign != 0 && g.now >= g.campaign {
		_ = g.rn.Campaign()
		g.campaign = g.now + int64(patience) + g.random(patience)
	}
}

// worried reports whether a follower wants to hear its leader: it waits for it, or
// has no link to it and heard nothing for long.
func (g *Group) worried() bool {
	return g.Leader() == "" || g.now < g.worryUntil || !g.reaches(g.status().Lead) && g.now-g.heard >= int64(rest)
}

func (g *Group) random(d time.Duration) int64 { return g.rng.Int64N(int64(d)) }

// Wake is when the next Tick is wanted.
func (g *Group) Wake() int64 {
	switch {
	case g.isLeader():
		if g.busy() {
			return max(g.lastBeat+int64(beat), g.now+1)
		}
		return seedless
	case !g.IsVoter() || !g.worried() && g.reaches(g.status().Lead):
		return seedless
	case !g.worried():
		return max(g.heard+int64(rest), g.now+1)
	}
	next := g.silent + int64(patience)
	if g.campaign != 0 {
		next = g.campaign
	}
	if g.Leader() != "" {
		next = min(next, g.poked+int64(beat))
	}
	return max(next, g.now+1)
}

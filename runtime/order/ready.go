package order

import (
	"fmt"
	"slices"

	"github.com/laspc/lasp/runtime/wire"
	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"
	"google.golang.org/protobuf/proto"
)

// Ready is what there is to do.
type Ready struct {
	// Log is to be written, nil for nothing. Where Sync is set it must be durable
	// before any message is sent that does not go Ahead, and before Advance. Else
	// it says only what the log and the other voters tell again after a crash: up
	// to where entries are committed and applied.
	Log  *wire.OrderLog
	Sync bool
	Send []Message
	// Entries are committed, to be applied in turn. Once Log is durable, so are they.
	Entries []Entry
}

// Empty reports whether there is nothing to do.
func (r *Ready) Empty() bool { return r.Log == nil && len(r.Send)+len(r.Entries) == 0 }

// Ready takes what there is to do. While one is out, there is no other.
func (g *Group) Ready() Ready {
	var r Ready
	if g.taken == nil && g.rn.HasReady() {
		rd := g.rn.Ready()
		g.taken = &rd
		g.post(&rd)
		g.save(&rd)
		r.Entries = g.commit(&rd)
	}
	r.Send, g.out = g.out, nil
	r.Log, g.log.out = g.log.out, nil
	r.Sync, g.log.sync = g.log.sync, false
	return r
}

// HasReady reports whether there is something to do that was not taken yet.
func (g *Group) HasReady() bool { return g.taken == nil && g.rn.HasReady() }

// Taken reports whether a Ready is out.
func (g *Group) Taken() bool { return g.taken != nil }

// Advance says that the last Ready was done: its part of the log is durable.
func (g *Group) Advance() {
	if g.taken != nil {
		rd := *g.taken
		g.taken = nil
		g.rn.Advance(rd)
		g.log.compact()
	}
}

// save puts entries, hard state and snapshot into the log.
func (g *Group) save(rd *raft.Ready) {
	if !raft.IsEmptySnap(rd.Snapshot) {
		g.log.takeSnapshot(rd.Snapshot)
		g.applied, g.term = rd.Snapshot.GetMetadata().GetIndex(), rd.Snapshot.GetMetadata().GetTerm()
		g.log.applied = g.applied
		g.log.keep(func(l *wire.OrderLog) { l.Snap, l.Applied = encode(rd.Snapshot), g.applied })
	}
	if rd.HardState != nil && !raft.IsEmptyHardState(rd.HardState) {
		put := g.log.keep
		if g.onlyCommits(rd.HardState) {
			put = g.log.note
		}
		put(func(l *wire.OrderLog) { l.Hard = encode(rd.HardState) })
		g.log.setHard(rd.HardState)
	}
	if len(rd.Entries) > 0 {
		g.log.append(rd.Entries)
		g.log.keep(func(l *wire.OrderLog) {
			for _, e := range rd.Entries {
				l.Entries = append(l.Entries, encode(e))
			}
		})
	}
}

// onlyCommits reports whether a hard state promises nothing new.
func (g *Group) onlyCommits(next *pb.HardState) bool {
	old, _, _ := g.log.MemoryStorage.InitialState()
	return old.GetTerm() == next.GetTerm() && old.GetVote() == next.GetVote()
}

// post turns raft's messages into ours, before anything of it is saved. One to
// somebody whose name is not known yet is lost; raft repeats it. What a leader
// appends goes ahead of its own log: it counts itself only once that is durable,
// and others may hold an entry without it. Its term was durable before anybody
// voted for it.
func (g *Group) post(rd *raft.Ready) {
	ahead := g.isLeader() && (rd.HardState == nil || raft.IsEmptyHardState(rd.HardState) || g.onlyCommits(rd.HardState))
	for _, m := range rd.Messages {
		if m.GetType() == pb.MsgSnap {
			g.rn.ReportSnapshot(m.GetTo(), raft.SnapshotFinish)
		}
		if name := g.nameOf(m.GetTo()); name != "" {
			t := m.GetType()
			g.out = append(g.out, Message{To: name, Body: encode(m), Ahead: ahead && (t == pb.MsgApp || t == pb.MsgHeartbeat)})
		}
	}
}

// commit lists the committed entries; those that change the voters take effect
// at once.
func (g *Group) commit(rd *raft.Ready) []Entry {
	var entries []Entry
	for _, e := range rd.CommittedEntries {
		g.applied, g.term = e.GetIndex(), e.GetTerm()
		switch e.GetType() {
		case pb.EntryNormal:
			if len(e.GetData()) > 0 {
				entries = append(entries, Entry{Index: g.applied, Term: g.term, Data: e.GetData()})
			}
		default:
			cc := new(pb.ConfChange)
			if err := proto.Unmarshal(e.GetData(), cc); err != nil {
				panic("order: a committed change of voters cannot be read: " + err.Error())
			}
			g.log.conf = g.rn.ApplyConfChange(cc)
			conf := encode(g.log.conf)
			g.log.keep(func(l *wire.OrderLog) { l.Conf = conf })
		}
	}
	if len(rd.CommittedEntries) > 0 {
		g.log.applied = g.applied
		g.log.note(func(l *wire.OrderLog) { l.Applied = g.applied })
	}
	return entries
}

// Conform brings the voters one step closer to what the members are: who is no
// member any more goes, who is new learns first and votes once it has caught up.
// members are in order of preference.
func (g *Group) Conform(members []wire.OrderMember) {
	if !g.Leads() || len(members) == 0 {
		return
	}
	voters, learners := g.log.conf.GetVoters(), g.log.conf.GetLearners()
	isMember := func(id uint64) bool {
		return slices.ContainsFunc(members, func(m wire.OrderMember) bool { return m.ID == id })
	}
	for _, id := range slices.Concat(learners, voters) {
		if !isMember(id) && (len(voters) > 1 || !slices.Contains(voters, id)) {
			g.change(pb.ConfChangeRemoveNode, id)
			return
		}
	}
	last, _ := g.log.LastIndex()
	caughtUp := uint64(0)
	g.rn.WithProgress(func(id uint64, typ raft.ProgressType, pr tracker.Progress) {
		if typ == raft.ProgressTypeLearner && pr.Match+kept >= last && pr.Match > 0 {
			caughtUp = id
		}
	})
	if caughtUp != 0 {
		g.change(pb.ConfChangeAddNode, caughtUp)
		return
	}
	for _, m := range members {
		if len(voters)+len(learners) >= MaxVoters {
			return
		}
		if !slices.Contains(voters, m.ID) && !slices.Contains(learners, m.ID) && g.o.Reachable(m) {
			g.change(pb.ConfChangeAddLearnerNode, m.ID)
			return
		}
	}
}

func (g *Group) change(what pb.ConfChangeType, id uint64) {
	if g.Idle() {
		// An error says that another change is on its way.
		_ = g.rn.ProposeConfChange(&pb.ConfChange{Type: what.Enum(), NodeId: new(id)})
	}
}

// Settled reports whether the voters are what the members ask for.
func (g *Group) Settled(members []wire.OrderMember) bool {
	voters := g.log.conf.GetVoters()
	return g.Leader() != "" && len(g.log.conf.GetLearners()) == 0 && len(voters) == min(len(members), MaxVoters)
}

func encode(m proto.Message) []byte {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		panic("order: a message of raft has no encoding: " + err.Error())
	}
	return data
}

// quiet drops what raft would tell a log, and panics where it would.
type quiet struct{}

func (quiet) Debug(...any)            {}
func (quiet) Debugf(string, ...any)   {}
func (quiet) Error(...any)            {}
func (quiet) Errorf(string, ...any)   {}
func (quiet) Info(...any)             {}
func (quiet) Infof(string, ...any)    {}
func (quiet) Warning(...any)          {}
func (quiet) Warningf(string, ...any) {}
func (quiet) Fatal(v ...any)          { panic("order: " + fmt.Sprint(v...)) }
func (quiet) Fatalf(f string, v ...any) {
	panic("order: " + fmt.Sprintf(f, v...))
}
func (quiet) Panic(v ...any)            { panic("order: " + fmt.Sprint(v...)) }
func (quiet) Panicf(f string, v ...any) { panic("order: " + fmt.Sprintf(f, v...)) }

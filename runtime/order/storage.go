package order

import (
	"fmt"

	"github.com/laspc/lasp/runtime/wire"
	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// storage is the log of the order in memory, as raft reads it, and what of it is
// still to be written.
type storage struct {
	*raft.MemoryStorage
	conf    *pb.ConfState // as of applied
	applied uint64
	data    func() []byte  // what a snapshot of now stands for
	out     *wire.OrderLog // not handed out yet
	sync    bool           // out must be durable before what follows from it
}

func newStorage() *storage {
	return &storage{MemoryStorage: raft.NewMemoryStorage(), conf: &pb.ConfState{}}
}

// InitialState implements raft.Storage: voters and learners are those of the
// last applied entry, not of the last snapshot.
func (s *storage) InitialState() (*pb.HardState, *pb.ConfState, error) {
	hard, _, err := s.MemoryStorage.InitialState()
	return hard, s.conf, err
}

// Snapshot implements raft.Storage. A snapshot is always one of now.
func (s *storage) Snapshot() (*pb.Snapshot, error) {
	old, err := s.MemoryStorage.Snapshot()
	if err != nil || old.GetMetadata().GetIndex() >= s.applied {
		return old, err
	}
	return s.CreateSnapshot(s.applied, s.conf, s.data())
}

// keep adds to what must be durable.
func (s *storage) keep(add func(*wire.OrderLog)) {
	s.sync = true
	s.note(add)
}

// note adds to what is written and may be lost in a crash.
func (s *storage) note(add func(*wire.OrderLog)) {
	if s.out == nil {
		s.out = &wire.OrderLog{}
	}
	add(s.out)
}

func (s *storage) takeSnapshot(snap *pb.Snapshot) {
	if err := s.ApplySnapshot(snap); err != nil {
		panic("order: a snapshot does not fit the log: " + err.Error())
	}
	s.conf, s.applied = snap.GetMetadata().GetConfState(), snap.GetMetadata().GetIndex()
}

func (s *storage) setHard(h *pb.HardState) {
	if err := s.SetHardState(h); err != nil {
		panic("order: " + err.Error())
	}
}

func (s *storage) append(entries []*pb.Entry) {
	if err := s.Append(entries); err != nil {
		panic("order: entries do not fit the log: " + err.Error())
	}
}

// compact drops old entries; who lacks them gets a snapshot.
func (s *storage) compact() {
	first, _ := s.FirstIndex()
	if s.applied < first+slack {
		return
	}
	if _, err := s.Snapshot(); err == nil {
		_ = s.Compact(s.applied - kept)
	}
}

// restore applies a part of the log.
func (g *Group) restore(l *wire.OrderLog) error {
	if l.Genesis != 0 {
		g.genesis = l.Genesis
	}
	if len(l.Snap) > 0 {
		snap := new(pb.Snapshot)
		if err := proto.Unmarshal(l.Snap, snap); err != nil {
			return err
		}
		if err := g.log.ApplySnapshot(snap); err != nil {
			return err
		}
		g.log.conf = snap.GetMetadata().GetConfState()
		g.term = snap.GetMetadata().GetTerm()
	}
	if len(l.Hard) > 0 {
		hard := new(pb.HardState)
		if err := proto.Unmarshal(l.Hard, hard); err != nil {
			return err
		}
		g.log.setHard(hard)
	}
	var entries []*pb.Entry
	for _, data := range l.Entries {
		e := new(pb.Entry)
		if err := proto.Unmarshal(data, e); err != nil {
			return err
		}
		entries = append(entries, e)
	}
	if last, _ := g.log.LastIndex(); len(entries) > 0 && entries[0].GetIndex() > last+1 {
		return fmt.Errorf("entries %d to %d are missing", last+1, entries[0].GetIndex()-1)
	}
	if err := g.log.Append(entries); err != nil {
		return err
	}
	if l.Applied > 0 {
		g.applied, g.log.applied = l.Applied, l.Applied
		if t, err := g.log.Term(l.Applied); err == nil {
			g.term = t
		}
	}
	if len(l.Conf) > 0 {
		conf := new(pb.ConfState)
		if err := proto.Unmarshal(l.Conf, conf); err != nil {
			return err
		}
		g.log.conf = conf
	}
	return nil
}

// Checkpoint is one part that stands for all parts of the log so far.
func (g *Group) Checkpoint() *wire.OrderLog {
	first, _ := g.log.FirstIndex()
	last, _ := g.log.LastIndex()
	hard, _, _ := g.log.InitialState()
	l := &wire.OrderLog{ID: g.o.Self.ID, Genesis: g.genesis, Applied: g.applied, Conf: encode(g.log.conf)}
	if hard != nil && !raft.IsEmptyHardState(hard) {
		l.Hard = encode(hard)
	}
	if term, err := g.log.Term(first - 1); err == nil && first > 1 {
		l.Snap = encode(&pb.Snapshot{Data: g.log.data(), Metadata: &pb.SnapshotMetadata{Index: new(first - 1), Term: new(term), ConfState: g.log.conf}})
	}
	if entries, err := g.log.Entries(first, last+1, 1<<62); err == nil {
		for _, e := range entries {
			l.Entries = append(l.Entries, encode(e))
		}
	}
	return l
}

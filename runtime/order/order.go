// Package order is the agreed order of a deployment: raft, as a step machine
// without goroutine, clock, socket, file or randomness of its own. What it wants
// written is in the log records of its Ready, what it wants sent in its messages;
// the replica core carries both.
//
// raft measures time in ticks, draws its election timeouts from the operating
// system, and has its leader beat without end. Here it gets ticks only while
// there is something to say: a leader beats while entries are on their way or
// somebody doubts that it is there, and a follower that does not wait for
// anything, and whose link to the leader stands, needs no beat. When a leader is
// to be replaced is decided here as well, by timers from a seed; raft's own are
// never consulted, so a run repeats byte for byte, and an idle order is silent.
package order

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/laspc/lasp/runtime/wire"
	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

const (
	beat     = 100 * time.Millisecond // of a leader that has something to say
	patience = time.Second            // with a leader that says nothing; elections begin within another
	// rest is how long a follower that has no link to its leader, and waits for
	// nothing, goes without a sign of it.
	rest = 30 * time.Second
	// electionBeats is after how many beats without a majority a leader gives up.
	electionBeats = 10
	// kept and slack bound the entries in memory and in checkpoints.
	kept  = 256
	slack = 2048
	// MaxVoters bounds those who decide; everybody else forwards.
	MaxVoters = 5
)

// Options make a Group.
type Options struct {
	Self wire.OrderMember
	// Founders are the first voters: the same list on all of them, and only
	// there. A node that is not among them, or has lost its disk since, waits
	// to be taken in.
	Founders []wire.OrderMember
	Seed     uint64
	// Reachable reports whether a member can be talked to at present, as far as
	// is known, and is still in that life.
	Reachable func(m wire.OrderMember) bool
	// Name finds the member with an id, "" if there is none.
	Name func(id uint64) string
	// Mark is the last turn of the order that the state holds without a gap.
	Mark func() uint64
}

// Entry is a committed entry of the order.
type Entry struct {
	Index, Term uint64
	Data        []byte
}

// Message goes to a member by name.
type Message struct {
	To   string
	Body []byte
	Poke bool // asks for a sign of life; Body is empty
	// Ahead says that it waits for nothing to be durable.
	Ahead bool
}

// Group is one node's part of the order. It is not safe for concurrent use.
type Group struct {
	o       Options
	rn      *raft.RawNode
	log     *storage
	genesis uint64
	rng     *rand.Rand
	now     int64

	names    map[uint64]string // of ids that messages came from
	applied  uint64
	term     uint64 // of the last applied entry
	taken    *raft.Ready
	out      []Message
	held     *pb.Message // a snapshot whose state is not here yet
	heldFrom string

	lastBeat   int64
	busyUntil  int64 // the leader beats at least until then
	worryUntil int64 // a follower wants to hear its leader until then
	silent     int64 // since when the leader was not heard while it was waited for
	campaign   int64 // when to stand for election, 0 for not at all
	poked      int64 // when the leader was last asked for a sign of life
	heard      int64 // when the leader last said something, or long ago where its link broke
}

// ID is the id of a node in one life of its disk.
func ID(name string, inc uint64) uint64 {
	h := sha256.Sum256(binary.BigEndian.AppendUint64(append([]byte(name), 0), inc))
	return binary.BigEndian.Uint64(h[:])>>1 | 1
}

// genesisOf names an order by its founders. It has 53 bits, so that it can be an
// incarnation.
func genesisOf(founders []wire.OrderMember) uint64 {
	h := sha256.New()
	for _, f := range founders {
		h.Write(binary.BigEndian.AppendUint64([]byte(f.Name), f.ID))
	}
	return binary.BigEndian.Uint64(h.Sum(nil))>>11 | 1
}

// New makes a group from what its log holds. New logs begin with the founders.
func New(o Options, now int64, logs []wire.OrderLog) (*Group, error) {
	g := &Group{o: o, log: newStorage(), now: now, silent: now, lastBeat: now, names: map[uint64]string{}, rng: rand.New(rand.NewPCG(o.Seed, o.Self.ID))}
	g.log.data = func() []byte { return wire.EncodePart(&mark{Genesis: g.genesis, Seq: o.Mark()}) }
	for i := range logs {
		if err := g.restore(&logs[i]); err != nil {
			return nil, fmt.Errorf("part %d of the order's log: %w", i, err)
		}
	}
	founder := slices.ContainsFunc(o.Founders, func(m wire.OrderMember) bool { return m == o.Self })
	if g.genesis == 0 && founder {
		g.found()
	}
	g.log.applied = g.applied
	rn, err := raft.NewRawNode(&raft.Config{
		ID: o.Self.ID, ElectionTick: electionBeats, HeartbeatTick: 1,
		Storage: g.log, Applied: g.applied,
		MaxSizePerMsg: 1 << 20, MaxCommittedSizePerReady: 1 << 20, MaxInflightMsgs: 64,
		CheckQuorum: true, PreVote: true, DisableProposalForwarding: true, StepDownOnRemoval: true,
		Logger: quiet{},
	})
	if err != nil {
		return nil, err
	}
	g.rn = rn
	switch {
	case len(g.log.conf.GetVoters()) == 1 && g.IsVoter():
		g.campaign = now
	case g.fresh():
		g.campaign = now
	}
	return g, nil
}

// mark is the state that a snapshot stands for: everything up to a turn of the
// order, which travels as every other turn does.
type mark struct {
	Genesis uint64 `cbor:"1,keyasint"`
	Seq     uint64 `cbor:"2,keyasint"`
}

// found begins the order: entry 1 is the list of founders, the same everywhere.
func (g *Group) found() {
	founders := g.o.Founders[:min(len(g.o.Founders), MaxVoters)]
	g.genesis = genesisOf(g.o.Founders)
	conf := &pb.ConfState{}
	for _, f := range founders {
		conf.Voters = append(conf.Voters, f.ID)
	}
	slices.Sort(conf.Voters)
	snap := &pb.Snapshot{Data: wire.EncodePart(&mark{Genesis: g.genesis}), Metadata: &pb.SnapshotMetadata{Index: new(uint64(1)), Term: new(uint64(1)), ConfState: conf}}
	g.log.takeSnapshot(snap)
	g.log.keep(func(l *wire.OrderLog) { l.Genesis, l.Snap, l.Applied = g.genesis, encode(snap), 1 })
	g.applied, g.term = 1, 1
}

// Alone reports whether this node is the only voter and nobody learns.
func (g *Group) Alone() bool {
	return g.IsVoter() && len(g.log.conf.GetVoters()) == 1 && len(g.log.conf.GetLearners()) == 0
}

// Genesis tells this order from others, 0 while it is not known.
func (g *Group) Genesis() uint64 { return g.genesis }

// Join names the order that this node is to be taken into.
func (g *Group) Join(genesis uint64) {
	if g.genesis == 0 {
		g.genesis = genesis
		g.log.keep(func(l *wire.OrderLog) { l.Genesis = genesis })
	}
}

// status is raft's view of this node.
func (g *Group) status() raft.BasicStatus { return g.rn.BasicStatus() }

// Term is the present term.
func (g *Group) Term() uint64 { return g.status().GetTerm() }

// IsVoter reports whether this node is one of those who decide.
func (g *Group) IsVoter() bool { return g.Votes(g.o.Self.ID) }

// isLeader reports whether this node leads; it may not have applied everything.
func (g *Group) isLeader() bool { return g.status().RaftState == raft.StateLeader }

// Leads reports whether this node leads and has applied everything that was
// committed before its term: only then may it decide.
func (g *Group) Leads() bool {
	s := g.status()
	return s.RaftState == raft.StateLeader && g.term == s.GetTerm()
}

// Leader is the name of the leader, "" while none is known.
func (g *Group) Leader() string { return g.nameOf(g.status().Lead) }

func (g *Group) nameOf(id uint64) string {
	if id == raft.None {
		return ""
	}
	if id == g.o.Self.ID {
		return g.o.Self.Name
	}
	if name := g.o.Name(id); name != "" {
		return name
	}
	return g.names[id]
}

func (g *Group) reaches(id uint64) bool {
	name := g.nameOf(id)
	return name != "" && g.o.Reachable(wire.OrderMember{Name: name, ID: id})
}

// Voters names those who decide, in order of names; one whose name is not known
// yet is left out.
func (g *Group) Voters() []string {
	var names []string
	for _, id := range g.log.conf.GetVoters() {
		if name := g.nameOf(id); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Votes reports whether a life of a node is a voter. One that lost its disk is
// another life under the same name, and gets no log.
func (g *Group) Votes(id uint64) bool { return slices.Contains(g.log.conf.GetVoters(), id) }

// Quorum reports whether more than half of the voters can be reached, this node
// among them, and names those that cannot.
func (g *Group) Quorum() (ok bool, missing []string) {
	n := 0
	for _, id := range g.log.conf.GetVoters() {
		switch name := g.nameOf(id); {
		case id == g.o.Self.ID || g.reaches(id):
			n++
		case name != "":
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return 2*n > len(g.log.conf.GetVoters()), missing
}

// Idle reports whether everything proposed here is committed.
func (g *Group) Idle() bool {
	last, _ := g.log.LastIndex()
	return g.taken == nil && !g.rn.HasReady() && g.status().GetCommit() == last
}

// Propose puts an entry at the end of the log. It reports false where this node
// does not lead; proposals are never passed on.
func (g *Group) Propose(data []byte) bool {
	return g.isLeader() && g.rn.Propose(data) == nil
}

// Step takes a message of raft from a member.
func (g *Group) Step(from string, body []byte) error {
	m := new(pb.Message)
	if err := proto.Unmarshal(body, m); err != nil {
		return fmt.Errorf("a message of raft cannot be read: %w", err)
	}
	if raft.IsLocalMsg(m.GetType()) || m.GetTo() != g.o.Self.ID {
		return nil // meant for this node in another life
	}
	if m.GetType() == pb.MsgProp {
		return errors.New("a proposal was passed on, which the order never does")
	}
	g.names[m.GetFrom()] = from
	if m.GetType() == pb.MsgSnap {
		g.held, g.heldFrom = m, from
		return g.Unhold()
	}
	return g.step(m)
}

func (g *Group) step(m *pb.Message) error {
	if t := m.GetType(); t == pb.MsgPreVote || t == pb.MsgVote {
		g.worryUntil = max(g.worryUntil, g.now+2*int64(patience))
	}
	err := g.rn.Step(m)
	if lead := g.status().Lead; lead != raft.None && m.GetFrom() == lead {
		g.silent, g.campaign, g.heard = g.now, 0, g.now
	}
	if errors.Is(err, raft.ErrStepPeerNotFound) {
		err = nil // it was removed, or is not known yet
	}
	return err
}

// Unhold takes in a snapshot that had to wait, once the state that it stands for
// is here.
func (g *Group) Unhold() error {
	if g.held == nil {
		return nil
	}
	m := g.held
	var mk mark
	if err := wire.DecodePart(m.GetSnapshot().GetData(), &mk); err != nil {
		g.held = nil
		return fmt.Errorf("a snapshot of the order cannot be read: %w", err)
	}
	if g.genesis != 0 && g.genesis != mk.Genesis {
		g.held = nil
		return fmt.Errorf("%s takes part in another order than this node: two clusters were joined; keep them apart, and empty the data directory of the one to be given up", g.heldFrom)
	}
	g.Join(mk.Genesis)
	if g.o.Mark() < mk.Seq {
		return nil
	}
	g.held = nil
	return g.step(m)
}

// Link says that the link to a node came or went.
func (g *Group) Link(name string, up bool) {
	switch {
	case !up && name == g.Leader():
		g.heard = g.now - int64(rest)
	case up && g.isLeader():
		g.busyUntil = max(g.busyUntil, g.now+int64(patience))
	case up && g.fresh() && g.status().Lead == raft.None:
		g.campaign = g.now
		g.Tick(g.now)
	}
}

// fresh reports whether nothing was decided yet and this is the founder that
// stands for the first election, so that it is over at once.
func (g *Group) fresh() bool {
	return g.applied == 1 && len(g.o.Founders) > 0 && g.o.Founders[0] == g.o.Self
}

// Poke says that somebody wants a sign of life of the leader.
func (g *Group) Poke() {
	g.busyUntil = max(g.busyUntil, g.now+int64(patience))
	g.worryUntil = max(g.worryUntil, g.now+2*int64(patience))
}

// Worry says that this node waits for the leader.
func (g *Group) Worry() { g.worryUntil = max(g.worryUntil, g.now+2*int64(patience)) }

// seedless is the time of no event.
const seedless = int64(math.MaxInt64)

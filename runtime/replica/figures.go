package replica

import (
	"maps"
	"slices"
	"time"

	"github.com/laspc/lasp/runtime/wire"
)

// orderFigures count what was coordinated, by the line of the source that asked
// for it.
type orderFigures struct {
	started  uint64 // barriers of this node's life
	barriers uint64
	entries  uint64 // that were applied since the start
	decided  uint64 // .. and the requests in them
	lines    map[string]*Coordination
}

// Coordination is what one place of the source had decided, at the node that
// asked for it.
type Coordination struct {
	At       string
	Done     uint64 // decided, with whatever outcome
	Refused  uint64 // not decided in time, or refused by the body
	Latency  int64  // ns, the sum over what was done
	Slowest  int64  // ns
	Awaiting int    // on their way at present
}

// Mean is the time that a decision took on average.
func (p *Coordination) Mean() time.Duration {
	if p.Done == 0 {
		return 0
	}
	return time.Duration(p.Latency / int64(p.Done))
}

func (f *orderFigures) line(at string) *Coordination {
	if f.lines == nil {
		f.lines = map[string]*Coordination{}
	}
	if f.lines[at] == nil {
		f.lines[at] = &Coordination{At: at}
	}
	return f.lines[at]
}

// here counts what a replica that stands for all nodes decided by itself.
func (f *orderFigures) here(at string) { f.line(at).Done++ }

func (f *orderFigures) note(p *pending, now int64) {
	if !hasLine(p) {
		return
	}
	l := f.line(p.req.Line)
	l.Done++
	l.Latency += now - p.began
	l.Slowest = max(l.Slowest, now-p.began)
}

func (f *orderFigures) refuse(p *pending, _ error) {
	if hasLine(p) {
		f.line(p.req.Line).Refused++
	}
}

// hasLine reports whether a line of a program asked for something.
func hasLine(p *pending) bool { return p.req.Kind != wire.RunDeploy && p.req.Kind != wire.RunRetire }

// OrderStatus is this node's part in the agreed order, for people.
type OrderStatus struct {
	Running bool
	Leader  string // "" while none is known
	Term    uint64 // of the leader; grows with each election
	// Entries were applied here since the start, and Decided requests with them.
	Entries, Decided uint64
	Voters           []string
	Members          []string
	Missing          []string // voters that cannot be reached
	// Waits names the members that a barrier waits for, as far as is known here.
	Waits  []string
	Frozen []string // cells that are being sealed
	Points []Coordination
}

// Order returns a summary of the agreed order.
func (c *Core) Order() OrderStatus {
	o := &c.ord
	s := OrderStatus{Running: o.group != nil}
	for _, at := range slices.Sorted(maps.Keys(o.figures.lines)) {
		s.Points = append(s.Points, *o.figures.lines[at])
	}
	if o.group == nil {
		return s
	}
	s.Leader, s.Term, s.Voters = o.group.Leader(), o.group.Term(), o.group.Voters()
	s.Entries, s.Decided = o.figures.entries, o.figures.decided
	s.Missing = c.missingVoters()
	_, all := c.members()
	for _, m := range all {
		s.Members = append(s.Members, m.Name)
	}
	slices.Sort(s.Members)
	if o.barrier != nil {
		s.Waits = c.barrierWaits()
	}
	for _, p := range o.pending {
		s.Waits = append(s.Waits, p.waits...)
		for i := range s.Points {
			if s.Points[i].At == p.req.Line {
				s.Points[i].Awaiting++
			}
		}
	}
	slices.Sort(s.Waits)
	s.Waits = slices.Compact(s.Waits)
	for _, f := range o.frozen {
		s.Frozen = append(s.Frozen, f.place.Cell)
	}
	return s
}

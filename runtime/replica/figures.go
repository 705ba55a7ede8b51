package replica

import "github.com/laspc/lasp/lang/source"

// orderFigures count what was coordinated, by the line of the source that asked
// for it.
type orderFigures struct {
	started  uint64 // barriers of this node's life
	barriers uint64
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
	WaitsFor []string
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
	l := f.line(p.req.Line)
	l.Done++
	l.Latency += now - p.began
	l.Slowest = max(l.Slowest, now-p.began)
}

func (f *orderFigures) refuse(p *pending, _ error) { f.line(p.req.Line).Refused++ }

var _ = source.Position{}

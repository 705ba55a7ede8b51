package vm

import (
	"math"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/source"
)

// Stats is the work that a machine has done since it was made. It is counted
// where Options.Stats asks for it.
type Stats struct {
	Nodes   []NodeStats   // nodes that have run, by place in the source
	Streams []StreamStats // places whose code gave parts of streams, by place
	Cells   int64         // cells of streams that were looked at: what by-need evaluation did not spare
}

// NodeStats is the work of one node.
type NodeStats struct {
	Node int // in ir.Program.Nodes
	Kind ir.NodeKind
	Pos  source.Position
	Runs int64 // how often it ran
	In   int64 // rows that changed at its inputs; of a source, rows from outside
	Out  int64 // rows that changed at its output
	Held int64 // rows that it keeps at present, for joins, views and recursion
	// Nanos is how long it ran, without the nodes of a recursion that it drives;
	// 0 without Options.Clock.
	Nanos int64
	// Bytes is about how much memory its rows and its operator take at present,
	// Indexes that of the indexes on its rows.
	Bytes   int64
	Indexes []IndexStats
}

// IndexStats is an index on some columns of the rows of a node.
type IndexStats struct {
	Cols  []int
	Bytes int64
}

// StreamStats is how often the code of one place was asked for the next part of
// a stream.
type StreamStats struct {
	Pos   source.Position
	Cells int64
}

// counts are the counters behind Stats; a machine without them counts nothing.
type counts struct {
	runs, in, out []int64 // by number of node
	nanos         []int64
	clock         func() int64
	look          int64 // what looking at the clock takes at least
	last          int64 // the clock where the last node ended, which is where the next one begins
	depth         int   // nodes that are running: one, and those within it
	inner         int64 // time of nodes that ran within the present one
	cells         int64
	unfolds       map[source.Position]int64
}

func newCounts(nodes int, clock func() int64) *counts {
	if clock == nil {
		clock = func() int64 { return 0 }
	}
	c := &counts{runs: make([]int64, nodes), in: make([]int64, nodes), out: make([]int64, nodes), nanos: make([]int64, nodes),
		clock: clock, unfolds: map[source.Position]int64{}}
	c.look = lookTime(clock)
	return c
}

// lookTime is the least of what looking at the clock was seen to take.
func lookTime(clock func() int64) int64 {
	least, last := int64(math.MaxInt64), clock()
	for range 32 {
		now := clock()
		least, last = min(least, now-last), now
	}
	return least
}

// turn notes that a turn begins.
func (c *counts) turn() {
	if c != nil {
		c.last, c.depth = c.clock(), 0
	}
}

// span is the beginning of a node's run: when, and the time of inner nodes
// before it.
type span struct{ start, inner int64 }

// begin notes that a node begins to run. Nodes run one behind the other, so that one
// look at the clock does for the end of one and the beginning of the next.
func (c *counts) begin() span {
	if c == nil {
		return span{}
	}
	if c.depth > 0 {
		c.last = c.clock()
	}
	c.depth++
	s := span{c.last, c.inner}
	c.inner = 0
	return s
}

// end notes that a node has run. The look at the clock is not part of its time.
func (c *counts) end(n *node, s span) {
	if c == nil {
		return
	}
	c.last = c.clock()
	c.depth--
	all := max(0, c.last-s.start-c.look)
	c.nanos[n.ir.ID] += max(0, all-c.inner)
	c.inner = s.inner + all
}

// ran counts a run of a node, whose inputs and output still hold their changes.
func (c *counts) ran(n *node) {
	if c == nil {
		return
	}
	id := n.ir.ID
	c.runs[id]++
	c.out[id] += int64(n.out.size())
	if n.kind() == ir.Source {
		c.in[id] += int64(n.out.len())
	}
	for _, in := range n.in {
		c.in[id] += int64(in.out.size())
	}
}

// looked counts places of a stream that became known.
func (c *counts) looked(n int) {
	if c != nil {
		c.cells += int64(n)
	}
}

// unfolded counts that code was asked for parts of a stream.
func (c *counts) unfolded(code *code, n int) {
	if c != nil && len(code.pos) > 0 {
		c.unfolds[code.pos[0]] += int64(n)
	}
}

// Stats is the work done so far, empty without Options.Stats.
func (m *Machine) Stats() Stats {
	c := m.counts
	if c == nil {
		return Stats{}
	}
	s, size := Stats{Cells: c.cells}, newSizer()
	for _, n := range m.nodes {
		id := n.ir.ID
		if c.runs[id] == 0 {
			continue
		}
		bytes, indexes := size.rows(n)
		s.Nodes = append(s.Nodes, NodeStats{Node: id, Kind: n.kind(), Pos: n.ir.Pos, Runs: c.runs[id], In: c.in[id], Out: c.out[id],
			Held: int64(n.held()), Nanos: c.nanos[id], Bytes: int64(bytes), Indexes: indexes})
	}
	for i := range s.Nodes {
		s.Nodes[i].Bytes += int64(size.operator(m.nodes[s.Nodes[i].Node]))
	}
	slices.SortStableFunc(s.Nodes, func(a, b NodeStats) int { return byPlace(a.Pos, b.Pos) })
	for pos, n := range c.unfolds {
		s.Streams = append(s.Streams, StreamStats{Pos: pos, Cells: n})
	}
	slices.SortFunc(s.Streams, func(a, b StreamStats) int { return byPlace(a.Pos, b.Pos) })
	return s
}

func byPlace(a, b source.Position) int {
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Column - b.Column
}

// Package replica is the pure core of a node: the cells of a deployed program,
// the machine that derives from them, handler bookkeeping, and what each peer
// is known to have. It is a step machine in the manner of etcd-io/raft's
// RawNode: the same state and the same events give the same Ready. It has no
// goroutine, clock, socket, file or randomness of its own; the simulator and
// the real node are two drivers of it, and nothing that matters to correctness
// lives in them.
//
// A driver calls Step and Tick as things happen, then Ready; it makes
// Ready.Persist durable, in order, before it lets anything else of that Ready
// go (sends, replies, emits), and then calls Advance. Step and Tick may be
// called between Ready and Advance; what they cause is in the next Ready.
//
//	New(Config) (*Core, error)                     an empty replica
//	Restore(Config, snapshot, records) (*Core, error)
//	Step(Event) error                              refusals of requests are Replies, not errors
//	Tick(now int64)                                wall time in ns; Wake() int64 says when it is wanted next
//	Ready() Ready, Advance()
//	Snapshot() [][]byte                            chunks of a checkpoint that stands for all records so far
//	Query(*ir.Expr), Show(name), Shows(), Cell(name), Outputs(name, after), Program(), Status()
package replica

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// Event is something that happens to a replica: one of the types below.
type Event interface{ event() }

// Input is an event from outside, for an `on` handler. A driver that has many may give
// a pointer to one that it fills in again after each Step; the arguments themselves are
// not to be changed.
type Input struct {
	// Req identifies the request. A request that is known here, or that another
	// replica told about, is answered as it was the first time and does nothing
	// else. Empty: not remembered.
	Req  string
	Name string
	Args []value.Value // in declared order
	// For is the program whose types Args have. Where another one has become
	// active the event is refused; nil says that the driver knows it is this one.
	For *ir.Program
	// Seed makes random() and fresh() of the handler; the zero Seed takes one from
	// Config.Seed, the clock and the number of the event. Requests with an id have the
	// same facts wherever they are tried.
	Seed Seed
	// As is the node that an embedded replica acts as for this event, "" for
	// whoever may do it. Only embedded replicas look at it.
	As string
	// Ref comes back in the Reply; it is the driver's own.
	Ref any
}

// Mutation is one write to one cell.
type Mutation struct {
	Cell string
	Keys []value.Value // of the maps around the leaf, outermost first
	Op   string        // a mutator's name, or "seal"
	Args []value.Value
}

// Mutate writes cells without a handler, as one turn: tools, tests and data
// files. It is refused as a whole or done as a whole. A driver that has many may
// give a pointer to one that it fills in again after each Step; the writes
// themselves are not to be changed.
type Mutate struct {
	Req    string // as in Input
	Writes []Mutation
	As     string      // as in Input
	For    *ir.Program // as in Input
	// More says that further parts of one load follow: derived state and
	// handlers see them together, once an event comes that is not such a part.
	More bool
	Ref  any
}

// Load adds many elements to a set cell as one turn, or does for each row what data
// is loaded by into what lies in a map, such as to count on: a chunk of a data file.
// It is refused as a whole or done as a whole, and does what as many operations do.
// Core.Loads tells which cells take it.
type Load struct {
	Cell string
	// Arg is the type of what a row has behind the keys of maps.
	Arg *types.Type
	// Rows are the elements, or keys and arguments, as words of Core.Interner, one behind the other. They
	// are the driver's again when Step returns.
	Rows []value.Word
	More bool // as in Mutate
	// Left is about how many elements will follow in further parts; 0 where it is
	// not known. Room is made for them.
	Left int
	Ref  any
}

// Body does what a test does at a replica: it runs statements as the body of an
// `on` handler, or sends an input whose arguments it evaluates there.
type Body struct {
	Action *ir.Action
	Seed   Seed // as in Input
	Ref    any
}

// Receive is a message from a peer.
type Receive struct {
	From string
	Msg  wire.Message
}

// PeerUp says that a link to a peer stands: a Hello is sent, and from then on
// what the link owes.
type PeerUp struct{ Peer string }

// PeerDown says that the link to a peer broke.
type PeerDown struct{ Peer string }

// Roster names the nodes that have to acknowledge something before it counts as
// stable, this one included. Until it is told, nothing is stable.
type Roster struct{ Nodes []string }

// Retire gives up nodes. A node that retires itself hands over what it holds and is
// a member again when it starts again. Those that are gone for good are retired by
// another, all at once if one would be waited for to retire the other: where there
// is an order, that decides which of their turns are accepted, see Core.Retired.
type Retire struct {
	Req   string // as in Input
	Nodes []string
	Ref   any
}

// Deploy activates a program; its Version must be above the active one's, 0 is the
// next. The Reply holds the version, an Int.
type Deploy struct {
	Req     string // as in Input
	Program Program
	// Over is the version that it is to take the place of: where another one is
	// active by then, nothing is done. 0 is the one that is active here.
	Over uint64
	Ref  any
}

// Rollback activates the program before the active one, as a new version, which is
// in the Reply.
type Rollback struct {
	Req string // as in Input
	Ref any
}

func (Rollback) event() {}
func (Input) event()    {}
func (Mutate) event()   {}
func (Load) event()     {}
func (Body) event()     {}
func (Receive) event()  {}
func (PeerUp) event()   {}
func (PeerDown) event() {}
func (Roster) event()   {}
func (Deploy) event()   {}
func (Retire) event()   {}

// Program is a program to run, with its place in the order of deployments.
type Program struct {
	IR      *ir.Program
	Version uint64
	Hash    [32]byte // content hash of Artifact
	// Artifact is its binary form, kept for peers that do not know it. Without
	// one (tests) peers must be given the program by their drivers.
	Artifact []byte
	Params   map[string]value.Value
}

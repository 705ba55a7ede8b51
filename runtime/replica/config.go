package replica

import (
	"sync/atomic"

	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/vm"
)

// Config is what a replica is made with.
type Config struct {
	// Actor is the node's name and incarnation. The driver persists it and
	// raises the incarnation when the log may be incomplete.
	Actor lattice.Actor
	// Blank says that earlier incarnations of this node existed and their log
	// is lost: cells `written by` this node refuse writes until a peer has told
	// what it knows.
	Blank bool
	// First says that no earlier life of this node can have been: it never had
	// another directory or log.
	First bool
	// Founders are the nodes that share the rights of bounded counters which
	// exist from the beginning (lattice.Bounds). All nodes are given the same, in
	// every life; without any, such rights cannot be used.
	Founders []string
	// Ops is the operator table (stdlib).
	Ops *op.Table
	// Program is run at once when no later one is found in snapshot or log. It
	// may be zero: the replica then waits for a Deploy, or for a peer's program.
	Program Program
	// Seed makes random() and fresh() of handlers.
	Seed uint64
	// Decode reads an artifact; nil is ir.Decode. A driver of many replicas
	// passes one that remembers.
	Decode func(artifact []byte) (*ir.Program, error)
	// Voters are the first voters of the agreed order: this node alone, or a list
	// that is the same on all that it names. It is empty on a node that joins
	// others.
	Voters []string
	// Agreed says that the order decides which program is active, so that this
	// node takes part in it from its start, whatever its program needs.
	Agreed bool
	// OrderLost says that the log may lack parts of the agreed order that this
	// node told others about, so that it must not speak for its earlier self.
	OrderLost bool
	// Gaps says that records are missing before those that Restore gets, or among
	// them. Deltas that cannot be used without (their cells were declared by what is
	// missing) are left out and come from the peers; otherwise Restore fails.
	Gaps bool
	// Lone says that no other node is known, so that an order which is lost can be
	// begun anew.
	Lone bool
	// Embedded replicas stand for all nodes of a deployment at once (`laspc
	// run`): they run the handlers of every node, and events may act as any.
	Embedded bool
	// Tags are those of the node: it holds the cells `at` them.
	Tags []string
	Options
}

// Options are the driver's choices; the zero value is right.
type Options struct {
	// Flush is how long deltas may gather before they are sent, 0 to send at
	// the next Ready.
	Flush time.Duration
	// AntiEntropy is the period in which vectors are exchanged; 0 is 1 s,
	// negative is never, neither by period nor when a link comes up.
	AntiEntropy time.Duration
	// Volatile replicas keep no log: Ready.Persist is empty.
	Volatile bool
	// Mesh says that every node has a link to every other: what arrives is
	// passed on only to peers that turn out to lack it after a period.
	Mesh bool
	// BatchAtoms bounds the pieces of state in one Batch; 0 is 16,384. A turn
	// is never split.
	BatchAtoms int
	// Fuel bounds the work of one turn; 0 is the engine's default.
	Fuel int64
	// GuestBytes bounds what one query may bring of shards that others hold; 0 is
	// 256 MB.
	GuestBytes int
	// OrderWait bounds how long something that needs agreement may wait for other
	// nodes before it is refused; 0 is 5 s.
	OrderWait time.Duration
	// Ordered replicas take part in the agreed order from the start, also where no
	// handler of their program needs it: statements of a test may.
	Ordered bool
	// ReclaimAbove is how many values beyond twice those in use may be interned
	// before the memory of values that are gone is given back; 0 is 65,536.
	ReclaimAbove int
	// Stats, StatsClock, Interrupt and Pieces are those of vm.Options: what is
	// counted, the clock that it is timed by, which nothing else depends on, what
	// ends evaluations, and what runs pieces of large ones on other processors.
	Stats      bool
	StatsClock func() int64
	Interrupt  *atomic.Bool
	Pieces     vm.Pieces
	// Limiter ends bodies and queries that take long; nil is none.
	Limiter *Limiter
}

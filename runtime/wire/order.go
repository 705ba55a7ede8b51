package wire

import (
	"bytes"
	"fmt"

	"github.com/laspc/lasp/lang/codec"
)

// OrderKind says what an Order message carries.
type OrderKind uint8

// The kinds of Order messages. Numbers are never used again for something else.
const (
	OrderRaft    OrderKind = 1 + iota // a message of raft, in its own encoding
	OrderAsk                          // an OrderRequest, for whoever leads
	OrderTell                         // an OrderAnswer, for who asked
	OrderWant                         // an OrderBarrier: the leader asks a member what it holds
	OrderReport                       // an OrderReported: the member's answer
	OrderAdmit                        // an OrderMember that wants to be one, for whoever leads
	OrderPoke                         // asks whoever leads for a sign of life
	orderKindEnd                      // above all kinds
)

// Order is everything that nodes say to each other about the agreed order. It
// goes to a node by name, over other nodes where there is no link, or to whoever
// leads, where To is empty.
type Order struct {
	Kind OrderKind `cbor:"1,keyasint"`
	From string    `cbor:"2,keyasint"`
	To   string    `cbor:"3,keyasint,omitempty"`
	// Hops is how many more nodes may pass it on.
	Hops uint8 `cbor:"4,keyasint,omitempty"`
	// Genesis tells two orders apart that began without knowing of each other; 0
	// is not known yet.
	Genesis uint64 `cbor:"5,keyasint,omitempty"`
	Body    []byte `cbor:"6,keyasint,omitempty"`
	// Life is the sender's id in the order, see OrderMember.
	Life uint64 `cbor:"7,keyasint,omitempty"`
}

func (*Order) message() {}

// check holds the fields against their ranges.
func (m *Order) check() error {
	switch {
	case m.Kind == 0 || m.Kind >= orderKindEnd:
		return fmt.Errorf("kind %d is not known here: %w", m.Kind, ErrUnknown)
	case m.From == "" || len(m.From) > maxName || len(m.To) > maxName:
		return fmt.Errorf("the nodes' names have %d and %d bytes", len(m.From), len(m.To))
	}
	return nil
}

// RunKind says what is to be run in the order.
type RunKind uint8

// The kinds of runs.
const (
	RunInput  RunKind = iota // the handlers of the input Name with Args
	RunTimed                 // the handler N
	RunFiring                // the handler N for the head row Row
	RunCode                  // the statements in Code, of a test
	RunMember                // the members change; asked by the leader itself
	RunWrites                // the writes in Writes, without a handler
	RunDeploy                // the program in Code becomes the active one
	RunRetire                // the nodes in Gone are given up
)

// OrderRequest asks the leader to run something, once per ID.
type OrderRequest struct {
	ID     string   `cbor:"1,keyasint"`
	Origin string   `cbor:"2,keyasint"`
	Hash   []byte   `cbor:"3,keyasint,omitempty"` // of the program that it speaks of
	Kind   RunKind  `cbor:"4,keyasint,omitempty"`
	Name   string   `cbor:"5,keyasint,omitempty"`
	N      int      `cbor:"6,keyasint,omitempty"`
	Args   [][]byte `cbor:"7,keyasint,omitempty"`
	Row    []byte   `cbor:"8,keyasint,omitempty"`
	Code   []byte   `cbor:"9,keyasint,omitempty"`
	Slots  int      `cbor:"10,keyasint,omitempty"`
	// Facts of the event at its origin.
	Seed Seed   `cbor:"11,keyasint,omitempty"`
	Now  int64  `cbor:"12,keyasint,omitempty"`
	As   string `cbor:"13,keyasint,omitempty"`
	// Vector is what the origin held: the leader must have it before it decides.
	Vector []byte `cbor:"14,keyasint,omitempty"`
	// Barrier asks for everything that any member holds, too.
	Barrier bool `cbor:"15,keyasint,omitempty"`
	// Freeze lists the cells that members freeze before they report.
	Freeze []OrderPlace `cbor:"16,keyasint,omitempty"`
	Line   string       `cbor:"17,keyasint,omitempty"` // where in the source
	Writes []OrderWrite `cbor:"18,keyasint,omitempty"`
	// Over and OverHash are the version that a program takes the place of, with its
	// hash where that is known, and Version is the one that it becomes.
	Over     uint64 `cbor:"19,keyasint,omitempty"`
	OverHash []byte `cbor:"20,keyasint,omitempty"`
	Version  uint64 `cbor:"21,keyasint,omitempty"`
	// Gone are the nodes that are given up.
	Gone []string `cbor:"22,keyasint,omitempty"`
}

// OrderPlace is a cell, or a place in a map cell.
type OrderPlace struct {
	Cell string `cbor:"1,keyasint"`
	Key  []byte `cbor:"2,keyasint,omitempty"` // canonical tuple of keys, empty for the whole cell
}

// Equal reports whether two places are the same.
func (p OrderPlace) Equal(o OrderPlace) bool { return p.Cell == o.Cell && bytes.Equal(p.Key, o.Key) }

// OrderAnswer is the outcome of a request.
type OrderAnswer struct {
	ID    string `cbor:"1,keyasint"`
	Value []byte `cbor:"2,keyasint,omitempty"` // of the reply, empty without one
	// Code is that of a refusal, empty where it was done.
	Code    string `cbor:"3,keyasint,omitempty"`
	Message string `cbor:"4,keyasint,omitempty"`
	Hint    string `cbor:"5,keyasint,omitempty"`
	At      string `cbor:"6,keyasint,omitempty"`
	// Seq is the turn of the order that the origin waits for before it answers.
	Seq uint64 `cbor:"7,keyasint,omitempty"`
	// Pending says that the reply is an IVar without a value.
	Pending bool `cbor:"8,keyasint,omitempty"`
	// Local are writes to cells of the origin alone.
	Local []OrderWrite `cbor:"9,keyasint,omitempty"`
	// Waits names members that a barrier still waits for; the request goes on.
	Waits []string `cbor:"10,keyasint,omitempty"`
	// Late says that the leader gave up waiting, and will not decide this ask.
	Late bool `cbor:"11,keyasint,omitempty"`
}

// OrderWrite is a write to a cell of the origin alone.
type OrderWrite struct {
	Cell string   `cbor:"1,keyasint"`
	Keys [][]byte `cbor:"2,keyasint,omitempty"`
	Op   string   `cbor:"3,keyasint"`
	Args [][]byte `cbor:"4,keyasint,omitempty"`
}

// OrderBarrier asks a member for what it holds, after it has frozen some cells.
type OrderBarrier struct {
	ID     uint64       `cbor:"1,keyasint"`
	Round  int          `cbor:"2,keyasint,omitempty"`
	Freeze []OrderPlace `cbor:"3,keyasint,omitempty"`
	// After is what the member must hold before it reports.
	After []byte `cbor:"4,keyasint,omitempty"`
}

// OrderReported is what a member holds; an ID of 0 says that it is frozen and
// hears of no barrier any more.
type OrderReported struct {
	ID     uint64        `cbor:"1,keyasint"`
	Round  int           `cbor:"2,keyasint,omitempty"`
	Vector []byte        `cbor:"3,keyasint,omitempty"`
	Frozen []OrderFrozen `cbor:"4,keyasint,omitempty"`
	Member uint64        `cbor:"5,keyasint,omitempty"` // its id in the order
	// Of says what it holds of nodes that are to be retired.
	Of []OrderHeld `cbor:"6,keyasint,omitempty"`
}

// OrderHeld is what a member holds of the turns of another node, by group, and the
// last life of that node that it knows.
type OrderHeld struct {
	Node   string        `cbor:"1,keyasint"`
	Inc    uint64        `cbor:"2,keyasint,omitempty"`
	Groups []GroupVector `cbor:"3,keyasint,omitempty"`
}

// OrderMember is a node that takes part in the order.
type OrderMember struct {
	Name string `cbor:"1,keyasint"`
	// ID is that of the node's life with one disk: a node that lost its disk
	// comes back under another.
	ID uint64 `cbor:"2,keyasint"`
}

// OrderEntry is one entry of the order.
type OrderEntry struct {
	Term  uint64 `cbor:"1,keyasint"` // in which it was evaluated
	Seq   uint64 `cbor:"2,keyasint,omitempty"`
	Clock int64  `cbor:"3,keyasint,omitempty"`
	Delta []byte `cbor:"4,keyasint,omitempty"` // empty where nothing is written
	// Answers are the outcomes of the requests that it decides.
	Answers []OrderAnswer `cbor:"5,keyasint,omitempty"`
	// Artifacts are the programs that become active by it.
	Artifacts [][]byte `cbor:"6,keyasint,omitempty"`
}

// OrderLog is a part of the order's log. Parts are applied in turn.
type OrderLog struct {
	// ID is the node's own, told once.
	ID uint64 `cbor:"1,keyasint,omitempty"`
	// Genesis is that of the order, told once.
	Genesis uint64   `cbor:"2,keyasint,omitempty"`
	Snap    []byte   `cbor:"3,keyasint,omitempty"` // takes the place of all entries before it
	Hard    []byte   `cbor:"4,keyasint,omitempty"`
	Entries [][]byte `cbor:"5,keyasint,omitempty"`
	// Applied is the last entry whose effects are in the state.
	Applied uint64 `cbor:"6,keyasint,omitempty"`
	// Conf are the voters and learners as of Applied.
	Conf []byte `cbor:"7,keyasint,omitempty"`
	// Reset says that all parts before it are of an order that was given up.
	Reset bool `cbor:"9,keyasint,omitempty"`
	// Frozen are cells that are frozen, each by a barrier.
	Frozen []OrderFrozen `cbor:"8,keyasint,omitempty"`
}

// OrderFrozen is a place that barrier ID froze; ID 0 thaws it.
type OrderFrozen struct {
	Place OrderPlace `cbor:"1,keyasint"`
	ID    uint64     `cbor:"2,keyasint,omitempty"`
}

// EncodePart encodes the body of an Order message or an entry.
func EncodePart(v any) []byte { return marshal(v) }

// DecodePart reads what EncodePart wrote, strictly.
func DecodePart(data []byte, v any) error {
	return codec.Unmarshal(data, codec.Limits{Bytes: MaxMessage}, v)
}

// Package wire holds what replicas say to each other (messages) and what they
// write in their logs (records), with one strict canonical encoding. It moves
// nothing: links are in runtime/cluster, files in runtime/disk.
//
// Deltas and version vectors travel inside messages as bytes in the encoding of
// lang/lattice, because only a replica that knows the types of the cells can
// read them. A message therefore decodes without knowledge of any program.
package wire

// Message is one of the messages of the table in codec.go.
type Message interface{ message() }

// GroupVector is what a replica holds durably of one placement group: a
// lattice.Vector in its canonical encoding.
type GroupVector struct {
	Group  string `cbor:"1,keyasint"`
	Vector []byte `cbor:"2,keyasint"`
	// Sum is a digest of what is held: equal vectors with different sums are a
	// fault. It is empty or has 16 bytes.
	Sum []byte `cbor:"3,keyasint,omitempty"`
	// Life tells the times apart for which a node held a placed group: it is the
	// clock at which it began to. What it held in an earlier life it gave away.
	Life int64 `cbor:"4,keyasint,omitempty"`
	// Ready says that the node has all of a placed group that there was when it
	// began to hold it.
	Ready bool `cbor:"5,keyasint,omitempty"`
}

// GroupDelta is a lattice.Delta in its canonical encoding, with the placement
// group that its stamps belong to.
type GroupDelta struct {
	Group string `cbor:"1,keyasint"`
	Delta []byte `cbor:"2,keyasint"`
}

// Hello opens a link. Each side sends it first; the vectors in it start
// anti-entropy in both directions.
type Hello struct {
	Node    string        `cbor:"1,keyasint"`
	Inc     uint64        `cbor:"2,keyasint"`
	Clock   int64         `cbor:"3,keyasint"` // hybrid logical time, ns since the epoch
	Version uint64        `cbor:"4,keyasint"` // of the active program, 0 without one
	Hash    []byte        `cbor:"5,keyasint"` // of its artifact, empty or 32 bytes
	Vectors []GroupVector `cbor:"6,keyasint"`
	Wall    int64         `cbor:"7,keyasint,omitempty"`  // what the sender's own clock says, ns since the epoch; 0 is not told
	Order   uint64        `cbor:"8,keyasint,omitempty"`  // the agreed order that the sender takes part in, 0 for none yet
	Decided uint64        `cbor:"9,keyasint,omitempty"`  // the last turn of that order which it knows
	Reads   uint64        `cbor:"10,keyasint,omitempty"` // up to which version the sender reads deltas; 0 is 1
	Blank   bool          `cbor:"11,keyasint,omitempty"` // the sender has not heard yet what was done before its life
}

// Batch carries a delta of one group. It is applied as one turn; applying it
// twice, late or out of order changes nothing.
type Batch struct {
	Clock int64  `cbor:"1,keyasint"`
	Group string `cbor:"2,keyasint"`
	Delta []byte `cbor:"3,keyasint"`
	// Whole marks the state of the group with its full vector, sent where the
	// history that a diff would need is gone: what the vector covers and the
	// state lacks was removed.
	Whole bool `cbor:"4,keyasint,omitempty"`
}

// Vectors says what the sender holds durably: it acknowledges batches, and is
// at once the request for everything that it lacks.
type Vectors struct {
	Clock   int64         `cbor:"1,keyasint"`
	Vectors []GroupVector `cbor:"2,keyasint"`
	// Answer asks for the receiver's vectors in return (periodic anti-entropy).
	Answer bool  `cbor:"3,keyasint,omitempty"`
	Wall   int64 `cbor:"4,keyasint,omitempty"` // as in Hello
	// Full says that placed groups that are not listed are not held.
	Full bool `cbor:"5,keyasint,omitempty"`
	// Blank is as in Hello.
	Blank bool `cbor:"6,keyasint,omitempty"`
}

// Release asks an owner of a placed group to keep it, so that the sender, who
// owns it no more, may forget it.
type Release struct {
	N       uint64 `cbor:"1,keyasint"` // comes back in the Keep
	Clock   int64  `cbor:"2,keyasint"`
	Group   string `cbor:"3,keyasint"`
	Members []byte `cbor:"4,keyasint"` // hash of the list of members by which the receiver is an owner
	Vector  []byte `cbor:"5,keyasint"` // what the sender holds
	Ready   bool   `cbor:"6,keyasint,omitempty"`
}

// Keep answers a Release: the sender holds all that the other held, durably, and
// owns the group by the same list of members.
type Keep struct {
	N     uint64 `cbor:"1,keyasint"`
	Clock int64  `cbor:"2,keyasint"`
	Group string `cbor:"3,keyasint"`
}

// Ask wants something done by a holder of placed cells; it is answered by an
// Answer with the same number. One of the parts is there.
type Ask struct {
	N     uint64 `cbor:"1,keyasint"`
	Clock int64  `cbor:"2,keyasint"`
	// Program is the hash of the program that names and types are those of.
	Program []byte `cbor:"3,keyasint"`
	Call    *Call  `cbor:"4,keyasint,omitempty"`
	Read    *Read  `cbor:"5,keyasint,omitempty"`
	Fetch   string `cbor:"6,keyasint,omitempty"` // the contents of a group
	Write   *Write `cbor:"7,keyasint,omitempty"`
	Eval    []byte `cbor:"8,keyasint,omitempty"` // an expression
	// Have is the vector of what came of a Fetch so far, nil at its beginning.
	Have []byte `cbor:"9,keyasint,omitempty"`
}

// Seed makes the random facts of an event, random() and fresh().
type Seed struct {
	A uint64 `cbor:"1,keyasint,omitempty"`
	B uint64 `cbor:"2,keyasint,omitempty"`
}

// Call is a request of a client: an input, or writes without a handler.
type Call struct {
	Req    string     `cbor:"1,keyasint,omitempty"`
	Input  string     `cbor:"2,keyasint,omitempty"`
	Args   [][]byte   `cbor:"3,keyasint,omitempty"`
	Writes []Mutation `cbor:"4,keyasint,omitempty"`
	Seed   Seed       `cbor:"5,keyasint,omitempty"`
}

// Read asks for the value under keys in a map cell.
type Read struct {
	Cell string   `cbor:"1,keyasint"`
	Keys [][]byte `cbor:"2,keyasint"`
}

// Write is what one turn does to one group that its node does not hold. It counts
// once, by its id.
type Write struct {
	ID     string     `cbor:"1,keyasint"`
	Group  string     `cbor:"2,keyasint"`
	Clock  int64      `cbor:"3,keyasint"`           // of the turn
	Firing []byte     `cbor:"4,keyasint,omitempty"` // its identity, where it has one: 32 bytes
	Writes []Mutation `cbor:"5,keyasint"`
	Run    bool       `cbor:"6,keyasint,omitempty"` // the identity is that of a request, of which this is a run
}

// Mutation is one write to one cell; keys and arguments are values in their
// canonical encoding.
type Mutation struct {
	Cell string   `cbor:"1,keyasint"`
	Keys [][]byte `cbor:"2,keyasint,omitempty"`
	Op   string   `cbor:"3,keyasint"`
	Args [][]byte `cbor:"4,keyasint,omitempty"`
}

// Answer answers an Ask: with a value, with deltas, or with a refusal.
type Answer struct {
	N      uint64   `cbor:"1,keyasint"`
	Clock  int64    `cbor:"2,keyasint"`
	Value  []byte   `cbor:"3,keyasint,omitempty"`
	Deltas [][]byte `cbor:"4,keyasint,omitempty"`
	Err    *Failure `cbor:"5,keyasint,omitempty"`
	// Away says that the asked node does not serve the group; somebody else may.
	Away bool `cbor:"6,keyasint,omitempty"`
	// More says that Deltas are a part, and the rest is to be asked for.
	More bool `cbor:"7,keyasint,omitempty"`
}

// Failure is an error as it travels.
type Failure struct {
	Code    string `cbor:"1,keyasint"`
	Message string `cbor:"2,keyasint"`
	Hint    string `cbor:"3,keyasint,omitempty"`
	At      string `cbor:"4,keyasint,omitempty"`
}

// ProgramWant asks for the artifact with a content hash; a hash of zeros asks for
// every artifact that the receiver has.
type ProgramWant struct {
	Hash []byte `cbor:"1,keyasint"`
}

// Program carries an artifact. The receiver computes its hash anew.
type Program struct {
	Artifact []byte `cbor:"1,keyasint"`
}

// Ping asks for a Pong with the same number; both carry clocks.
type Ping struct {
	N     uint64 `cbor:"1,keyasint"`
	Clock int64  `cbor:"2,keyasint"`
}

// Pong answers a Ping.
type Pong struct {
	N     uint64 `cbor:"1,keyasint"`
	Clock int64  `cbor:"2,keyasint"`
}

// Retired tells a node that its lives up to one were retired, and which of its turns
// are accepted, by group.
type Retired struct {
	Node     string        `cbor:"1,keyasint"`
	Inc      uint64        `cbor:"2,keyasint"`
	Accepted []GroupVector `cbor:"3,keyasint"`
}

func (*Retired) message()     {}
func (*Hello) message()       {}
func (*Batch) message()       {}
func (*Vectors) message()     {}
func (*ProgramWant) message() {}
func (*Program) message()     {}
func (*Ping) message()        {}
func (*Pong) message()        {}
func (*Release) message()     {}
func (*Keep) message()        {}
func (*Ask) message()         {}
func (*Answer) message()      {}

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
	Wall    int64         `cbor:"7,keyasint,omitempty"` // what the sender's own clock says, ns since the epoch; 0 is not told
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
}

// ProgramWant asks for the artifact with a content hash.
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

func (*Hello) message()       {}
func (*Batch) message()       {}
func (*Vectors) message()     {}
func (*ProgramWant) message() {}
func (*Program) message()     {}
func (*Ping) message()        {}
func (*Pong) message()        {}

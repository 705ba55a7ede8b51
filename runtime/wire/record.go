package wire

// Record is one entry of a replica's log, atomic as a whole: the turns that one
// event caused in each group, or what arrived in one message. Request ids,
// firings, outputs and the active program are parts of the deltas. Replaying
// records in order, or some of them twice, gives the state again.
type Record struct {
	Clock  int64        `cbor:"1,keyasint"` // hybrid logical time after it
	Deltas []GroupDelta `cbor:"2,keyasint,omitempty"`
	// Artifact is a program that became known here.
	Artifact []byte `cbor:"3,keyasint,omitempty"`
	// Whole marks the deltas as whole states, see Batch.Whole.
	Whole bool `cbor:"4,keyasint,omitempty"`
	// Timers are the times, in ns since the epoch, at which each `on every` of
	// the program last ran, by handler name; a `start` entry says that `on
	// start` has run.
	Timers []Timer `cbor:"5,keyasint,omitempty"`
	// Order is what became of the agreed order; it must be durable, whatever
	// durability the rest has, before anything that follows from it is sent.
	Order *OrderLog `cbor:"6,keyasint,omitempty"`
	// Artifacts are further programs that became known here.
	Artifacts [][]byte `cbor:"7,keyasint,omitempty"`
}

// Timer remembers the last run of a timed handler.
type Timer struct {
	Handler string `cbor:"1,keyasint"`
	Last    int64  `cbor:"2,keyasint"`
}

package replica

import (
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// Ready is what a replica wants done.
type Ready struct {
	// Persist must be durable, in order, before anything below may be seen by
	// anybody, unless Lazy is set: then it must reach the log in order, with or
	// before what is persisted next, and nothing waits for it. What of it is lost
	// in a crash comes again from what is durable.
	Persist []wire.Record
	Lazy    bool
	// Send goes out in order per peer; what cannot be sent is dropped, it is
	// owed again later.
	Send    []Envelope
	Replies []Reply
	Emits   []Emit   // outputs that are new here, whoever caused them
	Changed []string // names of shows that changed
	Notes   []Note   // for people: refused messages, peers on another version
}

// Empty reports whether there is nothing to do.
func (r *Ready) Empty() bool {
	return len(r.Persist)+len(r.Send)+len(r.Replies)+len(r.Emits)+len(r.Changed)+len(r.Notes) == 0
}

// Envelope is a message to a peer.
type Envelope struct {
	To  string
	Msg wire.Message
}

// Reply answers an Input, Mutate, Body or Deploy. Value is Invalid where there
// is nothing to say but that it was done.
type Reply struct {
	Req   string
	Ref   any
	Value value.Value
	Err   error // a *Error; the event had no effect
	// N is the place among the replies and emits of one Ready, in the order in
	// which they came about.
	N int
}

// Emit is one irrevocable output.
type Emit struct {
	Output string
	ID     string // stable: the same effect has the same id on every replica
	Value  value.Value
	N      int // as in Reply
}

// Note is something that people should know.
type Note struct {
	Code    string // "" where there is no code
	Message string
}

// Error is a refusal or failure, with its diagnostic code and the place in the
// program where it arose.
type Error struct {
	Code    string
	Message string
	Hint    string // what to do; may be empty
	At      string // file:line:column, or empty
}

// Error returns the place, the code and the message.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Message
	if e.At != "" {
		s = e.At + ": " + s
	}
	return s
}

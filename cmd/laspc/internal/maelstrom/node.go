// Package maelstrom runs a Lasp program as a node of the Maelstrom workbench
// (Kingsbury, github.com/jepsen-io/maelstrom), which starts nodes as processes,
// carries their messages as JSON lines over standard input and output, breaks
// the network between them, and checks the histories that its clients saw.
//
// It is the third driver of the replica core, beside the simulator and the real
// node: replication and agreement are those of every deployment, only carried by
// the workbench's messages. A program needs no knowledge of it:
//
//   - a request of type `add` goes to the input `add`, whose parameters take the
//     fields of the same names; a missing field is None where it is an Option;
//   - a reply that is a record gives its fields to the answer `add_ok`, any other
//     reply is its field `value`;
//   - `fail("key-does-not-exist: ..")` answers with the error of that name.
//
// Nothing is written to disk: a process is one incarnation.
package maelstrom

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/replica"
	"github.com/laspc/lasp/runtime/wire"
	"github.com/laspc/lasp/stdlib"
)

// Options say what to run.
type Options struct {
	Program  *ir.Program
	Artifact []byte // of Program
	In       io.Reader
	Out      io.Writer
	Log      func(format string, args ...any)
	// Flush is how long deltas gather before they are sent to the other nodes.
	Flush time.Duration
	// Wait bounds how long a request that needs agreement may take.
	Wait time.Duration
}

// driver carries messages and time to one replica.
type driver struct {
	o    Options
	name string
	core *replica.Core // nil until the workbench has said who this node is
	out  *bufio.Writer
	// waiting are peer messages from before the init.
	waiting []envelope
}

// maxLine bounds a line, in bytes.
const maxLine = 64 << 20

// Run serves until the input ends. The error is about the input or output, or
// a program that cannot be run.
func Run(o Options) error {
	n := &driver{o: o, out: bufio.NewWriterSize(o.Out, 64<<10)}
	lines, broken := make(chan []byte, 64), make(chan error, 1)
	go func() {
		in := bufio.NewScanner(o.In)
		in.Buffer(make([]byte, 64<<10), maxLine)
		for in.Scan() {
			lines <- append([]byte(nil), in.Bytes()...)
		}
		broken <- in.Err()
		close(lines)
	}()
	wake := time.NewTimer(time.Hour)
	defer wake.Stop()
	for {
		select {
		case line, more := <-lines:
			if !more {
				return <-broken
			}
			if err := n.line(line); err != nil {
				return err
			}
		case <-wake.C:
		}
		if err := n.pump(len(lines) == 0); err != nil {
			return err
		}
		wake.Reset(n.untilWake())
	}
}

func (n *driver) untilWake() time.Duration {
	if n.core == nil {
		return time.Hour
	}
	at := n.core.Wake()
	if at <= 0 || at == math.MaxInt64 {
		return time.Hour
	}
	return max(time.Until(time.Unix(0, at)), time.Millisecond)
}

// pump lets out what the core has to say. Nothing is persisted.
func (n *driver) pump(flush bool) error {
	if n.core != nil {
		n.core.Tick(time.Now().UnixNano())
		for {
			r := n.core.Ready()
			n.carry(n.core.Early())
			if r.Empty() {
				break
			}
			n.release(r)
			n.core.Advance()
		}
	}
	if flush {
		return n.out.Flush()
	}
	return nil
}

func (n *driver) release(r *replica.Ready) {
	n.carry(r.Send)
	for _, reply := range r.Replies {
		if req, ok := reply.Ref.(*request); ok {
			n.send(req.client, req.answer(&reply))
		}
	}
	for _, note := range r.Notes {
		n.o.Log("%s %s", note.Code, note.Message)
	}
}

// carry sends messages to other nodes.
func (n *driver) carry(messages []replica.Envelope) {
	for _, e := range messages {
		n.send(e.To, peerBody{Type: peerType, Wire: wire.Encode(e.Msg)})
	}
}

// send writes a line. An error of the writer shows at the next flush.
func (n *driver) send(to string, body any) {
	text, err := json.Marshal(body)
	if err == nil {
		text, err = json.Marshal(envelope{Src: n.name, Dest: to, Body: text})
	}
	if err != nil {
		n.o.Log("an answer to %s cannot be written: %v", to, err)
		return
	}
	n.out.Write(text)
	n.out.WriteByte('\n')
}

// line takes one line. A line that cannot be read is told and passed over.
func (n *driver) line(text []byte) error {
	var e envelope
	var h head
	err := json.Unmarshal(text, &e)
	if err == nil {
		err = json.Unmarshal(e.Body, &h)
	}
	if err != nil {
		n.o.Log("a line is no message of the protocol: %v", err)
		return nil
	}
	switch {
	case h.Type == "init":
		return n.begin(e, h)
	case h.Type == peerType && n.core == nil:
		n.waiting = append(n.waiting, e)
	case h.Type == peerType:
		n.receive(e)
	case n.core == nil:
		n.send(e.Src, errorBody{Type: "error", InReplyTo: h.MsgID, Code: codeUnavailable, Text: "this node has not been initialised"})
	case h.InReplyTo != nil:
		// An answer to nothing that this node asked.
	default:
		n.request(e, h)
	}
	return nil
}

// begin makes the replica, as soon as it is known who takes part.
func (n *driver) begin(e envelope, h head) error {
	var who initBody
	if err := json.Unmarshal(e.Body, &who); err != nil || who.NodeID == "" {
		n.send(e.Src, errorBody{Type: "error", InReplyTo: h.MsgID, Code: codeMalformed, Text: "init needs node_id and node_ids"})
		return nil
	}
	n.name = who.NodeID
	if n.core == nil {
		if err := n.start(who); err != nil {
			return err
		}
	}
	n.send(e.Src, head{Type: "init_ok", InReplyTo: h.MsgID})
	for _, e := range n.waiting {
		n.receive(e)
	}
	n.waiting = nil
	return nil
}

func (n *driver) start(who initBody) error {
	hash, ok := ir.ContentHash(n.o.Artifact)
	if !ok {
		return errors.New("the artifact of the program has no content hash")
	}
	var err error
	now := time.Now().UnixNano()
	n.core, err = replica.New(replica.Config{
		Actor:   lattice.Actor{Node: who.NodeID, Inc: uint64(now)},
		Ops:     stdlib.Table(),
		Seed:    rand.Uint64(),
		Program: replica.Program{IR: n.o.Program, Version: 1, Hash: hash, Artifact: n.o.Artifact},
		Options: replica.Options{Flush: n.o.Flush, OrderWait: n.o.Wait, Volatile: true, Mesh: true},
	}, now)
	if err != nil {
		return err
	}
	n.step(replica.Roster{Nodes: who.NodeIDs})
	for _, peer := range who.NodeIDs {
		if peer != who.NodeID {
			n.step(replica.PeerUp{Peer: peer})
		}
	}
	return nil
}

// receive takes a message of another node.
func (n *driver) receive(e envelope) {
	var body peerBody
	err := json.Unmarshal(e.Body, &body)
	if err == nil {
		var msg wire.Message
		if msg, err = wire.Decode(body.Wire); err == nil {
			n.step(replica.Receive{From: e.Src, Msg: msg})
			return
		}
	}
	n.o.Log("a message of %s cannot be read: %v", e.Src, err)
}

func (n *driver) step(ev replica.Event) {
	if err := n.core.Step(ev); err != nil {
		n.o.Log("an event was refused: %v", err)
	}
}

package replica

import (
	"encoding/binary"
	"strings"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// answer is what is remembered of a request. Encoded it is a kind, in a later version
// a mark with what was asked for and by which run it was done, and the value. The
// table keeps the smallest: so a reply takes the place of a pending mark, the answer
// of whoever did something that of one who did nothing, as a node does that lacks
// rights, and of two runs that of the smaller actor, which counts.
type answer struct {
	kind  byte
	print uint32        // of what was asked for; 0 where that is not known
	did   bool          // something was written
	by    lattice.Actor // of a run
	value []byte
}

// The kinds of answers.
const (
	replyNone    = 0
	replyValue   = 1
	replyPending = 2
	replyLost    = 3 // never in the table: the request was done, and no answer is known
)

// answerMark begins what no value begins with, and what an older version has not.
const answerMark = 0xff

// What is behind the fingerprint.
const (
	didInRun   = iota // with the actor
	didSo             // otherwise
	didNothing        // since it was refused, or there was nothing to do
)

func (a *answer) encode() []byte {
	data := binary.BigEndian.AppendUint32([]byte{a.kind, answerMark}, a.print)
	switch {
	case !a.did:
		data = append(data, didNothing)
	case a.by == lattice.Actor{}:
		data = append(data, didSo)
	default:
		data = append(append(append(data, didInRun), a.by.Node...), 0)
		data = binary.BigEndian.AppendUint64(data, a.by.Inc)
	}
	return append(data, a.value...)
}

// decodeAnswer reads an answer of this or an earlier version.
func decodeAnswer(data string) answer {
	a := answer{kind: data[0], did: true, value: []byte(data[1:])}
	if len(data) < 7 || data[1] != answerMark {
		return a
	}
	a.print, a.did = binary.BigEndian.Uint32([]byte(data[2:6])), data[6] != didNothing
	rest := data[7:]
	if name, inc, ok := strings.Cut(rest, "\x00"); data[6] == didInRun && ok && len(inc) >= 8 {
		a.by = lattice.Actor{Node: name, Inc: binary.BigEndian.Uint64([]byte(inc))}
		rest = inc[8:]
	}
	a.value = []byte(rest)
	return a
}

// read is the reply of a type; none where there is none.
func (a *answer) read(reply *types.Type) (value.Value, error) {
	if a.kind != replyValue {
		return value.Value{}, nil
	}
	if reply == nil {
		return value.Value{}, errOtherInput()
	}
	v, err := codec.DecodeValue(a.value, reply, codec.Limits{})
	if err != nil {
		return value.Value{}, errOtherInput()
	}
	return v, nil
}

const (
	codeOtherInput = "L0637" // a request whose id was used for another one
	codeAnswerLost = "L0638" // one that was done, and nobody knows its answer
)

func errOtherInput() error {
	return &Error{Code: codeOtherInput, Message: "the request id was used before, for another input or with other arguments",
		Hint: "give each request an id of its own; nothing was done"}
}

// differs reports whether an answer is that of another request of the same id.
func (a *answer) differs(print uint32) bool { return a.print != 0 && print != 0 && a.print != print }

// printer makes the fingerprint of what is asked for: of its parts, in order (FNV-1a).
// It is kept with answers and sent, so it is the same everywhere for good.
type printer uint64

func newPrinter() printer { return 14695981039346656037 }

func (p *printer) add(part []byte) {
	h := uint64(*p)
	for n := len(part); n > 0; n >>= 8 {
		h = (h ^ uint64(n&0xff)) * 1099511628211
	}
	for _, b := range part {
		h = (h ^ uint64(b)) * 1099511628211
	}
	*p = printer(h*1099511628211 ^ 0xa5)
}

// sum is the fingerprint, which is never 0.
func (p printer) sum() uint32 { return max(uint32(p>>32)^uint32(p), 1) }

// printOfInput is the fingerprint of an input with arguments.
func (c *Core) printOfInput(name string, args []value.Value) uint32 {
	p := newPrinter()
	c.print = append(c.print[:0], name...)
	p.add(c.print)
	for _, a := range args {
		c.print = codec.EncodeValue(c.print[:0], a)
		p.add(c.print)
	}
	return p.sum()
}

// printOfWrites is the fingerprint of writes without a handler.
func (c *Core) printOfWrites(ws []Mutation) uint32 {
	p := newPrinter()
	for i := range ws {
		w := &ws[i]
		c.print = append(append(append(append(c.print[:0], 0), w.Cell...), 0), w.Op...)
		p.add(c.print)
		for _, vs := range [][]value.Value{w.Keys, w.Args} {
			for _, v := range vs {
				c.print = codec.EncodeValue(c.print[:0], v)
				p.add(c.print)
			}
		}
	}
	return p.sum()
}

// printOfAsked is the same of a request that the leader of the order is asked for, 0
// of one that no client makes.
func printOfAsked(q *wire.OrderRequest) uint32 {
	p := newPrinter()
	switch q.Kind {
	case wire.RunInput:
		p.add([]byte(q.Name))
		for _, a := range q.Args {
			p.add(a)
		}
	case wire.RunWrites:
		for i := range q.Writes {
			w := &q.Writes[i]
			p.add([]byte("\x00" + w.Cell + "\x00" + w.Op))
			for _, list := range [][][]byte{w.Keys, w.Args} {
				for _, v := range list {
					p.add(v)
				}
			}
		}
	default:
		return 0
	}
	return p.sum()
}

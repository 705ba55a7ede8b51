package wire

import (
	"errors"
	"fmt"

	"github.com/laspc/lasp/lang/codec"
)

// MaxMessage is the size in bytes of the largest message that is taken in: an
// artifact of the largest size with what is around it.
const MaxMessage = 16<<20 + 64<<10

// row is one message of the protocol.
type row struct {
	name    string
	version uint8 // of its form; a receiver refuses later ones by name
	make    func() Message
}

// rows is the table of messages; the number of a message on the wire is its
// index. Numbers are never used again for something else: add at the end. There
// is no message 0, so that zeroed memory is no message.
var rows = []row{
	{},
	{"hello", 1, func() Message { return new(Hello) }},
	{"batch", 1, func() Message { return new(Batch) }},
	{"vectors", 1, func() Message { return new(Vectors) }},
	{"program-want", 1, func() Message { return new(ProgramWant) }},
	{"program", 1, func() Message { return new(Program) }},
	{"ping", 1, func() Message { return new(Ping) }},
	{"pong", 1, func() Message { return new(Pong) }},
	{"order", 1, func() Message { return new(Order) }},
	{"release", 1, func() Message { return new(Release) }},
	{"keep", 1, func() Message { return new(Keep) }},
	{"ask", 1, func() Message { return new(Ask) }},
	{"answer", 1, func() Message { return new(Answer) }},
	{"retired", 1, func() Message { return new(Retired) }},
}

// ErrUnknown is wrapped by the error of a message, or version of one, that this
// program does not know. The link can go on; the peer is newer.
var ErrUnknown = errors.New("from a later version of laspc")

// number finds the row of a message.
func number(m Message) int {
	switch m.(type) {
	case *Hello:
		return 1
	case *Batch:
		return 2
	case *Vectors:
		return 3
	case *ProgramWant:
		return 4
	case *Program:
		return 5
	case *Ping:
		return 6
	case *Pong:
		return 7
	case *Order:
		return 8
	case *Release:
		return 9
	case *Keep:
		return 10
	case *Ask:
		return 11
	case *Answer:
		return 12
	case *Retired:
		return 13
	}
	panic(fmt.Sprintf("%T is not in the table of messages", m))
}

// Name is what a message is called in logs and figures.
func Name(m Message) string { return rows[number(m)].name }

// Encode returns the canonical form of a message: a CBOR sequence of its
// number, its version and its fields.
func Encode(m Message) []byte {
	n := number(m)
	return append([]byte{byte(n), rows[n].version}, marshal(m)...)
}

// marshal encodes a struct of this package; they all have a CBOR form.
func marshal(v any) []byte {
	b, err := codec.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// Decode reads a message strictly: anything truncated, oversized, trailing or
// out of range is an error that says what is wrong. The bytes of deltas and
// vectors inside are checked by who applies them.
func Decode(data []byte) (Message, error) {
	if len(data) < 2 {
		return nil, fmt.Errorf("a message of %d bytes is too short to be one", len(data))
	}
	if len(data) > MaxMessage {
		return nil, fmt.Errorf("a message of %d bytes, at most %d are taken: %w", len(data), MaxMessage, codec.ErrLimit)
	}
	n := int(data[0])
	if n == 0 || n >= 24 {
		return nil, fmt.Errorf("not a message: it begins with %#x", data[0])
	}
	if n >= len(rows) {
		return nil, fmt.Errorf("message %d is not known here: %w", n, ErrUnknown)
	}
	if v := data[1]; v == 0 || v > rows[n].version {
		return nil, fmt.Errorf("version %d of message %q is not known here: %w", v, rows[n].name, ErrUnknown)
	}
	m := rows[n].make()
	if err := codec.Unmarshal(data[2:], codec.Limits{Bytes: MaxMessage}, m); err != nil {
		return nil, fmt.Errorf("message %q cannot be read: %w", rows[n].name, err)
	}
	if err := check(m); err != nil {
		return nil, fmt.Errorf("message %q: %w", rows[n].name, err)
	}
	return m, nil
}

const (
	maxName   = 255  // bytes of a node's or group's name
	sumSize   = 16   // bytes
	maxGroups = 1024 // placement groups in one message
	// maxClock, in the year 2116, leaves room to count on.
	maxClock = 1 << 62
)

// check holds the fields of a message against their ranges.
func check(m Message) error {
	switch m := m.(type) {
	case *Hello:
		if m.Node == "" || len(m.Node) > maxName {
			return fmt.Errorf("the node's name has %d bytes, it must have 1 to %d", len(m.Node), maxName)
		}
		if len(m.Hash) != 0 && len(m.Hash) != 32 {
			return fmt.Errorf("the program's hash has %d bytes instead of 32", len(m.Hash))
		}
		return errors.Join(checkClock(m.Wall), checkGroups(m.Clock, m.Vectors))
	case *Batch:
		if len(m.Group) > maxName {
			return fmt.Errorf("the group's name has %d bytes", len(m.Group))
		}
		return checkGroups(m.Clock, nil)
	case *Vectors:
		return errors.Join(checkClock(m.Wall), checkGroups(m.Clock, m.Vectors))
	case *Ping:
		return checkGroups(m.Clock, nil)
	case *Pong:
		return checkGroups(m.Clock, nil)
	case *Release:
		return errors.Join(checkClock(m.Clock), checkGroup(m.Group))
	case *Keep:
		return errors.Join(checkClock(m.Clock), checkGroup(m.Group))
	case *Ask:
		return errors.Join(checkClock(m.Clock), checkGroup(m.Fetch), checkParts(m))
	case *Answer:
		return checkClock(m.Clock)
	case *ProgramWant:
		if len(m.Hash) != 32 {
			return fmt.Errorf("the program's hash has %d bytes instead of 32", len(m.Hash))
		}
	case *Program:
		if len(m.Artifact) == 0 {
			return errors.New("the artifact is empty")
		}
	case *Order:
		return m.check()
	}
	return nil
}

func checkClock(clock int64) error {
	if clock < 0 || clock > maxClock {
		return fmt.Errorf("the clock %d is out of range (0 to %d)", clock, int64(maxClock))
	}
	return nil
}

func checkGroup(name string) error {
	if len(name) > maxName {
		return fmt.Errorf("the group's name has %d bytes", len(name))
	}
	return nil
}

// checkParts holds what is asked for against its form.
func checkParts(m *Ask) error {
	parts := 0
	for _, there := range []bool{m.Call != nil, m.Read != nil, m.Fetch != "", m.Write != nil, len(m.Eval) > 0} {
		if there {
			parts++
		}
	}
	switch {
	case parts != 1:
		return fmt.Errorf("%d things are asked for at once", parts)
	case len(m.Program) != 32:
		return fmt.Errorf("the program's hash has %d bytes instead of 32", len(m.Program))
	case m.Write != nil && (m.Write.Clock < 0 || m.Write.Clock > maxClock || len(m.Write.Firing) != 0 && len(m.Write.Firing) != 32):
		return errors.New("the write has no proper identity")
	}
	return nil
}

func checkGroups(clock int64, groups []GroupVector) error {
	if err := checkClock(clock); err != nil {
		return err
	}
	if len(groups) > maxGroups {
		return fmt.Errorf("%d groups, at most %d are taken", len(groups), maxGroups)
	}
	for i, g := range groups {
		if len(g.Group) > maxName {
			return fmt.Errorf("a group's name has %d bytes", len(g.Group))
		}
		if n := len(g.Sum); n != 0 && n != sumSize {
			return fmt.Errorf("a group's sum has %d bytes instead of %d", n, sumSize)
		}
		if i > 0 && groups[i-1].Group >= g.Group {
			return errors.New("the groups are not in order")
		}
	}
	return nil
}

// recordVersion is the version of the form of records.
const recordVersion = 1

// EncodeRecord returns the canonical form of a record.
func EncodeRecord(r *Record) []byte {
	if len(r.Artifact)+len(r.Timers)+len(r.Artifacts) > 0 || r.Whole || r.Order != nil {
		return append([]byte{recordVersion}, marshal(r)...)
	}
	return appendTurns(r)
}

// appendTurns writes the form of a record that holds turns only, as most do.
func appendTurns(r *Record) []byte {
	n := 24
	for i := range r.Deltas {
		n += len(r.Deltas[i].Group) + len(r.Deltas[i].Delta) + 16
	}
	out := append(make([]byte, 0, n), recordVersion)
	out = codec.AppendMap(out, 1+min(len(r.Deltas), 1))
	out = codec.AppendInt(codec.AppendUint(out, 1), r.Clock)
	if len(r.Deltas) > 0 {
		out = codec.AppendArray(codec.AppendUint(out, 2), len(r.Deltas))
		for i := range r.Deltas {
			out = codec.AppendMap(out, 2)
			out = codec.AppendText(codec.AppendUint(out, 1), r.Deltas[i].Group)
			out = codec.AppendBytes(codec.AppendUint(out, 2), r.Deltas[i].Delta)
		}
	}
	return out
}

// MaxRecord is the size in bytes of the largest record that is read.
const MaxRecord = 256 << 20

// DecodeRecord reads a record strictly.
func DecodeRecord(data []byte) (*Record, error) {
	if len(data) == 0 {
		return nil, errors.New("an empty log record")
	}
	if data[0] == 0 || data[0] > recordVersion {
		return nil, fmt.Errorf("version %d of a log record is not known here: %w", data[0], ErrUnknown)
	}
	r := new(Record)
	if err := codec.Unmarshal(data[1:], codec.Limits{Bytes: MaxRecord}, r); err != nil {
		return nil, fmt.Errorf("a log record cannot be read: %w", err)
	}
	return r, nil
}

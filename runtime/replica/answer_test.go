package replica

import (
	"slices"
	"testing"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// TestAnswersReadBack: what is written is read, and what versions without
// fingerprints wrote is read as well.
func TestAnswersReadBack(t *testing.T) {
	seven := codec.EncodeValue(nil, value.MakeInt(7))
	for _, a := range []answer{
		{kind: replyNone, print: 5, did: true},
		{kind: replyPending, print: 1 << 31},
		{kind: replyValue, print: 9, value: seven},
		{kind: replyValue, print: 9, did: true, value: seven},
		{kind: replyValue, print: 9, did: true, by: lattice.Actor{Node: "n1", Inc: 1 << 40}, value: seven},
	} {
		if b := decodeAnswer(string(a.encode())); b.kind != a.kind || b.print != a.print || b.did != a.did || b.by != a.by || string(b.value) != string(a.value) {
			t.Errorf("%+v comes back as %+v", a, b)
		}
	}
	for old, want := range map[string]answer{
		"\x00": {kind: replyNone, did: true}, "\x02": {kind: replyPending, did: true}, "\x01" + string(seven): {kind: replyValue, did: true, value: seven},
	} {
		b := decodeAnswer(old)
		if b.kind != want.kind || b.print != 0 || string(b.value) != string(want.value) || b.differs(77) {
			t.Errorf("%q is read as %+v", old, b)
		}
		if v, err := b.read(types.Int); err != nil || b.kind == replyValue && v.Int() != 7 {
			t.Errorf("%q: %v, %v", old, v, err)
		}
	}
}

// TestWhichAnswerStands: the table keeps the smallest.
func TestWhichAnswerStands(t *testing.T) {
	said := func(did bool, node string, v int64) string {
		a := answer{kind: replyValue, print: 3, did: did, value: codec.EncodeValue(nil, value.MakeInt(v))}
		if node != "" {
			a.by = lattice.Actor{Node: node, Inc: 2}
		}
		return string(a.encode())
	}
	pending := answer{kind: replyPending, print: 3, did: true}
	inOrder := []string{said(true, "a", 9), said(true, "a1", 1), said(true, "b", 5), said(true, "", 0), said(false, "", 0), string(pending.encode())}
	if !slices.IsSorted(inOrder) {
		t.Errorf("%q", inOrder)
	}
}

// TestPrintsAreOfWhatIsAsked: the leader of the order, who sees a request as it was
// sent, makes the same of it as the node that was asked; anything else has another.
func TestPrintsAreOfWhatIsAsked(t *testing.T) {
	c := &Core{}
	one, two := value.MakeInt(1), value.MakeString("x")
	seen := map[uint32]string{}
	differ := func(name string, p uint32) {
		if was, known := seen[p]; known || p == 0 {
			t.Errorf("%s has the fingerprint %d of %q", name, p, was)
		}
		seen[p] = name
	}
	for name, args := range map[string][]value.Value{"f": {one, two}, "g": {one, two}, "h": {two, one}, "i": {one}, "j": nil} {
		p := c.printOfInput(name, args)
		ev := &Input{Name: name, Args: args}
		if q := askInput(ev, Seed{}); printOfAsked(&q) != p {
			t.Errorf("%s: the leader makes another of it", name)
		}
		differ(name, p)
		differ(name+" with other arguments", c.printOfInput(name, append([]value.Value{value.MakeInt(2)}, args...)))
	}
	writes := []Mutation{{Cell: "m", Keys: []value.Value{two}, Op: "increment", Args: []value.Value{one}}, {Cell: "s", Op: "add", Args: []value.Value{two}}}
	for range 2 {
		q := wire.OrderRequest{Kind: wire.RunWrites}
		for _, w := range writes {
			q.Writes = append(q.Writes, encodeWrite(w.Cell, w.Keys, w.Op, w.Args))
		}
		if printOfAsked(&q) != c.printOfWrites(writes) {
			t.Error("the leader makes another of writes")
		}
		differ("writes", c.printOfWrites(writes))
		writes = writes[1:]
	}
}

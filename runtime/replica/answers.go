package replica

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/state"
)

// What was answered to a request is remembered on all replicas for a day, so
// that who asks again, anywhere, gets the same answer. The table is a map of
// spans of time, each a map from the request to its answer. A span that is over
// for more than a day is removed by a turn like any other, so that all replicas
// forget it alike; what one of them wrote into it meanwhile survives and goes
// the next time. A request is known by 128 bits of its hash, which are words of
// their own and leave nothing behind, where a text would stay in the table of
// texts.
const (
	answerSpan = 6 * time.Hour
	answerKept = 24 * time.Hour // at least
	// answerTurn is how long a member waits for those before it to remove a
	// span that is over.
	answerTurn = 10 * time.Minute
	answerLook = time.Minute // how often it is looked for such spans
)

// answersID is the table.
var answersID = cellID(deployment, sysAnswers)

// answersType is the kind of the table.
var answersType = answersKind()

func answersKind() *types.Type {
	request := types.TupleOf(types.Int, types.Int)
	return types.Of("ORMap", types.Int, types.Of("GMap", request, types.MinOf(types.Bytes)))
}

// requestKey is the key of a request in a span.
func requestKey(req string) value.Value {
	sum := sha256.Sum256([]byte(req))
	half := func(b []byte) value.Value { return value.MakeInt(int64(binary.BigEndian.Uint64(b))) }
	return value.MakeTuple(half(sum[:]), half(sum[8:]))
}

// remember notes the answer to a request in the table.
func (c *Core) remember(t *turn, r *request, v value.Value, pending bool) error {
	if r.req == "" {
		return nil
	}
	a := answer{kind: replyNone, print: r.print, did: t.wrote || len(t.away) > 0}
	switch {
	case pending:
		a.kind = replyPending
	case v.IsValid():
		a.kind, a.value = replyValue, codec.EncodeValue(nil, v)
	}
	if t.run {
		a.by = t.actor()
	}
	group := everywhere
	if len(t.placed) == 1 && len(t.away) == 0 && t.groups == [groupCount]*state.Turn{} {
		// Who asks again comes to the owners of what was written.
		group = t.placed[0].group
	}
	return c.rememberIn(group, t, r.req, a.encode())
}

// rememberIn notes an answer in the table of a group.
func (c *Core) rememberIn(group int, t *turn, req string, data []byte) error {
	span := value.MakeInt(t.clock / int64(answerSpan))
	return t.in(group).Mutate(answersID, []value.Value{span, requestKey(req)}, "join", []value.Value{value.MakeBytes(data)})
}

// rememberAlone is remember in a turn of its own: after a firing, whose effects
// are the same on every replica, as spans and answers are not.
func (c *Core) rememberAlone(r *request, v value.Value, pending bool) {
	t := c.begin(lattice.Firing{})
	t.wrote = true
	if err := c.remember(t, r, v, pending); err != nil {
		panic("replica: the table of answers takes no answer: " + err.Error())
	}
	t.commit()
}

// answerSpans lists the spans that hold answers.
func (c *Core) answerSpans(group int) []value.Value {
	st, id := c.stores[group], answersID
	var spans []value.Value
	_ = st.Rows(id, st.Shape(id).KeysRelation(0), func(row []value.Word) bool {
		spans = append(spans, value.FromRaw(value.Int, row[0]))
		return true
	})
	return spans
}

// done finds a request that was carried out, here or elsewhere, and what is
// remembered of its answer; of several answers the smallest counts, everywhere. The
// kind is replyLost where the effects are known and no answer is.
func (c *Core) done(req string) (a answer, known bool) {
	if req == "" {
		return a, false
	}
	best := c.answerIn(everywhere, req)
	for g := groupCount; g < len(c.stores); g++ {
		if c.stores[g] == nil {
			continue
		}
		if a := c.answerIn(g, req); a != "" && (best == "" || a < best) {
			best = a
		}
	}
	if best != "" {
		return decodeAnswer(best), true
	}
	a.print, known = c.firedHere(requestFiring(req, 0))
	a.kind = replyLost
	return a, known
}

// firedHere reports whether some group that is held knows a firing, with the
// fingerprint of the request that it stands for.
func (c *Core) firedHere(id lattice.Firing) (print uint32, fired bool) {
	for _, st := range c.stores {
		if st == nil {
			continue
		}
		if print, fired = st.FiredAs(id); fired {
			return print, true
		}
	}
	return 0, false
}

// answerIn is what the table of a group remembers of a request, "" for nothing.
func (c *Core) answerIn(group int, req string) (best string) {
	spans := c.answerSpans(group)
	if len(spans) == 0 {
		return ""
	}
	key := requestKey(req)
	for _, span := range spans {
		v, err := c.stores[group].ReadAt(answersID, []value.Value{span, key})
		if err == nil && v.Kind() == value.Bytes && v.Str() != "" && (best == "" || v.Str() < best) {
			best = v.Str()
		}
	}
	return best
}

// forgetAnswers removes the spans that are over for long enough. The members
// take turns in it, since one removal is enough; a node whose clock is out of
// range does not know what is over.
func (c *Core) forgetAnswers() {
	if c.clockWrong != nil || c.now >= c.answersSeen && c.now-c.answersSeen < int64(answerLook) {
		return
	}
	c.answersSeen = c.now
	roster := slices.Sorted(slices.Values(c.roster))
	rank := max(slices.Index(roster, c.actor.Node), 0)
	over := c.now - int64(answerKept) - int64(rank)*int64(answerTurn)
	c.forgetAnswersIn(everywhere, over)
	for g := groupCount; g < len(c.stores); g++ {
		if c.stores[g] == nil || !c.serves(g) {
			continue
		}
		rank := max(slices.Index(c.owners(g), c.actor.Node), 0)
		c.forgetAnswersIn(g, c.now-int64(answerKept)-int64(rank)*int64(answerTurn))
	}
}

func (c *Core) forgetAnswersIn(group int, over int64) {
	for _, span := range c.answerSpans(group) {
		if (span.Int()+1)*int64(answerSpan) > over {
			continue
		}
		t := c.begin(lattice.Firing{})
		if err := t.in(group).Mutate(answersID, nil, "remove", []value.Value{span}); err != nil {
			panic("replica: a span of the table of answers cannot be removed: " + err.Error())
		}
		t.commit()
	}
}

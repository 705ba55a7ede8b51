package replica

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/laspc/lasp/runtime/wire"
)

// What is held elsewhere is asked for. A question goes to one holder; when that
// one goes away, or says that it does not hold the group, the next is asked, as
// long as the question may be asked twice. When nobody is left, or an answer does
// not come in time, the error names who is missing.

// codeNoHolder is the code of that error; codeNoPlace that of work for which no
// node holds all that it reads.
const (
	codeNoHolder = "L0625"
	codeNoPlace  = "L0626"
	codeTooLarge = "L0627" // an answer that no message can carry
)

// Patience is how long an answer of another node is waited for.
const Patience = 5 * time.Second

// maxAsked bounds how many holders are tried for one question.
const maxAsked = 8

// question is one thing asked of the holders of a group.
type question struct {
	group int
	msg   func() *wire.Ask
	// once says that the question must not be asked again where the first answer
	// may have been lost.
	once bool
	// done takes the answer, or the error; an answer of nil without an error says
	// that the group is served here by now.
	done func(*wire.Answer, error)

	m     *wire.Ask // as it was sent last
	at    int64     // when
	n     uint64
	to    string
	tried int
	until int64
}

// serves reports whether reads and writes of a group are done here: it is held,
// with all that there was when that began, and nobody does it better.
func (c *Core) serves(g int) bool {
	if g < groupCount {
		return true
	}
	if c.cfg.Embedded {
		return c.stores[g] != nil
	}
	h := c.holdings[g]
	return h != nil && h.ready && (c.owns(c.actor.Node, g) || c.holder(g) == "")
}

// holder finds a peer that serves a group, "" if none does: an owner that has all
// of it, else somebody who still has it.
func (c *Core) holder(g int) string {
	for _, name := range c.owners(g) {
		if name != c.actor.Node && c.holdsAll(c.peer(name), g) {
			return name
		}
	}
	for _, p := range c.peers {
		if c.holdsAll(p, g) {
			return p.name
		}
	}
	return ""
}

func (c *Core) holdsAll(p *peer, g int) bool {
	part := p.parts[g]
	return p.talks() && part != nil && part.ready
}

// errNoHolder names who is missing.
func (c *Core) errNoHolder(g int) error {
	tag, _, shard, _ := parseGroup(c.groups.name(g))
	what := fmt.Sprintf("shard %d", shard)
	if tag != "" {
		what = fmt.Sprintf("what is at %q", tag)
	}
	var states []string
	for _, name := range c.owners(g) {
		switch {
		case name == c.actor.Node:
			states = append(states, name+" (this node), which does not have all of it yet")
		case c.peer(name).talks():
			states = append(states, name+", which does not have all of it yet")
		default:
			states = append(states, name+", which does not answer")
		}
	}
	e := &Error{Code: codeNoHolder, Message: fmt.Sprintf("%s is held by %s", what, strings.Join(states, ", and by ")),
		Hint: "send the request again, under the same id, once one of them is back"}
	if len(states) == 0 {
		e.Message, e.Hint = fmt.Sprintf("%s is held by no node", what), fmt.Sprintf("start a node with the tag: laspc node --tag %s", tag)
	}
	return e
}

// ask asks a question.
func (c *Core) inquire(q *question) {
	if q.until == 0 {
		q.until = c.now + int64(Patience)
	}
	to := c.holder(q.group)
	switch {
	case c.serves(q.group):
		q.done(nil, nil)
		return
	case to == "" || q.tried == maxAsked:
		q.done(nil, c.errNoHolder(q.group))
		return
	}
	c.asked++
	q.n, q.to = c.asked, to
	q.tried++
	m := q.msg()
	m.N, m.Clock, m.Program = q.n, c.tickClock(), c.prog.Hash[:]
	q.m = m
	c.questions = append(c.questions, q)
	c.sendQuestion(q)
}

// sendQuestion sends a question, or sends it again: a message may be lost, and who
// hears it twice answers it once.
func (c *Core) sendQuestion(q *question) {
	q.at = c.now
	p := c.peer(q.to)
	p.outbox = append(p.outbox, q.m)
	c.sendNow()
}

// take removes an open question.
func (c *Core) takeQuestion(p *peer, n uint64) *question {
	i := slices.IndexFunc(c.questions, func(q *question) bool { return q.n == n && q.to == p.name })
	if i < 0 {
		return nil
	}
	q := c.questions[i]
	c.questions = slices.Delete(c.questions, i, i+1)
	return q
}

func (c *Core) receiveAnswer(p *peer, m *wire.Answer) {
	c.seeClock(m.Clock)
	q := c.takeQuestion(p, m.N)
	switch {
	case q == nil: // it came too late, or twice
	case m.Away:
		if part := p.parts[q.group]; part != nil {
			part.ready = false
		}
		p.owesVectors, p.wantsAnswer = true, true
		c.inquire(q)
	case m.Err != nil:
		q.done(nil, &Error{Code: m.Err.Code, Message: m.Err.Message, Hint: m.Err.Hint, At: m.Err.At})
	default:
		q.done(m, nil)
	}
}

// lostPeer gives the questions that were asked of a peer to others, after its link
// broke.
func (c *Core) lostPeer(name string) {
	var lost []*question
	c.questions = slices.DeleteFunc(c.questions, func(q *question) bool {
		if q.to == name {
			lost = append(lost, q)
			return true
		}
		return false
	})
	for _, q := range lost {
		c.inquireAgain(q)
	}
	for _, h := range c.holdings {
		if h != nil {
			h.release = release{} // what it was asked to keep it may not have heard
		}
	}
}

func (c *Core) inquireAgain(q *question) {
	if q.once {
		q.done(nil, &Error{Code: "L0622", Message: fmt.Sprintf("the request went to %s, which holds what it needs and did not answer; it may have taken effect", q.to),
			Hint: "give requests an id (an Idempotency-Key): then they can be sent again"})
		return
	}
	c.inquire(q)
}

// expire repeats questions, and ends those that were not answered in time.
func (c *Core) expire() {
	for _, q := range c.questions {
		if c.now-q.at >= c.repeatAfter() && c.now < q.until {
			c.sendQuestion(q)
		}
	}
	var late []*question
	c.questions = slices.DeleteFunc(c.questions, func(q *question) bool {
		if c.now >= q.until {
			late = append(late, q)
			return true
		}
		return false
	})
	for _, q := range late {
		q.done(nil, &Error{Code: codeNoHolder, Message: fmt.Sprintf("%s holds what the request needs and did not answer within %s", q.to, Patience),
			Hint: "send the request again, under the same id"})
	}
}

// remoteRef is the Ref of work that a peer asked for.
type remoteRef struct {
	peer string
	n    uint64
}

// repeatAfter is how long a question waits before it is sent again.
func (c *Core) repeatAfter() int64 { return min(c.period(), int64(time.Second)) }

// maxHeard bounds the questions of a peer that are remembered with their answers.
const maxHeard = 1024

// heard reports whether a question came before; then its answer, if there is one,
// is sent again.
func (c *Core) heard(p *peer, n uint64) bool {
	a, known := p.heardAsks[n]
	switch {
	case known && a != nil:
		p.outbox = append(p.outbox, a)
		return true
	case known || n <= p.heardUpTo:
		return true
	}
	if p.heardAsks == nil {
		p.heardAsks = map[uint64]*wire.Answer{}
	}
	p.heardAsks[n] = nil
	if len(p.heardAsks) > maxHeard {
		old := slices.Sorted(maps.Keys(p.heardAsks))[:maxHeard/2]
		for _, n := range old {
			delete(p.heardAsks, n)
			p.heardUpTo = n
		}
	}
	return false
}

// answerMost is how many bytes an answer may have. The rest of a message is for
// what is around them.
const answerMost = wire.MaxMessage - 64<<10

// tooLarge is the failure of an answer that is larger than a message may be: sent,
// it would break the link, again and again.
func (c *Core) tooLarge(a *wire.Answer) error {
	size := len(a.Value)
	for _, d := range a.Deltas {
		size += len(d)
	}
	if size <= answerMost {
		return nil
	}
	return &Error{Code: codeTooLarge, Message: fmt.Sprintf("%s holds what is asked for, and %d MB of it; an answer may have %d", c.actor.Node, size>>20, answerMost>>20),
		Hint: "ask for less: single keys, or what a handler keeps of them in a cell of its own"}
}

// answerPeer sends an answer.
func (c *Core) answerPeer(to remoteRef, a *wire.Answer, err error) {
	p := c.peer(to.peer)
	if !p.up {
		return
	}
	if err == nil {
		err = c.tooLarge(a)
	}
	if err != nil {
		*a = wire.Answer{Away: a.Away}
	}
	a.N, a.Clock = to.n, c.tickClock()
	if err != nil {
		e := asError(err)
		a.Err = &wire.Failure{Code: e.Code, Message: e.Message, Hint: e.Hint, At: e.At}
	}
	if _, asked := p.heardAsks[to.n]; asked {
		p.heardAsks[to.n] = a
	}
	p.outbox = append(p.outbox, a)
	c.sendNow()
}

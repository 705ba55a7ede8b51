package replica

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/runtime/wire"
)

// How what was asked of the order ends: by its answer, or by a refusal that names who
// is missing.

// overdue says why a request was not decided in time.
func (c *Core) overdue(p *pending) error {
	if p.at != "" {
		return c.outcomeUnknown(p)
	}
	for _, q := range c.ord.queue {
		if q.req.ID == p.req.ID { // this node leads, and has not proposed it
			return c.giveUpOn(q)
		}
	}
	return c.noMajority()
}

// noMajority names who is missing for a decision. Nothing was decided.
func (c *Core) noMajority() error {
	missing := c.missingVoters()
	msg := "this needs agreement, and the nodes that can be reached are no majority"
	if len(missing) > 0 {
		msg += ": " + missingList(missing)
	} else {
		msg = fmt.Sprintf("this needs agreement, and no node decided within %s", time.Duration(c.orderWait()))
	}
	return &Error{Code: CodeNoMajority, Message: msg, Hint: "nothing was done: bring them back or connect them, and try again; what needs no agreement goes on"}
}

// missingVoters names the voters that cannot be reached; a node that is none
// knows the members only.
func (c *Core) missingVoters() (missing []string) {
	if c.ord.group.IsVoter() {
		_, missing = c.ord.group.Quorum()
		return missing
	}
	_, all := c.members()
	for _, m := range all {
		if !c.reachable(m.Name) {
			missing = append(missing, m.Name)
		}
	}
	slices.Sort(missing)
	return missing
}

func missingList(names []string) string {
	verb := " is missing"
	if len(names) > 1 {
		verb = " are missing"
	}
	return strings.Join(names, ", ") + verb
}

// outcomeUnknown says that a request may yet be decided.
func (c *Core) outcomeUnknown(p *pending) error {
	msg := fmt.Sprintf("there was no answer within %s; it may have been decided, or be decided yet", time.Duration(c.orderWait()))
	if missing := append(slices.Clone(p.waits), c.missingVoters()...); len(missing) > 0 {
		slices.Sort(missing)
		msg += ": " + missingList(slices.Compact(missing))
	}
	hint := "ask again under the same id: it is done once, and the answer is the same"
	if !hasLine(p) {
		hint = "ask again once they are back: what is done already is not done twice"
	}
	if c.ord.group.Genesis() == 0 {
		msg += "; this node takes part in no agreed order yet"
		hint += "; the order is founded by the first node of a cluster, the one that is started with a new directory and without --join"
	}
	return &Error{Code: CodeUndecided, Message: msg, Hint: hint}
}

// told takes in the answer to a request of this node.
func (c *Core) told(a *wire.OrderAnswer) {
	for _, p := range c.ord.pending {
		if p.req.ID == a.ID {
			c.takeAnswer(p, a)
		}
	}
}

// toldAll is told of the many answers of an entry.
func (c *Core) toldAll(answers []wire.OrderAnswer) {
	if len(c.ord.pending) == 0 {
		return
	}
	byID := make(map[string]*wire.OrderAnswer, len(answers))
	for i := range answers {
		byID[answers[i].ID] = &answers[i]
	}
	for _, p := range c.ord.pending {
		if a := byID[p.req.ID]; a != nil {
			c.takeAnswer(p, a)
		}
	}
}

func (c *Core) takeAnswer(p *pending, a *wire.OrderAnswer) {
	switch {
	case p.answer != nil:
	case len(a.Waits) > 0:
		p.waits = a.Waits
	default:
		p.answer, p.giveUp = a, c.now+c.orderWait()
	}
}

// settlePending answers the requests whose decision is known and whose state is
// here.
func (c *Core) settlePending() (settled bool) {
	for _, p := range slices.Clone(c.ord.pending) {
		if !p.firing.IsZero() && c.stores[everywhere].Fired(p.firing) {
			c.dropPending(p)
			c.ord.figures.note(p, c.now)
			continue
		}
		if p.answer == nil || c.orderMark() < p.answer.Seq {
			continue
		}
		c.settle(p)
		settled = true
	}
	return settled
}

// settle answers one request.
func (c *Core) settle(p *pending) {
	a := p.answer
	c.hurry = true
	if a.Late && p.many {
		c.refuse(p, c.outcomeUnknown(p))
		return
	}
	if a.Code != "" {
		c.refuse(p, &Error{Code: a.Code, Message: a.Message, Hint: a.Hint, At: a.At})
		return
	}
	c.writeLocals(a.Local)
	c.dropPending(p)
	c.ord.figures.note(p, c.now)
	r := p.request
	if a.Pending {
		for _, ref := range p.refs {
			r.ref = ref
			c.resume(r, p.work, nil)
		}
		return
	}
	v, err := replyOf(a, r.reply)
	for _, ref := range p.refs {
		if r.quiet == nil && p.firing.IsZero() {
			c.answer(r.req, ref, v, err)
		}
	}
}

func replyOf(a *wire.OrderAnswer, t *types.Type) (value.Value, error) {
	if len(a.Value) == 0 || t == nil {
		return value.Value{}, nil
	}
	v, err := codec.DecodeValue(a.Value, t, orderLimits)
	if err != nil {
		return v, errOtherInput()
	}
	return v, nil
}

// refuse answers a request by an error.
func (c *Core) refuse(p *pending, err error) {
	c.dropPending(p)
	c.ord.figures.refuse(p, err)
	c.answerPending(p, err)
}

func (c *Core) answerPending(p *pending, err error) {
	e := asError(err)
	switch {
	case !p.firing.IsZero() || p.request.quiet != nil:
		name := "a handler"
		if h := cmp.Or(p.request.quiet, c.handlerOf(p)); h != nil {
			name = h.Name
		}
		c.note(e.Code, fmt.Sprintf("`%s`: %s", name, e.Error()))
	default:
		for _, ref := range p.refs {
			c.answer(p.request.req, ref, value.Value{}, err)
		}
	}
}

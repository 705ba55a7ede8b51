package replica

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/vm"
)

// maxFirings bounds how many handlers one event can set off.
const maxFirings = 10_000_000

// fire runs handlers for the rows that appeared at their heads until no new row
// appears. Each firing is a turn of its own under the identity that every
// replica gives it; one that is known is passed over, whoever made it.
func (c *Core) fire() {
	for n := 0; len(c.heads) > 0; n++ {
		if n == maxFirings {
			c.note("L0512", fmt.Sprintf("one event set off more than %d handlers; the rest waits for the next start", maxFirings))
			c.heads = nil
			return
		}
		head := c.heads[0]
		c.heads = c.heads[1:]
		c.fireOne(head)
	}
	c.heads = nil
}

func (c *Core) fireOne(head vm.HeadRow) {
	h := c.prog.ir.Handlers[head.Handler]
	if h.Writer != "" && h.Writer != c.actor.Node && !c.cfg.Embedded {
		return
	}
	id := lattice.Firing{Handler: h.ID, Key: keyHash(head.Row)}
	if c.hasFired(head.Handler, id) {
		return
	}
	note := func(err error) {
		switch e := asError(c.at(err, h.Pos)); e.Code {
		case codeUnsynced:
			c.deferred = append(c.deferred, head)
		case codeFrozen:
			c.ord.late = append(c.ord.late, head)
		default:
			c.note(e.Code, fmt.Sprintf("`%s` for %s: %s", h.Name, head.Row, e.Error()))
		}
	}
	order := func(need *orderNeeded) { c.submitFiring(head, id, need) }
	c.runJob(head.Handler, note, order, func(j *job) (*turn, error) {
		t := c.begin(id)
		t.job = j
		b := c.newBody(t, h.Slots, nil, c.firingSeed(id))
		if !bind(h.HeadPat, head.Row, b.env.Slots) {
			return t, errNoMatch
		}
		_, err := b.run(h.Body)
		return t, err
	})
}

var errNoMatch = errors.New("the row is not one that the handler is for")

// runJob runs a handler that no client waits for; what needs the agreed order is
// given to it.
func (c *Core) runJob(handler int, note func(error), order func(*orderNeeded), work func(*job) (*turn, error)) {
	if !c.hasPlace(handler) {
		return
	}
	run := func(j *job) {
		t, err := work(j)
		switch {
		case err == nil:
			t.commit()
			if len(t.away) > 0 {
				c.post(t, "", nil)
			}
			return
		case err == errNoMatch:
			t.abort()
			return
		}
		t.abort()
		if need, ok := errors.AsType[*orderNeeded](err); ok {
			order(need)
			return
		}
		var a *away
		switch {
		case c.wait(j, err):
		case errors.As(err, &a):
			note(c.errUnplaced(a.group))
		default:
			note(err)
		}
	}
	if !c.prog.placed {
		run(nil)
		return
	}
	c.beginJob(&job{spread: true, run: run, fail: note})
}

// hasPlace reports whether this node carries the tags of all that a handler
// reads; other nodes run it.
func (c *Core) hasPlace(handler int) bool {
	for _, tag := range c.prog.tagsRead[handler] {
		if !c.carries(tag) {
			return false
		}
	}
	return true
}

// hasFired reports whether all effects of a firing are there.
func (c *Core) hasFired(handler int, id lattice.Firing) bool {
	w := &c.prog.writes[handler]
	if w.placed {
		return false // by their keys it is seen which groups they write
	}
	for g, writes := range w.groups {
		if writes && !c.stores[g].Fired(id) {
			return false
		}
	}
	return true
}

// writes says which groups statements write.
type writes struct {
	groups [groupCount]bool
	placed bool // and others
}

// written marks the groups that statements write.
func written(p *ir.Program, body []*ir.Stmt, to *writes) {
	for _, s := range body {
		switch s.Op {
		case ir.SMutate, ir.SSeal:
			switch h := homeOf(p.Cells[s.Cell]); {
			case h.placed():
				to.placed = true
			case h.group == "":
				to.groups[everywhere] = true
			default:
				to.groups[here] = true
			}
		case ir.SEmit, ir.SCoordinate:
			to.groups[everywhere] = true
		}
		written(p, s.Then, to)
		written(p, s.Else, to)
		for _, arm := range s.Cases {
			written(p, arm.Body, to)
		}
	}
}

// keyHash is the second half of a firing's identity.
func keyHash(row value.Value) (k [16]byte) {
	sum := sha256.Sum256(codec.EncodeValue(nil, row))
	copy(k[:], sum[:])
	return k
}

// startTimers begins the periods of `on every` handlers that are new here, and
// runs `on start` handlers that have not run.
func (c *Core) startTimers() {
	for i, h := range c.prog.ir.Handlers {
		name := c.timerName(i)
		if _, known := c.timers[name]; known {
			continue
		}
		switch h.Kind {
		case ir.OnEvery:
			c.setTimer(name, c.now)
		case ir.OnStart:
			c.setTimer(name, c.now)
			c.runTimed(i, c.now)
		}
	}
}

// timerName tells timed handlers apart: by name, and among equal names by
// their order.
func (c *Core) timerName(i int) string {
	n, name := 0, c.prog.ir.Handlers[i].Name
	for _, h := range c.prog.ir.Handlers[:i] {
		if h.Name == name {
			n++
		}
	}
	if n == 0 {
		return name
	}
	return fmt.Sprintf("%s #%d", name, n+1)
}

// runTimed runs a body that no input caused.
func (c *Core) runTimed(handler int, at int64) {
	h := c.prog.ir.Handlers[handler]
	note := func(err error) {
		e := asError(c.at(err, h.Pos))
		c.note(e.Code, fmt.Sprintf("`%s`: %s", h.Name, e.Error()))
	}
	order := func(need *orderNeeded) { c.submitTimed(h, at, need) }
	c.runJob(handler, note, order, func(j *job) (*turn, error) {
		t := c.begin(lattice.Firing{})
		t.job = j
		b := c.newBody(t, h.Slots, nil, mixText(mix(c.seed(), uint64(at)), h.Name))
		_, err := b.run(h.Body)
		return t, err
	})
}

// Tick tells the replica the wall time, in ns since the epoch. It may go back,
// when somebody has set the clock right.
func (c *Core) Tick(now int64) {
	switch {
	case now == c.now:
		return
	case now < c.now:
		c.turnBack(now)
	}
	c.now = now
	c.runDue()
	c.tickOrder()
	c.expire()
	c.forgetAnswers()
	c.foldOld()
	c.exchange()
	c.finish()
}

// runDue runs the `on every` handlers whose period is over: once, however many
// periods were missed.
func (c *Core) runDue() {
	if c.prog == nil {
		return
	}
	for i, h := range c.prog.ir.Handlers {
		if h.Kind != ir.OnEvery || h.Period <= 0 {
			continue
		}
		name := c.timerName(i)
		passed := c.now - c.timers[name]
		if passed < 0 { // the clock was set back
			c.setTimer(name, c.now)
		}
		if passed >= h.Period {
			c.setTimer(name, c.timers[name]+passed/h.Period*h.Period)
			c.runTimed(i, c.now)
		}
	}
}

// Wake is the wall time at which the next Tick is wanted: for a timed handler,
// for a flush or for anti-entropy.
func (c *Core) Wake() int64 {
	next := c.wakeFold(min(c.nextExchange(), c.wakeOrder()))
	if c.prog == nil {
		return next
	}
	for i, h := range c.prog.ir.Handlers {
		if h.Kind == ir.OnEvery && h.Period > 0 {
			next = min(next, c.timers[c.timerName(i)]+h.Period)
		}
	}
	return next
}

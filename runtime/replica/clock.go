package replica

import (
	"fmt"
	"slices"
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
)

// Two times are kept apart. The hybrid clock never goes back and is above all
// that was seen; it orders writes, so nothing that was accepted is ever lost to
// a wrong clock. The wall time is what the machine's clock says; it may be wrong
// and be set right again in both directions. Nodes tell each other their wall
// time, and one that is out of range refuses what would carry it on: writes that
// are stamped by the clock, and now().

// maxSkew is how far the wall times of two nodes may be apart.
const maxSkew = time.Minute

// tickClock returns a hybrid logical time above all seen so far.
func (c *Core) tickClock() int64 {
	c.clock = max(c.clock+1, c.now)
	return c.clock
}

// seeClock takes in the clock of a peer.
func (c *Core) seeClock(t int64) { c.clock = max(c.clock, t) }

// turnBack follows a wall time that was set back: what is due at a time to come
// must not wait for the time that the clock had shown.
func (c *Core) turnBack(now int64) {
	back := c.now - now
	c.now = now
	c.flushAt = min(c.flushAt, now)
	c.forgotten, c.wanted = min(c.forgotten, now), min(c.wanted, now)
	for _, p := range c.peers {
		p.lastSend = min(p.lastSend, now)
		p.mending.next = min(p.mending.next, now)
		p.ahead += back
	}
	c.judgeClock()
}

// hearTime notes the wall time that a peer told; 0 says that it told none.
func (c *Core) hearTime(p *peer, wall int64) {
	if wall == 0 {
		return
	}
	was := p.timed && skewed(p.ahead)
	p.ahead, p.timed = wall-c.now, true
	if skewed(p.ahead) && !was {
		c.note(codeClock, fmt.Sprintf("the clock of %s is %s this node's: set the wrong one right", p.name, aheadOf(p.ahead)))
	}
	c.judgeClock()
}

func skewed(ahead int64) bool { return ahead > int64(maxSkew) || ahead < -int64(maxSkew) }

func aheadOf(ahead int64) string {
	d := time.Duration(ahead).Round(time.Second)
	if d < 0 {
		return (-d).String() + " behind"
	}
	return d.String() + " ahead of"
}

// judgeClock decides whether this node's clock is out of range: unless more
// nodes agree with it, itself among them, than do not. Of two that disagree
// nobody knows which is right, so both are.
func (c *Core) judgeClock() {
	agree, against := 1, []string(nil)
	for _, p := range c.peers {
		switch {
		case !p.timed || !p.up && !slices.Contains(c.roster, p.name):
		case skewed(p.ahead):
			against = append(against, fmt.Sprintf("%s the clock of %s", aheadOf(-p.ahead), p.name))
		default:
			agree++
		}
	}
	was := c.clockWrong
	if c.clockWrong = nil; len(against) >= agree {
		c.clockWrong = &Error{Code: codeClock, Message: fmt.Sprintf("the clock of this node is out of range: it is %s", list(against)),
			Hint: "set the clocks right; until then this node refuses writes that its clock would stamp, and takes all others"}
	}
	if was != nil && c.clockWrong == nil {
		c.note("", "the clock of this node is in range again")
	} else if was == nil && c.clockWrong != nil {
		c.note(codeClock, c.clockWrong.Message)
	}
}

// list joins at most three texts.
func list(texts []string) string {
	s := texts[0]
	for i, t := range texts[1:] {
		if i == 2 {
			return s + " and of others"
		}
		s += ", " + t
	}
	return s
}

// noTime is why now() has no value at present; nil while it has.
func (c *Core) noTime() error {
	if c.clockWrong == nil {
		return nil
	}
	e := *c.clockWrong
	return &e
}

// mayStamp refuses a mutator that stamps its write with the clock, depth maps
// deep in a cell, while the clock is out of range.
func (c *Core) mayStamp(cell *ir.Cell, depth int, name string) error {
	if c.clockWrong == nil {
		return nil
	}
	if m := mutatorOf(cell, depth, name); m == nil || !m.Clocked {
		return nil
	}
	return c.noTime()
}

// mutatorOf finds a mutator by name, depth maps deep in a cell; nil if there is
// none.
func mutatorOf(cell *ir.Cell, depth int, name string) *lattice.Mutator {
	t := cell.Kind.Resolve()
	for range depth {
		t = t.Args[len(t.Args)-1].Resolve()
	}
	k := lattice.Lookup(t.Con)
	if k == nil {
		return nil
	}
	return k.Mutator(name)
}

package replica

import (
	"iter"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/runtime/wire"
)

// What runs of requests leave behind is folded after the day for which requests are
// remembered (runtime/state/fold.go). That is safe where no other run of a folded
// request can come up: none was made that is not known here, and none will be by
// anybody who does not know of the fold. This is how a member knows.
//
// Each member says every hour, while there are runs, what it holds and who is a member
// as far as it knows: a mark. Marks lie in the table of answers, under names that no
// request has, so everybody hears them, however the links go, and they are forgotten
// with the answers of their time. Let old be what this member held according to a mark
// of its own of at least a day and an hour ago. It may fold runs of turns in old once
// each member, all those that some mark names among them, has a mark that
//
//   - is at least a day and an hour younger than that of old, by the clock of that
//     member, which is out by a minute at most;
//   - is of the life in which the member is now, and of a version that reads folds;
//   - covers old;
//
// and once it holds all that these marks cover itself. For let r be a run in old. A
// client repeats a request for a day. If another member made a run q of the same
// request within the day, that was before its mark, so the mark covers q, or q was
// lost with a disk and nobody has it: so q is known here, and the store takes both or
// none. After its mark the member knows r and answers that the request was done, until
// it has taken the fold in: what it runs then rests on the fold.
//
// Who is no member yet makes no run before it holds all that some member held when
// they met (mayRun). If that was before the mark of the member, the mark names it, and
// it is waited for; if it was after, it knows r, or the fold. So does a member that
// came back without its disk, or with an old one, which is another life.
//
// A member that is away holds folds up, until it is back or is retired: its runs of
// long ago may still come. Nothing else waits for it.
//
// What is counted in cells that are a node's own nobody else counts there, so that is
// folded by its age alone. Others may have no runs at all then, and give no marks.

const (
	foldAfter = answerKept + time.Hour // the hour is for clocks and messages on their way
	foldLate  = foldAfter + 2*time.Hour
	foldMark  = time.Hour             // how often members say what they hold
	foldLook  = 10 * time.Minute      // how often it is looked for what may be folded
	foldPause = 50 * time.Millisecond // between two folds
	foldRuns  = 1 << 13               // about how many runs of each node are folded in a turn
	// foldBack is how many marks are looked at: those of the day before.
	foldBack = 12
)

// mark is what a member held at a time.
type mark struct {
	At      int64    `cbor:"1,keyasint"` // its wall time, ns
	Inc     uint64   `cbor:"2,keyasint"`
	Reads   uint64   `cbor:"3,keyasint"` // up to which version it reads deltas
	Vector  []byte   `cbor:"4,keyasint"`
	Members []string `cbor:"5,keyasint"` // that it knows of
	Here    []byte   `cbor:"6,keyasint"` // what it held of the cells that are its own
	vector  *lattice.Vector
}

// markName is what a mark is remembered under. No request has a zero in its name.
func markName(node string, hour int64) string {
	return "\x00mark " + strconv.FormatInt(hour, 10) + " " + node
}

// markOf is the mark of a member in an hour, nil for none.
func (c *Core) markOf(node string, hour int64) *mark {
	data := c.answerIn(everywhere, markName(node, hour))
	m := &mark{}
	if data == "" || wire.DecodePart([]byte(data), m) != nil {
		return nil
	}
	v, err := lattice.DecodeVector(m.Vector, orderLimits)
	if m.vector = v; err != nil {
		return nil
	}
	return m
}

// latestMark is the last mark of a member that is not older than a time.
func (c *Core) latestMark(node string, since int64) *mark {
	for hour := c.hour() + 1; hour >= since/int64(foldMark); hour-- { // clocks differ a little
		if m := c.markOf(node, hour); m != nil {
			if m.At < since {
				return nil
			}
			return m
		}
	}
	return nil
}

func (c *Core) hour() int64 { return c.now / int64(foldMark) }

// maybeMembers are all nodes that may have run requests, so far as is known here.
func (c *Core) maybeMembers() []string {
	all := map[string]bool{c.actor.Node: true}
	for _, name := range c.roster {
		all[name] = true
	}
	_, members := c.members()
	for _, m := range members {
		all[m.Name] = true
	}
	for _, p := range c.peers {
		if p.inc != 0 {
			all[p.name] = true
		}
	}
	for _, a := range c.vector().Actors() {
		if a.Node != orderNode {
			all[a.Node] = true
		}
	}
	delete(all, "") // the only member of an order that nobody needed yet
	return slices.Sorted(maps.Keys(all))
}

// giveMark says what is held here, once an hour.
func (c *Core) giveMark() {
	if c.marked == c.hour() {
		return
	}
	c.marked = c.hour()
	m := &mark{At: c.now, Inc: c.actor.Inc, Reads: lattice.DeltaVersion, Vector: encodeVector(c.vector()),
		Members: c.maybeMembers(), Here: encodeVector(c.stores[here].Vector())}
	t := c.begin(lattice.Firing{})
	if err := c.rememberIn(everywhere, t, markName(c.actor.Node, c.hour()), wire.EncodePart(m)); err != nil {
		panic("replica: the table of answers takes no mark: " + err.Error())
	}
	t.commit()
}

// oldMarks are the marks of this node that are old enough for their runs to be folded,
// the youngest first.
func (c *Core) oldMarks() iter.Seq[*mark] {
	return func(yield func(*mark) bool) {
		last := (c.now - int64(foldAfter)) / int64(foldMark)
		for hour := last; hour > last-foldBack; hour-- {
			if m := c.markOf(c.actor.Node, hour); m != nil && m.At <= c.now-int64(foldAfter) && !yield(m) {
				return
			}
		}
	}
}

// mayFold is the youngest of the old marks of which the runs may be folded, nil for
// none. Where one is late it notes who is waited for.
func (c *Core) mayFold() *mark {
	for m := range c.oldMarks() {
		waits := c.waitsFor(m)
		if len(waits) == 0 {
			c.foldWaits = nil
			return m
		}
		if c.now-m.At > int64(foldLate) {
			c.foldWaits = waits
		}
	}
	return nil
}

// waitsFor lists the members whose marks do not say yet that the runs of a mark can be
// folded, or say what is not known here.
func (c *Core) waitsFor(old *mark) (waits []string) {
	names := c.maybeMembers()
	for i := 0; i < len(names); i++ {
		name := names[i]
		if c.isGone(name) {
			continue
		}
		m := c.latestMark(name, old.At+int64(foldAfter))
		if m == nil || m.Inc < c.lastLife(name) || m.Reads < lattice.DeltaVersion || !m.vector.CoversAll(old.vector) || !c.vector().CoversAll(m.vector) {
			waits = append(waits, name)
			continue
		}
		for _, other := range m.Members {
			if !slices.Contains(names, other) {
				names = append(names, other)
			}
		}
	}
	return waits
}

// foldable reports whether runs are folded at all. Those of placed cells are not, nor
// those of programs that have some: groups choose by themselves which run counts.
func (c *Core) foldable() bool {
	return c.prog != nil && !c.cfg.Embedded && !c.placing() && c.clockWrong == nil && !c.loading && c.exchanges() && c.stores[everywhere].Folds()
}

// hasRuns reports whether there are runs that may be folded some time.
func (c *Core) hasRuns() bool { return c.stores[everywhere].Runs()+c.stores[here].Runs() > 0 }

// foldOld folds runs of requests that are forgotten, some at a time.
func (c *Core) foldOld() {
	if c.now < c.foldAt && c.foldAt-c.now <= int64(foldLook) || !c.hasRuns() || !c.foldable() {
		return
	}
	c.foldAt = c.now + int64(foldLook)
	c.giveMark()
	some := c.foldHere()
	if c.stores[everywhere].Runs() > 0 {
		if m := c.mayFold(); m != nil && c.foldIn(everywhere, m.vector) {
			some = true
		}
	}
	if some {
		c.foldAt = c.now + int64(foldPause)
	}
}

// foldHere folds what was counted in the cells that are this node's own.
func (c *Core) foldHere() bool {
	for m := range c.oldMarks() {
		own, err := lattice.DecodeVector(m.Here, orderLimits)
		return err == nil && c.foldIn(here, own)
	}
	return false
}

// foldIn folds runs of a group, and reports whether there were some.
func (c *Core) foldIn(group int, old *lattice.Vector) bool {
	d, changes := c.stores[group].Fold(c.tickClock(), old, foldRuns)
	if d != nil {
		c.log(group, d)
	}
	c.feed(changes)
	return d != nil
}

// wakeFold is when it is looked again for what may be folded.
func (c *Core) wakeFold(next int64) int64 {
	if !c.hasRuns() || !c.foldable() {
		return next
	}
	return min(next, max(c.foldAt, c.now+1))
}

// mayRun refuses requests that count before what was done earlier is known.
func (c *Core) mayRun(r *request) error {
	if r.once != byRun && r.once != byCount || !c.unsynced() {
		return nil
	}
	return &Error{Code: codeUnsynced, Message: c.actor.Node + " began a new incarnation and does not know yet which requests were done before",
		Hint: "connect it to a peer and ask again under the same id, or ask another node"}
}

// RequestsStatus is what is remembered of requests that count, one by one.
type RequestsStatus struct {
	Remembered int
	// Waits are the members without which those of more than a day and a half ago
	// cannot be forgotten: they are away, or of an earlier version.
	Waits []string
}

func (c *Core) requestsStatus() RequestsStatus {
	shared := c.stores[everywhere].Runs()
	s := RequestsStatus{Remembered: max(shared, c.stores[here].Runs())} // many count in both
	if shared > 0 && c.foldable() {
		s.Waits = c.foldWaits
	}
	return s
}

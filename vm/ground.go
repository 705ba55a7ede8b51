package vm

import "github.com/laspc/lasp/lang/value"

// Recursion over relations that lose rows, at the cost of the change.
//
// A row of a recursion is there because something derives it. When a premise
// leaves, counting derivations is not enough: rows on a cycle derive each other
// for ever. Deleting everything that was derived through a lost row and deriving
// again what has another reason (DRed, Gupta, Mumick and Subrahmanian 1993) is
// exact, but in a strongly connected graph "everything" is everything: one edge
// out of 3,000 deletes 890,000 paths.
//
// So every row has, besides the number of its derivations (total), a place in
// one strict order of all rows, and the number of derivations whose premises all
// stand before it (well). Invariant between turns: each row that is there has
// well > 0. By induction along the order each row then has a proof that does not
// go in a circle, however many circles there are beside. (It is the idea of
// Even and Shiloach's levels, 1981, with any well-founded order in the place of
// exact levels, and of the backward/forward algorithm of Motik, Nenov, Piro and
// Horrocks, 2015, with counts in the place of searching backwards.)
//
// A turn has two phases.
//
//	sink: changes of the feeds are counted at the rows that they derive. A row
//	  whose well count is 0 goes, with the derivations that it is a premise of,
//	  and so on. A row with another reason before it stays, and the wave ends.
//	rise: rows that went but have derivations left, all from rows that stayed,
//	  come back at the end of the order, where well = total; so do new rows. Each
//	  counts its derivations at the rows that it derives.
//
// Both enumerate derivations forwards, by the joins that semi-naive evaluation
// has anyway; nothing is searched backwards and no rule has to be invertible. A
// derivation of two rows that change is met once, when the first of the two
// changes while sinking, the last while rising.
//
// Of a Group that keeps the better of several values (Min, Max, Flag) all
// candidates are rows of a relation of this kind, and the best that is there is
// what the group shows. Rows then are ordered by rank first, better values
// before worse ones, because as a rule a value is made from better ones (a path
// from a shorter path), and rows rise in that order, so that a distance is found
// once: with one removed edge this is the algorithm of Ramalingam and Reps
// (1996). Rising is an iteration from below: it starts from rows that are all in
// the least fixed point and applies monotone rules until nothing changes, so it
// ends in it. A better value takes the place of the one before after its own
// derivations were counted, so nothing sinks meanwhile.
//
// Where values do not come from better ones (equal ranks on a cycle), a row can
// be left with total > 0 and well = 0: it is in the fixed point, but the order
// does not show why. Such rows sink and rise once more, which gives them other
// places. If that does not help after some tries the whole component is computed
// from nothing, and again at each loss as long as it stays so (stuck).
//
// A first turn that brings many rows runs on grids and counts its support
// afterwards, see groundload.go.
type ground struct {
	c      *component
	first  *compose // for a first turn of many rows; nil where it does not fit
	stores []*store
	steps  map[*node][]hop // by node: what its rows go to
	semis  []*semiJoinOp
	phase  phase
	feed   int      // index of the feed that is being counted
	blank  bool     // the feeds count as empty before this turn
	stuck  bool     // the order does not explain some row
	seq    uint32   // last place given
	sinks  []spot   // rows to go, first come first
	gone   []spot   // rows that went or are new and wait for the second phase
	loose  []spot   // rows with well = 0 < total
	rising schedule // rows to come, and rows to leave because a better one came
}

// phase tells what a change of a count leads to.
type phase uint8

const (
	counting phase = iota // feeds are counted, and nothing moves
	sinking
	rises
)

// footing is what a row stands on.
type footing struct {
	total int32  // derivations whose premises are visible
	near  int32  // those of them whose premises have no worse rank than the row
	well  int32  // those of them whose premises come before the row
	seq   uint32 // place in the order; 0 while the row is not visible to rules
}

// waits reports whether an invisible row is in gone or rising.
func (p *footing) waits() bool { return p.seq == 0 && p.well < 0 }

func (p *footing) wait(yes bool) {
	if p.well = 0; yes {
		p.well = -1
	}
}

// order is the place of a row: by rank, then by time.
type order struct {
	rank uint64
	seq  uint32
}

func (o order) before(p order) bool {
	return o.rank < p.rank || o.rank == p.rank && o.seq < p.seq
}

// later is the greater of two places: a derivation stands where its last premise
// does.
func later(o, p order) order {
	if o.before(p) {
		return p
	}
	return o
}

// store is a relation of the component. The count of a row in its table is 1 or
// 0, whether it is there; foot is by row.
type store struct {
	t      *table
	number uint32 // among the stores
	foot   []footing
	ranks  ranking
	node   *node   // whose rows these are
	best   *choice // of the candidates of a group
}

// spot is a row of a store.
type spot struct {
	s *store
	r uint32
}

// hop is a use of a node's rows inside the component.
type hop struct {
	n     *node
	right bool   // of a join: the rows are its right input
	other side   // of a join or semi-join
	cands *store // of a group
}

// side is the other input of a join: a store, or a feed by number.
type side struct {
	s    *store
	feed int
	n    *node
	x    *index
}

// put returns the row of a key, placing it with count 0 when it is new.
func (s *store) put(key []value.Word) uint32 {
	r, fresh := s.t.put(key)
	if fresh {
		if int(r) < len(s.foot) {
			s.foot[r] = footing{}
		} else {
			s.foot = append(s.foot, footing{})
		}
	}
	return r
}

func (s *store) order(r uint32) order {
	return order{s.ranks.of(s.t, r), s.foot[r].seq}
}

func (s *store) reset() {
	s.t.reset()
	s.foot = s.foot[:0]
	if s.best != nil {
		s.best.groups.reset()
	}
}

// derive counts n derivations of a row that stand at o.
func (g *ground) derive(m *Machine, s *store, row []value.Word, o order, n int32) error {
	r := s.put(row)
	p := &s.foot[r]
	if p.total += n; p.total < 0 || s.t.live() > s.node.most {
		return m.tooMany(s.node) // or 2^31 derivations of one row
	}
	if is := s.order(r); o.rank <= is.rank {
		p.near += n
		if p.seq != 0 && o.before(is) {
			p.well += n
		}
	}
	at := spot{s, r}
	switch {
	case p.seq == 0:
		if n > 0 && !p.waits() {
			return g.arrive(m, at)
		}
	case n < 0 && g.phase == rises && p.total == 0:
		return g.leave(m, at)
	case n < 0 && p.well <= 0:
		return g.lose(m, at)
	}
	return nil
}

// arrive handles a row that got its first derivation.
func (g *ground) arrive(m *Machine, at spot) error {
	switch {
	case g.phase != rises:
		at.s.foot[at.r].wait(true)
		g.gone = append(g.gone, at)
	case at.s.best != nil: // candidates need no turn: the best of them rises
		g.show(at)
		return g.prefer(m, at)
	default:
		at.s.foot[at.r].wait(true)
		g.rising.push(at, at.s.order(at.r).rank, true)
	}
	return nil
}

// leave handles a row that lost its last derivation to better rows.
func (g *ground) leave(m *Machine, at spot) error {
	if at.s.best != nil {
		return g.withdraw(m, at)
	}
	g.rising.push(at, at.s.order(at.r).rank, false)
	return nil
}

// lose handles a row without a derivation from before it.
func (g *ground) lose(m *Machine, at spot) error {
	switch {
	case g.phase != sinking:
		g.loose = append(g.loose, at)
	case at.s.best != nil:
		return g.withdraw(m, at)
	case at.s.t.now(at.r) > 0:
		at.s.t.change(at.r, -1)
		g.sinks = append(g.sinks, at)
	}
	return nil
}

// show makes a row visible, at the end of the order.
func (g *ground) show(at spot) {
	p := &at.s.foot[at.r]
	g.seq++
	p.seq, p.well = g.seq, p.near
	at.s.t.change(at.r, 1-at.s.t.now(at.r))
	if p.near <= 0 {
		g.loose = append(g.loose, at)
	}
}

// hide makes a row invisible. While sinking it may come back.
func (g *ground) hide(at spot) {
	p := &at.s.foot[at.r]
	p.seq = 0
	p.wait(g.phase == sinking)
	if n := at.s.t.now(at.r); n > 0 {
		at.s.t.change(at.r, -n)
	}
	if g.phase == sinking {
		g.gone = append(g.gone, at)
	}
}

package replica

import "sync/atomic"

// Limiter ends single bodies and queries that take too long, on a node that has
// others to serve. Fuel bounds them too, but counts steps, and a step that adds to
// a large set takes a hundred times what one that adds two numbers does; time is
// nothing that a replica knows of itself. Its driver tells the Limiter when the
// replica rests, and calls Tick from another goroutine.
//
// Derived cells are not bounded by it: what they are is the same on every node,
// and a large state may take a while to read back.
type Limiter struct {
	// Most is for how many ticks an evaluation may last.
	Most int

	turn atomic.Uint64 // of evaluations; 0 while the replica rests
	stop atomic.Bool   // ends the present one

	last  uint64 // that Tick has seen; these two are its own
	ticks int
	count uint64 // of evaluations; of the replica's goroutine
}

// next is called at the start of an evaluation; what was said of the one before
// does not hold for it.
func (l *Limiter) next() *atomic.Bool {
	if l == nil {
		return nil
	}
	l.count++
	l.turn.Store(l.count)
	if l.stop.Load() {
		l.stop.Store(false)
	}
	return &l.stop
}

// Rest says that nothing is evaluated until the next event.
func (l *Limiter) Rest() { l.turn.Store(0) }

// Tick is called at even times, by one goroutine.
func (l *Limiter) Tick() {
	turn := l.turn.Load()
	if turn == 0 || turn != l.last {
		l.last, l.ticks = turn, 0
		return
	}
	if l.ticks++; l.ticks >= l.Most {
		l.stop.Store(true)
	}
}

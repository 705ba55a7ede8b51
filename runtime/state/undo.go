package state

import (
	"slices"

	"github.com/laspc/lasp/lang/value"
)

// undoLog is what an open turn did to the tables, to be taken back in reverse.
// Places of atoms are used again last in, first out, so that taking a step back
// finds every other step's atom where it was.
type undoLog struct {
	steps  []undoStep
	words  []value.Word // of slots and payloads, one step's after the other's
	sealed int          // up to here steps stay as they are: a savepoint may be there
	grown  int          // additions that went into the step before
}

type undoOp uint8

const (
	undoAdd undoOp = iota // of n atoms, one behind the other
	undoSet
	undoDrop
)

type undoStep struct {
	op    undoOp
	t     *table
	atom  uint32
	n     uint32 // of undoAdd
	words int    // where the step's words start
	dot   dot    // before the step
}

func (s *Store) noteAdd(t *table, atom uint32) { s.noteRun(t, atom, 1) }

// noteRun notes that n atoms, one behind the other, were added.
func (s *Store) noteRun(t *table, atom, n uint32) {
	u := s.undo
	if u == nil {
		return
	}
	if k := len(u.steps); k > u.sealed { // what is loaded is one step
		if last := &u.steps[k-1]; last.op == undoAdd && last.t == t && last.atom+last.n == atom {
			last.n += n
			u.grown++
			return
		}
	}
	u.step(undoAdd, t, atom, n)
}

// step appends a step. It is written where it will lie: turns are small, and to copy
// what was just written is to wait for it.
func (u *undoLog) step(op undoOp, t *table, atom, n uint32) *undoStep {
	if len(u.steps) == cap(u.steps) {
		u.steps = slices.Grow(u.steps, 1)
	}
	u.steps = u.steps[:len(u.steps)+1]
	step := &u.steps[len(u.steps)-1]
	step.op, step.atom, step.n, step.words = op, atom, n, len(u.words)
	if step.t != t {
		step.t = t
	}
	return step
}

func (s *Store) noteSet(t *table, atom uint32) {
	if s.undo != nil {
		s.undo.step(undoSet, t, atom, 1).dot = t.dot(atom)
		s.undo.words = append(s.undo.words, t.val(atom)...)
	}
}

// noteDrop keeps the path in keys, because rows of levels may go with the atom.
func (s *Store) noteDrop(t *table, atom uint32, d dot, row []value.Word) {
	if s.undo == nil {
		return
	}
	s.undo.step(undoDrop, t, atom, 1).dot = d
	s.undo.words = t.c.path(s.undo.words, t.depth, t.above(row))
	if t.depth >= 0 {
		row = row[1:]
	}
	s.undo.words = append(append(s.undo.words, row...), t.val(atom)...)
}

// back takes steps back until n are left.
func (u *undoLog) back(n int) {
	for len(u.steps) > n {
		step := u.steps[len(u.steps)-1]
		u.steps = u.steps[:len(u.steps)-1]
		words := u.words[step.words:]
		switch t := step.t; step.op {
		case undoAdd:
			for n := step.n; n > 0; n-- {
				t.drop(step.atom + n - 1)
			}
		case undoSet:
			t.set(step.atom, words[:t.width], step.dot)
		case undoDrop:
			t.restore(words, step.dot)
		}
		u.words = u.words[:step.words]
	}
}

// restore puts an atom back from the words of noteDrop.
func (t *table) restore(words []value.Word, d dot) {
	row := make([]value.Word, 0, t.slots.Width())
	if t.depth >= 0 {
		row = append(row, value.Word(t.c.place(words, t.depth+1)))
		for _, l := range t.c.shape.Levels[:t.depth+1] {
			words = words[len(l.Cols):]
		}
	}
	n := t.slots.Width() - len(row)
	row = append(row, words[:n]...)
	t.add(row, words[n:n+t.width], d)
}

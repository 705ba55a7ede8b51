package state

import (
	"fmt"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// Escrow lets the rights of the bounded counter under path move: with a way, it
// notes that an actor wants n of these rights; then it gives what others ask
// this replica for. Where there is nothing to do it writes nothing.
func (t *Turn) Escrow(id CellID, path []value.Value, by lattice.Actor, way lattice.Way, n int64) error {
	c, err := t.s.cell(id)
	if err != nil {
		return err
	}
	if c.leaf.kind.Bounded == nil || len(path) != len(c.levels) {
		return fmt.Errorf("the cell %s, a %s, has no bounded counter %d maps deep", id, c.shape.Kind, len(path))
	}
	w := &leafWriter{t: t, c: c, table: c.leaf}
	w.path, _ = c.keyWords(w.pathBuf[:0], path, true)
	if way != lattice.NoWay {
		lattice.Ask(w, w, by, way, n)
	}
	lattice.Settle(w, w)
	return nil
}

// Wanted reports whether the bounded counter under path has rights of an actor that
// somebody wants from its node.
func (s *Store) Wanted(id CellID, path []value.Value, from lattice.Actor) bool {
	c, atoms, err := s.counterAt(id, path)
	return err == nil && lattice.Wanted(c.bounds, atoms, from)
}

// Waits reports whether an actor has asked for rights of the bounded counter under
// path that it still lacks.
func (s *Store) Waits(id CellID, path []value.Value, who lattice.Actor, way lattice.Way) bool {
	c, atoms, err := s.counterAt(id, path)
	return err == nil && lattice.Waits(c.bounds, atoms, who, way)
}

// EachBounded calls f with each leaf of a bounded counter of which a delta has
// something, once for each run of rows.
func (s *Store) EachBounded(d *lattice.Delta, f func(id CellID, path []value.Value)) {
	for i := range d.Pieces {
		p := &d.Pieces[i]
		c := s.cells[p.Cell]
		if p.Level != lattice.LeafLevel || c == nil || c.leaf.kind.Bounded == nil {
			continue
		}
		var last []value.Value
		for row := range p.Len() {
			path := c.pathOf(p, row)
			if row == 0 || value.Compare(value.MakeList(path), value.MakeList(last)) != 0 {
				f(c.id, path)
			}
			last = path
		}
	}
}

// pathOf are the keys of a row of a piece.
func (c *cell) pathOf(p *lattice.Piece, row int) []value.Value {
	var words []value.Word
	n := 0
	for _, l := range c.shape.Levels {
		n += len(l.Cols)
	}
	for i := range p.Cols[:n] {
		words = append(words, p.Cols[i].Word(c.s.in, row))
	}
	path := make([]value.Value, len(c.shape.Levels))
	for i, l := range c.shape.Levels {
		path[i], words = valueOf(c.s.in, l.Key, words)
	}
	return path
}

// Holdings lists who holds rights of the bounded counter under path.
func (s *Store) Holdings(id CellID, path []value.Value) ([]lattice.Holding, error) {
	c, atoms, err := s.counterAt(id, path)
	if err != nil {
		return nil, err
	}
	return lattice.Holdings(c.bounds, atoms), nil
}

// counterAt finds the atoms of a bounded counter.
func (s *Store) counterAt(id CellID, path []value.Value) (*cell, []*lattice.Atom, error) {
	c, err := s.cell(id)
	if err != nil {
		return nil, nil, err
	}
	words, known := c.keyWords(nil, path, false)
	if c.leaf.kind.Bounded == nil || len(path) != len(c.levels) {
		return nil, nil, fmt.Errorf("the cell %s, a %s, has no bounded counter %d maps deep", id, c.shape.Kind, len(path))
	}
	if known || len(path) == 0 {
		if above := c.find(words, len(path)); above >= 0 {
			return c, c.leaf.boundedAtoms(uint32(above)), nil
		}
	}
	return c, nil, nil
}

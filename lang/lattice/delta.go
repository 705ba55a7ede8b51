package lattice

import (
	"fmt"
	"slices"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Delta is a part of the state of one placement group together with the stamps
// that it covers: whoever applies it knows all there is to know under these
// stamps. It is the one thing that is logged, sent and kept in checkpoints.
// Contents are columns; a Delta is not changed once it was made.
type Delta struct {
	Group string
	// Full deltas list everything that is alive under Covers: what a receiver
	// holds there besides was removed. They take the place of removals that the
	// sender no longer has one by one.
	Full bool
	// Mend deltas list everything that is alive under Covers at a sender that
	// knows Covers and Rests, for a receiver that knows the same and holds
	// something else: it takes in what it lacks.
	Mend   bool
	Covers []Range // canonical order; a stamp is never split between deltas
	// Hollow says that something which turns of Covers wrote is not here, because
	// it was superseded or removed by turns of Covers or of Rests. A receiver may
	// count Covers as known only together with Rests: it waits until it has them.
	Hollow bool
	Rests  []Range
	// Floor names the stamps whose removals the sender of a Full delta no longer
	// has; its receiver does not have them either.
	Floor    []Range
	Actors   []Actor // dictionary of everything below, in order
	Fired    []Fired
	Runs     []Fired // runs of requests: see Writer.Run
	Folds    []Fold
	Pieces   []Piece
	Removals []Removal
	Dead     []DeadDot
	Outputs  []Output
}

// Fired says that a firing happened, or a request was run, in a turn.
type Fired struct {
	Firing Firing
	Who    uint32 // in Actors
	Seq    uint64
}

// Piece is the atoms of one form in one cell. Rows are in the order of their
// stamps; the columns stand side by side.
type Piece struct {
	Cell  string
	Level int   // LeafLevel, or the level of the map whose keys are present
	Tag   uint8 // of leaf atoms
	Who   []uint32
	Seq   []uint64
	Index []uint32 // place of the atom among the writes of its turn
	Owner []Owner  // of AtomShape.Owned forms, and of accounts of folded runs
	Cols  []Column // path, key, payload, flattened
}

// LeafLevel is Piece.Level of atoms of the leaf.
const LeafLevel = -1

// Removal says that the turns By removed the dots From to To, both included, of
// turns of the actor Of. It may name dots that never were or that others
// removed before, never one that is alive.
type Removal struct {
	By       Range
	Of       Actor
	From, To DotPos
}

// DotPos is the place of a write among all writes of an actor.
type DotPos struct {
	Seq   uint64
	Index uint32
}

// DeadDot says that a turn removed a write of a firing.
type DeadDot struct {
	Firing Firing
	Index  uint32
	Who    uint32
	Seq    uint64
}

// Output is a value that was emitted; ID makes it one however often it is.
type Output struct {
	Name  string
	ID    [32]byte
	Value value.Value
	Who   uint32
	Seq   uint64
}

// Len is the number of rows.
func (p *Piece) Len() int { return len(p.Seq) }

// Len is the number of atoms, firings, removals and outputs in d.
func (d *Delta) Len() int {
	n := len(d.Fired) + len(d.Runs) + len(d.Folds) + len(d.Removals) + len(d.Dead) + len(d.Outputs)
	for i := range d.Pieces {
		n += d.Pieces[i].Len()
	}
	return n
}

// Reset makes d the empty delta of a group. The memory of what it held is used
// again.
func (d *Delta) Reset(group string) {
	clear(d.Outputs)
	clear(d.Folds)
	if d.Group != group {
		d.Group = group
	}
	d.Full, d.Mend, d.Hollow = false, false, false // one by one: a whole Delta is much to copy for a turn
	d.Covers, d.Rests, d.Floor = d.Covers[:0], d.Rests[:0], d.Floor[:0]
	d.Actors, d.Fired, d.Runs, d.Folds = d.Actors[:0], d.Fired[:0], d.Runs[:0], d.Folds[:0]
	d.Pieces, d.Removals, d.Dead, d.Outputs = d.Pieces[:0], d.Removals[:0], d.Dead[:0], d.Outputs[:0]
}

// AddPiece adds an empty piece of the form of another one and returns it. The
// memory of an earlier piece at its place is used again.
func (d *Delta) AddPiece(form *Piece) *Piece {
	n := len(d.Pieces)
	if n == cap(d.Pieces) {
		d.Pieces = append(d.Pieces, Piece{})
	} else {
		d.Pieces = d.Pieces[:n+1]
	}
	p := &d.Pieces[n]
	if p.isOf(form) { // what one turn after the other writes
		p.empty()
		return p
	}
	cols := p.Cols[:cap(p.Cols)]
	*p = Piece{Cell: form.Cell, Level: form.Level, Tag: form.Tag, Who: p.Who[:0], Seq: p.Seq[:0], Index: p.Index[:0], Owner: p.Owner[:0]}
	if len(cols) < len(form.Cols) {
		cols = make([]Column, len(form.Cols))
	}
	p.Cols = cols[:len(form.Cols)]
	for i := range p.Cols {
		c := p.Cols[i]
		p.Cols[i] = form.Cols[i]
		p.Cols[i].Words, p.Cols[i].Texts, p.Cols[i].Vals = c.Words[:0], c.Texts[:0], c.Vals[:0]
	}
	return p
}

// isOf reports whether a piece has a form.
func (p *Piece) isOf(form *Piece) bool {
	if p.Cell != form.Cell || p.Level != form.Level || p.Tag != form.Tag || len(p.Cols) != len(form.Cols) {
		return false
	}
	for i := range p.Cols {
		c, f := &p.Cols[i], &form.Cols[i]
		if c.Type != f.Type || c.form != f.form || c.kind != f.kind {
			return false
		}
	}
	return true
}

// empty takes all rows out.
func (p *Piece) empty() {
	p.Who, p.Seq, p.Index, p.Owner = p.Who[:0], p.Seq[:0], p.Index[:0], p.Owner[:0]
	for i := range p.Cols {
		c := &p.Cols[i]
		c.Words, c.Texts, c.Vals = c.Words[:0], c.Texts[:0], c.Vals[:0]
	}
}

// Grow makes room for n more rows, but for texts and composite values.
func (p *Piece) Grow(n int) {
	p.Who, p.Seq, p.Index = slices.Grow(p.Who, n), slices.Grow(p.Seq, n), slices.Grow(p.Index, n)
	for i := range p.Cols {
		if c := &p.Cols[i]; c.form == rawForm {
			c.Words = slices.Grow(c.Words, n)
		}
	}
}

// Cols are the columns of the parts of a level and tag.
func (s *Shape) Cols(level int, tag uint8) []*types.Type {
	var cols []*types.Type
	depth := len(s.Levels)
	if level != LeafLevel {
		depth = level + 1
	}
	for _, l := range s.Levels[:depth] {
		cols = append(cols, l.Cols...)
	}
	if level == LeafLevel {
		cols = append(append(cols, s.Atoms[tag].KeyCols...), s.Atoms[tag].ValCols...)
	}
	return cols
}

// NewPiece returns an empty piece with typed columns.
func (s *Shape) NewPiece(cell string, level int, tag uint8) Piece {
	p := Piece{Cell: cell, Level: level, Tag: tag}
	for _, t := range s.Cols(level, tag) {
		p.Cols = append(p.Cols, NewColumn(t))
	}
	return p
}

// Column is a column of values of one data type: words of raw types, strings of
// text types, values of all others.
type Column struct {
	Type  *types.Type
	Words []uint64
	Texts []string
	Vals  []value.Value
	form  columnForm
	kind  value.Kind
}

type columnForm uint8

const (
	rawForm columnForm = iota
	textForm
	valueForm
)

// NewColumn returns an empty column.
func NewColumn(t *types.Type) Column {
	t = t.Resolve()
	if k, raw := t.RawKind(); raw {
		return Column{Type: t, kind: k}
	}
	switch t.Con {
	case "String":
		return Column{Type: t, form: textForm, kind: value.String}
	case "Node":
		return Column{Type: t, form: textForm, kind: value.Node}
	}
	return Column{Type: t, form: valueForm}
}

// Append adds a value at the end.
func (c *Column) Append(v value.Value) {
	switch c.form {
	case rawForm:
		c.Words = append(c.Words, value.RawWord(v))
	case textForm:
		c.Texts = append(c.Texts, v.Str())
	default:
		c.Vals = append(c.Vals, v)
	}
}

// AppendWord adds the value of a word of in.
func (c *Column) AppendWord(in *value.Interner, w value.Word) {
	if c.form == rawForm {
		c.Words = append(c.Words, w)
		return
	}
	if c.form == textForm {
		_, text, _ := in.Text(w)
		c.Texts = append(c.Texts, text)
		return
	}
	c.Append(in.Value(w, value.Invalid))
}

// At returns the i-th value.
func (c *Column) At(i int) value.Value {
	switch {
	case c.form == rawForm:
		return value.FromRaw(c.kind, c.Words[i])
	case c.form == valueForm:
		return c.Vals[i]
	case c.kind == value.Node:
		return value.MakeNode(c.Texts[i])
	}
	return value.MakeString(c.Texts[i])
}

// Word interns the i-th value.
func (c *Column) Word(in *value.Interner, i int) value.Word {
	if c.form == rawForm {
		return c.Words[i]
	}
	return in.Word(c.At(i))
}

// Shapes tells what the cells and outputs of a deployment are.
type Shapes interface {
	// Shape is the shape of a cell, nil if it is not known.
	Shape(cell string) *Shape
	// OutputType is the type of an output, nil if it is not known.
	OutputType(name string) *types.Type
}

// UnknownError is about a delta that speaks of a cell or output which is not
// declared here, or is declared as something else; nothing of it was applied.
type UnknownError struct {
	What string // "cell" or "output"
	Name string
}

// Error says what is unknown and what to do.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("the delta speaks of the %s %q, which is not declared here; apply it again after the program that declares it was deployed", e.What, e.Name)
}

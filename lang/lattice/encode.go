package lattice

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sort"
	"sync"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/value"
)

// deltaVersion is the version of the form below, sparseVersion that in which the
// stamps of rows may be sparse, runsVersion that which speaks of runs of requests, and
// DeltaVersion the latest, which speaks of folded ones. A reader refuses later ones
// than it knows, so whoever sends sparse rows must know that they are read; what speaks
// of runs has no other form.
const (
	deltaVersion  = 1
	sparseVersion = 2
	runsVersion   = 3
	DeltaVersion  = 4
)

// deltaForm is a Delta in CBOR: a map with small keys, whose long columns are
// packed into byte strings.
type deltaForm struct {
	Version  uint       `cbor:"0,keyasint"`
	Group    string     `cbor:"1,keyasint,omitempty"`
	Full     bool       `cbor:"2,keyasint,omitempty"`
	Actors   []Actor    `cbor:"3,keyasint,omitempty"`
	Covers   []byte     `cbor:"4,keyasint,omitempty"` // ranges
	Floor    []byte     `cbor:"5,keyasint,omitempty"` // ranges
	Fired    []byte     `cbor:"6,keyasint,omitempty"`
	Parts    []partForm `cbor:"7,keyasint,omitempty"`
	Removals []byte     `cbor:"8,keyasint,omitempty"`
	Dead     []byte     `cbor:"9,keyasint,omitempty"`
	Outputs  []outForm  `cbor:"10,keyasint,omitempty"`
	Rests    []byte     `cbor:"11,keyasint,omitempty"` // ranges
	Hollow   bool       `cbor:"12,keyasint,omitempty"`
	Mend     bool       `cbor:"13,keyasint,omitempty"`
	Runs     []byte     `cbor:"14,keyasint,omitempty"` // like Fired
	Folds    []byte     `cbor:"15,keyasint,omitempty"` // writer, sequence, and two counted lists of ranges, of each
}

type partForm struct {
	Cell  string `cbor:"0,keyasint"`
	Level int    `cbor:"1,keyasint,omitempty"` // 0 the leaf, else one more than the level
	Tag   uint8  `cbor:"2,keyasint,omitempty"`
	Rows  int    `cbor:"3,keyasint"`
	Runs  []byte `cbor:"4,keyasint"`
	Owner []byte `cbor:"5,keyasint,omitempty"`
	Cols  []byte `cbor:"6,keyasint,omitempty"`
}

type outForm struct {
	Name   string `cbor:"0,keyasint"`
	Rows   int    `cbor:"1,keyasint"`
	IDs    []byte `cbor:"2,keyasint"` // id, writer and sequence of each
	Values []byte `cbor:"3,keyasint"`
}

// EncodeDelta returns the canonical encoding of d: the same delta gives the
// same bytes. These are the bytes of codec.Marshal of its form, written by hand
// because every turn of every replica is encoded.
func EncodeDelta(d *Delta) ([]byte, error) { return EncodeDeltaFor(d, deltaVersion) }

// EncodeDeltaFor is EncodeDelta for a reader of versions up to the given one:
// where much was removed in between, what is left is shorter.
func EncodeDeltaFor(d *Delta, version uint64) ([]byte, error) {
	e := encoders.Get().(*deltaEncoder)
	defer e.release()
	e.d, e.mayThin, e.thin, e.ran, e.folded = d, version >= sparseVersion, false, len(d.Runs) > 0, len(d.Folds) > 0
	e.actors()
	e.delta()
	switch {
	case e.folded:
		e.out[versionAt] = DeltaVersion
	case e.ran:
		e.out[versionAt] = runsVersion
	case e.thin:
		e.out[versionAt] = sparseVersion
	}
	return bytes.Clone(e.out), nil
}

// versionAt is where the version stands: behind the head of the map and its key.
const versionAt = 2

// deltaEncoder numbers actors in the order of Actor.Compare, whatever the order
// of the delta's own dictionary.
type deltaEncoder struct {
	d     *Delta
	list  []Actor
	of    map[Actor]uint64 // numbers of actors; nil while they are few
	num   []uint64         // by number in d.Actors
	out   []byte
	parts [3]codec.Packer // memory for what travels as bytes
	// mayThin allows sparse runs, thin says that there are some.
	mayThin, thin bool
	ran           bool // it speaks of runs of requests
	folded        bool // .. of folded ones
}

// fewActors is up to how many actors they are found by looking at all.
const fewActors = 8

// encoders keep their memory from one delta to the next.
var encoders = sync.Pool{New: func() any { return new(deltaEncoder) }}

// maxKept is up to how many bytes an encoder keeps.
const maxKept = 64 << 10

func (e *deltaEncoder) release() {
	if cap(e.out) > maxKept || len(e.of) > 0 {
		return
	}
	for _, p := range e.parts {
		if cap(p.Bytes) > maxKept {
			return
		}
	}
	clear(e.list)
	e.d, e.list, e.num, e.out = nil, e.list[:0], e.num[:0], e.out[:0]
	encoders.Put(e)
}

// delta writes the form of the delta.
func (e *deltaEncoder) delta() {
	d := e.d
	outs := e.outputs()
	n := 1
	for _, there := range []bool{d.Group != "", d.Full, len(e.list) > 0, len(d.Covers) > 0, len(d.Floor) > 0, len(d.Fired) > 0, len(d.Pieces) > 0,
		len(d.Removals) > 0, len(d.Dead) > 0, len(outs) > 0, len(d.Rests) > 0, d.Hollow, d.Mend, len(d.Runs) > 0, len(d.Folds) > 0} {
		if there {
			n++
		}
	}
	e.out = codec.AppendMap(e.out, n)
	e.out = codec.AppendUint(codec.AppendUint(e.out, 0), deltaVersion)
	if d.Group != "" {
		e.out = codec.AppendText(codec.AppendUint(e.out, 1), d.Group)
	}
	e.flag(2, d.Full)
	e.actorList()
	e.packed(4, len(d.Covers), func(p *codec.Packer) { e.ranges(p, d.Covers) })
	e.packed(5, len(d.Floor), func(p *codec.Packer) { e.ranges(p, d.Floor) })
	e.packed(6, len(d.Fired), func(p *codec.Packer) { e.fired(p, d.Fired) })
	if len(d.Pieces) > 0 {
		e.out = codec.AppendArray(codec.AppendUint(e.out, 7), len(d.Pieces))
		for i := range d.Pieces {
			e.part(&d.Pieces[i])
		}
	}
	e.packed(8, len(d.Removals), e.removals)
	e.packed(9, len(d.Dead), e.dead)
	if len(outs) > 0 {
		e.out = codec.AppendArray(codec.AppendUint(e.out, 10), len(outs))
		for _, o := range outs {
			e.output(o)
		}
	}
	e.packed(11, len(d.Rests), func(p *codec.Packer) { e.ranges(p, d.Rests) })
	e.flag(12, d.Hollow)
	e.flag(13, d.Mend)
	e.packed(14, len(d.Runs), func(p *codec.Packer) { e.fired(p, d.Runs) })
	e.packed(15, len(d.Folds), e.folds)
}

func (e *deltaEncoder) flag(key uint64, set bool) {
	if set {
		e.out = codec.AppendBool(codec.AppendUint(e.out, key), true)
	}
}

// packed writes n things as bytes under a key, where there are some.
func (e *deltaEncoder) packed(key uint64, n int, pack func(*codec.Packer)) {
	if n == 0 {
		return
	}
	p := e.packer(0)
	pack(p)
	e.out = codec.AppendBytes(codec.AppendUint(e.out, key), p.Bytes)
}

// packer is an empty packer, the i-th of those in use.
func (e *deltaEncoder) packer(i int) *codec.Packer {
	p := &e.parts[i]
	p.Bytes = p.Bytes[:0]
	return p
}

func (e *deltaEncoder) actorList() {
	if len(e.list) == 0 {
		return
	}
	e.out = codec.AppendArray(codec.AppendUint(e.out, 3), len(e.list))
	for _, a := range e.list {
		e.out = codec.AppendMap(e.out, 2)
		e.out = codec.AppendText(codec.AppendUint(e.out, 1), a.Node)
		e.out = codec.AppendUint(codec.AppendUint(e.out, 2), a.Inc)
	}
}

// actors collects the dictionary: every actor that is named anywhere.
func (e *deltaEncoder) actors() {
	e.of = nil
	for _, a := range e.d.Actors {
		e.name(a)
	}
	for _, rs := range [][]Range{e.d.Covers, e.d.Rests, e.d.Floor} {
		for _, r := range rs {
			e.name(r.Actor)
		}
	}
	for i := range e.d.Folds {
		for _, r := range e.d.Folds[i].Of {
			e.name(r.Actor)
		}
		for _, r := range e.d.Folds[i].After {
			e.name(r.Actor)
		}
	}
	for _, r := range e.d.Removals {
		e.name(r.By.Actor)
		e.name(r.Of)
	}
	for i := range e.d.Pieces {
		for j := range e.d.Pieces[i].Owner {
			if o := &e.d.Pieces[i].Owner[j]; o.Actor != (Actor{}) {
				e.name(o.Actor)
			}
		}
	}
	slices.SortFunc(e.list, Actor.Compare)
	if e.of != nil {
		for i, a := range e.list {
			e.of[a] = uint64(i)
		}
	}
	for _, a := range e.d.Actors {
		e.num = append(e.num, e.number(a))
	}
}

// name takes an actor into the dictionary.
func (e *deltaEncoder) name(a Actor) {
	if e.of != nil {
		if _, known := e.of[a]; known {
			return
		}
		e.of[a] = 0
	} else if slices.Contains(e.list, a) {
		return
	}
	e.list = append(e.list, a)
	if e.of == nil && len(e.list) > fewActors {
		e.of = map[Actor]uint64{}
		for _, a := range e.list {
			e.of[a] = 0
		}
	}
}

// number is the number of an actor in the dictionary.
func (e *deltaEncoder) number(a Actor) uint64 {
	if e.of != nil {
		return e.of[a]
	}
	return uint64(slices.Index(e.list, a))
}

func (e *deltaEncoder) ranges(p *codec.Packer, rs []Range) {
	for _, r := range rs {
		p.Uint(e.number(r.Actor))
		p.Uint(r.Lo)
		p.Uint(r.Hi - r.Lo)
	}
}

func (e *deltaEncoder) fired(p *codec.Packer, list []Fired) {
	for _, f := range list {
		packFiring(p, f.Firing)
		p.Uint(e.num[f.Who])
		p.Uint(f.Seq)
	}
}

func (e *deltaEncoder) folds(p *codec.Packer) {
	for i := range e.d.Folds {
		f := &e.d.Folds[i]
		p.Uint(e.num[f.Who])
		p.Uint(f.Seq)
		for _, rs := range [][]Range{f.Of, f.After} {
			p.Uint(uint64(len(rs)))
			e.ranges(p, rs)
		}
	}
}

func packFiring(p *codec.Packer, f Firing) {
	p.Raw(f.Handler[:])
	p.Raw(f.Key[:])
}

func (e *deltaEncoder) removals(p *codec.Packer) {
	for _, r := range e.d.Removals {
		p.Uint(e.number(r.By.Actor))
		p.Uint(r.By.Lo)
		p.Uint(r.By.Hi - r.By.Lo)
		p.Uint(e.number(r.Of))
		p.Uint(r.From.Seq)
		p.Uint(uint64(r.From.Index))
		p.Uint(r.To.Seq - r.From.Seq)
		p.Uint(uint64(r.To.Index))
	}
}

func (e *deltaEncoder) dead(p *codec.Packer) {
	for _, r := range e.d.Dead {
		packFiring(p, r.Firing)
		p.Uint(uint64(r.Index))
		p.Uint(e.num[r.Who])
		p.Uint(r.Seq)
	}
}

// outputs groups by name; within one the order is kept.
func (e *deltaEncoder) outputs() [][]Output {
	if len(e.d.Outputs) == 0 {
		return nil
	}
	outs := slices.Clone(e.d.Outputs)
	sort.SliceStable(outs, func(i, j int) bool { return outs[i].Name < outs[j].Name })
	var groups [][]Output
	for len(outs) > 0 {
		n := 1
		for n < len(outs) && outs[n].Name == outs[0].Name {
			n++
		}
		groups, outs = append(groups, outs[:n]), outs[n:]
	}
	return groups
}

// output writes the outForm of outputs of one name.
func (e *deltaEncoder) output(outs []Output) {
	ids, vals := e.packer(0), e.packer(1)
	for i := range outs {
		o := &outs[i]
		ids.Raw(o.ID[:])
		ids.Uint(e.num[o.Who])
		ids.Uint(o.Seq)
		vals.Bytes = codec.EncodeValue(vals.Bytes, o.Value)
	}
	e.out = codec.AppendMap(e.out, 4)
	e.out = codec.AppendText(codec.AppendUint(e.out, 0), outs[0].Name)
	e.out = codec.AppendUint(codec.AppendUint(e.out, 1), uint64(len(outs)))
	e.out = codec.AppendBytes(codec.AppendUint(e.out, 2), ids.Bytes)
	e.out = codec.AppendBytes(codec.AppendUint(e.out, 3), vals.Bytes)
}

// part writes the partForm of a piece.
func (e *deltaEncoder) part(p *Piece) {
	runs, owners, cols := e.packer(0), e.packer(1), e.packer(2)
	e.runs(runs, p)
	for i := range p.Owner {
		o := &p.Owner[i]
		switch {
		case o.Firing.IsZero():
			owners.Uint(e.number(o.Actor) + 1)
			continue
		case o.Actor == (Actor{}):
			owners.Uint(0)
		default: // a run: behind the actors
			owners.Uint(uint64(len(e.list)) + e.number(o.Actor) + 1)
			e.ran = true
			e.folded = e.folded || o.Firing.IsFolded()
		}
		packFiring(owners, o.Firing)
	}
	for i := range p.Cols {
		packColumn(cols, &p.Cols[i], p.Len())
	}
	n := 3
	for _, there := range []bool{p.Level != LeafLevel, p.Tag != 0, len(owners.Bytes) > 0, len(cols.Bytes) > 0} {
		if there {
			n++
		}
	}
	e.out = codec.AppendMap(e.out, n)
	e.out = codec.AppendText(codec.AppendUint(e.out, 0), p.Cell)
	if p.Level != LeafLevel {
		e.out = codec.AppendUint(codec.AppendUint(e.out, 1), uint64(p.Level+1))
	}
	if p.Tag != 0 {
		e.out = codec.AppendUint(codec.AppendUint(e.out, 2), uint64(p.Tag))
	}
	e.out = codec.AppendUint(codec.AppendUint(e.out, 3), uint64(p.Len()))
	e.out = codec.AppendUint(e.out, 4)
	if p.Len() == 0 {
		e.out = codec.AppendBytes(e.out, nil)
	} else {
		e.out = codec.AppendBytes(e.out, runs.Bytes)
	}
	if len(owners.Bytes) > 0 {
		e.out = codec.AppendBytes(codec.AppendUint(e.out, 5), owners.Bytes)
	}
	if len(cols.Bytes) > 0 {
		e.out = codec.AppendBytes(codec.AppendUint(e.out, 6), cols.Bytes)
	}
}

// packColumn is Packer.Column with the forms of Column at hand.
func packColumn(p *codec.Packer, c *Column, n int) {
	switch {
	case c.form == textForm:
		for _, s := range c.Texts {
			p.Uint(uint64(len(s)))
			p.Bytes = append(p.Bytes, s...)
		}
	case c.form == rawForm && c.kind != value.Float:
		prev := uint64(0)
		for _, w := range c.Words {
			p.Bytes = binary.AppendVarint(p.Bytes, int64(w-prev))
			prev = w
		}
	default:
		p.Column(c.Type, n, c.At)
	}
}

// runs writes the stamps of the rows: a run is a writer, the sequence as a
// difference, the index, a step and a length. Along a run either the index
// (step 0) or the sequence (step 1) goes up by one.
func (e *deltaEncoder) runs(out *codec.Packer, p *Piece) {
	prev := uint64(0)
	for i := 0; i < p.Len(); {
		step, n := runOf(p, i)
		if sparse := e.sparse(p, i); sparse > n {
			e.thin = true
			e.sparseRun(out, p, i, sparse, prev)
			i += sparse
			prev = p.Seq[i-1]
			continue
		}
		out.Uint(e.num[p.Who[i]])
		out.Int(int64(p.Seq[i] - prev))
		out.Uint(uint64(p.Index[i]))
		out.Uint(uint64(n)<<1 | uint64(step))
		prev = p.Seq[i+n-1]
		i += n
	}
}

// runOf is the run that begins at row i.
func runOf(p *Piece, i int) (step, n int) {
	n = 1
	if follows(p, i, 1) {
		step = 1
	}
	for follows(p, i+n-1, step) {
		n++
	}
	return step, n
}

const (
	// sparseMark stands in place of the step and length of a run, which is never
	// empty.
	sparseMark = 1
	// aRun is what a run takes at least, in bytes.
	aRun = 4
	// nearTurns is up to how many turns a run with the gap before it may span to
	// be written in bits, which then take less than it does.
	nearTurns = 8 * (aRun - 1)
)

// sparse is how many rows from the i-th on lie so near each other, but in turns
// that do not follow each other, that a bit for each turn takes fewest bytes.
func (e *deltaEncoder) sparse(p *Piece, i int) (rows int) {
	if !e.mayThin {
		return 0
	}
	runs := 0
	for at := i; at < p.Len(); {
		step, n := runOf(p, at)
		if n > 1 && step == 0 || n > nearTurns {
			break
		}
		if at > i && (p.Who[at] != p.Who[i] || p.Index[at] != p.Index[i] || p.Seq[at] <= p.Seq[at-1] || p.Seq[at+n-1]-p.Seq[at-1] > nearTurns) {
			break
		}
		runs++
		at += n
		rows = at - i
	}
	if rows == 0 || uint64(aRun*runs) <= 8+(p.Seq[i+rows-1]-p.Seq[i])/8 {
		return 0
	}
	return rows
}

// sparseRun writes rows as a bit for each turn from the first to the last.
func (e *deltaEncoder) sparseRun(out *codec.Packer, p *Piece, i, rows int, prev uint64) {
	first := p.Seq[i]
	span := p.Seq[i+rows-1] - first + 1
	out.Uint(e.num[p.Who[i]])
	out.Int(int64(first - prev))
	out.Uint(uint64(p.Index[i]))
	out.Uint(sparseMark)
	out.Uint(span)
	at := len(out.Bytes)
	out.Bytes = append(out.Bytes, make([]byte, (span+7)/8)...)
	for _, seq := range p.Seq[i : i+rows] {
		out.Bytes[at+int((seq-first)/8)] |= 1 << ((seq - first) % 8)
	}
}

// follows reports whether row i+1 goes on from row i in the given step.
func follows(p *Piece, i, step int) bool {
	if i+1 >= p.Len() || p.Who[i] != p.Who[i+1] {
		return false
	}
	if step == 1 {
		return p.Seq[i+1] == p.Seq[i]+1 && p.Index[i+1] == p.Index[i]
	}
	return p.Seq[i+1] == p.Seq[i] && p.Index[i+1] == p.Index[i]+1
}

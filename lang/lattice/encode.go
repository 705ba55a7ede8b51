package lattice

import (
	"encoding/binary"
	"slices"
	"sort"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/value"
)

// deltaVersion is the version of the form below. A reader refuses others.
const deltaVersion = 1

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
// same bytes.
func EncodeDelta(d *Delta) ([]byte, error) {
	e := &deltaEncoder{d: d}
	f := deltaForm{
		Version: deltaVersion, Group: d.Group, Full: d.Full, Mend: d.Mend, Hollow: d.Hollow, Actors: e.actors(),
		Covers: e.ranges(d.Covers), Rests: e.ranges(d.Rests), Floor: e.ranges(d.Floor),
		Fired: e.fired(), Removals: e.removals(), Dead: e.dead(), Outputs: e.outputs(),
	}
	for i := range d.Pieces {
		f.Parts = append(f.Parts, e.part(&d.Pieces[i]))
	}
	return codec.Marshal(f)
}

// deltaEncoder numbers actors in the order of Actor.Compare, whatever the order
// of the delta's own dictionary.
type deltaEncoder struct {
	d    *Delta
	list []Actor
	of   map[Actor]uint64
	num  []uint64 // by number in d.Actors
}

// actors collects the dictionary: every actor that is named anywhere.
func (e *deltaEncoder) actors() []Actor {
	e.of = map[Actor]uint64{}
	for _, a := range e.d.Actors {
		e.of[a] = 0
	}
	for _, rs := range [][]Range{e.d.Covers, e.d.Rests, e.d.Floor} {
		for _, r := range rs {
			e.of[r.Actor] = 0
		}
	}
	for _, r := range e.d.Removals {
		e.of[r.By.Actor], e.of[r.Of] = 0, 0
	}
	for i := range e.d.Pieces {
		for _, o := range e.d.Pieces[i].Owner {
			if o.Firing.IsZero() {
				e.of[o.Actor] = 0
			}
		}
	}
	for a := range e.of {
		e.list = append(e.list, a)
	}
	slices.SortFunc(e.list, Actor.Compare)
	for i, a := range e.list {
		e.of[a] = uint64(i)
	}
	for _, a := range e.d.Actors {
		e.num = append(e.num, e.of[a])
	}
	return e.list
}

func (e *deltaEncoder) ranges(rs []Range) []byte {
	var p codec.Packer
	for _, r := range rs {
		p.Uint(e.of[r.Actor])
		p.Uint(r.Lo)
		p.Uint(r.Hi - r.Lo)
	}
	return p.Bytes
}

func (e *deltaEncoder) fired() []byte {
	var p codec.Packer
	for _, f := range e.d.Fired {
		packFiring(&p, f.Firing)
		p.Uint(e.num[f.Who])
		p.Uint(f.Seq)
	}
	return p.Bytes
}

func packFiring(p *codec.Packer, f Firing) {
	p.Raw(f.Handler[:])
	p.Raw(f.Key[:])
}

func (e *deltaEncoder) removals() []byte {
	var p codec.Packer
	for _, r := range e.d.Removals {
		p.Uint(e.of[r.By.Actor])
		p.Uint(r.By.Lo)
		p.Uint(r.By.Hi - r.By.Lo)
		p.Uint(e.of[r.Of])
		p.Uint(r.From.Seq)
		p.Uint(uint64(r.From.Index))
		p.Uint(r.To.Seq - r.From.Seq)
		p.Uint(uint64(r.To.Index))
	}
	return p.Bytes
}

func (e *deltaEncoder) dead() []byte {
	var p codec.Packer
	for _, r := range e.d.Dead {
		packFiring(&p, r.Firing)
		p.Uint(uint64(r.Index))
		p.Uint(e.num[r.Who])
		p.Uint(r.Seq)
	}
	return p.Bytes
}

// outputs groups by name; within one the order is kept.
func (e *deltaEncoder) outputs() []outForm {
	outs := slices.Clone(e.d.Outputs)
	sort.SliceStable(outs, func(i, j int) bool { return outs[i].Name < outs[j].Name })
	var forms []outForm
	for from := 0; from < len(outs); {
		to := from
		var ids, vals codec.Packer
		for ; to < len(outs) && outs[to].Name == outs[from].Name; to++ {
			ids.Raw(outs[to].ID[:])
			ids.Uint(e.num[outs[to].Who])
			ids.Uint(outs[to].Seq)
			vals.Bytes = codec.EncodeValue(vals.Bytes, outs[to].Value)
		}
		forms = append(forms, outForm{Name: outs[from].Name, Rows: to - from, IDs: ids.Bytes, Values: vals.Bytes})
		from = to
	}
	return forms
}

func (e *deltaEncoder) part(p *Piece) partForm {
	f := partForm{Cell: p.Cell, Level: p.Level + 1, Tag: p.Tag, Rows: p.Len(), Runs: e.runs(p)}
	var owners, cols codec.Packer
	for _, o := range p.Owner {
		if o.Firing.IsZero() {
			owners.Uint(e.of[o.Actor] + 1)
			continue
		}
		owners.Uint(0)
		packFiring(&owners, o.Firing)
	}
	for i := range p.Cols {
		c := &p.Cols[i]
		packColumn(&cols, c, p.Len())
	}
	f.Owner, f.Cols = owners.Bytes, cols.Bytes
	return f
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
func (e *deltaEncoder) runs(p *Piece) []byte {
	var out codec.Packer
	prev := uint64(0)
	for i := 0; i < p.Len(); {
		step, n := 0, 1
		if follows(p, i, 1) {
			step = 1
		}
		for follows(p, i+n-1, step) {
			n++
		}
		out.Uint(e.num[p.Who[i]])
		out.Int(int64(p.Seq[i] - prev))
		out.Uint(uint64(p.Index[i]))
		out.Uint(uint64(n)<<1 | uint64(step))
		prev = p.Seq[i+n-1]
		i += n
	}
	return out.Bytes
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

package lattice

import (
	"errors"
	"fmt"
	"math"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/value"
)

// maxSeq bounds sequence numbers and indexes of stamps, so that sums of them do
// not overflow.
const maxSeq = 1 << 60

// DecodeDelta reads what EncodeDelta wrote, under limits, into memory in
// proportion to the input. Cells and outputs that shapes does not know are an
// *UnknownError; everything else that is wrong is an error that names the part.
func DecodeDelta(b []byte, shapes Shapes, l codec.Limits) (*Delta, error) {
	var f deltaForm
	if err := codec.Unmarshal(b, l, &f); err != nil {
		return nil, fmt.Errorf("delta: %w", err)
	}
	if f.Version < deltaVersion || f.Version > DeltaVersion {
		return nil, fmt.Errorf("delta: version %d is not known here, only %d to %d", f.Version, deltaVersion, DeltaVersion)
	}
	if f.Full && f.Mend {
		return nil, errors.New("delta: it cannot be a whole state and a repair at once")
	}
	r := &deltaDecoder{l: l, thin: f.Version >= sparseVersion, ran: f.Version >= runsVersion, folded: f.Version >= DeltaVersion, d: &Delta{Group: f.Group, Full: f.Full, Mend: f.Mend, Hollow: f.Hollow, Actors: f.Actors}}
	r.do("covers", func() error { return r.ranges(f.Covers, &r.d.Covers) })
	r.do("rests", func() error { return r.ranges(f.Rests, &r.d.Rests) })
	r.do("floor", func() error { return r.ranges(f.Floor, &r.d.Floor) })
	r.covers = VectorOf(r.d.Covers...)
	if f.Mend && !VectorOf(r.d.Rests...).CoversAll(r.covers) {
		return nil, errors.New("delta: a repair rests on all that it covers")
	}
	r.do("fired", func() error { return r.fired(f.Fired, &r.d.Fired) })
	if r.ran {
		r.do("runs", func() error { return r.fired(f.Runs, &r.d.Runs) })
	}
	if r.folded {
		r.do("folds", func() error { return r.folds(f.Folds) })
	}
	r.do("removals", func() error { return r.removals(f.Removals) })
	r.do("dead", func() error { return r.dead(f.Dead) })
	for i := range f.Outputs {
		r.do("output "+f.Outputs[i].Name, func() error { return r.output(&f.Outputs[i], shapes) })
	}
	for i := range f.Parts {
		r.do("cell "+f.Parts[i].Cell, func() error { return r.part(&f.Parts[i], shapes) })
	}
	if r.err != nil {
		return nil, r.err
	}
	return r.d, nil
}

type deltaDecoder struct {
	d      *Delta
	l      codec.Limits
	covers *Vector
	thin   bool // rows may be sparse
	ran    bool // there may be runs of requests
	folded bool // .. and folded ones
	rows   int
	err    error
}

// do runs one step unless an earlier one failed.
func (r *deltaDecoder) do(what string, step func() error) {
	if r.err != nil {
		return
	}
	if err := step(); err != nil {
		r.err = fmt.Errorf("delta: %s: %w", what, err)
	}
}

func (r *deltaDecoder) actor(u *codec.Unpacker) uint32 {
	if len(r.d.Actors) == 0 {
		u.Fail(errors.New("an actor is named but none is listed"))
		return 0
	}
	return uint32(u.Uint(uint64(len(r.d.Actors) - 1)))
}

// stamp reads a writer and a sequence number that the delta must cover.
func (r *deltaDecoder) stamp(u *codec.Unpacker) (who uint32, seq uint64) {
	who, seq = r.actor(u), u.Uint(maxSeq)
	if u.Err == nil && !r.covers.Covers(r.d.Actors[who], seq) {
		u.Fail(errors.New("a stamp is not among those that the delta covers"))
	}
	return who, seq
}

func (r *deltaDecoder) rangeOf(u *codec.Unpacker) Range {
	a := r.actor(u)
	lo := u.Uint(maxSeq)
	hi := lo + u.Uint(maxSeq)
	if u.Err != nil {
		return Range{}
	}
	if lo == 0 {
		u.Fail(errors.New("sequence numbers start at 1"))
	}
	return Range{r.d.Actors[a], lo, hi}
}

func (r *deltaDecoder) ranges(b []byte, to *[]Range) error {
	u := codec.NewUnpacker(b, r.l)
	for u.Err == nil && u.Left() > 0 {
		*to = append(*to, r.rangeOf(u))
	}
	return u.End()
}

func readFiring(u *codec.Unpacker) (f Firing) {
	copy(f.Handler[:], u.Raw(len(f.Handler)))
	copy(f.Key[:], u.Raw(len(f.Key)))
	if u.Err == nil && f.IsZero() {
		u.Fail(errors.New("a firing without identity"))
	}
	return f
}

func (r *deltaDecoder) fired(b []byte, to *[]Fired) error {
	u := codec.NewUnpacker(b, r.l)
	for u.Err == nil && u.Left() > 0 {
		f := Fired{Firing: readFiring(u)}
		f.Who, f.Seq = r.stamp(u)
		*to = append(*to, f)
	}
	return u.End()
}

func (r *deltaDecoder) folds(b []byte) error {
	u := codec.NewUnpacker(b, r.l)
	for u.Err == nil && u.Left() > 0 {
		f := Fold{}
		f.Who, f.Seq = r.stamp(u)
		for _, to := range []*[]Range{&f.Of, &f.After} {
			for n := u.Count(); n > 0 && u.Err == nil; n-- {
				*to = append(*to, r.rangeOf(u))
			}
		}
		r.d.Folds = append(r.d.Folds, f)
	}
	return u.End()
}

func (r *deltaDecoder) removals(b []byte) error {
	u := codec.NewUnpacker(b, r.l)
	for u.Err == nil && u.Left() > 0 {
		m := Removal{By: r.rangeOf(u)}
		if of := r.actor(u); u.Err == nil {
			m.Of = r.d.Actors[of]
		}
		m.From = DotPos{u.Uint(maxSeq), uint32(u.Uint(math.MaxUint32))}
		m.To = DotPos{m.From.Seq + u.Uint(maxSeq), uint32(u.Uint(math.MaxUint32))}
		if m.To.Before(m.From) {
			u.Fail(errors.New("a removal ends before it starts"))
		}
		r.d.Removals = append(r.d.Removals, m)
	}
	return u.End()
}

// Before orders dots of one actor.
func (p DotPos) Before(o DotPos) bool {
	return p.Seq < o.Seq || p.Seq == o.Seq && p.Index < o.Index
}

func (r *deltaDecoder) dead(b []byte) error {
	u := codec.NewUnpacker(b, r.l)
	for u.Err == nil && u.Left() > 0 {
		m := DeadDot{Firing: readFiring(u), Index: uint32(u.Uint(math.MaxUint32))}
		m.Who, m.Seq = r.stamp(u)
		r.d.Dead = append(r.d.Dead, m)
	}
	return u.End()
}

func (r *deltaDecoder) output(f *outForm, shapes Shapes) error {
	t := shapes.OutputType(f.Name)
	if t == nil {
		return &UnknownError{"output", f.Name}
	}
	ids, vals := codec.NewUnpacker(f.IDs, r.l), codec.NewUnpacker(f.Values, r.l)
	if f.Rows < 0 || f.Rows > len(f.IDs)/32 {
		return errors.New("the number of rows is wrong")
	}
	for range f.Rows {
		o := Output{Name: f.Name}
		copy(o.ID[:], ids.Raw(len(o.ID)))
		o.Who, o.Seq = r.stamp(ids)
		if vals.Err == nil {
			o.Value = vals.Value(t)
		}
		r.d.Outputs = append(r.d.Outputs, o)
	}
	return errors.Join(ids.End(), vals.End())
}

func (r *deltaDecoder) part(f *partForm, shapes Shapes) error {
	s := shapes.Shape(f.Cell)
	if s == nil {
		return &UnknownError{"cell", f.Cell}
	}
	level := f.Level - 1
	switch {
	case level == LeafLevel && int(f.Tag) >= len(s.Atoms),
		level != LeafLevel && (level < 0 || level >= len(s.Levels) || !s.Levels[level].Presence || f.Tag != 0):
		return fmt.Errorf("a cell of kind %s has no such part", s.Kind)
	}
	p := s.NewPiece(f.Cell, level, f.Tag)
	if err := r.checkRows(f, len(p.Cols)); err != nil {
		return err
	}
	u := codec.NewUnpacker(f.Runs, r.l)
	r.runs(u, &p, f.Rows)
	if err := u.End(); err != nil {
		return err
	}
	if level == LeafLevel && (s.Atoms[f.Tag].Owned || r.folded && s.Leaf.PerWriter && len(f.Owner) > 0) {
		if err := r.owners(f.Owner, &p, f.Rows); err != nil {
			return err
		}
	}
	if err := r.columns(f, &p); err != nil {
		return err
	}
	r.d.Pieces = append(r.d.Pieces, p)
	return nil
}

func (r *deltaDecoder) columns(f *partForm, p *Piece) error {
	u := codec.NewUnpacker(f.Cols, r.l)
	for i := range p.Cols {
		u.Column(p.Cols[i].Type, f.Rows, func(_ int, v value.Value) { p.Cols[i].Append(v) })
	}
	return u.End()
}

// checkRows compares the announced number of rows with the bytes that are there
// before anything is made for them.
func (r *deltaDecoder) checkRows(f *partForm, cols int) error {
	limit := 1 << 12
	if cols > 0 {
		limit = len(f.Cols) / cols
	}
	if f.Rows < 0 || f.Rows > limit {
		return errors.New("the number of rows is wrong")
	}
	if r.rows += f.Rows; r.rows > r.l.Fill().Elements {
		return fmt.Errorf("more than %d rows: %w", r.l.Fill().Elements, codec.ErrLimit)
	}
	return nil
}

func (r *deltaDecoder) runs(u *codec.Unpacker, p *Piece, rows int) {
	prev := uint64(0)
	for p.Len() < rows && u.Err == nil {
		who := r.actor(u)
		seq := prev + uint64(u.Int())
		index := u.Uint(math.MaxUint32)
		run := u.Uint(uint64(rows)<<1 | 1)
		if run == sparseMark && r.thin {
			r.sparseRun(u, p, rows, who, seq, uint32(index))
			if u.Err == nil {
				prev = p.Seq[len(p.Seq)-1]
			}
			continue
		}
		n, step := run>>1, run&1
		if u.Err == nil && (n == 0 || n > uint64(rows-p.Len()) || seq == 0 || seq > maxSeq || index+n > math.MaxUint32) {
			u.Fail(errors.New("a run of stamps is wrong"))
		}
		if u.Err != nil {
			return
		}
		if last := seq + step*(n-1); !r.covers.CoversRange(Range{r.d.Actors[who], seq, last}) {
			u.Fail(errors.New("an atom has a stamp that the delta does not cover"))
			return
		}
		for range n {
			p.Who, p.Seq, p.Index = append(p.Who, who), append(p.Seq, seq), append(p.Index, uint32(index))
			seq, index = seq+step, index+1-step
		}
		prev = p.Seq[len(p.Seq)-1]
	}
}

// sparseRun reads a run of rows in turns that do not follow each other.
func (r *deltaDecoder) sparseRun(u *codec.Unpacker, p *Piece, rows int, who uint32, first uint64, index uint32) {
	span := u.Uint(maxSeq)
	if u.Err == nil && (span == 0 || span > 8*uint64(u.Left()) || first == 0 || first > maxSeq-span) {
		u.Fail(errors.New("a run of stamps is wrong"))
	}
	bits := u.Raw(int(span+7) / 8)
	if u.Err != nil {
		return
	}
	last := first + span - 1
	is := func(seq uint64) bool { return bits[(seq-first)/8]>>((seq-first)%8)&1 != 0 }
	if !is(first) || !is(last) || bits[len(bits)-1]>>((span-1)%8+1) != 0 {
		u.Fail(errors.New("a run of stamps is wrong"))
		return
	}
	all := r.covers.CoversRange(Range{r.d.Actors[who], first, last})
	for seq := first; seq <= last; seq++ {
		switch {
		case !is(seq):
		case p.Len() == rows:
			u.Fail(errors.New("a run of stamps is wrong"))
			return
		case !all && !r.covers.Covers(r.d.Actors[who], seq):
			u.Fail(errors.New("an atom has a stamp that the delta does not cover"))
			return
		default:
			p.Who, p.Seq, p.Index = append(p.Who, who), append(p.Seq, seq), append(p.Index, index)
		}
	}
}

func (r *deltaDecoder) owners(b []byte, p *Piece, rows int) error {
	u := codec.NewUnpacker(b, r.l)
	actors := uint64(len(r.d.Actors))
	most := actors
	if r.ran {
		most = 2 * actors
	}
	for i := 0; i < rows && u.Err == nil; i++ {
		switch n := u.Uint(most); {
		case u.Err != nil:
		case n == 0:
			p.Owner = append(p.Owner, Owner{Firing: readFiring(u)})
		case n <= actors:
			p.Owner = append(p.Owner, Owner{Actor: r.d.Actors[n-1]})
		default:
			p.Owner = append(p.Owner, Owner{Actor: r.d.Actors[n-actors-1], Firing: readFiring(u)})
		}
	}
	return u.End()
}

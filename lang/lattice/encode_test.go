package lattice

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// TestEncodingIsThatOfTheForm holds what is written by hand against what Marshal
// makes of the same form, for deltas with all their parts and without each.
func TestEncodingIsThatOfTheForm(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 500 {
		d := randomDelta(rnd, 1+rnd.IntN(12))
		enc, err := EncodeDelta(d)
		if err != nil {
			t.Fatal(err)
		}
		var form deltaForm
		if err := codec.Unmarshal(enc, codec.Limits{}, &form); err != nil {
			t.Fatalf("delta %d: %v", i, err)
		}
		speaks := len(d.Runs) > 0 || slices.ContainsFunc(d.Pieces, func(p Piece) bool {
			return slices.ContainsFunc(p.Owner, func(o Owner) bool { return o.Actor != (Actor{}) && !o.Firing.IsZero() })
		})
		want := map[bool]uint{false: deltaVersion, true: runsVersion}[speaks]
		if len(d.Folds) > 0 {
			want = DeltaVersion
		}
		if form.Version != want {
			t.Fatalf("delta %d: version %d, want %d", i, form.Version, want)
		}
		twin, err := codec.Marshal(form)
		if err != nil || !bytes.Equal(enc, twin) {
			t.Fatalf("delta %d: %v\nby hand %x\nby form %x", i, err, enc, twin)
		}
		if form.Group != d.Group || form.Full != d.Full || form.Mend != d.Mend || form.Hollow != d.Hollow || len(form.Parts) != len(d.Pieces) {
			t.Fatalf("delta %d: %+v is encoded as %+v", i, d, form)
		}
		for j, p := range form.Parts {
			if q := d.Pieces[j]; p.Cell != q.Cell || p.Level != q.Level+1 || p.Tag != q.Tag || p.Rows != q.Len() {
				t.Fatalf("delta %d: piece %+v is encoded as %+v", i, q, p)
			}
		}
	}
}

// randomDelta has parts of any size, of up to that many actors.
func randomDelta(rnd *rand.Rand, actors int) *Delta {
	runs := rnd.IntN(3) == 0
	d := &Delta{Full: rnd.IntN(2) == 0, Mend: rnd.IntN(2) == 0, Hollow: rnd.IntN(2) == 0}
	if rnd.IntN(2) == 0 {
		d.Group = "2/17"
	}
	some := func() int { return max(rnd.IntN(6)-2, 0) }
	actor := func() Actor { return Actor{fmt.Sprint("n", rnd.IntN(actors)), rnd.Uint64N(3) << rnd.IntN(60)} }
	firing := func() (f Firing) { f.Handler[0], f.Key[15] = byte(1+rnd.IntN(9)), byte(rnd.IntN(9)); return f }
	who := func() uint32 {
		if len(d.Actors) == 0 || rnd.IntN(3) == 0 {
			d.Actors = append(d.Actors, actor())
		}
		return uint32(rnd.IntN(len(d.Actors)))
	}
	ranges := func() (rs []Range) {
		for range some() {
			lo := rnd.Uint64N(1000)
			rs = append(rs, Range{actor(), lo, lo + rnd.Uint64N(9)})
		}
		return rs
	}
	d.Covers, d.Rests, d.Floor = ranges(), ranges(), ranges()
	for range some() * rnd.IntN(2) {
		d.Folds = append(d.Folds, Fold{who(), rnd.Uint64N(1 << 40), ranges(), ranges()})
	}
	for range some() {
		d.Fired = append(d.Fired, Fired{firing(), who(), rnd.Uint64N(1 << 40)})
		if runs {
			d.Runs = append(d.Runs, Fired{firing(), who(), rnd.Uint64N(1 << 40)})
		}
		d.Dead = append(d.Dead, DeadDot{firing(), rnd.Uint32N(9), who(), rnd.Uint64N(99)})
	}
	for range some() {
		from := rnd.Uint64N(99)
		d.Removals = append(d.Removals, Removal{Range{actor(), from, from + 3}, actor(), DotPos{from, rnd.Uint32()}, DotPos{from + rnd.Uint64N(9), 7}})
		d.Outputs = append(d.Outputs, Output{Name: fmt.Sprint("o", rnd.IntN(3)), ID: [32]byte{byte(from)}, Value: value.MakeInt(int64(from)), Who: who(), Seq: from})
	}
	for range some() {
		p := Piece{Cell: "main/c", Level: rnd.IntN(3) - 1, Tag: uint8(rnd.IntN(3))}
		for _, c := range []*types.Type{types.Int, types.String, types.TupleOf(types.Int, types.String)}[:rnd.IntN(4)] {
			p.Cols = append(p.Cols, NewColumn(c))
		}
		owned := rnd.IntN(2) == 0
		for i := range some() {
			p.Who, p.Seq, p.Index = append(p.Who, who()), append(p.Seq, uint64(i/2)), append(p.Index, uint32(i%2))
			if owned && rnd.IntN(2) == 0 {
				p.Owner = append(p.Owner, Owner{Firing: firing()})
			} else if owned {
				p.Owner = append(p.Owner, Owner{Actor: actor()})
			}
			if owned && runs {
				p.Owner[i] = Owner{Actor: actor(), Firing: firing()}
			}
			for j := range p.Cols {
				p.Cols[j].Append([]value.Value{value.MakeInt(int64(i)), value.MakeString("x"), value.MakeTuple(value.MakeInt(1), value.MakeString("y"))}[j])
			}
		}
		d.Pieces = append(d.Pieces, p)
	}
	return d
}

package lattice

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// oneCell is the shapes of a deployment with a set of numbers.
type oneCell struct{ shape *Shape }

func (o oneCell) Shape(string) *Shape           { return o.shape }
func (o oneCell) OutputType(string) *types.Type { return nil }

// TestSparseRunsAreWhatPlainOnesAre: a delta comes back the same from both forms,
// the sparse one is never longer, and who does not read it refuses it.
func TestSparseRunsAreWhatPlainOnesAre(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	kind, err := types.ParseType("AWSet[Int]", nil)
	if err != nil {
		t.Fatal(err)
	}
	shape, err := ShapeOf(kind)
	if err != nil {
		t.Fatal(err)
	}
	shapes, thin := oneCell{shape}, 0
	for i := range 400 {
		d := sparseDelta(rnd, shape)
		plain, err := EncodeDelta(d)
		if err != nil {
			t.Fatal(err)
		}
		dense, err := EncodeDeltaFor(d, DeltaVersion)
		if err != nil || len(dense) > len(plain) {
			t.Fatalf("delta %d takes %d bytes instead of %d, %v", i, len(dense), len(plain), err)
		}
		a, errA := DecodeDelta(plain, shapes, codec.Limits{})
		b, errB := DecodeDelta(dense, shapes, codec.Limits{})
		if errA != nil || errB != nil {
			t.Fatalf("delta %d: %v, %v", i, errA, errB)
		}
		p, q, want := &a.Pieces[0], &b.Pieces[0], &d.Pieces[0]
		if !slices.Equal(p.Seq, want.Seq) || !slices.Equal(p.Seq, q.Seq) || !slices.Equal(p.Index, q.Index) || !slices.Equal(p.Who, q.Who) || !slices.Equal(p.Cols[0].Words, q.Cols[0].Words) {
			t.Fatalf("delta %d: %v came back as %v and %v", i, want.Seq, p.Seq, q.Seq)
		}
		if bytes.Equal(plain, dense) {
			continue
		}
		thin++
		if dense[versionAt] = deltaVersion; dense[versionAt] != plain[versionAt] {
			t.Fatalf("the version of %x is not at its place", plain)
		}
		if _, err := DecodeDelta(dense, shapes, codec.Limits{}); err == nil {
			t.Fatalf("delta %d: a sparse run is read in the version that has none", i)
		}
		// Damaged ones are refused or give something else, and never more rows.
		dense[versionAt] = DeltaVersion
		dense[rnd.IntN(len(dense))] ^= 1 << rnd.IntN(8)
		if c, err := DecodeDelta(dense, shapes, codec.Limits{}); err == nil && len(c.Pieces) > 0 && c.Pieces[0].Len() > p.Len() {
			t.Fatalf("delta %d: %d rows of %d", i, c.Pieces[0].Len(), p.Len())
		}
	}
	if thin < 100 {
		t.Errorf("%d of 400 have sparse runs", thin)
	}
}

// sparseDelta is elements of which some parts are whole and others are thinned
// out.
func sparseDelta(rnd *rand.Rand, shape *Shape) *Delta {
	d := &Delta{Actors: []Actor{{"a", 1}, {"b", 2}}}
	p := shape.NewPiece("c", LeafLevel, 0)
	for who := range uint32(2) {
		seq := uint64(0)
		for range rnd.IntN(8) {
			left := rnd.Float64()
			if rnd.IntN(3) == 0 {
				left = 1
			}
			for range rnd.IntN(120) {
				seq++
				for index := range uint32(1 + rnd.IntN(8)/7) {
					if rnd.Float64() < left {
						p.Who, p.Seq, p.Index = append(p.Who, who), append(p.Seq, seq), append(p.Index, index)
						p.Cols[0].Append(value.MakeInt(int64(rnd.IntN(1000))))
					}
				}
			}
			seq += rnd.Uint64N(60)
		}
		if seq > 0 {
			d.Covers = append(d.Covers, Range{d.Actors[who], 1, seq})
		}
	}
	d.Pieces = []Piece{p}
	return d
}

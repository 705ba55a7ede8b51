package lattice

import (
	"errors"
	"fmt"

	"github.com/laspc/lasp/lang/codec"
)

// vectorForm is a Vector in CBOR: actors in order and, packed, the runs of each:
// their number, and for each run the gap before it and its length.
type vectorForm struct {
	Version uint    `cbor:"0,keyasint"`
	Actors  []Actor `cbor:"1,keyasint,omitempty"`
	Runs    []byte  `cbor:"2,keyasint,omitempty"`
}

// EncodeVector returns the canonical encoding of v: vectors are equal when
// their encodings are.
func EncodeVector(v *Vector) ([]byte, error) {
	f := vectorForm{Version: deltaVersion, Actors: v.Actors()}
	var p codec.Packer
	for _, a := range f.Actors {
		runs := v.actors[a]
		p.Uint(uint64(len(runs)))
		prev := uint64(0)
		for _, s := range runs {
			p.Uint(s.lo - prev)
			p.Uint(s.hi - s.lo)
			prev = s.hi
		}
	}
	f.Runs = p.Bytes
	return codec.Marshal(f)
}

// DecodeVector reads what EncodeVector wrote, under limits; anything that is not
// canonical is refused.
func DecodeVector(b []byte, l codec.Limits) (*Vector, error) {
	var f vectorForm
	if err := codec.Unmarshal(b, l, &f); err != nil {
		return nil, fmt.Errorf("version vector: %w", err)
	}
	if f.Version != deltaVersion {
		return nil, fmt.Errorf("version vector: version %d is not known here, only %d", f.Version, deltaVersion)
	}
	v := &Vector{}
	u := codec.NewUnpacker(f.Runs, l)
	for i, a := range f.Actors {
		if i > 0 && f.Actors[i-1].Compare(a) >= 0 {
			return nil, errors.New("version vector: the actors are out of order")
		}
		prev := uint64(0)
		runs := u.Count()
		if u.Err == nil && runs == 0 {
			u.Fail(errors.New("an actor without stamps"))
		}
		for n := 0; n < runs && u.Err == nil; n++ {
			gap := u.Uint(maxSeq)
			if gap == 0 || n > 0 && gap == 1 {
				u.Fail(errors.New("two runs touch"))
			}
			r := Range{Actor: a, Lo: prev + gap}
			r.Hi = r.Lo + u.Uint(maxSeq)
			if prev = r.Hi; prev > maxSeq {
				u.Fail(errors.New("a sequence number is too large"))
			}
			if u.Err == nil {
				v.Add(r)
			}
		}
	}
	if err := u.End(); err != nil {
		return nil, fmt.Errorf("version vector: %w", err)
	}
	return v, nil
}

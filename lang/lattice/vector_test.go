package lattice

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/laspc/lasp/lang/codec"
)

// The twin of a Vector is a set of stamps.
type stampSet map[Actor]map[uint64]bool

func (s stampSet) text() string {
	text := ""
	for n := range 3 {
		for seq := range uint64(60) {
			if s[actorOf(n)][seq] {
				text += fmt.Sprint(n, ":", seq, " ")
			}
		}
	}
	return text
}

func textOf(ranges []Range) string {
	s := stampSet{}
	for _, r := range ranges {
		s.add(r)
	}
	return s.text()
}

func (s stampSet) add(r Range) {
	for seq := r.Lo; seq <= r.Hi; seq++ {
		if s[r.Actor] == nil {
			s[r.Actor] = map[uint64]bool{}
		}
		s[r.Actor][seq] = true
	}
}

func actorOf(n int) Actor { return Actor{Node: string(rune('a' + n)), Inc: 1} }

func TestVectorAgainstSet(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var vs [2]Vector
		twins := [2]stampSet{{}, {}}
		for range 12 {
			i := rnd.IntN(2)
			lo := 1 + rnd.Uint64N(40)
			r := Range{actorOf(rnd.IntN(3)), lo, lo + rnd.Uint64N(8)}
			vs[i].Add(r)
			twins[i].add(r)
		}
		a, b := &vs[0], &vs[1]
		both, missing, all := stampSet{}, stampSet{}, stampSet{}
		for n := range 3 {
			for seq := range uint64(60) {
				one := Range{actorOf(n), seq, seq}
				x, y := twins[0][one.Actor][seq], twins[1][one.Actor][seq]
				if a.Covers(one.Actor, seq) != x {
					t.Fatalf("Covers(%v) of %v", one, a.Ranges())
				}
				if x && y {
					both.add(one)
				}
				if y && !x {
					missing.add(one)
				}
				if x || y {
					all.add(one)
				}
			}
		}
		joined := a.Clone()
		joined.Join(b)
		for what, pair := range map[string][2]string{
			"ranges": {textOf(a.Ranges()), twins[0].text()}, "meet": {textOf(a.Meet(b).Ranges()), both.text()},
			"missing": {textOf(a.Missing(b)), missing.text()}, "join": {textOf(joined.Ranges()), all.text()},
		} {
			if pair[0] != pair[1] {
				t.Fatalf("%s of %v and %v is %s, want %s", what, a.Ranges(), b.Ranges(), pair[0], pair[1])
			}
		}
		if !joined.CoversAll(a) || !joined.CoversAll(b) || a.CoversAll(b) != (missing.text() == "") {
			t.Fatal("CoversAll")
		}
		if !VectorOf(a.Ranges()...).Equal(a) {
			t.Fatal("a vector differs from that of its ranges")
		}
	}
}

func TestInt128(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	var sum Int128
	exact := new(big.Int)
	for range 10_000 {
		n := int64(rnd.Uint64())
		if rnd.IntN(3) == 0 {
			n = []int64{math.MinInt64, math.MaxInt64, -1, 0, 1}[rnd.IntN(5)]
		}
		if rnd.IntN(2) == 0 {
			sum.Add(n)
			exact.Add(exact, big.NewInt(n))
		} else {
			sum.Sub(n)
			exact.Sub(exact, big.NewInt(n))
		}
		for _, floor := range []int64{0, math.MinInt64} {
			want := exact.Int64()
			if !exact.IsInt64() {
				want = math.MaxInt64
				if exact.Sign() < 0 {
					want = math.MinInt64
				}
			}
			if got := sum.Clamp(floor); got != max(want, floor) {
				t.Fatalf("%s reads as %d", exact, got)
			}
		}
	}
}

func TestTableOfKinds(t *testing.T) {
	for _, k := range Kinds {
		if k.Doc == "" || k.View == "" || Lookup(k.Name) != k {
			t.Errorf("the row of %s is not complete", k.Name)
		}
		for _, m := range k.Mutators {
			if m.Doc == "" || m.Apply == nil && m.As == nil && !k.Map || k.Mutator(m.Name) == nil {
				t.Errorf("%s.%s is not complete", k.Name, m.Name)
			}
			if m.Grows && m.Removes {
				t.Errorf("%s.%s grows and removes", k.Name, m.Name)
			}
		}
	}
}

// FuzzVector: what is taken is canonical.
func FuzzVector(f *testing.F) {
	for _, v := range []*Vector{
		{}, VectorOf(Range{actorOf(0), 1, 9}), VectorOf(Range{actorOf(0), 1, 9}, Range{actorOf(0), 11, 300}, Range{actorOf(2), 7, 7}),
	} {
		b, err := EncodeVector(v)
		if err != nil {
			f.Fatal(err)
		}
		if back, err := DecodeVector(b, codec.Limits{}); err != nil || !back.Equal(v) {
			f.Fatalf("%v came back as %v, %v", v.Ranges(), back, err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := DecodeVector(b, codec.Limits{})
		if err != nil {
			return
		}
		again, err := EncodeVector(v)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeVector(again, codec.Limits{}); err != nil || !back.Equal(v) {
			t.Errorf("%x is %v, then %v, %v", b, v.Ranges(), back, err)
		}
	})
}

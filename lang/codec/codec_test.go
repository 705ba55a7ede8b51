package codec

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// vote is `type Vote = Yes | Abstain(reason: String)`, ad a record.
func vote() (vote, ad *types.Type, abstain, adCtor *value.Ctor) {
	yes := &value.Ctor{Name: "Yes", Type: "Vote"}
	abstain = &value.Ctor{Name: "Abstain", Type: "Vote", Fields: []string{"reason"}}
	adCtor = &value.Ctor{Name: "Ad", Type: "Ad", Fields: []string{"id", "n"}}
	v := &types.Def{Name: "Vote", Ctors: []*types.Ctor{
		{Name: "Yes", Value: yes},
		{Name: "Abstain", Fields: []types.Field{{Name: "reason", Type: types.String}}, Value: abstain},
	}}
	a := &types.Def{Name: "Ad", Record: true, Ctors: []*types.Ctor{
		{Name: "Ad", Fields: []types.Field{{Name: "id", Type: types.String}, {Name: "n", Type: types.OptionOf(types.Int)}}, Value: adCtor},
	}}
	return &types.Type{Con: "Vote", Def: v}, &types.Type{Con: "Ad", Def: a}, abstain, adCtor
}

type sample struct {
	typ *types.Type
	val value.Value
	hex string
}

func samples() []sample {
	voteType, adType, abstain, ad := vote()
	one, two := value.MakeInt(1), value.MakeInt(2)
	return []sample{
		{types.Bool, value.MakeBool(true), "f5"},
		{types.Int, value.MakeInt(-1), "20"},
		{types.Int, value.MakeInt(math.MinInt64), "3b7fffffffffffffff"},
		{types.Nat, value.MakeInt(1000), "1903e8"},
		{types.Float, value.MakeFloat(1.5), "fb3ff8000000000000"},
		{types.Float, value.MakeFloat(math.NaN()), "fb7ff8000000000001"},
		{types.String, value.MakeString("a\u00fc"), "6361c3bc"},
		{types.Node, value.MakeNode("n1"), "626e31"},
		{types.Bytes, value.MakeBytes([]byte{0, 255}), "4200ff"},
		{types.Duration, value.MakeDuration(time.Second), "1a3b9aca00"},
		{types.TupleOf(types.Int, types.String), value.MakeTuple(one, value.MakeString("")), "820160"},
		{types.ListOf(types.Int), value.MakeList([]value.Value{two, one}), "820201"},
		{types.SetOf(types.Int), value.MakeSet([]value.Value{two, one}), "820102"},
		{types.MapOf(types.Int, types.Bool), value.MakeMap([]value.Value{two, value.MakeBool(false), one, value.MakeBool(true)}), "8401f502f4"},
		{types.OptionOf(types.OptionOf(types.Int)), value.Some(value.None()), "81f6"},
		{voteType, value.MakeRecord(abstain, value.MakeString("x")), "82674162737461696e6178"},
		{adType, value.MakeRecord(ad, value.MakeString("a"), value.Some(one)), "8261618101"},
	}
}

func TestValueEncoding(t *testing.T) {
	for _, s := range samples() {
		b := EncodeValue(nil, s.val)
		if got := hex.EncodeToString(b); got != s.hex {
			t.Errorf("%s: %s, want %s", s.val, got, s.hex)
		}
		back, err := DecodeValue(b, s.typ, Limits{})
		if err != nil || !value.Equal(back, s.val) {
			t.Errorf("%s came back as %s, %v", s.val, back, err)
		}
		for i := range b {
			if _, err := DecodeValue(b[:i], s.typ, Limits{}); err == nil {
				t.Errorf("%s: cut after %d bytes it is still taken", s.val, i)
			}
		}
	}
}

func TestColumns(t *testing.T) {
	for _, s := range samples() {
		if s.typ.Is(types.Tuple) {
			continue
		}
		var p Packer
		p.Column(s.typ, 3, func(int) value.Value { return s.val })
		u := NewUnpacker(p.Bytes, Limits{})
		u.Column(s.typ, 3, func(i int, v value.Value) {
			if !value.Equal(v, s.val) {
				t.Errorf("row %d of %s is %s", i, s.val, v)
			}
		})
		if err := u.End(); err != nil {
			t.Errorf("%s: %v", s.val, err)
		}
	}
}

func TestRefusedValues(t *testing.T) {
	voteType, _, _, _ := vote()
	deep := types.Int
	for range 100 {
		deep = types.ListOf(deep)
	}
	for _, c := range []struct {
		typ  *types.Type
		hex  string
		want string
	}{
		{types.Int, "1801", "shortest"},
		{types.Int, "1bffffffffffffffff", "64 bits"},
		{types.Nat, "20", "Nat"},
		{types.Int, "0101", "follow"},
		{types.String, "61ff", "UTF-8"},
		{types.String, "7bffffffffffffffff", "ends in the middle"},
		{types.ListOf(types.Int), "9fff", "indefinite"},
		{types.ListOf(types.Int), "9affffffff", "ends in the middle"},
		{types.ListOf(types.Int), "c08101", "array"},
		{types.SetOf(types.Int), "820201", "order"},
		{types.SetOf(types.Int), "820101", "order"},
		{types.MapOf(types.Int, types.Int), "8401000100", "order"},
		{types.MapOf(types.Int, types.Int), "8101", "no value"},
		{types.Float, "fb8000000000000000", "NaN or 0"},
		{types.Float, "f93c00", "8 bytes"},
		{types.OptionOf(types.Int), "80", "parts"},
		{voteType, "81624e6f", "no constructor"},
		{voteType, "826359657301", "fields"},
		{types.MaxOf(types.Of("Flag")), "01", "Bool"},
		{types.Of("Widget"), "01", "not a type of data"},
		{deep, strings.Repeat("81", 100) + "01", "nested deeper"},
	} {
		b, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = DecodeValue(b, c.typ, Limits{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s as %s: %v, want an error about %q", c.hex, c.typ, err, c.want)
		}
	}
}

func TestStructs(t *testing.T) {
	type message struct {
		A int    `cbor:"1,keyasint"`
		B []byte `cbor:"2,keyasint,omitempty"`
	}
	for hexText, want := range map[string]string{
		"a1011a00000007":         "",
		"a2010703f6":             "", // an unknown field
		"a201070108":             "duplicate",
		"bf0107ff":               "indefinite",
		"a101c107":               "tag",
		"a1010700":               "extraneous",
		"a1":                     "EOF",
		"a20107029a00ffffff00":   "exceeded",
		strings.Repeat("81", 99): "nested",
	} {
		b, _ := hex.DecodeString(hexText)
		var m message
		err := Unmarshal(b, Limits{Elements: 100, Depth: 8}, &m)
		if want == "" && (err != nil || m.A != 7) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v %+v, want %q", hexText, err, m, want)
		}
	}
	if err := Unmarshal(make([]byte, 11), Limits{Bytes: 10}, &message{}); !errors.Is(err, ErrLimit) {
		t.Errorf("too many bytes: %v", err)
	}
}

// FuzzValue feeds bytes to the decoder of every sample's type: what is taken is
// canonical, so it is encoded back to the same bytes.
func FuzzValue(f *testing.F) {
	all := samples()
	for i, s := range all {
		f.Add(uint8(i), EncodeValue(nil, s.val))
	}
	f.Fuzz(func(t *testing.T, n uint8, b []byte) {
		s := all[int(n)%len(all)]
		v, err := DecodeValue(b, s.typ, Limits{})
		if err != nil {
			return
		}
		if again := EncodeValue(nil, v); !bytes.Equal(again, b) {
			t.Errorf("%x was taken as %s, which is %x", b, v, again)
		}
	})
}

package lattice

import (
	"testing"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

func ints(ns ...int64) []value.Value {
	vs := make([]value.Value, len(ns))
	for i, n := range ns {
		vs[i] = value.MakeInt(n)
	}
	return vs
}

// viewSamples holds a few values of each shape of view; the laws are checked on
// all triples of them.
var viewSamples = map[string][]value.Value{
	"Flag":         {value.MakeBool(false), value.MakeBool(true)},
	"Max[Nat]":     ints(0, 1, 2),
	"Max[Int]":     append(ints(-1, 0, 1), value.MakeUnset()),
	"Min[Int]":     append(ints(-1, 0, 1), value.MakeUnset()),
	"IVar[Int]":    append(ints(1, 2), value.MakeUnbound(), value.MakeConflict(ints(1, 2)), value.MakeConflict(ints(2, 3))),
	"Stream[Int]":  {value.MakeOpen(nil), value.MakeOpen(ints(1)), value.MakeOpen(ints(1, 2)), value.MakeList(nil), value.MakeList(ints(1)), value.MakeOpen(ints(2))},
	"Set[Int]":     {value.MakeSet(nil), value.MakeSet(ints(1)), value.MakeSet(ints(2)), value.MakeSet(ints(1, 2))},
	"(Flag, Flag)": {value.MakeTuple(value.MakeBool(true), value.MakeBool(false)), value.MakeTuple(value.MakeBool(false), value.MakeBool(true))},
	"Map[Int, Min[Int]]": {value.MakeMap(nil), value.MakeMap(ints(1, 5)), value.MakeMap(ints(1, 3, 2, 4)), value.MakeMap(ints(2, 1)),
		value.MakeMap(ints(0, 1, 3, 1))},
}

func TestJoinViewsIsALattice(t *testing.T) {
	for text, samples := range viewSamples {
		typ, err := types.ParseType(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		join := func(a, b value.Value) value.Value {
			v, err := JoinViews(typ, a, b)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			return v
		}
		bottom, ok := BottomView(typ)
		if !ok {
			t.Errorf("%s has no bottom", text)
		}
		for _, a := range samples {
			if !value.Equal(join(a, a), a) {
				t.Errorf("%s: join is not idempotent at %v", text, a)
			}
			if !value.Equal(join(a, bottom), a) || !value.Equal(join(bottom, a), a) {
				t.Errorf("%s: the bottom is not neutral at %v", text, a)
			}
			for _, b := range samples {
				if !value.Equal(join(a, b), join(b, a)) {
					t.Errorf("%s: join does not commute at %v, %v", text, a, b)
				}
				if !LeqViews(typ, a, join(a, b)) {
					t.Errorf("%s: join is not inflationary at %v, %v", text, a, b)
				}
				for _, c := range samples {
					if !value.Equal(join(join(a, b), c), join(a, join(b, c))) {
						t.Errorf("%s: join is not associative at %v, %v, %v", text, a, b, c)
					}
				}
			}
		}
	}
}

func TestDataDoesNotJoin(t *testing.T) {
	typ := types.MapOf(types.String, types.Int)
	a := value.MakeMap([]value.Value{value.MakeString("k"), value.MakeInt(1)})
	b := value.MakeMap([]value.Value{value.MakeString("k"), value.MakeInt(2)})
	if _, err := JoinViews(typ, a, b); err != ErrDiffer {
		t.Errorf("1 and 2 under one key joined: %v", err)
	}
	if _, err := JoinViews(typ, a, a); err != nil {
		t.Errorf("equal entries do not join: %v", err)
	}
	if _, ok := BottomView(types.String); ok {
		t.Error("a String has no least value that grows")
	}
}

package stdlib

import (
	"hash/maphash"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// small lists a few values of type t, all that matter for the laws: enough that
// every two of them differ in a way that an operator could get wrong.
func small(t *types.Type) []value.Value {
	n := value.MakeInt
	switch t = t.Resolve(); t.Con {
	case "Bool", "Flag":
		return []value.Value{value.MakeBool(false), value.MakeBool(true)}
	case "Nat":
		return []value.Value{n(0), n(1), n(2), n(5)}
	case "Int":
		return []value.Value{n(-2), n(0), n(1), n(3)}
	case "Float":
		return []value.Value{value.MakeFloat(-0.5), value.MakeFloat(0), value.MakeFloat(1.5)}
	case "Duration":
		return []value.Value{value.MakeDuration(0), value.MakeDuration(time.Second), value.MakeDuration(-time.Millisecond)}
	case "String":
		return []value.Value{value.MakeString(""), value.MakeString("a"), value.MakeString("b a"), value.MakeString("12"), value.MakeString("YWJj")}
	case "Bytes":
		return []value.Value{value.MakeBytes(nil), value.MakeBytes([]byte("a")), value.MakeBytes([]byte{0xff})}
	case "Max", "Min":
		bottom, _ := lattice.BottomView(t)
		return append([]value.Value{bottom}, small(t.Args[0])...)
	case "Option":
		return []value.Value{value.None(), value.Some(small(t.Args[0])[1])}
	case "Set":
		return subsets(small(t.Args[0]))
	case "List":
		return lists3(small(t.Args[0]), value.MakeList)
	case "Stream":
		return append(lists3(small(t.Args[0]), value.MakeOpen), lists3(small(t.Args[0]), value.MakeList)...)
	case "Map":
		return smallMaps(small(t.Args[0]), small(t.Args[1]))
	case types.Tuple:
		a, b := small(t.Args[0]), small(t.Args[1])
		return []value.Value{value.MakeTuple(a[0], b[0]), value.MakeTuple(a[0], b[1]), value.MakeTuple(a[1], b[0])}
	}
	return nil
}

func subsets(xs []value.Value) []value.Value {
	xs = xs[:min(3, len(xs))]
	var out []value.Value
	for mask := range 1 << len(xs) {
		var in []value.Value
		for i, x := range xs {
			if mask>>i&1 == 1 {
				in = append(in, x)
			}
		}
		out = append(out, value.MakeSet(in))
	}
	return out
}

func lists3(xs []value.Value, mk func([]value.Value) value.Value) []value.Value {
	x, y := xs[0], xs[1]
	return []value.Value{mk(nil), mk([]value.Value{x}), mk([]value.Value{x, y}), mk([]value.Value{y, x}), mk([]value.Value{x, y, x})}
}

func smallMaps(ks, vs []value.Value) []value.Value {
	out := []value.Value{value.MakeMap(nil)}
	for _, v := range vs[:min(4, len(vs))] {
		out = append(out, value.MakeMap([]value.Value{ks[0], v}), value.MakeMap([]value.Value{ks[1], v}))
		for _, w := range vs[:2] {
			out = append(out, value.MakeMap([]value.Value{ks[0], v, ks[1], w}))
		}
	}
	return out
}

var seed = maphash.MakeSeed()

func digest(v value.Value) uint64 {
	h := uint64(v.Kind())*1000003 + uint64(raw(v)) + maphash.String(seed, v.Str())*uint64(len(v.Str()))
	for _, x := range v.Elems() {
		h = h*16777619 + digest(x)
	}
	return h ^ h>>17
}

// growingValues are the rows over maps whose claims speak of values that grow.
var growingValues = map[string]bool{"map.union": true, "map.union_of": true, "map.index": true, "cell.index": true}

// ground replaces the variables of a row's scheme by Int.
func ground(t *testing.T, r *op.Row) (params []*types.Type, result *types.Type) {
	s, err := types.ParseScheme(r.Sig)
	if err != nil {
		t.Fatal(err)
	}
	by := map[*types.TypeVar]*types.Type{}
	for _, v := range s.Vars {
		by[v] = types.Int
		if v.Name == "V" && growingValues[r.ID] {
			by[v] = types.MaxOf(types.Int)
		}
	}
	return s.Subst(by)
}

// subject is a row on ground types with everything but its values chosen.
type subject struct {
	row    *op.Row
	params []*types.Type
	result *types.Type
}

func (s subject) call(args []value.Value, fns []op.Fn) (value.Value, bool) {
	v, err := s.row.Eval(op.Call{Args: args, Fns: fns, Type: s.result, Types: s.params})
	return v, err == nil
}

// units are the literals that laws of the form unit:X name.
var units = map[string]value.Value{
	"0": value.MakeInt(0), "1": value.MakeInt(1), "0.0": value.MakeFloat(0), "1.0": value.MakeFloat(1), "0s": value.MakeDuration(0),
	"false": value.MakeBool(false), "true": value.MakeBool(true), `""`: value.MakeString(""), "[]": value.MakeList(nil),
}

func TestLawsHold(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, r := range Table().Rows() {
		params, result := ground(t, r)
		s := subject{r, params, result}
		f := func(a, b value.Value) value.Value {
			v, ok := s.call([]value.Value{a, b}, nil)
			if !ok {
				return value.MakeError("", "refused")
			}
			return v
		}
		for _, law := range r.Laws {
			for range 200 {
				xs := small(params[0])
				a, b, c := xs[rng.IntN(len(xs))], xs[rng.IntN(len(xs))], xs[rng.IntN(len(xs))]
				if !lawHolds(t, law, params[0], f, a, b, c) {
					t.Errorf("%s is not %s at %v, %v, %v", r.ID, law, a, b, c)
					break
				}
			}
		}
	}
}

func lawHolds(t *testing.T, law string, typ *types.Type, f func(a, b value.Value) value.Value, a, b, c value.Value) bool {
	name, unit, _ := strings.Cut(law, ":")
	switch name {
	case "commutative":
		return value.Equal(f(a, b), f(b, a))
	case "associative":
		return value.Equal(f(f(a, b), c), f(a, f(b, c)))
	case "idempotent":
		return value.Equal(f(a, a), a)
	case "unit":
		u, ok := units[unit]
		if unit == "{}" {
			u, ok = lattice.BottomView(typ)
		}
		return ok && value.Equal(f(a, u), a) && value.Equal(f(u, a), a)
	}
	t.Errorf("no such law: %s", law)
	return true
}

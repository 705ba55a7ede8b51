package typecheck

import (
	"math/rand/v2"
	"time"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// smallValues enumerates up to n values of a data type, the simplest first.
func smallValues(t *types.Type, n int) []value.Value {
	t = t.Resolve()
	if j := t.Joined(); j != nil {
		return smallValues(j.Of, n)
	}
	var out []value.Value
	switch t.Con {
	case "Max", "Min", "IVar", "Stream", "Map", types.Lex:
		out = smallViews(t, n)
	case "Flag":
		return smallValues(types.Bool, n)
	case "Bool":
		out = []value.Value{value.MakeBool(false), value.MakeBool(true)}
	case "Nat", "Int", "Float", "Duration":
		for i := int64(0); len(out) < min(n, 24); i++ {
			out = append(out, numberOf(t, i))
			if i > 0 && t.Con != "Nat" {
				out = append(out, numberOf(t, -i))
			}
		}
	case "String", "Node", "Bytes":
		for _, s := range []string{"", "a", "b", "aa", "ab", "ba", "bb", "c"} {
			out = append(out, textOfType(t, s))
		}
	case "Option":
		out = []value.Value{value.None()}
		for _, x := range smallValues(t.Args[0], n-1) {
			out = append(out, value.Some(x))
		}
	case "List", "Set":
		out = smallCollections(t, n)
	case types.Tuple:
		for _, xs := range smallProducts(t.Args, n) {
			out = append(out, value.MakeTuple(xs...))
		}
	default:
		out = smallRecords(t, n)
	}
	return out[:min(len(out), n)]
}

func numberOf(t *types.Type, i int64) value.Value {
	switch t.Con {
	case "Float":
		return value.MakeFloat(float64(i))
	case "Duration":
		return value.MakeDuration(time.Duration(i) * time.Second)
	}
	return value.MakeInt(i)
}

func textOfType(t *types.Type, s string) value.Value {
	switch t.Con {
	case "Node":
		return value.MakeNode(s)
	case "Bytes":
		return value.MakeBytes([]byte(s))
	}
	return value.MakeString(s)
}

func smallCollections(t *types.Type, n int) []value.Value {
	make1 := func(xs ...value.Value) value.Value {
		if t.Con == "Set" {
			return value.MakeSet(xs)
		}
		return value.MakeList(xs)
	}
	elems := smallValues(t.Args[0], 6)
	out := []value.Value{make1()}
	for _, x := range elems {
		out = append(out, make1(x))
	}
	for _, x := range elems {
		for _, y := range elems {
			if len(out) < n && (t.Con == "List" || value.Compare(x, y) < 0) {
				out = append(out, make1(x, y))
			}
		}
	}
	return out
}

// smallProducts combines small values of several types, about n of them.
func smallProducts(ts []*types.Type, n int) [][]value.Value {
	rows := [][]value.Value{nil}
	each := 2
	for len(ts) > 0 && pow(each+1, len(ts)) <= n {
		each++
	}
	for _, t := range ts {
		var next [][]value.Value
		for _, row := range rows {
			for _, x := range smallValues(t, each) {
				next = append(next, append(append([]value.Value(nil), row...), x))
			}
		}
		rows = next[:min(len(next), 4*n)]
	}
	return rows
}

func pow(base, exp int) int {
	p := 1
	for range exp {
		if p *= base; p > 1<<20 {
			break
		}
	}
	return p
}

func smallRecords(t *types.Type, n int) []value.Value {
	if t.Def == nil {
		return nil
	}
	var out []value.Value
	for _, ctor := range t.Def.Ctors {
		ts := make([]*types.Type, len(ctor.Fields))
		for i, f := range ctor.Fields {
			ts[i] = f.Type
		}
		if recursiveType(t.Def) && len(ts) > 0 {
			continue
		}
		for _, xs := range smallProducts(ts, max(1, n/len(t.Def.Ctors))) {
			out = append(out, value.MakeRecord(ctor.Value, xs...))
		}
	}
	return out
}

// randomValue makes a larger value of a data type.
func randomValue(r *rand.Rand, t *types.Type, depth int) value.Value {
	t = t.Resolve()
	if j := t.Joined(); j != nil {
		return randomValue(r, j.Of, depth)
	}
	switch t.Con {
	case "Max", "Min", "IVar", "Stream", "Map", types.Lex:
		return randomView(r, t, depth)
	case "Bool", "Flag":
		return value.MakeBool(r.IntN(2) == 1)
	case "Nat":
		return value.MakeInt(r.Int64N(1000))
	case "Int":
		return value.MakeInt(r.Int64N(2000) - 1000)
	case "Float":
		return value.MakeFloat(float64(r.IntN(2000)-1000) / 8)
	case "Duration":
		return value.MakeDuration(time.Duration(r.Int64N(1_000_000)))
	case "String", "Node", "Bytes":
		b := make([]byte, r.IntN(6))
		for i := range b {
			b[i] = byte('a' + r.IntN(4))
		}
		return textOfType(t, string(b))
	case "List", "Set":
		xs := make([]value.Value, r.IntN(max(depth, 0)+1))
		for i := range xs {
			xs[i] = randomValue(r, t.Args[0], depth-1)
		}
		if t.Con == "Set" {
			return value.MakeSet(xs)
		}
		return value.MakeList(xs)
	case types.Tuple:
		xs := make([]value.Value, len(t.Args))
		for i, a := range t.Args {
			xs[i] = randomValue(r, a, depth)
		}
		return value.MakeTuple(xs...)
	}
	small := smallValues(t, 64)
	if len(small) == 0 {
		return value.MakeTuple()
	}
	return small[r.IntN(len(small))]
}

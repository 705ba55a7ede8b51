package state

import (
	"slices"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// event is an operation as the plain model sees it: who did what, having seen
// which others. The model knows nothing of atoms, dots or deltas.
type event struct {
	rep     int
	clock   int64
	path    []value.Value
	mutator string
	args    []value.Value
	seen    map[int]bool // indexes of events before it that its replica knew
	index   int64        // of an append: where its replica saw the end
	refused bool
	held    []value.Value // of a clear: what was in the set where it happened
}

// model is the meaning of a kind: the view after events, of which removed ones
// are left out.
type model func(kind *types.Type, es []*event) value.Value

var models = map[string]model{
	"Flag": func(_ *types.Type, es []*event) value.Value { return value.MakeBool(len(es) > 0) },
	"Max": func(kind *types.Type, es []*event) value.Value {
		return extreme(es, 1, kind.Args[0].Is("Nat"))
	},
	"Min":       func(_ *types.Type, es []*event) value.Value { return extreme(es, -1, false) },
	"GSet":      modelSet,
	"AWSet":     modelSet,
	"GCounter":  modelCounter,
	"PNCounter": modelCounter,
	"BCounter":  modelCounter,
	"IVar": func(_ *types.Type, es []*event) value.Value {
		switch vs := modelSet(nil, es).Elems(); len(vs) {
		case 0:
			return value.MakeUnbound()
		case 1:
			return vs[0]
		default:
			return value.MakeConflict(vs)
		}
	},
	"LWW": func(_ *types.Type, es []*event) value.Value {
		if len(es) == 0 {
			return value.None()
		}
		last := slices.MaxFunc(es, func(a, b *event) int {
			if a.clock != b.clock {
				return int(a.clock - b.clock)
			}
			return a.rep - b.rep
		})
		return value.Some(last.args[0])
	},
	"Bag": func(_ *types.Type, es []*event) value.Value {
		return modelTally(es, func(e *event) (value.Value, int64) { return e.args[0], e.args[1].Int() })
	},
	"VClock": func(_ *types.Type, es []*event) value.Value {
		return modelTally(es, func(e *event) (value.Value, int64) { return value.MakeNode(string(rune('a' + e.rep))), 1 })
	},
	"Stream":  modelStream,
	"RWSet":   modelMarked,
	"TwoPSet": modelMarked,
	"MVReg": func(_ *types.Type, es []*event) value.Value {
		return value.MakeSet(argsOf(unseen(es, func(*event) bool { return true })))
	},
	"joined": func(_ *types.Type, es []*event) value.Value {
		return value.MakeSet(argsOf(unseen(es, func(e *event) bool { return e.mutator == lattice.TakeUp })))
	},
	"EWFlag": func(_ *types.Type, es []*event) value.Value {
		up := unseen(es, func(*event) bool { return true })
		return value.MakeBool(slices.ContainsFunc(up, func(e *event) bool { return e.mutator == "enable" }))
	},
	"DWFlag": func(_ *types.Type, es []*event) value.Value {
		last := unseen(es, func(*event) bool { return true })
		return value.MakeBool(len(last) > 0 && !slices.ContainsFunc(last, func(e *event) bool { return e.mutator == "disable" }))
	},
}

func extreme(es []*event, sign int, nat bool) value.Value {
	best := value.MakeUnset()
	if nat {
		best = value.MakeInt(0)
	}
	for _, e := range es {
		if best.Kind() == value.Unset || value.Compare(e.args[0], best)*sign > 0 {
			best = e.args[0]
		}
	}
	return best
}

// modelSet holds the elements of the adds that no removal of them saw.
func modelSet(_ *types.Type, es []*event) value.Value {
	var vs []value.Value
	for i, e := range es {
		elems := e.args
		switch e.mutator {
		case "add_all":
			elems = e.args[0].Elems()
		case "remove", "clear":
			continue
		}
		for _, v := range elems {
			if !slices.ContainsFunc(es, func(r *event) bool {
				return r.seen[i] && (r.mutator == "clear" || r.mutator == "remove" && value.Equal(r.args[0], v))
			}) {
				vs = append(vs, v)
			}
		}
	}
	return value.MakeSet(vs)
}

// unseen lists the events that no later event of a sort has seen.
func unseen(es []*event, by func(*event) bool) []*event {
	var left []*event
	for i, e := range es {
		if !slices.ContainsFunc(es, func(o *event) bool { return o.seen[i] && by(o) }) {
			left = append(left, e)
		}
	}
	return left
}

func argsOf(es []*event) []value.Value {
	var vs []value.Value
	for _, e := range es {
		vs = append(vs, e.args[0])
	}
	return vs
}

// modelMarked is the sets that remember removals: an element that was added is
// out where a removal of it counts. In an RWSet one that a later add has seen
// does not.
func modelMarked(kind *types.Type, es []*event) value.Value {
	adds := func(e *event, v value.Value) bool {
		switch e.mutator {
		case "add":
			return value.Equal(e.args[0], v)
		case "add_all":
			return slices.ContainsFunc(e.args[0].Elems(), func(x value.Value) bool { return value.Equal(x, v) })
		}
		return false
	}
	var in []value.Value
	for _, v := range []value.Value{value.MakeInt(1), value.MakeInt(2)} {
		isAdd := func(e *event) bool { return adds(e, v) }
		out := slices.ContainsFunc(es, func(e *event) bool { return e.removes(v) })
		if kind.Is("RWSet") {
			out = slices.ContainsFunc(unseen(es, isAdd), func(e *event) bool { return e.removes(v) })
		}
		if slices.ContainsFunc(es, isAdd) && !out {
			in = append(in, v)
		}
	}
	return value.MakeSet(in)
}

// removes reports whether e takes v out of a set that remembers it.
func (e *event) removes(v value.Value) bool {
	switch e.mutator {
	case "remove":
		return value.Equal(e.args[0], v)
	case "clear":
		return slices.ContainsFunc(e.held, func(x value.Value) bool { return value.Equal(x, v) })
	}
	return false
}

// modelTally adds up what each event counts, by key.
func modelTally(es []*event, of func(*event) (value.Value, int64)) value.Value {
	var kvs []value.Value
	for _, e := range es {
		k, n := of(e)
		for i := 0; i < len(kvs); i += 2 {
			if value.Equal(kvs[i], k) {
				n += kvs[i+1].Int()
				kvs = slices.Delete(kvs, i, i+2)
				break
			}
		}
		kvs = append(kvs, k, value.MakeInt(n))
	}
	return value.MakeMap(kvs)
}

func modelCounter(_ *types.Type, es []*event) value.Value {
	n := int64(0)
	for _, e := range es {
		n += e.counts()
	}
	return value.MakeInt(n)
}

// counts is what an event adds to a counter.
func (e *event) counts() int64 {
	switch {
	case e.refused || len(e.args) == 0:
		return 0
	case e.mutator == "decrement":
		return -e.args[0].Int()
	}
	return e.args[0].Int()
}

func modelStream(_ *types.Type, es []*event) value.Value {
	at := map[int64][]value.Value{}
	end := int64(-1)
	for _, e := range es {
		switch {
		case e.refused:
		case e.mutator == "append":
			at[e.index] = append(at[e.index], e.args[0])
		default:
			end = max(end, e.index)
		}
	}
	items := []value.Value{}
	for i := int64(0); len(at[i]) > 0; i++ {
		if vs := value.MakeSet(at[i]).Elems(); len(vs) > 1 {
			items = append(items, value.MakeConflict(vs))
		} else {
			items = append(items, vs[0])
		}
	}
	if end >= 0 && int64(len(items)) >= end {
		return value.MakeList(items)
	}
	return value.MakeOpen(items)
}

// expect is the view that events mean for a cell of the given kind.
func expect(kind *types.Type, all []*event) value.Value {
	kind = kind.Resolve()
	k := lattice.Lookup(kind.Con)
	if !k.Map {
		return models[kind.Con](kind, all)
	}
	var kvs []value.Value
	for _, key := range modelKeys(all) {
		below := eventsBelow(all, key)
		if kind.Args[1].Is("BCounter") && k.Removable {
			below = latestEpoch(all, key)
		}
		view := expect(kind.Args[1], below)
		// In a removable map what is empty again leaves no key.
		vanished := false
		switch kind.Args[1].Resolve().Con {
		case "AWSet", "RWSet", "ORMap":
			vanished = k.Removable && view.Len() == 0
		case "EWFlag", "DWFlag":
			vanished = k.Removable && !view.Bool()
		}
		if slices.ContainsFunc(below, writesIn(leafOf(kind))) && !vanished {
			kvs = append(kvs, key, view)
		}
	}
	return value.MakeMap(kvs)
}

func modelKeys(all []*event) []value.Value {
	var keys []value.Value
	for _, e := range all {
		if len(e.path) > 0 {
			keys = append(keys, e.path[0])
		}
	}
	return value.MakeSet(keys).Elems()
}

// writesIn tells events that leave something in a leaf of some kind.
func writesIn(leaf string) func(*event) bool {
	return func(e *event) bool {
		switch marks := leaf == "RWSet" || leaf == "TwoPSet"; e.mutator {
		case "remove":
			return marks && len(e.path) == 0
		case "clear":
			return marks && len(e.held) > 0
		case "disable":
			return leaf == "DWFlag"
		}
		return !e.refused
	}
}

// leafOf is the name of the kind below all maps.
func leafOf(kind *types.Type) string {
	for kind = kind.Resolve(); lattice.Lookup(kind.Con).Map; kind = kind.Args[1].Resolve() {
	}
	return kind.Con
}

// eventsBelow lists the events below a key that no removal of the key saw, as
// the cell there sees them: what one has seen is told by places in that list.
func eventsBelow(all []*event, key value.Value) []*event {
	var left []*event
	place := map[int]int{}
	for i, e := range all {
		if len(e.path) == 0 || !value.Equal(e.path[0], key) {
			continue
		}
		if slices.ContainsFunc(all, func(r *event) bool {
			return r.seen[i] && len(r.path) == 0 && value.Equal(r.args[0], key)
		}) {
			continue
		}
		c := *e
		c.path, c.seen = e.path[1:], map[int]bool{}
		for j := range e.seen {
			if at, ok := place[j]; ok {
				c.seen[at] = true
			}
		}
		place[i] = len(left)
		left = append(left, &c)
	}
	return left
}

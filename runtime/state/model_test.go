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
	"Stream": modelStream,
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

func modelCounter(_ *types.Type, es []*event) value.Value {
	n := int64(0)
	for _, e := range es {
		if e.mutator == "decrement" {
			n -= e.args[0].Int()
		} else {
			n += e.args[0].Int()
		}
	}
	return value.MakeInt(n)
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
		view := expect(kind.Args[1], below)
		// In a removable map a set or map that is empty again leaves no key.
		vanished := k.Removable && (kind.Args[1].Is("AWSet") || kind.Args[1].Is("ORMap")) && view.Len() == 0
		if slices.ContainsFunc(below, isWrite) && !vanished {
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

func isWrite(e *event) bool { return e.mutator != "remove" && e.mutator != "clear" && !e.refused }

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

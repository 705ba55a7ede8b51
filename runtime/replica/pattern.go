package replica

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
)

// bind takes v apart by p into slots; it reports whether p matches. Slots may
// be written even where the match fails later.
func bind(p *ir.Pattern, v value.Value, slots []value.Value) bool {
	switch p.Op {
	case ir.PWild:
		return true
	case ir.PBind:
		slots[p.Slot] = v
		return true
	case ir.PConst:
		return value.Equal(p.Value, v)
	case ir.PCtor:
		return v.Kind() == value.Record && v.Ctor().Name == p.Ctor.Name && bindAll(p.Args, v.Elems(), slots)
	case ir.PTuple, ir.PList:
		return bindAll(p.Args, v.Elems(), slots)
	case ir.PNil:
		return v.Kind() == value.List && v.Len() == 0
	case ir.PCons:
		return v.Kind() == value.List && v.Len() > 0 &&
			bind(p.Args[0], v.Elems()[0], slots) && bind(p.Args[1], value.MakeList(v.Elems()[1:]), slots)
	}
	return false
}

func bindAll(ps []*ir.Pattern, vs []value.Value, slots []value.Value) bool {
	if len(ps) != len(vs) {
		return false
	}
	for i, p := range ps {
		if !bind(p, vs[i], slots) {
			return false
		}
	}
	return true
}

package typecheck

import "github.com/laspc/lasp/lang/op"

// Beside the cells at the far end, a flow knows what an expression names itself:
// cells and definitions, without looking through the definitions. The edges of
// the dataflow graph carry these qualifiers. They are built along with the
// leaves and decide nothing.

// named is the flow of an expression that names a definition: its leaves, with
// the definition as the only thing that is read directly.
func (f *Flow) named(l *Let) *Flow {
	if f.IsFixed() {
		return f
	}
	return &Flow{Leaves: f.Leaves, Nondet: f.Nondet, Direct: map[Object]op.Qual{l: op.Hom}, Content: f.Content}
}

func composeDirect(outer op.Qual, direct map[Object]op.Qual) map[Object]op.Qual {
	out := make(map[Object]op.Qual, len(direct))
	for o, q := range direct {
		out[o] = op.Compose(outer, q)
	}
	return out
}

func combineDirect(a, b map[Object]op.Qual, joint bool) map[Object]op.Qual {
	out := make(map[Object]op.Qual, len(a)+len(b))
	for o, q := range a {
		out[o] = q
	}
	for o, q := range b {
		if have, both := out[o]; both {
			q = op.Combine(have, q, joint)
		}
		out[o] = q
	}
	return out
}

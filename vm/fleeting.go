package vm

import (
	"slices"
	"strings"
	"weak"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/value"
)

// A stream with a name is kept, since others may come back to its beginning. Where
// only queries could, what all have passed is let go, and found anew for them.

// beginning is the first chunk of a fleeting stream: the one that somebody still
// holds and its reader has not passed, or what is found anew. It is the same stream, since it is a function of what
// it reads; failures that are found anew are the same ones.
func (o *streamOp) beginning() *chunk {
	if c := o.begun.Value(); c != nil && !c.passed {
		c.share()
		return c
	}
	o.drops = differentDrops(o.drops)
	c := o.begin()
	o.begun = weak.Make(c)
	return c
}

func (o *streamOp) begin() *chunk {
	return &chunk{by: &generator{code: o.code, frame: o.code.frame(), owner: o}, single: o.fleeting}
}

// differentDrops is each failure once.
func differentDrops(drops []drop) []drop {
	slices.SortFunc(drops, compareDrops)
	return slices.CompactFunc(drops, func(a, b drop) bool { return compareDrops(a, b) == 0 })
}

func compareDrops(a, b drop) int {
	if c := value.Compare(a.element, b.element); c != 0 {
		return c
	}
	return strings.Compare(a.err.Error(), b.err.Error())
}

// findFleeting finds the streams whose one reader, another stream, takes them up
// once and walks on, and which are shown to nobody. What such a reader leaves behind
// need not be kept.
func (m *Machine) findFleeting() {
	for _, n := range m.nodes {
		o, ok := n.op.(*streamOp)
		if !ok || n.table != nil || n.within != nil || len(n.shows) > 0 || len(n.users) != 1 {
			continue
		}
		u := n.users[0]
		o.fleeting = u.kind() == ir.Stream && u.within == nil && m.takesUpOnce(u.ir, n.ir.ID)
	}
}

// takesUpOnce reports whether the code of a stream node reads another one once,
// where it begins.
func (m *Machine) takesUpOnce(d *ir.Node, id int) bool {
	reads := 0
	count := func(e *ir.Expr) {
		ir.WalkExpr(e, func(x *ir.Expr) bool {
			if (x.Op == ir.EView || x.Op == ir.ELookup || x.Op == ir.EHas) && (x.View.Node == id || x.View.Closed == id || slices.Contains(x.View.Keys, id)) {
				reads++
			}
			return true
		})
	}
	for _, f := range m.prog.Funcs {
		count(f.Body)
	}
	if count(d.Out[0]); reads != 1 {
		return false
	}
	e := d.Out[0]
	for e.Op == ir.ECall || e.Op == ir.EConvert {
		at := slices.IndexFunc(e.Args, func(a *ir.Expr) bool { return a.Type.Is("Stream") && mentions(a, id) })
		if _, stage := stages[e.Name]; at < 0 || e.Op == ir.ECall && !stage {
			return false
		}
		e = e.Args[at]
	}
	return e.Op == ir.EView && e.View.Node == id
}

// mentions reports whether an expression reads a node.
func mentions(e *ir.Expr, id int) (found bool) {
	ir.WalkExpr(e, func(x *ir.Expr) bool {
		found = found || x.Op == ir.EView && x.View.Node == id
		return !found
	})
	return found
}

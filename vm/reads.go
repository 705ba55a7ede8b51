package vm

import (
	"slices"

	"github.com/laspc/lasp/ir"
)

// readsOf lists the views that the code of a node reads, through recursive
// functions too.
func (m *Machine) readsOf(d *ir.Node) []ir.View {
	views := slices.Clone(d.Views)
	funcs := map[int]bool{}
	var walk func(e *ir.Expr)
	walk = func(e *ir.Expr) {
		ir.WalkExpr(e, func(x *ir.Expr) bool {
			switch x.Op {
			case ir.EView, ir.ELookup, ir.EHas:
				if v := x.View; v.Type != nil && !slices.ContainsFunc(views, func(o ir.View) bool { return sameView(o, v) }) {
					views = append(views, v)
				}
			case ir.EFunc:
				if !funcs[x.N] && x.N < len(m.prog.Funcs) {
					funcs[x.N] = true
					walk(m.prog.Funcs[x.N].Body)
				}
			}
			return true
		})
	}
	d.Exprs(func(e **ir.Expr) { walk(*e) })
	return views
}

func sameView(a, b ir.View) bool {
	return a.Node == b.Node && a.Closed == b.Closed && slices.Equal(a.Keys, b.Keys)
}

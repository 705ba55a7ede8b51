package vm

import (
	"slices"

	"github.com/laspc/lasp/ir"
)

// readsOf lists the views that the code of a node reads, through recursive
// functions too.
func (m *Machine) readsOf(d *ir.Node) []ir.View {
	w := &reads{m: m, views: slices.Clone(d.Views)}
	for _, e := range append(slices.Clone(d.Out), d.Cond, d.Each) {
		w.expr(e)
	}
	for _, a := range d.Aggs {
		w.expr(a.Arg)
	}
	return w.views
}

// reads is a walk over code that gathers views.
type reads struct {
	m     *Machine
	views []ir.View
	funcs []int
}

func (w *reads) expr(e *ir.Expr) {
	if e == nil {
		return
	}
	switch e.Op {
	case ir.EView, ir.ELookup, ir.EHas:
		if e.View.Type != nil {
			w.view(e.View)
		}
	case ir.EFunc:
		if !slices.Contains(w.funcs, e.N) && e.N < len(w.m.prog.Funcs) {
			w.funcs = append(w.funcs, e.N)
			w.expr(w.m.prog.Funcs[e.N].Body)
		}
	}
	for _, a := range e.Args {
		w.expr(a)
	}
	for _, arm := range e.Arms {
		w.expr(arm.Guard)
		w.expr(arm.Body)
	}
	w.expr(e.Body)
}

func (w *reads) view(v ir.View) {
	same := func(o ir.View) bool { return o.Node == v.Node && o.Closed == v.Closed && slices.Equal(o.Keys, v.Keys) }
	if !slices.ContainsFunc(w.views, same) {
		w.views = append(w.views, v)
	}
}

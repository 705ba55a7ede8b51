package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/typecheck"
)

// letGroups orders the definitions so that each stands after those that it
// reads; mutually recursive ones are together (Tarjan 1972).
func (l *lowerer) letGroups() [][]*typecheck.Let {
	t := &tarjan{l: l, index: map[*typecheck.Let]int{}, low: map[*typecheck.Let]int{}, on: map[*typecheck.Let]bool{}}
	for _, d := range l.info.Lets {
		if _, seen := t.index[d]; !seen {
			t.visit(d)
		}
	}
	return t.groups
}

type tarjan struct {
	l          *lowerer
	index, low map[*typecheck.Let]int
	on         map[*typecheck.Let]bool
	stack      []*typecheck.Let
	groups     [][]*typecheck.Let
}

func (t *tarjan) visit(d *typecheck.Let) {
	t.index[d], t.low[d] = len(t.index), len(t.index)
	t.stack, t.on[d] = append(t.stack, d), true
	for _, e := range t.l.letsIn(d.Decl.Value) {
		if _, seen := t.index[e]; !seen {
			t.visit(e)
			t.low[d] = min(t.low[d], t.low[e])
		} else if t.on[e] {
			t.low[d] = min(t.low[d], t.index[e])
		}
	}
	if t.low[d] != t.index[d] {
		return
	}
	var group []*typecheck.Let
	for {
		e := t.stack[len(t.stack)-1]
		t.stack, t.on[e] = t.stack[:len(t.stack)-1], false
		group = append([]*typecheck.Let{e}, group...)
		if e == d {
			break
		}
	}
	t.groups = append(t.groups, group)
}

// letsIn lists the definitions that an expression reads, through functions too,
// in order of appearance.
func (l *lowerer) letsIn(e ast.Expr) []*typecheck.Let {
	var out []*typecheck.Let
	seen := map[*typecheck.Fn]bool{}
	var in func(ast.Expr)
	in = func(e ast.Expr) {
		walk(e, func(x ast.Expr) {
			var fn *typecheck.Fn
			switch o := l.info.Uses[x].(type) {
			case *typecheck.Let:
				out = append(out, o)
			case *typecheck.Fn:
				fn = o
			}
			if c := l.info.Calls[x]; c != nil && c.Fn != nil {
				fn = c.Fn
			}
			if fn != nil && !seen[fn] {
				seen[fn] = true
				in(fn.Decl.Body)
			}
		}, func(ast.Pattern) {})
	}
	in(e)
	return out
}

// letGroup lowers one definition, or several that are recursive together.
func (l *lowerer) letGroup(group []*typecheck.Let) {
	if len(group) == 1 && !l.readsItself(group[0]) {
		d := group[0]
		t := l.newFrame().clean(d.Type)
		v := l.define(d.Decl.Value, t)
		l.name(d, v)
		n := l.prog.Nodes[v.Node]
		if n.Kind == ir.Compute && n.Out[0].Op == ir.EConst && !isCollection(t) {
			l.consts[d] = n.Out[0]
		}
		return
	}
	recs := make([]int, len(group))
	for i, d := range group {
		t := l.newFrame().clean(d.Type)
		if t.Is("Map") && isCollection(t.Args[1]) || t.Is("Stream") {
			l.fail(d.Decl, "a recursion over `%s` is not supported; use a set of tuples", t)
		}
		recs[i] = l.add(&ir.Node{Kind: ir.Rec, Cols: rowColumns(t), Type: t, Pos: at(d.Decl)})
		l.lets[d] = ir.View{Type: t, Node: recs[i], Closed: -1}
	}
	bodies := make([]int, len(group))
	for i, d := range group {
		bodies[i] = l.define(d.Decl.Value, l.lets[d].Type).Node
	}
	l.fix(group, recs, bodies)
}

// fix closes a recursion.
func (l *lowerer) fix(group []*typecheck.Let, recs, bodies []int) {
	fixes := make([]int, len(group))
	for i, d := range group {
		t := l.lets[d].Type
		fixes[i] = l.add(&ir.Node{
			Kind: ir.Fix, In: []int{bodies[i]}, Rec: recs[i], Limit: d.Limit,
			Cols: rowColumns(t), Type: t, Pos: at(d.Decl),
		})
		l.prog.Nodes[recs[i]].Rec = fixes[i]
	}
	for i, d := range group {
		if len(group) > 1 {
			l.prog.Nodes[fixes[i]].Peers = fixes
		}
		l.name(d, ir.View{Type: l.lets[d].Type, Node: fixes[i], Closed: -1})
	}
}

// name gives a definition its view.
func (l *lowerer) name(d *typecheck.Let, v ir.View) {
	l.lets[d] = v
	l.letAt[d] = len(l.prog.Lets)
	l.prog.Lets = append(l.prog.Lets, &ir.Named{
		Name: d.Name, View: v, Class: d.Class.String(), Lazy: d.Decl.Lazy, Pos: at(d.Decl),
	})
}

func (l *lowerer) readsItself(d *typecheck.Let) bool {
	for _, e := range l.letsIn(d.Decl.Value) {
		if e == d {
			return true
		}
	}
	return false
}

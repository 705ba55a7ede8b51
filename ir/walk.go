package ir

import "slices"

// children calls f with each expression directly below e, the bodies of
// lambdas among them.
func (e *Expr) children(f func(**Expr)) {
	for i := range e.Args {
		f(&e.Args[i])
	}
	for i := range e.Arms {
		if e.Arms[i].Guard != nil {
			f(&e.Arms[i].Guard)
		}
		f(&e.Arms[i].Body)
	}
	if e.Body != nil {
		f(&e.Body)
	}
}

// WalkExpr calls f with e and, while f returns true, everything below it.
func WalkExpr(e *Expr, f func(*Expr) bool) {
	if e == nil || !f(e) {
		return
	}
	e.children(func(c **Expr) { WalkExpr(*c, f) })
}

// MapExpr replaces bottom up each part of e, and e itself, by what f makes of
// it. It changes e.
func MapExpr(e *Expr, f func(*Expr) *Expr) *Expr {
	if e == nil {
		return nil
	}
	e.children(func(c **Expr) { *c = MapExpr(*c, f) })
	return f(e)
}

// CloneExpr copies a tree; types, constructors and values are shared.
func CloneExpr(e *Expr) *Expr {
	if e == nil {
		return nil
	}
	out := *e
	out.Args = slices.Clone(e.Args)
	out.Captures = slices.Clone(e.Captures)
	out.Arms = slices.Clone(e.Arms)
	for i := range out.Arms {
		out.Arms[i].Pat = clonePattern(out.Arms[i].Pat)
	}
	out.Pat = clonePattern(e.Pat)
	out.Params = slices.Clone(e.Params)
	for i, p := range out.Params {
		out.Params[i] = clonePattern(p)
	}
	out.children(func(c **Expr) { *c = CloneExpr(*c) })
	return &out
}

func clonePattern(p *Pattern) *Pattern {
	if p == nil {
		return nil
	}
	out := *p
	out.Args = slices.Clone(p.Args)
	for i, a := range out.Args {
		out.Args[i] = clonePattern(a)
	}
	return &out
}

// WalkPattern calls f with p and all patterns in it.
func WalkPattern(p *Pattern, f func(*Pattern)) {
	if p == nil {
		return
	}
	f(p)
	for _, a := range p.Args {
		WalkPattern(a, f)
	}
}

// RemapPattern renames the slots that a pattern binds. It changes p.
func RemapPattern(p *Pattern, move func(int) int) {
	WalkPattern(p, func(p *Pattern) {
		if p.Op == PBind {
			p.Slot = move(p.Slot)
		}
	})
}

// RemapSlots renames the slots of the frame that e belongs to. The bodies of
// lambdas have frames of their own: only their captures are renamed. It changes
// e.
func RemapSlots(e *Expr, move func(int) int) {
	if e == nil {
		return
	}
	switch e.Op {
	case ELocal:
		e.Slot = move(e.Slot)
	case ELambda:
		for i, c := range e.Captures {
			e.Captures[i] = move(c)
		}
		return
	}
	RemapPattern(e.Pat, move)
	for _, a := range e.Arms {
		RemapPattern(a.Pat, move)
	}
	e.children(func(c **Expr) { RemapSlots(*c, move) })
}

// UsedSlots calls f with every slot of the frame of e that e reads, lambdas'
// captures among them.
func UsedSlots(e *Expr, f func(int)) {
	WalkExpr(e, func(x *Expr) bool {
		switch x.Op {
		case ELocal:
			f(x.Slot)
		case ELambda:
			for _, c := range x.Captures {
				f(c)
			}
			return false
		}
		return true
	})
}

// Exprs calls f with the place of every expression of a node.
func (n *Node) Exprs(f func(**Expr)) {
	for _, p := range []**Expr{&n.Each, &n.Cond} {
		if *p != nil {
			f(p)
		}
	}
	for i := range n.Out {
		f(&n.Out[i])
	}
	for i := range n.Aggs {
		if n.Aggs[i].Arg != nil {
			f(&n.Aggs[i].Arg)
		}
	}
}

// Exprs calls f with the place of every expression of a statement and of those
// inside it.
func (s *Stmt) Exprs(f func(**Expr)) {
	for i := range s.Keys {
		f(&s.Keys[i])
	}
	for i := range s.Args {
		f(&s.Args[i])
	}
	if s.Cond != nil {
		f(&s.Cond)
	}
	for _, b := range [][]*Stmt{s.Then, s.Else} {
		for _, t := range b {
			t.Exprs(f)
		}
	}
	for i := range s.Cases {
		if s.Cases[i].Guard != nil {
			f(&s.Cases[i].Guard)
		}
		for _, t := range s.Cases[i].Body {
			t.Exprs(f)
		}
	}
}

// codes calls f with the place of every expression of the program.
func (p *Program) codes(f func(**Expr)) {
	for _, n := range p.Nodes {
		n.Exprs(f)
	}
	for _, fn := range p.Funcs {
		f(&fn.Body)
	}
	for _, h := range p.Handlers {
		for _, s := range h.Body {
			s.Exprs(f)
		}
	}
}

// views calls f with every view of the program, those in code among them.
func (p *Program) views(f func(*View)) {
	for _, c := range p.Cells {
		f(&c.View)
	}
	for _, l := range p.Lets {
		f(&l.View)
	}
	for _, s := range p.Shows {
		f(&s.View)
	}
	for _, n := range p.Nodes {
		for i := range n.Views {
			f(&n.Views[i])
		}
	}
	p.codes(func(e **Expr) { exprViews(*e, f) })
}

func exprViews(e *Expr, f func(*View)) {
	WalkExpr(e, func(x *Expr) bool {
		switch x.Op {
		case EView, ELookup, EHas:
			f(&x.View)
		}
		return true
	})
}

// nodes calls f with every node that the view needs. Copies of a view share their
// keys; f may change ids, so each gets its own before.
func (v *View) nodes(f func(*int)) {
	v.Keys = slices.Clone(v.Keys)
	f(&v.Node)
	for i := range v.Keys {
		f(&v.Keys[i])
	}
	if v.Closed >= 0 {
		f(&v.Closed)
	}
}

// WalkStmts calls f with statements and with those inside them.
func WalkStmts(body []*Stmt, f func(*Stmt)) {
	for _, s := range body {
		f(s)
		WalkStmts(s.Then, f)
		WalkStmts(s.Else, f)
		for _, c := range s.Cases {
			WalkStmts(c.Body, f)
		}
	}
}

// Decided reports whether statements may come to something that is decided
// in the agreed order: `coordinate` or `seal .. by barrier`.
func Decided(body []*Stmt) bool {
	found := false
	WalkStmts(body, func(s *Stmt) { found = found || s.Op == SCoordinate || s.Op == SSeal && s.Barrier })
	return found
}

package ir

import (
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// root reads code that is part of no other code.
func (d *decoder) root(i int) *Expr {
	e := d.expr(i, len(d.w.Exprs))
	if d.err != nil {
		return noCode
	}
	Settle(e, 0)
	return e
}

func (d *decoder) optRoot(i int) *Expr {
	if i == 0 {
		return nil
	}
	return d.root(i - 1)
}

// noCode stands for code that could not be read.
var noCode = &Expr{Op: EConst, Type: types.Unit, Value: value.MakeTuple()}

// expr reads code that stands before limit in the table.
func (d *decoder) expr(i, limit int) *Expr {
	if !d.take(d.exprs, i, limit, "code") {
		return noCode
	}
	w := &d.w.Exprs[i]
	e := &Expr{Op: ExprOp(w.Op), Type: d.typ(w.Type), Name: w.Name, N: w.N, Captures: w.Captures, Pos: d.pos(w.Pos)}
	d.check(w.Op >= 0 && w.Op <= int(ESpecial), "code %d is of an unknown kind", i)
	switch e.Op {
	case EConst:
		e.Value = d.value(w.Value, e.Type)
	case ELocal:
		e.Slot, e.N = w.N, 0
	case ECtor:
		e.Ctor, e.Name = d.ctor(w.Name), ""
	case EView, ELookup, EHas:
		if w.View == nil {
			d.fail("code %d reads no view", i)
			return noCode
		}
		e.View = d.view(w.View)
	}
	for _, q := range w.Params {
		e.Params = append(e.Params, d.pattern(q, len(d.w.Pats)))
	}
	if w.Pat > 0 {
		e.Pat = d.pattern(w.Pat-1, len(d.w.Pats))
	}
	for _, a := range w.Args {
		e.Args = append(e.Args, d.expr(a, i))
	}
	for _, a := range w.Arms {
		arm := Arm{Pat: d.pattern(a.Pat, len(d.w.Pats))}
		if a.Guard > 0 {
			arm.Guard = d.expr(a.Guard-1, i)
		}
		arm.Body = d.expr(a.Body, i)
		e.Arms = append(e.Arms, arm)
	}
	if w.Body > 0 {
		e.Body = d.expr(w.Body-1, i)
	}
	d.check((e.Op == ELambda) == (e.Body != nil), "code %d lacks a body or has one too many", i)
	return e
}

func (d *decoder) ctor(name string) *value.Ctor {
	switch name {
	case "None":
		return value.NoneCtor
	case "Some":
		return value.SomeCtor
	}
	if c := d.ctors[name]; c != nil {
		return c.Value
	}
	d.fail("the constructor `%s` is not declared", name)
	return value.NoneCtor
}

func (d *decoder) pattern(i, limit int) *Pattern {
	if !d.take(d.pats, i, limit, "pattern") {
		return &Pattern{}
	}
	w := &d.w.Pats[i]
	p := &Pattern{Op: PatOp(w.Op), Slot: w.Slot}
	d.check(w.Op >= 0 && w.Op <= int(PList), "pattern %d is of an unknown kind", i)
	switch p.Op {
	case PConst:
		if t := d.optType(w.Type); t != nil {
			p.Value = d.value(w.Value, t)
		}
	case PCtor:
		p.Ctor = d.ctor(w.Ctor)
	}
	for _, a := range w.Args {
		p.Args = append(p.Args, d.pattern(a, i))
	}
	return p
}

func (d *decoder) body(is []int, limit int) []*Stmt {
	var out []*Stmt
	for _, i := range is {
		out = append(out, d.stmt(i, limit))
	}
	return out
}

func (d *decoder) stmt(i, limit int) *Stmt {
	if !d.take(d.stmts, i, limit, "statement") {
		return &Stmt{}
	}
	w := &d.w.Stmts[i]
	s := &Stmt{Op: StmtOp(w.Op), Cell: w.Cell, Name: w.Name, N: w.N, Cond: d.optRoot(w.Cond), Barrier: w.Barrier, Pos: d.pos(w.Pos)}
	d.check(w.Op >= 0 && w.Op < len(stmtNames), "statement %d is of an unknown kind", i)
	for _, k := range w.Keys {
		s.Keys = append(s.Keys, d.root(k))
	}
	for _, a := range w.Args {
		s.Args = append(s.Args, d.root(a))
	}
	if w.Pat > 0 {
		s.Pat = d.pattern(w.Pat-1, len(d.w.Pats))
	}
	s.Then, s.Else = d.body(w.Then, i), d.body(w.Else, i)
	for _, k := range w.Cases {
		c := Case{Pat: d.pattern(k.Pat, len(d.w.Pats)), Body: d.body(k.Body, i)}
		if k.Guard > 0 {
			c.Guard = d.root(k.Guard - 1)
		}
		s.Cases = append(s.Cases, c)
	}
	return s
}

package ir

import (
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
)

// code checks one piece of code at the root of a frame whose first slots hold
// cols; a nil type is not known.
func (v *verifier) code(e *Expr, cols []*types.Type) {
	if e == nil {
		v.check(false, "code is missing")
		return
	}
	slots := max(len(cols), e.Slots)
	if v.check(slots <= maxSlots, "a frame of %d slots is too large", slots) {
		v.expr(e, slots)
	}
	if v.err == nil {
		v.bound(e, len(cols), nil)
	}
}

// bound checks that every slot of a frame that is read is one of the first n or
// is bound by a pattern of the frame.
func (v *verifier) bound(e *Expr, n int, params []*Pattern) {
	made := map[int]bool{}
	see := func(p *Pattern) {
		if p.Op == PBind {
			made[p.Slot] = true
		}
	}
	for _, p := range params {
		WalkPattern(p, see)
	}
	inFrame(e, func(x *Expr) {
		WalkPattern(x.Pat, see)
		for _, a := range x.Arms {
			WalkPattern(a.Pat, see)
		}
	})
	UsedSlots(e, func(s int) { v.check(s < n || made[s], "reads slot %d, which nothing binds", s) })
	inFrame(e, func(x *Expr) {
		if x.Op == ELambda && v.err == nil {
			v.bound(x.Body, len(x.Captures), x.Params)
		}
	})
}

// inFrame calls f with e and all parts of it that belong to the same frame:
// lambdas, but not what is inside them.
func inFrame(e *Expr, f func(*Expr)) {
	WalkExpr(e, func(x *Expr) bool {
		f(x)
		return x.Op != ELambda
	})
}

// maxSlots bounds the frames of code.
const maxSlots = 1 << 16

// argCount is the number of parts by operator; operators with any number are
// not in it.
var argCount = map[ExprOp]int{
	EConst: 0, ELocal: 0, EParam: 0, EView: 0, EHas: 1, EField: 1, EItem: 1, EIf: 3, EMatch: 1, ELambda: 0, ELet: 2, ECons: 2, EConvert: 1, EMe: 0,
}

func (v *verifier) expr(e *Expr, slots int) {
	if !v.check(e != nil && e.Type != nil && e.Op <= ESpecial, "a piece of code is not known") {
		return
	}
	if n, fixed := argCount[e.Op]; fixed && !v.check(len(e.Args) == n, "code of operator %d has %d parts", e.Op, len(e.Args)) {
		return
	}
	v.operator(e, slots)
	if e.Op == ELambda {
		v.lambda(e, slots)
		return
	}
	if e.Op == ELet {
		v.pattern(e.Pat, slots)
	}
	for _, a := range e.Arms {
		v.pattern(a.Pat, slots)
		if a.Guard != nil {
			v.expr(a.Guard, slots)
		}
		v.expr(a.Body, slots)
	}
	for _, a := range e.Args {
		v.expr(a, slots)
	}
}

// operator checks what is special to an operator.
func (v *verifier) operator(e *Expr, slots int) {
	switch e.Op {
	case EConst:
		v.check(e.Value.IsValid(), "a constant has no value")
	case ELocal:
		v.check(e.Slot >= 0 && e.Slot < slots, "reads slot %d of %d", e.Slot, slots)
	case EView, ELookup, EHas:
		v.view(&e.View, len(v.p.Nodes))
	case ECall:
		v.check(v.ops == nil || v.row(e.Name) != nil, "calls `%s`, which the library does not have", e.Name)
	case EFunc:
		if v.check(e.N >= 0 && e.N < len(v.p.Funcs), "calls function %d, which there is not", e.N) {
			v.check(len(e.Args) == v.p.Funcs[e.N].Params, "calls `%s` with %d arguments", v.p.Funcs[e.N].Name, len(e.Args))
		}
	case ECtor:
		v.check(e.Ctor != nil && len(e.Args) == len(e.Ctor.Fields), "a constructor has the wrong number of fields")
	case EMap:
		v.check(len(e.Args)%2 == 0, "a map has a key without a value")
	case EField, EItem:
		v.check(e.N >= 0, "reads part %d", e.N)
	case EParam:
		v.check(v.hasParam(e.Name), "reads the parameter `%s`, which there is not", e.Name)
	case EApply, ELift:
		v.check(len(e.Args) > 0, "applies nothing")
	}
}

func (v *verifier) hasParam(name string) bool {
	for _, p := range v.p.Params {
		if p.Name == name {
			return true
		}
	}
	return false
}

func (v *verifier) lambda(e *Expr, slots int) {
	for _, c := range e.Captures {
		v.check(c >= 0 && c < slots, "captures slot %d of %d", c, slots)
	}
	if !v.check(e.Body != nil && e.Slots <= maxSlots && len(e.Captures) <= e.Slots, "a function has no body or a bad frame") {
		return
	}
	for _, p := range e.Params {
		v.pattern(p, e.Slots)
	}
	v.expr(e.Body, e.Slots)
}

func (v *verifier) pattern(p *Pattern, slots int) {
	if !v.check(p != nil && p.Op <= PList, "a pattern is not known") {
		return
	}
	switch p.Op {
	case PBind:
		v.check(p.Slot >= 0 && p.Slot < slots, "binds slot %d of %d", p.Slot, slots)
	case PConst:
		v.check(p.Value.IsValid(), "a pattern has no value")
	case PCtor:
		v.check(p.Ctor != nil && len(p.Args) == len(p.Ctor.Fields), "a pattern has the wrong number of fields")
	case PCons:
		v.check(len(p.Args) == 2, "a pattern of a list has %d parts", len(p.Args))
	}
	for _, a := range p.Args {
		v.pattern(a, slots)
	}
}

// handler checks a handler's head and body.
func (v *verifier) handler(h *Handler) {
	v.check(int(h.Kind) < len(handlerNames), "its kind is not known")
	v.check(h.Slots >= 0 && h.Slots <= maxSlots, "a frame of %d slots is too large", h.Slots)
	switch h.Kind {
	case OnInput:
		v.check(h.Input >= 0 && h.Input < len(v.p.Inputs), "handles input %d, which there is not", h.Input)
	case When:
		if v.check(h.Head >= 0 && h.Head < len(v.p.Nodes) && h.HeadPat != nil, "its head is missing") {
			v.same(v.p.Nodes[h.Head].Cols, types.TupleOf(h.HeadTypes...).Columns(nil), "its head has other columns")
			v.pattern(h.HeadPat, h.Slots)
		}
	case Held:
		v.check(len(h.Body) == 1 && h.Body[0] != nil && h.Body[0].Op == SIf && len(h.Body[0].Args) == 1, "it is no condition")
	}
	v.body(h.Body, h.Slots)
}

func (v *verifier) body(ss []*Stmt, slots int) {
	for _, s := range ss {
		if v.err != nil || !v.check(s != nil && int(s.Op) < len(stmtNames), "a statement is not known") {
			return
		}
		switch s.Op {
		case SMutate, SSeal:
			if v.check(s.Cell >= 0 && s.Cell < len(v.p.Cells), "writes cell %d, which there is not", s.Cell) && s.Op == SMutate {
				v.check(hasMutator(v.p.Cells[s.Cell].Kind, len(s.Keys), s.Name), "`%s` has no `%s`", v.p.Cells[s.Cell].Name, s.Name)
			}
		case SEmit:
			v.check(s.N >= 0 && s.N < len(v.p.Outputs), "emits to output %d, which there is not", s.N)
		}
		for _, e := range append(append([]*Expr(nil), s.Keys...), s.Args...) {
			v.expr(e, max(slots, e.Slots))
		}
		if s.Cond != nil {
			v.expr(s.Cond, max(slots, s.Cond.Slots))
		}
		if s.Pat != nil {
			v.pattern(s.Pat, slots)
		}
		v.body(s.Then, slots)
		v.body(s.Else, slots)
		for _, c := range s.Cases {
			v.pattern(c.Pat, slots)
			v.body(c.Body, slots)
		}
	}
}

// hasMutator reports whether the kind below keys of a cell has a mutator.
func hasMutator(t *types.Type, keys int, name string) bool {
	for ; keys > 0; keys-- {
		if t = t.Resolve(); len(t.Args) < 2 {
			return false
		}
		t = t.Args[1]
	}
	k := lattice.Lookup(t.Resolve().Con)
	if k == nil {
		return false
	}
	for _, m := range k.Mutators {
		if m.Name == name {
			return true
		}
	}
	return false
}

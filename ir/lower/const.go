package lower

import (
	"time"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// litValue is the value of a literal as it is written.
func litValue(l *ast.Lit) value.Value {
	switch l.Kind {
	case ast.BoolLit:
		return value.MakeBool(l.Bool)
	case ast.IntLit:
		return value.MakeInt(l.Int)
	case ast.FloatLit:
		return value.MakeFloat(l.Float)
	case ast.DurationLit:
		return value.MakeDuration(time.Duration(l.Int))
	}
	return value.MakeString(l.Str)
}

// constant turns a constructor of parts that are all constant into a constant.
func constant(e *ir.Expr) *ir.Expr {
	vs := make([]value.Value, len(e.Args))
	for i, a := range e.Args {
		if a.Op != ir.EConst {
			return e
		}
		vs[i] = a.Value
	}
	var v value.Value
	switch e.Op {
	case ir.ETuple:
		v = value.MakeTuple(vs...)
	case ir.EList:
		v = value.MakeList(vs)
	case ir.ESet:
		v = value.MakeSet(vs)
	case ir.ECtor:
		v = value.MakeRecord(e.Ctor, vs...)
	case ir.EMap:
		if v = value.MakeMap(vs); 2*v.Len() != len(e.Args) {
			return e // equal keys join, which is the library's business
		}
	default:
		return e
	}
	return &ir.Expr{Op: ir.EConst, Type: e.Type, Value: v, Pos: e.Pos}
}

// convert makes an expression that is used as another type. Types whose values
// look the same only change their name.
func (f *frame) convert(e *ir.Expr, t *types.Type) *ir.Expr {
	if types.Equal(e.Type, t) {
		return e
	}
	if e.Op == ir.EConst {
		if v, ok := convertValue(e.Value, t); ok {
			return &ir.Expr{Op: ir.EConst, Type: t, Value: v, Pos: e.Pos}
		}
	}
	if e.Type.Is("IVar") && !t.Is("IVar") {
		if x := f.opened(e, t); x != nil {
			return x
		}
	}
	if sameValues(e.Type, t) {
		switch e.Op {
		case ir.EView, ir.EConvert: // their type says what they are
		default:
			e.Type = t
			return e
		}
	}
	return &ir.Expr{Op: ir.EConvert, Type: t, Args: []*ir.Expr{e}, Pos: e.Pos}
}

// sameValues reports whether every value of type a is, as it is, one of type b.
func sameValues(a, b *types.Type) bool {
	a, b = a.Resolve(), b.Resolve()
	if types.Equal(a, b) {
		return true
	}
	switch {
	case b.Con == "Max" || b.Con == "Min":
		if a.Con == b.Con {
			a = a.Args[0]
		}
		return !a.IsLattice() && sameValues(a, b.Args[0])
	case b.Con == "Int":
		return a.Con == "Nat"
	case b.Con == "Flag" || b.Con == "Bool":
		return a.Con == "Bool" || a.Con == "Flag"
	}
	if a.Con != b.Con || len(a.Args) != len(b.Args) || a.Con == types.Func {
		return false
	}
	for i := range a.Args {
		if !sameValues(a.Args[i], b.Args[i]) {
			return false
		}
	}
	return true
}

// convertValue converts a constant; ok is false where that is left to the
// machine.
func convertValue(v value.Value, t *types.Type) (_ value.Value, ok bool) {
	t = t.Resolve()
	switch t.Con {
	case "Max", "Min", "IVar":
		return convertValue(v, t.Args[0])
	case "Node":
		if v.Kind() == value.String {
			return value.MakeNode(v.Str()), true
		}
		return v, v.Kind() == value.Node
	case "Float":
		if v.Kind() == value.Int {
			return value.MakeFloat(float64(v.Int())), true
		}
		return v, v.Kind() == value.Float
	case "Set", "List":
		if k := v.Kind(); k != value.Set && k != value.List {
			return v, false
		}
		xs, ok := convertAll(v.Elems(), func(int) *types.Type { return t.Args[0] })
		if !ok {
			return v, false
		}
		if t.Con == "Set" {
			return value.MakeSet(xs), true
		}
		return value.MakeList(xs), true
	case "Map":
		if v.Kind() == value.Set && v.Len() == 0 {
			return value.MakeMap(nil), true
		}
		if v.Kind() != value.Map {
			return v, false
		}
		xs, ok := convertAll(v.Elems(), func(i int) *types.Type { return t.Args[i%2] })
		return value.MakeMap(xs), ok
	case types.Tuple:
		if v.Kind() != value.Tuple || v.Len() != len(t.Args) {
			return v, false
		}
		xs, ok := convertAll(v.Elems(), func(i int) *types.Type { return t.Args[i] })
		return value.MakeTuple(xs...), ok
	case "Stream":
		return v, false
	case "Option":
		if v.Kind() != value.Record || v.IsNone() {
			return v, v.Kind() == value.Record
		}
		x, ok := convertValue(v.Elems()[0], t.Args[0])
		return value.Some(x), ok
	}
	return v, true
}

func convertAll(vs []value.Value, to func(i int) *types.Type) ([]value.Value, bool) {
	out := make([]value.Value, len(vs))
	for i, v := range vs {
		x, ok := convertValue(v, to(i))
		if !ok {
			return nil, false
		}
		out[i] = x
	}
	return out, true
}

package conform

import (
	"errors"
	"fmt"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// errWait: a stream is open where more of it is needed.
var errWait = errors.New("waits")

// thing is what a slot holds: a value.Value, a function or a *stream.
type thing any

type function func(args []thing) (thing, error)

// frame is the slots of one activation.
type frame map[int]thing

func (o *Oracle) onRow(e *ir.Expr, row []value.Value) (value.Value, error) {
	f := frame{}
	for i, v := range row {
		f[i] = v
	}
	return o.eval(e, f)
}

// eval evaluates to a value; a stream becomes what is known of it.
func (o *Oracle) eval(e *ir.Expr, f frame) (value.Value, error) {
	x, err := o.walk(e, f)
	if err != nil {
		return value.Value{}, err
	}
	return asValue(x)
}

func asValue(x thing) (value.Value, error) {
	if s, ok := x.(*stream); ok {
		return s.known()
	}
	return x.(value.Value), nil
}

func (o *Oracle) evals(es []*ir.Expr, f frame) ([]value.Value, error) {
	vs := make([]value.Value, len(es))
	for i, e := range es {
		var err error
		if vs[i], err = o.eval(e, f); err != nil {
			return nil, err
		}
	}
	return vs, nil
}

// walk evaluates by walking the tree.
func (o *Oracle) walk(e *ir.Expr, f frame) (thing, error) {
	switch e.Op {
	case ir.EConst:
		if e.Type.Is("Stream") {
			return fromValue(e.Value), nil
		}
		return e.Value, nil
	case ir.ELocal:
		return f[e.Slot], nil
	case ir.EParam:
		return o.params[e.Name], nil
	case ir.EView:
		if e.Type.Is("Stream") {
			return o.viewStream(e.View)
		}
		return o.viewOf(e.View)
	case ir.ELookup, ir.EHas:
		return o.access(e, f)
	case ir.ECall:
		return o.call(e, f)
	case ir.EFunc:
		return o.function(e, f)
	case ir.EApply:
		return o.apply(e, f)
	case ir.EIf:
		c, err := o.eval(e.Args[0], f)
		if err != nil {
			return nil, err
		}
		if c.Bool() {
			return o.walk(e.Args[1], f)
		}
		return o.walk(e.Args[2], f)
	case ir.EMatch:
		return o.match(e, f)
	case ir.ELet:
		x, err := o.walk(e.Args[0], f)
		if err != nil {
			return nil, err
		}
		if ok, err := bind(e.Pat, x, f); err != nil || !ok {
			return nil, errors.Join(err, noCase(ok))
		}
		return o.walk(e.Args[1], f)
	case ir.ELambda:
		return o.lambda(e, f), nil
	case ir.ECons:
		head, err := o.eval(e.Args[0], f)
		held := copyFrame(f)
		tail := later(func() (*stream, error) { return o.walkStream(e.Args[1], held) })
		return &stream{known_: true, st: cons, head: head, tail: tail}, err
	case ir.ELift:
		return o.lift(e, f)
	}
	return o.build(e, f)
}

func noCase(ok bool) error {
	if ok {
		return nil
	}
	return op.Fail(op.NoCase, "no case")
}

func copyFrame(f frame) frame {
	c := frame{}
	for k, v := range f {
		c[k] = v
	}
	return c
}

// build makes and opens composites.
func (o *Oracle) build(e *ir.Expr, f frame) (thing, error) {
	vs, err := o.evals(e.Args, f)
	if err != nil {
		return nil, err
	}
	switch e.Op {
	case ir.ECtor:
		return value.MakeRecord(e.Ctor, vs...), nil
	case ir.ETuple:
		return value.MakeTuple(vs...), nil
	case ir.EList:
		return value.MakeList(vs), nil
	case ir.ESet:
		return value.MakeSet(vs), nil
	case ir.EMap:
		return mapOf(e.Type, vs)
	case ir.EField, ir.EItem:
		if isConflict(vs[0]) || e.N >= len(vs[0].Elems()) {
			return nil, noValue(vs[0])
		}
		return vs[0].Elems()[e.N], nil
	case ir.EConvert:
		return convert(vs[0], e.Args[0].Type, e.Type)
	case ir.ESpecial:
		switch e.Name {
		case "unset":
			return value.MakeUnset(), nil
		case "unbound":
			return value.MakeUnbound(), nil
		case "open":
			return value.MakeOpen(vs), nil
		case "conflict":
			return value.MakeConflict(vs), nil
		}
	}
	return nil, fmt.Errorf("the oracle does not know expression %d", e.Op)
}

// mapOf joins the values of equal keys.
func mapOf(t *types.Type, kvs []value.Value) (thing, error) {
	m := value.MakeMap(nil)
	for i := 0; i < len(kvs); i += 2 {
		v := kvs[i+1]
		if old, ok := m.Get(kvs[i]); ok {
			var err error
			if v, err = lattice.JoinViews(t.Resolve().Args[1], old, v); err != nil {
				return nil, op.Fail(op.TwoValues, "two values")
			}
		}
		m = value.MakeMap(append(append([]value.Value(nil), m.Elems()...), kvs[i], v))
	}
	return m, nil
}

func (o *Oracle) access(e *ir.Expr, f frame) (thing, error) {
	keys, err := o.evals(e.Args, f)
	if err != nil {
		return nil, err
	}
	v, err := o.viewOf(e.View)
	if err != nil {
		return nil, err
	}
	if e.Op == ir.EHas {
		key := keys[0]
		if v.Kind() == value.Map {
			_, ok := v.Get(key)
			return value.MakeBool(ok), nil
		}
		return value.MakeBool(v.Has(key)), nil
	}
	t := e.View.Type.Resolve()
	for _, k := range keys {
		t = t.Args[1].Resolve()
		next, ok := v.Get(k)
		if !ok {
			return bottomOf(e.Type), nil
		}
		v = next
	}
	return v, nil
}

// call applies a library row; rows over streams are in oracle_stream.go.
func (o *Oracle) call(e *ir.Expr, f frame) (thing, error) {
	row := o.ops.ByID(e.Name)
	if row == nil {
		return nil, fmt.Errorf("no row %q", e.Name)
	}
	if s, ok, err := o.streamRow(e, f); ok || err != nil {
		return s, err
	}
	c := op.Call{Type: e.Type}
	for _, a := range e.Args {
		x, err := o.walk(a, f)
		if err != nil {
			return nil, err
		}
		c.Types = append(c.Types, a.Type)
		if fn, ok := x.(function); ok {
			c.Args = append(c.Args, value.Value{})
			c.Fns = append(c.Fns, func(args ...value.Value) (value.Value, error) { return call(fn, args...) })
			continue
		}
		v, err := asValue(x)
		if err != nil {
			return nil, err
		}
		c.Args = append(c.Args, v)
	}
	return row.Eval(c)
}

func call(fn function, args ...value.Value) (value.Value, error) {
	things := make([]thing, len(args))
	for i, a := range args {
		things[i] = a
	}
	x, err := fn(things)
	if err != nil {
		return value.Value{}, err
	}
	return asValue(x)
}

func (o *Oracle) apply(e *ir.Expr, f frame) (thing, error) {
	fn, err := o.walk(e.Args[0], f)
	if err != nil {
		return nil, err
	}
	args, err := o.evals(e.Args[1:], f)
	if err != nil {
		return nil, err
	}
	return call(fn.(function), args...)
}

func (o *Oracle) lambda(e *ir.Expr, outer frame) function {
	held := frame{}
	for i, slot := range e.Captures {
		held[i] = outer[slot]
	}
	return func(args []thing) (thing, error) {
		if len(args) == 1 && len(e.Params) > 1 {
			var items []thing
			for _, x := range args[0].(value.Value).Elems() {
				items = append(items, x)
			}
			args = items
		}
		f := copyFrame(held)
		for i, p := range e.Params {
			if ok, err := bind(p, args[i], f); err != nil || !ok {
				return nil, errors.Join(err, noCase(ok))
			}
		}
		return o.walk(e.Body, f)
	}
}

func (o *Oracle) match(e *ir.Expr, f frame) (thing, error) {
	x, err := o.walk(e.Args[0], f)
	if err != nil {
		return nil, err
	}
	for _, arm := range e.Arms {
		ok, err := bind(arm.Pat, x, f)
		if err != nil {
			return nil, err
		}
		if ok && arm.Guard != nil {
			g, err := o.eval(arm.Guard, f)
			if err != nil {
				return nil, err
			}
			ok = g.Bool()
		}
		if ok {
			return o.walk(arm.Body, f)
		}
	}
	return nil, noCase(false)
}

// bind matches a pattern and binds its slots.
func bind(p *ir.Pattern, x thing, f frame) (bool, error) {
	switch p.Op {
	case ir.PWild:
		return true, nil
	case ir.PBind:
		f[p.Slot] = x
		return true, nil
	case ir.PNil, ir.PCons:
		if s, ok := x.(*stream); ok {
			return bindStream(p, s, f)
		}
	}
	v, err := asValue(x)
	if err != nil {
		return false, err
	}
	switch p.Op {
	case ir.PConst:
		return value.Equal(p.Value, v), nil
	case ir.PCtor:
		if v.Kind() != value.Record || v.Ctor().Name != p.Ctor.Name {
			return false, nil
		}
	case ir.PNil:
		return v.Len() == 0, nil
	case ir.PCons:
		if v.Len() == 0 {
			return false, nil
		}
		return bindAll(p.Args, []value.Value{v.Elems()[0], value.MakeList(v.Elems()[1:])}, f)
	case ir.PList:
		if v.Len() != len(p.Args) {
			return false, nil
		}
	}
	return bindAll(p.Args, v.Elems(), f)
}

func bindAll(ps []*ir.Pattern, vs []value.Value, f frame) (bool, error) {
	for i, p := range ps {
		if ok, err := bind(p, vs[i], f); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (o *Oracle) lift(e *ir.Expr, f frame) (thing, error) {
	fn, err := o.walk(e.Args[0], f)
	if err != nil {
		return nil, err
	}
	args, err := o.evals(e.Args[1:], f)
	if err != nil {
		return nil, err
	}
	rows := [][]value.Value{nil}
	for _, a := range args {
		var longer [][]value.Value
		for _, row := range rows {
			for _, v := range boundOf(a) {
				longer = append(longer, append(append([]value.Value(nil), row...), v))
			}
		}
		rows = longer
	}
	var results []value.Value
	for _, row := range rows {
		v, err := call(fn.(function), row...)
		if err != nil {
			return nil, err
		}
		results = append(results, boundOf(v)...)
	}
	switch results = value.MakeSet(results).Elems(); len(results) {
	case 0:
		return value.MakeUnbound(), nil
	case 1:
		return results[0], nil
	}
	return value.MakeConflict(append([]value.Value(nil), results...)), nil
}

func boundOf(v value.Value) []value.Value {
	switch v.Kind() {
	case value.Unbound:
		return nil
	case value.Conflict:
		return v.Elems()
	}
	return []value.Value{v}
}

func noValue(v value.Value) error {
	if isConflict(v) {
		return op.Fail(op.TwoValues, "conflict")
	}
	return op.Fail(op.Missing, "no value")
}

// convert covers the conversions that random programs use.
func convert(v value.Value, from, t *types.Type) (thing, error) {
	switch t = t.Resolve(); t.Con {
	case "Int", "Nat", "Bool", "Float", "Duration":
		if !value.RawKind(v.Kind()) {
			return nil, noValue(v)
		}
		if t.Con == "Float" && v.Kind() == value.Int {
			return value.MakeFloat(float64(v.Int())), nil
		}
	case "Map":
		switch v.Kind() {
		case value.Map:
		case value.List: // of entries
			var kvs []value.Value
			for _, x := range v.Elems() {
				kvs = append(kvs, x.Elems()...)
			}
			return mapOf(t, kvs)
		default:
			return value.MakeMap(nil), nil
		}
	case "Set", "List", "Stream":
		var xs []value.Value
		if from.Is("IVar") {
			return value.MakeSet(append(xs, boundOf(v)...)), nil
		}
		switch v.Kind() {
		case value.Map:
			for i := 0; i < len(v.Elems()); i += 2 {
				for _, one := range boundOf(v.Elems()[i+1]) {
					xs = append(xs, value.MakeTuple(v.Elems()[i], one))
				}
			}
		case value.Set, value.List, value.Open:
			xs = append(xs, v.Elems()...)
		default:
			xs = append(xs, boundOf(v)...)
		}
		if t.Con == "Set" {
			return value.MakeSet(xs), nil
		}
		return value.MakeList(xs), nil
	}
	return v, nil
}

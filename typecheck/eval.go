package typecheck

import (
	"errors"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// eval computes a checked expression, by the rows of the library and as plainly
// as possible: as much of the language as a hand-written join needs. Names of
// cells mean what env holds for them.
type eval struct {
	info *Info
	env  map[Object]value.Value
}

var (
	errNoArm       = errors.New("no case of a match fits")
	errNotComputed = errors.New("this expression is not computed at compile time")
)

func (v eval) expr(e ast.Expr) (value.Value, error) {
	switch e := e.(type) {
	case *ast.Paren:
		return v.expr(e.X)
	case *ast.Lit:
		return litValue(e), nil
	case *ast.Name:
		return v.name(e)
	case *ast.Tuple:
		xs, err := v.exprs(e.Elems)
		return value.MakeTuple(xs...), err
	case *ast.List:
		xs, err := v.exprs(e.Elems)
		return value.MakeList(xs), err
	case *ast.Set:
		xs, err := v.exprs(e.Elems)
		return value.MakeSet(xs), err
	case *ast.FieldOf:
		return v.field(e)
	case *ast.TupleItem:
		x, err := v.expr(e.X)
		if err != nil {
			return x, err
		}
		return x.Elems()[e.N], nil
	case *ast.If:
		c, err := v.expr(e.Cond)
		if err != nil {
			return c, err
		}
		if c.Bool() {
			return v.expr(e.Then)
		}
		return v.expr(e.Else)
	case *ast.Match:
		return v.match(e)
	case *ast.Map:
		return v.mapLit(e)
	case *ast.Comp:
		return v.comp(e)
	}
	if call := v.info.Calls[e]; call != nil {
		return v.call(e, call)
	}
	return value.Value{}, errNotComputed
}

func (v eval) exprs(es []ast.Expr) ([]value.Value, error) {
	xs := make([]value.Value, len(es))
	for i, e := range es {
		var err error
		if xs[i], err = v.expr(e); err != nil {
			return nil, err
		}
	}
	return xs, nil
}

func litValue(l *ast.Lit) value.Value {
	switch l.Kind {
	case ast.BoolLit:
		return value.MakeBool(l.Bool)
	case ast.FloatLit:
		return value.MakeFloat(l.Float)
	case ast.StringLit:
		return value.MakeString(l.Str)
	case ast.DurationLit:
		return value.MakeDuration(durationOf(l.Int))
	}
	return value.MakeInt(l.Int)
}

func (v eval) name(e *ast.Name) (value.Value, error) {
	o := v.info.Uses[e]
	if x, ok := v.env[o]; ok {
		return x, nil
	}
	switch o := o.(type) {
	case *CtorObj:
		if len(o.Ctor.Fields) == 0 {
			return value.MakeRecord(o.Ctor.Value), nil
		}
	case *Let:
		return v.expr(o.Decl.Value)
	case *Bottom:
		return o.Def.Join.Bottom, nil
	}
	return value.Value{}, errNotComputed
}

func (v eval) mapLit(e *ast.Map) (value.Value, error) {
	var kvs []value.Value
	for _, entry := range e.Entries {
		kv, err := v.exprs([]ast.Expr{entry.Key, entry.Value})
		if err != nil {
			return value.Value{}, err
		}
		kvs = append(kvs, kv...)
	}
	return value.MakeMap(kvs), nil
}

func (v eval) comp(e *ast.Comp) (value.Value, error) {
	var out []value.Value
	err := v.gens(e.Gens, func() error {
		if e.Cond != nil {
			if ok, err := v.expr(e.Cond); err != nil || !ok.Bool() {
				return err
			}
		}
		parts := []ast.Expr{e.Elem}
		if e.Kind == ast.MapComp {
			parts = []ast.Expr{e.Key, e.Elem}
		}
		xs, err := v.exprs(parts)
		out = append(out, xs...)
		return err
	})
	switch {
	case err != nil:
		return value.Value{}, err
	case e.Kind == ast.ListComp:
		return value.MakeList(out), nil
	case e.Kind == ast.MapComp:
		return v.joined(e, out)
	}
	return value.MakeSet(out), nil
}

// joined makes a map of pairs; values of equal keys join.
func (v eval) joined(e *ast.Comp, kvs []value.Value) (value.Value, error) {
	t := v.info.Types[e]
	all := value.MakeMap(nil)
	for i := 0; i < len(kvs); i += 2 {
		var err error
		if all, err = lattice.JoinViews(t, all, value.MakeMap([]value.Value{kvs[i], kvs[i+1]})); err != nil {
			return value.Value{}, err
		}
	}
	return all, nil
}

// gens calls body for each combination of what the generators draw.
func (v eval) gens(gens []*ast.Gen, body func() error) error {
	if len(gens) == 0 {
		return body()
	}
	in, err := v.expr(gens[0].In)
	if err != nil {
		return err
	}
	xs := in.Elems()
	step := 1
	if in.Kind() == value.Map {
		step = 2
	}
	for i := 0; i < len(xs); i += step {
		x := xs[i]
		if step == 2 {
			x = value.MakeTuple(xs[i], xs[i+1])
		}
		if !v.bind(gens[0].Pat, x) {
			continue
		}
		if err := v.gens(gens[1:], body); err != nil {
			return err
		}
	}
	return nil
}

func (v eval) field(e *ast.FieldOf) (value.Value, error) {
	x, err := v.expr(e.X)
	if err != nil {
		return x, err
	}
	for i, f := range x.Ctor().Fields {
		if f == e.Name.Name {
			return x.Elems()[i], nil
		}
	}
	return value.Value{}, errNotComputed
}

func (v eval) call(e ast.Expr, call *Call) (value.Value, error) {
	if call.Row == nil || call.Row.Eval == nil {
		if call.Ctor == nil && call.Fn == nil {
			return value.Value{}, errNotComputed
		}
		xs, err := v.exprs(call.Args)
		switch {
		case err != nil:
			return value.Value{}, err
		case call.Ctor != nil:
			return value.MakeRecord(call.Ctor.Ctor.Value, xs...), nil
		}
		return v.apply(call.Fn, xs)
	}
	c := op.Call{Type: v.info.Types[e], Types: call.Params}
	for _, a := range call.Args {
		if l, ok := ast.Unparen(a).(*ast.Lambda); ok {
			c.Fns, c.Args = append(c.Fns, v.lambda(l)), append(c.Args, value.Value{})
			continue
		}
		x, err := v.expr(a)
		if err != nil {
			return x, err
		}
		c.Args = append(c.Args, x)
	}
	return call.Row.Eval(c)
}

// apply computes a function.
func (v eval) apply(fn *Fn, args []value.Value) (value.Value, error) {
	if fn.Recursive {
		return value.Value{}, errNotComputed
	}
	env := map[Object]value.Value{}
	for i, p := range fn.Params {
		env[p] = args[i]
	}
	return eval{info: v.info, env: env}.expr(fn.Decl.Body)
}

// lambda makes a function that binds its own parameters over the names around.
func (v eval) lambda(l *ast.Lambda) op.Fn {
	return func(args ...value.Value) (value.Value, error) {
		inner := eval{info: v.info, env: make(map[Object]value.Value, len(v.env)+len(args))}
		for k, x := range v.env {
			inner.env[k] = x
		}
		switch {
		case len(args) == 1 && len(l.Params) > 1:
			args = args[0].Elems()
		case len(args) > 1 && len(l.Params) == 1:
			args = []value.Value{value.MakeTuple(args...)}
		}
		for i, p := range l.Params {
			if !inner.bind(p, args[i]) {
				return value.Value{}, errNoArm
			}
		}
		return inner.expr(l.Body)
	}
}

func (v eval) match(e *ast.Match) (value.Value, error) {
	x, err := v.expr(e.Subject)
	if err != nil {
		return x, err
	}
	for _, arm := range e.Arms {
		if !v.bind(arm.Pat, x) {
			continue
		}
		if arm.Guard != nil {
			if ok, err := v.expr(arm.Guard); err != nil || !ok.Bool() {
				if err != nil {
					return ok, err
				}
				continue
			}
		}
		return v.expr(arm.Body)
	}
	return value.Value{}, errNoArm
}

// bind takes x apart by p and reports whether it matches.
func (v eval) bind(p ast.Pattern, x value.Value) bool {
	switch p := p.(type) {
	case *ast.WildPat:
		return true
	case *ast.BindPat:
		v.env[v.info.Binds[p]] = x
		return true
	case *ast.LitPat:
		return value.Equal(litValue(p.Lit), x)
	case *ast.TuplePat:
		return v.bindAll(p.Elems, x.Elems())
	case *ast.ListPat:
		return v.bindAll(p.Elems, x.Elems())
	case *ast.ConsPat:
		xs := x.Elems()
		return len(xs) > 0 && v.bind(p.Head, xs[0]) && v.bind(p.Tail, value.MakeList(xs[1:]))
	case *ast.CtorPat:
		if x.Ctor() == nil || x.Ctor().Name != p.Name.Name {
			return false
		}
		for i, a := range p.Args {
			at := i
			for k, f := range x.Ctor().Fields {
				if a.Label != nil && f == a.Label.Name {
					at = k
				}
			}
			if !v.bind(a.Pat, x.Elems()[at]) {
				return false
			}
		}
		return true
	}
	return false
}

func (v eval) bindAll(ps []ast.Pattern, xs []value.Value) bool {
	if len(ps) != len(xs) {
		return false
	}
	for i, p := range ps {
		if !v.bind(p, xs[i]) {
			return false
		}
	}
	return true
}

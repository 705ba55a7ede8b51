package typecheck

import (
	"strconv"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
)

// infer gives e a type from its parts. A second look at e replaces what the
// first one noted.
func (c *checker) infer(e ast.Expr) *types.Type {
	if c.fuel--; c.fuel <= 0 {
		c.outOfFuel(e)
		return c.note(e, badType())
	}
	delete(c.info.Coerce, e)
	return c.note(e, c.inferNew(e))
}

func (c *checker) note(e ast.Expr, t *types.Type) *types.Type {
	c.info.Types[e] = t
	return t
}

func (c *checker) inferNew(e ast.Expr) *types.Type {
	switch e := e.(type) {
	case *ast.Paren:
		return c.infer(e.X)
	case *ast.Lit:
		return litType(e)
	case *ast.Interp:
		return c.interp(e)
	case *ast.Name:
		return c.name(e)
	case *ast.Tuple:
		parts := make([]*types.Type, len(e.Elems))
		for i, x := range e.Elems {
			parts[i] = c.infer(x)
		}
		return types.TupleOf(parts...)
	case *ast.List:
		return c.list(e, nil)
	case *ast.Set:
		return c.set(e, nil)
	case *ast.Map:
		return c.mapLit(e, nil, nil)
	case *ast.Comp:
		return c.comp(e, nil)
	case *ast.FieldOf:
		return c.fieldOf(e)
	case *ast.TupleItem:
		return c.tupleItem(e)
	case *ast.Index:
		return c.index(e)
	case *ast.Call:
		return c.call(e, nil)
	case *ast.Lambda:
		return c.lambda(e, freshes(c, len(e.Params)), nil)
	case *ast.If:
		return c.ifExpr(e)
	case *ast.Match:
		return c.match(e, nil)
	case *ast.Binary:
		return c.binary(e, nil)
	case *ast.Unary:
		return c.operator(e, e.Op, []ast.Expr{e.X}, nil)
	case *ast.Blank:
		return c.fresh()
	}
	return badType() // *ast.BadExpr: reported by the parser
}

func freshes(c *checker, n int) []*types.Type {
	ts := make([]*types.Type, n)
	for i := range ts {
		ts[i] = c.fresh()
	}
	return ts
}

func litType(l *ast.Lit) *types.Type {
	switch l.Kind {
	case ast.BoolLit:
		return types.Bool
	case ast.FloatLit:
		return types.Float
	case ast.StringLit:
		return types.String
	case ast.DurationLit:
		return types.Duration
	}
	if l.Int < 0 {
		return types.Int
	}
	return types.Nat
}

// check gives e the type that its place wants; the wish reaches through
// parentheses, literals, comprehensions, `|`, if and match. It reports whether
// e fits.
func (c *checker) check(e ast.Expr, want *types.Type) bool {
	if c.pushes(e, want) {
		return true
	}
	var t *types.Type
	switch e := e.(type) {
	case *ast.Call:
		delete(c.info.Coerce, e)
		t = c.note(e, c.call(e, want))
	case *ast.Binary:
		delete(c.info.Coerce, e)
		t = c.note(e, c.binary(e, want))
	default:
		t = c.infer(e)
	}
	return c.coerce(e, t, want)
}

// coerce notes that e of type t stands where want is wanted, or reports that it
// cannot.
func (c *checker) coerce(e ast.Expr, t, want *types.Type) bool {
	if !c.fits(e, t, want, read) {
		c.mismatch(e, t, want)
		return false
	}
	c.noteCoerce(e, t, want)
	return true
}

func (c *checker) noteCoerce(e ast.Expr, t, want *types.Type) {
	if !types.Equal(t, want) {
		c.info.Coerce[e] = want
	}
}

// pushes handles the expressions that hand a wish on to their parts; it reports
// whether e was one of them.
func (c *checker) pushes(e ast.Expr, want *types.Type) bool {
	w := want.Resolve()
	done := func(t *types.Type) bool {
		delete(c.info.Coerce, e)
		c.note(e, t)
		if isBad(t) {
			return true
		}
		c.coerce(e, t, want)
		return true
	}
	switch e := e.(type) {
	case *ast.Paren:
		c.check(e.X, want)
		delete(c.info.Coerce, e)
		c.note(e, want)
		return true
	case *ast.If:
		if isFree(w) {
			return false
		}
		c.condition(e.Cond)
		c.check(e.Then, want)
		c.check(e.Else, want)
		return done(want)
	case *ast.Match:
		if isFree(w) {
			return false
		}
		return done(c.match(e, want))
	case *ast.Tuple:
		if w.Con != types.Tuple || len(w.Args) != len(e.Elems) {
			return false
		}
		for i, x := range e.Elems {
			c.check(x, w.Args[i])
		}
		return done(want)
	case *ast.List:
		if w.Con != "List" && w.Con != "Stream" {
			return false
		}
		return done(c.list(e, w.Args[0]))
	case *ast.Set:
		switch {
		case len(e.Elems) == 0 && w.Con == "Map":
			return done(want)
		case w.Con == "Set":
			return done(c.set(e, w.Args[0]))
		}
	case *ast.Map:
		if w.Con == "Map" {
			return done(c.mapLit(e, w.Args[0], w.Args[1]))
		}
	case *ast.Comp:
		if con := [...]string{"Set", "Map", "List"}[e.Kind]; w.Con == con {
			return done(c.comp(e, w))
		}
	case *ast.Lambda:
		if w.Con == types.Func {
			return done(c.lambda(e, w.Params(), w.Result()))
		}
	}
	return false
}

// condition checks an expression that decides.
func (c *checker) condition(e ast.Expr) { c.check(e, types.Bool) }

// elements infers the common type of the parts of a literal.
func (c *checker) elements(xs []ast.Expr, want *types.Type) *types.Type {
	if want != nil {
		for _, x := range xs {
			c.check(x, want)
		}
		return want
	}
	ts := make([]*types.Type, len(xs))
	for i, x := range xs {
		ts[i] = c.infer(x)
	}
	return c.join(xs, ts)
}

// join finds the first of ts that all others fit, and notes the conversions.
func (c *checker) join(xs []ast.Expr, ts []*types.Type) *types.Type {
	if len(ts) == 0 {
		return c.fresh()
	}
	for _, allow := range []steps{exactly, widen} {
		for _, to := range ts {
			mark := c.mark()
			if c.allFit(xs, ts, to, allow) {
				for i, x := range xs {
					c.settle(x, ts[i], to)
				}
				return to
			}
			c.undo(mark)
		}
	}
	for i := range ts {
		if !c.fits(xs[i], ts[i], ts[0], widen) {
			c.unlikeParts(xs[i], ts[i], xs[0], ts[0])
			break
		}
	}
	return badType()
}

func (c *checker) allFit(xs []ast.Expr, ts []*types.Type, to *types.Type, allow steps) bool {
	for i, t := range ts {
		if !c.fits(xs[i], t, to, allow) {
			return false
		}
	}
	return true
}

// settle notes that x, inferred as t, is used as want. Literals whose parts
// convert are checked again, so that the parts carry the conversion.
func (c *checker) settle(x ast.Expr, t, want *types.Type) {
	if types.Equal(t, want) || isBad(t) {
		return
	}
	switch unparen(x).(type) {
	case *ast.List, *ast.Set, *ast.Map, *ast.Tuple, *ast.Comp, *ast.If, *ast.Match:
		c.check(x, want)
	default:
		c.noteCoerce(x, t, want)
	}
}

func (c *checker) list(e *ast.List, want *types.Type) *types.Type {
	elem := c.asElement(e.Elems, c.elements(e.Elems, want))
	if e.Open {
		if !c.expecting() {
			c.onlyInExpect(e.Span(), "an open stream `[a, b, ...]`")
		}
		return types.StreamOf(elem)
	}
	return types.ListOf(elem)
}

func (c *checker) set(e *ast.Set, want *types.Type) *types.Type {
	if len(e.Elems) == 0 && want == nil {
		return c.freshOf(bracesLike)
	}
	return types.SetOf(c.asElement(e.Elems, c.elements(e.Elems, want)))
}

// asElement turns the type of items into what a collection holds: growing
// numbers are read as data there.
func (c *checker) asElement(xs []ast.Expr, t *types.Type) *types.Type {
	d := dataOf(t)
	if d == t.Resolve() || isFree(t) {
		return t
	}
	for _, x := range xs {
		c.noteCoerce(x, c.info.Types[x], d)
	}
	return d
}

func (c *checker) mapLit(e *ast.Map, key, val *types.Type) *types.Type {
	keys := make([]ast.Expr, len(e.Entries))
	vals := make([]ast.Expr, len(e.Entries))
	for i, entry := range e.Entries {
		keys[i], vals[i] = entry.Key, entry.Value
	}
	return types.MapOf(c.asElement(keys, c.elements(keys, key)), c.elements(vals, val))
}

func (c *checker) interp(e *ast.Interp) *types.Type {
	for _, part := range e.Parts {
		t := c.infer(part)
		if d := dataOf(t); d != t.Resolve() {
			c.noteCoerce(part, t, d)
		} else if culprit := notData(t); culprit != nil && !isBad(t) {
			c.notText(part, t)
		}
	}
	return types.String
}

func (c *checker) fieldOf(e *ast.FieldOf) *types.Type {
	t := c.infer(e.X).Resolve()
	if isBad(t) {
		return badType()
	}
	if t.Def != nil && len(t.Def.Ctors) == 1 {
		for _, f := range t.Def.Ctors[0].Fields {
			if f.Name == e.Name.Name {
				return f.Type
			}
		}
	}
	return c.noField(e, t)
}

func (c *checker) tupleItem(e *ast.TupleItem) *types.Type {
	t := c.infer(e.X).Resolve()
	switch {
	case isBad(t):
		return badType()
	case t.Con != types.Tuple || e.N >= len(t.Args):
		c.noItem(e, t)
		return badType()
	}
	return t.Args[e.N]
}

func (c *checker) index(e *ast.Index) *types.Type {
	whole := c.infer(e.X)
	key := c.infer(e.K)
	t := whole.Resolve()
	if t.Con == "IVar" {
		t = t.Args[0].Resolve()
	}
	if t.Con != "Map" && t.Con != "List" {
		if !isBad(t) {
			c.notIndexed(e, t)
		}
		return badType()
	}
	rows := c.ops.ByName("[]")
	if cellIndex := c.ops.ByID("cell.index"); cellIndex != nil && c.isCellEntry(e.X) {
		rows = []*op.Row{cellIndex}
	}
	return c.applyTypes(e, e.Span(), "[]", rows, []ast.Expr{e.X, e.K}, []*types.Type{whole, key}, nil)
}

// isCellEntry reports whether e is a cell or an entry of one: there an absent
// key reads as the bottom of its kind.
func (c *checker) isCellEntry(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Name:
		_, ok := c.info.Uses[e].(*Cell)
		return ok
	case *ast.Index:
		return c.isCellEntry(e.X)
	}
	return false
}

func (c *checker) ifExpr(e *ast.If) *types.Type {
	c.condition(e.Cond)
	branches := []ast.Expr{e.Then, e.Else}
	return c.join(branches, []*types.Type{c.infer(e.Then), c.infer(e.Else)})
}

// match checks the arms; without a wish they agree on a type among themselves.
func (c *checker) match(e *ast.Match, want *types.Type) *types.Type {
	subject := c.infer(e.Subject)
	if subject.Is("IVar") {
		c.outside(e.Subject.Span(), "`match` on an IVar is not part of this version", "Apply a function to it: the result is an IVar that is bound once this one is.")
		subject = badType()
	}
	bodies := make([]ast.Expr, len(e.Arms))
	ts := make([]*types.Type, len(e.Arms))
	pats := make([]ast.Pattern, len(e.Arms))
	guarded := make([]bool, len(e.Arms))
	for i, arm := range e.Arms {
		c.push()
		c.pattern(arm.Pat, subject, true)
		if arm.Guard != nil {
			c.condition(arm.Guard)
		}
		if bodies[i] = arm.Body; want != nil {
			c.check(arm.Body, want)
		} else {
			ts[i] = c.infer(arm.Body)
		}
		c.pop()
		pats[i], guarded[i] = arm.Pat, arm.Guard != nil
	}
	c.exhaustive(e.Span(), subject, pats, guarded)
	if want != nil {
		return want
	}
	if len(e.Arms) == 0 {
		return badType()
	}
	return c.join(bodies, ts)
}

// lambda checks a function written in place against the parameter types that
// its use gives; result may be nil. Several patterns take one tuple apart, and
// one pattern takes several parameters as a tuple.
func (c *checker) lambda(e *ast.Lambda, params []*types.Type, result *types.Type) *types.Type {
	c.push()
	defer c.pop()
	whole := types.FuncOf(params, c.fresh())
	if ts, ok := c.spread(len(e.Params), params); ok {
		for i, p := range e.Params {
			c.pattern(p, ts[i], false)
		}
	} else {
		c.lambdaArity(e, params)
		for _, p := range e.Params {
			c.pattern(p, badType(), false)
		}
	}
	if result == nil {
		whole.Args[len(params)] = c.infer(e.Body)
		return whole
	}
	whole.Args[len(params)] = result
	c.check(e.Body, result)
	return whole
}

// spread fits n patterns to the parameters of a function type.
func (c *checker) spread(n int, params []*types.Type) ([]*types.Type, bool) {
	switch {
	case n == len(params):
		return params, true
	case n == 1:
		return []*types.Type{types.TupleOf(params...)}, true
	case len(params) != 1:
		return nil, false
	}
	t := params[0].Resolve()
	switch {
	case t.Con == bad:
		ts := make([]*types.Type, n)
		for i := range ts {
			ts[i] = t
		}
		return ts, true
	case isFree(t):
		ts := freshes(c, n)
		return ts, c.unify(t, types.TupleOf(ts...))
	case t.Con == types.Tuple && len(t.Args) == n:
		return t.Args, true
	}
	return nil, false
}

// name finds what a name stands for. Locals hide the names of the program, and
// those hide the library.
func (c *checker) name(e *ast.Name) *types.Type {
	if o := c.lookup(e.Name); o != nil {
		return c.useOf(e, o)
	}
	if t := c.special(e); t != nil {
		return t
	}
	if rows := c.ops.ByName(e.Name); len(rows) > 0 {
		return c.rowAsValue(e, rows)
	}
	return c.unknownName(e.Name, e.Span())
}

func (c *checker) lookup(name string) Object {
	if l := c.local(name); l != nil {
		return l
	}
	if o := c.globals[name]; o != nil {
		return o
	}
	if isCapital(name) {
		if o := c.ctor(name); o != nil {
			return o
		}
	}
	return nil
}

func isCapital(name string) bool { return name != "" && name[0] >= 'A' && name[0] <= 'Z' }

// use notes what a node names.
func (c *checker) use(n ast.Node, o Object) {
	c.info.Uses[n] = o
	c.used[o] = true
}

func (c *checker) useOf(e *ast.Name, o Object) *types.Type {
	c.use(e, o)
	switch o := o.(type) {
	case *Local:
		return o.Type
	case *Cell:
		return o.View
	case *Param:
		return o.Type
	case *Let:
		return c.letType(e, o)
	case *Output:
		if !c.testing() {
			c.outputRead(e)
			return badType()
		}
		return types.ListOf(o.Type)
	case *Input:
		c.inputAsValue(e)
		return badType()
	case *Fn:
		params, result, _ := c.instance(o)
		return types.FuncOf(params, result)
	case *CtorObj:
		result, fields := c.ctorType(o)
		if len(fields) == 0 {
			return result
		}
		return types.FuncOf(fields, result)
	}
	return badType()
}

// special are the names that the language itself gives a meaning.
func (c *checker) special(e *ast.Name) *types.Type {
	switch e.Name {
	case "unbound", "unset":
		c.info.Uses[e] = &Special{Name: e.Name}
		if !c.expecting() {
			c.onlyInExpect(e.Span(), "`"+e.Name+"`")
		}
		if e.Name == "unset" {
			return c.freshOf(unsetLike)
		}
		return types.IVarOf(c.fresh())
	case "me":
		c.info.Uses[e] = &Special{Name: e.Name}
		return types.Node
	case "errors", "conflicts":
		c.outside(e.Span(), "`"+e.Name+"` is not part of this version", "")
		return badType()
	}
	return nil
}

// itemText renders an item number for messages.
func itemText(n int) string { return "." + strconv.Itoa(n) }

package typecheck

import (
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// bad is the type of what was reported already. It fits everything, so that one
// mistake stays one error.
const bad = "!"

func badType() *types.Type { return types.Of(bad) }

func isBad(t *types.Type) bool { return t == nil || t.Is(bad) }

// shape narrows what a variable of inference may become.
type shape uint8

const (
	anyShape   shape = iota
	bracesLike       // `{}`: a set or a map
	unsetLike        // `unset`: a Max or a Min
)

func (s shape) admits(con string) bool {
	switch s {
	case bracesLike:
		return con == "Set" || con == "Map"
	case unsetLike:
		return con == "Max" || con == "Min"
	}
	return true
}

// steps says which implicit steps from one type to another are allowed.
type steps uint8

const (
	exactly steps = iota // none
	widen                // Nat to Int, literal to Node, data to Max, Min or IVar, List to Stream, Bool to Flag
	read                 // and a growing value as the data it holds now, an IVar as what it opens into
)

// unifier makes types equal by binding variables. Bindings since a mark can be
// undone, so that overloads can be tried.
type unifier struct {
	trail  []*types.TypeVar
	shapes map[*types.TypeVar]shape
}

func (u *unifier) fresh() *types.Type {
	return &types.Type{Con: types.Var, Var: &types.TypeVar{}}
}

func (u *unifier) freshOf(s shape) *types.Type {
	t := u.fresh()
	u.shapes[t.Var] = s
	return t
}

func (u *unifier) mark() int { return len(u.trail) }

func (u *unifier) undo(mark int) {
	for _, v := range u.trail[mark:] {
		v.Is = nil
	}
	u.trail = u.trail[:mark]
}

// isFree reports whether t is a variable that inference may still bind; the
// named parameters of a generic function are not.
func isFree(t *types.Type) bool {
	t = t.Resolve()
	return t.Con == types.Var && t.Var.Name == ""
}

func (u *unifier) bind(v *types.TypeVar, t *types.Type) bool {
	if occurs(v, t) {
		return false
	}
	if s := u.shapes[v]; s != anyShape {
		if isFree(t) {
			if o := u.shapes[t.Var]; o != anyShape && o != s {
				return false
			}
			v, t = t.Var, &types.Type{Con: types.Var, Var: v}
		} else if !s.admits(t.Con) && t.Con != bad {
			return false
		}
	}
	v.Is = t
	u.trail = append(u.trail, v)
	return true
}

func occurs(v *types.TypeVar, t *types.Type) bool {
	t = t.Resolve()
	if t.Con == types.Var {
		return t.Var == v
	}
	return slices.ContainsFunc(t.Args, func(a *types.Type) bool { return occurs(v, a) })
}

// unify makes a and b the same type, or reports that they cannot be and leaves
// no binding.
func (u *unifier) unify(a, b *types.Type) bool {
	mark := u.mark()
	if u.same(a, b) {
		return true
	}
	u.undo(mark)
	return false
}

func (u *unifier) same(a, b *types.Type) bool {
	a, b = a.Resolve(), b.Resolve()
	switch {
	case a == b || a.Con == bad || b.Con == bad:
		return true
	case a.Con == types.Var && b.Con == types.Var && a.Var == b.Var:
		return true
	case isFree(a):
		return u.bind(a.Var, b)
	case isFree(b):
		return u.bind(b.Var, a)
	case a.Con != b.Con || len(a.Args) != len(b.Args) || a.Con == types.Var:
		return false
	}
	for i := range a.Args {
		if !u.same(a.Args[i], b.Args[i]) {
			return false
		}
	}
	return true
}

// fits reports whether an expression of type from can stand where to is wanted,
// and binds variables so that it does. e is the expression where it is at hand:
// literals fit more than other expressions of their type.
func (u *unifier) fits(e ast.Expr, from, to *types.Type, allow steps) bool {
	if u.unify(from, to) {
		return true
	}
	mark := u.mark()
	if allow != exactly && u.step(e, from.Resolve(), to.Resolve(), allow) {
		return true
	}
	u.undo(mark)
	return false
}

// step tries the implicit steps.
func (u *unifier) step(e ast.Expr, from, to *types.Type, allow steps) bool {
	switch {
	case from.Con == "Nat" && to.Con == "Int",
		from.Con == "Bool" && to.Con == "Flag",
		from.Con == "Flag" && to.Con == "Bool",
		from.Con == "String" && to.Con == "Node" && isTextLiteral(e):
		return true
	case from.Con == types.Tuple && to.Con == types.Lex && len(from.Args) == 2:
		return u.fitsPart(e, 0, from, to, allow) && u.fitsPart(e, 1, from, to, allow)
	case from.Con == "List" && to.Con == "Stream":
		return u.fits(nil, from.Args[0], to.Args[0], allow)
	case from.Con == to.Con && len(from.Args) == len(to.Args) && isCovariant(to.Con):
		for i := range from.Args {
			if !u.fitsPart(e, i, from, to, allow) {
				return false
			}
		}
		return true
	case to.Joined() != nil && from.Joined() == nil && notData(from) == nil:
		return u.fits(e, from, to.Joined().Of, allow)
	case allow == read && from.Joined() != nil && to.Joined() == nil && notData(to) == nil:
		return u.fits(nil, from.Joined().Of, to, allow)
	case (to.Con == "Max" || to.Con == "Min" || to.Con == "IVar") && !from.IsLattice():
		return u.fits(e, from, to.Args[0], allow)
	case to.Con == "IVar" && isCollectionLiteral(e):
		return u.fits(e, from, to.Args[0], widen) // not read: what is in it is data already
	case allow == read && (from.Con == "Max" || from.Con == "Min") && !to.IsLattice():
		return u.fits(nil, from.Args[0], to, allow)
	case allow == read && from.Con == "IVar":
		return u.opens(from.Args[0], to)
	}
	return false
}

// opens reports whether an IVar of content can stand where to is wanted: before
// it is bound as a truth that is not there yet or a set without elements, which
// grow into its content.
func (u *unifier) opens(content, to *types.Type) bool {
	return (to.Con == "Bool" || to.Con == "Flag" || to.Con == "Set") && u.fits(nil, content, to, widen)
}

func isCovariant(con string) bool {
	switch con {
	case "Set", "List", "Map", "Option", "Stream", "IVar", "Max", "Min", types.Tuple, types.Lex:
		return true
	}
	return false
}

func isTextLiteral(e ast.Expr) bool {
	l, ok := unparen(e).(*ast.Lit)
	return ok && l.Kind == ast.StringLit
}

func unparen(e ast.Expr) ast.Expr {
	if e == nil {
		return nil
	}
	return ast.Unparen(e)
}

// isCollectionLiteral reports whether e is a set or map that is written out.
func isCollectionLiteral(e ast.Expr) bool {
	switch unparen(e).(type) {
	case *ast.Set, *ast.Map:
		return true
	}
	return false
}

// fitsPart is fits for the i-th type argument of from and to: for each of the
// expressions that are written there, where e is a literal collection, so that
// `{"a"}` fits Set[Node].
func (u *unifier) fitsPart(e ast.Expr, i int, from, to *types.Type, allow steps) bool {
	parts, ok := partsOf(e, i)
	if len(parts) == 0 {
		return u.fits(nil, from.Args[i], to.Args[i], allow) || ok
	}
	return !slices.ContainsFunc(parts, func(x ast.Expr) bool { return !u.fits(x, from.Args[i], to.Args[i], allow) })
}

// partsOf lists the expressions that stand for the i-th type argument of a
// literal collection, and reports whether e is one.
func partsOf(e ast.Expr, i int) (parts []ast.Expr, ok bool) {
	switch e := unparen(e).(type) {
	case *ast.Tuple:
		return e.Elems[min(i, len(e.Elems)):min(i+1, len(e.Elems))], true
	case *ast.Set:
		return e.Elems, true
	case *ast.List:
		return e.Elems, true
	case *ast.Map:
		for _, entry := range e.Entries {
			parts = append(parts, [...]ast.Expr{entry.Key, entry.Value}[i])
		}
		return parts, true
	case *ast.Comp:
		if e.Kind == ast.MapComp && i == 0 {
			return []ast.Expr{e.Key}, true
		}
		return []ast.Expr{e.Elem}, true
	case *ast.Name:
		return nil, e.Name == value.NoneCtor.Name
	case *ast.Call:
		if e.Fn.Name == value.SomeCtor.Name {
			return argValues(e.Args), true
		}
	}
	return nil, false
}

// resolve replaces bound variables all through t. Those that nothing bound
// become what they are alone: `{}` a set, and unit.
func (u *unifier) resolve(t *types.Type) *types.Type {
	t = t.Resolve()
	if t == nil {
		return nil
	}
	if t.Con == types.Var {
		if t.Var.Name != "" {
			return t
		}
		switch u.shapes[t.Var] {
		case bracesLike:
			return types.SetOf(types.Unit)
		case unsetLike:
			return types.MaxOf(types.Unit)
		}
		return types.Unit
	}
	for i, a := range t.Args {
		b := u.resolve(a)
		if b == a {
			continue
		}
		out := *t
		out.Args = append([]*types.Type(nil), t.Args...)
		out.Args[i] = b
		for j := i + 1; j < len(out.Args); j++ {
			out.Args[j] = u.resolve(out.Args[j])
		}
		return &out
	}
	return t
}

// dataOf strips growth from t: what a value of t holds when it is read as data,
// as an element of a set must be.
func dataOf(t *types.Type) *types.Type {
	t = t.Resolve()
	if j := t.Joined(); j != nil {
		return j.Of
	}
	switch t.Con {
	case "Max", "Min":
		return dataOf(t.Args[0])
	case "Flag":
		return types.Bool
	case types.Tuple:
		parts := make([]*types.Type, len(t.Args))
		same := true
		for i, a := range t.Args {
			parts[i] = dataOf(a)
			same = same && parts[i] == a
		}
		if !same {
			return types.TupleOf(parts...)
		}
	}
	return t
}

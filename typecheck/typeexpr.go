package typecheck

import (
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
)

// arity of the built-in types that expressions can have.
type arity struct{ args int }

var builtinTypes = map[string]*arity{
	"Bool": {}, "Int": {}, "Nat": {}, "Float": {}, "String": {}, "Bytes": {}, "Duration": {}, "Node": {}, "Flag": {},
	"List": {1}, "Option": {1}, "Set": {1}, "Max": {1}, "Min": {1}, "IVar": {1}, "Stream": {1}, "Map": {2}, types.Lex: {2},
}

// typeOf resolves a written type of an expression: data or a view.
func (c *checker) typeOf(t ast.TypeExpr) *types.Type {
	switch t := t.(type) {
	case *ast.TupleType:
		return types.TupleOf(c.typesOf(t.Elems)...)
	case *ast.FuncType:
		return types.FuncOf(c.typesOf(t.Params), c.typeOf(t.Result))
	case *ast.NamedType:
		return c.namedType(t)
	}
	return badType()
}

func (c *checker) typesOf(ts []ast.TypeExpr) []*types.Type {
	out := make([]*types.Type, len(ts))
	for i, t := range ts {
		out[i] = c.typeOf(t)
	}
	return out
}

func (c *checker) namedType(t *ast.NamedType) *types.Type {
	name := t.Name.Name
	args := c.typesOf(t.Args)
	switch {
	case c.rigid[name] != nil:
		return c.rigid[name]
	case c.systemDef(name) != nil:
		if len(args) > 0 {
			return c.typeArity(t, 0)
		}
		return defType(c.defs[name])
	case c.aliases[name]:
		return badType()
	case builtinTypes[name] != nil:
		if n := builtinTypes[name].args; n != len(args) {
			return c.typeArity(t, n)
		}
		for i, a := range args {
			if (name == "Set" || name == "List" || name == "Option" || name == "Map" && i == 0) && !isBad(a) && dataOf(a) != a {
				return c.growingElement(t.Args[i], a)
			}
		}
		return types.Of(name, args...)
	case kindNamed(name) != nil:
		return c.kindAsType(t)
	}
	return c.unknownType(t.Name)
}

// dataType resolves a type that must be data: of an element, field, argument.
func (c *checker) dataType(t ast.TypeExpr) *types.Type {
	typ := c.typeOf(t)
	if isBad(typ) {
		return typ
	}
	if culprit := notData(typ); culprit != nil {
		return c.growingElement(t, culprit)
	}
	return typ
}

// notData finds the part of t that is not immutable data, or nil. Fixed sets
// and maps are data.
func notData(t *types.Type) *types.Type {
	t = t.Resolve()
	switch t.Con {
	case "Max", "Min", "IVar", "Stream", "Flag", types.Lex, types.Func:
		return t
	}
	if t.Def != nil && t.Def.Lattice {
		return t
	}
	for _, a := range t.Args {
		if part := notData(a); part != nil {
			return part
		}
	}
	return nil
}

// kindOf resolves the kind of a cell.
func (c *checker) kindOf(t ast.TypeExpr) *types.Type {
	if tuple, ok := t.(*ast.TupleType); ok && len(tuple.Elems) > 0 {
		return c.kindsOf(tuple.Elems, types.Tuple)
	}
	named, ok := t.(*ast.NamedType)
	if !ok {
		c.notAKind(t)
		return badType()
	}
	name := named.Name.Name
	kind := kindNamed(name)
	switch {
	case c.aliases[name]:
		return badType()
	case kind == nil && name == types.Lex && len(named.Args) == 2:
		return c.lexKind(named)
	case kind == nil && name == types.Lex:
		return c.typeArity(named, 2)
	case kind == nil && c.defs[name] != nil && c.defs[name].Lattice && len(named.Args) == 0:
		return defType(c.defs[name])
	case kind == nil && (builtinTypes[name] != nil || c.defs[name] != nil):
		c.notAKind(t)
		return badType()
	case kind == nil:
		return c.unknownKind(named.Name)
	case len(kind.Params) != len(named.Args):
		return c.typeArity(named, len(kind.Params))
	}
	args := make([]*types.Type, len(named.Args))
	for i, a := range named.Args {
		if kind.Map && i > 0 {
			args[i] = c.kindOf(a)
		} else {
			args[i] = c.dataType(a)
		}
		if isBad(args[i]) {
			return badType()
		}
	}
	return types.Of(name, args...)
}

// kindsOf is the kind that is made of others.
func (c *checker) kindsOf(ts []ast.TypeExpr, con string) *types.Type {
	args := make([]*types.Type, len(ts))
	for i, t := range ts {
		if args[i] = c.kindOf(t); isBad(args[i]) {
			return badType()
		}
	}
	return types.Of(con, args...)
}

func (c *checker) lexKind(t *ast.NamedType) *types.Type {
	kind := c.kindsOf(t.Args, types.Lex)
	if !isBad(kind) && !mayLead(kind.Args[0]) {
		return c.cannotLead(t.Args[0], kind.Args[0])
	}
	return kind
}

func kindNames() []string {
	names := make([]string, len(lattice.Kinds))
	for i, k := range lattice.Kinds {
		names[i] = k.Name
	}
	return append(names, types.Lex)
}

// viewOf is the type that expressions see of a cell of a kind.
func viewOf(kind *types.Type) *types.Type {
	if isBad(kind) {
		return badType()
	}
	k := kindNamed(kind.Con)
	switch {
	case k != nil:
		return overParams(k, kind, k.View, true)
	case kind.Def != nil:
		return kind
	}
	parts := make([]*types.Type, len(kind.Args))
	for i, a := range kind.Args {
		parts[i] = viewOf(a)
	}
	return types.Of(kind.Con, parts...)
}

// overParams reads a type that the table of kinds writes over the kind's own
// parameters. With views, the element of a map kind stands for its view.
func overParams(k *lattice.Kind, kind *types.Type, text string, views bool) *types.Type {
	vars := map[string]*types.Type{}
	for i, name := range k.Params {
		vars[name] = kind.Args[i]
		if views && k.Map && i > 0 {
			vars[name] = viewOf(kind.Args[i])
		}
	}
	t, err := types.ParseType(text, vars)
	if err != nil {
		panic("typecheck: kind " + k.Name + ": " + err.Error())
	}
	return t
}

// isStable reports whether the whole view of a kind grows with its state. What
// is made of other kinds is judged part by part (partFlow).
func isStable(kind *types.Type) bool {
	k := kindNamed(kind.Con)
	if k == nil {
		return kind.Con == types.Tuple && !slices.ContainsFunc(kind.Args, func(a *types.Type) bool { return !isStable(a) })
	}
	return k.Stable && (!k.Map || isStable(kind.Args[1]))
}

package typecheck

import (
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
)

// arity of the built-in types that expressions can have.
type arity struct{ args int }

var builtinTypes = map[string]*arity{
	"Bool": {}, "Int": {}, "Nat": {}, "Float": {}, "String": {}, "Bytes": {}, "Duration": {}, "Node": {}, "Flag": {},
	"List": {1}, "Option": {1}, "Set": {1}, "Max": {1}, "Min": {1}, "IVar": {1}, "Stream": {1}, "Map": {2},
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
	case "Max", "Min", "IVar", "Stream", "Flag", types.Func:
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
	case kind == nil && laterKinds[name]:
		c.outside(named.Span(), "the kind `"+name+"` is not part of this version", "The kinds are "+strings.Join(kindNames(), ", ")+".")
		return badType()
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

// laterKinds are kinds of the language that this version does not have.
var laterKinds = map[string]bool{"Lex": true}

func kindNames() []string {
	names := make([]string, len(lattice.Kinds))
	for i, k := range lattice.Kinds {
		names[i] = k.Name
	}
	return names
}

// viewOf is the type that expressions see of a cell of a kind.
func viewOf(kind *types.Type) *types.Type {
	if isBad(kind) {
		return badType()
	}
	k := kindNamed(kind.Con)
	return overParams(k, kind, k.View, true)
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

// isStable reports whether the whole view of a kind grows with its state.
func isStable(kind *types.Type) bool {
	k := kindNamed(kind.Con)
	if k == nil || !k.Stable {
		return false
	}
	return !k.Map || isStable(kind.Args[1])
}

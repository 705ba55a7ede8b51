package typecheck

import (
	"fmt"
	"slices"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/types"
)

// systemCell is what `errors` and `conflicts` read: a set that the run time
// keeps. It is a function of the replicated state and may shrink, when an
// element that failed is taken away, so its class is eventual.
func (c *checker) systemCell(e *ast.Name) *types.Type {
	var cell *Cell
	for _, known := range c.info.System {
		if known.Name == e.Name {
			cell = known
		}
	}
	if cell == nil {
		name := types.ErrorInfo.Name
		if e.Name == "conflicts" {
			name = types.ConflictInfo.Name
		}
		def := c.systemDef(name)
		if !sameRecord(def, types.SystemDef(name)) {
			c.errorAt(diag.DeclaredTwice, e.Span(), fmt.Sprintf("`%s` holds records of the type `%s`, which the program declares as another", e.Name, name), "",
				"The built-in record of this name and the program's own type cannot both be meant.", "Give the type another name.")
			return badType()
		}
		kind := types.Of("GSet", defType(def))
		cell = &Cell{Ident: &ast.Ident{At: e.At, Name: e.Name}, Name: e.Name, Kind: kind, View: viewOf(kind), Scope: ast.Shared, System: true}
		c.info.System = append(c.info.System, cell)
	}
	c.use(e, cell)
	return cell.View
}

// systemDef is a built-in record, which becomes one of the program's types when
// it is named; nil for other names. What the program declares comes first.
func (c *checker) systemDef(name string) *types.Def {
	if def := c.defs[name]; def != nil {
		return def
	}
	def := types.SystemDef(name)
	if def == nil {
		return nil
	}
	c.defs[name] = def
	c.ctors[name] = &CtorObj{Def: def, Ctor: def.Ctors[0]}
	c.info.Defs = append(slices.Clip(c.info.Defs), def)
	return def
}

// sameRecord reports whether a type has the fields of a built-in record: it is
// the one, or a copy that came with an artifact.
func sameRecord(d, builtin *types.Def) bool {
	return d.Record && len(d.Ctors) == 1 && slices.EqualFunc(d.Ctors[0].Fields, builtin.Ctors[0].Fields, func(a, b types.Field) bool {
		return a.Name == b.Name && types.Equal(a.Type, b.Type)
	})
}

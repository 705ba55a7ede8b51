package typecheck

import (
	"unicode"
	"unicode/utf8"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

// name finds what a name stands for. Locals hide the names of the program, and
// those hide the library.
func (c *checker) name(e *ast.Name) *types.Type {
	if o := c.bound[e]; o != nil {
		return c.useOf(e, o)
	}
	if o := c.lookup(e.Name); o != nil {
		return c.useOf(e, o)
	}
	if t := c.special(e); t != nil {
		return t
	}
	if s := c.shown(e.Name); s != nil {
		return c.useOf(e, s)
	}
	if rows := c.ops.ByName(e.Name); len(rows) > 0 {
		return c.rowAsValue(e, rows)
	}
	return c.unknownName(e.Name, e.Span())
}

// shown is the `show name = e` that a test asks about.
func (c *checker) shown(name string) *Show {
	if !c.testing() {
		return nil
	}
	for _, s := range c.info.Shows {
		if s.Decl.Name != nil && s.Name == name {
			return s
		}
	}
	return nil
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

// isWord reports whether the name of an operation is one that is written as a
// name, not a sign.
func isWord(name string) bool {
	r, _ := utf8.DecodeRuneInString(name)
	return r == '_' || unicode.IsLetter(r)
}

// use notes what a node names.
func (c *checker) use(n ast.Node, o Object) {
	c.info.Uses[n] = o
	c.used[o] = true
}

func (c *checker) useOf(e *ast.Name, o Object) *types.Type {
	if cell, ok := o.(*Cell); ok && cell.Parts != nil {
		c.used[o] = true
		o = cell.Parts.View
	}
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
	case *Show:
		return o.Type
	case *Output:
		if !c.testing() {
			c.outputRead(e)
			return badType()
		}
		return types.ListOf(o.Type)
	case *Input:
		c.inputAsValue(e)
		return badType()
	case *Bottom:
		return o.Def.Join.Of
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
		return c.systemCell(e)
	}
	return nil
}

package typecheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/types"
)

func (c *checker) unknownType(name *ast.Ident) *types.Type {
	return c.unknownTypeOf(name, "type", append(c.typeNames(), "Set"))
}

func (c *checker) unknownKind(name *ast.Ident) *types.Type {
	return c.unknownTypeOf(name, "kind", kindNames())
}

func (c *checker) unknownTypeOf(name *ast.Ident, what string, known []string) *types.Type {
	help := fmt.Sprintf("The %ss are %s.", what, strings.Join(known, ", "))
	if near := diag.Nearest(name.Name, known); near != "" {
		help = fmt.Sprintf("Did you mean `%s`?", near)
	}
	c.addElsewhere(typeKey(name.Name), diag.Diagnostic{Code: diag.UnknownType, Span: name.Span(), Title: fmt.Sprintf("no %s `%s`", what, name.Name), Message: "Nothing of this name is built in or declared.", Help: help})
	return badType()
}

func (c *checker) typeNames() []string {
	var names []string
	for n := range c.defs {
		names = append(names, n)
	}
	for n := range builtinTypes {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func (c *checker) typeArity(t *ast.NamedType, want int) *types.Type {
	help := "Write `" + t.Name.Name + "` alone."
	if want > 0 {
		help = "Write `" + t.Name.Name + "[" + strings.Join([]string{"A", "B"}[:min(want, 2)], ", ") + "]` with types in the brackets."
	}
	c.errorAt(diag.TypeArguments, t.Span(), fmt.Sprintf("`%s` takes %s", t.Name.Name, plural(want, "type argument")), "",
		fmt.Sprintf("Here it has %d.", len(t.Args)), help)
	return badType()
}

func (c *checker) growingElement(t ast.TypeExpr, culprit *types.Type) *types.Type {
	c.errorAt(diag.GrowingElement, t.Span(), fmt.Sprintf("`%s` is not data", culprit), "",
		"What lies in a set, a key, a field, a message or a register is data, which never changes.",
		fmt.Sprintf("Use data here; values that grow live in cells and in the values of maps of kinds, such as `GMap[String, %s]`.", growingKind(culprit)))
	return badType()
}

func growingKind(t *types.Type) string {
	if t.Con == types.Func {
		return "GCounter"
	}
	return t.String()
}

func (c *checker) kindAsType(t *ast.NamedType) *types.Type {
	k := kindNamed(t.Name.Name)
	help := "Write the view instead."
	if len(k.Params) == len(t.Args) && !k.Map {
		args := make([]*types.Type, len(t.Args))
		for i, a := range t.Args {
			args[i] = c.typeOf(a)
		}
		help = fmt.Sprintf("Write `%s`, which is what expressions see of it.", overParams(k, types.Of(k.Name, args...), k.View, false))
	}
	c.errorAt(diag.NotAKind, t.Span(), fmt.Sprintf("`%s` is a kind of cell, not a type", t.Name.Name), "", "Kinds say how a declared cell merges; values have types.", help)
	return badType()
}

// kindFor proposes kinds for a type that was written where a kind is wanted.
var kindFor = map[string]string{
	"Set": "`GSet` (grows only) or `AWSet` (elements can be removed)", "Map": "`GMap` (keys stay) or `ORMap` (keys can be removed), with a kind as the second argument",
	"Int": "`PNCounter` (counts up and down), `Max[Int]` (keeps the largest) or `LWW[Int]` (the last writer wins)", "Nat": "`GCounter` (counts up), `Max[Nat]` (keeps the largest) or `LWW[Nat]` (the last writer wins)",
	"Bool": "`Flag` (once true, always true) or `LWW[Bool]`", "List": "`Stream` (items are appended) or `LWW` of the list",
}

func (c *checker) notAKind(t ast.TypeExpr) {
	kinds := "`LWW[..]` (the last writer wins) or `IVar[..]` (bound once)"
	if n, ok := t.(*ast.NamedType); ok && kindFor[n.Name.Name] != "" {
		kinds = kindFor[n.Name.Name]
	}
	c.errorAt(diag.NotAKind, t.Span(), fmt.Sprintf("`%s` is a type; a cell needs a kind", textOf(t.Span())), "",
		"The kind says how writes of different nodes meet.", "Use "+kinds+".")
}

func (c *checker) mismatch(e ast.Expr, t, want *types.Type) {
	if isBad(t) || isBad(want) {
		return
	}
	t, want = c.named(t), c.named(want)
	help := ""
	switch {
	case t.Is("IVar") && !want.Is("IVar"):
		help = "It has no value until it is bound: use it in `when bound x = ..`, or apply a function, whose result is an IVar as well."
	case t.Is("Int") && want.Is("Nat"):
		help = "An Int may be negative; declare it as a Nat."
	case t.Is("String") && want.Is("Node"):
		help = "Only a string literal is taken for a Node."
	}
	c.errorAt(diag.WrongType, e.Span(), fmt.Sprintf("`%s` is wanted, this is `%s`", want, t), fmt.Sprintf("a `%s`", t),
		fmt.Sprintf("The place wants a value of type `%s`.", want), help)
}

// named gives types that are not known the least confusing spelling.
func (c *checker) named(t *types.Type) *types.Type {
	if isFree(t) {
		return t
	}
	return t.Resolve()
}

func (c *checker) unlikeParts(e ast.Expr, t *types.Type, first ast.Expr, ft *types.Type) {
	if isBad(t) || isBad(ft) {
		return
	}
	at := e
	if at == nil {
		at = first
	}
	c.add(diag.Diagnostic{Code: diag.WrongType, Span: at.Span(), Title: fmt.Sprintf("`%s` beside `%s`", t, ft), Label: fmt.Sprintf("a `%s`", t),
		Message: "All branches, and all elements of a collection, have one type.",
		Related: []diag.Related{{Span: first.Span(), Text: fmt.Sprintf("a `%s`", ft)}}})
}

func (c *checker) notText(e ast.Expr, t *types.Type) {
	c.errorAt(diag.WrongType, e.Span(), fmt.Sprintf("a `%s` has no text yet", t), "", "Interpolation puts data into a string.", "Apply a function to it instead; the result waits as it does.")
}

func (c *checker) noField(e *ast.FieldOf, t *types.Type) *types.Type {
	var names []string
	if t.Def != nil && len(t.Def.Ctors) == 1 {
		for _, f := range t.Def.Ctors[0].Fields {
			names = append(names, f.Name)
		}
	}
	help := fmt.Sprintf("`%s` is not a record.", t)
	switch near := diag.Nearest(e.Name.Name, names); {
	case near != "":
		help = fmt.Sprintf("Did you mean `%s`?", near)
	case len(names) > 0:
		help = "Its fields are " + quoteAll(names) + "."
	case c.isRowName(e.Name.Name) || c.isFn(e.Name.Name):
		help = fmt.Sprintf("To call the function, write `%s()`.", e.Name.Name)
	case t.Is("IVar"):
		help = "It has no value until it is bound: use `when bound x = ..`."
	case t.Def != nil:
		help = fmt.Sprintf("`%s` has several constructors: use `match`.", t)
	}
	c.errorAt(diag.NoSuchField, e.Name.Span(), fmt.Sprintf("no field `%s` in `%s`", e.Name.Name, t), "", "Only what the type declares can be read.", help)
	return badType()
}

func (c *checker) isFn(name string) bool { _, ok := c.globals[name].(*Fn); return ok }

func quoteAll(names []string) string {
	qs := make([]string, len(names))
	for i, n := range names {
		qs[i] = "`" + n + "`"
	}
	return strings.Join(qs, ", ")
}

func (c *checker) noItem(e *ast.TupleItem, t *types.Type) {
	help := fmt.Sprintf("`%s` is not a tuple.", t)
	if t.Con == types.Tuple {
		help = fmt.Sprintf("Its items are `.0` to `%s`.", itemText(len(t.Args)-1))
	}
	c.errorAt(diag.NoSuchField, e.Span(), fmt.Sprintf("no item `%s` in `%s`", itemText(e.N), t), "", "Items of a tuple are counted from 0.", help)
}

func (c *checker) notIndexed(e *ast.Index, t *types.Type) {
	c.errorAt(diag.WrongType, e.X.Span(), fmt.Sprintf("a `%s` has no entries to look up", t), "", "`[k]` looks a key up in a map or an index in a list.", "For sets ask `x in s`.")
}

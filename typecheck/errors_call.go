package typecheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
)

func (c *checker) notAFunction(name *ast.Ident, o Object) {
	c.errorAt(diag.NoSuchFunction, name.Span(), fmt.Sprintf("`%s` is not a function", name.Name), "", fmt.Sprintf("It is %s.", describe(o)), "")
}

// describe says what an object is, for messages.
func describe(o Object) string {
	switch o := o.(type) {
	case *Cell:
		return "a cell of kind `" + o.Kind.String() + "`"
	case *Param:
		return "a parameter of the program"
	case *Let:
		return "a definition"
	case *Output:
		return "an output"
	case *Input:
		return "an input"
	case *Fn:
		return "a function"
	case *CtorObj:
		return "a constructor"
	case *Local:
		return "a value of type `" + o.Type.String() + "`"
	}
	return "an expression"
}

func (c *checker) failInside(e *ast.Call) {
	c.errorAt(diag.WrongPlace, e.Span(), "`fail` is a statement", "", "It ends a body; an expression has a value.", "")
}

// unknownFunction reports a name after a dot, or before a parenthesis, that is
// no function.
func (c *checker) unknownFunction(e *ast.Call) *types.Type {
	name := e.Fn.Name
	var names []string
	for _, r := range c.ops.Rows() {
		names = append(names, r.Name)
	}
	for n, o := range c.globals {
		if _, ok := o.(*Fn); ok {
			names = append(names, n)
		}
	}
	help := ""
	if kinds := kindsWith(name); len(kinds) > 0 { // the word is meant, however like another one
		help = fmt.Sprintf("`%s` is a mutator of %s; mutators are statements of bodies, and write cells.", name, strings.Join(kinds, ", "))
	} else if near := diag.Nearest(name, names); near != "" {
		help = fmt.Sprintf("Did you mean `%s`?", near)
	}
	c.addElsewhere(name, diag.Diagnostic{Code: diag.NoSuchFunction, Span: e.Fn.Span(), Title: fmt.Sprintf("no function `%s`", name), Label: "not known", Message: "Neither the program nor the library has a function of this name.", Help: help})
	return badType()
}

// kindsWith are the kinds that have a mutator of a name.
func kindsWith(mutator string) []string {
	var kinds []string
	for _, k := range lattice.Kinds {
		if k.Mutator(mutator) != nil {
			kinds = append(kinds, "`"+k.Name+"`")
		}
	}
	return kinds
}

// noRow reports a function or operator that has no overload for the arguments:
// by the argument that does not fit where only one overload comes near, else by
// all of them.
func (c *checker) noRow(e ast.Expr, at source.Span, name string, rows []*op.Row, args []ast.Expr, ts []*types.Type) {
	counts := map[int]bool{}
	var sameCount []*op.Row
	for _, r := range rows {
		n := len(c.scheme(r).Params)
		counts[n] = true
		if n == len(args) {
			sameCount = append(sameCount, r)
		}
	}
	if len(sameCount) == 0 {
		c.argumentCount(at, name, rows, len(args))
		return
	}
	if i, want, ok := c.misfit(name, sameCount, args, ts); ok {
		c.misfitArgument(name, i, want, args, ts)
		return
	}
	have := make([]string, len(ts))
	for i, t := range ts {
		have[i] = "a function"
		if t != nil {
			have[i] = "`" + t.String() + "`"
		}
	}
	c.errorAt(diag.NoSuchFunction, at, fmt.Sprintf("`%s` does not take %s", name, strings.Join(have, " and ")), "",
		"It takes "+c.signatures(sameCount)+".", c.adviceOnArgs(name, ts))
	_ = e
}

func (c *checker) adviceOnArgs(name string, ts []*types.Type) string {
	for _, t := range ts {
		switch {
		case t == nil:
		case t.Is("Option"):
			return "An Option may hold nothing: take it apart with `match`."
		case t.Is("Set") && (name == "+" || name == "*"):
			return "Sets are joined with `|`; `map` applies something to every element."
		case t.Is("Map") && len(ts) > 1 && slices.Contains(ts, nil):
			return "Make a set of its entries first: `{ (k, v) for (k, v) in m }`."
		case t.Is("Flag") || t.Is("Bool"):
			return "Conditions are combined with `and`, `or` and `not`."
		}
	}
	return ""
}

// misfit finds the overload of which the most arguments fit, if it is the only
// one, and its first argument that does not.
func (c *checker) misfit(name string, rows []*op.Row, args []ast.Expr, ts []*types.Type) (arg int, want *types.Type, ok bool) {
	best, ties := -1, 0
	for _, r := range rows {
		mark := c.mark()
		params, result := c.scheme(r).Instantiate()
		ch := &choice{row: r, params: params, result: result, lift: make([]bool, len(args))}
		fit, first := 0, -1
		for i := range args {
			if c.argFits(name, ch, i, args[i], ts[i], read) {
				fit++
			} else if first < 0 {
				first = i
			}
		}
		switch {
		case fit > best:
			best, ties, arg, want = fit, 1, first, c.resolved(params[max(first, 0)])
		case fit == best:
			ties++
		}
		c.undo(mark)
	}
	return arg, want, best > 0 && ties == 1 && arg >= 0
}

// resolved copies a type as it stands, so that undoing bindings does not change
// it.
func (c *checker) resolved(t *types.Type) *types.Type {
	t = t.Resolve()
	if t.Con == types.Var || len(t.Args) == 0 {
		return t
	}
	out := *t
	out.Args = make([]*types.Type, len(t.Args))
	for i, a := range t.Args {
		out.Args[i] = c.resolved(a)
	}
	return &out
}

func (c *checker) misfitArgument(name string, i int, want *types.Type, args []ast.Expr, ts []*types.Type) {
	if ts[i] == nil {
		c.errorAt(diag.NoSuchFunction, args[i].Span(), fmt.Sprintf("`%s` wants `%s` here", name, want), "", "The function has another number of parameters, or no function is wanted.", "")
		return
	}
	c.errorAt(diag.NoSuchFunction, args[i].Span(), fmt.Sprintf("`%s` wants `%s` here, this is `%s`", name, want, ts[i]), fmt.Sprintf("a `%s`", ts[i]),
		"The other arguments fit.", c.adviceOnArgs(name, ts[i:i+1]))
}

func (c *checker) argumentCount(at source.Span, name string, rows []*op.Row, got int) {
	c.errorAt(diag.ArgumentCount, at, fmt.Sprintf("`%s` does not take %s", name, plural(got, "argument")), "", "It takes "+c.signatures(rows)+".", "What stands before the dot or the pipe is the first argument.")
}

// signatures lists the parameters of overloads, a few of them.
func (c *checker) signatures(rows []*op.Row) string {
	var texts []string
	for _, r := range rows {
		s := c.scheme(r)
		parts := make([]string, len(s.Params))
		for i, p := range s.Params {
			parts[i] = p.Type.String()
		}
		if text := "`(" + strings.Join(parts, ", ") + ")`"; !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	if len(texts) > 6 {
		texts = append(texts[:5], fmt.Sprintf("%d others", len(texts)-5))
	}
	return strings.Join(texts, ", ")
}

func (c *checker) noOverload(name *ast.Name, param *types.Type) {
	c.errorAt(diag.NoSuchFunction, name.Span(), fmt.Sprintf("`%s` cannot be used as `%s`", name.Name, param), "", "It takes "+c.signatures(c.ops.ByName(name.Name))+".", "")
}

func (c *checker) functionAsValue(e *ast.Name) {
	c.errorAt(diag.WrongType, e.Span(), fmt.Sprintf("`%s` is a function, a value is wanted", e.Name), "", "Functions are handed to other functions, such as `map`, or applied.", fmt.Sprintf("Apply it: `%s(..)`.", e.Name))
}

func (c *checker) argCount(e *ast.Call, name string, want, got int) {
	c.errorAt(diag.ArgumentCount, e.Fn.Span(), fmt.Sprintf("`%s` takes %s, here are %d", name, plural(want, "argument"), got), "", "Every parameter gets one argument.", "")
}

func (c *checker) peekReason(e ast.Expr) {
	c.errorAt(diag.WantsLiteral, e.Span(), "`peek` takes a reason", "", "The reason is a string literal: it stands in the report of `laspc check`, for whoever reads the program next.", "Write `peek(.., \"why a stale read is fine here\")`.")
}

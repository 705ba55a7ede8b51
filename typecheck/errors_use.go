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
	if near := nearest(name, names); near != "" {
		help = fmt.Sprintf("Did you mean `%s`?", near)
	} else if kinds := kindsWith(name); len(kinds) > 0 {
		help = fmt.Sprintf("`%s` is a mutator of %s; mutators are statements of bodies.", name, strings.Join(kinds, ", "))
	}
	c.errorAt(diag.NoSuchFunction, e.Fn.Span(), fmt.Sprintf("no function `%s`", name), "not known", "Neither the program nor the library has a function of this name.", help)
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

func (c *checker) byKeyWithoutKeys(w *ast.Writer, cell *Cell) {
	c.errorAt(diag.WrongPlace, w.Span(), fmt.Sprintf("`%s` has no keys", cell.Kind), "", "`written by key` gives every key of a map its own writer.", "Name the node: `written by \"n1\"`.")
}

func (c *checker) wantsLiteral(e ast.Expr, why string) {
	c.errorAt(diag.WantsLiteral, e.Span(), "a literal is wanted here", "", strings.ToUpper(why[:1])+why[1:]+".", "")
}

func (c *checker) letOfFunction(d *ast.LetDecl) {
	c.errorAt(diag.WrongType, d.Value.Span(), fmt.Sprintf("`%s` would be a function", d.Name.Name), "", "A `let` names a value.", fmt.Sprintf("Declare it with `fn %s(..) = ..`.", d.Name.Name))
}

func (c *checker) unknownInput(name *ast.Ident) {
	c.unknownOf(name, "input", func(o Object) bool { _, ok := o.(*Input); return ok })
}

func (c *checker) unknownOutput(name *ast.Ident) {
	c.unknownOf(name, "output", func(o Object) bool { _, ok := o.(*Output); return ok })
}

func (c *checker) unknownParam(name *ast.Ident) {
	c.unknownOf(name, "param", func(o Object) bool { _, ok := o.(*Param); return ok })
}

func (c *checker) unknownReplica(name *ast.Ident) {
	var names []string
	for n := range c.body.replicas {
		names = append(names, n)
	}
	slices.Sort(names)
	help := "Declare it: `replicas " + strings.Join(append(names, name.Name), ", ") + "`."
	if near := nearest(name.Name, names); near != "" {
		help = fmt.Sprintf("Did you mean `%s`?", near)
	}
	c.errorAt(diag.UnknownName, name.Span(), fmt.Sprintf("no replica `%s`", name.Name), "", "A test names its replicas first.", help)
}

func (c *checker) replicaTwice(name *ast.Ident) {
	c.errorAt(diag.DeclaredTwice, name.Span(), fmt.Sprintf("the replica `%s` is named twice", name.Name), "", "Each replica of a test has its own name.", "")
}

// unknownOf reports a name that is not among the objects of one sort.
func (c *checker) unknownOf(name *ast.Ident, what string, is func(Object) bool) {
	var names []string
	for n, o := range c.globals {
		if is(o) {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	help := fmt.Sprintf("Declare it with `%s %s..`.", what, name.Name)
	if near := nearest(name.Name, names); near != "" {
		help = fmt.Sprintf("Did you mean `%s`?", near)
	} else if o := c.globals[name.Name]; o != nil {
		help = fmt.Sprintf("`%s` is %s.", name.Name, describe(o))
	}
	c.errorAt(diag.UnknownName, name.Span(), fmt.Sprintf("no %s `%s`", what, name.Name), "", fmt.Sprintf("No %s of this name is declared.", what), help)
}

func (c *checker) eventParams(d *ast.OnDecl, in *Input) {
	c.add(diag.Diagnostic{Code: diag.ArgumentCount, Span: d.Event.Span(), Title: fmt.Sprintf("`%s` has %s, here are %d", in.Name, plural(len(in.Params), "argument"), len(d.Params)),
		Message: "The names after `on` stand for the arguments of the event, in order.",
		Related: []diag.Related{{Span: in.Decl.Name.Span(), Text: "declared here"}}})
}

func (c *checker) notBindable(e ast.Expr, t *types.Type) {
	c.errorAt(diag.WrongType, e.Span(), fmt.Sprintf("`when bound` waits for an IVar, this is `%s`", t), fmt.Sprintf("a `%s`", t), "Only an IVar is bound at one moment.",
		"For a condition write `when c { .. }`; for the content of a stream or set that ends, `sealed(x)`.")
}

func (c *checker) replyOutsideOn(s *ast.ReplyStmt) {
	c.errorAt(diag.WrongPlace, s.Span(), "`reply` outside of an `on` body of an input", "", "A reply answers the event of this body, and here there is none.", "Emit to an output instead.")
}

func (c *checker) inputWithoutReply(s *ast.ReplyStmt, in *Input) {
	c.add(diag.Diagnostic{Code: diag.WrongPlace, Span: s.Span(), Title: fmt.Sprintf("the input `%s` has no reply", in.Name), Message: "What may be answered is part of its declaration.",
		Help:    fmt.Sprintf("Declare `input %s(..) -> T`.", in.Name),
		Related: []diag.Related{{Span: in.Decl.Name.Span(), Text: "declared here"}}})
}

func (c *checker) notAnEffect(call *ast.Call) {
	c.errorAt(diag.WrongPlace, call.Span(), fmt.Sprintf("`%s` does nothing here", call.Fn.Name), "", "A statement has an effect: a mutator, `emit`, `reply`, `seal`, `fail`, in tests an input.", "")
}

func (c *checker) sealNeedsWriter(s *ast.SealStmt, cell *Cell) {
	c.errorAt(diag.WrongPlace, s.Span(), fmt.Sprintf("`%s` has no single writer who could seal it", cell.Name), "", "Others may still write, so one node cannot say that it is complete.",
		fmt.Sprintf("Write `seal %s by barrier`, which asks every member, or declare the cell `written by` one node.", cell.Name))
}

func (c *checker) notACell(e ast.Expr, o Object) {
	help := "Write the cell itself."
	if _, ok := o.(*Let); ok {
		help = "A definition follows from the cells in it: write those."
	}
	if o != nil && isBadObject(o) {
		return
	}
	c.errorAt(diag.NotACell, e.Span(), fmt.Sprintf("`%s` cannot be written", textOf(e.Span())), "", fmt.Sprintf("It is %s; mutators apply to cells.", describe(o)), help)
}

func isBadObject(o Object) bool {
	l, ok := o.(*Local)
	return ok && isBad(l.Type)
}

func (c *checker) notAMapKind(e *ast.Index, kind *types.Type) {
	c.errorAt(diag.NotACell, e.K.Span(), fmt.Sprintf("a `%s` has no entries to write", kind), "", "`m[k]` names the cell under a key of a map of kinds.", "")
}

func (c *checker) unknownMutator(call *ast.Call, kind *types.Type) {
	k := kindNamed(kind.Con)
	var names []string
	for _, m := range k.Mutators {
		names = append(names, m.Name)
	}
	help := ""
	switch near := nearest(call.Fn.Name, names); {
	case near != "":
		help = fmt.Sprintf("Did you mean `%s`?", near)
	case len(kindsWith(call.Fn.Name)) > 0:
		help = fmt.Sprintf("%s can `%s`; declare the cell so if that is what you need.", strings.Join(kindsWith(call.Fn.Name), ", "), call.Fn.Name)
	case len(names) > 0:
		help = "Its mutators are " + quoteAll(names) + "."
	}
	why := "Its mutators are " + quoteAll(names) + "."
	if k.Map {
		why = "The entries of a map are written: `m[k]." + call.Fn.Name + "(..)`."
	}
	c.errorAt(diag.NoSuchMutator, call.Fn.Span(), fmt.Sprintf("`%s` has no `%s`", kind, call.Fn.Name), "", why, help)
}

func (c *checker) elseWithoutRefusal(s *ast.ExprStmt, mutator string, kind *types.Type) {
	c.errorAt(diag.RefusalUnhandled, s.Else.Span(), fmt.Sprintf("`%s` of `%s` is never refused", mutator, kind), "", "So what stands after `else` would never run.", "Leave the `else` out.")
}

func (c *checker) refusalWithoutElse(call *ast.Call, mutator string, kind *types.Type) {
	c.errorAt(diag.RefusalUnhandled, call.Fn.Span(), fmt.Sprintf("`%s` of `%s` may be refused", mutator, kind), "", "Where this node has no rights left, nothing is taken.", "Say what happens then: `.. else reply false`, `.. else fail(\"sold out\")`.")
}

func (c *checker) invariantShape(d *ast.InvariantDecl) {
	if diag.HasErrors(c.diagsWithin(d.Span())) {
		return
	}
	c.errorAt(diag.InvariantForm, d.Cond.Span(), "an invariant of this form cannot be kept", "", "Nodes can keep a lower bound of a counter among themselves: `cell >= n`, or `m[_] >= n` for every entry of a map.",
		"Check other conditions where they matter, inside `coordinate { .. }`.")
}

func (c *checker) invariantKind(d *ast.InvariantDecl, cell *Cell, leaf *types.Type) {
	c.add(diag.Diagnostic{Code: diag.InvariantForm, Span: d.Cond.Span(), Title: fmt.Sprintf("a `%s` cannot keep a bound", leaf), Message: "Its decrements are never refused, so two nodes may each take the last one.",
		Help:    fmt.Sprintf("Declare `%s` with `BCounter`; its decrements take `else`.", cell.Name),
		Related: []diag.Related{{Span: cell.Ident.Span(), Text: "declared here"}}})
}

// diagsWithin are the diagnostics about text inside a span.
func (c *checker) diagsWithin(s source.Span) []diag.Diagnostic {
	var in []diag.Diagnostic
	for _, d := range c.diags {
		if d.Span.File == s.File && d.Span.Start >= s.Start && d.Span.End <= s.End {
			in = append(in, d)
		}
	}
	return in
}

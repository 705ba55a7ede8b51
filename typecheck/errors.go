package typecheck

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
)

// add records a diagnostic. The same complaint about the same text is made
// once: expressions may be looked at more than once.
func (c *checker) add(d diag.Diagnostic) {
	key := said{d.Code, d.Span}
	if i, known := c.said[key]; known && i < len(c.diags) && c.diags[i].Code == d.Code && c.diags[i].Span == d.Span {
		return
	}
	if c.said == nil {
		c.said = map[said]int{}
	}
	c.said[key] = len(c.diags)
	c.diags = append(c.diags, d)
}

// said is a complaint about a text.
type said struct {
	code diag.Code
	at   source.Span
}

func (c *checker) errorAt(code diag.Code, at source.Span, title, label, message, help string) {
	c.add(diag.Diagnostic{Code: code, Span: at, Title: title, Label: label, Message: message, Help: help})
}

// sortDiagnostics puts diagnostics in source order.
func sortDiagnostics(ds []diag.Diagnostic, files []*ast.File) {
	place := map[*source.File]int{}
	for i, f := range files {
		place[f.Src] = i
	}
	slices.SortStableFunc(ds, func(a, b diag.Diagnostic) int {
		return cmp.Or(place[a.Span.File]-place[b.Span.File], a.Span.Start-b.Span.Start)
	})
}

func (c *checker) outOfFuel(e ast.Expr) {
	for i := range c.diags {
		if c.diags[i].Code == diag.OverLimit {
			return
		}
	}
	c.errorAt(diag.OverLimit, e.Span(), "the program is too intricate to check", "", "Calls and literals stand so deep inside each other that their types cannot be found in reasonable time.",
		"Give parts of it names of their own with `let`.")
}

func (c *checker) declaredTwice(name string, at, first source.Span) {
	c.add(diag.Diagnostic{Code: diag.DeclaredTwice, Span: at, Title: fmt.Sprintf("`%s` is declared twice", name), Label: "again here",
		Message: "A name stands for one thing.", Help: "Rename one of the two.",
		Related: []diag.Related{{Span: first, Text: "first declared here"}}})
}

func (c *checker) builtinName(name *ast.Ident) {
	c.errorAt(diag.DeclaredTwice, name.Span(), fmt.Sprintf("`%s` is a built-in type", name.Name), "", "The names of built-in types and kinds are taken.", "Choose another name.")
}

// unknownName reports a name that stands for nothing, with names like it.
func (c *checker) unknownName(name string, at source.Span) *types.Type {
	help := "Declare it, or use a name that is declared."
	if near := diag.Nearest(name, c.visibleNames()); near != "" {
		help = fmt.Sprintf("Did you mean `%s`?", near)
	}
	what, key := "name", name
	if isCapital(name) {
		what, key = "constructor", ctorKey(name)
	}
	d := diag.Diagnostic{Code: diag.UnknownName, Span: at, Title: fmt.Sprintf("no %s `%s`", what, name), Label: "not known here", Message: "Nothing of this name is declared or bound around it.", Help: help}
	c.addElsewhere(key, d)
	return badType()
}

// addElsewhere reports a name that is not known here; another file may have it.
func (c *checker) addElsewhere(key string, d diag.Diagnostic) {
	if help, at := c.elsewhere(key); help != "" {
		d.Help = help
		d.Related = append(d.Related, diag.Related{Span: at, Text: "declared here"})
	}
	c.add(d)
}

func (c *checker) visibleNames() []string {
	var names []string
	for s := c.scope; s != nil; s = s.up {
		for n := range s.locals {
			names = append(names, n)
		}
	}
	for n := range c.globals {
		names = append(names, n)
	}
	for n := range c.ctors {
		names = append(names, n)
	}
	for _, r := range c.ops.Rows() {
		if isWord(r.Name) {
			names = append(names, r.Name)
		}
	}
	return append(names, "None", "Some")
}

func (c *checker) lambdaArity(e *ast.Lambda, params []*types.Type) {
	for _, p := range params {
		if isBad(p) {
			return
		}
	}
	c.errorAt(diag.ArgumentCount, e.Span(), fmt.Sprintf("a function of %s is wanted, this has %d", plural(len(params), "parameter"), len(e.Params)), "",
		fmt.Sprintf("It is applied to `%s`.", types.TupleOf(params...)), "A lambda of several parameters takes a tuple of that length apart.")
}

func (c *checker) outputRead(e *ast.Name) {
	c.errorAt(diag.WrongPlace, e.Span(), fmt.Sprintf("the output `%s` cannot be read", e.Name), "", "What was emitted has left the program; only tests see it.", "Keep what you want to read in a cell.")
}

func (c *checker) inputAsValue(e *ast.Name) {
	c.errorAt(diag.WrongPlace, e.Span(), fmt.Sprintf("the input `%s` is not a value", e.Name), "", "Inputs are events: `on` handles them and tests send them.", "")
}

func (c *checker) inputOutsideTest(e *ast.Call) {
	c.errorAt(diag.WrongPlace, e.Fn.Span(), fmt.Sprintf("the input `%s` is called", e.Fn.Name), "", "Events come from outside; a program does not send them to itself.", "Move what its body does into a place that both can use, such as a `when`.")
}

func (c *checker) inputNeedsReplica(e ast.Expr) {
	c.errorAt(diag.WrongPlace, e.Span(), "an input is called at one replica", "", "An expectation without `at` is evaluated at every replica, and an event happens once.", "Write `expect at r ..`.")
}

func (c *checker) typeUnknown(e ast.Expr) {
	c.errorAt(diag.TypeNotKnown, e.Span(), "the type of this is not known", "", "Nothing before this place says what it holds.", "Write the type at its declaration: `let rec x: Set[..] = ..`.")
}

func (c *checker) notACollection(e ast.Expr, t *types.Type, listsOnly bool) {
	help := "Generators draw from sets, maps and lists."
	switch {
	case listsOnly && (t.Is("Set") || t.Is("Map")):
		help = "A set has no order: write `{ .. }`, or sort it first."
	case t.Is("Stream"):
		help = "Use `map` and `filter` on streams, or a top-level `for`, which runs once for each element."
	case t.Is("IVar"):
		help = "It has no value until it is bound: use `when bound x = ..`."
	}
	c.errorAt(diag.WrongType, e.Span(), fmt.Sprintf("nothing can be drawn from a `%s`", t), "", "The source of a generator is a collection.", help)
}

func (c *checker) notAnElement(e ast.Expr, t *types.Type) {
	c.errorAt(diag.GrowingElement, e.Span(), fmt.Sprintf("a `%s` cannot be an element", t), "", "Elements are data, which never changes.", "Build a map, `{ k: v for .. }`: the values of maps may grow.")
}

func (c *checker) onlyInExpect(at source.Span, what string) {
	c.errorAt(diag.OnlyInTests, at, what+" can be written in `expect` only", "", "A program cannot ask for this state, because the answer may change.", "Ask what stays true once it is: `when bound x = ..`, a threshold, a closed stream.")
}

func (c *checker) patternMismatch(p ast.Pattern, got, t *types.Type) {
	if isBad(got) || isBad(t) {
		return
	}
	c.errorAt(diag.PatternType, p.Span(), fmt.Sprintf("this pattern never matches a `%s`", t), "", fmt.Sprintf("It matches values of type `%s`.", got), "")
}

func (c *checker) patternShape(p ast.Pattern, n int, t *types.Type) {
	c.errorAt(diag.PatternType, p.Span(), fmt.Sprintf("a tuple of %d does not match `%s`", n, t), "", "The pattern must have the shape of what it takes apart.", "")
}

func (c *checker) ctorPatternArity(p *ast.CtorPat, o *CtorObj) {
	c.errorAt(diag.PatternType, p.Span(), fmt.Sprintf("`%s` has %s", o.Ctor.Name, plural(len(o.Ctor.Fields), "field")), "", "A pattern names the fields that it looks at.", "Write `"+ctorText(o)+"`.")
}

// ctorText is how a constructor is written: `Ad(id: .., publisher: ..)`.
func ctorText(o *CtorObj) string {
	if len(o.Ctor.Fields) == 0 {
		return o.Ctor.Name
	}
	parts := make([]string, len(o.Ctor.Fields))
	for i, f := range o.Ctor.Fields {
		parts[i] = f.Name + ": .."
	}
	return o.Ctor.Name + "(" + strings.Join(parts, ", ") + ")"
}

func (c *checker) noLabel(label *ast.Ident, at source.Span, o *CtorObj) {
	if label == nil {
		c.errorAt(diag.NoSuchField, at, fmt.Sprintf("which field of `%s` is this?", o.Ctor.Name), "", "Arguments without a label are for constructors of one field.", "Write `"+ctorText(o)+"`.")
		return
	}
	var names []string
	for _, f := range o.Ctor.Fields {
		names = append(names, f.Name)
	}
	help := "Write `" + ctorText(o) + "`."
	if near := diag.Nearest(label.Name, names); near != "" {
		help = fmt.Sprintf("Did you mean `%s`?", near)
	}
	c.errorAt(diag.NoSuchField, label.Span(), fmt.Sprintf("`%s` has no field `%s`", o.Ctor.Name, label.Name), "", "Labels are those that the type declares.", help)
}

func (c *checker) fieldsMissing(e *ast.Call, o *CtorObj, missing []string) {
	c.errorAt(diag.NoSuchField, e.Fn.Span(), fmt.Sprintf("`%s` lacks %s", o.Ctor.Name, quoteAll(missing)), "", "A value has every field of its constructor.", "Write `"+ctorText(o)+"`.")
}

func (c *checker) labelOutsideCtor(label *ast.Ident, fn string) {
	c.errorAt(diag.NoSuchField, label.Span(), "a label in the call of a function", "", "Only the fields of constructors have labels.", fmt.Sprintf("Give the arguments of `%s` in order.", fn))
}

func (c *checker) mutatorArity(call *ast.Call, m *lattice.Mutator, required, got int) {
	want := plural(len(m.Params), "argument")
	if required < len(m.Params) {
		want = fmt.Sprintf("%d to %s", required, want)
	}
	c.errorAt(diag.ArgumentCount, call.Fn.Span(), fmt.Sprintf("`%s` takes %s, here are %d", m.Name, want, got), "", m.Doc, "")
}

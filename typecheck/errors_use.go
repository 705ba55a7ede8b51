package typecheck

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

func (c *checker) byKeyWithoutKeys(w *ast.Writer, cell *Cell) {
	c.errorAt(diag.WrongPlace, w.Span(), fmt.Sprintf("`%s` has no keys", cell.Kind), "", "`written by key` gives every key of a map its own writer.", "Name the node: `written by \"n1\"`.")
}

func (c *checker) wantsLiteral(e ast.Expr, why string) {
	c.errorAt(diag.WantsLiteral, e.Span(), "a literal is wanted here", "", strings.ToUpper(why[:1])+why[1:]+".", "")
}

// computeConstants computes what must be known before the program runs: the
// defaults of parameters and the periods of `on every`.
func (c *checker) computeConstants() {
	if diag.HasErrors(c.diags) {
		return // eval is for what was checked
	}
	for _, p := range c.decls.params {
		if p.Decl.Default != nil {
			p.Default = c.constant(p.Decl.Default, "the default of a parameter")
		}
	}
	for _, h := range c.info.Handlers {
		if d, ok := h.Decl.(*ast.OnDecl); ok && d.Every != nil {
			if h.Period = c.constant(d.Every, "the period of `on every`"); h.Period.IsValid() && h.Period.Duration() <= 0 {
				c.errorAt(diag.WantsLiteral, d.Every.Span(), "a period is longer than nothing", "", "The handler would never run, or never stop running.", "Write `on every 1s`, or as long as it should be.")
			}
		}
	}
}

// constant computes an expression that reads nothing.
func (c *checker) constant(e ast.Expr, what string) value.Value {
	v, err := eval{info: c.info, env: map[Object]value.Value{}}.expr(e)
	switch {
	case errors.Is(err, errNotComputed):
		c.errorAt(diag.WantsLiteral, e.Span(), "a constant is wanted here", "", "What stands here is known before the program runs: "+what+".",
			"Write a literal, or compute it from literals.")
	case err != nil:
		c.errorAt(diag.WantsLiteral, e.Span(), "this constant has no value", "", "It is "+what+", and computing it fails: "+err.Error()+".", "")
	}
	return v
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
	if near := diag.Nearest(name.Name, names); near != "" {
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
	if near := diag.Nearest(name.Name, names); near != "" {
		help = fmt.Sprintf("Did you mean `%s`?", near)
	} else if o := c.globals[name.Name]; o != nil {
		help = fmt.Sprintf("`%s` is %s.", name.Name, describe(o))
	}
	c.errorAt(diag.UnknownName, name.Span(), fmt.Sprintf("no %s `%s`", what, name.Name), "", fmt.Sprintf("No %s of this name is declared.", what), help)
}

func (c *checker) eventParams(d *ast.OnDecl, in *Input) {
	c.add(diag.Diagnostic{Code: diag.ArgumentCount, Span: d.Event.Span(), Title: fmt.Sprintf("`%s` has %s, here are %d", in.Name, plural(len(in.Params), "argument"), len(d.Params)),
		Message: "The names after `on` stand for the arguments of the event, in order.",
		Help:    fmt.Sprintf("Write `on %s`.", head(in)),
		Related: []diag.Related{{Span: in.Decl.Name.Span(), Text: "declared here"}}})
}

// head is an input with the names of its arguments, as after `on`.
func head(in *Input) string {
	if len(in.Params) == 0 {
		return in.Name
	}
	var names []string
	for _, p := range in.Params {
		names = append(names, p.Name)
	}
	return in.Name + "(" + strings.Join(names, ", ") + ")"
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
	if k.Name == joinedKind {
		kind = kind.Args[0]
	}
	var names []string
	for _, m := range k.Mutators {
		if m.Name != lattice.TakeUp {
			names = append(names, m.Name)
		}
	}
	help := ""
	switch near := diag.Nearest(call.Fn.Name, names); {
	case len(kindsWith(call.Fn.Name)) > 0: // the word is meant, however like another one
		help = fmt.Sprintf("%s can `%s`; declare the cell so if that is what you need.", strings.Join(kindsWith(call.Fn.Name), ", "), call.Fn.Name)
	case near != "":
		help = fmt.Sprintf("Did you mean `%s`?", near)
	case len(names) > 0:
		help = "Call one of them."
	}
	why := "Its mutators are " + quoteAll(names) + "."
	if k.Map {
		entry := kindNamed(kind.Args[1].Con)
		why = fmt.Sprintf("The entries of a map are written, and these are of kind `%s`.", kind.Args[1])
		if entry.Mutator(call.Fn.Name) != nil {
			help = fmt.Sprintf("Write `%s[k].%s(..)`.", textOf(call.Args[0].Value.Span()), call.Fn.Name)
		} else if len(entry.Mutators) > 0 {
			help = fmt.Sprintf("Write `%s[k].%s(..)`.", textOf(call.Args[0].Value.Span()), entry.Mutators[0].Name)
		}
	}
	c.errorAt(diag.NoSuchMutator, call.Fn.Span(), fmt.Sprintf("`%s` has no `%s`", kind, call.Fn.Name), "", why, help)
}

func (c *checker) elseWithoutRefusal(s *ast.ExprStmt, mutator string, kind *types.Type) {
	c.errorAt(diag.RefusalUnhandled, s.Else.Span(), fmt.Sprintf("`%s` of `%s` is never refused", mutator, kind), "", "So what stands after `else` would never run.", "Leave the `else` out.")
}

func (c *checker) refusalWithoutElse(call *ast.Call, cell *Cell, mutator string, kind *types.Type) {
	d := diag.Diagnostic{Code: diag.RefusalUnhandled, Span: call.Fn.Span(), Title: fmt.Sprintf("`%s` of `%s` may be refused", mutator, kind),
		Message: "Where this node has no rights left, nothing is done.",
		Help:    "Say what happens then: `.. else reply false`, `.. else fail(\"sold out\")`."}
	for _, b := range append(cell.Lower[:len(cell.Lower):len(cell.Lower)], cell.Upper...) {
		d.Related = append(d.Related, diag.Related{Span: b.Decl.Cond.Span(), Text: fmt.Sprintf("bounds the counters of `%s`", cell.Name)})
	}
	c.add(d)
}

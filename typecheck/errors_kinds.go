package typecheck

import (
	"fmt"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/types"
)

// The errors of kinds that are made of others.

func (c *checker) noPart(e ast.Expr, name string, a *aim) {
	help := fmt.Sprintf("A `%s` has no parts; its operations are written after the cell itself.", a.kind)
	if a.part != nil && len(a.part.names) > 0 {
		help = fmt.Sprintf("Its parts are %s.", quoteAll(a.part.names))
	} else if k := kindNamed(a.kind.Con); k != nil && k.Map {
		help = fmt.Sprintf("Name the entry first: `%s[k].%s`.", a.whole.Name, name)
	}
	c.errorAt(diag.NoSuchField, e.Span(), fmt.Sprintf("no part `%s` in `%s`", name, a.kind), "", "What is written is a part of the cell that its kind has.", help)
}

func (c *checker) notOneCell(e ast.Expr, a *aim) {
	c.errorAt(diag.NotACell, e.Span(), fmt.Sprintf("`%s` is several cells", textOf(e.Span())), "", "Its kind is made of others, each of which is kept by itself.",
		"Name each part: "+quoteAll(partTexts(a))+".")
}

func (c *checker) unknownPartMutator(call *ast.Call, a *aim) {
	c.errorAt(diag.NoSuchMutator, call.Fn.Span(), fmt.Sprintf("`%s` has no `%s`", a.kind, call.Fn.Name), "", "What is made of several kinds is written part by part.",
		"Write a part: "+quoteAll(partTexts(a))+".")
}

// partTexts names the parts of what is aimed at, as they are written.
func partTexts(a *aim) []string {
	text := a.whole.Name + strings.Repeat("[k]", len(a.keys)-len(a.seen))
	var out []string
	if a.part != nil {
		for _, n := range a.part.names {
			out = append(out, text+"."+n)
		}
	}
	if len(out) == 0 {
		out = append(out, text+"[k]")
	}
	return out
}

func (c *checker) cannotLead(t ast.TypeExpr, kind *types.Type) *types.Type {
	c.errorAt(diag.NotAKind, t.Span(), fmt.Sprintf("`%s` cannot be the first part of a `Lex`", kind), "", "The second part is kept for one value of the first, so that must be data that only grows.",
		"Use `Max[..]` or `Min[..]` (chains), `Flag`, `GCounter`, `GSet`, `Bag`, `VClock`, or a tuple of these.")
	return badType()
}

func (c *checker) endlessLattice(d *ast.LatticeDecl) {
	c.errorAt(diag.NotAKind, d.Name.Span(), fmt.Sprintf("`%s` contains itself", d.Name.Name), "", "Each of its cells would be made of cells of the same kind, without end.",
		"Refer to others by a key: a set of names, or a map cell beside this one.")
}
